/** What keeps a graph connected where the source is not understood: calls of unknown things, and unknown branches that meet. */
import type { Interpreter } from '../../interpreter/api.ts';
import type { Args, CallSite, UnknownValue, Value } from '../../interpreter/values.ts';
import { unknownDistribution } from '../../network/distribution.ts';
import { type Dim, equalScalar, type Shape, symbol } from '../../network/scalar.ts';
import type { Span } from '../../text/span.ts';
import { emitNode, type GraphNode, shapeOf } from './graph.ts';
import { unresized } from './resized.ts';
import { transform } from './storage.ts';
import { activation, dtypeOf, emitOpaque, type TensorData, tensorData, withType, wrap } from './tensor.ts';

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

/**
 * A parameter handed to something that is not known may come back drawn anew (`trunc_normal_(m.weight, std=.02)` of a package that is
 * not read): what it holds is then not known. Parameters in lists (an optimizer's) are only looked at.
 */
export const passOn = (callee: UnknownValue, values: Iterable<Value>, interp: Interpreter): void =>
  leaveOpen(values, `passed to ${callee.path ?? callee.symbol ?? 'a function'}, which is not known`, interp);

/** What parameters hold is not known, for a reason. */
export const leaveOpen = (values: Iterable<Value>, reason: string, interp: Interpreter): void => {
  for (const value of values) {
    const data = tensorData(value);
    const storage = data?.storage;
    // Functions on numpy's arrays look at them and give new ones.
    if (storage?.isParameter && data?.graph.framework !== 'numpy')
      transform(storage, { ...storage.init, distribution: unknownDistribution(reason) }, interp);
  }
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

const TRANSPARENT: ReadonlySet<string> = new Set(['dropout', 'identity']);
/** Also what only makes sizes fit (`if x.shape != skip.shape: x = F.interpolate(…)`). */
const RESIZING: ReadonlySet<string> = new Set([...TRANSPARENT, 'upsample', 'pad']);

/** What only arranges values anew or leaves some of them out. */
const ARRANGES: ReadonlySet<string> = new Set(['identity', 'reshape', 'flatten', 'slice']);

/** The node whose values another one only arranges; of a single step of a sequence that is not said. */
const arranged = (nodes: readonly GraphNode[], id: number): number => {
  let at = id;
  for (let node = nodes[at]; node && ARRANGES.has(node.op.kind) && node.inputs.length === 1; node = nodes[at]) {
    if (node.op.kind === 'slice' && node.op.size === 1) return at;
    at = node.inputs[0] as number;
  }
  return at;
};

/** The sizes that two shapes of one rank have in common, unknown ones elsewhere; null where the ranks differ. */
const commonShape = (a: Shape | null, b: Shape | null): Shape | null =>
  a && b && a.length === b.length ? a.map((size, i) => (equalScalar(size, b[i] as Dim) ? size : symbol('size?'))) : null;

/** What a node is once dropout and identity are looked through, and whether dropout was among them. */
const core = (nodes: readonly GraphNode[], id: number, through = TRANSPARENT): { readonly id: number; readonly dropout: boolean } => {
  let at = id;
  let dropout = false;
  for (let node = nodes[at]; node && through.has(node.op.kind) && node.inputs.length === 1; node = nodes[at]) {
    dropout ||= node.op.kind === 'dropout';
    at = node.inputs[0] as number;
  }
  return { id: at, dropout };
};

/** `fused` is scaled dot-product attention and `spelled` the same as softmax(q·kᵀ)·v written out. */
const sameAttention = (nodes: readonly GraphNode[], fused: number, spelled: number): boolean => {
  const [one, other] = [nodes[fused], nodes[core(nodes, spelled).id]];
  if (one?.op.kind !== 'attention' || other?.op.kind !== 'matmul') return false;
  const scores = nodes[core(nodes, other.inputs[0] ?? -1).id];
  return scores?.op.kind === 'softmax' && other.inputs[1] === one.inputs[2];
};

/** Two branches of an unknown condition meet: the same node but for dropout, the same attention, or a node that knows neither. */
export const joinTensors = (a: Value, b: Value, span: Span, interp: Interpreter): Value | undefined => {
  const left = tensorData(a);
  const right = tensorData(b);
  if (!left && !right) return undefined;
  const chosen = unresized(left, right);
  if (chosen) return chosen === 'first' ? a : b;
  const tensors = [...activationsIn(a), ...activationsIn(b)];
  const graph = tensors[0]?.graph;
  if (!graph || tensors.some((t) => t.graph !== graph)) return undefined;
  if (left?.node != null && right?.node != null) {
    const [one, other] = [core(graph.nodes, left.node), core(graph.nodes, right.node)];
    const typed = (chosen: Value, data: TensorData): Value =>
      dtypeOf(left) === dtypeOf(right) ? chosen : wrap(interp, withType(data, null), null);
    const [before, after] = [shapeOf(left), shapeOf(right)];
    const sized = !before || !after || JSON.stringify(before) === JSON.stringify(after);
    if (one.id === other.id && sized) return other.dropout && !one.dropout ? typed(b, right) : typed(a, left);
    // Of a branch that resizes and one that does not, the one that does not: sizes that fit are the common case.
    if (core(graph.nodes, left.node, RESIZING).id === right.node) return typed(b, right);
    if (core(graph.nodes, right.node, RESIZING).id === left.node) return typed(a, left);
    if (sameAttention(graph.nodes, left.node, right.node)) return typed(a, left);
    if (sameAttention(graph.nodes, right.node, left.node)) return typed(b, right);
    const source = arranged(graph.nodes, left.node);
    if (source === arranged(graph.nodes, right.node)) {
      const shape = commonShape(before, after);
      const node = emitNode(graph, {
        op: { kind: 'identity' },
        inputs: [activation(graph, source)],
        label: 'if',
        span,
        nameSpan: span,
        shape,
      });
      return typed(wrap(interp, withType(activation(graph, node), dtypeOf(left)), null), withType(activation(graph, node), null));
    }
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
  const types = [left, right].map((t) => (t ? dtypeOf(t) : null));
  return wrap(interp, withType(activation(graph, node), types[0] === types[1] ? (types[0] ?? null) : null), null);
};
