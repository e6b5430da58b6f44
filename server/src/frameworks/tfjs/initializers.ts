/**
 * TensorFlow.js's initializers: what each draws, from its arguments, the weight's shape and the fans. One row per class. They are those
 * of Keras 2 with three differences: a normal law is truncated and *not* corrected, so its standard deviation is .8796 of the nominal;
 * `minval: 0`, `maxval: 0` and `stddev: 0` are false and give the defaults; strings are camelCase.
 * Checked row by row against test/golden/initializers.json (TensorFlow.js 4.22).
 */
import { asScalar, asString, type Bound } from '../../interpreter/native.ts';
import { type Distribution, type Law, ONES, unknownDistribution, ZEROS } from '../../network/distribution.ts';
import { add, div, isNumber, mul, product, type Scalar, type Shape, scalarOp } from '../../network/scalar.ts';
import type { Fans, InitializerRow, Quirk } from '../keras/initializers.ts';
import { nearestName } from '../shared/notes.ts';

/** tfjs-layers `computeFans`: kernels end in (…, in, out); every other rank gives the root of the size twice. */
export const computeFans = (shape: Shape): Fans => {
  if (shape.length === 2) return { fanIn: shape[0] as Scalar, fanOut: shape[1] as Scalar };
  if (shape.length >= 3 && shape.length <= 5) {
    const receptive = product(shape.slice(0, -2));
    return { fanIn: mul(receptive, shape.at(-2) as Scalar), fanOut: mul(receptive, shape.at(-1) as Scalar) };
  }
  const fan = scalarOp('sqrt', product(shape));
  return { fanIn: fan, fanOut: fan };
};

type Mode = 'fanIn' | 'fanOut' | 'fanAvg';

const MODES: ReadonlySet<string> = new Set<Mode>(['fanIn', 'fanOut', 'fanAvg']);
const isMode = (text: string): text is Mode => MODES.has(text);

const UNKNOWN_ARGUMENT = unknownDistribution('an argument of the initializer is not known');

const scaled = (scale: Scalar, mode: Mode, law: Law, { fanIn, fanOut }: Fans): Distribution => {
  const fan = mode === 'fanIn' ? fanIn : mode === 'fanOut' ? fanOut : div(add(fanIn, fanOut), 2);
  return { kind: 'varianceScaling', scale, fan: isNumber(fan) ? Math.max(1, fan) : fan, mode, law, corrected: false };
};

const isMissing = (args: Bound, name: string): boolean => {
  const value = args.get(name);
  return value === undefined || value.kind === 'none';
};

/** `x || fallback` */
const orDefault = (args: Bound, name: string, fallback: number): Scalar | undefined => {
  if (isMissing(args, name)) return fallback;
  const value = asScalar(args.get(name));
  return value === 0 ? fallback : value;
};

/** `x == null ? fallback : x` */
const ifMissing = (args: Bound, name: string, fallback: number): Scalar | undefined =>
  isMissing(args, name) ? fallback : asScalar(args.get(name));

/** What a zero that counts as nothing becomes. */
const falsy =
  (defaults: Readonly<Record<string, number>>) =>
  (args: Bound): Quirk | undefined => {
    for (const [name, instead] of Object.entries(defaults))
      if (args.has(name) && asScalar(args.get(name)) === 0) {
        const message = `TensorFlow.js takes \`${name}: 0\` as not given and draws with ${String(instead).replace('-', '−')}`;
        return { argument: name, instead, message };
      }
    return undefined;
  };

const matrix = (shape: Shape): readonly [Scalar, Scalar] => [product(shape.slice(0, -1)), shape.at(-1) ?? 1];

const family = (name: string, alias: string, scale: number, mode: Mode, law: Law): InitializerRow => ({
  name,
  signature: 'seed=None',
  aliases: [alias],
  draw: (_args, _shape, fans) => scaled(scale, mode, law, fans),
});

export const INITIALIZERS: readonly InitializerRow[] = [
  { name: 'Zeros', signature: '', aliases: ['zeros'], draw: () => ZEROS },
  { name: 'Ones', signature: '', aliases: ['ones'], draw: () => ONES },
  {
    name: 'Constant',
    signature: 'value',
    aliases: ['constant'],
    draw: (args) => {
      const value = asScalar(args.get('value'));
      return value === undefined ? UNKNOWN_ARGUMENT : { kind: 'constant', value };
    },
  },
  {
    name: 'RandomUniform',
    signature: 'minval=None, maxval=None, seed=None',
    aliases: ['randomUniform'],
    quirk: falsy({ minval: -0.05, maxval: 0.05 }),
    draw: (args) => {
      const [low, high] = [orDefault(args, 'minval', -0.05), orDefault(args, 'maxval', 0.05)];
      return low === undefined || high === undefined ? UNKNOWN_ARGUMENT : { kind: 'uniform', low, high };
    },
  },
  {
    name: 'RandomNormal',
    signature: 'mean=None, stddev=None, seed=None',
    aliases: ['randomNormal'],
    quirk: falsy({ stddev: 0.05 }),
    draw: (args) => {
      const [mean, std] = [orDefault(args, 'mean', 0), orDefault(args, 'stddev', 0.05)];
      return mean === undefined || std === undefined ? UNKNOWN_ARGUMENT : { kind: 'normal', mean, std };
    },
  },
  {
    name: 'TruncatedNormal',
    signature: 'mean=None, stddev=None, seed=None',
    aliases: ['truncatedNormal'],
    quirk: falsy({ stddev: 0.05 }),
    draw: (args) => {
      const [mean, std] = [orDefault(args, 'mean', 0), orDefault(args, 'stddev', 0.05)];
      if (mean === undefined || std === undefined) return UNKNOWN_ARGUMENT;
      const reach = mul(2, std);
      return { kind: 'truncatedNormal', mean, std, low: scalarOp('-', mean, reach), high: add(mean, reach) };
    },
  },
  family('GlorotUniform', 'glorotUniform', 1, 'fanAvg', 'uniform'),
  family('GlorotNormal', 'glorotNormal', 1, 'fanAvg', 'truncatedNormal'),
  family('HeNormal', 'heNormal', 2, 'fanIn', 'truncatedNormal'),
  family('HeUniform', 'heUniform', 2, 'fanIn', 'uniform'),
  family('LeCunNormal', 'leCunNormal', 1, 'fanIn', 'truncatedNormal'),
  family('LeCunUniform', 'leCunUniform', 1, 'fanIn', 'uniform'),
  {
    name: 'VarianceScaling',
    signature: 'scale=None, mode=None, distribution=None, seed=None',
    aliases: ['varianceScaling'],
    draw: (args, _shape, fans) => {
      const scale = ifMissing(args, 'scale', 1);
      const mode = isMissing(args, 'mode') ? 'fanIn' : (asString(args.get('mode')) ?? '');
      const distribution = isMissing(args, 'distribution') ? 'normal' : asString(args.get('distribution'));
      if (scale === undefined || !isMode(mode) || distribution === undefined) return UNKNOWN_ARGUMENT;
      // Whatever is not 'normal' is uniform: 'truncatedNormal' too.
      return scaled(scale, mode, distribution === 'normal' ? 'truncatedNormal' : 'uniform', fans);
    },
  },
  {
    name: 'Orthogonal',
    signature: 'gain=None, seed=None',
    aliases: ['orthogonal'],
    needsMatrix: true,
    draw: (args, shape) => {
      const gain = ifMissing(args, 'gain', 1);
      if (gain === undefined) return UNKNOWN_ARGUMENT;
      if (shape.length < 2) return unknownDistribution('orthogonal needs two axes');
      const [rows, columns] = matrix(shape);
      return { kind: 'orthogonal', gain, rows, columns };
    },
  },
  {
    name: 'Identity',
    signature: 'gain=None',
    aliases: ['identity'],
    needsMatrix: true,
    draw: (args, shape) => {
      const gain = ifMissing(args, 'gain', 1);
      if (gain === undefined) return UNKNOWN_ARGUMENT;
      if (shape.length !== 2) return unknownDistribution('identity needs two axes');
      const [rows, columns] = matrix(shape);
      return { kind: 'identity', gain, rows, columns };
    },
  },
];

const BY_NAME: ReadonlyMap<string, InitializerRow> = new Map(
  INITIALIZERS.flatMap((row) => [row.name, ...row.aliases].map((n) => [n, row])),
);

/** Row of a class or function name. */
export const initializerRow = (name: string): InitializerRow | undefined => BY_NAME.get(name);

/** What a string gives; undefined where TensorFlow.js rejects it: Python's spellings, 'constant' without its value. */
export const initializerOfString = (name: string): InitializerRow | undefined => {
  const row = BY_NAME.get(name);
  return row?.name === 'Constant' ? undefined : row;
};

const WORDS: Readonly<Record<string, string>> = { kaiming: 'he', msra: 'he', xavier: 'glorot', gaussian: 'randomnormal', initializer: '' };

/** The string that TensorFlow.js knows and the author of another one meant: 'heNormal' for Python's 'he_normal'. */
export const nearestInitializer = (written: string): string | undefined => {
  const names = [...BY_NAME.keys()].filter((name) => /^[a-z]/.test(name) && initializerOfString(name) !== undefined);
  return nearestName(written, names, WORDS);
};
