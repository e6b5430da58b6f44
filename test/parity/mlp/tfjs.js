import * as tf from '@tensorflow/tfjs';

const he = tf.initializers.randomNormal({ mean: 0, stddev: Math.sqrt(2 / 20) });

export const model = tf.sequential();
model.add(tf.layers.dense({ inputShape: [20], units: 64, activation: 'relu', kernelInitializer: he }));
model.add(tf.layers.dense({ units: 32, activation: 'tanh', kernelInitializer: 'glorotUniform' }));
model.add(tf.layers.dense({ units: 10, kernelInitializer: tf.initializers.randomNormal({ stddev: 0.01 }) }));
