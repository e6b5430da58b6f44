import keras
from keras import initializers, layers

model = keras.Sequential([
    keras.Input((20, 12)),
    layers.LSTM(
        24,
        kernel_initializer=initializers.RandomNormal(stddev=0.1),
        recurrent_initializer=initializers.RandomNormal(stddev=0.1),
        unit_forget_bias=False,
    ),
    layers.Dense(5, kernel_initializer="glorot_uniform"),
])
