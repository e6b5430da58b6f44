/**
 * What is open and its analyses: which text was analysed last, what is due, whose findings lie in which document.
 * Knows the analyzer and the sources, no LSP request.
 */
import type { Range } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Analysis, Analyzer } from '../analyze.ts';
import type { TextEdit } from '../frameworks/fix.ts';
import type { Finding } from '../rules/rule.ts';
import type { Host } from '../text/host.ts';
import { resolve } from '../text/span.ts';
import { textAfterCell } from '../workspace/places.ts';
import { lineIndex } from '../workspace/positions.ts';
import { fileKey, isShadow, keyUri } from '../workspace/uris.ts';
import type { Snapshot, Source } from './sources.ts';

/** A source and what was found in it: a document, or a notebook with all its cells. */
export interface Analysed {
  /** The document's, or the notebook's. */
  readonly uri: string;
  readonly file: string;
  readonly source: Source;
  readonly snapshot: Snapshot;
  readonly analysis: Analysis;
}

/** The document that was asked about, and the analysis that it is part of. */
export interface Target extends Analysed {
  readonly document: TextDocument;
}

/** A range of a document, by the editor's name for it. */
export interface DocumentRange {
  readonly uri: string;
  readonly range: Range;
  /** Of a notebook: the cell's number. */
  readonly cell: number | null;
}

/** A finding and the source whose analysis made it; `start` and `end` are offsets in the text of the source that it lies in. */
export interface Located extends DocumentRange {
  readonly finding: Finding;
  readonly owner: Analysed;
  readonly start: number;
  readonly end: number;
}

export interface SessionEvents {
  /** A source was analysed anew. */
  readonly analysed: (result: Analysed) => void;
  readonly failed: (message: string) => void;
}

export interface Session {
  opened(source: Source): void;
  closed(source: Source): void;
  /** Analyses soon; several changes in a row are one analysis. */
  schedule(source: Source): void;
  /** Files changed on disk: forget them and look at everything open again. */
  filesChanged(uris: readonly string[]): void;
  refresh(): void;
  /** The analysis of the text as it is now, of a document, a cell or a notebook; null where it is not open or nothing can be analysed. */
  current(uri: string): Promise<Target | null>;
  /** What was analysed last, whatever the text is now. */
  last(uri: string): Target | null;
  /** All findings that lie in a document, those of other open sources' networks among them; one cause once. */
  findings(uri: string): readonly Located[];
  fixes(located: Located): ReturnType<Analyzer['fixes']>;
  /** Offsets of a file, open or not, as the editor knows them; null where it cannot be read. */
  place(file: string, start: number, end: number): DocumentRange | null;
  /** An edit of a file as the editor applies it; null where the file cannot be read. */
  edit(edit: TextEdit): (DocumentRange & { readonly newText: string }) | null;
  /** Documents and cells. */
  openUris(): readonly string[];
  dispose(): void;
}

/** Below this an analysis runs at once after a change; above it half of the time is left to everything else. */
const CHEAP_MS = 30;
const LONGEST_WAIT_MS = 500;
/** After this much quiet the other open documents, which may import what was edited, are looked at again. */
const QUIET_MS = 600;

interface Opened {
  readonly source: Source;
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
    const { source } = entry;
    if (!force && entry.last?.snapshot.version === source.version) return entry.last;
    const begun = performance.now();
    try {
      const snapshot = source.read();
      const analysis = made.analyze(entry.file, snapshot.text, snapshot.cells ? { cells: snapshot.cells } : {});
      const before = entry.last;
      entry.last = { uri, file: entry.file, source, snapshot, analysis };
      entry.ended = performance.now();
      entry.cost = entry.ended - begun;
      // Looked at again because another file changed, and found the same: nobody need hear of it.
      if (before?.snapshot.version !== snapshot.version || !sameNetworks(before.analysis, analysis)) events.analysed(entry.last);
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
    const loading = made.ready(entry.file, entry.source.documents[0]?.getText() ?? '');
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

  /** By the URI of a source, or of one of its documents. */
  const entryOf = (uri: string): Opened | undefined => {
    const own = open.get(uri);
    if (own) return own;
    for (const entry of open.values()) if (entry.source.documents.some((document) => document.uri === uri)) return entry;
    return undefined;
  };

  const targetOf = (uri: string, analysed: Analysed | null): Target | null => {
    const documents = analysed?.source.documents ?? [];
    // A notebook that is asked about as a whole is asked about at its first cell.
    const document = documents.find((one) => one.uri === uri) ?? documents[0];
    return analysed && document ? { ...analysed, document } : null;
  };

  const placeIn = (file: string, start: number, end: number): (DocumentRange & { readonly after: boolean }) | null => {
    for (const { file: opened, last, source } of open.values()) {
      if (opened !== file) continue;
      const place = (last?.snapshot ?? source.read()).place(start, end);
      return place && { uri: place.document.uri, range: place.range, cell: place.cell, after: place.after };
    }
    const text = host.readFile(file);
    if (text === undefined) return null;
    const lines = lineIndex(text);
    return { uri: keyUri(file), range: { start: lines.positionAt(start), end: lines.positionAt(end) }, cell: null, after: false };
  };

  return {
    opened: (source) => {
      if (isShadow(source.uri)) return;
      open.set(source.uri, { source, file: fileKey(source.uri), last: null, cost: 0, ended: 0, timer: null });
    },
    closed: ({ uri }) => {
      const entry = open.get(uri);
      if (!entry) return;
      if (entry.timer !== null) clearTimeout(entry.timer);
      open.delete(uri);
      analyzer?.forget(entry.file);
    },
    schedule: ({ uri }) => {
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
      const entry = entryOf(uri);
      if (!entry) return null;
      try {
        const made = await ready;
        return targetOf(uri, await whenLoaded(made, entry, () => run(entry.source.uri, entry, made)));
      } catch {
        return null;
      }
    },
    last: (uri) => targetOf(uri, entryOf(uri)?.last ?? null),
    findings: (uri) => {
      const entry = entryOf(uri);
      const file = entry?.file;
      const found: Located[] = [];
      const seen = new Set<string>();
      const own = entry?.last;
      const others = [...open.values()].map((entry) => entry.last).filter((last) => last !== null && last !== own);
      for (const owner of [own, ...others]) {
        if (!owner) continue;
        for (const finding of owner.analysis.findings) {
          const range = resolve(finding.span);
          const key = `${finding.rule}:${range.start}:${range.end}`;
          if (range.file !== file || seen.has(key)) continue;
          seen.add(key);
          const place = placeIn(range.file, range.start, range.end);
          // Of a notebook that is asked about as a whole, all cells' findings; of a cell its own.
          if (place && (place.uri === uri || entry?.source.uri === uri))
            found.push({ ...place, finding, owner, start: range.start, end: range.end });
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
    place: placeIn,
    edit: ({ file, start, end, text }) => {
      const place = placeIn(file, start, end);
      return place && { ...place, newText: place.after ? textAfterCell(text) : text };
    },
    openUris: () => [...open.values()].flatMap(({ source }) => source.documents.map(({ uri }) => uri)),
    dispose: () => {
      if (quiet !== null) clearTimeout(quiet);
      for (const entry of open.values()) if (entry.timer !== null) clearTimeout(entry.timer);
      open.clear();
    },
  };
};
