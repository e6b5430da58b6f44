/** Functions that move values about: views, axes, parts, concatenation, reductions. */
import { asNumber, asScalar } from '../../interpreter/native.ts';
import type { Value } from '../../interpreter/values.ts';
import { list, tuple, unknown } from '../../interpreter/values.ts';
import { add, BATCH, type Dim, div, isNumber, mul, type Shape, scalarOp, sub, symbol } from '../../network/scalar.ts';
import { outputShape } from '../../network/shapes.ts';
import { shapeOf } from '../shared/graph.ts';
import { dtypeOf, emit, type TensorData, tensorData, wrap } from '../shared/tensor.ts';
import { axis, type Call, emitWith, type FunctionRow, listed, normalAxis, type Outcome, opaque, rearranged, value } from './functionRow.ts';
import { dimOf, torchState } from './state.ts';
import { axesOf } from './windows.ts';

export const reshape: FunctionRow['run'] = (call) => {
  const items = listed(call, 'shape');
  const input = shapeOf(call.x);
  if (items.length === 0) return value(call.args.positional[0] as Value);
  const shape = items.map((item, i) => {
    const size = asScalar(item);
    if (size !== undefined) return size;
    return i === 0 && item.kind === 'unknown' ? BATCH : dimOf(call.interp, item, 'size');
  });
  // x.view(x.shape[0], …) before any shape is known still keeps the batch axis.
  if (!input) return { kind: 'reshape', shape };
  return { kind: 'reshape', shape };
};

export const permute: FunctionRow['run'] = (call) => {
  const axes = axesOf(tuple(listed(call, 'dims')));
  return axes ? { kind: 'permute', axes } : undefined;
};

export const transpose: FunctionRow['run'] = (call) => {
  const [a, b] = [asNumber(call.bound.get('dim0')), asNumber(call.bound.get('dim1'))];
  const shape = shapeOf(call.x);
  if (a === undefined || b === undefined) return undefined;
  if (!shape) return emitWith(call, { kind: 'identity' }, [call.x], null);
  const axes = shape.map((_, i) => i);
  const [i, j] = [normalAxis(shape, a), normalAxis(shape, b)];
  if (axes[i] === undefined || axes[j] === undefined) return undefined;
  axes[i] = j;
  axes[j] = i;
  return { kind: 'permute', axes };
};

export const matrixTranspose: FunctionRow['run'] = (call) => {
  const rank = shapeOf(call.x)?.length;
  if (rank === undefined || rank < 2) return emitWith(call, { kind: 'identity' }, [call.x], null);
  const axes = Array.from({ length: rank }, (_, i) => i);
  axes[rank - 1] = rank - 2;
  axes[rank - 2] = rank - 1;
  return { kind: 'permute', axes };
};

export const squeeze: FunctionRow['run'] = (call) => {
  const shape = shapeOf(call.x);
  const at = call.bound.has('dim') ? axesOf(call.bound.get('dim')) : null;
  if (!shape || at === undefined) return rearranged(call, null);
  const drop = at?.map((a) => normalAxis(shape, a));
  return { kind: 'reshape', shape: shape.filter((size, i) => !(size === 1 && (!drop || drop.includes(i)))) };
};

export const unsqueeze: FunctionRow['run'] = (call) => {
  const shape = shapeOf(call.x);
  const at = axis(call);
  if (!shape || at === undefined) return rearranged(call, null);
  const i = at < 0 ? at + shape.length + 1 : at;
  return { kind: 'reshape', shape: [...shape.slice(0, i), 1, ...shape.slice(i)] };
};

export const reduceBy =
  (kind: 'mean' | 'sum' | 'max'): FunctionRow['run'] =>
  (call) => {
    const shape = shapeOf(call.x);
    const given = call.bound.get('dim');
    const keepAxes = call.bound.get('keepdim')?.kind === 'bool' && (call.bound.get('keepdim') as { value: boolean }).value;
    if (!given || given.kind === 'none') {
      if (!shape) return rearrangedOpaque(call);
      return { kind: 'reduce', reduce: kind, axes: shape.map((_, i) => i), keepAxes };
    }
    const axes = axesOf(given);
    return axes ? { kind: 'reduce', reduce: kind, axes, keepAxes } : undefined;
  };

export const rearrangedOpaque = (call: Call): Outcome => value(opaque(call, 'reduction over an unknown shape'));

/** `x.max(dim)` gives values and indices. */
export const maxOf: FunctionRow['run'] = (call) => {
  const at = call.bound.get('dim');
  if (!at || at.kind === 'none') return reduceBy('max')(call);
  if (tensorData(at)) {
    const other = tensorData(at) as TensorData;
    return other.node !== null ? emitWith(call, { kind: 'maximum' }, [call.x, other]) : undefined;
  }
  const axes = axesOf(at);
  if (!axes) return undefined;
  const keepAxes = call.bound.get('keepdim')?.kind === 'bool' && (call.bound.get('keepdim') as { value: boolean }).value;
  const max = emit(
    call.interp,
    call.x.graph,
    { op: { kind: 'reduce', reduce: 'max', axes, keepAxes }, inputs: [call.x], label: call.name },
    call.site,
  );
  return value({ kind: 'tuple', items: [max, unknown('indices')], names: ['values', 'indices'] });
};

/** One part along an axis; of data it is a view. */
const partOf = (call: Call, at: number, start: Dim | null, size: Dim | null, shape?: Shape): Value => {
  const { x, interp, site } = call;
  const op = { kind: 'slice', axis: at, start, size } as const;
  if (x.node !== null) return emit(interp, x.graph, { op, inputs: [x], label: call.name, ...(shape ? { shape } : {}) }, site);
  const whole = x.shape?.[normalAxis(x.shape, at)];
  const share = whole === undefined || size === null || x.share === null ? null : mul(x.share, div(size, whole));
  return wrap(interp, { ...x, shape: shape ?? (x.shape ? outputShape(op, [x.shape]) : null), share }, site);
};

/** Parts of x along an axis, with their sizes where known. */
export const parts = (call: Call, at: number, sizes: readonly (Dim | null)[]): Outcome => {
  let start: Dim | null = 0;
  const items = sizes.map((size): Value => {
    const part = partOf(call, at, start, size);
    start = start === null || size === null ? null : add(start, size);
    return part;
  });
  return value(tuple(items));
};

export const chunk: FunctionRow['run'] = (call) => {
  const n = asNumber(call.bound.get('chunks'));
  const at = axis(call);
  if (n === undefined || at === undefined || n < 1 || n > 64) return undefined;
  const shape = shapeOf(call.x);
  const whole = shape?.[normalAxis(shape, at)];
  const size = whole === undefined ? null : isNumber(whole) ? Math.ceil(whole / n) : div(whole, n);
  return parts(
    call,
    at,
    // The last part is what is left.
    Array.from({ length: n }, (_, i) => (i === n - 1 && isNumber(size) && isNumber(whole) ? Math.max(0, whole - size * i) : size)),
  );
};

/** `tensor_split(x, n)`, or at the indices that a sequence gives. */
export const tensorSplit: FunctionRow['run'] = (call) => {
  const named = call.args.keywords.get('indices') ?? call.args.keywords.get('sections');
  const given = named ?? call.bound.get('indices_or_sections');
  const at = axis(call);
  const shape = shapeOf(call.x);
  const whole = (at === undefined ? undefined : shape?.[normalAxis(shape, at)]) ?? null;
  if (at === undefined || !given) return undefined;
  if (given.kind === 'list' || given.kind === 'tuple') {
    const ends = [0, ...given.items.map((item) => asScalar(item) ?? null), whole];
    if (ends.some((end) => isNumber(end ?? 0) && (end as number) < 0)) return undefined;
    const sizes = ends.slice(1).map((end, i) => (end === null || ends[i] === null ? null : sub(end, ends[i] as Dim)));
    return parts(call, at, sizes);
  }
  const n = asNumber(given);
  if (n === undefined || n < 1 || n > 64) return undefined;
  // The first parts take one more where the size does not divide.
  const sizeOf = (i: number): Dim | null =>
    whole === null ? null : isNumber(whole) ? Math.floor(whole / n) + (i < whole % n ? 1 : 0) : div(whole, n);
  return parts(
    call,
    at,
    Array.from({ length: n }, (_, i) => sizeOf(i)),
  );
};

/** Parts of sizes and number unknown (`x.split(lengths.tolist())`): one of them stands for all. */
const piecewise = (call: Call, at: number): Outcome => {
  const piece = partOf(call, at, null, null);
  const node = tensorData(piece)?.node;
  if (node != null) torchState(call.interp).pieces.add(node);
  return value(list([piece], true));
};

/** Whether a node was computed from such a part. */
const isPiece = (call: Call, of: TensorData): boolean => {
  const { pieces } = torchState(call.interp);
  const open = pieces.size > 0 && of.node !== null ? [of.node] : [];
  const seen = new Set(open);
  for (let id = open.pop(); id !== undefined && seen.size < FAR; id = open.pop()) {
    if (pieces.has(id)) return true;
    for (const input of of.graph.nodes[id]?.inputs ?? []) if (!seen.has(input)) open.push(input);
    seen.add(id);
  }
  return false;
};

/** Nodes between a split and the place where its parts are joined. */
const FAR = 200;

export const split: FunctionRow['run'] = (call) => {
  const at = axis(call);
  if (at === undefined) return undefined;
  const given = call.bound.get('split_size_or_sections');
  if (given?.kind === 'list' || given?.kind === 'tuple')
    return parts(
      call,
      at,
      given.items.map((item) => asScalar(item) ?? null),
    );
  const size = asScalar(given);
  const shape = shapeOf(call.x);
  const whole = shape?.[normalAxis(shape, at)];
  if (given?.kind === 'unknown' && size === undefined && call.x.node !== null) return piecewise(call, at);
  if (size === undefined || whole === undefined) return undefined;
  const full = scalarOp('//', whole, size);
  if (!isNumber(full)) return undefined;
  // The last part is what is left.
  const left = isNumber(whole) && isNumber(size) ? whole - full * size : 0;
  const count = full + (left > 0 ? 1 : 0);
  if (count < 1 || count > 64) return undefined;
  return parts(
    call,
    at,
    Array.from({ length: count }, (_, i) => (i === count - 1 && left > 0 ? left : size)),
  );
};

export const unbind: FunctionRow['run'] = (call) => {
  const at = axis(call);
  const shape = shapeOf(call.x);
  const count = at === undefined ? undefined : shape?.[normalAxis(shape, at)];
  if (at === undefined || !shape || !isNumber(count ?? null) || (count as number) > 64) return undefined;
  const rest = shape.filter((_, i) => i !== normalAxis(shape, at));
  const items = Array.from({ length: count as number }, (_, i) => partOf(call, at, i, 1, rest));
  return value(tuple(items));
};

export const tensorsOf = (v: Value | undefined): readonly (TensorData | undefined)[] | undefined =>
  v?.kind === 'list' && v.open ? undefined : v?.kind === 'list' || v?.kind === 'tuple' ? v.items.map(tensorData) : undefined;

const isEmpty = (shape: readonly Dim[] | null): boolean => shape?.length === 1 && shape[0] === 0;

export const concat: FunctionRow['run'] = (call) => {
  const at = axis(call);
  const given = call.args.positional[0] ?? call.bound.get('tensors');
  const [only] = given?.kind === 'list' && given.open && given.items.length === 1 ? given.items.map(tensorData) : [];
  if (only && at !== undefined && isPiece(call, only)) {
    const shape = shapeOf(only);
    const whole = shape?.map((size, i) => (i === normalAxis(shape, at) ? symbol('length?') : size));
    return emitWith(call, { kind: 'identity' }, [only], whole);
  }
  const all = tensorsOf(call.args.positional[0] ?? call.bound.get('tensors'));
  // A tensor of no elements (`torch.tensor([])`, what a cache begins with) fits any other.
  const items = all?.filter((t) => !t || !isEmpty(shapeOf(t)));
  if (!items || at === undefined || items.some((t) => t === undefined)) return undefined;
  if (items.length === 1) return emitWith(call, { kind: 'identity' }, items as TensorData[]);
  return emitWith(call, { kind: 'concat', axis: at }, items as TensorData[]);
};

export const stack: FunctionRow['run'] = (call) => {
  const at = axis(call) ?? 0;
  const items = tensorsOf(call.args.positional[0] ?? call.bound.get('tensors'));
  if (!items || items.some((t) => t === undefined)) return undefined;
  const shape = shapeOf(items[0] as TensorData);
  const i = shape && at < 0 ? at + shape.length + 1 : at;
  return emitWith(
    call,
    { kind: 'concat', axis: at },
    items as TensorData[],
    shape && [...shape.slice(0, i), items.length, ...shape.slice(i)],
  );
};

export const expand: FunctionRow['run'] = (call) => {
  const shape = shapeOf(call.x);
  const sizes = listed(call, 'sizes').map((v) => asScalar(v));
  if (!shape || sizes.length < shape.length) return rearranged(call, null);
  const offset = sizes.length - shape.length;
  return rearranged(
    call,
    sizes.map((s, i) => (s === -1 || s === undefined ? (shape[i - offset] ?? symbol('size?')) : s)),
  );
};

export const repeat: FunctionRow['run'] = (call) => {
  const shape = shapeOf(call.x);
  const times = listed(call, 'repeats').map((v) => asScalar(v));
  if (!shape || times.length < shape.length || times.some((t) => t === undefined)) return rearranged(call, null);
  const offset = times.length - shape.length;
  return rearranged(
    call,
    times.map((t, i) => mul(t as Dim, shape[i - offset] ?? 1)),
  );
};

export const unflatten: FunctionRow['run'] = (call) => {
  const shape = shapeOf(call.x);
  const at = axis(call);
  const sizes = call.bound.get('sizes');
  if (!shape || at === undefined || (sizes?.kind !== 'tuple' && sizes?.kind !== 'list')) return rearranged(call, null);
  const i = normalAxis(shape, at);
  return {
    kind: 'reshape',
    shape: [...shape.slice(0, i), ...sizes.items.map((s) => dimOf(call.interp, s, 'size')), ...shape.slice(i + 1)],
  };
};

export const pixelShuffle =
  (up: boolean): FunctionRow['run'] =>
  (call) => {
    const r = asScalar(call.bound.get('factor'));
    const shape = shapeOf(call.x);
    if (r === undefined || shape?.length !== 4) return rearranged(call, null);
    const [n, c, h, w] = shape as [Dim, Dim, Dim, Dim];
    const area = mul(r, r);
    return rearranged(call, up ? [n, div(c, area), mul(h, r), mul(w, r)] : [n, mul(c, area), div(h, r), div(w, r)]);
  };

export const flatten: FunctionRow['run'] = (call) => {
  const [startAxis, endAxis] = [asNumber(call.bound.get('start_dim')), asNumber(call.bound.get('end_dim'))];
  return startAxis === undefined || endAxis === undefined ? undefined : { kind: 'flatten', startAxis, endAxis };
};

/** `narrow(dim, start, length)`: one part along an axis. */
export const narrow: FunctionRow['run'] = (call) => {
  const at = axis(call);
  if (at === undefined) return undefined;
  return { kind: 'slice', axis: at, start: asScalar(call.bound.get('start')) ?? null, size: asScalar(call.bound.get('length')) ?? null };
};

/** `select(dim, index)`: one place of an axis, which goes. */
export const select: FunctionRow['run'] = (call) => {
  const at = axis(call);
  const shape = shapeOf(call.x);
  if (at === undefined) return undefined;
  const rest = shape?.filter((_, i) => i !== normalAxis(shape, at)) ?? null;
  return emitWith(call, { kind: 'slice', axis: at, start: asScalar(call.bound.get('index')) ?? null, size: 1 }, [call.x], rest);
};

/** Values that positions pick along an axis: what they are is kept; how many `gather` says by the shape of the positions. */
export const picked: FunctionRow['run'] = (call) => {
  const at = axis(call);
  const [source, positions] = ['input', 'index'].map((name) => tensorData(call.bound.get(name)));
  const shape = call.name === 'gather' && positions ? shapeOf(positions) : null;
  // Of data, those that an input names.
  if (source?.node === null) return value(opaque(call, 'an input says which of the data', shape, dtypeOf(source)));
  return at === undefined || !source ? undefined : emitWith(call, { kind: 'slice', axis: at, start: null, size: null }, [source], shape);
};

export const moveAxis: FunctionRow['run'] = (call) => {
  const shape = shapeOf(call.x);
  const [from, to] = [axesOf(call.bound.get('source')), axesOf(call.bound.get('destination'))];
  if (!shape || !from || !to || from.length !== to.length) return undefined;
  const order: (number | undefined)[] = shape.map(() => undefined);
  from.forEach((a, i) => {
    order[normalAxis(shape, to[i] as number)] = normalAxis(shape, a);
  });
  const rest = shape.map((_, i) => i).filter((i) => !order.includes(i));
  return { kind: 'permute', axes: order.map((a) => a ?? (rest.shift() as number)) };
};
