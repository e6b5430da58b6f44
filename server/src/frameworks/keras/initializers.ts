/**
 * Keras's initializers: what each draws, from its arguments, the weight's shape and the fans. One row per class.
 * Checked row by row against test/golden/initializers.json (Keras 3.15).
 */
import { asScalar, asString, type Bound, bind } from '../../interpreter/native.ts';
import type { Args } from '../../interpreter/values.ts';
import { type Distribution, type Law, ONES, unknownDistribution, ZEROS } from '../../network/distribution.ts';
import { add, div, isNumber, mul, product, type Scalar, type Shape, scalarOp } from '../../network/scalar.ts';
import { nearestName } from '../shared/notes.ts';

export interface Fans {
  readonly fanIn: Scalar;
  readonly fanOut: Scalar;
}

/**
 * keras.src.initializers.compute_fans: kernels end in (…, in, out). It is applied blindly, so transposed convolutions have their fans
 * swapped and depthwise kernels count every channel (THEORY §6).
 */
export const computeFans = (shape: Shape): Fans => {
  const [first, second] = shape;
  if (first === undefined) return { fanIn: 1, fanOut: 1 };
  if (second === undefined) return { fanIn: first, fanOut: first };
  if (shape.length === 2) return { fanIn: first, fanOut: second };
  const receptive = product(shape.slice(0, -2));
  return { fanIn: mul(receptive, shape.at(-2) as Scalar), fanOut: mul(receptive, shape.at(-1) as Scalar) };
};

/** An argument that does not mean what it says, and what is drawn with instead. */
export interface Quirk {
  readonly argument: string;
  readonly instead: number;
  readonly message: string;
}

export interface InitializerRow {
  readonly name: string;
  /** Signature of the class in Keras 3. */
  readonly signature: string;
  /** Strings and other names that give this class. */
  readonly aliases: readonly string[];
  readonly draw: (args: Bound, shape: Shape, fans: Fans) => Distribution;
  /** What the framework makes of an argument that its author cannot have meant. */
  readonly quirk?: (args: Bound) => Quirk | undefined;
  /** It raises where the shape has fewer than two axes. */
  readonly needsMatrix?: true;
}

const atLeastOne = (fan: Scalar): Scalar => (isNumber(fan) ? Math.max(1, fan) : fan);

type Mode = 'fanIn' | 'fanOut' | 'fanAvg';

const varianceScaling = (scale: Scalar, mode: Mode, law: Law, { fanIn, fanOut }: Fans): Distribution => {
  const fan = mode === 'fanIn' ? fanIn : mode === 'fanOut' ? fanOut : div(add(fanIn, fanOut), 2);
  return { kind: 'varianceScaling', scale, fan: atLeastOne(fan), mode, law, corrected: law === 'truncatedNormal' };
};

const MODES: Readonly<Record<string, Mode>> = { fan_in: 'fanIn', fan_out: 'fanOut', fan_avg: 'fanAvg' };

/** 'normal' has meant the truncated normal since Keras 2.2. */
const LAWS: Readonly<Record<string, Law>> = {
  truncated_normal: 'truncatedNormal',
  normal: 'truncatedNormal',
  untruncated_normal: 'normal',
  uniform: 'uniform',
};

const scaled = (name: string, alias: string, scale: number, mode: Mode, law: Law): InitializerRow => ({
  name,
  signature: 'seed=None, input_axes=None, output_axes=None',
  aliases: [alias],
  draw: (_args, _shape, fans) => varianceScaling(scale, mode, law, fans),
});

const UNKNOWN_ARGUMENT = unknownDistribution('an argument of the initializer is not known');

/** Draws with the named arguments as scalars; unknown where one is not. */
const withScalars =
  (names: readonly string[], make: (...values: Scalar[]) => Distribution) =>
  (args: Bound): Distribution => {
    const values = names.map((name) => asScalar(args.get(name)));
    return values.some((v) => v === undefined) ? UNKNOWN_ARGUMENT : make(...(values as Scalar[]));
  };

const matrix = (shape: Shape): readonly [Scalar, Scalar] => [product(shape.slice(0, -1)), shape.at(-1) ?? 1];

export const INITIALIZERS: readonly InitializerRow[] = [
  { name: 'Zeros', signature: '', aliases: ['zeros', 'zero', 'Zero'], draw: () => ZEROS },
  { name: 'Ones', signature: '', aliases: ['ones', 'one', 'One'], draw: () => ONES },
  {
    name: 'Constant',
    signature: 'value=0.0',
    aliases: ['constant'],
    draw: withScalars(['value'], (value) => ({ kind: 'constant', value })),
  },
  {
    name: 'RandomNormal',
    signature: 'mean=0.0, stddev=0.05, seed=None',
    aliases: ['normal', 'random_normal', 'Normal'],
    draw: withScalars(['mean', 'stddev'], (mean = 0, std = 0) => ({ kind: 'normal', mean, std })),
  },
  {
    name: 'TruncatedNormal',
    signature: 'mean=0.0, stddev=0.05, seed=None',
    aliases: ['truncated_normal'],
    // Cut at two stddev and not corrected: the real std is .8796·stddev.
    draw: withScalars(['mean', 'stddev'], (mean = 0, std = 0) => {
      const reach = mul(2, std);
      return { kind: 'truncatedNormal', mean, std, low: scalarOp('-', mean, reach), high: add(mean, reach) };
    }),
  },
  {
    name: 'RandomUniform',
    signature: 'minval=-0.05, maxval=0.05, seed=None',
    aliases: ['uniform', 'random_uniform', 'Uniform'],
    draw: withScalars(['minval', 'maxval'], (low = 0, high = 0) => ({ kind: 'uniform', low, high })),
  },
  scaled('GlorotUniform', 'glorot_uniform', 1, 'fanAvg', 'uniform'),
  scaled('GlorotNormal', 'glorot_normal', 1, 'fanAvg', 'truncatedNormal'),
  scaled('HeNormal', 'he_normal', 2, 'fanIn', 'truncatedNormal'),
  scaled('HeUniform', 'he_uniform', 2, 'fanIn', 'uniform'),
  scaled('LecunNormal', 'lecun_normal', 1, 'fanIn', 'truncatedNormal'),
  scaled('LecunUniform', 'lecun_uniform', 1, 'fanIn', 'uniform'),
  {
    name: 'VarianceScaling',
    signature: "scale=1.0, mode='fan_in', distribution='truncated_normal', seed=None, input_axes=None, output_axes=None",
    aliases: ['variance_scaling'],
    draw: (args, _shape, fans) => {
      const scale = asScalar(args.get('scale'));
      const mode = MODES[asString(args.get('mode')) ?? ''];
      const law = LAWS[asString(args.get('distribution')) ?? ''];
      return scale === undefined || !mode || !law ? UNKNOWN_ARGUMENT : varianceScaling(scale, mode, law, fans);
    },
  },
  {
    name: 'Orthogonal',
    signature: 'gain=1.0, seed=None',
    aliases: ['orthogonal', 'OrthogonalInitializer'],
    needsMatrix: true,
    draw: (args, shape) => {
      const gain = asScalar(args.get('gain'));
      if (gain === undefined) return UNKNOWN_ARGUMENT;
      if (shape.length < 2) return unknownDistribution('orthogonal needs two axes');
      const [rows, columns] = matrix(shape);
      return { kind: 'orthogonal', gain, rows, columns };
    },
  },
  {
    name: 'Identity',
    signature: 'gain=1.0',
    aliases: ['identity', 'IdentityInitializer'],
    needsMatrix: true,
    draw: (args, shape) => {
      const gain = asScalar(args.get('gain'));
      if (gain === undefined) return UNKNOWN_ARGUMENT;
      if (shape.length !== 2) return unknownDistribution('identity needs two axes');
      const [rows, columns] = matrix(shape);
      return { kind: 'identity', gain, rows, columns };
    },
  },
  {
    name: 'STFT',
    signature: "side='real', window='hann', scaling='density', periodic=False",
    aliases: ['stft', 'STFTInitializer'],
    draw: () => ({ kind: 'data', what: 'the short-time Fourier transform' }),
  },
];

const BY_NAME: ReadonlyMap<string, InitializerRow> = new Map(
  INITIALIZERS.flatMap((row) => [row.name, ...row.aliases].map((n) => [n, row])),
);

/** Row of a class name. */
export const initializerRow = (name: string): InitializerRow | undefined => BY_NAME.get(name);

/**
 * What `initializers.get(name)` gives: a row with its default arguments, undefined where Keras rejects the string. 'constant' is an
 * alias that Keras 3 cannot build without its value.
 */
export const initializerOfString = (name: string): InitializerRow | undefined => {
  const row = BY_NAME.get(name);
  return row?.name === 'Constant' ? undefined : row;
};

/** Words of other frameworks for what Keras calls otherwise. */
const WORDS: Readonly<Record<string, string>> = {
  kaiming: 'he',
  msra: 'he',
  xavier: 'glorot',
  gaussian: 'randomnormal',
  initializer: '',
  initialiser: '',
};

/** The string that Keras knows and the author of another one meant. */
export const nearestInitializer = (written: string): string | undefined => {
  const names = [...BY_NAME.keys()].filter((name) => /^[a-z]/.test(name) && initializerOfString(name) !== undefined);
  return /^(xavier|glorot)$/i.test(written)
    ? 'glorot_uniform'
    : /^(kaiming|he|msra)$/i.test(written)
      ? 'he_normal'
      : nearestName(written, names, WORDS);
};

export const drawOf = (row: InitializerRow, args: Args, shape: Shape, fans: Fans = computeFans(shape)): Distribution =>
  row.draw(bind(row.signature, args), shape, fans);
