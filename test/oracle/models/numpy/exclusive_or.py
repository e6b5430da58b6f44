"""Two sigmoid layers that learn the parity of their bits; weights drawn between minus one and one."""

import numpy as np


def squash(t, slope=False):
    return t * (1 - t) if slope else 1 / (1 + np.exp(-t))


bits = np.array([[0, 0, 1], [1, 0, 1], [0, 1, 1], [1, 1, 1]])
parity = np.array([[0, 1, 1, 0]]).T

np.random.seed(7)
first = 2 * np.random.random((3, 16)) - 1
second = 2 * np.random.random((16, 1)) - 1

for round in range(20000):
    middle = squash(np.dot(bits, first))
    answer = squash(np.dot(middle, second))
    miss = parity - answer
    if round % 5000 == 0:
        print("mean miss", np.mean(np.abs(miss)))
    top = miss * squash(answer, slope=True)
    bottom = top.dot(second.T) * squash(middle, slope=True)
    second += middle.T.dot(top)
    first += bits.T.dot(bottom)
