"""The same small number for every matrix, whatever its size: after a few layers nothing is left of the signal."""
import numpy as np


class Classifier:
    def __init__(self, sizes):
        self.weights = [0.01 * np.random.randn(n, m) for n, m in zip(sizes[:-1], sizes[1:])]
        self.biases = [np.zeros(m) for m in sizes[1:]]

    def predict(self, x):
        for W, b in zip(self.weights[:-1], self.biases[:-1]):
            x = np.maximum(0, x @ W + b)
        return x @ self.weights[-1] + self.biases[-1]


model = Classifier([784, 256, 128, 64, 10])
