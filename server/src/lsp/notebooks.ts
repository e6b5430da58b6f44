/**
 * The notebooks that the editor tells of: their cells, each a document of its own, in order. The library's `NotebookDocuments`
 * says nothing when cells are only moved, so the four notifications are read here.
 */
import { type Connection, type NotebookCell, NotebookCellKind } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { cellsSnapshot, type Source } from './sources.ts';

export interface NotebookEvents {
  readonly opened: (source: Source) => void;
  readonly changed: (source: Source, removed: readonly TextDocument[]) => void;
  readonly closed: (source: Source) => void;
}

class Notebook implements Source {
  readonly uri: string;
  cells: NotebookCell[];
  /** Documents of all cells by URI, those of other languages too. */
  readonly texts = new Map<string, TextDocument>();
  version = 0;

  constructor(uri: string, cells: readonly NotebookCell[]) {
    this.uri = uri;
    this.cells = [...cells];
  }

  /** Those of Python, with their places among all cells. */
  private get parts(): readonly { readonly index: number; readonly document: TextDocument }[] {
    return this.cells.flatMap(({ kind, document: uri }, index) => {
      const document = this.texts.get(uri);
      return kind === NotebookCellKind.Code && document?.languageId === 'python' ? [{ index, document }] : [];
    });
  }

  get documents(): readonly TextDocument[] {
    return this.parts.map(({ document }) => document);
  }

  read() {
    return cellsSnapshot(this.version, this.parts);
  }

  add({ uri, languageId, version, text }: { uri: string; languageId: string; version: number; text: string }): void {
    this.texts.set(uri, TextDocument.create(uri, languageId, version, text));
  }
}

export const listenToNotebooks = (connection: Connection, events: NotebookEvents): void => {
  const open = new Map<string, Notebook>();
  const { synchronization } = connection.notebooks;

  synchronization.onDidOpenNotebookDocument(({ notebookDocument: { uri, cells }, cellTextDocuments }) => {
    const notebook = new Notebook(uri, cells);
    for (const text of cellTextDocuments) notebook.add(text);
    open.set(uri, notebook);
    events.opened(notebook);
  });

  synchronization.onDidChangeNotebookDocument(({ notebookDocument: { uri }, change }) => {
    const notebook = open.get(uri);
    if (!notebook) return;
    const before = notebook.documents;
    const { structure, data, textContent } = change.cells ?? {};
    if (structure) {
      const { start, deleteCount, cells } = structure.array;
      notebook.cells.splice(start, deleteCount, ...(cells ?? []));
      for (const { uri: closed } of structure.didClose ?? []) notebook.texts.delete(closed);
      for (const text of structure.didOpen ?? []) notebook.add(text);
    }
    for (const cell of data ?? []) {
      const at = notebook.cells.findIndex(({ document }) => document === cell.document);
      if (at >= 0) notebook.cells[at] = cell;
    }
    for (const { document, changes } of textContent ?? []) {
      const text = notebook.texts.get(document.uri);
      if (text) TextDocument.update(text, changes, document.version);
    }
    notebook.version++;
    const now = new Set(notebook.documents.map((document) => document.uri));
    events.changed(
      notebook,
      before.filter((document) => !now.has(document.uri)),
    );
  });

  synchronization.onDidCloseNotebookDocument(({ notebookDocument: { uri } }) => {
    const notebook = open.get(uri);
    if (!notebook) return;
    open.delete(uri);
    events.closed(notebook);
  });
};
