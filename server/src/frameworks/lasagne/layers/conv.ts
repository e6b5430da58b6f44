/** Convolutions: plain, transposed, dilated, without shared weights. Channels come second, kernels start with (out, in) or (in, out). */
import { asSizes, asString } from '../../../interpreter/native.ts';
import type { Value } from '../../../interpreter/values.ts';
import type { Padding } from '../../../network/op.ts';
import { type Dim, div, isNumber, mul, product, type Shape, scalarOp, sub } from '../../../network/scalar.ts';
import { outputShape } from '../../../network/shapes.ts';
import { flag, given, input, inputSize, type LayerContext, type LayerRow, size, sizes, step, unfollowed, weight } from './row.ts';

type Rank = 1 | 2 | 3;

const WEIGHTS = "untie_biases=False, W='GlorotUniform()', b='Constant(0.)', nonlinearity='rectify', flip_filters=True";

/** `pad`: a number, one per axis, 'valid', 'full' or 'same'; `border_mode` in old code. */
const paddingFrom = (value: Value | undefined, kernel: readonly Dim[]): Padding | undefined => {
  const name = asString(value);
  if (name === 'same' || name === 'valid') return name;
  if (name === 'full') return kernel.map((k) => [sub(k, 1), sub(k, 1)] as const);
  const given = asSizes(value, kernel.length);
  return given?.map((p) => [p, p] as const);
};

const padValue = (context: LayerContext, argument: string): Value | undefined =>
  context.args.extra.get('border_mode') ?? context.args.extra.get('pad') ?? context.args.get(argument);

const strideOf = (context: LayerContext, rank: Rank): readonly Dim[] =>
  asSizes(context.args.extra.get('strides'), rank) ?? sizes(context, 'stride', rank, 1);

const ones = (rank: number): readonly number[] => Array.from({ length: rank }, () => 1);

/** One bias a filter, or one a filter and position. */
const biasShape = (context: LayerContext, filters: Dim, output: Shape | null): Shape =>
  flag(context, 'untie_biases', false) && output ? [filters, ...output.slice(2)] : [filters];

const conv = (rank: Rank): LayerRow => ({
  name: `Conv${rank}DLayer`,
  aliases: [`Conv${rank}DDNNLayer`, ...(rank === 2 ? ['Conv2DMMLayer', 'Conv2DCCLayer'] : [])],
  applies: 'nonlinearity',
  signature: `incoming, num_filters, filter_size, stride=1, pad=0, ${WEIGHTS}, convolution=None, num_groups=1, **kwargs`,
  build: (context) => {
    const inChannels = inputSize(context, 1);
    const filters = size(context, 'num_filters');
    const groups = size(context, 'num_groups');
    const kernel = sizes(context, 'filter_size', rank);
    const padding = paddingFrom(padValue(context, 'pad'), kernel);
    const shape: Shape = [filters, div(inChannels, groups), ...kernel];
    if (!padding)
      return unfollowed(`Conv${rank}DLayer`, 'its padding is not known', null, [
        ...weight(context, 'W', 'weight', shape),
        ...weight(context, 'b', 'bias', [filters]),
      ]);
    const op = {
      kind: 'conv',
      inChannels,
      outChannels: filters,
      groups,
      rank,
      kernel,
      stride: strideOf(context, rank),
      padding,
      dilation: ones(rank),
      channelAxis: 1,
    } as const;
    return step(op, [
      ...weight(context, 'W', 'weight', shape),
      ...weight(context, 'b', 'bias', biasShape(context, filters, outputShape(op, [input(context)]))),
    ]);
  },
});

/** `output_size` is only needed where the crop leaves it open; it then tells the rows at the end. */
const transposed = (rank: 2 | 3): LayerRow => ({
  name: `TransposedConv${rank}DLayer`,
  aliases: [`Deconv${rank}DLayer`, `Deconv${rank}DDNNLayer`],
  applies: 'nonlinearity',
  signature: `incoming, num_filters, filter_size, stride=1, crop=0, untie_biases=False, W='GlorotUniform()', b='Constant(0.)', nonlinearity='rectify', flip_filters=False, output_size=None, **kwargs`,
  build: (context) => {
    const inChannels = inputSize(context, 1);
    const filters = size(context, 'num_filters');
    const kernel = sizes(context, 'filter_size', rank);
    const crop = paddingFrom(padValue(context, 'crop'), kernel);
    // 'same' cuts (k − 1)/2 at each end, whatever the stride.
    const half = kernel.map((k) => (isNumber(k) ? Math.floor(k / 2) : scalarOp('//', k, 2)));
    const padding = crop === 'same' ? half.map((h) => [h, h] as const) : crop;
    const weights = [...weight(context, 'W', 'weight', [inChannels, filters, ...kernel]), ...weight(context, 'b', 'bias', [filters])];
    if (!padding) return unfollowed(`TransposedConv${rank}DLayer`, 'its crop is not known', null, weights);
    const op = {
      kind: 'convTranspose',
      inChannels,
      outChannels: filters,
      groups: 1,
      outputPadding: ones(rank).map(() => 0),
      rank,
      kernel,
      stride: strideOf(context, rank),
      padding: padding === 'valid' ? kernel.map(() => [0, 0] as const) : padding,
      dilation: ones(rank),
      channelAxis: 1,
    } as const;
    const wanted = given(context, 'output_size') ? asSizes(context.args.get('output_size'), rank) : undefined;
    const plain = outputShape(op, [input(context)]);
    const extra = wanted && plain ? wanted.map((w, i) => sub(w, plain[i + 2] ?? w)) : op.outputPadding;
    return step({ ...op, outputPadding: extra }, weights);
  },
});

const dilated: LayerRow = {
  name: 'DilatedConv2DLayer',
  applies: 'nonlinearity',
  signature:
    "incoming, num_filters, filter_size, dilation=1, pad=0, untie_biases=False, W='GlorotUniform()', b='Constant(0.)', nonlinearity='rectify', flip_filters=False, **kwargs",
  build: (context) => {
    const inChannels = inputSize(context, 1);
    const filters = size(context, 'num_filters');
    const kernel = sizes(context, 'filter_size', 2);
    const op = {
      kind: 'conv',
      inChannels,
      outChannels: filters,
      groups: 1,
      rank: 2,
      kernel,
      stride: [1, 1],
      padding: 'valid',
      dilation: sizes(context, 'dilation', 2, 1),
      channelAxis: 1,
    } as const;
    // The kernel is stored (in, out): it is the gradient of a convolution that Lasagne computes here.
    return step(op, [
      ...weight(context, 'W', 'weight', [inChannels, filters, ...kernel], {
        signal: { fanIn: mul(inChannels, product(kernel)), fanOut: mul(filters, product(kernel)) },
      }),
      ...weight(context, 'b', 'bias', biasShape(context, filters, outputShape(op, [input(context)]))),
    ]);
  },
};

/** A kernel of its own at every position. The output is as large as the input: padding is 'same' and the stride 1. */
const local: LayerRow = {
  name: 'LocallyConnected2DLayer',
  applies: 'nonlinearity',
  signature: `incoming, num_filters, filter_size, stride=1, pad='same', ${WEIGHTS}, channelwise=False, **kwargs`,
  build: (context) => {
    const inChannels = inputSize(context, 1);
    const filters = size(context, 'num_filters');
    const kernel = sizes(context, 'filter_size', 2);
    const positions = input(context)?.slice(2) ?? [];
    const channelwise = flag(context, 'channelwise', false);
    const taps = product(kernel);
    const shape: Shape = [filters, ...(channelwise ? [] : [inChannels]), ...kernel, ...positions];
    const output = input(context)?.map((n, i) => (i === 1 ? filters : n)) ?? null;
    return unfollowed('LocallyConnected2DLayer', 'a convolution without shared weights is not followed', output, [
      ...weight(context, 'W', 'weight', shape, {
        signal: { fanIn: channelwise ? taps : mul(inChannels, taps), fanOut: channelwise ? taps : mul(filters, taps) },
      }),
      ...weight(context, 'b', 'bias', biasShape(context, filters, output)),
    ]);
  },
};

export const CONV_LAYERS: readonly LayerRow[] = [conv(1), conv(2), conv(3), transposed(2), transposed(3), dilated, local];
