/** He before ReLU, in a convolutional network for digits. */
const tf = require('@tensorflow/tfjs');

const conv = (options) => tf.layers.conv2d({ kernelSize: 3, activation: 'relu', kernelInitializer: 'heNormal', ...options });

function createModel() {
  return tf.sequential({
    layers: [
      conv({ inputShape: [28, 28, 1], filters: 16 }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      conv({ filters: 32 }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 64, activation: 'relu', kernelInitializer: 'heNormal' }),
      tf.layers.dense({ units: 10, activation: 'softmax' }),
    ],
  });
}

module.exports = { createModel };
