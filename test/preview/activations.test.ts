/** φ in tf.js ops against φ of the knowledge table, row by row and point by point; and φ′ as tf.js takes it. */
import { describe, expect, it } from 'vitest';
import { ACTIVATION_NAMES, activation, activationDefaults } from '../../media/preview/activations.ts';
import { ACTIVATIONS } from '../../server/src/knowledge/activations.ts';
import { tf } from './support/tensorflow.ts';

/** Off the kinks, where one-sided derivatives differ by convention. */
const POINTS = [-7.3, -4.1, -2.2, -1.3, -0.61, -0.23, -0.004, 0.004, 0.17, 0.44, 0.83, 1.9, 2.7, 3.6, 6.4, 8.8];
const ARGUMENTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  leakyRelu: { negativeSlope: 0.2 },
  elu: { alpha: 1.7 },
  celu: { alpha: 2 },
  clippedRelu: { maxValue: 3, negativeSlope: 0.1, threshold: 0.5 },
  sin: { w0: 30 },
  softplus: { beta: 3 },
  threshold: { threshold: 0.3, value: -2 },
};

describe('activations', () => {
  it('are the rows of the knowledge table, with the same defaults', () => {
    expect([...ACTIVATION_NAMES].sort()).toEqual([...ACTIVATIONS.keys()].sort());
    for (const [name, row] of ACTIVATIONS) expect(activationDefaults(name), name).toEqual(row.defaults);
  });

  it.each(
    [...ACTIVATIONS.values()].flatMap((row) =>
      [row.defaults, ARGUMENTS[row.name]].flatMap((args) => (args ? [[row.name, args] as const] : [])),
    ),
  )('%s %j', async (name, args) => {
    const row = ACTIVATIONS.get(name);
    const phi = activation(name, args);
    if (row === undefined || phi === undefined) throw new Error(`no row ${name}`);
    const full = { ...row.defaults, ...args };
    const x = tf.tensor1d(POINTS);
    const values = await phi(x).data();
    const slopes = await tf.grad(phi)(x).data();
    POINTS.forEach((point, i) => {
      const at = Math.fround(point);
      const tolerance = 2e-6 * Math.max(1, Math.abs(row.value(at, full)), name === 'sin' ? 30 : 0);
      expect(Math.abs((values[i] as number) - row.value(at, full)), `φ(${point})`).toBeLessThan(tolerance * 2);
      expect(Math.abs((slopes[i] as number) - row.derivative(at, full)), `φ′(${point})`).toBeLessThan(
        2e-5 * Math.max(1, Math.abs(row.derivative(at, full)), name === 'sin' ? 30 : 0),
      );
    });
  });

  it('stay finite far out', async () => {
    for (const name of ACTIVATION_NAMES.filter((n) => !['exp', 'square', 'squaredRelu'].includes(n))) {
      const values = await (activation(name) as (x: import('@tensorflow/tfjs-core').Tensor) => import('@tensorflow/tfjs-core').Tensor)(
        tf.tensor1d([-500, 500]),
      ).data();
      expect([...values].every(Number.isFinite), `${name}: ${[...values].join(', ')}`).toBe(true);
    }
  });
});
