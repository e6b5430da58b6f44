"""Deep tanh network with orthogonal matrices out of singular vectors."""

import numpy as np


def orthogonal(rows, cols, gain=1.0):
    a = np.random.normal(0.0, 1.0, (rows, cols))
    u, _, v = np.linalg.svd(a, full_matrices=False)
    q = u if u.shape == (rows, cols) else v
    return gain * q


class DeepTanh:
    def __init__(self, width=96, depth=5, inputs=32, outputs=8):
        sizes = [inputs] + [width] * depth
        self.layers = [(orthogonal(n, m), np.zeros(m)) for n, m in zip(sizes[:-1], sizes[1:])]
        self.head = np.random.normal(0, 1 / np.sqrt(width), size=(width, outputs))

    def __call__(self, x):
        for W, b in self.layers:
            x = np.tanh(x @ W + b)
        return x @ self.head
