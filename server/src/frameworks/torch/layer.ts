/**
 * The mechanism behind the layer table: constructing a layer makes its parameters with torch's default draws, calling it emits its
 * node. `layers.ts` has the rows.
 */
import type { Interpreter } from '../../interpreter/api.ts';
import { type Bound, bind, native, nativeClass, signature } from '../../interpreter/native.ts';
import type { Args, CallSite, ClassValue, InstanceValue, NativeCall, Value } from '../../interpreter/values.ts';
import { NONE, unknown } from '../../interpreter/values.ts';
import type { Distribution } from '../../network/distribution.ts';
import type { ParameterRole } from '../../network/network.ts';
import type { Op } from '../../network/op.ts';
import type { Dim, Shape } from '../../network/scalar.ts';
import type { HeldLayer } from '../shared/build.ts';
import { outputType } from '../shared/dtypes.ts';
import type { Fans } from '../shared/fans.ts';
import { currentPath, emitNode, type GraphParam, shapeOf } from '../shared/graph.ts';
import { activationsIn } from '../shared/opaque.ts';
import { draw, newStorage } from '../shared/storage.ts';
import { activation, dtypeOf, type TensorData, tensorData, withType, wrap } from '../shared/tensor.ts';
import { MODULE, makeInit, parameterInstance, tensorOf, torchState } from './state.ts';

export interface ParamSpec {
  readonly name: string;
  readonly role: ParameterRole;
  readonly shape: readonly Dim[];
  readonly init: Distribution;
  /** torch's own name for the default draw. */
  readonly initName: string;
  readonly fans?: Fans;
}

export interface LayerSpec {
  readonly op: Op;
  readonly params: readonly ParamSpec[];
  /** Buffers by name: values that are no parameters (running statistics). */
  readonly buffers?: Readonly<Record<string, { readonly shape: readonly Dim[]; readonly value: number }>>;
  /** Attributes beside the arguments. */
  readonly attrs?: Readonly<Record<string, Value>>;
  /** Which arguments of forward are activations; the first one where not given. */
  readonly inputs?: number;
  /** What forward returns, given the output. */
  readonly result?: (output: InstanceValue, interp: Interpreter, args: Args) => Value;
  readonly shape?: (input: Shape | null) => Shape | null;
}

export interface LayerContext {
  readonly interp: Interpreter;
  readonly bound: Bound;
  /** Shape of the first input, for lazy layers that are being called. */
  readonly input: Shape | null;
}

export interface LayerRow {
  readonly name: string;
  /** Arguments of the constructor. */
  readonly signature: string;
  readonly build: (context: LayerContext) => LayerSpec;
  readonly bases?: readonly ClassValue[];
  /** Sizes come from the first input. */
  readonly lazy?: boolean;
  /** Sub-modules that hold parameters of the op, made with the layer (`out_proj`). */
  readonly children?: (self: InstanceValue, context: LayerContext, site: CallSite) => void;
}

export interface LayerData {
  readonly kind: 'layer';
  readonly row: LayerRow;
  readonly bound: Bound;
  spec: LayerSpec;
  /** Awaits the first input. */
  pending: boolean;
}

export const layerData = (value: Value | undefined): LayerData | undefined => {
  if (value?.kind !== 'instance') return undefined;
  const data = value.data as LayerData | undefined;
  return data?.kind === 'layer' ? data : undefined;
};

const NOWHERE = { anchor: { file: '', offset: 0 }, start: 0, end: 0 };
const siteOf = (self: InstanceValue, fallback?: CallSite): CallSite =>
  self.site ?? fallback ?? { span: NOWHERE, nameSpan: NOWHERE, argSpans: new Map() };

const addParameter = (interp: Interpreter, self: InstanceValue, spec: ParamSpec, site: CallSite): void => {
  const init = makeInit(interp, spec.init, 'default', spec.initName, site.nameSpan);
  const storage = newStorage(interp, { shape: spec.shape, init, span: site.span, isParameter: true, role: spec.role });
  interp.storeAttr(self, spec.name, parameterInstance(interp, storage, site));
};

const BIASES: ReadonlySet<ParameterRole> = new Set(['bias', 'recurrentBias', 'beta']);

/** `bias=flag`, `affine=flag` of a flag that is not known: the parameters may be there or not. */
const doubtOptional = (interp: Interpreter, self: InstanceValue, spec: LayerSpec, bound: Bound): void => {
  const open = (name: string): boolean => {
    const value = bound.get(name);
    return value !== undefined && interp.truth(value) === undefined;
  };
  const all = open('affine') || open('elementwise_affine');
  const biases = all || open('bias');
  for (const { name, role } of spec.params) if (all || (biases && BIASES.has(role))) interp.doubt(self, name);
};

const construct =
  (row: LayerRow): NativeCall =>
  (args, callSite, interp) => {
    const self = args.positional[0];
    if (self?.kind !== 'instance') return NONE;
    const site = siteOf(self, callSite);
    const bound = bind(row.signature, args, 1);
    const context: LayerContext = { interp, bound, input: null };
    const spec = row.build(context);
    const data: LayerData = { kind: 'layer', row, bound, spec, pending: row.lazy === true };
    self.data = data;
    for (const { name, kind } of signature(row.signature)) {
      const value = bound.get(name);
      if (value && (kind === 'normal' || kind === 'keywordOnly')) interp.storeAttr(self, name, value);
    }
    if (spec.attrs) for (const [name, value] of Object.entries(spec.attrs)) interp.storeAttr(self, name, value);
    if (bound.get('bias')?.kind === 'bool') interp.storeAttr(self, 'bias', NONE);
    for (const param of spec.params) if (!param.name.includes('.')) addParameter(interp, self, param, site);
    doubtOptional(interp, self, spec, bound);
    for (const [name, buffer] of spec.buffers ? Object.entries(spec.buffers) : []) {
      const init = makeInit(interp, { kind: 'constant', value: buffer.value }, 'default', name, site.nameSpan);
      interp.storeAttr(self, name, tensorOf(interp, newStorage(interp, { shape: buffer.shape, init, span: site.span }), site));
    }
    row.children?.(self, context, site);
    // A subclass's own `reset_parameters` is called by the constructor, as torch does.
    const reset = interp.findAttr(self, 'reset_parameters');
    if (reset?.kind === 'bound' && reset.fn.kind === 'function')
      interp.call(reset, { positional: [], keywords: new Map(), open: false }, callSite);
    return NONE;
  };

/** Gives a lazy layer its sizes. */
const materialize = (interp: Interpreter, self: InstanceValue, data: LayerData, input: Shape): void => {
  const spec = data.row.build({ interp, bound: data.bound, input });
  data.pending = false;
  data.spec = spec;
  for (const param of spec.params) {
    const storage = tensorData(self.attrs.get(param.name))?.storage;
    if (!storage) continue;
    storage.shape = param.shape;
    if (storage.init.source === 'default') storage.init = { ...storage.init, distribution: param.init };
    self.attrs.set(param.name, parameterInstance(interp, storage, self.site));
  }
};

/** Parameters that the layer's node uses, as they are now (they may have been replaced or tied). */
export const graphParams = (self: InstanceValue, data: LayerData): GraphParam[] => {
  const params: GraphParam[] = [];
  for (const spec of data.spec.params) {
    let at: Value | undefined = self;
    if (!spec.name.includes('.')) at = self.attrs.get(spec.name);
    else for (const part of spec.name.split('.')) at = at?.kind === 'instance' ? at.attrs.get(part) : undefined;
    const storage = tensorData(at)?.storage;
    if (storage) params.push({ storage, name: spec.name, role: spec.role, ...(spec.fans ? { fans: spec.fans } : {}) });
  }
  return params;
};

/** The class of torch that a layer is: `Linear` for a subclass of nn.Linear too. */
export const labelOf = (self: InstanceValue): string => self.cls.mro.find((c) => c.source === null)?.name ?? self.cls.name;

export const heldLayer = (self: InstanceValue, path: string): HeldLayer | undefined => {
  const data = layerData(self);
  if (!data || data.spec.params.length === 0) return undefined;
  const site = siteOf(self);
  return { op: data.spec.op, path, label: labelOf(self), span: site.span, nameSpan: site.nameSpan, params: graphParams(self, data) };
};

/** Appends the layer's node at its path. */
export const emitLayer = (
  interp: Interpreter,
  self: InstanceValue,
  spec: Pick<LayerSpec, 'op' | 'shape'>,
  inputs: readonly TensorData[],
  params: readonly GraphParam[],
): InstanceValue => {
  const state = torchState(interp);
  const site = siteOf(self);
  const label = labelOf(self);
  const before = state.calls.get(self) ?? 0;
  interp.note(
    () => state.calls.set(self, before + 1),
    () => state.calls.set(self, before),
  );
  const first = inputs[0];
  const node = emitNode(state.graph, {
    op: spec.op,
    inputs,
    params,
    label,
    path: currentPath(state.graph) || label,
    span: site.span,
    nameSpan: site.nameSpan,
    call: before + 1,
    ...(spec.shape ? { shape: spec.shape(first ? shapeOf(first) : null) } : {}),
  });
  const dtype = outputType(spec.op, first ? [dtypeOf(first)] : [], params.length > 0);
  return wrap(interp, withType(activation(state.graph, node), dtype), site);
};

/** The activation in an argument; what is not known becomes an opaque node so that the layer stays in the graph. */
export const inputOf = (interp: Interpreter, value: Value | undefined, site: CallSite): TensorData => {
  const data = tensorData(value);
  if (data && (data.node !== null || data.storage)) return data;
  if (value?.kind === 'none') interp.refuse([value]);
  const { graph } = torchState(interp);
  const inputs = activationsIn(value);
  const reason = value?.kind === 'unknown' ? value.reason : 'an input that is not known';
  const node = emitNode(graph, {
    op: { kind: 'opaque', what: 'value', reason },
    inputs,
    label: 'value',
    span: site.span,
    nameSpan: site.nameSpan,
  });
  return withType(activation(graph, node), null);
};

const forward: NativeCall = (args, site, interp) => {
  const self = args.positional[0];
  const data = layerData(self);
  if (!data || self?.kind !== 'instance') return unknown('a layer that was not constructed', site.span);
  const given = [...args.positional.slice(1), ...args.keywords.values()];
  const first = inputOf(interp, given[0], site);
  const shape = shapeOf(first);
  if (data.pending && shape) materialize(interp, self, data, shape);
  const others = given.slice(1, data.spec.inputs ?? 1).map((value) => inputOf(interp, value, site));
  const output = emitLayer(interp, self, data.spec, [first, ...others], graphParams(self, data));
  return data.spec.result ? data.spec.result(output, interp, args) : output;
};

/** Draws torch's defaults again. */
const resetParameters: NativeCall = (args, _, interp) => {
  const self = args.positional[0];
  const data = layerData(self);
  if (!data || self?.kind !== 'instance') return NONE;
  for (const spec of data.spec.params) {
    const storage = tensorData(self.attrs.get(spec.name))?.storage;
    if (!storage || storage.init.source === 'default') continue;
    draw(storage, makeInit(interp, spec.init, 'default', spec.initName, siteOf(self).nameSpan), interp);
  }
  return NONE;
};

export const layerClass = (row: LayerRow): ClassValue => {
  const cls = nativeClass(`torch.nn.${row.name}`, row.bases ?? [MODULE], { __init__: construct(row), forward }, row);
  cls.attrs.set('reset_parameters', native('reset_parameters', resetParameters));
  cls.attrs.set('_reset_parameters', native('_reset_parameters', resetParameters));
  return cls;
};
