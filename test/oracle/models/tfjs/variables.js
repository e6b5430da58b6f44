// Networks by hand over variables: functions at the top level, a class with methods.
import * as tf from '@tensorflow/tfjs';

const hidden = tf.variable(tf.randomNormal([784, 128], 0, 0.05));
const hiddenBias = tf.variable(tf.zeros([128]));
const output = tf.variable(tf.truncatedNormal([128, 10], 0, 0.1));

export function predict(images) {
  return tf.tidy(() => tf.softmax(images.matMul(hidden).add(hiddenBias).relu().matMul(output)));
}

export const weights = { hidden, hiddenBias, output };

export class Sine {
  constructor(units = 24) {
    this.w1 = tf.variable(tf.randomUniform([1, units], -1, 1));
    this.b1 = tf.variable(tf.zeros([units]));
    this.w2 = tf.variable(tf.initializers.glorotNormal({}).apply([units, units]));
    this.w3 = tf.variable(tf.randomNormal([units, 1]).mul(tf.scalar(Math.sqrt(1 / units))));
  }

  forward(x) {
    const h1 = tf.tanh(tf.add(tf.matMul(x, this.w1), this.b1));
    const h2 = h1.matMul(this.w2).sigmoid();
    return h2.matMul(this.w3);
  }
}
