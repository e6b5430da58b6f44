"""Functions over a dict of parameters, samples in columns: He by hand, ReLU inside, a sigmoid at the end."""

import numpy as np


def draw_all(widths):
    theta = {}
    for k, (before, after) in enumerate(zip(widths, widths[1:]), start=1):
        theta["W" + str(k)] = np.random.randn(after, before) * np.sqrt(2 / before)
        theta["b" + str(k)] = np.zeros((after, 1))
        assert theta["b" + str(k)].shape == (after, 1)
    return theta


def sigmoid(Z):
    return 1 / (1 + np.exp(-Z)), Z


def relu(Z):
    return np.maximum(0, Z), Z


def one_layer(A, W, b, kind):
    Z = W.dot(A) + b
    if kind == "sigmoid":
        out, kept = sigmoid(Z)
    else:
        out, kept = relu(Z)
    return out, ((A, W, b), kept)


def whole_network(X, theta):
    kept = []
    A = X
    depth = len(theta) // 2
    for k in range(1, depth):
        A, one = one_layer(A, theta["W" + str(k)], theta["b" + str(k)], "relu")
        kept.append(one)
    out, one = one_layer(A, theta["W" + str(depth)], theta["b" + str(depth)], "sigmoid")
    return out, kept + [one]


theta = draw_all([12288, 20, 7, 5, 1])
