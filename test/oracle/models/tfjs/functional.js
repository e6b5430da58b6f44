import { initializers, input, layers, model } from '@tensorflow/tfjs';

/** Two inputs that meet, two outputs. */
export function createMultiInput() {
  const numbers = input({ shape: [12], name: 'numbers' });
  const words = input({ shape: [30], name: 'words', dtype: 'int32' });
  const left = layers.dense({ units: 32, activation: 'elu', kernelInitializer: initializers.randomUniform({ minval: 0, maxval: 0.2 }) }).apply(numbers);
  const embedded = layers.embedding({ inputDim: 500, outputDim: 24, embeddingsInitializer: initializers.randomNormal({ stddev: 0.1 }) }).apply(words);
  const right = layers.gru({ units: 16 }).apply(embedded);
  const merged = layers.concatenate().apply([left, right]);
  const shared = layers.dense({ units: 24, activation: 'selu', kernelInitializer: 'leCunNormal' }).apply(merged);
  const value = layers.dense({ units: 1, name: 'value', useBias: false, kernelInitializer: initializers.orthogonal({ gain: 0.5 }) }).apply(shared);
  const label = layers.dense({ units: 5, name: 'label', activation: 'softmax' }).apply(shared);
  return model({ inputs: [numbers, words], outputs: [value, label] });
}

const residual = (x, filters, strides = 1) => {
  const conv = (from, stride) =>
    layers.batchNormalization().apply(layers.conv2d({ filters, kernelSize: 3, strides: stride, padding: 'same', useBias: false, kernelInitializer: 'heNormal' }).apply(from));
  const inner = layers.reLU().apply(conv(x, strides));
  const body = conv(inner, 1);
  const skip = strides === 1 ? x : layers.conv2d({ filters, kernelSize: 1, strides }).apply(x);
  return layers.activation({ activation: 'relu' }).apply(layers.add().apply([body, skip]));
};

export function createResnet({ filters = [16, 32, 64], classes = 10 } = {}) {
  const image = input({ shape: [32, 32, 3] });
  let x = layers.conv2d({ filters: filters[0], kernelSize: 3, padding: 'same', activation: 'relu' }).apply(image);
  filters.forEach((size, i) => {
    x = residual(x, size, i === 0 ? 1 : 2);
    x = residual(x, size);
  });
  const pooled = layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }).apply(x);
  return model({ inputs: image, outputs: layers.dense({ units: classes, activation: 'softmax' }).apply(pooled) });
}
