/** The standard normal: density, distribution function and the error function, to double precision. */

const SQRT_2PI = Math.sqrt(2 * Math.PI);

export const normalDensity = (z: number): number => Math.exp(-0.5 * z * z) / SQRT_2PI;

/** erf by its all-positive series, e^{−x²}·2/√π·Σ 2ⁿx^{2n+1}/(2n+1)!! (Abramowitz & Stegun 7.1.6); no cancellation. */
const erfSeries = (x: number): number => {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
};

/** erfc for x ≥ 2 by the continued fraction of Abramowitz & Stegun 7.1.14, evaluated from the tail. */
const erfcTail = (x: number): number => {
  if (x > 27) return 0;
  let fraction = x;
  for (let k = Math.ceil(20 + 240 / (x * x)); k >= 1; k--) fraction = x + k / 2 / fraction;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
};

export const erfc = (x: number): number => {
  if (x < -2) return 2 - erfcTail(-x);
  return x > 2 ? erfcTail(x) : 1 - erfSeries(x);
};

export const erf = (x: number): number => {
  if (Math.abs(x) <= 2) return x === 0 ? 0 : erfSeries(x);
  return x > 0 ? 1 - erfcTail(x) : erfcTail(-x) - 1;
};

/** P(Z ≤ z), accurate in the lower tail. */
export const normalCdf = (z: number): number => 0.5 * erfc(-z / Math.SQRT2);

/** z with P(Z ≤ z) = p, by bisection: exact enough and without tables; ±∞ at the ends. */
export const normalQuantile = (p: number): number => {
  if (p <= 0) return Number.NEGATIVE_INFINITY;
  if (p >= 1) return Number.POSITIVE_INFINITY;
  let [low, high] = [-40, 40];
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
};

/** P(a < Z ≤ b), by the tail that does not cancel. */
export const normalBetween = (a: number, b: number): number => (a > 0 ? normalCdf(-a) - normalCdf(-b) : normalCdf(b) - normalCdf(a));
