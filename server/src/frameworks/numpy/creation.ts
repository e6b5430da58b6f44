/** Arrays of constants, of given values, and of random draws. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asScalar, bind, native, nativeClass } from '../../interpreter/native.ts';
import type { CallSite, NativeCall, NativeFunction, Value } from '../../interpreter/values.ts';
import { NONE, tuple, unknown } from '../../interpreter/values.ts';
import { type Distribution, unknownDistribution } from '../../network/distribution.ts';
import { add, type Dim, isNumber, type Scalar, scalarOp, sub } from '../../network/scalar.ts';
import { bernoulli } from '../shared/arithmetic.ts';
import { tensorData } from '../shared/tensor.ts';
import { listedArray } from './arithmetic.ts';
import { visibleShape } from './product.ts';
import { dimOf, drawn, gradient, isGradient, storedIn } from './state.ts';

type Sizes = readonly (Dim | null)[] | null;

/** `(n, m)`, `[n, m]`, `n`; null where the rank is not known; undefined where there is none, and one number is meant. */
export const sizesFrom = (interp: Interpreter, value: Value | undefined): Sizes | undefined => {
  if (!value || value.kind === 'none') return undefined;
  if (value.kind === 'tuple' || value.kind === 'list')
    return value.kind === 'list' && value.open ? null : value.items.map((v) => dimOf(interp, v));
  const size = asScalar(value);
  // A name without a value may be one size or a shape: a shape is what is left unknown.
  return size !== undefined && (value.kind !== 'unknown' || !/shape|size$/.test(value.symbol ?? '')) ? [size] : null;
};

// ── constants and given values ─────────────────────────────────────────────────────────────────────────────────────────────

const filled = (name: string, value: Scalar | null): NativeFunction =>
  native(
    name,
    (args, site, interp) => {
      const bound = bind('shape, fill_value=None, *rest, **kwargs', args);
      const given = value ?? asScalar(bound.get('fill_value'));
      const shape = sizesFrom(interp, bound.get('shape')) ?? null;
      const distribution: Distribution =
        name === 'empty'
          ? { kind: 'uninitialized' }
          : given === undefined
            ? unknownDistribution('a value that is not known')
            : { kind: 'constant', value: given };
      return drawn(interp, { shape, distribution, name: `np.${name}` }, site);
    },
    'static',
  );

const like = (name: string, value: Scalar | null): NativeFunction =>
  native(
    name,
    (args, site, interp) => {
      const of = args.positional[0];
      if (isGradient(of)) return gradient(interp);
      const data = tensorData(of);
      const given = value ?? asScalar(args.positional[1] ?? args.keywords.get('fill_value'));
      if (!data) return unknown(`${name} of something that is not known`, site.span);
      const distribution: Distribution =
        given === undefined ? unknownDistribution('a value that is not known') : { kind: 'constant', value: given };
      return drawn(interp, { shape: visibleShape(data), distribution, name: `np.${name}` }, site);
    },
    'static',
  );

const eye: NativeCall = (args, site, interp) => {
  const bound = bind('N, M=None, k=0, dtype=None, **kwargs', args);
  const rows = dimOf(interp, bound.get('N'));
  const second = bound.get('M');
  const columns = !second || second.kind === 'none' ? rows : (asScalar(second) ?? rows);
  return drawn(interp, { shape: [rows, columns], distribution: { kind: 'identity', gain: 1, rows, columns }, name: 'np.eye' }, site);
};

/** Shape of a nested literal, and whether every number in it is the same. */
const literal = (value: Value, numbers: Scalar[]): Dim[] | undefined => {
  const number = asScalar(value);
  if (number !== undefined) {
    numbers.push(number);
    return [];
  }
  if ((value.kind !== 'list' && value.kind !== 'tuple') || (value.kind === 'list' && value.open)) return undefined;
  let inner: Dim[] | undefined = [];
  for (const item of value.items) {
    inner = literal(item, numbers);
    if (!inner) return undefined;
  }
  return [value.items.length, ...inner];
};

/** Rows that are arrays themselves. */
const stacked = (interp: Interpreter, items: readonly Value[], site: CallSite): Value | undefined => {
  const rows = items.map(storedIn);
  const [first] = rows;
  if (!first || rows.some((r) => !r)) return undefined;
  const texts = new Set(rows.map((r) => JSON.stringify(r?.storage.init.distribution)));
  const distribution: Distribution = texts.size === 1 ? first.storage.init.distribution : { kind: 'data', what: 'given values' };
  return drawn(interp, { shape: first.shape && [items.length, ...first.shape], distribution, name: first.storage.init.name }, site);
};

/** `np.array(x)`: what is an array or not known stays what it is. */
export const toArray = (interp: Interpreter, value: Value | undefined, site: CallSite, name = 'np.array'): Value => {
  if (!value) return unknown('an array of nothing', site.span);
  if (value.kind === 'range') return listedArray(interp, interp.iterate(value) ?? [], site, name);
  if (value.kind !== 'list' && value.kind !== 'tuple') return value;
  if (value.items.length > 0 && value.items.every((v) => asScalar(v) !== undefined && v.kind !== 'unknown'))
    return listedArray(interp, value.items, site, name);
  const rows = stacked(interp, value.items, site);
  if (rows) return rows;
  const numbers: Scalar[] = [];
  const shape = literal(value, numbers);
  if (!shape) return unknown('an array of values that are not known', site.span);
  const [first] = numbers;
  const alike = isNumber(first) && numbers.every((n) => n === first);
  const distribution: Distribution = alike ? { kind: 'constant', value: first } : { kind: 'data', what: 'given values' };
  return drawn(interp, { shape, distribution, name }, site);
};

const array: NativeCall = (args, site, interp) =>
  toArray(interp, args.positional[0] ?? args.keywords.get('object') ?? args.keywords.get('a') ?? args.keywords.get('value'), site);

const arange: NativeCall = (args, site, interp) => {
  const xs = args.positional.map(asScalar);
  const [first, second] = xs;
  const [start, stop] = second === undefined ? [0, first] : [first ?? 0, second];
  const step = xs[2] ?? 1;
  if (isNumber(start) && isNumber(stop) && isNumber(step) && step !== 0) {
    const length = Math.max(0, Math.ceil((stop - start) / step - 1e-9));
    if (length > 0 && length <= 4096) {
      const float = ![start, stop, step].every(Number.isInteger);
      const items = Array.from({ length }, (_, i): Value => ({ kind: 'number', value: start + i * step, float }));
      return listedArray(interp, items, site, 'np.arange');
    }
  }
  const shape = stop === undefined || xs.length > 2 ? null : [sub(stop, start)];
  return drawn(interp, { shape, distribution: { kind: 'data', what: 'arange' }, name: 'np.arange' }, site);
};

const linspace: NativeCall = (args, site, interp) => {
  const bound = bind('start, stop, num=50, endpoint=True, **kwargs', args);
  const [a, b, n] = ['start', 'stop', 'num'].map((name) => asScalar(bound.get(name)));
  if (isNumber(a) && isNumber(b) && isNumber(n) && n > 0 && n <= 4096) {
    const items = Array.from(
      { length: n },
      (_, i): Value => ({ kind: 'number', value: n === 1 ? a : a + ((b - a) * i) / (n - 1), float: true }),
    );
    return listedArray(interp, items, site, 'np.linspace');
  }
  return drawn(
    interp,
    { shape: n === undefined ? null : [n], distribution: { kind: 'data', what: 'linspace' }, name: 'np.linspace' },
    site,
  );
};

export const CREATION: Readonly<Record<string, NativeFunction>> = {
  zeros: filled('zeros', 0),
  ones: filled('ones', 1),
  empty: filled('empty', 0),
  full: filled('full', null),
  zeros_like: like('zeros_like', 0),
  ones_like: like('ones_like', 1),
  full_like: like('full_like', null),
  eye: native('eye', eye, 'static'),
  identity: native('identity', eye, 'static'),
  arange: native('arange', arange, 'static'),
  linspace: native('linspace', linspace, 'static'),
  ...Object.fromEntries(
    ['array', 'asarray', 'asanyarray', 'ascontiguousarray', 'atleast_1d', 'asmatrix', 'mat', 'matrix', 'float32', 'float64', 'float16'].map(
      (name) => [name, native(name, array, 'static')],
    ),
  ),
};

// ── draws ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Draw {
  readonly signature: string;
  /** Sizes are the positional arguments themselves: `randn(3, 4)`. */
  readonly spread?: boolean;
  readonly distribution: (get: (name: string) => Scalar | undefined) => Distribution | undefined;
}

const normal: Draw['distribution'] = (get) => {
  const [mean, std] = [get('loc'), get('scale')];
  return mean === undefined || std === undefined ? undefined : { kind: 'normal', mean, std };
};

const unit: Draw['distribution'] = () => ({ kind: 'uniform', low: 0, high: 1 });
const standard: Draw['distribution'] = () => ({ kind: 'normal', mean: 0, std: 1 });

const integers = (data: string): Draw => ({
  signature: 'low, high=None, size=None, dtype=None, **kwargs',
  distribution: () => ({ kind: 'data', what: data }),
});

const DRAWS: Readonly<Record<string, Draw>> = {
  randn: { signature: '*size', spread: true, distribution: standard },
  rand: { signature: '*size', spread: true, distribution: unit },
  standard_normal: { signature: 'size=None, dtype=None, out=None', distribution: standard },
  random: { signature: 'size=None, dtype=None, out=None', distribution: unit },
  random_sample: { signature: 'size=None', distribution: unit },
  ranf: { signature: 'size=None', distribution: unit },
  sample: { signature: 'size=None', distribution: unit },
  normal: { signature: 'loc=0.0, scale=1.0, size=None', distribution: normal },
  uniform: {
    signature: 'low=0.0, high=1.0, size=None',
    distribution: (get) => {
      const [low, high] = [get('low'), get('high')];
      return low === undefined || high === undefined ? undefined : { kind: 'uniform', low, high };
    },
  },
  binomial: {
    signature: 'n, p, size=None',
    distribution: (get) => {
      const [n, keep] = [get('n'), get('p')];
      return n === 1 && keep !== undefined ? bernoulli(keep) : { kind: 'data', what: 'binomial draws' };
    },
  },
  randint: integers('random integers'),
  integers: integers('random integers'),
  random_integers: integers('random integers'),
};

const drawCall =
  (name: string, row: Draw, skip: number): NativeCall =>
  (args, site, interp) => {
    const bound = bind(row.signature, args, skip);
    const sizes = row.spread
      ? bound.rest.length === 0
        ? undefined
        : bound.rest.length === 1 && bound.rest[0]?.kind === 'tuple'
          ? sizesFrom(interp, bound.rest[0])
          : args.open
            ? null
            : bound.rest.map((v) => dimOf(interp, v))
      : sizesFrom(interp, bound.get('size'));
    if (sizes === undefined && !args.open) return unknown('a number drawn at random', site.span);
    const distribution = row.distribution((key) => asScalar(bound.get(key))) ?? unknownDistribution('an argument that is not known');
    return drawn(interp, { shape: sizes ?? null, distribution, name: `np.random.${name}` }, site);
  };

const nothing: NativeCall = () => NONE;
/** A choice or a shuffle of data. */
const shuffled: NativeCall = (_, site) => unknown('a random choice', site.span);

/** RandomState and Generator: the same draws as methods. */
export const GENERATOR = nativeClass('numpy.random.Generator', [], {
  __init__: nothing,
  ...Object.fromEntries(Object.entries(DRAWS).map(([name, row]) => [name, drawCall(name, row, 1)])),
  ...Object.fromEntries(['seed', 'shuffle'].map((name) => [name, nothing])),
  ...Object.fromEntries(['choice', 'permutation'].map((name) => [name, shuffled])),
});

const generator: NativeCall = (_, site, interp) => interp.newInstance(GENERATOR, undefined, site);

export const RANDOM: ReadonlyMap<string, Value> = new Map<string, Value>([
  ...Object.entries(DRAWS).map(([name, row]): [string, Value] => [name, native(name, drawCall(name, row, 0), 'static')]),
  ...['seed', 'shuffle', 'set_state'].map((name): [string, Value] => [name, native(name, nothing, 'static')]),
  ...['choice', 'permutation'].map((name): [string, Value] => [name, native(name, shuffled, 'static')]),
  ['RandomState', GENERATOR],
  ['Generator', GENERATOR],
  ['default_rng', native('default_rng', generator, 'static')],
]);

// ── truncated draws and decompositions ─────────────────────────────────────────────────────────────────────────────────────

/** A law of scipy that remembers its bounds: `truncnorm(a, b, loc, scale).rvs(size)`. */
const TRUNCATED = nativeClass('scipy.stats.truncnorm', [], {
  rvs: (args, site, interp) => {
    const bound = bind('size=None, random_state=None', args, 1);
    const self = args.positional[0];
    const law = self?.kind === 'instance' ? (self.data as Distribution | undefined) : undefined;
    const sizes = sizesFrom(interp, bound.get('size'));
    return drawn(
      interp,
      { shape: sizes ?? null, distribution: law ?? unknownDistribution('bounds that are not known'), name: 'scipy.stats.truncnorm' },
      site,
    );
  },
});

/** scipy's bounds count in standard deviations. */
const truncation = (a?: Scalar, b?: Scalar, mean: Scalar = 0, std: Scalar = 1): Distribution =>
  a === undefined || b === undefined
    ? unknownDistribution('bounds that are not known')
    : {
        kind: 'truncatedNormal',
        mean,
        std,
        low: add(mean, scalarOp('*', a, std)),
        high: add(mean, scalarOp('*', b, std)),
      };

const LAW = nativeClass('scipy.stats.truncnorm_gen', [], {
  __call__: (args, site, interp) => {
    const bound = bind('a, b, loc=0, scale=1', args, 1);
    const [a, b, mean, std] = ['a', 'b', 'loc', 'scale'].map((name) => asScalar(bound.get(name)));
    const known = mean !== undefined && std !== undefined;
    return interp.newInstance(TRUNCATED, known ? truncation(a, b, mean, std) : unknownDistribution('moments that are not known'), site);
  },
  rvs: (args, site, interp) => {
    const bound = bind('a, b, loc=0, scale=1, size=None, random_state=None', args, 1);
    const [a, b, mean, std] = ['a', 'b', 'loc', 'scale'].map((name) => asScalar(bound.get(name)));
    const known = mean !== undefined && std !== undefined;
    const distribution = known ? truncation(a, b, mean, std) : unknownDistribution('moments that are not known');
    return drawn(interp, { shape: sizesFrom(interp, bound.get('size')) ?? null, distribution, name: 'scipy.stats.truncnorm' }, site);
  },
});

export const truncnorm: Value = { kind: 'instance', cls: LAW, attrs: new Map(), data: undefined, site: null, id: -1 };

const orthogonal = (interp: Interpreter, rows: Dim, columns: Dim, name: string, site: CallSite): Value =>
  drawn(interp, { shape: [rows, columns], distribution: { kind: 'orthogonal', gain: 1, rows, columns }, name }, site);

const svd: NativeCall = (args, site, interp) => {
  const bound = bind('a, full_matrices=True, compute_uv=True, **kwargs', args);
  const shape = storedIn(bound.get('a'))?.shape;
  const [rows, columns] = shape ?? [];
  if (shape?.length !== 2 || rows === undefined || columns === undefined) return unknown('a decomposition', site.span);
  const full = interp.truth(bound.get('full_matrices') ?? NONE);
  if (full === undefined) return unknown('a decomposition', site.span);
  const inner = full ? undefined : scalarOp('min', rows, columns);
  return tuple([
    orthogonal(interp, rows, inner ?? rows, 'np.linalg.svd', site),
    unknown('singular values', site.span),
    orthogonal(interp, inner ?? columns, columns, 'np.linalg.svd', site),
  ]);
};

const qr: NativeCall = (args, site, interp) => {
  const shape = storedIn(args.positional[0])?.shape;
  const [rows, columns] = shape ?? [];
  if (shape?.length !== 2 || rows === undefined || columns === undefined) return unknown('a decomposition', site.span);
  return tuple([orthogonal(interp, rows, scalarOp('min', rows, columns), 'np.linalg.qr', site), unknown('a triangle', site.span)]);
};

export const LINALG: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['svd', native('svd', svd, 'static')],
  ['qr', native('qr', qr, 'static')],
]);
