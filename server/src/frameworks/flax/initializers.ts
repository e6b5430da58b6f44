/**
 * JAX's initializers (`jax.nn.initializers`, re-exported by flax.linen and flax.nnx): what each draws, from its arguments and the shape
 * that it is given. One row per factory. Checked row by row against test/golden/initializers.json (JAX 0.10).
 */
import { asNumber, asScalar, asString, type Bound, bind } from '../../interpreter/native.ts';
import type { Args, Value } from '../../interpreter/values.ts';
import { type Distribution, type Law, ONES, unknownDistribution, ZEROS } from '../../network/distribution.ts';
import { add, div, isNumber, mul, product, type Scalar, type Shape, scalarOp } from '../../network/scalar.ts';

export interface Fans {
  readonly fanIn: Scalar;
  readonly fanOut: Scalar;
}

export interface InitializerRow {
  readonly name: string;
  readonly signature: string;
  readonly aliases: readonly string[];
  /** The name is an initializer itself and not a function that makes one (`nn.initializers.zeros`). */
  readonly direct?: boolean;
  readonly draw: (args: Bound, shape: Shape) => Distribution;
  /** Axes that it needs; it raises on fewer. */
  readonly needsMatrix?: true;
}

const AXES = 'in_axis=-2, out_axis=-1, batch_axis=(), dtype=None';

const axesOf = (value: Value | undefined, fallback: readonly number[], rank: number): readonly number[] | undefined => {
  if (!value) return fallback;
  const items = value.kind === 'tuple' || value.kind === 'list' ? value.items : [value];
  const axes = items.map(asNumber);
  if (axes.some((a) => a === undefined)) return undefined;
  return (axes as number[]).map((a) => (a < 0 ? a + rank : a));
};

/**
 * jax._src.nn.initializers._compute_fans: what is neither input, output nor batch axis counts as receptive field, for both fans. An axis
 * that is input and output at once (Embed) is divided out twice. Undefined for vectors, which JAX rejects.
 */
export const computeFans = (shape: Shape, args?: Bound): Fans | undefined => {
  if (shape.length < 2) return undefined;
  const rank = shape.length;
  const [inAxes, outAxes, batchAxes] = [
    axesOf(args?.get('in_axis'), [rank - 2], rank),
    axesOf(args?.get('out_axis'), [rank - 1], rank),
    axesOf(args?.get('batch_axis'), [], rank),
  ];
  if (!inAxes || !outAxes || !batchAxes) return undefined;
  const sizeOf = (axes: readonly number[]): Scalar => product(axes.map((a) => shape[a] ?? 1));
  const [inputs, outputs] = [sizeOf(inAxes), sizeOf(outAxes)];
  const named = new Set([...inAxes, ...outAxes, ...batchAxes]);
  const rest = product(shape.filter((_, i) => !named.has(i)));
  // Axes that are named once cancel; one that is input and output at once leaves its inverse.
  const shared = sizeOf(inAxes.filter((a) => outAxes.includes(a)));
  const receptive = div(rest, shared);
  return { fanIn: times(inputs, receptive), fanOut: times(outputs, receptive) };
};

/** a · (b / a) is b, also for symbols. */
const times = (a: Scalar, b: Scalar): Scalar => {
  if (!isNumber(b) && b.op === '/') {
    const [over, under] = b.args as [Scalar, Scalar];
    if (under === a || (!isNumber(under) && !isNumber(a) && under.text === a.text)) return over;
  }
  return mul(a, b);
};

type Mode = 'fanIn' | 'fanOut' | 'fanAvg';

const MODES: Readonly<Record<string, Mode | 'fanGeoAvg'>> = {
  fan_in: 'fanIn',
  fan_out: 'fanOut',
  fan_avg: 'fanAvg',
  fan_geo_avg: 'fanGeoAvg',
};

const LAWS: Readonly<Record<string, Law>> = { normal: 'normal', truncated_normal: 'truncatedNormal', uniform: 'uniform' };

const UNKNOWN_ARGUMENT = unknownDistribution('an argument of the initializer is not known');

const varianceScaling = (scale: Scalar, mode: Mode | 'fanGeoAvg', law: Law, args: Bound, shape: Shape): Distribution => {
  const fans = computeFans(shape, args);
  if (!fans) return unknownDistribution('fans need two axes');
  const { fanIn, fanOut } = fans;
  const fan =
    mode === 'fanIn'
      ? fanIn
      : mode === 'fanOut'
        ? fanOut
        : mode === 'fanAvg'
          ? div(add(fanIn, fanOut), 2)
          : scalarOp('sqrt', mul(fanIn, fanOut));
  // JAX divides the truncated normal's sigma by .8796, so that the variance is exact.
  return {
    kind: 'varianceScaling',
    scale,
    fan,
    mode: mode === 'fanGeoAvg' ? 'fanAvg' : mode,
    law,
    corrected: law === 'truncatedNormal',
  };
};

const scaled = (name: string, scale: number, mode: Mode, law: Law, aliases: readonly string[] = []): InitializerRow => ({
  name,
  signature: AXES,
  aliases,
  needsMatrix: true,
  draw: (args, shape) => varianceScaling(scale, mode, law, args, shape),
});

const withScalars =
  (names: readonly string[], make: (...values: Scalar[]) => Distribution) =>
  (args: Bound): Distribution => {
    const values = names.map((name) => asScalar(args.get(name)));
    return values.some((v) => v === undefined) ? UNKNOWN_ARGUMENT : make(...(values as Scalar[]));
  };

/** Rows and columns of the matrix that JAX makes orthogonal: columns along `column_axis`. */
const orthogonal = (args: Bound, shape: Shape): Distribution => {
  const gain = asScalar(args.get('scale'));
  const axis = asNumber(args.get('column_axis'));
  if (gain === undefined || axis === undefined) return UNKNOWN_ARGUMENT;
  if (shape.length < 2) return unknownDistribution('orthogonal needs two axes');
  const at = axis < 0 ? axis + shape.length : axis;
  return { kind: 'orthogonal', gain, rows: product(shape.filter((_, i) => i !== at)), columns: shape[at] ?? 1 };
};

/** An orthogonal matrix in the middle of the kernel and zeros around it (Xiao et al. 2018, arXiv:1806.05393). */
const deltaOrthogonal = (args: Bound, shape: Shape): Distribution => {
  const gain = asScalar(args.get('scale'));
  if (gain === undefined) return UNKNOWN_ARGUMENT;
  if (shape.length < 3 || shape.length > 5) return unknownDistribution('delta_orthogonal needs a kernel of a convolution');
  const [rows, columns] = [shape.at(-2) as Scalar, shape.at(-1) as Scalar];
  const share = div(1, product(shape.slice(0, -2)));
  return {
    kind: 'blocks',
    blocks: [
      { share, distribution: { kind: 'orthogonal', gain, rows, columns } },
      { share: scalarOp('-', 1, share), distribution: ZEROS },
    ],
  };
};

export const INITIALIZERS: readonly InitializerRow[] = [
  { name: 'zeros', signature: '', aliases: [], direct: true, draw: () => ZEROS },
  { name: 'ones', signature: '', aliases: [], direct: true, draw: () => ONES },
  { name: 'zeros_init', signature: '', aliases: [], draw: () => ZEROS },
  { name: 'ones_init', signature: '', aliases: [], draw: () => ONES },
  { name: 'constant', signature: 'value, dtype=None', aliases: [], draw: withScalars(['value'], (value) => ({ kind: 'constant', value })) },
  // One-sided: U[0, scale).
  {
    name: 'uniform',
    signature: 'scale=0.01, dtype=None',
    aliases: [],
    draw: withScalars(['scale'], (high) => ({ kind: 'uniform', low: 0, high })),
  },
  {
    name: 'normal',
    signature: 'stddev=0.01, dtype=None',
    aliases: [],
    draw: withScalars(['stddev'], (std) => ({ kind: 'normal', mean: 0, std })),
  },
  // Cut in units of stddev and not corrected: the real std is .8796·stddev by default.
  {
    name: 'truncated_normal',
    signature: 'stddev=0.01, dtype=None, lower=-2.0, upper=2.0',
    aliases: [],
    draw: withScalars(['stddev', 'lower', 'upper'], (std = 0, lower = 0, upper = 0) => ({
      kind: 'truncatedNormal',
      mean: 0,
      std,
      low: mul(lower, std),
      high: mul(upper, std),
    })),
  },
  {
    name: 'variance_scaling',
    signature: `scale, mode, distribution, ${AXES}`,
    aliases: [],
    needsMatrix: true,
    draw: (args, shape) => {
      const scale = asScalar(args.get('scale'));
      const mode = MODES[asString(args.get('mode')) ?? ''];
      const law = LAWS[asString(args.get('distribution')) ?? ''];
      return scale === undefined || !mode || !law ? UNKNOWN_ARGUMENT : varianceScaling(scale, mode, law, args, shape);
    },
  },
  scaled('glorot_uniform', 1, 'fanAvg', 'uniform', ['xavier_uniform']),
  scaled('glorot_normal', 1, 'fanAvg', 'truncatedNormal', ['xavier_normal']),
  scaled('lecun_uniform', 1, 'fanIn', 'uniform'),
  scaled('lecun_normal', 1, 'fanIn', 'truncatedNormal'),
  scaled('he_uniform', 2, 'fanIn', 'uniform', ['kaiming_uniform']),
  scaled('he_normal', 2, 'fanIn', 'truncatedNormal', ['kaiming_normal']),
  { name: 'orthogonal', signature: 'scale=1.0, column_axis=-1, dtype=None', aliases: [], needsMatrix: true, draw: orthogonal },
  { name: 'delta_orthogonal', signature: 'scale=1.0, column_axis=-1, dtype=None', aliases: [], draw: deltaOrthogonal },
];

const BY_NAME: ReadonlyMap<string, InitializerRow> = new Map(
  INITIALIZERS.flatMap((row) => [row.name, ...row.aliases].map((name) => [name, row])),
);

export const initializerRow = (name: string): InitializerRow | undefined => BY_NAME.get(name);

/** A row and the arguments that it was made with. */
export interface Initializer {
  readonly row: InitializerRow;
  readonly args: Args;
}

export const drawOf = ({ row, args }: Initializer, shape: Shape): Distribution => row.draw(bind(row.signature, args), shape);

/** Fans as an initializer counts them over a shape; its axes count where it has any. */
export const fansOf = (initializer: Initializer | undefined, shape: Shape): Fans | undefined =>
  computeFans(shape, initializer?.row.signature.includes('in_axis') ? bind(initializer.row.signature, initializer.args) : undefined);
