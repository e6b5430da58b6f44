import keras
from keras import initializers, layers

model = keras.Sequential([
    keras.Input((20,)),
    layers.Dense(64, activation="relu", kernel_initializer="he_normal"),
    layers.Dense(32, activation="tanh", kernel_initializer="glorot_uniform"),
    layers.Dense(10, kernel_initializer=initializers.RandomNormal(stddev=0.01)),
])
