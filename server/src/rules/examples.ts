/** Programs that rules show as bad and good: the smallest whole model around the line that matters. */

export interface StackExample {
  readonly depth: number;
  /** What the constructor does to each hidden `layer`; none: the framework's default. */
  readonly init?: string;
  /** Called on each hidden layer's output. */
  readonly activation: string;
  readonly width?: number;
}

/** A PyTorch net of equal hidden layers. */
export const torchStack = ({ depth, init, activation, width = 256 }: StackExample): string =>
  [
    'import math',
    'import torch',
    'from torch import nn',
    '',
    '',
    'class Net(nn.Module):',
    '    def __init__(self):',
    '        super().__init__()',
    `        self.hidden = nn.ModuleList(nn.Linear(${width}, ${width}) for _ in range(${depth}))`,
    `        self.head = nn.Linear(${width}, 10)`,
    ...(init ? ['        for layer in self.hidden:', `            ${init}`] : []),
    '',
    '    def forward(self, x):',
    '        for layer in self.hidden:',
    `            x = ${activation.replace('$', 'layer(x)')}`,
    '        return self.head(x)',
    '',
  ].join('\n');

/** A Keras net of equal hidden layers; `layer` is the code of one. */
export const kerasStack = (layer: string, depth: number): string =>
  [
    'import keras',
    'from keras import layers',
    '',
    'model = keras.Sequential([',
    '    keras.Input((256,)),',
    `    *[${layer} for _ in range(${depth})],`,
    '    layers.Dense(10),',
    '])',
    '',
  ].join('\n');

/** The same by `add`, where a step has several layers. */
export const kerasLoop = (step: readonly string[], depth: number): string =>
  [
    'import keras',
    'from keras import layers',
    '',
    'model = keras.Sequential([keras.Input((256,))])',
    `for _ in range(${depth}):`,
    ...step.map((layer) => `    model.add(${layer})`),
    'model.add(layers.Dense(10))',
    '',
  ].join('\n');

/** A Lasagne net of equal hidden layers; `layer` is the code of one over `network`. */
export const lasagneStack = (layer: string, depth: number, after: readonly string[] = []): string =>
  [
    ...(/lasagne\./.test([layer, ...after].join()) ? ['import lasagne'] : []),
    'from lasagne.layers import DenseLayer, InputLayer',
    `from lasagne.nonlinearities import ${['selu', 'sigmoid', 'softmax', 'tanh'].filter((f) => f === 'softmax' || layer.includes(`=${f}`)).join(', ')}`,
    '',
    'network = InputLayer((None, 256))',
    `for _ in range(${depth}):`,
    `    network = ${layer}`,
    ...after.map((line) => `    network = ${line}`),
    'network = DenseLayer(network, 10, nonlinearity=softmax)',
    '',
  ].join('\n');

/** A PyTorch classifier of one layer and what trains it; `layers` are those of its Sequential. */
export const torchTraining = (layers: string, loss: string, optimizer = 'torch.optim.Adam(model.parameters())'): string =>
  [
    'import torch',
    'from torch import nn',
    '',
    `model = nn.Sequential(${layers})`,
    `criterion = ${loss}`,
    `optimizer = ${optimizer}`,
    "x, y = torch.load('batch.pt')",
    'criterion(model(x), y).backward()',
    'optimizer.step()',
    '',
  ].join('\n');

/** A Keras model of 64 inputs, and its loss as `compile` takes it. */
export const kerasTraining = (layers: string, loss: string, optimizer = "'adam'"): string =>
  [
    'import keras',
    'from keras import layers',
    '',
    `model = keras.Sequential([keras.Input((64,)), ${layers}])`,
    `model.compile(optimizer=${optimizer}, loss=${loss})`,
    '',
  ].join('\n');

/** The same in TensorFlow.js; `layers` are the configurations of its dense layers. */
export const tfjsTraining = (layers: readonly string[], loss: string, optimizer = "'adam'"): string =>
  [
    "import * as tf from '@tensorflow/tfjs';",
    '',
    'const model = tf.sequential();',
    ...layers.map((config, i) => `model.add(tf.layers.dense({ ${config}${i === 0 ? ', inputShape: [64]' : ''} }));`),
    `model.compile({ optimizer: ${optimizer}, loss: ${loss} });`,
    '',
  ].join('\n');

/** A Flax module of what `body` returns, and a loss over `logits`. */
export const flaxTraining = (body: string, loss: string, optimizer = 'optax.adam(0.001)'): string =>
  [
    'import jax',
    'import jax.numpy as jnp',
    'import flax.linen as nn',
    'import optax',
    '',
    '',
    'class Net(nn.Module):',
    '    @nn.compact',
    '    def __call__(self, x):',
    `        return ${body}`,
    '',
    '',
    'model = Net()',
    'params = model.init(jax.random.key(0), jnp.ones((1, 64)))',
    `optimizer = ${optimizer}`,
    '',
    '',
    'def loss_fn(params, x, y):',
    '    logits = model.apply(params, x)',
    `    return ${loss}`,
    '',
    '',
    "batch = jnp.load('batch.npz')",
    "loss, gradients = jax.value_and_grad(loss_fn)(params, batch['x'], batch['y'])",
    '',
  ].join('\n');

/** A Lasagne network on top of 64 inputs, and what trains it. */
export const lasagneTraining = (layers: readonly string[], loss: string, update = 'adam(loss, params)'): string =>
  [
    'import lasagne',
    'import theano.tensor as T',
    'from lasagne.layers import DenseLayer, InputLayer, get_all_params, get_output',
    'from lasagne.nonlinearities import sigmoid, softmax, tanh',
    '',
    'network = InputLayer((None, 64))',
    ...layers.map((layer) => `network = ${layer}`),
    'params = get_all_params(network, trainable=True)',
    `loss = lasagne.objectives.${loss}(get_output(network), T.matrix('y')).mean()`,
    `updates = lasagne.updates.${update}`,
    '',
  ].join('\n');
