/**
 * A text that is made of cells: a notebook. The analysis reads one text with one scope and offsets through all of it; the table says
 * which stretch is which cell. A cell is a boundary to the parser, so that what is broken in one stays there, and adapters use the
 * table to turn offsets back into a place in a cell.
 */

export interface Cell {
  /** Place in the notebook, 0-based, counted over cells of every kind. */
  readonly index: number;
  /** Half-open, in UTF-16 units of the whole text; what separates two cells belongs to neither. */
  readonly start: number;
  readonly end: number;
}

/** One newline ends a cell's last line; the next keeps "the line after it" apart from where the next cell begins. */
const SEPARATOR = '\n\n';

/** The texts of cells as one text with its table. */
export const joinCells = (
  parts: readonly { readonly index: number; readonly text: string }[],
): { readonly text: string; readonly cells: readonly Cell[] } => {
  const cells: Cell[] = [];
  let start = 0;
  for (const { index, text } of parts) {
    cells.push({ index, start, end: start + text.length });
    start += text.length + SEPARATOR.length;
  }
  return { text: parts.map(({ text }) => text).join(SEPARATOR), cells };
};

/** The cell that an offset lies in or stands at the end of; what separates cells counts to the one before. */
export const cellAt = (cells: readonly Cell[], offset: number): Cell | undefined => {
  let low = 0;
  let high = cells.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cells[middle]!.start <= offset) low = middle + 1;
    else high = middle;
  }
  return cells[low - 1];
};

export const sameCells = (a: readonly Cell[] | undefined, b: readonly Cell[] | undefined): boolean =>
  a === b ||
  (a !== undefined &&
    b !== undefined &&
    a.length === b.length &&
    a.every((cell, i) => cell.index === b[i]!.index && cell.start === b[i]!.start && cell.end === b[i]!.end));
