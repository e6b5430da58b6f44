/**
 * Severity is computed from what an initializer does to the signal and the gradient over its run, not looked up by rule
 * (docs/rules explains the table). The order of the adjustments matters: a norm wins over what was written by hand.
 */
import type { Node, Parameter } from '../network/network.ts';
import type { Facts, Run } from './facts.ts';
import type { Severity } from './rule.ts';

const ORDER: readonly Severity[] = ['hint', 'information', 'warning', 'error'];

export const atLeast = (a: Severity, b: Severity): Severity => (ORDER.indexOf(a) >= ORDER.indexOf(b) ? a : b);
export const atMost = (a: Severity, b: Severity): Severity => (ORDER.indexOf(a) <= ORDER.indexOf(b) ? a : b);
export const worst = (all: readonly Severity[]): Severity => all.reduce(atLeast, 'hint');

/** |log₁₀ x|; unknown says nothing. */
export const decades = (x: number | null): number => (x === null || Number.isNaN(x) ? 0 : Math.abs(Math.log10(x)));

/** The largest of |log₁₀ F| and |log₁₀ G|: under 1 hint, to 3 information, to 6 warning, beyond error. */
export const tableSeverity = (size: number): Severity => (size < 1 ? 'hint' : size < 3 ? 'information' : size < 6 ? 'warning' : 'error');

export const runSeverity = (run: Run): Severity => tableSeverity(Math.max(decades(run.F), decades(run.G)));

/** A fixed std against the one that the fan asks for, where the run is not known. */
export const ratioSeverity = (ratio: number): Severity | null => {
  const off = Math.max(ratio, 1 / ratio);
  return off <= 2 ? null : off <= 4 ? 'hint' : off <= 10 ? 'information' : 'warning';
};

/** Sizes and depth are known, so that F and G are the network's own. */
export const isSized = (facts: Facts, run: Run | null): run is Run => run !== null && !run.assumed && facts.network.complete;

export const isWritten = (parameter: Parameter): boolean => parameter.init.source !== 'default';

/**
 * Severity of a scale or pairing finding at a layer. `floor`: the least it is where somebody wrote a plainly crossed pair and no
 * norm hides it.
 */
export const layerSeverity = (facts: Facts, layer: Node, weight: Parameter, floor: Severity = 'hint'): Severity => {
  if (facts.isNormalised(layer)) return 'hint';
  const run = facts.run(layer);
  const computed = isSized(facts, run) ? runSeverity(run) : 'hint';
  return isWritten(weight) ? atLeast(computed, floor) : computed;
};

/** Severity of a std that misses its target by `ratio`; null: close enough to stay silent. */
export const fixedSeverity = (facts: Facts, layer: Node, ratio: number): Severity | null => {
  const byRatio = ratioSeverity(ratio);
  if (byRatio === null) return null;
  if (facts.isNormalised(layer)) return 'hint';
  const run = facts.run(layer);
  return isSized(facts, run) ? runSeverity(run) : byRatio;
};
