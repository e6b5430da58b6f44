/** Ops that move values and do not change them, and reductions over axes. */
import * as tf from '@tensorflow/tfjs-core';
import { BATCH, isNumber } from '../../../server/src/network/scalar.ts';
import { stop } from '../stopped.ts';
import { axisOf, input, type OpFunction, size } from './op.ts';

const product = (list: readonly number[]): number => list.reduce((a, b) => a * b, 1);

export const flatten: OpFunction<'flatten'> = (op, inputs) => {
  const x = input(inputs);
  if (op.startAxis === x.rank) return tf.expandDims(x, -1);
  const [start, end] = [axisOf(x, op.startAxis), axisOf(x, op.endAxis)];
  return tf.reshape(x, [...x.shape.slice(0, start), product(x.shape.slice(start, end + 1)), ...x.shape.slice(end + 1)]);
};

/**
 * A reshape written for one batch size holds for another if its first axis gives way: `view(-1, 400)` and `view(64, 400)` both do.
 */
export const reshape: OpFunction<'reshape'> = (op, inputs, context) => {
  const x = input(inputs);
  const shape = op.shape.map((dim) => (isNumber(dim) || dim.text !== BATCH.text ? size(dim, context) : context.batch));
  const known = product(shape.filter((n) => n >= 0));
  const inferred = shape.indexOf(-1);
  if (inferred >= 0 ? known > 0 && x.size % known === 0 : known === x.size) return tf.reshape(x, shape);
  const rest = shape.slice(1).map((n) => (n === -1 ? 1 : n));
  if (x.size % product(rest) === 0) return tf.reshape(x, [-1, ...rest]);
  return stop(`[${x.shape.join(', ')}] cannot be reshaped to [${shape.join(', ')}]`);
};

export const permute: OpFunction<'permute'> = (op, inputs) => {
  const x = input(inputs);
  return tf.transpose(
    x,
    op.axes.map((axis) => axisOf(x, axis)),
  );
};

/** Padding is given for the last axes, as many as it has entries. */
export const pad: OpFunction<'pad'> = (op, inputs, context) => {
  const x = input(inputs);
  const given = op.padding.map(([before, after]): [number, number] => [size(before, context), size(after, context)]);
  const untouched = Array.from({ length: x.rank - given.length }, (): [number, number] => [0, 0]);
  const margins = [...untouched, ...given];
  const inside = margins.map(([before, after]): [number, number] => [Math.max(0, -before), Math.max(0, -after)]);
  const cut = tf.slice(
    x,
    inside.map(([before]) => before),
    x.shape.map((n, i) => n - (inside[i]?.[0] ?? 0) - (inside[i]?.[1] ?? 0)),
  );
  return tf.pad(
    cut,
    margins.map(([before, after]): [number, number] => [Math.max(0, before), Math.max(0, after)]),
  );
};

/** Repeats along one axis where the factor is whole, else picks or mixes neighbours. */
const stretch = (x: tf.Tensor, axis: number, factor: number, mode: 'nearest' | 'linear'): tf.Tensor => {
  const n = x.shape[axis] as number;
  const m = Math.floor(n * factor + 1e-9);
  if (m === n) return x;
  if (mode === 'nearest' && m % n === 0) {
    const split = tf.reshape(x, [product(x.shape.slice(0, axis)), n, 1, product(x.shape.slice(axis + 1))]);
    return tf.reshape(
      tf.tile(split, [1, 1, m / n, 1]),
      x.shape.map((k, i) => (i === axis ? m : k)),
    );
  }
  const positions = Array.from({ length: m }, (_, i) => {
    if (mode === 'nearest') return Math.min(n - 1, Math.floor((i * n) / m));
    return Math.min(n - 1, Math.max(0, ((i + 0.5) * n) / m - 0.5));
  });
  const low = tf.gather(x, tf.tensor1d(positions.map(Math.floor), 'int32'), axis);
  if (mode === 'nearest') return low;
  const high = tf.gather(
    x,
    tf.tensor1d(
      positions.map((p) => Math.min(n - 1, Math.floor(p) + 1)),
      'int32',
    ),
    axis,
  );
  const share = tf.reshape(
    tf.tensor1d(positions.map((p) => p - Math.floor(p))),
    x.shape.map((_, i) => (i === axis ? m : 1)),
  );
  return tf.add(low, tf.mul(share, tf.sub(high, low)));
};

export const upsample: OpFunction<'upsample'> = (op, inputs, context) => {
  const x = input(inputs);
  const rank = op.factor.length === 1 ? Math.max(1, x.rank - 2) : op.factor.length;
  const end = op.channelAxis === -1 ? x.rank - 1 : x.rank;
  return Array.from({ length: rank }, (_, i) => i).reduce<tf.Tensor>(
    (y, i) => stretch(y, end - rank + i, size(op.factor[i] ?? op.factor[0] ?? 1, context), op.mode),
    tf.clone(x),
  );
};

export const concat: OpFunction<'concat'> = (op, inputs) => {
  const x = input(inputs);
  return inputs.length === 1 ? tf.clone(x) : tf.concat([...inputs], axisOf(x, op.axis));
};

export const slice: OpFunction<'slice'> = (op, inputs, context) => {
  const x = input(inputs);
  const axis = axisOf(x, op.axis);
  const n = x.shape[axis] as number;
  const wanted = op.size === null ? (axis === 0 ? undefined : context.shape?.[axis - 1]) : size(op.size, context);
  const from = op.start === null ? 0 : size(op.start, context);
  const start = Math.min(n, Math.max(0, from < 0 ? n + from : from));
  const extent = Math.min(n - start, wanted ?? stop('the size of the part is unknown'));
  return tf.slice(
    x,
    x.shape.map((_, i) => (i === axis ? start : 0)),
    x.shape.map((m, i) => (i === axis ? extent : m)),
  );
};

export const reduce: OpFunction<'reduce'> = (op, inputs) => {
  const x = input(inputs);
  const axes = op.axes.map((axis) => axisOf(x, axis));
  const by = { mean: tf.mean, sum: tf.sum, max: tf.max }[op.reduce];
  return by(x, axes, op.keepAxes);
};
