/** Multi-head attention with or without its projections (Vaswani et al. 2017, arXiv:1706.03762, sec. 3.2). */
import * as tf from '@tensorflow/tfjs-core';
import { stop } from '../stopped.ts';
import { inOut, project } from './linear.ts';
import { input, type OpContext, type OpFunction, size } from './op.ts';

type Part = 'query' | 'key' | 'value' | 'output';

const PACKED = /in_proj|qkv/i;
const NAMES: Readonly<Record<Part, RegExp>> = {
  query: /query|q_proj|\bq\b/i,
  key: /key|k_proj|\bk\b/i,
  value: /value|v_proj|\bv\b/i,
  output: /out/i,
};
const isBias = (name: string): boolean => /bias|(^|[._])b$/i.test(name);

const find = (context: OpContext, pattern: RegExp, bias: boolean): tf.Tensor | undefined =>
  context.params.find((p) => pattern.test(p.name) && isBias(p.name) === bias)?.tensor;

/** One projection's weight as [in, out] with its bias, from a tensor of its own or a third of a packed one. */
const projection = (part: Part, inputs: number, outputs: number, context: OpContext): readonly [tf.Tensor2D, tf.Tensor | undefined] => {
  const own = find(context, NAMES[part], false);
  if (own !== undefined) return [inOut(own, inputs, outputs, context.framework), find(context, NAMES[part], true)];
  const packed = find(context, PACKED, false);
  const third = ['query', 'key', 'value'].indexOf(part);
  if (packed === undefined || third < 0) return stop(`the ${part} projection has no weight`);
  const all = inOut(packed, inputs, 3 * outputs, context.framework);
  const bias = find(context, PACKED, true);
  return [
    tf.slice(all, [0, third * outputs], [inputs, outputs]),
    bias === undefined ? undefined : tf.slice(tf.reshape(bias, [-1]), [third * outputs], [outputs]),
  ];
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
  const query = find(context, NAMES.query, false);
  return query === undefined ? features : query.size / (q.shape.at(-1) as number);
};
