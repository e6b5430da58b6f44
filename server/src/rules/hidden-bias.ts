/** Hidden biases that do not start near zero: they shift, silence or swamp their units. */

import { activationRow } from '../knowledge/activations.ts';
import { momentsOf } from '../network/moments.ts';
import type { Network, Node } from '../network/network.ts';
import { type BiasCase, biasOf, reportBiases } from './biases.ts';
import { kerasStack, lasagneStack, torchStack } from './examples.ts';
import { number } from './figures.ts';
import { defineRule, type RuleContext } from './rule.ts';
import { isWritten } from './severity.ts';
import { consumersOf } from './topology.ts';

/** Where a bias is a phase, a temperature or a time constant, zero is no neutral start. */
const OTHERWISE = new Set([
  'sin',
  'cos',
  'exp',
  'gaussian',
  'softplus',
  'squareplus',
  'sparsePlus',
  'logSigmoid',
  'square',
  'step',
  'sign',
  'linear',
]);

/** Goodfellow et al. 2016, §8.4: 0.1 keeps ReLUs active. */
const CUSTOMARY = 0.1;
/** A random bias of this deviation is as large as the signal that a scheme keeps at 1. */
const LARGE = 0.5;
const MOST_DEAD = 0.9;

const percent = (share: number): string => (share > 0.995 ? 'over 99 %' : `${Math.round(100 * share)} %`);

/** The layer, or what adds a bias to its output: `x.dot(W) + b`. */
const holderOf = (network: Network, node: Node, readers: readonly number[]): Node => {
  const [only] = readers;
  const next = only === undefined || readers.length > 1 || biasOf(node) ? undefined : network.nodes[only];
  return next?.op.kind === 'shift' ? next : node;
};

const judge = ({ facts, signal }: RuleContext, layer: Node, node: Node): BiasCase | null => {
  const bias = biasOf(node);
  if (!bias?.trainable || bias.loaded || !isWritten(bias) || facts.isHead(layer) || facts.isNormalised(layer)) return null;
  const next = facts.next(node).find((n) => !n.throughAdd);
  const row = next && activationRow(next.name);
  if (!next || !row || OTHERWISE.has(next.name) || facts.isGate(next.node) || facts.isMerged(layer)) return null;
  const moments = momentsOf(bias.init.distribution);
  if (!moments) return null;
  const { mean, std } = moments;
  const { forward } = signal.nodes[node.id] ?? {};
  const zero = signal.nodes[next.node.id]?.zero ?? null;
  if (std >= LARGE) {
    const share = forward && forward.q > 0 ? Math.min(1, (std * std + mean * mean) / forward.q) : null;
    const figure = share === null ? '' : `: they are ${percent(share)} of the pre-activation’s second moment`;
    return { layer: node, bias, severity: 'warning', parts: [`Hidden biases are drawn with std ${number(std)}${figure}`] };
  }
  if (std > 0) return null;
  const spread = forward ? Math.sqrt(Math.max(0, forward.q - mean * mean)) : null;
  const size = spread === null || spread === 0 ? '' : `, ${number(Math.abs(mean) / spread)} × the pre-activation’s std`;
  if (mean > CUSTOMARY) {
    return {
      layer: node,
      bias,
      severity: 'information',
      parts: [`Hidden biases start at ${number(mean)}${size}`, 'zero shifts no unit'],
    };
  }
  // Half of the units are at zero anyway.
  if (mean >= 0 || zero === null || zero < 0.6) return null;
  const severity = zero >= MOST_DEAD ? 'warning' : 'information';
  return {
    layer: node,
    bias,
    severity,
    parts: [`Hidden biases start at ${number(mean).replace('-', '−')}${size}: ${percent(zero)} of ${row.title} units start at zero`],
  };
};

const torch = (init: string): string =>
  torchStack({ depth: 2, init, activation: 'torch.relu($)' }).replace(
    '            nn.init',
    "            nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')\n            nn.init",
  );

export const hiddenBias = defineRule({
  name: 'hidden-bias',
  group: 'bias',
  tier: 'stable',
  docs: {
    what: 'Hidden biases start above 0.1, so far below zero that most ReLUs are off, or at random with a large standard deviation.',
    why: 'Random weights break the symmetry, so biases have nothing to do at the start, and Var(z) = fan_in·Var(W)·E[h²] + E[b²]: what a bias adds is the same for every sample and drowns the part that differs. Below zero a ReLU is off where z = w·h + b < 0, Φ(−b/σ) of all units; with b = −2σ that is 98 %, and a unit that is off for every sample gets no gradient.',
    exceptions:
      'Not flagged: output biases (a prior such as −log((1−π)/π) belongs there); biases up to 0.1, which keep ReLUs active; gates (LSTM, highway, squeeze-and-excitation); sine, exponential and softplus units, where a bias is a phase or a time constant; biases that a norm removes; the framework’s own default; values that are loaded. AlexNet starts some hidden biases at 1 on purpose.',
    severity:
      'Information; a warning for random biases with a standard deviation of 0.5 or more, and where 90 % of the ReLUs start at zero.',
    references: [
      'Bengio 2012, Practical recommendations for gradient-based training of deep architectures, arXiv:1206.5533, §3.2',
      'Goodfellow, Bengio & Courville 2016, Deep Learning, §8.4',
      'Lu et al. 2019, Dying ReLU and initialization, arXiv:1903.06733',
    ],
  },
  examples: [
    { framework: 'torch', bad: torch('nn.init.constant_(layer.bias, 1.0)'), good: torch('nn.init.zeros_(layer.bias)') },
    {
      framework: 'keras',
      bad: kerasStack("layers.Dense(256, activation='relu', kernel_initializer='he_normal', bias_initializer='ones')", 2),
      good: kerasStack("layers.Dense(256, activation='relu', kernel_initializer='he_normal')", 2),
    },
    {
      framework: 'lasagne',
      bad: lasagneStack("DenseLayer(network, 256, W=lasagne.init.HeNormal('relu'), b=lasagne.init.Constant(1.0))", 2),
      good: lasagneStack("DenseLayer(network, 256, W=lasagne.init.HeNormal('relu'))", 2),
    },
  ],
  check: (context) => {
    const cases: BiasCase[] = [];
    const seen = new Set<number>();
    const consumers = consumersOf(context.network);
    for (const layer of context.facts.layers) {
      const node = holderOf(context.network, layer, consumers[layer.id] ?? []);
      const storage = biasOf(node)?.storage;
      if (storage === undefined || seen.has(storage)) continue;
      seen.add(storage);
      const found = judge(context, layer, node);
      if (found) cases.push(found);
    }
    reportBiases(context, cases);
  },
});
