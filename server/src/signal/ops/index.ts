/** One row per op kind: what it does to moments and to the gradient. The compiler checks that none is missing. */
import type { OpKind } from '../../network/op.ts';
import { activation, glu } from './activation.ts';
import { add, affine, average, mul, rotate, scale, shift, sub } from './arithmetic.ts';
import { attention, matmul, softmax } from './attention.ts';
import { input, oneHot } from './input.ts';
import { concat, dropout, flatten, identity, pad, permute, reshape, slice } from './layout.ts';
import { bilinear, conv, convTranspose, dense, embedding } from './linear.ts';
import { batchNorm, groupNorm, instanceNorm, layerNorm } from './norm.ts';
import type { OpSignal } from './op.ts';
import { globalPool, maximumOf, pool, reduce, upsample } from './pool.ts';
import { recurrent } from './recurrent.ts';

export const OP_SIGNALS: { readonly [K in OpKind]: OpSignal<K> } = {
  input,
  oneHot,
  dense,
  conv,
  convTranspose,
  bilinear,
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
  maximum: maximumOf,
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
  identity,
  opaque: { forward: (op) => `${op.what}: ${op.reason}`, backward: (_, c) => c.inputIds.map(() => null) },
};
