/** What a program trains its networks with: the loss, what it is applied to, the optimizer. One way of saying it a row. */
import { describe, expect, it } from 'vitest';
import { createAnalyzer } from '../../server/src/analyze.ts';
import type { Network } from '../../server/src/network/network.ts';
import { formatScalar } from '../../server/src/network/scalar.ts';
import { memoryHost } from '../../server/src/text/host.ts';
import { parser } from '../support/javascript.ts';

const told = ({ training, outputs }: Network): string => {
  const { losses, optimizer } = training;
  const said = losses.map(({ name, takes, on }) => {
    const steps = on?.through.map((step) => step.op.kind).join(', ');
    const where = on === null ? '' : ` on ${outputs.includes(on.node) ? 'the output' : 'a node'}${steps ? ` through ${steps}` : ''}`;
    return `${name}${takes ? ` of ${takes}` : ''}${where}`;
  });
  const rate = optimizer?.learningRate === undefined ? '' : ` ${formatScalar(optimizer.learningRate)}`;
  const momentum = optimizer?.momentum === undefined ? '' : ` momentum ${optimizer.momentum}`;
  return [...said, ...(optimizer ? [`${optimizer.name}${rate}${momentum}`] : [])].join('; ');
};

const analysed = (text: string, file: string): readonly Network[] =>
  createAnalyzer(memoryHost({ [file]: text }), parser)
    .analyze(file, text)
    .networks.map((n) => n.network);

const TORCH = `import torch
import torch.nn as nn
import torch.nn.functional as F
import pytorch_lightning as pl


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(8, 8)
        self.out = nn.Linear(8, 3)

    def forward(self, x):
        return self.out(F.relu(self.hidden(x)))
`;

const KERAS = `import tensorflow as tf
from tensorflow import keras
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(8, activation='relu'), keras.layers.Dense(3)])
`;

const FLAX = `import jax
import jax.numpy as jnp
import optax
import flax.linen as nn
from flax import nnx
from flax.training import train_state


class Net(nn.Module):
    @nn.compact
    def __call__(self, x):
        return nn.Dense(3)(nn.relu(nn.Dense(8)(x)))
`;

const LINEAR = `import tensorflow as tf
x = tf.placeholder(tf.float32, [None, 8])
y = tf.placeholder(tf.float32, [None, 3])
w1 = tf.Variable(tf.truncated_normal([8, 8], stddev=0.1))
w2 = tf.Variable(tf.truncated_normal([8, 3], stddev=0.1))
logits = tf.matmul(tf.nn.relu(tf.matmul(x, w1)), w2)
`;

const ROWS: readonly (readonly [string, string, string])[] = [
  [
    'torch: a loop of the script',
    `${TORCH}
net = Net()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
for x, y in loader:
    criterion(torch.softmax(net(x), dim=1), y).backward()
`,
    'CrossEntropyLoss of logits on the output through softmax; SGD 0.1 momentum 0.9',
  ],
  [
    'torch: a function that the script calls',
    `${TORCH}
def train(model, loader, optimizer):
    for i, (x, y) in enumerate(loader):
        F.nll_loss(F.log_softmax(model(x.to(device)), dim=1), y).backward()

def main():
    model = Net().to(device)
    train(model, loader, torch.optim.Adam(model.parameters()))

main()
`,
    'NLLLoss of logProbabilities on the output through softmax; Adam 0.001',
  ],
  [
    'torch: a function that nobody calls',
    `${TORCH}
def train(net, loader):
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    for x, y in loader:
        nn.BCEWithLogitsLoss()(net(x), y).backward()
`,
    'BCEWithLogitsLoss of logits on the output; Adam 0.01',
  ],
  [
    'torch: a function that nobody calls, of a file with two models',
    `${TORCH}
class Other(nn.Module):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(8, 3)

    def forward(self, x):
        return self.out(x)

def train(model, loader):
    for x, y in loader:
        nn.BCEWithLogitsLoss()(model(x), y).backward()
`,
    '',
  ],
  [
    'torch: Lightning',
    `${TORCH}
class Lit(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = Net()
        self.loss = nn.MSELoss()

    def forward(self, x):
        return self.net(x)

    def training_step(self, batch, batch_idx):
        x, y = batch
        return self.loss(self(x), y)

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=0.002)
`,
    'MSELoss on the output; AdamW 0.002',
  ],
  [
    'torch: what another model makes of the output is not known',
    `${TORCH}
net = Net()
judge = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1), nn.Sigmoid())
loss = nn.BCELoss()(judge(net(x)), y)
optimizer = torch.optim.Adam(net.parameters())
`,
    'Adam 0.001',
  ],
  [
    'torch: another instance of the same class is trained in its own way',
    `${TORCH}
other = Net()
net = Net()
nn.MSELoss()(net(x), other(x)).backward()
nn.BCELoss()(torch.sigmoid(other(x)), y).backward()
`,
    'BCELoss of probabilities on the output through activation',
  ],
  [
    'keras: names',
    `${KERAS}model.compile('sgd', 'binary_crossentropy')\n`,
    'BinaryCrossentropy of probabilities on the output; SGD 0.01 momentum 0',
  ],
  [
    'keras: objects',
    `${KERAS}model.compile(loss=keras.losses.CategoricalCrossentropy(from_logits=True), optimizer=keras.optimizers.Adam(learning_rate=0.1))\n`,
    'CategoricalCrossentropy of logits on the output; Adam 0.1',
  ],
  [
    'keras: a flag that is not known',
    `${KERAS}model.compile(loss=keras.losses.BinaryCrossentropy(from_logits=flag))\n`,
    'BinaryCrossentropy on the output; RMSprop 0.001',
  ],
  [
    'keras: GradientTape',
    `${KERAS}loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.Adam(0.01)
for x, y in data:
    with tf.GradientTape() as tape:
        loss = loss_fn(y, tf.nn.softmax(model(x, training=True)))
    optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_weights), model.trainable_weights))
`,
    'SparseCategoricalCrossentropy of logits on the output through softmax; Adam 0.01',
  ],
  [
    'TensorFlow 1',
    `${LINEAR}loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=logits))
step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
`,
    'SoftmaxCrossEntropyWithLogits of logits on the output; SGD 0.5 momentum 0',
  ],
  [
    'linen: a state',
    `${FLAX}
@jax.jit
def train_step(state, batch):
    def loss_fn(params):
        logits = state.apply_fn({'params': params}, batch['x'])
        return optax.softmax_cross_entropy(nn.softmax(logits), batch['y']).mean(), logits
    (loss, logits), grads = jax.value_and_grad(loss_fn, has_aux=True)(state.params)
    return state.apply_gradients(grads=grads)

def create(key):
    net = Net()
    params = net.init(key, jnp.ones((1, 8)))['params']
    return train_state.TrainState.create(apply_fn=net.apply, params=params, tx=optax.chain(optax.clip(1.0), optax.sgd(0.1)))
`,
    'softmax_cross_entropy of logits on the output through softmax; SGD 0.1 momentum 0',
  ],
  [
    'nnx',
    `${FLAX.slice(0, FLAX.indexOf('class'))}
model = nnx.Sequential(nnx.Linear(8, 8, rngs=nnx.Rngs(0)), nnx.relu, nnx.Linear(8, 3, rngs=nnx.Rngs(0)))
optimizer = nnx.Optimizer(model, optax.adam(0.5), wrt=nnx.Param)
`,
    'Adam 0.5',
  ],
];

describe('training', () => {
  it.each(ROWS)('%s', (_, text, expected) => {
    expect(analysed(text, 'model.py').map(told)[0]).toBe(expected);
  });

  it('a training function that is added or removed is seen by a model that was kept', () => {
    const analyzer = createAnalyzer(memoryHost({}), parser);
    const train = '\ndef train(net, loader):\n    for x, y in loader:\n        nn.MSELoss()(net(x), y).backward()\n';
    const said = (text: string): string | undefined => analyzer.analyze('model.py', text).networks.map((n) => told(n.network))[0];
    expect([TORCH, TORCH + train, TORCH].map(said)).toEqual(['', 'MSELoss on the output', '']);
  });
});
