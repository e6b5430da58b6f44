/**
 * What a tensor instance holds, whichever framework made it: an activation (a node of the graph), a parameter or data (a storage),
 * or neither; and what the elementwise operators do with them.
 */
import type { Interpreter } from '../../interpreter/api.ts';
import { asScalar } from '../../interpreter/native.ts';
import type { CallSite, InstanceValue, Value } from '../../interpreter/values.ts';
import { unknownDistribution } from '../../network/distribution.ts';
import type { ParameterRole } from '../../network/network.ts';
import type { Op } from '../../network/op.ts';
import { BATCH, div, isNumber, mul, type Scalar, type Shape, symbol } from '../../network/scalar.ts';
import { broadcast, outputShape } from '../../network/shapes.ts';
import { affineOf, combine, maskOf } from './arithmetic.ts';
import { type DType, outputType, promoted } from './dtypes.ts';
import { emitNode, type Graph, type GraphParam, shapeOf, spansOf } from './graph.ts';
import { newStorage, type Storage } from './storage.ts';

export interface TensorData {
  readonly kind: 'tensor';
  readonly graph: Graph;
  /** The activation's node; null for parameters and data. */
  readonly node: number | null;
  /** The memory of a parameter or of data; null for activations. */
  storage: Storage | null;
  /** Shape of a parameter or data as this view sees it; activations ask their node ({@link shapeOf}). */
  readonly shape: Shape | null;
  readonly integer: boolean;
  /** A part of the storage's elements (`bias[n:2*n]`, `weight[0]`): its share of them; 1 for all. null: unknown part. */
  readonly share: Scalar | null;
  /** Its data type where it is not the one that {@link dtypeOf} would take; null: not known. */
  readonly dtype?: DType | null;
}

export const tensorData = (value: Value | undefined): TensorData | undefined => {
  if (value?.kind !== 'instance') return undefined;
  const data = value.data as TensorData | undefined | null;
  return data && typeof data === 'object' && data.kind === 'tensor' ? data : undefined;
};

/** Data of an activation. */
export const activationData = (value: Value | undefined): TensorData | undefined => {
  const data = tensorData(value);
  return data && data.node !== null ? data : undefined;
};

export const wrap = (interp: Interpreter, data: TensorData, site: CallSite | null): InstanceValue =>
  interp.newInstance(data.graph.tensorClass, data, site);

export const activation = (graph: Graph, node: number, integer = false): TensorData => ({
  kind: 'tensor',
  graph,
  node,
  storage: null,
  shape: null,
  integer,
  share: 1,
});

/** A storage's shape where every size is known; unknown sizes become symbols so that the rank survives. */
const plainShape = (storage: Storage): Shape | null => storage.shape?.map((d, i) => d ?? symbol(`size${i}`)) ?? null;

export const stored = (graph: Graph, storage: Storage, shape?: Shape | null, share: Scalar | null = 1): TensorData => ({
  kind: 'tensor',
  graph,
  node: null,
  storage,
  shape: shape !== undefined ? shape : plainShape(storage),
  integer: false,
  share,
});

/** The data type of a tensor: what it was given, integers for positions, float32 for everything else. */
export const dtypeOf = (data: TensorData): DType | null => {
  if (data.dtype !== undefined) return data.dtype;
  if (data.node === null) return data.integer || data.storage?.numbers?.values.integer ? 'int64' : 'float32';
  const node = data.graph.nodes[data.node];
  if (node?.op.kind !== 'input') return 'float32';
  return node.op.integer ? 'int64' : node.shape === null ? null : 'float32';
};

/** The tensor with a data type. */
export const withType = (data: TensorData, dtype: DType | null): TensorData => (dtypeOf(data) === dtype ? data : { ...data, dtype });

export interface OpCall {
  readonly op: Op;
  readonly inputs: readonly TensorData[];
  readonly params?: readonly GraphParam[];
  readonly label: string;
  readonly shape?: Shape | null;
  readonly integer?: boolean;
  /** Of the output, where its inputs do not say it. */
  readonly dtype?: DType | null;
}

/** Emits a functional node at a call and gives its output. */
export const emit = (interp: Interpreter, graph: Graph, call: OpCall, site: CallSite): InstanceValue => {
  const dtype = call.dtype !== undefined ? call.dtype : outputType(call.op, call.inputs.map(dtypeOf), (call.params?.length ?? 0) > 0);
  const data = activation(graph, emitNode(graph, { ...call, ...spansOf(site) }), call.integer ?? false);
  return wrap(interp, withType(data, dtype), site);
};

/** A node for what is not understood; its shape is unknown unless given. */
export const emitOpaque = (
  interp: Interpreter,
  graph: Graph,
  label: string,
  reason: string,
  inputs: readonly TensorData[],
  site: CallSite,
  shape: Shape | null = null,
  dtype?: DType | null,
): InstanceValue =>
  emit(
    interp,
    graph,
    { op: { kind: 'opaque', what: label, reason }, inputs, label, shape, ...(dtype !== undefined ? { dtype } : {}) },
    site,
  );

/** A storage as a parameter of a node. */
export const asParam = (data: TensorData, name: string, role: ParameterRole): GraphParam | undefined =>
  data.storage ? { storage: data.storage, name, role } : undefined;

/** Data computed from a storage: same identity, another distribution. */
export const derived = (
  interp: Interpreter,
  of: TensorData,
  distribution: Storage['init']['distribution'],
  shape: Shape | null,
  site: CallSite,
): InstanceValue => {
  const base = of.storage as Storage;
  const storage = newStorage(interp, {
    shape,
    init: { ...base.init, distribution },
    span: base.span,
    isParameter: base.isParameter,
    trainable: base.trainable,
    ...(base.role ? { role: base.role } : {}),
    ...(base.isParameter || base.of ? { of: base } : {}),
  });
  return wrap(interp, stored(of.graph, storage, shape), site);
};

export type ElementwiseOperator = '+' | '-' | '*' | '/' | '@' | '**' | '//' | '%';

const LABELS: Record<ElementwiseOperator, string> = {
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '/': 'div',
  '@': 'matmul',
  '**': 'pow',
  '//': 'floor_divide',
  '%': 'remainder',
};

/** `a op b` where at least one side is a tensor. */
export const elementwise = (interp: Interpreter, op: ElementwiseOperator, a: Value, b: Value, site: CallSite): Value | undefined => {
  const left = tensorData(a);
  const right = tensorData(b);
  const graph = (left ?? right)?.graph;
  if (!graph) return undefined;
  if (op === '@') return matmul(interp, graph, left, right, site);
  if (left?.node != null) return withActivation(interp, graph, op, left, right, b, false, site);
  if (right?.node != null) return withActivation(interp, graph, op, right, left, a, true, site);
  return withData(interp, op, left, right, a, b, site);
};

const BERNOULLI = new Set(['bernoulli_', 'torch.bernoulli', 'jax.random.bernoulli']);

/** `x` is an activation; `other` is the other side, on the left where `swapped`. */
const withActivation = (
  interp: Interpreter,
  graph: Graph,
  op: ElementwiseOperator,
  x: TensorData,
  other: TensorData | undefined,
  value: Value,
  swapped: boolean,
  site: CallSite,
): Value => {
  const label = LABELS[op];
  const inputs = other?.node != null ? (swapped ? [other, x] : [x, other]) : [x];
  // Data that is no node of the graph broadcasts all the same.
  const shapes = [...inputs.map(shapeOf), ...(other && other.node === null ? [other.shape] : [])];
  // Whole numbers divided to whole numbers are positions still.
  const types = other ? [x, other].map(dtypeOf) : [dtypeOf(x)];
  const dtype = op === '//' || op === '%' ? types.reduce(promoted) : undefined;
  const why = value.kind === 'unknown' ? value.reason : `${label} is not modelled here`;
  const opaque = (): Value => emitOpaque(interp, graph, label, why, inputs, site, broadcast(shapes), dtype);
  if (other?.node != null) {
    const kind = op === '+' ? 'add' : op === '-' ? 'sub' : op === '*' ? 'mul' : null;
    return kind ? emit(interp, graph, { op: { kind }, inputs, label }, site) : opaque();
  }
  if (other?.storage) {
    const { distribution } = other.storage.init;
    if (distribution.kind === 'constant' && !other.storage.isParameter && !other.storage.of)
      return affine(interp, graph, op, x, distribution.value, swapped, site) ?? opaque();
    if (op === '+' || (op === '-' && !swapped)) {
      const data = op === '-' ? tensorData(derived(interp, other, affineOf(distribution, -1), other.shape, site)) : other;
      const param = data && asParam(data, 'bias', other.storage.role ?? 'bias');
      return emit(
        interp,
        graph,
        { op: { kind: 'shift' }, inputs: [x], params: param ? [param] : [], label, shape: paramShape(x, other) },
        site,
      );
    }
    // Multiplied by Bernoulli draws (over their probability or not): dropout of whole samples, DropPath.
    if (op === '*' && BERNOULLI.has(other.storage.init.name)) {
      const mask = maskOf(distribution) ?? { rate: symbol('drop?'), factor: 1 };
      const dropped = emit(interp, graph, { op: { kind: 'dropout', rate: mask.rate, alpha: false }, inputs: [x], label: 'dropPath' }, site);
      const data = tensorData(dropped);
      return mask.factor === 1 || !data ? dropped : (affine(interp, graph, '*', data, mask.factor, false, site) ?? dropped);
    }
    if (op === '*') {
      const param = asParam(other, 'weight', other.storage.role === null ? 'gamma' : other.storage.role);
      return emit(
        interp,
        graph,
        { op: { kind: 'scale' }, inputs: [x], params: param ? [param] : [], label, shape: paramShape(x, other) },
        site,
      );
    }
    return opaque();
  }
  const number = asScalar(value);
  return number === undefined ? opaque() : (affine(interp, graph, op, x, number, swapped, site) ?? opaque());
};

const paramShape = (x: TensorData, param: TensorData): Shape | null => {
  const shape = shapeOf(x);
  return shape && param.shape ? (broadcast([shape, param.shape]) ?? shape) : shape;
};

const affine = (
  interp: Interpreter,
  graph: Graph,
  op: ElementwiseOperator,
  x: TensorData,
  c: Scalar,
  swapped: boolean,
  site: CallSite,
): Value | undefined => {
  if (isNumber(c) && !Number.isFinite(c)) return undefined;
  const node = (factor: Scalar, offset: Scalar): Value =>
    emit(interp, graph, { op: { kind: 'affine', factor, offset }, inputs: [x], label: LABELS[op] }, site);
  switch (op) {
    case '+':
      return node(1, c);
    case '-':
      return swapped ? node(-1, c) : node(1, mul(-1, c));
    case '*':
      return node(c, 0);
    case '/':
      return swapped || c === 0 ? undefined : node(isNumber(c) ? 1 / c : div(1, c), 0);
    default:
      return undefined;
  }
};

/** Neither side is an activation: arithmetic on draws. */
const withData = (
  interp: Interpreter,
  op: ElementwiseOperator,
  left: TensorData | undefined,
  right: TensorData | undefined,
  a: Value,
  b: Value,
  site: CallSite,
): Value | undefined => {
  const base = left?.storage ? left : right;
  if (!base?.storage) return undefined;
  const shape = left && right ? broadcast([left.shape, right.shape]) : base.shape;
  if (op !== '+' && op !== '-' && op !== '*' && op !== '/') return derived(interp, base, unknownDistribution(LABELS[op]), shape, site);
  const side = (data: TensorData | undefined, value: Value): Storage['init']['distribution'] => {
    if (data?.storage) return data.storage.init.distribution;
    const number = asScalar(value);
    return number === undefined ? unknownDistribution('an unknown factor') : { kind: 'constant', value: number };
  };
  // The parameter keeps its identity when data scales it.
  const identity = left?.storage && !left.storage.isParameter && right?.storage?.isParameter ? right : base;
  return derived(interp, identity, combine(op, side(left, a), side(right, b)), shape, site);
};

const matmul = (
  interp: Interpreter,
  graph: Graph,
  left: TensorData | undefined,
  right: TensorData | undefined,
  site: CallSite,
): Value | undefined => {
  const tensors = [left, right].filter((t) => t !== undefined);
  if (left?.node != null && right?.node != null)
    return emit(
      interp,
      graph,
      { op: { kind: 'matmul', transposeA: false, transposeB: false }, inputs: [left, right], label: 'matmul' },
      site,
    );
  if (left?.node != null && right?.storage && right.shape && right.shape.length >= 2)
    // Of a stack of matrices each maps the last axis alike.
    return dense(interp, graph, left, { ...right, shape: right.shape.slice(-2) }, undefined, 'matmul', site);
  const active = tensors.filter((t) => t.node !== null);
  if (active.length > 0) return emitOpaque(interp, graph, 'matmul', 'product with something that is not a matrix of weights', active, site);
  const base = tensors.find((t) => t.storage);
  const shapes = tensors.map((t) => t.shape);
  const shape = tensors.length === 2 ? outputShape({ kind: 'matmul', transposeA: false, transposeB: false }, shapes) : null;
  return base ? derived(interp, base, unknownDistribution('matrix product'), shape, site) : undefined;
};

/** x·W + b with W as (in, out), whatever view of the storage that is. */
export const dense = (
  interp: Interpreter,
  graph: Graph,
  x: TensorData,
  weight: TensorData,
  bias: TensorData | undefined,
  label: string,
  site: CallSite,
): InstanceValue => {
  const [inFeatures, outFeatures] = (weight.shape ?? []) as [Scalar | undefined, Scalar | undefined];
  const params = [asParam(weight, 'weight', 'weight'), bias ? asParam(bias, 'bias', 'bias') : undefined].filter((p) => p !== undefined);
  if (inFeatures === undefined || outFeatures === undefined) return emitOpaque(interp, graph, label, 'weights of unknown shape', [x], site);
  return emit(interp, graph, { op: { kind: 'dense', inFeatures, outFeatures }, inputs: [x], params, label }, site);
};

/** Whether a size is the batch axis. */
export const isBatch = (x: Scalar | undefined): boolean => x !== undefined && !isNumber(x) && x.text === BATCH.text;
