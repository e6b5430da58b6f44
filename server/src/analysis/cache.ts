/**
 * Networks of a file by entry, kept while nothing they were made from changes. A keystroke inside one class redoes the entries that
 * hang on that class and no other.
 */
import type { NetworkResult } from '../analyze.ts';
import type { ModuleLoader } from '../interpreter/modules.ts';
import type { Args } from '../interpreter/values.ts';
import type { Block, SourceModule } from '../syntax/ast.ts';
import type { EntryResult, EntryRunner } from './entries.ts';
import { judge } from './judge.ts';
import { blockText, moveFinding, moveOf, moveSpan } from './stale.ts';

export interface Judged {
  readonly result: NetworkResult;
  /** Internal errors of rules: logged, never findings. */
  readonly internal: readonly string[];
}

interface Kept {
  readonly entry: EntryResult;
  readonly judged: readonly Judged[];
  /** The text of the block that the entry's name stands in, and its anchor, to find it again when the text breaks. */
  readonly home: { readonly anchor: Block['anchor']; readonly text: string } | null;
}

export class EntryCache {
  private readonly loader: ModuleLoader;
  private kept = new Map<string, Kept>();

  constructor(loader: ModuleLoader) {
    this.loader = loader;
  }

  /** Results of all entries, in the order of the source. */
  collect(source: SourceModule, runner: EntryRunner): { results: readonly Judged[]; stale: boolean } {
    const broken = namesOfBroken(source);
    const next = new Map<string, Kept>();
    let stale = false;
    const use = (key: string, make: () => EntryResult): Kept => {
      const old = this.kept.get(key);
      let kept: Kept;
      if (old && key !== 'top' && old.entry.dependencies.every((d) => this.loader.isCurrent(d))) kept = old;
      else {
        const entry = make();
        const hangsOnBroken =
          broken !== null && (key === 'top' || entry.dependencies.some((d) => d.file === source.file && broken.has(d.name)));
        if (hangsOnBroken && old && old.judged.length > 0) {
          stale = true;
          kept = moved(old, source);
        } else kept = this.keep(entry, source);
      }
      next.set(key, kept);
      return kept;
    };
    const used = new Set<string>();
    const note = (kept: Kept): void => {
      if (kept.judged.length > 0) for (const name of kept.entry.classes) used.add(name);
    };
    note(use('top', () => runner.top()));
    for (const fn of runner.functions()) note(use(`function ${fn.name}`, () => runner.fromFunction(fn)));
    const classes = runner.classes().filter((cls) => !used.has(cls.name));
    const made = classes.map((cls) => ({ name: cls.name, kept: use(`class ${cls.name}`, () => runner.fromClass(cls)) }));
    // A class that another one builds is judged inside it.
    for (const one of made) {
      const within = made.some(
        (other) =>
          other !== one &&
          other.kept.judged.length > 0 &&
          other.kept.entry.classes.has(one.name) &&
          !one.kept.entry.classes.has(other.name),
      );
      if (within) next.set(`class ${one.name}`, { ...one.kept, judged: [] });
    }
    if (broken !== null)
      for (const [key, old] of this.kept)
        if (!next.has(key) && old.judged.length > 0 && old.home && !used.has(key.slice(6))) {
          stale = true;
          next.set(key, moved(old, source));
        }
    this.kept = new Map([...next].map(([key, kept]) => [key, this.whole(key, kept)]));
    const results = [...next.values()].flatMap((k) => k.judged);
    return { results: inOrder(results), stale };
  }

  /** One class with arguments given by hand, or every class where none is named. */
  chosen(
    runner: EntryRunner,
    className: string | undefined,
    given: { readonly args?: Args; readonly input?: readonly (number | null)[] },
  ): readonly Judged[] {
    return runner
      .classes()
      .filter((cls) => className === undefined || cls.name === className)
      .flatMap((cls) => runner.fromClass(cls, given).traced.map(judge));
  }

  private readonly memory = new WeakMap<EntryResult, readonly Judged[]>();

  private keep(entry: EntryResult, source: SourceModule): Kept {
    const judged = entry.traced.map(judge);
    this.memory.set(entry, judged);
    const anchor = judged[0]?.result.network.nameSpan.anchor;
    const block = source.blocks.find((b) => b.anchor === anchor);
    return { entry, judged, home: block ? { anchor: block.anchor, text: blockText(source, block) } : null };
  }

  /** What is kept of an entry is whole, also where it was left out because another class holds it. */
  private whole(key: string, kept: Kept): Kept {
    void key;
    return kept.judged.length > 0 ? kept : { ...kept, judged: this.memory.get(kept.entry) ?? [] };
  }
}

/** Names that statements with syntax errors bind; null where the file has none. */
const namesOfBroken = (source: SourceModule): Set<string> | null => {
  const names = new Set<string>();
  let any = false;
  for (const block of source.blocks) {
    if (!block.broken) continue;
    any = true;
    if (block.statement.kind === 'class' || block.statement.kind === 'function') names.add(block.statement.name);
  }
  return any ? names : null;
};

const moved = (old: Kept, source: SourceModule): Kept => {
  const { home } = old;
  if (!home || source.blocks.some((b) => b.anchor === home.anchor)) return old;
  const move = moveOf(home.text, home.anchor, source);
  if (!move) return { ...old, judged: [] };
  return {
    ...old,
    judged: old.judged.map((j) => ({
      ...j,
      result: {
        ...j.result,
        network: { ...j.result.network, nameSpan: moveSpan(j.result.network.nameSpan, move), span: moveSpan(j.result.network.span, move) },
        findings: j.result.findings.map((f) => moveFinding(f, move)),
      },
    })),
  };
};

const inOrder = (results: readonly Judged[]): Judged[] =>
  [...results].sort((a, b) => {
    const [x, y] = [a.result.network.nameSpan, b.result.network.nameSpan];
    return x.anchor.offset + x.start - (y.anchor.offset + y.start);
  });
