"""Arms of a spiral, told apart by two layers that are written out at the top level."""

import numpy as np

arms, per_arm = 3, 100
turns = np.linspace(0, 4, per_arm)
points, owner = [], []
for arm in range(arms):
    angle = turns + 4 * arm + np.random.randn(per_arm) * 0.2
    points.append(np.c_[np.sin(angle), np.cos(angle)] * np.linspace(0, 1, per_arm)[:, None])
    owner += [arm] * per_arm
X = np.concatenate(points)
y = np.array(owner)
count = len(X)

hidden = 100
W = 0.01 * np.random.randn(2, hidden)
b = np.zeros((1, hidden))
W2 = 0.01 * np.random.randn(hidden, arms)
b2 = np.zeros((1, arms))

rate, decay = 1.0, 1e-3
for step in range(5000):
    layer = np.maximum(0, np.dot(X, W) + b)
    scores = np.dot(layer, W2) + b2

    powers = np.exp(scores)
    chances = powers / np.sum(powers, axis=1, keepdims=True)
    loss = -np.mean(np.log(chances[range(count), y])) + 0.5 * decay * (np.sum(W * W) + np.sum(W2 * W2))
    if step % 500 == 0:
        print("loss", loss)

    back = chances
    back[range(count), y] -= 1
    back /= count
    below = np.dot(back, W2.T)
    below[layer <= 0] = 0

    W2 += -rate * (np.dot(layer.T, back) + decay * W2)
    b2 += -rate * np.sum(back, axis=0, keepdims=True)
    W += -rate * (np.dot(X.T, below) + decay * W)
    b += -rate * np.sum(below, axis=0, keepdims=True)
