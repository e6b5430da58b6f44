/** Layers of torch.nn: one row each. Defaults agree with test/golden/defaults.json. */
import { asNumber, asScalar, nativeClass } from '../../interpreter/native.ts';
import type { ClassValue, Value } from '../../interpreter/values.ts';
import { tuple } from '../../interpreter/values.ts';
import { type Distribution, ONES, ZEROS } from '../../network/distribution.ts';
import type { Op, OpOf } from '../../network/op.ts';
import { add, type Dim, div, mul, symbol } from '../../network/scalar.ts';
import { ACTIVATION_ROWS, activationNamed, activationOp } from './activations.ts';
import { defaultWeight, torchFans, uniformOver } from './initializers.ts';
import { type LayerContext, type LayerRow, type LayerSpec, layerClass, type ParamSpec } from './layer.ts';
import { dimOf, MODULE } from './state.ts';
import { statesOf } from './states.ts';
import { adaptiveOutput, padPairs, poolWindow, type Rank, sizesOf, windowOf } from './windows.ts';

const KAIMING = 'kaiming_uniform_(a=√5)';
const isTrue = (value: Value | undefined): boolean => !(value?.kind === 'bool' && !value.value) && value?.kind !== 'none';
const isOn = (value: Value | undefined): boolean => value?.kind === 'bool' && value.value;
const numbers = (sizes: readonly Dim[]): Value => tuple(sizes.map((value) => ({ kind: 'number', value, float: false })));

const weight = (shape: readonly Dim[]): ParamSpec => ({
  name: 'weight',
  role: 'weight',
  shape,
  init: defaultWeight(shape),
  initName: KAIMING,
});

const biasOver = (fan: Dim | null, size: Dim): ParamSpec => ({
  name: 'bias',
  role: 'bias',
  shape: [size],
  init: uniformOver(fan),
  initName: 'uniform_(±1/√fan_in)',
});

const weightAndBias = (context: LayerContext, shape: readonly Dim[], out: Dim): ParamSpec[] =>
  isTrue(context.bound.get('bias')) ? [weight(shape), biasOver(torchFans(shape).fanIn, out)] : [weight(shape)];

const dim = (c: LayerContext, name: string): Dim => dimOf(c.interp, c.bound.get(name), name);

// ── dense, convolutions ────────────────────────────────────────────────────────────────────────────────────────────────────

const linear = (c: LayerContext, inFeatures: Dim): LayerSpec => {
  const outFeatures = dim(c, 'out_features');
  return { op: { kind: 'dense', inFeatures, outFeatures }, params: weightAndBias(c, [outFeatures, inFeatures], outFeatures) };
};

const conv = (c: LayerContext, rank: Rank, transposed: boolean, inChannels: Dim): LayerSpec => {
  const outChannels = dim(c, 'out_channels');
  const groups = dim(c, 'groups');
  const kernel = sizesOf(c.interp, c.bound.get('kernel_size'), rank, 'kernel_size');
  const window = windowOf(c.interp, c.bound, rank, kernel);
  const shape = transposed ? [inChannels, div(outChannels, groups), ...kernel] : [outChannels, div(inChannels, groups), ...kernel];
  const op: Op = transposed
    ? {
        kind: 'convTranspose',
        inChannels,
        outChannels,
        groups,
        outputPadding: sizesOf(c.interp, c.bound.get('output_padding'), rank, 'output_padding'),
        ...window,
      }
    : { kind: 'conv', inChannels, outChannels, groups, ...window };
  const padding = c.bound.get('padding');
  return {
    op,
    params: weightAndBias(c, shape, outChannels),
    attrs: {
      kernel_size: numbers(kernel),
      stride: numbers(window.stride),
      dilation: numbers(window.dilation),
      ...(padding?.kind === 'string' ? {} : { padding: numbers(sizesOf(c.interp, padding, rank, 'padding')) }),
      transposed: { kind: 'bool', value: transposed },
    },
  };
};

const CONV_REST = "kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True, padding_mode='zeros', device=None, dtype=None";
const TRANSPOSE_REST =
  "kernel_size, stride=1, padding=0, output_padding=0, groups=1, bias=True, dilation=1, padding_mode='zeros', device=None, dtype=None";
const RANKS: readonly Rank[] = [1, 2, 3];

/** Channels of the input that a lazy layer sees; a symbol before that. */
const channelsOf = (c: LayerContext, at: number): Dim => {
  const size = c.input?.at(at);
  return size ?? dimOf(c.interp, undefined, at === 1 ? 'in_channels' : 'in_features');
};

export const CONV_BASE: ClassValue = nativeClass('torch.nn.modules.conv._ConvNd', [MODULE]);
export const BATCH_NORM_BASE: ClassValue = nativeClass('torch.nn.modules.batchnorm._BatchNorm', [MODULE]);
export const INSTANCE_NORM_BASE: ClassValue = nativeClass('torch.nn.modules.instancenorm._InstanceNorm', [MODULE]);
export const RNN_BASE: ClassValue = nativeClass('torch.nn.RNNBase', [MODULE]);
export const DROPOUT_BASE: ClassValue = nativeClass('torch.nn.modules.dropout._DropoutNd', [MODULE]);

// ── norms ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const gamma = (shape: readonly Dim[]): ParamSpec => ({ name: 'weight', role: 'gamma', shape, init: ONES, initName: 'ones_' });
const beta = (shape: readonly Dim[]): ParamSpec => ({ name: 'bias', role: 'beta', shape, init: ZEROS, initName: 'zeros_' });

const affineParams = (c: LayerContext, on: boolean, shape: readonly Dim[]): ParamSpec[] =>
  !on ? [] : isTrue(c.bound.get('bias')) ? [gamma(shape), beta(shape)] : [gamma(shape)];

const epsOf = (c: LayerContext): number => asNumber(c.bound.get('eps')) ?? 1e-5;

const batchNorm = (c: LayerContext, features: Dim): LayerSpec => ({
  op: { kind: 'batchNorm', features, eps: epsOf(c), channelAxis: 1 },
  params: affineParams(c, isTrue(c.bound.get('affine')), [features]),
  buffers: {
    running_mean: { shape: [features], value: 0 },
    running_var: { shape: [features], value: 1 },
    num_batches_tracked: { shape: [], value: 0 },
  },
});

const instanceNorm = (c: LayerContext, features: Dim): LayerSpec => ({
  op: { kind: 'instanceNorm', features, eps: epsOf(c), channelAxis: 1 },
  params: affineParams(c, isTrue(c.bound.get('affine')), [features]),
});

const layerNorm = (c: LayerContext, rms: boolean): LayerSpec => {
  const value = c.bound.get('normalized_shape');
  const sizes =
    value?.kind === 'tuple' || value?.kind === 'list' ? value.items.map((v) => dimOf(c.interp, v, 'size')) : [dim(c, 'normalized_shape')];
  const params = affineParams(c, isTrue(c.bound.get('elementwise_affine')), sizes);
  return {
    op: { kind: 'layerNorm', axes: sizes.map((_, i) => i - sizes.length), eps: epsOf(c), rms },
    params: rms ? params.slice(0, 1) : params,
    attrs: { normalized_shape: numbers(sizes) },
  };
};

// ── recurrent ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

type Cell = 'rnn' | 'lstm' | 'gru';
const GATES: Readonly<Record<Cell, number>> = { rnn: 1, lstm: 4, gru: 3 };

/** Everything recurrent is drawn from U(±1/√hidden), biases and forget bias too. */
const recurrentParams = (cell: Cell, into: Dim, units: Dim, hidden: Dim, biased: boolean, suffix: string): ParamSpec[] => {
  const rows = mul(GATES[cell], units);
  const init: Distribution = uniformOver(units);
  const initName = 'uniform_(±1/√hidden_size)';
  const make = (name: string, role: ParamSpec['role'], shape: readonly Dim[], fanIn?: Dim): ParamSpec => ({
    name: `${name}${suffix}`,
    role,
    shape,
    init,
    initName,
    ...(fanIn === undefined ? {} : { fans: { fanIn, fanOut: units } }),
  });
  const weights = [make('weight_ih', 'weight', [rows, into], into), make('weight_hh', 'recurrentWeight', [rows, hidden], hidden)];
  return biased ? [...weights, make('bias_ih', 'bias', [rows]), make('bias_hh', 'recurrentBias', [rows])] : weights;
};

const activationOf = (c: LayerContext, cell: Cell): string => {
  const given = c.bound.get('nonlinearity');
  return cell === 'rnn' && given?.kind === 'string' ? given.value : 'tanh';
};

const recurrent =
  (cell: Cell) =>
  (c: LayerContext): LayerSpec => {
    const [into, units] = [dim(c, 'input_size'), dim(c, 'hidden_size')];
    const layers = asNumber(c.bound.get('num_layers')) ?? 1;
    const both = isOn(c.bound.get('bidirectional'));
    const projection = asScalar(c.bound.get('proj_size'));
    const hidden = projection !== undefined && projection !== 0 ? projection : units;
    const directions = both ? 2 : 1;
    const params: ParamSpec[] = [];
    for (let layer = 0; layer < Math.min(layers, 64); layer++) {
      for (let direction = 0; direction < directions; direction++) {
        const suffix = `_l${layer}${direction === 1 ? '_reverse' : ''}`;
        const from = layer === 0 ? into : mul(directions, hidden);
        params.push(...recurrentParams(cell, from, units, hidden, isTrue(c.bound.get('bias')), suffix));
        if (hidden !== units)
          params.push({
            name: `weight_hr${suffix}`,
            role: 'recurrentWeight',
            shape: [hidden, units],
            init: uniformOver(units),
            initName: 'uniform_(±1/√hidden_size)',
          });
      }
    }
    const op: OpOf<'recurrent'> = {
      kind: 'recurrent',
      cell,
      inFeatures: into,
      units,
      activation: activationOf(c, cell),
      layers,
      bidirectional: both,
      returnSequence: true,
      batchFirst: isOn(c.bound.get('batch_first')),
    };
    return { op, params, result: (output, interp) => tuple([output, statesOf(interp, output, op)]) };
  };

const recurrentCell =
  (cell: Cell) =>
  (c: LayerContext): LayerSpec => {
    const [into, units] = [dim(c, 'input_size'), dim(c, 'hidden_size')];
    return {
      op: {
        kind: 'recurrent',
        cell,
        inFeatures: into,
        units,
        activation: activationOf(c, cell),
        layers: 1,
        bidirectional: false,
        returnSequence: false,
        batchFirst: true,
      },
      params: recurrentParams(cell, into, units, units, isTrue(c.bound.get('bias')), ''),
      shape: (input) => (input ? [...input.slice(0, -1), units] : null),
      result: (output) => (cell === 'lstm' ? tuple([output, output]) : output),
    };
  };

const RECURRENT = 'bias=True, batch_first=False, dropout=0.0, bidirectional=False';

// ── embeddings ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const embedding = (c: LayerContext): LayerSpec => {
  const [count, features] = [dim(c, 'num_embeddings'), dim(c, 'embedding_dim')];
  const normal: Distribution = { kind: 'normal', mean: 0, std: 1 };
  const padding = c.bound.get('padding_idx');
  const padded = padding && padding.kind !== 'none';
  const share = div(1, count);
  const init: Distribution = padded
    ? {
        kind: 'blocks',
        blocks: [
          { share: add(1, mul(-1, share)), distribution: normal },
          { share, distribution: ZEROS },
        ],
      }
    : normal;
  return {
    op: { kind: 'embedding', count, features },
    params: [{ name: 'weight', role: 'embedding', shape: [count, features], init, initName: 'normal_' }],
  };
};

// ── rows ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const plain = (name: string, signature: string, op: (c: LayerContext) => Op | undefined): LayerRow => ({
  name,
  signature,
  build: (c) => ({ op: op(c) ?? { kind: 'opaque', what: name, reason: 'arguments that are not known' }, params: [] }),
});

const activationRows: LayerRow[] = ACTIVATION_ROWS.filter((row) => row.module).map((row) =>
  plain(row.module as string, row.signature, (c) => activationOp(row, c.bound)),
);

const perRank = (make: (rank: Rank) => readonly LayerRow[]): LayerRow[] => RANKS.flatMap(make);

const poolRows = perRank((rank) => [
  plain(`MaxPool${rank}d`, 'kernel_size, stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=False', (c) => ({
    kind: 'pool',
    reduce: 'max',
    ...poolWindow(c.interp, c.bound, rank),
  })),
  plain(`AvgPool${rank}d`, 'kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None', (c) => ({
    kind: 'pool',
    reduce: 'average',
    ...poolWindow(c.interp, c.bound, rank),
  })),
  ...(['Max', 'Avg'] as const).map((kind) =>
    plain(`Adaptive${kind}Pool${rank}d`, 'output_size, return_indices=False', (c) => ({
      kind: 'globalPool',
      reduce: kind === 'Max' ? 'max' : 'average',
      output: adaptiveOutput(c.interp, c.bound.get('output_size'), rank),
      keepAxes: true,
      channelAxis: 1,
    })),
  ),
  ...['ZeroPad', 'ReflectionPad', 'ReplicationPad', 'ConstantPad', 'CircularPad'].map((kind) =>
    plain(`${kind}${rank}d`, 'padding, value=0', (c) => {
      const padding = padPairs(c.bound.get('padding'), rank);
      return padding ? { kind: 'pad', padding } : undefined;
    }),
  ),
]);

const softmaxAxis = (c: LayerContext): number => asNumber(c.bound.get('dim')) ?? 1;

const otherRows: LayerRow[] = [
  plain('Identity', '*args, **kwargs', () => ({ kind: 'identity' })),
  plain('GLU', 'dim=-1', (c) => ({ kind: 'glu', activation: 'sigmoid', axis: asNumber(c.bound.get('dim')) ?? -1 })),
  plain('Softmax', 'dim=None', (c) => ({ kind: 'softmax', axis: softmaxAxis(c), log: false })),
  plain('Softmin', 'dim=None', (c) => ({ kind: 'softmax', axis: softmaxAxis(c), log: false })),
  plain('Softmax2d', '', () => ({ kind: 'softmax', axis: 1, log: false })),
  plain('LogSoftmax', 'dim=None', (c) => ({ kind: 'softmax', axis: softmaxAxis(c), log: true })),
  ...['Dropout', 'Dropout1d', 'Dropout2d', 'Dropout3d'].map((name) => ({
    ...plain(name, 'p=0.5, inplace=False', (c) => ({ kind: 'dropout', rate: asScalar(c.bound.get('p')) ?? symbol('p'), alpha: false })),
    bases: [DROPOUT_BASE],
  })),
  ...['AlphaDropout', 'FeatureAlphaDropout'].map((name) => ({
    ...plain(name, 'p=0.5, inplace=False', (c) => ({ kind: 'dropout', rate: asScalar(c.bound.get('p')) ?? symbol('p'), alpha: true })),
    bases: [DROPOUT_BASE],
  })),
  plain('Flatten', 'start_dim=1, end_dim=-1', (c) => {
    const [startAxis, endAxis] = [asNumber(c.bound.get('start_dim')), asNumber(c.bound.get('end_dim'))];
    return startAxis === undefined || endAxis === undefined ? undefined : { kind: 'flatten', startAxis, endAxis };
  }),
  {
    ...plain('Unflatten', 'dim, unflattened_size', () => ({ kind: 'identity' })),
    build: (c) => {
      const at = asNumber(c.bound.get('dim')) ?? 1;
      const sizes = c.bound.get('unflattened_size');
      const items = sizes?.kind === 'tuple' || sizes?.kind === 'list' ? sizes.items.map((v) => dimOf(c.interp, v, 'size')) : null;
      return {
        op: { kind: 'identity' },
        params: [],
        shape: (input) => (input && items ? [...input.slice(0, at), ...items, ...input.slice(at + 1)] : null),
      };
    },
  },
  ...(['Upsample', 'UpsamplingNearest2d', 'UpsamplingBilinear2d'] as const).map((name) =>
    plain(
      name,
      name === 'Upsample' ? "size=None, scale_factor=None, mode='nearest', align_corners=None" : 'size=None, scale_factor=None',
      (c) => {
        const mode = c.bound.get('mode');
        const nearest =
          name === 'UpsamplingNearest2d' || (name === 'Upsample' && (mode?.kind !== 'string' || mode.value.startsWith('nearest')));
        const scale = c.bound.get('scale_factor');
        const factors = scale?.kind === 'tuple' || scale?.kind === 'list' ? scale.items.map(asScalar) : [asScalar(scale)];
        if (factors.some((f) => f === undefined)) return undefined;
        return { kind: 'upsample', factor: factors as Dim[], mode: nearest ? 'nearest' : 'linear', channelAxis: 1 };
      },
    ),
  ),
  ...(['PixelShuffle', 'PixelUnshuffle'] as const).map(
    (name): LayerRow => ({
      name,
      signature: 'factor',
      build: (c) => {
        const r = dim(c, 'factor');
        const area = mul(r, r);
        return {
          op: { kind: 'identity' },
          params: [],
          shape: (input) => {
            if (input?.length !== 4) return null;
            const [n, ch, h, w] = input as readonly [Dim, Dim, Dim, Dim];
            return name === 'PixelShuffle' ? [n, div(ch, area), mul(h, r), mul(w, r)] : [n, mul(ch, area), div(h, r), div(w, r)];
          },
        };
      },
    }),
  ),
  ...(['ChannelShuffle', 'LocalResponseNorm', 'CrossMapLRN2d'] as const).map(
    (name): LayerRow => ({
      name,
      signature: '*args, **kwargs',
      build: () => ({
        op: name === 'ChannelShuffle' ? { kind: 'identity' } : { kind: 'opaque', what: name, reason: 'not modelled' },
        params: [],
        shape: (input) => input,
      }),
    }),
  ),
  ...[
    'Fold',
    'Unfold',
    'LPPool1d',
    'LPPool2d',
    'LPPool3d',
    'FractionalMaxPool2d',
    'FractionalMaxPool3d',
    'CosineSimilarity',
    'PairwiseDistance',
  ].map((name) => plain(name, '*args, **kwargs', () => ({ kind: 'opaque', what: name, reason: 'not modelled' }))),
  {
    name: 'PReLU',
    signature: 'num_parameters=1, init=0.25, device=None, dtype=None',
    build: (c) => {
      const value = asScalar(c.bound.get('init')) ?? 0.25;
      return {
        op: activationNamed('prelu', { slope: value }),
        params: [
          { name: 'weight', role: 'slope', shape: [dim(c, 'num_parameters')], init: { kind: 'constant', value }, initName: 'constant_' },
        ],
      };
    },
  },
];

const base = (row: LayerRow): [string, ClassValue] => [row.name, layerClass(row)];

const LINEAR_ROW: LayerRow = {
  name: 'Linear',
  signature: 'in_features, out_features, bias=True, device=None, dtype=None',
  build: (c) => linear(c, dim(c, 'in_features')),
};
const [, LINEAR] = base(LINEAR_ROW);

const CONVS = new Map<string, ClassValue>();
for (const rank of RANKS) {
  for (const transposed of [false, true]) {
    const name = `Conv${transposed ? 'Transpose' : ''}${rank}d`;
    const rest = transposed ? TRANSPOSE_REST : CONV_REST;
    const cls = layerClass({
      name,
      signature: `in_channels, out_channels, ${rest}`,
      build: (c) => conv(c, rank, transposed, dim(c, 'in_channels')),
      bases: [CONV_BASE],
    });
    CONVS.set(name, cls);
    CONVS.set(
      `Lazy${name}`,
      layerClass({
        name: `Lazy${name}`,
        signature: `out_channels, ${rest}`,
        build: (c) => conv(c, rank, transposed, channelsOf(c, 1)),
        bases: [cls],
        lazy: true,
      }),
    );
  }
}

const normRows = (): [string, ClassValue][] => {
  const signature = 'num_features, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True, device=None, dtype=None';
  const found: [string, ClassValue][] = [];
  for (const name of ['BatchNorm1d', 'BatchNorm2d', 'BatchNorm3d', 'SyncBatchNorm']) {
    const cls = layerClass({ name, signature, build: (c) => batchNorm(c, dim(c, 'num_features')), bases: [BATCH_NORM_BASE] });
    found.push([name, cls]);
    if (name !== 'SyncBatchNorm')
      found.push(
        base({
          name: `Lazy${name}`,
          signature: signature.replace('num_features, ', ''),
          build: (c) => batchNorm(c, channelsOf(c, 1)),
          bases: [cls],
          lazy: true,
        }),
      );
  }
  for (const rank of RANKS) {
    const own = signature.replace('affine=True, track_running_stats=True', 'affine=False, track_running_stats=False');
    const cls = layerClass({
      name: `InstanceNorm${rank}d`,
      signature: own,
      build: (c) => instanceNorm(c, dim(c, 'num_features')),
      bases: [INSTANCE_NORM_BASE],
    });
    const lazy: LayerRow = {
      name: `LazyInstanceNorm${rank}d`,
      signature: own.replace('num_features, ', ''),
      build: (c) => instanceNorm(c, channelsOf(c, 1)),
      bases: [cls],
      lazy: true,
    };
    found.push([cls.name, cls], base(lazy));
  }
  found.push(
    base({
      name: 'LayerNorm',
      signature: 'normalized_shape, eps=1e-05, elementwise_affine=True, bias=True, device=None, dtype=None',
      build: (c) => layerNorm(c, false),
    }),
    base({
      name: 'RMSNorm',
      signature: 'normalized_shape, eps=None, elementwise_affine=True, device=None, dtype=None',
      build: (c) => layerNorm(c, true),
    }),
    base({
      name: 'GroupNorm',
      signature: 'num_groups, num_channels, eps=1e-05, affine=True, device=None, dtype=None',
      build: (c) => {
        const features = dim(c, 'num_channels');
        return {
          op: { kind: 'groupNorm', groups: dim(c, 'num_groups'), features, eps: epsOf(c), channelAxis: 1 },
          params: affineParams(c, isTrue(c.bound.get('affine')), [features]),
        };
      },
    }),
  );
  return found;
};

const recurrentRows: LayerRow[] = (['rnn', 'lstm', 'gru'] as const).flatMap((cell): LayerRow[] => {
  const name = cell.toUpperCase();
  const extra = cell === 'rnn' ? "nonlinearity='tanh', " : '';
  return [
    {
      name,
      signature: `input_size, hidden_size, num_layers=1, ${extra}${RECURRENT}${cell === 'lstm' ? ', proj_size=0' : ''}, device=None, dtype=None`,
      build: recurrent(cell),
      bases: [RNN_BASE],
    },
    {
      name: `${name}Cell`,
      signature: `input_size, hidden_size, bias=True${cell === 'rnn' ? ", nonlinearity='tanh'" : ''}, device=None, dtype=None`,
      build: recurrentCell(cell),
    },
  ];
});

export const LAYERS: ReadonlyMap<string, ClassValue> = new Map<string, ClassValue>([
  ['Linear', LINEAR],
  base({
    name: 'LazyLinear',
    signature: 'out_features, bias=True, device=None, dtype=None',
    build: (c) => linear(c, channelsOf(c, -1)),
    bases: [LINEAR],
    lazy: true,
  }),
  ...CONVS,
  base({
    name: 'Bilinear',
    signature: 'in1_features, in2_features, out_features, bias=True, device=None, dtype=None',
    build: (c) => {
      const [in1, in2, outFeatures] = [dim(c, 'in1_features'), dim(c, 'in2_features'), dim(c, 'out_features')];
      // Bilinear's own rule: bound = 1/√in1_features.
      const init = uniformOver(in1);
      const initName = 'uniform_(±1/√in1_features)';
      const params: ParamSpec[] = [{ name: 'weight', role: 'weight', shape: [outFeatures, in1, in2], init, initName }];
      if (isTrue(c.bound.get('bias'))) params.push({ name: 'bias', role: 'bias', shape: [outFeatures], init, initName });
      return { op: { kind: 'bilinear', in1, in2, outFeatures }, params, inputs: 2 };
    },
  }),
  base({
    name: 'Embedding',
    signature:
      'num_embeddings, embedding_dim, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False, _weight=None, _freeze=False, device=None, dtype=None',
    build: embedding,
  }),
  base({
    name: 'EmbeddingBag',
    signature: 'num_embeddings, embedding_dim, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, mode=None, sparse=False',
    build: embedding,
  }),
  ...normRows(),
  ...recurrentRows.map(base),
  ...activationRows.map(base),
  ...poolRows.map(base),
  ...otherRows.map(base),
]);

export const layer = (name: string): ClassValue => LAYERS.get(name) ?? MODULE;
