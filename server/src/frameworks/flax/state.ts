/** What Flax keeps for one run of the interpreter: the graph, the modules of linen and nnx and what they have been through. */
import type { Interpreter } from '../../interpreter/api.ts';
import { nativeClass } from '../../interpreter/native.ts';
import type { Args, CallSite, ClassValue, InstanceValue, Value } from '../../interpreter/values.ts';
import { NO_ARGS } from '../../interpreter/values.ts';
import type { Scalar } from '../../network/scalar.ts';
import type { Span } from '../../text/span.ts';
import type { HeldLayer } from '../shared/build.ts';
import { type Graph, graphOf } from '../shared/graph.ts';
import type { Storage } from '../shared/storage.ts';
import type { Initializer } from './initializers.ts';
import type { LayerRow } from './layers/row.ts';

export const TENSOR: ClassValue = nativeClass('jax.Array', []);
/** `nnx.Variable` and what derives from it hold arrays and behave like them. */
export const VARIABLE: ClassValue = nativeClass('flax.nnx.Variable', [TENSOR]);
export const PARAM: ClassValue = nativeClass('flax.nnx.Param', [VARIABLE]);
export const LINEN: ClassValue = nativeClass('flax.linen.Module', []);
export const NNX: ClassValue = nativeClass('flax.nnx.Module', []);

/** An axis that a lifted transformation put before the parameters of one layer (`nn.scan` over layers). */
export interface StackedAxis {
  readonly axis: number;
  readonly size: Scalar;
}

/** Where the parameters of one linen module live: the same name in the same parent is the same scope, however often it is called. */
export interface ScopeNode {
  readonly root: Root;
  readonly path: string;
  readonly params: Map<string, Storage>;
  readonly children: Map<string, ScopeNode>;
  readonly stacked: readonly StackedAxis[];
  calls: number;
}

/** One run of a linen model. */
export interface Root {
  readonly held: HeldLayer[];
}

export interface LinenData {
  readonly kind: 'linen';
  row: LayerRow | null;
  args: Args;
  readonly site: CallSite | null;
  name: string | null;
  /** Made inside a method of this module; null outside of all. */
  parent: InstanceValue | null;
  scope: ScopeNode | null;
  cursors: ReadonlyMap<string, number>;
  inSetup: boolean;
  isSetUp: boolean;
  /** Methods of this module that are running. */
  depth: number;
}

export interface NnxData {
  readonly kind: 'nnx';
  readonly row: LayerRow;
  readonly args: Args;
  readonly site: CallSite | null;
  calls: number;
}

export interface FlaxState {
  readonly graph: Graph;
  /** Linen modules whose methods run, innermost last. */
  readonly running: InstanceValue[];
  /** Arguments of `model.init(key, x)` and of calls on data. */
  readonly observed: Map<InstanceValue, Args>;
  /** The initializer of a parameter and the shape that it was asked for. */
  readonly drawn: Map<Storage, { readonly initializer: Initializer | undefined; readonly shape: readonly Scalar[] }>;
  /** Paths of nnx modules during a trace. */
  paths: Map<InstanceValue, string>;
  /** Members that `nnx.split_rngs` has keys for. */
  splits: Scalar | null;
  /** How many layers the parameters of an nnx module stand for. */
  readonly stacked: Map<InstanceValue, Scalar>;
}

const STATE = Symbol('flax');

export const flaxState = (interp: Interpreter): FlaxState =>
  interp.state(STATE, () => ({
    graph: graphOf(interp, 'flax', TENSOR),
    running: [],
    observed: new Map(),
    drawn: new Map(),
    paths: new Map(),
    splits: null,
    stacked: new Map(),
  }));

const dataOf = (value: Value | undefined): { kind?: unknown } | undefined => {
  const data = value?.kind === 'instance' ? value.data : undefined;
  return data && typeof data === 'object' ? data : undefined;
};

export const linenData = (value: Value | undefined): LinenData | undefined => {
  const data = dataOf(value);
  return data?.kind === 'linen' ? (data as LinenData) : undefined;
};

export const nnxData = (value: Value | undefined): NnxData | undefined => {
  const data = dataOf(value);
  return data?.kind === 'nnx' ? (data as NnxData) : undefined;
};

export const isNnx = (value: Value | undefined): value is InstanceValue => value?.kind === 'instance' && value.cls.mro.includes(NNX);

export const newLinenData = (site: CallSite | null): LinenData => ({
  kind: 'linen',
  row: null,
  args: NO_ARGS,
  site,
  name: null,
  parent: null,
  scope: null,
  cursors: new Map(),
  inSetup: false,
  isSetUp: false,
  depth: 0,
});

/** Changes what calls leave behind, through the journal. */
export const change = <T extends object, K extends keyof T>(target: T, key: K, value: T[K], interp: Interpreter): void => {
  const before = target[key];
  interp.note(
    () => {
      target[key] = value;
    },
    () => {
      target[key] = before;
    },
  );
};

export const join = (...parts: readonly string[]): string => parts.filter(Boolean).join('/');

const NOWHERE_SPAN: Span = { anchor: { file: '', offset: 0 }, start: 0, end: 0 };
export const NOWHERE: CallSite = { span: NOWHERE_SPAN, nameSpan: NOWHERE_SPAN, argSpans: new Map() };
