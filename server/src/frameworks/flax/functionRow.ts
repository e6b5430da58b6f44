/** What a row of the function table is, and the small parts that rows are made of. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, asScalar, type Bound, bind, native } from '../../interpreter/native.ts';
import type { Args, CallSite, NativeFunction, Value } from '../../interpreter/values.ts';
import { tuple, unknown } from '../../interpreter/values.ts';
import { unknownDistribution } from '../../network/distribution.ts';
import type { Op } from '../../network/op.ts';
import type { Dim, Shape } from '../../network/scalar.ts';
import { outputShape } from '../../network/shapes.ts';
import { shapeOf } from '../shared/graph.ts';
import { activationsIn } from '../shared/opaque.ts';
import { derived, emit, emitOpaque, type TensorData, tensorData, wrap } from '../shared/tensor.ts';

export interface Call {
  readonly interp: Interpreter;
  readonly site: CallSite;
  readonly name: string;
  /** First argument, and the tensor that it is or holds. */
  readonly first: Value;
  readonly x: TensorData;
  readonly bound: Bound;
  readonly args: Args;
}

/** What a row gives: an op over x, a finished value, or undefined where its arguments are not known. */
export type Outcome = Op | { readonly kind: 'value'; readonly value: Value } | undefined;

export interface FunctionRow {
  readonly names: readonly string[];
  /** Signature with the tensor first. */
  readonly signature: string;
  readonly run: (call: Call) => Outcome;
  /** Keeps the shape where it is not understood. */
  readonly sameShape?: boolean;
  /** On data and parameters it gives a view of the same values. */
  readonly rearranges?: boolean;
  /** Of plain numbers. */
  readonly onNumbers?: (numbers: readonly Value[], interp: Interpreter, site: CallSite) => Value | undefined;
}

export const value = (v: Value): Outcome => ({ kind: 'value', value: v });

export const emitWith = (call: Call, op: Op, inputs: readonly TensorData[], shape?: Shape | null): Outcome =>
  value(emit(call.interp, call.x.graph, { op, inputs, label: call.name, ...(shape !== undefined ? { shape } : {}) }, call.site));

const opaque = (call: Call, reason: string, shape: Shape | null): Value | undefined => {
  const inputs = activationsIn(tuple([...call.args.positional, ...call.args.keywords.values()]));
  return inputs.length === 0 ? undefined : emitOpaque(call.interp, call.x.graph, call.name, reason, inputs, call.site, shape);
};

const shapeAfter = (op: Op, shape: Shape | null): Shape | null => {
  try {
    return outputShape(op, [shape]);
  } catch {
    return null;
  }
};

/** A tensor among the leading arguments, or in a sequence that is the first. */
const tensorIn = (args: Args): TensorData | undefined => {
  const values = [...args.positional, ...args.keywords.values()];
  const [first] = values;
  const listed = first?.kind === 'list' || first?.kind === 'tuple' ? first.items.map(tensorData) : [];
  const all = [...values.map(tensorData), ...listed].filter((t) => t !== undefined);
  return all.find((t) => t.node !== null) ?? all[0];
};

/** A row as a function that Python code can call. */
export const rowFunction = (row: FunctionRow, name: string): NativeFunction =>
  native(name, (args, site, interp) => {
    const [first] = [...args.positional, ...args.keywords.values()];
    const x = tensorIn(args);
    if (!first || !x) return row.onNumbers?.(args.positional, interp, site) ?? unknown(`${name} of something that is no array`, site.span);
    const call: Call = { interp, site, name, first, x: tensorData(first) ?? x, bound: bind(row.signature, args), args };
    const outcome = row.run(call);
    if (outcome?.kind === 'value') return outcome.value;
    if (x.node === null) return onData(row, call, outcome);
    if (outcome) {
      const shape = outcome.kind === 'opaque' && row.sameShape ? { shape: shapeOf(x) } : {};
      return emit(interp, x.graph, { op: outcome, inputs: [call.x.node === null ? x : call.x], label: name, ...shape }, site);
    }
    return opaque(call, `${name} is not followed here`, row.sameShape ? shapeOf(x) : null) ?? unknown(name, site.span);
  });

/** Data and parameters are rearranged, not computed with. */
const onData = (row: FunctionRow, call: Call, outcome: Outcome): Value => {
  const { x } = call;
  if (row.rearranges) {
    const op = outcome && outcome.kind !== 'value' ? outcome : undefined;
    return wrap(call.interp, { ...x, shape: op ? shapeAfter(op, x.shape) : null }, call.site);
  }
  // What is computed from a parameter stays tied to it; its values are then not known.
  if (x.storage) {
    const computed =
      x.storage.isParameter || x.storage.of
        ? unknownDistribution(`${call.name} of a parameter`)
        : { kind: 'data' as const, what: call.name };
    const after = row.sameShape ? x.shape : outcome && outcome.kind !== 'value' ? shapeAfter(outcome, x.shape) : null;
    return derived(call.interp, x, computed, after, call.site);
  }
  const shape = row.sameShape ? x.shape : outcome && outcome.kind !== 'value' ? shapeAfter(outcome, x.shape) : null;
  return wrap(call.interp, { ...x, node: null, storage: null, shape }, call.site);
};

// ── arguments ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

export const normalAxis = (shape: Shape, at: number): number => (at < 0 ? at + shape.length : at);

/** Axes as numbers: an int or a sequence; undefined if unknown or None. */
export const axesOf = (v: Value | undefined): readonly number[] | undefined => {
  const one = asNumber(v);
  if (one !== undefined) return [one];
  if (v?.kind !== 'tuple' && v?.kind !== 'list') return undefined;
  const axes = v.items.map(asNumber);
  return axes.some((a) => a === undefined) ? undefined : (axes as number[]);
};

export const itemsOf = (v: Value | undefined): readonly Value[] | undefined =>
  (v?.kind === 'list' && !v.open) || v?.kind === 'tuple' ? v.items : undefined;

/** All items as tensors; undefined where one is none. */
export const tensorsOf = (v: Value | undefined): readonly TensorData[] | undefined => {
  const items = itemsOf(v)?.map(tensorData);
  return items?.every((t) => t !== undefined) ? (items as TensorData[]) : undefined;
};

export const isOn = (v: Value | undefined): boolean => v?.kind === 'bool' && v.value;

/** Sizes of a shape argument; an unknown one is undefined. */
export const sizesOf = (v: Value | undefined): readonly (Dim | undefined)[] | undefined => {
  const one = asScalar(v);
  if (one !== undefined) return [one];
  return itemsOf(v)?.map(asScalar);
};
