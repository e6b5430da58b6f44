/** Draws of every kind of distribution against the moments that the analysis computes for it. */
import { describe, expect, it } from 'vitest';
import { type SampleContext, sample } from '../../media/preview/sample.ts';
import type { Distribution } from '../../server/src/network/distribution.ts';
import { momentsOf } from '../../server/src/network/moments.ts';
import { tf } from './support/tensorflow.ts';

const context = (name: string, notes: string[] = []): SampleContext => ({ seed: 7, name, blockAxis: 0, note: (text) => notes.push(text) });
const draw = async (d: Distribution, shape: readonly number[], name = 'weight'): Promise<Float32Array> => {
  const tensor = tf.tidy(() => sample(d, shape, context(name)));
  expect(tensor.shape).toEqual(shape);
  const values = (await tensor.data()) as Float32Array;
  tensor.dispose();
  return values;
};
const momentsOfValues = (values: Float32Array): { readonly mean: number; readonly std: number } => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, std: Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length) };
};
const scaling = (law: 'uniform' | 'normal' | 'truncatedNormal', corrected = false): Distribution => ({
  kind: 'varianceScaling',
  scale: 2,
  fan: 128,
  mode: 'fanIn',
  law,
  corrected,
});

const SHAPE = [256, 128] as const;
const CASES: readonly (readonly [string, Distribution])[] = [
  ['constant', { kind: 'constant', value: 0.3 }],
  ['uniform', { kind: 'uniform', low: -0.2, high: 0.6 }],
  ['normal', { kind: 'normal', mean: 1, std: 0.02 }],
  ['truncated normal at ±2σ', { kind: 'truncatedNormal', mean: 0, std: 0.02, low: -0.04, high: 0.04 }],
  ['truncated normal, one side near', { kind: 'truncatedNormal', mean: 0.5, std: 1, low: 0, high: 9 }],
  ['truncated normal that nothing cuts', { kind: 'truncatedNormal', mean: 0, std: 0.02, low: -2, high: 2 }],
  ['scaled uniform', scaling('uniform')],
  ['scaled normal', scaling('normal')],
  ['scaled truncated normal', scaling('truncatedNormal')],
  ['scaled truncated normal, corrected', scaling('truncatedNormal', true)],
  ['orthogonal, tall', { kind: 'orthogonal', gain: Math.SQRT2, rows: 256, columns: 128 }],
  ['identity', { kind: 'identity', gain: 2, rows: 256, columns: 128 }],
  ['sparse', { kind: 'sparse', density: 0.1, std: 0.5 }],
  ['affine', { kind: 'affine', of: { kind: 'uniform', low: 0, high: 1 }, factor: 0.1, offset: -0.05 }],
  [
    'blocks',
    {
      kind: 'blocks',
      blocks: [
        { share: 0.25, distribution: { kind: 'constant', value: 0 } },
        { share: 0.25, distribution: { kind: 'constant', value: 1 } },
        { share: 0.5, distribution: { kind: 'normal', mean: 0, std: 0.1 } },
      ],
    },
  ],
];

describe('draws', () => {
  it.each(CASES)('%s has the mean and std of its distribution', async (_, d) => {
    const expected = momentsOf(d);
    if (expected === null) throw new Error('the analysis gives no moments');
    const { mean, std } = momentsOfValues(await draw(d, SHAPE));
    const expectedStd = Math.sqrt(expected.variance);
    // Five standard errors of 32,768 draws; a sparse law has a kurtosis of 30.
    const slack = 5 / Math.sqrt(32768);
    expect(Math.abs(mean - expected.mean)).toBeLessThan(expectedStd * slack + 1e-6);
    expect(Math.abs(std - expectedStd)).toBeLessThan(expectedStd * slack * (d.kind === 'sparse' ? 3 : 1) + 1e-6);
  });

  it('keeps a truncated normal within its bounds', async () => {
    const values = await draw({ kind: 'truncatedNormal', mean: 0, std: 1, low: -0.5, high: 2 }, SHAPE);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-0.5);
    expect(Math.max(...values)).toBeLessThanOrEqual(2);
  });

  it.each([
    [12, 30],
    [30, 12],
    [20, 20],
  ])('orthogonal %i × %i has orthonormal rows or columns times the gain', async (rows, columns) => {
    const values = await draw({ kind: 'orthogonal', gain: 3, rows, columns }, [rows, columns]);
    const w = tf.tensor2d(values, [rows, columns]);
    const product = rows <= columns ? tf.matMul(w, w, false, true) : tf.matMul(w, w, true, false);
    const gram = await product.data();
    const n = Math.min(rows, columns);
    for (const [i, g] of gram.entries()) expect(g).toBeCloseTo(i % (n + 1) === 0 ? 9 : 0, 4);
  });

  it('says so where a matrix is too large to orthogonalise, and keeps its variance', async () => {
    const notes: string[] = [];
    const d: Distribution = { kind: 'orthogonal', gain: 1, rows: 800, columns: 800 };
    const tensor = sample(d, [800, 800], context('big', notes));
    const { std } = momentsOfValues((await tensor.data()) as Float32Array);
    expect(std).toBeCloseTo(1 / Math.sqrt(800), 3);
    expect(notes).toHaveLength(1);
  });

  it('passes channels through with dirac', async () => {
    const w = await draw({ kind: 'dirac', groups: 1, inChannels: 2, outChannels: 3, receptive: 9 }, [3, 2, 3, 3]);
    expect([...w].flatMap((v, i) => (v === 1 ? [i] : []))).toEqual([4, 18 + 9 + 4]);
  });

  it('lays blocks along the axis of the framework', async () => {
    const d: Distribution = { kind: 'blocks', blocks: [0, 1].map((value) => ({ share: 0.5, distribution: { kind: 'constant', value } })) };
    const last = tf.tidy(() => sample(d, [2, 4], { ...context('b'), blockAxis: -1 }));
    expect([...(await last.data())]).toEqual([0, 0, 1, 1, 0, 0, 1, 1]);
    expect([...(await draw(d, [4]))]).toEqual([0, 0, 1, 1]);
  });

  it('draws the same for the same seed and name only', async () => {
    const d: Distribution = { kind: 'normal', mean: 0, std: 1 };
    expect(await draw(d, [8], 'a')).toEqual(await draw(d, [8], 'a'));
    expect(await draw(d, [8], 'a')).not.toEqual(await draw(d, [8], 'b'));
  });

  it.each<Distribution>([
    { kind: 'data', what: 'weights.pt' },
    { kind: 'uninitialized' },
    { kind: 'unknown', reason: 'a custom initializer' },
  ])('does not make up values for $kind', (d) => {
    expect(() => sample(d, [2], context('w'))).toThrow(/^w/);
  });
});
