/** `torch.float32` and its like as values, `torch.finfo`, and which type a tensor has: float32 where nothing else is said. */

import { OBJECT } from '../../interpreter/builtins/types.ts';
import { native, nativeClass } from '../../interpreter/native.ts';
import type { Args, InstanceValue, NativeFunction, Value } from '../../interpreter/values.ts';
import { bool, float, int, str, unknown } from '../../interpreter/values.ts';
import { DTYPES, type DType, isFloating } from '../shared/dtypes.ts';
import { dtypeOf, tensorData } from '../shared/tensor.ts';

const DTYPE = nativeClass('torch.dtype', [OBJECT], { __str__: (args) => str(`torch.${nameOf(args.positional[0])}`) });

/** Numbers of instances that no run counts. */
const FIRST_ID = -1_000;

const VALUES: ReadonlyMap<DType, InstanceValue> = new Map(
  [...DTYPES].map(([name, { category, bits }], i) => {
    const attrs = new Map<string, Value>([
      ['is_floating_point', bool(category === 'float')],
      ['is_complex', bool(category === 'complex')],
      ['is_signed', bool(!name.startsWith('u') && category !== 'bool')],
      ['itemsize', int(bits / 8)],
    ]);
    return [name, { kind: 'instance', cls: DTYPE, attrs, data: name, site: null, id: FIRST_ID - i }];
  }),
);

const ALIASES: Readonly<Record<string, DType>> = {
  float: 'float32',
  double: 'float64',
  half: 'float16',
  cfloat: 'complex64',
  cdouble: 'complex128',
  short: 'int16',
  int: 'int32',
  long: 'int64',
};

/** A type as a value; undefined for a name that is none. */
export const dtypeValue = (name: DType | null): Value => (name !== null && VALUES.get(name)) || unknown('a data type');

/** The names that `torch.` has for types. */
export const DTYPE_NAMES: readonly (readonly [string, Value])[] = [
  ...VALUES,
  ...Object.entries(ALIASES).map(([alias, name]) => [alias, dtypeValue(name)] as const),
];

/** The name of a type given as a value; undefined for anything else. */
export const nameOf = (value: Value | undefined): DType | undefined =>
  value?.kind === 'instance' && value.cls === DTYPE ? (value.data as DType) : undefined;

/** Methods that say in their name what they convert to. */
const CONVERSIONS: Readonly<Record<string, DType>> = { ...ALIASES, bfloat16: 'bfloat16', bool: 'bool' };

/** Functions whose result has a type of its own. */
const RESULTS: Readonly<Record<string, DType>> = {
  ...Object.fromEntries(
    ['argmax', 'argmin', 'argsort', 'indices', 'nonzero', 'bincount', 'one_hot', 'count_nonzero'].map((n) => [n, 'int64']),
  ),
  ...Object.fromEntries(
    ['compare', 'isnan', 'isinf', 'isfinite', 'logical_and', 'logical_or', 'logical_not', 'logical_xor', 'any', 'all'].map((n) => [
      n,
      'bool',
    ]),
  ),
  long: 'int64',
  int: 'int32',
  bool: 'bool',
};

/** What a call says of its result's type; undefined where it says nothing. */
export const saidType = (name: string, args: Args): DType | null | undefined => {
  const given = args.keywords.get('dtype');
  if (given && given.kind !== 'none') return nameOf(given) ?? null;
  if (args.open) return null;
  return RESULTS[name];
};

/** The type after `x.to(…)`, `x.half()`, `x.type_as(y)`; undefined where it stays. */
export const convertedType = (name: string, args: Args): DType | null | undefined => {
  const said = CONVERSIONS[name];
  if (said) return said;
  if (name !== 'to' && name !== 'type' && name !== 'type_as') return undefined;
  if (args.open) return null;
  const given = [...args.positional.slice(1), ...['dtype', 'other'].map((key) => args.keywords.get(key))].filter((v) => v !== undefined);
  for (const value of given) {
    const named = nameOf(value);
    if (named) return named;
    const like = tensorData(value);
    if (like) return dtypeOf(like);
    // It may be a device or a type.
    if (value.kind === 'unknown') return null;
  }
  return name === 'to' ? undefined : null;
};

/** Largest value, smallest step at 1, smallest normal value. */
const FLOATS: Readonly<Record<DType, readonly [max: number, eps: number, tiny: number]>> = {
  float16: [65_504, 2 ** -10, 2 ** -14],
  bfloat16: [3.3895313892515355e38, 2 ** -7, 2 ** -126],
  float32: [3.4028234663852886e38, 2 ** -23, 2 ** -126],
  float64: [Number.MAX_VALUE, 2 ** -52, 2 ** -1022],
};

const described = (attrs: readonly (readonly [string, Value])[], cls: InstanceValue['cls']): InstanceValue => ({
  kind: 'instance',
  cls,
  attrs: new Map(attrs),
  data: undefined,
  site: null,
  id: FIRST_ID - DTYPES.size,
});

const FINFO = nativeClass('torch.finfo', [OBJECT], {});

export const finfo: NativeFunction = native('finfo', (args) => {
  const name = args.positional.length + args.keywords.size === 0 ? 'float32' : nameOf(args.positional[0] ?? args.keywords.get('type'));
  const row = name === undefined ? undefined : FLOATS[name];
  if (!row || name === undefined) return unknown('limits of a data type');
  const [max, eps, tiny] = row;
  const numbers: [string, number][] = [
    ['max', max],
    ['min', -max],
    ['eps', eps],
    ['resolution', eps],
    ['tiny', tiny],
    ['smallest_normal', tiny],
  ];
  return described([...numbers.map(([key, value]) => [key, float(value)] as const), ['bits', int(DTYPES.get(name)?.bits ?? 0)]], FINFO);
});

export const isFloatingValue = (value: Value | undefined): Value => {
  const data = tensorData(value);
  const dtype = data ? dtypeOf(data) : null;
  return dtype === null ? unknown('whether a tensor has floating point') : bool(isFloating(dtype));
};
