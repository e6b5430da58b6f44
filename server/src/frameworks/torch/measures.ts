/** Functions whose moments are not modelled and whose shapes are: spreads, products, orders, positions. */
import { asNumber, asScalar } from '../../interpreter/native.ts';
import { FALSE, tuple, type Value } from '../../interpreter/values.ts';
import type { Op } from '../../network/op.ts';
import { mul, type Shape } from '../../network/scalar.ts';
import { broadcast } from '../../network/shapes.ts';
import { shapeOf } from '../shared/graph.ts';
import { emit, emitOpaque, type TensorData, tensorData } from '../shared/tensor.ts';
import { activationNamed } from './activations.ts';
import { axis, type Call, type FunctionRow, normalAxis, opaque, value } from './functionRow.ts';
import { axesOf } from './windows.ts';

const WHY = 'its moments are not modelled';

/** Shape without the axes that `dim` names, or with one element there. */
const reduced = (call: Call): Shape | null => {
  const shape = shapeOf(call.x);
  const dim = call.bound.get('dim');
  // `x.var(False)` says nothing of an axis.
  if (!shape || dim?.kind === 'bool') return null;
  const axes = !dim || dim.kind === 'none' ? shape.map((_, i) => i) : axesOf(dim)?.map((a) => normalAxis(shape, a));
  if (!axes) return null;
  const keeps = call.bound.get('keepdim') ?? FALSE;
  if (keeps.kind !== 'bool') return null;
  return keeps.value ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : shape.filter((_, i) => !axes.includes(i));
};

export const measured: FunctionRow['run'] = (call) => value(opaque(call, WHY, reduced(call)));

/** √Σx² along axes, step by step, so that a quotient by it is known for the norm that it is; of another order it is not modelled. */
export const vectorNorm: FunctionRow['run'] = (call) => {
  const order = call.bound.get('p') ?? call.bound.get('ord');
  const euclidean = !order || order.kind === 'none' || asNumber(order) === 2 || (order.kind === 'string' && order.value === 'fro');
  const shape = shapeOf(call.x);
  const dim = call.bound.get('dim');
  const axes = !dim || dim.kind === 'none' ? shape?.map((_, i) => i) : axesOf(dim);
  const keeps = call.bound.get('keepdim');
  if (!euclidean || !axes || keeps?.kind !== 'bool' || call.x.node === null) return measured(call);
  const step = (op: Op, x: TensorData): TensorData =>
    tensorData(emit(call.interp, x.graph, { op, inputs: [x], label: call.name }, call.site)) as TensorData;
  const squares = step(activationNamed('square'), call.x);
  const sum = step({ kind: 'reduce', reduce: 'sum', axes, keepAxes: keeps.value }, squares);
  return value(emitOpaque(call.interp, sum.graph, 'sqrt', WHY, [sum], call.site, shapeOf(sum)));
};

/** `sort`, `topk`: values and positions. */
export const ordered: FunctionRow['run'] = (call) => {
  const shape = shapeOf(call.x);
  const k = call.bound.get('k');
  const at = axis(call);
  const part = shape && at !== undefined && k ? shape.map((d, i) => (i === normalAxis(shape, at) ? (asScalar(k) ?? null) : d)) : shape;
  const known = part?.every((d) => d !== null) ? (part as Shape) : null;
  const [values, positions] = [opaque(call, WHY, known), opaque({ ...call, name: 'indices' }, WHY, known)];
  return value({ kind: 'tuple', items: [values, positions], names: ['values', 'indices'] });
};

/** Elementwise of two. */
export const between: FunctionRow['run'] = (call) => {
  const other = tensorData(call.bound.get('other'));
  return value(opaque(call, WHY, other ? broadcast([shapeOf(call.x), shapeOf(other)]) : shapeOf(call.x)));
};

/** Every value `repeats` times along an axis: the values stay. */
export const repeatInterleave: FunctionRow['run'] = (call) => {
  const shape = shapeOf(call.x);
  const [times, at] = [asScalar(call.bound.get('repeats')), asNumber(call.bound.get('dim'))];
  if (!shape || times === undefined || at === undefined) return { kind: 'identity' };
  const long = shape.map((d, i) => (i === normalAxis(shape, at) ? mul(d, times) : d));
  return { kind: 'reshape', shape: long };
};

/** Tensors as they are, each at least of a rank or of the common shape. */
export const sameTensors: FunctionRow['run'] = (call) => {
  const items = call.args.positional as readonly Value[];
  return value(items.length === 1 ? (items[0] as Value) : tuple(items));
};
