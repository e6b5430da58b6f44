import { describe, expect, it } from 'vitest';
import { analyse, described, networkOf } from './analyse.ts';

const MLP = `
0 input_layer = input() [B,784]
1 dense = dense(0) [B,256]
    dense/kernel [784,256] fan 784 2/fanIn truncatedNormal argument
    dense/bias [256] 0 default
2 dense/relu = relu(1) [B,256]
3 dense_1 = dense(2) [B,10]
    dense_1/kernel [256,10] fan 256 1/fanAvg uniform default
    dense_1/bias [10] 0 default
4 dense_1/softmax = softmax(3) [B,10]
outputs 4
`;

describe('one model in every spelling', () => {
  const LAYERS = ["Dense(256, activation='relu', kernel_initializer='he_normal')", "Dense(10, activation='softmax')"];
  const [first, second] = LAYERS as [string, string];
  const programs: Readonly<Record<string, string>> = {
    'Sequential with Input': `
import keras
from keras.layers import Dense
model = keras.Sequential([keras.Input(shape=(784,)), ${first}, ${second}])
`,
    'tf.keras, input_shape': `
import tensorflow as tf
model = tf.keras.models.Sequential([
    tf.keras.layers.Dense(256, activation=tf.nn.relu, kernel_initializer=tf.keras.initializers.HeNormal(), input_shape=(784,)),
    tf.keras.layers.Dense(10, activation=tf.keras.activations.softmax),
])
`,
    'star import, add, input_dim': `
from tensorflow.keras.layers import *
from tensorflow.keras.models import Sequential
model = Sequential()
model.add(${first.replace(')', ', input_dim=784)')})
model.add(${second})
`,
    'canonical paths of the source tree': `
from keras.src.models.sequential import Sequential
from keras.src.layers.core.dense import Dense
from tensorflow.python.keras.layers.core import Dense as Again
from keras.api.layers import InputLayer
model = Sequential([InputLayer(input_shape=(784,)), ${first}, Again(10, activation='softmax')])
`,
    functional: `
from tensorflow import keras
from tensorflow.keras import layers
x = inputs = keras.Input((784,))
x = layers.${first}(x)
model = keras.Model(inputs=inputs, outputs=layers.${second}(x))
`,
    subclassed: `
import keras
from keras import layers
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.${first}
        self.out = layers.${second}
    def call(self, inputs):
        return self.out(self.hidden(inputs))
model = Net()
model.build((None, 784))
`,
    'a helper that returns a model, layers made in a loop': `
import keras
def build(sizes=(256,)):
    model = keras.Sequential()
    model.add(keras.Input((784,)))
    for n in sizes:
        model.add(keras.layers.Dense(n, activation="relu", kernel_initializer=keras.initializers.get("he_normal")))
    model.add(keras.layers.${second})
    return model
`,
    'Keras 1 names': `
from keras.models import Sequential
from keras.layers.core import Dense, Activation
from keras.engine import Input
model = Sequential()
model.add(Dense(output_dim=256, init='he_normal', activation='relu', input_dim=784))
model.add(Dense(output_dim=10, activation='softmax'))
`,
    'initializer as a configuration': `
import keras
HE = {"class_name": "VarianceScaling", "config": {"scale": 2.0, "mode": "fan_in", "distribution": "truncated_normal"}}
model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(256, "relu", kernel_initializer=HE), keras.layers.${second}])
`,
  };
  for (const [name, program] of Object.entries(programs)) {
    it(name, () => {
      expect(described(program).replace('0 inputs = ', '0 input_layer = ')).toBe(MLP);
    });
  }
});

describe('layers and graphs', () => {
  it('residual blocks from a helper, strides and same padding', () => {
    const network = networkOf(`
import keras
from keras import layers
def block(x, filters, stride):
    y = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False, name=f"conv_{filters}")(x)
    y = layers.BatchNormalization()(y)
    y = layers.ReLU()(y)
    if stride != 1:
        x = layers.Conv2D(filters, 1, strides=stride)(x)
    return layers.add([x, y])
inputs = keras.Input((32, 32, 16))
x = block(block(inputs, 16, 1), 32, 2)
model = keras.Model(inputs, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))
`);
    expect(network.nodes.map((n) => `${n.path} ${n.op.kind}`)).toEqual([
      'input_layer input',
      'conv_16 conv',
      'batch_normalization batchNorm',
      're_lu activation',
      'add add',
      'conv_32 conv',
      'batch_normalization_1 batchNorm',
      're_lu_1 activation',
      'conv2d conv',
      'add_1 add',
      'global_average_pooling2d globalPool',
      'dense dense',
    ]);
    expect(network.nodes.map((n) => n.shape?.slice(1))).toEqual([
      [32, 32, 16],
      [32, 32, 16],
      [32, 32, 16],
      [32, 32, 16],
      [32, 32, 16],
      [16, 16, 32],
      [16, 16, 32],
      [16, 16, 32],
      [16, 16, 32],
      [16, 16, 32],
      [32],
      [10],
    ]);
    expect(network.complete).toBe(true);
  });

  it('weights made by add_weight in build, variables, matmul', () => {
    expect(
      described(`
import tensorflow as tf
class Linear(tf.keras.layers.Layer):
    def __init__(self, units=32):
        super().__init__()
        self.units = units
    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="random_normal", trainable=True)
        self.b = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")
    def call(self, x):
        return tf.nn.relu(tf.matmul(x, self.w) + self.b)
class Net(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.layers_ = [Linear(64), Linear()]
        self.head = tf.Variable(tf.random.truncated_normal([32, 3], stddev=0.1))
    def call(self, x, training=False):
        for layer in self.layers_:
            x = layer(x)
        return x @ self.head
net = Net()
net(tf.zeros((8, 20)))
`),
    ).toBe(`
0 x = input() [B,20]
1 linear/matmul = dense(0) [B,64]
    linear/w [20,64] fan 20 N(0, 0.05) argument
2 linear/add = shift(1) [B,64]
    linear/bias [64] 0 argument
3 linear/relu = relu(2) [B,64]
4 linear_1/matmul = dense(3) [B,32]
    linear_1/w [64,32] fan 64 N(0, 0.05) argument
5 linear_1/add = shift(4) [B,32]
    linear_1/bias [32] 0 argument
6 linear_1/relu = relu(5) [B,32]
7 matmul = dense(6) [B,3]
    head [32,3] fan 32 TN(0, 0.1) call
outputs 7
`);
  });

  it('recurrent layers, wrappers and embeddings', () => {
    const network = networkOf(`
from tensorflow.keras import Sequential, layers
model = Sequential([
    layers.Embedding(1000, 64),
    layers.Bidirectional(layers.LSTM(32, return_sequences=True)),
    layers.TimeDistributed(layers.Dense(16, activation="tanh")),
    layers.GRU(8),
])
`);
    expect(network.nodes[0]).toMatchObject({ op: { kind: 'input', integer: true } });
    expect(network.nodes.map((n) => n.shape?.at(-1))).toEqual([expect.anything(), 64, 64, 16, 16, 8]);
    expect(network.nodes[2]?.params.map((p) => p.path)).toEqual([
      'bidirectional/forward_lstm/lstm_cell/kernel',
      'bidirectional/forward_lstm/lstm_cell/recurrent_kernel',
      'bidirectional/forward_lstm/lstm_cell/bias',
      'bidirectional/backward_lstm/lstm_cell/kernel',
      'bidirectional/backward_lstm/lstm_cell/recurrent_kernel',
      'bidirectional/backward_lstm/lstm_cell/bias',
    ]);
    const bias = network.nodes[2]?.params[2]?.init.distribution;
    expect(bias?.kind).toBe('blocks');
    expect(network.nodes[2]?.params[0]).toMatchObject({ fanIn: 64, fanOut: 32, frameworkFans: { fanIn: 64, fanOut: 128 } });
  });

  it('a transposed and a depthwise convolution: what the signal sees is not what Keras counts', () => {
    const network = networkOf(`
from keras import Sequential, Input, layers
model = Sequential([Input((8, 8, 16)), layers.Conv2DTranspose(32, 4, strides=2, padding="same"), layers.DepthwiseConv2D(3)])
`);
    const [up, depthwise] = network.nodes.slice(1).map((n) => n.params[0]);
    expect(up).toMatchObject({ fanIn: 64, frameworkFans: { fanIn: 512, fanOut: 256 } });
    expect(depthwise).toMatchObject({ fanIn: 9, frameworkFans: { fanIn: 288, fanOut: 9 } });
    expect(network.nodes[1]?.shape?.slice(1)).toEqual([16, 16, 32]);
  });

  it('attention inside a block, called with keywords', () => {
    const network = networkOf(`
import keras
from keras import layers, ops
class Block(layers.Layer):
    def __init__(self, dim, heads, **kwargs):
        super().__init__(**kwargs)
        self.norm = layers.LayerNormalization(epsilon=1e-6)
        self.attention = layers.MultiHeadAttention(num_heads=heads, key_dim=dim // heads)
        self.up = layers.Dense(4 * dim, activation=keras.activations.gelu)
        self.down = layers.Dense(dim)
    def call(self, x):
        h = self.norm(x)
        x = x + self.attention(h, h)
        return ops.add(x, self.down(self.up(x)))
inputs = keras.Input((10, 64))
model = keras.Model(inputs, Block(64, 4)(inputs))
`);
    expect(network.nodes.map((n) => `${n.path} ${n.op.kind} ${n.inputs.join(',')}`)).toEqual([
      'input_layer input ',
      'block/layer_normalization layerNorm 0',
      'block/multi_head_attention attention 1,1',
      'block/add add 0,2',
      'block/dense dense 3',
      'block/dense/gelu activation 4',
      'block/dense_1 dense 5',
      'block/add add 3,6',
    ]);
  });

  it('models as layers, called twice, share their weights', () => {
    const network = networkOf(`
import keras
from keras import layers
tower_in = keras.Input((8,))
tower = keras.Model(tower_in, layers.Dense(4, activation="relu")(tower_in), name="tower")
a, b = keras.Input((8,), name="a"), keras.Input((8,), name="b")
model = keras.Model([a, b], layers.Dense(1)(layers.concatenate([tower(a), tower(b)])))
`);
    const towers = network.nodes.filter((n) => n.path === 'tower/dense');
    expect(towers.length).toBe(2);
    expect(new Set(towers.map((n) => n.params[0]?.storage)).size).toBe(1);
    expect(network.inputs.length).toBe(2);
    expect(network.nodes.at(-1)?.params[0]?.shape).toEqual([8, 1]);
  });

  it('without an input shape the fan is a symbol and the gain is known', () => {
    const network = networkOf(`
import keras
model = keras.Sequential([keras.layers.Dense(8, kernel_initializer="he_uniform"), keras.layers.Dense(3)])
`);
    const kernel = network.nodes[1]?.params[0];
    expect(typeof kernel?.fanIn).toBe('object');
    expect(kernel?.init.distribution).toMatchObject({ kind: 'varianceScaling', scale: 2, fan: kernel?.fanIn });
    expect(network.nodes[2]?.params[0]?.shape).toEqual([8, 3]);
  });

  it('what cannot be followed is opaque and keeps the graph together', () => {
    const network = networkOf(`
import keras
from keras import layers
from somewhere import strange
inputs = keras.Input((8,))
x = strange(layers.Dense(16)(inputs))
model = keras.Model(inputs, layers.Dense(1)(x))
`);
    expect(network.nodes.map((n) => n.op.kind)).toEqual(['input', 'dense', 'opaque', 'dense']);
    expect(typeof network.nodes[3]?.params[0]?.fanIn).toBe('object');
  });
});

describe('loading and training', () => {
  const MODEL = `
from tensorflow import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="hidden"), keras.layers.Dense(2)])
`;
  it('compile tells loss and optimizer', () => {
    const { training } = networkOf(
      `${MODEL}model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.1, momentum=0.9), loss=keras.losses.BinaryCrossentropy(from_logits=True))\n`,
    );
    expect(training.losses).toMatchObject([{ name: 'BinaryCrossentropy', takes: 'logits' }]);
    expect(training.optimizer).toMatchObject({ name: 'SGD', learningRate: 0.1, momentum: 0.9 });
  });
  it('strings mean the defaults', () => {
    const { training } = networkOf(`${MODEL}model.compile("adam", "categorical_crossentropy")\n`);
    expect(training.losses).toMatchObject([{ name: 'CategoricalCrossentropy', takes: 'probabilities' }]);
    expect(training.optimizer).toMatchObject({ name: 'Adam', learningRate: 0.001 });
  });
  it('load_weights, set_weights and trainable', () => {
    const flags = (program: string): string[] =>
      networkOf(program).nodes.flatMap((n) => n.params.slice(0, 1).map((p) => `${p.loaded ? 'L' : ''}${p.trainable ? 'T' : ''}`));
    expect(flags(MODEL)).toEqual(['T', 'T']);
    expect(flags(`${MODEL}model.load_weights("w.h5")\n`)).toEqual(['LT', 'LT']);
    expect(flags(`${MODEL}model.get_layer("hidden").set_weights([a, b])\nmodel.layers[1].trainable = False\n`)).toEqual(['LT', '']);
  });
  it('a pretrained base is opaque', () => {
    const network = networkOf(`
from tensorflow import keras
base = keras.applications.ResNet50(weights="imagenet", include_top=False, input_shape=(224, 224, 3))
base.trainable = False
x = keras.layers.GlobalAveragePooling2D()(base.output)
model = keras.Model(base.input, keras.layers.Dense(5, activation="softmax")(x))
`);
    expect(network.nodes.map((n) => n.op.kind)).toEqual(['input', 'opaque', 'globalPool', 'dense', 'softmax']);
  });
});

describe('notes', () => {
  const notes = (program: string): string[] => analyse(program).networks.flatMap((n) => n.notes.map((note) => note.rule));
  it('one instance for two kernels of one shape', () => {
    const program = (second: string): string => `
import keras
init = keras.initializers.HeNormal()
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(8, kernel_initializer=init), keras.layers.Dense(${second})])
`;
    expect(notes(program('8, kernel_initializer=init'))).toEqual(['shared-initializer']);
    expect(notes(program('9, kernel_initializer=init'))).toEqual([]);
    expect(notes(program("8, kernel_initializer='he_normal'"))).toEqual([]);
  });
  it('a string that Keras rejects', () => {
    const program = (name: string): string => `
import keras
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(8, kernel_initializer="${name}")])
`;
    expect(notes(program('xavier_uniform'))).toEqual(['unknown-initializer']);
    expect(notes(program('glorot_uniform'))).toEqual([]);
  });
});

describe('a class that is no model and builds one', () => {
  const program = (rest: string): string => `
from keras.layers import Dense
from keras.models import Sequential

class Player:
    def __init__(self, actions):
        self.actions = actions
        self.net = self.make()

    def make(self):
        net = Sequential()
        net.add(Dense(24, activation='relu', input_dim=4))
        net.add(Dense(self.actions))
        return net
${rest}`;
  const layers = (units: string): string => `
0 input_layer = input() [B,4]
1 dense = dense(0) [B,24]
    dense/kernel [4,24] fan 4 1/fanAvg uniform default
    dense/bias [24] 0 default
2 dense/relu = relu(1) [B,24]
3 dense_1 = dense(2) [B,${units}]
    dense_1/kernel [24,${units}] fan 24 1/fanAvg uniform default
    dense_1/bias [${units}] 0 default
outputs 3
`;
  it('is followed where nobody builds it, with sizes that are not known', () => {
    expect(described(program(''))).toBe(layers('actions'));
  });
  it('is followed in a method that nobody calls, static ones too', () => {
    const text = (decorator: string, self: string) => `
from keras.layers import Dense
from keras.models import Sequential

class Maker:
    ${decorator}
    def make(${self}actions):
        net = Sequential()
        net.add(Dense(24, activation='relu', input_dim=4))
        net.add(Dense(actions))
        return net

    def use(self, actions):
        return self.make(actions).predict(0)
`;
    expect(described(text('', 'self, '))).toBe(layers('actions'));
    expect(described(text('@staticmethod', ''))).toBe(layers('actions'));
    expect(described(text('@classmethod', 'cls, '))).toBe(layers('actions'));
  });
  it('is followed once where it is built', () => {
    expect(described(program('player = Player(3)'))).toBe(layers('3'));
  });
});

describe('names are resolved, not matched', () => {
  it('a local Dense is not Keras', () => {
    expect(
      analyse(`
class Dense:
    def __init__(self, n): self.n = n
class Sequential:
    def __init__(self, layers): self.layers = layers
model = Sequential([Dense(3)])
`).networks,
    ).toEqual([]);
  });
});
