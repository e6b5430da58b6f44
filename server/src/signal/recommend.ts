/** Which initializer belongs before an activation, best first, and the std that it draws with. */
import { activationRow } from '../knowledge/activations.ts';
import { gaussianMoments, kernelOf } from '../knowledge/gaussian.ts';
import type { Law } from '../network/distribution.ts';
import type { Recommendation } from '../network/intent.ts';
import type { ActivationArgs } from '../network/op.ts';

export interface RecommendOptions {
  /** Law of the draw that it replaces, kept where the family allows. */
  readonly law?: Law;
  /** First layer of a sine network, whose input is not a sine. */
  readonly first?: boolean;
}

/** 1/√E[φ²] at unit variance: std = gain/√fan_in keeps the second moment at 1. */
export const forwardGain = (activation: string, args: ActivationArgs = {}): number | undefined => {
  const kernel = kernelOf(activation, args);
  return kernel === undefined ? undefined : 1 / Math.sqrt(gaussianMoments(kernel, 0, 1).second);
};

/** SIREN (Sitzmann et al. 2020, §3.2): hidden U(±√(6/n)/ω₀), first U(±1/n); std √2/(ω₀√n) gives ω₀z unit variance. */
const sine = (activation: string, w0: number, first: boolean): readonly Recommendation[] =>
  first || w0 === 0 ? [] : [{ family: 'variance', law: 'uniform', gain: Math.SQRT2 / Math.abs(w0), slope: 0, mode: 'fanIn', activation }];

export const recommend = (activation: string, args: ActivationArgs = {}, options: RecommendOptions = {}): readonly Recommendation[] => {
  const row = activationRow(activation);
  const kernel = kernelOf(activation, args);
  if (row === undefined || kernel === undefined) return [];
  if (row.family === 'periodic') return sine(activation, kernel.args.w0 ?? 1, options.first ?? false);
  const { family, gain, slopeArg } = row.recommended;
  const slope = slopeArg === undefined ? 0 : (kernel.args[slopeArg] ?? 0);
  const plain = gain === 'forward' ? (forwardGain(activation, args) ?? 1) : gain;
  if (!Number.isFinite(plain)) return [];
  // Self-normalising networks need a normal law (Klambauer et al. 2017, §3).
  const law = row.family === 'selu' ? 'normal' : (options.law ?? (family === 'glorot' ? 'uniform' : 'normal'));
  const best: Recommendation = { family, law, gain: plain, slope, mode: 'fanIn', activation };
  if (row.family === 'selu') return [best];
  const otherLaw: Recommendation = { ...best, law: law === 'uniform' ? 'normal' : 'uniform' };
  // Only the variance of the entries enters q, so the orthogonal gain is that of the variance.
  const orthogonal = family === 'he' ? plain * Math.sqrt(2 / (1 + slope * slope)) : plain;
  return [best, otherLaw, { ...best, family: 'orthogonal', law: 'normal', gain: orthogonal, slope: 0 }];
};

/** Std of an entry that a recommendation draws. */
export const recommendedStd = (to: Recommendation, fanIn: number, fanOut: number): number => {
  switch (to.family) {
    case 'he':
      return to.gain * Math.sqrt(2 / ((1 + to.slope * to.slope) * (to.mode === 'fanIn' ? fanIn : fanOut)));
    case 'glorot':
      return to.gain * Math.sqrt(2 / (fanIn + fanOut));
    case 'lecun':
    case 'variance':
      return to.gain / Math.sqrt(to.mode === 'fanIn' ? fanIn : fanOut);
    case 'orthogonal':
      return to.gain / Math.sqrt(Math.max(fanIn, fanOut));
    case 'zeros':
      return 0;
  }
};
