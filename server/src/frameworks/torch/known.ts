/** Tensors whose values are known: `torch.arange(n) * a + b`, `torch.linspace(…)`, `torch.tensor([…])`, and what is computed from them. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, bind } from '../../interpreter/native.ts';
import type { Args, CallSite, Value } from '../../interpreter/values.ts';
import { float, int, list, tuple } from '../../interpreter/values.ts';
import type { Op } from '../../network/op.ts';
import { isNumber, type Shape } from '../../network/scalar.ts';
import { binary, flipped, itemAt, type Numbers, numbers, permuted, split, unary, unique } from '../shared/numbers.ts';
import { newStorage } from '../shared/storage.ts';
import { type TensorData, tensorData } from '../shared/tensor.ts';
import { makeInit, tensorOf } from './state.ts';

/** Values of a tensor while nothing was drawn over them. */
export const numbersOf = (data: TensorData | undefined): Numbers | undefined => {
  const storage = data?.storage;
  if (!storage?.numbers || data?.share !== 1 || storage.isParameter || storage.init !== storage.numbers.init) return undefined;
  // A view of another shape sees the values in an order of its own.
  const { values } = storage.numbers;
  const same = data.shape?.length === values.shape.length && values.shape.every((n, i) => n === data.shape?.[i]);
  return same ? values : undefined;
};

export const knownTensor = (interp: Interpreter, values: Numbers, name: string, site: CallSite): Value => {
  const first = values.values[0];
  const constant = first !== undefined && values.values.every((v) => v === first);
  const init = makeInit(interp, constant ? { kind: 'constant', value: first } : { kind: 'data', what: name }, 'call', name, site.span);
  const storage = newStorage(interp, { shape: values.shape, init, span: site.span, fresh: true, numbers: values });
  return tensorOf(interp, storage, site);
};

const sideOf = (value: Value | undefined): Numbers | undefined => {
  const number = asNumber(value);
  if (number === undefined) return numbersOf(tensorData(value));
  return numbers([], [number], value?.kind === 'bool' || (value?.kind === 'number' && !value.float));
};

/** `a op b` on known values, one of them a tensor. */
export const knownBinary = (
  interp: Interpreter,
  op: string,
  a: Value | undefined,
  b: Value | undefined,
  site: CallSite,
): Value | undefined => {
  if (!numbersOf(tensorData(a)) && !numbersOf(tensorData(b))) return undefined;
  const [left, right] = [sideOf(a), sideOf(b)];
  const result = left && right && binary(op, left, right);
  return result && knownTensor(interp, result, op, site);
};

/** `f(x)`: of a vector, along its one axis or over all of it. */
export const knownUnary = (interp: Interpreter, args: Args, data: TensorData, site: CallSite, name: string): Value | undefined => {
  const values = args.positional.length === 1 ? numbersOf(data) : undefined;
  const along = args.keywords.has('dim') || args.keywords.has('axis');
  // Along an axis `max` gives the places too.
  if (along && (values?.shape.length !== 1 || name === 'max' || name === 'min')) return undefined;
  if (args.keywords.has('keepdim')) return undefined;
  const result = values && unary(name, values);
  return result && knownTensor(interp, result, name, site);
};

/** `x.view(2, 3)`, `x.t()`: known values in another shape or order of axes. */
export const knownRearranged = (
  interp: Interpreter,
  name: string,
  op: Op | undefined,
  shape: Shape | null,
  data: TensorData,
  site: CallSite,
): Value | undefined => {
  const values = numbersOf(data);
  if (!values || !shape?.every((n) => isNumber(n))) return undefined;
  const result = op?.kind === 'permute' ? permuted(values, op.axes) : numbers(shape as readonly number[], values.values, values.integer);
  return result && knownTensor(interp, result, name, site);
};

/** `x.flip(0)`, `torch.flip(x, (0, 1))` of known values. */
export const knownFlip = (interp: Interpreter, axes: readonly Value[], data: TensorData, site: CallSite): Value | undefined => {
  const values = numbersOf(data);
  const at = axes.map((axis) => asNumber(axis));
  if (!values || at.length === 0 || at.some((axis) => axis === undefined)) return undefined;
  const result = flipped(
    values,
    at.map((axis) => ((axis as number) < 0 ? (axis as number) + values.shape.length : (axis as number))),
  );
  return result && knownTensor(interp, result, 'flip', site);
};

/** A number, or a tensor of data that holds one number everywhere. */
export const constantOf = (given: Value | undefined): number | undefined => {
  const plain = asNumber(given);
  if (plain !== undefined) return plain;
  const storage = tensorData(given)?.storage;
  const distribution = storage && !storage.isParameter && !storage.of ? storage.init.distribution : undefined;
  return distribution?.kind === 'constant' && isNumber(distribution.value) ? distribution.value : undefined;
};

const number = (x: number, integer: boolean): Value => (integer ? int(x) : float(x));

/** The one value of a tensor with one element. */
export const itemOf = (data: TensorData): Value | undefined => {
  const values = numbersOf(data);
  return values?.values.length === 1 ? number(values.values[0] as number, values.integer) : undefined;
};

export const listOf = (data: TensorData): Value | undefined => {
  const values = numbersOf(data);
  if (!values) return undefined;
  const build = (part: Numbers): Value => {
    const [length] = part.shape;
    if (length === undefined) return number(part.values[0] as number, part.integer);
    return list(Array.from({ length }, (_, i) => build(itemAt(part, i) as Numbers)));
  };
  return build(values);
};

/** `x[i]` on known values. */
export const knownItem = (interp: Interpreter, data: TensorData, index: Value | undefined, site: CallSite): Value | undefined => {
  const values = numbersOf(data);
  const at = index?.kind === 'number' ? asNumber(index) : undefined;
  const item = values && at !== undefined ? itemAt(values, at) : undefined;
  return item && knownTensor(interp, item, 'getitem', site);
};

/** `torch.unique(x)`, with the places and counts that were asked for; undefined where it is not known what was asked for. */
export const knownUnique = (interp: Interpreter, args: Args, data: TensorData, site: CallSite): Value | undefined => {
  const values = numbersOf(data);
  const bound = bind('input, sorted=True, return_inverse=False, return_counts=False, dim=None', args);
  const asked = (['return_inverse', 'return_counts'] as const).map((name) => interp.truth(bound.get(name) as Value));
  if (!values || asked.includes(undefined) || bound.get('dim')?.kind !== 'none') return undefined;
  const found = unique(values);
  const parts = [found.values, ...(asked[0] ? [found.inverse] : []), ...(asked[1] ? [found.counts] : [])];
  const tensors = parts.map((part) => knownTensor(interp, part, 'unique', site));
  return tensors.length === 1 ? tensors[0] : tuple(tensors);
};

/** `x.split(size)` or `x.split([a, b, …])` along the first axis. */
export const knownSplit = (interp: Interpreter, args: Args, data: TensorData, site: CallSite): Value | undefined => {
  const values = numbersOf(data);
  const length = values?.shape[0];
  const bound = bind('input, split_size_or_sections, dim=0', args);
  const given = bound.get('split_size_or_sections');
  if (!values || length === undefined || asNumber(bound.get('dim')) !== 0) return undefined;
  const listed = given?.kind === 'list' || given?.kind === 'tuple' ? given.items.map((v) => asNumber(v) ?? Number.NaN) : undefined;
  const size = asNumber(given) ?? 0;
  if (!listed && !(size >= 1)) return undefined;
  const sizes = listed ?? Array.from({ length: Math.ceil(length / size) }, (_, i) => Math.min(size, length - i * size));
  const parts = split(values, sizes);
  return parts && tuple(parts.map((part) => knownTensor(interp, part, 'split', site)));
};
