/** What comes in: N(0, 1) unless the source shows more; integers as vectors. */
import { gaussianState } from '../state.ts';
import { number, type OpSignal } from './op.ts';

/** E[h⁴]/E[h²]² − 1 of a uniform distribution between `low` and `high`: both moments are integrals of powers. */
const excessBetween = (low: number, high: number): number => {
  const moment = (k: number): number => (high ** (k + 1) - low ** (k + 1)) / ((k + 1) * (high - low));
  return moment(4) / moment(2) ** 2 - 1;
};

/**
 * Independent between samples and positions. Of values that are only known to lie in a range, uniform ones are the plainest guess:
 * m is its middle, q = m² + (high − low)²/12; two samples share nothing but the mean, r = m².
 */
export const input: OpSignal<'input'> = {
  blind: true,
  forward: ({ integer, range }) => {
    if (integer) return 'integers carry no signal';
    if (!range || range.low > range.high) return gaussianState({ m: 0, q: 1, r: 0, u: 0 });
    // One value for all units is no spread, and of nothing everything is alike.
    if (range.low === range.high) return gaussianState({ m: range.low, q: range.low ** 2, r: range.low ** 2, u: 0 }, { excess: 0 });
    const m = (range.low + range.high) / 2;
    const q = m * m + (range.high - range.low) ** 2 / 12;
    return gaussianState({ m, q, r: m * m, u: 0 }, { excess: excessBetween(range.low, range.high) });
  },
  backward: () => [],
};

/** One of n is 1: m = q = 1/n, and any two vectors agree in a place with 1/n². E[h⁴] = 1/n. */
export const oneHot: OpSignal<'oneHot'> = {
  blind: true,
  forward: (op, c) => {
    const n = number(op.classes, c);
    if (n === undefined || n < 1) return 'the number of classes is not known';
    return gaussianState({ m: 1 / n, q: 1 / n, r: 1 / (n * n), u: 0 }, { width: n, excess: n - 1 });
  },
  backward: () => [null],
};
