/**
 * What a row of the layer table says: given the constructor's arguments and the shapes of the inputs, which ops the layer is and which
 * parameters they hold. linen learns the input's features at the first call, nnx has them as an argument; the rest is the same.
 */
import { asScalar, asSizes, type Bound, signature } from '../../../interpreter/native.ts';
import { type Args, NO_ARGS, type Value } from '../../../interpreter/values.ts';
import type { ParameterRole } from '../../../network/network.ts';
import type { Op } from '../../../network/op.ts';
import { type Dim, type Scalar, type Shape, symbol } from '../../../network/scalar.ts';
import { flag, given, number, size, text } from '../../shared/layerArguments.ts';
import { type Initializer, type InitializerRow, initializerRow } from '../initializers.ts';

export type Api = 'linen' | 'nnx';

export interface Weight {
  /** Path below the layer: 'kernel', 'query/kernel'. */
  readonly name: string;
  readonly role: ParameterRole;
  readonly shape: Shape;
  /** Constructor argument that gives the initializer; null where there is none. */
  readonly argument: string | null;
  /** Initializer without that argument. */
  readonly fallback: Initializer;
  /** Shape that the initializer is asked for, where the kernel is drawn flat and reshaped. */
  readonly drawn?: Shape;
  /** Fans of the signal, where the op alone does not give them. */
  readonly signal?: { readonly fanIn: Dim; readonly fanOut: Dim };
  /** Of one gate of a recurrent layer. */
  readonly gate?: 'forget' | 'other';
  /** False for statistics that are not trained. */
  readonly trainable?: boolean;
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
  readonly api: Api;
  readonly args: Bound;
  /** Arguments of the call, for those that change what is computed (`deterministic`). */
  readonly call: Args;
  readonly inputs: readonly (Shape | null)[];
  /** Under which sizes appear that nobody gave. */
  readonly name: string;
}

export interface LayerRow {
  readonly name: string;
  /** Constructor in linen and in nnx; null where that API has no such class. What is not named lands in `**kwargs`. */
  readonly linen: string | null;
  readonly nnx: string | null;
  readonly aliases?: { readonly linen?: readonly string[]; readonly nnx?: readonly string[] };
  /** How many leading arguments of a call are tensors that the op takes; 1 unless said. */
  readonly arity?: number;
  /** A recurrent cell: called with (carry, inputs), and run over a sequence by `RNN`. */
  readonly cell?: boolean;
  readonly build: (context: LayerContext) => readonly Step[];
}

export const signatureOf = (row: LayerRow, api: Api): string => (api === 'linen' ? row.linen : row.nnx) ?? '**kwargs';

export const takes = (row: LayerRow, api: Api, argument: string): boolean =>
  signature(signatureOf(row, api)).some((p) => p.name === argument);

export const step = (op: Op, weights: readonly Weight[] = []): readonly Step[] => [{ op, weights }];

// ── arguments ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

export { flag, given, number, size, text };

/** A number or a sequence as sizes, whatever their count; undefined where it is neither. */
export const listOf = (value: Value | undefined): readonly Scalar[] | undefined => {
  const one = asScalar(value);
  if (one !== undefined) return [one];
  if (value?.kind !== 'tuple' && value?.kind !== 'list') return undefined;
  const items = value.items.map(asScalar);
  return items.every((i) => i !== undefined) ? (items as Scalar[]) : undefined;
};

export const sizes = (context: LayerContext, argument: string, rank: number, fallback: Dim): readonly Dim[] => {
  const value = context.args.get(argument);
  if (!value || value.kind === 'none') return Array.from({ length: rank }, () => fallback);
  return asSizes(value, rank) ?? Array.from({ length: rank }, (_, i) => symbol(`${context.name}.${argument}${i}`));
};

/** Features that the layer sums over: nnx is told, linen sees them. */
export const inputFeatures = (context: LayerContext, argument = 'in_features', index = 0): Dim =>
  context.api === 'nnx' ? size(context, argument) : (context.inputs[index]?.at(-1) ?? symbol(`${context.name}.inputs`));

// ── parameters ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** An initializer of the table with its default arguments. */
export const initial = (name: string, args: Partial<Initializer['args']> = {}): Initializer => ({
  row: initializerRow(name) as InitializerRow,
  args: { ...NO_ARGS, ...args },
});

const LECUN = initial('lecun_normal');
const ORTHOGONAL = initial('orthogonal');
export const ZERO = initial('zeros');
export const ONE = initial('ones');

type Options = Partial<Omit<Weight, 'shape'>>;

export const kernel = (shape: Shape, options: Options = {}): Weight => ({
  name: 'kernel',
  role: 'weight',
  argument: 'kernel_init',
  fallback: LECUN,
  shape,
  ...options,
});

export const recurrentKernel = (shape: Shape, options: Options = {}): Weight =>
  kernel(shape, { role: 'recurrentWeight', argument: 'recurrent_kernel_init', fallback: ORTHOGONAL, ...options });

export const bias = (shape: Shape, options: Options = {}): Weight => ({
  name: 'bias',
  role: 'bias',
  argument: 'bias_init',
  fallback: ZERO,
  shape,
  ...options,
});

export const biasIf = (context: LayerContext, shape: Shape, options: Options = {}): readonly Weight[] =>
  flag(context, 'use_bias', true) ? [bias(shape, options)] : [];

export const scale = (shape: Shape): Weight => ({ name: 'scale', role: 'gamma', argument: 'scale_init', fallback: ONE, shape });
