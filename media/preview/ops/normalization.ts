/** Normalisations as they run in training: batch norm with the statistics of this batch. */
import * as tf from '@tensorflow/tfjs-core';
import { axisOf, input, type OpContext, type OpFunction, param, size } from './op.ts';

const standardised = (x: tf.Tensor, axes: readonly number[], eps: number, centred = true): tf.Tensor => {
  const mean = centred ? tf.mean(x, [...axes], true) : null;
  const d = mean === null ? x : tf.sub(x, mean);
  const variance = tf.mean(tf.square(d), [...axes], true);
  return tf.mul(d, tf.rsqrt(tf.add(variance, eps)));
};

/** γ·x + β with the parameters laid along `axes`. */
const affine = (x: tf.Tensor, axes: readonly number[], context: OpContext): tf.Tensor => {
  const shape = x.shape.map((n, i) => (axes.includes(i) ? n : 1));
  const along = (p: tf.Tensor): tf.Tensor =>
    p.size === 1
      ? tf.reshape(
          p,
          shape.map(() => 1),
        )
      : tf.reshape(p, shape);
  const gamma = param(context, 'gamma') ?? param(context, 'weight');
  const beta = param(context, 'beta') ?? param(context, 'bias');
  const scaled = gamma === undefined ? x : tf.mul(x, along(gamma));
  return beta === undefined ? scaled : tf.add(scaled, along(beta));
};

const others = (x: tf.Tensor, axes: readonly number[]): number[] => x.shape.map((_, i) => i).filter((i) => !axes.includes(i));

export const batchNorm: OpFunction<'batchNorm'> = (op, inputs, context) => {
  const x = input(inputs);
  const channel = axisOf(x, op.channelAxis);
  return affine(standardised(x, others(x, [channel]), op.eps), [channel], context);
};

export const layerNorm: OpFunction<'layerNorm'> = (op, inputs, context) => {
  const x = input(inputs);
  const axes = op.axes.map((axis) => axisOf(x, axis));
  return affine(standardised(x, axes, op.eps, !op.rms), axes, context);
};

export const instanceNorm: OpFunction<'instanceNorm'> = (op, inputs, context) => {
  const x = input(inputs);
  const channel = axisOf(x, op.channelAxis);
  return affine(standardised(x, others(x, [0, channel]), op.eps), [channel], context);
};

export const groupNorm: OpFunction<'groupNorm'> = (op, inputs, context) => {
  const x = input(inputs);
  const channel = axisOf(x, op.channelAxis);
  const groups = size(op.groups, context);
  const split = [...x.shape.slice(0, channel), groups, (x.shape[channel] as number) / groups, ...x.shape.slice(channel + 1)];
  const parts = tf.reshape(x, split);
  const y = standardised(parts, others(parts, [0, channel]), op.eps);
  return affine(tf.reshape(y, x.shape), [channel], context);
};
