/**
 * What a finite width does: a scalar Monte Carlo over it. Of a tensor there is q over the expected q, for several draws of the weights
 * and several samples in each. A layer multiplies it by the mean of φ² over its inputs, of which `r/q` is common to all samples of a
 * draw; an activation answers as E[φ²] does, and where that is bent, what is expected moves too. For Gaussian weights this is exact in
 * expectation at any width. The numbers of a node come from how many
 * weight layers stand before it, so the same network has the same figures in whatever framework it is written.
 */
import { gaussianMoments, type Kernel } from '../knowledge/gaussian.ts';
import type { Network } from '../network/network.ts';
import { normalQuantile } from '../network/normal.ts';
import type { Op, OpKind } from '../network/op.ts';
import { evaluate } from '../network/scalar.ts';
import type { Context } from './ops/op.ts';
import { type Draws, type Gradient, gaussianState, gradientOf, placeOf, type State, varianceOf } from './state.ts';

const NETWORKS = 48;
const SAMPLES = 4;
const ALL = NETWORKS * SAMPLES;

/** Quantiles in the middle of equal shares, stretched to variance 1. */
const midpoints = (count: number): Float64Array => {
  const z = Float64Array.from({ length: count }, (_, i) => normalQuantile((i + 0.5) / count));
  const rms = Math.sqrt(z.reduce((sum, x) => sum + x * x, 0) / count);
  return z.map((x) => x / rms);
};
const ofNetworks = midpoints(NETWORKS);
const ofSamples = midpoints(SAMPLES);

/** A linear congruential generator; the seed is all that it hangs on. */
const randomOf = (seed: number): (() => number) => {
  let state = (Math.imul(seed + 1, 2654435761) ^ 0x9e3779b9) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
};

/** Ops that average over what is random, so that they add fluctuation of their own. */
const MIXING: ReadonlySet<OpKind> = new Set(['pool', 'globalPool', 'reduce', 'softmax', 'attention', 'matmul', 'glu']);

/** In another order (Fisher & Yates). */
const shuffle = (xs: Float64Array, from: number, count: number, random: () => number): void => {
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const kept = xs[from + i] as number;
    xs[from + i] = xs[from + j] as number;
    xs[from + j] = kept;
  }
};

/** Mean of squares over finitely many units: a gamma variable of mean 1 (Wilson & Hilferty 1931). */
const meanOfSquares = (z: number, variance: number, deviation: number): number => {
  const root = Math.max(0.01, 1 - variance / 9 + (z * deviation) / 3);
  return root * root * root;
};

interface Standard {
  readonly networks: Float64Array;
  readonly samples: Float64Array;
}

const SEEDS = 256;
const standards: (Standard | undefined)[] = [];

/** Nodes between two weight layers that fluctuate: pools, softmaxes, products. */
const BETWEEN = 4;

/** By node id: a number of its own for every weight layer, and for the nodes behind it. */
export const seedsOf = (network: Network): Int32Array => {
  const seeds = new Int32Array(network.nodes.length);
  let [layers, behind] = [0, 0];
  for (const { id, params, op } of network.nodes) {
    const weighted = params.some((p) => p.role === 'weight' || p.role === 'recurrentWeight');
    if (weighted) [layers, behind] = [layers + 1, 0];
    else if (MIXING.has(op.kind)) behind = (behind + 1) % BETWEEN;
    seeds[id] = BETWEEN * layers + behind;
  }
  return seeds;
};

/** Standard normals of a node, the same for the same seed. */
const standardOf = (seed: number): Standard => {
  const index = seed % SEEDS;
  const known = standards[index];
  if (known !== undefined) return known;
  const random = randomOf(index);
  const networks = Float64Array.from(ofNetworks);
  shuffle(networks, 0, NETWORKS, random);
  const samples = new Float64Array(ALL);
  for (let from = 0; from < ALL; from += SAMPLES) {
    samples.set(ofSamples, from);
    shuffle(samples, from, SAMPLES, random);
  }
  const standard = { networks, samples };
  standards[index] = standard;
  return standard;
};

/** Smaller spreads than this are none. */
const EVEN = 1e-8;

/** Draws after a sum over finitely many units: `shared` is the variance that all samples of a network have in common, `own` the rest. */
const noisy = (draws: Draws | null, shared: number, own: number, seed: number): Draws | null => {
  if (!(shared + own > EVEN)) return draws;
  const { networks, samples } = standardOf(seed);
  const values = new Float64Array(ALL);
  const [wide, narrow] = [Math.sqrt(Math.max(0, shared)), Math.sqrt(Math.max(0, own))];
  for (let k = 0; k < NETWORKS; k++) {
    const both = shared > EVEN ? meanOfSquares(networks[k] as number, shared, wide) : 1;
    for (let i = k * SAMPLES; i < (k + 1) * SAMPLES; i++) {
      const before = draws === null ? both : (draws.values[i] as number) * both;
      values[i] = own > EVEN ? before * meanOfSquares(samples[i] as number, own, narrow) : before;
    }
  }
  return { values, mean: draws?.mean ?? 1 };
};

const STEP = Math.SQRT2;
const FURTHEST = 40;

/** A figure of φ at the variance of each draw over that at the expected one, read off a table whose nodes are √2 apart. */
const answers = (kernel: Kernel, z: State, draws: Draws, figure: 'second' | 'derivativeSecond'): Float64Array => {
  const v = varianceOf(z);
  // An array and loops: this is where the engine spends its time.
  const table = new Float64Array(2 * FURTHEST + 3).fill(Number.NaN);
  const at = (n: number): number => {
    const known = table[n + FURTHEST + 1] as number;
    if (!Number.isNaN(known)) return known;
    const share = STEP ** n;
    const value = Math.log(Math.max(1e-300, gaussianMoments(kernel, z.m * Math.sqrt(share), v * share)[figure]));
    table[n + FURTHEST + 1] = value;
    return value;
  };
  const [low, base, high] = [at(-1), at(0), at(1)];
  // Close to what is expected a parabola in d through 1/√2, 1 and √2; it is the bend by which expectations move.
  const [below, above] = [Math.expm1(low - base) / (1 / STEP - 1), Math.expm1(high - base) / (STEP - 1)];
  const bend = (above - below) / (STEP - 1 / STEP);
  const slope = above - bend * (STEP - 1);
  const from = draws.values;
  const to = new Float64Array(from.length);
  for (let i = 0; i < from.length; i++) {
    const d = from[i] as number;
    if (d > 0.6 && d < 1.6) {
      to[i] = 1 + (d - 1) * (slope + bend * (d - 1));
      continue;
    }
    const x = Math.max(-FURTHEST, Math.min(FURTHEST, Math.log(Math.max(1e-12, d)) / Math.log(STEP)));
    const n = Math.round(x);
    const [t, p, q, r] = [x - n, at(n - 1), at(n), at(n + 1)];
    to[i] = Math.exp(q + (t * (r - p)) / 2 + (t * t * (p - 2 * q + r)) / 2 - base);
  }
  return to;
};

const meanOf = (values: Float64Array, from = 0, to = values.length): number => {
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i] as number;
  return sum / (to - from);
};

/** Whether E[φ²] is in proportion to the variance, so that nothing expected moves. */
const homogeneous = (kernel: Kernel, m: number): boolean =>
  m === 0 &&
  kernel.pieces !== null &&
  kernel.pieces.every((p) => p.intercept === 0 && (p.from === 0 || p.from === Number.NEGATIVE_INFINITY));

const answered = (kernel: Kernel, z: State, out: State): Draws | null => {
  const { draws } = z;
  if (draws === null || homogeneous(kernel, z.m)) return draws;
  const values = answers(kernel, z, draws, 'second');
  // The few draws are off their own mean; to first order that is known and taken out.
  const response = z.sensitivity > 0 ? out.sensitivity / z.sensitivity : 0;
  const mean = meanOf(values) - response * (meanOf(draws.values) - draws.mean);
  return { values, mean: Number.isFinite(mean) && mean > 0 ? mean : draws.mean };
};

/** 1 + share·(d − 1): the rest stands against the fluctuation, as a bias does. */
const following = (draws: Draws | null, share: number): Draws | null => {
  if (draws === null || share === 1) return draws;
  if (!(share > 1e-9)) return null;
  if (share < 1) {
    const values = new Float64Array(ALL);
    for (let i = 0; i < ALL; i++) values[i] = 1 + share * ((draws.values[i] as number) - 1);
    return { values, mean: 1 + share * (draws.mean - 1) };
  }
  return { values: draws.values.map((d) => d ** share), mean: draws.mean ** share };
};

const blended = (inputs: readonly State[]): Draws | null => {
  const total = inputs.reduce((sum, x) => sum + x.q, 0);
  if (!(total > 0) || inputs.every((x) => x.draws === null)) return null;
  const values = new Float64Array(ALL);
  let mean = 0;
  for (const { q, draws } of inputs) {
    const share = q / total;
    mean += share * (draws === null ? 1 : draws.mean);
    const from = draws?.values;
    for (let i = 0; i < ALL; i++) values[i] = (values[i] as number) + share * (from === undefined ? 1 : (from[i] as number));
  }
  return { values, mean };
};

const product = (a: Draws | null, b: Draws | null): Draws | null =>
  a === null || b === null ? (a ?? b) : { values: a.values.map((d, i) => d * (b.values[i] as number)), mean: a.mean * b.mean };

const drawsOf = (op: Op, c: Context, out: State, kernel: Kernel | undefined): Draws | null => {
  const [x] = c.inputs;
  if (x === undefined) return null;
  if (op.kind === 'activation' && kernel !== undefined) return answered(kernel, x, out);
  if (c.inputs.length > 1) {
    if (op.kind === 'mul') return c.inputs.reduce<Draws | null>((all, one) => product(all, one.draws), null);
    const additive = op.kind === 'add' || op.kind === 'sub' || op.kind === 'average' || op.kind === 'concat' || op.kind === 'maximum';
    return additive ? blended(c.inputs) : noisy(null, out.logVariance, 0, c.seed);
  }
  // The op says by its sensitivity how much of its q follows that of the input, and by its variance what it adds.
  const share = x.sensitivity > 0 ? out.sensitivity / x.sensitivity : 0;
  const kept = following(x.draws, share);
  const shared = Math.max(0, out.logVariance - share * share * x.logVariance);
  const weight = c.params.find((p) => p.role === 'weight');
  const fanIn = weight?.fanIn ? (evaluate(weight.fanIn, c.lookup) ?? 0) : 0;
  if (fanIn < 1 || weight?.init.distribution.kind === 'orthogonal') return noisy(kept, shared, 0, c.seed);
  const alike = x.q > 0 ? placeOf(x) / x.q : 0;
  return noisy(kept, shared, (Math.max(0, x.excess) * Math.max(0, 1 - alike * alike) * share * share) / fanIn, c.seed);
};

/** The output with draws of its own, from its inputs' and from what the op adds of fluctuation. */
export const withDraws = (op: Op, c: Context, out: State, kernel: Kernel | undefined): State => {
  const draws = drawsOf(op, c, out, kernel);
  return draws === out.draws ? out : gaussianState(out, { ...out, draws });
};

/** The gradient behind an activation, draw by draw: E[φ′²] at the variance that the draw has there. */
export const withGradientDraws = (gradient: Gradient, sent: Gradient, kernel: Kernel, z: State): Gradient => {
  if (z.draws === null || homogeneous(kernel, z.m))
    return gradient.draws === null ? sent : gradientOf(sent.g, { ...sent, draws: gradient.draws });
  const slopes = answers(kernel, z, z.draws, 'derivativeSecond');
  const before = gradient.draws;
  return gradientOf(sent.g, { ...sent, draws: before === null ? slopes : slopes.map((s, i) => s * (before[i] as number)) });
};

/** What the expected gradient is multiplied by. */
export const gradientDrift = ({ draws }: Gradient): number => (draws === null ? 1 : meanOf(draws));

const at = (sorted: Float64Array, p: number): number => {
  const x = Math.max(0, Math.min(sorted.length - 1, p * sorted.length - 0.5));
  const low = Math.floor(x);
  const high = Math.min(sorted.length - 1, low + 1);
  return (sorted[low] as number) + (x - low) * ((sorted[high] as number) - (sorted[low] as number));
};

/** 5 % and 95 % of the rms over draws of the weights, `own` being the variance of the mean over the tensor's own units. */
export const bandOf = (x: State, own: number, seed: number): readonly [number, number] | null => {
  if (!(x.q > 0)) return x.q === 0 ? [0, 0] : null;
  const { draws } = x;
  if (draws === null && !(own > EVEN)) return [Math.sqrt(x.q), Math.sqrt(x.q)];
  const standard = standardOf(seed + SEEDS / 2).networks;
  const wide = Math.sqrt(Math.max(0, own));
  const networks = new Float64Array(NETWORKS);
  for (let k = 0; k < NETWORKS; k++) {
    const mean = draws === null ? 1 : meanOf(draws.values, k * SAMPLES, (k + 1) * SAMPLES);
    networks[k] = own > EVEN ? mean * meanOfSquares(standard[k] as number, own, wide) : mean;
  }
  // Centred where the expectation is, which the few draws are a little off.
  const scale = x.q * ((draws?.mean ?? 1) / meanOf(networks));
  const sorted = networks.sort();
  return [Math.sqrt(scale * at(sorted, 0.05)), Math.sqrt(scale * at(sorted, 0.95))];
};
