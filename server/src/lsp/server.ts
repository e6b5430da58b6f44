/** The language server: capabilities, and every request handed to the file of its name. Runs over any connection. */
import {
  CodeActionKind,
  type Connection,
  DiagnosticRefreshRequest,
  DidChangeConfigurationNotification,
  DocumentDiagnosticReportKind,
  type InitializeParams,
  type InitializeResult,
  MessageType,
  ShowMessageNotification,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Analyzer } from '../analyze.ts';
import { Methods, type PreviewParams, type StatusParams } from '../protocol.ts';
import { fileKey } from '../workspace/uris.ts';
import { codeActions, FIX_ALL } from './codeActions.ts';
import { codeLenses } from './codeLens.ts';
import { diagnosticsOf } from './diagnostics.ts';
import { hoverAt } from './hover.ts';
import { inspectDocument } from './inspect.ts';
import type { Platform } from './platform.ts';
import { previewData } from './preview.ts';
import { type Analysed, createSession } from './session.ts';
import { DEFAULT_SETTINGS, readSettings, type Settings } from './settings.ts';

/** What the client can do, as far as it changes what we do. */
interface ClientSupport {
  readonly pull: boolean;
  readonly refresh: boolean;
  readonly configuration: boolean;
  readonly dynamicConfiguration: boolean;
  readonly folders: boolean;
}

const supportOf = ({ capabilities }: InitializeParams): ClientSupport => ({
  pull: capabilities.textDocument?.diagnostic !== undefined,
  refresh: capabilities.workspace?.diagnostics?.refreshSupport === true,
  configuration: capabilities.workspace?.configuration === true,
  dynamicConfiguration: capabilities.workspace?.didChangeConfiguration?.dynamicRegistration === true,
  folders: capabilities.workspace?.workspaceFolders === true,
});

const NOTHING: ClientSupport = { pull: false, refresh: false, configuration: false, dynamicConfiguration: false, folders: false };

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const serve = (connection: Connection, platform: Platform): void => {
  const documents = new TextDocuments(TextDocument);
  let support = NOTHING;
  let settings: Settings = DEFAULT_SETTINGS;
  let roots: readonly string[] = [];
  let options: unknown;
  let status: StatusParams['state'] = 'starting';

  const byFile = new Map<string, TextDocument>();
  const host = platform.host({ roots: () => roots, buffer: (file) => byFile.get(file)?.getText() });

  let begin: () => void = () => undefined;
  const ready = new Promise<void>((begun) => {
    begin = begun;
  }).then((): Promise<Analyzer> => platform.analyzer(host, options));

  const tell = (state: StatusParams['state'], message: string, about?: Analysed): void => {
    status = state;
    const params: StatusParams = {
      state,
      message,
      ...(about ? { uri: about.uri, networks: about.analysis.networks.length, findings: session.findings(about.uri).length } : {}),
    };
    void connection.sendNotification(Methods.status, params);
  };

  const push = (uri: string): void => {
    if (support.pull) return;
    const version = session.last(uri)?.version;
    const diagnostics = settings.enable ? diagnosticsOf(uri, session, settings.minimumSeverity) : [];
    void connection.sendDiagnostics({ uri, ...(version === undefined ? {} : { version }), diagnostics });
  };

  /** Findings that lie in another open document are shown there. */
  const sharedWith = (result: Analysed): string[] =>
    documents.keys().filter((uri) => uri !== result.uri && session.findings(uri).some(({ owner }) => owner.uri === result.uri));

  let shared: ReadonlyMap<string, string> = new Map();
  const analysed = (result: Analysed): void => {
    push(result.uri);
    const touched = sharedWith(result);
    const before = shared.get(result.uri) ?? '';
    if (touched.join() !== before) {
      shared = new Map(shared).set(result.uri, touched.join());
      for (const uri of new Set([...touched, ...before.split(',')])) if (documents.get(uri)) push(uri);
      if (support.pull && support.refresh) void connection.sendRequest(DiagnosticRefreshRequest.type).catch(() => undefined);
    }
    tell('ready', '', result);
    void connection.sendNotification(Methods.changed, { uri: result.uri });
  };

  const session = createSession(ready, host, {
    analysed,
    failed: (message) => connection.console.error(`The analysis failed: ${message}`),
  });

  const refreshDiagnostics = (): void => {
    for (const uri of documents.keys()) if (session.last(uri)) push(uri);
    if (support.pull && support.refresh) void connection.sendRequest(DiagnosticRefreshRequest.type).catch(() => undefined);
  };

  const use = (value: unknown): void => {
    const read = readSettings(value);
    settings = read.settings;
    for (const message of read.problems) {
      void connection.sendNotification(ShowMessageNotification.type, { type: MessageType.Warning, message });
    }
  };

  const fetchSettings = async (): Promise<void> => {
    if (!support.configuration) return;
    try {
      // A client that knows no such section answers null: then what initializationOptions said stands.
      const value: unknown = await connection.workspace.getConfiguration('initlens');
      if (value === null || value === undefined) return;
      use(value);
      refreshDiagnostics();
    } catch (error) {
      connection.console.warn(`The settings could not be read: ${messageOf(error)}`);
    }
  };

  connection.onInitialize((params): InitializeResult => {
    support = supportOf(params);
    roots = (params.workspaceFolders ?? (params.rootUri ? [{ uri: params.rootUri }] : [])).map(({ uri }) => fileKey(uri));
    options = params.initializationOptions;
    use(options);
    // After the answer is on its way: the grammar's wasm must not delay it.
    setTimeout(begin, 0);
    return {
      serverInfo: { name: 'InitLens', version: platform.version },
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
        hoverProvider: true,
        codeLensProvider: { resolveProvider: false },
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, FIX_ALL] },
        ...(support.pull
          ? { diagnosticProvider: { identifier: 'initlens', interFileDependencies: true, workspaceDiagnostics: false } }
          : {}),
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
    };
  });

  connection.onInitialized(() => {
    tell('starting', 'Loading the grammar');
    if (support.dynamicConfiguration) {
      void connection.client.register(DidChangeConfigurationNotification.type, { section: 'initlens' }).catch(() => undefined);
    }
    if (support.folders) {
      connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        const gone = new Set(removed.map(({ uri }) => fileKey(uri)));
        roots = [...roots.filter((root) => !gone.has(root)), ...added.map(({ uri }) => fileKey(uri))];
        session.refresh();
      });
    }
    void fetchSettings();
    ready.then(
      () => {
        if (status === 'starting') tell('ready', '');
      },
      (error: unknown) => {
        connection.console.error(`The grammar could not be loaded: ${messageOf(error)}`);
        tell('error', `The grammar could not be loaded: ${messageOf(error)}`);
      },
    );
  });

  connection.onDidChangeConfiguration(({ settings: pushed }) => {
    if (support.configuration) void fetchSettings();
    else {
      const sections: { readonly initlens?: unknown } | null = typeof pushed === 'object' ? pushed : null;
      use(sections?.initlens);
      refreshDiagnostics();
    }
  });
  connection.onDidChangeWatchedFiles(({ changes }) => session.filesChanged(changes.map(({ uri }) => uri)));

  documents.onDidOpen(({ document }) => {
    byFile.set(fileKey(document.uri), document);
    session.opened(document);
  });
  documents.onDidChangeContent(({ document }) => session.schedule(document.uri));
  documents.onDidClose(({ document }) => {
    byFile.delete(fileKey(document.uri));
    session.closed(document);
    if (!support.pull) void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] });
  });

  const sent = new Map<string, { readonly id: string; readonly json: string }>();
  let reports = 0;
  if (connection.languages.diagnostics) {
    connection.languages.diagnostics.on(async ({ textDocument, previousResultId }, token) => {
      // One turn of the loop, in which a newer edit may cancel this request before it costs anything.
      await new Promise((turn) => setTimeout(turn, 0));
      const target = token.isCancellationRequested ? null : await session.current(textDocument.uri);
      const items = target && settings.enable ? diagnosticsOf(textDocument.uri, session, settings.minimumSeverity) : [];
      const json = JSON.stringify(items);
      const before = sent.get(textDocument.uri);
      if (before?.json === json && before.id === previousResultId) {
        return { kind: DocumentDiagnosticReportKind.Unchanged, resultId: before.id };
      }
      const id = String(++reports);
      sent.set(textDocument.uri, { id, json });
      return { kind: DocumentDiagnosticReportKind.Full, resultId: id, items };
    });
  }

  connection.onCodeAction(async (params) => {
    const target = await session.current(params.textDocument.uri);
    return target && settings.enable ? codeActions(target, params, session) : [];
  });
  connection.onHover(async ({ textDocument, position }) => {
    const target = await session.current(textDocument.uri);
    return target && settings.enable ? hoverAt(target, position) : null;
  });
  connection.onCodeLens(async ({ textDocument }) => {
    const target = await session.current(textDocument.uri);
    return target && settings.enable && settings.codeLens ? codeLenses(target) : [];
  });
  connection.onRequest(Methods.preview, async (params: PreviewParams) => {
    const target = await session.current(String(params?.uri));
    return target ? previewData(target, params) : null;
  });
  connection.onRequest(Methods.inspect, async (params: { readonly uri: string }) => {
    const target = await session.current(String(params?.uri));
    return target ? inspectDocument(target, session) : null;
  });
  connection.onShutdown(() => session.dispose());

  documents.listen(connection);
  connection.listen();
};
