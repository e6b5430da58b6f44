/**
 * Numbers that may be symbolic: a size such as `4*n_embd`, or a scale such as `sqrt(2/n_in)`.
 * Unknown symbols keep fan-relative facts exact: He on `hidden` inputs has N·Var(W) = 2 whatever `hidden` is.
 */

export type Scalar = number | SymbolicExpr;

/** A size. The same type as Scalar; the name says that it counts something. */
export type Dim = Scalar;

/** Sizes in the framework's own order; null where the rank is unknown. The batch axis of activations is {@link BATCH}. */
export type Shape = readonly Dim[];

export type SymbolicOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '//'
  | '%'
  | '**'
  | 'min'
  | 'max'
  | 'sqrt'
  | 'floor'
  | 'ceil'
  | 'abs'
  | 'log'
  | 'exp';

export interface SymbolicExpr {
  readonly kind: 'symbol' | 'operation';
  /** Name of the symbol, e.g. `hidden_size`; empty for operations. */
  readonly name: string;
  readonly op: SymbolicOperator | null;
  readonly args: readonly Scalar[];
  /** Canonical text: equal text means equal value. */
  readonly text: string;
}

export const symbol = (name: string): SymbolicExpr => ({ kind: 'symbol', name, op: null, args: [], text: name });

/** The batch axis, printed as null. */
export const BATCH: SymbolicExpr = symbol('batch');

export const isNumber = (x: Scalar | null | undefined): x is number => typeof x === 'number';

const apply = (op: SymbolicOperator, a: number, b: number): number => {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '//':
      return Math.floor(a / b);
    case '%':
      return a - b * Math.floor(a / b);
    case '**':
      return a ** b;
    case 'min':
      return Math.min(a, b);
    case 'max':
      return Math.max(a, b);
    case 'sqrt':
      return Math.sqrt(a);
    case 'floor':
      return Math.floor(a);
    case 'ceil':
      return Math.ceil(a);
    case 'abs':
      return Math.abs(a);
    case 'log':
      return Math.log(a);
    case 'exp':
      return Math.exp(a);
  }
};

const INFIX = new Set<SymbolicOperator>(['+', '-', '*', '/', '//', '%', '**']);

const MAX_TEXT = 2_000;

/** Equal texts, equal names: 52 bits of FNV-1a, twice with different seeds. */
const hashOf = (text: string): string => {
  let [a, b] = [0x811c9dc5, 0x01000193];
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(i), 0x85ebca6b);
  }
  return ((a >>> 0) * 2 ** 20 + ((b >>> 0) % 2 ** 20)).toString(36);
};

const build = (op: SymbolicOperator, args: readonly Scalar[]): SymbolicExpr => {
  const texts = args.map(formatScalar);
  const text = INFIX.has(op) ? `(${texts.join(op)})` : `${op}(${texts.join(', ')})`;
  // Sizes of sizes may double with every layer: what grew too large to mean anything to anyone is a size of its own.
  if (text.length > MAX_TEXT) return symbol(`size#${hashOf(text)}`);
  return { kind: 'operation', name: '', op, args, text };
};

/**
 * Applies an operator with light simplification: constants fold, neutral elements vanish, sums and products are ordered,
 * `x - x`, `x / x`, `(x * c) // c` cancel.
 */
export const scalarOp = (op: SymbolicOperator, a: Scalar, b: Scalar = 0): Scalar => {
  const unary = op === 'sqrt' || op === 'floor' || op === 'ceil' || op === 'abs' || op === 'log' || op === 'exp';
  if (isNumber(a) && (unary || isNumber(b))) return apply(op, a, b as number);
  if (unary) return build(op, [a]);
  const same = formatScalar(a) === formatScalar(b);
  switch (op) {
    case '+':
      if (a === 0) return b;
      if (b === 0) return a;
      if (same) return scalarOp('*', 2, a);
      return build(op, order(a, b));
    case '-':
      if (b === 0) return a;
      if (same) return 0;
      return build(op, [a, b]);
    case '*': {
      if (a === 0 || b === 0) return 0;
      if (a === 1) return b;
      if (b === 1) return a;
      const [x, y] = order(a, b) as [Scalar, Scalar];
      if (isNumber(x) && !isNumber(y) && y.op === '*' && isNumber(y.args[0])) return scalarOp('*', x * y.args[0], y.args[1] as Scalar);
      return build(op, [x, y]);
    }
    case '/':
    case '//':
      if (b === 1) return a;
      if (a === 0) return 0;
      if (same) return 1;
      if (!isNumber(a) && a.op === '*') {
        const [x, y] = a.args as [Scalar, Scalar];
        if (formatScalar(y) === formatScalar(b)) return x;
        if (formatScalar(x) === formatScalar(b)) return y;
        if (isNumber(x) && isNumber(b) && x % b === 0) return scalarOp('*', x / b, y);
      }
      return build(op, [a, b]);
    case '%':
      if (same || b === 1) return 0;
      return build(op, [a, b]);
    case '**':
      if (b === 1) return a;
      if (b === 0) return 1;
      if (b === 0.5) return build('sqrt', [a]);
      return build(op, [a, b]);
    case 'min':
    case 'max':
      return same ? a : build(op, order(a, b));
  }
  return build(op, [a, b]);
};

const order = (a: Scalar, b: Scalar): readonly Scalar[] => {
  if (isNumber(a)) return [a, b];
  if (isNumber(b)) return [b, a];
  return a.text <= b.text ? [a, b] : [b, a];
};

export const add = (a: Scalar, b: Scalar): Scalar => scalarOp('+', a, b);
export const sub = (a: Scalar, b: Scalar): Scalar => scalarOp('-', a, b);
export const mul = (a: Scalar, b: Scalar): Scalar => scalarOp('*', a, b);
export const div = (a: Scalar, b: Scalar): Scalar => scalarOp('/', a, b);
export const floorDiv = (a: Scalar, b: Scalar): Scalar => scalarOp('//', a, b);
export const product = (xs: readonly Scalar[]): Scalar => xs.reduce<Scalar>(mul, 1);

export function formatScalar(x: Scalar): string {
  return isNumber(x) ? String(x) : x.text;
}

/** Names of the symbols in an expression. */
export const symbolsOf = (x: Scalar, into: Set<string> = new Set()): Set<string> => {
  if (isNumber(x)) return into;
  if (x.kind === 'symbol') into.add(x.name);
  for (const arg of x.args) symbolsOf(arg, into);
  return into;
};

/** Value under an assignment of the symbols; undefined when one is missing. */
export const evaluate = (x: Scalar, values: (name: string) => number | undefined): number | undefined => {
  if (isNumber(x)) return x;
  if (x.kind === 'symbol') return values(x.name);
  const [left = 0, right = 0] = x.args;
  const a = evaluate(left, values);
  const b = a === undefined ? undefined : evaluate(right, values);
  return a === undefined || b === undefined ? undefined : apply(x.op as SymbolicOperator, a, b);
};

/**
 * The same for many expressions under one assignment: sizes behind many layers are made of those before them, and each is worked out
 * once.
 */
export const evaluator = (values: (name: string) => number | undefined): ((x: Scalar) => number | undefined) => {
  const known = new Map<SymbolicExpr, number | undefined>();
  const value = (x: Scalar): number | undefined => {
    if (isNumber(x)) return x;
    if (x.kind === 'symbol') return values(x.name);
    if (known.has(x)) return known.get(x);
    const [left = 0, right = 0] = x.args;
    const a = value(left);
    const b = a === undefined ? undefined : value(right);
    const result = a === undefined || b === undefined ? undefined : apply(x.op as SymbolicOperator, a, b);
    known.set(x, result);
    return result;
  };
  return value;
};

const PROBES = [(i: number) => 96 + 37 * i, (i: number) => 640 + 211 * i, (i: number) => 3571 + 1009 * i];

/**
 * The number that an expression is equal to whatever its symbols are, e.g. `n * (2/n)` → 2; undefined when it depends on them.
 * Decided by evaluating at three far-apart points, which algebraic identities of this size survive and nothing else does.
 */
export const constantValue = (x: Scalar): number | undefined => {
  if (isNumber(x)) return x;
  const names = [...symbolsOf(x)].sort();
  let first: number | undefined;
  for (const probe of PROBES) {
    const value = evaluate(x, (name) => probe(names.indexOf(name)));
    if (value === undefined || !Number.isFinite(value)) return undefined;
    if (first === undefined) first = value;
    else if (Math.abs(value - first) > 1e-9 * Math.max(1, Math.abs(first))) return undefined;
  }
  return first;
};

export const equalScalar = (a: Scalar, b: Scalar): boolean => formatScalar(a) === formatScalar(b) || constantValue(sub(a, b)) === 0;
