/** What each rule says, where, with which figure and which fix, on built networks. */
import { describe, expect, it } from 'vitest';
import { symbol } from '../../server/src/network/scalar.ts';
import type { Finding } from '../../server/src/rules/rule.ts';
import {
  constant,
  glorot,
  glorot4,
  he,
  type LayerOptions,
  lecun,
  NetworkBuilder,
  normal,
  orthogonal,
  stack,
  third,
  varianceScaling,
} from '../support/networks.ts';
import { findingsOf, offers, verdicts } from './judge.ts';

const place = new NetworkBuilder().span();
const first = (depth: number, activation: string, options: LayerOptions, width = 256): Finding => {
  const [finding] = findingsOf(stack(depth, width, activation, options));
  if (!finding) throw new Error('nothing found');
  return finding;
};

describe('wrong-nonlinearity', () => {
  const told: LayerOptions = { init: varianceScaling(1, 'fanIn'), source: 'call', declared: { nonlinearity: 'linear' } };

  it.each([
    [2, '; gradient ×0.71 over 4 layers'],
    [5, ''],
  ])('names the gradient only where it goes the way of the fault: other layers drawn with %d/fan_in', (scale, gradient) => {
    const b = new NetworkBuilder();
    let h = b.layer(b.input(64), 64, 'relu', told);
    for (let i = 0; i < 3; i++) h = b.layer(h, 64, 'relu', { init: varianceScaling(scale, 'fanIn'), source: 'call' });
    const found = findingsOf(b.build(b.dense(h, 10))).find(({ rule }) => rule === 'wrong-nonlinearity');
    expect(found?.message).toBe(`The gain 1 of nonlinearity='linear' is not what ReLU wants, 1.4${gradient}`);
  });
});

describe('relu-without-he', () => {
  it('says what Glorot costs, at the initializer', () => {
    const finding = first(20, 'relu', { init: glorot, span: place });
    expect(finding.message).toBe('Glorot halves the variance at each ReLU, 2⁻²⁰ after 20 layers; He keeps it');
    expect(finding.span).toBe(place);
    expect(finding.explains).toHaveLength(20);
  });

  it('says what the default costs, and that it is the default', () => {
    expect(first(20, 'relu', { init: third, source: 'default' }).message).toBe(
      'The default U(±1/√fan_in) keeps ×0.17 of the variance at each ReLU, 10⁻¹⁶ after 20 layers; He keeps it',
    );
  });

  it('multiplies the layers’ own factors where sizes differ, instead of raising one of them to the depth', () => {
    const b = new NetworkBuilder();
    const span = b.span();
    let h = b.input(784);
    // Glorot keeps fan_in/(fan_in + fan_out): 784/1040, then seven times 1/2, then 256/288: 0.0053 in all, 0.56 on average.
    for (const width of [256, 256, 256, 256, 256, 256, 256, 256, 32]) h = b.layer(h, width, 'relu', { init: glorot, span });
    const [finding] = findingsOf(b.build(b.dense(h, 10, { init: glorot })));
    expect(finding?.message).toMatch(
      /^Glorot keeps on average ×0\.56 of the variance at each ReLU, 10⁻² after 9 layers; He keeps it( \(\d layers\))?$/,
    );
  });

  it('counts the layers that the named initializer draws, not their neighbours', () => {
    const b = new NetworkBuilder();
    let h = b.input(64);
    for (let i = 0; i < 4; i++) h = b.layer(h, 64, 'relu', { init: glorot });
    for (let i = 0; i < 8; i++) h = b.layer(h, 64, 'relu', { init: he });
    const [finding] = findingsOf(b.build(b.dense(h, 10)));
    expect(finding?.message).toBe('Glorot halves the variance at each ReLU, 2⁻⁴ after 4 layers; He keeps it');
  });

  it('offers He first, in the law that was drawn, then the other law and orthogonal', () => {
    const intents = offers(first(3, 'relu', { init: glorot, span: place }));
    expect(intents.map(({ to }) => [to.family, to.law, to.gain.toFixed(2)])).toEqual([
      ['he', 'uniform', '1.00'],
      ['he', 'normal', '1.00'],
      ['orthogonal', 'normal', '1.41'],
    ]);
    expect(intents.every((i) => i.nodes.length === 3 && i.span === place)).toBe(true);
  });

  it('corrects for a slope, learned ones too', () => {
    const b = new NetworkBuilder();
    const h = b.activation(b.dense(b.input(64), 64, { init: glorot }), 'leakyRelu', { negativeSlope: 0.3 });
    const [leaky] = findingsOf(b.build(b.dense(h, 10)));
    expect(leaky?.message).toContain('keeps ×0.55 of the variance at each leaky ReLU');
    expect(offers(leaky)[0]?.to).toMatchObject({ family: 'he', slope: 0.3, activation: 'leakyRelu' });
  });

  it('speaks of `a=1`, the scale of a linear layer, where a ReLU follows all the same', () => {
    const fill = { init: varianceScaling(1, 'fanIn', 'uniform'), source: 'call' as const, declared: { slope: 1 } };
    expect(verdicts(stack(2, 64, 'relu', fill))).toEqual(['hint[relu-without-he]']);
    expect(verdicts(stack(2, 64, 'relu', { ...fill, init: varianceScaling(0.4, 'fanIn', 'uniform'), declared: { slope: 2 } }))).toEqual([
      'information[slope-mismatch]',
    ]);
  });
  it('is silent where unequal fans make Glorot as large as He, and leaves orthogonal matrices to their own rule', () => {
    const b = new NetworkBuilder();
    const h = b.layer(b.input(2000), 50, 'relu', { init: glorot });
    expect(findingsOf(b.build(b.dense(h, 10)))).toEqual([]);
    expect(verdicts(stack(2, 64, 'relu', { init: orthogonal(1) }))).toEqual(['hint[orthogonal-gain]']);
  });

  it('judges fixed scales by their distance from He', () => {
    expect(first(20, 'relu', { init: normal(0.01) }, 512).message).toBe(
      'A std of 0.01 on 512 inputs keeps ×0.026 of the variance at each ReLU; gradient 10⁻¹⁶ over 20 layers',
    );
    // √(2/512) = 0.0625: 0.05 is near enough.
    expect(verdicts(stack(5, 512, 'relu', { init: normal(0.05) }))).toEqual([]);
  });
});

describe('saturating-with-he', () => {
  it('gives the gradient over the run and offers Glorot times 4', () => {
    const finding = first(13, 'sigmoid', { init: he, span: place });
    expect(finding.message).toMatch(
      /^He \(2\/fan_in\) is for ReLU, sigmoid wants Glorot times 4; gradient ×0\.31 per layer, 10⁻⁷ over 13 layers$/,
    );
    expect(finding.severity).toBe('error');
    expect(offers(finding)[0]?.to).toMatchObject({ family: 'glorot', gain: 4, activation: 'sigmoid' });
  });

  it('softsign and hard sigmoid too; ReLU and unknown ones not', () => {
    expect(verdicts(stack(1, 64, 'softsign', { init: he }))).toEqual(['hint[saturating-with-he]']);
    expect(verdicts(stack(1, 64, 'hardSigmoid', { init: he }))).toEqual(['warning[saturating-with-he]']);
    expect(verdicts(stack(1, 64, 'gelu', { init: he }))).toEqual([]);
    expect(verdicts(stack(1, 64, 'nobody', { init: he }))).toEqual([]);
  });
});

describe('sigmoid-without-gain', () => {
  it.each([
    ['Glorot', glorot],
    ['LeCun', lecun],
    ['U(±1/√fan_in)', third],
  ])('flags %s', (name, init) => {
    const finding = first(10, 'sigmoid', { init });
    expect(finding.rule).toBe('sigmoid-without-gain');
    expect(finding.message).toMatch(
      new RegExp(`^${name.replace(/[()/±√]/g, '.')} lacks the factor 4 .*gradient (shrinks )?×0\\.\\d+ per layer, 10⁻\\S+ over 10 layers$`),
    );
  });
});

describe('tanh-with-sigmoid-gain', () => {
  it('says how many units start saturated', () => {
    const finding = first(4, 'tanh', { init: glorot4, span: place }, 512);
    expect(finding.message).toMatch(
      /^The factor 4 is for sigmoid, tanh needs none; 4\d % start saturated; gradient ×\S+ in all \(worst of 4\)$/,
    );
    expect(offers(finding)[0]?.to).toMatchObject({ family: 'glorot', gain: 1, activation: 'tanh' });
  });

  it('knows 5/3 as tanh’s own gain', () => {
    expect(verdicts(stack(4, 64, 'tanh', { init: varianceScaling(25 / 9, 'fanAvg') }))).toEqual([]);
  });
});

describe('selu-without-lecun', () => {
  it('says what the pre-activation’s variance is', () => {
    const finding = first(4, 'selu', { init: he, span: place });
    expect(finding.message).toContain('He gives fan_in·Var(W) = 2, where SELU needs 1 (LeCun)');
    expect(offers(finding)[0]?.to).toMatchObject({ family: 'lecun', law: 'normal' });
  });

  it('names ordinary dropout behind a SELU and lets alpha dropout be', () => {
    const build = (alpha: boolean) => {
      const b = new NetworkBuilder();
      const h = b.op({ kind: 'dropout', rate: 0.2, alpha }, [b.layer(b.input(64), 64, 'selu', { init: lecun })]);
      return findingsOf(b.build(b.dense(h, 10))).map((f) => f.message);
    };
    expect(build(false)).toEqual(['Dropout of 0.2 multiplies SELU’s variance ×1.3 in training; alpha dropout keeps mean 0 and variance 1']);
    expect(build(true)).toEqual([]);
  });

  it('cannot judge Glorot on unknown sizes', () => {
    const b = new NetworkBuilder();
    const h = b.layer(b.input(symbol('n')), symbol('m'), 'selu', { init: glorot });
    expect(findingsOf(b.build(b.dense(h, 10)))).toEqual([]);
  });
});

describe('constant-weights', () => {
  it.each([
    [0, 'pass on no signal and no gradient'],
    [1, 'compute the same feature'],
    [0.5, 'compute the same feature'],
  ])('an error for %d at any depth', (value, effect) => {
    const finding = first(1, 'relu', { init: constant(value) });
    expect(finding).toMatchObject({ rule: 'constant-weights', severity: 'error' });
    expect(finding.message).toBe(`All 256 units start with every weight at ${value}, so they ${effect}`);
    expect(offers(finding)[0]?.to).toMatchObject({ family: 'he' });
  });

  it('an error behind a norm too', () => {
    const b = new NetworkBuilder();
    const h = b.activation(b.batchNorm(b.dense(b.input(64), 64, { init: constant(0), bias: null })), 'relu');
    expect(verdicts(b.build(b.dense(h, 10)))).toEqual(['error[constant-weights]']);
  });

  it('not for depthwise filters, single units and frozen weights', () => {
    const b = new NetworkBuilder();
    const h = b.activation(b.conv(b.input(8, 8, 8), 8, 3, { init: constant(1 / 9), groups: 8 }), 'relu');
    expect(findingsOf(b.build(b.conv(h, 4, 1)))).toEqual([]);
    expect(verdicts(stack(2, 64, 'relu', { init: constant(1), trainable: false }))).toEqual([]);
    expect(verdicts(stack(1, 1, 'relu', { init: constant(1) }))).toEqual([]);
  });
});

describe('unit-normal-weights', () => {
  it('says how much larger the signal gets', () => {
    const finding = first(3, 'relu', { init: normal(1), span: place }, 784);
    expect(finding).toMatchObject({ rule: 'unit-normal-weights', severity: 'warning' });
    expect(finding.message).toContain('N(0, 1) on 784 inputs multiplies the signal ×28, which 1/√784 = 0.036 keeps');
  });

  it('says so at a head, as information, and not below 16 inputs', () => {
    const b = new NetworkBuilder();
    expect(verdicts(b.build(b.dense(b.layer(b.input(64), 64, 'relu'), 10, { init: normal(1) })))).toEqual([
      'information[unit-normal-weights]',
    ]);
    const c = new NetworkBuilder();
    expect(verdicts(c.build(c.dense(c.layer(c.input(8), 8, 'tanh', { init: normal(1) }), 2)))).toEqual([]);
  });
});

describe('fixed-scale', () => {
  it('names the std, its target and the gradient', () => {
    const finding = first(5, 'tanh', { init: normal(0.01), span: place }, 100);
    expect(finding).toMatchObject({ rule: 'fixed-scale', severity: 'warning' });
    expect(finding.message).toMatch(/^A std of 0\.01 is ×0\.10 of the 0\.1 that 100 inputs ask for; (the gradient shrinks|gradient) ×0\.1/);
  });

  it('is silent within ½…2 of the target and behind a sum', () => {
    expect(verdicts(stack(3, 100, 'tanh', { init: normal(0.06) }))).toEqual([]);
    expect(verdicts(stack(3, 100, 'tanh', { init: normal(0.19) }))).toEqual([]);
  });
});

describe('vanishing and exploding', () => {
  const scaled = (factor: number) => {
    const b = new NetworkBuilder();
    let h = b.input(128);
    for (let i = 0; i < 8; i++) h = b.op({ kind: 'affine', factor, offset: 0 }, [b.layer(h, 128, 'relu', { bias: null })]);
    const net = b.build(b.dense(h, 10));
    return findingsOf(net).map((f) => ({ ...f, atName: f.span === net.nameSpan }));
  };

  it('a factor in the forward pass: the signal, at the name of the network', () => {
    const [finding, ...others] = scaled(0.2);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ rule: 'vanishing-signal', severity: 'warning', atName: true });
    expect(finding?.message).toMatch(/shrinks ×0\.1\d per layer, 10⁻⁵ over 8 layers of ReLU$/);
    expect(scaled(5).map((f) => f.rule)).toEqual(['exploding-signal']);
  });

  it('half of the scale before ReLU: the gradient, with a fix where one draw is to blame', () => {
    const [finding] = findingsOf(stack(12, 64, 'relu', { init: varianceScaling(1.2, 'fanIn'), span: place }));
    expect(finding).toMatchObject({ rule: 'vanishing-gradient', severity: 'information' });
    expect(offers(finding)[0]?.to).toMatchObject({ family: 'he' });
    expect(finding?.related).toHaveLength(2);
  });

  it('too large a scale: the gradient explodes', () => {
    expect(verdicts(stack(8, 64, 'relu', { init: varianceScaling(8, 'fanIn') }))).toEqual(['information[exploding-gradient]']);
  });

  it('a deep sigmoid stack vanishes under the best initializer and says what would help', () => {
    const [finding] = findingsOf(stack(20, 256, 'sigmoid', { init: glorot4 }));
    expect(finding).toMatchObject({ rule: 'saturating-stack', severity: 'warning', intents: [] });
    expect(finding?.message).toContain('a norm does');
    const [milder] = findingsOf(stack(7, 256, 'sigmoid', { init: glorot4 }));
    expect(milder).toMatchObject({ rule: 'vanishing-gradient', severity: 'information', intents: [] });
    expect(milder?.message).toContain('no classic initializer ends that');
  });

  it('keep silent where an initializer explains the run, and speak where it explains little of it', () => {
    expect(verdicts(stack(20, 64, 'relu', { init: third }))).toEqual(['error[relu-without-he]']);
    const b = new NetworkBuilder();
    let h = b.layer(b.input(64), 64, 'relu', { init: glorot });
    for (let i = 0; i < 20; i++) h = b.layer(h, 64, 'relu', { init: varianceScaling(0.7, 'fanIn') });
    expect(verdicts(b.build(b.dense(h, 10)))).toEqual(['warning[vanishing-gradient]', 'warning[relu-without-he]']);
  });

  it('no figure, no finding: unstable fixed points', () => {
    const scale = findingsOf(stack(50, 256, 'gelu', { init: he })).filter((f) => f.rule !== 'missing-normalization');
    expect(scale).toEqual([]);
  });
});
