/** TensorFlow 1: layers as functions, contrib and slim, variables and placeholders; networks that no model object holds. */
import { describe, expect, it } from 'vitest';
import { momentsOf } from '../../../server/src/network/moments.ts';
import { analyse } from './analyse.ts';
import { describeNetwork } from './describe.ts';

const read = (text: string): readonly string[] => analyse(text).networks.map((n) => `\n${n.name}\n${describeNetwork(n)}\n`);

describe('layers as functions', () => {
  it('a model function of tf.estimator', () => {
    expect(
      read(`
import tensorflow as tf
def model_fn(features, labels, mode):
    x = tf.reshape(features["x"], [-1, 28, 28, 1])
    x = tf.layers.conv2d(inputs=x, filters=8, kernel_size=[5, 5], padding="same", activation=tf.nn.relu)
    x = tf.layers.max_pooling2d(inputs=x, pool_size=[2, 2], strides=2)
    x = tf.reshape(x, [-1, 14 * 14 * 8])
    x = tf.layers.dropout(x, rate=0.4, training=mode == tf.estimator.ModeKeys.TRAIN)
    logits = tf.layers.dense(x, 10, kernel_initializer=tf.truncated_normal_initializer(stddev=0.1))
    loss = tf.losses.sparse_softmax_cross_entropy(labels=labels, logits=logits)
    return tf.estimator.EstimatorSpec(mode=mode, loss=loss)
`),
    ).toEqual([
      `
model_fn
0 features[x] = input() [B,28,28,1]
1 conv2d = conv(0) [B,28,28,8]
    conv2d/kernel [5,5,1,8] fan 25 1/fanAvg uniform default
    conv2d/bias [8] 0 default
2 conv2d/relu = relu(1) [B,28,28,8]
3 max_pooling2d = pool(2) [B,14,14,8]
4 reshape = reshape(3) [B,1568]
5 dropout = dropout(4) [B,1568]
6 dense = dense(5) [B,10]
    dense/kernel [1568,10] fan 1568 TN(0, 0.1) argument
    dense/bias [10] 0 default
outputs 6
`,
    ]);
  });

  it('a script with placeholders; defaults of compat.v1 initializers', () => {
    const [network] = analyse(`
import tensorflow.compat.v1 as tf
x = tf.placeholder(tf.float32, [None, 784])
h = tf.layers.dense(x, 64, tf.nn.relu, kernel_initializer=tf.random_normal_initializer(), name="hidden")
logits = tf.layers.dense(tf.layers.batch_normalization(h), 10, kernel_initializer=tf.random_uniform_initializer(-1, 1))
`).networks;
    expect(
      network?.nodes
        .flatMap((n) => n.params)
        .filter((p) => p.role === 'weight')
        .map((p) => [p.path, p.init.distribution]),
    ).toEqual([
      ['hidden/kernel', { kind: 'normal', mean: 0, std: 1 }],
      ['dense/kernel', { kind: 'uniform', low: -1, high: 1 }],
    ]);
    expect(network?.outputs.length).toBe(1);
  });
});

describe('contrib.layers and slim', () => {
  it('have a ReLU and Glorot weights of their own accord', () => {
    expect(
      read(`
import tensorflow as tf
from tensorflow.contrib.layers import fully_connected
x = tf.placeholder(tf.float32, shape=(None, 20), name="x")
h = fully_connected(x, 30, weights_initializer=tf.contrib.layers.variance_scaling_initializer(), activation_fn=tf.nn.elu, scope="h1")
h = fully_connected(h, 10, scope="h2", normalizer_fn=tf.contrib.layers.batch_norm)
y = fully_connected(h, 3, activation_fn=None)
`),
    ).toEqual([
      `
script
0 x = input() [B,20]
1 h1 = dense(0) [B,30]
    h1/kernel [20,30] fan 20 2/fanIn truncatedNormal argument
    h1/bias [30] 0 default
2 elu = elu(alpha=1)(1) [B,30]
3 h2 = dense(2) [B,10]
    h2/kernel [30,10] fan 30 1/fanAvg uniform default
4 batch_normalization = batchNorm(3) [B,10]
    batch_normalization/beta [10] 0 default
    batch_normalization/moving_mean [10] 0 default frozen
    batch_normalization/moving_variance [10] 1 default frozen
5 relu = relu(4) [B,10]
6 dense = dense(5) [B,3]
    dense/kernel [10,3] fan 10 1/fanAvg uniform default
    dense/bias [3] 0 default
outputs 6
`,
    ]);
  });

  it('take defaults from arg_scope, and only inside it', () => {
    const [network] = analyse(`
import tensorflow as tf
import tensorflow.contrib.slim as slim
x = tf.placeholder(tf.float32, [None, 8, 8, 3])
with slim.arg_scope([slim.conv2d], activation_fn=tf.nn.tanh, weights_initializer=tf.zeros_initializer()):
    net = slim.repeat(x, 2, slim.conv2d, 4, [3, 3])
net = slim.conv2d(net, 5, 1)
net = slim.fully_connected(slim.flatten(net), 2, activation_fn=None)
`).networks;
    const weights = network?.nodes.flatMap((n) => n.params).filter((p) => p.role === 'weight') ?? [];
    expect(weights.map((p) => [p.shape, p.init.distribution.kind])).toEqual([
      [[3, 3, 3, 4], 'constant'],
      [[3, 3, 4, 4], 'constant'],
      [[1, 1, 4, 5], 'varianceScaling'],
      [[320, 2], 'varianceScaling'],
    ]);
    expect(network?.nodes.flatMap((n) => (n.op.kind === 'activation' ? [n.op.name] : []))).toEqual(['tanh', 'tanh', 'relu']);
  });

  it('get no fix in names that they do not have', () => {
    const { findings, fixes } = analyse(`
import tensorflow as tf
from tensorflow.contrib.layers import fully_connected
x = tf.placeholder(tf.float32, shape=(None, 20))
h = fully_connected(x, 30, weights_initializer=tf.zeros_initializer())
y = fully_connected(h, 3, activation_fn=None)
`);
    const finding = findings.find((f) => f.rule === 'constant-weights');
    expect(finding && fixes(finding)).toEqual([]);
  });
});

describe('variables', () => {
  it('by hand, in a dict and by name', () => {
    expect(
      read(`
import tensorflow as tf
x = tf.placeholder("float", [None, 784])
weights = {"h": tf.Variable(tf.random_normal([784, 256])), "mid": tf.Variable(tf.truncated_normal([256, 64], stddev=0.1))}
out = tf.get_variable("out", [64, 10], initializer=tf.contrib.layers.xavier_initializer())
bias = tf.get_variable("b", [10])
h = tf.nn.relu(tf.matmul(x, weights["h"]))
h = tf.nn.sigmoid(tf.matmul(h, weights["mid"]))
logits = tf.matmul(h, out) + bias
`),
    ).toEqual([
      `
script
0 placeholder = input() [B,784]
1 matmul = dense(0) [B,256]
    weights.h [784,256] fan 784 N(0, 1) call
2 relu = relu(1) [B,256]
3 matmul = dense(2) [B,64]
    weights.mid [256,64] fan 256 TN(0, 0.1) call
4 sigmoid = sigmoid(3) [B,64]
5 matmul = dense(4) [B,10]
    out [64,10] fan 64 1/fanAvg uniform argument
6 add = shift(5) [B,10]
    b [10] 1/fanAvg uniform default
outputs 6
`,
    ]);
  });

  it('are named by the scopes that they are made in, and used again where a scope says so', () => {
    expect(
      read(`
import tensorflow as tf
def net(x, reuse=False):
    with tf.variable_scope("net", reuse=reuse):
        with tf.variable_scope("low"):
            h = tf.nn.relu(tf.matmul(x, tf.get_variable("w", [64, 32])))
        with tf.variable_scope("high"):
            return tf.matmul(h, tf.get_variable("w", [32, 1], initializer=tf.random_normal_initializer(stddev=0.02)))
real = net(tf.placeholder(tf.float32, [None, 64]))
fake = net(tf.placeholder(tf.float32, [None, 64]), reuse=True)
other = net(tf.placeholder(tf.float32, [None, 64]))
`).map((text) => text.match(/\S+ \[\d.*/g)),
    ).toEqual([
      ['net/low/w [64,32] fan 64 1/fanAvg uniform default', 'net/high/w [32,1] fan 32 N(0, 0.02) argument'],
      // Without `reuse` it is another graph's: a network of its own.
      ['net/low/w [64,32] fan 64 1/fanAvg uniform default', 'net/high/w [32,1] fan 32 N(0, 0.02) argument'],
    ]);
  });

  it('of a Keras model stay that model', () => {
    const { networks } = analyse(`
import keras
x = keras.Input((8,))
model = keras.Model(x, keras.layers.Dense(2)(keras.layers.Dense(4, activation="relu")(x)))
`);
    expect(networks.map((n) => n.name)).toEqual(['model']);
  });
});

describe('defaults that the versions have differently', () => {
  const stdOf = (text: string): number | undefined => {
    const [network] = analyse(`import tensorflow as tf\n${text}`).networks;
    const weight = network?.nodes.flatMap((n) => n.params).find((p) => p.role === 'weight');
    const moments = weight && momentsOf(weight.init.distribution);
    return moments ? Number(moments.std.toPrecision(4)) : undefined;
  };
  const GRAPH = (layer: string, law: string): string => `
x = tf.placeholder(tf.float32, [None, 64])
law = ${law}
${layer}
`;
  const VARIABLES = 'a = tf.get_variable("a", [64, 64], initializer=law)\nb = tf.get_variable("b", [64, 2])\ny = tf.nn.relu(x @ a) @ b';
  const LAYERS = 'y = tf.layers.dense(tf.layers.dense(x, 64, activation=tf.nn.relu, kernel_initializer=law), 2)';
  const MODEL = `
class Net(tf.keras.Model):
    def __init__(self):
        super().__init__()
        law = tf.random_normal_initializer()
        self.w = tf.Variable(law(shape=(64, 64)))
        self.head = tf.keras.layers.Dense(2)
    def call(self, x):
        return self.head(tf.nn.relu(tf.matmul(x, self.w)))
`;
  const MODULE = `
class Net(tf.Module):
    def __init__(self):
        self.a = tf.Variable(tf.random_normal_initializer()([64, 64]))
        self.b = tf.Variable(tf.random.normal([64, 2]))
    def __call__(self, x):
        return tf.matmul(tf.nn.relu(tf.matmul(x, self.a)), self.b)
`;

  it.each([
    ['get_variable', GRAPH(VARIABLES, 'tf.random_normal_initializer()'), 1],
    ['get_variable, uniform', GRAPH(VARIABLES, 'tf.random_uniform_initializer()'), 0.2887],
    ['get_variable, given', GRAPH(VARIABLES, 'tf.random_normal_initializer(0., 0.02)'), 0.02],
    ['tf.layers', GRAPH(LAYERS, 'tf.random_normal_initializer()'), 1],
    ['a Keras layer', 'm = tf.keras.Sequential([tf.keras.layers.Dense(3, kernel_initializer=tf.random_normal_initializer())])', 0.05],
    ['a Keras model with variables', MODEL, 0.05],
    ['nothing that tells', MODULE, undefined],
  ])('%s', (_, text, std) => {
    expect(stdOf(text)).toBe(std);
  });
});
