/** Arguments of a layer's constructor as sizes, numbers and switches; a size that nobody gave is a symbol that names the layer. */
import { asScalar, asSizes, asString, type Bound } from '../../interpreter/native.ts';
import { type Dim, symbol } from '../../network/scalar.ts';

export interface LayerArguments {
  readonly args: Bound;
  /** Under which sizes appear that nobody gave. */
  readonly name: string;
}

/** A size: known, symbolic by the argument's own name, or a symbol that names the layer. */
export const size = ({ args, name }: LayerArguments, argument: string): Dim =>
  asScalar(args.get(argument)) ?? symbol(`${name}.${argument}`);

export const number = ({ args }: LayerArguments, argument: string, fallback: number): number => {
  const value = asScalar(args.get(argument));
  return typeof value === 'number' ? value : fallback;
};

export const flag = ({ args }: LayerArguments, argument: string, fallback: boolean): boolean => {
  const value = args.get(argument);
  if (value?.kind === 'bool') return value.value;
  if (value?.kind === 'number') return value.value !== 0;
  if (value?.kind === 'none') return false;
  return fallback;
};

export const text = ({ args }: LayerArguments, argument: string): string | undefined => asString(args.get(argument));

export const sizes = (context: LayerArguments, argument: string, rank: number, fallback?: Dim): readonly Dim[] => {
  const given = asSizes(context.args.get(argument), rank);
  if (given) return given;
  return Array.from({ length: rank }, (_, i) => fallback ?? symbol(`${context.name}.${argument}${rank > 1 ? i : ''}`));
};

export const given = ({ args }: LayerArguments, argument: string): boolean => {
  const value = args.get(argument);
  return value !== undefined && value.kind !== 'none';
};
