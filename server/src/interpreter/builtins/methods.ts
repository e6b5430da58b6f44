/** Methods of the built-in types: list, dict, str, set, tuple, numbers. */

import type { Interpreter } from '../api.ts';
import type { Machine } from '../machine.ts';
import { asScalar, native } from '../native.ts';
import type { Args, CallSite, DictValue, ListValue, SetValue, Value } from '../values.ts';
import { bool, int, keyOf, list, NONE, str, textFrom, tuple, unknown } from '../values.ts';

type Method<T extends Value> = (self: T, args: Args, site: CallSite, m: Machine) => Value;

/** Replaces a list's items through the journal. */
const setItems = (m: Machine, target: ListValue | SetValue, items: Value[]): void =>
  m.write(target, 'items', target.items, items, (v) => {
    target.items = v;
  });

const LIST: Readonly<Record<string, Method<ListValue>>> = {
  /** Arrays of numpy stand here as lists. */
  tolist: (self) => self,
  append: (self, args, _site, m) => {
    // In place while nothing may be undone: appending in a loop stays linear.
    const item = args.positional[0] ?? NONE;
    // How many come before it is not known.
    if (self.open && item.kind === 'instance') m.doubt(item, '');
    if (m.recording) setItems(m, self, [...self.items, item]);
    else self.items.push(item);
    return NONE;
  },
  extend: (self, args, _site, m) => {
    const source = args.positional[0] ?? NONE;
    const items = m.iterate(source);
    setItems(m, self, [...self.items, ...(items ?? [])]);
    if (!items || (source.kind === 'list' && source.open)) self.open = true;
    return NONE;
  },
  insert: (self, args, _site, m) => {
    const at = asScalar(args.positional[0]);
    const items = [...self.items];
    items.splice(typeof at === 'number' ? at : items.length, 0, args.positional[1] ?? NONE);
    setItems(m, self, items);
    return NONE;
  },
  pop: (self, args, site, m) => {
    const at = args.positional[0] ? asScalar(args.positional[0]) : -1;
    if (typeof at !== 'number') return unknown('pop() of an unknown index', site.span);
    const items = [...self.items];
    const [taken] = items.splice(at, 1);
    setItems(m, self, items);
    return taken ?? unknown('pop() from an empty list', site.span);
  },
  appendleft: (self, args, _site, m) => {
    setItems(m, self, [args.positional[0] ?? NONE, ...self.items]);
    return NONE;
  },
  popleft: (self, args, site, m) => LIST.pop?.(self, { ...args, positional: [int(0)] }, site, m) ?? NONE,
  remove: (self, args, _site, m) => {
    const index = self.items.findIndex((v) => m.equal(v, args.positional[0] ?? NONE) === true);
    if (index >= 0)
      setItems(
        m,
        self,
        self.items.filter((_, i) => i !== index),
      );
    return NONE;
  },
  clear: (self, _args, _site, m) => {
    setItems(m, self, []);
    return NONE;
  },
  reverse: (self, _args, _site, m) => {
    setItems(m, self, [...self.items].reverse());
    return NONE;
  },
  copy: (self) => list([...self.items], self.open),
  index: (self, args, site, m) => {
    const index = self.items.findIndex((v) => m.equal(v, args.positional[0] ?? NONE) === true);
    return index < 0 ? unknown('index() of a missing item', site.span) : int(index);
  },
  count: (self, args, _site, m) => int(self.items.filter((v) => m.equal(v, args.positional[0] ?? NONE) === true).length),
};

const put = (m: Machine, self: DictValue, key: Value, value: Value): void => {
  const text = keyOf(key);
  if (text === undefined) {
    self.open = true;
    return;
  }
  const { entries } = self;
  m.write(self, text, entries.get(text), { key, value }, (v) => (v ? entries.set(text, v) : entries.delete(text)));
};

const DICT: Readonly<Record<string, Method<DictValue>>> = {
  get: (self, args, site) => {
    const key = keyOf(args.positional[0] ?? NONE);
    const found = key === undefined ? undefined : self.entries.get(key);
    if (found) return found.value;
    if (key === undefined || self.open) return unknown('a key that is not known', site.span);
    return args.positional[1] ?? args.keywords.get('default') ?? NONE;
  },
  items: (self) =>
    list(
      [...self.entries.values()].map((e) => tuple([e.key, e.value])),
      self.open,
    ),
  keys: (self) =>
    list(
      [...self.entries.values()].map((e) => e.key),
      self.open,
    ),
  values: (self) =>
    list(
      [...self.entries.values()].map((e) => e.value),
      self.open,
    ),
  copy: (self) => ({ ...self, entries: new Map(self.entries) }),
  pop: (self, args, site, m) => {
    const key = keyOf(args.positional[0] ?? NONE);
    const found = key === undefined ? undefined : self.entries.get(key);
    if (!found || key === undefined) return args.positional[1] ?? unknown('pop() of a key that is not known', site.span);
    const { entries } = self;
    m.write<typeof found | undefined>(self, key, found, undefined, (v) => (v ? entries.set(key, v) : entries.delete(key)));
    return found.value;
  },
  setdefault: (self, args, _site, m) => {
    const key = args.positional[0] ?? NONE;
    const text = keyOf(key);
    const found = text === undefined ? undefined : self.entries.get(text);
    if (found) return found.value;
    const value = args.positional[1] ?? NONE;
    put(m, self, key, value);
    return value;
  },
  update: (self, args, _site, m) => {
    const source = args.positional[0];
    if (source?.kind === 'dict') {
      for (const { key, value } of source.entries.values()) put(m, self, key, value);
      if (source.open) self.open = true;
    } else if (source) {
      const pairs = m.iterate(source);
      if (!pairs) self.open = true;
      for (const pair of pairs ?? []) {
        const [key, value] = m.iterate(pair) ?? [];
        if (key && value) put(m, self, key, value);
      }
    }
    for (const [name, value] of args.keywords) put(m, self, str(name), value);
    return NONE;
  },
};

/** `a | b` and friends as methods; undefined items of either side leave the result open. */
const combined =
  (
    keep: (mine: readonly Value[], theirs: readonly Value[], has: (items: readonly Value[], v: Value) => boolean) => Value[],
  ): Method<SetValue> =>
  (self, args, site, m) => {
    const other = args.positional[0] ?? list([]);
    const items = m.iterate(other);
    if (!items) return unknown('a set of unknown values', site.span);
    const has = (among: readonly Value[], v: Value): boolean => among.some((one) => m.equal(one, v) === true);
    const open = self.open || ((other.kind === 'list' || other.kind === 'set') && other.open);
    return { kind: 'set', items: keep(self.items, items, has), open };
  };

const SET: Readonly<Record<string, Method<SetValue>>> = {
  union: combined((a, b, has) => [...a, ...b.filter((v) => !has(a, v))]),
  intersection: combined((a, b, has) => a.filter((v) => has(b, v))),
  difference: combined((a, b, has) => a.filter((v) => !has(b, v))),
  update: (self, args, site, m) => {
    for (const item of m.iterate(args.positional[0] ?? NONE) ?? []) SET.add?.(self, { ...args, positional: [item] }, site, m);
    return NONE;
  },
  discard: (self, args, _site, m) => {
    const gone = args.positional[0] ?? NONE;
    setItems(
      m,
      self,
      self.items.filter((v) => m.equal(v, gone) !== true),
    );
    return NONE;
  },
  add: (self, args, _site, m) => {
    const item = args.positional[0] ?? NONE;
    const texts = textsOf(self);
    if (item.kind === 'string' ? texts.known.has(item.value) : self.items.some((v) => m.equal(v, item) === true)) return NONE;
    setItems(m, self, [...self.items, item]);
    if (item.kind === 'string') texts.known.add(item.value);
    texts.items = self.items;
    return NONE;
  },
};

/** The texts in a set, so that a registry of a thousand names is not gone through for each; void once its items are others. */
const texts = new WeakMap<SetValue, { items: readonly Value[]; readonly known: Set<string> }>();

const textsOf = (set: SetValue): { items: readonly Value[]; readonly known: Set<string> } => {
  let one = texts.get(set);
  if (one?.items !== set.items) {
    one = { items: set.items, known: new Set(set.items.flatMap((v) => (v.kind === 'string' ? [v.value] : []))) };
    texts.set(set, one);
  }
  return one;
};

const text =
  (f: (s: string, args: string[]) => Value): Method<Value & { kind: 'string' }> =>
  (self, args, site, m) => {
    const rest = args.positional.map((v) => (v.kind === 'number' ? m.text(v) : v.kind === 'string' ? v.value : undefined));
    return rest.some((r) => r === undefined) ? unknown('text of an unknown value', site.span) : f(self.value, rest as string[]);
  };

/** `s.split(sep, maxsplit)`; a count without a separator is not cut by, which gives more parts than there are: unknown then. */
const parting =
  (f: (given: { s: string; sep: string | undefined; most: number }) => readonly string[]): Method<Value & { kind: 'string' }> =>
  (self, args, site) => {
    const sep = args.positional[0] ?? args.keywords.get('sep');
    const most = asScalar(args.positional[1] ?? args.keywords.get('maxsplit') ?? int(-1));
    if (typeof most !== 'number' || (sep && sep.kind !== 'string' && sep.kind !== 'none'))
      return unknown('text of an unknown value', site.span);
    const by = sep?.kind === 'string' ? sep.value : undefined;
    if (by === undefined && most >= 0) return unknown('split() at some blanks', site.span);
    return list(f({ s: self.value, sep: by, most }).map(str));
  };

/** One text or a tuple of them. */
const affix =
  (f: (s: string, part: string) => boolean): Method<Value & { kind: 'string' }> =>
  (self, args, site) => {
    const [given] = args.positional;
    const parts = given?.kind === 'tuple' ? given.items : given ? [given] : [];
    if (parts.some((p) => p.kind === 'string' && f(self.value, p.value))) return bool(true);
    return parts.every((p) => p.kind === 'string') ? bool(false) : unknown('a text that is not known', site.span);
  };

const STRING: Readonly<Record<string, Method<Value & { kind: 'string' }>>> = {
  lower: text((s) => str(s.toLowerCase())),
  upper: text((s) => str(s.toUpperCase())),
  title: text((s) => str(s.replace(/\w+/g, (w) => w.charAt(0).toUpperCase() + w.slice(1).toLowerCase()))),
  capitalize: text((s) => str(s.charAt(0).toUpperCase() + s.slice(1).toLowerCase())),
  strip: text((s, [chars]) => str(stripEnds(s, chars, true, true))),
  lstrip: text((s, [chars]) => str(stripEnds(s, chars, true, false))),
  rstrip: text((s, [chars]) => str(stripEnds(s, chars, false, true))),
  startswith: affix((s, part) => s.startsWith(part)),
  endswith: affix((s, part) => s.endsWith(part)),
  removeprefix: text((s, [part]) => str(part && s.startsWith(part) ? s.slice(part.length) : s)),
  removesuffix: text((s, [part]) => str(part && s.endsWith(part) ? s.slice(0, -part.length) : s)),
  replace: text((s, [a, b]) => str(s.split(a ?? '').join(b ?? ''))),
  split: parting(({ s, sep, most }) => {
    const parts = sep === undefined ? s.trim().split(/\s+/) : s.split(sep);
    // What is left after the last cut stays whole.
    return most < 0 || parts.length <= most + 1 || sep === undefined ? parts : [...parts.slice(0, most), parts.slice(most).join(sep)];
  }),
  rsplit: parting(({ s, sep, most }) => {
    const parts = sep === undefined ? s.trim().split(/\s+/) : s.split(sep);
    const cut = parts.length - most;
    return most < 0 || cut <= 1 || sep === undefined ? parts : [parts.slice(0, cut).join(sep), ...parts.slice(cut)];
  }),
  partition: text((s, [sep]) =>
    tuple(
      sep && s.includes(sep)
        ? [str(s.slice(0, s.indexOf(sep))), str(sep), str(s.slice(s.indexOf(sep) + sep.length))]
        : [str(s), str(''), str('')],
    ),
  ),
  rpartition: text((s, [sep]) =>
    tuple(
      sep && s.includes(sep)
        ? [str(s.slice(0, s.lastIndexOf(sep))), str(sep), str(s.slice(s.lastIndexOf(sep) + sep.length))]
        : [str(''), str(''), str(s)],
    ),
  ),
  find: text((s, [p]) => int(s.indexOf(p ?? ''))),
  count: text((s, [p]) => int(s.split(p ?? '').length - 1)),
  isdigit: text((s) => bool(/^\d+$/.test(s))),
  zfill: text((s, [n]) => str(s.padStart(Number(n ?? 0), '0'))),
  join: (self, args, site, m) => {
    const items = m.iterate(args.positional[0] ?? NONE) ?? [unknown('not known')];
    const parts = items.map((v) => (v.kind === 'string' ? v.value : undefined));
    return parts.includes(undefined) ? unknown('text of an unknown value', site.span) : textFrom(parts.join(self.value), items);
  },
  format: (self, args, site, m) => {
    let next = 0;
    let failed = false;
    const result = self.value.replace(/\{(\w*)(?::[^}]*)?\}/g, (_, name: string) => {
      const v = name === '' ? args.positional[next++] : /^\d+$/.test(name) ? args.positional[Number(name)] : args.keywords.get(name);
      const piece = v && m.text(v);
      if (piece === undefined) failed = true;
      return piece ?? '';
    });
    return failed ? unknown('text of an unknown value', site.span) : textFrom(result, [...args.positional, ...args.keywords.values()]);
  },
};

const stripEnds = (s: string, chars: string | undefined, left: boolean, right: boolean): string => {
  const drop = (c: string): boolean => (chars === undefined ? /\s/.test(c) : chars.includes(c));
  let [from, to] = [0, s.length];
  while (left && from < to && drop(s.charAt(from))) from++;
  while (right && to > from && drop(s.charAt(to - 1))) to--;
  return s.slice(from, to);
};

const TUPLE: Readonly<Record<string, Method<Value & { kind: 'tuple' }>>> = {
  index: (self, args, site, m) => {
    const index = self.items.findIndex((v) => m.equal(v, args.positional[0] ?? NONE) === true);
    return index < 0 ? unknown('index() of a missing item', site.span) : int(index);
  },
  count: (self, args, _site, m) => int(self.items.filter((v) => m.equal(v, args.positional[0] ?? NONE) === true).length),
  _asdict: (self) => ({
    kind: 'dict',
    entries: new Map((self.names ?? []).map((name, i) => [`s${name}`, { key: str(name), value: self.items[i] ?? NONE }])),
    open: false,
  }),
};

const NUMBER: Readonly<Record<string, Method<Value & { kind: 'number' }>>> = {
  item: (self) => self,
  is_integer: (self) => bool(typeof self.value === 'number' && Number.isInteger(self.value)),
  bit_length: (self) =>
    typeof self.value === 'number' ? int(self.value === 0 ? 0 : Math.floor(Math.log2(Math.abs(self.value))) + 1) : unknown('bit_length()'),
};

const TABLES: Partial<Record<Value['kind'], Readonly<Record<string, Method<never>>>>> = {
  list: LIST,
  dict: DICT,
  set: SET,
  string: STRING,
  tuple: TUPLE,
  number: NUMBER,
};

/** A bound method of a built-in value; undefined where it has none of that name. */
export const methodOf = (value: Value, name: string): Value | undefined => {
  const table = TABLES[value.kind];
  const method = table && Object.hasOwn(table, name) ? (table[name] as Method<Value> | undefined) : undefined;
  if (method) return native(name, (args: Args, site: CallSite, m: Interpreter) => method(value, args, site, m as Machine), 'static');
  // Static calls on the type: `str.lower(x)`, `dict.fromkeys(xs, v)`.
  if (value.kind === 'native' && value.name === 'dict' && name === 'fromkeys') {
    return native(
      name,
      (args, site, m) => {
        const keys = m.iterate(args.positional[0] ?? NONE);
        if (!keys) return unknown('dict.fromkeys() of unknown keys', site.span);
        return {
          kind: 'dict',
          entries: new Map(
            keys.flatMap((key) => (keyOf(key) === undefined ? [] : [[keyOf(key) as string, { key, value: args.positional[1] ?? NONE }]])),
          ),
          open: false,
        };
      },
      'static',
    );
  }
  return undefined;
};
