/** copy: containers and instances of source classes; a framework's objects are copied by the framework's `__deepcopy__`, else shared. */
import type { Interpreter } from '../api.ts';
import type { Args, CallSite, InstanceValue, NativeCall, Value } from '../values.ts';
import { list, NONE, tuple } from '../values.ts';

const DEPTH = 20;

/** Nothing but attributes: every class that it comes from is written in Python. */
const isPlain = ({ cls, data }: InstanceValue): boolean =>
  !cls.open && (data === undefined || data === null) && cls.mro.every((one) => one.source !== null || one.path === 'object');

export const shallowCopy: NativeCall = (args, site, m) => {
  const v = args.positional[0] ?? NONE;
  if (v.kind === 'list') return list([...v.items], v.open);
  if (v.kind === 'set') return { ...v, items: [...v.items] };
  if (v.kind === 'dict') return { ...v, entries: new Map(v.entries) };
  if (v.kind !== 'instance') return v;
  if (!isPlain(v)) return m.callMethod(v, '__copy__', NO_MEMO, site) ?? m.callMethod(v, '__deepcopy__', MEMO, site) ?? v;
  const copy = m.newInstance(v.cls, undefined, site);
  for (const [name, value] of v.attrs) m.storeAttr(copy, name, value);
  return copy;
};

const MEMO: Args = { positional: [NONE], keywords: new Map(), open: false };
const NO_MEMO: Args = { positional: [], keywords: new Map(), open: false };

export const deepCopy: NativeCall = (args, site, m) => copyOf(args.positional[0] ?? NONE, new Map(), 0, site, m);

/** `memo` keeps what is shared shared, and ends cycles. */
const copyOf = (v: Value, memo: Map<Value, Value>, depth: number, site: CallSite, m: Interpreter): Value => {
  const known = memo.get(v);
  if (known || depth > DEPTH) return known ?? v;
  const inner = (one: Value): Value => copyOf(one, memo, depth + 1, site, m);
  switch (v.kind) {
    case 'list':
    case 'set': {
      const copy = { ...v, items: [] as Value[] };
      memo.set(v, copy);
      copy.items = v.items.map(inner);
      return copy;
    }
    case 'tuple':
      return v.names ? { ...v, items: v.items.map(inner) } : tuple(v.items.map(inner));
    case 'dict': {
      const copy = { ...v, entries: new Map<string, { key: Value; value: Value }>() };
      memo.set(v, copy);
      for (const [key, entry] of v.entries) copy.entries.set(key, { key: entry.key, value: inner(entry.value) });
      return copy;
    }
    case 'instance': {
      if (!isPlain(v) || m.findAttr(v, '__deepcopy__')) return m.callMethod(v, '__deepcopy__', MEMO, site) ?? v;
      const copy = m.newInstance(v.cls, undefined, site);
      memo.set(v, copy);
      for (const [name, value] of v.attrs) m.storeAttr(copy, name, inner(value));
      return copy;
    }
    default:
      return v;
  }
};
