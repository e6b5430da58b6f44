/** The computed table and its adjustments, on built networks. */
import { describe, expect, it } from 'vitest';
import { symbol } from '../../server/src/network/scalar.ts';
import { decades, ratioSeverity, tableSeverity } from '../../server/src/rules/severity.ts';
import { glorot, glorot4, he, lecun, NetworkBuilder, normal, stack, third } from '../support/networks.ts';
import { findingsOf, verdicts } from './judge.ts';

describe('the table', () => {
  it('goes by decades', () => {
    expect([0, 0.99, 1, 2.9, 3, 5.9, 6, 40, Number.POSITIVE_INFINITY].map(tableSeverity)).toEqual([
      'hint',
      'hint',
      'information',
      'information',
      'warning',
      'warning',
      'error',
      'error',
      'error',
    ]);
    expect(decades(null)).toBe(0);
    expect(decades(1e-4)).toBeCloseTo(4);
  });

  it.each([
    [3, 'hint'],
    [10, 'information'],
    [24, 'warning'],
    [45, 'error'],
  ])('ReLU behind Glorot over %i layers: %s', (depth, severity) => {
    expect(verdicts(stack(depth, 256, 'relu', { init: glorot }))).toEqual([`${severity}[relu-without-he]`]);
  });

  it('measured nets: PyTorch default 20 deep is an error, He none, tanh with He a hint', () => {
    expect(verdicts(stack(20, 512, 'relu', { init: third, source: 'default' }))).toEqual(['error[relu-without-he]']);
    expect(verdicts(stack(20, 512, 'relu', { init: he }))).toEqual([]);
    expect(verdicts(stack(20, 512, 'tanh', { init: he }))).toEqual(['hint[saturating-with-he]']);
    expect(verdicts(stack(5, 512, 'tanh', { init: glorot4 }))).toEqual(['information[tanh-with-sigmoid-gain]']);
    expect(verdicts(stack(20, 512, 'tanh', { init: glorot4 }))).toEqual(['warning[tanh-with-sigmoid-gain]']);
  });
});

describe('adjustments', () => {
  it('2: behind a norm a hint at most', () => {
    const b = new NetworkBuilder();
    let h = b.input(64);
    for (let i = 0; i < 20; i++) h = b.activation(b.layerNorm(b.dense(h, 64, { init: glorot })), 'relu');
    expect(verdicts(b.build(b.dense(h, 10)))).toEqual(['hint[relu-without-he]']);
  });

  it('2: in a residual branch of a normalised net a hint at most', () => {
    const b = new NetworkBuilder();
    let h = b.input(64);
    for (let i = 0; i < 4; i++) {
      let branch = b.layerNorm(h);
      for (let k = 0; k < 12; k++) branch = b.layer(branch, 64, 'relu', { init: third });
      h = b.add(h, b.dense(branch, 64, { init: third }));
    }
    expect(verdicts(b.build(b.dense(h, 10)))).toEqual(['hint[relu-without-he]']);
  });

  it('3: plainly crossed by hand has a floor; the same as a default has none', () => {
    expect(verdicts(stack(1, 64, 'sigmoid', { init: he, source: 'call' }))).toEqual(['warning[saturating-with-he]']);
    expect(verdicts(stack(1, 64, 'sigmoid', { init: he, source: 'default' }))).toEqual(['hint[saturating-with-he]']);
    expect(verdicts(stack(1, 64, 'tanh', { init: glorot4 }))).toEqual(['information[tanh-with-sigmoid-gain]']);
    expect(verdicts(stack(1, 64, 'selu', { init: he }))).toEqual(['information[selu-without-lecun]']);
    expect(verdicts(stack(1, 64, 'selu', { init: third, source: 'default' }))).toEqual(['hint[selu-without-lecun]']);
  });

  it('3: a norm wins over the floor', () => {
    const b = new NetworkBuilder();
    const h = b.activation(b.batchNorm(b.dense(b.input(64), 64, { init: he, bias: null })), 'sigmoid');
    expect(verdicts(b.build(b.dense(h, 10)))).toEqual(['hint[saturating-with-he]']);
  });

  it('5: unknown sizes or depth are a hint', () => {
    const b = new NetworkBuilder();
    let h = b.input(symbol('features'));
    for (let i = 0; i < 20; i++) h = b.layer(h, symbol(`width${i}`), 'relu', { init: glorot });
    expect(verdicts(b.build(b.dense(h, 10)))).toEqual(['hint[relu-without-he]']);
    const c = new NetworkBuilder();
    let k = c.input(64);
    for (let i = 0; i < 20; i++) k = c.layer(k, 64, 'relu', { init: glorot });
    expect(verdicts(c.build([c.dense(k, 10)], { complete: false }))).toEqual(['hint[relu-without-he]']);
  });

  it('5: one symbol for all widths leaves Glorot known', () => {
    const hidden = symbol('hidden');
    const b = new NetworkBuilder();
    let h = b.input(hidden);
    for (let i = 0; i < 25; i++) h = b.layer(h, hidden, 'relu', { init: glorot });
    expect(verdicts(b.build(b.dense(h, 10)))).toEqual(['warning[relu-without-he]']);
  });

  it('5: a fixed std of unknown depth goes by its ratio to the target', () => {
    expect([0.6, 1.9, 0.3, 7, 0.05, 30].map(ratioSeverity)).toEqual([null, null, 'hint', 'information', 'warning', 'warning']);
    for (const [std, severity] of [
      [0.1, null],
      [0.03, 'hint'],
      [0.015, 'information'],
      [0.005, 'warning'],
    ] as const) {
      const b = new NetworkBuilder();
      const h = b.layer(b.input(100), 100, 'tanh', { init: normal(std * 1.01) });
      const net = b.build([b.dense(h, 100, { init: glorot })], { complete: false });
      expect(verdicts(net)).toEqual(severity === null ? [] : [`${severity}[fixed-scale]`]);
    }
  });

  it('6: the cause at the initializer speaks, and the network rules keep silent', () => {
    const rules = new Set(findingsOf(stack(20, 64, 'sigmoid', { init: glorot })).map((f) => f.rule));
    // It may stand beside: the initializer is wrong, and no other one saves a stack that deep.
    expect(rules).toEqual(new Set(['sigmoid-without-gain', 'saturating-stack']));
  });

  it('7: equal gain is equal', () => {
    expect(verdicts(stack(8, 64, 'selu', { init: lecun }))).toEqual([]);
    expect(verdicts(stack(8, 64, 'selu', { init: glorot }))).toEqual([]);
    // A slope of 1 makes a leaky ReLU linear.
    const b = new NetworkBuilder();
    const h = b.activation(b.dense(b.input(64), 64, { init: glorot }), 'leakyRelu', { negativeSlope: 1 });
    expect(verdicts(b.build(b.dense(h, 10)))).toEqual([]);
  });
});
