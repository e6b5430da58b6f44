/**
 * Small arrays of known numbers: widths and rates that a model computes with before it builds (`torch.arange(depth) * w + w0`,
 * `linspace(0, rate, depth)`). Plain data and pure functions; values that are too many are not kept.
 */

export interface Numbers {
  readonly shape: readonly number[];
  /** Row by row. */
  readonly values: readonly number[];
  readonly integer: boolean;
}

export const MOST_NUMBERS = 4_096;

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

export const numbers = (shape: readonly number[], values: readonly number[], integer: boolean): Numbers | undefined =>
  values.length <= MOST_NUMBERS && values.length === count(shape) && values.every(Number.isFinite) ? { shape, values, integer } : undefined;

export const arange = (start: number, stop: number, step: number): Numbers | undefined => {
  const length = Math.ceil((stop - start) / step);
  if (!(length >= 0) || length > MOST_NUMBERS) return undefined;
  const integer = [start, stop, step].every(Number.isInteger);
  return numbers(
    [length],
    Array.from({ length }, (_, i) => start + i * step),
    integer,
  );
};

export const linspace = (start: number, stop: number, steps: number): Numbers | undefined =>
  Number.isInteger(steps) && steps >= 0 && steps <= MOST_NUMBERS
    ? numbers(
        [steps],
        Array.from({ length: steps }, (_, i) => (steps === 1 ? start : start + ((stop - start) * i) / (steps - 1))),
        false,
      )
    : undefined;

const half = (x: number): number => {
  const below = Math.floor(x);
  const rest = x - below;
  // Halves go to the even neighbour.
  return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1;
};

const ELEMENTWISE: Readonly<Record<string, (x: number) => number>> = {
  log: Math.log,
  log2: Math.log2,
  exp: Math.exp,
  sqrt: Math.sqrt,
  abs: Math.abs,
  neg: (x) => -x,
  floor: Math.floor,
  ceil: Math.ceil,
  round: half,
  sin: Math.sin,
  cos: Math.cos,
  square: (x) => x * x,
};
const TRUNCATES = new Set(['int', 'long']);
const KEEPS_INTEGER = new Set(['abs', 'neg', 'square', 'floor', 'ceil', 'round']);

/** A function of one array by its usual name; undefined for one that is not known here. */
export const unary = (name: string, x: Numbers): Numbers | undefined => {
  if (TRUNCATES.has(name)) return numbers(x.shape, x.values.map(Math.trunc), true);
  if (name === 'float' || name === 'double') return { ...x, integer: false };
  if (name === 'cumsum' && x.shape.length === 1) {
    let sum = 0;
    return numbers(
      x.shape,
      x.values.map((v) => (sum += v)),
      x.integer,
    );
  }
  if (name === 'diff' && x.shape.length === 1)
    return numbers(
      [Math.max(0, x.values.length - 1)],
      x.values.slice(1).map((v, i) => v - (x.values[i] as number)),
      x.integer,
    );
  const total = REDUCES[name];
  if (total) return x.values.length === 0 ? undefined : numbers([], [total(x.values)], x.integer && name !== 'mean');
  const f = ELEMENTWISE[name];
  return f && numbers(x.shape, x.values.map(f), x.integer && KEEPS_INTEGER.has(name));
};

const REDUCES: Readonly<Record<string, (values: readonly number[]) => number>> = {
  sum: (v) => v.reduce((a, b) => a + b, 0),
  prod: (v) => v.reduce((a, b) => a * b, 1),
  mean: (v) => v.reduce((a, b) => a + b, 0) / v.length,
  max: (v) => Math.max(...v),
  min: (v) => Math.min(...v),
};

const BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '//': (a, b) => Math.floor(a / b),
  '%': (a, b) => a - b * Math.floor(a / b),
  '**': (a, b) => a ** b,
};

/** Elementwise, one side may be a single number. */
export const binary = (op: string, a: Numbers, b: Numbers): Numbers | undefined => {
  const f = BINARY[op];
  const same = a.shape.length === b.shape.length && a.shape.every((n, i) => n === b.shape[i]);
  if (!f || (!same && a.values.length !== 1 && b.values.length !== 1)) return undefined;
  const longer = same || b.values.length === 1 ? a : b;
  const at = (x: Numbers, i: number): number => x.values[x.values.length === 1 ? 0 : i] as number;
  return numbers(
    longer.shape,
    longer.values.map((_, i) => f(at(a, i), at(b, i))),
    a.integer && b.integer && op !== '/',
  );
};

/** Parts of the first axis, one after the other; undefined where the sizes are not those of the whole. */
export const split = (x: Numbers, sizes: readonly number[]): readonly Numbers[] | undefined => {
  const [length, ...rest] = x.shape;
  if (length === undefined || sizes.some((n) => !Number.isInteger(n) || n < 0) || sizes.reduce((a, b) => a + b, 0) !== length)
    return undefined;
  const row = count(rest);
  let at = 0;
  return sizes.map((n) => {
    const from = at * row;
    at += n;
    return { ...x, shape: [n, ...rest], values: x.values.slice(from, at * row) };
  });
};

/** The values that occur, in rising order, for each element the place of its value among them, and how often each value occurs. */
export const unique = (x: Numbers): { readonly values: Numbers; readonly inverse: Numbers; readonly counts: Numbers } => {
  const places = new Map([...new Set(x.values)].sort((a, b) => a - b).map((v, i) => [v, i]));
  const inverse = x.values.map((v) => places.get(v) as number);
  const counts = new Array<number>(places.size).fill(0);
  for (const place of inverse) counts[place] = (counts[place] as number) + 1;
  return {
    values: { shape: [places.size], values: [...places.keys()], integer: x.integer },
    inverse: { shape: x.shape, values: inverse, integer: true },
    counts: { shape: [places.size], values: counts, integer: true },
  };
};

/** `x[i]` of the first axis. */
export const itemAt = (x: Numbers, index: number): Numbers | undefined => {
  const [length, ...rest] = x.shape;
  if (length === undefined) return undefined;
  const i = index < 0 ? index + length : index;
  const size = count(rest);
  return i >= 0 && i < length ? numbers(rest, x.values.slice(i * size, (i + 1) * size), x.integer) : undefined;
};

/** The same values in another order of axes: axis i of the result is axis `axes[i]`. */
export const permuted = (x: Numbers, axes: readonly number[]): Numbers | undefined => {
  if (axes.length !== x.shape.length || new Set(axes).size !== axes.length) return undefined;
  const shape = axes.map((axis) => x.shape[axis]);
  if (!shape.every((n) => n !== undefined)) return undefined;
  return gathered(x, shape, (at) => x.shape.map((_, axis) => at[axes.indexOf(axis)] as number));
};

/** The same values backwards along some axes. */
export const flipped = (x: Numbers, axes: readonly number[]): Numbers | undefined =>
  axes.every((axis) => axis >= 0 && axis < x.shape.length)
    ? gathered(x, x.shape, (at) => at.map((i, axis) => (axes.includes(axis) ? (x.shape[axis] as number) - 1 - i : i)))
    : undefined;

/** An array of that shape, each value taken from the place of `x` that `source` names. */
const gathered = (x: Numbers, shape: readonly number[], source: (at: readonly number[]) => readonly number[]): Numbers | undefined => {
  const values: number[] = [];
  const total = count(shape);
  for (let k = 0; k < total; k++) {
    const at: number[] = [];
    let rest = k;
    for (const size of [...shape].reverse()) {
      at.unshift(rest % size);
      rest = Math.floor(rest / size);
    }
    const index = source(at).reduce((sum, i, axis) => sum * (x.shape[axis] as number) + i, 0);
    values.push(x.values[index] as number);
  }
  return numbers(shape, values, x.integer);
};
