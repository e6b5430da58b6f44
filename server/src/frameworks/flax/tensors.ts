/** Arrays and nnx variables: operators, attributes, methods. */
import { native } from '../../interpreter/native.ts';
import type { NativeCall, NativeFunction, Value } from '../../interpreter/values.ts';
import { int, NONE, tuple, unknown } from '../../interpreter/values.ts';
import { unknownDistribution } from '../../network/distribution.ts';
import { product } from '../../network/scalar.ts';
import { affineOf } from '../shared/arithmetic.ts';
import { shapeOf } from '../shared/graph.ts';
import { getItem } from '../shared/indexing.ts';
import { activationsIn } from '../shared/opaque.ts';
import { draw } from '../shared/storage.ts';
import { derived, type ElementwiseOperator, elementwise, emit, emitOpaque, tensorData } from '../shared/tensor.ts';
import { arrayFunction } from './functions.ts';
import { TENSOR, VARIABLE } from './state.ts';

const OPERATORS: readonly (readonly [string, ElementwiseOperator])[] = [
  ['add', '+'],
  ['sub', '-'],
  ['mul', '*'],
  ['truediv', '/'],
  ['matmul', '@'],
  ['pow', '**'],
  ['floordiv', '//'],
  ['mod', '%'],
];

const operator =
  (op: ElementwiseOperator, swapped: boolean): NativeCall =>
  (args, site, interp) => {
    const [self, other] = args.positional;
    if (!self || !other) return unknown(op, site.span);
    const [a, b] = swapped ? [other, self] : [self, other];
    // x ** 2 is a row of the activations.
    const x = tensorData(self);
    if (op === '**' && !swapped && x?.node != null && other.kind === 'number' && other.value === 2)
      return emit(
        interp,
        x.graph,
        { op: { kind: 'activation', name: 'square', args: {}, channelAxis: -1 }, inputs: [x], label: 'square' },
        site,
      );
    return elementwise(interp, op, a, b, site) ?? unknown(`${op} on arrays`, site.span);
  };

const method = (name: string, call: NativeCall, binding: NativeFunction['binding'] = 'instance'): void => {
  TENSOR.attrs.set(name, native(name, call, binding));
};

for (const [name, op] of OPERATORS) {
  method(`__${name}__`, operator(op, false));
  method(`__r${name}__`, operator(op, true));
}

method('__neg__', (args, site, interp) => {
  const x = tensorData(args.positional[0]);
  if (x?.node != null) return emit(interp, x.graph, { op: { kind: 'affine', factor: -1, offset: 0 }, inputs: [x], label: 'neg' }, site);
  return x?.storage ? derived(interp, x, affineOf(x.storage.init.distribution, -1), x.shape, site) : unknown('-', site.span);
});

method('__getitem__', (args, site, interp) => {
  const [self, index] = args.positional;
  const x = tensorData(self);
  if (!x || !self || !index) return unknown('an item', site.span);
  // A table of embeddings looked up by an activation.
  const ids = tensorData(index);
  if (ids?.node != null && x.node === null) {
    const take = arrayFunction('take');
    return take ? interp.call(take, { positional: [self, index, int(0)], keywords: new Map(), open: false }, site) : unknown('take');
  }
  return getItem(interp, x, self, index, site);
});

const comparison: NativeCall = (args, site, interp) => {
  const inputs = activationsIn(tuple(args.positional));
  const [x] = inputs;
  return x ? emitOpaque(interp, x.graph, 'compare', 'a comparison', inputs, site, shapeOf(x)) : unknown('a comparison', site.span);
};
for (const name of ['__lt__', '__le__', '__gt__', '__ge__']) method(name, comparison);

const self: NativeCall = (args) => args.positional[0] ?? NONE;

const property = (name: string, of: (x: NonNullable<ReturnType<typeof tensorData>>, self: Value) => Value): void =>
  method(
    name,
    (args) => {
      const x = tensorData(args.positional[0]);
      return x ? of(x, args.positional[0] as Value) : unknown(name);
    },
    'property',
  );

property('shape', (x) => {
  const shape = shapeOf(x);
  return shape ? tuple(shape.map((n) => int(n))) : { ...unknown('a shape that is not known'), symbol: 'x.shape' };
});
property('ndim', (x) => {
  const shape = shapeOf(x);
  return shape ? int(shape.length) : { ...unknown('a rank that is not known'), symbol: 'x.ndim' };
});
property('size', (x) => {
  const shape = shapeOf(x);
  return shape ? int(product(shape)) : unknown('a size that is not known');
});
property('dtype', () => unknown('a dtype'));
property('at', () => unknown('a changed array'));

method(
  'T',
  (args, site, interp) => {
    const transpose = arrayFunction('transpose');
    return transpose ? interp.call(transpose, { ...args, positional: args.positional.slice(0, 1) }, site) : unknown('T');
  },
  'property',
);

for (const name of [
  'reshape',
  'transpose',
  'swapaxes',
  'squeeze',
  'flatten',
  'ravel',
  'repeat',
  'mean',
  'sum',
  'max',
  'min',
  'var',
  'std',
  'prod',
  'argmax',
  'dot',
  'clip',
]) {
  const fn = arrayFunction(name);
  if (fn) TENSOR.attrs.set(name, fn);
}
for (const name of ['astype', 'copy', 'block_until_ready', 'unbox', 'get_value', 'get_raw_value']) method(name, self);

// ── nnx variables ──────────────────────────────────────────────────────────────────────────────────────────────────────────

for (const name of ['value', 'raw_value']) VARIABLE.attrs.set(name, native(name, self, 'property'));

/** `layer.kernel.value = init(key, shape)`: a new draw. */
const assign: NativeCall = (args, site, interp) => {
  const [target, name, value] = args.positional;
  if (target?.kind !== 'instance' || name?.kind !== 'string' || !value) return NONE;
  const storage = tensorData(target)?.storage;
  if (!storage || (name.value !== 'value' && name.value !== 'raw_value')) return NONE;
  const source = tensorData(value)?.storage;
  const init = source?.init ?? {
    distribution: unknownDistribution('assigned from something that is not known'),
    source: 'call' as const,
    name: 'value',
    span: site.span,
    generic: false,
  };
  draw(storage, init, interp);
  return NONE;
};
VARIABLE.attrs.set('__setattr__', native('__setattr__', assign));
VARIABLE.attrs.set(
  '__setitem__',
  native('__setitem__', (args, site, interp) => {
    const [target, index, value] = args.positional;
    if (index?.kind !== 'ellipsis' || !target || !value) return NONE;
    return assign({ ...args, positional: [target, { kind: 'string', value: 'value' }, value] }, site, interp);
  }),
);
