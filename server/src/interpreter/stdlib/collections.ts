/** collections: OrderedDict, defaultdict, namedtuple, deque, Counter. */
import { builtins } from '../builtins/index.ts';
import { bind, native } from '../native.ts';
import type { NativeCall, Value } from '../values.ts';
import { int, keyOf, list, NONE, tuple, unknown } from '../values.ts';

const dict: NativeCall = (args, site, m) => m.call(builtins().get('dict') as Value, args, site);

const namedtuple: NativeCall = (args, site, m) => {
  const b = bind('typename, field_names, *, defaults=None, rename=False, module=None', args);
  const fields = b.get('field_names');
  const names =
    fields?.kind === 'string'
      ? fields.value.split(/[\s,]+/).filter(Boolean)
      : fields && m.iterate(fields)?.map((v) => (v.kind === 'string' ? v.value : ''));
  if (!names) return unknown('namedtuple() of unknown fields', site.span);
  const defaults = m.iterate(b.get('defaults') ?? NONE) ?? [];
  return native(
    'namedtuple',
    (inner) => {
      const items = names.map(
        (name, i) =>
          inner.positional[i] ??
          inner.keywords.get(name) ??
          defaults[i - (names.length - defaults.length)] ??
          unknown(`field ${name} is not given`),
      );
      return { kind: 'tuple', items, names };
    },
    'static',
  );
};

export const collections: Readonly<Record<string, NativeCall | Value>> = {
  OrderedDict: dict,
  namedtuple,
  defaultdict: (args, site, m) => {
    const [factory, ...rest] = args.positional;
    const made = dict({ ...args, positional: rest }, site, m);
    return made.kind === 'dict' && factory && factory.kind !== 'none' ? { ...made, factory } : made;
  },
  Counter: (args, site, m) => {
    const source = args.positional[0];
    const items = source && source.kind !== 'dict' ? m.iterate(source) : undefined;
    const made = dict(items ? { ...args, positional: [] } : args, site, m);
    if (made.kind !== 'dict') return made;
    for (const item of items ?? []) {
      const key = keyOf(item);
      const before = key === undefined ? undefined : made.entries.get(key)?.value;
      if (key === undefined) made.open = true;
      else made.entries.set(key, { key: item, value: m.binary('+', before ?? int(0), int(1), site.span) });
    }
    return { ...made, open: made.open || (source !== undefined && source.kind !== 'dict' && !items), factory: 'counts' };
  },
  deque: (args, _site, m) => {
    const source = args.positional[0] ?? tuple([]);
    const items = m.iterate(source);
    return list([...(items ?? [])], !items || (source.kind === 'list' && source.open));
  },
};
