/** What the client can do, as far as it changes what we do, and what we tell it that we can. */
import { CodeActionKind, type InitializeParams, type ServerCapabilities, TextDocumentSyncKind } from 'vscode-languageserver';
import { FIX_ALL } from './kinds.ts';

export interface ClientSupport {
  /** It asks for diagnostics; then none are pushed. */
  readonly pull: boolean;
  /** It can be told to ask again. */
  readonly refresh: boolean;
  readonly configuration: boolean;
  readonly dynamicConfiguration: boolean;
  readonly folders: boolean;
}

export const NO_SUPPORT: ClientSupport = {
  pull: false,
  refresh: false,
  configuration: false,
  dynamicConfiguration: false,
  folders: false,
};

export const supportOf = ({ capabilities }: InitializeParams): ClientSupport => ({
  pull: capabilities.textDocument?.diagnostic !== undefined,
  refresh: capabilities.workspace?.diagnostics?.refreshSupport === true,
  configuration: capabilities.workspace?.configuration === true,
  dynamicConfiguration: capabilities.workspace?.didChangeConfiguration?.dynamicRegistration === true,
  folders: capabilities.workspace?.workspaceFolders === true,
});

export const capabilitiesFor = ({ pull }: ClientSupport): ServerCapabilities => ({
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
  // Every cell of every notebook, so that cells are numbered as the author counts them.
  notebookDocumentSync: { notebookSelector: [{ notebook: '*' }] },
  hoverProvider: true,
  codeLensProvider: { resolveProvider: false },
  codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, FIX_ALL] },
  ...(pull ? { diagnosticProvider: { identifier: 'initlens', interFileDependencies: true, workspaceDiagnostics: false } } : {}),
  workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
});
