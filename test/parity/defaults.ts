/** Layers without initializers, 20 → 64 features, 5×5 kernels 3 → 8, cells 12 → 24, and the std that each is drawn with (THEORY §6). */

export interface DefaultDraws {
  readonly framework: string;
  readonly file: string;
  readonly text: string;
  /** Path of a parameter, and its standard deviation. */
  readonly draws: readonly (readonly [path: string, std: number])[];
}

const { sqrt } = Math;

/** What is left of the std of a normal that is cut at two of them. */
const TRUNCATED = 0.87962566;

export const DEFAULTS: readonly DefaultDraws[] = [
  {
    framework: 'torch: a third of the variance over the inputs, biases too; recurrent layers by their width; N(0, 1) embeddings',
    file: 'model.py',
    text: `from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 5)
        self.lstm = nn.LSTM(12, 24)
        self.embedding = nn.Embedding(100, 12)
        self.dense = nn.Linear(20, 64)

    def forward(self, x, image, words):
        return self.dense(x), self.conv(image), self.lstm(self.embedding(words))[0]
`,
    draws: [
      ['dense.weight', 1 / sqrt(3 * 20)],
      ['dense.bias', 1 / sqrt(3 * 20)],
      ['conv.weight', 1 / sqrt(3 * 3 * 25)],
      ['lstm.weight_ih_l0', 1 / sqrt(3 * 24)],
      ['lstm.weight_hh_l0', 1 / sqrt(3 * 24)],
      ['lstm.bias_ih_l0', 1 / sqrt(3 * 24)],
      ['embedding.weight', 1],
    ],
  },
  {
    framework: 'Keras: Glorot, fused gates, orthogonal recurrences over all gates, U(±0.05) embeddings',
    file: 'model.py',
    text: `import keras
from keras import layers

x = keras.Input((20,))
image = keras.Input((8, 8, 3))
words = keras.Input((7,), dtype="int32")
model = keras.Model([x, image, words], [
    layers.Dense(64)(x),
    layers.Conv2D(8, 5)(image),
    layers.LSTM(24)(layers.Embedding(100, 12)(words)),
])
`,
    draws: [
      ['dense/kernel', sqrt(2 / (20 + 64))],
      ['dense/bias', 0],
      ['conv2d/kernel', sqrt(2 / ((3 + 8) * 25))],
      ['lstm/lstm_cell/kernel', sqrt(2 / (12 + 4 * 24))],
      ['lstm/lstm_cell/recurrent_kernel', 1 / sqrt(4 * 24)],
      ['embedding/embeddings', 0.05 / sqrt(3)],
    ],
  },
  {
    framework: 'Lasagne: Glorot, N(0, 0.1) gates, U(±0.01) recurrences, N(0, 0.01) embeddings',
    file: 'model.py',
    text: `from lasagne.layers import *

x = DenseLayer(InputLayer((None, 20)), 64)
image = Conv2DLayer(InputLayer((None, 3, 8, 8)), 8, 5)
words = EmbeddingLayer(InputLayer((None, 7)), 100, 12)
network = ConcatLayer([x, FlattenLayer(image), LSTMLayer(words, 24, only_return_final=True), FlattenLayer(RecurrentLayer(words, 24))])
`,
    draws: [
      ['dense.W', sqrt(2 / (20 + 64))],
      ['dense.b', 0],
      ['conv2d.W', sqrt(2 / ((3 + 8) * 25))],
      ['lstm.W_in_to_ingate', 0.1],
      ['lstm.W_hid_to_forgetgate', 0.1],
      ['recurrent.input_to_hidden.W', 0.01 / sqrt(3)],
      ['embedding.W', 0.01],
    ],
  },
  {
    framework: 'Flax: LeCun with its tails made good, embeddings by their features',
    file: 'model.py',
    text: `from flax import nnx


class Net(nnx.Module):
    def __init__(self, rngs: nnx.Rngs):
        self.dense = nnx.Linear(20, 64, rngs=rngs)
        self.conv = nnx.Conv(3, 8, (5, 5), rngs=rngs)
        self.embedding = nnx.Embed(100, 12, rngs=rngs)

    def __call__(self, x, image, words):
        return self.dense(x), self.conv(image), self.embedding(words)
`,
    draws: [
      ['dense/kernel', 1 / sqrt(20)],
      ['dense/bias', 0],
      ['conv/kernel', 1 / sqrt(3 * 25)],
      ['embedding/embedding', 1 / sqrt(12)],
    ],
  },
  {
    framework: 'TensorFlow.js: Glorot normal whose tails are not made good, recurrent kernels orthogonal over all gates',
    file: 'model.js',
    text: `import * as tf from '@tensorflow/tfjs';

const x = tf.input({ shape: [20] });
const image = tf.input({ shape: [8, 8, 3] });
const words = tf.input({ shape: [7] });
const model = tf.model({
  inputs: [x, image, words],
  outputs: [
    tf.layers.dense({ units: 64 }).apply(x),
    tf.layers.conv2d({ filters: 8, kernelSize: 5 }).apply(image),
    tf.layers.lstm({ units: 24 }).apply(tf.layers.embedding({ inputDim: 100, outputDim: 12 }).apply(words)),
  ],
});
`,
    draws: [
      ['dense_Dense1/kernel', TRUNCATED * sqrt(2 / (20 + 64))],
      ['dense_Dense1/bias', 0],
      ['conv2d_Conv2D1/kernel', TRUNCATED * sqrt(2 / ((3 + 8) * 25))],
      ['lstm_LSTM1/kernel', TRUNCATED * sqrt(2 / (12 + 4 * 24))],
      ['lstm_LSTM1/recurrent_kernel', 1 / sqrt(4 * 24)],
      ['embedding_Embedding1/embeddings', 0.05 / sqrt(3)],
    ],
  },
];
