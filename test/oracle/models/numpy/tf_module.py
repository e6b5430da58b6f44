"""Eager TensorFlow: a module over variables, initializers called on shapes."""

import tensorflow as tf


class Dense(tf.Module):
    def __init__(self, n_in, n_out, initializer, name=None):
        super().__init__(name=name)
        self.w = tf.Variable(initializer([n_in, n_out]), name="w")
        self.b = tf.Variable(tf.zeros([n_out]), name="b")

    def __call__(self, x):
        return tf.matmul(x, self.w) + self.b


class Regressor(tf.Module):
    def __init__(self, n_in=16, width=64):
        super().__init__()
        self.low = Dense(n_in, width, tf.keras.initializers.HeNormal())
        self.high = Dense(width, width, tf.initializers.GlorotUniform())
        self.last = tf.Variable(tf.random.normal([width, 1], stddev=0.05))

    def __call__(self, x):
        h = tf.nn.relu(self.low(x))
        h = tf.math.tanh(self.high(h))
        return h @ self.last
