/** Numbers as the page shows them: three digits, and a true minus sign. */
export const formatNumber = (x: number): string => {
  if (Number.isNaN(x)) return 'NaN';
  if (!Number.isFinite(x)) return x > 0 ? '∞' : '−∞';
  const rounded = Number(x.toPrecision(3));
  const size = Math.abs(rounded);
  if (size === 0) return '0';
  return digits(rounded, size).replaceAll('-', '−').replace('e+', 'e');
};

const digits = (x: number, size: number): string => {
  if (size < 1e-3 || size >= 1e5) return x.toExponential(1);
  if (size >= 1000) return Math.round(x).toLocaleString('en');
  if (size < 0.1) return x.toPrecision(2);
  return x.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
};

/** A mean that is only the rounding of single precision is zero. */
export const formatMean = (mean: number, rms: number): string => (Math.abs(mean) < 1e-6 * rms ? '0' : formatNumber(mean));

/** Shares: whole per cents, and what is less than one said so. */
export const formatShare = (share: number): string => {
  if (share === 0) return '0 %';
  if (share < 0.01) return '< 1 %';
  if (share > 0.99 && share < 1) return '> 99 %';
  return `${Math.round(share * 100)} %`;
};

export const formatRatio = (ratio: number): string => `×${formatNumber(ratio)}`;

export const formatShape = (shape: readonly number[]): string => shape.join(' × ');

/** 'encoder.layers.11.attention' → 'encoder…attention': both ends of a path say where it is. */
export const shorten = (text: string, length: number): string => {
  if (text.length <= length) return text;
  const head = Math.max(1, Math.floor((length - 1) * 0.4));
  return `${text.slice(0, head)}…${text.slice(text.length - (length - 1 - head))}`;
};
