/** A language client over a server's real stdio: just enough of an editor for tests. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createMessageConnection, type MessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import type { CodeAction, Diagnostic, InitializeResult } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';

export interface Published {
  readonly uri: string;
  readonly version?: number;
  readonly diagnostics: readonly Diagnostic[];
}

export interface ClientOptions {
  readonly pull?: boolean;
  /** What `workspace/configuration` answers; without it the client does not offer configuration. */
  readonly configuration?: unknown;
  readonly initializationOptions?: unknown;
  readonly roots?: readonly string[];
}

export interface LspClient {
  readonly process: ChildProcessWithoutNullStreams;
  readonly connection: MessageConnection;
  readonly initialized: InitializeResult;
  readonly published: readonly Published[];
  readonly notifications: readonly { readonly method: string; readonly params: unknown }[];
  open(uri: string, text: string, languageId?: string): Promise<void>;
  /** Replaces the first occurrence of `find`; `apply` alone sends no text that the editor would not send. */
  edit(uri: string, find: string, replacement: string): Promise<void>;
  text(uri: string): string;
  close(uri: string): Promise<void>;
  pull(uri: string): Promise<readonly Diagnostic[]>;
  /** Pushed diagnostics of the version that is open now. */
  pushed(uri: string): Promise<readonly Diagnostic[]>;
  request<T>(method: string, params: unknown): Promise<T>;
  /** Applies an action's edits to the open documents and tells the server. */
  apply(action: CodeAction): Promise<void>;
  stop(): Promise<number | null>;
}

const until = async <T>(what: string, probe: () => T | undefined, timeout = 25_000): Promise<T> => {
  const end = performance.now() + timeout;
  for (;;) {
    const found = probe();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`timed out waiting for ${what}`);
    await new Promise((tick) => setTimeout(tick, 5));
  }
};

export const startClient = async (command: readonly string[], options: ClientOptions = {}): Promise<LspClient> => {
  const [program, ...args] = command as [string, ...string[]];
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stderr.resume();
  const connection = createMessageConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
  const published: Published[] = [];
  const notifications: { method: string; params: unknown }[] = [];
  const documents = new Map<string, TextDocument>();
  connection.onNotification((method, params) => void notifications.push({ method, params }));
  connection.onNotification('textDocument/publishDiagnostics', (params: Published) => void published.push(params));
  connection.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) => items.map(() => options.configuration ?? null));
  connection.onRequest('client/registerCapability', () => null);
  connection.onRequest('workspace/diagnostic/refresh', () => null);
  connection.onError(() => undefined);
  connection.listen();
  const folders = (options.roots ?? []).map((uri) => ({ uri, name: uri }));
  const initialized = await connection.sendRequest<InitializeResult>('initialize', {
    processId: process.pid,
    rootUri: folders[0]?.uri ?? null,
    workspaceFolders: folders,
    ...(options.initializationOptions === undefined ? {} : { initializationOptions: options.initializationOptions }),
    capabilities: {
      workspace: { configuration: options.configuration !== undefined, workspaceFolders: true, diagnostics: { refreshSupport: true } },
      textDocument: {
        publishDiagnostics: { relatedInformation: true, versionSupport: true },
        ...(options.pull ? { diagnostic: { dynamicRegistration: false, relatedDocumentSupport: true } } : {}),
      },
    },
  });
  await connection.sendNotification('initialized', {});

  const documentOf = (uri: string): TextDocument => {
    const document = documents.get(uri);
    if (!document) throw new Error(`${uri} is not open`);
    return document;
  };
  const change = async (uri: string, edits: readonly { readonly start: number; readonly end: number; readonly text: string }[]) => {
    const document = documentOf(uri);
    // From the end, so that earlier offsets stay true while the changes are applied one after the other.
    const contentChanges = [...edits]
      .sort((a, b) => b.start - a.start || b.end - a.end)
      .map(({ start, end, text }) => ({ range: { start: document.positionAt(start), end: document.positionAt(end) }, text }));
    TextDocument.update(document, contentChanges, document.version + 1);
    await connection.sendNotification('textDocument/didChange', { textDocument: { uri, version: document.version }, contentChanges });
  };

  return {
    process: child,
    connection,
    initialized,
    published,
    notifications,
    open: async (uri, text, languageId = 'python') => {
      documents.set(uri, TextDocument.create(uri, languageId, 1, text));
      await connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId, version: 1, text } });
    },
    edit: async (uri, find, replacement) => {
      const start = documentOf(uri).getText().indexOf(find);
      if (start < 0) throw new Error(`'${find}' is not in ${uri}`);
      await change(uri, [{ start, end: start + find.length, text: replacement }]);
    },
    text: (uri) => documentOf(uri).getText(),
    close: async (uri) => {
      documents.delete(uri);
      await connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
    },
    pull: async (uri) => {
      const report = await connection.sendRequest<{ items: Diagnostic[] }>('textDocument/diagnostic', { textDocument: { uri } });
      return report.items;
    },
    pushed: (uri) =>
      until(`diagnostics of ${uri}`, () => {
        const version = documents.get(uri)?.version;
        return published.findLast((one) => one.uri === uri && (version === undefined || one.version === version))?.diagnostics;
      }),
    request: (method, params) => connection.sendRequest(method, params),
    apply: async (action) => {
      for (const [uri, edits] of Object.entries(action.edit?.changes ?? {})) {
        const document = documentOf(uri);
        await change(
          uri,
          edits.map(({ range, newText }) => ({
            start: document.offsetAt(range.start),
            end: document.offsetAt(range.end),
            text: newText,
          })),
        );
      }
    },
    stop: async () => {
      const exited = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
      await connection.sendRequest('shutdown');
      await connection.sendNotification('exit');
      const code = await exited;
      connection.dispose();
      return code;
    },
  };
};
