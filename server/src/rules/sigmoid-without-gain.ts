/** Hidden logistic sigmoids behind weights without the factor 4. */
import { type Case, reportPairings } from './cases.ts';
import { kerasStack, lasagneStack, torchStack } from './examples.ts';
import type { Facts } from './facts.ts';
import type { Pairing } from './pairing.ts';
import { gradientPhrase, initializerName, sentence } from './phrases.ts';
import { initializerIntents, recommendations } from './recommendation.ts';
import { defineRule } from './rule.ts';
import { layerSeverity } from './severity.ts';

const judge = (facts: Facts, { layer, weight, family, row, args }: Pairing): Case | null => {
  if (row.family !== 'sigmoid' || !row.saturating) return null;
  const plain = family.name === 'lecun' || family.name === 'third' || (family.name === 'glorot' && family.gain < 2.5);
  if (!plain) return null;
  return {
    layer,
    weight,
    severity: layerSeverity(facts, layer, weight),
    parts: [sentence(`${initializerName(weight, family)} lacks the factor 4 for ${row.title}’s slope of ¼`), gradientPhrase(facts, layer)],
    intents: (layers) => initializerIntents(recommendations(row.name, args, weight), layers, weight),
  };
};

export const sigmoidWithoutGain = defineRule({
  name: 'sigmoid-without-gain',
  group: 'pairing',
  tier: 'stable',
  docs: {
    what: 'A hidden sigmoid follows plain Glorot, LeCun or the framework’s default, without the factor 4.',
    why: [
      'σ(x) = ½ + ½·tanh(x/2): a sigmoid layer with weights W is a tanh layer with weights W/4, so its Glorot limit is 4·√(6/(fan_in + fan_out)).',
      'Over 10 layers of 256 the factor 4 keeps ×0.63 of the gradient per layer, plain Glorot ×0.24: 2·10⁻³ against 1.3·10⁻⁷ at the first layer (measured).',
      'The mean ½ of the outputs remains, so the factor slows the decay and does not end it; a deep stack wants another activation or a normalisation.',
      'A much-copied answer prints the two formulas the other way round; [tanh-with-sigmoid-gain](tanh-with-sigmoid-gain.md) is its other half.',
    ].join(' '),
    exceptions:
      'Not flagged: output sigmoids and logistic regression, gates (squeeze-and-excitation, GLU, LSTM, attention), weights that are loaded afterwards, 4×Glorot in any spelling. Behind a normalisation layer, and in nets of a few layers, it is a hint.',
    references: [
      'Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks',
      'Deep Learning Tutorials (Theano), Multilayer Perceptron: initial weights 4·√(6/(fan_in + fan_out)) for sigmoid',
      'Bengio 2012, Practical recommendations for gradient-based training of deep architectures, arXiv:1206.5533',
    ],
  },
  examples: [
    {
      framework: 'torch',
      bad: torchStack({ depth: 4, init: 'nn.init.xavier_uniform_(layer.weight)', activation: 'torch.sigmoid($)' }),
      good: torchStack({ depth: 4, init: 'nn.init.xavier_uniform_(layer.weight, gain=4)', activation: 'torch.sigmoid($)' }),
    },
    {
      framework: 'keras',
      bad: kerasStack("layers.Dense(256, activation='sigmoid')", 4),
      good: kerasStack(
        "layers.Dense(256, activation='sigmoid', kernel_initializer=keras.initializers.VarianceScaling(16.0, 'fan_avg', 'uniform'))",
        4,
      ),
    },
    {
      framework: 'lasagne',
      bad: lasagneStack('DenseLayer(network, 256, nonlinearity=sigmoid)', 4),
      good: lasagneStack('DenseLayer(network, 256, nonlinearity=sigmoid, W=lasagne.init.GlorotUniform(gain=4.0))', 4),
    },
  ],
  check: (context) => reportPairings(context, judge),
});
