/** What recurrent cells count with: figures of a gate at pairs of steps, and matrices over such pairs. */
import type { GaussianMoments } from '../../knowledge/activation.ts';
import { gaussianMoments, hermiteCoefficients, type Kernel, mehler, mehlerSlope } from '../../knowledge/gaussian.ts';

/** E[φ(z_t)φ(z_s)] and E[φ′(z_t)φ′(z_s)] of one gate, whose pre-activations have the given covariance. */
export interface Gate {
  readonly at: (t: number) => GaussianMoments;
  readonly both: (t: number, s: number, covariance: number) => number;
  readonly slopes: (t: number, s: number, covariance: number) => number;
}

/** `variance` is that of the gate's pre-activation by step; the recursion fills it, each step before it is asked for. */
export const gate = (kernel: Kernel, mean: number, variance: Float64Array): Gate => {
  const [moments, series]: [GaussianMoments[], Float64Array[]] = [[], []];
  const at = (t: number): GaussianMoments => {
    moments[t] ??= gaussianMoments(kernel, mean, variance[t] as number);
    return moments[t];
  };
  const coefficients = (t: number): Float64Array => {
    series[t] ??= hermiteCoefficients(kernel, mean, variance[t] as number);
    return series[t];
  };
  const deviations = (t: number, s: number): number => Math.sqrt((variance[t] as number) * (variance[s] as number));
  const alike = (deviation: number, covariance: number): number => (deviation > 0 ? Math.max(-1, Math.min(1, covariance / deviation)) : 0);
  return {
    at,
    both: (t, s, covariance) => {
      const rho = alike(deviations(t, s), covariance);
      const total = Math.sqrt(at(t).second * at(s).second);
      return rho > 1 - 1e-9 ? total : mehler(coefficients(t), coefficients(s), rho, total);
    },
    slopes: (t, s, covariance) => {
      const deviation = deviations(t, s);
      const rho = alike(deviation, covariance);
      if (rho === 0) return at(t).derivativeMean * at(s).derivativeMean;
      const total = Math.sqrt(at(t).derivativeSecond * at(s).derivativeSecond);
      return rho > 1 - 1e-9 ? total : mehlerSlope(coefficients(t), coefficients(s), rho, deviation, total);
    },
  };
};

/** Steps × steps, row by row; outside, where there is no step, 0. */
export class Pairs {
  readonly steps: number;
  readonly values: Float64Array;
  constructor(steps: number) {
    this.steps = steps;
    this.values = new Float64Array(steps * steps);
  }
  at(t: number, s: number): number {
    return t < 0 || s < 0 || t >= this.steps || s >= this.steps ? 0 : (this.values[t * this.steps + s] as number);
  }
  set(t: number, s: number, value: number): void {
    this.values[t * this.steps + s] = value;
  }
  both(t: number, s: number, value: number): void {
    this.set(t, s, value);
    this.set(s, t, value);
  }
}
