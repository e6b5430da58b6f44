/** Fully connected layers, embeddings, and parameters that are added or multiplied. */
import { asNumber } from '../../../interpreter/native.ts';
import { BATCH, product, type Shape, symbol } from '../../../network/scalar.ts';
import { input, inputSize, type LayerContext, type LayerRow, type Step, size, step, weight } from './row.ts';

const SIGNATURE = "W='GlorotUniform()', b='Constant(0.)', nonlinearity='rectify'";

/** How many axes stay as they are; all that follow are flattened into one. */
const leadingAxes = (context: LayerContext): number => {
  const given = asNumber(context.args.get('num_leading_axes')) ?? 1;
  const rank = input(context)?.length ?? 2;
  return given < 0 ? Math.max(1, rank + given) : given;
};

const dense: LayerRow = {
  name: 'DenseLayer',
  applies: 'nonlinearity',
  signature: `incoming, num_units, ${SIGNATURE}, num_leading_axes=1, **kwargs`,
  build: (context) => {
    const shape = input(context);
    const leading = leadingAxes(context);
    const flattens = shape !== null && shape.length > leading + 1;
    const inFeatures = shape && shape.length > leading ? product(shape.slice(leading)) : symbol(`${context.name}.inputs`);
    const units = size(context, 'num_units');
    const main: Step = {
      op: { kind: 'dense', inFeatures, outFeatures: units },
      weights: [...weight(context, 'W', 'weight', [inFeatures, units]), ...weight(context, 'b', 'bias', [units])],
    };
    return flattens ? [{ op: { kind: 'flatten', startAxis: leading, endAxis: -1 }, weights: [], suffix: 'flatten' }, main] : [main];
  },
};

/** A dense layer over the channels at every position: the channel axis goes to the end and back. */
const nin: LayerRow = {
  name: 'NINLayer',
  signature: `incoming, num_units, untie_biases=False, ${SIGNATURE}, **kwargs`,
  aliases: ['NIN_c01bLayer'],
  applies: 'nonlinearity',
  build: (context) => {
    const shape = input(context);
    const rank = shape?.length ?? 4;
    const channels = inputSize(context, 1);
    const units = size(context, 'num_units');
    const positions = context.args.get('untie_biases')?.kind === 'bool' && shape ? untied(context, shape) : [];
    const main: Step = {
      op: { kind: 'dense', inFeatures: channels, outFeatures: units },
      weights: [...weight(context, 'W', 'weight', [channels, units]), ...weight(context, 'b', 'bias', [units, ...positions])],
    };
    if (rank <= 2) return [main];
    const last = Array.from({ length: rank }, (_, i) => (i === 0 ? 0 : i === rank - 1 ? 1 : i + 1));
    const back = Array.from({ length: rank }, (_, i) => (i === 0 ? 0 : i === 1 ? rank - 1 : i - 1));
    return [
      { op: { kind: 'permute', axes: last }, weights: [], suffix: 'channels_last' },
      main,
      { op: { kind: 'permute', axes: back }, weights: [], suffix: 'channels_first' },
    ];
  },
};

const untied = (context: LayerContext, shape: Shape): Shape => {
  const value = context.args.get('untie_biases');
  return value?.kind === 'bool' && value.value ? shape.slice(2) : [];
};

const embedding: LayerRow = {
  name: 'EmbeddingLayer',
  signature: "incoming, input_size, output_size, W='Normal()', **kwargs",
  build: (context) => {
    const count = size(context, 'input_size');
    const features = size(context, 'output_size');
    return step({ kind: 'embedding', count, features }, weight(context, 'W', 'embedding', [count, features]));
  },
};

/** Axes that a parameter does not share: all but batch and positions by default. */
const ownShape = (context: LayerContext): Shape => {
  const shape = input(context) ?? [BATCH, symbol(`${context.name}.inputs`)];
  const shared = context.args.get('shared_axes');
  const items = shared?.kind === 'tuple' || shared?.kind === 'list' ? shared.items : shared?.kind === 'number' ? [shared] : null;
  if (shared?.kind === 'string' && shared.value === 'all') return [];
  if (!items) return shape.slice(1, 2);
  const axes = new Set(items.map((item) => asNumber(item)).map((a) => (a !== undefined && a < 0 ? a + shape.length : a)));
  return shape.filter((_, i) => !axes.has(i));
};

const bias: LayerRow = {
  name: 'BiasLayer',
  signature: "incoming, b='Constant(0)', shared_axes='auto', **kwargs",
  build: (context) => {
    const weights = weight(context, 'b', 'bias', ownShape(context));
    return step(weights.length > 0 ? { kind: 'shift' } : { kind: 'identity' }, weights);
  },
};

const scale: LayerRow = {
  name: 'ScaleLayer',
  signature: "incoming, scales='Constant(1)', shared_axes='auto', **kwargs",
  build: (context) => step({ kind: 'scale' }, weight(context, 'scales', 'gamma', ownShape(context))),
};

const parametricRectifier: LayerRow = {
  name: 'ParametricRectifierLayer',
  signature: "incoming, alpha='Constant(0.25)', shared_axes='auto', **kwargs",
  build: (context) =>
    step({ kind: 'activation', name: 'prelu', args: {}, channelAxis: 1 }, weight(context, 'alpha', 'slope', ownShape(context))),
};

export const DENSE_LAYERS: readonly LayerRow[] = [dense, nin, embedding, bias, scale, parametricRectifier];
