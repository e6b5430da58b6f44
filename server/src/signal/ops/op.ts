/** What an op does to moments and to the gradient: the type of the rows in this folder, and what they get to see. */

import { momentsOf, type NumericMoments } from '../../network/moments.ts';
import type { Parameter, ParameterRole } from '../../network/network.ts';
import type { OpKind, OpOf } from '../../network/op.ts';
import { type Dim, evaluate, isNumber, type Scalar, type Shape } from '../../network/scalar.ts';
import type { Gradient, State } from '../state.ts';

export interface Context {
  readonly id: number;
  /** Of the numbers that finite widths draw (`draws.ts`). */
  readonly seed: number;
  readonly params: readonly Parameter[];
  /** Ids of the inputs: equal ids are one tensor. */
  readonly inputIds: readonly number[];
  readonly inputs: readonly State[];
  /** Of the inputs (`twins.ts`): equal numbers are what two samples of one tensor are. Null where there are none. */
  readonly twins?: readonly number[] | null;
  readonly inputShapes: readonly (Shape | null)[];
  readonly shape: Shape | null;
  readonly lookup: (name: string) => number | undefined;
  /** Recurrent layers of the whole network. */
  readonly recurrences?: number;
}

/** The new state, or the reason why there is none. */
export type Outcome = State | string;

export interface OpSignal<K extends OpKind> {
  readonly forward: (op: OpOf<K>, c: Context) => Outcome;
  /** One gradient per input; null where unknown. `output` is the state that forward gave. */
  readonly backward: (op: OpOf<K>, c: Context, gradient: Gradient, output: State) => readonly (Gradient | null)[];
  /** Needs nothing of its inputs' states. */
  readonly blind?: true;
}

export const number = (x: Scalar | null | undefined, c: Context): number | undefined =>
  x === null || x === undefined ? undefined : isNumber(x) ? x : evaluate(x, c.lookup);

export const parameter = (c: Context, role: ParameterRole): Parameter | undefined => c.params.find((p) => p.role === role);

/** Moments of a parameter's elements, or why they are unknown. */
export const parameterMoments = (p: Parameter, c: Context): NumericMoments | string => {
  if (p.loaded) return `${p.path} is loaded`;
  const moments = momentsOf(p.init.distribution, c.lookup);
  if (moments !== null) return moments;
  const { distribution } = p.init;
  return distribution.kind === 'unknown' ? `${p.path}: ${distribution.reason}` : `the values of ${p.path} are not known`;
};

/** Moments of a bias-like parameter; absent is zero. */
export const optionalMoments = (c: Context, role: ParameterRole, absent: number): NumericMoments | string => {
  const p = parameter(c, role);
  return p === undefined ? { mean: absent, std: 0, variance: 0 } : parameterMoments(p, c);
};

/** Number of elements of a shape without the batch axis (0); undefined if a size is unknown. */
export const elements = (shape: Shape | null | undefined): number | undefined => {
  if (!shape) return undefined;
  let count = 1;
  for (let axis = 1; axis < shape.length; axis++) {
    const size = shape[axis] as Dim;
    if (!isNumber(size)) return undefined;
    count *= size;
  }
  return count;
};

/** Elements of a tensor that lacks the batch axis of what it is added to; an unknown batch counts as one. */
const allElements = (shape: Shape): number | undefined => {
  const inner = elements(shape);
  const first = shape[0];
  return inner === undefined ? undefined : inner * (first !== undefined && isNumber(first) ? first : 1);
};

/** How many elements of the output there are for one of input `index`: what a broadcast or a slice does to a gradient. */
export const outputsPerInput = (c: Context, index: number): number => {
  const from = c.inputShapes[index];
  const lower = from && c.shape && from.length < c.shape.length;
  const out = lower ? allElements(c.shape as Shape) : elements(c.shape);
  const input = lower ? allElements(from) : elements(from);
  return out !== undefined && input !== undefined && input > 0 ? out / input : 1;
};
