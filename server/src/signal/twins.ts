/**
 * Twins: outputs of the same layers, with the same weights, for different data (a Siamese network's two sides). To each other they are
 * what two samples of one tensor are, E[h(x)·h(x′)] = r, so their difference is smaller and their sum larger than of strangers.
 */
import type { Network, Node } from '../network/network.ts';

/** Ops that only arrange data. */
const ARRANGING: ReadonlySet<Node['op']['kind']> = new Set(['identity', 'reshape', 'permute', 'flatten']);

/** Every weight tensor that more than one node uses. */
const hasShared = (network: Network): boolean => {
  const seen = new Set<number>();
  for (const { params } of network.nodes) {
    for (const { storage } of new Map(params.map((p) => [p.storage, p])).values()) {
      if (seen.has(storage)) return true;
      seen.add(storage);
    }
  }
  return false;
};

/** By node id the class of its twins; nodes without any have one of their own. Null where no weights are shared. */
export const twinsOf = (network: Network): readonly number[] | null => {
  if (!hasShared(network)) return null;
  // What data a node is: its input and which part of it. Of everything else: which data went into it.
  const data: (string | null)[] = [];
  const sources: ReadonlySet<string>[] = [];
  const classes: number[] = [];
  const known = new Map<string, { readonly first: number; readonly sources: string[] }>();
  for (const node of network.nodes) {
    const [from] = node.inputs;
    const { op } = node;
    const before = from === undefined ? null : (data[from] ?? null);
    const part = op.kind === 'slice' ? `${before}/${JSON.stringify([op.axis, op.start, op.size])}` : ARRANGING.has(op.kind) ? before : null;
    data.push(op.kind === 'input' ? `${node.id}` : node.inputs.length === 1 && before !== null ? part : null);
    const own = data[node.id] ?? null;
    sources.push(own === null ? new Set(node.inputs.flatMap((id) => [...(sources[id] ?? [])])) : new Set([own]));
    const into = node.inputs.map((id) => ((data[id] ?? null) === null ? classes[id] : 'data'));
    const weights = node.params.map((p) => p.storage);
    // Random masks, and data, are nobody's twin.
    const loose = own !== null || op.kind === 'dropout' || op.kind === 'opaque' || node.inputs.length === 0;
    const key = loose ? `own ${node.id}` : `${JSON.stringify(op)} ${weights.join()} ${into.join()}`;
    const source = [...(sources[node.id] as ReadonlySet<string>)].sort().join();
    const alike = known.get(key);
    // The same of the same data is no twin but the thing itself, of which the engine knows nothing more.
    if (alike === undefined) known.set(key, { first: node.id, sources: [source] });
    const twin = alike !== undefined && !alike.sources.includes(source);
    if (twin) alike.sources.push(source);
    classes.push(twin ? alike.first : node.id);
  }
  return classes;
};
