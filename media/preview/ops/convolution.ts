/** Convolutions and their transposes, over 1, 2 or 3 axes, with groups, dilation and any padding. */
import * as tf from '@tensorflow/tfjs-core';
import type { OpOf } from '../../../server/src/network/op.ts';
import { stop } from '../stopped.ts';
import { channelsLast, lift, lower } from './channels.ts';
import { input, type OpContext, type OpFunction, param, size, type Window1, weight, windows } from './op.ts';

const product = (list: readonly number[]): number => list.reduce((a, b) => a * b, 1);
const same = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((x, i) => x === b[i]);
const range = (n: number, from = 0): number[] => Array.from({ length: n }, (_, i) => from + i);

/**
 * The kernel as [...window, a, b]. Frameworks keep [b, a, ...window] (torch, Lasagne) or [...window, a, b] (Keras, Flax), some with a
 * and b exchanged; where sizes leave a choice the framework decides, else values are taken in their order, which independent draws allow.
 */
const orient = (w: tf.Tensor, kernel: readonly number[], a: number, b: number, framework: string): tf.Tensor => {
  const rank = kernel.length;
  const first = () => tf.transpose(w, [...range(rank, 2), 1, 0]);
  const firstSwapped = () => tf.transpose(w, [...range(rank, 2), 0, 1]);
  const forms: readonly (readonly [readonly number[], () => tf.Tensor])[] = [
    [[b, a, ...kernel], first],
    [[...kernel, a, b], () => w],
    [[a, b, ...kernel], firstSwapped],
    [[...kernel, b, a], () => tf.transpose(w, [...range(rank), rank + 1, rank])],
  ];
  const last = framework !== 'torch' && framework !== 'lasagne';
  const ordered = last ? [forms[1], forms[3], forms[0], forms[2]] : forms;
  const found = ordered.find((form) => form !== undefined && same(form[0], w.shape));
  if (found !== undefined) return found[1]();
  if (w.size === product(kernel) * a * b) return tf.reshape(w, [...kernel, a, b]);
  return stop(`a kernel of shape [${w.shape.join(', ')}] does not fit`);
};

/** Zeros between the taps of a kernel, for stride and dilation at once, which tf.js does not do. */
const dilate = (w: tf.Tensor, rates: readonly number[]): tf.Tensor =>
  rates.reduce((k, rate, axis) => {
    if (rate === 1) return k;
    const before = k.shape.slice(0, axis + 1);
    const after = k.shape.slice(axis + 1);
    const grown = tf.reshape(k, [product(before), 1, product(after)]);
    const spread = tf.reshape(
      tf.pad(grown, [
        [0, 0],
        [0, rate - 1],
        [0, 0],
      ]),
      [...before.slice(0, -1), (before.at(-1) ?? 1) * rate, ...after],
    );
    return tf.slice(
      spread,
      spread.shape.map(() => 0),
      spread.shape.map((n, i) => (i === axis ? n - rate + 1 : n)),
    );
  }, w);

const padded = (x: tf.Tensor, w: readonly Window1[]): tf.Tensor =>
  w.every((a) => a.before === 0 && a.after === 0) ? x : tf.pad(x, [[0, 0], ...w.map((a): [number, number] => [a.before, a.after]), [0, 0]]);

const convolve = (x: tf.Tensor, w: tf.Tensor, strides: readonly number[], depthwise: boolean): tf.Tensor => {
  const [s0 = 1, s1 = 1, s2 = 1] = strides;
  if (strides.length === 3) {
    if (depthwise) return stop('grouped 3-D convolutions of this kind are not run');
    return tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, [s0, s1, s2], 'valid');
  }
  const [x4, w4, s] = strides.length === 1 ? [lift(x), tf.expandDims(w, 0) as tf.Tensor4D, s0] : [x as tf.Tensor4D, w as tf.Tensor4D, s1];
  const pair: [number, number] = strides.length === 1 ? [1, s] : [s0, s1];
  // WebGL and wasm run depthwise kernels with equal strides only; a window of one row takes any stride along it.
  const square: [number, number] = strides.length === 1 ? [s, s] : pair;
  const y = depthwise ? tf.depthwiseConv2d(x4, w4, square, 'valid') : tf.conv2d(x4, w4, pair, 'valid');
  return strides.length === 1 ? lower(y) : y;
};

/** Runs `f` on each group's channels and kernel and joins the results. */
const grouped = (
  x: tf.Tensor,
  w: tf.Tensor,
  groups: number,
  kernelAxis: number,
  f: (x: tf.Tensor, w: tf.Tensor) => tf.Tensor,
): tf.Tensor => {
  if (groups === 1) return f(x, w);
  const xs = tf.split(x, groups, -1);
  const ws = tf.split(w, groups, kernelAxis);
  return tf.concat(
    xs.map((part, i) => f(part, ws[i] as tf.Tensor)),
    -1,
  );
};

const withBias = (y: tf.Tensor, context: OpContext): tf.Tensor => {
  const bias = param(context, 'bias');
  return bias === undefined ? y : tf.add(y, tf.reshape(bias, [-1]));
};

export const conv: OpFunction<'conv'> = (op, inputs, context) =>
  channelsLast(input(inputs), op.rank, op.channelAxis, (x) => {
    const channels = x.shape.at(-1) as number;
    const out = size(op.outChannels, context);
    const groups = size(op.groups, context);
    const w = windows(op, x.shape.slice(1, -1), context);
    const kernel = w.map((a) => a.kernel);
    const strides = w.map((a) => a.stride);
    const rates = w.map((a) => a.dilation);
    const depthwise = groups > 1 && groups === channels && op.rank < 3;
    const field = padded(x, w);
    if (depthwise) {
      // Keras writes [...window, channels, multiplier], the others [...window, 1, out] or [out, 1, ...window].
      const multiplier = out / channels;
      const raw = weight(context);
      const ready = same(raw.shape, [...kernel, channels, multiplier]);
      const k = ready ? raw : tf.reshape(orient(raw, kernel, 1, out, context.framework), [...kernel, channels, multiplier]);
      return withBias(convolve(field, dilate(k, rates), strides, true), context);
    }
    const k = dilate(orient(weight(context), kernel, channels / groups, out, context.framework), rates);
    return withBias(
      grouped(field, k, groups, k.rank - 1, (a, b) => convolve(a, b, strides, false)),
      context,
    );
  });

/** Size of the full transposed output, then cropped or filled with zeros at each end to the framework's own. */
const transposedMargins = (
  op: OpOf<'convTranspose'>,
  n: number,
  axis: number,
  w: Window1,
  context: OpContext,
): readonly [number, number] => {
  const reach = w.dilation * (w.kernel - 1) + 1;
  const full = (n - 1) * w.stride + reach;
  if (op.padding === 'same') {
    const excess = full - n * w.stride;
    const before = Math.floor(Math.max(0, excess) / 2);
    return [before, excess - before];
  }
  if (op.padding === 'valid') return [0, full - (n * w.stride + Math.max(0, reach - w.stride))];
  return [w.before, w.after - size(op.outputPadding[axis] ?? op.outputPadding[0] ?? 0, context)];
};

const crop = (y: tf.Tensor, margins: readonly (readonly [number, number])[]): tf.Tensor => {
  const inside = margins.map(([before, after]) => [Math.max(0, before), Math.max(0, after)] as const);
  const begin = [0, ...inside.map(([before]) => before), 0];
  const extent = y.shape.map((n, i) => n - (inside[i - 1]?.[0] ?? 0) - (inside[i - 1]?.[1] ?? 0));
  const cut = tf.slice(y, begin, extent);
  const fill = margins.map(([before, after]): [number, number] => [Math.max(0, -before), Math.max(0, -after)]);
  return fill.every(([a, b]) => a === 0 && b === 0) ? cut : tf.pad(cut, [[0, 0], ...fill, [0, 0]]);
};

const transposed = (x: tf.Tensor, w: tf.Tensor, strides: readonly number[]): tf.Tensor => {
  const [s0 = 1, s1 = 1, s2 = 1] = strides;
  const out = w.shape.at(-2) as number;
  const full = (axis: number): number => ((x.shape[axis + 1] ?? 1) - 1) * (strides[axis] ?? 1) + (w.shape[axis] ?? 1);
  const batch = x.shape[0] as number;
  if (strides.length === 3) {
    return tf.conv3dTranspose(x as tf.Tensor5D, w as tf.Tensor5D, [batch, full(0), full(1), full(2), out], [s0, s1, s2], 'valid');
  }
  if (strides.length === 1) {
    return lower(tf.conv2dTranspose(lift(x), tf.expandDims(w, 0) as tf.Tensor4D, [batch, 1, full(0), out], [1, s0], 'valid'));
  }
  return tf.conv2dTranspose(x as tf.Tensor4D, w as tf.Tensor4D, [batch, full(0), full(1), out], [s0, s1], 'valid');
};

export const convTranspose: OpFunction<'convTranspose'> = (op, inputs, context) =>
  channelsLast(input(inputs), op.rank, op.channelAxis, (x) => {
    const channels = x.shape.at(-1) as number;
    const out = size(op.outChannels, context);
    const groups = size(op.groups, context);
    const spatial = x.shape.slice(1, -1);
    const w = windows(op, spatial, context);
    const k = orient(
      weight(context),
      w.map((a) => a.kernel),
      out / groups,
      channels,
      context.framework,
    );
    const spread = dilate(
      k,
      w.map((a) => a.dilation),
    );
    const strides = w.map((a) => a.stride);
    const y = grouped(x, spread, groups, spread.rank - 1, (a, b) => transposed(a, b, strides));
    return withBias(
      crop(
        y,
        spatial.map((n, axis) => transposedMargins(op, n, axis, w[axis] as Window1, context)),
      ),
      context,
    );
  });
