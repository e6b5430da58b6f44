"""A network of any depth as a class: weights in a list, He's scale by hand."""

import numpy as np


class MLP:
    def __init__(self, sizes=(784, 256, 128, 10), activation="relu", seed=None):
        rng = np.random.default_rng(seed)
        self.activation = activation
        self.weights = []
        self.biases = []
        for fan_in, fan_out in zip(sizes[:-1], sizes[1:]):
            self.weights.append(rng.standard_normal((fan_in, fan_out)) * np.sqrt(2.0 / fan_in))
            self.biases.append(np.zeros(fan_out))

    def act(self, z):
        if self.activation == "relu":
            return np.where(z > 0, z, 0)
        return np.tanh(z)

    def act_grad(self, z):
        if self.activation == "relu":
            return (z > 0).astype(z.dtype)
        return 1 - np.tanh(z) ** 2

    def forward(self, x):
        self.inputs, self.sums = [x], []
        for W, b in zip(self.weights[:-1], self.biases[:-1]):
            z = x @ W + b
            self.sums.append(z)
            x = self.act(z)
            self.inputs.append(x)
        z = x @ self.weights[-1] + self.biases[-1]
        z -= z.max(axis=1, keepdims=True)
        e = np.exp(z)
        return e / e.sum(axis=1, keepdims=True)

    def step(self, x, labels, rate=0.1):
        probs = self.forward(x)
        delta = probs.copy()
        delta[np.arange(len(labels)), labels] -= 1
        delta /= len(labels)
        for i in reversed(range(len(self.weights))):
            grad = self.inputs[i].T @ delta
            bias = delta.sum(axis=0)
            if i > 0:
                delta = (delta @ self.weights[i].T) * self.act_grad(self.sums[i - 1])
            self.weights[i] -= rate * grad
            self.biases[i] -= rate * bias
        return -np.log(probs[np.arange(len(labels)), labels]).mean()


if __name__ == "__main__":
    net = MLP()
    for epoch in range(10):
        images = np.random.rand(64, 784)
        print(net.step(images, np.random.randint(0, 10, 64)))
