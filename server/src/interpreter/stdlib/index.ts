/** The parts of Python's standard library that model code computes with. A module not listed is a workspace module or unknown. */
import { erf, erfc } from '../../network/normal.ts';
import { isNumber, type Scalar, type SymbolicOperator, scalarOp } from '../../network/scalar.ts';
import type { Interpreter } from '../api.ts';
import { MAPPING, MUTABLE_MAPPING } from '../builtins/containers.ts';
import { OBJECT } from '../builtins/types.ts';
import { functionOf } from '../code.ts';
import type { Machine } from '../machine.ts';
import { asScalar, native, nativeClass } from '../native.ts';
import type { Args, ModuleValue, NativeCall, Value } from '../values.ts';
import { bool, float, int, list, NONE, tuple, unknown } from '../values.ts';
import { argparse } from './argparse.ts';
import { collections } from './collections.ts';
import { contextlib, contextvars, threading } from './contexts.ts';
import { deepCopy, shallowCopy } from './copy.ts';
import { dataclasses } from './dataclasses.ts';
import { enumeration } from './enumeration.ts';
import { importlib, importlibUtil, metadata } from './importlib.ts';
import { inspection } from './inspection.ts';
import { osPath } from './paths.ts';
import { regex } from './regex.ts';
import { versions } from './versions.ts';

const scalarFunction =
  (op: SymbolicOperator, make: (x: Scalar) => Value = float): NativeCall =>
  (args, site) => {
    const x = asScalar(args.positional[0]);
    return x === undefined ? unknown(`${op} of an unknown value`, site.span) : finite(make(scalarOp(op, x)));
  };

const finite = (v: Value): Value =>
  v.kind === 'number' && isNumber(v.value) && !Number.isFinite(v.value) ? unknown('not a finite number') : v;

const numeric =
  (f: (...xs: number[]) => number, make: (x: number) => Value = float): NativeCall =>
  (args, site) => {
    const xs = args.positional.map(asScalar);
    return xs.every(isNumber) ? finite(make(f(...(xs as number[])))) : unknown('a function of unknown numbers', site.span);
  };

const prod: NativeCall = (args, site, m) => {
  const items = m.iterate(args.positional[0] ?? NONE);
  return items ? items.reduce<Value>((a, b) => m.binary('*', a, b, site.span), int(1)) : unknown('product of unknown values', site.span);
};

const gcd = (a: number, b: number): number => (b === 0 ? Math.abs(a) : gcd(b, a % b));

const MATH: Readonly<Record<string, NativeCall | Value>> = {
  pi: float(Math.PI),
  e: float(Math.E),
  inf: float(Infinity),
  nan: unknown('nan'),
  tau: float(2 * Math.PI),
  sqrt: scalarFunction('sqrt'),
  floor: scalarFunction('floor', int),
  ceil: scalarFunction('ceil', int),
  log: (args, site, m) => {
    if (args.positional.length > 1) return numeric((x, b) => Math.log(x) / Math.log(b))(args, site, m);
    return scalarFunction('log')(args, site, m);
  },
  exp: scalarFunction('exp'),
  fabs: scalarFunction('abs'),
  erf: numeric(erf),
  erfc: numeric(erfc),
  log2: numeric(Math.log2),
  log10: numeric(Math.log10),
  sin: numeric(Math.sin),
  cos: numeric(Math.cos),
  tan: numeric(Math.tan),
  tanh: numeric(Math.tanh),
  pow: (args, site, m) => m.binary('**', args.positional[0] ?? NONE, args.positional[1] ?? NONE, site.span),
  prod,
  gcd: numeric(gcd, int),
  isqrt: numeric((x) => Math.floor(Math.sqrt(x)), int),
  trunc: numeric(Math.trunc, int),
};

/** A function under the name of the one that it wraps, which it remembers. */
const wrapping = (wrapper: Value, wrapped: Value, m: Interpreter): Value => {
  const inner = wrapped.kind === 'bound' ? wrapped.fn : wrapped;
  if (wrapper.kind !== 'function' || inner.kind !== 'function') return wrapper;
  m.setAttr(wrapper, '__wrapped__', inner);
  for (const [name, value] of inner.attrs) if (!wrapper.attrs.has(name)) m.setAttr(wrapper, name, value);
  return { ...wrapper, name: inner.name };
};

const FUNCTOOLS: Readonly<Record<string, NativeCall | Value>> = {
  partial: (args) => partialOf(args),
  partialmethod: (args) => partialOf(args),
  wraps: ({ positional: [wrapped] }) =>
    native('wraps', ({ positional: [wrapper] }, _site, m) => wrapping(wrapper ?? NONE, wrapped ?? NONE, m), 'static'),
  update_wrapper: ({ positional: [wrapper, wrapped] }, _site, m) => wrapping(wrapper ?? NONE, wrapped ?? NONE, m),
  // Decorator factories that leave the function as it is.
  lru_cache: (args) =>
    args.positional[0]?.kind === 'function' ? args.positional[0] : native('lru_cache', (inner) => inner.positional[0] ?? NONE, 'static'),
  cache: (args) => args.positional[0] ?? NONE,
  cached_property: (args) => (args.positional[0]?.kind === 'function' ? { ...args.positional[0], binding: 'property' } : NONE),
  reduce: (args, site, m) => {
    const items = m.iterate(args.positional[1] ?? NONE);
    if (!items) return unknown('reduce() of unknown values', site.span);
    const fn = args.positional[0] ?? NONE;
    const start = args.positional[2];
    const rest = start ? items : items.slice(1);
    return rest.reduce<Value>(
      (a, b) => m.call(fn, { positional: [a, b], keywords: new Map(), open: false }, site),
      start ?? items[0] ?? unknown('reduce() of nothing', site.span),
    );
  },
};

/** Items of a cycle that are written out; nothing in a model goes on for longer beside it. */
const CYCLE = 4096;

const ITERTOOLS: Readonly<Record<string, NativeCall>> = {
  chain: (args, site, m) => {
    const parts = args.positional.map((v) => m.iterate(v));
    return parts.every((p) => p) ? list(parts.flatMap((p) => [...(p as Value[])])) : unknown('chain() of unknown iterables', site.span);
  },
  product: (args, site, m) => {
    const parts = args.positional.map((v) => m.iterate(v));
    if (!parts.every((p) => p)) return unknown('product() of unknown iterables', site.span);
    return list(
      (parts as Value[][])
        .reduce<Value[][]>((rows, p) => rows.flatMap((row) => p.map((v) => [...row, v])), [[]])
        .slice(0, 4096)
        .map(tuple),
    );
  },
  repeat: (args, site) => {
    const n = asScalar(args.positional[1]);
    return isNumber(n) && n <= 4096
      ? list(Array.from({ length: n }, () => args.positional[0] ?? NONE))
      : unknown('repeat() without an end', site.span);
  },
  // Without an end, but for those that go on as long as something else does.
  cycle: (args, site, m) => {
    const items = m.iterate(args.positional[0] ?? NONE);
    if (!items || items.length === 0) return unknown('cycle() of an unknown iterable', site.span);
    return list(
      Array.from({ length: Math.max(CYCLE, items.length) }, (_, i) => items[i % items.length] as Value),
      true,
    );
  },
  pairwise: (args, site, m) => {
    const items = m.iterate(args.positional[0] ?? NONE);
    return items
      ? list(items.slice(1).map((v, i) => tuple([items[i] as Value, v])))
      : unknown('pairwise() of an unknown iterable', site.span);
  },
};

const identity: NativeCall = (args) => args.positional[0] ?? NONE;
const makeFunction: NativeCall = (args) => functionOf(args.positional[0]) ?? args.positional[0] ?? NONE;
const bindMethod: NativeCall = ({ positional: [fn, self] }) =>
  (fn?.kind === 'function' || fn?.kind === 'native') && self ? { kind: 'bound', fn, self } : (fn ?? NONE);
const nothing: NativeCall = () => NONE;

const module = (
  path: string,
  members: Readonly<Record<string, NativeCall | Value>>,
  fallback?: (name: string) => Value | undefined,
): ModuleValue => ({
  kind: 'module',
  path,
  external: true,
  get: (name) => {
    const member = Object.hasOwn(members, name) ? members[name] : undefined;
    // `collections.abc`, `os.path`: modules inside.
    if (member === undefined) return standardModule(`${path}.${name}`) ?? fallback?.(name);
    return typeof member === 'function' ? native(name, member, 'static') : member;
  },
  names: () => Object.keys(members),
});

/** Names of typing work as transparent bases and annotations. */
const typing = (path: string): ModuleValue =>
  module(
    path,
    {
      NamedTuple: nativeClass('typing.NamedTuple', [OBJECT]),
      Mapping: MAPPING,
      MutableMapping: MUTABLE_MAPPING,
      Protocol: nativeClass('typing.Protocol', [OBJECT]),
      Generic: nativeClass('typing.Generic', [OBJECT]),
      TYPE_CHECKING: bool(false),
      cast: (args) => args.positional[1] ?? NONE,
      overload: identity,
      final: identity,
      TypeVar: () => unknown('a type variable'),
    },
    (name) => native(name, identity, 'static'),
  );

const np = module('numpy', {
  pi: float(Math.PI),
  e: float(Math.E),
  sqrt: scalarFunction('sqrt'),
  log: scalarFunction('log'),
  exp: scalarFunction('exp'),
  floor: scalarFunction('floor'),
  ceil: scalarFunction('ceil'),
  abs: scalarFunction('abs'),
  log2: numeric(Math.log2),
  log10: numeric(Math.log10),
  power: (args, site, m) => m.binary('**', args.positional[0] ?? NONE, args.positional[1] ?? NONE, site.span),
  prod,
  int64: identity,
  float32: identity,
  maximum: numeric(Math.max),
  minimum: numeric(Math.min),
  // Stochastic depth: rates rising linearly over the blocks.
  linspace: (args, site) => {
    const [a, b, n] = args.positional.map(asScalar);
    if (!isNumber(a) || !isNumber(b) || !isNumber(n) || n > 4096) return unknown('linspace() of unknown numbers', site.span);
    return list(Array.from({ length: n }, (_, i) => float(n === 1 ? a : a + ((b - a) * i) / (n - 1))));
  },
});

const MODULES: Readonly<Record<string, () => ModuleValue>> = {
  argparse: () => module('argparse', argparse),
  math: () => module('math', MATH),
  functools: () => module('functools', FUNCTOOLS),
  itertools: () => module('itertools', ITERTOOLS),
  collections: () => module('collections', collections),
  'collections.abc': () => typing('collections.abc'),
  dataclasses: () => module('dataclasses', dataclasses),
  enum: () => module('enum', enumeration),
  typing: () => typing('typing'),
  typing_extensions: () => typing('typing_extensions'),
  copy: () => module('copy', { copy: shallowCopy, deepcopy: deepCopy }),
  abc: () =>
    module('abc', {
      ABC: nativeClass('abc.ABC', [OBJECT]),
      ABCMeta: nativeClass('abc.ABCMeta', [OBJECT]),
      abstractmethod: identity,
      abstractproperty: identity,
    }),
  warnings: () => module('warnings', { warn: nothing, filterwarnings: nothing, simplefilter: nothing }),
  logging: () => module('logging', { getLogger: () => unknown('a logger'), info: nothing, warning: nothing, basicConfig: nothing }),
  operator: () =>
    module('operator', {
      mul: (args, site, m) => m.binary('*', args.positional[0] ?? NONE, args.positional[1] ?? NONE, site.span),
      add: (args, site, m) => m.binary('+', args.positional[0] ?? NONE, args.positional[1] ?? NONE, site.span),
    }),
  numbers: () =>
    module('numbers', Object.fromEntries(['Number', 'Real', 'Integral'].map((name) => [name, native(name, identity, 'static')]))),
  types: () =>
    module('types', {
      ...Object.fromEntries(['FunctionType', 'LambdaType'].map((name) => [name, native(name, makeFunction, 'static')])),
      MethodType: native('MethodType', bindMethod, 'static'),
      SimpleNamespace: namespace,
    }),
  os: () =>
    module(
      'os',
      {
        environ: ENVIRONMENT,
        getenv: (args) => args.positional[1] ?? args.keywords.get('default') ?? NONE,
        path: module('os.path', osPath, () => unknown('the file system')),
      },
      () => unknown('the operating system'),
    ),
  'os.path': () => module('os.path', osPath, () => unknown('the file system')),
  re: () => module('re', regex),
  sys: () =>
    module('sys', { version_info: unknown('the version of Python'), argv: unknown('the command line'), modules: MODULES_RUN }, () =>
      unknown('sys'),
    ),
  importlib: () => module('importlib', { ...importlib, util: module('importlib.util', importlibUtil) }),
  'importlib.metadata': () => module('importlib.metadata', metadata),
  importlib_metadata: () => module('importlib.metadata', metadata),
  inspect: () => module('inspect', inspection),
  contextlib: () => module('contextlib', contextlib),
  contextvars: () => module('contextvars', contextvars),
  threading: () => module('threading', threading, () => unknown('threads')),
  'packaging.version': () => module('packaging.version', versions),
  packaging: () => module('packaging', {}),
  'importlib.util': () => module('importlib.util', importlibUtil),
  __future__: () => module('__future__', {}, () => NONE),
  numpy: () => np,
};

/** An environment in which no variable is set: what the author falls back on holds. */
const ENVIRONMENT: Value = { kind: 'dict', entries: new Map(), open: false };

/** `sys.modules[name]`: a module that was run. */
const moduleRun: NativeCall = ({ positional: [, name] }, site, m) =>
  (name?.kind === 'string' ? (m as Machine).modules.loaded(name.value) : undefined) ?? unknown('a module that is not read', site.span);

const MODULES_RUN: Value = {
  kind: 'instance',
  cls: nativeClass('sys.modules', [OBJECT], { __getitem__: moduleRun, get: moduleRun }),
  attrs: new Map(),
  data: undefined,
  site: null,
  id: -1,
};

/** A partial of a partial is one partial of the innermost function, as `func` and `keywords` show. */
const partialOf = ({ positional: [fn = NONE, ...positional], keywords, open }: Args): Value => {
  const inner = fn.kind === 'partial' ? fn.args : undefined;
  return {
    kind: 'partial',
    fn: fn.kind === 'partial' ? fn.fn : fn,
    args: {
      positional: [...(inner?.positional ?? []), ...positional],
      keywords: new Map([...(inner?.keywords ?? []), ...keywords]),
      open: open || (inner?.open ?? false),
    },
  };
};

const NAMESPACE = nativeClass('types.SimpleNamespace', [OBJECT]);

const namespace: NativeCall = (args, site, m) => {
  const instance = m.newInstance(NAMESPACE, undefined, site);
  for (const [name, value] of args.keywords) m.storeAttr(instance, name, value);
  return instance;
};

const made = new Map<string, ModuleValue>();

export const standardModule = (path: string): ModuleValue | undefined => {
  const known = made.get(path);
  if (known) return known;
  const make = Object.hasOwn(MODULES, path) ? MODULES[path] : undefined;
  if (!make) return undefined;
  const value = make();
  made.set(path, value);
  return value;
};
