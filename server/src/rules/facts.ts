/** Facts that rules share: what a layer's output reaches, which layers are hidden, runs between norms and skips, families. */
import type { Network, Node, Parameter } from '../network/network.ts';
import type { Signal } from '../signal/signal.ts';

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
  /** Ratio of the input-dependent rms √(q − r) from first to last hidden pre-activation; null if unknown. */
  readonly F: number | null;
  /** Product of per-layer gradient gains γ = √(fan_in·Var W·E[φ′²]); null if unknown. */
  readonly G: number | null;
}

export interface Facts {
  readonly network: Network;
  readonly signal: Signal;
  /** Weight layers in topological order. */
  readonly layers: readonly Node[];
  next(layer: Node): readonly NextActivation[];
  /** A head: its output reaches the network's output without another weight layer (or may, where the graph is incomplete). */
  isHead(layer: Node): boolean;
  run(layer: Node): Run | null;
  /** A norm stands between the layer and its activation, or it sits in a residual branch of a normalised net. */
  isNormalised(layer: Node): boolean;
  weight(layer: Node): Parameter | undefined;
}
