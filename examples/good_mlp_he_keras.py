"""He before ReLU, Glorot before softmax (good).

The functional API. Each hidden layer keeps the scale of the signal and of the gradient;
biases start at zero, the output layer at Glorot's default.
"""

import keras
from keras import layers

inputs = keras.Input(shape=(784,))
x = layers.Dense(512, activation="relu", kernel_initializer="he_normal")(inputs)
x = layers.Dense(256, activation="relu", kernel_initializer="he_normal")(x)
x = layers.Dense(128, activation="relu", kernel_initializer=keras.initializers.HeUniform())(x)
outputs = layers.Dense(10, activation="softmax")(x)

model = keras.Model(inputs, outputs)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
