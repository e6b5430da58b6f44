import keras
from keras import layers


def dense(units, activation=None):
    return layers.Dense(units, activation=activation, kernel_initializer="he_uniform")


inputs = keras.Input((20,))
x = dense(32, "relu")(inputs)
y = dense(32)(dense(32, "relu")(x))
x = layers.ReLU()(layers.Add()([x, y]))
model = keras.Model(inputs, dense(10)(x))
