/** Operators by JavaScript's rules over known, symbolic and unknown values: truth, equality, text, arithmetic. */
import { constantValue, isNumber, type Scalar, type SymbolicOperator, scalarOp, sub } from '../../network/scalar.ts';
import type { CompareOperator } from '../../syntax/ast.ts';
import type { Span } from '../../text/span.ts';
import type { Machine } from '../machine.ts';
import { asScalar } from '../native.ts';
import type { Value } from '../values.ts';
import { bool, float, int, keyOf, str, unknown } from '../values.ts';

/** Everything is true but false, 0, '', null and undefined: empty lists and objects too. */
export const truth = (v: Value): boolean | undefined => {
  switch (v.kind) {
    case 'none':
      return false;
    case 'bool':
      return v.value;
    case 'number':
      return isNumber(v.value) ? v.value !== 0 : undefined;
    case 'string':
      return v.value !== '';
    case 'unknown':
      return undefined;
    default:
      return true;
  }
};

const isPrimitive = (v: Value): boolean => v.kind === 'number' || v.kind === 'string' || v.kind === 'bool' || v.kind === 'none';

/** `===` */
export const same = (a: Value, b: Value): boolean | undefined => {
  if (a.kind === 'unknown' || b.kind === 'unknown') {
    if (a.kind === 'unknown' && b.kind === 'unknown' && a.symbol !== undefined && a.symbol === b.symbol) return true;
    return undefined;
  }
  if (a.kind !== b.kind) return false;
  if (a.kind === 'none' && b.kind === 'none') return (a.absent ?? false) === (b.absent ?? false);
  if (a.kind === 'number' && b.kind === 'number') {
    const difference = constantValue(sub(a.value, b.value));
    return difference === undefined ? undefined : difference === 0;
  }
  if (a.kind === 'native' && b.kind === 'native') return a.name === b.name;
  if (isPrimitive(a)) return keyOf(a) === keyOf(b);
  return a === b;
};

/** `==`: null and undefined are equal; a number and its text are. */
export const looselyEqual = (a: Value, b: Value): boolean | undefined => {
  if (a.kind === 'none' && b.kind === 'none') return true;
  if (a.kind === 'unknown' || b.kind === 'unknown' || a.kind === b.kind || a.kind === 'none' || b.kind === 'none') return same(a, b);
  const [x, y] = [numberOf(a), numberOf(b)];
  return typeof x === 'number' && typeof y === 'number' ? x === y : isPrimitive(a) && isPrimitive(b) ? undefined : false;
};

/** What a value is in arithmetic. */
const numberOf = (v: Value): Scalar | undefined => {
  if (v.kind === 'string') return v.value.trim() !== '' && !Number.isNaN(Number(v.value)) ? Number(v.value) : undefined;
  if (v.kind === 'none') return v.absent ? undefined : 0;
  return asScalar(v);
};

export const textOf = (v: Value, depth = 0): string | undefined => {
  switch (v.kind) {
    case 'string':
      return v.value;
    case 'number':
      return isNumber(v.value) ? String(v.value) : v.value.text;
    case 'bool':
      return String(v.value);
    case 'none':
      return v.absent ? 'undefined' : 'null';
    case 'list': {
      // A list may hold itself.
      const parts = depth > 8 ? [undefined] : v.items.map((item) => (item.kind === 'none' ? '' : textOf(item, depth + 1)));
      return v.open || parts.includes(undefined) ? undefined : parts.join(',');
    }
    case 'unknown':
      return v.symbol;
    default:
      return undefined;
  }
};

export const compare = (m: Machine, op: CompareOperator, a: Value, b: Value, span: Span): Value => {
  const answer = compareKnown(m, op, a, b);
  return answer === undefined ? unknown('comparison of unknown values', span) : bool(answer);
};

const not = (x: boolean | undefined): boolean | undefined => (x === undefined ? undefined : !x);

const compareKnown = (m: Machine, op: CompareOperator, a: Value, b: Value): boolean | undefined => {
  switch (op) {
    case '==':
      return looselyEqual(a, b);
    case '!=':
      return not(looselyEqual(a, b));
    case 'is':
      return same(a, b);
    case 'is not':
      return not(same(a, b));
    case 'instanceof':
      return m.isInstance(a, b);
    case 'in':
    case 'not in': {
      const key = keyOf(a);
      if (b.kind !== 'dict' || key === undefined) return undefined;
      const held = b.entries.has(key) ? true : b.open ? undefined : false;
      return op === 'in' ? held : not(held);
    }
    default: {
      const d = order(a, b);
      if (d === undefined) return undefined;
      return op === '<' ? d < 0 : op === '<=' ? d <= 0 : op === '>' ? d > 0 : d >= 0;
    }
  }
};

const order = (a: Value, b: Value): number | undefined => {
  if (a.kind === 'string' && b.kind === 'string') return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
  const [x, y] = [numberOf(a), numberOf(b)];
  return x === undefined || y === undefined ? undefined : constantValue(sub(x, y));
};

const ARITHMETIC: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '**']);

/** One kind of number; `float` only tells how a number prints in Python. */
export const number = (value: Scalar): Value => (isNumber(value) && !Number.isInteger(value) ? float(value) : int(value));

export const binary = (op: string, a: Value, b: Value, span: Span): Value => {
  if (op === '+' && (a.kind === 'string' || b.kind === 'string')) {
    const [x, y] = [textOf(a), textOf(b)];
    return x === undefined || y === undefined ? unknown('text of an unknown value', span) : str(x + y);
  }
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== undefined && y !== undefined) return scalars(op, x, y, span);
  const from = [a, b].flatMap((v) => (v.kind === 'unknown' ? (v.from ?? []) : v.kind === 'instance' ? [v] : []));
  const reason = a.kind === 'unknown' ? a.reason : b.kind === 'unknown' ? b.reason : `${a.kind} ${op} ${b.kind}`;
  return { ...unknown(reason, span), ...(from.length > 0 ? { from } : {}) };
};

const scalars = (op: string, x: Scalar, y: Scalar, span: Span): Value => {
  if (ARITHMETIC.has(op)) {
    if ((op === '/' || op === '%') && y === 0) return unknown('division by zero', span);
    // The remainder has the sign of what is divided.
    const value = op === '%' && isNumber(x) && isNumber(y) ? x % y : scalarOp(op as SymbolicOperator, x, y);
    return isNumber(value) && !Number.isFinite(value) ? unknown('a number too large', span) : number(value);
  }
  if (!isNumber(x) || !isNumber(y)) return unknown(`operator ${op} on unknown numbers`, span);
  switch (op) {
    case '&':
      return int(x & y);
    case '|':
      return int(x | y);
    case '^':
      return int(x ^ y);
    case '<<':
      return int(x << y);
    case '>>':
      return int(x >> y);
    default:
      return unknown(`operator ${op}`, span);
  }
};

export const unary = (op: string, v: Value, span: Span): Value => {
  if (op === 'not') {
    const answer = truth(v);
    return answer === undefined ? unknown('truth of an unknown value', span) : bool(!answer);
  }
  if (op === 'typeof') return typeName(v, span);
  const x = numberOf(v);
  if (x === undefined) return unknown(v.kind === 'unknown' ? v.reason : `${op}${v.kind}`, span);
  if (op === '~') return isNumber(x) ? int(~x) : unknown('operator ~ on an unknown number', span);
  return number(op === '-' ? scalarOp('-', 0, x) : x);
};

const typeName = (v: Value, span: Span): Value => {
  switch (v.kind) {
    case 'unknown':
      return unknown('the type of an unknown value', span);
    case 'none':
      return str(v.absent ? 'undefined' : 'object');
    case 'number':
    case 'string':
      return str(v.kind);
    case 'bool':
      return str('boolean');
    case 'function':
    case 'native':
    case 'bound':
    case 'partial':
    case 'class':
      return str('function');
    default:
      return str('object');
  }
};
