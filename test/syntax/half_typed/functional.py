import keras
from keras import initializers, layers, regularizers

inputs = keras.Input(shape=(28, 28, 1), name="image")
x = layers.Conv2D(32, 3, activation="relu", kernel_initializer="he_normal")(inputs)
x = layers.MaxPooling2D(2)(x)
x = layers.Flatten()(x)
for units in [256, 128]:
    x = layers.Dense(units, activation="tanh", kernel_initializer=initializers.GlorotUniform(seed=1))(x)
    x = layers.Dropout(0.2)(x)
outputs = layers.Dense(10, activation="softmax", kernel_regularizer=regularizers.l2(1e-4))(x)
model = keras.Model(inputs, outputs)


def build(depth=3, width=64):
    model = keras.Sequential(name="mlp")
    model.add(keras.Input(shape=(16,)))
    for _ in range(depth):
        model.add(
            layers.Dense(
                width,
                activation="selu",
                kernel_initializer=initializers.LecunNormal(),
            )
        )
    model.add(layers.Dense(1))
    return model


class Attention(layers.Layer):
    """Scaled dot-product attention.

    Returns the mixed values.
    """

    def __init__(self, heads, size, **kwargs):
        super().__init__(**kwargs)
        self.heads = heads
        self.query = layers.Dense(heads * size, use_bias=False)
        self.key = layers.Dense(heads * size, use_bias=False)
        self.value = layers.Dense(heads * size)
        self.config = {
            "heads": heads,
            "size": size,
        }

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(), initializer="ones", trainable=True)

    def call(self, inputs, training=False):
        q, k, v = self.query(inputs), self.key(inputs), self.value(inputs)
        scores = keras.ops.matmul(q, keras.ops.transpose(k)) * self.scale
        weights = keras.ops.softmax(scores, axis=-1)
        return keras.ops.matmul(weights, v)


model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(None, epochs=3)
