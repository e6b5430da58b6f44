/**
 * Modules of the workspace: found through the {@link Host}, run once, kept while their text and the text of what they import is the
 * same. Every top-level name has a version that changes when, and only when, something its value was computed from changes; what was
 * derived from a set of names stays valid while their versions do.
 */
import type { Block, Language, SourceModule } from '../syntax/ast.ts';
import { languageOf } from '../syntax/languages.ts';
import type { Host } from '../text/host.ts';
import type { Hooks } from './api.ts';
import { type Plan, planOf, typedCandidates } from './demand.ts';
import { isInside, joinPath, ModuleFinder } from './finder.ts';
import { importMember, importTyped, starNames } from './imports.ts';
import { exportNames, exportOf, findFile, prepareModule, rememberScope } from './javascript/modules.ts';
import { executeOne as executeJavaScript, hoisted } from './javascript/statements.ts';
import { LIMITS } from './limits.ts';
import { Machine, type ModuleSource, type RunIssue } from './machine.ts';
import { newScope, noteRead } from './scope.ts';
import { NO_SITE } from './site.ts';
import { executeOne } from './statements.ts';
import type { InstanceValue, ListValue, ModuleValue, Scope, Value } from './values.ts';
import { args, list, NONE, str, unknown } from './values.ts';

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

const MAX_KEPT_VERSIONS = 200_000;

const NAMES_A_FRAMEWORK = /\b(?:torch|tensorflow|keras|jax|flax|lasagne|theano)\b/;

const HANDS_ON = /^[ \t]*from[ \t]+\./m;

/** Machines that wait for one another: imports and the statements that these ask for. */
const MAX_RUNNING = 200;

export class ModuleLoader implements ModuleSource {
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
  private readonly blockIds = new WeakMap<Block, number>();
  private readonly plans = new WeakMap<SourceModule, Plan>();
  private readonly internedVersions = new Map<string, number>();
  private readonly interest = new Map<string, boolean>();
  private readonly finder: ModuleFinder;
  private blocks = 0;
  private versions = 0;
  private round = 0;
  private readonly running: Machine[] = [];
  /** Imported modules by dotted name, and the file that is analysed: what `sys.modules` holds. */
  private readonly byName = new Map<string, Kept>();
  private analysed: Kept | null = null;

  constructor(host: Host, hooks: Hooks, parse: (file: string) => SourceModule | undefined) {
    this.host = host;
    this.finder = new ModuleFinder(host);
    this.hooks = hooks;
    this.parse = parse;
  }

  /** Starts a round: files are checked for change once in it. */
  begin(): void {
    this.round++;
    if (this.internedVersions.size > MAX_KEPT_VERSIONS) this.internedVersions.clear();
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

  importModule(module: string, level: number, from: string, machine: Machine): Value {
    const file = this.find(module, level, from);
    if (!file) {
      if (languageOf(from) === 'python' && this.finder.isFolder(module, level, from)) return this.namespace(module, level, from);
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

  /**
   * Whether a package that is neither the importer's own nor the workspace's is worth reading: a file that names no framework builds no
   * layer, and what it computes (versions, paths, terminals) is known to running programs only.
   */
  private isOfInterest(file: string, module: string, from: string): boolean {
    const top = module.split('.')[0] as string;
    const isOwn = this.host.roots.some((root) => isInside(root, file)) || isInside(joinPath(this.finder.packageRoot(from), top), from);
    if (isOwn) return true;
    const asked = this.host.roots.some((root) => isInside(root, from));
    const key = asked ? `${file}*` : file;
    let answer = this.interest.get(key);
    if (answer === undefined) {
      const text = this.host.readFile(file) ?? '';
      // What the front of a package hands on comes from its modules, which are looked at in turn.
      // So does what the author names himself: a configuration, say, that knows no framework.
      answer = NAMES_A_FRAMEWORK.test(text) || ((asked || file.endsWith('/__init__.py')) && HANDS_ON.test(text));
      this.interest.set(key, answer);
    }
    return answer;
  }

  private imported(file: string, module: string, machine: Machine): Value {
    const kept = this.kept.get(file);
    if (kept && (kept.round === this.round || (kept.run && this.fresh(kept, new Set())))) return kept.value;
    const source = this.parse(file);
    if (!source) return { ...unknown(`${module} could not be read`), path: module };
    if (this.running.length > MAX_RUNNING) return { ...unknown(`imports are nested too deep; ${module} was not entered`), path: module };
    void machine;
    return this.execute(file, source, false).value;
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
    const value = source.language === 'javascript' ? this.exportsOf(file, scope) : this.moduleValue(file, scope);
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
    const machine = this.machine(source.language, main ? file : null);
    if (main || source.language !== 'python') {
      machine.watched = scope;
      for (const block of source.language === 'javascript' ? hoisted(source.blocks, (b) => b.statement) : source.blocks) {
        this.runBlock(machine, block, scope, versions);
        if (machine.outOfFuel) machine.refuel();
      }
    } else this.runOnDemand(source, scope, versions);
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

  /**
   * An imported module: its effects now, in order, every other statement when a name of it is asked for (demand.ts). A statement sees
   * the names that are bound above it, as if the file had been run from top to bottom.
   */
  private runOnDemand(source: SourceModule, scope: Scope, versions: Map<string, number>): void {
    const plan = this.planOf(source);
    const started = new Set<number>();
    const settled = new Set<string>();
    const demanded = new Set<string>();
    scope.demanded = demanded;
    let position = source.blocks.length;
    const within = (index: number, run: (machine: Machine, block: Block) => void): void => {
      const [machine, outer] = [this.machine(), position];
      machine.refuel(LIMITS.importSteps);
      machine.watched = scope;
      position = index;
      run(machine, source.blocks[index] as Block);
      for (const name of machine.written) demanded.add(name);
      position = outer;
      machine.watched = null;
      this.finish(machine);
    };
    const runOne = (index: number): void => {
      if (started.has(index)) return;
      started.add(index);
      within(index, (machine, block) => this.runBlock(machine, block, scope, versions));
    };
    const fromStars = (name: string): void => {
      for (const index of plan.stars.toReversed()) {
        if (index >= position || started.has(index) || scope.vars.has(name)) continue;
        let whole = false;
        within(index, (machine, block) => {
          const { statement } = block;
          if (statement.kind === 'importFrom' && importMember(machine, statement, name, scope))
            this.version(block, machine, scope, versions);
          else whole = statement.kind !== 'importFrom' || machine.written.size > 0;
        });
        if (whole) runOne(index);
      }
    };
    const fromTypes = (name: string): void => {
      for (const { index, statement, one } of typedCandidates(plan.typed, name)) {
        if (scope.vars.has(name)) return;
        within(index, (machine, block) => {
          if (one.name === '*') importTyped(machine, statement, name, scope);
          else executeOne(machine, { ...statement, names: [one] }, scope);
          this.version(block, machine, scope, versions);
        });
      }
    };
    scope.demand = (name) => {
      if (settled.has(name)) return;
      // Asked from outside of the module, all that may bind the name has run afterwards.
      if (position === source.blocks.length) settled.add(name);
      for (const index of plan.binders.get(name) ?? []) if (index < position) runOne(index);
      if ((plan.stars.length === 0 && plan.typed.length === 0) || scope.vars.has(name)) return;
      fromStars(name);
      if (!scope.vars.has(name)) fromTypes(name);
    };
    scope.demandable = () => {
      const names = new Set([...plan.binders.keys(), ...scope.vars.keys()]);
      for (const index of plan.stars)
        within(index, (machine, { statement }) => {
          if (statement.kind === 'importFrom') for (const name of starNames(machine, statement, scope)) names.add(name);
        });
      return [...names];
    };
    for (const index of plan.effects) runOne(index);
  }

  private planOf(source: SourceModule): Plan {
    let plan = this.plans.get(source);
    if (!plan) {
      plan = planOf(source.blocks);
      this.plans.set(source, plan);
    }
    return plan;
  }

  /**
   * Versions of the names that a statement bound: its text and the versions of what it read. A statement that may have changed what it
   * read (a call, an assignment) gives those names a new version too; so does a decorator (`@add_to_class(Net)`), to what can change.
   */
  private version(block: Block, machine: Machine, scope: Scope, versions: Map<string, number>): void {
    const reads = this.dependenciesOf(machine.reads);
    const key = `${this.blockId(block)}:${reads.map((d) => d.version).join(',')}`;
    let version = this.internedVersions.get(key);
    if (version === undefined) {
      version = ++this.versions;
      this.internedVersions.set(key, version);
    }
    for (const name of machine.written) versions.set(name, version);
    const { statement } = block;
    if (statement.kind === 'import' || statement.kind === 'importFrom') return;
    const definition = statement.kind === 'function' || statement.kind === 'class';
    if (definition && statement.decorators.length === 0) return;
    for (const name of machine.reads.get(scope) ?? [])
      if (versions.has(name) && (!definition || isMutable(scope.vars.get(name)))) versions.set(name, version);
  }

  private blockId(block: Block): number {
    let id = this.blockIds.get(block);
    if (id === undefined) {
      id = ++this.blocks;
      this.blockIds.set(block, id);
    }
    return id;
  }

  private moduleValue(file: string, scope: Scope): ModuleValue {
    const folder = /(^|\/)__init__\.py$/.test(file) ? file.slice(0, file.length - '__init__.py'.length) : null;
    return {
      kind: 'module',
      path: moduleName(file),
      external: false,
      get: (name) => {
        const machine = this.running.at(-1);
        if (machine) noteRead(machine, scope, name);
        scope.demand?.(name);
        const found = scope.vars.get(name);
        if (found || !machine) return found;
        const sub = folder === null ? undefined : this.importModule(name, 1, file, machine);
        if (sub && sub.kind !== 'unknown') return sub;
        // PEP 562: what a module does not have it may make. Names of the language's own (`__path__`) are not asked for.
        if (name.startsWith('__')) return undefined;
        scope.demand?.('__getattr__');
        const make = scope.vars.get('__getattr__');
        const value = make && machine.call(make, args([str(name)]), NO_SITE);
        return value?.kind === 'unknown' ? undefined : value;
      },
      names: () => {
        scope.demand?.('__all__');
        const all = scope.vars.get('__all__');
        if (all?.kind === 'list' || all?.kind === 'tuple') return all.items.flatMap((v) => (v.kind === 'string' ? [v.value] : []));
        return scope.demandable?.() ?? [...scope.vars.keys()];
      },
    };
  }

  /** A module of JavaScript is what it exports. */
  private exportsOf(file: string, scope: Scope): ModuleValue {
    const value: ModuleValue = {
      kind: 'module',
      path: moduleName(file),
      external: false,
      get: (name) => {
        const machine = this.running.at(-1);
        if (machine) for (const read of [name, 'module', 'exports']) noteRead(machine, scope, read);
        return exportOf(scope, name);
      },
      names: () => exportNames(scope),
    };
    rememberScope(value, scope);
    return value;
  }

  /** The file of a module, by the rules of the language that asks. */
  private find(module: string, level: number, from: string): string | undefined {
    return languageOf(from) === 'javascript' ? findFile(this.host, module, from) : this.finder.find(module, level, from);
  }

  /** A folder without `__init__.py` that holds modules: a package of the language, with nothing in it but these. */
  private namespace(module: string, level: number, from: string): ModuleValue {
    return {
      kind: 'module',
      path: module,
      external: false,
      get: (name) => {
        const machine = this.running.at(-1);
        const sub = machine && this.importModule(module === '' ? name : `${module}.${name}`, level, from, machine);
        return sub?.kind === 'module' ? sub : undefined;
      },
      names: () => [],
    };
  }
}

/** What a decorator may have put something into. */
const isMutable = (value: Value | undefined): boolean =>
  value !== undefined && ['class', 'instance', 'list', 'dict', 'set'].includes(value.kind);

const moduleName = (file: string): string => (file.split('/').pop() ?? file).replace(/\.py$/, '');
