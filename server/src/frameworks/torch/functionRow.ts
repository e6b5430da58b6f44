/** What a row of the function table is, and the small parts that rows are made of. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, type Bound } from '../../interpreter/native.ts';
import type { Args, CallSite, Value } from '../../interpreter/values.ts';
import { tuple } from '../../interpreter/values.ts';
import type { Op } from '../../network/op.ts';
import type { Shape } from '../../network/scalar.ts';
import { type DType, isWhole } from '../shared/dtypes.ts';
import { shapeOf } from '../shared/graph.ts';
import { activationsIn } from '../shared/opaque.ts';
import { dtypeOf, emit, emitOpaque, type TensorData, tensorData, withType, wrap } from '../shared/tensor.ts';
import { movedTensor } from './devices.ts';
import { convertedType, saidType } from './dtypes.ts';

export interface Call {
  readonly interp: Interpreter;
  readonly site: CallSite;
  readonly name: string;
  /** The first tensor argument, an activation. */
  readonly x: TensorData;
  readonly bound: Bound;
  readonly args: Args;
}

/** What a row gives: an op over x, a finished value, or undefined where its arguments are not known. */
export type Outcome = Op | { readonly kind: 'value'; readonly value: Value } | undefined;

export interface FunctionRow {
  /** Signature with the input first. */
  readonly signature: string;
  readonly run: (call: Call) => Outcome;
  /** Keeps the shape where it is not understood. */
  readonly sameShape?: boolean;
  /** Its activations may stand anywhere among the arguments. */
  readonly anywhere?: boolean;
}

export const value = (v: Value): Outcome => ({ kind: 'value', value: v });

/** The data type that a call's keyword names. */
const typeSaid = (call: Call): { readonly dtype?: DType | null } => {
  const said = call.args.keywords.has('dtype') ? saidType(call.name, call.args) : undefined;
  return said === undefined ? {} : { dtype: said };
};

export const emitWith = (call: Call, op: Op, inputs: readonly TensorData[], shape?: Shape | null): Outcome =>
  value(
    emit(
      call.interp,
      call.x.graph,
      { op, inputs, label: call.name, ...(shape !== undefined ? { shape } : {}), ...typeSaid(call) },
      call.site,
    ),
  );

export const opaque = (call: Call, reason: string, shape: Shape | null = null, dtype?: DType | null): Value => {
  const inputs = activationsIn(tuple([...call.args.positional, ...call.args.keywords.values()]));
  return emitOpaque(
    call.interp,
    call.x.graph,
    call.name,
    reason,
    inputs.length > 0 ? inputs : [call.x],
    call.site,
    shape,
    dtype ?? saidType(call.name, call.args),
  );
};

/** Moments unchanged, shape as given: repeats, rolls, index order. */
export const rearranged = (call: Call, shape: Shape | null): Outcome => emitWith(call, { kind: 'identity' }, [call.x], shape);

/** The same tensor, of another data type where one is named. Floats made whole are no longer the same values. */
export const converted: FunctionRow['run'] = (call) => {
  const self = call.args.positional[0] as Value;
  const said = convertedType(call.name, call.args);
  const from = dtypeOf(call.x);
  if (tensorData(self)?.node == null) return value(self);
  const to = said === undefined ? from : said;
  if (to !== from && to !== null && isWhole(to) && from !== null && (!isWhole(from) || to === 'bool'))
    return value(opaque(call, 'values made whole', shapeOf(call.x), to));
  const typed = (): Value => wrap(call.interp, withType(call.x, to), call.site);
  return value(movedTensor(call.name, call.args, to === from ? self : typed(), call.interp, typed));
};

export const axis = (call: Call, name = 'dim'): number | undefined => asNumber(call.bound.get(name));

export const normalAxis = (shape: Shape, at: number): number => (at < 0 ? at + shape.length : at);

/** Positional sizes given as `f(x, 2, 3)` or `f(x, (2, 3))`. */
export const listed = (call: Call, name: string): readonly Value[] => {
  const named = call.bound.get(name);
  const items = named ? [named] : [...call.bound.rest];
  const first = items[0];
  return items.length === 1 && (first?.kind === 'tuple' || first?.kind === 'list') ? first.items : items;
};
