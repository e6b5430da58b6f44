/**
 * What the editor has open, as the analysis reads it: one text with offsets, out of one document or out of a notebook's cells; and the
 * way back, from offsets to a document and a range in it.
 */
import type { Position, Range } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { maskMagics } from '../syntax/python/magics.ts';
import { type Cell, cellAt } from '../text/cells.ts';
import { notebookText } from '../workspace/notebook.ts';

export interface Place {
  readonly document: TextDocument;
  readonly range: Range;
  /** Offsets in the document. */
  readonly start: number;
  readonly end: number;
  /** Of a notebook: the cell's number, 1-based over cells of every kind. */
  readonly cell: number | null;
  /** It begins after the document's last line: what is inserted there needs a newline before it. */
  readonly after: boolean;
}

/** A source at one moment. */
export interface Snapshot {
  readonly version: number;
  readonly text: string;
  readonly cells?: readonly Cell[];
  /** Null where no document of the source has it. */
  place(start: number, end: number): Place | null;
  offsetAt(document: TextDocument, position: Position): number;
}

export interface Source {
  readonly uri: string;
  /** The documents that it is made of, in order. */
  readonly documents: readonly TextDocument[];
  /** Grows with every change, also of what the documents are. */
  readonly version: number;
  read(): Snapshot;
}

const placeIn = (document: TextDocument, start: number, end: number, cell: number | null, after: boolean): Place => ({
  document,
  range: { start: document.positionAt(start), end: document.positionAt(end) },
  start,
  end,
  cell,
  after,
});

/** A cell that came as a document, from an editor that does not tell of notebooks. */
const isLoneCell = (uri: string): boolean => uri.startsWith('vscode-notebook-cell:');

export const documentSource = (document: TextDocument): Source => ({
  uri: document.uri,
  documents: [document],
  get version() {
    return document.version;
  },
  read: () => ({
    version: document.version,
    text: isLoneCell(document.uri) ? maskMagics(document.getText()) : document.getText(),
    place: (start, end) => placeIn(document, start, end, null, false),
    offsetAt: (_, position) => document.offsetAt(position),
  }),
});

/** A notebook's cells of code as they are now. */
export const cellsSnapshot = (version: number, parts: readonly { readonly index: number; readonly document: TextDocument }[]): Snapshot => {
  const { text, cells } = notebookText(parts.map(({ index, document }) => ({ index, text: document.getText() })));
  const documents = new Map(parts.map(({ index, document }) => [index, document]));
  const cellOf = new Map(cells.map((cell) => [documents.get(cell.index), cell]));
  return {
    version,
    text,
    cells,
    place: (start, end) => {
      const cell = cellAt(cells, start);
      const document = cell && documents.get(cell.index);
      if (!document) return null;
      const within = (offset: number): number => Math.max(0, Math.min(offset, cell.end) - cell.start);
      return placeIn(document, within(start), within(end), cell.index + 1, start > cell.end);
    },
    offsetAt: (document, position) => {
      const cell = cellOf.get(document);
      return cell ? cell.start + document.offsetAt(position) : -1;
    },
  };
};
