/** Output shapes of layers as Keras gives them, and the ops that they become. */
import { describe, expect, it } from 'vitest';
import { networkOf } from './analyse.ts';

const CASES: readonly (readonly [call: string, input: string, output: readonly (number | null)[], ops: string])[] = [
  ['Conv1D(4, 3, padding="causal")', '10, 2', [10, 4], 'conv'],
  ['Conv2D(4, (3, 5), strides=(2, 1), padding="valid")', '9, 9, 2', [4, 5, 4], 'conv'],
  ['Conv2D(4, 3, dilation_rate=2)', '9, 9, 2', [5, 5, 4], 'conv'],
  ['Conv2D(4, 3, data_format="channels_first")', '2, 9, 9', [4, 7, 7], 'conv'],
  ['Conv3D(4, 3, padding="same", strides=2)', '9, 9, 9, 2', [5, 5, 5, 4], 'conv'],
  ['Conv2DTranspose(4, 4, strides=2, padding="same")', '8, 8, 2', [16, 16, 4], 'convTranspose'],
  ['Conv2DTranspose(4, 3, strides=2)', '8, 8, 2', [17, 17, 4], 'convTranspose'],
  ['Conv1DTranspose(4, 3, strides=2, padding="same", output_padding=1)', '8, 2', [16, 4], 'convTranspose'],
  ['DepthwiseConv2D(3, depth_multiplier=2)', '8, 8, 3', [6, 6, 6], 'conv'],
  ['SeparableConv2D(5, 3, activation="relu")', '8, 8, 3', [6, 6, 5], 'conv conv activation'],
  ['Convolution2D(5, 3, 3, border_mode="same")', '8, 8, 3', [8, 8, 5], 'conv'],
  ['MaxPooling2D()', '9, 9, 3', [4, 4, 3], 'pool'],
  ['AvgPool2D(3, strides=2, padding="same")', '9, 9, 3', [5, 5, 3], 'pool'],
  ['MaxPool1D(3)', '10, 3', [3, 3], 'pool'],
  ['GlobalAveragePooling2D()', '9, 9, 3', [3], 'globalPool'],
  ['GlobalMaxPooling1D(keepdims=True)', '9, 3', [1, 3], 'globalPool'],
  ['Flatten()', '4, 5, 6', [120], 'flatten'],
  ['Reshape((6, -1))', '4, 3', [6, 2], 'reshape'],
  ['Reshape(target_shape=[12])', '4, 3', [12], 'reshape'],
  ['Permute((2, 1))', '4, 3', [3, 4], 'permute'],
  ['RepeatVector(7)', '3', [7, 3], 'reshape upsample'],
  ['ZeroPadding2D(((1, 2), (3, 4)))', '5, 5, 2', [8, 12, 2], 'pad'],
  ['ZeroPadding1D(2)', '5, 2', [9, 2], 'pad'],
  ['Cropping2D((1, 2))', '9, 9, 2', [7, 5, 2], 'pad'],
  ['UpSampling2D((2, 3), interpolation="bilinear")', '4, 4, 2', [8, 12, 2], 'upsample'],
  ['Embedding(50, 8)', '6', [6, 8], 'embedding'],
  ['LSTM(8)', '6, 3', [8], 'recurrent'],
  ['GRU(8, return_sequences=True)', '6, 3', [6, 8], 'recurrent'],
  ['Bidirectional(SimpleRNN(8), merge_mode="sum")', '6, 3', [8], 'recurrent recurrent add'],
  ['Bidirectional(LSTM(8))', '6, 3', [16], 'recurrent'],
  ['RNN([LSTMCell(4), LSTMCell(5)])', '6, 3', [5], 'recurrent recurrent'],
  ['TimeDistributed(Conv2D(4, 3))', '5, 8, 8, 3', [5, 6, 6, 4], 'reshape conv reshape'],
  ['Dense(4, activation="softmax")', '7, 3', [7, 4], 'dense softmax'],
  ['Dense(4, activation="linear")', '3', [4], 'dense'],
  ['EinsumDense("abc,cde->abde", output_shape=(None, 2, 3))', '5, 8', [5, 2, 3], 'dense reshape'],
  ['EinsumDense("abcd,cde->abe", output_shape=(None, 6))', '5, 2, 3', [5, 6], 'reshape dense'],
  ['EinsumDense("...x,xy->...y", output_shape=4)', '5, 8', [5, 4], 'dense'],
  ['BatchNormalization()', '4, 4, 3', [4, 4, 3], 'batchNorm'],
  ['LayerNormalization()', '4, 3', [4, 3], 'layerNorm'],
  ['GroupNormalization(groups=-1)', '4, 4, 6', [4, 4, 6], 'groupNorm'],
  ['PReLU(shared_axes=[1, 2])', '4, 4, 3', [4, 4, 3], 'activation'],
  ['ReLU(6.0)', '3', [3], 'activation'],
  ['Activation("gelu")', '3', [3], 'activation'],
  ['Softmax()', '3', [3], 'softmax'],
  ['SpatialDropout2D(0.1)', '4, 4, 3', [4, 4, 3], 'dropout'],
  ['GaussianNoise(0.1)', '3', [3], 'identity'],
  ['Rescaling(1.0 / 255, offset=-1)', '3', [3], 'affine'],
  ['Rescaling([2.0, 2.2, 2.1])', '4, 4, 3', [4, 4, 3], 'affine'],
  ['Lambda(lambda t: tf.einsum("bij->bji", t))', '5, 3', [3, 5], 'opaque'],
  ['Lambda(lambda t: tf.split(t, [1, 3], axis=-1)[1])', '5, 4', [5, 3], 'slice'],
  ['Lambda(lambda t: tf.unstack(t, axis=1)[0])', '5, 3', [3], 'slice'],
  ['Lambda(lambda t: tf.tile(t, [1, 2, 1]))', '5, 3', [10, 3], 'identity'],
  ['Lambda(lambda t: tf.pad(t, [[0, 0], [1, 2], [0, 0]]))', '5, 3', [8, 3], 'pad'],
  ['Lambda(lambda t: tf.reduce_max(t, axis=[1, 2]))', '5, 4, 3', [3], 'reduce'],
  ['Lambda(lambda t: tf.argmax(t, axis=-1))', '5, 3', [5], 'opaque'],
  ['Lambda(lambda t: tf.image.resize(t, (8, 8)))', '4, 4, 3', [8, 8, 3], 'upsample'],
  ['Lambda(lambda t: tf.nn.depth_to_space(t, 2))', '4, 4, 12', [8, 8, 3], 'reshape'],
  ['Lambda(lambda t: keras.ops.swapaxes(t, 1, 2))', '5, 3', [3, 5], 'permute'],
  ['RandomFlip("horizontal")', '4, 4, 3', [4, 4, 3], 'identity'],
  ['Lambda(lambda t: tf.nn.relu(t) * 2)', '3', [3], 'activation affine'],
  ['Lambda(lambda t: t[:, -1, :])', '5, 3', [3], 'slice'],
  ['Lambda(lambda t: tf.reduce_mean(t, axis=1))', '5, 3', [3], 'reduce'],
  ['Lambda(lambda t: tf.concat([t, t], axis=-1))', '5, 3', [5, 6], 'concat'],
  ['Lambda(lambda t: tf.transpose(t, [0, 2, 1]))', '5, 3', [3, 5], 'permute'],
  ['Lambda(lambda t: tf.expand_dims(t, -1))', '5, 3', [5, 3, 1], 'reshape'],
  ['Lambda(lambda t: tf.reshape(t, (-1, t.shape[1] * t.shape[2])))', '5, 3', [15], 'reshape'],
  ['Lambda(lambda t: tf.split(t, 2, axis=-1)[0])', '5, 4', [5, 2], 'slice'],
  ['Lambda(lambda t: tf.maximum(0.0, t))', '3', [3], 'activation'],
];

describe('layers over an input of known shape', () => {
  for (const [call, input, output, ops] of CASES) {
    it(`${call} over (${input})`, () => {
      const network = networkOf(`
import keras
import tensorflow as tf
from tensorflow.keras.layers import *
model = tf.keras.Sequential([Input((${input}${input.includes(',') ? '' : ','})), ${call}])
`);
      const nodes = network.nodes.slice(1);
      expect(nodes.map((n) => n.op.kind).join(' ')).toBe(ops);
      expect(nodes.at(-1)?.shape?.slice(1)).toEqual(output);
      expect(network.complete).toBe(true);
    });
  }
});

describe('activations by name', () => {
  const ROWS: readonly (readonly [string, string, Readonly<Record<string, number>>])[] = [
    ['"relu"', 'relu', {}],
    ['"swish"', 'silu', {}],
    ['"leaky_relu"', 'leakyRelu', { negativeSlope: 0.2 }],
    ['"gelu"', 'gelu', {}],
    ['tf.nn.gelu', 'gelu', {}],
    ['lambda x: tf.nn.gelu(x, approximate=True)', 'geluTanh', {}],
    ['"hard_sigmoid"', 'hardSigmoid', {}],
    ['tf.keras.layers.LeakyReLU()', 'leakyRelu', { negativeSlope: 0.3 }],
    ['tf.keras.layers.LeakyReLU(alpha=0.1)', 'leakyRelu', { negativeSlope: 0.1 }],
    ['tf.keras.layers.ELU(alpha=0.5)', 'elu', { alpha: 0.5 }],
    ['tf.keras.layers.ReLU(max_value=6)', 'relu6', {}],
    ['tf.keras.layers.ReLU(negative_slope=0.1, max_value=4)', 'clippedRelu', { negativeSlope: 0.1, maxValue: 4, threshold: 0 }],
    ['tf.keras.layers.PReLU()', 'prelu', { slope: 0 }],
    ['tf.keras.activations.get("selu")', 'selu', {}],
    ['own', 'tanh', {}],
  ];
  for (const [written, name, args] of ROWS) {
    it(written, () => {
      const network = networkOf(`
import tensorflow as tf
def own(x):
    return tf.keras.backend.tanh(x)
model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(2, activation=${written})])
`);
      expect(network.nodes.at(-1)?.op).toMatchObject({ kind: 'activation', name });
      const { op } = network.nodes.at(-1) ?? {};
      expect(op?.kind === 'activation' && op.args).toEqual(args);
    });
  }
});
