/** What TensorFlow.js says otherwise than Keras, whose layers it has. */
import { nativeClass } from '../../interpreter/native.ts';
import type { ClassValue } from '../../interpreter/values.ts';
import type { Dialect } from '../keras/dialect.ts';
import { snakeCase } from '../shared/layerNames.ts';
import { computeFans, initializerOfString, initializerRow, nearestInitializer } from './initializers.ts';

export const TENSOR: ClassValue = nativeClass('tf.Tensor', []);

export const tensorflowJs: Dialect = {
  framework: 'tfjs',
  title: 'TensorFlow.js',
  tensorClass: TENSOR,
  initializerOfString,
  initializerRow,
  computeFans,
  defaultInitializer: 'zeros',
  nearestInitializer,
  // Without a seed every draw is a new one.
  repeatsDraws: 'seeded',
  // tfjs-layers counts from one, after the class's name.
  layerName: (className, count) => `${snakeCase(className)}_${className}${count + 1}`,
};
