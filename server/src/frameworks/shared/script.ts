/**
 * Networks that no model object holds: weights drawn in a script, a function or a class, and multiplied with data somewhere. The graph
 * that a run left behind is cut into pieces that hang together; a piece in which a weight's output passes an activation and reaches
 * another weight is a network.
 */
import type { InstanceValue, Value } from '../../interpreter/values.ts';
import type { FrameworkName, Network } from '../../network/network.ts';
import type { Op } from '../../network/op.ts';
import { formatScalar } from '../../network/scalar.ts';
import type { Span } from '../../text/span.ts';
import type { Entry } from '../framework.ts';
import { buildNetwork } from './build.ts';
import { signalFans } from './fans.ts';
import type { Graph, GraphNode } from './graph.ts';
import { activationsIn } from './opaque.ts';
import { rootStorage, type Storage } from './storage.ts';
import { tensorData } from './tensor.ts';

/** One network of a script before it is built: its nodes, and where its first weight is drawn. */
export interface ScriptPiece {
  readonly nodes: readonly number[];
  readonly outputs: readonly number[];
  readonly weights: ReadonlySet<Storage>;
  /** Where the first weight is drawn. */
  readonly span: Span;
}

const isWeighted = ({ op, params }: GraphNode): boolean =>
  (op.kind === 'dense' || op.kind === 'conv' || op.kind === 'convTranspose') && params.length > 0;

/** Ops between a layer and what the network gives; losses and statistics are not among them. */
const TAIL: ReadonlySet<Op['kind']> = new Set<Op['kind']>([
  'shift',
  'scale',
  'affine',
  'dropout',
  'identity',
  'add',
  'reshape',
  'flatten',
  'pool',
]);
/** Functions that statistics and physics use too: they make no network. */
const PLAIN = new Set(['exp', 'square', 'abs', 'step', 'sign', 'logSigmoid', 'cos', 'gaussian', 'softshrink', 'hardshrink']);

const isActivation = ({ op }: GraphNode): boolean => op.kind === 'softmax' || (op.kind === 'activation' && !PLAIN.has(op.name));

const continues = (node: GraphNode): boolean => TAIL.has(node.op.kind) || isActivation(node);

/** Whether values may be those that training starts from: given or computed ones are not. */
const isDraw = ({ init }: Storage): boolean =>
  init.distribution.kind !== 'data' && init.distribution.kind !== 'identity' && init.distribution.kind !== 'uninitialized';

/** A draw whose scale is not known is a draw still. */
const DRAWN = /rand|normal|uniform|truncnorm|glorot|xavier/;

const isRandom = (storage: Storage): boolean => {
  const { distribution, name } = storage.init;
  return isDraw(storage) && distribution.kind !== 'constant' && (distribution.kind !== 'unknown' || DRAWN.test(name));
};

/** Two matrices of draws, or one that is used both ways round, as autoencoders do. */
const makeNetwork = (layers: readonly GraphNode[]): boolean => {
  const draws = layers.flatMap(({ op, params }) =>
    params.filter((p) => p.role === 'weight' && isDraw(p.storage)).map((p) => ({ op, root: rootStorage(p.storage) })),
  );
  const constant = draws.every(({ root }) => root.init.distribution.kind === 'constant');
  if (!constant && !draws.some(({ root }) => isRandom(root))) return false;
  if (new Set(draws.map(({ root }) => root)).size > 1) return true;
  return !constant && new Set(draws.map(({ op }) => (op.kind === 'dense' ? formatScalar(op.inFeatures) : op.kind))).size > 1;
};

/** Pieces of the graph from a node on that hang together by more than an input, in order. */
const piecesOf = (graph: Graph, from: number): number[][] => {
  const parent = new Map<number, number>();
  const find = (id: number): number => {
    let at = id;
    for (let up = parent.get(at); up !== undefined && up !== at; up = parent.get(at)) at = up;
    return at;
  };
  for (let id = from; id < graph.nodes.length; id++) {
    parent.set(id, id);
    const node = graph.nodes[id] as GraphNode;
    for (const input of node.inputs) if (input >= from && graph.nodes[input]?.op.kind !== 'input') parent.set(find(id), find(input));
  }
  const pieces = new Map<number, number[]>();
  for (let id = from; id < graph.nodes.length; id++) {
    if (graph.nodes[id]?.op.kind === 'input') continue;
    const root = find(id);
    const piece = pieces.get(root);
    if (piece) piece.push(id);
    else pieces.set(root, [id]);
  }
  return [...pieces.values()];
};

/** For every node of a piece: whether a weight lies above it, and an activation since the first of them; consumers. */
const describe = (graph: Graph, nodes: readonly number[]): ScriptPiece | null => {
  const inside = new Set(nodes);
  const consumers = new Map<number, number[]>();
  const weighted = new Set<number>();
  const active = new Set<number>();
  const weights = new Set<Storage>();
  let deep = false;
  for (const id of nodes) {
    const node = graph.nodes[id] as GraphNode;
    const above = node.inputs.filter((i) => inside.has(i));
    for (const input of above) consumers.set(input, [...(consumers.get(input) ?? []), id]);
    // What is not understood may be anything: a layer behind it is not behind an activation.
    if (node.op.kind === 'opaque') continue;
    const isActive = above.some((i) => active.has(i));
    const isBelow = above.some((i) => weighted.has(i));
    if (isWeighted(node)) {
      deep ||= isActive;
      for (const p of node.params) if (p.role === 'weight') weights.add(rootStorage(p.storage));
      weighted.add(id);
    } else if (isBelow) weighted.add(id);
    if (isActive || (isBelow && isActivation(node))) active.add(id);
  }
  if (!deep || !makeNetwork(nodes.map((id) => graph.nodes[id] as GraphNode).filter(isWeighted))) return null;
  // Heads: layers that no other layer follows. From each the signal goes on to what the network gives.
  const leads = new Set<number>();
  for (const id of [...nodes].reverse())
    if ((consumers.get(id) ?? []).some((c) => leads.has(c) || isWeighted(graph.nodes[c] as GraphNode))) leads.add(id);
  const outputs = new Set<number>();
  for (const id of nodes) {
    if (!isWeighted(graph.nodes[id] as GraphNode) || leads.has(id)) continue;
    let at = id;
    // Behind its activation an output is only looked at, unless by another activation.
    for (let ends = false; ; ends ||= isActivation(graph.nodes[at] as GraphNode)) {
      const next = (consumers.get(at) ?? []).map((c) => graph.nodes[c] as GraphNode).find(ends ? isActivation : continues);
      if (next === undefined) break;
      at = next.id;
    }
    outputs.add(at);
  }
  const first = nodes.map((id) => graph.nodes[id] as GraphNode).find(isWeighted);
  const storage = first?.params.find((p) => p.role === 'weight')?.storage;
  return storage ? { nodes, outputs: [...outputs], weights, span: rootStorage(storage).init.span } : null;
};

const holdsAll = (a: ReadonlySet<Storage>, b: ReadonlySet<Storage>): boolean => [...b].every((s) => a.has(s));

/** Functions of arrays that a name holds become nodes: what the program keeps is what it computed. */
export const settleRoots = (roots: Iterable<readonly [string, Value]>): void => {
  for (const [, value] of roots) activationsIn(value);
};

/** The networks in what a run added to a graph. Of several runs of the same weights the first counts, and the one with more of them. */
export const scriptPieces = (graph: Graph, from = 0, belongs: (node: GraphNode) => boolean = () => true): ScriptPiece[] => {
  const found = piecesOf(graph, from)
    .filter((nodes) => nodes.every((id) => belongs(graph.nodes[id] as GraphNode)))
    .map((nodes) => describe(graph, nodes))
    .filter((piece) => piece !== null);
  return found.filter(
    (piece, i) =>
      !found.some((other, j) => j !== i && holdsAll(other.weights, piece.weights) && (other.weights.size > piece.weights.size || j < i)),
  );
};

const DEPTH = 4;

/** Paths of the arrays that values hold: `layers[0].W`, `W1`. Shorter paths win. */
const pathsIn = (roots: Iterable<readonly [string, Value]>, framework: FrameworkName): Map<Storage, string> => {
  const paths = new Map<Storage, string>();
  const seen = new Set<Value>();
  let level: (readonly [string, Value])[] = [...roots];
  for (let depth = 0; depth <= DEPTH && level.length > 0; depth++) {
    const next: (readonly [string, Value])[] = [];
    for (const [path, value] of level) {
      const data = tensorData(value);
      if (data?.storage && data.graph.framework === framework) {
        const { storage } = data;
        const root = rootStorage(storage);
        if (!paths.has(root)) paths.set(root, path);
        continue;
      }
      if (seen.has(value)) continue;
      seen.add(value);
      const dot = path === '' ? '' : `${path}.`;
      if (value.kind === 'instance') for (const [name, inner] of value.attrs) next.push([`${dot}${name}`, inner]);
      else if (value.kind === 'dict')
        for (const { key, value: inner } of value.entries.values()) {
          const name = key.kind === 'string' ? key.value : key.kind === 'number' ? String(key.value) : undefined;
          if (name !== undefined) next.push([path === '' || /^[A-Za-z_]\w*$/.test(name) ? `${dot}${name}` : `${path}[${name}]`, inner]);
        }
      else if (value.kind === 'list' || value.kind === 'tuple')
        for (const [i, inner] of value.items.slice(0, 256).entries()) next.push([path === '' ? `${i}` : `${path}[${i}]`, inner]);
    }
    level = next;
  }
  return paths;
};

/** Whether a value holds arrays of a framework that were drawn. */
export const holdsArrays = (value: Value, framework: FrameworkName): boolean => pathsIn([['', value]], framework).size > 0;

/** Objects that no other one holds. */
const outermost = (instances: readonly InstanceValue[]): InstanceValue[] => {
  const held = new Set<Value>();
  for (const one of instances)
    for (const value of one.attrs.values()) {
      held.add(value);
      if (value.kind === 'list' || value.kind === 'tuple') for (const item of value.items) held.add(item);
    }
  return instances.filter((one) => !held.has(one));
};

/** The arrays that a piece's nodes multiply or add. */
const storagesOf = (graph: Graph, { nodes }: ScriptPiece): readonly Storage[] => [
  ...new Set(nodes.flatMap((id) => graph.nodes[id]?.params.map((p) => rootStorage(p.storage)) ?? [])),
];

/** Paths by which the program reaches the arrays of a piece: from the roots, else from objects that nothing holds. */
export const pathsOf = ({
  graph,
  piece,
  roots,
  instances,
}: Pick<ScriptOptions, 'graph' | 'piece' | 'roots' | 'instances'>): ReadonlyMap<Storage, string> => {
  const storages = storagesOf(graph, piece);
  const reached = pathsIn(roots, graph.framework);
  if (!storages.every((storage) => reached.has(storage))) {
    const held = outermost(instances).map((one) => ['', one] as const);
    return new Map([...pathsIn(held, graph.framework), ...reached]);
  }
  // One object that holds them all says more than what a loop left in its variable.
  const heads = new Set(storages.map((storage) => headOf(reached.get(storage) as string)));
  if (heads.size < 2 || !storages.some((storage) => headOf(reached.get(storage) as string) !== reached.get(storage))) return reached;
  for (const root of roots) {
    if (root[0] === '' || !HOLDERS.has(root[1].kind)) continue;
    const own = pathsIn([root], graph.framework);
    if (storages.every((storage) => own.has(storage))) return own;
  }
  return reached;
};

const HOLDERS: ReadonlySet<Value['kind']> = new Set<Value['kind']>(['instance', 'list', 'tuple', 'dict']);

/** `net` of `net.layers[0].W`. */
const headOf = (path: string): string => /^\w*/.exec(path)?.[0] ?? '';

/** Names as the model's author would say them: what all paths start with is left out. */
const namesOf = (options: ScriptOptions): Map<Storage, string> => {
  const { piece, graph, spoken } = options;
  const reached = pathsOf(options);
  const storages = storagesOf(graph, piece);
  const raw = storages.map((s, i) => reached.get(s) ?? spoken(s) ?? `array${i}`);
  const heads = raw.map((name) => /^(\w+)\./.exec(name)?.[1]);
  const [head] = heads;
  const shared = head !== undefined && heads.every((h) => h === head) ? head.length + 1 : 0;
  const counts = new Map<string, number>();
  return new Map(
    storages.map((storage, i) => {
      const name = (raw[i] as string).slice(shared);
      const times = (counts.get(name) ?? 0) + 1;
      counts.set(name, times);
      return [storage, times === 1 ? name : `${name}_${times}`];
    }),
  );
};

export interface ScriptOptions {
  readonly graph: Graph;
  readonly piece: ScriptPiece;
  readonly entry: Entry;
  /** Values that may hold the weights, by name: globals, attributes, what a function returned. */
  readonly roots: Iterable<readonly [string, Value]>;
  readonly instances: readonly InstanceValue[];
  /** Names by which the program spoke of arrays, for those that no root holds any more. */
  readonly spoken: (storage: Storage) => string | undefined;
}

export const buildScript = (options: ScriptOptions): Network => {
  const { graph, piece, entry } = options;
  const inputs = new Set<number>();
  for (const id of piece.nodes) for (const i of graph.nodes[id]?.inputs ?? []) if (graph.nodes[i]?.op.kind === 'input') inputs.add(i);
  return buildNetwork({
    graph,
    entry,
    from: 0,
    inputs: [...inputs],
    outputs: piece.outputs,
    paths: namesOf(options),
    layers: [],
    frameworkFans: (_, op, param) => signalFans(op, param.role),
    complete: true,
    model: null,
    issues: [],
  });
};
