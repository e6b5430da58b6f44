/** Messages are cut to a line by what they can do without. */
import { expect, it } from 'vitest';
import { forAll, LINE, oneLine } from '../../server/src/rules/line.ts';

const words = (n: number): string => 'x'.repeat(n);

it('takes the longest form that fits, and leaves out what does not fit at all', () => {
  expect(oneLine(['Cause ×0.5', ['the long form', 'short'], null, 'last'])).toBe('Cause ×0.5; the long form; last');
  expect(oneLine([words(98), ['the long form', 'short'], 'last'])).toBe(`${words(98)}; short`);
  expect(oneLine([words(98), 'too long for it', 'last'])).toBe(`${words(98)}; last`);
  expect(oneLine([[words(200), words(100)]])).toBe(words(100));
});

it('leaves room for the number of models', () => {
  const line = forAll([words(90), words(30)], 12, 'layer', false);
  expect(line).toBe(`${words(90)} (worst of 12)`);
  expect(`${oneLine([words(50), words(55)])} (+99 models)`.length).toBe(LINE);
});

it('says how many layers it stands for, once', () => {
  expect(forAll(['Cause', '10⁻³ over 20 layers'], 20, 'layer')).toBe('Cause; 10⁻³ over 20 layers');
  expect(forAll(['Cause', '10⁻³ over 120 layers'], 20, 'layer')).toBe('Cause; 10⁻³ over 120 layers (20 layers)');
  expect(forAll(['Cause'], 1, 'layer')).toBe('Cause');
});
