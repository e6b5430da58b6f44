/** The gradient dies over a run, and no initializer alone is to blame. */
import { kerasStack, lasagneStack, torchStack } from './examples.ts';
import { defineRule } from './rule.ts';
import { checkScale } from './scale.ts';
import { SCALE_DOCS } from './scaleDocs.ts';

export const vanishingGradient = defineRule({
  name: 'vanishing-gradient',
  group: 'scale',
  tier: 'stable',
  docs: {
    ...SCALE_DOCS,
    what: 'The gradient’s norm shrinks by a factor of ten or more over a run of layers, and no finding at an initializer explains it; or by 10³ or more over a stack of recurrent layers.',
  },
  examples: [
    {
      framework: 'torch',
      bad: torchStack({ depth: 8, init: 'nn.init.xavier_uniform_(layer.weight, gain=4)', activation: 'torch.sigmoid($)' }),
      good: torchStack({ depth: 12, init: 'nn.init.xavier_uniform_(layer.weight)', activation: 'torch.tanh($)' }),
    },
    {
      framework: 'keras',
      bad: kerasStack(
        "layers.Dense(256, activation='sigmoid', kernel_initializer=keras.initializers.VarianceScaling(16.0, 'fan_avg', 'uniform'))",
        8,
      ),
      good: kerasStack("layers.Dense(256, activation='tanh')", 12),
    },
    {
      framework: 'lasagne',
      bad: lasagneStack('DenseLayer(network, 256, W=lasagne.init.HeNormal(gain=0.7))', 8),
      good: lasagneStack("DenseLayer(network, 256, W=lasagne.init.HeNormal('relu'))", 8),
    },
  ],
  check: (context) => checkScale(context, { quantity: 'gradient', direction: 'vanishing' }),
});
