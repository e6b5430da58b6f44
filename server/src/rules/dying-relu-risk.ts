/** ReLU networks so narrow and deep that a layer may be dead from the start. */
import { activationRow } from '../knowledge/activations.ts';
import type { Node } from '../network/network.ts';
import { isNumber } from '../network/scalar.ts';
import { kerasStack, lasagneStack, torchStack } from './examples.ts';
import type { Facts, Run } from './facts.ts';
import { count } from './figures.ts';
import { defineRule, type RuleContext } from './rule.ts';
import { isSized } from './severity.ts';
import { weightOf } from './topology.ts';

/** Probability from which it is spoken of. */
const LIKELY = 0.05;

/** Units of a layer that ends in a rectifier which is exactly zero on one side; null otherwise. */
const rectified = (facts: Facts, layer: Node): number | null => {
  const weight = weightOf(layer);
  const after = facts.next(layer).filter((n) => !n.throughAdd);
  const [act] = after;
  const row = act && activationRow(act.name);
  if (!weight || weight.loaded || !row || !['relu', 'relu6'].includes(row.name) || layer.op.kind !== 'dense') return null;
  return isNumber(layer.op.outFeatures) ? layer.op.outFeatures : null;
};

/** 1 − Π(1 − 2^−n) over the layers: with weights symmetric about 0 and no bias a unit is dead for an input with probability ½. */
const riskOf = (facts: Facts, run: Run): { readonly probability: number; readonly narrowest: number } | null => {
  let alive = 1;
  let narrowest = Number.POSITIVE_INFINITY;
  for (const layer of run.layers) {
    const units = rectified(facts, layer);
    if (units === null || units < 1) return null;
    alive *= 1 - 2 ** -units;
    narrowest = Math.min(narrowest, units);
  }
  return { probability: 1 - alive, narrowest };
};

const check = ({ facts, report }: RuleContext): void => {
  for (const run of facts.runs) {
    const risk = isSized(facts, run) && run.length > 1 ? riskOf(facts, run) : null;
    const first = run.layers[0];
    if (risk === null || risk.probability < LIKELY || !first) continue;
    const share = Math.round(100 * risk.probability);
    report({
      severity: 'information',
      span: first.nameSpan,
      message: `With probability ${share} % one of these ${run.length} ReLU layers is all zero for an input: the narrowest has ${count(risk.narrowest, 'unit')}`,
      related: [],
      intents: [],
      explains: [],
    });
    return;
  }
};

export const dyingReluRisk = defineRule({
  name: 'dying-relu-risk',
  group: 'activation',
  tier: 'preview',
  docs: {
    what: 'A ReLU network is so narrow for its depth that all units of some layer are likely to be zero from the start.',
    why: [
      'With weights symmetric about 0 a ReLU unit is zero for an input with probability ½, a layer of n units with 2⁻ⁿ, and once a layer is zero so is everything behind it, and the gradient in front of it.',
      'Over L layers that happens with probability 1 − (1 − 2⁻ⁿ)^L: 74 % for ten layers of three units, 1 % for ten of ten.',
    ].join(' '),
    exceptions:
      'Not flagged: a probability under 5 %, leaky and smooth rectifiers, layers behind normalisation or within skip connections, convolutions (which have many positions), sizes that are not known, weights that are loaded afterwards.',
    severity: 'Information.',
    references: [
      'Lu, Shin, Su & Karniadakis 2019, Dying ReLU and Initialization: Theory and Numerical Examples, arXiv:1903.06733, theorem 2',
    ],
  },
  examples: [
    {
      framework: 'torch',
      bad: torchStack({
        depth: 10,
        width: 4,
        init: "nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')",
        activation: 'torch.relu($)',
      }),
      good: torchStack({
        depth: 10,
        width: 16,
        init: "nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')",
        activation: 'torch.relu($)',
      }),
    },
    {
      framework: 'keras',
      bad: kerasStack("layers.Dense(4, activation='relu', kernel_initializer='he_normal')", 10),
      good: kerasStack("layers.Dense(16, activation='relu', kernel_initializer='he_normal')", 10),
    },
    {
      framework: 'lasagne',
      bad: lasagneStack("DenseLayer(network, 4, W=lasagne.init.HeNormal(gain='relu'))", 10),
      good: lasagneStack("DenseLayer(network, 16, W=lasagne.init.HeNormal(gain='relu'))", 10),
    },
  ],
  check,
});
