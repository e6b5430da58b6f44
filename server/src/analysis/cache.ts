/**
 * Networks of a file by entry, kept while nothing they were made from changes. A keystroke inside one class redoes the entries that
 * hang on that class and no other.
 */
import type { NetworkResult } from '../analyze.ts';
import { LIMITS } from '../interpreter/limits.ts';
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

  /** Results of all entries, in the order of the source; `left` is how many were too many. */
  collect(source: SourceModule, runner: EntryRunner): { results: readonly Judged[]; stale: boolean; left: number } {
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
    const entries = [use('top', () => runner.top())];
    const [functions, classes] = [runner.functions(), runner.classes()];
    for (const fn of functions.slice(0, LIMITS.entries)) entries.push(use(`function ${fn.name}`, () => runner.fromFunction(fn)));
    const built = new Set(entries.filter(hasNetwork).flatMap((e) => [...e.entry.classes]));
    const unbuilt = classes.filter((cls) => !built.has(cls.name));
    const room = Math.max(0, LIMITS.entries - functions.length);
    for (const cls of unbuilt.slice(0, room)) entries.push(use(`class ${cls.name}`, () => runner.fromClass(cls)));
    const left = Math.max(0, functions.length - LIMITS.entries) + Math.max(0, unbuilt.length - room);
    const whole = entries.filter((one) => !entries.some((other) => other !== one && hasNetwork(other) && isPartOf(one.entry, other.entry)));
    const shown = new Set(whole);
    if (broken !== null)
      for (const [key, old] of this.kept)
        if (!next.has(key) && old.home && hasNetwork(old) && !built.has(key.slice('class '.length))) {
          stale = true;
          const kept = moved(old, source);
          next.set(key, kept);
          shown.add(kept);
        }
    this.kept = next;
    return { results: inOrder([...shown].flatMap((k) => k.judged)), stale, left };
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

  private keep(entry: EntryResult, source: SourceModule): Kept {
    const judged = entry.traced.map(judge);
    const anchor = judged[0]?.result.network.nameSpan.anchor;
    const block = source.blocks.find((b) => b.anchor === anchor);
    return { entry, judged, home: block ? { anchor: block.anchor, text: blockText(source, block) } : null };
  }
}

const hasNetwork = (kept: Kept): boolean => kept.judged.length > 0;

/** A class that another entry builds, or a function that it calls, is judged inside it; of two that use each other both stay. */
const isPartOf = (one: EntryResult, other: EntryResult): boolean => {
  const [kind, name] = one.key.split(' ') as [string, string | undefined];
  if (name === undefined) return false;
  const [, otherName = ''] = other.key.split(' ');
  return kind === 'class'
    ? other.classes.has(name) && !one.classes.has(otherName)
    : other.functions.has(name) && !one.functions.has(otherName);
};

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
