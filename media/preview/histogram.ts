/** Statistics of values on this side: bins between robust bounds, and exact figures where something is not finite. */
import type { Histogram } from './messages.ts';

export const BINS = 64;
/** Share of values left out at each end, so that one outlier does not flatten the picture. */
const TAIL = 0.001;

/** Bins of the finite, non-zero values; null where there are none. */
export const histogram = (values: Float32Array): Histogram | null => {
  const kept = values.filter((v) => Number.isFinite(v) && v !== 0).sort();
  if (kept.length === 0) return null;
  const quantile = (p: number): number => kept[Math.round(p * (kept.length - 1))] as number;
  let [low, high] = [quantile(TAIL), quantile(1 - TAIL)];
  if (low === high) [low, high] = [low - Math.abs(low) / 2, high + Math.abs(high) / 2];
  const counts = new Array<number>(BINS).fill(0);
  const width = (high - low) / BINS;
  for (const v of kept) {
    if (v < low || v > high) continue;
    const bin = Math.min(BINS - 1, Math.floor((v - low) / width));
    counts[bin] = (counts[bin] as number) + 1;
  }
  return { low, high, counts, sampled: values.length };
};

export interface Exact {
  readonly mean: number;
  readonly std: number;
  readonly rms: number;
  readonly zero: number;
  readonly nonFinite: number;
}

/** Figures over the finite values, in double precision. */
export const exactly = (values: Float32Array): Exact => {
  let [count, sum, zeros] = [0, 0, 0];
  for (const v of values) {
    if (!Number.isFinite(v)) continue;
    count += 1;
    sum += v;
    if (v === 0) zeros += 1;
  }
  const mean = count === 0 ? Number.NaN : sum / count;
  let spread = 0;
  for (const v of values) if (Number.isFinite(v)) spread += (v - mean) ** 2;
  const variance = spread / count;
  const rms = Math.sqrt(variance + mean * mean);
  return { mean, std: Math.sqrt(variance), rms, zero: zeros / values.length, nonFinite: values.length - count };
};
