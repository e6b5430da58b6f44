/** The language server: every message handed to the file of its name. Runs over any connection. */
import { type Connection, TextDocuments } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Analyzer } from '../analyze.ts';
import { Methods, type PreviewParams, type StatusParams } from '../protocol.ts';
import { fileKey } from '../workspace/uris.ts';
import { capabilitiesFor, NO_SUPPORT, supportOf } from './clientSupport.ts';
import { createConfiguration } from './configuration.ts';
import type * as Features from './features.ts';
import { listenToNotebooks } from './notebooks.ts';
import type { Platform } from './platform.ts';
import { createPublisher } from './publisher.ts';
import { type Analysed, createSession, type Target } from './session.ts';
import { documentSource, type Source } from './sources.ts';

export const serve = (connection: Connection, platform: Platform): void => {
  const documents = new TextDocuments(TextDocument);
  const byFile = new Map<string, TextDocument>();
  const configuration = createConfiguration(connection);
  let support = NO_SUPPORT;
  let roots: readonly string[] = [];
  let options: unknown;

  /** The Python that the editor says the author chose. */
  let interpreter = '';
  let environment: { readonly key: string; readonly folders: readonly string[] } = { key: '', folders: [] };
  /** Folders of installed packages, looked for again when what they hang on has changed. */
  const environmentFolders = (): readonly string[] => {
    const { 'python.readEnvironment': allowed, 'python.environment': chosen } = configuration.settings;
    if (!allowed || !platform.environment) return [];
    const key = JSON.stringify([chosen, interpreter, roots]);
    if (key !== environment.key) environment = { key, folders: platform.environment(chosen || interpreter, roots) };
    return environment.folders;
  };
  const host = platform.host({ roots: () => roots, buffer: (file) => byFile.get(file)?.getText(), environment: environmentFolders });
  let begin: () => void = () => undefined;
  const ready = new Promise<void>((begun) => {
    begin = begun;
  }).then((): Promise<Analyzer> => platform.analyzer(host, options));

  const tell = (state: StatusParams['state'], message: string, about?: Analysed): void => {
    const counts = about && { networks: about.analysis.networks.length, findings: session.findings(about.uri).length };
    const params: StatusParams = { state, message, ...(about ? { uri: about.uri, ...counts } : {}) };
    void connection.sendNotification(Methods.status, params);
  };

  const logged = new Set<string>();
  /** A rule or a model that failed costs its own findings only; the log says so once. */
  const logInternal = ({ uri, analysis }: Analysed): void => {
    for (const { message } of analysis.issues) {
      if (!message.startsWith('internal error') || logged.has(message)) continue;
      logged.add(message);
      connection.console.warn(`${uri}: ${message}`);
    }
  };

  const session = createSession(ready, host, {
    analysed: (result) => {
      publisher.analysed(result);
      logInternal(result);
      tell('ready', '', result);
      void connection.sendNotification(Methods.changed, { uri: result.uri });
    },
    failed: (message) => connection.console.error(`The analysis failed: ${message}`),
  });
  const publisher = createPublisher(connection, session, () => ({ support, settings: configuration.settings }));

  /** Answers from the analysis of the document as it is now; with nothing where there is none or we are switched off. */
  const answer = async <T>(uri: string, nothing: T, from: (target: Target, features: typeof Features) => T): Promise<T> => {
    const target = await session.current(uri);
    return target && configuration.settings.enable ? from(target, await import('./features.ts')) : nothing;
  };

  connection.onInitialize((params) => {
    support = supportOf(params);
    roots = (params.workspaceFolders ?? (params.rootUri ? [{ uri: params.rootUri }] : [])).map(({ uri }) => fileKey(uri));
    options = params.initializationOptions;
    configuration.use(options);
    // After the answer is on its way: the grammar's wasm must not delay it.
    setTimeout(begin, 0);
    return { serverInfo: { name: 'InitLens', version: platform.version }, capabilities: capabilitiesFor(support) };
  });

  connection.onInitialized(() => {
    tell('starting', 'Loading the grammar');
    configuration.follow(support, () => {
      session.refresh();
      publisher.refresh();
    });
    if (support.folders) {
      connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        const gone = new Set(removed.map(({ uri }) => fileKey(uri)));
        roots = [...roots.filter((root) => !gone.has(root)), ...added.map(({ uri }) => fileKey(uri))];
        session.refresh();
      });
    }
    ready.then(
      () => tell('ready', ''),
      (error: unknown) => {
        const message = `The grammar could not be loaded: ${error instanceof Error ? error.message : String(error)}`;
        connection.console.error(message);
        tell('error', message);
      },
    );
  });

  const closed = (source: Source): void => {
    session.closed(source);
    for (const { uri } of source.documents) publisher.closed(uri);
  };
  documents.onDidOpen(({ document }) => {
    byFile.set(fileKey(document.uri), document);
    session.opened(documentSource(document));
  });
  documents.onDidChangeContent(({ document }) => session.schedule(documentSource(document)));
  documents.onDidClose(({ document }) => {
    byFile.delete(fileKey(document.uri));
    closed(documentSource(document));
  });
  listenToNotebooks(connection, {
    opened: (notebook) => {
      session.opened(notebook);
      session.schedule(notebook);
    },
    changed: (notebook, removed) => {
      for (const { uri } of removed) publisher.closed(uri);
      session.schedule(notebook);
    },
    closed,
  });
  connection.onDidChangeWatchedFiles(({ changes }) => session.filesChanged(changes.map(({ uri }) => uri)));

  publisher.listen();
  connection.onCodeAction((params) =>
    answer(params.textDocument.uri, [], (target, { codeActions }) => codeActions(target, params, session)),
  );
  connection.onHover(({ textDocument, position }) => answer(textDocument.uri, null, (target, { hoverAt }) => hoverAt(target, position)));
  connection.onCodeLens(({ textDocument }) =>
    answer(textDocument.uri, [], (target, { codeLenses }) => (configuration.settings.codeLens ? codeLenses(target) : [])),
  );
  // Custom requests come from anyone: what they say is not to be trusted to have its type.
  connection.onRequest(Methods.preview, (params: PreviewParams | null) =>
    params ? answer(String(params.uri), null, (target, { previewData }) => previewData(target, params)) : null,
  );
  connection.onRequest(Methods.inspect, (params: { readonly uri: string } | null) =>
    answer(String(params?.uri), null, (target, { inspectDocument }) => inspectDocument(target, session)),
  );
  connection.onNotification(Methods.interpreter, (params: { readonly path?: unknown } | null) => {
    interpreter = typeof params?.path === 'string' ? params.path : '';
    session.refresh();
  });
  connection.onShutdown(() => session.dispose());

  documents.listen(connection);
  connection.listen();
};
