/**
 * Runs: the longest chains of weight layers, heads excluded, with no norm and no skip connection between them. Every layer has at
 * most one predecessor, so the chains form a forest, and lengths and gains add up along it in one pass each way.
 */

import { activationRow } from '../knowledge/activations.ts';
import { isConstant, meanOf, stdOf, varianceTimesFan } from '../network/moments.ts';
import type { Network, Node, Parameter } from '../network/network.ts';
import { constantValue } from '../network/scalar.ts';
import { layerGain } from '../signal/runs.ts';
import type { Signal } from '../signal/signal.ts';
import type { NextActivation, Run } from './facts.ts';
import { factorBetween, isLayer, isSplitLayer, isWeighted, normKind, weightOf } from './topology.ts';

interface Link {
  readonly node: Node;
  /** The layer before, or null for the first of its chain. */
  readonly before: Link | null;
  readonly first: Node;
  readonly length: number;
  readonly ownGain: number | null;
  /** Σ log₁₀ γ from the first layer to this one; null where a gain is unknown. */
  readonly logGain: number | null;
  /** What average pools in between divide by is not the weights' doing, and images are smoother than the engine's noise. */
  readonly logPooled: number;
  /** What known factors in forward multiply by on the way (log₁₀); the gradient meets them too. */
  readonly logFactor: number | null;
  readonly assumed: boolean;
  /** The continuation with most layers. */
  after: Link | null;
  /** Layers from here to the end of the longest continuation. */
  rest: number;
}

/** Where a node's signal comes from, what average pools on the way divide what depends on the input by, and known factors (log₁₀). */
interface Origin {
  readonly link: Link | null;
  readonly pooled: number;
  /** Null where one is not a number. */
  readonly factor: number | null;
}

const NOWHERE: Origin = { link: null, pooled: 0, factor: 0 };

interface ChainInput {
  readonly network: Network;
  readonly signal: Signal;
  readonly isHead: (node: Node) => boolean;
  /** The layer's output decides how much of another tensor passes. */
  readonly isGateLayer: (node: Node) => boolean;
  readonly next: (node: Node) => readonly NextActivation[];
}

/** Of several ways the shortest, by which signal and gradient go. */
const shortest = (origins: readonly Origin[]): Origin => {
  let best: Origin | null = null;
  for (const origin of origins) {
    if (origin.link === null) return NOWHERE;
    if (best?.link == null || origin.link.length < best.link.length) best = origin;
  }
  return best ?? NOWHERE;
};

const averages = ({ op }: Node): boolean =>
  ((op.kind === 'pool' || op.kind === 'globalPool') && op.reduce === 'average') || (op.kind === 'reduce' && op.reduce === 'mean');

const originOf = ({ network, signal }: ChainInput, node: Node, origins: readonly Origin[]): Origin => {
  if (normKind(node.op) !== null) return NOWHERE;
  const before = node.inputs.map((id) => origins[id] ?? NOWHERE);
  switch (node.op.kind) {
    case 'add':
    case 'sub':
      return node.inputs.length < 2 || isSplitLayer(network, node) ? shortest(before) : NOWHERE;
    case 'input':
    case 'oneHot':
    case 'embedding':
    case 'softmax':
    case 'glu':
    case 'attention':
    case 'recurrent':
    case 'opaque':
      return NOWHERE;
    default: {
      const origin = shortest(before);
      if (node.op.kind === 'affine') {
        const factor = constantValue(node.op.factor);
        return { ...origin, factor: factor === undefined || origin.factor === null ? null : origin.factor + Math.log10(Math.abs(factor)) };
      }
      // What stands before a sine is its frequency, and counted there.
      if (isPeriodic(node)) return { ...origin, factor: 0 };
      if (!averages(node)) return origin;
      const [from, to] = [inputDependentRms(signal, node.inputs[0] ?? -1), inputDependentRms(signal, node.id)];
      return from && to ? { ...origin, pooled: origin.pooled + Math.log10(to / from) } : origin;
    }
  }
};

/** Of two logarithms; null where one is not known. */
const sumOf = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b);

const isPeriodic = ({ op }: Node): boolean => op.kind === 'activation' && activationRow(op.name)?.family === 'periodic';

/** γ of a layer; null where unknown. A mean of the weights adds a direction to the gradient that γ knows nothing of. */
const gainOf = ({ network, signal, next }: ChainInput, layer: Node): number | null => {
  const activation = next(layer).find((n) => !n.throughAdd)?.node ?? null;
  const at = activation === null ? undefined : signal.nodes[activation.inputs[0] ?? -1];
  const mean = weightMean(layer);
  if (at?.unstable || mean === null || mean !== 0) return null;
  const gain = layerGain(network, signal, layer.id, activation);
  // A factor in front of a sine is its frequency, sin(ω₀·z), and so part of φ.
  const factor = activation && isPeriodic(activation) ? factorBetween(network, layer, activation) : 1;
  return gain !== null && factor !== null && Number.isFinite(gain) ? gain * Math.abs(factor) : null;
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
  const origins: Origin[] = [];
  const links: Link[] = [];
  for (const node of input.network.nodes) {
    const origin = originOf(input, node, origins);
    // A constant matrix is either a finding of its own or starts a branch as the identity: no chain goes through it.
    const weight = isLayer(node) ? weightOf(node) : undefined;
    if (weight && !isConstant(weight.init.distribution) && input.isGateLayer(node)) {
      origins.push(origin);
      continue;
    }
    if (!weight || isConstant(weight.init.distribution) || input.isHead(node)) {
      origins.push(isWeighted(node.op) ? NOWHERE : origin);
      continue;
    }
    const link = linkOf(input, node, weight, origin);
    origins.push({ ...NOWHERE, link });
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

const linkOf = (input: ChainInput, node: Node, weight: Parameter, { link: before, pooled, factor }: Origin): Link => {
  const gain = gainOf(input, node);
  const ownGain = gain === null ? null : Math.log10(gain);
  const logBefore = before === null ? 0 : sumOf(before.logGain, factor);
  const logFactor = before === null ? 0 : sumOf(before.logFactor, factor);
  const sized = weight.fanIn !== null && varianceTimesFan(weight.init.distribution, weight.fanIn) !== undefined;
  return {
    node,
    before,
    first: before?.first ?? node,
    length: (before?.length ?? 0) + 1,
    ownGain,
    logGain: sumOf(logBefore, ownGain),
    logFactor,
    logPooled: (before?.logPooled ?? 0) + pooled,
    assumed: !sized || before?.assumed === true,
    after: null,
    rest: 1,
  };
};

/** Below this share of q the difference q − r is rounding. */
const ROUNDING = 1e-14;

/** √(q − r) of a node's output: what of it depends on the input. */
const inputDependentRms = (signal: Signal, id: number): number | null => {
  const at = signal.nodes[id];
  if (!at?.forward || at.unstable) return null;
  const { q, r } = at.forward;
  return Math.sqrt(Math.max(q - r, ROUNDING * q));
};

const runEndingAt = (last: Link, signal: Signal): Run => {
  const first = inputDependentRms(signal, last.first.id);
  const end = inputDependentRms(signal, last.node.id);
  let walked: readonly Link[] | null = null;
  const links = (): readonly Link[] => {
    if (walked === null) {
      const back: Link[] = [];
      for (let at: Link | null = last; at !== null; at = at.before) back.push(at);
      walked = back.reverse();
    }
    return walked;
  };
  return {
    get layers() {
      return links().map((link) => link.node);
    },
    get logGains() {
      return links().map((link) => link.ownGain);
    },
    length: last.length,
    F: first === null || end === null || first === 0 ? null : end / first / 10 ** last.logPooled,
    G: last.logGain === null || end === null ? null : 10 ** last.logGain,
    factors: 10 ** (last.logFactor ?? 0),
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
