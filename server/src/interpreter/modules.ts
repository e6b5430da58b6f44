/**
 * Modules of the workspace: found through the {@link Host}, run once, kept while their text and the text of what they import is the
 * same. Every top-level name has a version that changes when, and only when, something its value was computed from changes; what was
 * derived from a set of names stays valid while their versions do.
 */
import type { Block, Language, SourceModule } from '../syntax/ast.ts';
import { languageOf } from '../syntax/languages.ts';
import type { Host } from '../text/host.ts';
import type { Hooks } from './api.ts';
import { costOf, ImportBudget, newWork, type Work } from './budget.ts';
import { type Plan, planOf } from './demand.ts';
import { isInside, ModuleFinder } from './finder.ts';
import { interestIn } from './interest.ts';
import { findFile, prepareModule } from './javascript/modules.ts';
import { executeOne as executeJavaScript, hoisted } from './javascript/statements.ts';
import { LIMITS } from './limits.ts';
import { Machine, type ModuleSource, type RunIssue } from './machine.ts';
import { type Importer, moduleValue, namespaceOf } from './moduleValues.ts';
import { runOnDemand } from './onDemand.ts';
import { newScope } from './scope.ts';
import { executeOne } from './statements.ts';
import type { InstanceValue, ListValue, ModuleValue, Scope, Value } from './values.ts';
import { list, NONE, str, unknown } from './values.ts';
import { renewed, Versions } from './versions.ts';

/** What running a module's top level gave. */
export interface ModuleRun {
  readonly source: SourceModule;
  readonly scope: Scope;
  readonly value: ModuleValue;
  /** Version of each top-level name; equal numbers mean equal values. */
  readonly versions: ReadonlyMap<string, number>;
  readonly issues: readonly RunIssue[];
  readonly partials: readonly string[];
  readonly created: readonly InstanceValue[];
  /** Functions of the source that ran. */
  readonly called: Machine['called'];
  /** The machine that ran it, with what frameworks keep in it. */
  readonly machine: Machine;
}

interface Kept {
  run: ModuleRun | null;
  source: SourceModule;
  scope: Scope;
  value: ModuleValue;
  versions: Map<string, number>;
  /** What was imported, as it was then: a module that ran again since is another one. */
  imports: Map<string, Kept | undefined>;
  /** Run as the file that is analysed, with `__name__ == '__main__'`. */
  main: boolean;
  /** Of a file as it is analysed: what it put into `sys.path`. */
  searchPath: ListValue;
  /** Checked in this round. */
  round: number;
}

/** A name of a module and the version it had when it was read. */
export interface Dependency {
  readonly file: string;
  /** Of the file as it is analysed, not as others import it. */
  readonly main: boolean;
  readonly name: string;
  readonly version: number;
}

/** What reading a file and a statement costs, in steps: to find and to scan the one, to parse the other. */
const FILE_STEPS = 300;
const CHARACTERS_A_STEP = 40;
const STATEMENT_STEPS = 20;
const CHARACTERS_A_STEP_PARSED = 10;

/** Machines that wait for one another: imports and the statements that these ask for. */
const MAX_RUNNING = 200;

export class ModuleLoader implements ModuleSource, Importer {
  private readonly host: Host;
  private readonly hooks: Hooks;
  private readonly parse: (file: string) => SourceModule | undefined;
  /** Modules as they are imported, by file. */
  private readonly kept = new Map<string, Kept>();
  /**
   * Files as they are analysed, with `__name__ == '__main__'`. Apart from the above, as in Python: that one file is looked at does not
   * make those that import it run again.
   */
  private readonly mains = new Map<string, Kept>();
  private readonly keptOfScope = new WeakMap<Scope, Kept>();
  private readonly plans = new WeakMap<SourceModule, Plan>();
  private readonly versions = new Versions();
  private readonly finder: ModuleFinder;
  private readonly isOfInterest: ReturnType<typeof interestIn>;
  private readonly budget = new ImportBudget();
  /** Works of files: what reading one costs whoever imports it. */
  private readonly fileWorks = new WeakMap<SourceModule, Work>();
  private round = 0;
  private nestedTooDeep = false;
  private readonly running: Machine[] = [];
  /** Imported modules by dotted name, and the file that is analysed: what `sys.modules` holds. */
  private readonly byName = new Map<string, Kept>();
  private analysed: Kept | null = null;

  constructor(host: Host, hooks: Hooks, parse: (file: string) => SourceModule | undefined) {
    this.host = host;
    this.finder = new ModuleFinder(host);
    this.isOfInterest = interestIn(host, this.finder);
    this.hooks = hooks;
    this.parse = parse;
  }

  /** Starts a round: files are checked for change once in it. */
  begin(): void {
    this.round++;
    this.versions.begin();
    this.budget.begin();
  }

  /** Nothing was kept when this round began. */
  get isNew(): boolean {
    return this.round <= 1;
  }

  /** Imports were cut off, so what is kept of them is no more than a part. */
  get isCut(): boolean {
    return this.budget.empty || this.nestedTooDeep;
  }

  /** Whether a first read of what these runs asked for would be cut off. */
  isTooMuch(runs: Iterable<Work>): boolean {
    return costOf(runs) > LIMITS.allImports;
  }

  /** Drops a file as it is analysed; true where it is kept as an import of others, which then need not run again. */
  forget(file: string): boolean {
    this.mains.delete(file);
    return this.kept.has(file);
  }

  /** Runs a module's top level, or gives what is kept of it. */
  run(file: string, source: SourceModule): ModuleRun {
    const old = this.mains.get(file);
    if (old?.run && old.source === source && this.fresh(old, new Set())) {
      this.analysed = old;
      this.finder.start(file, old.searchPath);
      return old.run;
    }
    return this.execute(file, source, true);
  }

  /** A machine for one entry over the modules kept here; what it reads is recorded. */
  machine(language: Language = 'python', home: string | null = null): Machine {
    const machine = new Machine(this.hooks, this, language, home);
    this.running.push(machine);
    return machine;
  }

  /** A machine for a part of an import: what it takes is taken from what all imports may. */
  private importing(language: Language, work: Work = newWork()): Machine {
    this.budget.settle(this.asking()?.work);
    const machine = new Machine(this.hooks, this, language, null, work, this.budget.purse);
    machine.refuel(LIMITS.importSteps);
    this.running.push(machine);
    return machine;
  }

  /** Goes on with a machine whose run is over: a model made at the top level is traced by what ran the top level. */
  resume(machine: Machine): void {
    machine.reads.clear();
    machine.refuel();
    this.running.push(machine);
  }

  loaded(name: string): Value | undefined {
    const { analysed } = this;
    if (analysed && (name === '__main__' || name === this.dottedName(analysed.source.file))) return analysed.value;
    return this.byName.get(name)?.value;
  }

  nameOf(scope: Scope): string | undefined {
    const kept = this.keptOfScope.get(scope);
    const name = kept && this.dottedName(kept.source.file);
    // A module of a package is imported by those who use it, even when it is the one that is looked at.
    return kept?.main && !name?.includes('.') ? '__main__' : name;
  }

  /** `package.module`, from the folder above the outermost package that holds the file. */
  private dottedName(file: string): string {
    const root = this.finder.packageRoot(file);
    const path = root === '' ? file : file.slice(root.length + 1);
    return path.replace(/(\/__init__)?\.py$/, '').replaceAll('/', '.');
  }

  /** The names that a machine read, with their versions; ends the machine's life here. */
  finish(machine: Machine): Dependency[] {
    const at = this.running.lastIndexOf(machine);
    if (at >= 0) this.running.splice(at, 1);
    if (machine.purse) this.budget.settle(machine.work);
    return this.dependenciesOf(machine.reads);
  }

  isCurrent(dependency: Dependency): boolean {
    const kept = (dependency.main ? this.mains : this.kept).get(dependency.file);
    kept?.scope.demand?.(dependency.name);
    return (kept?.versions.get(dependency.name) ?? 0) === dependency.version;
  }

  get searchPath(): ListValue {
    return this.finder.searchPath;
  }

  asking(): Machine | undefined {
    return this.running.at(-1);
  }

  importModule(module: string, level: number, from: string, machine: Machine): Value {
    const file = this.find(module, level, from);
    if (!file) {
      if (languageOf(from) === 'python' && this.finder.isFolder(module, level, from)) return namespaceOf(module, level, from, this);
      return { ...unknown(`${'.'.repeat(level)}${module} is not in the workspace`), path: module };
    }
    if (level === 0 && !this.isOfInterest(file, module, from)) return { ...unknown(`${module} has no models`), path: module };
    const value = this.imported(file, module, machine);
    const importer = machine.watched ? this.keptOfScope.get(machine.watched) : undefined;
    importer?.imports.set(file, this.kept.get(file));
    return value;
  }

  installed(module: string, from: string): boolean | undefined {
    if (this.hooks.owns(module.split('.')[0] as string) || this.find(module, 0, from)) return true;
    // What stands outside of the workspace is read where it is installed, beside all else that is.
    return this.host.roots.some((root) => isInside(root, from)) ? undefined : false;
  }

  release(name: string, from: string): string | undefined {
    return this.finder.release(name, from) ?? this.hooks.release?.(name);
  }

  private imported(file: string, module: string, machine: Machine): Value {
    const asked = machine.work.asked;
    const kept = this.kept.get(file);
    if (kept && (kept.round === this.round || (kept.run && this.fresh(kept, new Set())))) {
      asked.add(this.workOf(kept.source));
      return kept.value;
    }
    if (this.budget.empty) return { ...unknown(`the step budget of imports was used up; ${module} was not entered`), path: module };
    const source = this.parse(file);
    if (!source) return { ...unknown(`${module} could not be read`), path: module };
    if (this.running.length > MAX_RUNNING) {
      this.nestedTooDeep = true;
      return { ...unknown(`imports are nested too deep; ${module} was not entered`), path: module };
    }
    const work = newWork();
    this.fileWorks.set(source, work);
    asked.add(work);
    return this.execute(file, source, false).value;
  }

  private workOf(source: SourceModule): Work {
    let work = this.fileWorks.get(source);
    if (!work) {
      work = newWork();
      this.fileWorks.set(source, work);
    }
    return work;
  }

  private dependenciesOf(reads: ReadonlyMap<Scope, ReadonlySet<string>>): Dependency[] {
    const result: Dependency[] = [];
    for (const [scope, names] of reads) {
      const kept = this.keptOfScope.get(scope);
      if (!kept) continue;
      for (const name of names) result.push({ file: kept.source.file, main: kept.main, name, version: kept.versions.get(name) ?? 0 });
    }
    return result;
  }

  private fresh(kept: Kept, seen: Set<Kept>): boolean {
    if (kept.round === this.round || seen.has(kept)) return true;
    seen.add(kept);
    if (this.parse(kept.source.file) !== kept.source) return false;
    for (const [file, then] of kept.imports) {
      const imported = this.kept.get(file);
      if (imported !== then || (imported && !this.fresh(imported, seen))) return false;
    }
    kept.round = this.round;
    return true;
  }

  private execute(file: string, source: SourceModule, main: boolean): ModuleRun {
    const scope = newScope(null, 'module', file, source.language === 'python' ? undefined : source.language);
    if (source.language === 'javascript') prepareModule(scope);
    const value = moduleValue(source, scope, this);
    const versions = new Map<string, number>();
    const kept: Kept = {
      run: null,
      source,
      scope,
      value,
      versions,
      imports: new Map(),
      main,
      searchPath: list([]),
      round: this.round,
    };
    // What is put on them has no name of its own: they are as new as the last statement that mentions them.
    if (source.language === 'javascript') for (const name of ['module', 'exports']) versions.set(name, 0);
    (main ? this.mains : this.kept).set(file, kept);
    this.keptOfScope.set(scope, kept);
    if (main) {
      this.analysed = kept;
      this.finder.start(file, kept.searchPath);
    } else {
      const name = this.dottedName(file);
      this.byName.set(name, kept);
      scope.vars.set('__name__', str(name));
    }
    scope.vars.set('__file__', str(file));
    const machine = main ? this.machine(source.language, file) : this.importing(source.language, this.workOf(source));
    if (!main) this.budget.purse.left -= FILE_STEPS + source.text.length / CHARACTERS_A_STEP;
    if (main || source.language !== 'python') {
      machine.watched = scope;
      let rest = LIMITS.fileSteps - LIMITS.steps;
      for (const block of source.language === 'javascript' ? hoisted(source.blocks, (b) => b.statement) : source.blocks) {
        this.runBlock(machine, block, scope, versions);
        if (!machine.outOfFuel) continue;
        const more = main ? Math.min(LIMITS.steps, Math.max(rest, LIMITS.definitionSteps)) : LIMITS.importSteps;
        rest -= more;
        machine.refuel(more);
      }
    } else
      runOnDemand(source, scope, this.planOf(source), {
        start: (block) => this.startStatement(block),
        finish: (one) => this.finish(one),
        run: (one, block) => this.runBlock(one, block, scope, versions),
        version: (one, block) => this.version(block, one, scope, versions),
        hasPart: (name) => this.find(name, 1, file) !== undefined,
        asker: () => this.asking()?.work,
      });
    machine.watched = null;
    this.finish(machine);
    const run: ModuleRun = {
      source,
      scope,
      value,
      versions,
      issues: machine.issues,
      partials: machine.partials,
      created: machine.created,
      called: machine.called,
      machine,
    };
    kept.run = run;
    return run;
  }

  private runBlock(machine: Machine, block: Block, scope: Scope, versions: Map<string, number>): void {
    machine.reads.clear();
    machine.written.clear();
    if (block.statement.kind === 'opaque' && block.broken) return;
    machine.guard('the top level', block.statement.span, () => {
      if (scope.language === 'javascript') executeJavaScript(machine, block.statement, scope);
      else executeOne(machine, block.statement, scope);
      return NONE;
    });
    this.version(block, machine, scope, versions);
  }

  private startStatement({ statement }: Block): Machine | null {
    if (this.budget.empty) return null;
    const machine = this.importing('python');
    this.budget.purse.left -= STATEMENT_STEPS + (statement.span.end - statement.span.start) / CHARACTERS_A_STEP_PARSED;
    return machine;
  }

  private planOf(source: SourceModule): Plan {
    let plan = this.plans.get(source);
    if (!plan) {
      plan = planOf(source.blocks);
      this.plans.set(source, plan);
    }
    return plan;
  }

  private version(block: Block, machine: Machine, scope: Scope, versions: Map<string, number>): void {
    const version = this.versions.of(
      block,
      this.dependenciesOf(machine.reads).map((d) => d.version),
    );
    for (const name of machine.written) versions.set(name, version);
    const read = machine.reads.get(scope) ?? [];
    for (const name of renewed(block, machine.written, new Set(read), (one) => scope.vars.get(one)))
      if (versions.has(name)) versions.set(name, version);
  }

  /** The file of a module, by the rules of the language that asks. */
  private find(module: string, level: number, from: string): string | undefined {
    return languageOf(from) === 'javascript' ? findFile(this.host, module, from) : this.finder.find(module, level, from);
  }
}
