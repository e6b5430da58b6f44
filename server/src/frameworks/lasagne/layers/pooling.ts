/** Pooling, global pooling, pooling over features, upscaling. Channels come second. */
import { asNumber, asSizes, asString } from '../../../interpreter/native.ts';
import type { Value } from '../../../interpreter/values.ts';
import type { Op } from '../../../network/op.ts';
import { div, isNumber } from '../../../network/scalar.ts';
import { flag, given, input, type LayerContext, type LayerRow, sizes, stateless, text, unfollowed } from './row.ts';

type Rank = 1 | 2 | 3;
const RANKS: readonly Rank[] = [1, 2, 3];

const REDUCES: Readonly<Record<string, 'max' | 'average'>> = {
  max: 'max',
  average: 'average',
  average_inc_pad: 'average',
  average_exc_pad: 'average',
};

const opaque = (what: string, reason: string): Op => ({ kind: 'opaque', what, reason });

const pool = (context: LayerContext, rank: Rank, reduce: 'max' | 'average' | undefined, name: string): Op => {
  if (!reduce) return opaque(name, 'its mode is not known');
  const kernel = asSizes(context.args.extra.get('ds'), rank) ?? sizes(context, 'pool_size', rank);
  const strides = asSizes(context.args.extra.get('st'), rank);
  const pad = asSizes(context.args.get('pad'), rank) ?? kernel.map(() => 0);
  return {
    kind: 'pool',
    reduce,
    ceil: !flag(context, 'ignore_border', true),
    rank,
    kernel,
    stride: strides ?? (given(context, 'stride') ? sizes(context, 'stride', rank) : kernel),
    padding: pad.map((p) => [p, p] as const),
    dilation: kernel.map(() => 1),
    channelAxis: 1,
  };
};

const POOL = 'incoming, pool_size, stride=None, pad=0, ignore_border=True';

const pools = (rank: Rank): readonly LayerRow[] => [
  {
    ...stateless(`MaxPool${rank}DLayer`, `${POOL}, **kwargs`, (c) => pool(c, rank, 'max', `MaxPool${rank}DLayer`)),
    aliases: [`MaxPool${rank}DDNNLayer`, `MaxPool${rank}DCCLayer`],
  },
  {
    ...stateless(`Pool${rank}DLayer`, `${POOL}, mode='max', **kwargs`, (c) =>
      pool(c, rank, REDUCES[text(c, 'mode') ?? ''], `Pool${rank}DLayer`),
    ),
    aliases: [`Pool${rank}DDNNLayer`],
  },
  stateless(`Upscale${rank}DLayer`, "incoming, scale_factor, mode='repeat', **kwargs", (c) =>
    text(c, 'mode') === 'repeat'
      ? { kind: 'upsample', factor: sizes(c, 'scale_factor', rank), mode: 'nearest', channelAxis: 1 }
      : opaque(`Upscale${rank}DLayer`, 'zeros between the values are not followed'),
  ),
];

/** `T.max`, `T.mean` by name, whoever made the function. */
const reduceOf = (value: Value | undefined, fallback: 'max' | 'mean'): 'max' | 'mean' | undefined => {
  if (!value || value.kind === 'string') return asString(value) === undefined ? fallback : (asString(value) as 'max' | 'mean');
  const name = value.kind === 'native' ? value.name : value.kind === 'unknown' ? value.path : undefined;
  const last = name?.slice(name.lastIndexOf('.') + 1);
  return last === 'max' || last === 'mean' ? last : undefined;
};

const globalPool: LayerRow = stateless('GlobalPoolLayer', "incoming, pool_function='mean', **kwargs", (context) => {
  const reduce = reduceOf(context.args.get('pool_function'), 'mean');
  return reduce
    ? { kind: 'globalPool', reduce: reduce === 'max' ? 'max' : 'average', output: [], keepAxes: false, channelAxis: 1 }
    : opaque('GlobalPoolLayer', 'its function is not known');
});

/** Maxout: the axis is split into groups, and of each group the largest stays. */
const featurePool: LayerRow = {
  name: 'FeaturePoolLayer',
  signature: "incoming, pool_size, axis=1, pool_function='max', **kwargs",
  build: (context) => {
    const shape = input(context);
    const count = asNumber(context.args.get('pool_size'));
    const axis = asNumber(context.args.get('axis'));
    const reduce = reduceOf(context.args.get('pool_function'), 'max');
    const at = axis !== undefined && axis < 0 && shape ? axis + shape.length : axis;
    const features = shape && at !== undefined ? shape[at] : undefined;
    if (!shape || count === undefined || at === undefined || features === undefined || !reduce)
      return unfollowed('FeaturePoolLayer', 'its sizes are not known');
    const groups = isNumber(features) ? Math.floor(features / count) : div(features, count);
    const split = [...shape.slice(0, at), groups, count, ...shape.slice(at + 1)];
    return [
      { op: { kind: 'reshape', shape: split }, weights: [], suffix: 'split' },
      { op: { kind: 'reduce', reduce, axes: [at + 1], keepAxes: false }, weights: [] },
    ];
  },
};

const featureWta: LayerRow = {
  name: 'FeatureWTALayer',
  signature: 'incoming, pool_size, axis=1, **kwargs',
  build: (context) => unfollowed('FeatureWTALayer', 'winner-take-all is not followed', input(context)),
};

const pyramid: LayerRow = {
  name: 'SpatialPyramidPoolingLayer',
  aliases: ['SpatialPyramidPoolingDNNLayer'],
  signature: 'incoming, pool_dims=None, mode=None, **kwargs',
  build: () => unfollowed('SpatialPyramidPoolingLayer', 'pyramid pooling is not followed'),
};

export const POOLING_LAYERS: readonly LayerRow[] = [...RANKS.flatMap(pools), globalPool, featurePool, featureWta, pyramid];
