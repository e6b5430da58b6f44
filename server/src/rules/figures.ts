/** Numbers as messages spell them: ×0.50, 10⁻⁹, 2⁻²⁰. */
import { superscript } from '../text/figures.ts';

/** Two significant digits, without an exponent. */
const plain = (x: number): string => {
  if (x === 0) return '0';
  const rounded = Number(x.toPrecision(2));
  const digits = Math.max(0, Math.min(4, 1 - Math.floor(Math.log10(Math.abs(rounded)))));
  return (digits === 0 ? x : rounded).toFixed(digits);
};

/** A factor: ×0.50, ×4.4, ×0.021; beyond 10⁻³ … 10⁴ a power of ten. */
export const times = (x: number): string => (x !== 0 && (x < 1e-3 || x >= 1e4) ? magnitude(x) : `×${plain(x)}`);

/** A power of ten: 10⁻⁹; near 1 a factor. */
export const magnitude = (x: number): string => {
  if (x === 0) return '0';
  if (!Number.isFinite(x)) return 'beyond all bounds';
  if (x > 0.01 && x < 100) return `×${plain(x)}`;
  return `10${superscript(Math.round(Math.log10(x)))}`;
};

/** factor^count: a power of two where the factor is a half, else of ten. */
export const compounded = (factor: number, count: number): string =>
  Math.abs(factor - 0.5) < 1e-3 ? `2${superscript(-count)}` : magnitude(factor ** count);

/** A number in a sentence: 0.044, 22, 1.3·10⁻⁵. */
export const number = (x: number): string => {
  if (x === 0 || (Math.abs(x) >= 1e-3 && Math.abs(x) < 1e4)) return String(Number(x.toPrecision(2)));
  const exponent = Math.floor(Math.log10(Math.abs(x)));
  const mantissa = Number((x / 10 ** exponent).toPrecision(2));
  return `${mantissa === 1 ? '' : `${mantissa}·`}10${superscript(exponent)}`;
};

/** A count that nobody reads to the last digit: 784, 50 thousand, 1.6 million. */
export const amount = (n: number): string =>
  n < 1e4 ? String(n) : n < 1e6 ? `${Math.round(n / 1e3)} thousand` : `${Number((n / 1e6).toPrecision(2))} million`;

export const count = (n: number, thing: string): string => `${n} ${thing}${n === 1 ? '' : 's'}`;
