/** TensorFlow.js's default, a truncated Glorot, in a deep ReLU network: less than half of the variance is left by every layer. */
import * as tf from '@tensorflow/tfjs';

const DEPTH = 8;

export function createModel(features = 64, width = 128) {
  const model = tf.sequential();
  model.add(tf.layers.dense({ inputShape: [features], units: width, activation: 'relu' }));
  for (let i = 1; i < DEPTH; i++) {
    model.add(tf.layers.dense({ units: width, activation: 'relu' }));
  }
  model.add(tf.layers.dense({ units: 10, activation: 'softmax' }));
  return model;
}
