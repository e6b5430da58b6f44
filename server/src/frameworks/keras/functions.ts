/**
 * Functions on tensors: `keras.ops`, `keras.backend`, `tf`, `tf.math`, `tf.nn`. One row a function under every name that it goes by;
 * the activations come from their own table.
 */
import type { NativeFunction } from '../../interpreter/values.ts';
import { ACTIVATION_FUNCTIONS, ELEMENTWISE_FUNCTIONS } from './activations.ts';
import { ARITHMETIC } from './functions/arithmetic.ts';
import { LAYER_ROWS } from './functions/layers.ts';
import { activationFunction, rowFunction } from './functions/row.ts';
import { SHAPING } from './functions/shaping.ts';

/** Functions on tensors by name, the same in every namespace. */
export const TENSOR_FUNCTIONS: ReadonlyMap<string, NativeFunction> = new Map<string, NativeFunction>([
  ...[...ARITHMETIC, ...SHAPING, ...LAYER_ROWS].flatMap((row) => row.names.map((name) => [name, rowFunction(row, name)] as const)),
  ...[...ACTIVATION_FUNCTIONS.values(), ...ELEMENTWISE_FUNCTIONS.values()].map((fn) => [fn.name, activationFunction(fn)] as const),
]);
