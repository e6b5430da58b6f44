/** What a tf.js function of an op gets beside its inputs. */
import type * as tf from '@tensorflow/tfjs-core';
import type { ParameterRole } from '../../../server/src/network/network.ts';
import type { Op, OpKind, OpOf } from '../../../server/src/network/op.ts';
import { BATCH, type Dim, evaluate } from '../../../server/src/network/scalar.ts';
import { axisWindow, explicitPadding } from '../../../server/src/network/windows.ts';
import { stop } from '../stopped.ts';

export interface Values {
  readonly name: string;
  readonly role: ParameterRole;
  readonly tensor: tf.Tensor;
}

export interface OpContext {
  readonly batch: number;
  readonly framework: string;
  /** Output shape without batch as the analysis has it; null where unknown. */
  readonly shape: readonly number[] | null;
  readonly params: readonly Values[];
  /** U(0, 1) from the node's own stream. */
  readonly uniform: (shape: readonly number[], purpose: string) => tf.Tensor;
}

export type OpFunction<K extends OpKind> = (op: OpOf<K>, inputs: readonly tf.Tensor[], context: OpContext) => tf.Tensor;

/** A size as a number; the batch axis, and what hangs on it, with the batch that is run. */
export const size = (dim: Dim, context: OpContext): number =>
  evaluate(dim, (name) => (name === BATCH.text ? context.batch : undefined)) ??
  stop(`a size is unknown: ${(dim as { text: string }).text}`);

export const input = (inputs: readonly tf.Tensor[], index = 0): tf.Tensor => inputs[index] ?? stop('an input is missing');

export const param = (context: OpContext, role: ParameterRole): tf.Tensor | undefined =>
  context.params.find((p) => p.role === role)?.tensor;

export const weight = (context: OpContext): tf.Tensor =>
  param(context, 'weight') ?? param(context, 'other') ?? context.params[0]?.tensor ?? stop('the layer has no weight');

/** Index of an axis counted from either end. */
export const axisOf = (x: tf.Tensor, axis: number): number => {
  const index = axis < 0 ? axis + x.rank : axis;
  return index >= 0 && index < x.rank ? index : stop(`there is no axis ${axis} in [${x.shape.join(', ')}]`);
};

export interface Window1 {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
}

type Windowed = Extract<Op, { kind: 'conv' | 'convTranspose' | 'pool' }>;

/** The window along each spatial axis in numbers, for an input of these spatial sizes. */
export const windows = (op: Windowed, spatial: readonly number[], context: OpContext): readonly Window1[] =>
  spatial.map((n, axis) => {
    const w = axisWindow(op, axis);
    const [kernel, stride, dilation] = [size(w.kernel, context), size(w.stride, context), size(w.dilation, context)];
    const padding = typeof w.padding === 'string' ? w.padding : ([size(w.padding[0], context), size(w.padding[1], context)] as const);
    const [before, after] = explicitPadding(n, kernel, stride, dilation, padding);
    return { kernel, stride, dilation, before, after };
  });
