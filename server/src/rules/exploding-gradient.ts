/** The gradient grows over a run, and no initializer alone is to blame. */
import { kerasStack, lasagneStack, torchStack } from './examples.ts';
import { defineRule } from './rule.ts';
import { checkScale } from './scale.ts';
import { SCALE_DOCS } from './scaleDocs.ts';

export const explodingGradient = defineRule({
  name: 'exploding-gradient',
  group: 'scale',
  tier: 'stable',
  docs: {
    ...SCALE_DOCS,
    what: 'The gradient’s norm grows by a factor of ten or more over a run of layers, and no finding at an initializer explains it; or by 10⁶ or more over a network whose norms hold the signal and not the gradient.',
  },
  examples: [
    {
      framework: 'torch',
      bad: torchStack({ depth: 8, init: 'nn.init.xavier_uniform_(layer.weight, gain=3)', activation: 'torch.relu($)' }),
      good: torchStack({ depth: 8, init: 'nn.init.xavier_uniform_(layer.weight, gain=math.sqrt(2))', activation: 'torch.relu($)' }),
    },
    {
      framework: 'keras',
      bad: kerasStack("layers.Dense(256, activation='relu', kernel_initializer=keras.initializers.VarianceScaling(8.0))", 8),
      good: kerasStack("layers.Dense(256, activation='relu', kernel_initializer=keras.initializers.VarianceScaling(2.0))", 8),
    },
    {
      framework: 'lasagne',
      bad: lasagneStack('DenseLayer(network, 256, W=lasagne.init.HeNormal(gain=3.0))', 8),
      good: lasagneStack("DenseLayer(network, 256, W=lasagne.init.HeNormal(gain='relu'))", 8),
    },
  ],
  check: (context) => checkScale(context, { quantity: 'gradient', direction: 'exploding' }),
});
