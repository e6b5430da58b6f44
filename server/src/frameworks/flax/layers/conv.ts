/** Conv, ConvTranspose, ConvLocal: channels last, kernels (…, in/groups, out); their rank is that of `kernel_size`. */
import { asScalar } from '../../../interpreter/native.ts';
import type { Value } from '../../../interpreter/values.ts';
import type { Padding } from '../../../network/op.ts';
import { type Dim, div, mul, product, type Shape, scalarOp, sub, symbol } from '../../../network/scalar.ts';
import { outputShape } from '../../../network/shapes.ts';
import { rankOf } from './dense.ts';
import { biasIf, flag, inputFeatures, kernel, type LayerContext, type LayerRow, size, sizes, step } from './row.ts';

type Rank = 1 | 2 | 3;

const pairOf = (value: Value): readonly [Dim, Dim] | undefined => {
  const one = asScalar(value);
  if (one !== undefined) return [one, one];
  if (value.kind !== 'tuple' && value.kind !== 'list') return undefined;
  const [before, after] = value.items.map(asScalar);
  return before !== undefined && after !== undefined ? [before, after] : undefined;
};

/** 'SAME', 'VALID', 'CIRCULAR', 'CAUSAL', a number, or a number or pair per axis; undefined where it is not known. */
export const paddingOf = (value: Value | undefined, kernelSize: readonly Dim[], dilation: readonly Dim[]): Padding | undefined => {
  const reach = (i: number): Dim => mul(dilation[i] ?? 1, sub(kernelSize[i] ?? 1, 1));
  if (value?.kind === 'string') {
    switch (value.value.toUpperCase()) {
      case 'VALID':
        return 'valid';
      case 'SAME':
      // What wraps around or is mirrored has the moments of the input and its size.
      case 'CIRCULAR':
      case 'REFLECT':
        return 'same';
      case 'CAUSAL':
        return kernelSize.map((_, i) => [reach(i), 0] as const);
      default:
        return undefined;
    }
  }
  const one = asScalar(value);
  if (one !== undefined) return kernelSize.map(() => [one, one] as const);
  if (value?.kind !== 'tuple' && value?.kind !== 'list') return undefined;
  const pairs = value.items.map(pairOf);
  return pairs.length === kernelSize.length && pairs.every((p) => p !== undefined) ? (pairs as [Dim, Dim][]) : undefined;
};

const windowOf = (context: LayerContext, rank: Rank) => {
  const kernelSize = sizes(context, 'kernel_size', rank, 1);
  const dilation = sizes(context, 'kernel_dilation', rank, 1);
  return {
    rank,
    kernel: kernelSize,
    stride: sizes(context, 'strides', rank, 1),
    dilation,
    padding: paddingOf(context.args.get('padding'), kernelSize, dilation),
    channelAxis: -1 as const,
  };
};

const UNKNOWN = (what: string, reason: string) => step({ kind: 'opaque', what, reason });

const LINEN =
  "features, kernel_size, strides=1, padding='SAME', input_dilation=1, kernel_dilation=1, feature_group_count=1, use_bias=True, mask=None, dtype=None, param_dtype=None, precision=None, kernel_init=None, bias_init=None, **kwargs";

const outFeatures = (context: LayerContext): Dim => size(context, context.api === 'linen' ? 'features' : 'out_features');

const rankIn = (context: LayerContext): Rank | undefined => {
  const rank = rankOf(context, 'kernel_size');
  return rank === 1 || rank === 2 || rank === 3 ? rank : undefined;
};

const conv: LayerRow = {
  name: 'Conv',
  linen: LINEN,
  nnx: "in_features, out_features, kernel_size, strides=1, *, padding='SAME', input_dilation=1, kernel_dilation=1, feature_group_count=1, use_bias=True, kernel_init=None, bias_init=None, **kwargs",
  build: (context) => {
    const rank = rankIn(context);
    if (!rank) return UNKNOWN('Conv', 'the rank of its kernel is not known');
    const inChannels = inputFeatures(context);
    const outChannels = outFeatures(context);
    const groups = size(context, 'feature_group_count');
    const { padding, ...window } = windowOf(context, rank);
    const weights = [kernel([...window.kernel, div(inChannels, groups), outChannels]), ...biasIf(context, [outChannels])];
    if (padding === undefined || sizes(context, 'input_dilation', rank, 1).some((d) => d !== 1))
      return step({ kind: 'opaque', what: 'Conv', reason: 'its padding is not known' }, weights);
    return step({ kind: 'conv', inChannels, outChannels, groups, ...window, padding }, weights);
  },
};

const convTranspose: LayerRow = {
  name: 'ConvTranspose',
  linen:
    "features, kernel_size, strides=None, padding='SAME', kernel_dilation=None, use_bias=True, mask=None, dtype=None, param_dtype=None, precision=None, kernel_init=None, bias_init=None, transpose_kernel=False, **kwargs",
  nnx: "in_features, out_features, kernel_size, strides=None, *, padding='SAME', kernel_dilation=None, use_bias=True, kernel_init=None, bias_init=None, transpose_kernel=False, **kwargs",
  build: (context) => {
    const rank = rankIn(context);
    if (!rank) return UNKNOWN('ConvTranspose', 'the rank of its kernel is not known');
    const inChannels = inputFeatures(context);
    const outChannels = outFeatures(context);
    const { padding, ...window } = windowOf(context, rank);
    const ends = flag(context, 'transpose_kernel', false) ? [outChannels, inChannels] : [inChannels, outChannels];
    const weights = [kernel([...window.kernel, ...ends]), ...biasIf(context, [outChannels])];
    const outputPadding = window.kernel.map(() => 0);
    const input = context.inputs[0] ?? null;
    const op = { kind: 'convTranspose' as const, inChannels, outChannels, groups: 1, outputPadding, ...window };
    if (padding === 'same' || padding === 'valid') return step({ ...op, padding }, weights);
    // Pairs are the paddings of the dilated input: size·stride + before + after − kernel + 1.
    const spatial = input && input.length > rank ? input.slice(-rank - 1, -1) : null;
    if (padding === undefined || !spatial)
      return step({ kind: 'opaque', what: 'ConvTranspose', reason: 'its padding is not known' }, weights);
    const shape = spatial.map((n, i): Dim => {
      const [before, after] = padding[i] ?? [0, 0];
      const dilated = scalarOp('+', mul(sub(n, 1), window.stride[i] ?? 1), 1);
      return sub(scalarOp('+', dilated, scalarOp('+', before, after)), sub(window.kernel[i] ?? 1, 1));
    });
    return [{ op: { ...op, padding: 'valid' }, weights, shape: [...(input as Shape).slice(0, -rank - 1), ...shape, outChannels] }];
  },
};

/** A kernel of its own for every position: the positions count into the initializer's fans. */
const convLocal: LayerRow = {
  name: 'ConvLocal',
  linen: LINEN,
  nnx: null,
  build: (context) => {
    const rank = rankIn(context);
    if (!rank) return UNKNOWN('ConvLocal', 'the rank of its kernel is not known');
    const inChannels = inputFeatures(context);
    const outChannels = outFeatures(context);
    const { padding, ...window } = windowOf(context, rank);
    const input = context.inputs[0] ?? null;
    const whole =
      input && padding !== undefined
        ? outputShape({ kind: 'conv', inChannels, outChannels, groups: 1, ...window, padding }, [input])
        : null;
    const places = whole?.slice(-rank - 1, -1) ?? Array.from({ length: rank }, (_, i): Dim => symbol(`${context.name}.positions${i}`));
    const fanIn = mul(product(window.kernel), inChannels);
    return [
      {
        op: { kind: 'opaque', what: 'ConvLocal', reason: 'weights that are not shared between positions' },
        weights: [
          kernel([...places, fanIn, outChannels], { signal: { fanIn, fanOut: mul(product(window.kernel), outChannels) } }),
          ...biasIf(context, [...places, outChannels]),
        ],
        shape: whole,
      },
    ];
  },
};

export const CONV_LAYERS: readonly LayerRow[] = [conv, convTranspose, convLocal];
