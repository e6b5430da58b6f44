/**
 * What the abstract interpreter computes with. Values follow Python's data model: frameworks add classes and functions written in
 * TypeScript ("native") and the interpreter treats them like those of the user's source. No value knows what a layer or a tensor is.
 */

import type { Scalar } from '../network/scalar.ts';
import type { Expr, FunctionStmt, LambdaExpr, Language, Param } from '../syntax/ast.ts';
import type { Span } from '../text/span.ts';
import type { Interpreter } from './api.ts';

/** Python's None, JavaScript's null; `absent` for JavaScript's undefined. */
export interface NoneValue {
  readonly kind: 'none';
  readonly absent?: true;
}
export interface EllipsisValue {
  readonly kind: 'ellipsis';
}
export interface BoolValue {
  readonly kind: 'bool';
  readonly value: boolean;
}
/** A number, maybe symbolic. `float` tells 1.0 from 1. */
export interface NumberValue {
  readonly kind: 'number';
  readonly value: Scalar;
  readonly float: boolean;
}
export interface StringValue {
  readonly kind: 'string';
  readonly value: string;
  /** Made of something unknown whose symbol stands in the text: `f'layer{i}'` of an i that is not known. */
  readonly symbolic?: true;
}
/** `open`: more items than these may exist (built under unknown conditions). Mutate through `Interpreter.mutate`. */
export interface ListValue {
  readonly kind: 'list';
  items: Value[];
  open: boolean;
}
/** `names` for named tuples. */
export interface TupleValue {
  readonly kind: 'tuple';
  readonly items: readonly Value[];
  readonly names?: readonly string[];
}
export interface SetValue {
  readonly kind: 'set';
  items: Value[];
  open: boolean;
}
/** Keyed by {@link keyOf}; insertion ordered. */
export interface DictValue {
  readonly kind: 'dict';
  entries: Map<string, { readonly key: Value; readonly value: Value }>;
  open: boolean;
  /** Makes what a missing key gives (`defaultdict`); `counts`: a missing key gives 0 and is not kept. */
  readonly factory?: Value | 'counts';
  /** Whose attributes it shows: what is set in it is set there. */
  readonly of?: InstanceValue;
}
export interface RangeValue {
  readonly kind: 'range';
  readonly start: Scalar;
  readonly stop: Scalar;
  readonly step: Scalar;
}
export interface SliceValue {
  readonly kind: 'slice';
  readonly lower: Value;
  readonly upper: Value;
  readonly step: Value;
}

/** A function of the analysed source. */
export interface FunctionValue {
  readonly kind: 'function';
  readonly name: string;
  readonly params: readonly Param[];
  /** Values of defaults by parameter name, evaluated at definition. */
  readonly defaults: ReadonlyMap<string, Value>;
  readonly node: FunctionStmt | LambdaExpr;
  readonly scope: Scope;
  /** The class whose body holds it, for `super()`. */
  owner: ClassValue | null;
  readonly binding: 'instance' | 'static' | 'class' | 'property';
  /** Attributes set on the function object. */
  readonly attrs: Map<string, Value>;
}

export type NativeCall = (args: Args, site: CallSite, interp: Interpreter) => Value;

/** A function written in TypeScript. As a class attribute it binds like a method: self is the first positional argument. */
export interface NativeFunction {
  readonly kind: 'native';
  readonly name: string;
  readonly call: NativeCall;
  readonly binding: 'instance' | 'static' | 'class' | 'property';
  /** A `__setattr__` that stores the attribute and does nothing else. */
  readonly stores?: true;
}

export interface BoundMethod {
  readonly kind: 'bound';
  readonly fn: FunctionValue | NativeFunction;
  readonly self: Value;
}
/** functools.partial and friends. */
export interface PartialValue {
  readonly kind: 'partial';
  readonly fn: Value;
  readonly args: Args;
}

export interface ClassValue {
  readonly kind: 'class';
  readonly name: string;
  /** Dotted path for native classes ('torch.nn.Linear'), else the bare name. */
  readonly path: string;
  readonly bases: readonly Value[];
  /** C3 linearisation, this class first. Unknown bases are left out and make `open` true. */
  readonly mro: readonly ClassValue[];
  readonly open: boolean;
  readonly attrs: Map<string, Value>;
  /** Set for classes of the analysed source. `annotations`: of names in the class body, to be read in `scope`. */
  readonly source: {
    readonly span: Span;
    readonly nameSpan: Span;
    readonly module: string;
    readonly params?: readonly Param[];
    readonly annotations?: ReadonlyMap<string, Expr>;
    readonly scope?: Scope;
  } | null;
  /** Facts that a framework keeps about its native class (a layer's table row, say). */
  readonly meta?: unknown;
}

export interface InstanceValue {
  readonly kind: 'instance';
  readonly cls: ClassValue;
  readonly attrs: Map<string, Value>;
  /** Native payload (tensor, parameter storage, module registry …); frameworks own its type. */
  data: unknown;
  /** The call that made it. */
  readonly site: CallSite | null;
  /** Of what another file made for the file under analysis: the call there that gave it. */
  from?: CallSite;
  readonly id: number;
  /** It stands for one of these, of which an unknown condition chooses: what they have it has. */
  options?: readonly Value[];
}

/** A module of the workspace, or a framework's namespace. `get` gives undefined where the name is not known. */
export interface ModuleValue {
  readonly kind: 'module';
  readonly path: string;
  readonly external: boolean;
  get(name: string): Value | undefined;
  names(): readonly string[];
}

/**
 * What cannot be known. `symbol`: a name under which arithmetic may go on (`hidden`, `config.n_embd`): sizes made of it are
 * symbolic. `path`: dotted path of an external thing that is not modelled.
 */
export interface UnknownValue {
  readonly kind: 'unknown';
  readonly reason: string;
  readonly symbol?: string;
  readonly path?: string;
  readonly span?: Span;
  /** Activations this was computed from (framework payloads), so that an opaque op can keep the graph connected. */
  readonly from?: readonly Value[];
  /** It is one of these, of which an unknown condition chooses; None, which has nothing and cannot be called, is left out. */
  readonly options?: readonly Value[];
  /** What was called is known to raise: a `try` around it goes on in its handler. */
  readonly raises?: true;
  /** An attribute of something unknown: `X.dot` of an X that was loaded. */
  readonly member?: { readonly of: UnknownValue; readonly name: string };
}

export interface SuperValue {
  readonly kind: 'super';
  readonly cls: ClassValue;
  readonly self: Value;
}

export type Value =
  | NoneValue
  | EllipsisValue
  | BoolValue
  | NumberValue
  | StringValue
  | ListValue
  | TupleValue
  | SetValue
  | DictValue
  | RangeValue
  | SliceValue
  | FunctionValue
  | NativeFunction
  | BoundMethod
  | PartialValue
  | ClassValue
  | InstanceValue
  | ModuleValue
  | SuperValue
  | UnknownValue;

/** Arguments of one call, splats expanded. */
export interface Args {
  readonly positional: readonly Value[];
  readonly keywords: ReadonlyMap<string, Value>;
  /** A splat of unknown length was among them: missing arguments are unknown, not defaulted. */
  readonly open: boolean;
}

/** Where a call is written. */
export interface CallSite {
  /** The whole call expression. */
  readonly span: Span;
  /** The callee as written: `nn.Linear`. */
  readonly nameSpan: Span;
  /** Spans of argument values as written, where they are not splats; keyed by position and keyword name. */
  readonly argSpans: ReadonlyMap<number | string, Span>;
}

/** A lexical scope. */
export interface Scope {
  readonly vars: Map<string, Value>;
  readonly parent: Scope | null;
  readonly module: string;
  readonly kind: 'module' | 'function' | 'class' | 'block';
  /** Whose rules hold for what is written in it; Python's where nothing is said. */
  readonly language?: Language;
  /** Of a class body: the class being made, so that its functions know it for `super()`. */
  readonly owner?: ClassValue;
  /** Names declared global / nonlocal. */
  globals?: Set<string>;
  nonlocals?: Set<string>;
  /** Of an imported module: runs the statements that bind a name, where they have not run yet. */
  demand?: (name: string) => void;
  /** Names that were bound on demand. */
  demanded?: Set<string>;
  /** Of an imported module: the names that it can be asked for. */
  demandable?: () => readonly string[];
}

export const NONE: NoneValue = { kind: 'none' };
export const UNDEFINED: NoneValue = { kind: 'none', absent: true };
export const ELLIPSIS: EllipsisValue = { kind: 'ellipsis' };
export const TRUE: BoolValue = { kind: 'bool', value: true };
export const FALSE: BoolValue = { kind: 'bool', value: false };
export const bool = (value: boolean): BoolValue => (value ? TRUE : FALSE);
export const int = (value: Scalar): NumberValue => ({ kind: 'number', value, float: false });
export const float = (value: Scalar): NumberValue => ({ kind: 'number', value, float: true });
export const str = (value: string): StringValue => ({ kind: 'string', value });
export const list = (items: Value[], open = false): ListValue => ({ kind: 'list', items, open });
export const tuple = (items: readonly Value[]): TupleValue => ({ kind: 'tuple', items });
export const unknown = (reason: string, span?: Span): UnknownValue =>
  span ? { kind: 'unknown', reason, span } : { kind: 'unknown', reason };
/** Of the calls that name no argument, which are most: one map for all. */
export const NO_KEYWORDS: ReadonlyMap<string, Value> = new Map();
export const NO_ARGS: Args = { positional: [], keywords: NO_KEYWORDS, open: false };
export const args = (positional: readonly Value[], keywords?: Readonly<Record<string, Value>>): Args => ({
  positional,
  keywords: keywords ? new Map(Object.entries(keywords)) : NO_KEYWORDS,
  open: false,
});

/** Whether the text of a value has the symbol of something unknown in it. */
const isSymbolic = (v: Value): boolean => {
  switch (v.kind) {
    case 'unknown':
      return true;
    case 'number':
      return typeof v.value !== 'number';
    case 'string':
      return v.symbolic === true;
    case 'list':
    case 'tuple':
      return v.items.some(isSymbolic);
    default:
      return false;
  }
};

/** A text made of values. */
export const textFrom = (text: string, parts: readonly Value[]): Value =>
  parts.some(isSymbolic) ? { kind: 'string', value: text, symbolic: true } : str(text);

/** Values that an unknown condition chooses from; more are tried as seldom as they are written. */
export const MOST_OPTIONS = 4;

/** Identity of a dict key or set member: equal text means equal key. */
export const keyOf = (value: Value): string | undefined => {
  switch (value.kind) {
    case 'string':
      return `s${value.value}`;
    case 'number':
      return typeof value.value === 'number' ? `n${value.value}` : `x${value.value.text}`;
    case 'bool':
      return `n${value.value ? 1 : 0}`;
    case 'none':
      return 'None';
    case 'class':
      return `c${value.path}@${value.source ? value.source.span.anchor.file + value.source.span.anchor.offset + value.source.span.start : ''}`;
    case 'instance':
      return `i${value.id}`;
    case 'tuple': {
      const parts = value.items.map(keyOf);
      return parts.every((p) => p !== undefined) ? `t(${parts.join(',')})` : undefined;
    }
    default:
      return undefined;
  }
};
