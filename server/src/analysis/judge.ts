/** From a traced network to its signal, facts and findings. */
import { runRules } from '../rules/run.ts';
import { computeSignal } from '../signal/engine.ts';
import type { Judged } from './cache.ts';
import type { Traced } from './entries.ts';

export const judge = ({ network }: Traced): Judged => {
  const signal = computeSignal(network);
  const { findings, facts, internal } = runRules(network, signal);
  return { result: { network, signal, facts, findings }, internal };
};
