/** Draws the layers on a canvas: a ridge of values each, and the rms on a log track with the prediction beside it. */
import { formatNumber, formatShare, shorten } from './format.ts';
import type { ScaleChoice } from './host.ts';
import type { Layout } from './layout.ts';
import type { Histogram } from './messages.ts';
import type { Row } from './results.ts';
import { type Axis, linearAxis, logAxis, logRange, signedLogAxis } from './scale.ts';
import type { Theme } from './theme.ts';

export interface View {
  readonly scale: ScaleChoice;
  readonly track: 'rms' | 'gradient';
  /** Row under the pointer or the keyboard. */
  readonly active: number | null;
  readonly stale: boolean;
}

/** Beyond this ratio between layers a shared linear axis would show the small ones as a line. */
const LINEAR_RATIO = 16;

const rmsRatio = (rows: readonly Row[]): number => {
  const sizes = rows.flatMap((row) => (row.statistics !== null && row.statistics.rms > 0 ? [row.statistics.rms] : []));
  return sizes.length === 0 ? 1 : Math.max(...sizes) / Math.min(...sizes);
};

/** 'auto': one axis while it shows every layer; else each layer in units of its rms, its size being told by the curve. */
export const resolveScale = (choice: ScaleChoice, rows: readonly Row[]): 'shared' | 'layer' =>
  choice !== 'auto' ? choice : rmsRatio(rows) <= LINEAR_RATIO ? 'shared' : 'layer';

/** One axis for all layers, or null where each has its own in units of its rms. */
export const sharedAxis = (rows: readonly Row[]): Axis => {
  const shown = rows.flatMap((row) =>
    row.statistics?.histogram ? [{ rms: row.statistics.rms, histogram: row.statistics.histogram }] : [],
  );
  if (shown.length === 0) return linearAxis(-1, 1);
  const reach = Math.max(...shown.map((s) => Math.max(Math.abs(s.histogram.low), Math.abs(s.histogram.high))));
  const sizes = shown.map((s) => s.rms).filter((rms) => rms > 0);
  const [small, large] = [Math.min(...sizes), Math.max(...sizes)];
  const low = -Math.max(reach * 0.04, -Math.min(...shown.map((s) => s.histogram.low)));
  const high = Math.max(reach * 0.04, ...shown.map((s) => s.histogram.high));
  return large / small <= LINEAR_RATIO ? linearAxis(low, high) : signedLogAxis(low, high, Math.max(small, large * 1e-6));
};

const LAYER_REACH = 3.5;
/** An axis in units of the layer's own rms. */
const layerAxis = linearAxis(-LAYER_REACH, LAYER_REACH);

/** Points of a ridge: position along the axis and density per unit of axis, so that a stretched axis keeps areas. */
const ridge = (histogram: Histogram, at: (value: number) => number): readonly (readonly [number, number])[] => {
  const { low, high, counts } = histogram;
  const width = (high - low) / counts.length;
  const points: [number, number][] = [];
  counts.forEach((count, i) => {
    const [from, to] = [at(low + i * width), at(low + (i + 1) * width)];
    points.push([(from + to) / 2, count / Math.max(to - from, 1e-9)]);
  });
  return smooth(points, counts.reduce((a, b) => a + b, 0) < 4000 ? 4 : 1);
};

/** A binomial filter over neighbours, repeated where the bins are noisy because few values fill them. */
const smooth = (points: readonly (readonly [number, number])[], passes: number): readonly (readonly [number, number])[] =>
  passes === 0 ? points : smooth(filtered(points), passes - 1);

const filtered = (points: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] =>
  points.map(([x, y], i) => [x, (y * 2 + (points[i - 1]?.[1] ?? y) + (points[i + 1]?.[1] ?? y)) / 4]);

export const draw = (canvas: HTMLCanvasElement, rows: readonly Row[], layout: Layout, view: View, theme: Theme): void => {
  const area = layout.width * layout.height;
  // A very tall plot is drawn coarser, canvases have a size limit.
  const ratio = Math.min(window.devicePixelRatio || 1, Math.max(1, Math.sqrt(3e7 / area)));
  canvas.width = Math.round(layout.width * ratio);
  canvas.height = Math.round(layout.height * ratio);
  canvas.style.height = `${layout.height}px`;
  const g = canvas.getContext('2d');
  if (g === null) return;
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  g.clearRect(0, 0, layout.width, layout.height);
  g.globalAlpha = view.stale ? 0.4 : 1;
  const scale = resolveScale(view.scale, rows);
  const axis = scale === 'shared' ? sharedAxis(rows) : layerAxis;
  drawGrid(g, axis, layout.ridge, rows.length, layout, theme);
  drawHeads(g, scale, view, layout, theme);
  if (view.active !== null) drawActive(g, view.active, layout, theme);
  rows.forEach((row, i) => {
    drawLabel(g, row, i, layout, theme);
    drawRidge(g, row, i, axis, scale, layout, theme);
  });
  drawTrack(g, rows, view, layout, theme);
};

const baseline = (index: number, layout: Layout): number => layout.header + (index + 1) * layout.rowHeight - 4;
const middle = (index: number, layout: Layout): number => layout.header + (index + 0.5) * layout.rowHeight;
const font = (g: CanvasRenderingContext2D, size: number, theme: Theme, weight = 400): void => {
  g.font = `${weight} ${size}px ${theme.font}`;
};

const drawGrid = (
  g: CanvasRenderingContext2D,
  axis: Axis,
  [left, width]: readonly [number, number],
  rows: number,
  layout: Layout,
  theme: Theme,
): void => {
  const bottom = layout.header + rows * layout.rowHeight;
  font(g, 11, theme);
  g.textAlign = 'center';
  g.textBaseline = 'top';
  let used = Number.NEGATIVE_INFINITY;
  for (const { value, label } of axis.ticks) {
    const position = axis.at(value);
    if (position < -1e-6 || position > 1 + 1e-6) continue;
    const x = Math.round(left + position * width) + 0.5;
    g.strokeStyle = theme.grid;
    g.lineWidth = 1;
    g.setLineDash(theme.contrast ? [1, 4] : []);
    g.beginPath();
    g.moveTo(x, layout.header - 6);
    g.lineTo(x, bottom + 4);
    g.stroke();
    g.setLineDash([]);
    const half = g.measureText(label).width / 2;
    if (x - half < used + 6) continue;
    used = x + half;
    g.fillStyle = theme.muted;
    g.fillText(label, x, bottom + 8);
  }
};

const drawHeads = (g: CanvasRenderingContext2D, scale: 'shared' | 'layer', view: View, layout: Layout, theme: Theme): void => {
  font(g, 11, theme, 600);
  g.fillStyle = theme.muted;
  g.textBaseline = 'alphabetic';
  const head = (text: string, x: number, align: CanvasTextAlign): void => {
    g.textAlign = align;
    g.fillText(text, x, 14);
  };
  head('Layer', layout.label[0] + 4, 'left');
  head(scale === 'shared' ? 'Values' : 'Values ÷ rms', layout.ridge[0], 'left');
  head(view.track === 'rms' ? 'RMS, log scale' : 'Gradient RMS, log scale', layout.track[0], 'left');
  const [left, width] = layout.numbers;
  if (width === 0) return;
  head('measured', left + width * 0.46, 'right');
  head('predicted', left + width - 4, 'right');
};

const drawActive = (g: CanvasRenderingContext2D, index: number, layout: Layout, theme: Theme): void => {
  const y = layout.header + index * layout.rowHeight;
  g.fillStyle = theme.selection;
  g.fillRect(0, y, layout.width, layout.rowHeight);
  if (!theme.contrast) return;
  g.strokeStyle = theme.predicted;
  g.lineWidth = 1;
  g.strokeRect(0.5, y + 0.5, layout.width - 1, layout.rowHeight - 1);
};

const drawLabel = (g: CanvasRenderingContext2D, row: Row, index: number, layout: Layout, theme: Theme): void => {
  const [left, width] = layout.label;
  const small = layout.rowHeight < 28;
  const characters = Math.floor((width - 12) / 6.6);
  g.textAlign = 'left';
  g.textBaseline = 'middle';
  font(g, 12, theme, 500);
  g.fillStyle = row.marks.length > 0 ? theme.alert : theme.foreground;
  const mark = row.marks.length > 0 ? '▲ ' : '';
  g.fillText(mark + shorten(row.node.path, characters - mark.length), left + 4, middle(index, layout) - (small ? 0 : 6));
  if (small) return;
  font(g, 10.5, theme);
  g.fillStyle = theme.muted;
  g.fillText(subtitle(row, Math.floor(characters * 1.12)), left + 4, middle(index, layout) + 8);
};

const subtitle = (row: Row, length: number): string => {
  if (row.marks.length > 0) return shorten(row.marks.join(', '), length);
  const zero = row.statistics?.zero ?? 0;
  const both = `${row.node.label} · ${formatShare(zero)} zero`;
  if (zero >= 0.05 && both.length <= length) return both;
  return zero >= 0.05 ? `${formatShare(zero)} zero` : shorten(row.node.label, length);
};

const drawRidge = (
  g: CanvasRenderingContext2D,
  row: Row,
  index: number,
  axis: Axis,
  scale: 'shared' | 'layer',
  layout: Layout,
  theme: Theme,
): void => {
  const [left, width] = layout.ridge;
  const base = baseline(index, layout);
  g.strokeStyle = theme.grid;
  g.lineWidth = 1;
  g.beginPath();
  g.moveTo(left, base + 0.5);
  g.lineTo(left + width, base + 0.5);
  g.stroke();
  const { statistics, result } = row;
  if (statistics === null) {
    if (result === null || result.state === 'ok') return;
    font(g, 11.5, theme);
    g.fillStyle = theme.muted;
    g.textAlign = 'left';
    g.textBaseline = 'middle';
    const why = result.state === 'notReached' ? 'not reached' : result.why;
    const text = shorten(why, Math.floor(width / 6.2));
    g.fillStyle = theme.background;
    g.fillRect(left, base - layout.rowHeight + 8, g.measureText(text).width + 12, layout.rowHeight - 8);
    g.fillStyle = theme.muted;
    g.fillText(text, left + 4, base - layout.rowHeight / 2 + 4);
    return;
  }
  const unit = scale === 'shared' ? 1 : statistics.rms || 1;
  const at = (value: number): number => axis.at(value / unit);
  g.save();
  g.beginPath();
  g.rect(left, base - layout.ridgeHeight - 2, width, layout.ridgeHeight + 4);
  g.clip();
  if (statistics.histogram !== null) fillRidge(g, ridge(statistics.histogram, at), statistics.zero, row, base, layout, theme);
  if (statistics.zero > 0.005) drawZeros(g, at(0), statistics.zero, base, layout, theme);
  g.restore();
};

const fillRidge = (
  g: CanvasRenderingContext2D,
  points: readonly (readonly [number, number])[],
  zero: number,
  row: Row,
  base: number,
  layout: Layout,
  theme: Theme,
): void => {
  const [left, width] = layout.ridge;
  const highest = Math.max(...points.map(([, density]) => density));
  const scale = (layout.ridgeHeight * Math.max(0.3, 1 - zero * 0.5)) / (highest || 1);
  const trace = (): void => {
    for (const [x, density] of points) g.lineTo(left + x * width, base - density * scale);
  };
  g.beginPath();
  g.moveTo(left + (points[0]?.[0] ?? 0) * width, base);
  trace();
  g.lineTo(left + (points.at(-1)?.[0] ?? 0) * width, base);
  g.closePath();
  // Rows in front hide what reaches up from behind, as in every ridgeline.
  g.fillStyle = theme.background;
  g.fill();
  const alpha = g.globalAlpha;
  g.globalAlpha = alpha * (theme.contrast ? 0 : row.node.op.kind === 'activation' ? 0.55 : 0.3);
  g.fillStyle = theme.measured;
  g.fill();
  g.globalAlpha = alpha;
  g.beginPath();
  trace();
  g.strokeStyle = theme.measured;
  g.lineWidth = 1.25;
  g.stroke();
};

/** Exact zeros as a stick, its height their share. */
const drawZeros = (g: CanvasRenderingContext2D, position: number, share: number, base: number, layout: Layout, theme: Theme): void => {
  const x = layout.ridge[0] + position * layout.ridge[1];
  const height = layout.ridgeHeight * share;
  g.fillStyle = theme.measured;
  g.fillRect(x - 1.5, base - height, 3, height);
};

const trackValues = (row: Row, track: View['track']) => {
  const { predicted } = row.node;
  if (track === 'gradient') return { measured: row.gradient, predicted: predicted?.gradientRms ?? null, band: null };
  const trusted = predicted === null || predicted.unstable ? null : predicted;
  return { measured: row.statistics?.rms ?? null, predicted: trusted?.rms ?? null, band: trusted?.band ?? null };
};

const drawTrack = (g: CanvasRenderingContext2D, rows: readonly Row[], view: View, layout: Layout, theme: Theme): void => {
  const [left, width] = layout.track;
  const values = rows.map((row) => trackValues(row, view.track));
  const range = logRange(values.flatMap((v) => [v.measured, v.predicted, ...(v.band ?? [])].filter((x) => x !== null)));
  const axis = logAxis(...range);
  drawGrid(g, axis, layout.track, rows.length, layout, theme);
  const x = (value: number): number => left + Math.min(1, Math.max(0, axis.at(value))) * width;
  const ok = (value: number | null): value is number => value !== null && value > 0 && Number.isFinite(value);
  values.forEach(({ predicted, band }, i) => {
    const y = middle(i, layout);
    if (band?.every(ok)) drawBand(g, x(band[0]), x(band[1]), y, layout, theme);
    if (ok(predicted)) diamond(g, x(predicted), y, theme);
  });
  g.strokeStyle = theme.measured;
  g.lineWidth = 1.25;
  g.beginPath();
  let open = false;
  values.forEach(({ measured }, i) => {
    if (!ok(measured)) {
      open = false;
      return;
    }
    if (open) g.lineTo(x(measured), middle(i, layout));
    else g.moveTo(x(measured), middle(i, layout));
    open = true;
  });
  g.stroke();
  values.forEach(({ measured }, i) => {
    if (ok(measured)) dot(g, x(measured), middle(i, layout), theme);
  });
  drawNumbers(g, values, layout, theme);
};

const drawBand = (g: CanvasRenderingContext2D, from: number, to: number, y: number, layout: Layout, theme: Theme): void => {
  const height = Math.min(12, layout.rowHeight * 0.45);
  const width = Math.max(3, to - from);
  const alpha = g.globalAlpha;
  g.beginPath();
  g.roundRect((from + to - width) / 2, y - height / 2, width, height, 3);
  g.globalAlpha = alpha * 0.3;
  g.fillStyle = theme.predicted;
  if (!theme.contrast) g.fill();
  g.globalAlpha = alpha;
  g.strokeStyle = theme.predicted;
  g.lineWidth = 1;
  if (theme.contrast) g.stroke();
};

const diamond = (g: CanvasRenderingContext2D, x: number, y: number, theme: Theme): void => {
  const r = 4.5;
  g.beginPath();
  g.moveTo(x, y - r);
  g.lineTo(x + r, y);
  g.lineTo(x, y + r);
  g.lineTo(x - r, y);
  g.closePath();
  g.strokeStyle = theme.predicted;
  g.lineWidth = 1.5;
  g.stroke();
};

const dot = (g: CanvasRenderingContext2D, x: number, y: number, theme: Theme): void => {
  g.beginPath();
  g.arc(x, y, 3, 0, 2 * Math.PI);
  g.fillStyle = theme.measured;
  g.fill();
};

const drawNumbers = (
  g: CanvasRenderingContext2D,
  values: readonly { readonly measured: number | null; readonly predicted: number | null }[],
  layout: Layout,
  theme: Theme,
): void => {
  const [left, width] = layout.numbers;
  if (width === 0) return;
  font(g, 12, theme);
  g.textAlign = 'right';
  g.textBaseline = 'middle';
  values.forEach(({ measured, predicted }, i) => {
    const y = middle(i, layout);
    g.fillStyle = theme.foreground;
    if (measured !== null) g.fillText(formatNumber(measured), left + width * 0.46, y);
    g.fillStyle = theme.muted;
    if (predicted !== null) g.fillText(formatNumber(predicted), left + width - 4, y);
  });
};
