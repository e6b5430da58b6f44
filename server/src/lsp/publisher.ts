/** Diagnostics to the client: pulled where it pulls, pushed otherwise, never both. */
import { type Connection, DiagnosticRefreshRequest, DocumentDiagnosticReportKind } from 'vscode-languageserver';
import type { ClientSupport } from './clientSupport.ts';
import { diagnosticsOf } from './diagnostics.ts';
import type { Analysed, Session } from './session.ts';
import type { Settings } from './settings.ts';
import type { Source } from './sources.ts';

export interface Publisher {
  /** Sends what a new analysis changes, in its document and in others. */
  analysed(result: Analysed): void;
  /** Everything may have changed: the settings did. */
  refresh(): void;
  /** A document is gone, and with it what was said of it. */
  closed(uri: string): void;
  /** Answers pulls. */
  listen(): void;
}

export interface PublisherState {
  readonly support: ClientSupport;
  readonly settings: Settings;
}

export const createPublisher = (connection: Connection, session: Session, state: () => PublisherState): Publisher => {
  const diagnostics = (uri: string) => {
    const { settings } = state();
    return settings.enable ? diagnosticsOf(uri, session, settings.minimumSeverity) : [];
  };

  const push = (uri: string): void => {
    if (state().support.pull) return;
    const version = session.last(uri)?.document.version;
    void connection.sendDiagnostics({ uri, ...(version === undefined ? {} : { version }), diagnostics: diagnostics(uri) });
  };

  const askToPull = (): void => {
    const { pull, refresh } = state().support;
    // A client that is going away does not answer; nothing hangs on it.
    if (pull && refresh) void connection.sendRequest(DiagnosticRefreshRequest.type).catch(() => undefined);
  };

  /** By source: the other documents in which its analysis has findings (an imported file with an initializer). */
  const shared = new WeakMap<Source, readonly string[]>();
  const sharedBy = (result: Analysed): readonly string[] => {
    const own = new Set(result.source.documents.map(({ uri }) => uri));
    return session.openUris().filter((uri) => !own.has(uri) && session.findings(uri).some(({ owner }) => owner.uri === result.uri));
  };

  /** By notebook: what was found in which cell. An edit of one cell changes what is found in others, which nobody then asks about. */
  const inCells = new WeakMap<Source, string>();
  const cellsChanged = ({ uri, source }: Analysed): boolean => {
    if (source.documents[0]?.uri === uri) return false;
    const now = JSON.stringify(source.documents.map((cell) => [cell.uri, diagnostics(cell.uri)]));
    const before = inCells.get(source);
    inCells.set(source, now);
    return before !== undefined && before !== now;
  };

  const sent = new Map<string, { readonly id: string; readonly json: string }>();
  let reports = 0;

  return {
    analysed: (result) => {
      for (const { uri } of result.source.documents) push(uri);
      const before = shared.get(result.source) ?? [];
      const now = sharedBy(result);
      shared.set(result.source, now);
      const open = new Set(session.openUris());
      for (const uri of new Set([...before, ...now])) if (open.has(uri)) push(uri);
      if (cellsChanged(result) || before.join('\n') !== now.join('\n')) askToPull();
    },
    refresh: () => {
      for (const uri of session.openUris()) if (session.last(uri)) push(uri);
      askToPull();
    },
    closed: (uri) => {
      sent.delete(uri);
      if (!state().support.pull) void connection.sendDiagnostics({ uri, diagnostics: [] });
    },
    listen: () => {
      connection.languages.diagnostics.on(async ({ textDocument: { uri }, previousResultId }, token) => {
        // One turn of the loop, in which a newer edit may cancel this request before it costs anything.
        await new Promise((turn) => setTimeout(turn, 0));
        if (!token.isCancellationRequested) await session.current(uri);
        const items = diagnostics(uri);
        const json = JSON.stringify(items);
        const before = sent.get(uri);
        if (before?.json === json && before.id === previousResultId) {
          return { kind: DocumentDiagnosticReportKind.Unchanged, resultId: before.id };
        }
        const id = String(++reports);
        sent.set(uri, { id, json });
        return { kind: DocumentDiagnosticReportKind.Full, resultId: id, items };
      });
    },
  };
};
