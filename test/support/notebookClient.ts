/** Notebook sync as an editor does it, over the test's language client: cells are documents, structure and text change apart. */
import type { CodeAction, Diagnostic } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { LspClient } from './lspClient.ts';

export interface SyncedCell {
  readonly text: string;
  /** 'markdown' is a cell of prose; any other language is code. */
  readonly language?: string;
}

export interface SyncedNotebook {
  readonly uri: string;
  /** URI of the cell that stands at a place now. */
  cell(index: number): string;
  text(index: number): string;
  edit(index: number, find: string, replacement: string): Promise<void>;
  insert(index: number, ...cells: readonly SyncedCell[]): Promise<void>;
  remove(index: number): Promise<void>;
  move(from: number, to: number): Promise<void>;
  apply(action: CodeAction): Promise<void>;
  /** `index:line rule` of all cells' diagnostics, pulled one after the other. */
  pullAll(): Promise<string[]>;
  close(): Promise<void>;
}

export const openNotebook = async (client: LspClient, uri: string, cells: readonly SyncedCell[]): Promise<SyncedNotebook> => {
  const scheme = uri.replace(/^file:/, 'vscode-notebook-cell:');
  let made = 0;
  let version = 1;
  const create = ({ text, language = 'python' }: SyncedCell): TextDocument =>
    TextDocument.create(`${scheme}#W${made++}`, language, 1, text);
  const documents = cells.map(create);
  const cellOf = (document: TextDocument) => ({ kind: document.languageId === 'markdown' ? 1 : 2, document: document.uri });
  const itemOf = (document: TextDocument) => ({
    uri: document.uri,
    languageId: document.languageId,
    version: document.version,
    text: document.getText(),
  });
  const change = (cellChange: unknown): Promise<void> =>
    client.connection.sendNotification('notebookDocument/didChange', {
      notebookDocument: { uri, version: ++version },
      change: { cells: cellChange },
    });
  const edits = async (document: TextDocument, contentChanges: { range: unknown; text: string }[]): Promise<void> => {
    TextDocument.update(document, contentChanges as Parameters<typeof TextDocument.update>[1], document.version + 1);
    await change({ textContent: [{ document: { uri: document.uri, version: document.version }, changes: contentChanges }] });
  };
  await client.connection.sendNotification('notebookDocument/didOpen', {
    notebookDocument: { uri, notebookType: 'jupyter-notebook', version, cells: documents.map(cellOf) },
    cellTextDocuments: documents.map(itemOf),
  });
  return {
    uri,
    cell: (index) => documents[index]!.uri,
    text: (index) => documents[index]!.getText(),
    edit: async (index, find, replacement) => {
      const document = documents[index]!;
      const start = document.getText().indexOf(find);
      if (start < 0) throw new Error(`'${find}' is not in cell ${index}`);
      const range = { start: document.positionAt(start), end: document.positionAt(start + find.length) };
      await edits(document, [{ range, text: replacement }]);
    },
    insert: async (index, ...added) => {
      const opened = added.map(create);
      documents.splice(index, 0, ...opened);
      const array = { start: index, deleteCount: 0, cells: opened.map(cellOf) };
      await change({ structure: { array, didOpen: opened.map(itemOf) } });
    },
    remove: async (index) => {
      const [gone] = documents.splice(index, 1);
      await change({ structure: { array: { start: index, deleteCount: 1 }, didClose: [{ uri: gone!.uri }] } });
    },
    move: async (from, to) => {
      const [moved] = documents.splice(from, 1);
      documents.splice(to, 0, moved!);
      const start = Math.min(from, to);
      const deleteCount = Math.abs(from - to) + 1;
      await change({ structure: { array: { start, deleteCount, cells: documents.slice(start, start + deleteCount).map(cellOf) } } });
    },
    apply: async (action) => {
      for (const [target, textEdits] of Object.entries(action.edit?.changes ?? {})) {
        const document = documents.find((one) => one.uri === target);
        if (!document) throw new Error(`${target} is no cell`);
        const sorted = [...textEdits].sort((a, b) => document.offsetAt(b.range.start) - document.offsetAt(a.range.start));
        await edits(
          document,
          sorted.map(({ range, newText }) => ({ range, text: newText })),
        );
      }
    },
    pullAll: async () => {
      const found: string[] = [];
      for (const [index, document] of documents.entries()) {
        const diagnostics: readonly Diagnostic[] = await client.pull(document.uri);
        found.push(...diagnostics.map(({ range, code }) => `${index}:${range.start.line} ${code}`));
      }
      return found;
    },
    close: () =>
      client.connection.sendNotification('notebookDocument/didClose', {
        notebookDocument: { uri },
        cellTextDocuments: documents.map((document) => ({ uri: document.uri })),
      }),
  };
};
