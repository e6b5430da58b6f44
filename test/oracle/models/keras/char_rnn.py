"""Stateful character model in the style of TensorFlow's text generation."""
import tensorflow as tf

VOCAB = "abcdefghijklmnopqrstuvwxyz .,!?\n"
vocab_size = len(VOCAB)
embedding_dim = 256
rnn_units = 512
BATCH_SIZE = 16


def build_model(vocab_size, embedding_dim, rnn_units, batch_size):
    model = tf.keras.Sequential(
        [
            tf.keras.Input(batch_shape=[batch_size, None], dtype="int32"),
            tf.keras.layers.Embedding(vocab_size, embedding_dim),
            tf.keras.layers.GRU(
                rnn_units, return_sequences=True, stateful=True, recurrent_initializer="glorot_uniform"
            ),
            tf.keras.layers.GRU(rnn_units // 2, return_sequences=True, stateful=True, reset_after=False, dropout=0.1),
            tf.keras.layers.Dense(vocab_size),
        ]
    )
    return model


model = build_model(vocab_size, embedding_dim, rnn_units, BATCH_SIZE)


def loss(labels, logits):
    return tf.keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)


model.compile(optimizer="adam", loss=loss)
