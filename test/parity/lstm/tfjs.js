import * as tf from '@tensorflow/tfjs';

export const model = tf.sequential({
  layers: [
    tf.layers.lstm({
      inputShape: [20, 12],
      units: 24,
      recurrentActivation: 'sigmoid',
      kernelInitializer: tf.initializers.randomNormal({ stddev: 0.1 }),
      recurrentInitializer: tf.initializers.randomNormal({ stddev: 0.1 }),
      unitForgetBias: false,
    }),
    tf.layers.dense({ units: 5, kernelInitializer: 'glorotUniform' }),
  ],
});
