/** Where an activation is flat (|φ′| < 0.01) or exactly zero, and how much of a Gaussian falls there. */
import { normalBetween } from '../network/normal.ts';
import type { Kernel } from './gaussian.ts';

type Interval = readonly [number, number];

interface Regions {
  readonly flat: readonly Interval[];
  readonly zero: readonly Interval[];
}

const FLAT = 0.01;
const FAR = 1e4;

/** Grid dense near the origin and geometric outside. */
const GRID: readonly number[] = (() => {
  const half: number[] = [];
  for (let x = 0.025; x < 20; x += 0.05) half.push(x);
  for (let x = 20; x <= FAR; x *= 1.1) half.push(x);
  return [...half.map((x) => -x).reverse(), ...half];
})();

const border = (holds: (x: number) => boolean, low: number, high: number): number => {
  const left = holds(low);
  let [a, b] = [low, high];
  for (let i = 0; i < 40; i++) {
    const middle = (a + b) / 2;
    if (holds(middle) === left) a = middle;
    else b = middle;
  }
  return (a + b) / 2;
};

const intervals = (holds: (x: number) => boolean): readonly Interval[] => {
  const found: Interval[] = [];
  let start = holds(GRID[0] as number) ? Number.NEGATIVE_INFINITY : undefined;
  for (let i = 1; i < GRID.length; i++) {
    const [before, here] = [GRID[i - 1] as number, GRID[i] as number];
    const now = holds(here);
    if (now && start === undefined) start = border(holds, before, here);
    else if (!now && start !== undefined) {
      found.push([start, border(holds, before, here)]);
      start = undefined;
    }
  }
  if (start !== undefined) found.push([start, Number.POSITIVE_INFINITY]);
  return found;
};

const regionsOf = new WeakMap<Kernel, Regions>();

const regions = (kernel: Kernel): Regions => {
  const known = regionsOf.get(kernel);
  if (known !== undefined) return known;
  const { activation, args, pieces } = kernel;
  const result: Regions =
    pieces !== null
      ? {
          flat: pieces.filter((p) => Math.abs(p.slope) < FLAT).map((p) => [p.from, p.to]),
          zero: pieces.filter((p) => p.slope === 0 && p.intercept === 0).map((p) => [p.from, p.to]),
        }
      : {
          flat: activation.family === 'periodic' ? [] : intervals((x) => Math.abs(activation.derivative(x, args)) < FLAT),
          zero: activation.family === 'periodic' ? [] : intervals((x) => activation.value(x, args) === 0),
        };
  regionsOf.set(kernel, result);
  return result;
};

const share = (of: readonly Interval[], m: number, v: number): number => {
  const sigma = Math.sqrt(v);
  let sum = 0;
  for (const [low, high] of of) sum += v > 0 ? normalBetween((low - m) / sigma, (high - m) / sigma) : m >= low && m < high ? 1 : 0;
  return sum;
};

/** Share of N(m, v) where |φ′| < 0.01. */
export const saturatedShare = (kernel: Kernel, m: number, v: number): number => {
  if (kernel.activation.family === 'periodic') {
    const w0 = Math.abs(kernel.args.w0 ?? 1);
    // Over many periods the phase is uniform.
    return w0 <= FLAT ? 1 : (2 / Math.PI) * Math.asin(FLAT / w0);
  }
  return share(regions(kernel).flat, m, v);
};

/** Share of N(m, v) that becomes exactly zero. */
export const zeroShare = (kernel: Kernel, m: number, v: number): number => share(regions(kernel).zero, m, v);
