/** Where the parts of the ridgeline lie for a given width and number of rows. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly header: number;
  readonly footer: number;
  readonly rowHeight: number;
  /** How far a ridge may reach into the rows above. */
  readonly ridgeHeight: number;
  /** Left edges and widths. */
  readonly label: readonly [number, number];
  readonly ridge: readonly [number, number];
  readonly track: readonly [number, number];
  readonly numbers: readonly [number, number];
}

const GAP = 18;

export const makeLayout = (width: number, rows: number): Layout => {
  const rowHeight = rows > 120 ? 18 : rows > 40 ? 24 : 32;
  const numbers = width >= 560 ? 148 : 0;
  const label = Math.min(190, Math.max(84, width * 0.2));
  const rest = width - label - numbers - GAP * (numbers > 0 ? 3 : 2);
  const track = rest * 0.34;
  const ridge = rest - track;
  const [header, footer] = [30 + rowHeight * 0.4, 26];
  const trackLeft = label + GAP + ridge + GAP;
  return {
    width,
    height: header + rows * rowHeight + footer,
    header,
    footer,
    rowHeight,
    ridgeHeight: rowHeight * 1.2,
    label: [0, label],
    ridge: [label + GAP, ridge],
    track: [trackLeft, track],
    numbers: [trackLeft + track + GAP, numbers],
  };
};

/** The row under a point, or null. */
export const rowAt = (layout: Layout, rows: number, y: number): number | null => {
  const index = Math.floor((y - layout.header) / layout.rowHeight);
  return index >= 0 && index < rows ? index : null;
};
