/**
 * The façade: text in, networks and findings out. Pure: what it needs from outside comes through {@link Host}.
 * `lsp/` and `cli/` are adapters over this and nothing else.
 */
import type { Judged } from './analysis/cache.ts';
import { EntryRunner } from './analysis/entries.ts';
import { argsFromJson } from './analysis/given.ts';
import { outOfPackages } from './analysis/installed.ts';
import { Loaders } from './analysis/loaders.ts';
import { agreed, mergeFindings } from './analysis/merge.ts';
import { isSavedModel, readSavedModel } from './analysis/saved.ts';
import { suppressionsOf } from './config/suppressions.ts';
import type { Fix } from './frameworks/fix.ts';
import { FRAMEWORKS, frameworkNamed, hooksOf } from './frameworks/registry.ts';
import { onlyImports } from './interpreter/demand.ts';
import { ModuleLoader } from './interpreter/modules.ts';
import type { Network } from './network/network.ts';
import type { Facts } from './rules/facts.ts';
import type { Finding } from './rules/rule.ts';
import type { Signal } from './signal/signal.ts';
import type { SourceModule } from './syntax/ast.ts';
import { languageOf, mayHoldModels } from './syntax/languages.ts';
import { maxTextLength } from './syntax/limits.ts';
import type { ParseOptions, SourceParser } from './syntax/parser.ts';
import { type Cell, sameCells } from './text/cells.ts';
import { type Host, isInstalled } from './text/host.ts';
import { resolve } from './text/span.ts';

export interface NetworkResult {
  readonly network: Network;
  readonly signal: Signal;
  readonly facts: Facts;
  /** Sorted by offset, then rule. */
  readonly findings: readonly Finding[];
}

export interface Analysis {
  readonly module: SourceModule;
  readonly networks: readonly NetworkResult[];
  /** Findings of all networks, one cause one finding, suppressed ones left out, sorted by offset then rule. */
  readonly findings: readonly Finding[];
  /** Things not understood, bounds that were hit, internal errors. Never a finding. */
  readonly issues: readonly {
    readonly message: string;
    readonly start: number;
    readonly end: number;
    /** A bound was hit: there is more in the file than was looked at. */
    readonly limit?: true;
  }[];
  /** True where the text is broken and `networks` come (partly) from the last good text, shifted. */
  readonly stale: boolean;
  /** Why a saved topology gave no network. */
  readonly unread?: string;
}

export interface AnalyzeOptions {
  /** The text is a notebook's, and these are its cells. */
  readonly cells?: readonly Cell[];
  /** Analyse only this class, built with these constructor arguments (JSON values), on this input shape. */
  readonly className?: string;
  readonly args?: readonly unknown[] | Readonly<Record<string, unknown>>;
  readonly input?: readonly (number | null)[];
}

export interface Analyzer {
  /** Loads what the file's language needs; null where there is nothing to wait for. Before it, a JavaScript file has no models. */
  ready(file: string, text: string): Promise<void> | null;
  /** Analyses a text. Repeated calls for one file reuse what did not change. Never throws. */
  analyze(file: string, text: string, options?: AnalyzeOptions): Analysis;
  /** Edits for a finding of an analysis, preferred first. Computed on demand. */
  fixes(analysis: Analysis, finding: Finding): readonly Fix[];
  /** Drops what is kept for a file as it is analysed; as an import of others it stays. */
  forget(file: string): void;
}

export const createAnalyzer = (host: Host, parser: SourceParser): Analyzer => {
  const parsed = new Map<string, SourceModule>();

  const parse = (file: string, text: string, options?: ParseOptions): SourceModule => {
    const previous = parsed.get(file);
    // What is broken is completed as a whole where the file itself is looked at.
    const usable = previous?.lazy && !options?.lazy && previous.blocks.some((b) => b.broken) ? undefined : previous;
    const same = usable?.text === text && sameCells(usable.cells, options?.cells);
    if (same && (options?.lazy || !usable.lazy || text.length <= maxTextLength)) return usable;
    const source = parser.parse(file, text, usable, options);
    parsed.set(file, source);
    return source;
  };
  const parseFile = (file: string): SourceModule | undefined => {
    const text = host.readFile(file);
    return text === undefined ? undefined : parse(file, text, { lazy: true });
  };
  // The file under analysis is given as text; what it imports is read through the host.
  let current: SourceModule | null = null;
  const loaders = new Loaders(
    () => new ModuleLoader(host, hooksOf(FRAMEWORKS), (file) => (current?.file === file ? current : parseFile(file))),
  );
  let environment = '';
  /** What was not found before may be found in another environment, and the other way round. */
  const followEnvironment = (): void => {
    const now = (host.environment ?? []).join('\n');
    if (now === environment) return;
    environment = now;
    loaders.reset();
  };

  const analyze = (file: string, text: string, options: AnalyzeOptions = {}): Analysis => {
    if (isSavedModel(file)) {
      loaders.shared.begin();
      const { results, issues } = readSavedModel(file, text, host, loaders.shared, FRAMEWORKS);
      const networks = results.map((r) => r.result);
      const located = [...issues, ...issuesOf(networks), ...internalOf(results)];
      const findings = mergeFindings(agreed(networks));
      const unread = networks.length === 0 ? issues[0]?.message : undefined;
      return { ...nothing(file, text), networks, findings, issues: located, ...(unread === undefined ? {} : { unread }) };
    }
    if (!mayHoldModels(file, text) || parser.load(languageOf(file)) !== null) return nothing(file, text);
    const source = parse(file, text, options.cells ? { cells: options.cells } : {});
    // What the front of a package imports is not looked at for its own sake.
    if (source.language === 'python' && onlyImports(source.blocks.map((b) => b.statement)))
      return { ...nothing(file, text), module: source, issues: source.issues };
    current = source;
    followEnvironment();
    const given = options.className ?? options.args ?? options.input;
    const { value, cut: importsCut } = loaders.follow(file, (loader, cache) => {
      loader.begin();
      const run = loader.run(file, source);
      const runner = new EntryRunner(loader, FRAMEWORKS, run);
      const collected =
        given === undefined
          ? cache.collect(source, runner)
          : { results: cache.chosen(runner, options.className, argsFromJson(options)), stale: false, left: 0, cut: 0 };
      return { value: { run, ...collected }, works: [run.machine.work, ...cache.works()] };
    });
    const { run, results, stale, left, cut } = value;
    const networks = results.map((r) => outOfPackages(r.result, host));
    const hidden = suppressionsOf(source);
    const findings = mergeFindings(agreed(networks)).filter((f) => !hidden.suppresses(f.rule, resolve(f.span)));
    const said = issuesOf(networks);
    const ofRun = run.issues.filter((i) => (i.span ? i.span.anchor.file === file : i.limit && !said.some((s) => s.message === i.message)));
    const issues = [
      ...(left > 0
        ? [limit(`Models and functions of a file are analysed within a budget, those that differ only in sizes last; ${left} more are not`)]
        : []),
      ...(cut > 0 ? [limit(`${cut} functions or classes of the file are not followed to a network: their step budget was used up`)] : []),
      ...(importsCut ? [limit('The step budget of imports was used up; what else the file imports is not read')] : []),
      ...source.issues,
      ...ofRun.map(located),
      ...said,
      ...internalOf(results),
    ];
    return { module: source, networks, findings, issues, stale };
  };

  return {
    ready: (file, text) => (!isSavedModel(file) && mayHoldModels(file, text) ? parser.load(languageOf(file)) : null),
    analyze,
    fixes: (analysis, finding) => {
      const network = analysis.networks.find((n) => n.findings.some((f) => f.span === finding.span && f.rule === finding.rule))?.network;
      if (!network) return [];
      const framework = frameworkNamed(network.framework);
      const module = (name: string): SourceModule | undefined => (name === analysis.module.file ? analysis.module : parsed.get(name));
      if (!framework) return [];
      const fixes = finding.intents
        .flatMap((intent) => framework.emit(intent, { network, module }))
        .filter((fix) => !fix.edits.some((edit) => isInstalled(host, edit.file)));
      // Intents come best first: the first fix of the first one is the one to prefer.
      return fixes.map((fix, i) => ({ ...fix, preferred: i === 0 && fix.preferred }));
    },
    forget: (file) => {
      if (!loaders.forget(file)) parsed.delete(file);
    },
  };
};

type Issues = Analysis['issues'];

const issuesOf = (networks: readonly NetworkResult[]): Issues => networks.flatMap((n) => n.network.issues.map(located));

const internalOf = (results: readonly Judged[]): Issues => results.flatMap((r) => r.internal.map((message) => located({ message })));

/** A file in which nothing is looked for. */
const nothing = (file: string, text: string): Analysis => ({
  module: { file, language: languageOf(file), text, blocks: [], comments: [], issues: [] },
  networks: [],
  findings: [],
  issues: [],
  stale: false,
});

const located = ({ message, span, limit }: Network['issues'][number]): Issues[number] => {
  const range = span && resolve(span);
  return { message, start: range?.start ?? 0, end: range?.end ?? 0, ...(limit ? { limit } : {}) };
};

const limit = (message: string): Issues[number] => located({ message, limit: true });
