"""A long short-term memory by hand: one matrix a gate over input and state side by side."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class LSTM:
    def __init__(self, n_x=32, n_h=64, n_y=10):
        std = 1.0 / np.sqrt(n_h + n_x)
        self.n_h = n_h
        self.Wf = np.random.randn(n_h, n_h + n_x) * std
        self.bf = np.ones((n_h, 1))
        self.Wi = np.random.randn(n_h, n_h + n_x) * std
        self.bi = np.zeros((n_h, 1))
        self.Wc = np.random.randn(n_h, n_h + n_x) * std
        self.bc = np.zeros((n_h, 1))
        self.Wo = np.random.randn(n_h, n_h + n_x) * std
        self.bo = np.zeros((n_h, 1))
        self.Wv = np.random.randn(n_y, n_h) * (1.0 / np.sqrt(n_h))
        self.bv = np.zeros((n_y, 1))

    def step(self, x, h, c):
        z = np.vstack((h, x))
        f = sigmoid(np.dot(self.Wf, z) + self.bf)
        i = sigmoid(np.dot(self.Wi, z) + self.bi)
        g = np.tanh(np.dot(self.Wc, z) + self.bc)
        o = sigmoid(np.dot(self.Wo, z) + self.bo)
        c = f * c + i * g
        h = o * np.tanh(c)
        v = np.dot(self.Wv, h) + self.bv
        return v, h, c

    def forward(self, xs):
        h = np.zeros((self.n_h, 1))
        c = np.zeros((self.n_h, 1))
        outs = []
        for x in xs:
            v, h, c = self.step(x, h, c)
            outs.append(v)
        return outs
