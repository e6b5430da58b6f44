/** Attribute lookup by Python's rules: instances, classes, modules, bound methods, super, built-in types. */
import type { Span } from '../text/span.ts';
import { derivesFrom } from './builtins/containers.ts';
import { methodOf } from './builtins/methods.ts';
import { callOn, callValue } from './calls.ts';
import { codeOf } from './code.ts';
import type { Machine } from './machine.ts';
import { moduleScope } from './scope.ts';
import { NO_SITE, siteAt } from './site.ts';
import type { Args, CallSite, ClassValue, FunctionValue, InstanceValue, NativeFunction, Scope, Value } from './values.ts';
import { keyOf, args as makeArgs, NONE, str, tuple, unknown } from './values.ts';

export const isSubclass = (cls: ClassValue, base: ClassValue): boolean => cls.mro.includes(base);

const isBasic = (value: Value): boolean => value.kind === 'none' || value.kind === 'string' || value.kind === 'dict';

/** Python's isinstance; undefined where unknown bases leave it open. */
export const isInstance = (value: Value, cls: Value): boolean | undefined => {
  if (cls.kind === 'tuple' || cls.kind === 'list') {
    let open = false;
    for (const one of cls.items) {
      const answer = isInstance(value, one);
      if (answer === true) return true;
      if (answer === undefined) open = true;
    }
    return open ? undefined : false;
  }
  if (value.kind === 'unknown') return undefined;
  // Whatever class a package has under a name, None and a text are no instances of it.
  if (cls.kind === 'unknown') return cls.path !== undefined && /\.[A-Z]\w*$/.test(cls.path) && isBasic(value) ? false : undefined;
  if (value.kind === 'instance' && value.options) {
    const answers = new Set(value.options.map((option) => isInstance(option, cls)));
    return answers.size === 1 ? [...answers][0] : undefined;
  }
  if (cls.kind === 'native')
    return value.kind === 'instance' && derivesFrom(value.cls, cls.name) ? true : isBuiltinInstance(value, cls.name);
  if (cls.kind !== 'class') return undefined;
  if (value.kind !== 'instance')
    return cls.path === 'object'
      ? true
      : cls.path.startsWith('builtins.') || cls.path.startsWith('collections.abc.')
        ? isBuiltinInstance(value, cls.name)
        : false;
  return isSubclass(value.cls, cls) ? true : value.cls.open ? undefined : false;
};

const ITERABLE: ReadonlySet<Value['kind']> = new Set(['list', 'tuple', 'string', 'range', 'dict', 'set']);

/** Whether instances can be gone through, by the method that the abstract base class looks for. */
const iterates = (cls: ClassValue, type: string): boolean | undefined => {
  const method = type === 'Sized' ? '__len__' : type === 'Container' ? '__contains__' : '__iter__';
  return findInClass(cls, method) !== undefined ? true : cls.open ? undefined : false;
};

const isBuiltinInstance = (value: Value, type: string): boolean | undefined => {
  switch (type) {
    case 'int':
      return value.kind === 'bool' || (value.kind === 'number' && !value.float);
    case 'float':
      return value.kind === 'number' && value.float;
    case 'str':
      return value.kind === 'string';
    case 'bool':
      return value.kind === 'bool';
    case 'list':
      return value.kind === 'list';
    case 'tuple':
      return value.kind === 'tuple';
    case 'dict':
      return value.kind === 'dict';
    case 'set':
      return value.kind === 'set';
    case 'Iterable':
    case 'Collection':
    case 'Container':
    case 'Sized':
      return ITERABLE.has(value.kind) || (value.kind === 'instance' ? iterates(value.cls, type) : false);
    case 'Sequence':
    case 'MutableSequence':
      return value.kind === 'list' || (type === 'Sequence' && ['tuple', 'string', 'range'].includes(value.kind));
    case 'Mapping':
    case 'MutableMapping':
      return value.kind === 'dict';
    case 'Callable':
      if (value.kind === 'instance') return findInClass(value.cls, '__call__') !== undefined ? true : value.cls.open ? undefined : false;
      return ['function', 'native', 'bound', 'class', 'partial'].includes(value.kind);
    case 'FunctionType':
    case 'LambdaType':
      return value.kind === 'function' || value.kind === 'native';
    case 'MethodType':
      return value.kind === 'bound';
    case 'partial':
      return value.kind === 'partial';
    case 'Number':
    case 'Real':
      return value.kind === 'number' || value.kind === 'bool';
    case 'Integral':
      return value.kind === 'bool' || (value.kind === 'number' && !value.float);
    case 'NoneType':
      return value.kind === 'none';
    case 'type':
      return value.kind === 'class';
    default:
      return undefined;
  }
};

/** A class attribute along the MRO. */
export const findInClass = (cls: ClassValue, name: string, after?: ClassValue): Value | undefined => {
  let skip = after !== undefined;
  for (const one of cls.mro) {
    if (skip) {
      if (one === after) skip = false;
      continue;
    }
    const found = one.attrs.get(name);
    if (found) return found;
  }
  return undefined;
};

/** Turns a class attribute into what an access on `self` gives. */
const bindTo = (m: Machine, member: Value, self: Value, cls: ClassValue): Value => {
  if (member.kind !== 'function' && member.kind !== 'native') return member;
  return bindFunction(m, member, self, cls);
};

const bindFunction = (m: Machine, fn: FunctionValue | NativeFunction, self: Value, cls: ClassValue): Value => {
  switch (fn.binding) {
    case 'static':
      return fn;
    case 'class':
      return { kind: 'bound', fn, self: cls };
    case 'property':
      return callOn(m, fn, self, makeArgs([]), NO_SITE);
    case 'instance':
      return { kind: 'bound', fn, self };
  }
};

const SETTER = '@setter';
const setters = new WeakMap<ClassValue, ReadonlyMap<string, FunctionValue> | null>();

/** Setters of properties by their name; null where the class has none. They are written in class bodies and nowhere else. */
const settersOf = (cls: ClassValue): ReadonlyMap<string, FunctionValue> | null => {
  const known = setters.get(cls);
  if (known !== undefined) return known;
  const found = new Map<string, FunctionValue>();
  for (const { attrs } of [...cls.mro].reverse())
    for (const [name, member] of attrs)
      if (name.endsWith(SETTER) && member.kind === 'function') found.set(name.slice(0, -SETTER.length), member);
  const own = found.size > 0 ? found : null;
  setters.set(cls, own);
  return own;
};

const attributeHooks = new WeakMap<ClassValue, FunctionValue | null>();

/** A class of the source that takes every look-up on itself. */
const attributeHook = (cls: ClassValue): FunctionValue | null => {
  let hook = attributeHooks.get(cls);
  if (hook === undefined) {
    const member = findInClass(cls, '__getattribute__');
    hook = member?.kind === 'function' ? member : null;
    attributeHooks.set(cls, hook);
  }
  return hook;
};

const findInInstance = (m: Machine, object: InstanceValue, name: string): Value | undefined => {
  const hook = attributeHook(object.cls);
  if (!hook) return lookUp(m, object, name);
  // A hook that once left a name alone is not asked for it again: it stands before every look-up of a configuration.
  const alone = m.state(LEFT_ALONE, () => new Map<ClassValue, Set<string>>());
  const names = alone.get(object.cls) ?? new Set();
  alone.set(object.cls, names);
  const plain = lookUp(m, object, name);
  if (names.has(name)) return plain;
  const found = callOn(m, hook, object, makeArgs([str(name)]), NO_SITE);
  if (plain ? found.kind === 'unknown' || isOne(found, plain) : missing.has(found)) names.add(name);
  return found.kind !== 'unknown' ? found : (plain ?? (missing.has(found) ? undefined : found));
};

/** Whether two look-ups gave the same: methods are bound anew, and a property's text or number is a new value. */
const isOne = (a: Value, b: Value): boolean =>
  a === b ||
  (a.kind === 'bound' && b.kind === 'bound' ? a.fn === b.fn : a.kind === b.kind && keyOf(a) !== undefined && keyOf(a) === keyOf(b));

/** What `object.__getattribute__` gives for an attribute that is not there. */
const missing = new WeakSet<Value>();

const LEFT_ALONE = Symbol('names that __getattribute__ leaves alone');

const lookUp = (m: Machine, object: InstanceValue, name: string): Value | undefined => {
  const member = m.findMember(object.cls, name);
  if (member && (member.kind === 'function' || member.kind === 'native') && member.binding === 'property')
    return bindTo(m, member, object, object.cls);
  const own = object.options ? undefined : object.attrs.get(name);
  if (own) return own;
  if (member) return bindTo(m, member, object, object.cls);
  if (object.options) return findInOptions(m, object.options, name);
  if (name === '__class__') return object.cls;
  if (name === '__module__' && object.cls.source?.scope) return moduleNameOf(m, object.cls.source.scope);
  if (name === '__dict__') return instanceDict(object);
  const fallback = findInClass(object.cls, '__getattr__');
  if (fallback && (fallback.kind === 'native' || fallback.kind === 'function')) {
    const found = callValue(m, fallback, makeArgs([object, str(name)]), NO_SITE);
    return found.kind === 'unknown' && fallback.kind === 'native' ? undefined : found;
  }
  if (object.cls.open) return unknown(`attribute ${name} may come from a base class that is not known`);
  return undefined;
};

/** Of several values the one that has the attribute is meant where it is asked for: the others would raise. */
const findInOptions = (m: Machine, options: readonly Value[], name: string): Value | undefined => {
  const found = options.map((option) => findAttr(m, option, name)).filter((value) => value !== undefined);
  const [first, ...rest] = found;
  return first && rest.reduce((a, b) => m.join(a, b, NO_SITE.span), first);
};

const moduleNameOf = (m: Machine, scope: Scope): Value => {
  const name = m.modules.nameOf(moduleScope(scope));
  return name === undefined ? unknown('a module without a name') : str(name);
};

const classDict = (cls: ClassValue): Value => ({
  kind: 'dict',
  entries: new Map([...cls.attrs].map(([name, value]) => [`s${name}`, { key: str(name), value }])),
  open: cls.open,
});
/** What `object` does, for a class that comes back to it by `super()`. */
const OBJECT_METHODS: Readonly<Record<string, NativeFunction>> = Object.fromEntries(
  (
    [
      ['__init__', () => NONE],
      [
        '__getattribute__',
        ({ positional: [self, name] }, site, m) => {
          if (self?.kind !== 'instance' || name?.kind !== 'string') return unknown('an attribute that is not known', site.span);
          const found = lookUp(m as Machine, self, name.value);
          if (found) return found;
          const none = unknown(`${self.cls.name} has no attribute ${name.value}`, site.span);
          missing.add(none);
          return none;
        },
      ],
      [
        '__setattr__',
        ({ positional: [self, name, value] }, _site, m) => {
          if (self?.kind === 'instance' && name?.kind === 'string' && value) m.storeAttr(self, name.value, value);
          return NONE;
        },
      ],
    ] satisfies [string, NativeFunction['call']][]
  ).map(([name, call]) => [name, { kind: 'native', name, call, binding: 'instance' }]),
);

const instanceDict = (object: InstanceValue): Value => ({
  kind: 'dict',
  entries: new Map([...object.attrs].map(([name, value]) => [`s${name}`, { key: str(name), value }])),
  open: false,
});

export const findAttr = (m: Machine, object: Value, name: string): Value | undefined => {
  switch (object.kind) {
    case 'instance':
      return findInInstance(m, object, name);
    case 'class': {
      const member = m.findMember(object, name);
      if (member) {
        if ((member.kind === 'function' || member.kind === 'native') && member.binding === 'class')
          return { kind: 'bound', fn: member, self: object };
        return member;
      }
      if (name === '__name__' || name === '__qualname__') return str(object.name);
      if (name === '__module__' && object.source?.scope) return moduleNameOf(m, object.source.scope);
      if (name === '__bases__') return tuple(object.bases);
      if (name === '__mro__') return tuple(object.mro);
      if (name === '__dict__') return classDict(object);
      return object.open ? unknown(`attribute ${name} may come from a base class that is not known`) : undefined;
    }
    case 'module':
      return object.get(name);
    case 'super': {
      const cls = object.self.kind === 'instance' ? object.self.cls : object.self.kind === 'class' ? object.self : object.cls;
      const member = findInClass(cls, name, object.cls);
      if (member) return object.self.kind === 'class' ? bindTo(m, member, object.self, object.self) : bindTo(m, member, object.self, cls);
      const basic = Object.hasOwn(OBJECT_METHODS, name) ? OBJECT_METHODS[name] : undefined;
      if (basic) return { kind: 'bound', fn: basic, self: object.self };
      return object.cls.open ? unknown(`${name} may come from a base class that is not known`) : undefined;
    }
    case 'unknown': {
      const found = object.options && findInOptions(m, object.options, name);
      if (found) return found;
      return {
        ...unknown(object.reason, object.span),
        ...(object.symbol === undefined ? {} : { symbol: `${object.symbol}.${name}` }),
        ...(object.path === undefined ? {} : { path: `${object.path}.${name}` }),
        ...(object.from ? { from: object.from } : {}),
        member: { of: object, name },
      };
    }
    case 'function':
      if (name === '__name__' || name === '__qualname__') return str(object.name);
      if (name === '__module__') return moduleNameOf(m, object.scope);
      if (name === '__code__') return codeOf(object);
      return object.attrs.get(name);
    case 'native':
      return name === '__name__' ? str(object.name) : methodOf(object, name);
    case 'bound':
      if (name === '__self__') return object.self;
      if (name === '__func__') return object.fn;
      return findAttr(m, object.fn, name);
    case 'partial':
      if (name === 'func') return object.fn;
      if (name === 'args') return tuple(object.args.positional);
      if (name === 'keywords')
        return {
          kind: 'dict',
          entries: new Map([...object.args.keywords].map(([key, value]) => [`s${key}`, { key: str(key), value }])),
          open: object.args.open,
        };
      return undefined;
    case 'tuple': {
      const index = object.names?.indexOf(name) ?? -1;
      if (index >= 0) return object.items[index];
      return methodOf(object, name);
    }
    case 'string':
    case 'number':
      // Members of an enum are their values.
      return name === 'value' ? object : methodOf(object, name);
    default:
      return methodOf(object, name);
  }
};

export const getAttr = (m: Machine, object: Value, name: string, span?: Span): Value => {
  const found = findAttr(m, object, name);
  if (found) return found;
  if (object.kind === 'none') m.refuse([object]);
  const of = object.kind === 'instance' ? object.cls.name : object.kind === 'module' ? object.path : object.kind;
  return object.kind === 'module' && object.external
    ? { ...unknown(`${object.path}.${name} is not modelled`, span), path: `${object.path}.${name}` }
    : unknown(`${of} has no attribute ${name}`, span);
};

export const setAttr = (m: Machine, object: Value, name: string, value: Value, site?: CallSite): void => {
  if ((object.kind === 'instance' || object.kind === 'unknown') && object.options) {
    m.eachWay(object.options, (site ?? NO_SITE).span, (option) => {
      setAttr(m, option, name, value, site);
      return NONE;
    });
    return;
  }
  switch (object.kind) {
    case 'instance': {
      const member = settersOf(object.cls)?.get(name);
      if (member) {
        callOn(m, member, object, makeArgs([value]), site ?? NO_SITE);
        return;
      }
      const hook = findInClass(object.cls, '__setattr__');
      if (hook?.kind === 'native' && hook.stores) {
        if (m.spend(1) && !m.tooDeep(site ?? NO_SITE)) m.storeAttr(object, name, value);
      } else if (hook && (hook.kind === 'native' || hook.kind === 'function'))
        callValue(m, hook, makeArgs([object, str(name), value]), site ?? NO_SITE);
      else m.storeAttr(object, name, value);
      return;
    }
    case 'class':
      // Native classes are shared by all runs: what a run adds to one is its own.
      if (!object.source) {
        m.patch(object, name, value);
        return;
      }
      m.write(object, name, object.attrs.get(name), value, (v) => (v ? object.attrs.set(name, v) : object.attrs.delete(name)));
      return;
    case 'function':
      m.write(object, name, object.attrs.get(name), value, (v) => (v ? object.attrs.set(name, v) : object.attrs.delete(name)));
      return;
    case 'super':
      setAttr(m, object.self, name, value, site);
      return;
    default:
      return;
  }
};

/** `super()` inside a method: the class that holds the method, and its first argument. */
export const superOf = (scope: Scope, m: Machine): Value => {
  const frame = m.stack.at(-1);
  const owner = frame?.fn.owner;
  if (!frame || !owner || !frame.self) return unknown('super() outside a method');
  void scope;
  return { kind: 'super', cls: owner, self: frame.self };
};

export const emptySite = (span: Span): CallSite => siteAt(span);
export type { Args };
