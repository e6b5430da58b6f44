/**
 * The open documents and their analyses: which text was analysed last, what is due, whose findings lie in which file.
 * Knows the analyzer and the documents, no LSP request.
 */
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Analysis, Analyzer } from '../analyze.ts';
import type { Finding } from '../rules/rule.ts';
import type { Host } from '../text/host.ts';
import { resolve } from '../text/span.ts';
import { lineIndex, type Positions } from '../workspace/positions.ts';
import { fileKey, isShadow, keyUri } from '../workspace/uris.ts';

export interface Analysed {
  readonly uri: string;
  readonly file: string;
  readonly document: TextDocument;
  readonly version: number;
  readonly analysis: Analysis;
}

/** A finding and the document whose analysis made it; `start` and `end` are offsets in the file asked for. */
export interface Located {
  readonly finding: Finding;
  readonly owner: Analysed;
  readonly start: number;
  readonly end: number;
}

export interface SessionEvents {
  /** A document was analysed anew. */
  readonly analysed: (result: Analysed) => void;
  readonly failed: (message: string) => void;
}

export interface Session {
  opened(document: TextDocument): void;
  closed(document: TextDocument): void;
  /** Analyses soon; several changes in a row are one analysis. */
  schedule(uri: string): void;
  /** Files changed on disk: forget them and look at every open document again. */
  filesChanged(uris: readonly string[]): void;
  refresh(): void;
  /** The analysis of the text as it is now; null where the document is not open or nothing can be analysed. */
  current(uri: string): Promise<Analysed | null>;
  /** What was analysed last, whatever the text is now. */
  last(uri: string): Analysed | null;
  /** All findings that lie in a document, those of other open documents' networks among them; one cause once. */
  findings(uri: string): readonly Located[];
  fixes(located: Located): ReturnType<Analyzer['fixes']>;
  positions(file: string): Positions | null;
  uriOf(file: string): string;
  openUris(): readonly string[];
  dispose(): void;
}

/** Below this an analysis runs at once after a change; above it half of the time is left to everything else. */
const CHEAP_MS = 30;
const LONGEST_WAIT_MS = 500;
/** After this much quiet the other open documents, which may import what was edited, are looked at again. */
const QUIET_MS = 600;

interface Opened {
  readonly document: TextDocument;
  readonly file: string;
  last: Analysed | null;
  /** Time that the last analysis took, and when it ended. */
  cost: number;
  ended: number;
  timer: ReturnType<typeof setTimeout> | null;
}

/** What nothing changed for is the same object. */
const sameNetworks = (a: Analysis, b: Analysis): boolean =>
  a.networks.length === b.networks.length && a.networks.every((result, i) => result === b.networks[i]);

export const createSession = (ready: Promise<Analyzer>, host: Host, events: SessionEvents): Session => {
  const open = new Map<string, Opened>();
  let analyzer: Analyzer | null = null;
  let quiet: ReturnType<typeof setTimeout> | null = null;
  ready.then(
    (made) => {
      analyzer = made;
    },
    () => undefined,
  );

  const run = (uri: string, entry: Opened, made: Analyzer, force = false): Analysed | null => {
    const { document } = entry;
    if (!force && entry.last?.version === document.version) return entry.last;
    const begun = performance.now();
    try {
      const analysis = made.analyze(entry.file, document.getText());
      const before = entry.last;
      entry.last = { uri, file: entry.file, document, version: document.version, analysis };
      entry.ended = performance.now();
      entry.cost = entry.ended - begun;
      // Looked at again because another file changed, and found the same: nobody need hear of it.
      if (before?.version !== document.version || !sameNetworks(before.analysis, analysis)) events.analysed(entry.last);
    } catch (error) {
      // The analysis promises not to throw; should it break the promise, the last good result stays.
      entry.ended = performance.now();
      entry.cost = entry.ended - begun;
      events.failed(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    return entry.last;
  };

  /** Does something once the file's language can be read. */
  const whenLoaded = <T>(made: Analyzer, entry: Opened, act: () => T): T | Promise<T> => {
    const loading = made.ready(entry.file, entry.document.getText());
    return loading ? loading.then(act) : act();
  };

  const plan = (uri: string, delay: number, force: boolean): void => {
    const entry = open.get(uri);
    if (!entry || entry.timer !== null) return;
    entry.timer = setTimeout(() => {
      entry.timer = null;
      ready
        .then((made) =>
          whenLoaded(made, entry, () => {
            if (open.get(uri) === entry) run(uri, entry, made, force);
          }),
        )
        .catch(() => undefined);
    }, delay);
  };

  const refresh = (): void => {
    for (const uri of open.keys()) plan(uri, 0, true);
  };

  const whenQuiet = (edited: string): void => {
    if (quiet !== null) clearTimeout(quiet);
    if (open.size < 2) return;
    quiet = setTimeout(() => {
      quiet = null;
      for (const uri of open.keys()) if (uri !== edited) plan(uri, 0, true);
    }, QUIET_MS);
  };

  const uriOf = (file: string): string => {
    for (const [uri, entry] of open) if (entry.file === file) return uri;
    return keyUri(file);
  };

  return {
    opened: (document) => {
      if (isShadow(document.uri)) return;
      open.set(document.uri, { document, file: fileKey(document.uri), last: null, cost: 0, ended: 0, timer: null });
    },
    closed: (document) => {
      const entry = open.get(document.uri);
      if (!entry) return;
      if (entry.timer !== null) clearTimeout(entry.timer);
      open.delete(document.uri);
      analyzer?.forget(entry.file);
    },
    schedule: (uri) => {
      const { cost, ended } = open.get(uri) ?? { cost: 0, ended: 0 };
      const rest = cost < CHEAP_MS ? 0 : ended + Math.min(cost, LONGEST_WAIT_MS) - performance.now();
      plan(uri, Math.max(0, rest), false);
      whenQuiet(uri);
    },
    filesChanged: (uris) => {
      const opened = new Set([...open.values()].map((entry) => entry.file));
      const files = uris.map(fileKey).filter((file) => !opened.has(file));
      for (const file of files) analyzer?.forget(file);
      if (files.length > 0) refresh();
    },
    refresh,
    current: async (uri) => {
      const entry = open.get(uri);
      if (!entry) return null;
      try {
        const made = await ready;
        return await whenLoaded(made, entry, () => run(uri, entry, made));
      } catch {
        return null;
      }
    },
    last: (uri) => open.get(uri)?.last ?? null,
    findings: (uri) => {
      const file = open.get(uri)?.file;
      const found: Located[] = [];
      const seen = new Set<string>();
      const own = open.get(uri)?.last;
      const others = [...open.values()].map((entry) => entry.last).filter((last) => last !== null && last !== own);
      for (const owner of [own, ...others]) {
        if (!owner) continue;
        for (const finding of owner.analysis.findings) {
          const range = resolve(finding.span);
          const key = `${finding.rule}:${range.start}:${range.end}`;
          if (range.file !== file || seen.has(key)) continue;
          seen.add(key);
          found.push({ finding, owner, start: range.start, end: range.end });
        }
      }
      return found.sort((a, b) => a.start - b.start || (a.finding.rule < b.finding.rule ? -1 : 1));
    },
    fixes: ({ owner, finding }) => {
      try {
        return analyzer?.fixes(owner.analysis, finding) ?? [];
      } catch (error) {
        events.failed(error instanceof Error ? (error.stack ?? error.message) : String(error));
        return [];
      }
    },
    positions: (file) => {
      for (const entry of open.values()) if (entry.file === file) return entry.document;
      const text = host.readFile(file);
      return text === undefined ? null : lineIndex(text);
    },
    uriOf,
    openUris: () => [...open.keys()],
    dispose: () => {
      if (quiet !== null) clearTimeout(quiet);
      for (const entry of open.values()) if (entry.timer !== null) clearTimeout(entry.timer);
      open.clear();
    },
  };
};
