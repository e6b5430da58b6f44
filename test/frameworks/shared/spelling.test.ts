/** Recommendations without a fan, as every framework that has an argument for them writes them; none where it has no such draw. */
import { expect, it } from 'vitest';
import { asCall as flax } from '../../../server/src/frameworks/flax/spelling.ts';
import { asCall as keras } from '../../../server/src/frameworks/keras/spelling.ts';
import { asCall as lasagne } from '../../../server/src/frameworks/lasagne/spelling.ts';
import { titleOf } from '../../../server/src/frameworks/shared/recommended.ts';
import type { Recommendation } from '../../../server/src/network/intent.ts';
import { constant, NetworkBuilder } from '../../support/networks.ts';

const b = new NetworkBuilder();
const matrix = b.parameter('weight', [8, 8], { fanIn: 8, fanOut: 8 }, constant(0));
const kernel = b.parameter('weight', [3, 3, 8, 8], { fanIn: 72, fanOut: 72 }, constant(0));
const normal: Recommendation = { family: 'fixed', law: 'normal', gain: 0.005, slope: 0, mode: 'fanIn', activation: 'linear' };
const uniform: Recommendation = { ...normal, law: 'uniform', gain: 0.5 / Math.sqrt(3) };
const identity: Recommendation = { ...normal, family: 'identity', gain: 1 };

it('a fixed std', () => {
  expect(keras(normal, matrix)).toEqual({ className: 'RandomNormal', args: [['stddev', '0.005']] });
  expect(flax(normal, matrix)).toEqual({ name: 'normal', args: 'stddev=0.005' });
  expect(lasagne(normal, matrix)).toEqual({ className: 'Normal', args: 'std=0.005' });
  expect(titleOf(normal)).toBe('normal, std 0.005');
});

it('a fixed limit; the uniform law of JAX is one-sided', () => {
  expect(keras(uniform, matrix)?.args).toEqual([
    ['minval', '-0.5'],
    ['maxval', '0.5'],
  ]);
  expect(flax(uniform, matrix)).toBeUndefined();
  expect(lasagne(uniform, matrix)).toEqual({ className: 'Uniform', args: 'range=0.5' });
  expect(titleOf(uniform)).toBe('uniform ±0.5');
});

it('an identity is of matrices', () => {
  expect(keras(identity, matrix)?.string).toBe('identity');
  expect(keras(identity, kernel)).toBeUndefined();
  expect(keras({ ...identity, gain: 0.5 }, matrix)).toEqual({ className: 'Identity', args: [['gain', '0.5']] });
});
