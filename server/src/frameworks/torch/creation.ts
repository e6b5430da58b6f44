/** torch.randn, zeros, empty, tensor, arange …: tensors with a storage and no node. */

import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, asScalar, bind, native } from '../../interpreter/native.ts';
import type { Args, CallSite, NativeFunction, Value } from '../../interpreter/values.ts';
import { type Distribution, unknownDistribution } from '../../network/distribution.ts';
import type { Dim } from '../../network/scalar.ts';
import type { DType } from '../shared/dtypes.ts';
import { shapeOf } from '../shared/graph.ts';
import { arange, linspace, numbers } from '../shared/numbers.ts';
import { newStorage } from '../shared/storage.ts';
import { dtypeOf, type TensorData, tensorData, withType } from '../shared/tensor.ts';
import { placeBy } from './devices.ts';
import { nameOf } from './dtypes.ts';
import { copyInto } from './filling.ts';
import { knownTensor } from './known.ts';
import { dimOf, makeInit, TENSOR, tensorOf } from './state.ts';

type Sizes = readonly (Dim | null)[] | null;

/** Sizes given as `f(2, 3)`, `f((2, 3))`, `f([2, 3])` or `size=(2, 3)`. */
const sizesFrom = (interp: Interpreter, values: readonly Value[]): Sizes => {
  const first = values[0];
  if (values.length === 1 && (first?.kind === 'tuple' || first?.kind === 'list')) return first.items.map((v) => dimOf(interp, v, 'size'));
  if (values.length === 1 && first?.kind === 'unknown' && !first.symbol) return null;
  return values.map((v) => dimOf(interp, v, 'size'));
};

const make = (interp: Interpreter, site: CallSite, name: string, shape: Sizes, distribution: Distribution): Value =>
  tensorOf(
    interp,
    newStorage(interp, { shape, init: makeInit(interp, distribution, 'call', name, site.span), span: site.span, fresh: true }),
    site,
  );

const KEYWORDS = '*, size=None, generator=None, out=None, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False';

const sized = (name: string, distribution: Distribution): NativeFunction =>
  native(name, (args, site, interp) => {
    const bound = bind(`*sizes, ${KEYWORDS.slice(3)}`, args);
    const size = bound.get('size');
    const given = bound.has('size') && size ? [size] : bound.rest;
    return make(interp, site, `torch.${name}`, sizesFrom(interp, given), distribution);
  });

const like = (name: string, distribution: (args: Args) => Distribution): NativeFunction =>
  native(name, (args, site, interp) => {
    const data = tensorData(args.positional[0]);
    return make(interp, site, `torch.${name}`, data ? shapeOf(data) : null, distribution(args));
  });

const NORMAL: Distribution = { kind: 'normal', mean: 0, std: 1 };
const UNIT: Distribution = { kind: 'uniform', low: 0, high: 1 };
const ZERO: Distribution = { kind: 'constant', value: 0 };
const ONE: Distribution = { kind: 'constant', value: 1 };
const EMPTY: Distribution = { kind: 'uninitialized' };

const constantOf = (value: Value | undefined): Distribution => {
  const number = asScalar(value);
  return number === undefined ? unknownDistribution('a value that is not known') : { kind: 'constant', value: number };
};

/** Shape and values of a nested literal. */
const isInteger = (value: Value): boolean =>
  value.kind === 'list' || value.kind === 'tuple' ? value.items.every(isInteger) : !(value.kind === 'number' && value.float);

const literal = (value: Value, values: number[]): number[] | undefined => {
  const number = asScalar(value);
  if (number !== undefined) {
    if (typeof number === 'number') values.push(number);
    return [];
  }
  if ((value.kind !== 'list' && value.kind !== 'tuple') || (value.kind === 'list' && value.open)) return undefined;
  let inner: number[] | undefined = [];
  for (const item of value.items) inner = literal(item, values);
  return inner && [value.items.length, ...inner];
};

const tensorLiteral = (name: string): NativeFunction =>
  native(name, (args, site, interp) => {
    const value = args.positional[0] ?? args.keywords.get('data');
    const inner = tensorData(value);
    if (inner && value) return value;
    const values: number[] = [];
    const shape = value ? literal(value, values) : undefined;
    const same = shape && values.length > 0 && values.every((v) => v === values[0]);
    const whole = asScalar(value);
    const known = shape && value && numbers(shape, values, isInteger(value));
    if (known && values.length > 0) return knownTensor(interp, known, `torch.${name}`, site);
    const distribution: Distribution =
      whole !== undefined
        ? { kind: 'constant', value: whole }
        : same
          ? { kind: 'constant', value: values[0] as number }
          : { kind: 'data', what: 'given values' };
    return make(interp, site, `torch.${name}`, shape ?? null, distribution);
  });

/** `torch.Tensor(n, m)` allocates; `torch.Tensor([1, 2])` copies. */
const allocateOrCopy = (name: string): NativeFunction =>
  native(name, (args, site, interp) => {
    const first = args.positional[0];
    if (first && first.kind !== 'list' && first.kind !== 'tuple' && asScalar(first) !== undefined)
      return make(interp, site, `torch.${name}`, sizesFrom(interp, args.positional), EMPTY);
    if (!first) return make(interp, site, `torch.${name}`, [], EMPTY);
    return tensorLiteral(name).call(args, site, interp);
  });

const data = (name: string): NativeFunction =>
  native(name, (args, site, interp) => {
    const length = args.positional.length === 1 ? asScalar(args.positional[0]) : undefined;
    return make(interp, site, `torch.${name}`, length === undefined ? null : [length], { kind: 'data', what: name });
  });

const MADE: Readonly<Record<string, NativeFunction>> = {
  randn: sized('randn', NORMAL),
  rand: sized('rand', UNIT),
  zeros: sized('zeros', ZERO),
  ones: sized('ones', ONE),
  empty: sized('empty', EMPTY),
  randn_like: like('randn_like', () => NORMAL),
  rand_like: like('rand_like', () => UNIT),
  zeros_like: like('zeros_like', () => ZERO),
  ones_like: like('ones_like', () => ONE),
  empty_like: like('empty_like', () => EMPTY),
  full_like: like('full_like', (args) => constantOf(args.positional[1] ?? args.keywords.get('fill_value'))),
  full: native('full', (args, site, interp) => {
    const bound = bind('size, fill_value, *, dtype=None, device=None, requires_grad=False', args);
    return make(
      interp,
      site,
      'torch.full',
      sizesFrom(interp, [bound.get('size') ?? { kind: 'tuple', items: [] }]),
      constantOf(bound.get('fill_value')),
    );
  }),
  eye: native('eye', (args, site, interp) => {
    const bound = bind('n, m=None', args);
    const rows = dimOf(interp, bound.get('n'), 'n');
    const second = bound.get('m');
    const columns = !second || second.kind === 'none' ? rows : dimOf(interp, second, 'm');
    return make(interp, site, 'torch.eye', [rows, columns], { kind: 'identity', gain: 1, rows, columns });
  }),
  normal: native('normal', (args, site, interp) => {
    const bound = bind('mean, std=1.0, size=None, *, generator=None', args);
    const [mean, std] = [asScalar(bound.get('mean')), asScalar(bound.get('std'))];
    const size = bound.get('size');
    const source = tensorData(bound.get('mean')) ?? tensorData(bound.get('std'));
    const shape = size && size.kind !== 'none' ? sizesFrom(interp, [size]) : (source?.shape ?? null);
    const distribution: Distribution =
      mean !== undefined && std !== undefined ? { kind: 'normal', mean, std } : unknownDistribution('moments that are tensors');
    return make(interp, site, 'torch.normal', shape, distribution);
  }),
  tensor: tensorLiteral('tensor'),
  as_tensor: tensorLiteral('as_tensor'),
  Tensor: allocateOrCopy('Tensor'),
  FloatTensor: allocateOrCopy('FloatTensor'),
  DoubleTensor: allocateOrCopy('DoubleTensor'),
  LongTensor: allocateOrCopy('LongTensor'),
  arange: native('arange', (args, site, interp) => {
    const given = args.positional.map(asNumber);
    const [start, stop, step = 1] = given.length === 1 ? [0, given[0]] : given;
    const known = start !== undefined && stop !== undefined && !given.includes(undefined) ? arange(start, stop, step) : undefined;
    return known ? knownTensor(interp, known, 'torch.arange', site) : data('arange').call(args, site, interp);
  }),
  linspace: native('linspace', (args, site, interp) => {
    const bound = bind('start, end, steps, *, dtype=None, device=None, requires_grad=False', args);
    const [from, to, count] = ['start', 'end', 'steps'].map((name) => asNumber(bound.get(name)));
    const known = from !== undefined && to !== undefined && count !== undefined ? linspace(from, to, count) : undefined;
    if (known) return knownTensor(interp, known, 'torch.linspace', site);
    return make(interp, site, 'torch.linspace', [dimOf(interp, bound.get('steps'), 'steps')], { kind: 'data', what: 'linspace' });
  }),
  logspace: data('logspace'),
  randint: native('randint', (_, site, interp) => make(interp, site, 'torch.randint', null, { kind: 'data', what: 'random integers' })),
  randperm: data('randperm'),
  bernoulli: native('bernoulli', (_, site, interp) =>
    make(interp, site, 'torch.bernoulli', null, { kind: 'data', what: 'Bernoulli draws' }),
  ),
  from_numpy: native('from_numpy', (_, site, interp) => make(interp, site, 'torch.from_numpy', null, { kind: 'data', what: 'an array' })),
};

/** The data type that the arguments name; else the tensor's own. */
export const typedAs = (args: Args, made: Value): Value => {
  const given = args.keywords.get('dtype');
  const data = tensorData(made);
  if (made.kind !== 'instance' || !data || (!args.open && (!given || given.kind === 'none'))) return made;
  made.data = withType(data, args.open ? null : (nameOf(given) ?? null));
  return made;
};

const INTEGERS: ReadonlySet<string> = new Set(['randint', 'randperm', 'LongTensor']);

/** What a function makes when no type is named: that of its model, of its values, or float32. */
const defaultType = (name: string, args: Args): DType | null => {
  const first = args.positional[0];
  if (INTEGERS.has(name)) return 'int64';
  if (name.endsWith('_like')) return tensorData(first) ? dtypeOf(tensorData(first) as TensorData) : null;
  const given = name === 'arange' ? args.positional : name === 'full' ? [args.positional[1] ?? args.keywords.get('fill_value')] : undefined;
  if (given) return given.some((v) => !v || v.kind === 'unknown') ? null : given.every((v) => v && isInteger(v)) ? 'int64' : 'float32';
  if (name === 'tensor' || name === 'as_tensor') {
    const value = first ?? args.keywords.get('data');
    if (tensorData(value)) return dtypeOf(tensorData(value) as TensorData);
    return value && holds(value, (v) => v.kind === 'number') ? (isInteger(value) ? 'int64' : 'float32') : null;
  }
  return name === 'from_numpy' ? null : 'float32';
};

const holds = (value: Value, test: (item: Value) => boolean): boolean =>
  value.kind === 'list' || value.kind === 'tuple' ? value.items.every((item) => holds(item, test)) : test(value);

export const CREATION: Readonly<Record<string, NativeFunction>> = Object.fromEntries(
  Object.entries(MADE).map(([name, make]) => [
    name,
    native(name, (args, site, interp) => {
      const made = make.call(args, site, interp);
      const data = tensorData(made);
      // A tensor handed through keeps what it has.
      if (made.kind !== 'instance' || !data || args.positional.includes(made)) return made;
      const out = args.keywords.get('out');
      const target = tensorData(out);
      if (out && target) {
        copyInto(interp, target, made, `torch.${name}`, site);
        return out;
      }
      made.data = withType(data, defaultType(name, args));
      return placeBy(args, typedAs(args, made), name.endsWith('_like') ? args.positional[0] : undefined);
    }),
  ]),
);

/** `torch.Tensor` is a class: called, it allocates or copies. */
TENSOR.attrs.set(
  '__new__',
  native(
    'Tensor',
    (args, site, interp) => allocateOrCopy('Tensor').call({ ...args, positional: args.positional.slice(1) }, site, interp),
    'static',
  ),
);
