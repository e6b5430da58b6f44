/** GELU, SiLU, Mish and other smooth rectifiers behind weights whose scale is far from theirs. */
import { forwardGain } from '../signal/recommend.ts';
import { type Case, reportPairings } from './cases.ts';
import { kerasStack, torchStack } from './examples.ts';
import type { Facts } from './facts.ts';
import type { FamilyName } from './family.ts';
import { isTransformerScale, type Pairing } from './pairing.ts';
import { gradientPhrase, initializerName, keptPhrase, sentence } from './phrases.ts';
import { initializerIntents, recommendations } from './recommendation.ts';
import { defineRule } from './rule.ts';
import { isWritten, layerSeverity } from './severity.ts';

/** Draws that follow the fan; fixed ones and N(0, 1) are spoken of by their own rules. */
const RELATIVE: ReadonlySet<FamilyName> = new Set<FamilyName>(['lecun', 'third', 'glorot', 'he', 'scaled', 'orthogonal']);

/** Off by more than this in variance. */
const OFF = 2;

const judge = (facts: Facts, pairing: Pairing): Case | null => {
  const { layer, weight, family, row, args } = pairing;
  // Weights that are standardised in forward, as NFNet's are, go with activations that are scaled.
  if (weight.drawn) return null;
  if (row.family !== 'smooth' || !RELATIVE.has(family.name) || family.variance === null || isTransformerScale(facts, family)) return null;
  const gain = forwardGain(row.name, args);
  if (gain === undefined || !Number.isFinite(gain)) return null;
  const kept = family.variance / gain ** 2;
  if (kept >= 1 / OFF && kept <= OFF) return null;
  const severity = layerSeverity(facts, layer, weight);
  // A default in a net that a norm holds, or a shallow one, is nobody's mistake: most transformers have it.
  if (severity === 'hint' && (!isWritten(weight) || facts.isNormalised(layer))) return null;
  return {
    layer,
    weight,
    severity,
    parts: [
      sentence(`${initializerName(weight, family)} ${keptPhrase(kept)} at each ${row.title}`),
      gradientPhrase(facts, layer),
      `a gain of ${gain.toFixed(2)} keeps it`,
    ],
    intents: (layers) => initializerIntents(recommendations(row.name, args, weight), layers, weight),
  };
};

export const smoothGain = defineRule({
  name: 'smooth-gain',
  group: 'pairing',
  tier: 'preview',
  docs: {
    what: 'A smooth rectifier (GELU, SiLU, Mish, hard-swish, ELU, softplus) follows weights whose variance is more than a factor two from what keeps its second moment.',
    why: [
      'φ keeps E[φ(z)²] of a unit Gaussian, so Var(W) = g²/fan_in with g = 1/√E[φ²] holds the signal: g is 1.53 for GELU, 1.68 for SiLU, 1.49 for Mish (computed by quadrature).',
      'He’s √2 is near enough; LeCun’s 1 loses half or more at each layer, PyTorch’s default U(±1/√fan_in) keeps ×0.14 before GELU.',
      'No scale makes these activations stable without normalisation: where z is small they are nearly linear with slope ½, so what has shrunk shrinks on. Deep stacks want a norm as well.',
    ].join(' '),
    exceptions:
      'Not flagged: variances within ½…2 of the computed gain (He’s, mostly), layers behind a normalisation and in the residual branches of a normalised net, framework defaults over so few layers that it comes to a hint, fixed scales (by their own rules), transformers’ 0.02, heads, gates, weights that are loaded afterwards.',
    references: [
      'Hendrycks & Gimpel 2016, Gaussian Error Linear Units, arXiv:1606.08415',
      'Ramachandran, Zoph & Le 2017, Searching for Activation Functions, arXiv:1710.05941',
      'Hayou, Doucet & Rousseau 2019, On the Impact of the Activation Function on Deep Neural Networks Training, arXiv:1902.06853, §3',
    ],
  },
  frameworks: ['torch', 'keras', 'tfjs', 'flax'],
  examples: [
    {
      framework: 'torch',
      bad: torchStack({ depth: 4, init: 'nn.init.xavier_uniform_(layer.weight, gain=0.5)', activation: 'nn.functional.gelu($)' }),
      good: torchStack({
        depth: 4,
        init: "nn.init.kaiming_uniform_(layer.weight, nonlinearity='relu')",
        activation: 'nn.functional.gelu($)',
      }),
    },
    {
      framework: 'keras',
      bad: kerasStack("layers.Dense(256, activation='gelu')", 8),
      good: kerasStack("layers.Dense(256, activation='gelu', kernel_initializer='he_normal')", 4),
    },
  ],
  check: (context) => reportPairings(context, judge),
});
