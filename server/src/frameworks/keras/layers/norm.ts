/** Normalisation layers and PReLU. */
import type { Dim, Shape } from '../../../network/scalar.ts';
import { symbol } from '../../../network/scalar.ts';
import { flag, inputFeatures, kernel, type LayerContext, type LayerRow, number, size, step, type Weight } from './row.ts';

const gamma = (shape: Shape): Weight => kernel(shape, { name: 'gamma', role: 'gamma', argument: 'gamma_initializer', fallback: 'ones' });
const beta = (shape: Shape): Weight => kernel(shape, { name: 'beta', role: 'beta', argument: 'beta_initializer', fallback: 'zeros' });

const scaleAndCenter = (context: LayerContext, shape: Shape): readonly Weight[] => [
  ...(flag(context, 'scale', true) ? [gamma(shape)] : []),
  ...(flag(context, 'center', true) ? [beta(shape)] : []),
];

/** `axis=` as a list; Keras takes one or several. */
const axesOf = (context: LayerContext): readonly number[] => {
  const axis = context.args.get('axis');
  const items = axis?.kind === 'list' || axis?.kind === 'tuple' ? axis.items : axis ? [axis] : [];
  const axes = items.flatMap((item) => (item.kind === 'number' && typeof item.value === 'number' ? [item.value] : []));
  return axes.length > 0 ? axes : [-1];
};

const isFirstAxis = (context: LayerContext): boolean => axesOf(context)[0] === 1 && (context.inputs[0]?.length ?? 4) > 2;

const batchNorm: LayerRow = {
  name: 'BatchNormalization',
  aliases: ['BatchNormalizationV1', 'BatchNormalizationV2', 'SyncBatchNormalization'],
  signature:
    "axis=-1, momentum=0.99, epsilon=0.001, center=True, scale=True, beta_initializer='zeros', gamma_initializer='ones', moving_mean_initializer='zeros', moving_variance_initializer='ones', **kwargs",
  build: (context) => {
    const first = isFirstAxis(context);
    const features = inputFeatures(context, first ? 1 : -1);
    const statistics = (name: string, fallback: string): Weight =>
      kernel([features], { name, role: 'other', argument: `${name}_initializer`, fallback, trainable: false });
    return step({ kind: 'batchNorm', features, eps: number(context, 'epsilon', 1e-3), channelAxis: first ? 1 : -1 }, [
      ...scaleAndCenter(context, [features]),
      statistics('moving_mean', 'zeros'),
      statistics('moving_variance', 'ones'),
    ]);
  },
};

const layerNorm: LayerRow = {
  name: 'LayerNormalization',
  signature:
    "axis=-1, epsilon=0.001, center=True, scale=True, beta_initializer='zeros', gamma_initializer='ones', rms_scaling=False, **kwargs",
  build: (context) => {
    const axes = axesOf(context);
    const shape = axes.map((axis) => inputFeatures(context, axis));
    return step(
      { kind: 'layerNorm', axes, eps: number(context, 'epsilon', 1e-3), rms: flag(context, 'rms_scaling', false) },
      scaleAndCenter(context, shape),
    );
  },
};

const groupNorm: LayerRow = {
  name: 'GroupNormalization',
  signature: "groups=32, axis=-1, epsilon=0.001, center=True, scale=True, beta_initializer='zeros', gamma_initializer='ones', **kwargs",
  build: (context) => {
    const first = isFirstAxis(context);
    const features = inputFeatures(context, first ? 1 : -1);
    const given = size(context, 'groups');
    const groups: Dim = given === -1 ? features : given;
    return step(
      { kind: 'groupNorm', groups, features, eps: number(context, 'epsilon', 1e-3), channelAxis: first ? 1 : -1 },
      scaleAndCenter(context, [features]),
    );
  },
};

const rmsNorm: LayerRow = {
  name: 'RMSNormalization',
  signature: 'axis=-1, epsilon=1e-06, **kwargs',
  build: (context) => {
    const axes = axesOf(context);
    return step({ kind: 'layerNorm', axes, eps: number(context, 'epsilon', 1e-6), rms: true }, [
      kernel(
        axes.map((axis) => inputFeatures(context, axis)),
        { name: 'scale', role: 'gamma', argument: null, fallback: 'ones' },
      ),
    ]);
  },
};

const unitNorm: LayerRow = {
  name: 'UnitNormalization',
  signature: 'axis=-1, **kwargs',
  build: () => step({ kind: 'opaque', what: 'UnitNormalization', reason: 'the length of a sample is not followed' }),
};

const prelu: LayerRow = {
  name: 'PReLU',
  signature: "alpha_initializer='Zeros', alpha_regularizer=None, alpha_constraint=None, shared_axes=None, **kwargs",
  build: (context) => {
    const input = context.inputs[0];
    const shared = context.args.get('shared_axes');
    const items = shared?.kind === 'list' || shared?.kind === 'tuple' ? shared.items : shared ? [shared] : [];
    const ones = items.flatMap((item) => (item.kind === 'number' && typeof item.value === 'number' ? [item.value] : []));
    const shape: Shape = input
      ? input.slice(1).map((n, i) => (ones.includes(i + 1) || ones.includes(i + 1 - input.length) ? 1 : n))
      : [symbol(`${context.name}.inputs`)];
    return step({ kind: 'activation', name: 'prelu', args: { negativeSlope: 0 }, channelAxis: -1 }, [
      kernel(shape, { name: 'alpha', role: 'slope', argument: 'alpha_initializer', fallback: 'zeros' }),
    ]);
  },
};

export const NORM_LAYERS: readonly LayerRow[] = [batchNorm, layerNorm, groupNorm, rmsNorm, unitNorm, prelu];
