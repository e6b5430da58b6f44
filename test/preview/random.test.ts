/** The generator: the same numbers for the same seed and name, and the law that is asked for. */
import { describe, expect, it } from 'vitest';
import { drawValues, inverseErf, pcg, stream, uniformAt } from '../../media/preview/random.ts';
import { erf } from '../../server/src/network/normal.ts';

const average = (values: Iterable<number>): number => {
  const list = [...values];
  return list.reduce((a, b) => a + b, 0) / list.length;
};
const correlation = (a: Float32Array, b: Float32Array): number => {
  const [ma, mb] = [average(a), average(b)];
  const covariance = average(a.map((x, i) => (x - ma) * ((b[i] as number) - mb)));
  return covariance / Math.sqrt(average(a.map((x) => (x - ma) ** 2)) * average(b.map((x) => (x - mb) ** 2)));
};

describe('the generator', () => {
  it('is PCG as published', () => {
    // state 0·747796405 + 2891336453, permuted by hand with 32-bit integers.
    const state = 2891336453n;
    const word = ((((state >> ((state >> 28n) + 4n)) ^ state) & 0xffffffffn) * 277803737n) & 0xffffffffn;
    expect(pcg(0)).toBe(Number(((word >> 22n) ^ word) & 0xffffffffn));
  });

  it('gives every stream its own numbers, always the same', () => {
    expect(stream(1, 'fc1/weight')).toEqual(stream(1, 'fc1/weight'));
    const draws = ['fc1/weight', 'fc1/bias', 'fc2/weight'].flatMap((name) => [1, 2].map((seed) => uniformAt(stream(seed, name), 0)));
    expect(new Set(draws).size).toBe(6);
  });

  it('is uniform over (0, 1), ends excluded', () => {
    const values = drawValues({ stream: stream(3, 'u'), low: 0, high: 1, normal: false }, 100000);
    expect(Math.min(...values.subarray(0, 50000))).toBeGreaterThan(0);
    expect(average(values)).toBeCloseTo(0.5, 2);
    const counts = new Array(10).fill(0);
    for (const v of values) counts[Math.floor(v * 10)] += 1;
    // χ² of 9 degrees of freedom: 27.9 is exceeded once in a thousand.
    expect(counts.reduce((sum, n) => sum + (n - 10000) ** 2 / 10000, 0)).toBeLessThan(27.9);
  });

  it('shows no correlation between neighbours nor between streams', () => {
    const a = drawValues({ stream: stream(1, 'a'), low: -1, high: 1, normal: true }, 50000);
    const b = drawValues({ stream: stream(1, 'b'), low: -1, high: 1, normal: true }, 50000);
    expect(Math.abs(correlation(a, b))).toBeLessThan(0.015);
    expect(Math.abs(correlation(a.subarray(0, 49999), a.subarray(1)))).toBeLessThan(0.015);
  });

  it('inverts erf', () => {
    for (const x of [-0.999, -0.5, -0.01, 0, 0.3, 0.9, 0.99999]) expect(erf(inverseErf(x))).toBeCloseTo(x, 6);
  });
});
