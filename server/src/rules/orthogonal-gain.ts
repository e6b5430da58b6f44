/** Orthogonal matrices whose gain is not the activation's, and recurrent matrices that are not orthogonal. */
import { forwardGain } from '../signal/recommend.ts';
import { type Case, reportPairings } from './cases.ts';
import { kerasStack, lasagneStack, torchStack } from './examples.ts';
import type { Facts } from './facts.ts';
import { number } from './figures.ts';
import { negativeSlope, type Pairing } from './pairing.ts';
import { gradientPhrase, keptPhrase } from './phrases.ts';
import { initializerIntents, recommendations } from './recommendation.ts';
import { defineRule } from './rule.ts';
import { layerSeverity } from './severity.ts';

/** Gains that an activation puts up with: tanh takes any from 1 to PyTorch's 5/3. */
const TANH_GAIN = 5 / 3;
const ALIKE = 1.15;

/** The gain that holds the second moment (rectifiers), or the range that people use (tanh); null: no opinion. */
const wanted = (pairing: Pairing): readonly [number, number] | null => {
  const { row, args } = pairing;
  const { family, gain } = row.recommended;
  if (row.family === 'tanh') return [1, TANH_GAIN];
  if (row.saturating) return null;
  if (family === 'he') {
    const exact = Math.sqrt(2 / (1 + negativeSlope(pairing) ** 2));
    return [exact, exact];
  }
  const plain = gain === 'forward' ? forwardGain(row.name, args) : gain;
  // Smooth rectifiers are served by ReLU's √2 as well.
  return plain === undefined || !Number.isFinite(plain)
    ? null
    : row.family === 'smooth'
      ? [Math.min(plain, Math.SQRT2), plain]
      : [plain, plain];
};

const judge = (facts: Facts, pairing: Pairing): Case | null => {
  const { layer, weight, family, row, args } = pairing;
  if (family.name !== 'orthogonal') return null;
  const range = wanted(pairing);
  if (range === null || (family.gain >= range[0] / ALIKE && family.gain <= range[1] * ALIKE)) return null;
  const target = family.gain < range[0] ? range[0] : range[1];
  const kept = (family.gain / target) ** 2;
  return {
    layer,
    weight,
    severity: layerSeverity(facts, layer, weight),
    parts: [
      `An orthogonal gain of ${number(family.gain)} ${keptPhrase(kept)} at each ${row.title}`,
      gradientPhrase(facts, layer),
      `a gain of ${number(target)} keeps it`,
    ],
    intents: (layers) =>
      initializerIntents(
        recommendations(row.name, args, weight).toSorted((a, b) => Number(b.family === 'orthogonal') - Number(a.family === 'orthogonal')),
        layers,
        weight,
      ),
  };
};

export const orthogonalGain = defineRule({
  name: 'orthogonal-gain',
  group: 'pairing',
  tier: 'preview',
  docs: {
    what: 'Weights are drawn orthogonal with a gain that is not the one of the activation that follows.',
    why: [
      'An orthogonal matrix keeps lengths, so with gain g a layer multiplies the second moment by g²·E[φ(z)²]/E[z²]: a ReLU needs √2, a linear layer or tanh 1, as with any other law, since only the variance of the entries enters.',
      'With the default gain 1 a ReLU layer loses half: 2⁻²⁰ after twenty layers.',
    ].join(' '),
    exceptions:
      'Not flagged: gains within 15 % of the right one, tanh with any gain from 1 to 5/3 (PyTorch’s), smooth rectifiers with √2, sigmoids (which have [rules of their own](sigmoid-without-gain.md)), heads (small gains at the output of a policy are customary), gates, weights that are loaded afterwards. Behind a normalisation layer it is a hint.',
    references: [
      'Saxe, McClelland & Ganguli 2014, Exact solutions to the nonlinear dynamics of learning in deep linear neural networks, arXiv:1312.6120, §3',
      'Pennington, Schoenholz & Ganguli 2017, Resurrecting the sigmoid in deep learning through dynamical isometry, arXiv:1711.04735',
    ],
  },
  examples: [
    {
      framework: 'torch',
      bad: torchStack({ depth: 8, init: 'nn.init.orthogonal_(layer.weight)', activation: 'torch.relu($)' }),
      good: torchStack({
        depth: 8,
        init: "nn.init.orthogonal_(layer.weight, nn.init.calculate_gain('relu'))",
        activation: 'torch.relu($)',
      }),
    },
    {
      framework: 'keras',
      bad: kerasStack("layers.Dense(256, activation='relu', kernel_initializer='orthogonal')", 8),
      good: kerasStack("layers.Dense(256, activation='relu', kernel_initializer=keras.initializers.Orthogonal(2 ** 0.5))", 8),
    },
    {
      framework: 'lasagne',
      bad: lasagneStack('DenseLayer(network, 256, W=lasagne.init.Orthogonal())', 8),
      good: lasagneStack("DenseLayer(network, 256, W=lasagne.init.Orthogonal('relu'))", 8),
    },
  ],
  check: (context) => reportPairings(context, judge),
});
