/** What the engine carries along the graph, forward (State) and backward (Gradient); a superset of the Moments it reports. */
import type { Kernel } from '../knowledge/gaussian.ts';
import type { Moments } from './signal.ts';

export interface State extends Moments {
  /** Units (channels, features) that fluctuate independently; null if unknown. */
  readonly width: number | null;
  /** E[h⁴]/E[h²]² − 1: 2 for a Gaussian, 5 behind a ReLU. */
  readonly excess: number;
  /** Var(log q) between draws of the weights. */
  readonly logVariance: number;
  /** q over the expected q for draws of the weights; null where they do not differ. */
  readonly draws: Draws | null;
  /** ∂log q/∂log q of the input since the last normalisation: above 1 a deviation grows on its way. */
  readonly sensitivity: number;
  /** The tensor is φ of this Gaussian with covariance c between samples; null where it is taken as Gaussian itself. */
  readonly source: { readonly kernel: Kernel; readonly m: number; readonly v: number; readonly c: number } | null;
  /** A Gaussian that something not Gaussian was added to: φ(z) of a skip and a branch. */
  readonly skewed: Skewed | null;
  /** For products of two activations: E[h_ij·h_ij′] along the last axis and E[h_ij·h_i′j] along the one before. */
  readonly pairs: { readonly last: number; readonly first: number } | null;
  /** For softmax: E Σ p² over the axis, and E Σ p·p′ of two rows. */
  readonly probabilities: { readonly concentration: number; readonly overlap: number } | null;
  /** For sequences of a recurrent layer: moments between its steps (the first of them, if it is long). */
  readonly series: Series | null;
  /** The tensor as a sum of factor · (output of node): what a residual sum needs to see the same branch twice. */
  readonly parts: readonly { readonly root: number; readonly factor: number }[] | null;
  /** Where r, of two samples at two positions, is not what two positions of one sample share, or two samples at one position. */
  readonly near: Near | null;
  /** Axis of the units, whose weights are drawn apart; null where it does not matter. */
  readonly unit: number | null;
  /** q by position along each spatial axis, over its mean (zero-padded borders see fewer inputs); null where positions are alike. */
  readonly profile: Profile | null;
  /** What the tensor was concatenated from, along one axis, where the parts differ; the moments above are their averages. */
  readonly segments: Segments<State> | null;
}

export interface Segments<T> {
  readonly axis: number;
  readonly parts: readonly { readonly size: number; readonly of: T }[];
}

/** scale·φ(z) + N(mean, variance), z ~ N(m, v). */
export interface Skewed {
  readonly kernel: Kernel;
  readonly m: number;
  readonly v: number;
  readonly scale: number;
  readonly mean: number;
  readonly variance: number;
}

/** `values` network by network, sample by sample; `mean` is what is expected of them. */
export interface Draws {
  readonly values: Float64Array;
  readonly mean: number;
}

/** E[h·h′] of one unit: `sample` at two positions of one sample, `place` of two samples at one position. */
export interface Near {
  readonly sample: number;
  readonly place: number;
}

/** One row an axis, mean 1. */
export type Profile = readonly Float64Array[];

export const sampleOf = (x: State): number => x.near?.sample ?? x.r;
export const placeOf = (x: State): number => x.near?.place ?? x.r;

/** What an op that treats every pair of elements alike does to the pairs beside r. */
export const nearBy = (x: State, f: (pair: number) => number): Near | null =>
  x.near === null ? null : { sample: f(x.near.sample), place: f(x.near.place) };

/** Steps × steps, row by row. */
export interface Series {
  readonly steps: number;
  /** Steps of the whole sequence. */
  readonly length: number;
  readonly timeAxis: number;
  /** E[h(t)h(s)] of one unit in one sample. */
  readonly same: Float64Array;
  /** The same of two samples. */
  readonly other: Float64Array;
}

const NOTHING = {};

/** A state that is Gaussian and fresh: what follows a layer with random weights. */
export const gaussianState = (moments: Moments, over: Partial<State> = NOTHING): State => ({
  // Field by field: one hidden class for all states, which spreads would not give.
  m: moments.m,
  q: moments.q,
  r: moments.r,
  u: moments.u,
  width: over.width ?? null,
  excess: over.excess ?? 2,
  logVariance: over.logVariance ?? 0,
  draws: over.draws ?? null,
  sensitivity: over.sensitivity ?? 1,
  source: over.source ?? null,
  skewed: over.skewed ?? null,
  pairs: over.pairs ?? null,
  probabilities: over.probabilities ?? null,
  series: over.series ?? null,
  parts: over.parts ?? null,
  near: over.near ?? null,
  unit: over.unit ?? null,
  profile: over.profile ?? null,
  segments: over.segments ?? null,
});

export const varianceOf = (x: Moments): number => Math.max(0, x.q - x.m * x.m);

/** Covariance of the same unit at two samples, within what a variance allows. */
export const covarianceOf = (x: Moments): number => {
  const v = varianceOf(x);
  return Math.max(-v, Math.min(v, x.r - x.m * x.m));
};

/** E[∂L/∂h(t)·∂L/∂h(s)] of one unit, row by row, at the last steps of a sequence (at all, if it is short). */
export interface GradientSeries {
  readonly steps: number;
  readonly length: number;
  readonly pairs: Float64Array;
  /** Steps before these get as much as they do; else next to nothing. */
  readonly everywhere: boolean;
}

export interface Gradient {
  /** E[(∂L/∂h)²] per element. */
  readonly g: number;
  /** E[∂L/∂h_i·∂L/∂h_j] between units; not zero only behind weights with a mean. */
  readonly c: number;
  /** E[∂L/∂h(t)·∂L/∂h(s)] of one unit between tokens: attention sends nearly the same gradient to all values. */
  readonly tokens: number;
  /** What of `tokens` falls on the normalised pre-activation, E[φ′ẑ]² of it: a norm over the positions takes it off. */
  readonly slant: number;
  /** The part of g whose elements were chosen by the value of the activation before: E[φ′²] is `slope` over them. */
  readonly chosen: { readonly g: number; readonly slope: number } | null;
  /** For attention weights: the part of g that differs along the row, which is all that softmax lets through. */
  readonly centred: number | null;
  /** Between the steps of a sequence, where a recurrent layer makes them alike or only some are used; `g` is the mean over all. */
  readonly series: GradientSeries | null;
  /** Sums to zero along the last axis (behind a softmax). */
  readonly zeroSum: boolean;
  /** It came through a part of the net that is unstable. */
  readonly unstable: boolean;
  /** g by position along each spatial axis, over its mean. */
  readonly profile: Profile | null;
  /** g over the expected g, for the draws that the forward pass followed. */
  readonly draws: Float64Array | null;
  /** Gradients of parts along one axis, where they differ. */
  readonly segments: Segments<Gradient> | null;
}

export const gradientOf = (g: number, over: Partial<Gradient> = NOTHING): Gradient => ({
  g,
  c: over.c ?? 0,
  tokens: over.tokens ?? 0,
  slant: over.slant ?? 0,
  chosen: over.chosen ?? null,
  centred: over.centred ?? null,
  series: over.series ?? null,
  zeroSum: over.zeroSum ?? false,
  unstable: over.unstable ?? false,
  profile: over.profile ?? null,
  segments: over.segments ?? null,
  draws: over.draws ?? null,
});

/** The gradient times a factor; what was said of its elements' choice no longer holds. */
export const scaled = (gradient: Gradient, factor: number): Gradient =>
  gradientOf(gradient.g * factor, {
    c: gradient.c * factor,
    tokens: gradient.tokens * factor,
    series: gradient.series && { ...gradient.series, pairs: gradient.series.pairs.map((pair) => pair * factor) },
    unstable: gradient.unstable,
    zeroSum: gradient.zeroSum,
    profile: gradient.profile,
    draws: gradient.draws,
  });
