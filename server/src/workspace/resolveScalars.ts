/** Puts numbers in for symbols, all through a value: sizes of an op, a distribution, a shape. */
import { evaluate, type Scalar } from '../network/scalar.ts';

export type Values = (name: string) => number | undefined;

const isExpression = (x: object): x is Exclude<Scalar, number> => 'args' in x && 'text' in x && 'kind' in x;

/** A copy with every expression that has a value replaced by it; what has none stays as it is. */
export const resolveScalars = <T>(x: T, values: Values): T => {
  if (typeof x !== 'object' || x === null) return x;
  if (Array.isArray(x)) return x.map((item) => resolveScalars(item, values)) as T;
  if (isExpression(x)) return (evaluate(x, values) ?? x) as T;
  return Object.fromEntries(Object.entries(x).map(([key, value]) => [key, resolveScalars(value, values)])) as T;
};
