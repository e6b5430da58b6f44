/**
 * Normalisations. BatchNorm in training divides by the variance across batch (and positions), q − r; LayerNorm by that across
 * the features of one token, q − m² (RMSNorm: q). The gradient is multiplied by γ²/variance (THEORY; Yang et al. 2019,
 * arXiv:1902.08129 for the gradient growth of BatchNorm).
 */
import type { OpOf } from '../../network/op.ts';
import { type Gradient, gaussianState, gradientOf, nearBy, type Profile, type Series, type State, scaled, varianceOf } from '../state.ts';
import { type Context, number, type OpSignal, type Outcome, optionalMoments } from './op.ts';

interface Spread {
  /** What is divided by, before ε. */
  readonly variance: number;
  /** Taken off before dividing. */
  readonly centre: number;
  /** What a pair of the input is to the output before γ, as a share of its q. */
  readonly pair: (of: number) => number;
  readonly profile: Profile | null;
  /** Share of what units have in common that is left: a norm over the units takes it off, one over the batch does not. */
  readonly common: number;
}

/** Over the batch and the positions. Of q by position the average is left, less what every position shares. */
const across = (x: State): Spread => {
  const variance = Math.max(0, x.q - x.r);
  const profile =
    x.profile?.map((row) => {
      const root = row.map(Math.sqrt);
      const middle = root.reduce((sum, y) => sum + y, 0) / root.length;
      return row.map((p, i) =>
        variance > 0 ? Math.max(0, 1 + (x.q * (p - 1) - 2 * x.r * ((root[i] as number) / middle - 1)) / variance) : 1,
      );
    }) ?? null;
  const whole = varianceOf(x);
  return {
    variance,
    centre: x.m,
    pair: (of) => (variance > 0 ? (of - x.r) / variance : 0),
    profile,
    common: whole > 0 ? Math.min(1, x.u / whole) : 0,
  };
};

const within = (x: State, rms: boolean): Spread => {
  const variance = rms ? x.q : Math.max(0, varianceOf(x) - x.u);
  const common = rms ? 0 : x.m * x.m;
  return {
    variance,
    centre: rms ? 0 : x.m,
    pair: (of) => (variance > 0 ? Math.max(0, Math.min(1, (of - common) / variance)) : 0),
    profile: null,
    common: 0,
  };
};

/** Each step of a sequence by its own spread: what steps share is their correlation from then on. */
const steadied = (x: State, { centre }: Spread, eps: number, to: (share: number) => number): Series | null => {
  if (x.series === null) return null;
  const { steps, same, other } = x.series;
  const root = Array.from({ length: steps }, (_, t) => Math.sqrt(Math.max(0, (same[t * steps + t] as number) - centre * centre) + eps));
  const each = (of: Float64Array): Float64Array =>
    of.map((pair, i) => to((pair - centre * centre) / ((root[Math.floor(i / steps)] as number) * (root[i % steps] as number))));
  return { ...x.series, same: each(same), other: each(other) };
};

const normalise = (c: Context, spread: Spread, eps: number, ofTokens: boolean): Outcome => {
  const gamma = optionalMoments(c, 'gamma', 1);
  const beta = optionalMoments(c, 'beta', 0);
  if (typeof gamma === 'string') return gamma;
  if (typeof beta === 'string') return beta;
  const x = c.inputs[0] as State;
  const g2 = gamma.variance + gamma.mean * gamma.mean;
  const unit = spread.variance / (spread.variance + eps);
  const b2 = beta.variance + beta.mean * beta.mean;
  // Without centring (RMSNorm) the mean stays, over the rms.
  const mean = spread.centre === x.m ? 0 : x.m / Math.sqrt(spread.variance + eps);
  const shifted = 2 * gamma.mean * mean * beta.mean + b2;
  const pair = (of: number): number => g2 * unit * spread.pair(of) + shifted;
  return gaussianState(
    { m: gamma.mean * mean + beta.mean, q: g2 * unit + shifted, r: pair(x.r), u: gamma.mean * gamma.mean * unit * spread.common },
    // Scale of the input no longer matters, unless ε is what divides.
    {
      width: x.width,
      sensitivity: x.sensitivity * (1 - unit),
      logVariance: x.logVariance * (1 - unit) ** 2,
      near: nearBy(x, pair),
      profile: spread.profile,
      series: ofTokens ? steadied(x, spread, eps, (share) => g2 * share + shifted) : null,
    },
  );
};

/**
 * A norm lets nothing through of what its whole set of elements has in common, nor of what lies along them: the mean of the pairs'
 * gradients and its part along ẑ. `alike` is the share of pairs in the set that are of one unit.
 */
const normaliseBack = (c: Context, gradient: Gradient, spread: Spread, eps: number, alike: number): readonly (Gradient | null)[] => {
  const gamma = optionalMoments(c, 'gamma', 1);
  if (typeof gamma === 'string') return [null];
  const factor = (gamma.variance + gamma.mean * gamma.mean) / (spread.variance + eps);
  const taken = Math.min(gradient.g, Math.max(0, alike * (gradient.tokens + gradient.slant)));
  const sent = scaled(gradient, factor);
  return [taken === 0 ? sent : gradientOf((gradient.g - taken) * factor, { ...sent, tokens: sent.tokens * (1 - alike) })];
};

type NormOp = OpOf<'batchNorm' | 'layerNorm' | 'groupNorm' | 'instanceNorm'>;

interface NormSignal {
  readonly forward: (op: NormOp, c: Context) => Outcome;
  readonly backward: (op: NormOp, c: Context, gradient: Gradient) => readonly (Gradient | null)[];
}

/** Share of pairs of a norm's set that are two positions of one unit; those of batch norm are of many samples. */
const alikeIn = (op: NormOp, c: Context): number => {
  if (op.kind === 'instanceNorm') return 1;
  if (op.kind !== 'groupNorm') return 0;
  const [groups, features] = [number(op.groups, c), number(op.features, c)];
  return groups === undefined || features === undefined || features <= 0 ? 0 : groups / features;
};

const norm = (spread: (x: State, rms: boolean) => Spread): NormSignal => {
  const of = (op: NormOp, c: Context): Spread => spread(c.inputs[0] as State, op.kind === 'layerNorm' && op.rms);
  return {
    forward: (op, c) => normalise(c, of(op, c), op.eps, op.kind === 'layerNorm'),
    backward: (op, c, gradient) => normaliseBack(c, gradient, of(op, c), op.eps, alikeIn(op, c)),
  };
};

export const batchNorm: OpSignal<'batchNorm'> = norm(across);
export const layerNorm: OpSignal<'layerNorm'> = norm(within);
export const groupNorm: OpSignal<'groupNorm'> = norm(within);
/** Per channel over the positions of one sample: positions differ as samples do. */
export const instanceNorm: OpSignal<'instanceNorm'> = norm(across);
