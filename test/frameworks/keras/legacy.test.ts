/** Calls of Keras 1 against the same layers as Keras 3 spells them. */
import { describe, expect, it } from 'vitest';
import { analyse, applyFix, described, networkOf } from './analyse.ts';

const program = (layers: readonly string[]): string => `
from keras.layers import *
from keras.models import Sequential
from keras.regularizers import l2
model = Sequential([Input((12, 12, 3))${layers.map((layer) => `, ${layer}`).join('')}])
`;

const ROWS: readonly (readonly [old: string, modern: string])[] = [
  ['Dense(output_dim=8, init="he_normal", W_regularizer=l2(0.1))', 'Dense(8, kernel_initializer="he_normal")'],
  ['Dense(8, "uniform", "relu", bias=False)', 'Dense(8, activation="relu", use_bias=False, kernel_initializer="uniform")'],
  ['Convolution2D(8, 3, 5)', 'Conv2D(8, (3, 5))'],
  ['Convolution2D(8, 3, 3, border_mode="same", subsample=(2, 2))', 'Conv2D(8, 3, padding="same", strides=2)'],
  ['Convolution2D(nb_filter=8, nb_row=1, nb_col=3, init="he_uniform")', 'Conv2D(8, (1, 3), kernel_initializer="he_uniform")'],
  ['Convolution2D(8, 3, 3, "orthogonal", "tanh")', 'Conv2D(8, 3, activation="tanh", kernel_initializer="orthogonal")'],
  ['Conv2D(8, 3, 3, border_mode="same")', 'Conv2D(8, (3, 3), padding="same")'],
  ['Conv2D(8, 3, 3)', 'Conv2D(8, 3, strides=3)'],
  ['Convolution2D(8, 3, 3, dim_ordering="th")', 'Conv2D(8, 3, data_format="channels_first")'],
  ['AtrousConvolution2D(8, 3, 3, atrous_rate=(2, 2))', 'Conv2D(8, 3, dilation_rate=2)'],
  ['SeparableConvolution2D(8, 3, 3)', 'SeparableConv2D(8, 3)'],
  ['Deconvolution2D(8, 3, 3, output_shape=(None, 24, 24, 8), subsample=(2, 2))', 'Conv2DTranspose(8, 3, strides=2)'],
  ['MaxPooling2D((2, 2), border_mode="same")', 'MaxPool2D(2, padding="same")'],
  ['Dropout(p=0.3)', 'Dropout(0.3)'],
  ['BatchNormalization(mode=0, axis=-1, gamma_init="zero")', 'BatchNormalization(gamma_initializer="zero")'],
  ['TimeDistributed(TimeDistributedDense(4))', 'TimeDistributed(Dense(4))'],
];

describe('Keras 1 means what Keras 3 spells', () => {
  for (const [old, modern] of ROWS) {
    it(old, () => {
      expect(described(program([old]))).toBe(described(program([modern])));
    });
  }

  it('recurrent layers and embeddings', () => {
    const text = (layers: string): string => `
from keras.layers import *
from keras.models import Sequential
model = Sequential([${layers}])
`;
    const old =
      'Embedding(100, 8, "normal", input_length=5), LSTM(6, "he_normal", "identity", "zero", inner_activation="relu"), GRU(output_dim=4, inner_init="uniform")';
    const modern =
      'Embedding(100, 8, embeddings_initializer="normal", input_length=5), LSTM(6, kernel_initializer="he_normal", recurrent_initializer="identity", unit_forget_bias=False, recurrent_activation="relu"), GRU(4, recurrent_initializer="uniform")';
    expect(described(text(old))).toBe(described(text(modern)));
  });

  it('merge and Model(input=, output=)', () => {
    const text = (join: string, model: string): string => `
from keras.layers import *
from keras.models import Model
a = Input((8,))
b = Dense(8)(a)
model = Model(${model.replace('OUT', join)})
`;
    for (const [mode, function_] of [
      ['concat', 'concatenate'],
      ['sum', 'add'],
      ['mul', 'multiply'],
      ['ave', 'average'],
      ['max', 'maximum'],
    ])
      expect(described(text(`merge([a, b], mode="${mode}")`, 'input=a, output=OUT'))).toBe(
        described(text(`${function_}([a, b])`, 'a, OUT')),
      );
  });
});

describe('what Keras 1 calls an initializer', () => {
  it('is noted where it is written', () => {
    const network = networkOf(program(['Dense(8, init="he_normal")', 'Dense(3, kernel_initializer="he_normal")']));
    expect(network.notes.map((note) => [note.rule, note.data])).toEqual([
      ['deprecated-init', { from: 'init', to: 'kernel_initializer', argument: true, alone: true }],
    ]);
    expect(network.nodes[1]?.params[0]?.init.span).toBe(network.notes[0]?.span);
  });

  const fixed = (layer: string): readonly (string | undefined)[] => {
    const text = program(['Flatten()', layer, 'Dense(3)']);
    const { findings, fixes } = analyse(text);
    const finding = findings.find((f) => f.rule === 'constant-weights');
    return finding
      ? fixes(finding).map((fix) => {
          const after = applyFix(text, fix);
          expect(analyse(after).findings.filter((f) => f.rule === 'constant-weights')).toEqual([]);
          return after.split(', Flatten(), ')[1]?.split(', Dense(3)')[0];
        })
      : [];
  };
  it('is fixed by the same name and a string that Keras 1 has', () => {
    expect(fixed('Dense(8, init="zero", activation="relu")')[0]).toBe('Dense(8, init="he_normal", activation="relu")');
    expect(fixed('Dense(output_dim=8, init="one", activation="tanh")')[0]).toBe(
      'Dense(output_dim=8, init="glorot_uniform", activation="tanh")',
    );
  });
  it('has no fix where only an object would say it', () => {
    expect(fixed('Dense(8, init="zero", activation="sigmoid")')).toEqual([]);
  });
});
