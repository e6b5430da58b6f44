/** Attributes, operators and methods of arrays. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, asScalar, native } from '../../interpreter/native.ts';
import type { CallSite, InstanceValue, NativeCall, Value } from '../../interpreter/values.ts';
import { int, list, args as makeArgs, NONE, tuple, unknown } from '../../interpreter/values.ts';
import { type Distribution, unknownDistribution } from '../../network/distribution.ts';
import { type Dim, isNumber, product as productOf } from '../../network/scalar.ts';
import { replacePart } from '../shared/arithmetic.ts';
import { getItem, viewAt } from '../shared/indexing.ts';
import { draw, transform } from '../shared/storage.ts';
import { derived, type TensorData, tensorData } from '../shared/tensor.ts';
import { arithmetic } from './arithmetic.ts';
import { chosen, type Elementwise, type Operator, Reduction } from './elementwise.ts';
import { FUNCTIONS, opaque, transpose } from './functions.ts';
import { asElementwise, product, visibleShape } from './product.ts';
import { ARRAY, arrayOf, drawn, gradient, initOf, isGradient, itemsOf, storedIn } from './state.ts';

const method = (name: string, call: NativeCall): void => {
  ARRAY.attrs.set(
    name,
    native(name, (args, site, interp) => (args.positional.some(isGradient) ? gradient(interp) : call(args, site, interp))),
  );
};

const property = (name: string, read: (self: Value, interp: Interpreter) => Value): void => {
  ARRAY.attrs.set(
    name,
    native(
      name,
      (args, _, interp) => {
        const self = args.positional[0] ?? NONE;
        return isGradient(self) && name !== 'shape' ? gradient(interp) : read(self, interp);
      },
      'property',
    ),
  );
};

// ── operators ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const operator = (name: string, op: Operator): void => {
  for (const swapped of [false, true])
    ARRAY.attrs.set(
      `__${swapped ? 'r' : ''}${name}__`,
      native(name, (args, site, interp) => {
        const [self, other] = args.positional as [Value, Value];
        return swapped ? arithmetic(interp, op, other, self, site) : arithmetic(interp, op, self, other, site);
      }),
    );
};

for (const [name, op] of [
  ['add', '+'],
  ['sub', '-'],
  ['mul', '*'],
  ['truediv', '/'],
  ['pow', '**'],
] as const)
  operator(name, op);
for (const [name, op] of [
  ['__gt__', '>'],
  ['__ge__', '>'],
  ['__lt__', '<'],
  ['__le__', '<'],
  ['__eq__', '=='],
] as const)
  method(name, (args, site, interp) => {
    const [self, other] = args.positional as [Value, Value];
    return op === '==' && storedIn(self) ? unknown('a comparison of arrays', site.span) : arithmetic(interp, op, self, other, site);
  });
ARRAY.attrs.set(
  '__matmul__',
  native('matmul', (args, site, interp) => product(interp, args.positional[0] ?? NONE, args.positional[1] ?? NONE, 'matmul', site)),
);
ARRAY.attrs.set(
  '__rmatmul__',
  native('matmul', (args, site, interp) => product(interp, args.positional[1] ?? NONE, args.positional[0] ?? NONE, 'matmul', site)),
);
method('__neg__', (args, site, interp) => arithmetic(interp, '*', args.positional[0] ?? NONE, int(-1), site));
method('__abs__', (args, site, interp) => interp.call(FUNCTIONS.get('abs') ?? NONE, args, site));
method('__pos__', (args) => args.positional[0] ?? NONE);
method('__invert__', (args, site, interp) => arithmetic(interp, '-', int(1), args.positional[0] ?? NONE, site));
method('__bool__', () => unknown('the truth of an array'));

// ── items ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const isIndex = (value: Value): boolean =>
  value.kind === 'slice' ||
  value.kind === 'none' ||
  value.kind === 'ellipsis' ||
  (asScalar(value) !== undefined && value.kind !== 'unknown');

/** `h[:, None]`, `x[:]`: the same values, an axis more or less. */
const keepsAll = (index: Value): boolean =>
  (index.kind === 'tuple' ? index.items : [index]).every(
    (i) =>
      i.kind === 'none' ||
      i.kind === 'ellipsis' ||
      (i.kind === 'slice' && i.lower.kind === 'none' && i.upper.kind === 'none' && i.step.kind === 'none'),
  );

const rowsOf = (interp: Interpreter, data: TensorData, site: CallSite): Value =>
  drawn(
    interp,
    { shape: data.shape ? [null, ...data.shape.slice(1)] : null, distribution: { kind: 'data', what: 'chosen rows' }, name: 'rows' },
    site,
  );

method('__getitem__', (args, site, interp) => {
  const [self, index] = args.positional as [Value, Value];
  const data = tensorData(self);
  if (!data) return unknown('an item', site.span);
  if (data instanceof Reduction || keepsAll(index)) return self;
  const x = asElementwise(interp, data, site);
  const condition = asElementwise(interp, tensorData(index), site);
  // `z[z < 0]`: the values there; assigned back, they are a branch of the function.
  if (x) return condition?.base === x.base ? self : partOf(interp, x, self, index, site);
  const items = itemsOf(self);
  const at = asNumber(index);
  if (items && at !== undefined) return items[at < 0 ? at + items.length : at] ?? unknown('an item', site.span);
  const known = (index.kind === 'tuple' ? index.items : [index]).every(isIndex);
  return known ? getItem(interp, data, self, index, site) : rowsOf(interp, data, site);
});

/** Parts of an activation: rows of the batch are the activation again, parts of the features a slice. */
const partOf = (interp: Interpreter, x: Elementwise, self: Value, index: Value, site: CallSite): Value => {
  const items = index.kind === 'tuple' ? index.items : [index];
  const features = x.flipped ? items[0] : items[1];
  if (!features || keepsAll(features)) return self;
  return items.every(isIndex) && !x.flipped ? getItem(interp, x, self, index, site) : opaque(interp, makeArgs([self]), 'item', site);
};

const rebind = (interp: Interpreter, self: InstanceValue, data: unknown): void => {
  const before = self.data;
  interp.mutate(
    () => {
      self.data = data;
    },
    () => {
      self.data = before;
    },
  );
};

ARRAY.attrs.set(
  '__setitem__',
  native('__setitem__', (args, site, interp) => {
    const [self, index, value] = args.positional as [Value, Value, Value];
    if (self.kind !== 'instance' || isGradient(self)) return NONE;
    const data = tensorData(self);
    const x = asElementwise(interp, data, site);
    if (x) {
      const condition = asElementwise(interp, tensorData(index), site);
      const given = asElementwise(interp, tensorData(value), site);
      const after = given && given.base === x.base ? given : asNumber(value);
      // `probs[range(n), y] -= 1`, the gradient of a loss, is what else is written into an activation.
      if (condition?.base === x.base && after !== undefined) rebind(interp, self, chosen(condition, after, x, site));
      else rebind(interp, self, gradient(interp).data);
      return NONE;
    }
    if (data?.storage && !isGradient(value)) fill(interp, data, index, value, site);
    return NONE;
  }),
);

/** Values written into an array: all of them, a part, or such as only running would tell. */
const fill = (interp: Interpreter, data: TensorData, index: Value, value: Value, site: CallSite): void => {
  const storage = data.storage;
  if (!storage) return;
  const number = asScalar(value);
  const source = storedIn(value)?.storage.init;
  const part: Distribution =
    source?.distribution ??
    (number !== undefined && value.kind === 'number' ? { kind: 'constant', value: number } : { kind: 'data', what: 'assigned values' });
  const view = keepsAll(index) ? data : viewAt(data, index);
  const known = (index.kind === 'tuple' ? index.items : [index]).every(isIndex);
  if (view.share === 1 && known) {
    draw(storage, initOf(part, source?.name ?? 'assignment', source?.span ?? site.span), interp);
    return;
  }
  const whole: Distribution =
    part.kind === 'data'
      ? part
      : known && view.share !== null && (!isNumber(view.share) || view.share >= 0)
        ? replacePart(storage.init.distribution, view.share, part)
        : storage.isParameter
          ? unknownDistribution('a part was filled')
          : { kind: 'data', what: 'filled in parts' };
  transform(storage, { ...storage.init, distribution: whole }, interp);
};

// ── attributes and methods ─────────────────────────────────────────────────────────────────────────────────────────────────

property('shape', (self) => {
  const data = tensorData(self);
  const shape = data && !(data instanceof Reduction) ? visibleShape(data) : null;
  return shape ? tuple(shape.map((size) => int(size))) : unknown('a shape that is not known');
});
property('T', (self, interp) => transposed(self, interp));
property('size', (self) => {
  const data = tensorData(self);
  const shape = data && visibleShape(data);
  return shape ? int(productOf(shape)) : unknown('a size that is not known');
});
property('ndim', (self) => {
  const data = tensorData(self);
  const shape = data && visibleShape(data);
  return shape ? int(shape.length) : unknown('a rank that is not known');
});
property('dtype', () => unknown('a type'));

const transposed = (self: Value, interp: Interpreter): Value => {
  const fn = transpose;
  const site: CallSite = self.kind === 'instance' && self.site ? self.site : { span: NO_SPAN, nameSpan: NO_SPAN, argSpans: new Map() };
  return fn(makeArgs([self]), site, interp);
};
const NO_SPAN = { anchor: { file: '', offset: 0 }, start: 0, end: 0 };

for (const name of ['dot', 'reshape', 'transpose', 'ravel', 'flatten', 'squeeze', 'copy', 'sum', 'mean', 'max', 'clip']) {
  const fn = FUNCTIONS.get(name);
  if (fn?.kind === 'native') method(name, fn.call);
}
for (const name of ['astype', 'get_value', 'eval', 'view', 'asnumpy', 'get']) method(name, (args) => args.positional[0] ?? NONE);
method('set_value', (args, site, interp) => {
  const [data, source] = [storedIn(args.positional[0]), storedIn(args.positional[1])];
  if (data && source) draw(data.storage, source.storage.init, interp);
  else if (data) fill(interp, data, { kind: 'ellipsis' }, args.positional[1] ?? NONE, site);
  return NONE;
});
/** `b.dimshuffle('x', 0, 'x', 'x')`: axes of one around those that are there. */
method('dimshuffle', (args, site, interp) => {
  const self = args.positional[0] ?? NONE;
  const data = storedIn(self);
  const order = args.positional.length === 2 && args.positional[1]?.kind === 'tuple' ? args.positional[1].items : args.positional.slice(1);
  if (!data?.shape) return tensorData(self) ? opaque(interp, makeArgs([self]), 'dimshuffle', site) : self;
  const { shape } = data;
  const sizes = order.map((axis) => (axis.kind === 'string' ? 1 : (shape[asNumber(axis) ?? -1] ?? null)));
  return arrayOf(interp, { ...data, shape: sizes.every((n) => n !== null) ? (sizes as Dim[]) : null }, site);
});
method('__len__', (args) => {
  const data = tensorData(args.positional[0]);
  const size = data && visibleShape(data)?.[0];
  return size === undefined ? unknown('a length that is not known') : int(size);
});
const MOST_ROWS = 32;
method('__iter__', (args, site, interp) => {
  const self = args.positional[0] ?? NONE;
  const items = itemsOf(self);
  if (items) return list([...items]);
  const data = storedIn(self);
  const size = data?.shape?.[0];
  if (!data || !isNumber(size) || size > MOST_ROWS || data.shape?.length !== 2) return unknown('an array of unknown length', site.span);
  const row = data.shape[1] as number;
  return list(Array.from({ length: size }, () => derived(interp, data, data.storage.init.distribution, [row], site)));
});
for (const name of ['tolist', 'item'])
  method(name, (args, site) =>
    name === 'tolist' && itemsOf(args.positional[0])
      ? list([...(itemsOf(args.positional[0]) ?? [])])
      : unknown('values known at run time only', site.span),
  );
for (const name of ['argmax', 'argmin', 'argsort', 'any', 'all', 'nonzero'])
  method(name, (_, site) => unknown(`${name} of an array`, site.span));
for (const name of ['std', 'var', 'min', 'prod', 'cumsum', 'trace'])
  method(name, (args, site, interp) =>
    storedIn(args.positional[0]) ? unknown(`${name} of an array`, site.span) : opaque(interp, args, name, site),
  );
method('fill', (args, site, interp) => {
  const data = storedIn(args.positional[0]);
  if (data) fill(interp, data, { kind: 'ellipsis' }, args.positional[1] ?? NONE, site);
  return NONE;
});
for (const name of ['sort', 'resize']) method(name, () => NONE);
