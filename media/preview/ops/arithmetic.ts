/** Elementwise ops, activations, gates and dropout. */
import * as tf from '@tensorflow/tfjs-core';
import { isNumber, type Scalar } from '../../../server/src/network/scalar.ts';
import { activation as activationFunction } from '../activations.ts';
import { stop } from '../stopped.ts';
import { axisOf, input, type OpContext, type OpFunction, param } from './op.ts';

const number = (value: Scalar): number => (isNumber(value) ? value : stop(`a number is unknown: ${value.text}`));

/** φ of a row, arguments in numbers. */
export const phi = (name: string, args: Readonly<Record<string, Scalar>> = {}): ((x: tf.Tensor) => tf.Tensor) => {
  const numbers = Object.fromEntries(Object.entries(args).map(([key, value]) => [key, number(value)]));
  return activationFunction(name, numbers) ?? stop(`the activation ${name} is not known here`);
};

export const activation: OpFunction<'activation'> = (op, inputs, context) => {
  const x = input(inputs);
  const slope = param(context, 'slope');
  if (op.name !== 'prelu' || slope === undefined) return phi(op.name, op.args)(x);
  const channel = axisOf(x, op.channelAxis);
  const shape =
    slope.size === 1 ? x.shape.map(() => 1) : slope.rank === 1 ? x.shape.map((n, i) => (i === channel ? n : 1)) : [1, ...slope.shape];
  return tf.sub(tf.relu(x), tf.mul(tf.reshape(slope, shape), tf.relu(tf.neg(x))));
};

export const glu: OpFunction<'glu'> = (op, inputs) => {
  const [a, b] = tf.split(input(inputs), 2, axisOf(input(inputs), op.axis));
  return tf.mul(a as tf.Tensor, phi(op.activation)(b as tf.Tensor));
};

/** tf.js takes softmax over the last axis only. */
export const softmaxOver = (x: tf.Tensor, axis: number, log: boolean): tf.Tensor => {
  const last = x.rank - 1;
  const f = (y: tf.Tensor): tf.Tensor => (log ? tf.logSoftmax(y) : tf.softmax(y));
  if (axis === last) return f(x);
  const order = x.shape.map((_, i) => (i === axis ? last : i === last ? axis : i));
  return tf.transpose(f(tf.transpose(x, order)), order);
};

export const softmax: OpFunction<'softmax'> = (op, inputs) => softmaxOver(input(inputs), axisOf(input(inputs), op.axis), op.log);

/** Klambauer et al. 2017, sec. 3: alpha dropout sets units to −λα and rescales so that mean 0 and variance 1 stay. */
const ALPHA_PRIME = -1.7580993408473766;

export const dropout: OpFunction<'dropout'> = (op, inputs, context) => {
  const x = input(inputs);
  const rate = number(op.rate);
  if (rate <= 0) return tf.clone(x);
  if (rate >= 1) return tf.zerosLike(x);
  const kept = tf.step(tf.sub(1 - rate, context.uniform(x.shape, 'dropout')));
  if (!op.alpha) return tf.mul(x, tf.mul(kept, 1 / (1 - rate)));
  const a = 1 / Math.sqrt((1 - rate) * (1 + rate * ALPHA_PRIME ** 2));
  const b = -a * ALPHA_PRIME * rate;
  return tf.add(tf.mul(tf.add(tf.mul(x, kept), tf.mul(tf.sub(1, kept), ALPHA_PRIME)), a), b);
};

const fold =
  (f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor) =>
  (_: unknown, inputs: readonly tf.Tensor[]): tf.Tensor =>
    inputs.length === 0 ? stop('an input is missing') : inputs.slice(1).reduce(f, tf.clone(input(inputs)));

export const add: OpFunction<'add'> = fold((a, b) => tf.add(a, b));
export const sub: OpFunction<'sub'> = fold((a, b) => tf.sub(a, b));
export const mul: OpFunction<'mul'> = fold((a, b) => tf.mul(a, b));
export const maximum: OpFunction<'maximum'> = fold((a, b) => tf.maximum(a, b));
export const average: OpFunction<'average'> = (_, inputs, context) => tf.div(add({ kind: 'add' }, inputs, context), inputs.length);
export const affine: OpFunction<'affine'> = (op, inputs) => tf.add(tf.mul(input(inputs), number(op.factor)), number(op.offset));

/** A parameter that broadcasts from the right as written. */
const only = (context: OpContext): tf.Tensor => context.params[0]?.tensor ?? stop('the parameter is missing');
export const scale: OpFunction<'scale'> = (_, inputs, context) => tf.mul(input(inputs), param(context, 'gamma') ?? only(context));
export const shift: OpFunction<'shift'> = (_, inputs, context) => tf.add(input(inputs), param(context, 'bias') ?? only(context));
/** Any angle gives values of the same distribution; the preview takes none. */
export const rotate: OpFunction<'rotate'> = (_, inputs) => tf.clone(input(inputs));
