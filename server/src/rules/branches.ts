/**
 * Which nodes lie inside a residual branch: between a sum and the fork that all its terms come from. Walks each sum's terms back,
 * latest node first, until they have met; the total is bounded.
 */
import type { Network, Node } from '../network/network.ts';

const STEPS_PER_NODE = 32;

/** Nodes between `sum` and its fork; null where the terms have no node in common; `steps` counts what it cost. */
const region = (network: Network, sum: Node, spend: () => boolean): readonly number[] | null => {
  const masks = new Map<number, number>();
  let pending = 0;
  const mark = (id: number, mask: number): void => {
    const before = masks.get(id);
    if (before === undefined) pending++;
    masks.set(id, (before ?? 0) | mask);
  };
  const terms = sum.inputs.slice(0, 30);
  const full = 2 ** terms.length - 1;
  terms.forEach((id, i) => {
    mark(id, 1 << i);
  });
  const inside: number[] = [];
  for (let id = sum.id - 1; id >= 0 && pending > 0; id--) {
    if (!spend()) return inside;
    const mask = masks.get(id);
    if (mask === undefined) continue;
    pending--;
    if (mask === full && pending === 0) return inside;
    const node = network.nodes[id] as Node;
    if (node.inputs.length === 0) return null;
    if (mask !== full) inside.push(id);
    for (const input of node.inputs) mark(input, mask);
  }
  return null;
};

/** By node id. Where the bound is hit the rest counts as inside: silence is the safe answer. */
export const insideBranches = (network: Network): readonly boolean[] => {
  const inside: boolean[] = new Array(network.nodes.length).fill(false);
  let left = STEPS_PER_NODE * network.nodes.length + 10_000;
  const spend = (): boolean => left-- > 0;
  for (const node of network.nodes) {
    if (node.op.kind !== 'add' || node.inputs.length < 2) continue;
    for (const id of region(network, node, spend) ?? []) inside[id] = true;
    if (left <= 0) return inside.fill(true);
  }
  return inside;
};
