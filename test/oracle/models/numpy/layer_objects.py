"""Layers as objects in a list, each with a forward and a backward pass and an initialisation of its own."""

import numpy as np


class Affine:
    def __init__(self, n, m, law="he"):
        if law == "he":
            self.W = np.random.randn(n, m) * np.sqrt(2.0 / n)
        elif law == "glorot":
            limit = np.sqrt(6 / (n + m))
            self.W = np.random.uniform(-limit, limit, (n, m))
        else:
            self.W = np.random.randn(n, m) * 0.01
        self.b = np.zeros(m)

    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b

    def backward(self, grad):
        self.dW, self.db = np.dot(self.x.T, grad), grad.sum(axis=0)
        return np.dot(grad, self.W.T)


class Rectifier:
    def forward(self, x):
        self.on = x > 0
        return x * self.on

    def backward(self, grad):
        return grad * self.on


class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, grad):
        return grad * (1 - self.y**2)


class Drop:
    def __init__(self, keep=0.8):
        self.keep = keep

    def forward(self, x):
        self.mask = (np.random.rand(*x.shape) < self.keep) / self.keep
        return x * self.mask

    def backward(self, grad):
        return grad * self.mask


class Chain:
    def __init__(self, layers):
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad


net = Chain([Affine(20, 50), Rectifier(), Drop(), Affine(50, 30, law="glorot"), Tanh(), Affine(30, 3, law="small")])

if __name__ == "__main__":
    X, y = np.random.randn(100, 20), np.random.randint(0, 3, 100)
    for step in range(100):
        scores = net.forward(X)
        powers = np.exp(scores - scores.max(1, keepdims=True))
        chances = powers / powers.sum(1, keepdims=True)
        chances[np.arange(100), y] -= 1
        net.backward(chances / 100)
        for layer in net.layers:
            if isinstance(layer, Affine):
                layer.W -= 0.1 * layer.dW
                layer.b -= 0.1 * layer.db
