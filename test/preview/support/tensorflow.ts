/** tf.js under Node: the whole package, since the part of it that registers derivatives can only be imported by a bundler. */
import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';

tf.env().set('PROD', true);
await tf.setBackend('cpu');

export { tf };
