/**
 * torch.nn.functional, torch.* and tensor methods: one row a name, with the arguments after the input and what it does to an
 * activation. `torch.relu(x)`, `F.relu(x)` and `x.relu()` are one row.
 */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, bind } from '../../interpreter/native.ts';
import type { Args, CallSite, Value } from '../../interpreter/values.ts';
import { tuple, unknown } from '../../interpreter/values.ts';
import type { Shape } from '../../network/scalar.ts';
import { broadcast } from '../../network/shapes.ts';
import { shapeOf } from '../shared/graph.ts';
import { emitOneHot } from '../shared/oneHot.ts';
import { activationsIn } from '../shared/opaque.ts';
import { emit, tensorData } from '../shared/tensor.ts';
import { ACTIVATION_ROWS, activationOp } from './activations.ts';
import { saidType } from './dtypes.ts';
import { axis, type Call, converted, emitWith, type FunctionRow, normalAxis, opaque, rearranged, value } from './functionRow.ts';
import { maskedFill, where } from './masks.ts';
import { between, measured, ordered, repeatInterleave, sameTensors, vectorNorm } from './measures.ts';
import {
  adaptive,
  addmm,
  addScaled,
  attention,
  binary,
  channels,
  clamp,
  convolution,
  dropout,
  einsum,
  embedding,
  groupedMatmul,
  layerNorm,
  lerp,
  linear,
  multiHead,
  normalize,
  normWith,
  pool,
  power,
  prelu,
  softmax,
  upsampleOp,
} from './operations.ts';
import {
  chunk,
  concat,
  expand,
  flatten,
  matrixTranspose,
  maxOf,
  moveAxis,
  narrow,
  permute,
  picked,
  pixelShuffle,
  reduceBy,
  repeat,
  reshape,
  select,
  split,
  squeeze,
  stack,
  tensorSplit,
  transpose,
  unbind,
  unflatten,
  unsqueeze,
} from './shaping.ts';
import { dimOf } from './state.ts';
import { padPairs, type Rank } from './windows.ts';

const CONV = 'input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1';
const CONV_TRANSPOSE = 'input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1';
const MAX_POOL = 'input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False';
const AVERAGE_POOL = 'input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None';
const ranks: readonly Rank[] = [1, 2, 3];

const perRank = (name: (rank: Rank) => string, make: (rank: Rank) => FunctionRow): Record<string, FunctionRow> =>
  Object.fromEntries(ranks.map((rank) => [name(rank), make(rank)]));

const rowsOf = (names: readonly string[], row: FunctionRow): Record<string, FunctionRow> => Object.fromEntries(names.map((n) => [n, row]));

export const COMPARISONS: readonly string[] = [
  'eq',
  'ne',
  'not_equal',
  'lt',
  'less',
  'le',
  'less_equal',
  'gt',
  'greater',
  'ge',
  'greater_equal',
];

const tensorsIn = ({ args }: Call) => activationsIn(tuple([...args.positional, ...args.keywords.values()]));

export const FUNCTIONS: Readonly<Record<string, FunctionRow>> = {
  ...Object.fromEntries(
    ACTIVATION_ROWS.filter((row) => row.fn).map((row) => [
      row.fn as string,
      {
        signature: row.signature ? `input, ${row.signature}` : 'input',
        sameShape: true,
        run: (call: Call) => activationOp(row, call.bound),
      },
    ]),
  ),
  ...rowsOf(['softmax', '_softmax', 'softmin'], { signature: 'input, dim=None, _stacklevel=3, dtype=None', run: softmax(false) }),
  log_softmax: { signature: 'input, dim=None, _stacklevel=3, dtype=None', run: softmax(true) },
  glu: { signature: 'input, dim=-1', run: (call) => ({ kind: 'glu', activation: 'sigmoid', axis: axis(call) ?? -1 }) },
  prelu: { signature: 'input, weight', run: prelu },
  ...rowsOf(['clamp', 'clip', 'clamp_min', 'hardtanh_'], { signature: 'input, min=None, max=None', run: clamp, sameShape: true }),
  ...rowsOf(['dropout', 'dropout1d', 'dropout2d', 'dropout3d'], {
    signature: 'input, p=0.5, training=True, inplace=False',
    run: dropout(false),
  }),
  ...rowsOf(['alpha_dropout', 'feature_alpha_dropout'], { signature: 'input, p=0.5, training=False, inplace=False', run: dropout(true) }),
  linear: { signature: 'input, weight, bias=None', run: linear },
  ...perRank(
    (r) => `conv${r}d`,
    (r) => ({ signature: CONV, run: convolution(r, false) }),
  ),
  ...perRank(
    (r) => `conv_transpose${r}d`,
    (r) => ({ signature: CONV_TRANSPOSE, run: convolution(r, true) }),
  ),
  ...perRank(
    (r) => `max_pool${r}d`,
    (r) => ({ signature: MAX_POOL, run: pool(r, 'max') }),
  ),
  ...perRank(
    (r) => `avg_pool${r}d`,
    (r) => ({ signature: AVERAGE_POOL, run: pool(r, 'average') }),
  ),
  ...perRank(
    (r) => `adaptive_max_pool${r}d`,
    (r) => ({ signature: 'input, output_size, return_indices=False', run: adaptive(r, 'max') }),
  ),
  ...perRank(
    (r) => `adaptive_avg_pool${r}d`,
    (r) => ({ signature: 'input, output_size', run: adaptive(r, 'average') }),
  ),
  ...rowsOf(['interpolate', 'upsample'], {
    signature: "input, size=None, scale_factor=None, mode='nearest', align_corners=None, recompute_scale_factor=None, antialias=False",
    run: upsampleOp,
  }),
  pad: {
    signature: "input, pad, mode='constant', value=None",
    run: (call) => {
      const padding = padPairs(call.bound.get('pad'));
      if (padding?.every((pair) => pair.every((amount) => amount === 0))) return { kind: 'identity' };
      return padding ? { kind: 'pad', padding } : undefined;
    },
  },
  normalize: { signature: 'input, p=2.0, dim=1, eps=1e-12', sameShape: true, run: normalize },
  layer_norm: { signature: 'input, normalized_shape, weight=None, bias=None, eps=1e-05', run: layerNorm, sameShape: true },
  rms_norm: { signature: 'input, normalized_shape, weight=None, eps=None', run: layerNorm, sameShape: true },
  group_norm: {
    signature: 'input, num_groups, weight=None, bias=None, eps=1e-05',
    sameShape: true,
    run: (call) =>
      normWith(call, {
        kind: 'groupNorm',
        groups: dimOf(call.interp, call.bound.get('num_groups'), 'groups'),
        features: channels(call),
        eps: 1e-5,
        channelAxis: 1,
      }),
  },
  batch_norm: {
    signature: 'input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-05',
    sameShape: true,
    run: (call) => normWith(call, { kind: 'batchNorm', features: channels(call), eps: 1e-5, channelAxis: 1 }),
  },
  instance_norm: {
    signature: 'input, running_mean=None, running_var=None, weight=None, bias=None',
    sameShape: true,
    run: (call) => normWith(call, { kind: 'instanceNorm', features: channels(call), eps: 1e-5, channelAxis: 1 }),
  },
  embedding: { signature: 'input, weight, padding_idx=None', run: embedding },
  multi_head_attention_forward: { signature: 'query, *args, **kwargs', run: multiHead },
  scaled_dot_product_attention: {
    signature: 'query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False',
    run: attention,
  },
  flatten: { signature: 'input, start_dim=0, end_dim=-1', run: flatten },
  ravel: { signature: 'input', run: () => ({ kind: 'flatten', startAxis: 0, endAxis: -1 }) },
  ...rowsOf(['view', 'reshape'], { signature: 'input, *shape', run: reshape }),
  ...rowsOf(['view_as', 'reshape_as'], {
    signature: 'input, other',
    run: (call) => {
      const other = tensorData(call.bound.get('other'));
      const shape = other && shapeOf(other);
      return shape ? { kind: 'reshape', shape } : undefined;
    },
  }),
  unflatten: { signature: 'input, dim, sizes', run: unflatten },
  permute: { signature: 'input, *dims', run: permute },
  ...rowsOf(['transpose', 'swapaxes', 'swapdims'], { signature: 'input, dim0, dim1', run: transpose }),
  ...rowsOf(['t', 'adjoint'], { signature: 'input', run: matrixTranspose }),
  squeeze: { signature: 'input, dim', run: squeeze },
  unsqueeze: { signature: 'input, dim', run: unsqueeze },
  ...rowsOf(['mean', 'nanmean'], { signature: 'input, dim=None, keepdim=False', run: reduceBy('mean') }),
  sum: { signature: 'input, dim=None, keepdim=False', run: reduceBy('sum') },
  amax: { signature: 'input, dim=None, keepdim=False', run: reduceBy('max') },
  max: { signature: 'input, dim=None, keepdim=False', run: maxOf },
  chunk: { signature: 'input, chunks, dim=0', run: chunk },
  ...rowsOf(['split', 'split_with_sizes'], { signature: 'input, split_size_or_sections, dim=0', run: split }),
  unbind: { signature: 'input, dim=0', run: unbind },
  ...rowsOf(['cat', 'concat', 'concatenate'], { signature: 'tensors, dim=0', run: concat }),
  stack: { signature: 'tensors, dim=0', run: stack },
  ...rowsOf(['prod', 'logsumexp', 'any', 'all', 'median', 'argmax', 'argmin', 'amin', 'nansum', 'count_nonzero'], {
    signature: 'input, dim=None, keepdim=False, *, correction=1, unbiased=True',
    run: measured,
  }),
  ...rowsOf(['std', 'var'], { signature: 'input, dim=None, unbiased=True, keepdim=False, *, correction=1', run: measured }),
  norm: { signature: "input, p='fro', dim=None, keepdim=False", run: vectorNorm },
  vector_norm: { signature: 'input, ord=2, dim=None, keepdim=False', run: vectorNorm },
  sort: { signature: 'input, dim=-1, descending=False', run: ordered },
  argsort: { signature: 'input, dim=-1, descending=False', sameShape: true, run: () => undefined },
  topk: { signature: 'input, k, dim=-1, largest=True, sorted=True', run: ordered },
  ...rowsOf(['minimum', 'fmin', 'atan2', 'logaddexp', 'floor_divide', 'remainder', 'fmod'], {
    signature: 'input, other',
    run: between,
    anywhere: true,
  }),
  repeat_interleave: { signature: 'input, repeats, dim=None', run: repeatInterleave },
  ...rowsOf(['atleast_1d', 'atleast_2d', 'atleast_3d'], { signature: 'input, *args', run: sameTensors }),
  ...rowsOf(['cummax', 'cummin', 'rot90', 'unique', 'kthvalue', 'mode'], { signature: 'input, *args, **kwargs', run: () => undefined }),
  ...rowsOf(
    [
      'cumprod',
      'log10',
      'expm1',
      'erfc',
      'trunc',
      'frac',
      'atanh',
      'asinh',
      'acosh',
      'sinc',
      'logit',
      'lgamma',
      'isnan',
      'isinf',
      'isfinite',
      'reciprocal',
      'logical_and',
      'logical_or',
      'logcumsumexp',
    ],
    {
      signature: 'input, *args, **kwargs',
      run: () => undefined,
      sameShape: true,
    },
  ),
  ...rowsOf(COMPARISONS, {
    signature: 'input, other',
    run: (call) => value(opaque({ ...call, name: 'compare' }, 'a comparison', broadcast(tensorsIn(call).map(shapeOf)), 'bool')),
    anywhere: true,
  }),
  masked_fill: { signature: 'input, mask, value', run: maskedFill },
  where: { signature: 'condition, input, other', run: where, anywhere: true },
  ...rowsOf(['hstack', 'column_stack'], { signature: 'tensors, dim=1', run: concat }),
  vstack: { signature: 'tensors, dim=0', run: concat },
  narrow: { signature: 'input, dim, start, length', run: narrow },
  select: { signature: 'input, dim, index', run: select },
  tensor_split: { signature: 'input, indices_or_sections, dim=0', run: tensorSplit },
  ...rowsOf(['index_select', 'take_along_dim', 'gather'], { signature: 'input, dim, index', run: picked, anywhere: true }),
  ...rowsOf(['movedim', 'moveaxis'], { signature: 'input, source, destination', run: moveAxis }),
  ...rowsOf(['matmul', 'bmm', 'mm', 'mv'], { signature: 'input, other', run: binary('@'), anywhere: true }),
  addcmul: { signature: 'input, tensor1, tensor2, *, value=1', run: addScaled('*'), anywhere: true },
  addcdiv: { signature: 'input, tensor1, tensor2, *, value=1', run: addScaled('/'), anywhere: true },
  lerp: { signature: 'input, end, weight', run: lerp, anywhere: true },
  ...rowsOf(['addmm', 'baddbmm', 'addmv'], { signature: 'input, mat1, mat2, *, beta=1, alpha=1', run: addmm, anywhere: true }),
  ...rowsOf(['grouped_mm', '_grouped_mm'], { signature: 'mat_a, mat_b, *, offs=None, bias=None, out_dtype=None', run: groupedMatmul }),
  einsum: { signature: 'equation, *operands', run: einsum, anywhere: true },
  add: { signature: 'input, other, alpha=1', run: binary('+'), anywhere: true },
  ...rowsOf(['sub', 'subtract'], { signature: 'input, other, alpha=1', run: binary('-'), anywhere: true }),
  ...rowsOf(['mul', 'multiply'], { signature: 'input, other', run: binary('*'), anywhere: true }),
  ...rowsOf(['div', 'divide', 'true_divide'], { signature: 'input, other, rounding_mode=None', run: binary('/') }),
  pow: { signature: 'input, exponent', run: power, sameShape: true },
  neg: { signature: 'input', run: () => ({ kind: 'affine', factor: -1, offset: 0 }) },
  ...rowsOf(['maximum', 'fmax'], {
    signature: 'input, other',
    run: (call) => {
      const other = tensorData(call.bound.get('other'));
      return other?.node != null ? emitWith(call, { kind: 'maximum' }, [call.x, other]) : undefined;
    },
  }),
  ...rowsOf(['expand', 'broadcast_to'], { signature: 'input, *sizes', run: expand }),
  ...rowsOf(['repeat', 'tile'], { signature: 'input, *repeats', run: repeat }),
  ...rowsOf(['roll', 'flip', 'fliplr', 'flipud'], { signature: 'input, *shifts', run: (call) => rearranged(call, shapeOf(call.x)) }),
  ...rowsOf(['pixel_shuffle'], { signature: 'input, factor', run: pixelShuffle(true) }),
  ...rowsOf(['pixel_unshuffle'], { signature: 'input, factor', run: pixelShuffle(false) }),
  channel_shuffle: { signature: 'input, groups', run: (call) => rearranged(call, shapeOf(call.x)) },
  ...rowsOf(
    [
      ...[
        'contiguous',
        'clone',
        'detach',
        'to',
        'float',
        'half',
        'double',
        'bfloat16',
        'type',
        'type_as',
        'long',
        'int',
        'short',
        'bool',
        'cuda',
        'cpu',
        'requires_grad_',
        'detach_',
      ],
      ...[
        'identity',
        'retain_grad',
        'data_ptr',
        'pin_memory',
        'nan_to_num',
        'as_subclass',
        'dequantize',
        'expand_as',
        'coalesce',
        'share_memory_',
      ],
    ],
    { signature: 'input, *args, **kwargs', run: converted },
  ),
  ...rowsOf(
    [
      ...['sqrt', 'rsqrt', 'log', 'log1p', 'log2', 'floor', 'ceil', 'round', 'cumsum', 'acos', 'asin'],
      ...['sinh', 'cosh', 'tan', 'triu', 'tril', 'relu_grad', 'logical_not', 'gumbel_softmax', 'masked_scatter'],
    ],
    { signature: 'input, *args, **kwargs', run: () => undefined, sameShape: true },
  ),
  ...rowsOf(['one_hot'], {
    signature: 'input, num_classes=-1',
    run: ({ interp, x, bound, name, site }) => value(emitOneHot(interp, x, bound.get('num_classes'), name, site)),
  }),
  ...rowsOf(
    [
      ...['min', 'unfold', 'fold'],
      ...[
        'grid_sample',
        'affine_grid',
        'cdist',
        'cosine_similarity',
        'pairwise_distance',
        'scatter',
        'scatter_add',
        'index_add',
        'outer',
        'cross',
        'diag',
      ],
      ...['diagonal', 'diff', 'take', 'masked_select', 'nonzero', 'bincount', 'tensordot', 'histc', 'var_mean'],
      ...['fft', 'lp_pool2d', 'bilinear', 'embedding_bag', 'ctc_loss', 'meshgrid', 'kron'],
    ],
    { signature: 'input, *args, **kwargs', run: () => undefined },
  ),
};

/** Only move values about: where their arguments are not known the moments stay, the shape does not. */
const REARRANGES = new Set([
  'view',
  'reshape',
  'view_as',
  'reshape_as',
  'permute',
  'transpose',
  'swapaxes',
  'flatten',
  'unflatten',
  'movedim',
  'moveaxis',
  'squeeze',
  'unsqueeze',
  'narrow',
  'unfold',
]);

/** Runs a row on an activation; what it cannot make sense of stays in the graph as an opaque node. */
export const applyRow = (name: string, row: FunctionRow, args: Args, site: CallSite, interp: Interpreter): Value => {
  const first = args.positional[0] ?? [...args.keywords.values()][0];
  const inputs = activationsIn(first);
  const x = inputs[0] ?? activationsIn(tuple([...args.positional, ...args.keywords.values()]))[0];
  if (!x) return unknown(`${name} of data that is not known`, site.span);
  const call: Call = { interp, site, name, x, bound: bind(row.signature, args), args };
  const direct = tensorData(first)?.node != null || first?.kind === 'list' || first?.kind === 'tuple';
  const outcome = direct || row.anywhere ? row.run(call) : undefined;
  if (outcome === undefined && direct && REARRANGES.has(name))
    return emit(interp, x.graph, { op: { kind: 'identity' }, inputs: [x], label: name, shape: null }, site);
  if (outcome === undefined)
    return opaque(
      call,
      `${name} with arguments that are not known`,
      row.sameShape ? broadcast(activationsIn(tuple([...args.positional])).map(shapeOf)) : null,
    );
  if (outcome.kind === 'value') return outcome.value;
  const dtype = args.keywords.has('dtype') ? saidType(name, args) : undefined;
  return emit(interp, x.graph, { op: outcome, inputs: [x], label: name, ...(dtype === undefined ? {} : { dtype }) }, site);
};

export const sizeOf = (shape: Shape | null, value_: Value | undefined): Value => {
  if (!shape) return unknown('the shape is not known');
  const at = asNumber(value_);
  if (at === undefined) return tuple(shape.map((d) => ({ kind: 'number', value: d, float: false })));
  const size = shape[normalAxis(shape, at)];
  return size === undefined ? unknown('no such axis') : { kind: 'number', value: size, float: false };
};
