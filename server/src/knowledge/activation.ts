/** What a row of the activation table says; `activations.ts` has the rows, `gaussian.ts` integrates them. */
import type { Recommendation } from '../network/intent.ts';

export type Args = Readonly<Record<string, number>>;

/** φ(x) = intercept + slope·x for from ≤ x < to. Pieces join up from −∞ to ∞. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly intercept: number;
  readonly slope: number;
}

/** Expectations over x ~ N(m, v). */
export interface GaussianMoments {
  /** E[φ] */
  readonly mean: number;
  /** E[φ²] */
  readonly second: number;
  /** E[φ′²] */
  readonly derivativeSecond: number;
  /** E[φ′] */
  readonly derivativeMean: number;
  /** E[φ⁴], which sets how much draws of a finite width differ. */
  readonly fourth: number;
  /** ∂E[φ²]/∂v = E[φφ′·(x − m)]/v: how the second moment answers to the variance. */
  readonly response: number;
}

export type ActivationFamily = 'linear' | 'relu' | 'sigmoid' | 'tanh' | 'selu' | 'smooth' | 'shrink' | 'periodic' | 'step' | 'growing';

export interface Activation {
  readonly name: string;
  /** As shown to people. */
  readonly title: string;
  /** Unicode, for a hover. */
  readonly formula: string;
  /** Arguments with their defaults. */
  readonly defaults: Args;
  readonly family: ActivationFamily;
  /** Bounded on both sides: the gradient dies for large |x|. */
  readonly saturating: boolean;
  readonly value: (x: number, args: Args) => number;
  readonly derivative: (x: number, args: Args) => number;
  /** Piecewise linear ones are integrated in closed form. */
  readonly pieces?: (args: Args) => readonly Piece[];
  /** Points where the function bends (kinks, centres of transition) and the width of the bend; quadrature refines there. */
  readonly bends: (args: Args) => { readonly at: readonly number[]; readonly width: number };
  /** Closed form where there is one that `pieces` does not give. */
  readonly moments?: (m: number, v: number, args: Args) => GaussianMoments;
  /** Initializer to recommend; `gain: 'forward'` is 1/√E[φ²] at unit variance. */
  readonly recommended: { readonly family: Recommendation['family']; readonly gain: number | 'forward'; readonly slopeArg?: string };
  readonly citation: string;
}
