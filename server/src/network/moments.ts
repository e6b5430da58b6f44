/** Mean and variance of a parameter's elements for every kind of distribution, with numbers or symbols. */
import type { Distribution, Law } from './distribution.ts';
import { normalBetween, normalDensity } from './normal.ts';
import { add, constantValue, div, evaluate, isNumber, mul, type Scalar, scalarOp, sub } from './scalar.ts';

export interface DistributionMoments {
  readonly mean: Scalar;
  readonly variance: Scalar;
}

const square = (x: Scalar): Scalar => mul(x, x);
const sqrt = (x: Scalar): Scalar => scalarOp('sqrt', x);

/** Mean and variance of a standard normal cut to [a, b] (Johnson, Kotz & Balakrishnan 1994, §10.1). */
export const truncatedNormalMoments = (a: number, b: number): { readonly mean: number; readonly variance: number } => {
  const mass = normalBetween(a, b);
  if (!(mass > 0)) return { mean: Math.abs(a) < Math.abs(b) ? a : b, variance: 0 };
  const at = (z: number): number => (Number.isFinite(z) ? z * normalDensity(z) : 0);
  const mean = (normalDensity(a) - normalDensity(b)) / mass;
  return { mean, variance: Math.max(0, 1 + (at(a) - at(b)) / mass - mean * mean) };
};

/** Std of a standard normal cut at ±2, 0.8796…: what Keras, JAX and TF.js divide by, or forget to. */
export const TRUNCATION_AT_2: number = Math.sqrt(truncatedNormalMoments(-2, 2).variance);

const truncated = (d: Extract<Distribution, { kind: 'truncatedNormal' }>): DistributionMoments | null => {
  if (d.std === 0) return { mean: d.mean, variance: 0 };
  const a = constantValue(div(sub(d.low, d.mean), d.std));
  const b = constantValue(div(sub(d.high, d.mean), d.std));
  if (a === undefined || b === undefined) return null;
  const cut = truncatedNormalMoments(a, b);
  return { mean: add(d.mean, mul(d.std, cut.mean)), variance: mul(square(d.std), cut.variance) };
};

/** A tensor with a share p of elements equal to gain and zeros elsewhere. */
const scattered = (share: Scalar, gain: Scalar): DistributionMoments => ({
  mean: mul(gain, share),
  variance: mul(square(gain), mul(share, sub(1, share))),
});

const mixture = (blocks: Extract<Distribution, { kind: 'blocks' }>['blocks']): DistributionMoments | null => {
  let mean: Scalar = 0;
  let second: Scalar = 0;
  for (const { share, distribution } of blocks) {
    const part = distributionMoments(distribution);
    if (part === null) return null;
    mean = add(mean, mul(share, part.mean));
    second = add(second, mul(share, add(part.variance, square(part.mean))));
  }
  return { mean, variance: sub(second, square(mean)) };
};

/** Mean and variance of the elements; null where they are not known (data, unknown, unfilled memory). */
export const distributionMoments = (d: Distribution): DistributionMoments | null => {
  switch (d.kind) {
    case 'constant':
      return { mean: d.value, variance: 0 };
    case 'uniform':
      return { mean: div(add(d.low, d.high), 2), variance: div(square(sub(d.high, d.low)), 12) };
    case 'normal':
      return { mean: d.mean, variance: square(d.std) };
    case 'truncatedNormal':
      return truncated(d);
    case 'varianceScaling': {
      const exact = div(d.scale, d.fan);
      return { mean: 0, variance: d.law === 'truncatedNormal' && !d.corrected ? mul(TRUNCATION_AT_2 ** 2, exact) : exact };
    }
    case 'orthogonal':
      return { mean: 0, variance: div(square(d.gain), scalarOp('max', d.rows, d.columns)) };
    case 'identity':
      return scattered(div(1, scalarOp('max', d.rows, d.columns)), d.gain);
    case 'dirac': {
      const ones = mul(d.groups, scalarOp('min', div(d.outChannels, d.groups), d.inChannels));
      return scattered(div(ones, mul(d.receptive, mul(d.inChannels, d.outChannels))), 1);
    }
    case 'sparse':
      return { mean: 0, variance: mul(d.density, square(d.std)) };
    case 'affine': {
      const of = distributionMoments(d.of);
      return of && { mean: add(mul(d.factor, of.mean), d.offset), variance: mul(square(d.factor), of.variance) };
    }
    case 'blocks':
      return mixture(d.blocks);
    case 'data':
    case 'uninitialized':
    case 'unknown':
      return null;
  }
};

export interface NumericMoments {
  readonly mean: number;
  readonly std: number;
  readonly variance: number;
}

/** Mean and std as numbers under an assignment of the symbols; null where unknown. */
export const momentsOf = (d: Distribution, lookup: (name: string) => number | undefined = () => undefined): NumericMoments | null => {
  const symbolic = distributionMoments(d);
  if (symbolic === null) return null;
  const mean = evaluate(symbolic.mean, lookup);
  const variance = evaluate(symbolic.variance, lookup);
  if (mean === undefined || variance === undefined || !Number.isFinite(mean) || !(variance >= 0)) return null;
  return { mean, variance, std: Math.sqrt(variance) };
};

export const meanOf = (d: Distribution): Scalar | null => distributionMoments(d)?.mean ?? null;
export const varianceOf = (d: Distribution): Scalar | null => distributionMoments(d)?.variance ?? null;
export const stdOf = (d: Distribution): Scalar | null => {
  const variance = varianceOf(d);
  return variance === null ? null : sqrt(variance);
};

/** fan·Var(W): the number by which a layer multiplies the second moment. A number even for symbolic sizes where they cancel. */
export const varianceTimesFan = (d: Distribution, fan: Scalar): number | undefined => {
  const variance = varianceOf(d);
  return variance === null ? undefined : constantValue(mul(fan, variance));
};

/** The law that a distribution draws from, where it has one. */
export const lawOf = (d: Distribution): Law | null => {
  switch (d.kind) {
    case 'uniform':
    case 'normal':
    case 'truncatedNormal':
      return d.kind;
    case 'varianceScaling':
      return d.law;
    case 'affine':
      return lawOf(d.of);
    default:
      return null;
  }
};

/** Are all elements the same number, so that units start identical? */
export const isConstant = (d: Distribution): boolean => {
  if (d.kind === 'constant') return true;
  if (d.kind === 'affine') return isConstant(d.of) || d.factor === 0;
  const variance = varianceOf(d);
  return variance !== null && isNumber(variance) && variance === 0;
};
