import * as tf from '@tensorflow/tfjs';

const dense = (units, activation) => tf.layers.dense({ units, activation, kernelInitializer: 'heUniform' });

const input = tf.input({ shape: [20] });
let x = dense(32, 'relu').apply(input);
const y = dense(32).apply(dense(32, 'relu').apply(x));
x = tf.layers.reLU().apply(tf.layers.add().apply([x, y]));
export const model = tf.model({ inputs: input, outputs: dense(10).apply(x) });
