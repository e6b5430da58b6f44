"""A network as a list of widths, samples in columns, unit normal weights and biases drawn by comprehensions."""

import random

import numpy as np


def logistic(t):
    return 1.0 / (1.0 + np.exp(-t))


class Classifier(object):
    def __init__(self, widths):
        self.widths = widths
        self.shifts = [np.random.randn(n, 1) for n in widths[1:]]
        self.maps = [np.random.randn(n, m) for m, n in zip(widths[:-1], widths[1:])]

    def answer(self, column):
        for shift, matrix in zip(self.shifts, self.maps):
            column = logistic(np.dot(matrix, column) + shift)
        return column

    def gradients(self, column, wanted):
        outputs, sums = [column], []
        for shift, matrix in zip(self.shifts, self.maps):
            sums.append(np.dot(matrix, outputs[-1]) + shift)
            outputs.append(logistic(sums[-1]))
        found = []
        error = outputs[-1] - wanted
        for k in range(len(self.maps) - 1, -1, -1):
            error = error * logistic(sums[k]) * (1 - logistic(sums[k]))
            found.insert(0, (np.dot(error, outputs[k].transpose()), error))
            error = np.dot(self.maps[k].transpose(), error)
        return found

    def fit(self, pairs, rounds, rate):
        for _ in range(rounds):
            random.shuffle(pairs)
            for column, wanted in pairs:
                for k, (matrix, shift) in enumerate(self.gradients(column, wanted)):
                    self.maps[k] = self.maps[k] - rate * matrix
                    self.shifts[k] = self.shifts[k] - rate * shift


digits = Classifier([784, 30, 10])
