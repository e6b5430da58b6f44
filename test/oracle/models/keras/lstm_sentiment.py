"""Sentiment of reviews with a bidirectional LSTM."""
import numpy as np
import keras
from keras import layers

max_features = 20000
maxlen = 200


def build_model(units=64, embedding_dim=128, bidirectional=True):
    inputs = keras.Input(shape=(None,), dtype="int32")
    x = layers.Embedding(max_features, embedding_dim)(inputs)
    rnn = layers.LSTM(units, return_sequences=True)
    x = layers.Bidirectional(rnn)(x) if bidirectional else rnn(x)
    x = layers.Bidirectional(layers.LSTM(units))(x)
    x = layers.Dense(32, activation="tanh")(x)
    outputs = layers.Dense(1, activation="sigmoid")(x)
    return keras.Model(inputs, outputs)


model = build_model()
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])


def main():
    (x_train, y_train), (x_val, y_val) = keras.datasets.imdb.load_data(num_words=max_features)
    x_train = keras.utils.pad_sequences(x_train, maxlen=maxlen)
    model.fit(x_train, np.asarray(y_train), batch_size=32, epochs=2)


if __name__ == "__main__":
    main()
