import * as tf from '@tensorflow/tfjs';

const SAMPLE = 40;
const CHARACTERS = 71;

/** Next character of a text: stacked LSTMs of the sizes given. */
export function createTextModel(sizes = '128,64') {
  const units = Array.isArray(sizes) ? sizes : sizes.split(',').map((size) => Number.parseInt(size, 10));
  const model = tf.sequential();
  for (let i = 0; i < units.length; ++i) {
    model.add(
      tf.layers.lstm({
        units: units[i],
        returnSequences: i < units.length - 1,
        inputShape: i === 0 ? [SAMPLE, CHARACTERS] : undefined,
      }),
    );
  }
  model.add(tf.layers.dense({ units: CHARACTERS, activation: 'softmax' }));
  model.compile({ optimizer: tf.train.rmsprop(0.05), loss: 'categoricalCrossentropy' });
  return model;
}

export function createSentimentModel(kind = 'bidirectional') {
  const model = tf.sequential();
  model.add(tf.layers.embedding({ inputDim: 2000, outputDim: 32, inputLength: 100 }));
  switch (kind) {
    case 'cnn':
      model.add(tf.layers.conv1d({ filters: 250, kernelSize: 5, activation: 'relu' }));
      model.add(tf.layers.globalMaxPool1d({}));
      break;
    case 'simpleRNN':
      model.add(tf.layers.simpleRNN({ units: 32 }));
      break;
    case 'bidirectional':
      model.add(tf.layers.bidirectional({ layer: tf.layers.lstm({ units: 32 }), mergeMode: 'concat' }));
      break;
    default:
      throw new Error(`no model of kind ${kind}`);
  }
  model.add(tf.layers.dense({ units: 1, activation: 'sigmoid' }));
  return model;
}

export const createGruModel = () => {
  const input = tf.input({ shape: [20, 8] });
  const cells = [tf.layers.gruCell({ units: 16 }), tf.layers.simpleRNNCell({ units: 12 })];
  const states = tf.layers.rnn({ cell: tf.layers.stackedRNNCells({ cells }), returnSequences: true }).apply(input);
  const each = tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 6, activation: 'tanh' }) }).apply(states);
  return tf.model({ inputs: input, outputs: tf.layers.dense({ units: 2 }).apply(tf.layers.flatten().apply(each)) });
};
