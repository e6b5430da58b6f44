/** `x[...]` on activations, parameters and data. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, asScalar } from '../../interpreter/native.ts';
import { type CallSite, int, type SliceValue, tuple, type Value } from '../../interpreter/values.ts';
import { add, type Dim, div, isNumber, mul, type Scalar, type Shape, symbol } from '../../network/scalar.ts';
import { isWhole } from './dtypes.ts';
import { shapeOf } from './graph.ts';
import { activation, dtypeOf, emit, emitOpaque, type TensorData, tensorData, wrap } from './tensor.ts';

interface Cut {
  readonly axis: number;
  readonly start: Dim | null;
  readonly size: Dim | null;
}

interface Indexed {
  readonly shape: Shape;
  readonly cuts: readonly Cut[];
}

const bound = (value: Value, size: Dim, fallback: Dim): Dim | undefined => {
  if (value.kind === 'none') return fallback;
  const at = asScalar(value);
  if (at === undefined) return undefined;
  return isNumber(at) && at < 0 ? add(size, at) : at;
};

/** Every `step`-th of `length` elements. */
const stepped = (length: Dim, step: number): Dim => {
  if (step === 1) return length;
  return isNumber(length) ? Math.ceil(length / step) : div(length, step);
};

/** `x[lower:upper:step]` of an axis: what it leaves, and the cut where it is not all. */
const sliced = (item: SliceValue, size: Dim, axis: number): { readonly size: Dim; readonly cut?: Cut } => {
  const step = item.step.kind === 'none' ? 1 : asNumber(item.step);
  const whole = item.lower.kind === 'none' && item.upper.kind === 'none';
  if (whole && (step === 1 || step === -1)) return { size };
  const somewhere: Cut = { axis, start: null, size: null };
  if (step === undefined || step === 0) return { size: symbol('part?'), cut: somewhere };
  if (whole) return { size: stepped(size, Math.abs(step)), cut: somewhere };
  const [lower, upper] = [bound(item.lower, size, 0), bound(item.upper, size, size)];
  const clipped = isNumber(upper ?? null) && isNumber(size) && (upper as number) > size ? size : upper;
  const length = step < 0 || lower === undefined || clipped === undefined ? undefined : add(clipped, mul(-1, lower));
  if (length === undefined) return { size: symbol('part?'), cut: somewhere };
  return step === 1
    ? { size: length, cut: { axis, start: lower ?? null, size: length } }
    : { size: stepped(length, step), cut: { ...somewhere, size: stepped(length, step) } };
};

/** Follows an index over a known shape; undefined where a part of it is not an int, a slice, None or an ellipsis. */
const follow = (shape: Shape, index: Value): Indexed | undefined => {
  const items = index.kind === 'tuple' ? [...index.items] : [index];
  const used = items.filter((i) => i.kind !== 'none' && i.kind !== 'ellipsis').length;
  const at = items.findIndex((i) => i.kind === 'ellipsis');
  const full: Value = { kind: 'slice', lower: { kind: 'none' }, upper: { kind: 'none' }, step: { kind: 'none' } };
  if (used > shape.length) return undefined;
  const missing = Array.from({ length: shape.length - used }, () => full);
  if (at >= 0) items.splice(at, 1, ...missing);
  else items.push(...missing);
  const out: Dim[] = [];
  const cuts: Cut[] = [];
  let axis = 0;
  for (const item of items) {
    if (item.kind === 'none') {
      out.push(1);
      continue;
    }
    const size = shape[axis];
    if (size === undefined) return undefined;
    if (item.kind === 'slice') {
      const part = sliced(item, size, axis);
      out.push(part.size);
      if (part.cut) cuts.push(part.cut);
    } else if (asScalar(item) !== undefined) {
      const start = asScalar(item) as Scalar;
      cuts.push({ axis, start: isNumber(start) && start < 0 ? add(size, start) : start, size: 1 });
    } else if (item.kind === 'list' && !item.open && item.items.every((i) => asScalar(i) !== undefined)) {
      out.push(item.items.length);
      cuts.push({ axis, start: null, size: item.items.length });
    } else return undefined;
    axis++;
  }
  return { shape: out, cuts };
};

/** Where a tensor of unknown rank is cut: `x[:, 0]` at axis 1, `x[..., :n]` at the last. */
const simpleCut = (index: Value): Cut | 'whole' | undefined => {
  const items = index.kind === 'tuple' ? index.items : [index];
  const known = items.every((i) => i.kind === 'none' || i.kind === 'ellipsis' || i.kind === 'slice' || asScalar(i) !== undefined);
  if (!known) return undefined;
  const dots = items.findIndex((i) => i.kind === 'ellipsis');
  // `None` adds an axis and takes none of the tensor's.
  const taken = items.filter((i) => i.kind !== 'none');
  const cuts = items.flatMap((item, i): Cut[] => {
    const at = i - items.slice(0, i).filter((other) => other.kind === 'none').length;
    const axis = dots >= 0 && i > dots ? at - taken.length : at;
    const start = asScalar(item);
    if (start !== undefined) return [{ axis, start: isNumber(start) && start < 0 ? null : start, size: 1 }];
    return item.kind === 'slice' && !(item.lower.kind === 'none' && item.upper.kind === 'none') ? [{ axis, start: null, size: null }] : [];
  });
  return cuts.at(-1) ?? 'whole';
};

/** `x[index]`, `x[:, index]` with a tensor of positions or a mask: rows are selected, their values stay. */
const gather = (index: Value, shape: Shape | null): { readonly cut: Cut; readonly shape: Shape | null } | undefined => {
  const items = index.kind === 'tuple' ? index.items : [index];
  const plain = (i: Value): boolean => i.kind === 'none' || i.kind === 'ellipsis' || i.kind === 'slice' || asScalar(i) !== undefined;
  const chosen = (i: Value): boolean => tensorData(i) !== undefined || (i.kind === 'list' && !i.open);
  const at = items.findIndex(chosen);
  if (at < 0 || !items.every((i) => plain(i) || chosen(i))) return undefined;
  const cut: Cut = { axis: items.some((i) => i.kind === 'ellipsis') ? at - items.length : at, start: null, size: null };
  const data = tensorData(items[at]);
  const picked = data && shapeOf(data);
  // What is not known to hold positions may be a mask, which says nothing of the shape.
  const dtype = data ? dtypeOf(data) : null;
  const known = shape && picked && items.length === 1 && dtype !== null && dtype !== 'bool' && isWhole(dtype);
  return { cut, shape: known ? [...picked, ...shape.slice(1)] : null };
};

/** Share of a tensor's elements that the cuts leave. */
const shareOf = (shape: Shape, cuts: readonly Cut[]): Scalar | null => {
  let share: Scalar = 1;
  for (const cut of cuts) {
    const size = shape[cut.axis];
    if (size === undefined || cut.size === null) return null;
    share = mul(share, div(cut.size, size));
  }
  return share;
};

export const getItem = (interp: Interpreter, x: TensorData, self: Value, index: Value, site: CallSite): Value => {
  const part = partOf(x, index);
  if (part) return getItem(interp, part.of, wrap(interp, part.of, site), part.index, site);
  const shape = shapeOf(x);
  const indexed = shape ? follow(shape, index) : undefined;
  if (x.storage) return wrap(interp, view(x, indexed), site);
  const gathered = indexed ? undefined : gather(index, shape);
  if (gathered)
    return emit(interp, x.graph, { op: { kind: 'slice', ...gathered.cut }, inputs: [x], label: 'getitem', shape: gathered.shape }, site);
  const cutAt = indexed || shape ? undefined : simpleCut(index);
  if (cutAt === 'whole') return emit(interp, x.graph, { op: { kind: 'identity' }, inputs: [x], label: 'getitem', shape: null }, site);
  if (cutAt) return emit(interp, x.graph, { op: { kind: 'slice', ...cutAt }, inputs: [x], label: 'getitem', shape: null }, site);
  if (!indexed) return emitOpaque(interp, x.graph, 'getitem', 'an index that is not known', [x], site);
  if (indexed.cuts.length === 0) {
    if (indexed.shape.length === shape?.length) return self;
    return emit(interp, x.graph, { op: { kind: 'identity' }, inputs: [x], label: 'getitem', shape: indexed.shape }, site);
  }
  // Several cuts in one index are one node: the last axis that is cut says where, the shape says the rest.
  const cut = indexed.cuts.at(-1) as Cut;
  return emit(
    interp,
    x.graph,
    { op: { kind: 'slice', axis: cut.axis, start: cut.start, size: cut.size }, inputs: [x], label: 'getitem', shape: indexed.shape },
    site,
  );
};

/** An item along the axis at which tensors were joined is an item of one of them: `torch.cat([a, b])[0]`, the last of the states. */
const partOf = (x: TensorData, index: Value): { readonly of: TensorData; readonly index: Value } | undefined => {
  const node = x.node === null ? undefined : x.graph.nodes[x.node];
  if (node?.op.kind !== 'concat' || node.op.axis !== 0 || !node.shape) return undefined;
  const [first, ...rest] = index.kind === 'tuple' ? index.items : [index];
  const asked = first?.kind === 'number' ? asNumber(first) : undefined;
  const total = node.shape[0];
  if (asked === undefined || total === undefined || !isNumber(total)) return undefined;
  let at = asked < 0 ? total + asked : asked;
  for (const input of node.inputs) {
    const shape = x.graph.nodes[input]?.shape;
    const size = shape?.[0];
    if (shape?.length !== node.shape.length || size === undefined || !isNumber(size)) return undefined;
    if (at >= 0 && at < size) return { of: activation(x.graph, input, x.integer), index: tuple([int(at), ...rest]) };
    at -= size;
  }
  return undefined;
};

/** The part of a storage that an index names. */
export const view = (x: TensorData, indexed: Indexed | undefined): TensorData => {
  const shape = x.shape;
  const share = indexed && shape ? shareOf(shape, indexed.cuts) : null;
  return { ...x, shape: indexed?.shape ?? null, share: share === null || x.share === null ? null : mul(x.share, share) };
};

export const viewAt = (x: TensorData, index: Value): TensorData => view(x, x.shape ? follow(x.shape, index) : undefined);
