/** Normalisation layers and PReLU. */
import { asScalar } from '../../../interpreter/native.ts';
import { args, float } from '../../../interpreter/values.ts';
import { type Dim, div, type Shape, symbol } from '../../../network/scalar.ts';
import {
  bias,
  flag,
  given,
  initial,
  inputFeatures,
  type LayerContext,
  type LayerRow,
  listOf,
  number,
  ONE,
  scale,
  size,
  step,
  type Weight,
  ZERO,
} from './row.ts';

const TAIL = 'dtype=None, param_dtype=None, use_bias=True, use_scale=True, bias_init=None, scale_init=None, **kwargs';

/** linen sees the features, nnx is told. */
const featuresOf = (context: LayerContext): Dim => inputFeatures(context, 'num_features');

const scaleAndBias = (context: LayerContext, shape: Shape): readonly Weight[] => [
  ...(flag(context, 'use_scale', true) ? [scale(shape)] : []),
  ...(flag(context, 'use_bias', true) ? [bias(shape, { role: 'beta' })] : []),
];

/** Axes of `reduction_axes` and `feature_axes`; the last one by default. */
const axesOf = (context: LayerContext, argument: string): readonly number[] => {
  const axes = listOf(context.args.get(argument));
  return axes?.every((a) => typeof a === 'number') ? (axes as number[]) : [-1];
};

const featureShape = (context: LayerContext): Shape => {
  const input = context.inputs[0];
  const axes = axesOf(context, 'feature_axes');
  if (axes.length === 1 && axes[0] === -1) return [featuresOf(context)];
  return axes.map((a): Dim => input?.at(a) ?? symbol(`${context.name}.inputs`));
};

const batchNorm: LayerRow = {
  name: 'BatchNorm',
  linen:
    'use_running_average=None, axis=-1, momentum=0.99, epsilon=1e-05, dtype=None, param_dtype=None, use_bias=True, use_scale=True, bias_init=None, scale_init=None, **kwargs',
  nnx: 'num_features, *, use_running_average=False, axis=-1, momentum=0.99, epsilon=1e-05, use_bias=True, use_scale=True, bias_init=None, scale_init=None, **kwargs',
  build: (context) => {
    const features = featuresOf(context);
    const statistics = (name: string, fallback: Weight['fallback']): Weight => ({
      name,
      role: 'other',
      shape: [features],
      argument: null,
      fallback,
      trainable: false,
    });
    return step({ kind: 'batchNorm', features, eps: number(context, 'epsilon', 1e-5), channelAxis: -1 }, [
      ...scaleAndBias(context, [features]),
      statistics('mean', ZERO),
      statistics('var', ONE),
    ]);
  },
};

const layerNorm = (name: string, rms: boolean): LayerRow => {
  const middle = rms ? 'use_scale=True, scale_init=None' : 'use_bias=True, use_scale=True, bias_init=None, scale_init=None';
  return {
    name,
    linen: `epsilon=1e-06, dtype=None, param_dtype=None, ${middle}, reduction_axes=-1, feature_axes=-1, **kwargs`,
    nnx: `num_features, *, epsilon=1e-06, ${middle}, reduction_axes=-1, feature_axes=-1, **kwargs`,
    build: (context) => {
      const shape = featureShape(context);
      return step(
        { kind: 'layerNorm', axes: axesOf(context, 'reduction_axes'), eps: number(context, 'epsilon', 1e-6), rms },
        rms ? (flag(context, 'use_scale', true) ? [scale(shape)] : []) : scaleAndBias(context, shape),
      );
    },
  };
};

const groupNorm: LayerRow = {
  name: 'GroupNorm',
  linen: `num_groups=32, group_size=None, epsilon=1e-06, ${TAIL}`,
  nnx: 'num_features, num_groups=32, group_size=None, *, epsilon=1e-06, use_bias=True, use_scale=True, bias_init=None, scale_init=None, **kwargs',
  build: (context) => {
    const features = featuresOf(context);
    const groups = given(context, 'group_size') ? div(features, size(context, 'group_size')) : size(context, 'num_groups');
    return step(
      { kind: 'groupNorm', groups, features, eps: number(context, 'epsilon', 1e-6), channelAxis: -1 },
      scaleAndBias(context, [features]),
    );
  },
};

const instanceNorm: LayerRow = {
  name: 'InstanceNorm',
  linen: `epsilon=1e-06, ${TAIL}`,
  nnx: 'num_features, *, epsilon=1e-06, use_bias=True, use_scale=True, bias_init=None, scale_init=None, **kwargs',
  build: (context) => {
    const features = featuresOf(context);
    return step(
      { kind: 'instanceNorm', features, eps: number(context, 'epsilon', 1e-6), channelAxis: -1 },
      scaleAndBias(context, [features]),
    );
  },
};

const prelu: LayerRow = {
  name: 'PReLU',
  linen: 'param_dtype=None, negative_slope_init=0.01, **kwargs',
  nnx: 'negative_slope_init=0.01, **kwargs',
  build: (context) => {
    const slope = asScalar(context.args.get('negative_slope_init')) ?? symbol(`${context.name}.negative_slope`);
    return step({ kind: 'activation', name: 'prelu', args: { slope }, channelAxis: -1 }, [
      {
        name: 'negative_slope',
        role: 'slope',
        shape: [],
        argument: null,
        fallback: initial('constant', args([float(slope)])),
      },
    ]);
  },
};

export const NORM_LAYERS: readonly LayerRow[] = [
  batchNorm,
  layerNorm('LayerNorm', false),
  layerNorm('RMSNorm', true),
  groupNorm,
  instanceNorm,
  prelu,
];
