/**
 * Every layer of `tf.layers` by name: one row each, made of the row that Keras has for the same layer. What differs are the defaults
 * (glorotNormal for kernels), the names of weights, and what golden/defaults.json says of TensorFlow.js.
 */

import type { LayerRow, Step, Weight } from '../keras/layers/row.ts';
import { LAYERS } from '../keras/layers.ts';

/** Keras's fallbacks as TensorFlow.js spells them. */
const FALLBACKS: Readonly<Record<string, string>> = { glorot_uniform: 'glorotNormal', uniform: 'randomUniform' };

interface Changes {
  /** Defaults of arguments, where they differ. */
  readonly defaults?: Readonly<Record<string, string>>;
  readonly weight?: (weight: Weight) => Weight;
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

const kerasRow = (name: string): LayerRow => {
  const row = LAYERS.find((one) => one.name === name);
  if (!row) throw new Error(`Keras has no layer ${name}`);
  return row;
};

const spelled = (text: string): string => text.replaceAll(/'(glorot_uniform|uniform)'/g, (_, name: string) => `'${FALLBACKS[name]}'`);

const withDefaults = (signature: string, defaults: Readonly<Record<string, string>>): string =>
  Object.entries(defaults).reduce(
    (text, [name, value]) => text.replace(new RegExp(`\\b${name}=[^,]+`), `${name}=${value}`),
    spelled(signature),
  );

const translated = (weight: Weight): Weight => ({
  ...weight,
  name: lastPart(weight.name),
  fallback: FALLBACKS[weight.fallback] ?? weight.fallback,
});

const row = (name: string, { defaults = {}, weight: change = (w) => w }: Changes = {}): LayerRow => {
  const base = kerasRow(name);
  return {
    ...base,
    aliases: [],
    signature: withDefaults(base.signature, defaults),
    build: (context) => base.build(context).map((step): Step => ({ ...step, weights: step.weights.map((w) => change(translated(w))) })),
  };
};

const depthwise = (weight: Weight): Weight => (weight.name === 'kernel' ? { ...weight, name: 'depthwise_kernel' } : weight);

/** Both kernels ask for `depthwiseInitializer`: `pointwiseInitializer` is never looked at (tfjs-layers 4.22). */
const separable = (weight: Weight): Weight =>
  weight.role === 'weight' ? { ...weight, argument: 'depthwise_initializer', fallback: 'glorotUniform' } : weight;

const CELL = { unit_forget_bias: 'False', reset_after: 'False', recurrent_activation: "'hard_sigmoid'" };

/** Function name under `tf.layers` → row. */
const TABLE: readonly (readonly [names: string, row: LayerRow])[] = [
  ['dense', row('Dense')],
  ['embedding', row('Embedding')],
  ['conv1d', row('Conv1D')],
  ['conv2d', row('Conv2D')],
  ['conv3d', row('Conv3D')],
  ['conv2dTranspose', row('Conv2DTranspose')],
  ['conv3dTranspose', row('Conv3DTranspose')],
  ['depthwiseConv2d', row('DepthwiseConv2D', { weight: depthwise })],
  ['separableConv2d', row('SeparableConv2D', { weight: separable })],
  ['simpleRNN', row('SimpleRNN')],
  ['lstm', row('LSTM', { defaults: CELL })],
  ['gru', row('GRU', { defaults: CELL })],
  ['simpleRNNCell', row('SimpleRNNCell')],
  ['lstmCell', row('LSTMCell', { defaults: CELL })],
  ['gruCell', row('GRUCell', { defaults: CELL })],
  ['batchNormalization', row('BatchNormalization')],
  ['layerNormalization', row('LayerNormalization')],
  ['elu', row('ELU')],
  ['reLU', row('ReLU')],
  ['leakyReLU', row('LeakyReLU')],
  ['prelu', row('PReLU')],
  ['softmax', row('Softmax')],
  ['thresholdedReLU', row('ThresholdedReLU')],
  ['activation', row('Activation')],
  ['dropout', row('Dropout')],
  ['spatialDropout1d', row('SpatialDropout1D')],
  ['alphaDropout', row('AlphaDropout')],
  ['gaussianDropout', row('GaussianDropout')],
  ['gaussianNoise', row('GaussianNoise')],
  ['flatten', row('Flatten')],
  ['reshape', row('Reshape')],
  ['permute', row('Permute')],
  ['repeatVector', row('RepeatVector')],
  ['masking', row('Masking')],
  ['add', row('Add')],
  ['average', row('Average')],
  ['concatenate', row('Concatenate')],
  ['maximum', row('Maximum')],
  ['minimum', row('Minimum')],
  ['multiply', row('Multiply')],
  ['dot', row('Dot')],
  ['zeroPadding2d', row('ZeroPadding2D')],
  ['cropping2D', row('Cropping2D')],
  ['upSampling2d', row('UpSampling2D')],
  ['rescaling', row('Rescaling')],
  ['resizing', row('Resizing')],
  ['centerCrop', row('CenterCrop')],
  ['categoryEncoding', row('CategoryEncoding')],
  ['averagePooling1d avgPool1d avgPooling1d', row('AveragePooling1D')],
  ['averagePooling2d avgPool2d avgPooling2d', row('AveragePooling2D')],
  ['averagePooling3d avgPool3d avgPooling3d', row('AveragePooling3D')],
  ['maxPooling1d maxPool1d', row('MaxPooling1D')],
  ['maxPooling2d maxPool2d', row('MaxPooling2D')],
  ['maxPooling3d', row('MaxPooling3D')],
  ['globalAveragePooling1d', row('GlobalAveragePooling1D')],
  ['globalAveragePooling2d', row('GlobalAveragePooling2D')],
  ['globalMaxPooling1d globalMaxPool1d', row('GlobalMaxPooling1D')],
  ['globalMaxPooling2d globalMaxPool2d', row('GlobalMaxPooling2D')],
];

/** Rows by the names of their functions. */
export const LAYER_ROWS: ReadonlyMap<string, LayerRow> = new Map(
  TABLE.flatMap(([names, one]) => names.split(' ').map((name) => [name, one] as const)),
);

/** Rows by the names of their classes, as saved topologies have them. */
export const ROWS_BY_CLASS: ReadonlyMap<string, LayerRow> = new Map(TABLE.map(([, one]) => [one.name, one]));
