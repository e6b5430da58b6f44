/**
 * How much of a softmax goes to few entries: E Σ p² over T independent Gaussian logits of variance τ², and E Σ p·p′ of two rows.
 *
 * With 1/S² = ∫ t e^{−tS} dt, t = e^s, the mean over T logits falls apart into means over one:
 * E Σ p² = T ∫ A(s) L(s)^{T−1} ds, A(s) = E h(s + x), h(y) = e^{2y − e^y}, L(s) = E exp(−e^{s + x}), x ~ N(0, τ²).
 * A and L do not depend on T, so one table per τ² serves every number of entries. Both integrands are analytic and die out on
 * both sides, where the trapezoidal rule converges exponentially.
 */
import { normalDensity } from '../../network/normal.ts';

interface Table {
  readonly A: Float64Array;
  readonly logL: Float64Array;
}

const STEP = 0.4;
/** Beyond this many standard deviations nothing of the normal is left to see. */
const REACH = 9;
/** Logits this far apart leave one entry whatever is added. */
const MOST = 100;
/** Tables kept: a net has few distinct τ². */
const KEPT = 128;

const tables = new Map<number, Table>();

const build = (tau2: number): Table => {
  const tau = Math.sqrt(tau2);
  const dz = Math.min(0.5, 0.5 / tau);
  const half = Math.ceil(REACH / dz);
  const weights = Float64Array.from({ length: 2 * half + 1 }, (_, i) => normalDensity(dz * (i - half)) * dz);
  // log S of up to 10⁸ entries lies between −REACH·τ and 20 + the largest that a sum of e^x comes to.
  const low = -20 - 10 - Math.min(tau2 / 2 + 4 * tau, REACH * tau);
  const count = Math.ceil((REACH * tau + 4 - low) / STEP);
  const [A, logL] = [new Float64Array(count), new Float64Array(count)];
  for (let k = 0; k < count; k++) {
    const s = low + k * STEP;
    let [a, rest] = [0, 0];
    for (let i = -half; i <= half; i++) {
      const e = Math.exp(s + tau * dz * i);
      const weight = weights[i + half] as number;
      a += weight * e * e * Math.exp(-e);
      // 1 − L: for many entries it is its smallness that counts.
      rest -= weight * Math.expm1(-e);
    }
    A[k] = a;
    logL[k] = Math.log1p(-Math.min(1, rest));
  }
  return { A, logL };
};

const tableOf = (tau2: number): Table => {
  const key = Number(Math.min(MOST, tau2).toPrecision(4));
  const known = tables.get(key);
  if (known) return known;
  if (tables.size >= KEPT) tables.clear();
  const table = build(key);
  tables.set(key, table);
  return table;
};

/** E Σ p² over `count` entries whose logits have variance τ²: from 1/count, all alike, to 1, one takes all. */
export const concentrationOf = (tau2: number, count: number): number => {
  if (count <= 1) return 1;
  // To first order in τ²; below this the next one is lost in rounding.
  if (!(tau2 > 1e-6)) return (1 + Math.max(0, tau2) * (1 - 1 / count)) / count;
  const { A, logL } = tableOf(tau2);
  let sum = 0;
  for (let k = 0; k < A.length; k++) sum += (A[k] as number) * Math.exp((count - 1) * (logL[k] as number));
  return Math.min(1, Math.max(1 / count, count * STEP * sum));
};

/** ∂log E Σ p²/∂log τ²: what a deviation of the logits' variance makes of it. */
export const concentrationSlope = (tau2: number, count: number): number =>
  Math.log(concentrationOf(tau2 * 1.1, count) / concentrationOf(tau2, count)) / Math.log(1.1);

/**
 * E Σ p·p′ of two rows whose logits share the covariance `alike`. Mehler's expansion is a power series in ρ = alike/τ² with
 * coefficients ≥ 0: 1/T at order 0, τ²(1 − C)²/(T − 1) at order 1 (from E ∂p_i/∂x_j), C = E Σ p² in all. The orders above are
 * shared out as in e^{κρ}, which is what Σ p·p′ of many entries is, with κ = log TC so that it ends at C. Against sampling: 2 %
 * for few classes, 10 % for hundreds at τ² = 4.
 */
export const overlapOf = (tau2: number, alike: number, count: number): number => {
  const all = concentrationOf(tau2, count);
  if (count <= 1 || !(tau2 > 1e-6)) return all;
  const kappa = Math.log(count * all);
  const rho = Math.min(1, Math.max(0, alike / tau2));
  const first = Math.min(all - 1 / count, (tau2 * (1 - all) ** 2) / (count - 1));
  // Both differences cancel to rounding where κ is small, and their ratio is ρ² there.
  const share = kappa < 1e-3 ? rho * rho : (Math.expm1(rho * kappa) - rho * kappa) / (Math.expm1(kappa) - kappa);
  return 1 / count + first * rho + (all - 1 / count - first) * share;
};
