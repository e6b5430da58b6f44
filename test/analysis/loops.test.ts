/** Loops whose number of passes is not known: training leaves a network whole, building and repeated application do not. */
import { describe, expect, it } from 'vitest';
import { createAnalyzer } from '../../server/src/analyze.ts';
import { memoryHost } from '../../server/src/text/host.ts';
import { parser } from '../support/javascript.ts';

/** Names of the networks that are read whole, and of those that are not. */
const read = (text: string, file: string): { whole: string[]; partly: string[] } => {
  const { networks } = createAnalyzer(memoryHost({ [file]: text }), parser).analyze(file, text);
  const names = (complete: boolean) => networks.filter(({ network }) => network.complete === complete).map(({ network }) => network.name);
  return { whole: names(true), partly: names(false) };
};

const TORCH = `import torch
from torch import nn
from data import loader, count

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(100, 64)
        self.b = nn.Linear(64, 10)
    def forward(self, x):
        return self.b(torch.relu(self.a(x)))
`;
const KERAS = `import tensorflow as tf
from tensorflow import keras
from data import data, count
`;
const TFJS = `import * as tf from '@tensorflow/tfjs';
import { data, count } from './data';
`;

const training: readonly (readonly [string, string, string?])[] = [
  [
    'torch: epochs over a loader',
    `${TORCH}
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
losses = []
for epoch in range(10):
    total = 0
    for x, y in loader:
        opt.zero_grad()
        out = net(x.float())
        loss = nn.functional.cross_entropy(out, y)
        loss.backward()
        opt.step()
        total += loss.item()
        losses.append(loss)
        torch.save({'net': net.state_dict()}, 'net.pt')`,
  ],
  [
    'torch: a loop without an end, in a function',
    `${TORCH}
def main(steps):
    net = Net()
    step = 0
    while step < steps:
        x = torch.randn(8, 100)
        out = net(x)
        out.sum().backward()
        step += 1
main(count)`,
  ],
  [
    'torch: evaluation sets modes',
    `${TORCH}
net = Net()
for x, y in loader:
    net.eval()
    with torch.no_grad():
        net(x.cuda())
    net.train()`,
  ],
  [
    'Keras: GradientTape over a sequential model',
    `${KERAS}
model = keras.Sequential([keras.layers.Dense(64, activation='relu'), keras.layers.Dense(10)])
opt = keras.optimizers.SGD(0.1)
for step, (x, y) in enumerate(data):
    with tf.GradientTape() as tape:
        logits = model(x, training=True)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(y, logits)
    opt.apply_gradients(zip(tape.gradient(loss, model.trainable_weights), model.trainable_weights))`,
  ],
  [
    'Keras: a subclassed model',
    `${KERAS}
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.a = keras.layers.Dense(64, activation='relu')
        self.b = keras.layers.Dense(10)
    def call(self, x):
        return self.b(self.a(x))
net = Net()
for x, y in data:
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(net(x) - y))`,
  ],
  [
    'Flax: steps over a dataset',
    `import jax, optax
from flax import nnx
from data import data
class Net(nnx.Module):
    def __init__(self, rngs):
        self.a = nnx.Linear(100, 64, rngs=rngs)
        self.b = nnx.Linear(64, 10, rngs=rngs)
    def __call__(self, x):
        return self.b(nnx.relu(self.a(x)))
net = Net(nnx.Rngs(0))
for x, y in data:
    loss = optax.softmax_cross_entropy(net(x), y).mean()`,
  ],
  [
    'TF.js: for await over a dataset',
    `${TFJS}
const model = tf.sequential();
model.add(tf.layers.dense({ units: 64, inputShape: [100], activation: 'relu' }));
model.add(tf.layers.dense({ units: 10 }));
async function train() {
  for await (const batch of data) {
    const out = model.predict(batch.xs);
    await model.trainOnBatch(batch.xs, batch.ys);
  }
}
train();`,
    'm.js',
  ],
];

const building: readonly (readonly [string, string, string?])[] = [
  ['torch: layers are made', `${TORCH}layers = []\nfor w in count:\n    layers.append(nn.Linear(8, 8))\nnet = nn.Sequential(*layers)`],
  [
    'torch: layers that were there are put into a list',
    `${TORCH}one, layers = nn.Linear(8, 8), [nn.Linear(4, 8)]\nfor w in count:\n    layers.append(one)\nnet = nn.Sequential(*layers)`,
  ],
  ['torch: a layer is replaced', `${TORCH}net, other = Net(), nn.Linear(64, 5)\nwhile count > 3:\n    net.b = other`],
  ['torch: weights are drawn', `${TORCH}net = Net()\nfor _ in range(count):\n    nn.init.zeros_(net.a.weight)`],
  ['torch: what comes out of the model may be drawn', `${TORCH}net = Net()\nfor m in net.blocks():\n    nn.init.zeros_(m.weight)`],
  [
    'torch: forward applies again and again',
    `${TORCH}
class Deep(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.a = nn.Linear(100, 100)
        self.n = n
    def forward(self, x):
        for _ in range(self.n):
            x = torch.relu(self.a(x))
        return x`.replace(/class Net[\s\S]*?\n(?=\nclass Deep)/, ''),
  ],
  [
    'Keras: a functional model grows by new layers',
    `${KERAS}x = inp = keras.Input((32,))\nfor _ in range(count):\n    x = keras.layers.Dense(32)(x)\nnet = keras.Model(inp, x)`,
  ],
  [
    'Keras: a functional model grows by one layer',
    `${KERAS}x = inp = keras.Input((32,))\nd = keras.layers.Dense(32, activation='relu')\nfor _ in range(count):\n    x = d(x)\nnet = keras.Model(inp, keras.layers.Dense(4)(x))`,
  ],
  [
    'Keras: layers are added',
    `${KERAS}net = keras.Sequential([keras.layers.Dense(8)])\nfor _ in range(count):\n    net.add(keras.layers.Dense(8))`,
  ],
  [
    'TF.js: layers are added',
    `${TFJS}const net = tf.sequential();\nnet.add(tf.layers.dense({ units: 8, inputShape: [4] }));\nfor (let i = 0; i < count; i++) net.add(tf.layers.dense({ units: 8 }));`,
    'm.js',
  ],
];

describe('passes of a loop that are not counted', () => {
  it.each(training)('leave the network whole: %s', (_, text = '', file = 'm.py') => {
    const { whole, partly } = read(text, file);
    expect(partly).toEqual([]);
    expect(whole.length).toBeGreaterThan(0);
  });
  it.each(building)('are missing in the network: %s', (_, text = '', file = 'm.py') => {
    const { partly } = read(text, file);
    expect(partly.length).toBeGreaterThan(0);
  });
});
