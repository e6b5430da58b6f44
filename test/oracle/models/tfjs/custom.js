import * as tf from '@tensorflow/tfjs';

/** x·W + b in a layer of its own. */
class Linear extends tf.layers.Layer {
  static className = 'Linear';

  constructor(config) {
    super(config);
    this.units = config.units;
    this.initializer = config.initializer ?? tf.initializers.heNormal();
  }

  build(inputShape) {
    const features = inputShape[inputShape.length - 1];
    this.kernel = this.addWeight('kernel', [features, this.units], 'float32', this.initializer);
    this.bias = this.addWeight('bias', [this.units], 'float32', tf.initializers.zeros());
    this.built = true;
  }

  computeOutputShape(inputShape) {
    return [...inputShape.slice(0, -1), this.units];
  }

  call(inputs) {
    return tf.tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      return tf.add(tf.matMul(x, this.kernel.read()), this.bias.read());
    });
  }
}
tf.serialization.registerClass(Linear);

export function createCustom(hidden = [64, 32]) {
  const model = tf.sequential();
  model.add(tf.layers.inputLayer({ inputShape: [20] }));
  for (const units of hidden) {
    model.add(new Linear({ units }));
    model.add(tf.layers.activation({ activation: 'tanh' }));
  }
  model.add(new Linear({ units: 3, initializer: tf.initializers.truncatedNormal({ stddev: 0.02 }) }));
  return model;
}

/** Layers of a policy network, made by an object that keeps the model. */
export function createPolicy({ sizes = [128, 64], actions = 4 } = {}) {
  const policy = {
    model: null,
    init() {
      this.model = tf.sequential();
      sizes.forEach((units, i) => {
        this.model.add(tf.layers.dense({ units, activation: 'elu', inputShape: i === 0 ? [4] : undefined }));
      });
      this.model.add(tf.layers.dense({ units: actions }));
      return this;
    },
  };
  return policy.init().model;
}
