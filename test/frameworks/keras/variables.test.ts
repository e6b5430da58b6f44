/** Networks of TensorFlow's own variables, without layers: sessions of version 1 and eager code of version 2. */
import { describe, expect, it } from 'vitest';
import { readAll } from '../numpy/read.ts';

const PROGRAMS: Readonly<
  Record<string, { readonly code: string; readonly name: string; readonly ops: string; readonly weights: readonly string[] }>
> = {
  'variables in a dict, a function over them': {
    code: `
import tensorflow as tf
x = tf.placeholder(tf.float32, [None, 784])
y = tf.placeholder(tf.float32, [None, 10])
weights = {
    'low': tf.Variable(tf.random_normal([784, 256])),
    'mid': tf.Variable(tf.truncated_normal([256, 256], stddev=0.1)),
    'out': tf.Variable(tf.random_uniform([256, 10], -0.05, 0.05)),
}
shifts = {'low': tf.Variable(tf.zeros([256])), 'mid': tf.Variable(tf.constant(0.1, shape=[256]))}

def net(x, weights, shifts):
    a = tf.nn.relu(tf.add(tf.matmul(x, weights['low']), shifts['low']))
    b = tf.nn.sigmoid(tf.matmul(a, weights['mid']) + shifts['mid'])
    return tf.matmul(b, weights['out'])

logits = net(x, weights, shifts)
cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=logits, labels=y))
train = tf.train.AdamOptimizer(0.001).minimize(cost)
`,
    name: 'script call keras',
    ops: 'input input dense shift relu dense shift sigmoid dense',
    weights: [
      'weights.low (784, 256) 784→256 normal 0±1 → relu',
      'weights.mid (256, 256) 256→256 truncatedNormal 0±0.08796 → sigmoid',
      'weights.out (256, 10) 256→10 uniform 0±0.02887',
    ],
  },
  'get_variable in scopes, a convolution, the default initializer': {
    code: `
import tensorflow.compat.v1 as tf

def layer(x, n, m, name):
    with tf.variable_scope(name):
        W = tf.get_variable('W', [n, m], initializer=tf.glorot_uniform_initializer())
        b = tf.get_variable('b', [m], initializer=tf.zeros_initializer())
        return tf.nn.tanh(tf.nn.xw_plus_b(x, W, b))

x = tf.placeholder(tf.float32, shape=(None, 28 * 28), name='x')
K = tf.get_variable('K', [5, 5, 1, 32], initializer=tf.truncated_normal_initializer(stddev=0.05))
c = tf.nn.relu(tf.nn.conv2d(tf.reshape(x, [-1, 28, 28, 1]), K, strides=[1, 1, 1, 1], padding='SAME'))
p = tf.nn.max_pool(c, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding='SAME')
h = layer(tf.reshape(p, [-1, 14 * 14 * 32]), 14 * 14 * 32, 100, 'a')
V = tf.get_variable('V', [100, 10])
out = tf.nn.softmax(tf.matmul(h, V))
`,
    name: 'script call keras',
    ops: 'input reshape conv relu pool reshape dense tanh dense softmax',
    weights: [
      'K (5, 5, 1, 32) 25→800 truncatedNormal 0±0.04398 → relu',
      'a/W (6272, 100) 6272→100 varianceScaling 0±0.01772 → tanh',
      'V (100, 10) 100→10 varianceScaling 0±0.1348',
    ],
  },
  'a module of eager variables': {
    code: `
import tensorflow as tf

class Net(tf.Module):
    def __init__(self):
        self.w1 = tf.Variable(tf.random.normal([8, 16], stddev=0.1))
        self.w2 = tf.Variable(tf.random.normal([16, 2], stddev=0.1))

    def __call__(self, x):
        return tf.matmul(tf.nn.relu(tf.matmul(x, self.w1)), self.w2)
`,
    name: 'Net defaults keras',
    ops: 'input dense relu dense',
    weights: ['w1 (8, 16) 8→16 normal 0±0.1 → relu', 'w2 (16, 2) 16→2 normal 0±0.1'],
  },
  'a module of modules, named by the attributes that hold the variables': {
    code: `
import tensorflow as tf

class Affine(tf.Module):
    def __init__(self, n, m, law):
        self.w = tf.Variable(law([n, m]), name='w')
        self.b = tf.Variable(tf.constant(0.1, shape=[m]))

    def __call__(self, x):
        return tf.matmul(x, self.w) + self.b

class Net(tf.Module):
    def __init__(self, n=16, width=64):
        self.low = Affine(n, width, tf.keras.initializers.HeNormal())
        self.high = Affine(width, width, tf.initializers.GlorotUniform())
        self.last = tf.Variable(tf.random.normal([width, 1], stddev=0.05))

    def __call__(self, x):
        return tf.math.tanh(self.high(tf.nn.relu(self.low(x)))) @ self.last
`,
    name: 'Net defaults keras',
    ops: 'input dense shift relu dense shift tanh dense',
    weights: [
      'low.w (16, 64) 16→64 varianceScaling 0±0.3536 → relu',
      'high.w (64, 64) 64→64 varianceScaling 0±0.125 → tanh',
      'last (64, 1) 64→1 normal 0±0.05',
    ],
  },
};

describe('networks of TensorFlow variables', () => {
  it.each(Object.entries(PROGRAMS))('%s', (_, { code, name, ops, weights }) => {
    const all = readAll(code);
    expect(all.map((r) => r.name)).toEqual([name]);
    expect(all[0]?.ops).toBe(ops);
    expect(all.flatMap((r) => r.weights)).toEqual(weights);
    // Every array has a shape and a name of its own.
    const params = all.flatMap(({ network }) => network.nodes.flatMap((node) => node.params));
    expect(params.filter((p) => p.shape === null)).toEqual([]);
    expect(new Set(params.map((p) => p.path)).size).toBe(params.length);
  });

  it('one product is none, nor is a model of Keras told twice', () => {
    expect(
      readAll(
        'import tensorflow as tf\nx = tf.placeholder(tf.float32, [None, 4])\nW = tf.Variable(tf.zeros([4, 2]))\ny = tf.nn.softmax(tf.matmul(x, W))\n',
      ),
    ).toEqual([]);
    const model =
      'from tensorflow import keras\nmodel = keras.Sequential([keras.layers.Dense(8, activation="relu", input_shape=(4,)), keras.layers.Dense(2)])\n';
    expect(readAll(model).map((r) => r.name)).toEqual(['model call keras']);
  });
});
