/** JavaScript's global names, as far as model code computes with them; what a script tag defines comes from its framework. */
import { isNumber, type Scalar, type SymbolicOperator, scalarOp } from '../../network/scalar.ts';
import type { Interpreter } from '../api.ts';
import { OBJECT } from '../builtins/types.ts';
import { externalModule } from '../imports.ts';
import { LIMITS } from '../limits.ts';
import type { Machine } from '../machine.ts';
import { asNumber, asScalar, native, nativeClass } from '../native.ts';
import type { Args, ClassValue, DictValue, NativeCall, Value } from '../values.ts';
import { bool, float, int, list, args as makeArgs, NONE, str, UNDEFINED, unknown } from '../values.ts';
import { number, textOf, truth } from './operators.ts';

const first = (args: Args): Value => args.positional[0] ?? UNDEFINED;

const symbolic =
  (op: SymbolicOperator): NativeCall =>
  (args, site) => {
    const x = asScalar(first(args));
    const value = x === undefined ? undefined : scalarOp(op, x);
    return value === undefined || (isNumber(value) && !Number.isFinite(value))
      ? unknown(`${op} of an unknown value`, site.span)
      : number(value);
  };

const numeric =
  (f: (...xs: number[]) => number): NativeCall =>
  (args, site) => {
    const xs = args.positional.map(asNumber);
    const value = xs.includes(undefined) || args.open ? Number.NaN : f(...(xs as number[]));
    return Number.isFinite(value) ? number(value) : unknown('a function of unknown numbers', site.span);
  };

const extreme =
  (op: 'min' | 'max'): NativeCall =>
  (args, site) => {
    const xs = args.positional.map(asScalar);
    if (xs.length === 0 || args.open || xs.includes(undefined)) return unknown(`${op}() of unknown values`, site.span);
    return number((xs as Scalar[]).reduce((a, b) => scalarOp(op, a, b)));
  };

const MATH: Readonly<Record<string, NativeCall | Value>> = {
  PI: float(Math.PI),
  E: float(Math.E),
  LN2: float(Math.LN2),
  SQRT2: float(Math.SQRT2),
  SQRT1_2: float(Math.SQRT1_2),
  sqrt: symbolic('sqrt'),
  floor: symbolic('floor'),
  ceil: symbolic('ceil'),
  log: symbolic('log'),
  exp: symbolic('exp'),
  abs: symbolic('abs'),
  min: extreme('min'),
  max: extreme('max'),
  pow: (args, site) => {
    const [x, y] = args.positional.map(asScalar);
    return x === undefined || y === undefined ? unknown('pow() of unknown values', site.span) : number(scalarOp('**', x, y));
  },
  round: numeric(Math.round),
  trunc: numeric(Math.trunc),
  sign: numeric(Math.sign),
  log2: numeric(Math.log2),
  log10: numeric(Math.log10),
  cbrt: numeric(Math.cbrt),
  sin: numeric(Math.sin),
  cos: numeric(Math.cos),
  tan: numeric(Math.tan),
  tanh: numeric(Math.tanh),
  hypot: numeric(Math.hypot),
  random: () => unknown('a random number'),
};

const object = (members: Readonly<Record<string, NativeCall | Value>>, open = false): DictValue => ({
  kind: 'dict',
  entries: new Map(
    Object.entries(members).map(([name, member]) => [
      `s${name}`,
      { key: str(name), value: typeof member === 'function' ? native(name, member, 'static') : member },
    ]),
  ),
  open,
});

const entriesOf = (value: Value): readonly { readonly key: Value; readonly value: Value }[] | undefined => {
  if (value.kind === 'dict') return [...value.entries.values()];
  if (value.kind === 'list') return value.items.map((item, i) => ({ key: str(String(i)), value: item }));
  return value.kind === 'instance' ? [...value.attrs].map(([name, v]) => ({ key: str(name), value: v })) : undefined;
};

const isOpen = (value: Value): boolean => (value.kind === 'dict' || value.kind === 'list') && value.open;

const listed =
  (of: (entry: { readonly key: Value; readonly value: Value }) => Value): NativeCall =>
  (args, site) => {
    const entries = entriesOf(first(args));
    return entries ? list(entries.map(of), isOpen(first(args))) : unknown('the members of an unknown object', site.span);
  };

const assign: NativeCall = (args, site, m) => {
  const [target, ...sources] = args.positional;
  if (target?.kind !== 'dict') return target ?? UNDEFINED;
  for (const source of sources) {
    const entries = entriesOf(source);
    for (const { key, value } of entries ?? []) if (key.kind === 'string') setEntry(target, key.value, value, m);
    if ((!entries && source.kind !== 'none') || isOpen(source)) target.open = true;
  }
  void site;
  return target;
};

const setEntry = (target: DictValue, name: string, value: Value, m: Interpreter): void => {
  const { entries } = target;
  const before = entries.get(`s${name}`);
  m.mutate(
    () => entries.set(`s${name}`, { key: str(name), value }),
    () => (before ? entries.set(`s${name}`, before) : entries.delete(`s${name}`)),
  );
};

const identity: NativeCall = (args) => first(args);

const nothing: NativeCall = () => UNDEFINED;

/** `new Array(3)`, `Array(1, 2)` */
const makeArray: NativeCall = (args, site) => {
  if (args.positional.length !== 1) return list([...args.positional], args.open);
  const length = first(args).kind === 'string' ? undefined : asNumber(first(args));
  return length !== undefined && length >= 0 && length <= LIMITS.items
    ? list(Array.from({ length }, () => UNDEFINED))
    : unknown('an array of unknown length', site.span);
};

/** `Array.from({length: n}, (_, i) => …)`, `Array.from(iterable, f)` */
const arrayFrom: NativeCall = (args, site, m) => {
  const [source = UNDEFINED, fn] = args.positional;
  let items = source.kind === 'dict' ? undefined : m.iterate(source);
  if (source.kind === 'dict') {
    const length = asNumber(source.entries.get('slength')?.value);
    if (length !== undefined && length >= 0 && length <= LIMITS.iterations) items = Array.from({ length }, () => UNDEFINED);
  }
  if (!items) return unknown('an array made from something unknown', site.span);
  const made = fn ? items.map((item, i) => m.call(fn, makeArgs([item, int(i)]), site)) : [...items];
  return list(made, source.kind === 'list' && source.open);
};

/** A class whose static members and constructor are written here. */
const builtinClass = (name: string, make: NativeCall, members: Readonly<Record<string, NativeCall | Value>> = {}): ClassValue => {
  const cls = nativeClass(name, [OBJECT], { __new__: (args, site, m) => make({ ...args, positional: args.positional.slice(1) }, site, m) });
  for (const [key, member] of Object.entries(members))
    cls.attrs.set(key, typeof member === 'function' ? native(key, member, 'static') : member);
  return cls;
};

const parse =
  (f: (text: string) => number): NativeCall =>
  (args, site) => {
    const text = textOf(first(args));
    const value = text === undefined || first(args).kind === 'unknown' ? Number.NaN : f(text);
    // A size that is read from somewhere stays a size.
    if (Number.isNaN(value)) return first(args).kind === 'unknown' ? first(args) : unknown('a number out of an unknown text', site.span);
    return number(value);
  };

const isInteger: NativeCall = (args, site) => {
  const v = first(args);
  if (v.kind === 'unknown') return unknown('whether a number is whole', site.span);
  return v.kind === 'number' && !isNumber(v.value)
    ? unknown('whether a symbol is whole', site.span)
    : bool(v.kind === 'number' && Number.isInteger(v.value));
};

const all: NativeCall = (args, site, m) => {
  const items = m.iterate(first(args));
  return items ? list([...items]) : unknown('Promise.all of unknown values', site.span);
};

const makeSet: NativeCall = (args, site, m) => {
  const items = first(args).kind === 'none' ? [] : m.iterate(first(args));
  return items ? { kind: 'set', items: [...items], open: false } : unknown('a set of unknown values', site.span);
};

/** The name stands in quotes here: the analysis itself must not write to it. */
const LOGGER = 'console';

const MAKERS: Readonly<Record<string, () => Value>> = {
  Math: () => object(MATH),
  Object: () =>
    builtinClass('Object', identity, {
      keys: listed((e) => e.key),
      values: listed((e) => e.value),
      entries: listed((e) => list([e.key, e.value])),
      assign,
      freeze: identity,
      seal: identity,
      defineProperty: identity,
      create: () => unknown('an object of a prototype'),
      fromEntries: (args, site, m) => {
        const pairs = m.iterate(first(args))?.map((pair) => m.iterate(pair) ?? []);
        if (!pairs) return unknown('an object of unknown entries', site.span);
        return object(Object.fromEntries(pairs.map(([key, value]) => [(key && textOf(key)) ?? '?', value ?? UNDEFINED])));
      },
    }),
  Array: () =>
    builtinClass('Array', makeArray, {
      from: arrayFrom,
      of: (args) => list([...args.positional], args.open),
      isArray: (args, site) =>
        first(args).kind === 'unknown'
          ? unknown('whether a value is a list', site.span)
          : bool(first(args).kind === 'list' || first(args).kind === 'tuple'),
    }),
  Number: () =>
    builtinClass('Number', parse(Number), {
      isInteger,
      isSafeInteger: isInteger,
      parseInt: parse((t) => Number.parseInt(t, 10)),
      parseFloat: parse(Number.parseFloat),
      EPSILON: float(Number.EPSILON),
      MAX_SAFE_INTEGER: int(Number.MAX_SAFE_INTEGER),
    }),
  String: () =>
    builtinClass('String', (args, site) =>
      textOf(first(args)) === undefined ? unknown('text of an unknown value', site.span) : str(textOf(first(args)) as string),
    ),
  Boolean: () =>
    builtinClass('Boolean', (args, site) => {
      const answer = truth(first(args));
      return answer === undefined ? unknown('truth of an unknown value', site.span) : bool(answer);
    }),
  Promise: () =>
    builtinClass('Promise', () => unknown('a promise'), { resolve: identity, all, allSettled: all, reject: () => unknown('a failure') }),
  Set: () => builtinClass('Set', makeSet),
  Error: () => nativeClass('Error', [OBJECT]),
  TypeError: () => nativeClass('TypeError', [OBJECT]),
  RangeError: () => nativeClass('RangeError', [OBJECT]),
  parseInt: () =>
    native(
      'parseInt',
      parse((t) => Number.parseInt(t, 10)),
      'static',
    ),
  parseFloat: () => native('parseFloat', parse(Number.parseFloat), 'static'),
  isNaN: () =>
    native('isNaN', (args, site) => (asNumber(first(args)) === undefined ? unknown('isNaN()', site.span) : bool(false)), 'static'),
  structuredClone: () => native('structuredClone', identity, 'static'),
  [LOGGER]: () =>
    object(
      Object.fromEntries(
        ['log', 'info', 'warn', 'error', 'debug', 'table', 'time', 'timeEnd', 'assert', 'group', 'groupEnd', 'dir'].map((name) => [
          name,
          nothing,
        ]),
      ),
    ),
  Infinity: () => unknown('infinity'),
  NaN: () => unknown('not a number'),
  null: () => NONE,
};

/** Objects that hold the global names. */
const GLOBAL_OBJECTS: ReadonlySet<string> = new Set(['globalThis', 'window', 'self', 'global']);

const made = new Map<string, Value>();

export const globalValue = (m: Machine, name: string): Value | undefined => {
  const known = made.get(name);
  if (known) return known;
  const make = Object.hasOwn(MAKERS, name) ? MAKERS[name] : undefined;
  if (make) {
    const value = make();
    made.set(name, value);
    return value;
  }
  if (GLOBAL_OBJECTS.has(name)) return externalModule(m, 'globalThis');
  const found = m.hooks.external(`globalThis.${name}`);
  return found === 'module' ? externalModule(m, `globalThis.${name}`) : found;
};
