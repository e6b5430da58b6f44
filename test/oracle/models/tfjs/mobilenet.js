import * as tf from '@tensorflow/tfjs';

const BLOCKS = [
  { filters: 32, stride: 1 },
  { filters: 64, stride: 2 },
  { filters: 64, stride: 1 },
  { filters: 128, stride: 2 },
];

function depthwiseBlock(model, { filters, stride }, index) {
  model.add(tf.layers.depthwiseConv2d({ kernelSize: 3, strides: stride, padding: 'same', useBias: false, name: `conv_dw_${index}` }));
  model.add(tf.layers.batchNormalization({ name: `conv_dw_${index}_bn` }));
  model.add(tf.layers.reLU({ maxValue: 6 }));
  model.add(tf.layers.conv2d({ filters, kernelSize: 1, padding: 'same', useBias: false, name: `conv_pw_${index}` }));
  model.add(tf.layers.batchNormalization({ name: `conv_pw_${index}_bn` }));
  model.add(tf.layers.reLU({ maxValue: 6 }));
}

export function createMobilenet(alpha = 0.5, classes = 100) {
  const model = tf.sequential({ name: `mobilenet_${alpha}` });
  model.add(tf.layers.conv2d({ inputShape: [96, 96, 3], filters: Math.floor(32 * alpha), kernelSize: 3, strides: 2, padding: 'same', useBias: false }));
  model.add(tf.layers.batchNormalization());
  model.add(tf.layers.reLU({ maxValue: 6 }));
  BLOCKS.forEach((block, i) => depthwiseBlock(model, { ...block, filters: Math.floor(block.filters * alpha) }, i + 1));
  model.add(tf.layers.globalAveragePooling2d({}));
  model.add(tf.layers.reshape({ targetShape: [1, 1, Math.floor(128 * alpha)] }));
  model.add(tf.layers.dropout({ rate: 0.001 }));
  model.add(tf.layers.conv2d({ filters: classes, kernelSize: 1, padding: 'same' }));
  model.add(tf.layers.flatten());
  model.add(tf.layers.softmax());
  return model;
}

/** A generator and a discriminator of images. */
export function createGenerator() {
  const model = tf.sequential();
  model.add(tf.layers.dense({ units: 3 * 3 * 96, inputShape: [64], activation: 'relu' }));
  model.add(tf.layers.reshape({ targetShape: [3, 3, 96] }));
  for (const [filters, kernelSize, strides, padding] of [
    [48, 5, 1, 'valid'],
    [24, 5, 2, 'same'],
  ]) {
    model.add(tf.layers.conv2dTranspose({ filters, kernelSize, strides, padding, activation: 'relu', kernelInitializer: 'glorotNormal' }));
    model.add(tf.layers.batchNormalization());
  }
  model.add(tf.layers.conv2dTranspose({ filters: 1, kernelSize: 5, strides: 2, padding: 'same', activation: 'tanh', kernelInitializer: 'glorotNormal' }));
  return model;
}

export class Discriminator {
  constructor(options = {}) {
    this.alpha = options.alpha ?? 0.2;
    this.model = this.build();
  }

  build() {
    const net = tf.sequential();
    net.add(tf.layers.separableConv2d({ filters: 32, kernelSize: 3, padding: 'same', strides: 2, inputShape: [28, 28, 1], depthwiseInitializer: 'heUniform', pointwiseInitializer: 'zeros' }));
    net.add(tf.layers.leakyReLU({ alpha: this.alpha }));
    net.add(tf.layers.dropout({ rate: 0.3 }));
    net.add(tf.layers.conv2d({ filters: 64, kernelSize: 3, padding: 'same' }));
    net.add(tf.layers.prelu({ sharedAxes: [1, 2] }));
    net.add(tf.layers.flatten());
    net.add(tf.layers.dense({ units: 1, activation: 'sigmoid', kernelInitializer: { className: 'VarianceScaling', config: { scale: 0.1, mode: 'fanAvg', distribution: 'uniform' } } }));
    return net;
  }
}
