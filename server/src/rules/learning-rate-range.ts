/** Learning rates of Adam and its relatives that are out of all proportion. */

import { stdOf } from '../network/moments.ts';
import type { Node } from '../network/network.ts';
import { isNumber } from '../network/scalar.ts';
import { lasagneTraining } from './examples.ts';
import { number } from './figures.ts';
import { oneLine } from './line.ts';
import { defineRule } from './rule.ts';
import { weightOf } from './topology.ts';

/** Optimizers whose first steps have the size of their learning rate. */
const ADAPTIVE: ReadonlySet<string> = new Set(['Adam', 'AdamW', 'Adamax', 'NAdam', 'Nadam', 'RAdam', 'AMSGrad']);

const MOST = 0.01;
const LEAST = 1e-7;

const torch = (rate: string): string =>
  [
    'import torch',
    'from torch import nn',
    '',
    'model = nn.Sequential(nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 10))',
    'for layer in (model[0], model[2]):',
    '    nn.init.xavier_uniform_(layer.weight)',
    `optimizer = torch.optim.Adam(model.parameters(), lr=${rate})`,
    '',
  ].join('\n');

const keras = (rate: string): string =>
  [
    'import keras',
    'from keras import layers',
    '',
    "model = keras.Sequential([keras.Input((64,)), layers.Dense(64, activation='tanh'), layers.Dense(10)])",
    `model.compile(optimizer=keras.optimizers.Adam(${rate}), loss=keras.losses.CategoricalCrossentropy(from_logits=True))`,
    '',
  ].join('\n');

const twoLayers = ['DenseLayer(network, 64, nonlinearity=tanh)', 'DenseLayer(network, 10, nonlinearity=softmax)'];

/** The smallest standard deviation that a hidden layer's weights start from. */
const smallest = (layers: readonly Node[]): { readonly path: string; readonly std: number } | null => {
  let found: { readonly path: string; readonly std: number } | null = null;
  for (const layer of layers) {
    const weight = weightOf(layer);
    const std = weight && !weight.loaded ? stdOf(weight.init.distribution) : null;
    if (weight && isNumber(std) && std > 0 && (!found || std < found.std)) found = { path: weight.path, std };
  }
  return found;
};

export const learningRateRange = defineRule({
  name: 'learning-rate-range',
  group: 'training',
  tier: 'stable',
  // By hand, over arrays, neither the loss nor the optimizer has a name.
  frameworks: ['torch', 'keras', 'tfjs', 'lasagne', 'flax'],
  docs: {
    what: 'Adam or one of its relatives has a learning rate above 0.01 or below 10⁻⁷.',
    why: [
      'Adam divides the gradient by its own size, so each of its first steps moves every weight by about the learning rate, whatever the loss is.',
      'Weights start with a standard deviation near 1/√fan_in, 0.04 for 512 inputs: at a rate of 0.1 one step is larger than the weights, and what the initializer was chosen for is gone. Below 10⁻⁷ a hundred thousand steps move a weight by 0.01.',
    ].join(' '),
    exceptions:
      'Not flagged: a rate that is not a number in the source (a schedule, an argument), a rate of 0, models of a single layer, optimizers that do not divide by the size of the gradient (SGD).',
    references: [
      'Kingma & Ba 2015, Adam, arXiv:1412.6980, §2.1: the step is bounded by about the learning rate',
      'Bengio 2012, arXiv:1206.5533, §3',
    ],
    severity: 'Warning.',
    fix: 'Uses 0.001, which Kingma & Ba recommend. It changes training, and its title says so.',
  },
  examples: [
    { framework: 'torch', bad: torch('0.1'), good: torch('0.001') },
    { framework: 'keras', bad: keras('0.1'), good: keras('0.001') },
    {
      framework: 'lasagne',
      bad: lasagneTraining(twoLayers, 'categorical_crossentropy', 'adam(loss, params, learning_rate=0.1)'),
      good: lasagneTraining(twoLayers, 'categorical_crossentropy'),
    },
  ],
  check: ({ network, facts, report }) => {
    const { optimizer } = network.training;
    const rate = optimizer?.learningRate;
    if (!optimizer || !ADAPTIVE.has(optimizer.name) || !isNumber(rate) || facts.layers.length < 2) return;
    if (rate <= 0 || (rate <= MOST && rate >= LEAST)) return;
    const weights = rate > MOST ? smallest(facts.layers) : null;
    const figure =
      rate < LEAST ? `${number(1 / rate)} steps move a weight by at most about 1` : 'its first steps move every weight by about that';
    report({
      span: optimizer.rateSpan ?? optimizer.span,
      severity: 'warning',
      message: oneLine([
        `A learning rate of ${number(rate)} for ${optimizer.name}: ${figure}`,
        weights && [`\`${weights.path}\` starts at std ${number(weights.std)}`, `weights start at std ${number(weights.std)}`],
      ]),
      related: [],
      explains: [],
      intents: optimizer.rateSpan
        ? [
            {
              kind: 'edit',
              title: 'Use a learning rate of 0.001',
              safe: false,
              changes: [{ kind: 'replaceName', span: optimizer.rateSpan, from: String(rate), to: '0.001' }],
            },
          ]
        : [],
    });
  },
});
