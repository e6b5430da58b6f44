/** Methods of arrays. Those that take a function call it once for each item that is known. */
import type { Interpreter } from '../api.ts';
import type { Machine } from '../machine.ts';
import { asNumber, native } from '../native.ts';
import type { Args, CallSite, ListValue, TupleValue, Value } from '../values.ts';
import { bool, int, list, args as makeArgs, str, UNDEFINED, unknown } from '../values.ts';
import { same, textOf, truth } from './operators.ts';

type Method = (self: ListValue, args: Args, site: CallSite, m: Machine) => Value;

const setItems = (m: Machine, target: ListValue, items: Value[]): void =>
  m.write(target, 'items', target.items, items, (v) => {
    target.items = v;
  });

/** Calls back for every item. */
const each = <T>(
  self: ListValue,
  args: Args,
  site: CallSite,
  m: Machine,
  use: (result: Value, item: Value, index: number) => T | undefined,
): T | undefined => {
  const [fn] = args.positional;
  if (self.open) m.partial('A list of unknown length is followed for the items that are known', site.span);
  for (const [i, item] of self.items.entries()) {
    if (!m.spend(1) || !fn) return undefined;
    const answer = use(m.call(fn, makeArgs([item, int(i), self]), site), item, i);
    if (answer !== undefined) return answer;
  }
  return undefined;
};

/** A position counted from the end where it is negative; undefined where it is not known. */
const position = (value: Value | undefined, length: number, fallback: number): number | undefined => {
  if (!value || value.kind === 'none') return fallback;
  const at = asNumber(value);
  return at === undefined ? undefined : Math.max(0, Math.min(length, at < 0 ? at + length : at));
};

const indexOf = (self: ListValue, x: Value): number | undefined => {
  let open = self.open;
  for (const [i, item] of self.items.entries()) {
    const answer = same(item, x);
    if (answer) return i;
    if (answer === undefined) open = true;
  }
  return open ? undefined : -1;
};

const flatten = (items: readonly Value[], depth: number): Value[] =>
  items.flatMap((item) => (item.kind === 'list' && depth > 0 ? flatten(item.items, depth - 1) : [item]));

const METHODS: Readonly<Record<string, Method>> = {
  push: (self, args, _site, m) => {
    // In place while nothing may be undone: pushing in a loop stays linear.
    if (m.recording) setItems(m, self, [...self.items, ...args.positional]);
    else for (const item of args.positional) self.items.push(item);
    if (args.open) self.open = true;
    return int(self.items.length);
  },
  pop: (self, _args, _site, m) => {
    const last = self.items.at(-1) ?? UNDEFINED;
    setItems(m, self, self.items.slice(0, -1));
    return last;
  },
  shift: (self, _args, _site, m) => {
    const first = self.items[0] ?? UNDEFINED;
    setItems(m, self, self.items.slice(1));
    return first;
  },
  unshift: (self, args, _site, m) => {
    setItems(m, self, [...args.positional, ...self.items]);
    return int(self.items.length);
  },
  splice: (self, args, site, m) => {
    const start = position(args.positional[0], self.items.length, 0);
    const count = args.positional[1] ? asNumber(args.positional[1]) : self.items.length;
    if (start === undefined || count === undefined) {
      self.open = true;
      return unknown('splice() of unknown positions', site.span);
    }
    const items = [...self.items];
    const taken = items.splice(start, count, ...args.positional.slice(2));
    setItems(m, self, items);
    return list(taken);
  },
  slice: (self, args, site) => {
    const start = position(args.positional[0], self.items.length, 0);
    const end = position(args.positional[1], self.items.length, self.items.length);
    return start === undefined || end === undefined
      ? unknown('a slice whose bounds are not known', site.span)
      : list(self.items.slice(start, end), self.open);
  },
  concat: (self, args) => {
    const open = self.open || args.positional.some((v) => v.kind === 'unknown' || (v.kind === 'list' && v.open));
    return list(
      [
        ...self.items,
        ...args.positional.flatMap((v) => (v.kind === 'list' || v.kind === 'tuple' ? v.items : v.kind === 'unknown' ? [] : [v])),
      ],
      open,
    );
  },
  map: (self, args, site, m) => {
    const results: Value[] = [];
    each(self, args, site, m, (result) => {
      results.push(result);
      return undefined;
    });
    return list(results, self.open || results.length < self.items.length);
  },
  flatMap: (self, args, site, m) => {
    const results: Value[] = [];
    each(self, args, site, m, (result) => {
      results.push(result);
      return undefined;
    });
    return list(flatten(results, 1), self.open || results.some((v) => v.kind === 'unknown' || (v.kind === 'list' && v.open)));
  },
  forEach: (self, args, site, m) => {
    each(self, args, site, m, () => undefined);
    return UNDEFINED;
  },
  filter: (self, args, site, m) => {
    const kept: Value[] = [];
    let { open } = self;
    each(self, args, site, m, (result, item) => {
      const answer = truth(result);
      if (answer) kept.push(item);
      if (answer === undefined) open = true;
      return undefined;
    });
    return list(kept, open);
  },
  reduce: (self, args, site, m) => {
    const [fn, start] = args.positional;
    if (!fn || self.open) return unknown('reduce() of unknown values', site.span);
    const rest = start ? self.items : self.items.slice(1);
    return rest.reduce<Value>(
      (sum, item, i) => m.call(fn, makeArgs([sum, item, int(start ? i : i + 1), self]), site),
      start ?? self.items[0] ?? UNDEFINED,
    );
  },
  find: (self, args, site, m) => search(self, args, site, m, (item) => item) ?? UNDEFINED,
  findIndex: (self, args, site, m) => search(self, args, site, m, (_item, index) => int(index)) ?? int(-1),
  some: (self, args, site, m) => search(self, args, site, m, () => bool(true)) ?? bool(false),
  every: (self, args, site, m) => {
    let known = !self.open;
    const failed = each(self, args, site, m, (result) => {
      const answer = truth(result);
      if (answer === undefined) known = false;
      return answer === false ? true : undefined;
    });
    return failed ? bool(false) : known ? bool(true) : unknown('every() of unknown values', site.span);
  },
  indexOf: (self, args, site) => {
    const index = indexOf(self, args.positional[0] ?? UNDEFINED);
    return index === undefined ? unknown('the place of an unknown value', site.span) : int(index);
  },
  includes: (self, args, site) => {
    const index = indexOf(self, args.positional[0] ?? UNDEFINED);
    return index === undefined ? unknown('whether a list holds an unknown value', site.span) : bool(index >= 0);
  },
  join: (self, args, site) => {
    const parts = self.items.map((item) => textOf(item));
    return self.open || parts.includes(undefined)
      ? unknown('text of an unknown value', site.span)
      : str(parts.join(textOf(args.positional[0] ?? str(',')) ?? ','));
  },
  reverse: (self, _args, _site, m) => {
    setItems(m, self, [...self.items].reverse());
    return self;
  },
  fill: (self, args, site, m) => {
    if (self.items.length > 1 && args.positional.length === 1) m.hooks.repeated?.(args.positional, self.items.length, site.span, m);
    setItems(
      m,
      self,
      self.items.map(() => args.positional[0] ?? UNDEFINED),
    );
    return self;
  },
  flat: (self, args) => list(flatten(self.items, asNumber(args.positional[0]) ?? 1), self.open),
  sort: (self, _args, _site, m) => {
    // By the text of the items, or by a function: where they stand afterwards is not followed.
    if (self.items.length > 1)
      setItems(
        m,
        self,
        self.items.map(() => unknown('sorted')),
      );
    return self;
  },
  keys: (self) =>
    list(
      self.items.map((_, i) => int(i)),
      self.open,
    ),
  values: (self) => list([...self.items], self.open),
  entries: (self) =>
    list(
      self.items.map((item, i) => list([int(i), item])),
      self.open,
    ),
  at: (self, args, site) => {
    const at = asNumber(args.positional[0]);
    return at === undefined || self.open ? unknown('an index that is not known', site.span) : (self.items.at(at) ?? UNDEFINED);
  },
};

/** The first item that a function says yes to; unknown once it cannot say. */
const search = (
  self: ListValue,
  args: Args,
  site: CallSite,
  m: Machine,
  give: (item: Value, index: number) => Value,
): Value | undefined => {
  const found = each(self, args, site, m, (result, item, index) => {
    const answer = truth(result);
    return answer === false ? undefined : answer ? give(item, index) : unknown('a search among unknown values', site.span);
  });
  return found ?? (self.open ? unknown('a search in a list of unknown length', site.span) : undefined);
};

export const arrayMethod = (value: ListValue | TupleValue, name: string): Value | undefined => {
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  if (!method) return undefined;
  const self: ListValue = value.kind === 'list' ? value : { kind: 'list', items: [...value.items], open: false };
  return native(name, (args: Args, site: CallSite, m: Interpreter) => method(self, args, site, m as Machine), 'static');
};
