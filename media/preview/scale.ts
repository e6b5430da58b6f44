/** Axes of the plot: where a value lies and where the ticks are. Pure, so that tests need no canvas. */

export interface Axis {
  /** Position of a value in 0 … 1. */
  readonly at: (value: number) => number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
}

const power = (exponent: number): string => `10${[...String(exponent)].map((c) => ({ '-': '⁻' })[c] ?? '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(c)]).join('')}`;

const plain = (value: number): string => {
  const exponent = Math.floor(Math.log10(Math.abs(value)) + 1e-9);
  const text = exponent < -3 || exponent > 4 ? power(exponent) : String(Number(Math.abs(value).toPrecision(3)));
  return value < 0 ? `−${text}` : text;
};

/** 1, 2 or 5 times a power of ten near `span / 5`. */
const niceStep = (span: number): number => {
  const rough = span / 5;
  const base = 10 ** Math.floor(Math.log10(rough));
  return base * (rough / base >= 5 ? 5 : rough / base >= 2 ? 2 : 1);
};

export const linearAxis = (low: number, high: number): Axis => {
  const span = high - low || 1;
  const step = niceStep(span);
  const first = Math.ceil(low / step - 1e-9);
  const ticks = Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => {
    const value = (first + i) * step;
    return { value, label: value === 0 ? '0' : plain(value) };
  });
  return { at: (value) => (value - low) / span, ticks };
};

/** Linear within ±threshold and logarithmic beyond: asinh(x / threshold). */
export const signedLogAxis = (low: number, high: number, threshold: number): Axis => {
  const f = (x: number): number => Math.asinh(x / threshold);
  const [from, to] = [f(low), f(high)];
  const at = (value: number): number => (f(value) - from) / (to - from || 1);
  const candidates: number[] = [0];
  const start = Math.ceil(Math.log10(threshold));
  const end = Math.floor(Math.log10(Math.max(Math.abs(low), Math.abs(high), threshold)));
  const stride = Math.max(1, Math.ceil((end - start + 1) / 4));
  for (let e = end; e >= start; e -= stride) candidates.push(10 ** e, -(10 ** e));
  const ticks = candidates
    .filter((value) => value >= low && value <= high)
    .sort((a, b) => a - b)
    .map((value) => ({ value, label: value === 0 ? '0' : plain(value) }));
  return { at, ticks };
};

export const logAxis = (low: number, high: number): Axis => {
  const [from, to] = [Math.log10(low), Math.log10(high)];
  const decades = to - from;
  const at = (value: number): number => (Math.log10(value) - from) / (decades || 1);
  const values: number[] = [];
  const stride = Math.max(1, Math.ceil(decades / 4));
  for (let e = Math.floor(from); e <= Math.ceil(to); e++) {
    if (decades > 1.5) {
      if (e % stride === 0) values.push(10 ** e);
    } else for (const digit of decades > 0.7 ? [1, 3] : [1, 1.5, 2, 3, 5, 7]) values.push(digit * 10 ** e);
  }
  const ticks = values.filter((v) => v >= low * 0.999 && v <= high * 1.001).map((value) => ({ value, label: plain(value) }));
  return { at, ticks };
};

/** Room of a log axis around positive values: at least from half to double. */
export const logRange = (values: readonly number[]): readonly [number, number] => {
  const kept = values.filter((v) => v > 0 && Number.isFinite(v));
  if (kept.length === 0) return [0.5, 2];
  const [low, high] = [Math.min(...kept), Math.max(...kept)];
  const middle = Math.sqrt(low * high);
  return [Math.min(low / 1.25, middle / 2), Math.max(high * 1.25, middle * 2)];
};
