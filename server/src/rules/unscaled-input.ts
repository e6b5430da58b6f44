/** Images that a network is given as they are stored. */
import type { Network, Node } from '../network/network.ts';
import { rmsOf, UNSCALED } from '../network/training.ts';
import { number } from './figures.ts';
import { arranges } from './losses.ts';
import { defineRule } from './rule.ts';
import { consumersOf, isLayer, weightOf } from './topology.ts';

/** The layers that get the input as it is; null where something else does. */
const firstLayers = (network: Network): readonly Node[] | null => {
  const consumers = consumersOf(network);
  const found: Node[] = [];
  const open = [...network.inputs];
  for (let id = open.pop(); id !== undefined; id = open.pop())
    for (const reader of consumers[id] ?? []) {
      const node = network.nodes[reader] as Node;
      if (isLayer(node)) found.push(node);
      else if (arranges(node.op) || node.op.kind === 'pad' || node.op.kind === 'dropout') open.push(reader);
      else return null;
    }
  return found.length > 0 && found.every((layer) => weightOf(layer)?.loaded === false) ? found : null;
};

const plain = (x: number): string => (Math.abs(x) >= 10 ? String(Math.round(x)) : number(x)).replace('-', '−');

const keras = (scale: string): string =>
  [
    'import keras',
    'from keras import layers',
    '',
    '(x_train, y_train), _ = keras.datasets.mnist.load_data()',
    `x_train = x_train.reshape(-1, 784).astype('float32')${scale}`,
    "model = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation='softmax')])",
    "model.compile(optimizer='adam', loss='sparse_categorical_crossentropy')",
    'model.fit(x_train, y_train)',
    '',
  ].join('\n');

const torch = (scale: string): string =>
  [
    'from torch import nn',
    'from torchvision import datasets',
    '',
    "images = datasets.MNIST('data', train=True).data",
    'model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))',
    `logits = model(images.float()${scale})`,
    '',
  ].join('\n');

const tfjs = (scale: string): string =>
  [
    "import * as tf from '@tensorflow/tfjs';",
    '',
    'const model = tf.sequential();',
    "model.add(tf.layers.conv2d({ filters: 8, kernelSize: 3, inputShape: [28, 28, 1], activation: 'softmax' }));",
    "const image = tf.browser.fromPixels(document.getElementById('image'), 1).toFloat();",
    `const output = model.predict(image${scale}.expandDims());`,
    '',
  ].join('\n');

export const unscaledInput = defineRule({
  name: 'unscaled-input',
  group: 'training',
  tier: 'stable',
  frameworks: ['torch', 'keras', 'tfjs'],
  docs: {
    what: 'A network is given images as they are stored, with values from 0 to 255.',
    why: [
      'Initializers keep the second moment of what a layer gets, and are made for inputs with mean 0 and variance 1. Values that are spread evenly over 0 to 255 have a root mean square of 147: every unit of the first layer starts that many times larger than meant, saturating units are saturated, and a softmax is sure of an arbitrary class.',
      'That all values are positive makes the gradients of a unit’s weights share their sign, so that they can only grow or shrink together (LeCun et al. 1998, §4.3).',
    ].join(' '),
    exceptions:
      'Not flagged: data of which the file does not show where it comes from and how it is scaled, networks that scale or normalise it themselves (`Rescaling`, a normalisation), pretrained weights, which were made for the scale that they were trained on.',
    references: ['LeCun, Bottou, Orr & Müller 1998, Efficient BackProp, §4.3: transform the inputs'],
    severity: 'Information.',
    fix: 'There is none: where to scale, and to which range, concerns the data that the model meets later too.',
  },
  examples: [
    { framework: 'keras', bad: keras(''), good: keras(' / 255') },
    { framework: 'torch', bad: torch(''), good: torch(' / 255') },
    { framework: 'tfjs', bad: tfjs(''), good: tfjs('.div(255)') },
  ],
  check: ({ network, report }) => {
    const { fed } = network.training;
    if (!fed || !network.complete) return;
    const layers = rmsOf(fed) < UNSCALED ? null : firstLayers(network);
    if (!layers) return;
    report({
      span: fed.span,
      severity: 'information',
      message: `${fed.name} gives ${plain(fed.low)} to ${plain(fed.high)}, unscaled before ${layers[0]?.label}: initializers are made for inputs of variance 1`,
      related: layers.slice(0, 1).map((layer) => ({ span: layer.nameSpan, message: 'The first layer' })),
      explains: [],
      intents: [],
    });
  },
});
