/** Arrays and nnx variables: operators, attributes, methods. */

import type { Interpreter } from '../../interpreter/api.ts';
import { native } from '../../interpreter/native.ts';
import type { Args, NativeCall, NativeFunction, Value } from '../../interpreter/values.ts';
import { int, NONE, tuple, unknown } from '../../interpreter/values.ts';
import { unknownDistribution } from '../../network/distribution.ts';
import { product } from '../../network/scalar.ts';
import { broadcast } from '../../network/shapes.ts';
import { affineOf } from '../shared/arithmetic.ts';
import { shapeOf } from '../shared/graph.ts';
import { viewAt } from '../shared/indexing.ts';
import { activationsIn } from '../shared/opaque.ts';
import { OPERATOR_METHODS } from '../shared/operators.ts';
import { draw } from '../shared/storage.ts';
import { derived, emit, emitOpaque, tensorData, wrap } from '../shared/tensor.ts';
import { arrayFunction } from './functions.ts';
import { TENSOR, VARIABLE } from './state.ts';

const self: NativeCall = (args) => args.positional[0] ?? NONE;

const method = (name: string, call: NativeCall, binding: NativeFunction['binding'] = 'instance'): void => {
  TENSOR.attrs.set(name, native(name, call, binding));
};

/** Arithmetic on data whose values are not followed (positions, frequencies): what is left is their shape. */
const onData = (args: Args, interp: Interpreter): Value | undefined => {
  const [x, ...others] = args.positional.map(tensorData);
  if (!x || [x, ...others].some((t) => t && (t.node !== null || t.storage !== null))) return undefined;
  const shape = others[0] ? broadcast([x.shape, others[0].shape]) : x.shape;
  return wrap(interp, { ...x, integer: false, shape }, null);
};

for (const [name, call] of Object.entries(OPERATOR_METHODS))
  method(name, name === '__getitem__' ? call : (args, site, interp) => onData(args, interp) ?? call(args, site, interp));

/** x ** 2 is a row of the activations. */
method('__pow__', (args, site, interp) => {
  const [self, exponent] = args.positional;
  const x = tensorData(self);
  const data = onData(args, interp);
  if (data) return data;
  if (x?.node != null && exponent?.kind === 'number' && exponent.value === 2) {
    const op = { kind: 'activation', name: 'square', args: {}, channelAxis: -1 } as const;
    return emit(interp, x.graph, { op, inputs: [x], label: 'square' }, site);
  }
  return OPERATOR_METHODS.__pow__?.(args, site, interp) ?? unknown('**', site.span);
});

method('__neg__', (args, site, interp) => {
  const x = tensorData(args.positional[0]);
  if (x?.node === null && !x.storage) return self(args, site, interp);
  if (x?.node === null && x.storage) return derived(interp, x, affineOf(x.storage.init.distribution, -1), x.shape, site);
  return OPERATOR_METHODS.__neg__?.(args, site, interp) ?? unknown('-', site.span);
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
  if (x.node === null && x.storage === null) return wrap(interp, viewAt(x, index), null);
  return OPERATOR_METHODS.__getitem__?.(args, site, interp) ?? unknown('an item', site.span);
});

const comparison: NativeCall = (args, site, interp) => {
  const inputs = activationsIn(tuple(args.positional));
  const [x] = inputs;
  return x ? emitOpaque(interp, x.graph, 'compare', 'a comparison', inputs, site, shapeOf(x)) : unknown('a comparison', site.span);
};
for (const name of ['__lt__', '__le__', '__gt__', '__ge__']) method(name, comparison);

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
