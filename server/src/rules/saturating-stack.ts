/** Runs of saturating layers so deep that no initializer keeps their gradient. */

import { activationRow } from '../knowledge/activations.ts';
import { gaussianMoments, kernelOf } from '../knowledge/gaussian.ts';
import type { Node } from '../network/network.ts';
import { constantValue, div } from '../network/scalar.ts';
import { recommend, recommendedStd } from '../signal/recommend.ts';
import { kerasStack, lasagneStack, torchStack } from './examples.ts';
import type { Facts, NextActivation, Run } from './facts.ts';
import { magnitude, times } from './figures.ts';
import { oneLine } from './line.ts';
import { activationArgs } from './pairing.ts';
import { defineRule, type RuleContext } from './rule.ts';
import { isSized } from './severity.ts';
import { weightOf } from './topology.ts';

/** What is left of the gradient under the best initializer at which the stack itself is to blame. */
const LEFT = 1e-2;

const saturatingAfter = (facts: Facts, layer: Node): NextActivation | null => {
  const after = facts.next(layer).filter((n) => !n.throughAdd);
  const [first] = after;
  return first && after.every((n) => activationRow(n.name)?.saturating === true) ? first : null;
};

/**
 * log₁₀ of the gradient's gain over the run if every layer were drawn by what the table recommends, from a unit Gaussian on:
 * q ← fan_in·Var(W)·E[φ²], γ² = fan_in·Var(W)·E[φ′²] (Poole et al. 2016, eq. 3; Schoenholz et al. 2017, eq. 7). Null where unknown.
 */
const bestGain = (facts: Facts, run: Run): number | null => {
  let [second, log] = [1, 0];
  for (const layer of run.layers) {
    const weight = weightOf(layer);
    const after = saturatingAfter(facts, layer);
    const args = after && activationArgs(after.node);
    const kernel = after && args ? kernelOf(after.name, args) : undefined;
    const best = after && args ? recommend(after.name, args)[0] : undefined;
    if (!weight || weight.loaded || facts.isNormalised(layer) || !kernel || !best) return null;
    // Every initializer of the table goes by 1/fan, so only the ratio of the fans counts.
    const ratio = weight.fanIn === null || weight.fanOut === null ? undefined : constantValue(div(weight.fanOut, weight.fanIn));
    if (ratio === undefined) return null;
    const scale = recommendedStd(best, 1, ratio) ** 2;
    const at = gaussianMoments(kernel, 0, scale * second);
    log += Math.log10(scale * at.derivativeSecond) / 2;
    second = at.second;
  }
  return log;
};

const check = ({ facts, report }: RuleContext): void => {
  let worst: { readonly run: Run; readonly log: number } | null = null;
  for (const run of facts.runs) {
    const log = isSized(facts, run) ? bestGain(facts, run) : null;
    if (log !== null && log <= Math.log10(LEFT) && (worst === null || log < worst.log)) worst = { run, log };
  }
  if (worst === null) return;
  const { run, log } = worst;
  const after = run.layers.map((layer) => saturatingAfter(facts, layer)).filter((n) => n !== null);
  const titles = [...new Set(after.map((n) => activationRow(n.name)?.title ?? n.name))].slice(0, 3).join(' and ');
  const [first] = after;
  if (!first) return;
  const perLayer = times(10 ** (log / run.length));
  report({
    severity: 'warning',
    span: first.node.nameSpan,
    message: oneLine([
      `No initializer holds the gradient of ${run.length} ${titles} layers: ${perLayer} per layer at best, ${magnitude(10 ** log)} in all`,
      ['ReLU, tanh or a normalisation does', 'ReLU or a norm does', 'a norm does'],
    ]),
    related: [],
    intents: [],
    explains: run.layers.map((layer) => layer.id),
  });
};

export const saturatingStack = defineRule({
  name: 'saturating-stack',
  group: 'activation',
  tier: 'stable',
  docs: {
    what: 'A run of sigmoid, softsign or similar layers is so deep that less than a hundredth of the gradient is left under the best initializer there is.',
    why: [
      'A saturating unit passes φ′(z)² of the gradient’s second moment; the weights can make up for the mean of it only by making z larger, which saturates it more.',
      'With 4 × Glorot, the best scale of the table, a sigmoid layer passes ×0.63 of the gradient’s norm: 10⁻² after ten layers and 9·10⁻⁵ after twenty (measured); Glorot alone 3·10⁻¹³.',
      'Tanh with Glorot keeps ×0.92 per layer, ReLU with He ×1: the activation, or a normalisation between the layers, is the cure here and not the initializer.',
    ].join(' '),
    exceptions:
      'Not flagged: runs of which more than a hundredth is left, gates of recurrent cells and attention, layers behind a normalisation or inside a skip connection, weights that are loaded afterwards, sizes that are not known.',
    references: [
      'Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks, §3',
      'Hochreiter 1991; Bengio, Simard & Frasconi 1994, Learning long-term dependencies with gradient descent is difficult',
      'Schoenholz, Gilmer, Ganguli & Sohl-Dickstein 2017, Deep Information Propagation, arXiv:1611.01232, eq. 7',
    ],
  },
  examples: [
    {
      framework: 'torch',
      bad: torchStack({ depth: 12, init: 'nn.init.xavier_uniform_(layer.weight, gain=4)', activation: 'torch.sigmoid($)' }),
      good: torchStack({ depth: 12, init: 'nn.init.xavier_uniform_(layer.weight)', activation: 'torch.tanh($)' }),
    },
    {
      framework: 'keras',
      bad: kerasStack(
        "layers.Dense(256, activation='sigmoid', kernel_initializer=keras.initializers.VarianceScaling(16.0, 'fan_avg', 'uniform'))",
        12,
      ),
      good: kerasStack("layers.Dense(256, activation='tanh')", 12),
    },
    {
      framework: 'lasagne',
      bad: lasagneStack('DenseLayer(network, 256, nonlinearity=sigmoid, W=lasagne.init.GlorotUniform(gain=4.0))', 12),
      good: lasagneStack('DenseLayer(network, 256, nonlinearity=tanh, W=lasagne.init.GlorotUniform())', 12),
    },
  ],
  check,
});
