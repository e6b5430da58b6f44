/** From a traced network to its signal, facts and findings. */
import type { Network } from '../network/network.ts';
import { rmsOf, UNSCALED } from '../network/training.ts';
import { runRules } from '../rules/run.ts';
import { computeSignal } from '../signal/engine.ts';
import type { Judged } from './cache.ts';
import type { Traced } from './entries.ts';

/** Where the data are out of scale, that is a finding of its own, and the weights are judged as if they were not. */
const scaled = (network: Network): Network => {
  const { fed } = network.training;
  if (!fed || rmsOf(fed) < UNSCALED) return network;
  const nodes = network.nodes.map((node) => {
    const { op } = node;
    const varies = op.kind === 'input' && op.range !== undefined && op.range.low < op.range.high;
    return varies ? { ...node, op: { kind: 'input' as const, integer: op.integer } } : node;
  });
  return { ...network, nodes };
};

export const judge = ({ network }: Traced): Judged => {
  const signal = computeSignal(network);
  const judged = scaled(network);
  const { findings, facts, internal } = runRules(judged, judged === network ? signal : computeSignal(judged));
  return { result: { network, signal, facts, findings }, internal };
};
