"""Two hidden layers over plain numpy: each matrix is drawn so that ReLU keeps the signal's size (He et al. 2015)."""
import numpy as np


class Classifier:
    def __init__(self, sizes):
        self.weights = [np.random.randn(n, m) * np.sqrt(2.0 / n) for n, m in zip(sizes[:-1], sizes[1:])]
        self.biases = [np.zeros(m) for m in sizes[1:]]

    def predict(self, x):
        for W, b in zip(self.weights[:-1], self.biases[:-1]):
            x = np.maximum(0, x @ W + b)
        return x @ self.weights[-1] + self.biases[-1]


model = Classifier([784, 256, 128, 64, 10])
