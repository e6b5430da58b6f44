import keras
from keras import layers

inputs = keras.Input((16, 16, 3))
x = layers.Conv2D(8, 3, padding="same", kernel_initializer="he_normal")(inputs)
x = layers.ReLU()(layers.BatchNormalization(epsilon=1e-3)(x))
x = layers.MaxPooling2D(2)(x)
x = layers.Conv2D(16, 3, kernel_initializer="he_normal")(x)
x = layers.ReLU()(layers.BatchNormalization(epsilon=1e-3)(x))
x = layers.GlobalAveragePooling2D()(x)
model = keras.Model(inputs, layers.Dense(10, kernel_initializer="glorot_normal")(x))
