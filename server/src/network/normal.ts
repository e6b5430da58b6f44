/** The standard normal: density, distribution function and the error function, to double precision. */

const SQRT_2PI = Math.sqrt(2 * Math.PI);

export const normalDensity = (z: number): number => Math.exp(-0.5 * z * z) / SQRT_2PI;

/**
 * Numerators and denominators of Cody's rational approximations, highest power first (W. J. Cody 1969, "Rational Chebyshev
 * approximations for the error function", Math. Comp. 23): erf(x)/x in x² up to 0.46875, erfc(x)·eˣ² in x up to 4, and beyond it
 * what that lacks to 1/(x√π), in 1/x². Relative errors are below 1e-15.
 */
const NEAR = [
  [0.18577770618460315, 3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694],
  [1, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171],
] as const;
const MIDDLE = [
  [
    2.1531153547440383e-8, 0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001, 881.952221241769,
    1712.0476126340707, 2051.0783778260716, 1230.3393547979972,
  ],
  [
    1, 15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903, 3290.7992357334597, 4362.619090143247,
    3439.3676741437216, 1230.3393548037495,
  ],
] as const;
const FAR = [
  [0.016315387137302097, 0.30532663496123236, 0.36034489994980445, 0.12578172611122926, 0.016083785148742275, 0.0006587491615298378],
  [1, 2.568520192289822, 1.8729528499234673, 0.5279051029514285, 0.06051834131244132, 0.0023352049762686918],
] as const;

/** Horner's scheme for a quotient of polynomials. */
const rational = ([above, below]: readonly [readonly number[], readonly number[]], x: number): number => {
  let [numerator, denominator] = [0, 0];
  for (let i = 0; i < above.length; i++) {
    numerator = numerator * x + (above[i] as number);
    denominator = denominator * x + (below[i] as number);
  }
  return numerator / denominator;
};

const CLOSE = 0.46875;
/** Beyond this erfc is less than the smallest number. */
const FARTHEST = 27.3;

const erfNear = (x: number): number => x * rational(NEAR, x * x);

/** erfc for x > 0.46875. */
const erfcTail = (x: number): number => {
  if (x > FARTHEST) return 0;
  if (x <= 4) return Math.exp(-x * x) * rational(MIDDLE, x);
  const y = 1 / (x * x);
  return (Math.exp(-x * x) / x) * (1 / Math.sqrt(Math.PI) - y * rational(FAR, y));
};

export const erfc = (x: number): number => {
  if (Math.abs(x) <= CLOSE) return 1 - erfNear(x);
  return x > 0 ? erfcTail(x) : 2 - erfcTail(-x);
};

export const erf = (x: number): number => {
  if (Math.abs(x) <= CLOSE) return erfNear(x);
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
