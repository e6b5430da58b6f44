/**
 * What an activation does to a Gaussian: E[φ], E[φ²], E[φ′²] … over x ~ N(m, v), and E[φ(a)φ(b)] for correlated a, b.
 * Piecewise linear functions by partial moments of the normal, others by closed form or quadrature; results are kept, since the
 * layers of a net meet the same few arguments again on every keystroke.
 */

import { normalBetween, normalDensity } from '../network/normal.ts';
import type { Scalar } from '../network/scalar.ts';
import type { Activation, Args, GaussianMoments, Piece } from './activation.ts';
import { ACTIVATIONS, resolveArgs } from './activations.ts';
import { normalNodes } from './quadrature.ts';

/** z^k·density(z) with the limit 0 at ±∞. */
const edge = (z: number, k: number): number => (Number.isFinite(z) ? z ** k * normalDensity(z) : 0);

/** Partial moments of the normal, ∫ zᵏ over a piece, by their recursion I_k = (k−1)I_{k−2} + [zᵏ⁻¹·density]. */
const piecewise = (pieces: readonly Piece[], m: number, v: number): GaussianMoments => {
  const sigma = Math.sqrt(v);
  let [mean, second, derivativeSecond, derivativeMean, fourth, response] = [0, 0, 0, 0, 0, 0];
  for (const p of pieces) {
    const a = (p.from - m) / sigma;
    const b = (p.to - m) / sigma;
    const i0 = normalBetween(a, b);
    const i1 = edge(a, 0) - edge(b, 0);
    const i2 = i0 + edge(a, 1) - edge(b, 1);
    const i3 = 2 * i1 + edge(a, 2) - edge(b, 2);
    const i4 = 3 * i2 + edge(a, 3) - edge(b, 3);
    const c = p.intercept + p.slope * m;
    const d = p.slope * sigma;
    mean += c * i0 + d * i1;
    second += c * c * i0 + 2 * c * d * i1 + d * d * i2;
    fourth += c ** 4 * i0 + 4 * c ** 3 * d * i1 + 6 * c * c * d * d * i2 + 4 * c * d ** 3 * i3 + d ** 4 * i4;
    derivativeSecond += p.slope * p.slope * i0;
    derivativeMean += p.slope * i0;
    response += (p.slope * (c * i1 + d * i2)) / sigma;
  }
  return { mean, second, derivativeSecond, derivativeMean, fourth, response };
};

const integrate = (activation: Activation, args: Args, m: number, v: number): GaussianMoments => {
  const sigma = Math.sqrt(v);
  const bends = activation.bends(args);
  const { z, weight } = normalNodes(
    bends.at.map((x) => (x - m) / sigma),
    bends.width / sigma,
  );
  let [mean, second, derivativeSecond, derivativeMean, fourth, response] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < z.length; i++) {
    const w = weight[i] as number;
    const x = m + sigma * (z[i] as number);
    const value = activation.value(x, args);
    const slope = activation.derivative(x, args);
    const square = value * value;
    mean += w * value;
    second += w * square;
    fourth += w * square * square;
    derivativeMean += w * slope;
    derivativeSecond += w * slope * slope;
    response += w * value * slope * (z[i] as number);
  }
  return { mean, second, derivativeSecond, derivativeMean, fourth, response: response / sigma };
};

const atPoint = (activation: Activation, args: Args, m: number): GaussianMoments => {
  const value = activation.value(m, args);
  const slope = activation.derivative(m, args);
  const square = value * value;
  return {
    mean: value,
    second: square,
    derivativeSecond: slope * slope,
    derivativeMean: slope,
    fourth: square * square,
    response: slope * slope,
  };
};

/** An activation with its arguments fixed, and what was computed for it. */
export interface Kernel {
  readonly activation: Activation;
  readonly args: Args;
  readonly pieces: readonly Piece[] | null;
  readonly moments: Map<number, Map<number, GaussianMoments>>;
  readonly coefficients: Map<number, Map<number, Float64Array>>;
}

const kernels = new Map<string, Kernel>();
const LIMIT = 20_000;
let kept = 0;

/** The kernel of a row and arguments; undefined for an unknown name or an argument that is a symbol. */
export const kernelOf = (name: string, given: Readonly<Record<string, Scalar>> = {}): Kernel | undefined => {
  let key = name;
  for (const arg in given) key += `|${arg}=${typeof given[arg] === 'number' ? given[arg] : '?'}`;
  const found = kernels.get(key);
  if (found !== undefined) return found;
  const activation = ACTIVATIONS.get(name);
  const args = activation === undefined ? undefined : resolveArgs(activation, given);
  if (activation === undefined || args === undefined) return undefined;
  const pieces = activation.pieces?.(args) ?? null;
  const kernel: Kernel = { activation, args, pieces, moments: new Map(), coefficients: new Map() };
  if (kernels.size > 500) kernels.clear();
  kernels.set(key, kernel);
  return kernel;
};

/** Keeps 30 bits of a number, a relative step of 1e-9, so that layers at a fixed point share one entry. */
const coarse = (x: number): number => {
  const c = x * 8388609;
  return Number.isFinite(c) ? c - (c - x) : x;
};

const remember = <T>(cache: Map<number, Map<number, T>>, m: number, v: number, compute: (m: number, v: number) => T): T => {
  const cm = coarse(m);
  const cv = coarse(v);
  let row = cache.get(cm);
  if (row === undefined) {
    row = new Map();
    cache.set(cm, row);
  }
  const known = row.get(cv);
  if (known !== undefined) return known;
  const value = compute(cm, cv);
  if (++kept > LIMIT) {
    for (const kernel of kernels.values()) {
      kernel.moments.clear();
      kernel.coefficients.clear();
    }
    kept = 0;
  }
  row.set(cv, value);
  return value;
};

/** Expectations over N(m, v), not kept. */
export const momentsAt = ({ activation, args, pieces }: Kernel, m: number, v: number): GaussianMoments => {
  // Below this the spread is lost in the rounding of m; what is left is the value at m.
  if (!(v > 1e-30 * m * m) || v < 1e-290) return atPoint(activation, args, m);
  if (activation.moments !== undefined) return activation.moments(m, v, args);
  return pieces !== null ? piecewise(pieces, m, v) : integrate(activation, args, m, v);
};

/** Expectations over N(m, v). */
export const gaussianMoments = (kernel: Kernel, m: number, v: number): GaussianMoments =>
  remember(kernel.moments, m, v, (cm, cv) => momentsAt(kernel, cm, cv));

const TERMS = 48;

/** Hermite coefficients a_k = E[φ(m + √v z)·He_k(z)]/√k!, so that E[φ(a)φ(b)] = Σ a_k²ρᵏ (Mehler 1866). */
export const hermiteCoefficients = (kernel: Kernel, m: number, v: number): Float64Array =>
  remember(kernel.coefficients, m, v, (cm, cv) => {
    const { activation, args } = kernel;
    if (!(cv > 1e-30 * cm * cm) || cv < 1e-290) {
      return Float64Array.of(activation.value(cm, args));
    }
    const sigma = Math.sqrt(cv);
    const bends = activation.bends(args);
    const { z, weight } = normalNodes(
      bends.at.map((x) => (x - cm) / sigma),
      bends.width / sigma,
    );
    const out = new Float64Array(TERMS);
    for (let i = 0; i < z.length; i++) {
      const x = z[i] as number;
      const f = (weight[i] as number) * activation.value(cm + sigma * x, args);
      let [previous, current] = [0, 1];
      for (let k = 0; k < TERMS; k++) {
        out[k] = (out[k] as number) + f * current;
        const next = (x * current - Math.sqrt(k) * previous) / Math.sqrt(k + 1);
        previous = current;
        current = next;
      }
    }
    return significant(out);
  });

/** Smooth functions of a small spread have few coefficients that count. */
const significant = (coefficients: Float64Array): Float64Array => {
  let largest = 0;
  for (const a of coefficients) largest = Math.max(largest, Math.abs(a));
  let end = coefficients.length;
  while (end > 1 && Math.abs(coefficients[end - 1] as number) <= 1e-9 * largest) end--;
  return end === coefficients.length ? coefficients : coefficients.slice(0, end);
};

/** E[relu(a)relu(b)] for m = 0 (Cho & Saul 2009, arc-cosine kernel of order 1), and so for any two slopes about 0. */
const rectifiedProduct = (left: number, right: number, v: number, rho: number): number => {
  const theta = Math.acos(Math.min(1, Math.max(-1, rho)));
  const same = (v * (Math.sin(theta) + (Math.PI - theta) * rho)) / (2 * Math.PI);
  const opposite = (v * (Math.sin(theta) - theta * rho)) / (2 * Math.PI);
  return (left * left + right * right) * same - 2 * left * right * opposite;
};

/** E[φ(a)φ(b)] for a, b ~ N(m, v) with covariance c. */
export const twoPoint = (kernel: Kernel, m: number, v: number, c: number): number => {
  if (!(v > 0)) return kernel.activation.value(m, kernel.args) ** 2;
  const rho = Math.min(1, Math.max(-1, c / v));
  if (rho > 1 - 1e-9) return gaussianMoments(kernel, m, v).second;
  if (rho === 0) return gaussianMoments(kernel, m, v).mean ** 2;
  const { pieces } = kernel;
  if (kernel.activation.name === 'linear') return m * m + c;
  if (m === 0 && pieces?.length === 2 && pieces[0]?.to === 0 && pieces[0].intercept === 0 && pieces[1]?.intercept === 0) {
    return rectifiedProduct(pieces[0].slope, pieces[1].slope, v, rho);
  }
  return mehler(hermiteCoefficients(kernel, m, v), hermiteCoefficients(kernel, m, v), rho, gaussianMoments(kernel, m, v).second);
};

/** Σ a_k b_k ρᵏ: E[φ(a)φ(b)] for two Gaussians of different variance and correlation ρ; `total` is √(E[φ(a)²]E[φ(b)²]). */
export const mehler = (a: Float64Array, b: Float64Array, rho: number, total: number): number => {
  let sum = 0;
  let mass = 0;
  for (let k = Math.min(a.length, b.length) - 1; k >= 0; k--) {
    const product = (a[k] as number) * (b[k] as number);
    sum = sum * rho + product;
    mass += product;
  }
  // What the series leaves out has orders past TERMS; 1.5 times that is about its centre.
  return sum + Math.max(0, total - mass) * rho ** (1.5 * TERMS);
};

/** E[φ′(a)φ′(b)] likewise, the derivative of E[φ(a)φ(b)] by the covariance (Price 1958); `deviations` is σ_a·σ_b. */
export const mehlerSlope = (a: Float64Array, b: Float64Array, rho: number, deviations: number, total: number): number => {
  let sum = 0;
  let mass = 0;
  for (let k = Math.min(a.length, b.length) - 1; k >= 1; k--) {
    const product = (k * (a[k] as number) * (b[k] as number)) / deviations;
    sum = sum * rho + product;
    mass += product;
  }
  return sum + Math.max(0, total - mass) * rho ** (1.5 * TERMS);
};
