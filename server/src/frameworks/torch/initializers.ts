/**
 * torch.nn.init: one row a function, as a pure map from arguments and shape to a distribution. Figures agree with
 * test/golden/initializers.json; formulas are those of the documentation of torch.nn.init (Glorot & Bengio 2010, He et al. 2015,
 * Saxe et al. 2013, Martens 2010).
 */
import { asNumber, asScalar, asString, type Bound } from '../../interpreter/native.ts';
import type { Value } from '../../interpreter/values.ts';
import { type Distribution, ONES, unknownDistribution, ZEROS } from '../../network/distribution.ts';
import type { Init } from '../../network/network.ts';
import { add, type Dim, div, isNumber, mul, product, type Scalar, scalarOp } from '../../network/scalar.ts';
import { type Fans, NO_FANS } from '../shared/fans.ts';

type Sizes = readonly (Dim | null)[] | null;

/** `_calculate_fan_in_and_fan_out`: size(1) and size(0) times the receptive field; nothing for vectors. */
export const torchFans = (shape: Sizes): Fans => {
  if (!shape || shape.length < 2) return NO_FANS;
  const sizes = shape.slice(2);
  if (sizes.some((s) => s === null)) return NO_FANS;
  const receptive = product(sizes as Dim[]);
  const [out, into] = shape;
  return { fanIn: into == null ? null : mul(into, receptive), fanOut: out == null ? null : mul(out, receptive) };
};

/** `calculate_gain`; undefined for a name it does not know (it raises). */
export const calculateGain = (nonlinearity: string, param?: Scalar): Scalar | undefined => {
  switch (nonlinearity) {
    case 'linear':
    case 'conv1d':
    case 'conv2d':
    case 'conv3d':
    case 'conv_transpose1d':
    case 'conv_transpose2d':
    case 'conv_transpose3d':
    case 'sigmoid':
      return 1;
    case 'tanh':
      return 5 / 3;
    case 'relu':
      return Math.SQRT2;
    case 'leaky_relu': {
      const slope = param ?? 0.01;
      return isNumber(slope) ? Math.sqrt(2 / (1 + slope * slope)) : scalarOp('sqrt', div(2, add(1, mul(slope, slope))));
    }
    case 'selu':
      return 3 / 4;
    default:
      return undefined;
  }
};

/** What an initializer does to a tensor of this shape, and what its author declared. */
export interface Drawn {
  readonly distribution: Distribution;
  readonly declared?: NonNullable<Init['declared']>;
  /** It raises at run time: fans of a vector. */
  readonly needsMatrix?: boolean;
}

export interface InitializerRow {
  readonly signature: string;
  readonly draw: (bound: Bound, shape: Sizes) => Drawn;
}

const scalar = (bound: Bound, name: string): Scalar | undefined => asScalar(bound.get(name));

const given = <K extends 'gain' | 'slope' | 'nonlinearity'>(bound: Bound, name: string, key: K, value: unknown): object =>
  bound.has(name) && value !== undefined ? { [key]: value } : {};

const unknownArgument: Drawn = { distribution: unknownDistribution('an argument that is not known') };

const kaiming =
  (law: 'uniform' | 'normal') =>
  (bound: Bound, shape: Sizes): Drawn => {
    if (shape && shape.length < 2) return { distribution: unknownDistribution('fans of a vector'), needsMatrix: true };
    const a = scalar(bound, 'a');
    const mode = asString(bound.get('mode'));
    const nonlinearity = asString(bound.get('nonlinearity'));
    if (a === undefined || mode === undefined || nonlinearity === undefined) return unknownArgument;
    const gain = calculateGain(nonlinearity, a);
    const fans = torchFans(shape);
    const fan = mode === 'fan_out' ? fans.fanOut : fans.fanIn;
    const declared = { ...given(bound, 'nonlinearity', 'nonlinearity', nonlinearity), ...given(bound, 'a', 'slope', a) };
    if (gain === undefined || fan === null) return { distribution: unknownDistribution('fan or gain is not known'), declared };
    return {
      distribution: {
        kind: 'varianceScaling',
        scale: square(gain),
        fan,
        mode: mode === 'fan_out' ? 'fanOut' : 'fanIn',
        law,
        corrected: true,
      },
      declared,
    };
  };

/** gain², without the rounding of √2². */
const square = (gain: Scalar): Scalar => {
  if (!isNumber(gain)) return gain.op === 'sqrt' ? (gain.args[0] as Scalar) : mul(gain, gain);
  const squared = gain * gain;
  const rounded = Math.round(squared * 1e12) / 1e12;
  return Math.abs(rounded - squared) < 1e-14 ? rounded : squared;
};

const xavier =
  (law: 'uniform' | 'normal') =>
  (bound: Bound, shape: Sizes): Drawn => {
    if (shape && shape.length < 2) return { distribution: unknownDistribution('fans of a vector'), needsMatrix: true };
    const gain = scalar(bound, 'gain');
    const { fanIn, fanOut } = torchFans(shape);
    if (gain === undefined) return unknownArgument;
    const declared = given(bound, 'gain', 'gain', gain);
    if (fanIn === null || fanOut === null) return { distribution: unknownDistribution('fans are not known'), declared };
    const fan = div(add(fanIn, fanOut), 2);
    return { distribution: { kind: 'varianceScaling', scale: square(gain), fan, mode: 'fanAvg', law, corrected: true }, declared };
  };

const matrix = (shape: Sizes): { rows: Dim; columns: Dim } | undefined => {
  if (!shape || shape.length < 2 || shape.some((s) => s === null)) return undefined;
  return { rows: shape[0] as Dim, columns: product(shape.slice(1) as Dim[]) };
};

const KAIMING = "tensor, a=0, mode='fan_in', nonlinearity='leaky_relu', generator=None";

/** By the name without its trailing underscore: the deprecated spelling draws the same. */
export const INITIALIZERS: Readonly<Record<string, InitializerRow>> = {
  uniform: {
    signature: 'tensor, a=0.0, b=1.0, generator=None',
    draw: (bound) => {
      const [low, high] = [scalar(bound, 'a'), scalar(bound, 'b')];
      return low === undefined || high === undefined ? unknownArgument : { distribution: { kind: 'uniform', low, high } };
    },
  },
  normal: {
    signature: 'tensor, mean=0.0, std=1.0, generator=None',
    draw: (bound) => {
      const [mean, std] = [scalar(bound, 'mean'), scalar(bound, 'std')];
      return mean === undefined || std === undefined ? unknownArgument : { distribution: { kind: 'normal', mean, std } };
    },
  },
  trunc_normal: {
    signature: 'tensor, mean=0.0, std=1.0, a=-2.0, b=2.0, generator=None',
    draw: (bound) => {
      const [mean, std, low, high] = ['mean', 'std', 'a', 'b'].map((name) => scalar(bound, name));
      if (mean === undefined || std === undefined || low === undefined || high === undefined) return unknownArgument;
      return { distribution: { kind: 'truncatedNormal', mean, std, low, high } };
    },
  },
  constant: {
    signature: 'tensor, val',
    draw: (bound) => {
      const value = scalar(bound, 'val');
      return value === undefined ? unknownArgument : { distribution: { kind: 'constant', value } };
    },
  },
  zeros: { signature: 'tensor', draw: () => ({ distribution: ZEROS }) },
  ones: { signature: 'tensor', draw: () => ({ distribution: ONES }) },
  eye: {
    signature: 'tensor',
    draw: (_, shape) => {
      const m = matrix(shape);
      return { distribution: m ? { kind: 'identity', gain: 1, ...m } : unknownDistribution('shape is not known') };
    },
  },
  dirac: {
    signature: 'tensor, groups=1',
    draw: (bound, shape) => {
      const groups = asNumber(bound.get('groups'));
      const m = matrix(shape);
      if (!m || groups === undefined) return unknownArgument;
      const [outChannels, inChannels] = shape as readonly Dim[];
      const receptive = product((shape as readonly Dim[]).slice(2));
      return {
        distribution: { kind: 'dirac', groups, inChannels: inChannels as Dim, outChannels: outChannels as Dim, receptive },
      };
    },
  },
  xavier_uniform: { signature: 'tensor, gain=1.0, generator=None', draw: xavier('uniform') },
  xavier_normal: { signature: 'tensor, gain=1.0, generator=None', draw: xavier('normal') },
  kaiming_uniform: { signature: KAIMING, draw: kaiming('uniform') },
  kaiming_normal: { signature: KAIMING, draw: kaiming('normal') },
  orthogonal: {
    signature: 'tensor, gain=1, generator=None',
    draw: (bound, shape) => {
      if (shape && shape.length < 2) return { distribution: unknownDistribution('a vector'), needsMatrix: true };
      const gain = scalar(bound, 'gain');
      const m = matrix(shape);
      if (gain === undefined || !m) return unknownArgument;
      return { distribution: { kind: 'orthogonal', gain, ...m }, declared: given(bound, 'gain', 'gain', gain) };
    },
  },
  sparse: {
    signature: 'tensor, sparsity, std=0.01, generator=None',
    draw: (bound, shape) => {
      const [sparsity, std] = [scalar(bound, 'sparsity'), scalar(bound, 'std')];
      const rows = shape?.[0];
      if (sparsity === undefined || std === undefined) return unknownArgument;
      // ⌈sparsity · rows⌉ zeros in every column.
      const density = isNumber(sparsity) && typeof rows === 'number' ? 1 - Math.ceil(sparsity * rows) / rows : add(1, mul(-1, sparsity));
      return { distribution: { kind: 'sparse', density, std } };
    },
  },
};

/** Distribution of torch's `kaiming_uniform_(a=√5)`, the default of Linear and convolutions: Var = 1/(3·fan_in). */
export const defaultWeight = (shape: Sizes): Distribution => {
  const { fanIn } = torchFans(shape);
  if (fanIn === null) return unknownDistribution('sizes are not known');
  return { kind: 'varianceScaling', scale: 1 / 3, fan: fanIn, mode: 'fanIn', law: 'uniform', corrected: true };
};

/** U(±1/√fan), the default of biases and of everything recurrent. */
export const uniformOver = (fan: Dim | null): Distribution => {
  if (fan === null) return unknownDistribution('sizes are not known');
  const bound = isNumber(fan) ? 1 / Math.sqrt(fan) : div(1, scalarOp('sqrt', fan));
  return { kind: 'uniform', low: mul(-1, bound), high: bound };
};

export const xavierUniform = (shape: Sizes): Distribution =>
  INITIALIZERS.xavier_uniform?.draw(NO_BOUND, shape).distribution as Distribution;

const NO_BOUND: Bound = {
  get: (name): Value | undefined => (name === 'gain' ? { kind: 'number', value: 1, float: true } : undefined),
  has: () => false,
  key: () => undefined,
  rest: [],
  extra: new Map(),
};
