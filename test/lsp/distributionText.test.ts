/** Initializers as a reader of the papers would write them. */
import { describe, expect, it } from 'vitest';
import { figure, formulaOf, schemeOf } from '../../server/src/lsp/distributionText.ts';
import type { Distribution, Law } from '../../server/src/network/distribution.ts';
import { symbol } from '../../server/src/network/scalar.ts';

const scaling = (scale: number, mode: 'fanIn' | 'fanOut' | 'fanAvg', law: Law): Distribution => ({
  kind: 'varianceScaling',
  scale,
  fan: symbol('n'),
  mode,
  law,
  corrected: true,
});

describe('a scheme', () => {
  it.each([
    [scaling(2, 'fanIn', 'normal'), 'He normal', 'N(0, σ² = 2 / fan_in)'],
    [scaling(2, 'fanIn', 'uniform'), 'He uniform', 'U(±√(6 / fan_in))'],
    [scaling(1, 'fanAvg', 'uniform'), 'Glorot uniform', 'U(±√(6 / (fan_in + fan_out)))'],
    [scaling(1, 'fanAvg', 'truncatedNormal'), 'Glorot truncated normal', 'N(0, σ² = 2 / (fan_in + fan_out)) cut to ±2σ, corrected'],
    [scaling(16, 'fanAvg', 'uniform'), null, 'U(±√(96 / (fan_in + fan_out)))'],
    [scaling(1, 'fanIn', 'normal'), 'LeCun normal', 'N(0, σ² = 1 / fan_in)'],
    [scaling(1 / 3, 'fanIn', 'uniform'), null, 'U(±√(1 / fan_in))'],
  ] as const)('%#: %s', (distribution, scheme, formula) => {
    expect(schemeOf(distribution)).toBe(scheme);
    expect(formulaOf(distribution)).toBe(formula);
  });

  it('keeps symbols', () => {
    expect(formulaOf({ kind: 'uniform', low: symbol('-b'), high: symbol('b') })).toBe('U(-b, b)');
    expect(formulaOf({ kind: 'affine', of: { kind: 'normal', mean: 0, std: 1 }, factor: 0.01, offset: 0 })).toBe('0.01 · N(0, σ = 1)');
  });
});

describe('a figure', () => {
  it.each([
    [0, '0'],
    [0.123456, '0.1235'],
    [-2, '−2'],
    [1234.5678, '1235'],
    [1e-9, '1.00·10⁻⁹'],
    [3.2e7, '3.20·10⁷'],
    [Number.NaN, 'unknown'],
    [Number.POSITIVE_INFINITY, '∞'],
  ])('%d is %s', (x, text) => {
    expect(figure(x)).toBe(text);
  });
});
