/**
 * Layers with weights. With E w = w̄, Var w = s² and N inputs per unit (Poole et al. 2016, arXiv:1606.05340; He et al. 2015):
 * q_z = N s² q + s_b², r_z = N s² r + s_b²; a mean w̄ adds a part shared by all units, w̄²(N v + N(N−1) u). It is q, not the
 * variance, that enters. Backward: g_h = N_out s² g_z.
 */
import type { Distribution } from '../../network/distribution.ts';
import type { NumericMoments } from '../../network/moments.ts';
import { gradientStepwise, stepwise } from '../series.ts';
import { type Gradient, gaussianState, gradientOf, nearBy, type Profile, placeOf, type State, sampleOf, varianceOf } from '../state.ts';
import { type Context, number, type OpSignal, type Outcome, optionalMoments, parameter, parameterMoments } from './op.ts';
import { axesOf, backwardReach, damped, forwardReach, POINT, type Reach, type Windowed } from './reach.ts';

/** Outputs that an input feeds, and how their gradients lie over positions. */
interface Feeding {
  readonly feeds: number;
  readonly profile: Profile | null;
  /** Kinds of input positions, which a stride gives different taps, so that their gradients have nothing in common. */
  readonly kinds?: number;
}

const FED_ONCE: Feeding = { feeds: 1, profile: null };

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
  const common = w.mean === 0 ? 0 : w.mean * w.mean * n * Math.max(0, v + (n - 1) * x.u);
  const q = random * x.q + b.variance + common + mean * mean;
  // Inputs correlated between units at two samples: in proportion to the correlation of one unit with itself.
  const across = (pair: number): number => (common === 0 || v <= 0 ? 0 : common * Math.max(-1, Math.min(1, (pair - x.m * x.m) / v)));
  const pairs = (pair: number, taps: number): number =>
    Math.min(q, fanIn * taps * w.variance * pair + b.variance + across(pair) + mean * mean);
  const windowed = reach !== POINT;
  const near = x.near === null && !windowed ? null : { sample: pairs(sampleOf(x), reach.both), place: pairs(placeOf(x), reach.seen) };
  const inherited = q > 0 ? Math.max(0, 1 - biasSecond / q) : 0;
  const alike = x.q > 0 ? placeOf(x) / x.q : 0;
  return gaussianState(
    { m: mean, q, r: pairs(x.r, reach.both), u: common },
    {
      width,
      near,
      series: windowed
        ? null
        : stepwise(
            x.series,
            (pair, step) => (step ? random * pair + b.variance + common + mean * mean : pairs(pair, 1)),
            (pair) => pairs(pair, 1),
          ),
      profile: damped(reach.profile, inherited),
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
    {
      width,
      logVariance: x.logVariance,
      sensitivity: x.sensitivity,
      excess: x.excess,
      near: nearBy(x, (pair) => factor * pair + shift),
    },
  );
};

const back = (gradient: Gradient, w: NumericMoments, fanOut: number, { feeds: reach, profile, kinds }: Feeding): Gradient => {
  const { g, c } = gradient;
  const feeds = fanOut * reach;
  const common = w.mean === 0 ? 0 : w.mean * w.mean * feeds * Math.max(0, g + (feeds - 1) * c);
  return gradientOf(feeds * w.variance * g + common, {
    c: common,
    tokens: (feeds * w.variance * gradient.tokens) / (kinds ?? 1),
    series: profile === null && w.mean === 0 ? gradientStepwise(gradient.series, (pair) => feeds * w.variance * pair) : null,
    unstable: gradient.unstable,
    draws: gradient.draws,
    profile,
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
  reach: Feeding,
): readonly (Gradient | null)[] => {
  const weight = parameter(c, 'weight');
  if (weight === undefined || weight.loaded || fanOut === undefined) return [null];
  const through = passThrough(weight.init.distribution, c);
  if (through !== null && fanIn !== undefined) {
    const factor = through.gain * through.gain * Math.min(1, fanOut / fanIn);
    return [gradientOf(gradient.g * factor, { c: gradient.c * factor, unstable: gradient.unstable })];
  }
  const w = parameterMoments(weight, c);
  return [typeof w === 'string' ? null : back(gradient, w, fanOut, reach)];
};

export const dense: OpSignal<'dense'> = {
  blind: true,
  forward: (op, c) => {
    const width = number(op.outFeatures, c);
    return weighted(c, number(op.inFeatures, c), width, POINT, width);
  },
  backward: (op, c, gradient) => weightedBack(c, gradient, number(op.inFeatures, c), number(op.outFeatures, c), FED_ONCE),
};

const perGroup = (channels: number | undefined, groups: number | undefined): number | undefined =>
  channels === undefined || groups === undefined ? undefined : channels / groups;

const windowed = {
  blind: true,
  forward: (op: Windowed, c: Context): Outcome => {
    const axes = axesOf(op, c);
    if (axes === undefined) return 'the kernel size is not known';
    const reach = forwardReach(axes, c.inputs[0]?.profile ?? null);
    const [groups, out] = [number(op.groups, c), number(op.outChannels, c)];
    return weighted(c, perGroup(number(op.inChannels, c), groups), perGroup(out, groups), reach, out);
  },
  backward: (op: Windowed, c: Context, gradient: Gradient): readonly (Gradient | null)[] => {
    const axes = axesOf(op, c);
    if (axes === undefined) return [null];
    const groups = number(op.groups, c);
    const [inputs, outputs] = [perGroup(number(op.inChannels, c), groups), perGroup(number(op.outChannels, c), groups)];
    const strides = op.kind === 'conv' ? op.stride.map((s) => number(s, c) ?? 1) : [];
    const kinds = strides.reduce((product, s) => product * s, 1);
    return weightedBack(c, gradient, inputs, outputs, { ...backwardReach(axes, gradient.profile), kinds });
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
    const [one] = weightedBack(c, gradient, n1, out, FED_ONCE);
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
