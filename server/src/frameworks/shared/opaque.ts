/** What keeps a graph connected where the source is not understood: calls of unknown things, and unknown branches that meet. */
import type { Interpreter } from '../../interpreter/api.ts';
import type { Args, CallSite, UnknownValue, Value } from '../../interpreter/values.ts';
import type { Span } from '../../text/span.ts';
import { emitNode, type GraphNode, shapeOf } from './graph.ts';
import { activation, emitOpaque, type TensorData, tensorData, wrap } from './tensor.ts';

const DEPTH = 4;

/** Activations inside a value: sequences, dicts and what unknowns were computed from. */
export const activationsIn = (value: Value | undefined, into: TensorData[] = [], depth = 0): TensorData[] => {
  if (!value || depth > DEPTH || into.length > 32) return into;
  const data = tensorData(value);
  if (data) {
    if (data.node !== null && !into.some((t) => t.node === data.node && t.graph === data.graph)) into.push(data);
    return into;
  }
  switch (value.kind) {
    case 'tuple':
    case 'list':
    case 'set':
      for (const item of value.items) activationsIn(item, into, depth + 1);
      break;
    case 'dict':
      for (const { value: item } of value.entries.values()) activationsIn(item, into, depth + 1);
      break;
    case 'unknown':
      for (const item of value.from ?? []) activationsIn(item, into, depth + 1);
      break;
    case 'bound':
      activationsIn(value.self, into, depth + 1);
      break;
    default:
      break;
  }
  return into;
};

/** An unknown callee given activations: an opaque node that takes them all. Undefined where none is among the arguments. */
export const opaqueCall = (callee: UnknownValue, args: Args, site: CallSite, interp: Interpreter): Value | undefined => {
  const inputs = activationsIn(callee);
  for (const value of [...args.positional, ...args.keywords.values()]) activationsIn(value, inputs);
  const graph = inputs[0]?.graph;
  if (!graph) return undefined;
  const what = callee.path ?? callee.symbol ?? 'call';
  return emitOpaque(
    interp,
    graph,
    what,
    callee.reason,
    inputs.filter((t) => t.graph === graph),
    site,
  );
};

const TRANSPARENT = new Set(['dropout', 'identity']);

/** Whether `ancestor` reaches `node` through nothing but dropout and identity. */
const passesThrough = (nodes: readonly GraphNode[], node: number, ancestor: number): boolean => {
  for (let at: number | undefined = node; at !== undefined && at >= ancestor; ) {
    if (at === ancestor) return true;
    const current: GraphNode | undefined = nodes[at];
    if (!current || !TRANSPARENT.has(current.op.kind) || current.inputs.length !== 1) return false;
    at = current.inputs[0];
  }
  return false;
};

/** Two branches of an unknown condition meet: the same node, one of them through dropout, or a node that knows neither. */
export const joinTensors = (a: Value, b: Value, span: Span, interp: Interpreter): Value | undefined => {
  const left = tensorData(a);
  const right = tensorData(b);
  if (!left && !right) return undefined;
  const tensors = [...activationsIn(a), ...activationsIn(b)];
  const graph = tensors[0]?.graph;
  if (!graph || tensors.some((t) => t.graph !== graph)) return undefined;
  if (left?.node != null && right?.node != null) {
    if (left.node === right.node || passesThrough(graph.nodes, left.node, right.node)) return a;
    if (passesThrough(graph.nodes, right.node, left.node)) return b;
  }
  const shapes = [left, right].map((t) => (t ? shapeOf(t) : null));
  const same = shapes[0] && shapes[1] && JSON.stringify(shapes[0]) === JSON.stringify(shapes[1]) ? shapes[0] : null;
  const node = emitNode(graph, {
    op: { kind: 'opaque', what: 'if', reason: 'depends on a condition that is not known' },
    inputs: tensors,
    label: 'if',
    span,
    nameSpan: span,
    shape: same,
  });
  return wrap(interp, activation(graph, node), null);
};
