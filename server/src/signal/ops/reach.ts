/**
 * Which taps of a convolution meet an input, position by position: at zero-padded borders an output sees fewer of them. q by position
 * is kept as a product over axes, which is exact for layers without bias and homogeneous activations, and to first order for others.
 */
import type { OpOf } from '../../network/op.ts';
import { spatialAxes } from '../../network/shapes.ts';
import { axisWindow, explicitPadding } from '../../network/windows.ts';
import type { Profile } from '../state.ts';
import { type Context, number } from './op.ts';

export type Windowed = OpOf<'conv'> | OpOf<'convTranspose'>;

/** How the outputs of one axis are tied to its inputs; sizes are undefined where only the inside of a large image is known. */
interface Axis {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly inputs: number | undefined;
  readonly outputs: number | undefined;
  readonly transposed: boolean;
}

/** What a window gathers, over all axes. */
export interface Reach {
  /** Inputs that an output sees, on average over positions and weighted by their q. */
  readonly seen: number;
  /** Taps that two outputs at two positions both see. */
  readonly both: number;
  readonly profile: Profile | null;
}

export const POINT: Reach = { seen: 1, both: 1, profile: null };

/** Longer axes are all inside. */
const LONGEST = 1024;

export const axesOf = (op: Windowed, c: Context): readonly Axis[] | undefined => {
  const input = c.inputShapes[0];
  const inAxes = input ? spatialAxes(input, op.rank, op.channelAxis) : null;
  const outAxes = c.shape ? spatialAxes(c.shape, op.rank, op.channelAxis) : null;
  const axes: Axis[] = [];
  for (let i = 0; i < op.rank; i++) {
    const w = axisWindow(op, i);
    const [kernel, stride, dilation] = [number(w.kernel, c), number(w.stride, c) ?? 1, number(w.dilation, c) ?? 1];
    if (kernel === undefined) return undefined;
    const inputs = number(input?.[inAxes?.spatial[i] ?? -1], c);
    const outputs = number(c.shape?.[outAxes?.spatial[i] ?? -1], c);
    const sized = inputs !== undefined && outputs !== undefined && inputs > 0 && outputs > 0 && inputs <= LONGEST && outputs <= LONGEST;
    const transposed = op.kind === 'convTranspose';
    const whole = transposed ? outputs : inputs;
    const [before] = sized ? explicitPadding(whole as number, kernel, stride, dilation, w.padding) : [0];
    const sizes = sized ? { inputs, outputs } : { inputs: undefined, outputs: undefined };
    axes.push({ kernel, stride, dilation, before, ...sizes, transposed });
  }
  return axes;
};

const mean = (xs: Float64Array): number => xs.reduce((sum, x) => sum + x, 0) / xs.length;

/** Calls back for every pair of an input and an output that a tap joins. */
const joins = (axis: Axis, visit: (input: number, output: number, tap: number) => void): void => {
  const { kernel, stride, dilation, before, transposed } = axis;
  const [inputs, outputs] = [axis.inputs as number, axis.outputs as number];
  const [from, to] = transposed ? [inputs, outputs] : [outputs, inputs];
  for (let tap = 0; tap < kernel; tap++) {
    for (let i = 0; i < from; i++) {
      const j = i * stride + tap * dilation - before;
      if (j < 0 || j >= to) continue;
      if (transposed) visit(i, j, tap);
      else visit(j, i, tap);
    }
  }
};

const flat = (row: Float64Array): boolean => row.every((x) => Math.abs(x - 1) < 1e-9);

const fitting = (row: Float64Array | undefined, length: number): Float64Array =>
  row?.length === length ? row : new Float64Array(length).fill(1);

const product = <T>(parts: readonly T[], f: (part: T) => number): number => parts.reduce((p, part) => p * f(part), 1);

/** From inputs to outputs. Of two positions √(profile) stands for each, as for elements that are φ of a Gaussian without mean. */
export const forwardReach = (axes: readonly Axis[], profile: Profile | null): Reach => {
  const parts = axes.map((axis, a) => {
    const { kernel, stride, transposed, inputs, outputs } = axis;
    if (inputs === undefined || outputs === undefined) {
      const seen = transposed ? kernel / stride : kernel;
      return { seen, both: transposed ? seen / stride : seen, row: null };
    }
    const row = fitting(profile?.[a], inputs);
    const root = row.map(Math.sqrt);
    const out = new Float64Array(outputs);
    const taps = new Float64Array(kernel);
    joins(axis, (i, o, tap) => {
      out[o] = (out[o] as number) + (row[i] as number);
      taps[tap] = (taps[tap] as number) + (root[i] as number) / outputs;
    });
    const seen = mean(out);
    const centre = mean(root) ** 2;
    return { seen, both: taps.reduce((sum, x) => sum + x * x, 0) / centre, row: seen > 0 ? out.map((x) => x / seen) : out };
  });
  const rows = parts.map((part) => part.row);
  const even = rows.some((row) => row === null) || rows.every((row) => flat(row as Float64Array));
  return { seen: product(parts, (p) => p.seen), both: product(parts, (p) => p.both), profile: even ? null : (rows as Float64Array[]) };
};

/** From outputs back to inputs: outputs that an input feeds, weighted by their gradient. */
export const backwardReach = (
  axes: readonly Axis[],
  profile: Profile | null,
): { readonly feeds: number; readonly profile: Profile | null } => {
  const parts = axes.map((axis, a) => {
    const { kernel, stride, transposed, inputs, outputs } = axis;
    if (inputs === undefined || outputs === undefined) return { feeds: transposed ? kernel : kernel / stride, row: null };
    const row = fitting(profile?.[a], outputs);
    const into = new Float64Array(inputs);
    joins(axis, (i, o) => {
      into[i] = (into[i] as number) + (row[o] as number);
    });
    const feeds = mean(into);
    return { feeds, row: feeds > 0 ? into.map((x) => x / feeds) : into };
  });
  const rows = parts.map((part) => part.row);
  const even = rows.some((row) => row === null) || rows.every((row) => flat(row as Float64Array));
  return { feeds: product(parts, (p) => p.feeds), profile: even ? null : (rows as Float64Array[]) };
};

/** A profile whose deviations an op passes on by `share`: a bias or a saturating activation evens them out. */
export const damped = (profile: Profile | null, share: number): Profile | null => {
  if (profile === null || share === 1) return profile;
  if (!(Math.abs(share) > 1e-6) || !Number.isFinite(share)) return null;
  return profile.map((row) => row.map((x) => Math.max(0, 1 + share * (x - 1))));
};

/** The profile of a sum or a mean of parts, each with its share of q. */
export const blended = (parts: readonly { readonly profile: Profile | null; readonly share: number }[]): Profile | null => {
  const like = parts.find((part) => part.profile !== null)?.profile ?? null;
  if (like === null) return null;
  return like.map((row, a) =>
    row.map((_, i) =>
      parts.reduce((sum, { profile, share }) => {
        const other = profile?.[a];
        return sum + share * (other?.length === row.length ? (other[i] as number) - 1 : 0);
      }, 1),
    ),
  );
};

/** Averages over windows of `size`, or what a window of a pool leaves. */
export const resampled = (profile: Profile | null, lengths: readonly (number | undefined)[]): Profile | null => {
  if (profile === null || lengths.length !== profile.length || lengths.some((n) => n === undefined || n < 1)) return null;
  return profile.map((row, a) => {
    const length = lengths[a] as number;
    if (length === row.length) return row;
    const out = new Float64Array(length);
    for (let o = 0; o < length; o++) {
      const from = Math.min(row.length - 1, Math.floor((o * row.length) / length));
      const to = Math.min(row.length, Math.max(from + 1, Math.ceil(((o + 1) * row.length) / length)));
      for (let i = from; i < to; i++) out[o] = (out[o] as number) + (row[i] as number) / (to - from);
    }
    const middle = mean(out);
    return middle > 0 ? out.map((x) => x / middle) : out;
  });
};
