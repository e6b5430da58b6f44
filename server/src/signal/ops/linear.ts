/**
 * Layers with weights. With E w = w̄, Var w = s² and N inputs per unit (Poole et al. 2016, arXiv:1606.05340; He et al. 2015):
 * q_z = N s² q + s_b², r_z = N s² r + s_b²; a mean w̄ adds a part shared by all units, w̄²(N v + N(N−1) u). It is q, not the
 * variance, that enters. Backward: g_h = N_out s² g_z.
 */
import type { Distribution } from '../../network/distribution.ts';
import type { NumericMoments } from '../../network/moments.ts';
import type { OpOf } from '../../network/op.ts';
import { spatialAxes } from '../../network/shapes.ts';
import { axisWindow, explicitPadding } from '../../network/windows.ts';
import { covarianceOf, type Gradient, gaussianState, gradientOf, type State, varianceOf } from '../state.ts';
import { type Context, number, type OpSignal, type Outcome, optionalMoments, parameter, parameterMoments } from './op.ts';

/** Sums over taps that a border leaves: Σp and Σp² forward, outputs per input backward. */
interface Reach {
  /** Inputs that an output sees, on average over positions. */
  readonly seen: number;
  /** Taps that two outputs at random positions both see. */
  readonly both: number;
  /** Outputs that an input feeds. */
  readonly feeds: number;
}

const POINT: Reach = { seen: 1, both: 1, feeds: 1 };

/** Weights that pass inputs through instead of mixing them: ones on a diagonal. */
const passThrough = (d: Distribution, c: Context): { readonly gain: number } | null => {
  if (d.kind === 'dirac') return { gain: 1 };
  if (d.kind !== 'identity') return null;
  const gain = number(d.gain, c);
  return gain === undefined ? null : { gain };
};

export const mix = (x: State, w: NumericMoments, b: NumericMoments, fanIn: number, reach: Reach, width: number | null): State => {
  const n = fanIn * reach.seen;
  const random = n * w.variance;
  const biasSecond = b.variance + b.mean * b.mean;
  const mean = n * w.mean * x.m + b.mean;
  const v = varianceOf(x);
  // Inputs correlated between units at two samples: in proportion to the correlation of one unit with itself.
  const across = v > 0 ? covarianceOf(x) / v : 0;
  const common = w.mean === 0 ? 0 : w.mean * w.mean * n * Math.max(0, v + (n - 1) * x.u);
  const q = random * x.q + b.variance + common + mean * mean;
  const r = fanIn * reach.both * w.variance * x.r + b.variance + common * across + mean * mean;
  const inherited = q > 0 ? Math.max(0, 1 - biasSecond / q) : 0;
  const alike = x.q > 0 ? x.r / x.q : 0;
  return gaussianState(
    { m: mean, q, r: Math.min(q, r), u: common },
    {
      width,
      logVariance: (x.logVariance + (x.excess * alike * alike) / Math.max(1, x.width ?? fanIn)) * inherited * inherited,
      sensitivity: x.sensitivity * inherited,
    },
  );
};

const pass = (x: State, gain: number, share: number, b: NumericMoments, width: number | null): State => {
  const m = x.m * gain * share + b.mean;
  const factor = gain * gain * share;
  const shift = b.variance + b.mean * b.mean + 2 * x.m * gain * share * b.mean;
  return gaussianState(
    { m, q: factor * x.q + shift, r: factor * x.r + shift, u: x.u * factor },
    { width, logVariance: x.logVariance, sensitivity: x.sensitivity, excess: x.excess },
  );
};

const back = (gradient: Gradient, w: NumericMoments, feeds: number): Gradient => {
  const { g, c } = gradient;
  const common = w.mean === 0 ? 0 : w.mean * w.mean * feeds * Math.max(0, g + (feeds - 1) * c);
  return gradientOf(feeds * w.variance * g + common, {
    c: common,
    tokens: feeds * w.variance * gradient.tokens,
    unstable: gradient.unstable,
  });
};

/** Forward of a layer with fans and a reach, whatever its kind. */
const weighted = (c: Context, fanIn: number | undefined, fanOut: number | undefined, reach: Reach, width: number | undefined): Outcome => {
  const weight = parameter(c, 'weight');
  if (weight === undefined) return 'the layer has no weight';
  const b = optionalMoments(c, 'bias', 0);
  if (typeof b === 'string') return b;
  const x = c.inputs[0] as State;
  const through = weight.loaded ? null : passThrough(weight.init.distribution, c);
  if (through !== null && fanIn !== undefined && fanOut !== undefined) {
    return pass(x, through.gain, Math.min(1, fanIn / fanOut), b, width ?? null);
  }
  const w = parameterMoments(weight, c);
  if (typeof w === 'string') return w;
  if (fanIn === undefined) return 'the number of inputs is not known';
  return mix(x, w, b, fanIn, reach, width ?? null);
};

const weightedBack = (
  c: Context,
  gradient: Gradient,
  fanIn: number | undefined,
  fanOut: number | undefined,
  reach: Reach,
): readonly (Gradient | null)[] => {
  const weight = parameter(c, 'weight');
  if (weight === undefined || weight.loaded || fanOut === undefined) return [null];
  const through = passThrough(weight.init.distribution, c);
  if (through !== null && fanIn !== undefined) {
    const factor = through.gain * through.gain * Math.min(1, fanOut / fanIn);
    return [gradientOf(gradient.g * factor, { c: gradient.c * factor, unstable: gradient.unstable })];
  }
  const w = parameterMoments(weight, c);
  return [typeof w === 'string' ? null : back(gradient, w, fanOut * reach.feeds)];
};

export const dense: OpSignal<'dense'> = {
  blind: true,
  forward: (op, c) => {
    const width = number(op.outFeatures, c);
    return weighted(c, number(op.inFeatures, c), width, POINT, width);
  },
  backward: (op, c, gradient) => weightedBack(c, gradient, number(op.inFeatures, c), number(op.outFeatures, c), POINT),
};

type Windowed = OpOf<'conv'> | OpOf<'convTranspose'>;

/** Positions at which each tap of one axis meets an input; `inside(o, a)` counts by brute force over small numbers. */
const axisReach = (nIn: number, nOut: number, k: number, s: number, d: number, before: number, transposed: boolean): Reach => {
  let seen = 0;
  let both = 0;
  const small = transposed ? nIn : nOut;
  const limit = transposed ? nOut : nIn;
  for (let a = 0; a < k; a++) {
    // Positions p of the smaller grid with 0 ≤ p·s + a·d − before < limit.
    const shift = a * d - before;
    const low = Math.max(0, Math.ceil(-shift / s));
    const high = Math.min(small - 1, Math.ceil((limit - shift) / s) - 1);
    const count = Math.max(0, high - low + 1);
    seen += count / nOut;
    both += (count / nOut) ** 2;
  }
  return { seen, both, feeds: (seen * nOut) / nIn };
};

/** Reach over all spatial axes; without sizes, that of the inside of a large image. */
const windowReach = (op: Windowed, c: Context): Reach | undefined => {
  const input = c.inputShapes[0];
  const transposed = op.kind === 'convTranspose';
  const inAxes = input ? spatialAxes(input, op.rank, op.channelAxis) : null;
  const outAxes = c.shape ? spatialAxes(c.shape, op.rank, op.channelAxis) : null;
  let reach = POINT;
  for (let i = 0; i < op.rank; i++) {
    const w = axisWindow(op, i);
    const [k, s, d] = [number(w.kernel, c), number(w.stride, c) ?? 1, number(w.dilation, c) ?? 1];
    if (k === undefined) return undefined;
    const nIn = number(input?.[inAxes?.spatial[i] ?? -1], c);
    const nOut = number(c.shape?.[outAxes?.spatial[i] ?? -1], c);
    let axis: Reach = transposed ? { seen: k / s, both: k / s / s, feeds: k } : { seen: k, both: k, feeds: k / s };
    if (nIn !== undefined && nOut !== undefined && nIn > 0 && nOut > 0) {
      const [before] = transposed ? explicitPadding(nOut, k, s, d, w.padding) : explicitPadding(nIn, k, s, d, w.padding);
      axis = axisReach(nIn, nOut, k, s, d, before, transposed);
    }
    reach = { seen: reach.seen * axis.seen, both: reach.both * axis.both, feeds: reach.feeds * axis.feeds };
  }
  return reach;
};

const perGroup = (channels: number | undefined, groups: number | undefined): number | undefined =>
  channels === undefined || groups === undefined ? undefined : channels / groups;

const windowed = {
  blind: true,
  forward: (op: Windowed, c: Context): Outcome => {
    const reach = windowReach(op, c);
    if (reach === undefined) return 'the kernel size is not known';
    const [groups, out] = [number(op.groups, c), number(op.outChannels, c)];
    return weighted(c, perGroup(number(op.inChannels, c), groups), perGroup(out, groups), reach, out);
  },
  backward: (op: Windowed, c: Context, gradient: Gradient): readonly (Gradient | null)[] => {
    const reach = windowReach(op, c);
    if (reach === undefined) return [null];
    const groups = number(op.groups, c);
    return weightedBack(c, gradient, perGroup(number(op.inChannels, c), groups), perGroup(number(op.outChannels, c), groups), reach);
  },
} as const;

export const conv: OpSignal<'conv'> = windowed;
export const convTranspose: OpSignal<'convTranspose'> = windowed;

/** y_k = Σ_ij a_i W_kij b_j: the fans multiply, and so do the second moments. */
export const bilinear: OpSignal<'bilinear'> = {
  forward: (op, c) => {
    const [a, b] = c.inputs;
    const [n1, n2] = [number(op.in1, c), number(op.in2, c)];
    if (a === undefined || b === undefined || n1 === undefined || n2 === undefined) return 'the number of inputs is not known';
    const product = gaussianState({ m: a.m * b.m, q: a.q * b.q, r: a.r * b.r, u: 0 }, { sensitivity: a.sensitivity + b.sensitivity });
    return weighted({ ...c, inputs: [product] }, n1 * n2, number(op.outFeatures, c), POINT, number(op.outFeatures, c));
  },
  backward: (op, c, gradient) => {
    const [a, b] = c.inputs;
    const [n1, n2, out] = [number(op.in1, c), number(op.in2, c), number(op.outFeatures, c)];
    if (a === undefined || b === undefined || n1 === undefined || n2 === undefined || out === undefined) return [null, null];
    const [one] = weightedBack(c, gradient, n1, out, POINT);
    if (one === null || one === undefined) return [null, null];
    return [gradientOf(one.g * n2 * b.q, { unstable: one.unstable }), gradientOf(one.g * n1 * a.q, { unstable: one.unstable })];
  },
};

/** A row per token: the moments of the table itself. */
export const embedding: OpSignal<'embedding'> = {
  blind: true,
  forward: (op, c) => {
    // A class token is a table of one row, whatever its role is.
    const table = parameter(c, 'embedding') ?? parameter(c, 'weight') ?? c.params[0];
    if (table === undefined) return 'the embedding has no table';
    const w = parameterMoments(table, c);
    if (typeof w === 'string') return w;
    const m = w.mean;
    return gaussianState({ m, q: w.variance + m * m, r: m * m, u: 0 }, { width: number(op.features, c) ?? null });
  },
  backward: () => [null],
};
