/** Networks as people write them over arrays: shape, fans, moments and the next activation of every weight. */
import { describe, expect, it } from 'vitest';
import { readAll } from './read.ts';

interface Style {
  readonly code: string;
  /** Name, entry and framework of the one network. */
  readonly name: string;
  readonly ops: string;
  readonly weights: readonly string[];
}

const STYLES: Readonly<Record<string, Style>> = {
  'rows of samples at the top level': {
    code: `import numpy as np
n_in, n_hid, n_out = 30, 50, 4
V = np.random.randn(n_in, n_hid) * 0.05
c = np.zeros(n_hid)
U = np.random.randn(n_hid, n_out) * 0.05
data = np.loadtxt('points.csv')
for epoch in range(5000):
    hid = np.tanh(data.dot(V) + c)
    out = hid.dot(U)
`,
    name: 'script call numpy',
    ops: 'input dense shift tanh dense',
    weights: ['V (30, 50) 30→50 normal 0±0.05 → tanh', 'U (50, 4) 50→4 normal 0±0.05'],
  },
  'columns of samples, both drawn': {
    code: `import numpy as np
points = np.random.randn(3, 200)
A = np.random.randn(8, 3) * np.sqrt(2 / 3)
B = np.random.randn(2, 8) / np.sqrt(8)
a = np.zeros((8, 1))
h = np.maximum(A.dot(points) + a, 0)
y = np.dot(B, h)
`,
    name: 'script call numpy',
    ops: 'input dense shift relu dense',
    weights: ['A (8, 3) 3→8 normal 0±0.8165 → relu', 'B (2, 8) 8→2 normal 0±0.3536'],
  },
  'data drawn like the weights, told apart by training': {
    code: `import numpy as np
left = np.random.randn(5, 6)
right = np.random.randn(6, 40)
top = np.random.randn(1, 5) * 0.1
goal = np.random.randn(1, 40)
for step in range(300):
    mid = np.tanh(left @ right)
    err = top @ mid - goal
    grad = (top.T @ err) * (1 - mid ** 2)
    left -= 0.1 * grad @ right.T
    top -= 0.1 * err @ mid.T
`,
    name: 'script call numpy',
    ops: 'input dense tanh dense',
    weights: ['left (5, 6) 6→5 normal 0±1 → tanh', 'top (1, 5) 5→1 normal 0±0.1'],
  },
  'a literal data set, uniform in plus or minus one': {
    code: `import numpy as np
cases = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
answers = np.array([[0], [1], [1], [0]])
first = 2 * np.random.random((2, 6)) - 1
second = 2 * np.random.random((6, 1)) - 1
logistic = lambda t: 1 / (1 + np.exp(-t))
for _ in range(20000):
    mid = logistic(cases.dot(first))
    end = logistic(mid.dot(second))
    miss = answers - end
    back = miss * end * (1 - end)
    first += cases.T.dot(back.dot(second.T) * mid * (1 - mid))
    second += mid.T.dot(back)
`,
    name: 'script call numpy',
    ops: 'input dense sigmoid dense sigmoid',
    weights: ['first (2, 6) 2→6 uniform 0±0.5774 → sigmoid', 'second (6, 1) 6→1 uniform 0±0.5774 → sigmoid'],
  },
  'a dict filled in a loop, read by another function': {
    code: `import numpy as np
def draw(widths):
    theta = {}
    for k in range(1, len(widths)):
        theta['W%d' % k] = np.random.randn(widths[k], widths[k - 1]) * np.sqrt(1. / widths[k - 1])
        theta['b%d' % k] = np.zeros((widths[k], 1))
    return theta

def apply(x, theta):
    depth = len(theta) // 2
    for k in range(1, depth):
        x = np.maximum(0, np.dot(theta['W%d' % k], x) + theta['b%d' % k])
    z = np.dot(theta['W%d' % depth], x) + theta['b%d' % depth]
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)

def fit(x, y, rounds=900):
    theta = draw([64, 32, 16, 10])
    for _ in range(rounds):
        p = apply(x, theta)
        theta['W3'] = theta['W3'] - 0.1 * (p - y)
    return theta
`,
    name: 'fit function numpy',
    ops: 'input dense shift relu dense shift relu dense shift softmax',
    weights: ['W1 (32, 64) 64→32 normal 0±0.125 → relu', 'W2 (16, 32) 32→16 normal 0±0.1768 → relu', 'W3 (10, 16) 16→10 normal 0±0.25'],
  },
  "globals that a function reads, matched by the parameter's name": {
    code: `import numpy as np
def make(widths):
    return [(np.random.normal(0, 0.2, (a, b)), np.zeros(b)) for a, b in zip(widths[:-1], widths[1:])]

def run(weights, x):
    for w, b in weights[:-1]:
        x = np.tanh(x @ w + b)
    w, b = weights[-1]
    return x @ w + b

weights = make([12, 24, 24, 3])
`,
    name: 'run function numpy',
    ops: 'input dense shift tanh dense shift tanh dense shift',
    weights: [
      'weights[0][0] (12, 24) 12→24 normal 0±0.2 → tanh',
      'weights[1][0] (24, 24) 24→24 normal 0±0.2 → tanh',
      'weights[2][0] (24, 3) 24→3 normal 0±0.2',
    ],
  },
  'a class with a dict of parameters and a loss': {
    code: `import numpy as np
class Shallow:
    def __init__(self, dim=20, hidden=40, classes=5, scale=1e-2):
        self.params = {'W1': scale * np.random.randn(dim, hidden), 'b1': np.zeros(hidden)}
        self.params['W2'] = scale * np.random.randn(hidden, classes)

    def loss(self, X, y=None):
        W1, W2 = self.params['W1'], self.params['W2']
        act = np.maximum(0, X.dot(W1) + self.params['b1'])
        scores = act.dot(W2)
        if y is None:
            return scores
        p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        grad = p.copy()
        grad[np.arange(len(y)), y] -= 1
        return -np.log(p[np.arange(len(y)), y]).mean(), {'W1': X.T.dot(grad.dot(W2.T) * (act > 0))}
`,
    name: 'Shallow defaults numpy',
    ops: 'input dense shift relu dense',
    weights: ['W1 (20, 40) 20→40 normal 0±0.01 → relu', 'W2 (40, 5) 40→5 normal 0±0.01'],
  },
  'lists of matrices zipped over layer sizes': {
    code: `import numpy as np
class Chain(object):
    def __init__(self, sizes):
        self.shifts = [np.random.randn(m, 1) for m in sizes[1:]]
        self.maps = [np.random.randn(m, n) / np.sqrt(n) for n, m in zip(sizes[:-1], sizes[1:])]

    def run(self, a):
        for s, w in zip(self.shifts, self.maps):
            a = squash(w.dot(a) + s)
        return a

def squash(z):
    return 1.0 / (1.0 + np.exp(-z))

chain = Chain([9, 7, 5])
`,
    name: 'Chain call numpy',
    ops: 'input dense shift sigmoid dense shift sigmoid',
    weights: ['maps[0] (7, 9) 9→7 normal 0±0.3333 → sigmoid', 'maps[1] (5, 7) 7→5 normal 0±0.378 → sigmoid'],
  },
  'layer objects in a list, activations by name': {
    code: `import numpy as np
class Layer:
    def __init__(self, n, m, kind):
        lim = np.sqrt(6 / (n + m))
        self.W = np.random.uniform(-lim, lim, (n, m))
        self.b = np.zeros((1, m))
        self.kind = kind

    def forward(self, x):
        self.x = x
        z = np.dot(x, self.W) + self.b
        return z * (z > 0) if self.kind == 'relu' else z

    def backward(self, d):
        self.dW = np.dot(self.x.T, d)
        return np.dot(d, self.W.T)

class Stack:
    def __init__(self):
        self.layers = [Layer(10, 20, 'relu'), Layer(20, 20, 'relu'), Layer(20, 2, 'none')]

    def __call__(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x
`,
    name: 'Stack defaults numpy',
    ops: 'input dense shift relu dense shift relu dense shift',
    weights: [
      'layers[0].W (10, 20) 10→20 uniform 0±0.2582 → relu',
      'layers[1].W (20, 20) 20→20 uniform 0±0.2236 → relu',
      'layers[2].W (20, 2) 20→2 uniform 0±0.3015',
    ],
  },
  'sizes that are parameters stay symbols': {
    code: `import numpy as np
def build(d, h):
    W = np.random.normal(0.0, pow(d, -0.5), (d, h))
    V = np.random.normal(scale=np.sqrt(2.0 / h), size=(h, 1))
    return W, V

def net(x, d, h):
    W, V = build(d, h)
    return np.maximum(0, x @ W) @ V
`,
    name: 'net function numpy',
    ops: 'input dense relu dense',
    weights: ['W (d, h) d→h normal 0±0.0625 → relu', 'V (h, 1) h→1 normal 0±0.25'],
  },
  'a generator object and leaky branches': {
    code: `import numpy as np
rng = np.random.default_rng(7)
x = load()
P = rng.normal(0, np.sqrt(2 / 128), size=(128, 64))
Q = rng.standard_normal((64, 64)) * 0.1
R = rng.uniform(low=-0.3, high=0.3, size=(64, 4))
h = x @ P
h = np.where(h > 0, h, 0.2 * h)
h = np.maximum(0.01 * (h @ Q), h @ Q)
out = h @ R
`,
    name: 'script call numpy',
    ops: 'input dense leakyRelu(0.2) dense leakyRelu(0.01) dense',
    weights: [
      'P (128, 64) 128→64 normal 0±0.125 → leakyRelu',
      'Q (64, 64) 64→64 normal 0±0.1 → leakyRelu',
      'R (64, 4) 64→4 uniform 0±0.1732',
    ],
  },
  'RandomState, cast and copied': {
    code: `import numpy as np
rs = np.random.RandomState(0)
A = np.asarray(rs.uniform(-0.2, 0.2, (6, 9)), dtype='float32')
B = rs.randn(9, 2).astype(np.float32) * 0.3
z = np.tanh(np.matmul(inputs, A))
y = np.matmul(z, B)
`,
    name: 'script call numpy',
    ops: 'input dense tanh dense',
    weights: ['A (6, 9) 6→9 uniform 0±0.1155 → tanh', 'B (9, 2) 9→2 normal 0±0.3'],
  },
  'rectified in place and dropped out by a mask': {
    code: `import numpy as np
W = np.random.randn(16, 32) * 0.1
V = np.random.randn(32, 3) * 0.1
h = batch.dot(W)
h[h < 0] = 0
keep = (np.random.rand(*h.shape) < 0.8) / 0.8
h *= keep
y = h.dot(V)
`,
    name: 'script call numpy',
    ops: 'input dense relu dropout dense',
    weights: ['W (16, 32) 16→32 normal 0±0.1 → relu', 'V (32, 3) 32→3 normal 0±0.1'],
  },
  'orthogonal by svd, the factor of the right shape': {
    code: `import numpy as np
def orthogonal(shape):
    flat = (shape[0], int(np.prod(shape[1:])))
    u, _, v = np.linalg.svd(np.random.normal(0.0, 1.0, flat), full_matrices=False)
    q = u if u.shape == flat else v
    return q.reshape(shape)

A = orthogonal((40, 20))
B = orthogonal((20, 30))
h = np.tanh(signal @ A)
y = h @ B
`,
    name: 'orthogonal call numpy',
    ops: 'input dense tanh dense',
    weights: ['A (40, 20) 40→20 orthogonal 0±0.1581 → tanh', 'B (20, 30) 20→30 orthogonal 0±0.1826'],
  },
  'orthogonal by qr': {
    code: `import numpy as np
Q, _ = np.linalg.qr(np.random.randn(25, 25))
W = Q * np.sqrt(2)
V = np.random.randn(25, 5) / 5
y = np.maximum(x.dot(W), 0).dot(V)
`,
    name: 'script call numpy',
    ops: 'input dense relu dense',
    weights: ['W (25, 25) 25→25 orthogonal 0±0.2828 → relu', 'V (25, 5) 25→5 normal 0±0.2'],
  },
  'truncated normal of scipy': {
    code: `import numpy as np
from scipy.stats import truncnorm
def cut(mean, sd, low, up):
    return truncnorm((low - mean) / sd, (up - mean) / sd, loc=mean, scale=sd)
rad = 1 / np.sqrt(36)
W = cut(0, 1, -rad, rad).rvs((18, 36))
V = cut(0, 1, -rad, rad).rvs((4, 18))
def run(v):
    h = 1 / (1 + np.exp(-np.dot(W, np.array(v, ndmin=2).T)))
    return 1 / (1 + np.exp(-np.dot(V, h)))
`,
    name: 'run function numpy',
    ops: 'input dense sigmoid dense sigmoid',
    weights: ['W (18, 36) 36→18 truncatedNormal 0±0.09605 → sigmoid', 'V (4, 18) 18→4 truncatedNormal 0±0.09605 → sigmoid'],
  },
  'expit of scipy, columns': {
    code: `import numpy as np
import scipy.special
class Small:
    def __init__(self, i, h, o, rate):
        self.wih = np.random.normal(0.0, pow(h, -0.5), (h, i))
        self.who = np.random.normal(0.0, pow(o, -0.5), (o, h))
        self.f = lambda x: scipy.special.expit(x)

    def train(self, xs, ts):
        xs = np.array(xs, ndmin=2).T
        hid = self.f(np.dot(self.wih, xs))
        out = self.f(np.dot(self.who, hid))
        err = np.array(ts, ndmin=2).T - out
        self.who += 0.1 * np.dot(err * out * (1.0 - out), hid.T)

small = Small(100, 50, 10, 0.1)
`,
    name: 'Small call numpy',
    ops: 'input dense sigmoid dense sigmoid',
    weights: ['wih (50, 100) 100→50 normal 0±0.1414 → sigmoid', 'who (10, 50) 50→10 normal 0±0.3162 → sigmoid'],
  },
  'a recurrent cell unrolled over time': {
    code: `import numpy as np
H, D = 30, 12
Wx = np.random.randn(H, D) * 0.1
Wh = np.random.randn(H, H) * 0.1
Wy = np.random.randn(D, H) * 0.1
def unroll(xs, h0):
    hs, ys = {-1: h0}, {}
    for t in range(len(xs)):
        hs[t] = np.tanh(np.dot(Wx, xs[t]) + np.dot(Wh, hs[t - 1]))
        ys[t] = np.dot(Wy, hs[t])
    return ys
`,
    name: 'unroll function numpy',
    ops: 'input dense input dense add tanh dense',
    weights: ['Wx (30, 12) 12→30 normal 0±0.1 → tanh', 'Wh (30, 30) 30→30 normal 0±0.1 → tanh', 'Wy (12, 30) 30→12 normal 0±0.1'],
  },
  'a recurrent cell over columns of one character each': {
    code: `import numpy as np
H, V = 100, 29
Wx = np.random.randn(H, V) * 0.01
Wh = np.random.randn(H, H) * 0.02
Wy = np.random.randn(V, H) * 0.03
bh = np.zeros((H, 1))
def loss(inputs, before):
    hs = {-1: np.copy(before)}
    for t in range(len(inputs)):
        x = np.zeros((V, 1))
        x[inputs[t]] = 1
        hs[t] = np.tanh(np.dot(Wx, x) + np.dot(Wh, hs[t - 1]) + bh)
        y = np.dot(Wy, hs[t])
    return y
loss([7], np.zeros((H, 1)))
`,
    name: 'script call numpy',
    ops: 'input dense input dense add shift tanh dense',
    weights: [
      'Wx (100, 29) 29→100 normal 0±0.01 → tanh',
      'Wh (100, 100) 100→100 normal 0±0.02 → tanh',
      'Wy (29, 100) 100→29 normal 0±0.03',
    ],
  },
  "layers in an object, the last of which a loop's variable holds too": {
    code: `import numpy as np
class Map:
    def __init__(self, n, m):
        self.W = np.random.randn(n, m) * 0.1
    def forward(self, x):
        return x @ self.W
class Bend:
    def forward(self, x):
        return np.tanh(x)
class Stack:
    def __init__(self, parts):
        self.parts = parts
    def forward(self, x):
        for part in self.parts:
            x = part.forward(x)
        return x
net = Stack([Map(6, 9), Bend(), Map(9, 2)])
for part in net.parts:
    if isinstance(part, Map):
        part.rate = 0.1
net.forward(np.loadtxt('points.csv'))
`,
    name: 'Map call numpy',
    ops: 'input dense tanh dense',
    weights: ['parts[0].W (6, 9) 6→9 normal 0±0.1 → tanh', 'parts[2].W (9, 2) 9→2 normal 0±0.1'],
  },
  'an autoencoder with tied weights': {
    code: `import numpy as np
class Tied:
    def __init__(self, n=50, k=10):
        self.W = np.random.uniform(-0.1, 0.1, (n, k))
        self.b, self.c = np.zeros(k), np.zeros(n)

    def encode(self, x):
        return np.tanh(x @ self.W + self.b)

    def reconstruct(self, x):
        return self.encode(x) @ self.W.T + self.c
`,
    name: 'Tied defaults numpy',
    ops: 'input dense shift tanh dense shift',
    weights: ['W (50, 10) 50→10 uniform 0±0.05774 → tanh', 'W (50, 10) 10→50 uniform 0±0.05774'],
  },
  'activations written out': {
    code: `import numpy as np
x = load()
swish = lambda z: z / (1 + np.exp(-z))
gelu = lambda z: 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z ** 3)))
elu = lambda z: np.where(z > 0, z, np.exp(z) - 1)
soft = lambda z: np.log(1 + np.exp(z))
hyper = lambda z: (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))
half = lambda z: (np.abs(z) + z) / 2
lecun = lambda z: 1.7159 * np.tanh(2 * z / 3)
six = lambda z: np.clip(z, 0, 6)
for f in [swish, gelu, elu, soft, hyper, half, lecun, six]:
    W = np.random.randn(10, 10) / np.sqrt(10)
    x = f(x @ W)
`,
    name: 'script call numpy',
    ops: 'input dense silu dense geluTanh dense elu(1) dense softplus dense tanh dense relu dense scaledTanh(0.6667, 1.716) dense relu6',
    weights: [
      'W (10, 10) 10→10 normal 0±0.3162 → silu',
      'W_2 (10, 10) 10→10 normal 0±0.3162 → geluTanh',
      'W_3 (10, 10) 10→10 normal 0±0.3162 → elu',
      'W_4 (10, 10) 10→10 normal 0±0.3162 → softplus',
      'W_5 (10, 10) 10→10 normal 0±0.3162 → tanh',
      'W_6 (10, 10) 10→10 normal 0±0.3162 → relu',
      'W_7 (10, 10) 10→10 normal 0±0.3162 → scaledTanh',
      'W_8 (10, 10) 10→10 normal 0±0.3162 → relu6',
    ],
  },
  'an experiment on the scale of deep activations': {
    code: `import numpy as np
D = np.random.randn(1000, 500)
widths = [500] * 6
H = {}
for i in range(len(widths)):
    X = D if i == 0 else H[i - 1]
    fan_in, fan_out = X.shape[1], widths[i]
    W = np.random.randn(fan_in, fan_out) / np.sqrt(fan_in / 2)
    H[i] = np.maximum(0, np.dot(X, W))
means = [np.mean(h) for h in H.values()]
`,
    name: 'script call numpy',
    ops: 'input dense relu dense relu dense relu dense relu dense relu dense relu',
    weights: [
      'W (500, 500) 500→500 normal 0±0.06325 → relu',
      'W_2 (500, 500) 500→500 normal 0±0.06325 → relu',
      'W_3 (500, 500) 500→500 normal 0±0.06325 → relu',
      'W_4 (500, 500) 500→500 normal 0±0.06325 → relu',
      'W_5 (500, 500) 500→500 normal 0±0.06325 → relu',
      'W_6 (500, 500) 500→500 normal 0±0.06325 → relu',
    ],
  },
  'Theano: layers as objects, the factor four for sigmoid': {
    code: `import numpy as np
import theano
import theano.tensor as T
class Layer:
    def __init__(self, rng, x, n, m, act=T.tanh):
        r = np.sqrt(6.0 / (n + m))
        values = np.asarray(rng.uniform(low=-r, high=r, size=(n, m)), dtype=theano.config.floatX)
        if act == T.nnet.sigmoid:
            values *= 4
        self.W = theano.shared(value=values, name='W', borrow=True)
        self.b = theano.shared(value=np.zeros((m,), dtype=theano.config.floatX), name='b', borrow=True)
        z = T.dot(x, self.W) + self.b
        self.output = z if act is None else act(z)

class Net:
    def __init__(self, rng, x):
        self.low = Layer(rng, x, 100, 60, act=T.nnet.sigmoid)
        self.mid = Layer(rng, self.low.output, 60, 60)
        self.top = Layer(rng, self.mid.output, 60, 10, act=T.nnet.softmax)

x = T.matrix('x')
net = Net(np.random.RandomState(3), x)
cost = -T.mean(T.log(net.top.output)[T.arange(5), T.ivector('y')])
grads = T.grad(cost, [net.low.W, net.mid.W])
step = theano.function([x], cost, updates=[(net.low.W, net.low.W - 0.1 * grads[0])])
`,
    name: 'Layer call numpy',
    ops: 'input dense shift sigmoid dense shift tanh dense shift softmax',
    weights: [
      'low.W (100, 60) 100→60 uniform 0±0.4472 → sigmoid',
      'mid.W (60, 60) 60→60 uniform 0±0.1291 → tanh',
      'top.W (60, 10) 60→10 uniform 0±0.169',
    ],
  },
  'Theano: a script': {
    code: `import numpy as np
import theano
import theano.tensor as T
X = T.dmatrix('X')
def init(shape):
    return theano.shared(np.random.randn(*shape) * 0.01)
w1, w2 = init((20, 15)), init((15, 2))
h = T.nnet.relu(T.dot(X, w1), 0.1)
out = T.nnet.softmax(T.dot(h, w2))
`,
    name: 'init call numpy',
    ops: 'input dense leakyRelu(0.1) dense softmax',
    weights: ['w1 (20, 15) 20→15 normal 0±0.01 → leakyRelu', 'w2 (15, 2) 15→2 normal 0±0.01'],
  },
  'Theano: convolutions and pools': {
    code: `import numpy as np
import theano
import theano.tensor as T
from theano.tensor.nnet import conv2d
from theano.tensor.signal import pool
rng = np.random.RandomState(1)
x = T.tensor4('x')
def conv(x, shape):
    fan = np.prod(shape[1:])
    W = theano.shared(rng.normal(0, np.sqrt(2. / fan), shape), name='W')
    b = theano.shared(np.zeros(shape[0]), name='b')
    return T.nnet.relu(pool.pool_2d(conv2d(x, W), ws=(2, 2), ignore_border=True) + b.dimshuffle('x', 0, 'x', 'x'))
a = conv(conv(x, (8, 3, 5, 5)), (16, 8, 3, 3)).flatten(2)
V = theano.shared(rng.uniform(-0.1, 0.1, (400, 10)), name='V')
p = T.nnet.softmax(T.dot(a, V))
`,
    name: 'conv call numpy',
    ops: 'input conv pool shift relu conv pool shift relu flatten dense softmax',
    weights: [
      'W (8, 3, 5, 5) 75→200 normal 0±0.1633 → relu',
      'W_2 (16, 8, 3, 3) 72→144 normal 0±0.1667 → relu',
      'V (400, 10) 400→10 uniform 0±0.05774',
    ],
  },
  'Theano: scan over time': {
    code: `import numpy as np
import theano
import theano.tensor as T
class Cell:
    def __init__(self, d, h, k):
        draw = lambda *s: theano.shared(np.random.uniform(-0.08, 0.08, s).astype(theano.config.floatX))
        self.U, self.W, self.V = draw(d, h), draw(h, h), draw(h, k)
        start = theano.shared(np.zeros(h))
        step = lambda x, s: T.tanh(T.dot(x, self.U) + T.dot(s, self.W))
        states, _ = theano.scan(step, sequences=T.matrix('xs'), outputs_info=start)
        self.y = T.nnet.softmax(T.dot(states, self.V))
`,
    name: 'Cell defaults numpy',
    ops: 'input dense input dense add tanh dense softmax',
    weights: ['U (d, h) d→h uniform 0±0.04619 → tanh', 'W (h, h) h→h uniform 0±0.04619 → tanh', 'V (h, k) h→k uniform 0±0.04619'],
  },
  'Theano: a denoising autoencoder': {
    code: `import numpy as np
import theano
import theano.tensor as T
from theano.tensor.shared_randomstreams import RandomStreams
class Denoiser:
    def __init__(self, rng, n=64, k=32):
        r = 4 * np.sqrt(6. / (n + k))
        self.W = theano.shared(rng.uniform(-r, r, (n, k)), name='W')
        self.b, self.c = theano.shared(np.zeros(k)), theano.shared(np.zeros(n))
        self.streams = RandomStreams(5)

    def cost(self, x):
        noisy = self.streams.binomial(size=x.shape, n=1, p=0.7) * x
        y = T.nnet.sigmoid(T.dot(noisy, self.W) + self.b)
        z = T.nnet.sigmoid(T.dot(y, self.W.T) + self.c)
        return -T.mean(T.sum(x * T.log(z) + (1 - x) * T.log(1 - z), axis=1))

model = Denoiser(np.random.RandomState(1))
loss = model.cost(T.matrix('x'))
`,
    name: 'Denoiser call numpy',
    ops: 'input dense shift sigmoid dense shift sigmoid',
    weights: ['W (64, 32) 64→32 uniform 0±0.5774 → sigmoid', 'W (64, 32) 32→64 uniform 0±0.5774 → sigmoid'],
  },
  'an activation of an activation, a tempered softmax between layers': {
    code: `import numpy as np
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
V = np.random.randn(30, 50) * 0.05
U = np.random.randn(50, 4) * 0.05
T = np.random.randn(4, 2) * 0.05
h = sigmoid(np.tanh(np.loadtxt('points.csv').dot(V)))
z = np.maximum(0, h.dot(U)) / 3
e = np.exp(z - z.max(axis=1, keepdims=True))
out = (e / e.sum(axis=1, keepdims=True)).dot(T)
`,
    name: 'script call numpy',
    ops: 'input dense tanh sigmoid dense relu affine softmax dense',
    weights: ['V (30, 50) 30→50 normal 0±0.05 → tanh', 'U (50, 4) 50→4 normal 0±0.05 → relu', 'T (4, 2) 4→2 normal 0±0.05'],
  },
  'a function that is used twice in each of many steps (what it costs doubles with none of them)': {
    code: `import numpy as np
V = np.random.randn(30, 50) * 0.05
U = np.random.randn(50, 4) * 0.05
z = np.loadtxt('points.csv').dot(V)
${'z = 0.25 * z + 0.75 * z\n'.repeat(21)}out = np.tanh(z).dot(U)
`,
    name: 'script call numpy',
    ops: 'input dense tanh dense',
    weights: ['V (30, 50) 30→50 normal 0±0.05 → tanh', 'U (50, 4) 50→4 normal 0±0.05'],
  },
};

describe(`networks over arrays, ${Object.keys(STYLES).length} styles`, () => {
  it.each(Object.entries(STYLES))('%s', (_, { code, name, ops, weights }) => {
    const all = readAll(code);
    expect(all.map((r) => r.name)).toEqual([name]);
    expect(all[0]?.ops).toBe(ops);
    expect(all.flatMap((r) => r.weights)).toEqual(weights);
  });
});
