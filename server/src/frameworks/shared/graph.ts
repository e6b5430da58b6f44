/**
 * The graph under construction: every call of a layer or an operator on an activation appends a node. Append-only: what a way that
 * was not taken has left behind is unreachable from the outputs and dropped by `build.ts`.
 */
import type { Interpreter } from '../../interpreter/api.ts';
import type { CallSite, ClassValue } from '../../interpreter/values.ts';
import type { FrameworkName, Init, Note, ParameterRole } from '../../network/network.ts';
import type { Op } from '../../network/op.ts';
import { constantValue, type Dim, type Shape } from '../../network/scalar.ts';
import { outputShape } from '../../network/shapes.ts';
import type { Span } from '../../text/span.ts';
import { wantedInput } from './inputs.ts';
import type { Storage } from './storage.ts';
import type { TensorData } from './tensor.ts';
import { newRecord, type TrainingRecord } from './training.ts';

/** A parameter as one node uses it. */
export interface GraphParam {
  readonly storage: Storage;
  readonly name: string;
  readonly role: ParameterRole;
  /** Signal fans where the node's op alone does not give them (fused gates, packed projections). */
  readonly fans?: { readonly fanIn: Dim | null; readonly fanOut: Dim | null };
  /** Of one gate of a recurrent layer. */
  readonly gate?: 'forget' | 'other';
}

export interface GraphNode {
  readonly id: number;
  readonly op: Op;
  readonly path: string;
  readonly label: string;
  readonly span: Span;
  readonly nameSpan: Span;
  readonly inputs: readonly number[];
  readonly params: readonly GraphParam[];
  /** Inputs whose shape nobody gave learn it from the first layer that uses them. */
  shape: Shape | null;
  readonly call: number;
}

/** A note, and the parameter it is about if it is about one: it then shows on the networks that hold it. */
export interface GraphNote {
  readonly note: Note;
  /** A function where the parameter is made later. */
  readonly storage: Storage | null | (() => Storage | undefined);
  /** It holds as long as the parameter starts from this draw. */
  readonly init?: Init;
}

export interface Graph {
  readonly framework: FrameworkName;
  readonly nodes: GraphNode[];
  /** Paths of the modules being called, innermost last. */
  readonly paths: string[];
  readonly notes: GraphNote[];
  /** Nodes that another one stands for: the factor of a norm written out. */
  readonly absorbed: Set<number>;
  readonly training: TrainingRecord;
  readonly tensorClass: ClassValue;
  /** Its tensors are Theano's, so Theano's functions compute on it. */
  readonly ofTheano: boolean;
}

const KEYS = new Map<FrameworkName, symbol>();

/** The graph of a framework in this run; made on first use. */
export const graphOf = (interp: Interpreter, framework: FrameworkName, tensorClass: ClassValue, ofTheano = false): Graph => {
  let key = KEYS.get(framework);
  if (!key) {
    key = Symbol(`${framework} graph`);
    KEYS.set(framework, key);
  }
  return interp.state(key, () => {
    const graph: Graph = {
      framework,
      nodes: [],
      paths: [],
      notes: [],
      absorbed: new Set(),
      training: newRecord(),
      tensorClass,
      ofTheano,
    };
    graphsOf(interp).push(graph);
    return graph;
  });
};

const GRAPHS = Symbol('graphs');

const graphsOf = (interp: Interpreter): Graph[] => interp.state(GRAPHS, () => []);

/** Asked before and after: was a node emitted that reads one which was there before? */
export const watchGraphs = (interp: Interpreter): (() => boolean) => {
  const ends = new Map(graphsOf(interp).map((graph) => [graph, graph.nodes.length]));
  return () =>
    graphsOf(interp).some((graph) => {
      const from = ends.get(graph) ?? 0;
      return graph.nodes.slice(from).some(({ inputs }) => inputs.some((input) => input < from));
    });
};

export interface Emission {
  readonly op: Op;
  readonly inputs: readonly TensorData[];
  readonly params?: readonly GraphParam[];
  readonly label: string;
  /** Full path of a layer; without it the enclosing module's path and the label. */
  readonly path?: string;
  readonly span: Span;
  readonly nameSpan: Span;
  readonly call?: number;
  /** Overrides what the op's shape function gives. */
  readonly shape?: Shape | null;
}

export const currentPath = (graph: Graph): string => graph.paths.at(-1) ?? '';

const shapeSafely = (op: Op, inputs: readonly (Shape | null)[]): Shape | null => {
  try {
    return outputShape(op, inputs);
  } catch {
    return null;
  }
};

/** Appends a node and gives its id. Inputs that are data, not activations, become input nodes. */
export const emitNode = (graph: Graph, emission: Emission): number => {
  const inputs = emission.inputs.map((input) => nodeOf(graph, input, emission));
  inputs.forEach((input, i) => {
    if (i === 0 || emission.op.kind === 'attention') refineInput(graph, input, emission.op, emission.label);
  });
  const shapes = inputs.map((id) => graph.nodes[id]?.shape ?? null);
  const enclosing = currentPath(graph);
  const id = graph.nodes.length;
  graph.nodes.push({
    id,
    op: emission.op,
    path: emission.path ?? (enclosing ? `${enclosing}/${emission.label}` : emission.label),
    label: emission.label,
    span: emission.span,
    nameSpan: emission.nameSpan,
    inputs,
    params: emission.params ?? [],
    shape: emission.shape !== undefined ? emission.shape : shapeSafely(emission.op, shapes),
    call: emission.call ?? 1,
  });
  return id;
};

/** An input of the network that nobody gave a shape learns it from the first op that asks for one. */
const refineInput = (graph: Graph, id: number, op: Op, label: string): void => {
  const node = graph.nodes[id];
  if (node?.op.kind !== 'input' || node.shape !== null) return;
  const wanted = wantedInput(op, label);
  if (wanted) graph.nodes[id] = { ...node, op: { ...node.op, integer: wanted.integer }, shape: wanted.shape };
};

type Input = Extract<Op, { kind: 'input' }>;

/** An input of the network. */
export const emitInput = (graph: Graph, name: string, shape: Shape | null, integer: boolean, span: Span, range?: Input['range']): number =>
  emitNode(graph, {
    op: range === undefined ? { kind: 'input', integer } : { kind: 'input', integer, range },
    inputs: [],
    label: 'input',
    path: name,
    span,
    nameSpan: span,
    shape,
  });

/** Values that the source gives: the zeros that a recurrence starts from are no data. */
const rangeOf = (storage: Storage | null): Input['range'] => {
  const d = storage?.init.distribution;
  const value = d?.kind === 'constant' ? constantValue(d.value) : undefined;
  return value === undefined ? undefined : { low: value, high: value };
};

/** What another framework computed has no node here: its numbers say nothing about this graph's. */
const foreign = (graph: Graph, span: Span): number =>
  emitNode(graph, {
    op: { kind: 'opaque', what: 'data', reason: 'computed by another framework' },
    inputs: [],
    label: 'data',
    span,
    nameSpan: span,
  });

/**
 * A parameter used as an activation (a class token) is an embedding of one row: its output has the parameter's own moments.
 * Data becomes an input.
 */
const nodeOf = (graph: Graph, input: TensorData, at: { span: Span }): number => {
  if (input.node !== null && input.graph !== graph) return foreign(graph, at.span);
  if (input.node !== null && graph.nodes[input.node]) return input.node;
  const { storage, shape } = input;
  const features = shape?.at(-1);
  if (storage && (storage.isParameter || storage.of) && shape && features !== undefined) {
    const index = emitInput(graph, 'index', shape.slice(0, -1), true, at.span);
    const id = graph.nodes.length;
    graph.nodes.push({
      id,
      op: { kind: 'embedding', count: 1, features },
      path: currentPath(graph) ? `${currentPath(graph)}/parameter` : 'parameter',
      label: 'Parameter',
      span: storage.span,
      nameSpan: storage.span,
      inputs: [index],
      params: [{ storage, name: 'weight', role: 'position' }],
      shape,
      call: 1,
    });
    return id;
  }
  return emitInput(graph, 'data', input.shape, input.integer, at.span, rangeOf(storage));
};

/** Shape of an activation or of data. */
export const shapeOf = (tensor: TensorData): Shape | null => {
  if (tensor.node !== null) return tensor.graph.nodes[tensor.node]?.shape ?? null;
  return tensor.shape;
};

/** Runs `body` inside a module's path. */
export const within = <T>(graph: Graph, path: string, body: () => T): T => {
  graph.paths.push(path);
  try {
    return body();
  } finally {
    graph.paths.pop();
  }
};

/** The spans of a node that stands for a functional call. */
export const spansOf = (site: CallSite): { span: Span; nameSpan: Span } => ({ span: site.span, nameSpan: site.nameSpan });
