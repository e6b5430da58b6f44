"""Three arms of a spiral, told apart by two layers that are written out at the top level."""

import numpy as np

points, dims, classes = 100, 2, 3
X = np.zeros((points * classes, dims))
y = np.zeros(points * classes, dtype="uint8")
for j in range(classes):
    rows = range(points * j, points * (j + 1))
    radius = np.linspace(0.0, 1, points)
    angle = np.linspace(j * 4, (j + 1) * 4, points) + np.random.randn(points) * 0.2
    X[rows] = np.c_[radius * np.sin(angle), radius * np.cos(angle)]
    y[rows] = j

hidden = 100
W = 0.01 * np.random.randn(dims, hidden)
b = np.zeros((1, hidden))
W2 = 0.01 * np.random.randn(hidden, classes)
b2 = np.zeros((1, classes))

rate, decay = 1e-0, 1e-3
examples = X.shape[0]
for step in range(10000):
    layer = np.maximum(0, np.dot(X, W) + b)
    scores = np.dot(layer, W2) + b2

    exps = np.exp(scores)
    probs = exps / np.sum(exps, axis=1, keepdims=True)
    loss = np.sum(-np.log(probs[range(examples), y])) / examples
    loss += 0.5 * decay * np.sum(W * W) + 0.5 * decay * np.sum(W2 * W2)
    if step % 1000 == 0:
        print("step %d: loss %f" % (step, loss))

    dscores = probs
    dscores[range(examples), y] -= 1
    dscores /= examples
    dW2 = np.dot(layer.T, dscores)
    db2 = np.sum(dscores, axis=0, keepdims=True)
    dlayer = np.dot(dscores, W2.T)
    dlayer[layer <= 0] = 0
    dW = np.dot(X.T, dlayer)
    db = np.sum(dlayer, axis=0, keepdims=True)

    dW2 += decay * W2
    dW += decay * W
    W += -rate * dW
    b += -rate * db
    W2 += -rate * dW2
    b2 += -rate * db2
