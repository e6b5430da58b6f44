/** collections: OrderedDict, defaultdict, namedtuple, deque, Counter. */
import { builtins } from '../builtins/index.ts';
import { bind, native } from '../native.ts';
import type { NativeCall, Value } from '../values.ts';
import { list, NONE, tuple, unknown } from '../values.ts';

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
  defaultdict: () => ({ kind: 'dict', entries: new Map(), open: true }),
  Counter: () => ({ kind: 'dict', entries: new Map(), open: true }),
  deque: (args, _site, m) => list([...(m.iterate(args.positional[0] ?? tuple([])) ?? [])]),
};
