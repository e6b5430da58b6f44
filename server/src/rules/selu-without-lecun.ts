/** SELU without the unit variance that its fixed point stands on; ordinary dropout behind it. */
import type { Network } from '../network/network.ts';
import { constantValue } from '../network/scalar.ts';
import { type Case, reportCases } from './cases.ts';
import { kerasStack, lasagneStack, torchStack } from './examples.ts';
import type { Facts } from './facts.ts';
import { number } from './figures.ts';
import type { Pairing } from './pairing.ts';
import { gradientPhrase, initializerName, sentence } from './phrases.ts';
import { initializerIntents, recommendations } from './recommendation.ts';
import { defineRule, type RuleContext } from './rule.ts';
import { layerSeverity } from './severity.ts';

const JUDGED = new Set(['he', 'glorot', 'third', 'fixed', 'scaled']);

const judge = (facts: Facts, { layer, weight, family, row, args }: Pairing): Case | null => {
  if (row.family !== 'selu' || !JUDGED.has(family.name) || family.variance === null) return null;
  // Equal gain is equal: Glorot on equal fans is LeCun.
  if (Math.abs(family.variance - 1) <= 0.1) return null;
  return {
    layer,
    weight,
    severity: layerSeverity(facts, layer, weight, 'information'),
    parts: [
      sentence(`${initializerName(weight, family)} gives fan_in·Var(W) = ${number(family.variance)}, where SELU needs 1 (LeCun)`),
      gradientPhrase(facts, layer),
    ],
    intents: (layers) => initializerIntents(recommendations(row.name, args, weight), layers, weight),
  };
};

const isSelu = (network: Network, id: number | undefined): boolean => {
  const op = network.nodes[id ?? -1]?.op;
  return op?.kind === 'activation' && op.name === 'selu';
};

const reportDropout = ({ network, report }: RuleContext): void => {
  const seen = new Set<string>();
  for (const node of network.nodes) {
    if (node.op.kind !== 'dropout' || node.op.alpha || !isSelu(network, node.inputs[0])) continue;
    const rate = constantValue(node.op.rate);
    const place = `${node.nameSpan.anchor.file}:${node.nameSpan.start}:${node.path}`;
    if (rate === undefined || rate <= 0 || rate >= 1 || seen.has(place)) continue;
    seen.add(place);
    report({
      severity: 'information',
      span: node.nameSpan,
      message: `Dropout of ${number(rate)} multiplies SELU’s variance ×${number(1 / (1 - rate))} in training; alpha dropout keeps mean 0 and variance 1`,
      related: [],
      intents: [],
      explains: [],
    });
  }
};

export const seluWithoutLecun = defineRule({
  name: 'selu-without-lecun',
  group: 'pairing',
  tier: 'stable',
  docs: {
    what: 'A SELU follows weights other than LeCun normal, or is followed by ordinary dropout.',
    why: [
      'SELU’s two constants are solved so that z ~ N(0, 1) gives E[φ] = 0 and E[φ²] = 1, which takes fan_in·Var(W) = 1: LeCun normal.',
      'Over 20 layers of width 512 the gradient ratio is 2.0 under LeCun, 25 under He and 0.01 under PyTorch’s default (measured).',
      'Ordinary dropout multiplies the variance by 1/(1 − p) and moves the mean; alpha dropout was made to keep both.',
      'PyTorch’s `calculate_gain("selu")` is 3/4, which is not the forward gain; `nonlinearity="linear"` gives 1.',
    ].join(' '),
    exceptions:
      'Not flagged: any initializer of equal gain (`nonlinearity="linear"`, Glorot between layers of equal width), heads, weights that are loaded afterwards. Behind a normalisation layer it is a hint at most.',
    references: ['Klambauer, Unterthiner, Mayr & Hochreiter 2017, Self-Normalizing Neural Networks, arXiv:1706.02515'],
  },
  examples: [
    {
      framework: 'torch',
      bad: torchStack({ depth: 4, init: 'nn.init.kaiming_normal_(layer.weight)', activation: 'torch.selu($)' }),
      good: torchStack({ depth: 4, init: "nn.init.kaiming_normal_(layer.weight, nonlinearity='linear')", activation: 'torch.selu($)' }),
    },
    {
      framework: 'keras',
      bad: kerasStack("layers.Dense(256, activation='selu', kernel_initializer='he_normal')", 4),
      good: kerasStack("layers.Dense(256, activation='selu', kernel_initializer='lecun_normal')", 4),
    },
    {
      framework: 'lasagne',
      bad: lasagneStack("DenseLayer(network, 256, nonlinearity=selu, W=lasagne.init.HeNormal(gain='relu'))", 4),
      good: lasagneStack('DenseLayer(network, 256, nonlinearity=selu, W=lasagne.init.HeNormal())', 4),
    },
  ],
  check: (context) => {
    reportCases(
      context,
      context.facts.pairings.map((p) => judge(context.facts, p)).filter((c) => c !== null),
    );
    reportDropout(context);
  },
});
