/**
 * Pooling. Averages: q/n + (1 − 1/n) r. Maxima: φ of the largest of n Gaussians that share a common part of covariance c,
 * E_t ∫ f(m + √c t + √(v − c) s) n·density(s)·Φ(s)^{n−1} ds; the winner's gradient passes the φ before it more often than not.
 */
import { type Kernel, kernelOf } from '../../knowledge/gaussian.ts';
import { normalCdf, normalDensity } from '../../network/normal.ts';
import type { OpOf } from '../../network/op.ts';
import { isNumber } from '../../network/scalar.ts';
import { spatialAxes } from '../../network/shapes.ts';
import { transposed } from '../orientation.ts';
import { type Gradient, gaussianState, gradientOf, nearBy, type Profile, placeOf, type State, sampleOf, varianceOf } from '../state.ts';
import { type Context, elements, number, type OpSignal, type Outcome } from './op.ts';
import { resampled } from './reach.ts';

interface Nodes {
  readonly s: Float64Array;
  readonly weight: Float64Array;
}

const STEP = 0.1;
/** Where no common part smooths the kink of φ out. */
const FINE_STEP = 0.01;
const RANGE = 8;
const largest = new Map<string, Nodes>();

/** Trapezoid nodes for the largest of n standard normals. */
const largestOf = (n: number, step: number): Nodes => {
  const key = `${n}/${step}`;
  const known = largest.get(key);
  if (known !== undefined) return known;
  const count = Math.round((2 * RANGE) / step) + 1;
  const s = new Float64Array(count);
  const weight = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const z = -RANGE + i * step;
    s[i] = z;
    weight[i] = step * n * normalDensity(z) * normalCdf(z) ** (n - 1);
  }
  if (largest.size > 100) largest.clear();
  const nodes = { s, weight };
  largest.set(key, nodes);
  return nodes;
};

export interface MaximumMoments {
  readonly m: number;
  readonly q: number;
  readonly r: number;
  readonly fourth: number;
  /** E[φ′²] at the winner. */
  readonly derivativeSecond: number;
}

const OUTER = 0.4;

const known = new WeakMap<Kernel, Map<string, MaximumMoments>>();
/** Kept of a kernel; a net asks forwards and backwards, and the stems of a family of models are alike. */
const KEPT = 500;

/** Moments of φ(max of n Gaussians N(m, v) with covariance c). φ is taken as rising. */
export const maximumMoments = (kernel: Kernel, n: number, m: number, v: number, c: number): MaximumMoments => {
  const key = `${n}/${m}/${v}/${c}`;
  let ofKernel = known.get(kernel);
  if (!ofKernel) {
    ofKernel = new Map();
    known.set(kernel, ofKernel);
  }
  let moments = ofKernel.get(key);
  if (!moments) {
    moments = integrated(kernel, n, m, v, c);
    if (ofKernel.size >= KEPT) ofKernel.clear();
    ofKernel.set(key, moments);
  }
  return moments;
};

const integrated = (kernel: Kernel, n: number, m: number, v: number, c: number): MaximumMoments => {
  const common = Math.sqrt(Math.max(0, c));
  const own = Math.sqrt(Math.max(0, v - Math.max(0, c)));
  const { value, derivative } = kernel.activation;
  let [mean, q, r, fourth, slope, mass] = [0, 0, 0, 0, 0, 0];
  const outer = common > 1e-9 * Math.sqrt(v) ? Math.round(6 / OUTER) : 0;
  const { s, weight } = largestOf(n, outer === 0 ? FINE_STEP : STEP);
  for (let j = -outer; j <= outer; j++) {
    const t = j * OUTER;
    const wt = outer === 0 ? 1 : OUTER * normalDensity(t);
    let [m1, m2, m4, d2] = [0, 0, 0, 0];
    for (let i = 0; i < s.length; i++) {
      const w = weight[i] as number;
      if (w < 1e-16) continue;
      const x = m + common * t + own * (s[i] as number);
      const f = value(x, kernel.args);
      const d = derivative(x, kernel.args);
      m1 += w * f;
      m2 += w * f * f;
      m4 += w * f * f * f * f;
      d2 += w * d * d;
    }
    mean += wt * m1;
    q += wt * m2;
    r += wt * m1 * m1;
    fourth += wt * m4;
    slope += wt * d2;
    mass += wt;
  }
  return { m: mean / mass, q: q / mass, r: r / mass, fourth: fourth / mass, derivativeSecond: slope / mass };
};

/** Covariance of two positions of one sample. */
const sampleCovariance = (x: State): number => {
  const v = varianceOf(x);
  return Math.max(-v, Math.min(v, sampleOf(x) - x.m * x.m));
};

const maximum = (x: State, n: number): MaximumMoments | null => {
  const linear = kernelOf('linear');
  if (linear === undefined) return null;
  const { kernel, m, v, c } = x.source ?? { kernel: linear, m: x.m, v: varianceOf(x), c: sampleCovariance(x) };
  return maximumMoments(kernel, Math.max(1, Math.min(4096, Math.round(n))), m, v, c);
};

export const maximumState = (x: State, n: number): Outcome => {
  const top = maximum(x, n);
  if (top === null) return 'the maximum could not be computed';
  const [mean2, shared] = [top.m * top.m, sampleOf(x) - x.m * x.m];
  // Pairs of another kind share in proportion.
  const pair = (of: number): number => mean2 + (shared > 0 ? (top.r - mean2) * Math.min(1, Math.max(0, (of - x.m * x.m) / shared)) : 0);
  return gaussianState(
    { m: top.m, q: top.q, r: x.near === null ? top.r : pair(x.r), u: x.u },
    {
      near: nearBy(x, pair),
      width: x.width,
      excess: top.q > 0 ? top.fourth / (top.q * top.q) - 1 : 0,
      logVariance: x.logVariance,
      sensitivity: x.sensitivity,
    },
  );
};

/** Profile of a window's outputs, spatial axes as the op has them. */
const windowProfile = (x: State, op: OpOf<'pool'>, c: Context): Profile | null => {
  const axes = c.shape && spatialAxes(c.shape, op.rank, op.channelAxis);
  return axes
    ? resampled(
        x.profile,
        axes.spatial.map((axis) => number(c.shape?.[axis], c)),
      )
    : null;
};

const withProfile = (x: Outcome, profile: Profile | null): Outcome =>
  typeof x === 'string' || profile === null ? x : gaussianState(x, { ...x, profile });

/** The n elements of a window are of one sample; two windows at one place share n pairs of one position among n². */
const averageState = (x: State, n: number): State =>
  gaussianState(
    { m: x.m, q: x.q / n + (1 - 1 / n) * sampleOf(x), r: x.r, u: x.u / n },
    {
      width: x.width,
      logVariance: x.logVariance,
      sensitivity: x.sensitivity,
      near: x.near && { sample: x.near.sample, place: x.near.place / n + (1 - 1 / n) * x.r },
    },
  );

/** Nothing but one position is left: what two samples share there. */
const alone = (x: State): State => (x.near === null ? x : gaussianState({ ...x, r: placeOf(x) }, { ...x, near: null, profile: null }));

const pooled = (x: State, reduce: 'max' | 'average', n: number): Outcome => (reduce === 'max' ? maximumState(x, n) : averageState(x, n));

/**
 * Pairs of windows, of the ordered pairs that hold one input, that choose it both: one of the elements that either holds. Windows at
 * distance d·s overlap in Π(k − |d|s) elements, and as many of Πs pairs hold a given input.
 */
const chosenTwice = (kernel: readonly number[], stride: readonly number[]): number => {
  const size = kernel.reduce((product, k) => product * k, 1);
  let overlaps = [1];
  let strides = 1;
  kernel.forEach((k, axis) => {
    const s = Math.max(1, stride[axis] ?? stride[0] ?? k);
    const reach = Math.min(8, Math.ceil(k / s) - 1);
    const along = Array.from({ length: 2 * reach + 1 }, (_, i) => k - Math.abs(i - reach) * s);
    overlaps = overlaps.flatMap((o) => along.map((other) => o * other));
    strides *= s;
  });
  return overlaps.reduce((sum, o) => sum + (o === size ? 0 : o / strides / (2 * size - o)), 0);
};

/** Each output sends its gradient to one of n inputs, or 1/n of it to each; `twice` is what two windows send to one input. */
const pooledBack = (
  x: State,
  reduce: 'max' | 'average',
  n: number,
  outputs: number,
  gradient: Gradient,
  windows: number,
  twice = 0,
): Gradient => {
  const over = { unstable: gradient.unstable };
  // All positions of a window receive the same; of two positions one in `windows` pairs is in one window.
  if (reduce === 'average') {
    const factor = outputs / n;
    const tokens = factor * (gradient.g / windows + gradient.tokens * (1 - 1 / windows));
    return gradientOf(gradient.g * factor, { ...over, tokens });
  }
  const g = gradient.g * outputs + twice * gradient.tokens;
  const slope = x.source === null ? undefined : maximum(x, n)?.derivativeSecond;
  const tokens = outputs * outputs * gradient.tokens;
  return gradientOf(g, { ...over, tokens, chosen: slope === undefined ? null : { g, slope } });
};

/** Positions that a pool gives. */
const windowsOf = (op: OpOf<'pool'>, c: Context): number => {
  const axes = c.shape && spatialAxes(c.shape, op.rank, op.channelAxis);
  const sizes = axes?.spatial.map((axis) => number(c.shape?.[axis], c)) ?? [];
  return Math.max(
    1,
    sizes.reduce<number>((product, size) => product * (size ?? 1), 1),
  );
};

/** Outputs per input position. */
const density = (c: Context): number | undefined => {
  const out = elements(c.shape);
  const input = elements(c.inputShapes[0]);
  return out !== undefined && input !== undefined && input > 0 && out > 0 ? out / input : undefined;
};

const windowSize = (kernel: readonly (number | undefined)[], rank: number): number | undefined => {
  let n = 1;
  for (let i = 0; i < rank; i++) {
    const k = kernel[i] ?? kernel[0];
    if (k === undefined) return undefined;
    n *= k;
  }
  return n;
};

export const pool: OpSignal<'pool'> = {
  forward: (op, c) => {
    const n = windowSize(
      op.kernel.map((k) => number(k, c)),
      op.rank,
    );
    const x = c.inputs[0] as State;
    return n === undefined ? 'the pool size is not known' : withProfile(pooled(x, op.reduce, n), windowProfile(x, op, c));
  },
  backward: (op, c, gradient) => {
    const kernel = op.kernel.map((k) => number(k, c));
    const n = windowSize(kernel, op.rank);
    if (n === undefined) return [null];
    const stride = op.stride.map((k) => number(k, c));
    const outputs = density(c) ?? 1 / (windowSize(stride, op.rank) ?? n);
    const sides = Array.from({ length: op.rank }, (_, axis) => kernel[axis] ?? kernel[0] ?? 1);
    const twice = chosenTwice(
      sides,
      sides.map((k, axis) => stride[axis] ?? stride[0] ?? k),
    );
    return [pooledBack(c.inputs[0] as State, op.reduce, n, outputs, gradient, windowsOf(op, c), twice)];
  },
};

export const globalPool: OpSignal<'globalPool'> = {
  forward: (op, c) => {
    const ratio = density(c);
    if (ratio === undefined) return 'the size of the image is not known';
    const outcome = pooled(c.inputs[0] as State, op.reduce, 1 / ratio);
    const single = op.output.length === 0 || op.output.every((size) => size === 1);
    return typeof outcome === 'string' || !single ? outcome : alone(outcome);
  },
  backward: (op, c, gradient) => {
    const ratio = density(c);
    return [
      ratio === undefined
        ? null
        : pooledBack(
            c.inputs[0] as State,
            op.reduce,
            1 / ratio,
            ratio,
            gradient,
            op.output.reduce<number>((p, size) => p * (number(size, c) ?? 1), 1),
          ),
    ];
  },
};

/** Over features (the last axis of a matrix or sequence) units are uncorrelated; over positions they correlate as samples do. */
const overFeatures = (axes: readonly number[], shape: readonly unknown[] | null | undefined, x: State): boolean => {
  const rank = shape?.length ?? 0;
  if (x.unit !== null) return axes.length === 1 && (axes[0] === x.unit || axes[0] === x.unit - rank);
  return rank <= 3 && axes.length === 1 && (axes[0] === -1 || axes[0] === rank - 1);
};

export const reduce: OpSignal<'reduce'> = {
  forward: (op, c) => {
    const ratio = density(c);
    const batch = op.axes.includes(0);
    if (ratio === undefined || batch) return batch ? 'it reduces over the batch' : 'the size of the axis is not known';
    const x = c.inputs[0] as State;
    const n = 1 / ratio;
    if (op.reduce === 'max') return maximumState(x, n);
    const factor = op.reduce === 'sum' ? n : 1;
    const f2 = factor * factor;
    const features = overFeatures(op.axes, c.inputShapes[0], x);
    const mean = averageState(features ? transposed(x) : x, n);
    // The axis that is left was positions, or none is left to compare.
    const r = features ? (placeOf(x) - x.m * x.m) / n + x.m * x.m : c.shape?.length === 2 ? placeOf(mean) : mean.r;
    const near = features || c.shape?.length === 2 ? null : nearBy(mean, (pair) => f2 * pair);
    return gaussianState({ m: factor * mean.m, q: f2 * mean.q, r: f2 * r, u: f2 * mean.u }, { ...mean, near, profile: null });
  },
  backward: (op, c, gradient) => {
    const ratio = density(c);
    if (ratio === undefined || op.axes.includes(0)) return [null];
    if (op.reduce === 'sum') {
      // What is summed receives the same.
      const positions = !overFeatures(op.axes, c.inputShapes[0], c.inputs[0] as State);
      return [gradientOf(gradient.g, { tokens: positions ? gradient.g : 0, unstable: gradient.unstable })];
    }
    return [pooledBack(c.inputs[0] as State, op.reduce === 'max' ? 'max' : 'average', 1 / ratio, ratio, gradient, 1)];
  },
};

/** The larger of several branches, taken as draws from one Gaussian of their average moments. */
export const maximumOf: OpSignal<'maximum'> = {
  forward: (_, c) => {
    const n = c.inputs.length;
    const mean = (f: (x: State) => number): number => c.inputs.reduce((sum, x) => sum + f(x), 0) / n;
    const one = gaussianState(
      { m: mean((x) => x.m), q: mean((x) => x.q), r: mean((x) => x.r), u: 0 },
      { width: c.inputs[0]?.width ?? null },
    );
    return maximumState({ ...one, r: Math.min(one.r, one.q) }, n);
  },
  backward: (_, c, gradient) => c.inputs.map(() => gradientOf(gradient.g / c.inputs.length, { unstable: gradient.unstable })),
};

/** Nearest repeats elements; linear interpolation averages two per axis, by weights of mean square 2/3. */
export const upsample: OpSignal<'upsample'> = {
  forward: (op, c) => {
    const x = c.inputs[0] as State;
    if (op.mode === 'nearest') return x.profile === null ? x : { ...x, profile: null };
    const kept = (2 / 3) ** op.factor.length;
    return { ...x, q: kept * x.q + (1 - kept) * sampleOf(x), source: null, profile: null };
  },
  backward: (op, c, gradient) => {
    const ratio = density(c) ?? op.factor.reduce<number>((product, f) => product * (isNumber(f) ? f : 1), 1);
    // Repeats of one element receive independent gradients.
    return [gradientOf(gradient.g * ratio * (op.mode === 'nearest' ? 1 : (2 / 3) ** op.factor.length), { unstable: gradient.unstable })];
  },
};
