/**
 * What a row of the layer table says: given the constructor's arguments and the shapes of the incoming layers, which ops the layer is
 * and which parameters they hold. Lasagne makes the parameters in the constructor, where the shapes are known; a size that nobody gave
 * is a symbol.
 */
import type { Value } from '../../../interpreter/values.ts';
import type { ParameterRole } from '../../../network/network.ts';
import type { Op } from '../../../network/op.ts';
import { type Dim, type Scalar, type Shape, symbol } from '../../../network/scalar.ts';
import type { Fans } from '../../shared/fans.ts';
import type { LayerArguments } from '../../shared/layerArguments.ts';
import type { Storage } from '../../shared/storage.ts';

export { flag, given, number, size, sizes, text } from '../../shared/layerArguments.ts';

export interface Weight {
  /** Name below the layer: 'W', 'W_in_to_ingate'. */
  readonly name: string;
  readonly role: ParameterRole;
  readonly shape: Shape;
  /** Constructor argument that gives it; null where there is none. */
  readonly argument: string | null;
  /** What was given; undefined for the default. */
  readonly given: Value | undefined;
  /** The default, as the signature spells it: 'Normal(0.1)'. */
  readonly fallback: string;
  /** Fans of the signal, where the op alone does not give them. */
  readonly signal?: Fans;
  /** Of one gate of a recurrent layer. */
  readonly gate?: 'forget' | 'other';
  readonly trainable?: boolean;
  /** Another layer's parameter, taken as it is. */
  readonly storage?: Storage;
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

export interface LayerContext extends LayerArguments {
  /** Shapes of the incoming layers, batch first. */
  readonly inputs: readonly (Shape | null)[];
}

export interface LayerRow {
  readonly name: string;
  /** Constructor with `self` left out. Defaults of parameters and nonlinearities are strings: `W='GlorotUniform()'`. */
  readonly signature: string;
  /** Other class names for the same thing. */
  readonly aliases?: readonly string[];
  /** Takes a list of layers. */
  readonly merges?: boolean;
  /** Factors of the inputs of a weighted sum; undefined where one is not known. */
  readonly factors?: (context: LayerContext) => readonly Scalar[] | undefined;
  /** Argument whose function joins the inputs two by two, where it is one of the source. */
  readonly folds?: string;
  /** Argument whose function is applied to the result: 'nonlinearity', but for those that have theirs inside. */
  readonly applies?: string;
  readonly build: (context: LayerContext) => readonly Step[];
}

export const step = (op: Op, weights: readonly Weight[] = []): readonly Step[] => [{ op, weights }];

export const stateless = (name: string, signature: string, op: (context: LayerContext) => Op): LayerRow => ({
  name,
  signature,
  build: (context) => step(op(context)),
});

/** A layer that is not followed; its output has the shape that it says. */
export const unfollowed = (what: string, reason: string, shape?: Shape | null, weights: readonly Weight[] = []): readonly Step[] => [
  { op: { kind: 'opaque', what, reason }, weights, ...(shape === undefined ? {} : { shape }) },
];

export const input = (context: LayerContext, index = 0): Shape | null => context.inputs[index] ?? null;

/** Size of an axis of the input; a symbol that names the layer where it is not known. */
export const inputSize = (context: LayerContext, axis: number): Dim => input(context)?.at(axis) ?? symbol(`${context.name}.inputs`);

// ── weights ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

type WeightOptions = Pick<Weight, 'signal' | 'trainable'>;

/** A parameter by its argument, whose default stands in the signature; none where the argument is None. */
export const weight = (
  context: LayerContext,
  argument: string,
  role: ParameterRole,
  shape: Shape,
  options: WeightOptions & { readonly name?: string } = {},
): readonly Weight[] => {
  const value = context.args.get(argument);
  if (value?.kind === 'none') return [];
  const isGiven = context.args.has(argument) || value?.kind !== 'string';
  const fallback = isGiven ? '' : value.value;
  return [{ name: argument, role, shape, argument, given: isGiven ? value : undefined, fallback, ...options }];
};
