/** From offsets of the analysed text to where a person looks: a line of the file, or a line of a notebook's cell. */
import { type Cell, cellAt } from '../text/cells.ts';
import { type LineIndex, lineIndex } from './positions.ts';

export interface Place {
  /** 1-based over all cells of the notebook; null where the file is not one. */
  readonly cell: number | null;
  /** Of the file or of the cell, as it was written. */
  readonly lines: LineIndex;
  /** Offsets in that text. */
  readonly start: number;
  readonly end: number;
}

export interface Places {
  at(start: number, end?: number): Place;
}

/** What an insertion after a cell's last line needs: the newline that ends that line in the whole text is not in the cell. */
export const textAfterCell = (text: string): string => `\n${text.replace(/\r?\n$/, '')}`;

export const placesOf = (written: string, cells?: readonly Cell[]): Places => {
  if (!cells) {
    const lines = lineIndex(written);
    return { at: (start, end = start) => ({ cell: null, lines, start, end }) };
  }
  const indexes = new Map<number, LineIndex>();
  const linesOf = ({ index, start, end }: Cell): LineIndex => {
    const known = indexes.get(index) ?? lineIndex(written.slice(start, end));
    indexes.set(index, known);
    return known;
  };
  const nowhere: Place = { cell: null, lines: lineIndex(''), start: 0, end: 0 };
  return {
    at: (start, end = start) => {
      const cell = cellAt(cells, start);
      if (!cell) return nowhere;
      const within = (offset: number): number => Math.max(0, Math.min(offset, cell.end) - cell.start);
      return { cell: cell.index + 1, lines: linesOf(cell), start: within(start), end: within(end) };
    },
  };
};

/** A replacement in the offsets of its cell, or of the file. */
export const placeEdit = (places: Places, start: number, end: number, text: string): Place & { readonly text: string } => {
  const place = places.at(start, end);
  const after = place.cell !== null && places.at(start - 1).cell === place.cell && places.at(start - 1).start === place.start;
  return { ...place, text: after ? textAfterCell(text) : text };
};
