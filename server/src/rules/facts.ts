/** Facts that rules share: what a layer's output reaches, which layers are hidden, runs between norms and skips, families. */
import { activationRow } from '../knowledge/activations.ts';
import type { Network, Node, Parameter } from '../network/network.ts';
import type { Signal } from '../signal/signal.ts';
import { insideBranches } from './branches.ts';
import { findRuns } from './chains.ts';
import { type Pairing, pairingsOf } from './pairing.ts';
import { type Reach, reachOf } from './reach.ts';
import { isLayer, normKind, weightOf } from './topology.ts';

/** An activation that a layer's output reaches through norms, dropout, reshapes, pools and sums. */
export interface NextActivation {
  readonly node: Node;
  /** Row of knowledge/activations. */
  readonly name: string;
  /** Kinds of normalisation on the way. */
  readonly via: readonly ('batchNorm' | 'layerNorm' | 'groupNorm' | 'instanceNorm')[];
  /** Passed a residual add on the way. */
  readonly throughAdd: boolean;
}

/** The longest chain of weight layers, head excluded, with no norm and no skip between them (RULES, severity). */
export interface Run {
  readonly layers: readonly Node[];
  readonly length: number;
  /**
   * Ratio of the input-dependent rms √(q − r) from first to last hidden pre-activation, without what average pools in between
   * divide by; null if unknown.
   */
  readonly F: number | null;
  /** Product of per-layer gradient gains γ = √(fan_in·Var W·E[φ′²]) and of the known factors in forward; null if unknown. */
  readonly G: number | null;
  /** The part of G that known factors in forward are. */
  readonly factors: number;
  /** log₁₀ γ of every layer; null where unknown. */
  readonly logGains: readonly (number | null)[];
  /** F or G hang on sizes that were assumed. */
  readonly assumed: boolean;
}

export interface Facts {
  readonly network: Network;
  readonly signal: Signal;
  /** Weight layers in topological order. */
  readonly layers: readonly Node[];
  next(layer: Node): readonly NextActivation[];
  /** A head: its output reaches the network's output and no other weight layer (or may, where the graph is incomplete). */
  isHead(layer: Node): boolean;
  run(layer: Node): Run | null;
  /** Every longest chain of the network, once. */
  readonly runs: readonly Run[];
  /** A norm stands between the layer and its activation, or it sits in a residual branch of a normalised net. */
  isNormalised(layer: Node): boolean;
  weight(layer: Node): Parameter | undefined;
  /** Hidden weights and the activations they feed, each weight once. */
  readonly pairings: readonly Pairing[];
  /** The node's output multiplies another tensor: squeeze-and-excitation, GLU, attention, hand-written LSTM cells. */
  isGate(node: Node): boolean;
  /** The node's output joins a sum or a product as it is: last layer of a residual branch, LoRA, adaLN, ControlNet. */
  isMerged(node: Node): boolean;
  /** The node's output is scaled by a known factor (equalized learning rate, LoRA's α/r). */
  isRescaled(node: Node): boolean;
}

export const createFacts = (network: Network, signal: Signal): Facts => {
  const reach = reachOf(network);
  const inside = insideBranches(network);
  const hasNorm = network.nodes.some((node) => normKind(node.op) !== null);
  const at = (node: Node): Reach | undefined => reach[node.id];
  const isHead = (node: Node): boolean => {
    const r = at(node);
    return r?.end === true && !r.weighted;
  };
  const next = (node: Node): readonly NextActivation[] => at(node)?.next ?? [];
  const isGate = (node: Node): boolean => at(node)?.multiplied === true;
  const isGateLayer = (node: Node): boolean =>
    next(node).some((n) => !n.throughAdd && activationRow(n.name)?.saturating === true && isGate(n.node));
  const layers = network.nodes.filter(isLayer);
  const { runOf, runs } = findRuns({ network, signal, isHead, isGateLayer, next });
  let pairings: readonly Pairing[] | null = null;
  const facts: Facts = {
    network,
    signal,
    layers,
    next,
    isHead,
    run: runOf,
    runs,
    isNormalised: (node) => at(node)?.normed === true || (hasNorm && inside[node.id] === true),
    weight: weightOf,
    isGate,
    isMerged: (node) => at(node)?.merged === true,
    isRescaled: (node) => at(node)?.rescaled === true || rescaledBefore(network, node),
    get pairings() {
      pairings ??= pairingsOf(facts);
      return pairings;
    },
  };
  return facts;
};

/** The layer's input was scaled by a known factor. */
const rescaledBefore = (network: Network, node: Node): boolean => {
  const from = network.nodes[node.inputs[0] ?? -1];
  return from?.op.kind === 'affine' && from.op.factor !== 1;
};
