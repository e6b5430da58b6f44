/** Products with weights and of activations: dense, bilinear, embedding, matmul. */
import * as tf from '@tensorflow/tfjs-core';
import { stop } from '../stopped.ts';
import { input, type OpFunction, param, size, weight } from './op.ts';

/** A weight as [in, out]: torch and friends keep [out, in]; a square one is told by the framework. */
export const inOut = (w: tf.Tensor, inputs: number, outputs: number, framework: string): tf.Tensor2D => {
  const [a, b] = w.shape;
  if (w.rank === 2 && a === inputs && b === outputs && (inputs !== outputs || framework !== 'torch')) return w as tf.Tensor2D;
  if (w.rank === 2 && a === outputs && b === inputs) return tf.transpose(w) as tf.Tensor2D;
  if (w.size === inputs * outputs) return tf.reshape(w, [inputs, outputs]);
  return stop(`a weight of shape [${w.shape.join(', ')}] does not take ${inputs} inputs to ${outputs}`);
};

/** x·W over the last axis, whatever lies before it. */
export const project = (x: tf.Tensor, w: tf.Tensor2D, bias?: tf.Tensor): tf.Tensor => {
  const flat = tf.reshape(x, [-1, x.shape.at(-1) as number]);
  const y = tf.matMul(flat as tf.Tensor2D, w);
  const biased = bias === undefined ? y : tf.add(y, tf.reshape(bias, [-1]));
  return tf.reshape(biased, [...x.shape.slice(0, -1), w.shape[1]]);
};

export const dense: OpFunction<'dense'> = (op, inputs, context) => {
  const x = input(inputs);
  const w = weight(context);
  const features = x.shape.at(-1) ?? 1;
  const all = size(op.outFeatures, context);
  // A layer whose units were sampled has fewer outputs than its op says.
  const outputs = Math.min(all, w.size / features);
  return project(x, inOut(w, features, outputs, context.framework), param(context, 'bias'));
};

export const bilinear: OpFunction<'bilinear'> = (op, inputs, context) => {
  const [a, b] = [input(inputs, 0), input(inputs, 1)];
  const [n1, n2, out] = [size(op.in1, context), size(op.in2, context), size(op.outFeatures, context)];
  // y_k = Σ a_i W_kij b_j: first over i for all (k, j), then over j.
  const w = tf.reshape(tf.transpose(tf.reshape(weight(context), [out, n1, n2]), [1, 0, 2]), [n1, out * n2]);
  const half = tf.reshape(project(a, w as tf.Tensor2D), [...a.shape.slice(0, -1), out, n2]);
  const y = tf.sum(tf.mul(half, tf.expandDims(b, -2)), -1);
  const bias = param(context, 'bias');
  return bias === undefined ? y : tf.add(y, tf.reshape(bias, [-1]));
};

export const embedding: OpFunction<'embedding'> = (_, inputs, context) => {
  const table = param(context, 'embedding') ?? weight(context);
  return tf.gather(table, tf.cast(input(inputs), 'int32'));
};

export const matmul: OpFunction<'matmul'> = (op, inputs) => {
  const [a, b] = [input(inputs, 0), input(inputs, 1)];
  if (a.rank < 2 || b.rank < 2) return stop('a product with a vector is not run');
  return tf.matMul(a, b, op.transposeA, op.transposeB);
};
