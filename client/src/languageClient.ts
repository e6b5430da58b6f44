/** What features need of the language client, whichever runtime it comes from; and what both runtimes start it with. */
import * as vscode from 'vscode';
import type { LanguageClientOptions } from 'vscode-languageclient';

export interface LanguageClientLike {
  sendRequest<R>(method: string, params: unknown, token?: vscode.CancellationToken): Promise<R>;
  onNotification<P>(method: string, handler: (params: P) => void): vscode.Disposable;
}

/** The client as `activate` needs it. */
export interface RunningClient extends LanguageClientLike {
  sendNotification(method: string, params: unknown): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Files, unsaved documents, remote and virtual ones, notebook cells: nothing is executed, so nothing is left out. */
export const DOCUMENTS: vscode.DocumentFilter[] = ['python', 'javascript', 'javascriptreact', 'typescript', 'typescriptreact'].map(
  (language) => ({ language }),
);

export const clientOptions = (log: vscode.LogOutputChannel): LanguageClientOptions => ({
  documentSelector: DOCUMENTS as { language: string }[],
  outputChannel: log,
  traceOutputChannel: log,
  diagnosticCollectionName: 'initlens',
  diagnosticPullOptions: { onChange: true, onSave: true },
  markdown: { isTrusted: false, supportHtml: false },
  synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher('**/*.{py,js,jsx,mjs,cjs,ts,tsx,mts,cts}') },
});
