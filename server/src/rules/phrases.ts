/** Parts of sentences that several rules share: what a run does to the gradient, what an initializer is called. */
import type { Distribution } from '../network/distribution.ts';
import type { Node, Parameter } from '../network/network.ts';
import type { Facts } from './facts.ts';
import type { WeightFamily } from './family.ts';
import { count, magnitude, number, times } from './figures.ts';
import { isSized, isWritten } from './severity.ts';

/**
 * 'the gradient shrinks ×0.21 per layer, 10⁻⁹ over 13 layers', and shorter; null behind a norm, where the run's gain is not known, and
 * where it goes the other way than weights that are off by `ratio` would have it.
 */
export const gradientPhrase = (facts: Facts, layer: Node, ratio?: number): readonly string[] | null => {
  const run = facts.run(layer);
  if (facts.isNormalised(layer) || !isSized(facts, run) || run.G === null) return null;
  if (ratio !== undefined && ratio < 1 !== run.G < 1) return null;
  const verb = run.G < 1 ? 'shrinks' : 'grows';
  if (run.length === 1) return [`the gradient ${verb} ${times(run.G)} at this layer`, `gradient ${times(run.G)}`];
  const each = times(run.G ** (1 / run.length));
  const all = `${magnitude(run.G)} over ${count(run.length, 'layer')}`;
  const short = [`gradient ${all}`, `gradient ${magnitude(run.G)} in all`];
  if (each === times(1)) return [`the gradient ${verb} ${all}`, ...short];
  return [`the gradient ${verb} ${each} per layer, ${all}`, `gradient ${each} per layer, ${all}`, ...short];
};

/** 'halves the variance', 'keeps ×0.17 of the variance', 'multiplies the variance ×4.0'. */
export const keptPhrase = (kept: number): string => {
  if (Math.abs(kept - 0.5) < 0.02) return 'halves the variance';
  return kept < 1 ? `keeps ${times(kept)} of the variance` : `multiplies the variance ${times(kept)}`;
};

const isUniform = (d: Distribution): boolean => d.kind === 'uniform' || (d.kind === 'varianceScaling' && d.law === 'uniform');

const plainName = (weight: Parameter, family: WeightFamily): string => {
  switch (family.name) {
    case 'he':
      return 'He';
    case 'glorot':
      return Math.abs(family.gain - 1) < 0.01 ? 'Glorot' : `Glorot with gain ${number(family.gain)}`;
    case 'lecun':
      // Lasagne's HeNormal() has gain 1: the name says more than the draw does.
      return /^he/i.test(weight.init.name) ? `${weight.init.name} without its gain (LeCun’s scale)` : 'LeCun';
    case 'third':
      return isUniform(weight.init.distribution) ? 'U(±1/√fan_in)' : 'a third of LeCun’s variance';
    case 'unitNormal':
      return 'N(0, 1)';
    case 'fixed':
      return `a std of ${number(family.std ?? 0)}`;
    case 'orthogonal':
      return 'an orthogonal matrix';
    default:
      return `\`${weight.init.name}\``;
  }
};

/** The initializer as a subject: 'Glorot', 'the default Glorot', 'a fixed std of 0.01'. */
export const initializerName = (weight: Parameter, family: WeightFamily): string => {
  const name = plainName(weight, family);
  return isWritten(weight) || family.name === 'fixed' ? name : `the default ${name}`;
};

export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
