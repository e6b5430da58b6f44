/** Theano's symbolic tensors, as far as the layers of Lasagne need them: operators, shapes, and values that are set. */
import { asNumber, asScalar, nativeClass } from '../../interpreter/native.ts';
import type { Args, ClassValue, NativeCall, NativeFunction, Value } from '../../interpreter/values.ts';
import { int, NONE, unknown } from '../../interpreter/values.ts';
import { unknownDistribution } from '../../network/distribution.ts';
import { BATCH, type Dim, isNumber } from '../../network/scalar.ts';
import { arithmetic } from '../numpy/arithmetic.ts';
import type { Operator } from '../numpy/elementwise.ts';
import { FUNCTIONS } from '../numpy/functions.ts';
import { asElementwise } from '../numpy/product.ts';
import { shapeOf } from '../shared/graph.ts';
import { OPERATOR_METHODS } from '../shared/operators.ts';
import { shapeToValue } from '../shared/shapeValues.ts';
import { draw, markLoaded } from '../shared/storage.ts';
import { derived, type ElementwiseOperator, elementwise, emit, emitOpaque, stored, tensorData, wrap } from '../shared/tensor.ts';
import { patternOf, shuffled, shuffledShape } from './axes.ts';

const property = (name: string, call: NativeCall): NativeFunction => ({ kind: 'native', name, call, binding: 'property' });

/** `W.set_value(…)`: an array that was drawn, else something loaded. */
const setValue: NativeCall = (args, site, interp) => {
  const storage = tensorData(args.positional[0])?.storage;
  if (!storage) return NONE;
  const source = tensorData(args.positional[1] ?? args.keywords.get('new_value'))?.storage;
  if (!source) {
    markLoaded(storage, interp);
    return NONE;
  }
  const { distribution, name } = source.init;
  draw(storage, { distribution, source: 'call', name, span: source.init.span ?? site.span, generic: false }, interp);
  return NONE;
};

const transposed: NativeCall = (args, site, interp) => {
  const x = tensorData(args.positional[0]);
  if (!x) return unknown('a transpose', site.span);
  const shape = shapeOf(x);
  if (x.node === null) {
    const { storage } = x;
    const back = shape ? [...shape].reverse() : null;
    return storage
      ? derived(interp, x, storage.init.distribution ?? unknownDistribution('transposed'), back, site)
      : unknown('a transpose', site.span);
  }
  const axes = shape?.map((_, i) => shape.length - 1 - i);
  if (!axes) return emitOpaque(interp, x.graph, 'T', 'a transpose of unknown rank', [x], site);
  return emit(interp, x.graph, { op: { kind: 'permute', axes }, inputs: [x], label: 'T' }, site);
};

// ── shapes ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const itemsOf = (args: Args): readonly Value[] => {
  const [, first, ...rest] = args.positional;
  return rest.length === 0 && (first?.kind === 'tuple' || first?.kind === 'list') ? first.items : args.positional.slice(1);
};

/** `x.dimshuffle('x', 0)`: an activation's axes move, a parameter is seen in another shape. */
const dimshuffle: NativeCall = (args, site, interp) => {
  const x = tensorData(args.positional[0]);
  const pattern = patternOf(itemsOf(args));
  if (!x || !pattern) return unknown('dimshuffle', site.span);
  const shape = shapeOf(x);
  if (x.node === null)
    return x.storage && shape
      ? wrap(interp, stored(x.graph, x.storage, shuffledShape(pattern, shape), x.share), site)
      : unknown('dimshuffle', site.span);
  const ops = shuffled(pattern, shape);
  if (!ops) return emitOpaque(interp, x.graph, 'dimshuffle', 'an input of unknown rank', [x], site);
  return ops.reduce((value: Value, op): Value => {
    const of = tensorData(value);
    return of ? emit(interp, of.graph, { op, inputs: [of], label: op.kind }, site) : value;
  }, args.positional[0] as Value);
};

const flatten: NativeCall = (args, site, interp) => {
  const x = tensorData(args.positional[0]);
  if (!x || x.node === null) return unknown('flatten', site.span);
  const axes = asNumber(args.positional[1] ?? args.keywords.get('outdim') ?? args.keywords.get('ndim')) ?? 1;
  if (axes < 2) return emitOpaque(interp, x.graph, 'flatten', 'samples are flattened, too', [x], site);
  return emit(interp, x.graph, { op: { kind: 'flatten', startAxis: axes - 1, endAxis: -1 }, inputs: [x], label: 'flatten' }, site);
};

const reshape: NativeCall = (args, site, interp) => {
  const x = tensorData(args.positional[0]);
  if (!x || x.node === null) return unknown('reshape', site.span);
  const sizes = itemsOf(args).map((item, i) => asScalar(item) ?? (i === 0 ? BATCH : undefined));
  if (sizes.length === 0 || sizes.some((size) => size === undefined))
    return emitOpaque(interp, x.graph, 'reshape', 'its shape is not known', [x], site);
  return emit(interp, x.graph, { op: { kind: 'reshape', shape: sizes as readonly Dim[] }, inputs: [x], label: 'reshape' }, site);
};

// ── operators ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const OPERATORS: readonly (readonly [string, Operator & ElementwiseOperator])[] = [
  ['add', '+'],
  ['sub', '-'],
  ['mul', '*'],
  ['truediv', '/'],
  ['pow', '**'],
];

const isPlain = (value: Value): boolean => {
  const number = asScalar(value);
  return value.kind === 'number' && number !== undefined && isNumber(number);
};

/** Functions of one tensor are composed before they are named, as by hand; a parameter or something unknown enters as with every layer. */
const operator =
  (op: Operator & ElementwiseOperator, swapped: boolean): NativeCall =>
  (args, site, interp) => {
    const [self, other] = args.positional;
    if (!self || !other) return unknown(op, site.span);
    const [a, b] = swapped ? [other, self] : [self, other];
    const composes = [a, b].every((value) => asElementwise(interp, tensorData(value), site) || isPlain(value));
    return composes ? arithmetic(interp, op, a, b, site) : (elementwise(interp, op, a, b, site) ?? unknown(`${op} on tensors`, site.span));
  };

const comparison =
  (op: '<' | '>'): NativeCall =>
  (args, site, interp) => {
    const [a, b] = args.positional;
    const composes = [a, b].every((value) => value && (asElementwise(interp, tensorData(value), site) || isPlain(value)));
    return composes ? arithmetic(interp, op, a as Value, b as Value, site) : unknown('a comparison', site.span);
  };

const ofFunction =
  (name: string): NativeCall =>
  (args, site, interp) =>
    interp.call(FUNCTIONS.get(name) ?? NONE, args, site);

const transpose: NativeCall = (args, site, interp) => {
  const x = tensorData(args.positional[0]);
  const axes = itemsOf(args).map(asNumber);
  if (axes.length === 0) return transposed(args, site, interp);
  if (!x || x.node === null || axes.some((axis) => axis === undefined)) return unknown('a transpose', site.span);
  return emit(interp, x.graph, { op: { kind: 'permute', axes: axes as readonly number[] }, inputs: [x], label: 'transpose' }, site);
};

export const TENSOR: ClassValue = nativeClass('theano.tensor.TensorVariable', [], {
  ...OPERATOR_METHODS,
  ...Object.fromEntries(
    OPERATORS.flatMap(([name, op]) => [
      [`__${name}__`, operator(op, false)],
      [`__r${name}__`, operator(op, true)],
    ]),
  ),
  __abs__: ofFunction('abs'),
  __gt__: comparison('>'),
  __ge__: comparison('>'),
  __lt__: comparison('<'),
  __le__: comparison('<'),
  ...Object.fromEntries(['dot', 'sum', 'mean', 'max', 'clip'].map((name) => [name, ofFunction(name)])),
  transpose,
  shape: property('shape', (args) => {
    const x = tensorData(args.positional[0]);
    return shapeToValue(x ? shapeOf(x) : null);
  }),
  ndim: property('ndim', (args) => {
    const x = tensorData(args.positional[0]);
    const shape = x && shapeOf(x);
    return shape ? int(shape.length) : unknown('a number of axes');
  }),
  T: property('T', transposed),
  dimshuffle,
  flatten,
  reshape,
  set_value: setValue,
});
