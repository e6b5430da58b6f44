"""An autoencoder whose decoder is the encoder's matrix turned round."""

import numpy as np


class Autoencoder:
    def __init__(self, n_visible=784, n_hidden=200, rng=None):
        rng = rng or np.random.RandomState()
        bound = 4.0 * np.sqrt(6.0 / (n_visible + n_hidden))
        self.W = rng.uniform(low=-bound, high=bound, size=(n_visible, n_hidden))
        self.hidden_bias = np.zeros(n_hidden)
        self.visible_bias = np.zeros(n_visible)

    @staticmethod
    def sigmoid(x):
        return 1.0 / (1.0 + np.exp(-x))

    def encode(self, x):
        return self.sigmoid(np.dot(x, self.W) + self.hidden_bias)

    def decode(self, code):
        return self.sigmoid(np.dot(code, self.W.T) + self.visible_bias)

    def reconstruct(self, x):
        return self.decode(self.encode(x))
