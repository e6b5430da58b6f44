/** An initializer that is told another activation than the one that follows. */
import type { ActivationFamily } from '../knowledge/activation.ts';
import { forwardGain } from '../signal/recommend.ts';
import { type Case, reportPairings } from './cases.ts';
import { torchStack } from './examples.ts';
import type { Facts } from './facts.ts';
import { number } from './figures.ts';
import { negativeSlope, type Pairing } from './pairing.ts';
import { gradientPhrase } from './phrases.ts';
import { initializerIntents, recommendations } from './recommendation.ts';
import { defineRule } from './rule.ts';
import { layerSeverity } from './severity.ts';

/** Gain that `nonlinearity=` stands for (torch.nn.init.calculate_gain), over 1/√fan_in. */
const GAINS: Readonly<Record<string, number>> = {
  relu: Math.SQRT2,
  leaky_relu: Math.SQRT2,
  tanh: 5 / 3,
  selu: 3 / 4,
  sigmoid: 1,
  linear: 1,
  conv1d: 1,
  conv2d: 1,
  conv3d: 1,
};

/** The name that each family of activations goes by; smooth rectifiers have none of their own and go by ReLU's. */
const NAMED: Partial<Record<ActivationFamily, string>> = { relu: 'relu', smooth: 'relu', tanh: 'tanh', selu: 'selu', sigmoid: 'sigmoid' };

/** What the table recommends for the activation, as a gain over 1/√fan_in where fans are equal. */
const tableGain = (pairing: Pairing): number | undefined => {
  const { family, gain } = pairing.row.recommended;
  if (family === 'he') return Math.sqrt(2 / (1 + negativeSlope(pairing) ** 2));
  return gain === 'forward' ? forwardGain(pairing.row.name, pairing.args) : gain;
};

/** Gains between which an activation is served: what its own name gives and what the table recommends. */
const servedBy = (pairing: Pairing): readonly [number, number] | null => {
  const own = NAMED[pairing.row.family];
  const table = tableGain(pairing);
  if (own === undefined || table === undefined) return null;
  const named = GAINS[own] as number;
  return [Math.min(named, table), Math.max(named, table)];
};

/** How far a gain may be from what serves the activation: ×0.9 is ×0.8 of the variance. */
const ALIKE = 1.1;

const judge = (facts: Facts, pairing: Pairing): Case | null => {
  const { layer, weight, row, args } = pairing;
  // Weights that are standardised in forward start at a scale of their own, whatever was drawn.
  if (weight.drawn) return null;
  const name = weight.init.declared?.nonlinearity;
  const gain = name === undefined ? undefined : GAINS[name];
  const served = servedBy(pairing);
  if (gain === undefined || !served || (gain >= served[0] / ALIKE && gain <= served[1] * ALIKE)) return null;
  const wanted = gain < served[0] ? served[0] : served[1];
  return {
    layer,
    weight,
    severity: layerSeverity(facts, layer, weight, 'information'),
    parts: [
      `The gain ${number(gain)} of nonlinearity='${name}' is not what ${row.title} wants, ${number(wanted)}`,
      gradientPhrase(facts, layer, gain / wanted),
    ],
    intents: (layers) => initializerIntents(recommendations(row.name, args, weight), layers, weight),
  };
};

export const wrongNonlinearity = defineRule({
  name: 'wrong-nonlinearity',
  group: 'pairing',
  tier: 'stable',
  frameworks: ['torch'],
  docs: {
    what: '`nonlinearity=` names another activation than the one that follows, and its gain is not that activation’s.',
    why: [
      'An initializer cannot see what follows its layer; `nonlinearity` tells it, and it multiplies 1/√fan by that activation’s gain: √2 for ReLU, 5/3 for tanh, 1 for linear and sigmoid, 3/4 for SELU.',
      'With another activation’s gain g′ in the place of g, the variance goes (g′/g)² per layer: ReLU behind `nonlinearity="linear"` keeps ×0.50, ReLU behind `"tanh"` grows ×1.4.',
    ].join(' '),
    exceptions:
      'Not flagged: names whose gain serves the activation as well (`"linear"` before SELU, `"leaky_relu"` of slope 0 before ReLU, `"relu"` before GELU or SiLU), heads, gates, weights that are loaded afterwards. Behind a normalisation layer it is a hint.',
    references: [
      'PyTorch, torch.nn.init.calculate_gain',
      'He, Zhang, Ren & Sun 2015, Delving Deep into Rectifiers, arXiv:1502.01852, eq. 10 and 15',
    ],
  },
  examples: [
    {
      framework: 'torch',
      bad: torchStack({ depth: 10, init: "nn.init.kaiming_normal_(layer.weight, nonlinearity='linear')", activation: 'torch.relu($)' }),
      good: torchStack({ depth: 10, init: "nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')", activation: 'torch.relu($)' }),
    },
  ],
  check: (context) => reportPairings(context, judge),
});
