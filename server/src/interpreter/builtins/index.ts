/** Python's built-in names. */
import { isNumber, type Scalar, scalarOp, symbol } from '../../network/scalar.ts';
import type { Interpreter } from '../api.ts';
import { asScalar, bind, native, nativeClass } from '../native.ts';
import type { Args, CallSite, NativeFunction, Value } from '../values.ts';
import { bool, FALSE, float, int, keyOf, list, args as makeArgs, NONE, str, textFrom, tuple, unknown } from '../values.ts';
import { EXCEPTION, NONE_TYPE, OBJECT } from './types.ts';

type Builtin = (args: Args, site: CallSite, m: Interpreter) => Value;

const first = (args: Args): Value => args.positional[0] ?? NONE;

const itemsOf = (m: Interpreter, v: Value): { items: readonly Value[]; open: boolean } | undefined => {
  const items = m.iterate(v);
  return items && { items, open: (v.kind === 'list' || v.kind === 'set') && v.open };
};

const copyList = (m: Interpreter, v: Value | undefined): Value => {
  if (!v) return list([]);
  const seq = itemsOf(m, v);
  return seq ? list([...seq.items], seq.open) : { ...list([], true) };
};

const INFINITE = /^([+-]?)inf(inity)?$/;

/** The number that a text spells. */
const numberIn = (text: string, kind: 'int' | 'float'): number | undefined => {
  const spelled = text.trim().toLowerCase();
  const infinite = kind === 'float' ? INFINITE.exec(spelled) : null;
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity;
  return spelled === '' || Number.isNaN(Number(spelled)) ? undefined : Number(spelled);
};

const number =
  (kind: 'int' | 'float'): Builtin =>
  (args, site, m) => {
    const given = first(args);
    const v = given.kind === 'instance' ? (m.callMethod(given, `__${kind}__`, makeArgs([]), site) ?? given) : given;
    const x = v.kind === 'string' ? numberIn(v.value, kind) : asScalar(v);
    if (x === undefined) return args.positional.length === 0 ? int(0) : unknown(`${kind}() of an unknown value`, site.span);
    if (kind === 'float') return float(x);
    return int(isNumber(x) ? Math.trunc(x) : v.kind === 'number' && v.float ? scalarOp('floor', x) : x);
  };

const extreme =
  (op: 'min' | 'max'): Builtin =>
  (args, site, m) => {
    const values = args.positional.length === 1 ? m.iterate(first(args)) : args.positional;
    if (!values || values.length === 0 || args.keywords.has('key'))
      return args.keywords.get('default') ?? unknown(`${op}() of unknown values`, site.span);
    let best: Scalar | undefined;
    for (const v of values) {
      const x = asScalar(v);
      if (x === undefined) return unknown(`${op}() of unknown values`, site.span);
      best = best === undefined ? x : scalarOp(op, best, x);
    }
    return values.some((v) => v.kind === 'number' && v.float) ? float(best as Scalar) : int(best as Scalar);
  };

const quantifier =
  (stop: boolean): Builtin =>
  (args, site, m) => {
    const items = m.iterate(first(args));
    if (!items) return unknown('any() or all() of unknown values', site.span);
    let open = false;
    for (const v of items) {
      const t = m.truth(v);
      if (t === stop) return bool(stop);
      if (t === undefined) open = true;
    }
    return open ? unknown('any() or all() of unknown values', site.span) : bool(!stop);
  };

/** What `dir()` gives, asked for the names one by one: a framework's namespace cannot list all of its own. */
const NAMES = nativeClass('dir', [OBJECT], {
  __contains__: (args, site, m) => {
    const [self, name] = args.positional;
    if (self?.kind !== 'instance' || name?.kind !== 'string') return unknown('dir() of an unknown value', site.span);
    const object = self.data as Value;
    const found = m.findAttr(object, name.value);
    const listed = object.kind !== 'unknown' && !(object.kind === 'module' && object.external);
    return found && found.kind !== 'unknown' ? bool(true) : listed && !found ? FALSE : unknown('dir() of an unknown value', site.span);
  },
  __iter__: (args, site) => {
    const object = args.positional[0]?.kind === 'instance' ? (args.positional[0].data as Value) : NONE;
    if (object.kind === 'module' && !object.external) return list(object.names().map(str));
    if (object.kind === 'class') return list([...new Set(object.mro.flatMap((cls) => [...cls.attrs.keys()]))].sort().map(str), object.open);
    return unknown('dir() of an unknown value', site.span);
  },
});

/** Whether an object has an attribute; undefined where that hangs on what is not known. */
const hasAttribute = (m: Interpreter, object: Value, name: string): boolean | undefined => {
  if (object.kind === 'unknown' || (object.kind === 'instance' && m.inDoubt(object, name))) return undefined;
  if (object.kind === 'instance' && object.options) {
    const answers = new Set(object.options.map((option) => hasAttribute(m, option, name)));
    return answers.size === 1 ? [...answers][0] : undefined;
  }
  const found = m.findAttr(object, name);
  return found?.kind === 'unknown' ? undefined : found !== undefined;
};

const BUILTINS: Readonly<Record<string, Builtin>> = {
  len: (args, site, m) => {
    const v = first(args);
    if (v.kind === 'string') return int(v.value.length);
    if (v.kind === 'dict') return v.open ? unknown('length of an open dict', site.span) : int(v.entries.size);
    if (v.kind === 'instance') return m.callMethod(v, '__len__', makeArgs([]), site) ?? unknown('len()', site.span);
    const seq = itemsOf(m, v);
    if (seq && !seq.open) return int(seq.items.length);
    return v.kind === 'unknown' && v.symbol !== undefined
      ? { ...unknown(v.reason, site.span), symbol: `len(${v.symbol})` }
      : unknown('length of an unknown value', site.span);
  },
  range: (args, site) => {
    const xs = args.positional.map(asScalar);
    if (xs.length === 0) return unknown('range() of nothing', site.span);
    // A range whose end is not known still counts: its items have a name.
    const [a, b, c] = xs.map((x) => x ?? symbol('length?'));
    return { kind: 'range', start: b === undefined ? 0 : (a as Scalar), stop: b === undefined ? (a as Scalar) : b, step: c ?? 1 };
  },
  enumerate: (args, site, m) => {
    const b = bind('iterable, start=0', args);
    const seq = b.get('iterable') && itemsOf(m, b.get('iterable') as Value);
    const start = asScalar(b.get('start')) ?? 0;
    return seq
      ? list(
          seq.items.map((v, i) => tuple([int(scalarOp('+', start, i)), v])),
          seq.open,
        )
      : unknown('enumerate() of an unknown iterable', site.span);
  },
  zip: (args, site, m) => {
    const seqs = args.positional.map((v) => itemsOf(m, v));
    if (seqs.some((s) => !s)) return unknown('zip() of an unknown iterable', site.span);
    const known = seqs as { items: readonly Value[]; open: boolean }[];
    const length = Math.min(...known.map((s) => s.items.length));
    return list(
      Array.from({ length: Number.isFinite(length) ? length : 0 }, (_, i) => tuple(known.map((s) => s.items[i] as Value))),
      // The shortest ends it: one of known length leaves nothing open.
      known.some((s) => s.open) && !known.some((s) => !s.open && s.items.length === length),
    );
  },
  reversed: (args, site, m) => {
    const seq = itemsOf(m, first(args));
    return seq ? list([...seq.items].reverse(), seq.open) : unknown('reversed() of an unknown iterable', site.span);
  },
  sorted: (args, site, m) => {
    const seq = itemsOf(m, first(args));
    if (!seq || args.keywords.has('key')) return unknown('sorted()', site.span);
    const keyed = seq.items.map((v) => ({ v, k: v.kind === 'string' ? v.value : asScalar(v) }));
    if (keyed.some(({ k }) => typeof k !== 'number' && typeof k !== 'string')) return unknown('sorted() of unknown values', site.span);
    keyed.sort((a, b) => ((a.k as number) < (b.k as number) ? -1 : (a.k as number) > (b.k as number) ? 1 : 0));
    if (m.truth(args.keywords.get('reverse') ?? FALSE)) keyed.reverse();
    return list(
      keyed.map(({ v }) => v),
      seq.open,
    );
  },
  map: (args, site, m) => {
    const seqs = args.positional.slice(1).map((v) => itemsOf(m, v));
    if (seqs.some((s) => !s) || seqs.length === 0) return unknown('map() over an unknown iterable', site.span);
    const known = seqs as { items: readonly Value[]; open: boolean }[];
    const length = Math.min(...known.map((s) => s.items.length));
    return list(
      Array.from({ length }, (_, i) => m.call(first(args), makeArgs(known.map((s) => s.items[i] as Value)), site)),
      known.some((s) => s.open),
    );
  },
  filter: (args, site, m) => {
    const seq = args.positional[1] && itemsOf(m, args.positional[1]);
    if (!seq) return unknown('filter() over an unknown iterable', site.span);
    const fn = first(args);
    let open = seq.open;
    const kept = seq.items.filter((v) => {
      const t = m.truth(fn.kind === 'none' ? v : m.call(fn, makeArgs([v]), site));
      if (t === undefined) open = true;
      return t === true;
    });
    return list(kept, open);
  },
  iter: (args) => first(args),
  next: (args, site, m) => m.iterate(first(args))?.[0] ?? args.positional[1] ?? unknown('next() of an unknown iterator', site.span),
  list: (args, _site, m) => copyList(m, args.positional[0]),
  tuple: (args, site, m) => {
    if (args.positional.length === 0) return tuple([]);
    const seq = itemsOf(m, first(args));
    return seq && !seq.open ? tuple(seq.items) : unknown('tuple() of an unknown iterable', site.span);
  },
  set: (args, _site, m) => {
    const source = copyList(m, args.positional[0]);
    const seen = new Map<string, Value>();
    if (source.kind !== 'list') return source;
    source.items.forEach((v, i) => {
      seen.set(keyOf(v) ?? `?${i}`, v);
    });
    return { kind: 'set', items: [...seen.values()], open: source.open };
  },
  dict: (args, _site, m) => {
    const entries = new Map<string, { key: Value; value: Value }>();
    let open = args.open;
    const source = args.positional[0];
    if (source?.kind === 'dict') {
      for (const [k, v] of source.entries) entries.set(k, v);
      open ||= source.open;
    } else if (source) {
      const pairs = m.iterate(source);
      if (!pairs) open = true;
      for (const pair of pairs ?? []) {
        const [key, value] = m.iterate(pair) ?? [];
        const text = key && keyOf(key);
        if (key && value && text !== undefined) entries.set(text, { key, value });
        else open = true;
      }
    }
    for (const [name, value] of args.keywords) entries.set(`s${name}`, { key: str(name), value });
    return { kind: 'dict', entries, open };
  },
  int: number('int'),
  float: number('float'),
  str: (args, site, m) => {
    const text = args.positional.length === 0 ? '' : m.text(first(args));
    return text === undefined ? unknown('text of an unknown value', site.span) : textFrom(text, args.positional);
  },
  repr: (args, site, m) => {
    const text = m.text(first(args));
    return text === undefined ? unknown('text of an unknown value', site.span) : str(text);
  },
  bool: (args, site, m) => {
    const t = m.truth(first(args));
    return t === undefined ? unknown('truth of an unknown value', site.span) : bool(t);
  },
  min: extreme('min'),
  max: extreme('max'),
  sum: (args, site, m) => {
    const seq = itemsOf(m, first(args));
    if (!seq || seq.open) return unknown('sum() of unknown values', site.span);
    return seq.items.reduce<Value>((a, b) => m.binary('+', a, b, site.span), args.positional[1] ?? args.keywords.get('start') ?? int(0));
  },
  abs: (args, site, m) => {
    const value = first(args);
    if (value.kind === 'instance')
      return m.callMethod(value, '__abs__', makeArgs([]), site) ?? { ...unknown('abs()', site.span), from: [value] };
    const x = asScalar(value);
    return x === undefined
      ? unknown('abs() of an unknown value', site.span)
      : first(args).kind === 'number' && (first(args) as { float: boolean }).float
        ? float(scalarOp('abs', x))
        : int(scalarOp('abs', x));
  },
  chr: (args, site) => {
    const code = asScalar(first(args));
    return isNumber(code ?? null) && (code as number) >= 0 && (code as number) <= 0x10ffff
      ? str(String.fromCodePoint(Math.trunc(code as number)))
      : unknown('chr() of an unknown number', site.span);
  },
  ord: (args, site) => {
    const text = first(args);
    const code = text.kind === 'string' ? text.value.codePointAt(0) : undefined;
    return code === undefined ? unknown('ord() of an unknown character', site.span) : int(code);
  },
  round: (args, site) => {
    const x = asScalar(first(args));
    const digits = asScalar(args.positional[1]);
    if (!isNumber(x)) return unknown('round() of an unknown number', site.span);
    if (digits === undefined) {
      // Python rounds halves to even.
      const r = Math.round(x);
      return int(Math.abs(x % 1) === 0.5 && r % 2 !== 0 ? r - 1 : r);
    }
    return float(isNumber(digits) ? Math.round(x * 10 ** digits) / 10 ** digits : x);
  },
  divmod: (args, site, m) =>
    tuple([
      m.binary('//', first(args), args.positional[1] ?? NONE, site.span),
      m.binary('%', first(args), args.positional[1] ?? NONE, site.span),
    ]),
  pow: (args, site, m) => m.binary('**', first(args), args.positional[1] ?? NONE, site.span),
  any: quantifier(true),
  all: quantifier(false),
  isinstance: (args, site, m) => {
    const answer = m.isInstance(first(args), args.positional[1] ?? NONE);
    return answer === undefined ? unknown('isinstance() of an unknown value', site.span) : bool(answer);
  },
  issubclass: (args, site, m) => {
    const [a, b] = args.positional;
    const classes = b?.kind === 'tuple' ? b.items : [b];
    if (a?.kind !== 'class' || classes.some((c) => c?.kind !== 'class')) return unknown('issubclass() of an unknown value', site.span);
    return bool(classes.some((c) => c?.kind === 'class' && m.isSubclass(a, c)));
  },
  callable: (args) =>
    first(args).kind === 'unknown'
      ? unknown('callable()')
      : bool(['function', 'native', 'bound', 'class', 'partial'].includes(first(args).kind) || first(args).kind === 'instance'),
  getattr: (args, site, m) => {
    const [object, name, fallback] = args.positional;
    if (!object || name?.kind !== 'string') return unknown('getattr() with an unknown name', site.span);
    const found = m.findAttr(object, name.value);
    // An object that may lack the attribute gives the default then.
    if (found && fallback && hasAttribute(m, object, name.value) === undefined) return m.join(found, fallback, site.span);
    return found ?? fallback ?? m.getAttr(object, name.value, site.span);
  },
  hasattr: (args, site, m) => {
    const [object, name] = args.positional;
    const answer = object && name?.kind === 'string' ? hasAttribute(m, object, name.value) : undefined;
    return answer === undefined ? unknown('hasattr() of an unknown value', site.span) : bool(answer);
  },
  setattr: (args, site, m) => {
    const [object, name, value] = args.positional;
    if (object && name?.kind === 'string' && value) {
      m.setAttr(object, name.value, value, site);
      if (name.symbolic && object.kind === 'instance') m.doubt(object, name.value);
    }
    return NONE;
  },
  type: (args, site) => {
    const v = first(args);
    if (v.kind === 'instance') return v.options ? unknown('type() of one of two', site.span) : v.cls;
    if (v.kind === 'none') return NONE_TYPE;
    const name = (
      { number: 'float', string: 'str', bool: 'bool', list: 'list', tuple: 'tuple', dict: 'dict', set: 'set' } as Record<string, string>
    )[v.kind];
    return (name && builtins().get(v.kind === 'number' && !v.float ? 'int' : name)) || unknown('type() of an unknown value', site.span);
  },
  id: (args) => (first(args).kind === 'instance' ? int((first(args) as { id: number }).id) : unknown('id()')),
  vars: (args, site, m) => m.findAttr(first(args), '__dict__') ?? unknown('vars()', site.span),
  dir: (args, site, m) => {
    const names = m.newInstance(NAMES, first(args), site);
    return names;
  },
  print: () => NONE,
  super: (args, site) => {
    const [cls, self] = args.positional;
    return cls?.kind === 'class' && self ? { kind: 'super', cls, self } : unknown('super()', site.span);
  },
  property: (args) => {
    const fn = first(args);
    return fn.kind === 'function' ? { ...fn, binding: 'property' } : fn;
  },
  staticmethod: (args) => {
    const fn = first(args);
    return fn.kind === 'function' || fn.kind === 'native' ? { ...fn, binding: 'static' } : fn;
  },
  classmethod: (args) => {
    const fn = first(args);
    return fn.kind === 'function' ? { ...fn, binding: 'class' } : fn;
  },
  slice: (args) => {
    const [a, b, c] = args.positional;
    return b
      ? { kind: 'slice', lower: a ?? NONE, upper: b, step: c ?? NONE }
      : { kind: 'slice', lower: NONE, upper: a ?? NONE, step: NONE };
  },
  locals: (_args, site) => unknown('locals()', site.span),
  globals: (_args, site) => unknown('globals()', site.span),
};

const EXCEPTIONS = [
  'Exception',
  'BaseException',
  'ValueError',
  'TypeError',
  'RuntimeError',
  'NotImplementedError',
  'KeyError',
  'IndexError',
  'AttributeError',
  'ImportError',
  'ModuleNotFoundError',
  'AssertionError',
  'StopIteration',
  'OSError',
  'FileNotFoundError',
  'Warning',
  'UserWarning',
  'DeprecationWarning',
];

let table: Map<string, Value> | undefined;

export const builtins = (): ReadonlyMap<string, Value> => {
  if (table) return table;
  table = new Map<string, Value>(Object.entries(BUILTINS).map(([name, call]) => [name, native(name, call, 'static') as NativeFunction]));
  // Python 2 wrote the lazy range so.
  table.set('xrange', native('xrange', BUILTINS.range as Builtin, 'static'));
  table.set('object', OBJECT);
  for (const name of EXCEPTIONS) table.set(name, name === 'Exception' ? EXCEPTION : nativeClass(name, [EXCEPTION]));
  table.set('__name__', str('__main__'));
  table.set('__file__', unknown('__file__'));
  table.set('NotImplemented', unknown('NotImplemented'));
  return table;
};
