/**
 * What lies around a layer that decides its initializer beyond the activation: a residual branch that it ends, norms in it, a sine
 * network's input. Seen from the graph alone.
 */
import type { Network, Node } from '../network/network.ts';
import type { OpKind } from '../network/op.ts';

/** Ops that hand a layer's output on to what it is for. */
const PASSING: ReadonlySet<OpKind> = new Set(['identity', 'dropout', 'reshape', 'permute', 'flatten', 'scale', 'shift', 'rotate', 'slice']);
const NORMS: ReadonlySet<OpKind> = new Set(['batchNorm', 'layerNorm', 'groupNorm', 'instanceNorm']);
const WEIGHTED: ReadonlySet<OpKind> = new Set(['dense', 'conv', 'convTranspose', 'bilinear', 'attention', 'recurrent']);

const FURTHEST = 64;
/** Nodes of a branch. */
const MOST = 256;

/** A sum of a skip and a branch. */
export interface Branch {
  readonly sum: number;
  /** Where the skip and the branch part. */
  readonly from: number;
  /** Weighted layers of the branch, in order. */
  readonly layers: readonly number[];
  /** Normalises the input of its first layer. */
  readonly preNorm: boolean;
}

export interface Surroundings {
  /** Activation behind a layer, norms passed over; null for none. */
  readonly activation: (id: number) => Node | null;
  readonly branches: readonly Branch[];
  /** The branch whose last weight a layer is. */
  readonly ends: ReadonlyMap<number, Branch>;
  /** The branch that a layer is in. */
  readonly inside: ReadonlyMap<number, Branch>;
  readonly normalised: boolean;
  /** No other weighted layer before it. */
  readonly first: (id: number) => boolean;
}

export const surroundingsOf = (network: Network): Surroundings => {
  const { nodes } = network;
  const consumers = new Map<number, number[]>();
  for (const node of nodes) for (const id of node.inputs) consumers.set(id, [...(consumers.get(id) ?? []), node.id]);

  /** The nodes between a sum's input and the latest node that is before both inputs. */
  const branchOf = (sum: Node): Branch | null => {
    const [a, b] = sum.inputs;
    if (sum.inputs.length !== 2 || a === undefined || b === undefined || a === b) return null;
    // Nodes are in order, so the branch ends after its skip.
    const [skip, end] = [Math.min(a, b), Math.max(a, b)];
    const before = ancestors(nodes, skip);
    const path = new Set<number>();
    const queue = [end];
    let from = -1;
    for (let id = queue.pop(); id !== undefined && path.size < MOST; id = queue.pop()) {
      if (path.has(id)) continue;
      if (before.has(id)) {
        from = Math.max(from, id);
        continue;
      }
      path.add(id);
      queue.push(...(nodes[id]?.inputs ?? []));
    }
    const inner = [...path].sort((x, y) => x - y);
    const layers = inner.filter((id) => WEIGHTED.has((nodes[id] as Node).op.kind));
    const [first] = layers;
    if (from < 0 || first === undefined) return null;
    const preNorm = inner.some((id) => id < first && NORMS.has((nodes[id] as Node).op.kind));
    return { sum: sum.id, from, layers, preNorm };
  };

  const branches = nodes.filter((node) => node.op.kind === 'add').flatMap((node) => branchOf(node) ?? []);
  const ends = new Map<number, Branch>();
  const inside = new Map<number, Branch>();
  for (const branch of branches) {
    for (const id of branch.layers) inside.set(id, branch);
    const last = branch.layers.at(-1);
    if (last !== undefined && reaches(nodes, consumers, last, branch.sum)) ends.set(last, branch);
  }

  const activation = (id: number): Node | null => {
    const seen = new Set<number>();
    const queue = [id];
    for (let at = queue.shift(); at !== undefined && seen.size < FURTHEST; at = queue.shift()) {
      if (seen.has(at)) continue;
      seen.add(at);
      for (const next of consumers.get(at) ?? []) {
        const node = nodes[next] as Node;
        if (node.op.kind === 'activation') return node;
        if (PASSING.has(node.op.kind) || NORMS.has(node.op.kind)) queue.push(next);
      }
    }
    return null;
  };

  return {
    activation,
    branches,
    ends,
    inside,
    normalised: nodes.some((node) => NORMS.has(node.op.kind)),
    first: (id) => ![...ancestors(nodes, id)].some((other) => other !== id && WEIGHTED.has((nodes[other] as Node).op.kind)),
  };
};

const ancestors = (nodes: readonly Node[], id: number): ReadonlySet<number> => {
  const seen = new Set<number>();
  const queue = [id];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    queue.push(...(nodes[at]?.inputs ?? []));
  }
  return seen;
};

/** Whether a layer's output comes to a sum with nothing but passing ops and norms between. */
const reaches = (nodes: readonly Node[], consumers: ReadonlyMap<number, readonly number[]>, from: number, to: number): boolean => {
  let queue: readonly number[] = [from];
  for (let step = 0; step < FURTHEST && queue.length > 0; step++) {
    const next = queue.flatMap((id) => consumers.get(id) ?? []);
    if (next.includes(to)) return true;
    queue = next.filter((id) => PASSING.has((nodes[id] as Node).op.kind) || NORMS.has((nodes[id] as Node).op.kind));
  }
  return false;
};
