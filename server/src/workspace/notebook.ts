/**
 * Notebooks on disk: nbformat 4, and 3 with its worksheets. What is not a notebook gives a sentence; cells that lack something are
 * empty cells, so that the rest is still read and cells keep their numbers.
 */
import { maskMagics } from '../syntax/python/magics.ts';
import { type Cell, joinCells } from '../text/cells.ts';

/** A notebook as the analysis reads it. */
export interface NotebookText {
  /** The code cells, magics masked. */
  readonly text: string;
  /** The same as it was written, offset by offset. */
  readonly written: string;
  readonly cells: readonly Cell[];
}

/** Code cells in order, as one text. */
export const notebookText = (parts: readonly { readonly index: number; readonly text: string }[]): NotebookText => {
  const { text, cells } = joinCells(parts.map(({ index, text: cell }) => ({ index, text: maskMagics(cell) })));
  return { text, written: joinCells(parts).text, cells };
};

export const isNotebookFile = (path: string): boolean => /\.ipynb$/i.test(path);

type Json = Readonly<Record<string, unknown>>;

const asObject = (x: unknown): Json | undefined => (typeof x === 'object' && x !== null && !Array.isArray(x) ? (x as Json) : undefined);
const asArray = (x: unknown): readonly unknown[] | undefined => (Array.isArray(x) ? x : undefined);
const asText = (x: unknown): string | undefined => (typeof x === 'string' && x !== '' ? x : undefined);

/** A multi-line string of the format: one string, or a list of lines with their ends. */
const linesOf = (source: unknown): string => {
  if (typeof source === 'string') return source;
  return (
    asArray(source)
      ?.filter((line) => typeof line === 'string')
      .join('') ?? ''
  );
};

/** Language of cells that do not say their own. A kernel without a language is Python's, as every kernel was once. */
const languageOf = (notebook: Json): string => {
  const metadata = asObject(notebook.metadata);
  const kernel = asObject(metadata?.kernelspec);
  return asText(asObject(metadata?.language_info)?.name) ?? asText(kernel?.language) ?? 'python';
};

const isPython = (language: string): boolean => /^i?python[23]?$/i.test(language);

const ownLanguage = (cell: Json): string | undefined =>
  asText(asObject(asObject(cell.metadata)?.vscode)?.languageId) ?? asText(cell.language);

/** All cells in order: those of the worksheets where the format has them. */
const cellsOf = (notebook: Json): readonly unknown[] | undefined =>
  asArray(notebook.cells) ?? asArray(notebook.worksheets)?.flatMap((sheet) => asArray(asObject(sheet)?.cells) ?? []);

export const readNotebook = (json: string): NotebookText | { readonly reason: string } => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return { reason: json.trim() === '' ? 'an empty file' : 'not valid JSON' };
  }
  const notebook = asObject(parsed);
  const cells = notebook && cellsOf(notebook);
  if (!cells) return { reason: 'not a notebook: it has no cells' };
  const language = languageOf(notebook);
  return notebookText(
    cells.flatMap((one, index) => {
      const cell = asObject(one);
      if (cell?.cell_type !== 'code' || !isPython(ownLanguage(cell) ?? language)) return [];
      return [{ index, text: linesOf(cell.source ?? cell.input) }];
    }),
  );
};
