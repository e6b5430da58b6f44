/** Tanh units behind weights with the factor 4 that belongs to sigmoid. */
import { type Case, reportPairings } from './cases.ts';
import { kerasStack, lasagneStack, torchStack } from './examples.ts';
import type { Facts } from './facts.ts';
import { number } from './figures.ts';
import type { Pairing } from './pairing.ts';
import { gradientPhrase } from './phrases.ts';
import { initializerIntents, recommendations } from './recommendation.ts';
import { defineRule } from './rule.ts';
import { layerSeverity } from './severity.ts';

const isFourfold = ({ family }: Pairing): boolean =>
  (family.name === 'glorot' || family.name === 'scaled') && family.gain >= 3 && family.gain <= 6;

const judge = (facts: Facts, pairing: Pairing): Case | null => {
  const { layer, weight, family, next, row, args } = pairing;
  if (row.family !== 'tanh' || !isFourfold(pairing)) return null;
  const saturated = facts.signal.nodes[next.node.id]?.saturated ?? null;
  const share = saturated === null || facts.isNormalised(layer) ? null : `${Math.round(100 * saturated)} % start saturated`;
  return {
    layer,
    weight,
    severity: layerSeverity(facts, layer, weight, 'information'),
    parts: [`The factor ${number(family.gain)} is for sigmoid, ${row.title} needs none`, share, gradientPhrase(facts, layer)],
    intents: (layers) => initializerIntents(recommendations(row.name, args, weight), layers, weight),
  };
};

export const tanhWithSigmoidGain = defineRule({
  name: 'tanh-with-sigmoid-gain',
  group: 'pairing',
  tier: 'stable',
  docs: {
    what: 'A tanh follows Glorot weights times 4, the factor of the logistic sigmoid.',
    why: [
      'Tanh has slope 1 at 0, so plain Glorot, √(6/(fan_in + fan_out)), is its scale; the factor 4 makes up for the sigmoid’s slope of ¼.',
      'With it 40 % of tanh units start saturated, and the gradient explodes: ×8 over 5 layers of width 512 and ×5400 over 20 (measured).',
      'A much-copied answer prints the two formulas the other way round; [sigmoid-without-gain](sigmoid-without-gain.md) is its other half.',
    ].join(' '),
    exceptions:
      'Not flagged: gains up to 5/3 (PyTorch’s `calculate_gain("tanh")`), heads, gates, weights that are loaded afterwards. Behind a normalisation layer it is a hint at most.',
    references: [
      'Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks, eq. 16',
      'Deep Learning Tutorials (Theano), Multilayer Perceptron',
    ],
  },
  examples: [
    {
      framework: 'torch',
      bad: torchStack({ depth: 6, init: 'nn.init.xavier_uniform_(layer.weight, gain=4)', activation: 'torch.tanh($)' }),
      good: torchStack({ depth: 6, init: 'nn.init.xavier_uniform_(layer.weight)', activation: 'torch.tanh($)' }),
    },
    {
      framework: 'keras',
      bad: kerasStack(
        "layers.Dense(256, activation='tanh', kernel_initializer=keras.initializers.VarianceScaling(16.0, 'fan_avg', 'uniform'))",
        6,
      ),
      good: kerasStack("layers.Dense(256, activation='tanh')", 6),
    },
    {
      framework: 'lasagne',
      bad: lasagneStack('DenseLayer(network, 256, nonlinearity=tanh, W=lasagne.init.GlorotUniform(gain=4.0))', 6),
      good: lasagneStack('DenseLayer(network, 256, nonlinearity=tanh, W=lasagne.init.GlorotUniform())', 6),
    },
  ],
  check: (context) => reportPairings(context, judge),
});
