/**
 * What every node's output reaches, by one pass against the direction of the signal: the next activations, the network's output,
 * another weight layer, a sum or a product. Bounded lists keep it linear in nodes.
 */
import type { Network, Node } from '../network/network.ts';
import type { NextActivation } from './facts.ts';
import { consumersOf, isSplitLayer, isWeighted, normKind, passes } from './topology.ts';

/** A residual stream reaches every later activation; the nearest few are the ones that count. */
const MOST_ACTIVATIONS = 8;

export interface Reach {
  readonly next: readonly NextActivation[];
  /** The network's output (or a place where the graph is not known further) without a weight layer between. */
  readonly end: boolean;
  readonly weighted: boolean;
  /** Enters a sum with something else, or a product, or something not understood, before any activation or weight layer. */
  readonly merged: boolean;
  /** Enters a product with another tensor, or something not understood, before any activation or weight layer. */
  readonly multiplied: boolean;
  /** Enters a norm before any activation or weight layer. */
  readonly normed: boolean;
  /** Scaled by a known factor before any activation or weight layer. */
  readonly rescaled: boolean;
}

const joinNext = (a: readonly NextActivation[], b: readonly NextActivation[]): readonly NextActivation[] => {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const all = [...a];
  for (const entry of b) if (!all.some((x) => x.node.id === entry.node.id)) all.push(entry);
  return all.sort((x, y) => x.node.id - y.node.id).slice(0, MOST_ACTIVATIONS);
};

/** What a consumer lets its input reach. */
const through = (network: Network, consumer: Node, beyond: Reach): Reach => {
  const { op } = consumer;
  const onward = { end: beyond.end, weighted: beyond.weighted };
  const stop: Reach = { next: [], ...onward, merged: false, multiplied: false, normed: false, rescaled: false };
  if (isWeighted(op)) return { ...stop, end: false, weighted: true };
  const norm = normKind(op);
  if (norm)
    return {
      ...beyond,
      normed: true,
      rescaled: false,
      next: beyond.next.map((n) => ({ ...n, via: n.via.includes(norm) ? n.via : [norm, ...n.via] })),
    };
  if (passes(op)) return op.kind === 'affine' && op.factor !== 1 ? { ...beyond, rescaled: true } : beyond;
  switch (op.kind) {
    case 'activation':
      // e^(−c·σ(z)), the decay of a gated recurrence, multiplies like the gate that it is made of.
      return {
        ...stop,
        multiplied: op.name === 'exp' && beyond.multiplied,
        next: [{ node: consumer, name: op.name, via: [], throughAdd: false }],
      };
    case 'add':
    case 'sub': {
      if (consumer.inputs.length < 2 || isSplitLayer(network, consumer)) return beyond;
      return { ...beyond, merged: true, next: beyond.next.map((n) => (n.throughAdd ? n : { ...n, throughAdd: true })) };
    }
    case 'mul':
    case 'matmul':
      return { ...stop, merged: true, multiplied: consumer.inputs.length > 1 };
    case 'softmax':
      // Logits of weights that mix other values: zeros mix them evenly, and each gets the gradient of what it mixes.
      return { ...stop, merged: beyond.merged };
    case 'opaque':
      // It may be the output, a sum or a gate.
      return { ...stop, end: true, merged: true, multiplied: true };
    default:
      return stop;
  }
};

export const reachOf = (network: Network): readonly Reach[] => {
  const consumers = consumersOf(network);
  const outputs = new Set(network.outputs);
  const reach: Reach[] = new Array(network.nodes.length);
  for (let id = network.nodes.length - 1; id >= 0; id--) {
    const readers = consumers[id] ?? [];
    const end = outputs.has(id) || (!network.complete && readers.length === 0);
    const [only] = readers;
    if (readers.length === 1 && only !== undefined && !end) {
      reach[id] = through(network, network.nodes[only] as Node, reach[only] as Reach);
      continue;
    }
    let all: Reach = { next: [], end, weighted: false, merged: false, multiplied: false, normed: false, rescaled: false };
    for (const reader of readers) {
      const one = through(network, network.nodes[reader] as Node, reach[reader] as Reach);
      all = {
        next: joinNext(all.next, one.next),
        end: all.end || one.end,
        weighted: all.weighted || one.weighted,
        merged: all.merged || one.merged,
        multiplied: all.multiplied || one.multiplied,
        normed: all.normed || one.normed,
        rescaled: all.rescaled || one.rescaled,
      };
    }
    reach[id] = all;
  }
  return reach;
};
