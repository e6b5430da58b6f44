/**
 * Tensors whose parts along one axis differ: concatenated feature maps, a class token before patches. Ops that treat the parts of that
 * axis apart are computed part by part; before any other the parts become one average again.
 */
import type { Node } from '../network/network.ts';
import type { Op } from '../network/op.ts';
import { isNumber, type Shape } from '../network/scalar.ts';
import type { Context } from './ops/op.ts';
import { averageGradients, averageSeries, summedGradients } from './series.ts';
import { type Gradient, gaussianState, gradientOf, placeOf, type Segments, type State, sampleOf } from './state.ts';

/** More parts than this become fewer; a deep dense block has dozens. */
const MOST = 12;

export const axisOf = (axis: number, shape: Shape): number => (axis < 0 ? axis + shape.length : axis);

const sizeAt = (shape: Shape | null | undefined, axis: number): number | undefined => {
  const size = shape?.[axis];
  return size !== undefined && isNumber(size) ? size : undefined;
};

const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * (Math.abs(a) + Math.abs(b));

const alike = (a: State, b: State): boolean =>
  near(a.q, b.q) && near(a.r, b.r) && near(a.m, b.m) && near(a.u, b.u) && near(sampleOf(a), sampleOf(b)) && near(placeOf(a), placeOf(b));

const mean = <T>(parts: Segments<T>['parts'], f: (x: T) => number): number => {
  const total = parts.reduce((sum, part) => sum + part.size, 0);
  return parts.reduce((sum, part) => sum + part.size * f(part.of), 0) / total;
};

/** Averages of moments, weighted by size. */
const averaged = (parts: Segments<State>['parts'], like: State, positions = false): State => {
  const q = mean(parts, (x) => x.q);
  const weighted = (f: (x: State) => number): number => (q > 0 ? mean(parts, (x) => x.q * f(x)) / q : 0);
  // Two positions may lie in two parts, which have in common what the less alike of them has.
  const total = parts.reduce((sum, part) => sum + part.size, 0);
  const pairs = (f: (x: State) => number): number => {
    if (!positions) return mean(parts, f);
    const shared = ({ of }: { readonly of: State }): number => f(of) - of.m * of.m;
    const sum = parts.reduce(
      (all, a) => all + parts.reduce((some, b) => some + a.size * b.size * (Math.min(shared(a), shared(b)) + a.of.m * b.of.m), 0),
      0,
    );
    return sum / (total * total);
  };
  return gaussianState(
    { m: mean(parts, (x) => x.m), q, r: pairs((x) => x.r), u: mean(parts, (x) => x.u) },
    {
      ...like,
      near: parts.some((p) => p.of.near !== null) ? { sample: pairs(sampleOf), place: mean(parts, placeOf) } : null,
      excess: mean(parts, (x) => x.excess),
      series: positions ? null : averageSeries(parts),
      sensitivity: weighted((x) => x.sensitivity),
      logVariance: weighted((x) => x.logVariance),
      source: null,
      draws: like.draws ?? (parts[0] as { of: State }).of.draws,
      segments: null,
    },
  );
};

/** The fewest parts that say the same. */
const merged = (parts: Segments<State>['parts']): Segments<State>['parts'] => {
  const out: { size: number; of: State }[] = [];
  for (const part of parts) {
    const last = out.at(-1);
    if (last !== undefined && alike(last.of, part.of)) out[out.length - 1] = { size: last.size + part.size, of: last.of };
    else out.push({ ...part });
  }
  while (out.length > MOST) {
    let at = 0;
    const distance = (i: number): number => Math.abs(Math.log((out[i] as { of: State }).of.q / (out[i + 1] as { of: State }).of.q));
    for (let i = 1; i + 1 < out.length; i++) if (distance(i) < distance(at)) at = i;
    const [a, b] = [out[at] as { size: number; of: State }, out[at + 1] as { size: number; of: State }];
    out.splice(at, 2, { size: a.size + b.size, of: averaged([a, b], a.of) });
  }
  return out;
};

/** One state of parts; `whole` gives what is not an average. */
export const joined = (axis: number, parts: Segments<State>['parts'], whole?: State): State => {
  const fewest = merged(parts);
  const unit = (whole ?? parts[0]?.of)?.unit ?? null;
  const positions = unit !== null && unit !== axis;
  const [first] = fewest;
  if (fewest.length === 1 && first !== undefined) return whole === undefined ? first.of : averaged([first], whole, false);
  const state = averaged(fewest, whole ?? (first as { of: State }).of, positions);
  return gaussianState(state, { ...state, segments: { axis, parts: fewest.map(({ size, of }) => ({ size, of: bare(of) })) } });
};

const bare = (x: State): State => (x.segments === null ? x : gaussianState(x, { ...x, segments: null }));

export const joinedGradient = (axis: number, parts: Segments<Gradient>['parts']): Gradient => {
  const all = gradientOf(
    mean(parts, (x) => x.g),
    {
      ...(parts[0] as { of: Gradient }).of,
      c: mean(parts, (x) => x.c),
      tokens: mean(parts, (x) => x.tokens),
      series: averageGradients(parts),
      unstable: parts.some((p) => p.of.unstable),
      segments: null,
    },
  );
  if (parts.every((p) => near(p.of.g, all.g))) return all;
  return gradientOf(all.g, { ...all, segments: { axis, parts } });
};

/** Axis of the output along which an op keeps parts of `axis` of its input apart; null where it mixes them. */
export const keptAxis = (op: Op, axis: number, input: Shape, output: Shape | null): number | null => {
  switch (op.kind) {
    case 'activation':
    case 'dropout':
    case 'affine':
    case 'scale':
    case 'shift':
    case 'identity':
    case 'add':
    case 'sub':
    case 'mul':
    case 'average':
    case 'maximum':
      return output !== null && output.length === input.length ? axis : null;
    case 'dense':
    case 'layerNorm':
      return axis === input.length - 1 || (op.kind === 'layerNorm' && op.axes.some((a) => axisOf(a, input) === axis)) ? null : axis;
    case 'batchNorm':
    case 'pool':
    case 'globalPool':
    case 'upsample':
      return axis === (op.channelAxis === 1 ? 1 : input.length - 1) && output?.length === input.length ? axis : null;
    case 'slice':
      return axisOf(op.axis, input) === axis || output?.length !== input.length ? null : axis;
    case 'permute': {
      const at = op.axes.indexOf(axis);
      return at < 0 ? null : at;
    }
    case 'reshape': {
      for (let a = 1; a <= axis; a++) if (sizeAt(input, a) === undefined || sizeAt(input, a) !== sizeAt(output, a)) return null;
      return output === null ? null : axis;
    }
    default:
      return null;
  }
};

/** Boundaries of two divisions of one axis together. */
const refined = (a: readonly number[], b: readonly number[]): readonly number[] | null => {
  const ends = (sizes: readonly number[]): number[] => {
    let at = 0;
    return sizes.map((size) => {
      at += size;
      return at;
    });
  };
  const [ea, eb] = [ends(a), ends(b)];
  if (ea.at(-1) !== eb.at(-1)) return null;
  const all = [...new Set([...ea, ...eb])].sort((x, y) => x - y);
  return all.map((end, i) => end - (all[i - 1] ?? 0));
};

const sizesOf = <T>(segments: Segments<T>): readonly number[] => segments.parts.map((part) => part.size);

/** The part that holds what lies at `from`. */
export const partAt = <T>(segments: Segments<T>, from: number): T => {
  let at = 0;
  for (const part of segments.parts) {
    at += part.size;
    if (from < at) return part.of;
  }
  return (segments.parts.at(-1) as { of: T }).of;
};

/** The parts of a range, as a tensor of its own. */
const cut = <T>(segments: Segments<T>, start: number, size: number): Segments<T>['parts'] => {
  const out: { size: number; of: T }[] = [];
  let at = 0;
  for (const part of segments.parts) {
    const [from, to] = [Math.max(at, start), Math.min(at + part.size, start + size)];
    if (to > from) out.push({ size: to - from, of: part.of });
    at += part.size;
  }
  return out;
};

export const stateRange = (x: State, start: number, size: number): State => {
  if (x.segments === null) return x;
  const parts = cut(x.segments, start, size);
  return parts.length === 0 ? bare(x) : joined(x.segments.axis, parts, bare(x));
};

export const gradientRange = (gradient: Gradient, start: number, size: number): Gradient => {
  if (gradient.segments === null) return gradient;
  const parts = cut(gradient.segments, start, size);
  return parts.length === 0 ? gradient : joinedGradient(gradient.segments.axis, parts);
};

/** How the work of a node is divided: input axis, output axis, sizes. */
export interface Division {
  readonly axis: number;
  readonly outAxis: number;
  readonly sizes: readonly number[];
}

/** The division under which a node is computed part by part; null where there is nothing to divide or the op mixes it. */
export const divisionOf = (node: Node, c: Context, gradient: Gradient | null): Division | null => {
  let division: Division | null = null;
  for (let i = 0; i < c.inputs.length; i++) {
    const segments = (c.inputs[i] as State).segments;
    const shape = c.inputShapes[i];
    if (segments === null || !shape || (c.shape !== null && isElementwise(node.op) && shape.length !== c.shape.length)) continue;
    const outAxis = keptAxis(node.op, segments.axis, shape, c.shape);
    if (outAxis === null) return null;
    if (division === null) division = { axis: segments.axis, outAxis, sizes: sizesOf(segments) };
    else {
      const known: Division = division;
      const sizes: readonly number[] | null = known.axis === segments.axis ? refined(known.sizes, sizesOf(segments)) : null;
      if (sizes === null) return null;
      division = { ...known, sizes };
    }
  }
  const arriving = gradient?.segments;
  if (!arriving) return division;
  if (division !== null) {
    const sizes = division.outAxis === arriving.axis ? refined(division.sizes, sizesOf(arriving)) : null;
    return sizes === null ? division : { ...division, sizes };
  }
  const shape = c.inputShapes[0];
  if (!shape) return null;
  for (let axis = 1; axis < shape.length; axis++) {
    if (keptAxis(node.op, axis, shape, c.shape) === arriving.axis) return { axis, outAxis: arriving.axis, sizes: sizesOf(arriving) };
  }
  return null;
};

const isElementwise = (op: Op): boolean => ['add', 'sub', 'mul', 'average', 'maximum'].includes(op.kind);

const withSize = (shape: Shape | null, axis: number, size: number, total: number): Shape | null =>
  shape === null || sizeAt(shape, axis) !== total ? shape : shape.map((n, i) => (i === axis ? size : n));

/** What a node sees of part `index`. */
export const partContext = (c: Context, division: Division, index: number): Context => {
  const { axis, outAxis, sizes } = division;
  const start = sizes.slice(0, index).reduce((a, b) => a + b, 0);
  const total = sizes.reduce((a, b) => a + b, 0);
  const size = sizes[index] as number;
  return {
    ...c,
    inputs: c.inputs.map((x) => (x.segments?.axis === axis ? partAt(x.segments, start) : bare(x))),
    inputShapes: c.inputShapes.map((shape) => withSize(shape, axis, size, total)),
    shape: withSize(c.shape, outAxis, size, total),
  };
};

/** A tensor as one average, for an op that mixes its parts. */
export const whole = (x: State): State => bare(x);

/** Gradient of a range of an axis as a gradient of the whole of it: zero elsewhere. */
export const placed = (gradient: Gradient, axis: number, start: number, size: number, total: number): Gradient => {
  const none = gradientOf(0, { unstable: gradient.unstable });
  const parts = [
    { size: start, of: none },
    { size, of: gradientOf(gradient.g, { ...gradient, segments: null, series: null }) },
    { size: total - start - size, of: none },
  ].filter((part) => part.size > 0);
  const joined = joinedGradient(axis, parts);
  return gradient.series === null ? joined : gradientOf(joined.g, { ...joined, series: gradient.series });
};

const chosenOf = ({ chosen: a }: Gradient, { chosen: b }: Gradient): Gradient['chosen'] => {
  if (a === null || b === null) return a ?? b;
  const g = a.g + b.g;
  return g > 0 ? { g, slope: (a.g * a.slope + b.g * b.slope) / g } : a;
};

const drawsOf = (x: Gradient, y: Gradient): Float64Array | null => {
  const total = x.g + y.g;
  if ((x.draws === null && y.draws === null) || !(total > 0)) return null;
  const like = (x.draws ?? y.draws) as Float64Array;
  return like.map((_, i) => (x.g * (x.draws?.[i] ?? 1) + y.g * (y.draws?.[i] ?? 1)) / total);
};

/** Two gradients of one tensor, part by part where either has parts. */
export const summed = (a: Gradient, b: Gradient): Gradient => {
  const plain = (x: Gradient, y: Gradient): Gradient =>
    gradientOf(x.g + y.g, {
      c: x.c + y.c,
      tokens: x.tokens + y.tokens,
      unstable: x.unstable || y.unstable,
      series: summedGradients(x, y),
      profile: x.g >= y.g ? x.profile : y.profile,
      chosen: chosenOf(x, y),
      draws: drawsOf(x, y),
    });
  const [sa, sb] = [a.segments, b.segments];
  if (sa === null && sb === null) return plain(a, b);
  if (sa !== null && sb !== null && sa.axis !== sb.axis) return plain(a, b);
  const axis = (sa ?? sb)?.axis as number;
  const sizes = sa && sb ? refined(sizesOf(sa), sizesOf(sb)) : sizesOf((sa ?? sb) as Segments<Gradient>);
  if (sizes === null || sizes.length > 2 * MOST) return plain(a, b);
  let at = 0;
  const parts = sizes.map((size) => {
    const of = plain(sa ? partAt(sa, at) : a, sb ? partAt(sb, at) : b);
    at += size;
    return { size, of: of.series === null ? of : gradientOf(of.g, { ...of, series: null }) };
  });
  const joint = joinedGradient(axis, parts);
  const series = summedGradients(a, b);
  return series === null ? joint : gradientOf(joint.g, { ...joint, series });
};
