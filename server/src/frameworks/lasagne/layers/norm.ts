/** Normalisation: batch norm with its stored statistics, and what is not followed. */
import { asNumber } from '../../../interpreter/native.ts';
import type { ChannelAxis } from '../../../network/op.ts';
import { BATCH, type Dim, product, type Shape, symbol } from '../../../network/scalar.ts';
import { input, type LayerContext, type LayerRow, number, step, unfollowed, weight } from './row.ts';

/** Axes that are averaged over; all but the second by default. */
const averaged = (context: LayerContext, rank: number): ReadonlySet<number> | undefined => {
  const value = context.args.get('axes');
  if (value?.kind === 'string')
    return value.value === 'auto' ? new Set(Array.from({ length: rank }, (_, i) => i).filter((i) => i !== 1)) : undefined;
  const items = value?.kind === 'tuple' || value?.kind === 'list' ? value.items : value?.kind === 'number' ? [value] : undefined;
  const axes = items?.map(asNumber);
  return axes?.every((a) => a !== undefined)
    ? new Set(axes.map((a) => ((a as number) < 0 ? (a as number) + rank : (a as number))))
    : undefined;
};

const batchNorm: LayerRow = {
  name: 'BatchNormLayer',
  aliases: ['BatchNormDNNLayer'],
  signature:
    "incoming, axes='auto', epsilon=0.0001, alpha=0.1, beta='Constant(0)', gamma='Constant(1)', mean='Constant(0)', inv_std='Constant(1)', **kwargs",
  build: (context) => {
    const shape: Shape = input(context) ?? [BATCH, symbol(`${context.name}.inputs`)];
    const axes = averaged(context, shape.length);
    const kept = shape.map((_, i) => i).filter((i) => !axes?.has(i));
    const own = kept.map((i) => shape[i] ?? 1);
    const weights = [
      ...weight(context, 'beta', 'beta', own),
      ...weight(context, 'gamma', 'gamma', own),
      ...weight(context, 'mean', 'other', own, { trainable: false }),
      ...weight(context, 'inv_std', 'other', own, { trainable: false }),
    ];
    const [only] = kept;
    const channelAxis: ChannelAxis | undefined =
      kept.length !== 1 ? undefined : only === 1 ? 1 : only === shape.length - 1 ? -1 : undefined;
    if (!axes || channelAxis === undefined)
      return unfollowed('BatchNormLayer', 'axes other than all but the channels', input(context), axes ? weights : []);
    return step({ kind: 'batchNorm', features: product(own), eps: number(context, 'epsilon', 1e-4), channelAxis }, weights);
  },
};

const same = (name: string, signature: string, reason: string): LayerRow => ({
  name,
  signature,
  build: (context) => unfollowed(name, reason, input(context)),
});

/** Axes that are averaged over within a sample: by default the positions, or the features where there are no positions. */
const within = (context: LayerContext, rank: number): readonly number[] | undefined => {
  const value = context.args.get('axes');
  const from = (first: number): readonly number[] => Array.from({ length: Math.max(0, rank - first) }, (_, i) => first + i);
  if (value?.kind !== 'string') {
    const given = averaged(context, rank);
    return given && [...given].sort((a, b) => a - b);
  }
  const names: Readonly<Record<string, readonly number[]>> = { auto: from(rank === 2 ? 1 : 2), spatial: from(2), features: from(1) };
  return names[value.value];
};

/** Every sample by its own mean and deviation; a scale and a bias are layers of their own. */
const standardization: LayerRow = {
  name: 'StandardizationLayer',
  signature: "incoming, axes='auto', epsilon=0.0001, **kwargs",
  build: (context) => {
    const shape = input(context);
    const axes = shape && within(context, shape.length);
    const eps = number(context, 'epsilon', 1e-4);
    const [first] = axes ?? [];
    const isTail = axes?.length && axes.length === (shape?.length ?? 0) - (first ?? 0);
    if (!shape || !isTail || first === undefined || first === 0) return unfollowed('StandardizationLayer', 'its axes are not known', shape);
    if (first === 2) return step({ kind: 'instanceNorm', features: shape[1] as Dim, eps, channelAxis: 1 });
    return step({ kind: 'layerNorm', axes, eps, rms: false });
  },
};

export const NORM_LAYERS: readonly LayerRow[] = [
  batchNorm,
  standardization,
  same(
    'LocalResponseNormalization2DLayer',
    'incoming, alpha=0.0001, k=2, beta=0.75, n=5, **kwargs',
    'local response normalisation is not followed',
  ),
];
