/**
 * What a row of the layer table says: given the constructor's arguments and the shapes of the inputs, which ops the layer is and which
 * weights they hold. Keras builds weights at the first call, when the input's shape is known; a size that nobody gave is a symbol.
 */
import type { Bound } from '../../../interpreter/native.ts';
import type { ParameterRole } from '../../../network/network.ts';
import type { ChannelAxis, Op, Padding } from '../../../network/op.ts';
import { type Dim, mul, type Scalar, type Shape, scalarOp, symbol } from '../../../network/scalar.ts';
import { flag, text } from '../../shared/layerArguments.ts';
import type { Fans } from '../initializers.ts';

export { flag, given, number, size, sizes, text } from '../../shared/layerArguments.ts';

export interface Weight {
  /** Path below the layer: 'kernel', 'lstm_cell/kernel'. */
  readonly name: string;
  readonly role: ParameterRole;
  readonly shape: Shape;
  /** Constructor argument that gives the initializer; null where there is none. */
  readonly argument: string | null;
  /** Initializer without that argument, as the signature spells it. */
  readonly fallback: string;
  /** What the initializer takes as fans, where it is not `computeFans(shape)` (einsum kernels). */
  readonly fans?: Fans;
  /** Fans of the signal, where the op alone does not give them (fused gates, packed projections). */
  readonly signal?: Fans;
  /** False for statistics that are not trained. */
  readonly trainable?: boolean;
  /** Share of the elements that the LSTM sets to one (`unit_forget_bias`). */
  readonly forgetShare?: Scalar;
}

/** One op of a layer; most layers have one. */
export interface Step {
  readonly op: Op;
  readonly weights: readonly Weight[];
  /** Path below the layer for all but the main op. */
  readonly suffix?: string;
  /** Output shape where the op's own shape function does not give it. */
  readonly shape?: Shape | null;
}

export interface LayerContext {
  readonly args: Bound;
  /** Shapes of the inputs, batch first. */
  readonly inputs: readonly (Shape | null)[];
  readonly name: string;
}

export interface LayerRow {
  readonly name: string;
  /** Constructor in Keras 3, without regularizers and the like: what is not named here lands in `**kwargs`. */
  readonly signature: string;
  /** Other class names for the same thing. */
  readonly aliases?: readonly string[];
  /** Takes a list of inputs as one argument (merging layers). */
  readonly merges?: boolean;
  /** Whether `activation=` is an op after the layer; recurrent layers have theirs inside. */
  readonly activates?: boolean;
  readonly build: (context: LayerContext) => readonly Step[];
}

export const step = (op: Op, weights: readonly Weight[] = []): readonly Step[] => [{ op, weights }];

export const stateless = (name: string, signature: string, op: (context: LayerContext) => Op): LayerRow => ({
  name,
  signature,
  build: (context) => step(op(context)),
});

// ── geometry ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

export const channelAxisOf = (context: LayerContext): ChannelAxis => (text(context, 'data_format') === 'channels_first' ? 1 : -1);

/** Size of the features that the layer sums over. */
export const inputFeatures = (context: LayerContext, axis: number = -1, index = 0): Dim =>
  context.inputs[index]?.at(axis) ?? symbol(`${context.name}.inputs`);

export const paddingOf = (context: LayerContext, kernel: readonly Dim[], dilation: readonly Dim[]): Padding => {
  const padding = (text(context, 'padding') ?? 'valid').toLowerCase();
  if (padding !== 'causal') return padding === 'same' ? 'same' : 'valid';
  return kernel.map((k, i) => [mul(dilation[i] ?? 1, scalarOp('-', k, 1)), 0] as const);
};

// ── weights ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

type WeightOptions = Partial<Omit<Weight, 'name' | 'shape'>>;

export const kernel = (shape: Shape, options: WeightOptions & { readonly name?: string } = {}): Weight => ({
  name: 'kernel',
  role: 'weight',
  argument: 'kernel_initializer',
  fallback: 'glorot_uniform',
  shape,
  ...options,
});

export const bias = (shape: Shape, options: WeightOptions & { readonly name?: string } = {}): Weight => ({
  name: 'bias',
  role: 'bias',
  argument: 'bias_initializer',
  fallback: 'zeros',
  shape,
  ...options,
});

export const biasIf = (context: LayerContext, shape: Shape): readonly Weight[] => (flag(context, 'use_bias', true) ? [bias(shape)] : []);
