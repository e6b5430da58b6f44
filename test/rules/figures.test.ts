/** Numbers as messages spell them. */
import { expect, it } from 'vitest';
import { compounded, count, magnitude, number, times } from '../../server/src/rules/figures.ts';

it('factors', () => {
  expect([0.5, 0.0213, 4.4123, 23, 512, 1, 0.999, 0.0002, 1e5].map(times)).toEqual([
    '×0.50',
    '×0.021',
    '×4.4',
    '×23',
    '×512',
    '×1.0',
    '×1.0',
    '10⁻⁴',
    '10⁵',
  ]);
});

it('magnitudes', () => {
  expect([0.32, 2.5, 0.01, 1e-9, 3e-10, 2e6, 0].map(magnitude)).toEqual(['×0.32', '×2.5', '10⁻²', '10⁻⁹', '10⁻¹⁰', '10⁶', '0']);
  expect(magnitude(Number.POSITIVE_INFINITY)).toBe('beyond all bounds');
});

it('powers of a half, and others', () => {
  expect(compounded(0.5, 20)).toBe('2⁻²⁰');
  expect(compounded(1 / 6, 20)).toBe('10⁻¹⁶');
});

it('numbers in sentences', () => {
  expect([0.0442, 22.6, 1000, 0.000013, 0].map(number)).toEqual(['0.044', '23', '1000', '1.3·10⁻⁵', '0']);
  expect([count(1, 'layer'), count(3, 'layer')]).toEqual(['1 layer', '3 layers']);
});
