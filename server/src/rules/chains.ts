/**
 * Runs: the longest chains of weight layers, heads excluded, with no norm and no skip connection between them. Every layer has at
 * most one predecessor, so the chains form a forest, and lengths and gains add up along it in one pass each way.
 */

import { isConstant, meanOf, stdOf, varianceTimesFan } from '../network/moments.ts';
import type { Network, Node } from '../network/network.ts';
import { constantValue } from '../network/scalar.ts';
import { layerGain } from '../signal/runs.ts';
import type { Signal } from '../signal/signal.ts';
import type { NextActivation, Run } from './facts.ts';
import { isLayer, isSplitLayer, isWeighted, normKind, weightOf } from './topology.ts';

interface Link {
  readonly node: Node;
  /** The layer before, or null for the first of its chain. */
  readonly before: Link | null;
  readonly first: Link;
  readonly length: number;
  /** Σ log₁₀ γ from the first layer to this one; null where a gain is unknown. */
  readonly logGain: number | null;
  readonly assumed: boolean;
  /** The continuation with most layers. */
  after: Link | null;
  /** Layers from here to the end of the longest continuation. */
  rest: number;
}

interface ChainInput {
  readonly network: Network;
  readonly signal: Signal;
  readonly isHead: (node: Node) => boolean;
  readonly next: (node: Node) => readonly NextActivation[];
}

/** The link that a node's signal comes from: of several, the one with the shortest way, by which signal and gradient go. */
const shortest = (links: readonly (Link | null)[]): Link | null => {
  let best: Link | null | undefined;
  for (const link of links) {
    if (link === null) return null;
    if (!best || link.length < best.length) best = link;
  }
  return best ?? null;
};

const origin = (network: Network, node: Node, linkAt: readonly (Link | null)[]): Link | null => {
  if (normKind(node.op) !== null) return null;
  const before = node.inputs.map((id) => linkAt[id] ?? null);
  switch (node.op.kind) {
    case 'add':
    case 'sub':
      return node.inputs.length < 2 || isSplitLayer(network, node) ? shortest(before) : null;
    case 'input':
    case 'embedding':
    case 'softmax':
    case 'glu':
    case 'attention':
    case 'recurrent':
    case 'opaque':
      return null;
    default:
      return shortest(before);
  }
};

/** γ of a layer; null where unknown. A mean of the weights adds a direction to the gradient that γ knows nothing of. */
const gainOf = ({ network, signal, next }: ChainInput, layer: Node): number | null => {
  const activation = next(layer).find((n) => !n.throughAdd)?.node ?? null;
  const at = activation === null ? undefined : signal.nodes[activation.inputs[0] ?? -1];
  const mean = weightMean(layer);
  if (at?.unstable || mean === null || mean !== 0) return null;
  const gain = layerGain(network, signal, layer.id, activation);
  return gain !== null && Number.isFinite(gain) ? gain : null;
};

/** Zero too where it is small beside the std; null where unknown. */
const weightMean = (layer: Node): number | null => {
  const weight = weightOf(layer);
  const mean = weight ? meanOf(weight.init.distribution) : null;
  const value = mean === null ? undefined : constantValue(mean);
  if (value === undefined || !weight) return null;
  const std = stdOf(weight.init.distribution);
  const spread = std === null ? undefined : constantValue(std);
  return spread !== undefined && Math.abs(value) <= 0.05 * spread ? 0 : value;
};

const buildLinks = (input: ChainInput): readonly Link[] => {
  const { network, isHead } = input;
  const linkAt: (Link | null)[] = [];
  const links: Link[] = [];
  for (const node of network.nodes) {
    const before = origin(network, node, linkAt);
    // A constant matrix is either a finding of its own or starts a branch as the identity: no chain goes through it.
    const weight = weightOf(node);
    if (!isLayer(node) || isHead(node) || (weight && isConstant(weight.init.distribution))) {
      linkAt.push(isWeighted(node.op) ? null : before);
      continue;
    }
    const gain = gainOf(input, node);
    const own = gain === null ? null : Math.log10(gain);
    const sized = weight !== undefined && weight.fanIn !== null && varianceTimesFan(weight.init.distribution, weight.fanIn) !== undefined;
    const link = {
      node,
      before,
      length: (before?.length ?? 0) + 1,
      logGain: own === null || before?.logGain === null ? null : own + (before?.logGain ?? 0),
      assumed: !sized || before?.assumed === true,
      after: null,
      rest: 1,
    } as Omit<Link, 'first'> & { first: Link };
    link.first = before?.first ?? link;
    linkAt.push(link);
    links.push(link);
  }
  for (const link of links.toReversed()) {
    const { before } = link;
    if (before && link.rest + 1 > before.rest) {
      before.rest = link.rest + 1;
      before.after = link;
    }
  }
  return links;
};

/** Below this share of q the difference q − r is rounding. */
const ROUNDING = 1e-14;

/** √(q − r) of a pre-activation: what of it depends on the input. */
const inputDependentRms = (signal: Signal, node: Node): number | null => {
  const at = signal.nodes[node.id];
  if (!at?.forward || at.unstable) return null;
  const { q, r } = at.forward;
  return Math.sqrt(Math.max(q - r, ROUNDING * q));
};

const runEndingAt = (last: Link, signal: Signal): Run => {
  const first = inputDependentRms(signal, last.first.node);
  const end = inputDependentRms(signal, last.node);
  let layers: readonly Node[] | null = null;
  return {
    get layers() {
      if (layers === null) {
        const walked: Node[] = [];
        for (let at: Link | null = last; at !== null; at = at.before) walked.push(at.node);
        layers = walked.reverse();
      }
      return layers;
    },
    length: last.length,
    F: first === null || end === null || first === 0 ? null : end / first,
    G: last.logGain === null || end === null ? null : 10 ** last.logGain,
    assumed: last.assumed,
  };
};

export const findRuns = (input: ChainInput): { readonly runOf: (layer: Node) => Run | null; readonly runs: readonly Run[] } => {
  const links = buildLinks(input);
  const lastOf = new Map<number, Link>();
  const runOfLast = new Map<Link, Run>();
  for (const link of links.toReversed()) {
    const last = link.after === null ? link : (lastOf.get(link.after.node.id) as Link);
    lastOf.set(link.node.id, last);
    if (!runOfLast.has(last)) runOfLast.set(last, runEndingAt(last, input.signal));
  }
  return {
    runOf: (layer) => {
      const last = lastOf.get(layer.id);
      return last ? (runOfLast.get(last) ?? null) : null;
    },
    runs: [...runOfLast.values()].reverse(),
  };
};
