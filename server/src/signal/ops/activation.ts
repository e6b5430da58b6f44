/** Elementwise nonlinearities: E[φ²] forward and E[φ′²] backward over the Gaussian that a layer gives (Poole et al. 2016, eq. 3). */
import type { GaussianMoments } from '../../knowledge/activation.ts';
import { gaussianMoments, type Kernel, kernelOf, momentsAt, twoPoint } from '../../knowledge/gaussian.ts';
import { normalNodes } from '../../knowledge/quadrature.ts';
import type { ActivationArgs, OpOf } from '../../network/op.ts';
import { withGradientDraws } from '../draws.ts';
import { gradientStepwise, stepwise } from '../series.ts';
import {
  covarianceOf,
  gaussianState,
  gradientOf,
  nearBy,
  placeOf,
  type Skewed,
  type State,
  sampleOf,
  scaled,
  varianceOf,
} from '../state.ts';
import { type Context, type OpSignal, parameter, parameterMoments } from './op.ts';
import { damped } from './reach.ts';

/** A PReLU's slope is a parameter; its mean stands for it. */
const argsOf = (op: OpOf<'activation'>, c: Context): ActivationArgs => {
  const slope = parameter(c, 'slope');
  if (slope === undefined) return op.args;
  const moments = parameterMoments(slope, c);
  return typeof moments === 'string' ? op.args : { ...op.args, slope: moments.mean };
};

export const activationKernel = (op: OpOf<'activation'>, c: Context): Kernel | undefined => kernelOf(op.name, argsOf(op, c));

/** Nodes whose weight is below this are left out. */
const NEGLIGIBLE = 1e-8;
const mixtures = new WeakMap<Skewed, Map<Kernel, GaussianMoments>>();

/** The Gaussian inside a skewed sum, value by value with its weight. */
const overSkip = (x: Skewed, visit: (z: number, weight: number) => void): void => {
  const sigma = Math.sqrt(x.v);
  const bends = x.kernel.activation.bends(x.kernel.args);
  const { z, weight } = normalNodes(
    bends.at.map((at) => (at - x.m) / sigma),
    Math.max(bends.width / sigma, 1),
  );
  for (let i = 0; i < z.length; i++) {
    const w = weight[i] as number;
    if (w >= NEGLIGIBLE) visit(x.m + sigma * (z[i] as number), w);
  }
};

/** Expectations over scale·ψ(z) + N(mean, variance): those over a Gaussian, averaged over z. */
const skewedMoments = (kernel: Kernel, x: Skewed): GaussianMoments => {
  const kept = mixtures.get(x) ?? new Map<Kernel, GaussianMoments>();
  mixtures.set(x, kept);
  const known = kept.get(kernel);
  if (known !== undefined) return known;
  const sum = { mean: 0, second: 0, derivativeSecond: 0, derivativeMean: 0, fourth: 0, response: 0 };
  let spread = 0;
  const { activation: inner, args } = x.kernel;
  overSkip(x, (z, w) => {
    const f = momentsAt(kernel, x.scale * inner.value(z, args) + x.mean, x.variance);
    sum.mean += w * f.mean;
    sum.second += w * f.second;
    sum.fourth += w * f.fourth;
    sum.derivativeMean += w * f.derivativeMean;
    sum.derivativeSecond += w * f.derivativeSecond;
    sum.response += w * f.response;
    spread += w;
  });
  const moments: GaussianMoments = {
    mean: sum.mean / spread,
    second: sum.second / spread,
    derivativeSecond: sum.derivativeSecond / spread,
    derivativeMean: sum.derivativeMean / spread,
    fourth: sum.fourth / spread,
    response: sum.response / spread,
  };
  kept.set(kernel, moments);
  return moments;
};

/** E[ψ′²] where the gradient arrives: φ′² of the sum lets more of it through where ψ(z) is large. */
const skewedSlope = (kernel: Kernel, x: Skewed): number => {
  const { activation: inner, args } = x.kernel;
  let [sum, mass] = [0, 0];
  overSkip(x, (z, w) => {
    const share = w * momentsAt(kernel, x.scale * inner.value(z, args) + x.mean, x.variance).derivativeSecond;
    sum += share * inner.derivative(z, args) ** 2;
    mass += share;
  });
  return mass > 0 ? sum / mass : 0;
};

const momentsOfState = (kernel: Kernel, z: State): GaussianMoments =>
  z.skewed === null || kernel.activation.family === 'linear'
    ? gaussianMoments(kernel, z.m, varianceOf(z))
    : skewedMoments(kernel, z.skewed);

/** State of φ(z). */
export const apply = (kernel: Kernel, z: State): State => {
  const v = varianceOf(z);
  const c = covarianceOf(z);
  const f = momentsOfState(kernel, z);
  const plain = z.skewed === null ? f : gaussianMoments(kernel, z.m, v);
  const mean2 = z.m * z.m;
  // Of a skewed sum pairs share what a Gaussian's do, in proportion.
  const adapted = (shared: number): number => {
    if (f === plain) return shared;
    const whole = plain.second - plain.mean * plain.mean;
    const share = whole > 0 ? (shared - plain.mean * plain.mean) / whole : 0;
    return f.mean * f.mean + share * (f.second - f.mean * f.mean);
  };
  const pair = (of: number): number => (of === z.r ? r : adapted(twoPoint(kernel, z.m, v, Math.max(-v, Math.min(v, of - mean2)))));
  const r = adapted(twoPoint(kernel, z.m, v, c));
  const response = f.second > 0 ? (z.q * f.response) / f.second : 0;
  const u = z.u === 0 ? 0 : twoPoint(kernel, z.m, v, Math.min(v, z.u)) - f.mean * f.mean;
  return gaussianState(
    { m: f.mean, q: f.second, r, u },
    {
      width: z.width,
      excess: f.second > 0 ? f.fourth / (f.second * f.second) - 1 : 0,
      logVariance: z.logVariance * response ** 2,
      sensitivity: z.sensitivity * response,
      near: nearBy(z, pair),
      series: stepwise(z.series, (of, step) => (step ? gaussianMoments(kernel, z.m, Math.max(0, of - mean2)).second : pair(of)), pair),
      profile: damped(z.profile, response),
      // What positions of one sample share, among which a pool chooses.
      source: { kernel, m: z.m, v, c: Math.max(-v, Math.min(v, sampleOf(z) - mean2)) },
    },
  );
};

/** E[φ′] a step above the mean, less that a step below. */
const derivativeMeanAt = (kernel: Kernel, z: State, step: number): number => {
  const v = varianceOf(z);
  return gaussianMoments(kernel, z.m + step, v).derivativeMean - gaussianMoments(kernel, z.m - step, v).derivativeMean;
};

export const activation: OpSignal<'activation'> = {
  forward: (op, c) => {
    const kernel = activationKernel(op, c);
    return kernel === undefined ? `what ${op.name} does is not known` : apply(kernel, c.inputs[0] as State);
  },
  backward: (op, c, gradient) => {
    const kernel = activationKernel(op, c);
    const z = c.inputs[0] as State;
    if (kernel === undefined) return [null];
    const v = varianceOf(z);
    const f = momentsOfState(kernel, z);
    // Units that move together also share φ′.
    const alike = v > 0 ? Math.min(1, z.u / v) : 1;
    const mean2 = f.derivativeMean * f.derivativeMean;
    const c2 = gradient.c * (mean2 + alike * (f.derivativeSecond - mean2));
    const near = v > 0 ? Math.max(-1, Math.min(1, (sampleOf(z) - z.m * z.m) / v)) : 1;
    const tokens = gradient.tokens * (mean2 + Math.max(0, near) * (f.derivativeSecond - mean2));
    const { chosen } = gradient;
    const g = chosen === null ? gradient.g * f.derivativeSecond : (gradient.g - chosen.g) * f.derivativeSecond + chosen.g * chosen.slope;
    // By Stein's lemma E[φ′ẑ] is σ times the slope of E[φ′] in the mean.
    const sigma = Math.sqrt(v);
    const turn = gradient.tokens > 0 && sigma > 0 ? derivativeMeanAt(kernel, z, 0.05 * sigma) / 0.1 : 0;
    const sent = gradientOf(Math.max(0, g), {
      slant: gradient.tokens * turn * turn,
      c: c2,
      tokens,
      series: gradientStepwise(gradient.series, (of, step, i) => {
        if (step) return of * f.derivativeSecond;
        const shared = z.series?.same[i];
        const alike = shared === undefined ? near : v > 0 ? (shared - z.m * z.m) / v : 1;
        return of * (mean2 + Math.max(0, Math.min(1, alike)) * (f.derivativeSecond - mean2));
      }),
      unstable: gradient.unstable,
      profile: gradient.profile,
      chosen: z.skewed === null ? null : { g, slope: skewedSlope(kernel, z.skewed) },
    });
    return [withGradientDraws(gradient, sent, kernel, z)];
  },
};

/** a·φ(b), two halves from different weights: q = q_a E[φ(b)²] (Dauphin et al. 2017, arXiv:1612.08083). */
export const glu: OpSignal<'glu'> = {
  forward: (op, c) => {
    const kernel = kernelOf(op.activation);
    if (kernel === undefined) return `what ${op.activation} does is not known`;
    const x = c.inputs[0] as State;
    const gate = apply(kernel, x);
    return gaussianState(
      { m: x.m * gate.m, q: x.q * gate.q, r: x.r * gate.r, u: 0 },
      {
        near: x.near && { sample: sampleOf(x) * sampleOf(gate), place: placeOf(x) * placeOf(gate) },
        width: x.width === null ? null : x.width / 2,
        excess: (x.excess + 1) * (gate.excess + 1) - 1,
        logVariance: x.logVariance + gate.logVariance,
        sensitivity: x.sensitivity + gate.sensitivity,
      },
    );
  },
  backward: (op, c, gradient) => {
    const kernel = kernelOf(op.activation);
    if (kernel === undefined) return [null];
    const x = c.inputs[0] as State;
    const gate = gaussianMoments(kernel, x.m, varianceOf(x));
    // Half of the input is value, half is gate.
    return [scaled(gradient, (gate.second + x.q * gate.derivativeSecond) / 2)];
  },
};
