/** Members by JavaScript's rules: objects, arrays, strings, functions, classes, instances, modules. */
import type { Span } from '../../text/span.ts';
import { callValue } from '../calls.ts';
import type { Machine } from '../machine.ts';
import { native } from '../native.ts';
import { setItem } from '../operators.ts';
import { NO_SITE, siteAt } from '../site.ts';
import type { CallSite, DictValue, FunctionValue, Value } from '../values.ts';
import { int, keyOf, args as makeArgs, str, UNDEFINED, unknown } from '../values.ts';
import { arrayMethod } from './arrays.ts';
import { stringMethod } from './strings.ts';

const isArrow = (fn: FunctionValue): boolean => fn.node.kind === 'function' && fn.node.isArrow === true;

/** A function reached through an object has the object as `this`. */
const boundTo = (m: Machine, value: Value, self: Value): Value => {
  if (value.kind !== 'function' || isArrow(value)) return value;
  if (value.binding === 'property') return callValue(m, { kind: 'bound', fn: value, self }, makeArgs([]), NO_SITE);
  return { kind: 'bound', fn: value, self };
};

const ofObject = (m: Machine, object: DictValue, name: string): Value | undefined => {
  const found = object.entries.get(`s${name}`);
  if (found) return boundTo(m, found.value, object);
  if (name === 'hasOwnProperty')
    return native(
      name,
      (args) => {
        const key = keyOf(args.positional[0] ?? UNDEFINED);
        return key !== undefined && !object.open ? { kind: 'bool', value: object.entries.has(key) } : unknown('a key that is not known');
      },
      'static',
    );
  return undefined;
};

/** `f.call(self, …)`, `f.apply(self, list)`, `f.bind(self, …)`. */
const ofFunction = (m: Machine, fn: Value, name: string): Value | undefined => {
  const withThis = (self: Value | undefined): Value => (fn.kind === 'function' && self && !isArrow(fn) ? { kind: 'bound', fn, self } : fn);
  switch (name) {
    case 'call':
      return native(name, (args, site) => callValue(m, withThis(args.positional[0]), makeArgs(args.positional.slice(1)), site), 'static');
    case 'apply':
      return native(
        name,
        (args, site) => {
          const list = args.positional[1];
          const items = list?.kind === 'list' ? list.items : [];
          return callValue(m, withThis(args.positional[0]), { ...makeArgs(items), open: list?.kind === 'unknown' }, site);
        },
        'static',
      );
    case 'bind':
      return native(
        name,
        (args) => {
          const bound = withThis(args.positional[0]);
          return args.positional.length > 1 ? { kind: 'partial', fn: bound, args: makeArgs(args.positional.slice(1)) } : bound;
        },
        'static',
      );
    case 'name':
      return fn.kind === 'function' || fn.kind === 'native' ? str(fn.name) : undefined;
    default:
      return fn.kind === 'function' ? fn.attrs.get(name) : undefined;
  }
};

/** Promises are the values that they give: `then` goes on with it at once. */
const ofPromise = (m: Machine, value: Value, name: string): Value | undefined => {
  if (name === 'then')
    return native(name, (args, site) => (args.positional[0] ? callValue(m, args.positional[0], makeArgs([value]), site) : value), 'static');
  if (name === 'catch') return native(name, () => value, 'static');
  if (name !== 'finally') return undefined;
  return native(
    name,
    (args, site) => {
      if (args.positional[0]) callValue(m, args.positional[0], makeArgs([]), site);
      return value;
    },
    'static',
  );
};

const find = (m: Machine, object: Value, name: string): Value | undefined => {
  switch (object.kind) {
    case 'dict':
      return ofObject(m, object, name);
    case 'list':
    case 'tuple':
      if (name === 'length') return object.kind === 'list' && object.open ? unknown('length of an open list') : int(object.items.length);
      return arrayMethod(object, name);
    case 'string':
      return name === 'length' ? int(object.value.length) : stringMethod(object, name);
    case 'number':
      return name === 'toString' || name === 'toFixed'
        ? native(
            name,
            (args, site) =>
              typeof object.value === 'number'
                ? str(name === 'toFixed' ? object.value.toFixed(digits(args.positional[0])) : String(object.value))
                : unknown('text of a symbol', site.span),
            'static',
          )
        : undefined;
    case 'function':
    case 'bound':
    case 'native':
    case 'partial':
      return ofFunction(m, object, name);
    case 'class':
      return name === 'name' ? (m.findAttr(object, name) ?? str(object.name)) : m.findAttr(object, name);
    case 'instance':
      return name === 'constructor' ? object.cls : m.findAttr(object, name);
    case 'unknown':
      return name === 'then' || name === 'catch' || name === 'finally' ? ofPromise(m, object, name) : m.findAttr(object, name);
    default:
      return m.findAttr(object, name);
  }
};

const digits = (v: Value | undefined): number =>
  v?.kind === 'number' && typeof v.value === 'number' && v.value >= 0 && v.value <= 100 ? v.value : 0;

const whatIs = (object: Value): string =>
  object.kind === 'instance' ? object.cls.name : object.kind === 'module' ? object.path : object.kind;

export const getMember = (m: Machine, object: Value, name: string, span?: Span): Value => {
  const found = find(m, object, name) ?? ofPromise(m, object, name);
  if (found) return found;
  switch (object.kind) {
    case 'module':
      return object.external
        ? { ...unknown(`${object.path}.${name} is not modelled`, span), path: `${object.path}.${name}` }
        : unknown(`${object.path} exports no ${name}`, span);
    case 'dict':
      return object.open ? unknown(`${name} may be among what is not known`, span) : UNDEFINED;
    case 'instance':
      // What the source's own class does not set is undefined; a framework's object may have more than we know.
      return object.cls.source && !object.cls.open && object.cls.mro.every((c) => c.source || c.path === 'object')
        ? UNDEFINED
        : unknown(`${whatIs(object)} has no member ${name}`, span);
    case 'function':
    case 'string':
    case 'number':
    case 'bool':
      return unknown(`a ${object.kind} has no ${name} here`, span);
    default:
      return unknown(`${whatIs(object)} has no member ${name}`, span);
  }
};

export const setMember = (m: Machine, object: Value, name: string, value: Value, site: CallSite): void => {
  if (object.kind === 'dict') setItem(m, object, str(name), value, site);
  else m.setAttr(object, name, value, site);
};

export const getItem = (m: Machine, object: Value, index: Value, span: Span): Value => {
  if ((object.kind === 'list' || object.kind === 'tuple' || object.kind === 'string') && index.kind === 'number') {
    if (typeof index.value !== 'number') return unknown('an index that is not known', span);
    const item = object.kind === 'string' ? object.value[index.value] : object.items[index.value];
    if (item !== undefined) return typeof item === 'string' ? str(item) : item;
    return object.kind === 'list' && object.open ? unknown('an item that is not known', span) : UNDEFINED;
  }
  if (index.kind === 'string') return getMember(m, object, index.value, span);
  if (object.kind === 'instance' && index.kind === 'number' && typeof index.value === 'number')
    return getMember(m, object, String(index.value), span);
  if (object.kind === 'dict') {
    const key = index.kind === 'number' && typeof index.value === 'number' ? `s${index.value}` : keyOf(index);
    const found = key === undefined ? undefined : (object.entries.get(key)?.value ?? object.entries.get(keyOf(index) ?? '')?.value);
    if (found) return boundTo(m, found, object);
    return key === undefined || object.open ? unknown('a key that is not known', span) : UNDEFINED;
  }
  if (object.kind === 'unknown') {
    const at = index.kind === 'number' && typeof index.value === 'number' ? String(index.value) : undefined;
    return {
      ...unknown(object.reason, object.span),
      ...(object.symbol !== undefined && at !== undefined ? { symbol: `${object.symbol}[${at}]` } : {}),
      ...(object.from ? { from: object.from } : {}),
    };
  }
  return unknown(`an item of a ${object.kind}`, span);
};

export const setIndexed = (m: Machine, object: Value, index: Value, value: Value, span: Span): void => {
  if (index.kind === 'string') setMember(m, object, index.value, value, siteAt(span));
  else if (object.kind === 'list' && index.kind === 'number' && index.value === object.items.length) {
    m.write(object, 'items', object.items, [...object.items, value], (v) => {
      object.items = v;
    });
  } else
    setItem(
      m,
      object,
      object.kind === 'dict' && index.kind === 'number' && typeof index.value === 'number' ? str(String(index.value)) : index,
      value,
      siteAt(span),
    );
};
