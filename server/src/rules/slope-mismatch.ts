/** He's correction for a negative slope that is not the slope of the activation, or no slope at all. */
import { constantValue } from '../network/scalar.ts';
import { type Case, reportPairings } from './cases.ts';
import { torchStack } from './examples.ts';
import type { Facts } from './facts.ts';
import { number, times } from './figures.ts';
import { negativeSlope, type Pairing } from './pairing.ts';
import { gradientPhrase } from './phrases.ts';
import { initializerIntents, recommendations } from './recommendation.ts';
import { defineRule } from './rule.ts';
import { layerSeverity } from './severity.ts';

/** Share of the second moment that a layer keeps within which nobody could tell the slopes apart. */
const ALIKE = 0.05;

/** Names for which the initializer takes `a` into account; for any other it is ignored. */
const SLOPED = new Set([undefined, 'leaky_relu']);

const judge = (facts: Facts, pairing: Pairing): Case | null => {
  const { layer, weight, row, args } = pairing;
  // Weights that are standardised in forward start at a scale of their own, whatever was drawn.
  if (weight.drawn) return null;
  const { declared } = weight.init;
  const given = declared?.slope === undefined ? undefined : constantValue(declared.slope);
  if (given === undefined || !SLOPED.has(declared?.nonlinearity) || row.recommended.family !== 'he') return null;
  // Slope 1 is a linear layer's, which is how Caffe2's XavierFill is spelled; whether that suits is another rule's question.
  if (given === 1) return null;
  const slope = negativeSlope(pairing);
  const kept = (1 + slope ** 2) / (1 + given ** 2);
  if (Math.abs(kept - 1) < ALIKE) return null;
  const figure = `He takes a=${number(given)} for the slope, ${row.title} has ${number(slope)}: variance ${times(kept)} per layer`;
  const gain = given > 1 ? ['a gain is not given by `a` but by `nonlinearity`', 'gains go by `nonlinearity`'] : null;
  return {
    layer,
    weight,
    severity: layerSeverity(facts, layer, weight, 'information'),
    parts: [figure, gain ?? gradientPhrase(facts, layer)],
    intents: (layers) => initializerIntents(recommendations(row.name, args, weight), layers, weight),
  };
};

export const slopeMismatch = defineRule({
  name: 'slope-mismatch',
  group: 'pairing',
  tier: 'stable',
  frameworks: ['torch'],
  docs: {
    what: '`kaiming_uniform_` or `kaiming_normal_` is given an `a` that is not the negative slope of the LeakyReLU, PReLU or ReLU that follows.',
    why: [
      'A leaky rectifier of slope a keeps (1 + a²)/2 of the second moment, so He’s variance for it is 2/((1 + a²)·fan_in); `a` is that slope and nothing else.',
      'With another a′ a layer keeps (1 + a²)/(1 + a′²) of the variance: a=0.2 before a plain ReLU ×0.96, a gain of √2 passed as `a` ×0.33, which is 2·10⁻⁵ after ten layers.',
    ].join(' '),
    exceptions:
      'Not flagged: slopes so close that a layer keeps the variance within 5 %, `a` where `nonlinearity` names an activation for which PyTorch ignores it, `a=math.sqrt(5)` (PyTorch’s own default, copied), `a=1` (the scale of a linear layer, on purpose), heads, weights that are loaded afterwards. Behind a normalisation layer it is a hint.',
    references: [
      'He, Zhang, Ren & Sun 2015, Delving Deep into Rectifiers, arXiv:1502.01852, eq. 15',
      'PyTorch, torch.nn.init.calculate_gain',
    ],
  },
  examples: [
    {
      framework: 'torch',
      bad: torchStack({ depth: 10, init: 'nn.init.kaiming_normal_(layer.weight, a=math.sqrt(2))', activation: 'torch.relu($)' }),
      good: torchStack({ depth: 10, init: 'nn.init.kaiming_normal_(layer.weight)', activation: 'torch.relu($)' }),
    },
  ],
  check: (context) => reportPairings(context, judge),
});
