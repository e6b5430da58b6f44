/** Sigmoid- or tanh-like units behind weights that were scaled for ReLU. */
import { type Case, reportPairings } from './cases.ts';
import { kerasStack, lasagneStack, torchStack } from './examples.ts';
import type { Facts } from './facts.ts';
import { number } from './figures.ts';
import type { Pairing } from './pairing.ts';
import { gradientPhrase, initializerName, sentence } from './phrases.ts';
import { initializerIntents, recommendations } from './recommendation.ts';
import { defineRule } from './rule.ts';
import { layerSeverity } from './severity.ts';

const judge = (facts: Facts, { layer, weight, family, row, args }: Pairing): Case | null => {
  if (!row.saturating || (row.family !== 'sigmoid' && row.family !== 'tanh') || family.name !== 'he') return null;
  const isSigmoid = row.family === 'sigmoid';
  const scale = family.variance === null ? '2/fan' : `${number(family.variance)}/fan_in`;
  return {
    layer,
    weight,
    severity: layerSeverity(facts, layer, weight, isSigmoid ? 'warning' : 'hint'),
    parts: [
      sentence(`${initializerName(weight, family)} (${scale}) is for ReLU, ${row.title} wants ${isSigmoid ? 'Glorot times 4' : 'Glorot'}`),
      gradientPhrase(facts, layer),
    ],
    intents: (layers) => initializerIntents(recommendations(row.name, args, weight), layers, weight),
  };
};

export const saturatingWithHe = defineRule({
  name: 'saturating-with-he',
  group: 'pairing',
  tier: 'stable',
  docs: {
    what: 'A hidden sigmoid, tanh, softsign or hard sigmoid follows weights drawn by He.',
    why: [
      'He’s factor 2 replaces the half of the second moment that ReLU drops. A saturating unit drops nothing near 0.',
      'The logistic sigmoid has slope 1/4 at 0 and needs weights four times Glorot’s (σ(x) = ½ + ½·tanh(x/2)); under He the gradient of a stack of width 512 shrinks to 3·10⁻³ over 5 layers and 9·10⁻¹¹ over 20 (measured).',
      'Tanh with He is larger than it needs to be, saturates more units, and trains: 0.86 and 1.8 over the same depths, so there it is a hint unless the figures of the network say more.',
    ].join(' '),
    exceptions:
      'Not flagged: an output sigmoid (it is not hidden), sigmoids that act as gates (squeeze-and-excitation, GLU, LSTM, attention), weights that are loaded afterwards. Behind a normalisation layer it is a hint at most. A deep sigmoid stack vanishes under every classic scheme: prefer another activation or a normalisation there.',
    references: [
      'He, Zhang, Ren & Sun 2015, Delving Deep into Rectifiers, arXiv:1502.01852',
      'Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks',
      'Bengio 2012, Practical recommendations for gradient-based training of deep architectures, arXiv:1206.5533',
    ],
  },
  examples: [
    {
      framework: 'torch',
      bad: torchStack({ depth: 2, init: 'nn.init.kaiming_normal_(layer.weight)', activation: 'torch.sigmoid($)' }),
      good: torchStack({ depth: 2, init: 'nn.init.xavier_uniform_(layer.weight, gain=4)', activation: 'torch.sigmoid($)' }),
    },
    {
      framework: 'keras',
      bad: kerasStack("layers.Dense(256, activation='sigmoid', kernel_initializer='he_normal')", 2),
      good: kerasStack(
        "layers.Dense(256, activation='sigmoid', kernel_initializer=keras.initializers.VarianceScaling(16.0, 'fan_avg', 'uniform'))",
        2,
      ),
    },
    {
      framework: 'lasagne',
      bad: lasagneStack("DenseLayer(network, 256, nonlinearity=sigmoid, W=lasagne.init.HeNormal(gain='relu'))", 2),
      good: lasagneStack('DenseLayer(network, 256, nonlinearity=sigmoid, W=lasagne.init.GlorotUniform(gain=4.0))', 2),
    },
  ],
  check: (context) => reportPairings(context, judge),
});
