/** Layers without weights: activations, dropout, reshaping, merging, preprocessing. */
import { asNumber, asScalar, asString } from '../../../interpreter/native.ts';
import type { Value } from '../../../interpreter/values.ts';
import type { Op } from '../../../network/op.ts';
import { BATCH, type Dim, isNumber, type Scalar, symbol } from '../../../network/scalar.ts';
import { activationOfString, reluOp, softmaxOp } from '../activations.ts';
import { channelAxisOf, type LayerContext, type LayerRow, type Step, sizes, stateless, step } from './row.ts';

const identity = (name: string, signature = '*args, **kwargs'): LayerRow => stateless(name, signature, () => ({ kind: 'identity' }));

const opaque = (name: string, reason: string): LayerRow =>
  stateless(name, '*args, **kwargs', () => ({ kind: 'opaque', what: name, reason }));

// ── activations as layers ──────────────────────────────────────────────────────────────────────────────────────────────────

const slopeOf = (context: LayerContext): Op => {
  // Keras 2 calls it alpha.
  const slope = asScalar(context.args.extra.get('alpha') ?? context.args.get('negative_slope'));
  return slope === undefined
    ? { kind: 'opaque', what: 'LeakyReLU', reason: 'its slope is not known' }
    : { kind: 'activation', name: 'leakyRelu', args: { negativeSlope: slope }, channelAxis: -1 };
};

const ACTIVATION_LAYERS: readonly LayerRow[] = [
  stateless('ReLU', 'max_value=None, negative_slope=0.0, threshold=0.0, **kwargs', ({ args }) =>
    reluOp(args.get('negative_slope'), args.get('max_value'), args.get('threshold')),
  ),
  stateless('LeakyReLU', 'negative_slope=0.3, **kwargs', slopeOf),
  stateless('ELU', 'alpha=1.0, **kwargs', ({ args }) => {
    const alpha = asScalar(args.get('alpha'));
    return alpha === undefined
      ? { kind: 'opaque', what: 'ELU', reason: 'its alpha is not known' }
      : { kind: 'activation', name: 'elu', args: { alpha }, channelAxis: -1 };
  }),
  stateless('ThresholdedReLU', 'theta=1.0, **kwargs', ({ args }) => ({
    kind: 'activation',
    name: 'threshold',
    args: { threshold: asScalar(args.get('theta')) ?? 1, value: 0 },
    channelAxis: -1,
  })),
  stateless('Softmax', 'axis=-1, **kwargs', ({ args }) => softmaxOp(args, false)),
  // A function or a layer as the argument is called instead (see apply.ts).
  stateless('Activation', 'activation, **kwargs', ({ args }) => {
    const name = asString(args.get('activation'));
    return (name === undefined ? undefined : activationOfString(name)) ?? { kind: 'opaque', what: 'Activation', reason: 'it is not known' };
  }),
];

// ── dropout and noise ──────────────────────────────────────────────────────────────────────────────────────────────────────

const dropout = (name: string, alpha = false): LayerRow =>
  stateless(name, 'rate, *args, **kwargs', (context) => ({
    kind: 'dropout',
    rate: asScalar(context.args.get('rate')) ?? symbol(`${context.name}.rate`),
    alpha,
  }));

const DROPOUT_LAYERS: readonly LayerRow[] = [
  dropout('Dropout'),
  dropout('SpatialDropout1D'),
  dropout('SpatialDropout2D'),
  dropout('SpatialDropout3D'),
  dropout('AlphaDropout', true),
  dropout('GaussianDropout'),
  identity('GaussianNoise'),
  identity('ActivityRegularization'),
];

// ── reshaping ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** An unknown size in `Reshape`; at most one can be -1. */
const sizeOrInferred = (value: unknown): Dim => (value === undefined ? symbol('?') : (value as Dim));

const RESHAPE_LAYERS: readonly LayerRow[] = [
  stateless('Flatten', 'data_format=None, **kwargs', () => ({ kind: 'flatten', startAxis: 1, endAxis: -1 })),
  stateless('Reshape', 'target_shape, **kwargs', ({ args }) => {
    const target = args.get('target_shape');
    const items = target?.kind === 'tuple' || target?.kind === 'list' ? target.items : target?.kind === 'number' ? [target] : undefined;
    if (!items) return { kind: 'opaque', what: 'Reshape', reason: 'its shape is not known' };
    return { kind: 'reshape', shape: [BATCH, ...items.map((item) => sizeOrInferred(asScalar(item)))] };
  }),
  stateless('Permute', 'dims, **kwargs', (context) => {
    const dims = context.args.get('dims');
    const items = dims?.kind === 'tuple' || dims?.kind === 'list' ? dims.items.map(asScalar) : [];
    if (items.length === 0 || !items.every((d) => d !== undefined && isNumber(d)))
      return { kind: 'opaque', what: 'Permute', reason: 'its axes are not known' };
    return { kind: 'permute', axes: [0, ...(items as number[])] };
  }),
  {
    name: 'RepeatVector',
    signature: 'n, **kwargs',
    build: (context): readonly Step[] => {
      const features = context.inputs[0]?.at(-1);
      const [n = 1] = sizes(context, 'n', 1);
      const repeated: Op = { kind: 'upsample', factor: [n], mode: 'nearest', channelAxis: -1 };
      if (features === undefined) return step({ kind: 'opaque', what: 'RepeatVector', reason: 'its input is not known' });
      return [
        { op: { kind: 'reshape', shape: [BATCH, 1, features] }, weights: [], suffix: 'expand' },
        { op: repeated, weights: [] },
      ];
    },
  },
  identity('Masking'),
  identity('Identity'),
];

// ── merging ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const merge = (name: string, op: (context: LayerContext) => Op, signature = '**kwargs'): LayerRow => ({
  ...stateless(name, signature, op),
  merges: true,
});

const MERGING_LAYERS: readonly LayerRow[] = [
  merge('Add', () => ({ kind: 'add' })),
  merge('Subtract', () => ({ kind: 'sub' })),
  merge('Multiply', () => ({ kind: 'mul' })),
  merge('Average', () => ({ kind: 'average' })),
  merge('Maximum', () => ({ kind: 'maximum' })),
  merge('Minimum', () => ({ kind: 'opaque', what: 'Minimum', reason: 'the minimum is not followed' })),
  merge(
    'Concatenate',
    ({ args }) => {
      const axis = asScalar(args.get('axis'));
      return typeof axis === 'number' ? { kind: 'concat', axis } : { kind: 'opaque', what: 'Concatenate', reason: 'its axis is not known' };
    },
    'axis=-1, **kwargs',
  ),
  merge(
    'Dot',
    () => ({ kind: 'opaque', what: 'Dot', reason: 'products over chosen axes are not followed' }),
    'axes, normalize=False, **kwargs',
  ),
];

// ── preprocessing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const AUGMENTATIONS = [
  'RandomFlip',
  'RandomRotation',
  'RandomTranslation',
  'RandomZoom',
  'RandomContrast',
  'RandomBrightness',
  'RandomShear',
  'RandomHue',
  'RandomSaturation',
  'RandomSharpness',
  'RandomGrayscale',
  'RandomColorJitter',
  'RandomColorDegeneration',
  'RandomPosterization',
  'RandomInvert',
  'RandomErasing',
  'RandomGaussianBlur',
  'RandomPerspective',
  'RandomElasticTransform',
  'AutoContrast',
  'Equalization',
  'Solarization',
  'RandAugment',
  'AugMix',
  'MixUp',
  'CutMix',
  'ContrastLimitedAdaptiveHistogramEqualization',
];

const resized = (name: string): LayerRow => ({
  name,
  signature: 'height, width, *args, data_format=None, **kwargs',
  build: (context) => {
    const input = context.inputs[0];
    const [height = 1] = sizes(context, 'height', 1);
    const [width = 1] = sizes(context, 'width', 1);
    const channels = input?.at(-1) ?? symbol(`${context.name}.channels`);
    const shape = channelAxisOf(context) === -1 ? [BATCH, height, width, channels] : null;
    return [
      { op: { kind: 'globalPool', reduce: 'average', output: [height, width], keepAxes: true, channelAxis: -1 }, weights: [], shape },
    ];
  },
});

/** A number, or one that all items of a list are. */
const sameIn = (value: Value | undefined): Scalar | undefined => {
  if (value?.kind !== 'list' && value?.kind !== 'tuple') return asScalar(value);
  const [first, ...rest] = value.items.map(asScalar);
  return rest.every((other) => other === first) ? first : undefined;
};

/** One factor for one per channel: the second moment over channels that are alike is scaled by the mean of the squares. */
const meanScale = (value: Value | undefined): Scalar | undefined => {
  if (value?.kind !== 'list' && value?.kind !== 'tuple') return asScalar(value);
  const factors = value.items.map(asNumber);
  if (factors.length === 0 || !factors.every((f) => f !== undefined && f > 0)) return undefined;
  return Math.sqrt((factors as number[]).reduce((sum, f) => sum + f * f, 0) / factors.length);
};

const PREPROCESSING_LAYERS: readonly LayerRow[] = [
  stateless('Rescaling', 'scale, offset=0.0, **kwargs', ({ args }) => {
    const [factor, offset] = [meanScale(args.get('scale')), sameIn(args.get('offset'))];
    return factor === undefined || offset === undefined
      ? { kind: 'opaque', what: 'Rescaling', reason: 'its scale is not known' }
      : { kind: 'affine', factor, offset };
  }),
  // Brings the features to mean 0 and variance 1, which the engine assumes of inputs anyway.
  identity('Normalization'),
  ...AUGMENTATIONS.map((name) => identity(name)),
  resized('Resizing'),
  resized('CenterCrop'),
  resized('RandomCrop'),
  ...['CategoryEncoding', 'Discretization', 'Hashing', 'HashedCrossing', 'IntegerLookup', 'StringLookup', 'TextVectorization'].map((name) =>
    opaque(name, 'its output depends on data'),
  ),
  opaque('MaxNumBoundingBoxes', 'boxes are not followed'),
  ...['TFSMLayer', 'JaxLayer', 'FlaxLayer', 'TorchModuleWrapper', 'DenseFeatures', 'Merge', 'SReLU', 'Highway', 'MaxoutDense'].map((name) =>
    opaque(name, 'what it wraps or holds is not followed'),
  ),
  ...['MelSpectrogram', 'STFTSpectrogram'].map((name) => opaque(name, 'spectra are not followed')),
];

export const STATELESS_LAYERS: readonly LayerRow[] = [
  ...ACTIVATION_LAYERS,
  ...DROPOUT_LAYERS,
  ...RESHAPE_LAYERS,
  ...MERGING_LAYERS,
  ...PREPROCESSING_LAYERS,
];
