/** dataclasses: `@dataclass` gives a class an `__init__` from its annotated names. */
import type { Interpreter } from '../api.ts';
import { native } from '../native.ts';
import { NO_SITE } from '../site.ts';
import type { Args, CallSite, ClassValue, InstanceValue, NativeCall, Value } from '../values.ts';
import { NONE, args as noArgs, unknown } from '../values.ts';

interface FieldDefault {
  readonly marker: 'field';
  readonly value: Value | undefined;
  readonly factory: Value | undefined;
}

const fieldMarkers = new WeakMap<object, FieldDefault>();

/** Annotated names of a class and its bases in definition order, with defaults. */
export const fieldsOf = (cls: ClassValue): Map<string, Value | undefined> => {
  const fields = new Map<string, Value | undefined>();
  for (const one of [...cls.mro].reverse()) {
    const annotated = one.attrs.get('__annotations__');
    if (annotated?.kind !== 'tuple') continue;
    for (const pair of annotated.items) {
      if (pair.kind !== 'tuple' || pair.items[0]?.kind !== 'string') continue;
      const name = pair.items[0].value;
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
  m.callMethod(self, '__post_init__', noArgs([]), site);
};

const init =
  (cls: ClassValue): NativeCall =>
  (args: Args, site: CallSite, m: Interpreter): Value => {
    const [self, ...positional] = args.positional;
    if (self?.kind === 'instance') initializeFields(self, { ...args, positional }, site, m, cls);
    return NONE;
  };

const make = (value: Value): Value => {
  if (value.kind === 'class' && !value.attrs.has('__init__')) value.attrs.set('__init__', native('__init__', init(value)));
  return value;
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
  asdict: (args) => {
    const [object] = args.positional;
    if (object?.kind !== 'instance') return unknown('asdict() of an unknown value');
    return {
      kind: 'dict',
      entries: new Map([...object.attrs].map(([name, value]) => [`s${name}`, { key: { kind: 'string', value: name }, value }])),
      open: false,
    };
  },
};
