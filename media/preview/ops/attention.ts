/** Multi-head attention with or without its projections (Vaswani et al. 2017, arXiv:1706.03762, sec. 3.2). */
import * as tf from '@tensorflow/tfjs-core';
import { stop } from '../stopped.ts';
import { inOut, project } from './linear.ts';
import { input, type OpContext, type OpFunction, size } from './op.ts';

type Part = 'query' | 'key' | 'value' | 'output';

const PARTS: readonly Part[] = ['query', 'key', 'value', 'output'];

/**
 * Weights and biases in the order of the projections: [packed q k v, output] or [q, k, v, output]. Names do not tell them apart: all
 * that arrives of `out_proj.weight` or `query/kernel` is the last part. A packed bias may go with separate weights.
 */
/** `add_bias_kv` appends one learned token to keys and values; among many tokens it changes nothing and is left out. */
const APPENDED = /^bias_[kv]$/;

const ordered = (context: OpContext, bias: boolean): readonly tf.Tensor[] =>
  context.params
    .filter(({ name, role }) => !APPENDED.test(name) && (role === 'bias' || /bias|(^|[._])b$/i.test(name)) === bias)
    .map(({ tensor }) => tensor);

/** The tensor of a part and, where three are packed, which third of it. */
const locate = (tensors: readonly tf.Tensor[], part: Part): { readonly tensor: tf.Tensor; readonly third: number | null } | undefined => {
  const index = PARTS.indexOf(part);
  const packed = tensors.length <= 2;
  const tensor = packed ? tensors[part === 'output' ? 1 : 0] : tensors[index];
  return tensor === undefined ? undefined : { tensor, third: packed && part !== 'output' ? index : null };
};

const projection = (part: Part, inputs: number, outputs: number, context: OpContext): readonly [tf.Tensor2D, tf.Tensor | undefined] => {
  const weight = locate(ordered(context, false), part) ?? stop(`the ${part} projection has no weight`);
  const bias = locate(ordered(context, true), part);
  const cut = (t: tf.Tensor, third: number | null): tf.Tensor =>
    third === null ? t : tf.slice(t, [...t.shape.slice(1).map(() => 0), third * outputs], [...t.shape.slice(0, -1), outputs]);
  const matrix = inOut(weight.tensor, inputs, weight.third === null ? outputs : 3 * outputs, context.framework);
  return [cut(matrix, weight.third) as tf.Tensor2D, bias && cut(tf.reshape(bias.tensor, [-1]), bias.third)];
};

const CLOSED = -1e9;

/** softmax(QKᵀ/√d)·V over the last two axes. */
const attend = (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, causal: boolean): tf.Tensor => {
  const width = q.shape.at(-1) as number;
  const logits = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(width));
  if (!causal) return tf.matMul(tf.softmax(logits), v);
  const [rows = 1, columns = 1] = logits.shape.slice(-2);
  const mask = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let j = i + 1; j < columns; j++) mask[i * columns + j] = CLOSED;
  return tf.matMul(tf.softmax(tf.add(logits, tf.tensor2d(mask, [rows, columns]))), v);
};

/** [batch, tokens, features] → [batch, heads, tokens, features/heads] */
const splitHeads = (x: tf.Tensor, heads: number): tf.Tensor => {
  const [batch = 1, tokens = 1, features = 1] = x.shape;
  if (features % heads !== 0) return stop(`${features} features do not divide into ${heads} heads`);
  return tf.transpose(tf.reshape(x, [batch, tokens, heads, features / heads]), [0, 2, 1, 3]);
};

const joinHeads = (x: tf.Tensor): tf.Tensor => {
  const [batch = 1, heads = 1, tokens = 1, features = 1] = x.shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, tokens, heads * features]);
};

export const attention: OpFunction<'attention'> = (op, inputs, context) => {
  const [q, k, v] = [input(inputs), inputs[1] ?? input(inputs), inputs[2] ?? inputs[1] ?? input(inputs)];
  const heads = size(op.heads, context);
  if (!op.projections && (q.rank !== 3 || heads <= 1)) return attend(q, k, v, op.causal);
  if (q.rank !== 3) return stop(`attention over an input of ${q.rank} axes is not run`);
  const headed = (x: tf.Tensor): tf.Tensor => splitHeads(x, heads);
  if (!op.projections) return joinHeads(attend(headed(q), headed(k), headed(v), op.causal));
  const features = size(op.features, context);
  const through = (x: tf.Tensor, part: Part, inner: number): tf.Tensor =>
    project(x, ...projection(part, x.shape.at(-1) as number, inner, context));
  const inner = innerWidth(q, features, context);
  const y = joinHeads(
    attend(headed(through(q, 'query', inner)), headed(through(k, 'key', inner)), headed(through(v, 'value', inner)), op.causal),
  );
  return through(y, 'output', features);
};

/** heads × head size, which Keras lets differ from the model's width. */
const innerWidth = (q: tf.Tensor, features: number, context: OpContext): number => {
  const query = locate(ordered(context, false), 'query');
  return query === undefined || query.third !== null ? features : query.tensor.size / (q.shape.at(-1) as number);
};
