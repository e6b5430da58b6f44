/** Elementwise nonlinearities: E[φ²] forward and E[φ′²] backward over the Gaussian that a layer gives (Poole et al. 2016, eq. 3). */
import { gaussianMoments, type Kernel, kernelOf, twoPoint } from '../../knowledge/gaussian.ts';
import type { ActivationArgs, OpOf } from '../../network/op.ts';
import { covarianceOf, gaussianState, gradientOf, type State, scaled, varianceOf } from '../state.ts';
import { type Context, type OpSignal, parameter, parameterMoments } from './op.ts';

/** A PReLU's slope is a parameter; its mean stands for it. */
const argsOf = (op: OpOf<'activation'>, c: Context): ActivationArgs => {
  const slope = parameter(c, 'slope');
  if (slope === undefined) return op.args;
  const moments = parameterMoments(slope, c);
  return typeof moments === 'string' ? op.args : { ...op.args, slope: moments.mean };
};

export const activationKernel = (op: OpOf<'activation'>, c: Context): Kernel | undefined => kernelOf(op.name, argsOf(op, c));

/** State of φ(z). */
export const apply = (kernel: Kernel, z: State): State => {
  const v = varianceOf(z);
  const c = covarianceOf(z);
  const f = gaussianMoments(kernel, z.m, v);
  const u = z.u === 0 ? 0 : twoPoint(kernel, z.m, v, Math.min(v, z.u)) - f.mean * f.mean;
  return gaussianState(
    { m: f.mean, q: f.second, r: twoPoint(kernel, z.m, v, c), u },
    {
      width: z.width,
      excess: f.second > 0 ? f.fourth / (f.second * f.second) - 1 : 0,
      logVariance: f.second > 0 ? z.logVariance * ((z.q * f.response) / f.second) ** 2 : 0,
      sensitivity: f.second > 0 ? (z.sensitivity * z.q * f.response) / f.second : 0,
      source: { kernel, m: z.m, v, c },
    },
  );
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
    const f = gaussianMoments(kernel, z.m, v);
    // Units that move together also share φ′.
    const alike = v > 0 ? Math.min(1, z.u / v) : 1;
    const mean2 = f.derivativeMean * f.derivativeMean;
    const c2 = gradient.c * (mean2 + alike * (f.derivativeSecond - mean2));
    const near = v > 0 ? covarianceOf(z) / v : 1;
    const tokens = gradient.tokens * (mean2 + Math.max(0, near) * (f.derivativeSecond - mean2));
    return [gradientOf(gradient.g * (gradient.winner ?? f.derivativeSecond), { c: c2, tokens, unstable: gradient.unstable })];
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
