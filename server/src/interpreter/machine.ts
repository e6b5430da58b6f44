/**
 * The abstract interpreter: one run over values with fuel, a journal and a call stack. It never throws on user input and never runs
 * user code; what it cannot know is an UnknownValue with its reason.
 */
import type { Language } from '../syntax/ast.ts';
import type { Span } from '../text/span.ts';
import { annotationOf } from './annotations.ts';
import type { Attempt, Frame, Hooks, Interpreter } from './api.ts';
import { eachWay } from './branches.ts';
import { newWork, type Purse, type Work } from './budget.ts';
import { callValue, instantiate } from './calls.ts';
import { resolveModule } from './imports.ts';
import { join } from './join.ts';
import { Journal, type Write } from './journal.ts';
import { LIMITS } from './limits.ts';
import { findAttr, findInClass, getAttr, isInstance, isSubclass, setAttr } from './objects.ts';
import { binary, equal, item, iterate, setItem, textOf, truth } from './operators.ts';
import type { Args, CallSite, ClassValue, FunctionValue, InstanceValue, ListValue, NativeFunction, Scope, Value } from './values.ts';
import { unknown } from './values.ts';
import { Watch } from './watch.ts';

/** What the module loader gives a run: modules of the workspace by import. */
export interface ModuleSource {
  /** The value of an import seen from `from` (a file key); level counts leading dots. */
  importModule(module: string, level: number, from: string, machine: Machine): Value;
  /** `sys.modules`: a module that was run, by its dotted name. */
  loaded(name: string): Value | undefined;
  /** The dotted name of a file as a module, `__main__` for the one that is analysed. */
  nameOf(scope: Scope): string | undefined;
  /** Whether a package can be imported where a file runs; undefined where that cannot be told. */
  installed(module: string, from: string): boolean | undefined;
  /** The release of a package where a file runs; undefined where that cannot be told. */
  release(name: string, from: string): string | undefined;
  /** `sys.path`: what the program put into it. */
  readonly searchPath: ListValue;
}

export interface RunIssue {
  readonly message: string;
  readonly span?: Span;
  /** A bound of the run was hit. */
  readonly limit?: true;
}

let instances = 0;

export class Machine implements Interpreter {
  readonly hooks: Hooks;
  readonly modules: ModuleSource;
  readonly journal = new Journal();
  readonly stack: (Frame & { readonly scope: Scope; readonly returns: Value[]; readonly yields: Value[] })[] = [];
  readonly issues: RunIssue[] = [];
  /** Reasons why what was seen is only part of the model. */
  readonly partials: string[] = [];
  /** Instances of source classes and native classes in order of creation, for entry discovery. */
  readonly created: InstanceValue[] = [];
  /** Source functions that were called. */
  readonly called = new Set<FunctionValue['node']>();
  /** Global names that were read, by module scope. */
  readonly reads = new Map<Scope, Set<string>>();
  /** Classes whose defaults are being taken for an argument that nobody gave. */
  readonly taken = new Set<ClassValue>();
  /** Attributes that only one way of an unknown condition set, by their object; '' for an object whose place in a list is in doubt. */
  private readonly doubts = new WeakMap<object, Set<string>>();
  /** What the program refuses: values that were looked at before each `raise`, what was asked of None. */
  readonly refused: Value[][] = [];
  /** `try` bodies that are being run. */
  trying = 0;
  /** Whether what runs matters to a model. */
  readonly watch = new Watch(this);
  /** Active calls of any kind. */
  callDepth = 0;
  /** While a module's top level runs: its scope, and the names that the current statement bound. */
  watched: Scope | null = null;
  readonly written = new Set<string>();
  private readonly states = new Map<symbol, unknown>();
  private steps: number = LIMITS.steps;
  private exhausted = false;
  /** Steps of the last refuel, and those of them that are only given once something of a framework is made. */
  private budget: number = LIMITS.steps;
  private reserve = 0;
  /** Steps until something of a framework was made; null while nothing is. */
  private found: number | null = null;

  readonly language: Language;

  /** The file under analysis, where this run is about one. */
  readonly home: string | null;

  /** What this run asked imports for, and what all imports together may still take, where it is one of them. */
  readonly work: Work;
  readonly purse: Purse | null;

  constructor(
    hooks: Hooks,
    modules: ModuleSource,
    language: Language,
    home: string | null = null,
    work: Work = newWork(),
    purse: Purse | null = null,
  ) {
    this.home = home;
    this.work = work;
    this.purse = purse;
    this.language = language;
    this.hooks = hooks;
    this.modules = modules;
  }

  /** A call of the file under analysis gave what another file made: that call is where this file has it from. */
  handOver(value: Value, site: CallSite): void {
    if (value.kind === 'tuple') for (const one of value.items.slice(0, 8)) this.handOver(one, site);
    else if (value.kind === 'instance' && !value.from && value.site?.span.anchor.file !== this.home) value.from = site;
  }

  get speculative(): boolean {
    return this.journal.active;
  }

  /** Whether somebody wants to know of each write. */
  get recording(): boolean {
    return this.journal.active || this.watch.active;
  }

  spend(steps: number): boolean {
    this.steps -= steps;
    if (this.purse) this.purse.left -= steps;
    if (this.steps > 0 && (!this.purse || this.purse.left > 0)) return true;
    if (!this.exhausted) {
      this.exhausted = true;
      if (!this.purse) for (const { self, scope } of this.stack) for (const value of [self, ...scope.vars.values()]) this.cutOff.add(value);
      const message =
        this.reserve > 0
          ? `In ${this.searched} steps no layer and no array was made; what follows is not analysed`
          : `The step budget of ${LIMITS.steps} was used up; what follows is not analysed`;
      if (this.partials.length < 100) this.partials.push(message);
      if (!this.issues.some((one) => one.message === message)) this.issues.push({ message, limit: true });
    }
    return false;
  }

  /** Steps left of the budget. */
  get left(): number {
    return Math.max(0, this.steps) + this.reserve;
  }

  /** Whether no more calls are followed from here, which is said. */
  tooDeep(site: CallSite): boolean {
    if (this.callDepth < LIMITS.callDepth) return false;
    this.partial(`Calls are followed ${LIMITS.callDepth} deep`, site.span);
    return true;
  }

  /** Objects and arguments of the calls that the budget ended in: what was still to be done to them was not. */
  readonly cutOff = new Set<Value | null>();

  get outOfFuel(): boolean {
    return this.exhausted;
  }

  /**
   * Gives the rest of a module a budget of its own after an entry has used its. Where `search` is less, the rest is added when the
   * first thing of a framework is made.
   */
  refuel(steps: number = LIMITS.steps, search: number = steps): void {
    this.budget = steps;
    this.steps = Math.min(steps, search);
    this.reserve = steps - this.steps;
    this.found = null;
    this.exhausted = false;
  }

  /** Steps until something of a framework was made; all where nothing is. */
  get searched(): number {
    return this.found ?? this.budget - this.left;
  }

  /**
   * Runs something that need not succeed on a budget of its own; what was left out in it is no loss of the model, and is not said.
   * Undefined where the budget was used up.
   */
  within<T>(steps: number, run: () => T): T | undefined {
    return this.attempt(run, steps).result;
  }

  attempt<T>(run: () => T, steps?: number): Attempt<T> {
    const { steps: had, reserve, exhausted: spent } = this;
    const [partials, issues, refused] = [this.partials.length, this.issues.length, this.refused.length];
    const budget = Math.min(steps ?? had, had);
    if (steps !== undefined) {
      this.steps = budget;
      this.reserve = 0;
    }
    const result = run();
    const ran = this.steps > 0;
    if (steps !== undefined) {
      this.reserve = reserve;
      this.steps = had - (budget - Math.max(0, this.steps));
      this.exhausted = spent;
    }
    const left = this.partials.splice(partials);
    const found = this.issues.splice(issues);
    return {
      result: ran || steps === undefined ? result : undefined,
      refused: this.refused.splice(refused),
      partial: left.length > 0,
      say: () => {
        this.partials.push(...left);
        this.issues.push(...found);
      },
    };
  }

  refuse(looked: readonly Value[]): void {
    if (this.refused.length < 100) this.refused.push([...looked]);
  }

  annotation(fn: FunctionValue, parameter: string): readonly Value[] | undefined {
    return annotationOf(this, fn, parameter);
  }

  issue(message: string, span?: Span): void {
    if (this.issues.length >= 100 || (span && this.issues.some((one) => one.span === span && one.message === message))) return;
    this.issues.push(span ? { message, span } : { message });
  }

  partial(reason: string, span?: Span): void {
    if (this.partials.length < 100) this.partials.push(reason);
    this.issue(reason, span);
  }

  state<T>(key: symbol, make: () => T): T {
    if (!this.states.has(key)) this.states.set(key, make());
    return this.states.get(key) as T;
  }

  doubt(object: object, name: string): void {
    const names = this.doubts.get(object);
    if (names) names.add(name);
    else this.doubts.set(object, new Set([name]));
  }

  inDoubt(object: object, name: string): boolean {
    return this.doubts.get(object)?.has(name) === true;
  }

  eachWay(options: readonly Value[], span: Span, run: (option: Value) => Value): Value {
    return eachWay(this, options, span, run);
  }

  /** Instances with this number or a later one were made from here on. */
  get nextInstance(): number {
    return instances;
  }

  /** Writes one place, remembered while a condition is being tried both ways. */
  write<T>(target: object, key: string, before: T, after: T, set: (value: T) => void): void {
    set(after);
    this.watch.replaced(before, after);
    if (!this.journal.active) this.doubts.get(target)?.delete(key);
    else this.journal.record({ target, key, before, after, set: set as (value: unknown) => void });
  }

  private readonly patches = new Map<ClassValue, Map<string, Value>>();

  /** Sets an attribute of a native class for this run. */
  patch(cls: ClassValue, name: string, value: Value): void {
    let attrs = this.patches.get(cls);
    if (!attrs) {
      attrs = new Map();
      this.patches.set(cls, attrs);
    }
    const own = attrs;
    this.write<Value | undefined>(own, name, own.get(name), value, (v) => (v ? own.set(name, v) : own.delete(name)));
  }

  /** Starts from what another run set. */
  inherit(other: Machine): void {
    for (const [cls, attrs] of other.patches) this.patches.set(cls, new Map(attrs));
  }

  /** A class attribute along the MRO, with what this run set on native classes. */
  findMember(cls: ClassValue, name: string): Value | undefined {
    if (this.patches.size === 0) return findInClass(cls, name);
    for (const one of cls.mro) {
      const value = this.patches.get(one)?.get(name) ?? one.attrs.get(name);
      if (value) return value;
    }
    return undefined;
  }

  /** `importlib.import_module` seen from a file. */
  importNamed(module: string, level: number, from: string): Value {
    return level > 0 ? this.modules.importModule(module, level, from, this) : resolveModule(this, module, { module: from });
  }

  item(object: Value, index: Value, span: Span): Value {
    return item(this, object, index, span);
  }

  setItem(object: Value, index: Value, value: Value, site: CallSite): void {
    setItem(this, object, index, value, site);
  }

  mutate(change: () => void, undo: () => void, uncertain?: Write['uncertain']): void {
    this.watch.changed();
    this.note(change, undo, uncertain);
  }

  note(change: () => void, undo: () => void, uncertain?: Write['uncertain']): void {
    change();
    if (!this.journal.active) return;
    const set = (on: unknown): void => (on ? change() : undo());
    this.journal.record({ target: {}, key: '', before: false, after: true, set, ...(uncertain ? { uncertain } : {}) });
  }

  get branch(): number {
    return this.journal.serial;
  }

  newInstance(cls: ClassValue, data: unknown, site: CallSite | null): InstanceValue {
    const instance: InstanceValue = { kind: 'instance', cls, attrs: new Map(), data, site, id: instances++ };
    this.created.push(instance);
    if (this.found === null && cls.mro.some((one) => one.source === null && this.hooks.owns(one.path.split('.')[0] as string))) {
      this.found = this.searched;
      this.steps += this.reserve;
      this.reserve = 0;
    }
    return instance;
  }

  call(fn: Value, args: Args, site: CallSite): Value {
    return callValue(this, fn, args, site);
  }

  instantiate(cls: ClassValue, args: Args, site: CallSite): Value {
    return instantiate(this, cls, args, site);
  }

  getAttr(object: Value, name: string, span?: Span): Value {
    return getAttr(this, object, name, span);
  }

  findAttr(object: Value, name: string): Value | undefined {
    return findAttr(this, object, name);
  }

  setAttr(object: Value, name: string, value: Value, site?: CallSite): void {
    setAttr(this, object, name, value, site);
  }

  storeAttr(object: InstanceValue, name: string, value: Value): void {
    if (this.watch.active) this.watch.replaced(object.attrs.get(name), value);
    if (!this.journal.active) {
      object.attrs.set(name, value);
      this.doubts.get(object)?.delete(name);
    } else this.write(object, name, object.attrs.get(name), value, (v) => (v ? object.attrs.set(name, v) : object.attrs.delete(name)));
  }

  callMethod(object: Value, name: string, args: Args, site: CallSite): Value | undefined {
    const method = findAttr(this, object, name);
    return method && method.kind !== 'unknown' ? callValue(this, method, args, site) : undefined;
  }

  iterate(value: Value): readonly Value[] | undefined {
    return iterate(this, value);
  }

  truth(value: Value): boolean | undefined {
    return truth(this, value);
  }

  equal(a: Value, b: Value): boolean | undefined {
    return equal(this, a, b);
  }

  isInstance(value: Value, cls: Value): boolean | undefined {
    return isInstance(value, cls);
  }

  isSubclass(cls: ClassValue, base: ClassValue): boolean {
    return isSubclass(cls, base);
  }

  binary(op: string, a: Value, b: Value, span: Span): Value {
    return binary(this, op, a, b, span);
  }

  text(value: Value): string | undefined {
    return textOf(this, value);
  }

  join(a: Value, b: Value, span: Span): Value {
    return join(this, a, b, span);
  }

  /** Runs native code so that its mistakes stay its own: a crash is an internal issue and an Unknown. */
  guard(what: string, span: Span, run: () => Value): Value {
    const { callDepth } = this;
    const [frames, tried] = [this.stack.length, this.journal.depth];
    try {
      return run();
    } catch (error) {
      return this.failed(error, what, span, callDepth, frames, tried);
    }
  }

  /** The same for a native function; there are too many of these calls for a closure each. */
  callNative(fn: NativeFunction, args: Args, site: CallSite, what = fn.name): Value {
    const { callDepth } = this;
    const frames = this.stack.length;
    const tried = this.journal.depth;
    try {
      return fn.call(args, site, this);
    } catch (error) {
      return this.failed(error, what, site.span, callDepth, frames, tried);
    }
  }

  private failed(error: unknown, what: string, span: Span, callDepth: number, frames: number, tried: number): Value {
    this.callDepth = callDepth;
    this.stack.length = frames;
    while (this.journal.depth > tried) this.journal.rollback();
    const text = error instanceof Error ? error.message : String(error);
    this.issue(`internal error in ${what}: ${text}`, span);
    return unknown(`internal error in ${what}`, span);
  }
}
