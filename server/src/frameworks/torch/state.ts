/** What torch keeps for one run of the interpreter: the graph, module paths, and where draws come from. */
import type { Frame, Interpreter } from '../../interpreter/api.ts';
import { asScalar, nativeClass } from '../../interpreter/native.ts';
import { type CallSite, type ClassValue, type InstanceValue, NONE, type Value } from '../../interpreter/values.ts';
import type { Distribution } from '../../network/distribution.ts';
import type { Init } from '../../network/network.ts';
import { type Dim, type Shape, symbol } from '../../network/scalar.ts';
import type { Span } from '../../text/span.ts';
import { type Graph, graphOf } from '../shared/graph.ts';
import type { Storage } from '../shared/storage.ts';
import { stored, wrap } from '../shared/tensor.ts';

export const TENSOR: ClassValue = nativeClass('torch.Tensor', []);
export const PARAMETER: ClassValue = nativeClass('torch.nn.parameter.Parameter', [TENSOR]);
export const BUFFER: ClassValue = nativeClass('torch.nn.parameter.Buffer', [TENSOR]);
export const MODULE: ClassValue = nativeClass('torch.nn.Module', []);

/** Lightning's module is a torch module with a training loop around it. */
export const LIGHTNING: ClassValue = nativeClass('lightning.LightningModule', [MODULE], {
  save_hyperparameters: () => NONE,
  log: () => NONE,
  log_dict: () => NONE,
  all_gather: (args) => args.positional[1] ?? NONE,
});
export interface TorchState {
  readonly graph: Graph;
  /** Path of every module of the model being traced. */
  paths: ReadonlyMap<InstanceValue, string>;
  /** How often each module was called in this trace. */
  calls: Map<InstanceValue, number>;
  /** Frames that went over modules or parameters: draws inside are generic. */
  readonly enumerating: Set<Frame | null>;
  /** Calls of `Module.apply` that are running, outermost first. */
  readonly applying: CallSite[];
  /** Shapes that models were called with outside a trace. */
  readonly observed: Map<InstanceValue, readonly (Shape | null)[]>;
  /** Nodes that are states of recurrent layers: what is returned of them goes into the next call. */
  readonly states: Set<number>;
  /** Nodes that stand for parts of unknown number. */
  readonly pieces: Set<number>;
  nextSymbol: number;
  /** Draws into parameters, taken back or not. */
  draws: number;
}

const STATE = Symbol('torch');

export const torchState = (interp: Interpreter): TorchState =>
  interp.state(STATE, () => ({
    graph: graphOf(interp, 'torch', TENSOR),
    paths: new Map(),
    calls: new Map(),
    enumerating: new Set(),
    applying: [],
    observed: new Map(),
    states: new Set(),
    pieces: new Set(),
    nextSymbol: 0,
    draws: 0,
  }));

/** A size out of a value; what is unknown gets a symbol of its own, marked by '?'. */
export const dimOf = (interp: Interpreter, value: Value | undefined, name: string): Dim => {
  const known = asScalar(value);
  return known !== undefined ? known : symbol(`${name}?${torchState(interp).nextSymbol++}`);
};

/** Whether a draw here is meant for many modules: inside `apply`, a loop over modules, or a base class. */
export const isGeneric = (interp: Interpreter): boolean => {
  const state = torchState(interp);
  if (state.applying.length > 0 || state.enumerating.has(interp.stack.at(-1) ?? null)) return true;
  for (const frame of interp.stack) {
    if (state.enumerating.has(frame)) return true;
    const { self, fn } = frame;
    if (self?.kind === 'instance' && fn.owner && fn.owner !== self.cls) return true;
  }
  return false;
};

/** Who draws: the object whose method is running; for what is meant for many modules, the object that had it done. */
const drawnBy = (interp: Interpreter, generic: boolean): number | undefined => {
  const isObject = ({ self }: Frame): boolean => self?.kind === 'instance' && self.cls.source !== null;
  const frame = generic ? interp.stack.findLast(isObject) : interp.stack.at(-1);
  if (frame === undefined) return -1;
  return frame.self?.kind === 'instance' && isObject(frame) ? frame.self.id : undefined;
};

/**
 * Where a draw for many modules was asked for: the call of `apply`, of the function that goes over them, or the draw itself. Undefined for
 * a draw that is meant for one.
 */
export const genericSite = (interp: Interpreter, site: CallSite): Span | undefined => {
  const state = torchState(interp);
  if (state.applying.length > 0) return state.applying[0]?.span;
  const frame = interp.stack.find((one) => state.enumerating.has(one));
  if (frame) return frame.site.span;
  return interp.stack.length === 0 && state.enumerating.has(null) ? site.span : undefined;
};

/** Remembers that the running function goes over modules or parameters. */
export const enumerates = (interp: Interpreter): void => {
  torchState(interp).enumerating.add(interp.stack.at(-1) ?? null);
};

export const makeInit = (
  interp: Interpreter,
  distribution: Distribution,
  source: Init['source'],
  name: string,
  span: Span,
  declared?: Init['declared'],
): Init => {
  const generic = source === 'call' && isGeneric(interp);
  const by = source === 'call' ? drawnBy(interp, generic) : undefined;
  return { distribution, source, name, span, generic, ...(by === undefined ? {} : { by }), ...(declared ? { declared } : {}) };
};

/** A parameter instance around a storage. */
export const parameterInstance = (interp: Interpreter, storage: Storage, site: CallSite | null): InstanceValue =>
  interp.newInstance(PARAMETER, stored(torchState(interp).graph, storage), site);

export const tensorOf = (interp: Interpreter, storage: Storage, site: CallSite | null): InstanceValue =>
  wrap(interp, stored(torchState(interp).graph, storage), site);
