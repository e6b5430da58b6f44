/**
 * Classes that the source derives from: `class Registry(dict)`, `class Stack(list)`, `class Config(MutableMapping)`. An instance holds a
 * built-in value, and what the class itself does not define goes to that.
 */
import type { Machine } from '../machine.ts';
import { nativeClass } from '../native.ts';
import type { Args, CallSite, ClassValue, DictValue, ListValue, NativeCall, NativeFunction, Value } from '../values.ts';
import { bool, int, keyOf, list, args as makeArgs, NONE, tuple, unknown } from '../values.ts';
import { methodOf } from './methods.ts';
import { OBJECT } from './types.ts';

type Held = DictValue | ListValue;

const emptyDict = (): DictValue => ({ kind: 'dict', entries: new Map(), open: false });

/** The value inside; one whose `__init__` never came here is empty. */
const heldBy = (self: Value | undefined, empty: () => Held): Held | undefined => {
  if (self?.kind !== 'instance') return undefined;
  if (!isHeld(self.data)) self.data = empty();
  return self.data as Held;
};

const isHeld = (data: unknown): boolean =>
  typeof data === 'object' && data !== null && 'kind' in data && (data.kind === 'dict' || data.kind === 'list');

const rest = (args: Args): Args => ({ ...args, positional: args.positional.slice(1) });

/** Methods of the built-in type, taken from the value inside. */
const delegated = (names: readonly string[], empty: () => Held): Record<string, NativeCall> =>
  Object.fromEntries(
    names.map((name): [string, NativeCall] => [
      name,
      (args, site, m) => {
        const held = heldBy(args.positional[0], empty);
        const method = held && methodOf(held, name);
        return method ? m.call(method, rest(args), site) : unknown(`${name}() of an unknown value`, site.span);
      },
    ]),
  );

const lengthOf = (held: Held | undefined): Value =>
  !held || held.open ? unknown('length of an open container') : int(held.kind === 'dict' ? held.entries.size : held.items.length);

/** What `collections.abc.Mapping` adds to `__getitem__` and `__iter__`. */
const mappingMethods: Readonly<Record<string, NativeCall>> = {
  __contains__: (args, _site, m) => {
    const [self, key] = args.positional;
    const keys = self && m.iterate(self);
    const answers = keys?.map((one) => m.equal(one, key ?? NONE));
    return answers?.includes(true)
      ? bool(true)
      : !answers || answers.includes(undefined)
        ? unknown('a key of an unknown mapping')
        : bool(false);
  },
  get: (args, site, m) => {
    const [self, key, fallback] = args.positional;
    if (!self || !key) return unknown('get() of an unknown value', site.span);
    const has = m.callMethod(self, '__contains__', makeArgs([key]), site);
    const known = has && m.truth(has);
    if (known === undefined) return unknown('a key that is not known', site.span);
    return known ? itemOf(m, self, key, site) : (fallback ?? args.keywords.get('default') ?? NONE);
  },
  keys: (args, site, m) => entriesOf(args, site, m, (key) => key),
  values: (args, site, m) => entriesOf(args, site, m, (_, value) => value()),
  items: (args, site, m) => entriesOf(args, site, m, (key, value) => tuple([key, value()])),
};

const itemOf = (m: Parameters<NativeCall>[2], self: Value, key: Value, site: CallSite): Value =>
  m.callMethod(self, '__getitem__', makeArgs([key]), site) ?? unknown('an item that is not known', site.span);

const entriesOf = (args: Args, site: CallSite, m: Parameters<NativeCall>[2], make: (key: Value, value: () => Value) => Value): Value => {
  const [self] = args.positional;
  const keys = self && m.iterate(self);
  return keys ? list(keys.map((key) => make(key, () => itemOf(m, self, key, site)))) : list([], true);
};

const mutableMethods: Readonly<Record<string, NativeCall>> = {
  update: (args, site, m) => {
    const [self, source] = args.positional;
    if (!self) return NONE;
    const pairs = source?.kind === 'dict' ? [...source.entries.values()].map((e) => [e.key, e.value]) : undefined;
    for (const [key, value] of pairs ?? []) m.callMethod(self, '__setitem__', makeArgs([key as Value, value as Value]), site);
    for (const [name, value] of args.keywords) m.callMethod(self, '__setitem__', makeArgs([{ kind: 'string', value: name }, value]), site);
    return NONE;
  },
};

export const MAPPING: ClassValue = nativeClass('collections.abc.Mapping', [OBJECT], mappingMethods);
export const MUTABLE_MAPPING: ClassValue = nativeClass('collections.abc.MutableMapping', [MAPPING], mutableMethods);

const DICT: ClassValue = nativeClass('builtins.dict', [OBJECT], {
  ...delegated(['get', 'items', 'keys', 'values', 'copy', 'pop', 'setdefault', 'update'], emptyDict),
  __init__: (args, site, m) => {
    const held = heldBy(args.positional[0], emptyDict);
    const update = held && methodOf(held, 'update');
    if (update) m.call(update, rest(args), site);
    if (held && args.open) held.open = true;
    return NONE;
  },
  __getitem__: (args, site, m) => {
    const [self, key] = args.positional;
    const held = heldBy(self, emptyDict);
    const text = keyOf(key ?? NONE);
    const found = held?.kind === 'dict' && text !== undefined ? held.entries.get(text) : undefined;
    if (found) return found.value;
    const missing =
      self && text !== undefined && !held?.open ? m.callMethod(self, '__missing__', makeArgs([key ?? NONE]), site) : undefined;
    return missing ?? unknown('a key that is not known', site.span);
  },
  __setitem__: (args, site, m) => {
    const [self, key, value] = args.positional;
    const held = heldBy(self, emptyDict);
    if (held && key && value) (m as Machine).setItem(held, key, value, site);
    return NONE;
  },
  __delitem__: (args, site, m) => {
    const held = heldBy(args.positional[0], emptyDict);
    const pop = held && methodOf(held, 'pop');
    if (pop) m.call(pop, makeArgs([args.positional[1] ?? NONE]), site);
    return NONE;
  },
  __contains__: (args) => {
    const held = heldBy(args.positional[0], emptyDict);
    const key = keyOf(args.positional[1] ?? NONE);
    if (held?.kind !== 'dict' || key === undefined) return unknown('a key that is not known');
    return held.entries.has(key) ? bool(true) : held.open ? unknown('a key that is not known') : bool(false);
  },
  __len__: (args) => lengthOf(heldBy(args.positional[0], emptyDict)),
  __iter__: (args) => {
    const held = heldBy(args.positional[0], emptyDict);
    return held?.kind === 'dict'
      ? list(
          [...held.entries.values()].map((e) => e.key),
          held.open,
        )
      : list([], true);
  },
});

const LIST: ClassValue = nativeClass('builtins.list', [OBJECT], {
  ...delegated(['append', 'extend', 'insert', 'pop', 'remove', 'clear', 'reverse', 'copy', 'index', 'count'], () => list([]) as ListValue),
  __init__: (args, site, m) => {
    const held = heldBy(args.positional[0], () => list([]) as ListValue);
    const extend = held && methodOf(held, 'extend');
    if (extend && args.positional.length > 1) m.call(extend, rest(args), site);
    return NONE;
  },
  __getitem__: (args, site, m) =>
    (m as Machine).item(heldBy(args.positional[0], () => list([]) as ListValue) ?? NONE, args.positional[1] ?? NONE, site.span),
  __setitem__: (args, site, m) => {
    const held = heldBy(args.positional[0], () => list([]) as ListValue);
    const [, key, value] = args.positional;
    if (held && key && value) (m as Machine).setItem(held, key, value, site);
    return NONE;
  },
  __len__: (args) => lengthOf(heldBy(args.positional[0], () => list([]) as ListValue)),
  __iter__: (args) => heldBy(args.positional[0], () => list([]) as ListValue) ?? list([], true),
});

const BASES: Readonly<Record<string, ClassValue>> = { dict: DICT, OrderedDict: DICT, UserDict: DICT, list: LIST, UserList: LIST };

/** The class to derive from where a built-in type is written as a base. */
export const baseClass = (type: NativeFunction): ClassValue | undefined => (Object.hasOwn(BASES, type.name) ? BASES[type.name] : undefined);

/** Whether an instance is of a built-in type by derivation. */
export const derivesFrom = (cls: ClassValue, type: string): boolean => {
  const base = Object.hasOwn(BASES, type) ? BASES[type] : undefined;
  return base !== undefined && cls.mro.includes(base);
};
