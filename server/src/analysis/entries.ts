/**
 * Entry points (DESIGN §1): models that the file itself builds, functions that return one, and classes that nothing in the file
 * builds, from their default parameters with symbols for the required ones.
 */
import type { Entry, Framework } from '../frameworks/framework.ts';
import type { Work } from '../interpreter/budget.ts';
import { callOn } from '../interpreter/calls.ts';
import { LIMITS } from '../interpreter/limits.ts';
import type { Machine } from '../interpreter/machine.ts';
import type { Dependency, ModuleLoader, ModuleRun } from '../interpreter/modules.ts';
import { siteAt } from '../interpreter/site.ts';
import {
  type Args,
  args,
  type CallSite,
  type ClassValue,
  type FunctionValue,
  type InstanceValue,
  type Value,
} from '../interpreter/values.ts';
import type { Network } from '../network/network.ts';
import type { FunctionStmt, Stmt } from '../syntax/ast.ts';
import { resolve, type Span, sameSpan } from '../text/span.ts';
import { ClassUse } from './classUse.ts';
import { mayTrain, takesModel, textOf, trainersOf } from './trainers.ts';
import { unappliedNotes } from './unapplied.ts';
import { asPart, undrawn } from './undrawn.ts';

/** A network and what it hangs on. */
export interface Traced {
  readonly network: Network;
  readonly framework: Framework;
}

/** Steps that an entry may take, and how many of them before it makes something of a framework. */
export interface Budget {
  readonly steps: number;
  readonly search: number;
}

const WHOLE: Budget = { steps: LIMITS.steps, search: LIMITS.steps };

export interface EntryResult {
  /** Stable within a file: 'class Net', 'function build', 'top'. */
  readonly key: string;
  readonly traced: readonly Traced[];
  readonly dependencies: readonly Dependency[];
  /** What it asked of imports. */
  readonly work: Work;
  /** Classes of the source that were built on the way. */
  readonly classes: ReadonlySet<string>;
  /** Functions of the source that were called on the way. */
  readonly functions: ReadonlySet<string>;
  /** Functions of the file that may train its models, whether they were there or not, and which models they may be meant for. */
  readonly trainers: string;
  /** It follows a class that another one names. */
  readonly isPart: boolean;
  /** Names of functions that it asked the file's text for, and whether that has them anywhere else. */
  readonly mentions: ReadonlyMap<string, boolean>;
  /** Steps that it took, and how many of them before it made something of a framework. */
  readonly took: Budget;
  /** The steps that it was given, where those were too few. */
  readonly cutAt: Budget | null;
}

/** A function statement of the file, and what its name is bound to. */
export interface TopFunction {
  readonly name: string;
  readonly statement: FunctionStmt;
  readonly value: Value;
}

/** Arguments and input shape given by hand. */
export interface Given {
  readonly args?: Args;
  readonly input?: readonly (number | null)[];
}

export class EntryRunner {
  private readonly loader: ModuleLoader;
  private readonly frameworks: readonly Framework[];
  private readonly run: ModuleRun;
  private readonly file: string;
  private layerNames: RegExp | null = null;
  private outer: readonly string[] | null = null;
  private classUse: ClassUse | null = null;
  private trainerNames: string | null = null;
  private mentions = new Map<string, boolean>();

  constructor(loader: ModuleLoader, frameworks: readonly Framework[], run: ModuleRun) {
    this.loader = loader;
    this.frameworks = frameworks;
    this.run = run;
    this.file = run.source.file;
  }

  /** Models that the top level built. */
  top(): EntryResult {
    const { machine } = this.run;
    this.loader.resume(machine);
    const created = [...this.run.created];
    const named = new Map<Value, { name: string }>();
    for (const [name, value] of this.run.scope.vars) if (!named.has(value)) named.set(value, { name });
    const scripts = this.scriptsOfRun(machine);
    const roots = this.roots(created);
    const alone = () => roots.length === 1 && this.outerClasses().every((name) => classNames(created).has(name));
    const traced = roots.flatMap((model) => {
      const site = this.siteOf(model);
      if (!site) return [];
      const name = named.get(model)?.name ?? model.cls.name;
      this.train(machine, model, [name, model.cls.name], alone);
      return this.trace(machine, model, { name, kind: 'call', span: site.span, nameSpan: this.variableOf(site.span) ?? site.nameSpan });
    });
    const drawn = this.heldBy(scripts);
    const unused = traced.length > 0 ? [] : created.flatMap((instance) => this.byMethods(machine, instance, drawn));
    // What a trace builds (modules of Flax are made when they are called) is part of its model and no entry of the next run.
    const built = machine.created.splice(0);
    machine.created.push(...created);
    return this.result('top', [...traced, ...scripts, ...unused], machine, WHOLE, built);
  }

  /** The variable that a statement of the top level binds to a call. */
  private variableOf(call: Span): Span | null {
    for (const statement of this.statements()) {
      if (statement.kind !== 'assign' || !statement.value || !sameSpan(statement.value.span, call)) continue;
      const [target] = statement.targets;
      return target?.kind === 'name' ? target.span : null;
    }
    return null;
  }

  /**
   * Functions of this file's top level, as their names now stand (decorated, defined again, say): those that the top level did not call,
   * or the one that is asked for.
   */
  functions(named?: string): TopFunction[] {
    const found = this.statements().flatMap((one) => functionIn(one) ?? []);
    const last = new Map(found.map((statement) => [statement.name, statement]));
    return found.flatMap((statement) => {
      if (statement.isGenerator || (named === undefined ? this.run.called.has(statement) : statement.name !== named)) return [];
      if (last.get(statement.name) !== statement) return [];
      const value = this.run.scope.vars.get(statement.name);
      return value?.kind === 'function' || value?.kind === 'partial' ? [{ name: statement.name, statement, value }] : [];
    });
  }

  private statements(): readonly Stmt[] {
    return this.run.source.blocks.flatMap(({ statement }) => parts(statement));
  }

  /** Calls a function with its defaults; its result, else the models it built, are networks. */
  fromFunction({ name, statement, value }: TopFunction, budget: Budget = WHOLE, given?: Given): EntryResult {
    const machine = this.machine(budget);
    this.lookUp(machine, name);
    const { nameSpan } = statement;
    const result = machine.guard(name, nameSpan, () => machine.call(value, given?.args ?? this.argumentsFor(value), siteAt(nameSpan)));
    const returned = this.isModel(result);
    const entry: Entry = { name, kind: 'function', span: statement.span, nameSpan };
    const roots = new Map([...this.run.scope.vars, ['', result]]);
    const scripts = this.scripts(machine, NOWHERE, () => entry, roots);
    const models = returned ? [result as InstanceValue] : this.roots(machine.created);
    const alone = () => models.length === 1 && this.isOnlyBuilder(name, classNames(machine.created));
    const traced = models.flatMap((model) => {
      this.train(machine, model, [model.cls.name], alone);
      const built = this.siteOf(model)?.nameSpan ?? nameSpan;
      const entryName = models.length === 1 ? name : `${name}/${model.cls.name}`;
      return this.trace(machine, model, {
        name: entryName,
        kind: 'function',
        span: this.siteOf(model)?.span ?? model.site?.span ?? nameSpan,
        nameSpan: returned ? nameSpan : built,
        ...(given?.input ? { input: given.input } : {}),
      });
    });
    return this.result(`function ${name}`, [...traced, ...scripts], machine, budget, machine.created, statement);
  }

  /** Classes of this file that are models, may hold the arrays of one, or may build one (an agent, a GAN). */
  classes(): ClassValue[] {
    return [...new Set(this.run.scope.vars.values())].filter(
      (v): v is ClassValue =>
        v.kind === 'class' && v.source?.module === this.file && (this.mayBuild(v) || this.isModelClass(v) || this.mayHoldArrays(v)),
    );
  }

  /** A first look at the text again: in JavaScript any class may build a model, in Python those that name a framework's own. */
  private mayBuild(cls: ClassValue): boolean {
    return this.run.source.language === 'javascript' || this.namesModels(this.textOf(cls));
  }

  private namesModels(text: string): boolean {
    const names = this.frameworks.flatMap((f) => f.ownModels ?? []);
    return names.length > 0 && new RegExp(`\\b(?:${names.join('|')})\\(`).test(text);
  }

  private isModelClass(cls: ClassValue): boolean {
    return this.frameworks.some((f) => f.isModelClass(cls));
  }

  /** A first look at the text, so that not every class of every file is built. */
  private mayHoldArrays(cls: ClassValue): boolean {
    if (!this.frameworks.some((f) => f.scripts && f.packages.some((name) => this.run.source.text.includes(name)))) return false;
    const text = this.textOf(cls);
    // A network that only holds layers has the arrays in them.
    return touchesArrays(text) || this.namesOfLayers().test(text);
  }

  /** Names of classes whose text draws or multiplies arrays. */
  private namesOfLayers(): RegExp {
    if (!this.layerNames) {
      const names = [...this.run.scope.vars.values()].flatMap((v) =>
        v.kind === 'class' && v.source?.module === this.file && touchesArrays(this.textOf(v)) ? [v.name] : [],
      );
      this.layerNames = new RegExp(names.length > 0 ? `\\b(?:${names.join('|')})\\(` : '(?!)');
    }
    return this.layerNames;
  }

  private textOf(cls: ClassValue): string {
    return this.textAt(cls.source?.span as Span);
  }

  private textAt(span: Span): string {
    const { start, end } = resolve(span);
    return this.run.source.text.slice(start, end);
  }

  /** Builds a class from its default parameters, or from arguments given by hand. */
  fromClass(cls: ClassValue, given?: Given, budget: Budget = WHOLE): EntryResult {
    const key = `class ${cls.name}`;
    const machine = this.machine(budget);
    this.lookUp(machine, cls.name);
    const span = cls.source?.nameSpan as Span;
    const marks = this.marks(machine);
    const instance = machine.guard(cls.name, span, () => machine.instantiate(cls, given?.args ?? symbolicArgs(), siteAt(span)));
    const entry: Entry = {
      name: cls.name,
      kind: 'defaults',
      span: cls.source?.span ?? span,
      nameSpan: span,
      ...(given?.input ? { input: given.input } : {}),
    };
    const alone = () => !this.buildsModels() && this.outerClasses().every((name) => name === cls.name);
    if (instance.kind === 'instance' && this.isModelClass(cls)) this.train(machine, instance, [cls.name], alone);
    const traced =
      instance.kind !== 'instance'
        ? []
        : this.isModelClass(cls)
          ? this.trace(machine, instance, entry).map((one) => (this.isPart(key) ? { ...one, network: asPart(one.network) } : one))
          : [...this.builtBy(machine, cls, instance, entry), ...this.fromArrays(machine, instance, marks, entry)];
    return this.result(
      key,
      traced,
      machine,
      budget,
      machine.created.filter((i) => i !== instance),
    );
  }

  // ── training ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Names of the functions that may train a model, and of the outer classes: an entry hangs on them beside the names that it read. */
  get trainers(): string {
    if (this.trainerNames === null) {
      const functions = mayTrain(this.run.source, this.functions()).map((fn) => fn.name);
      this.trainerNames = functions.length > 0 ? [...functions, '|', ...this.outerClasses()].join(' ') : '';
    }
    return this.trainerNames;
  }

  /** Runs the functions that train the model and that nobody calls, for the losses and optimizers in them. What they change is undone. */
  private train(machine: Machine, model: InstanceValue, names: readonly string[], alone: () => boolean): void {
    if (this.trainers === '') return;
    for (const { fn, param } of trainersOf(mayTrain(this.run.source, this.functions()), names, alone()).slice(0, MOST_TRAINERS)) {
      const framework = this.frameworks.find((f) => f.isModel(model));
      const value = framework?.trainee ? framework.trainee(model, param, machine) : /state$/i.test(param) ? undefined : model;
      if (!value || machine.called.has(fn.statement)) continue;
      this.lookUp(machine, fn.name);
      const given: Args = { positional: [], keywords: new Map([[param, value]]), open: false };
      const known = machine.created.length;
      machine.journal.begin();
      machine.within(LIMITS.trainingSteps, () =>
        machine.guard(fn.name, fn.statement.nameSpan, () => machine.call(fn.value, given, siteAt(fn.statement.nameSpan))),
      );
      machine.journal.rollback();
      machine.created.length = known;
      machine.called.delete(fn.statement);
    }
  }

  /** Whether the top level itself builds a model. */
  private buildsModels(): boolean {
    return this.run.created.some((one) => this.isModel(one));
  }

  /** Classes of models that no other class of a model names. */
  private outerClasses(): readonly string[] {
    this.outer ??= new ClassUse(
      this.classes().filter((cls) => this.isModelClass(cls)),
      (cls) => this.textOf(cls),
    )
      .byUse()
      .outer.map(({ name }) => name);
    return this.outer;
  }

  /** Which classes name which others. */
  get use(): ClassUse {
    this.classUse ??= new ClassUse(this.classes(), (cls) => this.textOf(cls));
    return this.classUse;
  }

  /** Whether what is followed is a class that another one names, which may draw it. */
  isPart(key: string): boolean {
    const [kind, name = ''] = key.split(' ');
    return kind === 'class' && this.use.isNamed(name);
  }

  /** Whether no other function, no class and no statement of the file gives a model. */
  private isOnlyBuilder(name: string, built: ReadonlySet<string>): boolean {
    const others = this.functions().filter((fn) => fn.name !== name && !takesModel(fn) && /\breturn\b/.test(textOf(this.run.source, fn)));
    return others.length === 0 && !this.buildsModels() && this.outerClasses().every((cls) => built.has(cls));
  }

  // ── networks without a model object ──────────────────────────────────────────────────────────────────────────────────────

  /** The models that a class builds in its constructor, else those of its methods that name a framework's own, each taken back. */
  private builtBy(machine: Machine, cls: ClassValue, instance: InstanceValue, entry: Entry): Traced[] {
    if (!this.mayBuild(cls)) return [];
    const models = this.roots(machine.created);
    const named = (model: InstanceValue): Entry => (models.length === 1 ? entry : { ...entry, name: `${entry.name}/${model.cls.name}` });
    if (models.length > 0) return models.flatMap((model) => this.trace(machine, model, named(model)));
    return buildersOf(cls).flatMap((method) => {
      const { span } = method.node;
      if (!this.isHere(span) || !this.namesModels(this.textAt(span))) return [];
      const known = machine.created.length;
      machine.journal.begin();
      const site = siteAt(entry.nameSpan);
      machine.guard(method.name, entry.nameSpan, () =>
        method.binding === 'static'
          ? machine.call(method, symbolicArgs(), site)
          : callOn(machine, method, method.binding === 'class' ? cls : instance, symbolicArgs(), site),
      );
      const built = this.roots(machine.created.slice(known));
      const traced = built.flatMap((model) => this.trace(machine, model, { ...entry, name: `${entry.name}.${method.name}` }));
      machine.journal.rollback();
      return traced;
    });
  }

  /** Networks of arrays in what a run did since the marks. */
  private scripts(machine: Machine, from: Marks, entryFor: (span: Span) => Entry | null, roots: ReadonlyMap<string, Value>): Traced[] {
    return this.frameworks.flatMap((framework) => {
      if (!framework.scripts) return [];
      let networks: readonly Network[] = [];
      const instances = machine.created.filter((one) => one.cls.source !== null);
      try {
        networks = framework.scripts(machine, from.get(framework) ?? 0, { entryFor, roots, instances });
      } catch (error) {
        machine.issue(`internal error while reading arrays: ${error instanceof Error ? error.message : String(error)}`);
      }
      return networks.map((network) => ({ framework, network }));
    });
  }

  /** Those of the top level, read once: what traces of models add to the record later is not the program's. */
  private scriptsOfRun(machine: Machine): readonly Traced[] {
    const known = SCRIPTS.get(this.run);
    if (known) return known;
    const scripts = this.scripts(machine, NOWHERE, (span) => this.scriptEntry(span, 'call', null), this.run.scope.vars);
    SCRIPTS.set(this.run, scripts);
    return scripts;
  }

  private marks(machine: Machine): Marks {
    return new Map(this.frameworks.flatMap((f) => (f.mark ? [[f, f.mark(machine)] as const] : [])));
  }

  /** What a network of the top level is called: the class or function that draws its first weight. */
  private scriptEntry(span: Span, kind: Entry['kind'], fallback: Entry | null): Entry | null {
    if (!this.isHere(span)) return fallback;
    const block = this.run.source.blocks.find((b) => b.anchor === span.anchor)?.statement;
    if (block?.kind === 'class' || block?.kind === 'function')
      return { name: block.name, kind, span: block.span, nameSpan: block.nameSpan };
    const [target] = block?.kind === 'assign' ? block.targets : [];
    return { name: 'script', kind, span: block?.span ?? span, nameSpan: target?.kind === 'name' ? target.span : span };
  }

  /** Places at which the weights of networks are drawn. */
  private heldBy(traced: readonly Traced[]): Set<string> {
    return new Set(traced.flatMap(({ network }) => network.nodes.flatMap((n) => n.params.map((p) => placeOf(p.init.span)))));
  }

  /** A class without a base that says so: what its constructor multiplied, else what one of its methods does. */
  private fromArrays(machine: Machine, instance: InstanceValue, marks: Marks, entry: Entry): Traced[] {
    const built = this.scripts(machine, marks, () => entry, instance.attrs);
    return built.length > 0 ? built : this.byMethods(machine, instance, new Set(), entry);
  }

  /**
   * An object that holds arrays: each method is tried from the same state, and the one that uses most of them in the shortest way
   * is the network. Training uses as many as predicting, but does more.
   */
  private byMethods(machine: Machine, instance: InstanceValue, known: ReadonlySet<string>, given?: Entry): Traced[] {
    const { cls } = instance;
    if (!cls.source || cls.source.module !== this.file || this.isModelClass(cls) || !this.frameworks.some((f) => f.holdsArrays?.(instance)))
      return [];
    const entry = given ?? { name: cls.name, kind: 'call' as const, span: cls.source.span, nameSpan: cls.source.nameSpan };
    const roots = new Map(instance.attrs);
    let best: { readonly traced: Traced; readonly weights: number; readonly nodes: number } | null = null;
    for (const method of methodsOf(cls)) {
      const marks = this.marks(machine);
      machine.journal.begin();
      const result = machine.guard(method.name, entry.nameSpan, () =>
        callOn(machine, method, instance, symbolicArgs(), siteAt(entry.nameSpan)),
      );
      roots.set('', result);
      // Read before the method is taken back: it is what makes parameters of arrays.
      const networks = this.scripts(machine, marks, () => entry, roots);
      machine.journal.rollback();
      for (const traced of networks) {
        const drawn = traced.network.nodes.flatMap((n) => n.params.map((p) => placeOf(p.init.span)));
        if (drawn.every((place) => known.has(place))) continue;
        const weights = new Set(traced.network.nodes.flatMap((n) => n.params.filter((p) => p.role === 'weight').map((p) => p.storage)))
          .size;
        const nodes = traced.network.nodes.length;
        if (!best || weights > best.weights || (weights === best.weights && nodes < best.nodes)) best = { traced, weights, nodes };
      }
    }
    return best ? [best.traced] : [];
  }

  /** A parameter of a function takes the global of its name, if that holds arrays: `forward(X, parameters)`. */
  private argumentsFor(fn: Value): Args {
    if (fn.kind !== 'function') return symbolicArgs();
    const keywords = new Map<string, Value>();
    for (const param of fn.params) {
      const value = param.default === null ? this.arraysNamed(param.name) : undefined;
      if (value) keywords.set(param.name, value);
    }
    return keywords.size > 0 ? { positional: [], keywords, open: false } : symbolicArgs();
  }

  private arraysNamed(name: string): Value | undefined {
    const value = this.run.scope.vars.get(name);
    if (!value || (value.kind !== 'dict' && value.kind !== 'list' && value.kind !== 'tuple')) return undefined;
    return this.frameworks.some((f) => f.holdsArrays?.(value)) ? value : undefined;
  }

  private result(
    key: string,
    traced: readonly Traced[],
    machine: Machine,
    budget: Budget,
    created: readonly InstanceValue[],
    self?: FunctionStmt,
  ): EntryResult {
    const { mentions } = this;
    this.mentions = new Map();
    const functions = [...machine.called].flatMap((node) => (node.kind === 'function' && node !== self ? [node.name] : []));
    return {
      key,
      traced,
      dependencies: this.loader.finish(machine),
      work: machine.work,
      classes: classNames(created),
      functions: new Set(functions),
      trainers: this.trainers,
      isPart: this.isPart(key),
      mentions,
      took: { steps: budget.steps - machine.left, search: machine.searched },
      cutAt: machine.outOfFuel ? budget : null,
    };
  }

  private machine({ steps, search }: Budget): Machine {
    const machine = this.loader.machine(this.run.source.language, this.file);
    machine.inherit(this.run.machine);
    machine.refuel(steps, search);
    return machine;
  }

  /** Records that an entry hangs on a name of this module. */
  private lookUp(machine: Machine, name: string): void {
    const names = machine.reads.get(this.run.scope);
    if (names) names.add(name);
    else machine.reads.set(this.run.scope, new Set([name]));
  }

  private isModel(value: Value): boolean {
    return this.frameworks.some((f) => f.isModel(value));
  }

  /** The call of this file that made a model, or that was given it. */
  private siteOf({ site, from }: InstanceValue): CallSite | null {
    return site && this.isHere(site.span) ? site : from && this.isHere(from.span) ? from : null;
  }

  private isHere(span: Span): boolean {
    return span.anchor.file === this.file;
  }

  private trace(machine: Machine, model: InstanceValue, entry: Entry): Traced[] {
    const framework = this.frameworks.find((f) => f.isModel(model));
    if (!framework) return [];
    // Of what the top level ran into the file tells; an entry with a machine of its own tells all.
    const issuesBefore = machine === this.run.machine ? machine.issues.length : 0;
    const parts = framework.initialises?.parts(model) ?? [model];
    const cut = machine.cutOff.size > 0 && [model, ...parts].some((part) => machine.cutOff.has(part));
    let network: Network | null = null;
    try {
      network = machine.watch.traces(() => framework.trace(model, entry, machine));
    } catch (error) {
      machine.issue(
        `internal error while reading ${entry.name}: ${error instanceof Error ? error.message : String(error)}`,
        entry.nameSpan,
      );
    }
    if (!network || network.nodes.length === 0) return [];
    const issues = [...network.issues, ...machine.issues.slice(issuesBefore)];
    const complete = network.complete && machine.partials.length === 0;
    const { source, scope } = this.run;
    const notes = [...network.notes, ...unappliedNotes(model, framework, machine, { source, scope, mentions: this.mentions })];
    return [{ framework, network: { ...network, ...(cut ? undrawn(network) : {}), complete, issues, notes } }];
  }

  /** Models among the instances that no other model holds, one for each place that builds them with the same class. */
  private roots(created: readonly InstanceValue[]): InstanceValue[] {
    const held = new Set<Value>();
    for (const instance of created) {
      const framework = this.frameworks.find((f) => f.isModel(instance));
      if (!framework) continue;
      for (const value of instance.attrs.values()) collect(value, held, 0);
      for (const child of framework.children?.(instance) ?? []) held.add(child);
    }
    const seen = new Set<string>();
    return created.filter((instance) => {
      const site = held.has(instance) ? null : this.siteOf(instance);
      if (!site || !this.isModel(instance)) return false;
      const place = `${instance.cls.name}@${site.span.anchor.offset + site.span.start}`;
      if (seen.has(place)) return false;
      seen.add(place);
      return true;
    });
  }
}

/** What one statement of the source was lowered to. */
const parts = (statement: Stmt): readonly Stmt[] =>
  statement.kind === 'block' && statement.transparent ? statement.body.flatMap(parts) : [statement];

/** `function build() {}`, `const build = () => {}` */
const functionIn = (statement: Stmt): FunctionStmt | undefined => {
  if (statement.kind === 'function') return statement;
  const value = statement.kind === 'assign' && statement.declares ? statement.value : undefined;
  return value?.kind === 'definition' && value.statement.kind === 'function' ? value.statement : undefined;
};

const collect = (value: Value, into: Set<Value>, depth: number): void => {
  if (value.kind === 'instance') into.add(value);
  else if (depth < 4 && (value.kind === 'list' || value.kind === 'tuple' || value.kind === 'set'))
    for (const item of value.items) collect(item, into, depth + 1);
  else if (depth < 4 && value.kind === 'dict') for (const entry of value.entries.values()) collect(entry.value, into, depth + 1);
};

const classNames = (instances: readonly InstanceValue[]): Set<string> => {
  const names = new Set<string>();
  for (const { cls } of instances) if (cls.source) names.add(cls.name);
  return names;
};

const MOST_TRAINERS = 4;

type Marks = ReadonlyMap<Framework, number>;
const NOWHERE: Marks = new Map();
const SCRIPTS: WeakMap<ModuleRun, readonly Traced[]> = new WeakMap();

/** What products and draws look like; which library they are from, running them says. */
const PRODUCTS = /\b(dot|matmul|einsum)\b|@/;
const DRAWS = /\b(rand\w*|normal|uniform|zeros|shared|standard_normal)\b/;

const touchesArrays = (text: string): boolean => PRODUCTS.test(text) || (DRAWS.test(text) && text.includes('__init__'));

const placeOf = (span: Span): string => `${span.anchor.file}:${span.anchor.offset + span.start}`;

/** Methods of the source, a subclass's own first; `__call__` among them. */
/** Methods of a class's own, static ones with them. */
const buildersOf = (cls: ClassValue): FunctionValue[] =>
  [...cls.attrs].flatMap(([name, value]) =>
    value.kind === 'function' && value.binding !== 'property' && name !== '__init__' && name !== 'constructor' ? [value] : [],
  );

const methodsOf = (cls: ClassValue): FunctionValue[] => {
  const methods = new Map<string, FunctionValue>();
  for (const one of cls.mro)
    for (const [name, value] of one.attrs)
      if (
        value.kind === 'function' &&
        value.binding === 'instance' &&
        (!name.startsWith('__') || name === '__call__') &&
        !methods.has(name)
      )
        methods.set(name, value);
  return [...methods.values()];
};

/** No argument given: defaults hold, what is required becomes a symbol (see calls.ts). */
const symbolicArgs = (): Args => args([]);
