/** The preview's headline. */
import { describe, expect, it } from 'vitest';
import { verdictOf } from '../../server/src/rules/verdict.ts';
import { glorot, he, lecun, NetworkBuilder, stack, third, unknown, varianceScaling } from '../support/networks.ts';
import { factsOf } from './judge.ts';

describe('verdict', () => {
  it.each([
    ['a good net', stack(12, 128, 'selu', { init: lecun }), 'Signal and gradient stay within ×0.5…×2 over 12 layers.'],
    ['a fair net', stack(12, 128, 'relu', { init: he }), 'Signal and gradient stay within ×0.1…×10 over 12 layers.'],
    ['a default net', stack(20, 128, 'relu', { init: third }), 'Signal and gradient vanish: ×0.41 per layer, 10⁻⁸ over 20 layers.'],
    [
      'too large weights',
      stack(6, 128, 'relu', { init: varianceScaling(20, 'fanIn') }),
      'Signal and gradient explode: ×3.2 per layer, 10³ over 6 layers.',
    ],
    ['one layer', stack(1, 128, 'sigmoid', { init: glorot }), 'Signal and gradient stay within ×0.1…×10 over 1 layer.'],
    ['unknown initializers', stack(3, 128, 'relu', { init: unknown }), /^What the initial weights do is not known: .+\.$/],
  ] as const)('%s', (_, net, expected) => {
    if (typeof expected === 'string') expect(verdictOf(factsOf(net))).toBe(expected);
    else expect(verdictOf(factsOf(net))).toMatch(expected);
  });

  it('says where norms and skips bound the run, and where nothing is hidden', () => {
    const b = new NetworkBuilder();
    let h = b.input(64);
    for (let i = 0; i < 6; i++) h = b.activation(b.layerNorm(b.dense(h, 64)), 'relu');
    expect(verdictOf(factsOf(b.build(b.dense(h, 10))))).toBe(
      'Signal and gradient stay within ×0.5…×2 over 1 layer, the longest run without norm or skip.',
    );
    const c = new NetworkBuilder();
    expect(verdictOf(factsOf(c.build(c.dense(c.input(8), 1))))).toMatch(/^No hidden weight layers/);
    const d = new NetworkBuilder();
    expect(verdictOf(factsOf(d.build(d.activation(d.input(8), 'relu'))))).toBe('No weight layers were found.');
  });

  it('names an unstable activation instead of a figure', () => {
    expect(verdictOf(factsOf(stack(50, 256, 'gelu', { init: he })))).toMatch(/^GELU is unstable at this depth/);
  });
});
