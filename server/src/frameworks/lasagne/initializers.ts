/**
 * Lasagne's initializers: what each draws, from its arguments and the weight's shape. One row per class of `lasagne.init`.
 * Checked row by row against test/golden/initializers.json (Lasagne 0.2.dev1). Two names mislead: `HeNormal()` has gain 1 and is
 * LeCun's, `Sparse(sparsity)` is the share that is *not* zero.
 */
import { asScalar, asString, type Bound, bind } from '../../interpreter/native.ts';
import type { Args, Value } from '../../interpreter/values.ts';
import { type Distribution, type Law, unknownDistribution } from '../../network/distribution.ts';
import { add, type Dim, div, isNumber, mul, product, type Scalar, type Shape, sub } from '../../network/scalar.ts';
import type { Fans } from '../shared/fans.ts';

export interface InitializerRow {
  readonly name: string;
  readonly signature: string;
  readonly draw: (args: Bound, shape: Shape) => Distribution;
  /** It raises where the shape has fewer than two axes. */
  readonly needsMatrix?: true;
}

const UNKNOWN_ARGUMENT = unknownDistribution('an argument of the initializer is not known');

/** `gain='relu'` is √2. */
const gainOf = (args: Bound): Scalar | undefined => {
  const value = args.get('gain');
  return asString(value) === 'relu' ? Math.SQRT2 : asScalar(value);
};

const isTrue = (value: Value | undefined): boolean => value?.kind === 'bool' && value.value;

/** Inputs and outputs that Glorot counts: the first two axes times the rest; in c01b order the first and the last. */
const glorotFan = (shape: Shape, c01b: boolean): Scalar | undefined => {
  const [first, second] = shape;
  if (first === undefined || second === undefined) return undefined;
  if (c01b) return shape.length === 4 ? mul(add(first, shape[3] as Dim), mul(second, shape[2] as Dim)) : undefined;
  return mul(add(first, second), product(shape.slice(2)));
};

/** The first axis of a matrix, all but the first of a kernel. */
const heFan = (shape: Shape, c01b: boolean): Scalar | undefined => {
  if (shape.length < 2) return undefined;
  if (c01b) return shape.length === 4 ? product(shape.slice(0, 3)) : undefined;
  return shape.length === 2 ? shape[0] : product(shape.slice(1));
};

/** What Lasagne takes as fans of a shape. */
export const shapeFans = (shape: Shape): Fans => {
  const [first, second] = shape;
  if (first === undefined || second === undefined) return { fanIn: null, fanOut: null };
  if (shape.length === 2) return { fanIn: first, fanOut: second };
  return { fanIn: product(shape.slice(1)), fanOut: mul(first, product(shape.slice(2))) };
};

const lawOf = (initializer: Value | undefined): Law | undefined => {
  if (initializer?.kind !== 'class') return undefined;
  return initializer.name === 'Normal' ? 'normal' : initializer.name === 'Uniform' ? 'uniform' : undefined;
};

const fewAxes = (name: string): Distribution => unknownDistribution(`${name} needs two axes`);

const scaled = (family: 'Glorot' | 'He', args: Bound, shape: Shape, law: Law | undefined): Distribution => {
  const gain = gainOf(args);
  if (gain === undefined || !law) return UNKNOWN_ARGUMENT;
  const c01b = isTrue(args.get('c01b'));
  const fan = family === 'Glorot' ? glorotFan(shape, c01b) : heFan(shape, c01b);
  if (fan === undefined) return fewAxes(family);
  const scale = typeof gain === 'number' && Math.abs(gain * gain - 2) < 1e-9 ? 2 : mul(gain, gain);
  return family === 'Glorot'
    ? { kind: 'varianceScaling', scale, fan: div(fan, 2), mode: 'fanAvg', law, corrected: false }
    : { kind: 'varianceScaling', scale, fan, mode: 'fanIn', law, corrected: false };
};

const family = (name: 'Glorot' | 'He'): readonly InitializerRow[] => [
  {
    name,
    needsMatrix: true,
    signature: 'initializer, gain=1.0, c01b=False',
    draw: (args, shape) => scaled(name, args, shape, lawOf(args.get('initializer'))),
  },
  {
    name: `${name}Normal`,
    needsMatrix: true,
    signature: 'gain=1.0, c01b=False',
    draw: (args, shape) => scaled(name, args, shape, 'normal'),
  },
  {
    name: `${name}Uniform`,
    needsMatrix: true,
    signature: 'gain=1.0, c01b=False',
    draw: (args, shape) => scaled(name, args, shape, 'uniform'),
  },
];

/** `range=(a, b)`, else ±range; `std` overrides both. */
const uniform = (args: Bound): Distribution => {
  const mean = asScalar(args.get('mean'));
  const std = args.get('std');
  if (std && std.kind !== 'none') {
    const s = asScalar(std);
    if (s === undefined || mean === undefined) return UNKNOWN_ARGUMENT;
    const reach = mul(Math.sqrt(3), s);
    return { kind: 'uniform', low: sub(mean, reach), high: add(mean, reach) };
  }
  const range = args.get('range');
  if (range?.kind === 'tuple' || range?.kind === 'list') {
    const [low, high] = range.items.map(asScalar);
    return low === undefined || high === undefined ? UNKNOWN_ARGUMENT : { kind: 'uniform', low, high };
  }
  const reach = asScalar(range);
  return reach === undefined ? UNKNOWN_ARGUMENT : { kind: 'uniform', low: mul(-1, reach), high: reach };
};

export const INITIALIZERS: readonly InitializerRow[] = [
  {
    name: 'Normal',
    signature: 'std=0.01, mean=0.0',
    draw: (args) => {
      const [std, mean] = [asScalar(args.get('std')), asScalar(args.get('mean'))];
      return std === undefined || mean === undefined ? UNKNOWN_ARGUMENT : { kind: 'normal', mean, std };
    },
  },
  { name: 'Uniform', signature: 'range=0.01, std=None, mean=0.0', draw: uniform },
  ...family('Glorot'),
  ...family('He'),
  {
    name: 'Constant',
    signature: 'val=0.0',
    draw: (args) => {
      const value = asScalar(args.get('val'));
      return value === undefined ? UNKNOWN_ARGUMENT : { kind: 'constant', value };
    },
  },
  {
    name: 'Sparse',
    signature: 'sparsity=0.1, std=0.01',
    draw: (args, shape) => {
      const [sparsity, std] = [asScalar(args.get('sparsity')), asScalar(args.get('std'))];
      const [inputs] = shape;
      if (sparsity === undefined || std === undefined) return UNKNOWN_ARGUMENT;
      if (inputs === undefined || shape.length !== 2) return unknownDistribution('Sparse needs a matrix');
      // Whole rows per column: int(sparsity·n) of n.
      const density = isNumber(sparsity) && isNumber(inputs) ? Math.floor(sparsity * inputs) / inputs : sparsity;
      return { kind: 'sparse', density, std };
    },
  },
  {
    name: 'Orthogonal',
    needsMatrix: true,
    signature: 'gain=1.0',
    draw: (args, shape) => {
      const gain = gainOf(args);
      if (gain === undefined) return UNKNOWN_ARGUMENT;
      const [rows] = shape;
      if (rows === undefined || shape.length < 2) return fewAxes('Orthogonal');
      return { kind: 'orthogonal', gain, rows, columns: product(shape.slice(1)) };
    },
  },
];

const BY_NAME: ReadonlyMap<string, InitializerRow> = new Map(INITIALIZERS.map((row) => [row.name, row]));

export const initializerRow = (name: string): InitializerRow | undefined => BY_NAME.get(name);

export const drawOf = (row: InitializerRow, args: Args, shape: Shape): Distribution => row.draw(bind(row.signature, args), shape);

/** The gain that an author wrote. */
export const declaredGain = (row: InitializerRow, args: Args): Scalar | undefined => {
  const bound = bind(row.signature, args);
  return bound.has('gain') ? gainOf(bound) : undefined;
};
