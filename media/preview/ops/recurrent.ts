/** RNN, LSTM and GRU, unrolled over time; layers and directions as the op says. Gates in the frameworks' order (i f g o; r z n). */
import * as tf from '@tensorflow/tfjs-core';
import { stop } from '../stopped.ts';
import { phi } from './arithmetic.ts';
import { inOut } from './linear.ts';
import { input, type OpContext, type OpFunction, size } from './op.ts';

const GATES = { rnn: 1, lstm: 4, gru: 3 } as const;
/** Steps × layers that are unrolled at most. */
const MAX_STEPS = 4096;

interface Cell {
  readonly wx: tf.Tensor2D;
  readonly wh: tf.Tensor2D;
  readonly bx: tf.Tensor | null;
  readonly bh: tf.Tensor | null;
}

/** The parameters of one role in order, `count` lists of them: packed gates have one tensor each, separate ones as many as gates. */
const share = (tensors: readonly tf.Tensor[], index: number, count: number): readonly tf.Tensor[] => {
  const each = tensors.length / count;
  return tensors.slice(Math.round(index * each), Math.round((index + 1) * each));
};

const cellAt = (index: number, count: number, inputs: number, units: number, gates: number, context: OpContext): Cell => {
  const role = (...roles: readonly string[]) => context.params.filter((p) => roles.includes(p.role)).map((p) => p.tensor);
  const packed = (list: readonly tf.Tensor[], n: number): tf.Tensor2D => {
    if (list.length === 1) return inOut(list[0] as tf.Tensor, n, gates * units, context.framework);
    if (list.length !== gates) return stop('the weights of the gates are not understood');
    return tf.concat(
      list.map((w) => inOut(w, n, units, context.framework)),
      1,
    );
  };
  const bias = (list: readonly tf.Tensor[]): tf.Tensor | null => {
    if (list.length === 0) return null;
    const flat = tf.concat(list.map((b) => tf.reshape(b, [-1])));
    return flat.size === gates * units || flat.size === 2 * gates * units ? flat : stop('the biases of the gates are not understood');
  };
  const first = bias(share(role('bias'), index, count));
  const second = bias(share(role('recurrentBias'), index, count));
  const width = gates * units;
  // Keras's GRU keeps both biases in one [2, 3u].
  const double = first !== null && first.size === 2 * width;
  return {
    wx: packed(share(role('weight'), index, count), inputs),
    wh: packed(share(role('recurrentWeight'), index, count), units),
    bx: double ? tf.slice(tf.reshape(first, [-1]), [0], [width]) : first,
    bh: double ? tf.slice(tf.reshape(first, [-1]), [width], [width]) : second,
  };
};

interface State {
  readonly h: tf.Tensor;
  readonly c: tf.Tensor;
}

const plus = (x: tf.Tensor, bias: tf.Tensor | null): tf.Tensor => (bias === null ? x : tf.add(x, bias));

const step = (kind: 'rnn' | 'lstm' | 'gru', zx: tf.Tensor, { h, c }: State, cell: Cell, act: (x: tf.Tensor) => tf.Tensor): State => {
  const zh = plus(tf.matMul(h as tf.Tensor2D, cell.wh), cell.bh);
  if (kind === 'rnn') return { h: act(tf.add(zx, zh)), c };
  if (kind === 'lstm') {
    const [i, f, g, o] = tf.split(tf.add(zx, zh), 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const next = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), act(g)));
    return { h: tf.mul(tf.sigmoid(o), act(next)), c: next };
  }
  const [rx, ux, nx] = tf.split(zx, 3, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const [rh, uh, nh] = tf.split(zh, 3, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const n = act(tf.add(nx, tf.mul(tf.sigmoid(tf.add(rx, rh)), nh)));
  const u = tf.sigmoid(tf.add(ux, uh));
  return { h: tf.add(tf.mul(tf.sub(1, u), n), tf.mul(u, h)), c };
};

/** x as [batch, time, features] → outputs of every step, in the order of time. */
const runLayer = (
  kind: 'rnn' | 'lstm' | 'gru',
  x: tf.Tensor,
  cell: Cell,
  units: number,
  reverse: boolean,
  act: (x: tf.Tensor) => tf.Tensor,
) => {
  const [batch = 1, time = 1, features = 1] = x.shape;
  const zx = plus(tf.matMul(tf.reshape(x, [batch * time, features]) as tf.Tensor2D, cell.wx), cell.bx);
  const steps = tf.unstack(tf.reshape(zx, [batch, time, -1]), 1);
  let state: State = { h: tf.zeros([batch, units]), c: tf.zeros([batch, units]) };
  const outputs: tf.Tensor[] = new Array(time);
  for (let i = 0; i < time; i++) {
    const t = reverse ? time - 1 - i : i;
    state = step(kind, steps[t] as tf.Tensor, state, cell, act);
    outputs[t] = state.h;
  }
  return { outputs, last: state.h };
};

export const recurrent: OpFunction<'recurrent'> = (op, inputs, context) => {
  const given = input(inputs);
  if (given.rank !== 3) return stop(`a recurrent layer over an input of ${given.rank} axes is not run`);
  const batchFirst = op.batchFirst;
  let x = batchFirst ? given : tf.transpose(given, [1, 0, 2]);
  const units = size(op.units, context);
  const directions = op.bidirectional ? 2 : 1;
  const count = op.layers * directions;
  const steps = x.shape[1] as number;
  if (steps * count > MAX_STEPS) return stop(`${steps} steps of ${count} layers are too many to unroll`);
  const act = phi(op.activation);
  let last: tf.Tensor[] = [];
  for (let layer = 0; layer < op.layers; layer++) {
    const runs = Array.from({ length: directions }, (_, direction) => {
      const cell = cellAt(layer * directions + direction, count, x.shape[2] as number, units, GATES[op.cell], context);
      return runLayer(op.cell, x, cell, units, direction === 1, act);
    });
    x = tf.concat(
      runs.map((run) => tf.stack(run.outputs, 1)),
      2,
    );
    last = runs.map((run) => run.last);
  }
  if (!op.returnSequence) return last.length === 1 ? (last[0] as tf.Tensor) : tf.concat(last, 1);
  return batchFirst ? x : tf.transpose(x, [1, 0, 2]);
};
