/** Convolutions: plain, transposed, depthwise, separable. Kernels end in (…, in, out); the transposed ones in (…, out, in). */
import type { Op } from '../../../network/op.ts';
import { type Dim, div, mul, product, symbol } from '../../../network/scalar.ts';
import { outputShape } from '../../../network/shapes.ts';
import {
  bias,
  biasIf,
  channelAxisOf,
  flag,
  inputFeatures,
  kernel,
  type LayerContext,
  type LayerRow,
  paddingOf,
  type Step,
  size,
  sizes,
  step,
  type Weight,
} from './row.ts';

type Rank = 1 | 2 | 3;

const INITIALIZED = "activation=None, use_bias=True, kernel_initializer='glorot_uniform', bias_initializer='zeros', **kwargs";

const window = (context: LayerContext, rank: Rank) => {
  const kernelSize = sizes(context, 'kernel_size', rank);
  const dilation = sizes(context, 'dilation_rate', rank, 1);
  return {
    rank,
    kernel: kernelSize,
    stride: sizes(context, 'strides', rank, 1),
    dilation,
    padding: paddingOf(context, kernelSize, dilation),
    channelAxis: channelAxisOf(context),
  };
};

const conv = (rank: Rank): LayerRow => ({
  name: `Conv${rank}D`,
  aliases: [`Convolution${rank}D`, ...(rank === 3 ? [] : [`AtrousConvolution${rank}D`])],
  signature: `filters, kernel_size, strides=1, padding='valid', data_format=None, dilation_rate=1, groups=1, ${INITIALIZED}`,
  activates: true,
  build: (context) => {
    const inChannels = inputFeatures(context, channelAxisOf(context));
    const filters = size(context, 'filters');
    const groups = size(context, 'groups');
    const w = window(context, rank);
    return step({ kind: 'conv', inChannels, outChannels: filters, groups, ...w }, [
      kernel([...w.kernel, div(inChannels, groups), filters]),
      ...biasIf(context, [filters]),
    ]);
  },
});

const convTranspose = (rank: Rank): LayerRow => ({
  name: `Conv${rank}DTranspose`,
  aliases: [`Convolution${rank}DTranspose`, ...(rank === 2 ? ['Deconvolution2D', 'Deconv2D'] : [])],
  signature: `filters, kernel_size, strides=1, padding='valid', ${
    rank === 3 ? 'data_format=None, output_padding=None' : 'output_padding=None, data_format=None'
  }, dilation_rate=1, ${INITIALIZED}`,
  activates: true,
  build: (context) => {
    const inChannels = inputFeatures(context, channelAxisOf(context));
    const filters = size(context, 'filters');
    const w = window(context, rank);
    const outputPadding = sizes(context, 'output_padding', rank, 0);
    return step({ kind: 'convTranspose', inChannels, outChannels: filters, groups: 1, outputPadding, ...w }, [
      kernel([...w.kernel, filters, inChannels]),
      ...biasIf(context, [filters]),
    ]);
  },
});

const depthwiseStep = (context: LayerContext, rank: Rank, name: string): { readonly step: Step; readonly outChannels: Dim } => {
  const inChannels = inputFeatures(context, channelAxisOf(context));
  const multiplier = size(context, 'depth_multiplier');
  const outChannels = mul(inChannels, multiplier);
  const w = window(context, rank);
  return {
    outChannels,
    step: {
      op: { kind: 'conv', inChannels, outChannels, groups: inChannels, ...w },
      weights: [kernel([...w.kernel, inChannels, multiplier], { name, argument: 'depthwise_initializer' })],
    },
  };
};

const depthwise = (rank: 1 | 2): LayerRow => ({
  name: `DepthwiseConv${rank}D`,
  signature:
    "kernel_size, strides=1, padding='valid', depth_multiplier=1, data_format=None, dilation_rate=1, activation=None, use_bias=True, depthwise_initializer='glorot_uniform', bias_initializer='zeros', **kwargs",
  activates: true,
  build: (context) => {
    const { step: main, outChannels } = depthwiseStep(context, rank, 'kernel');
    return [{ ...main, weights: [...main.weights, ...biasIf(context, [outChannels])] }];
  },
});

const separable = (rank: 1 | 2): LayerRow => ({
  name: `SeparableConv${rank}D`,
  aliases: [`SeparableConvolution${rank}D`],
  signature:
    "filters, kernel_size, strides=1, padding='valid', data_format=None, dilation_rate=1, depth_multiplier=1, activation=None, use_bias=True, depthwise_initializer='glorot_uniform', pointwise_initializer='glorot_uniform', bias_initializer='zeros', **kwargs",
  activates: true,
  build: (context) => {
    const { step: first, outChannels } = depthwiseStep(context, rank, 'depthwise_kernel');
    const filters = size(context, 'filters');
    const ones = Array.from({ length: rank }, () => 1);
    const second: Step = {
      op: {
        kind: 'conv',
        inChannels: outChannels,
        outChannels: filters,
        groups: 1,
        rank,
        kernel: ones,
        stride: ones,
        dilation: ones,
        padding: 'valid',
        channelAxis: channelAxisOf(context),
      },
      weights: [
        kernel([...ones, outChannels, filters], { name: 'pointwise_kernel', argument: 'pointwise_initializer' }),
        ...biasIf(context, [filters]),
      ],
    };
    return [{ ...first, suffix: 'depthwise' }, second];
  },
});

/** Gates of a convolutional LSTM; its signal is not followed, its weights are. */
const convLstm = (rank: Rank): LayerRow => ({
  name: `ConvLSTM${rank}D`,
  signature:
    "filters, kernel_size, strides=1, padding='valid', data_format=None, dilation_rate=1, activation='tanh', recurrent_activation='sigmoid', use_bias=True, kernel_initializer='glorot_uniform', recurrent_initializer='orthogonal', bias_initializer='zeros', unit_forget_bias=True, return_sequences=False, **kwargs",
  build: (context) => {
    const filters = size(context, 'filters');
    const gates = mul(4, filters);
    const kernelSize = sizes(context, 'kernel_size', rank);
    const cell = 'conv_lstm_cell';
    const inChannels = inputFeatures(context, channelAxisOf(context) === 1 ? 2 : -1);
    const input = context.inputs[0];
    const time = input?.[1];
    const one = input && time !== undefined ? [input[0] as Dim, ...input.slice(2)] : null;
    const map = outputShape({ kind: 'conv', inChannels, outChannels: filters, groups: 1, ...window(context, rank) }, [one]);
    const [batch, ...rest] = map ?? [];
    const sequence = flag(context, 'return_sequences', false) && time !== undefined;
    const shape = map && batch !== undefined ? (sequence ? [batch, time, ...rest] : map) : null;
    const op: Op = { kind: 'opaque', what: `ConvLSTM${rank}D`, reason: 'a convolutional LSTM is not followed' };
    const weights: readonly Weight[] = [
      kernel([...kernelSize, inChannels, gates], { name: `${cell}/kernel` }),
      kernel([...kernelSize, filters, gates], {
        name: `${cell}/recurrent_kernel`,
        role: 'recurrentWeight',
        argument: 'recurrent_initializer',
        fallback: 'orthogonal',
      }),
      ...(flag(context, 'use_bias', true)
        ? [bias([gates], { name: `${cell}/bias`, ...(flag(context, 'unit_forget_bias', true) ? { forgetShare: 0.25 } : {}) })]
        : []),
    ];
    return [{ op, weights, shape }];
  },
});

/** Keras 2: a convolution whose every position has a kernel of its own. Keras counts the positions in the fans. */
const locallyConnected = (rank: 1 | 2): LayerRow => ({
  name: `LocallyConnected${rank}D`,
  signature: `filters, kernel_size, strides=1, padding='valid', data_format=None, ${INITIALIZED}`,
  activates: true,
  build: (context) => {
    const channelAxis = channelAxisOf(context);
    const inChannels = inputFeatures(context, channelAxis);
    const filters = size(context, 'filters');
    const w = { ...window(context, rank), dilation: Array.from({ length: rank }, () => 1) };
    const shape = outputShape({ kind: 'conv', inChannels, outChannels: filters, groups: 1, ...w }, [context.inputs[0] ?? null]);
    const spatial = shape && (channelAxis === -1 ? shape.slice(1, -1) : shape.slice(2));
    const positions = spatial ?? Array.from({ length: rank }, (_, i) => symbol(`${context.name}.positions${i}`));
    const taps = mul(product(w.kernel), inChannels);
    const op: Op = { kind: 'opaque', what: `LocallyConnected${rank}D`, reason: 'kernels of one position each are not followed' };
    return [
      {
        op,
        shape,
        weights: [
          kernel([product(positions), taps, filters], { signal: { fanIn: taps, fanOut: mul(product(w.kernel), filters) } }),
          ...biasIf(context, [...positions, filters]),
        ],
      },
    ];
  },
});

export const CONV_LAYERS: readonly LayerRow[] = [
  conv(1),
  conv(2),
  conv(3),
  convTranspose(1),
  convTranspose(2),
  convTranspose(3),
  depthwise(1),
  depthwise(2),
  separable(1),
  separable(2),
  convLstm(1),
  convLstm(2),
  convLstm(3),
  locallyConnected(1),
  locallyConnected(2),
];
