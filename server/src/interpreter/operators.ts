/** Operators by Python's rules over known, symbolic and unknown values; truth, equality, iteration, items, text. */
import { constantValue, isNumber, type Scalar, type SymbolicOperator, scalarOp, sub } from '../network/scalar.ts';
import type { CompareOperator, UnaryOperator } from '../syntax/ast.ts';
import type { Span } from '../text/span.ts';
import { LIMITS } from './limits.ts';
import type { Machine } from './machine.ts';
import { asScalar } from './native.ts';
import { findInClass } from './objects.ts';
import { moduleScope } from './scope.ts';
import { siteAt } from './site.ts';
import type { CallSite, ClassValue, DictValue, ListValue, SliceValue, Value } from './values.ts';
import { args, bool, float, int, keyOf, list, MOST_OPTIONS, NONE, str, textFrom, tuple, unknown } from './values.ts';

// ── truth, equality ────────────────────────────────────────────────────────────────────────────────────────────────────────

export const truth = (m: Machine, v: Value): boolean | undefined => {
  switch (v.kind) {
    case 'none':
      return false;
    case 'bool':
      return v.value;
    case 'number':
      return isNumber(v.value) ? v.value !== 0 : undefined;
    case 'string':
      return v.value.length > 0;
    case 'list':
    case 'set':
      return v.items.length > 0 ? true : v.open ? undefined : false;
    case 'tuple':
      return v.items.length > 0;
    case 'dict':
      return v.entries.size > 0 ? true : v.open ? undefined : false;
    case 'range': {
      const n = rangeLength(v.start, v.stop, v.step);
      return n === undefined ? undefined : n > 0;
    }
    case 'unknown':
      return undefined;
    case 'instance': {
      if (findInClass(v.cls, '__bool__')) {
        const answer = m.callMethod(v, '__bool__', args([]), siteAt(NO_SPAN));
        return answer ? truth(m, answer) : undefined;
      }
      if (findInClass(v.cls, '__len__')) {
        const length = m.callMethod(v, '__len__', args([]), siteAt(NO_SPAN));
        return length ? truth(m, length) : undefined;
      }
      return v.cls.open ? undefined : true;
    }
    default:
      return true;
  }
};

const NO_SPAN: Span = { anchor: { file: '', offset: 0 }, start: 0, end: 0 };

export const equal = (m: Machine, a: Value, b: Value): boolean | undefined => {
  if (a === b && a.kind !== 'unknown') return true;
  if (a.kind === 'string' && b.kind === 'string') return a.value === b.value;
  const x = asScalar(a);
  const y = asScalar(b);
  if (x !== undefined && y !== undefined) {
    const difference = constantValue(sub(x, y));
    return difference === undefined ? undefined : difference === 0;
  }
  if (a.kind === 'unknown' || b.kind === 'unknown') return undefined;
  if ((a.kind === 'list' && b.kind === 'list') || (a.kind === 'tuple' && b.kind === 'tuple')) {
    if (a.items.length !== b.items.length) return false;
    let open = false;
    for (let i = 0; i < a.items.length; i++) {
      const one = equal(m, a.items[i] as Value, b.items[i] as Value);
      if (one === false) return false;
      if (one === undefined) open = true;
    }
    return open ? undefined : true;
  }
  if (a.kind === 'instance' && findInClass(a.cls, '__eq__')) {
    const answer = m.callMethod(a, '__eq__', args([b]), siteAt(NO_SPAN));
    return answer ? truth(m, answer) : undefined;
  }
  if (a.kind === 'native' && b.kind === 'native') return a.name === b.name;
  const ka = keyOf(a);
  const kb = keyOf(b);
  if (ka !== undefined && kb !== undefined) return ka === kb;
  return false;
};

const order = (a: Value, b: Value): number | undefined => {
  const x = asScalar(a);
  const y = asScalar(b);
  if (x !== undefined && y !== undefined) return constantValue(sub(x, y));
  if (a.kind === 'string' && b.kind === 'string') return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
  if (a.kind === 'tuple' && b.kind === 'tuple') {
    for (let i = 0; i < Math.min(a.items.length, b.items.length); i++) {
      const one = order(a.items[i] as Value, b.items[i] as Value);
      if (one === undefined || one !== 0) return one;
    }
    return a.items.length - b.items.length;
  }
  return undefined;
};

export const compare = (m: Machine, op: CompareOperator, a: Value, b: Value, span: Span): Value => {
  const answer = compareKnown(m, op, a, b);
  if (answer !== undefined) return bool(answer);
  if (a.kind === 'instance' || b.kind === 'instance') {
    const name = (
      { '==': '__eq__', '!=': '__ne__', '<': '__lt__', '<=': '__le__', '>': '__gt__', '>=': '__ge__' } as Record<string, string>
    )[op];
    const result = name && a.kind === 'instance' ? m.callMethod(a, name, args([b]), siteAt(span)) : undefined;
    if (result) return result;
  }
  return unknown('comparison of unknown values', span);
};

const compareKnown = (m: Machine, op: CompareOperator, a: Value, b: Value): boolean | undefined => {
  switch (op) {
    case '==':
      return equal(m, a, b);
    case '!=':
      return not(equal(m, a, b));
    case 'is':
      return same(m, a, b);
    case 'is not':
      return not(same(m, a, b));
    case 'in':
      return contains(m, b, a);
    case 'not in':
      return not(contains(m, b, a));
    default: {
      const d = order(a, b);
      if (d === undefined) return undefined;
      return op === '<' ? d < 0 : op === '<=' ? d <= 0 : op === '>' ? d > 0 : d >= 0;
    }
  }
};

const not = (x: boolean | undefined): boolean | undefined => (x === undefined ? undefined : !x);

/** `is`: identity where it can be told; a size symbol is never None. */
const same = (m: Machine, a: Value, b: Value): boolean | undefined => {
  if (a.kind === 'none' && b.kind === 'none') return true;
  if (a.kind === 'unknown' || b.kind === 'unknown') return undefined;
  if (a.kind === 'none' || b.kind === 'none') return false;
  if (a.kind === 'bool' || a.kind === 'number' || a.kind === 'string') return equal(m, a, b);
  return a === b || (a.kind === b.kind && keyOf(a) !== undefined && keyOf(a) === keyOf(b));
};

const contains = (m: Machine, container: Value, x: Value): boolean | undefined => {
  if (container.kind === 'string') return x.kind === 'string' ? container.value.includes(x.value) : undefined;
  if (container.kind === 'dict') {
    const key = keyOf(x);
    if (key === undefined) return undefined;
    return container.entries.has(key) ? true : container.open ? undefined : false;
  }
  if (container.kind === 'instance') {
    const answer = m.callMethod(container, '__contains__', args([x]), siteAt(NO_SPAN));
    return answer ? truth(m, answer) : undefined;
  }
  const items = iterate(m, container);
  if (!items) return undefined;
  let open = container.kind === 'list' || container.kind === 'set' ? container.open : false;
  for (const one of items) {
    const answer = equal(m, one, x);
    if (answer === true) return true;
    if (answer === undefined) open = true;
  }
  return open ? undefined : false;
};

// ── iteration ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const rangeLength = (start: Scalar, stop: Scalar, step: Scalar): number | undefined => {
  if (!isNumber(step) || step === 0) return undefined;
  const length = constantValue(sub(stop, start));
  return length === undefined ? undefined : Math.max(0, Math.ceil(length / step));
};

export const iterate = (m: Machine, v: Value): readonly Value[] | undefined => {
  switch (v.kind) {
    case 'list':
    case 'set':
      return v.items;
    case 'tuple':
      return v.items;
    case 'string':
      return v.value.length <= LIMITS.items ? [...v.value].map(str) : undefined;
    case 'dict':
      return [...v.entries.values()].map((e) => e.key);
    case 'range': {
      const n = rangeLength(v.start, v.stop, v.step);
      if (n === undefined) return undefined;
      if (n > LIMITS.items) m.partial(`A range of ${n} is followed for the first ${LIMITS.items}`);
      return Array.from({ length: Math.min(n, LIMITS.items) }, (_, i) => int(scalarOp('+', v.start, scalarOp('*', v.step, i))));
    }
    case 'instance': {
      if (!findInClass(v.cls, '__iter__')) return undefined;
      const inner = m.callMethod(v, '__iter__', args([]), siteAt(NO_SPAN));
      return inner && inner !== v ? iterate(m, inner) : undefined;
    }
    default:
      return undefined;
  }
};

// ── items ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Indices that a slice selects out of `length`. */
export const sliceIndices = (slice: { lower: Value; upper: Value; step: Value }, length: number): number[] | undefined => {
  const read = (v: Value): number | null | undefined => {
    if (v.kind === 'none') return null;
    const x = asScalar(v);
    return isNumber(x) ? x : undefined;
  };
  const [lower, upper, step] = [read(slice.lower), read(slice.upper), read(slice.step) ?? 1];
  if (lower === undefined || upper === undefined || step === 0) return undefined;
  const clamp = (x: number, low: number, high: number): number => Math.max(low, Math.min(high, x < 0 ? x + length : x));
  const result: number[] = [];
  if (step > 0)
    for (let i = lower === null ? 0 : clamp(lower, 0, length); i < (upper === null ? length : clamp(upper, 0, length)); i += step)
      result.push(i);
  else
    for (
      let i = lower === null ? length - 1 : clamp(lower, -1, length - 1);
      i > (upper === null ? -1 : clamp(upper, -1, length - 1));
      i += step
    )
      result.push(i);
  return result;
};

export const item = (m: Machine, object: Value, index: Value, span: Span): Value => {
  switch (object.kind) {
    case 'list':
    case 'tuple':
    case 'string': {
      const items: readonly Value[] = object.kind === 'string' ? [...object.value].map(str) : object.items;
      if (index.kind === 'slice') {
        // Any part of nothing is nothing, whatever the bounds.
        const chosen = items.length === 0 ? [] : sliceIndices(index, items.length)?.map((i) => items[i] as Value);
        if (!chosen) return unknown('a slice whose bounds are not known', span);
        return object.kind === 'string'
          ? str(chosen.map((c) => (c.kind === 'string' ? c.value : '')).join(''))
          : object.kind === 'tuple'
            ? tuple(chosen)
            : list(chosen, object.open);
      }
      const i = asScalar(index);
      if (!isNumber(i)) return unknown('an index that is not known', span);
      return items[i < 0 ? i + items.length : i] ?? unknown('index out of range', span);
    }
    case 'range': {
      const items = iterate(m, object);
      return items ? item(m, list([...items]), index, span) : unknown('a range that is not known', span);
    }
    case 'dict': {
      const key = slotOf(index);
      const entry = key === undefined ? undefined : object.entries.get(key);
      if (entry) return entry.value;
      if (index.kind === 'unknown' && object.factory === undefined) return chosenFrom(object, span);
      if (object.factory === undefined || key === undefined || object.open) return unknown('a key that is not known', span);
      if (object.factory === 'counts') return int(0);
      const made = m.call(object.factory, args([]), siteAt(span));
      setItem(m, object, index, made, siteAt(span));
      return made;
    }
    case 'instance':
      return m.callMethod(object, '__getitem__', args([index]), siteAt(span)) ?? unknown(`${object.cls.name} has no items`, span);
    // `Generic[T]`, `list[int]`: types in brackets are the type.
    case 'class':
      return object;
    case 'native':
      return object;
    case 'unknown': {
      const i = index.kind === 'number' && isNumber(index.value) ? String(index.value) : index.kind === 'string' ? index.value : undefined;
      return {
        ...unknown(object.reason, object.span),
        ...(object.symbol !== undefined && i !== undefined ? { symbol: `${object.symbol}[${i}]` } : {}),
        ...(object.from ? { from: object.from } : {}),
      };
    }
    default:
      return unknown(`a ${object.kind} has no items`, span);
  }
};

/** What a key that is not known picks of a table of classes or functions (`NORMS[kind](dim)`): any of them. */
const chosenFrom = (table: DictValue, span: Span): Value => {
  const options = [...new Set([...table.entries.values()].map(({ value }) => value))];
  const callable = options.every(({ kind }) => kind === 'class' || kind === 'function');
  const picked = unknown('a key that is not known', span);
  return !table.open && options.length > 0 && options.length <= MOST_OPTIONS && callable ? { ...picked, options } : picked;
};

/** The slot of a dict that an index names; a symbol names one too, which only the same symbol reads. */
const slotOf = (index: Value): string | undefined =>
  index.kind === 'unknown' ? (index.symbol === undefined ? undefined : `x${index.symbol}`) : keyOf(index);

export const setItem = (m: Machine, object: Value, index: Value, value: Value, site: CallSite): void => {
  if (object.kind === 'dict') {
    const key = slotOf(index);
    if (key === undefined) {
      object.open = true;
      return;
    }
    // `hs[t]` of a loop variable: which key that is, is open, but `hs[t]` reads it again.
    if (index.kind === 'unknown') object.open = true;
    const { entries } = object;
    m.write(object, key, entries.get(key), { key: index, value }, (v) => (v ? entries.set(key, v) : entries.delete(key)));
    if (object.of && index.kind === 'string') m.setAttr(object.of, index.value, value, site);
  } else if (object.kind === 'list') {
    if (index.kind === 'slice') {
      setSlice(m, object, index, value);
      return;
    }
    const i = asScalar(index);
    if (!isNumber(i)) {
      object.open = true;
      return;
    }
    const at = i < 0 ? i + object.items.length : i;
    const items = [...object.items];
    items[at] = value;
    m.write(object, 'items', object.items, items, (v) => {
      object.items = v;
    });
  } else if (object.kind === 'instance') m.callMethod(object, '__setitem__', args([index, value]), site);
  else if (object.kind === 'unknown' && object.options)
    m.eachWay(object.options, site.span, (option) => {
      setItem(m, option, index, value, site);
      return NONE;
    });
};

/** `x[a:b] = values`: the part may grow or shrink; with a step it keeps its length. */
const setSlice = (m: Machine, target: ListValue, index: SliceValue, value: Value): void => {
  const given = m.iterate(value);
  const at = sliceIndices(index, target.items.length);
  const step = index.step.kind === 'none' ? 1 : asScalar(index.step);
  if (!given || !at || (step !== 1 && at.length !== given.length)) {
    target.open = true;
    return;
  }
  const items = [...target.items];
  if (step === 1) items.splice(at[0] ?? emptySlice(index, items.length), at.length, ...given);
  else
    at.forEach((i, k) => {
      items[i] = given[k] as Value;
    });
  m.write(target, 'items', target.items, items, (v) => {
    target.items = v;
  });
  if ((value.kind === 'list' || value.kind === 'set') && value.open) target.open = true;
};

/** Where an empty slice stands: `x[2:2]` before item 2, `x[-1:-1]` before the last. */
const emptySlice = (index: SliceValue, length: number): number => {
  const lower = asScalar(index.lower);
  return isNumber(lower) ? Math.max(0, Math.min(length, lower < 0 ? lower + length : lower)) : 0;
};

// ── arithmetic ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const METHODS: Readonly<Record<string, readonly [string, string]>> = {
  '+': ['__add__', '__radd__'],
  '-': ['__sub__', '__rsub__'],
  '*': ['__mul__', '__rmul__'],
  '/': ['__truediv__', '__rtruediv__'],
  '//': ['__floordiv__', '__rfloordiv__'],
  '%': ['__mod__', '__rmod__'],
  '**': ['__pow__', '__rpow__'],
  '@': ['__matmul__', '__rmatmul__'],
  '&': ['__and__', '__rand__'],
  '|': ['__or__', '__ror__'],
  '^': ['__xor__', '__rxor__'],
  '<<': ['__lshift__', '__rlshift__'],
  '>>': ['__rshift__', '__rrshift__'],
};

const SET_METHODS: Readonly<Record<string, string>> = { '|': 'union', '&': 'intersection', '-': 'difference' };

const SCALAR_OPS = new Set(['+', '-', '*', '/', '//', '%', '**']);

const isFloat = (v: Value): boolean => v.kind === 'number' && v.float;

export const binary = (m: Machine, op: string, a: Value, b: Value, span: Span): Value => {
  const names = METHODS[op];
  if (names && a.kind === 'instance' && findInClass(a.cls, names[0]))
    return m.callMethod(a, names[0], args([b]), siteAt(span)) ?? unknown('operator', span);
  if (names && b.kind === 'instance' && findInClass(b.cls, names[1]))
    return m.callMethod(b, names[1], args([a]), siteAt(span)) ?? unknown('operator', span);
  const x = asScalar(a);
  const y = asScalar(b);
  if (x !== undefined && y !== undefined) return scalars(op, a, x, b, y, span);
  if (op === '+') {
    if (a.kind === 'string' && b.kind === 'string') return textFrom(a.value + b.value, [a, b]);
    if (a.kind === 'list' && b.kind === 'list') return list([...a.items, ...b.items], a.open || b.open);
    if (a.kind === 'tuple' && b.kind === 'tuple') return tuple([...a.items, ...b.items]);
    if (a.kind === 'list' || b.kind === 'list')
      return list([...(a.kind === 'list' ? a.items : []), ...(b.kind === 'list' ? b.items : [])], true);
  }
  if (op === '*') {
    const repeated = repeat(a, y) ?? repeat(b, x);
    const [one, times] = a.kind === 'list' || a.kind === 'tuple' ? [a, y] : [b, x];
    if ((one.kind === 'list' || one.kind === 'tuple') && isNumber(times) && times > 1) m.hooks.repeated?.(one.items, times, span, m);
    if (repeated) return repeated;
  }
  if (op === '%' && a.kind === 'string') {
    const text = percentFormat(m, a.value, b);
    return text === undefined ? unknown('text of an unknown value', span) : textFrom(text, [b]);
  }
  if (op === '|' && a.kind === 'dict' && b.kind === 'dict')
    return { kind: 'dict', entries: new Map([...a.entries, ...b.entries]), open: a.open || b.open };
  // The keys, values and items of a dict are lists here, and are combined like sets.
  if ((a.kind === 'set' || a.kind === 'list') && (b.kind === 'set' || b.kind === 'list') && SET_METHODS[op])
    return (
      m.callMethod({ kind: 'set', items: a.items, open: a.open }, SET_METHODS[op], args([b]), siteAt(span)) ?? unknown('operator', span)
    );
  // `int | None` in annotations, `isinstance(x, A | B)`.
  if (op === '|' && isType(a)) return isType(b) ? tuple([...typesIn(a), ...typesIn(b)]) : a;
  const from = [a, b].flatMap((v) => (v.kind === 'unknown' ? (v.from ?? []) : v.kind === 'instance' ? [v] : []));
  return {
    ...unknown(a.kind === 'unknown' ? a.reason : b.kind === 'unknown' ? b.reason : `${a.kind} ${op} ${b.kind}`, span),
    ...(from.length > 0 ? { from } : {}),
  };
};

const isType = (value: Value): boolean =>
  value.kind === 'class' || value.kind === 'native' || (value.kind === 'tuple' && value.items.length > 1 && value.items.every(isType));

const typesIn = (value: Value): readonly Value[] => (value.kind === 'tuple' ? value.items : [value]);

const scalars = (op: string, a: Value, x: Scalar, b: Value, y: Scalar, span: Span): Value => {
  if (SCALAR_OPS.has(op)) {
    if ((op === '/' || op === '//' || op === '%') && y === 0) return unknown('division by zero', span);
    const value = scalarOp(op as SymbolicOperator, x, y);
    if (isNumber(value) && !Number.isFinite(value)) return unknown('a number too large', span);
    return op === '/' || isFloat(a) || isFloat(b) || (op === '**' && isNumber(value) && !Number.isInteger(value))
      ? float(value)
      : int(value);
  }
  if (isNumber(x) && isNumber(y) && Number.isInteger(x) && Number.isInteger(y)) {
    switch (op) {
      case '&':
        return a.kind === 'bool' && b.kind === 'bool' ? bool(a.value && b.value) : int(x & y);
      case '|':
        return a.kind === 'bool' && b.kind === 'bool' ? bool(a.value || b.value) : int(x | y);
      case '^':
        return int(x ^ y);
      case '<<':
        return int(x * 2 ** y);
      case '>>':
        return int(Math.floor(x / 2 ** y));
    }
  }
  return unknown(`operator ${op} on unknown numbers`, span);
};

const repeat = (v: Value, times: Scalar | undefined): Value | undefined => {
  if (v.kind !== 'list' && v.kind !== 'tuple' && v.kind !== 'string') return undefined;
  if (!isNumber(times))
    return v.kind === 'list'
      ? list([...v.items], true)
      : v.kind === 'tuple'
        ? unknown('a tuple repeated an unknown number of times')
        : undefined;
  const n = Math.max(0, times);
  if (v.kind === 'string') return v.value.length * n > LIMITS.items ? unknown('a text too long') : str(v.value.repeat(n));
  if (v.items.length * n > LIMITS.items) return list([...v.items], true);
  const items = Array.from({ length: n }, () => v.items).flat();
  return v.kind === 'list' ? list(items, v.open) : tuple(items);
};

export const unary = (m: Machine, op: UnaryOperator, v: Value, span: Span): Value => {
  if (op === 'not') {
    const answer = truth(m, v);
    return answer === undefined ? unknown('truth of an unknown value', span) : bool(!answer);
  }
  const x = asScalar(v);
  if (x !== undefined && op !== '~') {
    const value = op === '-' ? scalarOp('-', 0, x) : x;
    return isFloat(v) ? float(value) : int(value);
  }
  if (v.kind === 'instance')
    return (
      m.callMethod(v, op === '-' ? '__neg__' : op === '+' ? '__pos__' : '__invert__', args([]), siteAt(span)) ?? unknown('operator', span)
    );
  return unknown(v.kind === 'unknown' ? v.reason : `${op}${v.kind}`, span);
};

// ── text ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Built-in types are functions here. */
const TYPE_NAMES: ReadonlySet<string> = new Set(['int', 'float', 'str', 'bool', 'list', 'tuple', 'dict', 'set']);

const qualifiedName = (m: Machine, cls: ClassValue): string => {
  if (!cls.source?.scope) return cls.path.replace(/^builtins\./, '');
  return `${m.modules.nameOf(moduleScope(cls.source.scope)) ?? '__main__'}.${cls.name}`;
};

export const textOf = (m: Machine, v: Value): string | undefined => {
  switch (v.kind) {
    case 'string':
      return v.value;
    case 'number':
      return isNumber(v.value) ? (v.float && Number.isInteger(v.value) ? `${v.value}.0` : String(v.value)) : v.value.text;
    case 'bool':
      return v.value ? 'True' : 'False';
    case 'none':
      return 'None';
    case 'list':
    case 'tuple': {
      const parts = v.items.map((i) => (i.kind === 'string' ? `'${i.value}'` : textOf(m, i)));
      if (parts.some((p) => p === undefined)) return undefined;
      return v.kind === 'list' ? `[${parts.join(', ')}]` : `(${parts.join(', ')}${parts.length === 1 ? ',' : ''})`;
    }
    case 'native':
      return TYPE_NAMES.has(v.name) ? `<class '${v.name}'>` : undefined;
    case 'class':
      return `<class '${qualifiedName(m, v)}'>`;
    case 'unknown':
      return v.symbol;
    case 'instance': {
      const text = findInClass(v.cls, '__str__') && m.callMethod(v, '__str__', args([]), siteAt(NO_SPAN));
      return text?.kind === 'string' ? text.value : undefined;
    }
    default:
      return undefined;
  }
};

/** What `{value:spec}` writes; number formats that matter for names (`03d`), the rest as str(). */
export const formatValue = (m: Machine, v: Value, spec: string): string | undefined => {
  const text = textOf(m, v);
  const padded = /^0?(\d+)d?$/.exec(spec);
  if (text !== undefined && padded && v.kind === 'number') return text.padStart(Number(padded[1]), spec.startsWith('0') ? '0' : ' ');
  return text;
};

const percentFormat = (m: Machine, format: string, value: Value): string | undefined => {
  const values = value.kind === 'tuple' ? [...value.items] : [value];
  let failed = false;
  const text = format.replace(/%(0?\d*)([sdrfgi%])/g, (_, width: string, kind: string) => {
    if (kind === '%') return '%';
    const next = values.shift();
    const piece = next ? formatValue(m, next, width) : undefined;
    if (piece === undefined) failed = true;
    return piece ?? '';
  });
  return failed ? undefined : text;
};
