/** The signal grows over a run, and no initializer alone is to blame. */
import { kerasLoop, lasagneStack, torchStack } from './examples.ts';
import { defineRule } from './rule.ts';
import { checkScale } from './scale.ts';
import { SCALE_DOCS } from './scaleDocs.ts';

export const explodingSignal = defineRule({
  name: 'exploding-signal',
  group: 'scale',
  tier: 'stable',
  docs: {
    ...SCALE_DOCS,
    what: 'The part of the signal that depends on the input grows by a factor of ten or more over a run of layers, and no finding at an initializer explains it.',
  },
  examples: [
    {
      framework: 'torch',
      bad: torchStack({ depth: 8, init: 'nn.init.kaiming_normal_(layer.weight)', activation: '3 * torch.relu($)' }),
      good: torchStack({ depth: 8, init: 'nn.init.kaiming_normal_(layer.weight)', activation: 'torch.relu($)' }),
    },
    {
      framework: 'keras',
      bad: kerasLoop(["layers.Dense(256, activation='relu', kernel_initializer='he_normal')", 'layers.Rescaling(3.0)'], 8),
      good: kerasLoop(["layers.Dense(256, activation='relu', kernel_initializer='he_normal')"], 8),
    },
    {
      framework: 'lasagne',
      bad: lasagneStack("DenseLayer(network, 256, W=lasagne.init.HeNormal(gain='relu'))", 8, [
        'lasagne.layers.ExpressionLayer(network, lambda x: x * 3.0)',
      ]),
      good: lasagneStack("DenseLayer(network, 256, W=lasagne.init.HeNormal(gain='relu'))", 8),
    },
  ],
  check: (context) => checkScale(context, { quantity: 'signal', direction: 'exploding' }),
});
