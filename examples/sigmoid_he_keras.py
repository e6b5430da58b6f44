"""He weights before sigmoids (bad).

He's extra factor makes up for the half that ReLU cuts away. A sigmoid cuts nothing
away: large weights only push it towards its flat ends. Before a hidden sigmoid the
classic choice is 4 × Glorot, since a sigmoid's slope at zero is a quarter of tanh's.
The sigmoid of the output layer is a probability and no reason to worry.
"""

import keras
from keras import layers

model = keras.Sequential(
    [
        keras.Input(shape=(100,)),
        layers.Dense(256, activation="sigmoid", kernel_initializer="he_normal"),
        layers.Dense(256, activation="sigmoid", kernel_initializer="he_normal"),
        layers.Dense(256, activation="sigmoid", kernel_initializer="he_normal"),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(optimizer="adam", loss="binary_crossentropy")
