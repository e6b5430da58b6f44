/** LeCun before SELU, which then keeps mean 0 and variance 1. */
import * as tf from '@tensorflow/tfjs';

export class Classifier {
  readonly model: tf.Sequential;

  constructor(private readonly classes = 5) {
    this.model = this.build();
  }

  private build(): tf.Sequential {
    const model = tf.sequential();
    model.add(tf.layers.dense({ inputShape: [40], units: 64, activation: 'selu', kernelInitializer: 'leCunNormal' }));
    model.add(tf.layers.dense({ units: 64, activation: 'selu', kernelInitializer: 'leCunNormal' }));
    model.add(tf.layers.dense({ units: this.classes, activation: 'softmax' }));
    return model;
  }
}
