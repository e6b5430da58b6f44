/** Layers as functions: `tf.nn.conv2d`, `keras.ops.max_pool`, attention, resizing, dropout. */
import { asScalar, asString } from '../../../interpreter/native.ts';
import type { Value } from '../../../interpreter/values.ts';
import { list } from '../../../interpreter/values.ts';
import type { Op, Padding } from '../../../network/op.ts';
import { type Dim, div, mul, scalarOp, symbol } from '../../../network/scalar.ts';
import { shapeOf } from '../../shared/graph.ts';
import { asParam, emit, emitOpaque, tensorData } from '../../shared/tensor.ts';
import { axesOf, type Call, type FunctionRow, itemsOf, truth } from './row.ts';

const dropoutRow: FunctionRow = {
  names: ['dropout'],
  signature: 'x, rate=None, **kwargs',
  run: ({ bound, args }) => {
    const keep = asScalar(args.keywords.get('keep_prob'));
    const rate = keep === undefined ? asScalar(args.keywords.get('level') ?? bound.get('rate')) : scalarOp('-', 1, keep);
    return { kind: 'dropout', rate: rate ?? symbol('rate'), alpha: false };
  },
};

const flattenRow: FunctionRow = {
  names: ['flatten', 'batch_flatten'],
  signature: 'x, *args, **kwargs',
  run: () => ({ kind: 'flatten', startAxis: 1, endAxis: -1 }),
};

/** Window sizes as tf.nn spells them: one number, one per spatial axis, or one per axis. */
const windowSizes = (value: Value | undefined, rank: number): readonly Dim[] | undefined => {
  const items = value && asScalar(value) !== undefined ? Array.from({ length: rank }, () => value) : itemsOf(value);
  if (!items) return undefined;
  const sizes = (items.length === rank + 2 ? items.slice(1, -1) : items).map(asScalar);
  return sizes.length === rank && sizes.every((s) => s !== undefined) ? (sizes as Dim[]) : undefined;
};

const paddingNamed = (value: Value | undefined): Padding => (asString(value)?.toLowerCase() === 'same' ? 'same' : 'valid');

/** Rank of the map that a kernel of this many axes runs over. */
const rankOf = (axes: number | undefined): 1 | 2 | 3 | undefined => (axes === 3 ? 1 : axes === 4 ? 2 : axes === 5 ? 3 : undefined);

interface Kernel {
  readonly rank: 1 | 2 | 3;
  readonly sizes: readonly Dim[];
  readonly last: readonly [Dim, Dim];
  readonly stride: readonly Dim[];
  readonly dilation: readonly Dim[];
  readonly padding: Padding;
}

const kernelOf = ({ bound, args }: Call): (Kernel & { readonly param: NonNullable<ReturnType<typeof asParam>> }) | undefined => {
  const weight = tensorData(bound.get('filters') ?? args.keywords.get('filter') ?? args.keywords.get('kernel'));
  const shape = weight?.shape;
  const rank = rankOf(shape?.length);
  const param = weight && asParam(weight, 'kernel', 'weight');
  if (!param || !shape || !rank) return undefined;
  const ones = Array.from({ length: rank }, () => 1);
  const stride = windowSizes(bound.get('strides') ?? args.keywords.get('stride'), rank);
  const dilation = windowSizes(args.keywords.get('dilations') ?? args.keywords.get('dilation_rate'), rank) ?? ones;
  if (!stride) return undefined;
  const padding = paddingNamed(bound.get('padding') ?? args.keywords.get('border_mode'));
  return { param, rank, sizes: shape.slice(0, rank), last: [shape[rank] ?? 1, shape[rank + 1] ?? 1], stride, dilation, padding };
};

const convRow: FunctionRow = {
  names: ['conv1d', 'conv2d', 'conv3d', 'convolution', 'conv'],
  signature: 'x, filters, strides=1, padding=None, **kwargs',
  run: (call) => {
    const kernel = kernelOf(call);
    if (!kernel) return undefined;
    const { rank, sizes, stride, dilation, padding, param } = kernel;
    const [inChannels, outChannels] = kernel.last;
    const window = { rank, kernel: sizes, stride, dilation, padding, channelAxis: -1 as const };
    const op: Op = { kind: 'conv', inChannels, outChannels, groups: 1, ...window };
    return emit(call.interp, call.x.graph, { op, inputs: [call.x], params: [param], label: call.name }, call.site);
  },
};

const depthwiseRow: FunctionRow = {
  names: ['depthwise_conv2d', 'depthwise_conv', 'depthwise_conv2d_native'],
  signature: 'x, filters, strides=1, padding=None, **kwargs',
  run: (call) => {
    const kernel = kernelOf(call);
    if (!kernel) return undefined;
    const { rank, sizes, stride, dilation, padding, param } = kernel;
    const [inChannels, multiplier] = kernel.last;
    const window = { rank, kernel: sizes, stride, dilation, padding, channelAxis: -1 as const };
    const op: Op = { kind: 'conv', inChannels, outChannels: mul(inChannels, multiplier), groups: inChannels, ...window };
    return emit(call.interp, call.x.graph, { op, inputs: [call.x], params: [param], label: call.name }, call.site);
  },
};

const convTransposeRow: FunctionRow = {
  names: ['conv2d_transpose', 'conv_transpose', 'conv1d_transpose', 'conv3d_transpose'],
  signature: 'x, filters, output_shape=None, strides=1, padding=SAME, **kwargs',
  run: (call) => {
    const kernel = kernelOf(call);
    if (!kernel) return undefined;
    const { rank, sizes, stride, dilation, padding, param } = kernel;
    const [outChannels, inChannels] = kernel.last;
    const window = { rank, kernel: sizes, stride, dilation, padding, channelAxis: -1 as const, outputPadding: sizes.map(() => 0) };
    const op: Op = { kind: 'convTranspose', inChannels, outChannels, groups: 1, ...window };
    return emit(call.interp, call.x.graph, { op, inputs: [call.x], params: [param], label: call.name }, call.site);
  },
};

const poolRow = (names: readonly string[], reduce: 'max' | 'average'): FunctionRow => ({
  names,
  signature: 'x, ksize, strides=None, padding=None, **kwargs',
  run: ({ x, bound, args, name }) => {
    const written = bound.get('ksize') ?? args.keywords.get('pool_size');
    const rank = /1d$/.test(name) ? 1 : /3d$/.test(name) ? 3 : /2d$/.test(name) ? 2 : (rankOf(shapeOf(x)?.length) ?? 2);
    const kernel = windowSizes(written, rank);
    const stride = windowSizes(bound.get('strides'), rank) ?? kernel;
    if (!kernel || !stride) return undefined;
    const padding = paddingNamed(bound.get('padding') ?? args.keywords.get('border_mode'));
    return { kind: 'pool', reduce, ceil: false, rank, kernel, stride, padding, dilation: kernel.map(() => 1), channelAxis: -1 };
  },
});

/** `keras.ops.image.resize`, `tf.image.resize`, `K.resize_images`: a map of another size. */
const resizeRow: FunctionRow = {
  names: ['resize', 'resize_images', 'resize_bilinear', 'resize_nearest_neighbor', 'resize_with_pad'],
  signature: 'x, size, *args, **kwargs',
  run: ({ interp, x, bound, args, site, name }) => {
    const shape = shapeOf(x);
    const size = itemsOf(bound.get('size') ?? args.keywords.get('new_shape'))?.map(asScalar);
    if (shape?.length !== 4 || size?.length !== 2 || size.some((s) => s === undefined) || x.node === null) return undefined;
    const [height, width] = size as Dim[];
    const method = asString(args.keywords.get('method') ?? args.keywords.get('interpolation'));
    const mode = method === 'nearest' || name === 'resize_nearest_neighbor' ? 'nearest' : 'linear';
    const out = [shape[0] as Dim, height as Dim, width as Dim, shape[3] as Dim];
    const factor = [div(height as Dim, shape[1] as Dim), div(width as Dim, shape[2] as Dim)];
    const op: Op = { kind: 'upsample', factor, mode, channelAxis: -1 };
    return emit(interp, x.graph, { op, inputs: [x], label: name, shape: out }, site);
  },
};

/** softmax(q·kᵀ/√d)·v of tensors (batch, length, heads, size): not followed, but its shape is the query's. */
const attentionRow: FunctionRow = {
  names: ['dot_product_attention', 'scaled_dot_product_attention'],
  signature: 'query, key, value, **kwargs',
  run: ({ interp, x, first, bound, site, name, args }) => {
    const given = [first, bound.get('key') ?? args.keywords.get('key'), bound.get('value') ?? args.keywords.get('value')];
    const inputs = given.map(tensorData).filter((t) => t !== undefined && t.node !== null);
    if (inputs.length !== 3) return undefined;
    return emitOpaque(interp, x.graph, name, 'attention over heads is not followed here', inputs as (typeof x)[], site, shapeOf(x));
  },
};

const normRow: FunctionRow = {
  names: ['batch_normalization', 'layer_normalization', 'rms_normalization', 'fused_batch_norm', 'batch_norm_with_global_normalization'],
  signature: 'x, *args, **kwargs',
  run: ({ interp, x, name, site }) => {
    if (name === 'layer_normalization' || name === 'rms_normalization')
      return { kind: 'layerNorm', axes: [-1], eps: 1e-3, rms: name === 'rms_normalization' };
    const features = shapeOf(x)?.at(-1);
    if (features === undefined || x.node === null) return undefined;
    const op: Op = { kind: 'batchNorm', features, eps: 1e-3, channelAxis: -1 };
    const out = emit(interp, x.graph, { op, inputs: [x], label: name }, site);
    return name === 'fused_batch_norm' ? list([out]) : out;
  },
};

/** `mean, variance = tf.nn.moments(x, axes)` */
const momentsRow: FunctionRow = {
  names: ['moments'],
  signature: 'x, axes, *args, **kwargs',
  run: ({ bound, args, shapeOnly }) => {
    const axes = axesOf(bound.get('axes'));
    if (!axes) return undefined;
    const op: Op = { kind: 'reduce', reduce: 'mean', axes, keepAxes: truth(args.keywords.get('keepdims')) };
    return list([shapeOnly(op), shapeOnly(op)]);
  },
};

export const LAYER_ROWS: readonly FunctionRow[] = [
  dropoutRow,
  flattenRow,
  convRow,
  depthwiseRow,
  convTransposeRow,
  poolRow(['max_pool1d', 'max_pool2d', 'max_pool3d', 'max_pool'], 'max'),
  poolRow(['avg_pool1d', 'avg_pool2d', 'avg_pool3d', 'avg_pool', 'average_pool'], 'average'),
  resizeRow,
  attentionRow,
  normRow,
  momentsRow,
];
