/** Windows that reduce, and global or adaptive pooling. */
import * as tf from '@tensorflow/tfjs-core';
import { stop } from '../stopped.ts';
import { channelsLast, lift, lower } from './channels.ts';
import { axisOf, input, type OpFunction, size, type Window1, windows } from './op.ts';

/** Below every activation: what a maximum does not see. */
const FLOOR = -3e38;

const reduceWindows = (x: tf.Tensor, w: readonly Window1[], reduce: 'max' | 'average', same: boolean): tf.Tensor => {
  if (w.some((a) => a.dilation !== 1)) return stop('dilated pooling is not run');
  const explicit = !(same && reduce === 'average') && w.some((a) => a.before !== 0 || a.after !== 0);
  const margins: [number, number][] = [[0, 0], ...w.map((a): [number, number] => [a.before, a.after]), [0, 0]];
  const field = explicit ? tf.pad(x, margins, reduce === 'max' ? FLOOR : 0) : x;
  // TensorFlow's average leaves the padding out of the count, torch's counts it.
  const padding = same && reduce === 'average' ? 'same' : 'valid';
  const [k0 = 1, k1 = 1, k2 = 1] = w.map((a) => a.kernel);
  const [s0 = 1, s1 = 1, s2 = 1] = w.map((a) => a.stride);
  if (w.length === 3) {
    const x5 = field as tf.Tensor5D;
    return reduce === 'max' ? tf.maxPool3d(x5, [k0, k1, k2], [s0, s1, s2], padding) : tf.avgPool3d(x5, [k0, k1, k2], [s0, s1, s2], padding);
  }
  const x4 = w.length === 1 ? lift(field) : (field as tf.Tensor4D);
  const [kernel, stride]: [number, number][] =
    w.length === 1
      ? [
          [1, k0],
          [1, s0],
        ]
      : [
          [k0, k1],
          [s0, s1],
        ];
  const y = reduce === 'max' ? tf.maxPool(x4, kernel!, stride!, padding) : tf.avgPool(x4, kernel!, stride!, padding);
  return w.length === 1 ? lower(y) : y;
};

/** torch's ceil mode: a last window that starts inside the input or its left padding is kept. */
const withCeil = (w: Window1, n: number): Window1 => {
  const room = n + w.before + w.after - w.dilation * (w.kernel - 1) - 1;
  const positions = Math.ceil(room / w.stride) + 1;
  const kept = (positions - 1) * w.stride >= n + w.before ? positions - 1 : positions;
  return { ...w, after: w.after + Math.max(0, (kept - 1) * w.stride - room) };
};

export const pool: OpFunction<'pool'> = (op, inputs, context) =>
  channelsLast(input(inputs), op.rank, op.channelAxis, (x) => {
    const spatial = x.shape.slice(1, -1);
    const w = windows(op, spatial, context).map((a, i) => (op.ceil ? withCeil(a, spatial[i] as number) : a));
    return reduceWindows(x, w, op.reduce, op.padding === 'same');
  });

const reduceAxes = (x: tf.Tensor, axes: readonly number[], reduce: 'max' | 'average', keep: boolean): tf.Tensor =>
  reduce === 'max' ? tf.max(x, [...axes], keep) : tf.mean(x, [...axes], keep);

/** Position i of `out` looks at ⌊i·n/out⌋ … ⌈(i+1)·n/out⌉, as torch's adaptive pooling does. */
const adaptAxis = (x: tf.Tensor, axis: number, out: number, reduce: 'max' | 'average'): tf.Tensor => {
  const n = x.shape[axis] as number;
  if (out === n || out === 0) return x;
  const parts = Array.from({ length: out }, (_, i) => {
    const from = Math.floor((i * n) / out);
    const to = Math.ceil(((i + 1) * n) / out);
    const window = tf.slice(
      x,
      x.shape.map((_n, a) => (a === axis ? from : 0)),
      x.shape.map((m, a) => (a === axis ? to - from : m)),
    );
    return reduceAxes(window, [axis], reduce, true);
  });
  return parts.length === 1 ? (parts[0] as tf.Tensor) : tf.concat(parts, axis);
};

export const globalPool: OpFunction<'globalPool'> = (op, inputs, context) => {
  const x = input(inputs);
  const channel = axisOf(x, op.channelAxis);
  if (op.output.length === 0) {
    const axes = x.shape.map((_, i) => i).filter((i) => i !== 0 && i !== channel);
    return axes.length === 0 ? tf.clone(x) : reduceAxes(x, axes, op.reduce, op.keepAxes);
  }
  const end = op.channelAxis === -1 ? x.rank - 1 : x.rank;
  return op.output.reduce<tf.Tensor>((y, out, i) => adaptAxis(y, end - op.output.length + i, size(out, context), op.reduce), x);
};
