/** Pooling, global pooling, resizing of maps. */
import { type Dim, scalarOp } from '../../../network/scalar.ts';
import { channelAxisOf, flag, given, type LayerContext, type LayerRow, paddingOf, sizes, stateless, text } from './row.ts';

type Rank = 1 | 2 | 3;
const RANKS: readonly Rank[] = [1, 2, 3];

const pool = (rank: Rank, name: string, alias: string, reduce: 'max' | 'average'): LayerRow => ({
  ...stateless(`${name}Pooling${rank}D`, "pool_size=2, strides=None, padding='valid', data_format=None, **kwargs", (context) => {
    const kernel = sizes(context, 'pool_size', rank);
    const dilation = kernel.map(() => 1);
    return {
      kind: 'pool',
      reduce,
      ceil: false,
      rank,
      kernel,
      stride: given(context, 'strides') ? sizes(context, 'strides', rank) : kernel,
      padding: paddingOf(context, kernel, dilation),
      dilation,
      channelAxis: channelAxisOf(context),
    };
  }),
  aliases: [`${alias}Pool${rank}D`],
});

const globalPool = (rank: Rank, name: string, alias: string, reduce: 'max' | 'average'): LayerRow => ({
  ...stateless(`Global${name}Pooling${rank}D`, 'data_format=None, keepdims=False, **kwargs', (context) => ({
    kind: 'globalPool',
    reduce,
    output: [],
    keepAxes: flag(context, 'keepdims', false),
    channelAxis: channelAxisOf(context),
  })),
  aliases: [`Global${alias}Pool${rank}D`],
});

const adaptive = (rank: Rank, name: string, reduce: 'max' | 'average'): LayerRow =>
  stateless(`Adaptive${name}Pooling${rank}D`, 'output_size, data_format=None, **kwargs', (context) => ({
    kind: 'globalPool',
    reduce,
    output: sizes(context, 'output_size', rank),
    keepAxes: true,
    channelAxis: channelAxisOf(context),
  }));

type Pair = readonly [Dim, Dim];

/** `1`, `(1, 2)` or `((1, 1), (2, 2))` as a pair per axis. */
const pairs = (context: LayerContext, argument: string, rank: Rank): readonly Pair[] | undefined => {
  const value = context.args.get(argument);
  if (value?.kind === 'tuple' || value?.kind === 'list') {
    if (rank === 1 && value.items.length === 2 && value.items.every((item) => item.kind === 'number')) {
      const [before, after] = sizes(context, argument, 2);
      return [[before ?? 0, after ?? 0]];
    }
    const axes = value.items.map((item): Pair | undefined => {
      if (item.kind === 'number') return [item.value, item.value];
      if (item.kind !== 'tuple' && item.kind !== 'list') return undefined;
      const [before, after] = item.items;
      return before?.kind === 'number' && after?.kind === 'number' ? [before.value, after.value] : undefined;
    });
    return axes.length === rank && axes.every((a) => a !== undefined) ? axes : undefined;
  }
  return value?.kind === 'number' ? Array.from({ length: rank }, () => [value.value, value.value] as const) : undefined;
};

const padded = (context: LayerContext, axes: readonly Pair[] | undefined, what: string) => {
  if (!axes) return { kind: 'opaque', what, reason: 'its sizes are not known' } as const;
  // Padding is counted from the last axis.
  return { kind: 'pad', padding: channelAxisOf(context) === -1 ? [...axes, [0, 0] as const] : axes } as const;
};

const zeroPadding = (rank: Rank): LayerRow =>
  stateless(`ZeroPadding${rank}D`, 'padding=1, data_format=None, **kwargs', (context) =>
    padded(context, pairs(context, 'padding', rank), `ZeroPadding${rank}D`),
  );

const cropping = (rank: Rank): LayerRow =>
  stateless(`Cropping${rank}D`, 'cropping=1, data_format=None, **kwargs', (context) =>
    padded(
      context,
      pairs(context, 'cropping', rank)?.map(([before, after]) => [scalarOp('*', -1, before), scalarOp('*', -1, after)] as const),
      `Cropping${rank}D`,
    ),
  );

const upSampling = (rank: Rank): LayerRow =>
  stateless(`UpSampling${rank}D`, "size=2, data_format=None, interpolation='nearest', **kwargs", (context) => ({
    kind: 'upsample',
    factor: sizes(context, 'size', rank),
    mode: text(context, 'interpolation') === 'bilinear' ? 'linear' : 'nearest',
    channelAxis: channelAxisOf(context),
  }));

export const POOLING_LAYERS: readonly LayerRow[] = RANKS.flatMap((rank) => [
  pool(rank, 'Max', 'Max', 'max'),
  pool(rank, 'Average', 'Avg', 'average'),
  globalPool(rank, 'Max', 'Max', 'max'),
  globalPool(rank, 'Average', 'Avg', 'average'),
  adaptive(rank, 'Max', 'max'),
  adaptive(rank, 'Average', 'average'),
  zeroPadding(rank),
  cropping(rank),
  upSampling(rank),
]);
