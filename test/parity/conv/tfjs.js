import * as tf from '@tensorflow/tfjs';

const normal = (stddev) => tf.initializers.randomNormal({ stddev });

export const model = tf.sequential();
model.add(
  tf.layers.conv2d({
    inputShape: [16, 16, 3],
    filters: 8,
    kernelSize: 3,
    padding: 'same',
    kernelInitializer: normal(Math.sqrt(2 / 27)),
  }),
);
model.add(tf.layers.batchNormalization({ epsilon: 1e-3 }));
model.add(tf.layers.reLU());
model.add(tf.layers.maxPooling2d({ poolSize: 2 }));
model.add(tf.layers.conv2d({ filters: 16, kernelSize: 3, kernelInitializer: normal(Math.sqrt(2 / 72)) }));
model.add(tf.layers.batchNormalization({ epsilon: 1e-3 }));
model.add(tf.layers.reLU());
model.add(tf.layers.globalAveragePooling2d({}));
model.add(tf.layers.dense({ units: 10, kernelInitializer: normal(Math.sqrt(2 / 26)) }));
