/**
 * Networks of a file by entry, kept while nothing they were made from changes. A keystroke inside one class redoes the entries that
 * hang on that class and no other.
 */
import type { NetworkResult } from '../analyze.ts';
import type { Work } from '../interpreter/budget.ts';
import { LIMITS } from '../interpreter/limits.ts';
import type { ModuleLoader } from '../interpreter/modules.ts';
import type { Args, ClassValue } from '../interpreter/values.ts';
import type { Block, SourceModule } from '../syntax/ast.ts';
import type { Budget, EntryResult, EntryRunner, TopFunction, Traced } from './entries.ts';
import { judge } from './judge.ts';
import { orderOf } from './order.ts';
import { blockText, moveFinding, moveOf, moveSpan } from './stale.ts';
import { isMentioned } from './unapplied.ts';

export interface Judged {
  readonly result: NetworkResult;
  /** Internal errors of rules: logged, never findings. */
  readonly internal: readonly string[];
}

interface Kept {
  readonly entry: EntryResult;
  /** Its networks; none where they no longer stand in the text. */
  readonly traced: readonly Traced[];
  judged: readonly Judged[] | null;
  /** The text of the block that the entry's name stands in, and its anchor, to find it again when the text breaks. */
  readonly home: { readonly anchor: Block['anchor']; readonly text: string } | null;
}

/** What it asked of the whole text has the same answer. */
const asksTheSame = ({ mentions }: EntryResult, source: SourceModule): boolean =>
  [...mentions].every(([name, mentioned]) => isMentioned(source, name) === mentioned);

export class EntryCache {
  private readonly loader: ModuleLoader;
  private kept = new Map<string, Kept>();

  constructor(loader: ModuleLoader) {
    this.loader = loader;
  }

  /** Results of all entries, in the order of the source; `left` is how many were too many, `cut` how many came to no network in their budget. */
  collect(source: SourceModule, runner: EntryRunner): { results: readonly Judged[]; stale: boolean; left: number; cut: number } {
    const broken = namesOfBroken(source);
    const next = new Map<string, Kept>();
    let stale = false;
    const entries: Kept[] = [];
    let room: number = LIMITS.entries;
    let spent = 0;
    let left = 0;
    let vain = 0;
    let cut = 0;
    const add = (key: string, budget: Budget, make: (budget: Budget) => EntryResult): Kept => {
      const old = this.kept.get(key);
      let kept: Kept;
      if (
        old &&
        sameWithin(old.entry, budget) &&
        key !== 'top' &&
        old.entry.trainers === runner.trainers &&
        old.entry.isPart === runner.isPart(key) &&
        old.entry.dependencies.every((d) => this.loader.isCurrent(d)) &&
        asksTheSame(old.entry, source)
      )
        kept = old;
      else {
        const entry = make(budget);
        const hangsOnBroken =
          broken !== null && (key === 'top' || entry.dependencies.some((d) => d.file === source.file && broken.has(d.name)));
        if (hangsOnBroken && old && old.traced.length > 0) {
          stale = true;
          kept = moved(old, source);
        } else kept = keep(entry, source);
      }
      next.set(key, kept);
      entries.push(kept);
      spent += costOf(kept.entry);
      if (key !== 'top' && !hasNetwork(kept)) {
        vain += kept.entry.took.steps;
        if (kept.entry.cutAt) cut++;
      }
      return kept;
    };
    /** Entries one after the other while the file's budget lasts, what is kept counted as if it ran. */
    const within = (limit: number, key: string, budgeted: (budget: Budget) => EntryResult, end: number = LIMITS.fileSteps): void => {
      if (room-- <= 0 || spent >= limit) left++;
      else {
        const search = vain < LIMITS.vainSteps ? LIMITS.searchSteps : LIMITS.shortSearchSteps;
        const steps = Math.min(LIMITS.steps, end - spent);
        const kept = add(key, { steps, search }, budgeted);
        // A model that the rest of the file's budget was not enough for is left out like those after it: half of one says nothing.
        if (kept.entry.cutAt && hasNetwork(kept) && steps < LIMITS.steps) {
          entries.pop();
          left++;
        }
      }
    };
    const builds = (fn: TopFunction): void => within(LIMITS.fileSteps, `function ${fn.name}`, (budget) => runner.fromFunction(fn, budget));
    add('top', { steps: LIMITS.steps, search: LIMITS.steps }, () => runner.top());
    const { first, helpers, options, variants } = orderOf(runner.functions());
    for (const fn of first) builds(fn);
    for (const fn of helpers) if (!entries.some((one) => hasNetwork(one) && one.entry.functions.has(fn.name))) builds(fn);
    const { outer, inner } = runner.use.byUse();
    const follow = (cls: ClassValue, limit: number): void => {
      // Of two classes that use each other both are followed.
      const holds = ({ key, classes }: EntryResult): boolean =>
        classes.has(cls.name) && !(key.startsWith('class ') && runner.use.names(cls, nameOf({ key })));
      if (entries.some((one) => hasNetwork(one) && holds(one.entry))) return;
      within(limit, `class ${cls.name}`, (budget) => runner.fromClass(cls, undefined, budget), limit);
    };
    for (const cls of outer) follow(cls, LIMITS.outerSteps);
    // What a network costs afterwards is known when it stands: the last of them may have taken the parts' share too.
    const rest = Math.max(LIMITS.fileSteps, spent + LIMITS.fileSteps - LIMITS.outerSteps);
    for (const cls of inner) follow(cls, rest);
    const built = new Set(entries.filter(hasNetwork).flatMap((e) => [...e.entry.classes]));
    for (const fn of options) within(LIMITS.optionSteps, `function ${fn.name}`, (budget) => runner.fromFunction(fn, budget));
    for (const fn of variants) within(LIMITS.variantSteps, `function ${fn.name}`, (budget) => runner.fromFunction(fn, budget));
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
    return { results: inOrder([...shown].flatMap(judgedOf)), stale, left, cut };
  }

  /** What all entries asked of imports, those that are not shown too. */
  works(): readonly Work[] {
    return [...this.kept.values()].map(({ entry }) => entry.work);
  }

  /** One class or function with arguments given by hand, or every class where none is named. */
  chosen(
    runner: EntryRunner,
    className: string | undefined,
    given: { readonly args?: Args; readonly input?: readonly (number | null)[] },
  ): readonly Judged[] {
    const classes = runner.classes().filter((cls) => className === undefined || cls.name === className);
    const found = classes.flatMap((cls) => runner.fromClass(cls, given).traced.map(judge));
    if (classes.length > 0 || className === undefined) return found;
    return runner.functions(className).flatMap((fn) => runner.fromFunction(fn, undefined, given).traced.map(judge));
  }
}

const keep = (entry: EntryResult, source: SourceModule): Kept => {
  const anchor = entry.traced[0]?.network.nameSpan.anchor;
  const block = source.blocks.find((b) => b.anchor === anchor);
  return { entry, traced: entry.traced, judged: null, home: block ? { anchor: block.anchor, text: blockText(source, block) } : null };
};

/** Signal and findings of an entry, computed when it is shown for the first time. */
const judgedOf = (kept: Kept): readonly Judged[] => {
  kept.judged ??= kept.traced.map(judge);
  return kept.judged;
};

/** Whether what ran with another budget would have come out the same with this one. */
const sameWithin = ({ took, cutAt }: EntryResult, budget: Budget): boolean =>
  cutAt === null
    ? took.steps < budget.steps && took.search < budget.search
    : cutAt.steps === budget.steps && cutAt.search === budget.search;

/** Steps that an entry takes from the file's budget: those of the interpreter, and what its networks cost afterwards. */
const costOf = ({ took, traced }: EntryResult): number =>
  took.steps + traced.reduce((sum, { network }) => sum + NODE_STEPS * network.nodes.length, 0);

/** Building a node, its signal and the rules on it take as long as this many steps. */
const NODE_STEPS = 40;

const hasNetwork = (kept: Kept): boolean => kept.traced.length > 0;

/** Of the class or function that it follows; '' for the top level. */
const nameOf = ({ key }: Pick<EntryResult, 'key'>): string => key.split(' ')[1] ?? '';

/** A class that another entry builds, or a function that it calls, is judged inside it; of two that use each other both stay. */
const isPartOf = (one: EntryResult, other: EntryResult): boolean => {
  const [kind, name] = one.key.split(' ') as [string, string | undefined];
  if (name === undefined) return false;
  const otherName = nameOf(other);
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
  if (!move) return { ...old, traced: [], judged: [] };
  return {
    ...old,
    judged: judgedOf(old).map((j) => ({
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
