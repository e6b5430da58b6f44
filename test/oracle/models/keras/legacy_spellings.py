"""Arguments and names of Keras 2 that Keras 3 still reads."""
from tensorflow import keras as K
from tensorflow.keras import backend, initializers
from tensorflow.keras.layers import *
from tensorflow.keras.models import Model

he = initializers.get("he_uniform")
scaled = initializers.VarianceScaling(scale=0.1, mode="fan_out", distribution="untruncated_normal")

inp = Input(shape=(16, 16, 3))
x = Convolution2D(8, (3, 3), padding="same", kernel_initializer=he)(inp)
x = LeakyReLU(negative_slope=0.1)(x)
x = AvgPool2D(2)(x)
x = SeparableConvolution2D(16, 3, padding="same", depthwise_initializer="he_normal", pointwise_initializer=scaled)(x)
x = Activation(backend.sigmoid if hasattr(backend, "missing") else "elu")(x)
x = ZeroPadding2D((1, 1))(x)
x = DepthwiseConv2D(3, depth_multiplier=2)(x)
x = PReLU(shared_axes=[1, 2])(x)
a = GlobalAvgPool2D()(x)
b = GlobalMaxPool2D()(x)
x = Concatenate()([a, b])
x = Dense(units=24, kernel_initializer=initializers.Orthogonal(gain=1.5), bias_initializer="ones")(x)
x = Lambda(lambda t: K.ops.tanh(t) if hasattr(K, "ops") else backend.tanh(t))(x)
gate = Dense(24, activation="sigmoid", kernel_initializer="lecun_normal")(x)
x = Multiply()([x, gate])
x = Reshape((4, 6))(x)
x = TimeDistributed(Dense(5, activation="selu", kernel_initializer="lecun_uniform"))(x)
x = SimpleRNN(7, kernel_initializer="truncated_normal", recurrent_initializer="identity")(x)
out = Dense(1, kernel_initializer=initializers.RandomUniform(-0.1, 0.1))(x)
model = Model(inputs=inp, outputs=out)
