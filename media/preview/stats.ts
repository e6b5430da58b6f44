/**
 * Reduces an activation on the device to per-unit figures and a sample for the histogram, reads both back at once and combines them.
 * What is not finite is counted here, after the read-back: on a GPU a test for NaN may be optimised away.
 */
import * as tf from '@tensorflow/tfjs-core';
import { exactly, histogram } from './histogram.ts';
import type { LayerStatistics } from './messages.ts';

/** Values that the histogram looks at. */
const SAMPLE = 32768;
/** Up to here saturation is measured on all values, beyond on the sample. */
const SATURATION_ALL = 1 << 22;
export const SATURATED_SLOPE = 0.01;

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** Every k-th value, k having no divisor in common with an axis, so that all units and positions are met. */
export const subset = (x: tf.Tensor): tf.Tensor1D => {
  const flat = tf.reshape(x, [-1]) as tf.Tensor1D;
  if (x.size <= SAMPLE) return flat;
  let step = Math.ceil(x.size / SAMPLE);
  while (x.shape.some((n) => n > 1 && gcd(n, step) > 1) && step < x.size / 64) step += 1;
  const rows = Math.floor(x.size / step);
  return tf.reshape(tf.slice(tf.reshape(tf.slice(flat, 0, rows * step), [rows, step]), [0, 0], [rows, 1]), [-1]);
};

/** [mean, variance, share of zeros] of each unit, flat. */
const unitFigures = (x: tf.Tensor, unitAxis: number): tf.Tensor1D => {
  const axes = x.shape.map((_, i) => i).filter((i) => i !== unitAxis);
  const mean = tf.mean(x, axes, true);
  const variance = tf.mean(tf.square(tf.sub(x, mean)), axes);
  // Not tf.equal: tf.js's WebGPU transposes booleans with the shader that it compiled for floats.
  const zeros = tf.mean(tf.sub(1, tf.step(tf.abs(x))), axes);
  return tf.concat([tf.reshape(mean, [-1]), tf.reshape(variance, [-1]), tf.reshape(zeros, [-1])]) as tf.Tensor1D;
};

const average = (values: Float32Array): number => values.reduce((a, b) => a + b, 0) / values.length;

/** `unitAxis`: the axis of channels or features; `x` is [batch, …]. */
export const layerStatistics = async (x: tf.Tensor, unitAxis: number): Promise<Omit<LayerStatistics, 'saturated'>> => {
  const units = x.shape[unitAxis] ?? 1;
  const packed = tf.tidy(() => {
    const floats = tf.cast(x.rank === 0 ? tf.reshape(x, [1]) : x, 'float32');
    return tf.concat([unitFigures(floats, Math.min(unitAxis, floats.rank - 1)), subset(floats)]);
  });
  const read = (await packed.data()) as Float32Array;
  packed.dispose();
  const [means, variances, zeros] = [read.subarray(0, units), read.subarray(units, 2 * units), read.subarray(2 * units, 3 * units)];
  const sampled = read.subarray(3 * units);
  const count = x.size;
  const dead = zeros.filter((z) => z === 1).length / units;
  const mean = average(means);
  const within = average(variances);
  if (!Number.isFinite(mean) || !Number.isFinite(within)) {
    const values = new Float32Array(await x.data());
    return { ...exactly(values), dead, count, histogram: histogram(values) };
  }
  const between = means.reduce((sum, m) => sum + (m - mean) ** 2, 0) / units;
  const variance = within + between;
  const rms = Math.sqrt(variance + mean * mean);
  return { mean, std: Math.sqrt(variance), rms, dead, zero: average(zeros), nonFinite: 0, count, histogram: histogram(sampled) };
};

/** Share of pre-activations where |φ′| < 0.01; null where φ′ cannot be taken. */
export const saturatedShare = async (pre: tf.Tensor, phi: (x: tf.Tensor) => tf.Tensor): Promise<number | null> => {
  const share = tf.tidy(() => {
    const x = pre.size <= SATURATION_ALL ? pre : subset(pre);
    const slope = tf.abs(tf.grad(phi)(x));
    return tf.mean(tf.step(tf.sub(SATURATED_SLOPE, slope)));
  });
  const [value] = await share.data();
  share.dispose();
  return value ?? null;
};
