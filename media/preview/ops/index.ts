/** One tf.js function per op kind; the compiler checks that none is missing. */
import * as tf from '@tensorflow/tfjs-core';
import type { Op, OpKind } from '../../../server/src/network/op.ts';
import { stop } from '../stopped.ts';
import { activation, add, affine, average, dropout, glu, maximum, mul, rotate, scale, shift, softmax, sub } from './arithmetic.ts';
import { attention } from './attention.ts';
import { conv, convTranspose } from './convolution.ts';
import { bilinear, dense, embedding, matmul } from './linear.ts';
import { batchNorm, groupNorm, instanceNorm, layerNorm } from './normalization.ts';
import { input, type OpContext, type OpFunction } from './op.ts';
import { globalPool, pool } from './pooling.ts';
import { recurrent } from './recurrent.ts';
import { concat, flatten, pad, permute, reduce, reshape, slice, upsample } from './shape.ts';

const OPS: { readonly [K in OpKind]: OpFunction<K> } = {
  input: (_, inputs) => tf.clone(input(inputs)),
  dense,
  conv,
  convTranspose,
  bilinear,
  oneHot: (op, inputs) => tf.oneHot(tf.cast(input(inputs), 'int32'), Number(op.classes), 1, 0, 'float32'),
  embedding,
  activation,
  glu,
  softmax,
  batchNorm,
  layerNorm,
  groupNorm,
  instanceNorm,
  dropout,
  pool,
  globalPool,
  flatten,
  reshape,
  permute,
  pad,
  upsample,
  add,
  sub,
  mul,
  average,
  maximum,
  affine,
  scale,
  shift,
  rotate,
  concat,
  slice,
  reduce,
  matmul,
  attention,
  recurrent,
  identity: (_, inputs) => tf.clone(input(inputs)),
  opaque: (op) => stop(`not understood: ${op.what}${op.reason === '' ? '' : ` (${op.reason})`}`),
};

/** The op's output, a tensor of its own; intermediate ones are freed. */
export const runOp = (op: Op, inputs: readonly tf.Tensor[], context: OpContext): tf.Tensor =>
  tf.tidy(() => {
    const y = (OPS[op.kind] as OpFunction<OpKind>)(op as never, inputs, context);
    return inputs.includes(y) ? tf.clone(y) : y;
  });
