/** dataclasses: `@dataclass` gives a class an `__init__` from its annotated names. */
import type { Expr } from '../../syntax/ast.ts';
import type { Interpreter } from '../api.ts';
import { OBJECT } from '../builtins/types.ts';
import { native, nativeClass } from '../native.ts';
import { NO_SITE } from '../site.ts';
import type { Args, CallSite, ClassValue, InstanceValue, NativeCall, Value } from '../values.ts';
import { bool, list, NONE, args as noArgs, str, tuple, unknown } from '../values.ts';

interface FieldDefault {
  readonly marker: 'field';
  readonly value: Value | undefined;
  readonly factory: Value | undefined;
}

const fieldMarkers = new WeakMap<object, FieldDefault>();

/** `name: ClassVar[T] = value` belongs to the class and is no field. */
const isOfTheClass = (annotation: Expr | undefined): boolean => {
  const of = annotation?.kind === 'subscript' ? annotation.object : annotation;
  if (of?.kind === 'string') return /^(\w+\.)?ClassVar\b/.test(of.value);
  return (of?.kind === 'name' && of.id === 'ClassVar') || (of?.kind === 'attribute' && of.name === 'ClassVar');
};

/** Annotated names of a class and its bases in definition order, with defaults. */
export const fieldsOf = (cls: ClassValue): Map<string, Value | undefined> => {
  const fields = new Map<string, Value | undefined>();
  for (const one of [...cls.mro].reverse()) {
    const annotated = one.attrs.get('__annotations__');
    if (annotated?.kind !== 'tuple') continue;
    for (const pair of annotated.items) {
      if (pair.kind !== 'tuple' || pair.items[0]?.kind !== 'string') continue;
      const name = pair.items[0].value;
      if (isOfTheClass(one.source?.annotations?.get(name))) continue;
      fields.set(name, one.attrs.get(name));
    }
  }
  return fields;
};

const fallbackOf = (value: Value | undefined, m: Interpreter): Value | undefined => {
  const marked = value && fieldMarkers.get(value);
  if (!marked) return value;
  return marked.factory ? m.call(marked.factory, noArgs([]), NO_SITE) : marked.value;
};

/** What a dataclass's `__init__` does: fields from arguments and defaults, then `__post_init__`. `args` without self. */
export const initializeFields = (self: InstanceValue, args: Args, site: CallSite, m: Interpreter, cls: ClassValue = self.cls): void => {
  let index = 0;
  for (const [name, fallback] of fieldsOf(cls)) {
    const given = index < args.positional.length ? args.positional[index] : args.keywords.get(name);
    index++;
    const value = given ??
      (args.open ? undefined : fallbackOf(fallback, m)) ?? { ...unknown(`field ${name} is not given`, site.span), symbol: name };
    m.storeAttr(self, name, value);
  }
  m.callMethod(self, '__post_init__', besideFields(self, args, cls, m), site);
};

/** What is given beside the fields would be refused, if nothing around the class handed it to a `__post_init__` that takes it. */
const besideFields = (self: InstanceValue, { keywords }: Args, cls: ClassValue, m: Interpreter): Args => {
  const method = m.findAttr(self, '__post_init__');
  const takes = method?.kind === 'bound' && method.fn.kind === 'function' && method.fn.params.some(({ kind }) => kind === 'varKeywords');
  if (!takes) return noArgs([]);
  const fields = fieldsOf(cls);
  return { positional: [], keywords: new Map([...keywords].filter(([name]) => !fields.has(name))), open: false };
};

const init =
  (cls: ClassValue): NativeCall =>
  (args: Args, site: CallSite, m: Interpreter): Value => {
    const [self, ...positional] = args.positional;
    if (self?.kind === 'instance') initializeFields(self, { ...args, positional }, site, m, initializedAs(self.cls, cls, args));
    return NONE;
  };

/**
 * The class whose fields an inherited `__init__` sets. One that is called with a field of the subclass must have been made anew for it,
 * by its `__init_subclass__` say: else the program would not run.
 */
const initializedAs = (own: ClassValue, cls: ClassValue, { keywords }: Args): ClassValue => {
  if (own === cls) return cls;
  const known = fieldsOf(cls);
  return [...keywords.keys()].some((name) => !known.has(name)) ? own : cls;
};

/** `__init__`s that were made here. */
const made = new WeakSet<Value>();

const make = (value: Value): Value => {
  if (value.kind !== 'class' || value.attrs.has('__init__')) return value;
  const initializer = native('__init__', init(value));
  made.add(initializer);
  value.attrs.set('__init__', initializer);
  return value;
};

const FIELD = nativeClass('dataclasses.Field', [OBJECT]);

const MISSING = nativeClass('dataclasses._MISSING_TYPE', [OBJECT]);

const isDataclass = (cls: ClassValue): boolean =>
  cls.mro.some((one) => {
    const own = one.attrs.get('__init__');
    return own !== undefined && made.has(own);
  });

/** Fields as a dict, dataclasses inside too. */
const plain = (value: Value): Value => {
  if (value.kind === 'list') return list(value.items.map(plain), value.open);
  if (value.kind === 'tuple') return { ...value, items: value.items.map(plain) };
  if (value.kind === 'dict')
    return { ...value, entries: new Map([...value.entries].map(([key, entry]) => [key, { key: entry.key, value: plain(entry.value) }])) };
  if (value.kind !== 'instance' || !isDataclass(value.cls)) return value;
  const entries = [...fieldsOf(value.cls).keys()].map((name): [string, { key: Value; value: Value }] => [
    `s${name}`,
    { key: str(name), value: plain(value.attrs.get(name) ?? unknown(`field ${name} is not given`)) },
  ]);
  return { kind: 'dict', entries: new Map(entries), open: false };
};

export const dataclasses: Readonly<Record<string, NativeCall | Value>> = {
  dataclass: (args) =>
    args.positional[0] ? make(args.positional[0]) : native('dataclass', (inner) => make(inner.positional[0] ?? NONE), 'static'),
  field: (args) => {
    const marker: Value = unknown('a dataclass field');
    fieldMarkers.set(marker, { marker: 'field', value: args.keywords.get('default'), factory: args.keywords.get('default_factory') });
    return marker;
  },
  replace: (args, site, m) => {
    const [object] = args.positional;
    if (object?.kind !== 'instance') return unknown('replace() of an unknown value', site.span);
    const copy = m.newInstance(object.cls, object.data, site);
    for (const [name, value] of object.attrs) m.storeAttr(copy, name, args.keywords.get(name) ?? value);
    return copy;
  },
  asdict: (args, site) => {
    const [object] = args.positional;
    return object?.kind === 'instance' ? plain(object) : unknown('asdict() of an unknown value', site.span);
  },
  astuple: (args, site) => {
    const [object] = args.positional;
    return object?.kind === 'instance'
      ? tuple([...fieldsOf(object.cls).keys()].map((name) => object.attrs.get(name) ?? NONE))
      : unknown('astuple() of an unknown value', site.span);
  },
  is_dataclass: (args) => {
    const [object] = args.positional;
    const cls = object?.kind === 'instance' ? object.cls : object;
    return cls?.kind === 'unknown' ? unknown('is_dataclass() of an unknown value') : bool(cls?.kind === 'class' && isDataclass(cls));
  },
  fields: (args, site, m) => {
    const [object] = args.positional;
    const cls = object?.kind === 'instance' ? object.cls : object;
    if (cls?.kind !== 'class') return unknown('fields() of an unknown value', site.span);
    return tuple(
      [...fieldsOf(cls)].map(([name, fallback]) => {
        const field = m.newInstance(FIELD, undefined, site);
        const marked = fallback && fieldMarkers.get(fallback);
        m.storeAttr(field, 'name', str(name));
        m.storeAttr(field, 'default', (marked ? marked.value : fallback) ?? MISSING);
        m.storeAttr(field, 'default_factory', marked?.factory ?? MISSING);
        return field;
      }),
    );
  },
  MISSING,
  InitVar: native('InitVar', (args) => args.positional[0] ?? NONE, 'static'),
};
