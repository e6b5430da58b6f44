/** The arithmetic operators of a tensor class in Python's data model: `__add__`, `__radd__`, `__neg__`, `__getitem__` and so on. */
import type { NativeCall, Value } from '../../interpreter/values.ts';
import { unknown } from '../../interpreter/values.ts';
import { getItem } from './indexing.ts';
import { type ElementwiseOperator, elementwise, emit, tensorData } from './tensor.ts';

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
    return elementwise(interp, op, a, b, site) ?? unknown(`${op} on tensors`, site.span);
  };

const negative: NativeCall = (args, site, interp): Value => {
  const x = tensorData(args.positional[0]);
  if (!x || x.node === null) return unknown('-', site.span);
  return emit(interp, x.graph, { op: { kind: 'affine', factor: -1, offset: 0 }, inputs: [x], label: 'neg' }, site);
};

const absolute: NativeCall = (args, site, interp): Value => {
  const x = tensorData(args.positional[0]);
  if (!x || x.node === null) return unknown('abs()', site.span);
  const op = { kind: 'activation', name: 'abs', args: {}, channelAxis: -1 } as const;
  return emit(interp, x.graph, { op, inputs: [x], label: 'abs' }, site);
};

const item: NativeCall = (args, site, interp) => {
  const [self, index] = args.positional;
  const x = tensorData(self);
  return x && self && index ? getItem(interp, x, self, index, site) : unknown('an item', site.span);
};

export const OPERATOR_METHODS: Readonly<Record<string, NativeCall>> = {
  ...Object.fromEntries(
    OPERATORS.flatMap(([name, op]) => [
      [`__${name}__`, operator(op, false)],
      [`__r${name}__`, operator(op, true)],
    ]),
  ),
  __neg__: negative,
  __abs__: absolute,
  __getitem__: item,
};
