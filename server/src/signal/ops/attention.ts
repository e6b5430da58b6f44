/**
 * Softmax, products of activations and attention. Logits of a query vary over keys by τ² = Q_q(K_q − K_r) (the 1/√d included, d
 * cancels); what a softmax makes of that stands in concentration.ts.
 */

import type { NumericMoments } from '../../network/moments.ts';
import type { Parameter } from '../../network/network.ts';
import type { OpOf } from '../../network/op.ts';
import { isNumber, type Shape } from '../../network/scalar.ts';
import { type Gradient, gaussianState, gradientOf, type Near, placeOf, type State, sampleOf, scaled, varianceOf } from '../state.ts';
import { concentrationOf, concentrationSlope, overlapOf } from './concentration.ts';
import { mix } from './linear.ts';
import { type Context, number, type OpSignal, parameterMoments } from './op.ts';
import { POINT } from './reach.ts';

const sizeAt = (shape: Shape | null | undefined, axis: number): number | undefined => {
  const size = shape?.at(axis);
  return size !== undefined && isNumber(size) ? size : undefined;
};

/** Var log q of logits over draws, their own few units included: in width units of which samples share r/q. */
const logVarianceOf = (x: State): number => {
  const shared = x.q > 0 ? x.r / x.q : 0;
  return x.logVariance + (x.width === null || x.width <= 0 ? 0 : (x.excess * shared * shared) / x.width);
};

export const softmax: OpSignal<'softmax'> = {
  forward: (op, c) => {
    const x = c.inputs[0] as State;
    const count = sizeAt(c.shape, op.axis) ?? x.width ?? undefined;
    if (count === undefined) return 'the number of classes is not known';
    // Along keys logits share what their pair moment says; along features they share their mean and u.
    const tau2 = x.pairs === null ? Math.max(0, varianceOf(x) - x.u) : Math.max(0, x.q - x.pairs.last);
    const alike = x.pairs === null ? Math.max(0, x.r - x.m * x.m - x.u) : Math.max(0, x.pairs.first - sampleOf(x));
    if (op.log) {
      const offset = x.m - Math.log(count) - tau2 / 2;
      const q = tau2 + offset * offset;
      const slope = q > 0 ? (tau2 * (1 - offset)) / q : 0;
      return gaussianState(
        { m: offset, q, r: alike + offset * offset, u: 0 },
        { width: x.width, excess: 0, logVariance: slope * slope * logVarianceOf(x) },
      );
    }
    const concentration = concentrationOf(tau2, count);
    const overlap = overlapOf(tau2, alike, count);
    const slope = concentrationSlope(tau2, count);
    return gaussianState(
      { m: 1 / count, q: concentration / count, r: overlap / count, u: 0 },
      {
        width: x.width,
        excess: 0,
        sensitivity: 0,
        logVariance: slope * slope * logVarianceOf(x),
        probabilities: { concentration, overlap },
      },
    );
  },
  backward: (op, c, gradient, output) => {
    const count = sizeAt(c.shape, op.axis) ?? c.inputs[0]?.width ?? 1;
    const g = gradient.centred ?? gradient.g;
    const over = { zeroSum: true, unstable: gradient.unstable };
    // log softmax: g_i − p_i Σ g.
    if (op.log) return [gradientOf(g * Math.max(0, 1 - 1 / count), over)];
    // Rows that are sent the same send on the same, as far as their weights are alike.
    const tokens = gradient.tokens * output.r * (gradient.centred === null ? Math.max(0, 1 - count * output.q) : 1);
    // E[p_i²(g_i − Σ p_j g_j)²]; where g is already centred, the sum has gone from it.
    const left = gradient.centred === null ? Math.max(0, 1 - count * output.q) : 1;
    return [gradientOf(g * output.q * left, { ...over, tokens })];
  },
};

/**
 * Gradient of a value, Σ_i p_ij g_i over `rows` queries, and of two values together; `share` is E p = 1/T. Queries whose gradients
 * are alike add up instead of averaging out.
 */
const valueGradient = (gradient: Gradient, rows: number, p: NonNullable<State['probabilities']>, share: number): Gradient => {
  const { g, tokens } = gradient;
  const pairs = share < 1 ? (share * share) / (1 - share) : 0;
  const own = rows * g * p.concentration * share + rows * (rows - 1) * tokens * p.overlap * share;
  const between = (rows * g * (1 - p.concentration) + rows * (rows - 1) * tokens * (1 - p.overlap)) * pairs;
  return gradientOf(own, { tokens: between, unstable: gradient.unstable });
};

/** Averages of values: what all values of a sample share passes, the rest shrinks with Σ p². Of two samples each key has its share of 1/T. */
const attended = (v: State, concentration: number, overlap: number, share: number, tilt = 0): Pick<State, 'm' | 'q' | 'r' | 'u'> => {
  const shared = sampleOf(v);
  const differs = Math.max(0, v.q - shared);
  const r = v.near === null ? overlap * differs + shared : share * (placeOf(v) - v.r) + v.r;
  return { m: v.m, q: (concentration + tilt) * differs + shared, r, u: 0 };
};

const attendedPairs = (v: State, overlap: number, share: number): Near | null => {
  if (v.near === null) return null;
  const shared = sampleOf(v);
  return { sample: overlap * Math.max(0, v.q - shared) + shared, place: share * (placeOf(v) - v.r) + v.r };
};

const product = (d: number, a: State, b: State, means: number): Near => ({
  sample: d * sampleOf(a) * sampleOf(b) + means,
  place: d * placeOf(a) * placeOf(b) + means,
});

/** Rows × inner times inner × columns. */
const inner = (op: OpOf<'matmul'>, c: Context): number | undefined => sizeAt(c.inputShapes[0], op.transposeA ? -2 : -1);

export const matmul: OpSignal<'matmul'> = {
  forward: (op, c) => {
    const [a, b] = c.inputs;
    const d = inner(op, c);
    if (a === undefined || b === undefined || d === undefined) return 'the sizes of the product are not known';
    if (a.probabilities !== null) {
      // Averages of values: what is common to all values passes, the rest shrinks with Σ p².
      const { concentration, overlap } = a.probabilities;
      return gaussianState(
        { ...attended(b, concentration, overlap, a.m), u: b.u },
        { width: b.width, sensitivity: b.sensitivity, logVariance: b.logVariance, near: attendedPairs(b, overlap, a.m) },
      );
    }
    const means = d * (d - 1) * (a.m * a.m + a.u) * (b.m * b.m + b.u);
    return gaussianState(
      { m: d * a.m * b.m, q: d * a.q * b.q + means, r: d * a.r * b.r + means, u: 0 },
      {
        near: a.near !== null || b.near !== null ? product(d, a, b, means) : null,
        sensitivity: a.sensitivity + b.sensitivity,
        logVariance: a.logVariance + b.logVariance,
        pairs: { last: d * a.q * sampleOf(b) + means, first: d * sampleOf(a) * b.q + means },
      },
    );
  },
  backward: (_, c, gradient) => {
    const [a, b] = c.inputs;
    const columns = sizeAt(c.shape, -1);
    const rows = sizeAt(c.shape, -2);
    if (a === undefined || b === undefined || columns === undefined || rows === undefined) return [null, null];
    const over = { unstable: gradient.unstable };
    const varying = Math.max(0, b.q - sampleOf(b));
    // A gradient that sums to zero over keys does not see what all keys share.
    const toA = columns * gradient.g * (gradient.zeroSum ? varying : b.q);
    const centred = a.probabilities === null ? null : columns * gradient.g * varying;
    if (a.probabilities === null) {
      const toB = rows * gradient.g * a.q + rows * (rows - 1) * gradient.tokens * Math.max(0, sampleOf(a));
      return [gradientOf(toA, { ...over, centred }), gradientOf(toB, over)];
    }
    const tokens = columns * gradient.tokens * varying;
    return [gradientOf(toA, { ...over, centred, tokens }), valueGradient(gradient, rows, a.probabilities, a.m)];
  },
};

/** A projection's weights or biases, and how many units it sums over and feeds: widths of queries, keys and values may differ. */
interface Projection extends NumericMoments {
  readonly fanIn: number | undefined;
  readonly fanOut: number | undefined;
}

interface Projections {
  readonly query: Projection;
  readonly key: Projection;
  readonly value: Projection;
  readonly out: Projection;
}

const NONE: Projection = { mean: 0, std: 0, variance: 0, fanIn: undefined, fanOut: undefined };
const PACKED = /in_proj|qkv|c_attn/i;
const NAMES: readonly (readonly [keyof Projections, RegExp])[] = [
  ['query', /(^|[^a-z])(q|query|q_proj|query_proj|wq)([^a-z]|$|_)/i],
  ['key', /(^|[^a-z])(k|key|k_proj|key_proj|wk)([^a-z]|$|_)/i],
  ['value', /(^|[^a-z])(v|value|v_proj|value_proj|wv)([^a-z]|$|_)/i],
  ['out', /out|proj|wo/i],
];

/** Which parameter belongs to which projection, by name; a packed one serves three. */
const projectionsOf = (params: readonly Parameter[], bias: boolean, c: Context): Projections | string => {
  const found: { -readonly [K in keyof Projections]?: Projection } = {};
  for (const p of params) {
    if ((p.role === 'bias') !== bias || (p.role !== 'bias' && p.role !== 'weight')) continue;
    const moments = parameterMoments(p, c);
    if (typeof moments === 'string') return moments;
    const name = p.path.split(/[./]/).slice(-2).join('.');
    const roles = PACKED.test(name)
      ? (['query', 'key', 'value'] as const)
      : [NAMES.find(([, pattern]) => pattern.test(name))?.[0] ?? 'out'];
    const [fanIn, fanOut] = [p.fanIn, p.fanOut].map((fan) => (fan === null ? undefined : number(fan, c)));
    for (const role of roles) found[role] ??= { ...moments, fanIn, fanOut };
  }
  if (!bias && (!found.query || !found.key || !found.value || !found.out)) return 'the projections are not known';
  return { query: found.query ?? NONE, key: found.key ?? NONE, value: found.value ?? NONE, out: found.out ?? NONE };
};

interface Parts {
  readonly q: State;
  readonly k: State;
  readonly v: State;
  readonly mixed: State;
  readonly probabilities: NonNullable<State['probabilities']>;
  readonly keys: number;
  readonly weights: Projections | null;
  readonly features: number;
}

/** Mean over query positions of a function of how many keys they see. */
const overRows = (count: number, causal: boolean, f: (keys: number) => number): number => {
  if (!causal) return f(count);
  let sum = 0;
  const steps = Math.min(count, 64);
  for (let i = 0; i < steps; i++) sum += f(((i + 0.5) * count) / steps + 0.5);
  return sum / steps;
};

const attend = (op: OpOf<'attention'>, c: Context): Parts | string => {
  const x = c.inputs;
  const [xq, xk, xv] = [x[0], x[1] ?? x[0], x[2] ?? x[1] ?? x[0]];
  if (!xq || !xk || !xv) return 'attention has no input';
  const features = number(op.features, c);
  const keys = sizeAt(c.inputShapes[1] ?? c.inputShapes[0], -2);
  if (keys === undefined || features === undefined) return 'the length of the sequence is not known';
  const weights = op.projections ? projectionsOf(c.params, false, c) : null;
  const biases = op.projections ? projectionsOf(c.params, true, c) : null;
  if (typeof weights === 'string') return weights;
  if (typeof biases === 'string') return biases;
  const [q, k, v] =
    weights && biases
      ? [
          mix(xq, weights.query, biases.query, weights.query.fanIn ?? features, POINT, features),
          mix(xk, weights.key, biases.key, weights.key.fanIn ?? number(op.keyFeatures, c) ?? features, POINT, features),
          mix(xv, weights.value, biases.value, weights.value.fanIn ?? number(op.valueFeatures, c) ?? features, POINT, features),
        ]
      : [xq, xk, xv];
  const tau2 = q.q * Math.max(0, k.q - sampleOf(k));
  const alike = Math.max(0, sampleOf(q)) * Math.max(0, k.q - sampleOf(k));
  const concentration = overRows(keys, op.causal, (n) => concentrationOf(tau2, n));
  const overlap = overRows(keys, op.causal, (n) => overlapOf(tau2, alike, n));
  // Keys and values come from one input: a softmax that favours keys also favours a direction of it, by Σa for Gaussians under e^{a·x},
  // and |a|²Var x = τ² is spread over its features.
  const tilt =
    c.inputs.length === 1 || c.inputIds[1] === c.inputIds[2] ? ((1 - concentration) * tau2) / (weights?.value.fanIn ?? features) : 0;
  const seen = gaussianState(attended(v, concentration, overlap, 1 / keys, weights ? tilt : 0), {
    width: features,
    sensitivity: v.sensitivity,
    logVariance: v.logVariance,
    near: attendedPairs(v, overlap, 1 / keys),
  });
  const mixed = weights && biases ? mix(seen, weights.out, biases.out, weights.out.fanIn ?? features, POINT, features) : seen;
  return { q, k, v, mixed, probabilities: { concentration, overlap }, keys, weights, features };
};

export const attention: OpSignal<'attention'> = {
  forward: (op, c) => {
    const parts = attend(op, c);
    return typeof parts === 'string' ? parts : parts.mixed;
  },
  backward: (op, c, gradient) => {
    const parts = attend(op, c);
    if (typeof parts === 'string') return c.inputs.map(() => null);
    const { q, k, v, probabilities, keys, weights, features } = parts;
    const p2 = probabilities.concentration;
    const fed = (w: Projection | undefined): number => (w ? w.variance * (w.fanOut ?? features) : 1);
    const through = fed(weights?.out);
    const g = gradient.g * through;
    const over = { unstable: gradient.unstable };
    const back = (inner: number, w: Projection | undefined): Gradient => gradientOf(inner * fed(w), over);
    const values = Math.max(0, v.q - sampleOf(v));
    // A logit's gradient sums over a value's units, and its share of a key's units is one over their number.
    const sizes = (weights?.value.fanOut ?? features) / (weights?.key.fanOut ?? features);
    const toQuery = back(sizes * g * values * Math.max(0, k.q - sampleOf(k)) * p2, weights?.query);
    const rows = sizeAt(c.inputShapes[0], -2) ?? keys;
    // Queries whose gradients are alike send a key the same, as far as they are alike themselves.
    const together = (rows - 1) * gradient.tokens * through * probabilities.overlap * Math.max(0, sampleOf(q));
    const toKey = back(sizes * values * (g * q.q * p2 + together), weights?.key);
    const value = valueGradient(scaled(gradient, through), rows, probabilities, 1 / keys);
    const toValue = scaled(value, fed(weights?.value));
    const { tokens } = toValue;
    if (c.inputs.length === 1) return [gradientOf(toQuery.g + toKey.g + toValue.g, { ...over, tokens })];
    if (c.inputs.length === 2) return [toQuery, gradientOf(toKey.g + toValue.g, { ...over, tokens })];
    return [toQuery, toKey, toValue, ...c.inputs.slice(3).map(() => null)];
  },
};
