/**
 * The interpreter as frameworks see it. Nothing here throws on user input: what cannot be done gives an UnknownValue.
 */
import type { Scalar } from '../network/scalar.ts';
import type { Language } from '../syntax/ast.ts';
import type { Span } from '../text/span.ts';
import type { Args, CallSite, ClassValue, FunctionValue, InstanceValue, UnknownValue, Value } from './values.ts';

/** One active call of a source function, innermost last in {@link Interpreter.stack}. */
export interface Frame {
  readonly fn: FunctionValue;
  readonly self: Value | null;
  readonly site: CallSite;
}

export interface Attempt<T> {
  /** Undefined where the steps did not suffice. */
  readonly result: T | undefined;
  /** What the program refused: what was looked at before each `raise` that was certainly come to, and what was done with None. */
  readonly refused: readonly (readonly Value[])[];
  /** Something that is part of the model was left out. */
  readonly partial: boolean;
  /** Makes its issues those of the run. */
  say(): void;
}

export interface Interpreter {
  /** The language of the file under analysis: a framework may go by other names in another one. */
  readonly language: Language;
  /** Calls any value. Unknown callees give Unknown (after {@link Hooks.unknownCall} had its say). */
  call(fn: Value, args: Args, site: CallSite): Value;
  /** Creates an instance of a class: `__new__` is not modelled, `__init__` is called. */
  instantiate(cls: ClassValue, args: Args, site: CallSite): Value;
  /** A bare instance of a native class, without calling `__init__`. */
  newInstance(cls: ClassValue, data: unknown, site: CallSite | null): InstanceValue;
  /** Attribute by Python's rules (instance, class MRO, descriptors, `__getattr__`), Unknown where missing. */
  getAttr(object: Value, name: string, span?: Span): Value;
  /** The same, undefined where missing. */
  findAttr(object: Value, name: string): Value | undefined;
  /** Calls `__setattr__` of a native base if there is one, else stores. Journaled. */
  setAttr(object: Value, name: string, value: Value, site?: CallSite): void;
  /** Stores in the instance's own attributes without `__setattr__`. Journaled. */
  storeAttr(object: InstanceValue, name: string, value: Value): void;
  /** Calls a method by name; undefined where the object has none. */
  callMethod(object: Value, name: string, args: Args, site: CallSite): Value | undefined;
  /** Items of an iterable; undefined where they cannot be enumerated. */
  iterate(value: Value): readonly Value[] | undefined;
  /** Python truth; undefined if unknown. */
  truth(value: Value): boolean | undefined;
  equal(a: Value, b: Value): boolean | undefined;
  isInstance(value: Value, cls: Value): boolean | undefined;
  isSubclass(cls: ClassValue, base: ClassValue): boolean;
  /** `a op b` by Python's rules, with `__add__`/`__radd__` dispatch. */
  binary(op: string, a: Value, b: Value, span: Span): Value;
  /** Text of a value as str() gives it, undefined if unknown. */
  text(value: Value): string | undefined;

  /**
   * Runs a change of a mutable thing. `undo` must restore the state before. Every native mutation goes through here, so that both
   * ways of an unknown `if` can be tried. `uncertain` is run once both were: the change then holds on one of them only.
   */
  mutate(change: () => void, undo: () => void, uncertain?: { readonly change: () => void; readonly undo: () => void }): void;
  /** The same for what is no part of a model: how often a layer was called, what is to be said of it. */
  note(change: () => void, undo: () => void, uncertain?: { readonly change: () => void; readonly undo: () => void }): void;
  /** What two ways of an unknown condition left in one place. */
  join(a: Value, b: Value, span: Span): Value;
  /** Does something with each of the values that an unknown condition chooses from, as its ways, and joins what that gives. */
  eachWay(options: readonly Value[], span: Span, run: (option: Value) => Value): Value;
  /** Says that whether an instance has an attribute is not known; with '' that its place in a list is not. */
  doubt(object: InstanceValue, name: string): void;
  /** Whether an attribute stands on one way of an unknown condition only. */
  inDoubt(object: InstanceValue, name: string): boolean;
  /** The way of an unknown condition that is being tried, 0 outside; what was made in it is not doubtful within it. */
  readonly branch: number;
  /** Whether we are inside a branch whose condition is unknown. */
  readonly speculative: boolean;
  /** `try` bodies that we are inside of. */
  readonly trying: number;
  /** Takes fuel; false when it is used up (then give Unknown quickly). */
  spend(steps: number): boolean;
  /** Records a thing that was not understood or a bound that was hit. */
  issue(message: string, span?: Span): void;
  /** Runs something that may turn out not to be wanted, on at most so many steps; what it says is kept back until it is. */
  attempt<T>(run: () => T, steps?: number): Attempt<T>;
  /** Says that Python would raise here, and for which values. */
  refuse(looked: readonly Value[]): void;
  /** What the annotation of a parameter names: a class, each member of a union; undefined where it has none. */
  annotation(fn: FunctionValue, parameter: string): readonly Value[] | undefined;
  /** Says that what follows is only part of the model (a loop cut short, a list of unknown length): depth and head are unknown. */
  partial(reason: string, span?: Span): void;
  readonly stack: readonly Frame[];
  /** State that a framework keeps for this run, made at first use. */
  state<T>(key: symbol, make: () => T): T;
}

export interface Progress {
  readonly applied: number;
  readonly fresh: number;
  readonly computed: number;
  readonly made: number;
}

/** What a group of frameworks gives the interpreter. */
export interface Hooks {
  /**
   * The value of an absolute dotted path of a package outside the workspace ('torch.nn.Linear'), 'module' for a namespace,
   * undefined where nobody models it.
   */
  external(path: string): Value | 'module' | undefined;
  /** Whether a top-level package is answered by {@link external} even where the workspace has a folder of that name. */
  owns(topLevel: string): boolean;
  /** The release of an owned package that {@link external} describes, assumed where the installed one is not seen. */
  release?(name: string): string | undefined;
  /** Whether a path of an owned package that {@link external} does not know is read like anyone's file, where the workspace has it. */
  reads?(path: string): boolean;
  /** A call whose callee is unknown: a framework may keep its graph connected. Undefined: no opinion. */
  unknownCall(callee: UnknownValue, args: Args, site: CallSite, interp: Interpreter): Value | undefined;
  /** Joins what the two branches of an unknown condition left in one variable. Undefined: no opinion (the interpreter then gives Unknown). */
  join(a: Value, b: Value, span: Span, interp: Interpreter): Value | undefined;
  /** A value was bound to a name; `member`: to an attribute or a key, which says more than a local variable. */
  named?(value: Value, name: string, member: boolean, interp: Interpreter): void;
  /** A list was made of the same items several times: `[layer] * 3`, `Array(3).fill(layer)`. */
  repeated?(items: readonly Value[], times: number, span: Span, interp: Interpreter): void;
  /** A loop is left before these had their turn: what it would have done to them is not known. */
  unfollowed?(items: readonly Value[], interp: Interpreter): void;
  /** Draws of initialisers so far. */
  draws?(interp: Interpreter): number;
  /** Whether models consist of such instances: modules, layers, parameters, arrays that may be weights. */
  isPart?(instance: InstanceValue): boolean;
  /** Asked before and after: was anything computed from activations that were there before? */
  watch?(interp: Interpreter): () => boolean;
  /**
   * How many layers were applied so far, and how many of them for the first time; how often arrays were computed with, and how many
   * were made. A long loop that only applies again what it has applied before is training, one that only computes is data: neither is
   * followed to its end.
   */
  progress?(interp: Interpreter): Progress;
}

/** A scalar out of a value: numbers, booleans, and unknowns that have a symbol; undefined otherwise. */
export type AsScalar = (value: Value | undefined) => Scalar | undefined;
