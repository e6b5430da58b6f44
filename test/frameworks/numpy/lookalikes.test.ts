/** numpy programs that multiply matrices and are no networks: nothing is read into them. */
import { describe, expect, it } from 'vitest';
import { shown } from './read.ts';

const PROGRAMS: Readonly<Record<string, string>> = {
  'linear algebra': `import numpy as np
import matplotlib.pyplot as plt
A = np.random.randn(50, 50)
B = np.random.randn(50, 50)
C = A.dot(B)
D = np.maximum(0, A @ B) @ np.eye(50)
Q, R = np.linalg.qr(A)
print(np.linalg.norm(Q @ R - A))
x = np.linalg.solve(A, B[:, 0])
power = np.random.rand(50)
for _ in range(1000):
    power = A @ power
    power /= np.linalg.norm(power)
plt.plot(np.tanh(A @ power))
`,
  'one layer: logistic and linear regression': `import numpy as np
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
def initialize_with_zeros(dim):
    w = np.zeros((dim, 1))
    b = 0
    return w, b
def propagate(w, b, X, Y):
    m = X.shape[1]
    A = sigmoid(np.dot(w.T, X) + b)
    cost = -1 / m * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    dw = 1 / m * np.dot(X, (A - Y).T)
    db = 1 / m * np.sum(A - Y)
    return {"dw": dw, "db": db}, cost
def model(X_train, Y_train, num_iterations=2000):
    w, b = initialize_with_zeros(X_train.shape[0])
    for i in range(num_iterations):
        grads, cost = propagate(w, b, X_train, Y_train)
        w = w - 0.1 * grads["dw"]
        b = b - 0.1 * grads["db"]
    return w, b
class LinearRegression:
    def __init__(self, n):
        self.w = np.random.randn(n)
    def predict(self, X):
        return X @ self.w
`,
  'principal components': `import numpy as np
X = np.random.randn(200, 5) @ np.random.randn(5, 5)
X = X - X.mean(axis=0)
cov = X.T @ X / len(X)
vals, vecs = np.linalg.eigh(cov)
Z = X @ vecs[:, :2]
W = np.random.randn(5, 2) * 0.1
for i in range(100):
    S = X @ W
    W = np.linalg.inv(X.T @ X) @ X.T @ S
Y = np.exp(-Z ** 2)
`,
  'a Kalman filter': `import numpy as np
class Kalman:
    def __init__(self, dt=0.1):
        self.F = np.array([[1, dt], [0, 1]])
        self.H = np.array([[1, 0]])
        self.Q = 0.01 * np.eye(2)
        self.R = np.eye(1)
        self.P = np.eye(2)
        self.x = np.zeros((2, 1))
    def predict(self):
        self.x = self.F @ self.x
        self.P = self.F @ self.P @ self.F.T + self.Q
    def update(self, z):
        y = z - self.H @ self.x
        S = self.H @ self.P @ self.H.T + self.R
        K = self.P @ self.H.T @ np.linalg.inv(S)
        self.x = self.x + K @ y
        self.P = (np.eye(2) - K @ self.H) @ self.P
`,
  'clusters and mixtures': `import numpy as np
def kmeans(X, k, n=100):
    centers = X[np.random.choice(len(X), k)]
    for _ in range(n):
        d = ((X[:, None] - centers[None]) ** 2).sum(-1)
        a = d.argmin(1)
        centers = np.array([X[a == j].mean(0) for j in range(k)])
    return centers, a
class GMM:
    def __init__(self, k, d):
        self.mu = np.random.randn(k, d)
        self.pi = np.ones(k) / k
        self.sigma = np.array([np.eye(d) for _ in range(k)])
    def e_step(self, X):
        r = np.exp(-0.5 * np.sum((X[:, None] - self.mu) @ self.sigma[0], axis=-1))
        return r / r.sum(1, keepdims=True)
X = np.random.randn(300, 2)
centers, a = kmeans(X, 3)
`,
  'random features with a least-squares head': `import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(100, 3))
y = np.sin(X[:, 0])
W = rng.normal(size=(3, 50))
b = rng.normal(size=50)
H = np.tanh(X @ W + b)
beta = np.linalg.pinv(H) @ y
pred = H @ beta
rff = np.cos(X @ W + b)
`,
  'Markov chains and value iteration': `import numpy as np
P = np.random.rand(4, 4)
P = P / P.sum(axis=1, keepdims=True)
pi = np.ones(4) / 4
for i in range(100):
    pi = pi @ P
    pi = np.maximum(pi, 0)
V = np.zeros(4)
R = np.random.randn(4)
for _ in range(50):
    V = np.max(R + 0.9 * P @ V)
T = np.random.rand(3, 4, 4)
v = np.zeros(4)
for _ in range(200):
    v = (R + 0.9 * (T @ v)).max(axis=0)
`,
  'Fourier sums and sparse coding': `import numpy as np
t = np.linspace(0, 1, 500)
s = np.sin(2 * np.pi * 5 * t) + 0.5 * np.random.randn(500)
F = np.exp(-2j * np.pi * np.outer(np.arange(500), np.arange(500)) / 500)
S = F @ s
kernel = np.ones(5) / 5
smooth = np.convolve(s, kernel, mode='same')
M = np.random.randn(20, 500) / np.sqrt(20)
y = M @ s
x_hat = np.zeros(500)
for _ in range(100):
    r = y - M @ x_hat
    x_hat = x_hat + 0.1 * M.T @ r
    x_hat = np.sign(x_hat) * np.maximum(np.abs(x_hat) - 0.01, 0)
`,
  'matrix factorisation': `import numpy as np
class MF:
    def __init__(self, n_users, n_items, k=10):
        self.P = np.random.normal(scale=1. / k, size=(n_users, k))
        self.Q = np.random.normal(scale=1. / k, size=(n_items, k))
        self.b_u = np.zeros(n_users)
    def get_rating(self, i, j):
        return self.b_u[i] + self.P[i, :].dot(self.Q[j, :].T)
    def full_matrix(self):
        return self.P.dot(self.Q.T)
    def sgd(self, samples):
        for i, j, r in samples:
            e = r - self.get_rating(i, j)
            self.P[i, :] += 0.1 * (e * self.Q[j, :] - 0.01 * self.P[i, :])
def nmf(V, k):
    W = np.random.rand(V.shape[0], k)
    H = np.random.rand(k, V.shape[1])
    for _ in range(100):
        H = H * (W.T @ V) / (W.T @ W @ H + 1e-9)
        W = W * (V @ H.T) / (W @ H @ H.T + 1e-9)
    return W, H
W, H = nmf(np.random.rand(10, 20), 3)
`,
  'particles and spins': `import numpy as np
pos = np.random.rand(100, 3)
vel = np.random.randn(100, 3) * 0.1
for step in range(1000):
    d = pos[:, None, :] - pos[None, :, :]
    r = np.sqrt((d ** 2).sum(-1)) + 1e-3
    f = -(d / r[..., None] ** 3).sum(1)
    vel += 0.01 * f
    pos += 0.01 * vel
J = np.random.randn(10, 10) / np.sqrt(10)
s = np.sign(np.random.randn(10))
for i in range(1000):
    s = np.sign(J @ s)
rot = np.array([[0, -1], [1, 0]])
pts = np.random.rand(5, 2) @ rot.T
`,
  'a Hopfield memory': `import numpy as np
class Hopfield:
    def __init__(self, n):
        self.W = np.zeros((n, n))
    def train(self, patterns):
        for p in patterns:
            self.W += np.outer(p, p)
        np.fill_diagonal(self.W, 0)
    def recall(self, x):
        for _ in range(10):
            x = np.sign(self.W @ x)
        return x
`,
  'images and projections': `import numpy as np
img = np.zeros((64, 64, 3), dtype=np.uint8)
img[10:20, 10:20] = 255
gray = img @ np.array([0.299, 0.587, 0.114])
edges = np.abs(np.diff(gray, axis=0))
H = np.eye(3)
pts = np.hstack([np.random.rand(10, 2), np.ones((10, 1))])
proj = (H @ pts.T).T
proj = proj[:, :2] / proj[:, 2:]
K = np.array([[500., 0, 320], [0, 500, 240], [0, 0, 1]])
cam = np.maximum(K @ pts.T, 0)
`,
};

describe('numpy programs without a network', () => {
  it.each(Object.entries(PROGRAMS))('%s', (_, text) => expect(shown(text)).toBe(''));
});
