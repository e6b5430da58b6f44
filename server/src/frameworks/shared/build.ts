/** From the graph of a run and the model's parameters to the Network that rules and signal read. */
import type { InstanceValue } from '../../interpreter/values.ts';
import type { Issue, Network, Node, Note, Parameter } from '../../network/network.ts';
import type { Op } from '../../network/op.ts';
import type { Dim } from '../../network/scalar.ts';
import type { Fed } from '../../network/training.ts';
import type { Span } from '../../text/span.ts';
import type { Entry } from '../framework.ts';
import { type Fans, NO_FANS, signalFans } from './fans.ts';
import type { Graph, GraphNode, GraphParam } from './graph.ts';
import { rootStorage, type Storage } from './storage.ts';
import { trainingOf } from './training.ts';

/** A layer that the model holds, called or not. */
export interface HeldLayer {
  readonly op: Op;
  readonly path: string;
  readonly label: string;
  readonly span: Span;
  readonly nameSpan: Span;
  readonly params: readonly GraphParam[];
}

export interface BuildOptions {
  readonly graph: Graph;
  readonly entry: Entry;
  /** First node of this model's trace, and the one behind its last; the whole graph where they are not given. */
  readonly from?: number;
  readonly to?: number;
  /** Graph ids of the inputs in order. */
  readonly inputs: readonly number[];
  /** Graph ids of the outputs; empty where the model could not be followed to its end. */
  readonly outputs: readonly number[];
  /** Path of every parameter of the model, by its storage. */
  readonly paths: ReadonlyMap<Storage, string>;
  /** Storages that the model holds on one way of an unknown condition only. */
  readonly conditional?: ReadonlySet<Storage>;
  /** Every layer with parameters that the model holds. */
  readonly layers: readonly HeldLayer[];
  /** What the framework's initializers compute from a shape. */
  readonly frameworkFans: (shape: readonly (Dim | null)[] | null, op: Op, param: GraphParam) => Fans;
  readonly complete: boolean;
  /** The model whose network it is, to find what it is trained with; none where weights are multiplied by hand. */
  readonly model: InstanceValue | null;
  readonly issues: readonly Issue[];
}

const parameterOf = (param: GraphParam, op: Op, layerPath: string, options: BuildOptions): Parameter => {
  const root = rootStorage(param.storage);
  const path = options.paths.get(root) ?? (layerPath ? `${layerPath}.${param.name}` : param.name);
  const fans = param.fans ?? signalFans(op, param.role);
  const { init } = param.storage;
  const parameter: { -readonly [K in keyof Parameter]: Parameter[K] } = {
    path,
    name: path.slice(Math.max(path.lastIndexOf('.'), path.lastIndexOf('/')) + 1),
    role: param.role,
    shape: root.shape,
    fanIn: fans.fanIn,
    fanOut: fans.fanOut,
    frameworkFans: root.shape ? options.frameworkFans(root.shape, op, param) : NO_FANS,
    init,
    overwritten: root.overwritten,
    storage: root.id,
    loaded: root.loaded,
    trainable: root.trainable && root.isParameter,
    span: root.span,
  };
  if (param.gate) parameter.gate = param.gate;
  if (root.init !== init) parameter.drawn = root.init;
  if (!root.isParameter) parameter.constant = true;
  // What is in use and held nowhere may be held by what was not understood.
  if (options.conditional && (options.conditional.has(root) || !options.paths.has(root))) parameter.conditional = true;
  return parameter;
};

/** All nodes but those that only lead to ones that others stand for. */
const withoutAbsorbed = ({ nodes, absorbed }: Pick<Graph, 'nodes' | 'absorbed'>, from: number, to: number): Set<number> => {
  const kept = new Set<number>();
  const used = new Set<number>();
  const led = new Set<number>();
  for (let id = to - 1; id >= from; id--) {
    const { inputs } = nodes[id] as GraphNode;
    const dead = !used.has(id) && (absorbed.has(id) || led.has(id));
    if (!dead) kept.add(id);
    for (const input of inputs) (dead ? led : used).add(input);
  }
  return kept;
};

/** Ids that the outputs depend on; all where no output is known. */
export const reachable = (
  graph: Pick<Graph, 'nodes' | 'absorbed'>,
  outputs: readonly number[],
  inputs: readonly number[],
  from: number,
  to = graph.nodes.length,
): Set<number> => {
  const { nodes } = graph;
  if (outputs.length === 0) return new Set([...inputs, ...withoutAbsorbed(graph, from, to)]);
  const seen = new Set<number>(inputs);
  const open = [...outputs];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id) && !inputs.includes(id)) continue;
    seen.add(id);
    for (const input of nodes[id]?.inputs ?? []) if (!seen.has(input)) open.push(input);
  }
  return seen;
};

/** What the model is fed with goes to its first input. */
const withRange = (nodes: readonly Node[], first: number | undefined, fed: Fed | undefined): readonly Node[] =>
  nodes.map((node) => {
    const { op } = node;
    return fed && node.id === first && op.kind === 'input' && !op.integer
      ? { ...node, op: { ...op, range: { low: fed.low, high: fed.high } } }
      : node;
  });

export const buildNetwork = (options: BuildOptions): Network => {
  const { graph, entry } = options;
  const kept = reachable(graph, options.outputs, options.inputs, options.from ?? 0, options.to);
  const ids = new Map<number, number>();
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    if (!kept.has(node.id)) continue;
    ids.set(node.id, nodes.length);
    nodes.push({
      id: nodes.length,
      op: node.op,
      path: node.path,
      label: node.label,
      span: node.span,
      nameSpan: node.nameSpan,
      inputs: node.inputs.map((id) => ids.get(id) ?? 0),
      params: node.params.map((param) => parameterOf(param, node.op, node.path, options)),
      shape: node.shape,
      call: node.call,
    });
  }
  const mapped = (list: readonly number[]): number[] => list.map((id) => ids.get(id)).filter((id) => id !== undefined);
  const reached = new Set<number>();
  for (const { params } of nodes) for (const { storage } of params) reached.add(storage);
  const unreached = options.layers
    .filter((layer) => layer.params.some((p) => !reached.has(rootStorage(p.storage).id)))
    .map(
      (layer, i): Node => ({
        id: nodes.length + i,
        op: layer.op,
        path: layer.path,
        label: layer.label,
        span: layer.span,
        nameSpan: layer.nameSpan,
        inputs: [],
        params: layer.params.map((param) => parameterOf(param, layer.op, layer.path, options)),
        shape: null,
        call: 0,
      }),
    );
  const listed = new Set([...reached, ...unreached.flatMap((n) => n.params.map((p) => p.storage))]);
  const bare = [...options.paths]
    .filter(([storage]) => !listed.has(storage.id))
    .map(([storage, path], i) => bareNode(storage, path, nodes.length + unreached.length + i, options));
  const training = trainingOf({
    graph,
    model: options.model,
    storages: new Set(options.paths.keys()),
    outputs: mapped(options.outputs),
    nodeOf: (id) => (graph.nodes[id]?.op.kind === 'input' ? undefined : ids.get(id)),
  });
  const inputs = mapped(options.inputs);
  return {
    name: entry.name,
    framework: graph.framework,
    nameSpan: entry.nameSpan,
    span: entry.span,
    entry: entry.kind,
    inputs,
    nodes: withRange(nodes, inputs[0], training.fed),
    outputs: mapped(options.outputs),
    unreached: [...unreached, ...bare],
    training,
    notes: notesOf(graph, new Set(options.paths.keys())),
    issues: options.issues,
    complete: options.complete && options.outputs.length > 0,
  };
};

/** A parameter of the model that no layer and no op is known to use. */
const bareNode = (storage: Storage, path: string, id: number, options: BuildOptions): Node => {
  const op: Op = { kind: 'opaque', what: 'parameter', reason: 'not seen in use' };
  const param: GraphParam = { storage, name: path, role: storage.role ?? 'other' };
  return {
    id,
    op,
    path,
    label: 'Parameter',
    span: storage.span,
    nameSpan: storage.span,
    inputs: [],
    params: [parameterOf(param, op, path, options)],
    shape: null,
    call: 0,
  };
};

const notesOf = (graph: Graph, held: ReadonlySet<Storage>): Note[] =>
  graph.notes.flatMap(({ note, storage, init }) => {
    if (storage === null) return [note];
    const about = typeof storage === 'function' ? storage() : storage;
    const root = about && rootStorage(about);
    if (!root || !held.has(root) || (init && root.init !== init)) return [];
    return [{ ...note, storage: root.id }];
  });
