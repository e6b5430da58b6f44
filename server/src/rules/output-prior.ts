/** A head under a focal loss whose bias says that every class is as likely as not. */

import { isNumber } from '../network/scalar.ts';
import { flaxTraining } from './examples.ts';
import { appliedLosses, isPlainOutput } from './losses.ts';
import { defineRule } from './rule.ts';

const keras = (bias: string): string =>
  [
    'import math',
    'import keras',
    'from keras import layers',
    '',
    `model = keras.Sequential([keras.Input((64,)), layers.Dense(1${bias})])`,
    "model.compile(optimizer='adam', loss=keras.losses.BinaryFocalCrossentropy(from_logits=True))",
    '',
  ].join('\n');

const focal = (layer: string, init?: string): string =>
  [
    'import torch',
    'from torch import nn',
    'from torchvision.ops import sigmoid_focal_loss',
    '',
    `model = nn.Sequential(${layer})`,
    ...(init ? [init] : []),
    "x, y = torch.load('batch.pt')",
    "sigmoid_focal_loss(model(x), y, reduction='mean').backward()",
    '',
  ].join('\n');

export const outputPrior = defineRule({
  name: 'output-prior',
  group: 'bias',
  tier: 'stable',
  frameworks: ['torch', 'keras', 'flax'],
  docs: {
    what: 'The last layer under a focal loss starts from a bias of 0, as if positives were as frequent as negatives.',
    why: [
      'A focal loss is used where positives are rare. With a bias of 0 every output starts at p = 0.5, and the loss of the first steps is that of the negatives alone, which made training diverge in the experiments it was introduced with.',
      'A bias of −log((1 − π)/π) starts every output at the prior π: −4.6 for π = 0.01 (Lin et al. 2017, §3.3 and §4.1).',
    ].join(' '),
    exceptions:
      'Not flagged: other losses (a code that does not use a focal loss does not say how rare positives are), a bias that is set or loaded, heads without a bias.',
    references: ['Lin, Goyal, Girshick, He & Dollár 2017, Focal Loss for Dense Object Detection, arXiv:1708.02002, §3.3 and §4.1'],
    severity: 'Hint.',
    fix: 'There is none: the prior is a property of the data.',
  },
  examples: [
    {
      framework: 'keras',
      bad: keras(''),
      good: keras(', bias_initializer=keras.initializers.Constant(-math.log((1 - 0.01) / 0.01))'),
    },
    {
      framework: 'flax',
      bad: flaxTraining('nn.Dense(1)(x)', 'optax.sigmoid_focal_loss(logits, y).mean()'),
      good: flaxTraining('nn.Dense(1, bias_init=nn.initializers.constant(-4.6))(x)', 'optax.sigmoid_focal_loss(logits, y).mean()'),
    },
    {
      framework: 'torch',
      bad: focal('nn.Linear(64, 1)'),
      good: focal('nn.Linear(64, 1)', 'nn.init.constant_(model[0].bias, -4.6)'),
    },
  ],
  check: ({ network, report }) => {
    for (const { loss, last } of appliedLosses(network)) {
      if (!loss.focal || loss.kind !== 'binaryCrossEntropy') continue;
      const sigmoid = last.op.kind === 'activation' && last.op.name === 'sigmoid' ? last.node : null;
      const head = sigmoid ? network.nodes[sigmoid.inputs[0] ?? -1] : isPlainOutput(network, last) ? last.node : null;
      const bias = head?.params.find((p) => p.role === 'bias');
      if (!head || !bias || bias.loaded || head.op.kind === 'shift') continue;
      const { distribution, source } = bias.init;
      const isZero =
        distribution.kind === 'constant' ? isNumber(distribution.value) && Math.abs(distribution.value) < 0.5 : source === 'default';
      if (!isZero) continue;
      report({
        span: bias.init.span,
        severity: 'hint',
        message: `Every output starts at p = 0.5; a bias of −log((1 − π)/π), −4.6 for π = 0.01, starts it at the prior`,
        related: [{ span: loss.span, message: `${loss.name} is applied to it` }],
        explains: [],
        intents: [],
      });
    }
  },
});
