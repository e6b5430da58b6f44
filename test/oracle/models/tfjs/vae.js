import * as tf from '@tensorflow/tfjs';

const ORIGINAL = 784;
const DEFAULTS = { intermediateDim: 512, latentDim: 2 };

/** Draws a latent vector out of mean and log variance. */
class Sampling extends tf.layers.Layer {
  static className = 'Sampling';

  computeOutputShape(inputShape) {
    tf.util.assert(inputShape.length === 2, () => 'two inputs');
    return inputShape[0];
  }

  call(inputs) {
    return tf.tidy(() => {
      const [mean, logVariance] = inputs;
      const epsilon = tf.randomNormal(mean.shape);
      return mean.add(logVariance.mul(0.5).exp().mul(epsilon));
    });
  }
}

export function encoder({ intermediateDim, latentDim } = DEFAULTS) {
  const inputs = tf.input({ shape: [ORIGINAL], name: 'encoder_input' });
  const x = tf.layers.dense({ units: intermediateDim, activation: 'relu' }).apply(inputs);
  const mean = tf.layers.dense({ units: latentDim, name: 'z_mean' }).apply(x);
  const logVariance = tf.layers.dense({ units: latentDim, name: 'z_log_var' }).apply(x);
  const z = new Sampling({ name: 'z' }).apply([mean, logVariance]);
  return tf.model({ inputs, outputs: [mean, logVariance, z], name: 'encoder' });
}

export function decoder({ intermediateDim, latentDim } = DEFAULTS) {
  const latent = tf.input({ shape: [latentDim], name: 'z_sampling' });
  const hidden = tf.layers.dense({ units: intermediateDim, activation: 'relu', kernelInitializer: tf.initializers.heUniform() }).apply(latent);
  const outputs = tf.layers.dense({ units: ORIGINAL, activation: 'sigmoid' }).apply(hidden);
  return tf.model({ inputs: latent, outputs, name: 'decoder' });
}
