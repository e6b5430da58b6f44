import numpy as np

x = np.load("x.npy")
w1 = np.random.randn(20, 64) * np.sqrt(2 / 20)
b1 = np.zeros(64)
limit = np.sqrt(6 / (64 + 32))
w2 = np.random.uniform(-limit, limit, (64, 32))
b2 = np.zeros(32)
w3 = 0.01 * np.random.randn(32, 10)
b3 = np.zeros(10)

h1 = np.maximum(0, x.dot(w1) + b1)
h2 = np.tanh(h1.dot(w2) + b2)
logits = h2.dot(w3) + b3
