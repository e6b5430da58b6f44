/** What the moment engine says of a network. THEORY: docs in ARCHITECTURE.md; formulas stand beside the code. */

/**
 * State of an activation tensor over random weights and inputs: m = E[h], q = E[h²], r = E[h(x)·h(x')] of the same unit at two
 * samples, u = Cov(h_i, h_j) between units (0 unless weights have a mean).
 */
export interface Moments {
  readonly m: number;
  readonly q: number;
  readonly r: number;
  readonly u: number;
}

export interface NodeSignal {
  /** Moments of the node's output; null where unknown. */
  readonly forward: Moments | null;
  /** 5 %–95 % band of the output's rms over draws of the weights (finite width); null where not computed. */
  readonly band: readonly [number, number] | null;
  /** E[(∂L/∂output)²] per element with unit-variance gradient at the network's outputs; null where unknown. */
  readonly gradient: number | null;
  /** Share of pre-activations where |φ'| < 0.01, and of exact zeros, for activation nodes. */
  readonly saturated: number | null;
  readonly zero: number | null;
  /** Why forward or gradient is null. */
  readonly unknown: string | null;
  /** Set where the map's fixed point is unstable and no figure is to be trusted (THEORY: GELU, SiLU with He, deep, no norm). */
  readonly unstable: boolean;
}

export interface Signal {
  /** By node id. */
  readonly nodes: readonly NodeSignal[];
  /** Values that were put in for unknown sizes: symbol text → number, with a word why. */
  readonly assumed: ReadonlyMap<string, { readonly value: number; readonly why: string }>;
}
