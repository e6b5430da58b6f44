/** Recommendations: family and std for each activation, and that they do what they promise. */
import { describe, expect, it } from 'vitest';
import { ACTIVATIONS } from '../../server/src/knowledge/activations.ts';
import { gaussianMoments, kernelOf } from '../../server/src/knowledge/gaussian.ts';
import { computeSignal } from '../../server/src/signal/engine.ts';
import { recommend, recommendedStd } from '../../server/src/signal/recommend.ts';
import { layerGain } from '../../server/src/signal/runs.ts';
import { constant, glorot, NetworkBuilder, stack } from '../support/networks.ts';

describe('the first recommendation', () => {
  it.each<[string, Record<string, number>, string, number]>([
    ['relu', {}, 'he', Math.sqrt(2 / 100)],
    ['leakyRelu', { negativeSlope: 0.2 }, 'he', Math.sqrt(2 / (1.04 * 100))],
    ['prelu', {}, 'he', Math.sqrt(2 / (1.0625 * 100))],
    ['sigmoid', {}, 'glorot', 4 * Math.sqrt(2 / 150)],
    ['tanh', {}, 'glorot', Math.sqrt(2 / 150)],
    ['selu', {}, 'lecun', 0.1],
    ['gelu', {}, 'variance', 0.1533530441],
    ['silu', {}, 'variance', 0.167653247],
    ['sin', { w0: 30 }, 'variance', Math.sqrt(2 / 100) / 30],
  ])('%s %j', (name, args, family, std) => {
    const best = recommend(name, args)[0];
    expect(best?.family).toBe(family);
    expect(best && recommendedStd(best, 100, 50)).toBeCloseTo(std, 8);
  });

  it('names nothing for what is not known', () => {
    expect(recommend('nothing')).toEqual([]);
    expect(recommend('sin', { w0: 30 }, { first: true })).toEqual([]);
  });

  it('keeps the law of the draw it replaces, but not for SELU', () => {
    expect(recommend('relu', {}, { law: 'uniform' })[0]?.law).toBe('uniform');
    expect(recommend('selu', {}, { law: 'uniform' })).toMatchObject([{ law: 'normal' }]);
  });

  it.each([...ACTIVATIONS.values()].filter((a) => a.recommended.gain === 'forward' && a.family !== 'periodic').map((a) => a.name))(
    '%s: the variance gain keeps E[z²] = 1',
    (name) => {
      const best = recommend(name)[0];
      const kernel = kernelOf(name);
      if (best === undefined || kernel === undefined) throw new Error('no recommendation');
      const std = recommendedStd(best, 100, 100);
      expect(100 * std * std * gaussianMoments(kernel, 0, 1).second).toBeCloseTo(1, 10);
    },
  );
});

describe('gain of a layer', () => {
  it('He before ReLU is 1, Glorot √½', () => {
    const he = stack(3, 64, 'relu');
    expect(layerGain(he, computeSignal(he), 3)).toBeCloseTo(1, 12);
    const net = stack(3, 64, 'relu', { init: glorot });
    expect(layerGain(net, computeSignal(net), 3)).toBeCloseTo(Math.SQRT1_2, 12);
  });
  it('is unknown for loaded weights and behind a norm', () => {
    const b = new NetworkBuilder();
    const loaded = b.dense(b.input(8), 8, { loaded: true });
    const normed = b.dense(loaded, 8);
    const net = b.build(b.activation(b.batchNorm(normed), 'relu'));
    const signal = computeSignal(net);
    expect(layerGain(net, signal, loaded)).toBeNull();
    expect(layerGain(net, signal, normed)).toBeNull();
  });
  it('is zero for zero weights', () => {
    const net = stack(2, 8, 'tanh', { init: constant(0) });
    expect(layerGain(net, computeSignal(net), 1)).toBe(0);
  });
});
