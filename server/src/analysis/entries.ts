/**
 * Entry points (DESIGN §1): models that the file itself builds, functions that return one, and classes that nothing in the file
 * builds, from their default parameters with symbols for the required ones.
 */
import type { Entry, Framework } from '../frameworks/framework.ts';
import { LIMITS } from '../interpreter/limits.ts';
import type { Machine } from '../interpreter/machine.ts';
import type { Dependency, ModuleLoader, ModuleRun } from '../interpreter/modules.ts';
import { findInClass } from '../interpreter/objects.ts';
import { siteAt } from '../interpreter/site.ts';
import { type Args, args, type ClassValue, type FunctionValue, type InstanceValue, type Value } from '../interpreter/values.ts';
import type { Network } from '../network/network.ts';
import type { Span } from '../text/span.ts';

/** A network and what it hangs on. */
export interface Traced {
  readonly network: Network;
  readonly framework: Framework;
}

export interface EntryResult {
  /** Stable within a file: 'class Net', 'function build', 'top'. */
  readonly key: string;
  readonly traced: readonly Traced[];
  readonly dependencies: readonly Dependency[];
  /** Classes of the source that were built on the way. */
  readonly classes: ReadonlySet<string>;
}

const FUNCTION_STEPS = LIMITS.steps / 4;

export class EntryRunner {
  private readonly loader: ModuleLoader;
  private readonly frameworks: readonly Framework[];
  private readonly run: ModuleRun;
  private readonly file: string;

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
    const traced = this.roots(created).flatMap((model) => {
      const site = model.site;
      if (!site) return [];
      const name = named.get(model)?.name ?? model.cls.name;
      return this.trace(machine, model, { name, kind: 'call', span: site.span, nameSpan: site.nameSpan });
    });
    return { key: 'top', traced, dependencies: this.loader.finish(machine), classes: classNames(created) };
  }

  /** Functions at the top level that nobody called and that may build a model. */
  functions(): FunctionValue[] {
    return [...this.run.scope.vars.values()].filter(
      (v): v is FunctionValue =>
        v.kind === 'function' &&
        v.scope === this.run.scope &&
        v.node.kind === 'function' &&
        !this.run.called.has(v.node) &&
        !v.node.isGenerator,
    );
  }

  /** Calls a function with its defaults; its result, else the models it built, are networks. */
  fromFunction(fn: FunctionValue): EntryResult {
    const key = `function ${fn.name}`;
    const machine = this.loader.machine();
    machine.refuel(FUNCTION_STEPS);
    this.lookUp(machine, fn.name);
    if (fn.node.kind !== 'function') return { key, traced: [], dependencies: this.loader.finish(machine), classes: new Set() };
    const { nameSpan } = fn.node;
    const result = machine.call(fn, symbolicArgs(), siteAt(nameSpan));
    const models = this.isModel(result) ? [result as InstanceValue] : this.roots(machine.created);
    const single = models.length === 1;
    const traced = models.flatMap((model) => {
      const span = model.site && this.isHere(model.site.nameSpan) ? model.site.nameSpan : nameSpan;
      const name = single ? fn.name : `${fn.name}/${model.cls.name}`;
      return this.trace(machine, model, {
        name,
        kind: 'function',
        span: model.site?.span ?? nameSpan,
        nameSpan: this.isModel(result) ? nameSpan : span,
      });
    });
    return { key, traced, dependencies: this.loader.finish(machine), classes: classNames(machine.created) };
  }

  /** Classes of this file that are models. */
  classes(): ClassValue[] {
    return [...new Set(this.run.scope.vars.values())].filter(
      (v): v is ClassValue => v.kind === 'class' && v.source?.module === this.file && this.frameworks.some((f) => f.isModelClass(v)),
    );
  }

  /** Builds a class from its default parameters, or from arguments given by hand. */
  fromClass(cls: ClassValue, given?: { readonly args?: Args; readonly input?: readonly (number | null)[] }): EntryResult {
    const key = `class ${cls.name}`;
    const machine = this.loader.machine();
    this.lookUp(machine, cls.name);
    const span = cls.source?.nameSpan as Span;
    const instance = machine.instantiate(cls, given?.args ?? symbolicArgs(), siteAt(span));
    const entry: Entry = {
      name: cls.name,
      kind: 'defaults',
      span: cls.source?.span ?? span,
      nameSpan: span,
      ...(given?.input ? { input: given.input } : {}),
    };
    const traced = instance.kind === 'instance' ? this.trace(machine, instance, entry) : [];
    return { key, traced, dependencies: this.loader.finish(machine), classes: classNames(machine.created.filter((i) => i !== instance)) };
  }

  /** Records that an entry hangs on a name of this module. */
  private lookUp(machine: Machine, name: string): void {
    machine.reads.set(this.run.scope, new Set([name]));
  }

  private isModel(value: Value): boolean {
    return this.frameworks.some((f) => f.isModel(value));
  }

  private isHere(span: Span): boolean {
    return span.anchor.file === this.file;
  }

  private trace(machine: Machine, model: InstanceValue, entry: Entry): Traced[] {
    const framework = this.frameworks.find((f) => f.isModel(model));
    if (!framework) return [];
    const issuesBefore = machine.issues.length;
    let network: Network | null = null;
    try {
      network = framework.trace(model, entry, machine);
    } catch (error) {
      machine.issue(
        `internal error while reading ${entry.name}: ${error instanceof Error ? error.message : String(error)}`,
        entry.nameSpan,
      );
    }
    if (!network || network.nodes.length === 0) return [];
    const issues = [...network.issues, ...machine.issues.slice(issuesBefore)];
    const complete = network.complete && machine.partials.length === 0;
    return [{ framework, network: { ...network, complete, issues } }];
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
      if (held.has(instance) || !instance.site || !this.isHere(instance.site.span) || !this.isModel(instance)) return false;
      const place = `${instance.cls.name}@${instance.site.span.anchor.offset + instance.site.span.start}`;
      if (seen.has(place)) return false;
      seen.add(place);
      return true;
    });
  }
}

const collect = (value: Value, into: Set<Value>, depth: number): void => {
  if (value.kind === 'instance') into.add(value);
  else if (depth < 4 && (value.kind === 'list' || value.kind === 'tuple' || value.kind === 'set'))
    for (const item of value.items) collect(item, into, depth + 1);
  else if (depth < 4 && value.kind === 'dict') for (const entry of value.entries.values()) collect(entry.value, into, depth + 1);
};

const classNames = (instances: readonly InstanceValue[]): Set<string> =>
  new Set(instances.flatMap((i) => (i.cls.source ? [i.cls.name] : [])));

/** No argument given: defaults hold, what is required becomes a symbol (see calls.ts). */
const symbolicArgs = (): Args => args([]);

export const hasConstructor = (cls: ClassValue): boolean => findInClass(cls, '__init__') !== undefined;
