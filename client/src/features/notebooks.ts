/** A notebook is one document to the server and many to the editor. */
import * as vscode from 'vscode';

/** The notebook that a cell's document belongs to. */
export const notebookOf = (uri: vscode.Uri): vscode.NotebookDocument | undefined =>
  uri.scheme === 'vscode-notebook-cell'
    ? vscode.workspace.notebookDocuments.find((notebook) => notebook.getCells().some((cell) => sameUri(cell.document.uri, uri)))
    : undefined;

/** What the server calls the document: a cell's notebook, else the document itself. */
export const sourceUri = (uri: vscode.Uri): vscode.Uri => notebookOf(uri)?.uri ?? uri;

/** Two spellings of one address: the editor encodes more than the server does. */
export const sameUri = (a: vscode.Uri, b: vscode.Uri): boolean => a.toString() === b.toString();

/** Shows a range of a document, in a notebook the cell with it. */
export const revealRange = async (uri: vscode.Uri, start: number, end: number, column: vscode.ViewColumn | undefined): Promise<void> => {
  const document = await vscode.workspace.openTextDocument(uri);
  const selection = new vscode.Range(document.positionAt(start), document.positionAt(end));
  const notebook = notebookOf(uri);
  const index = notebook?.getCells().findIndex((cell) => sameUri(cell.document.uri, uri)) ?? -1;
  if (notebook && index >= 0) {
    const cells = [new vscode.NotebookRange(index, index + 1)];
    const editor = await vscode.window.showNotebookDocument(notebook, { ...(column ? { viewColumn: column } : {}), selections: cells });
    editor.revealRange(cells[0]!, vscode.NotebookEditorRevealType.InCenterIfOutsideViewport);
    return;
  }
  await vscode.window.showTextDocument(document, { viewColumn: column ?? vscode.ViewColumn.One, selection });
};
