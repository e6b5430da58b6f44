/** What a rule wants done, named independently of any framework. */
import type { Span } from '../text/span.ts';
import type { Law } from './distribution.ts';

export interface Recommendation {
  /** He: scale 2 (corrected for a slope) over fan_in; Glorot: fan average; LeCun: 1 over fan_in; 'variance': any scale over fan_in. */
  readonly family: 'he' | 'glorot' | 'lecun' | 'orthogonal' | 'variance' | 'zeros';
  readonly law: Law;
  /**
   * Multiplies the std of the family's plain form: Glorot with 4 for sigmoid, 1 for tanh, orthogonal with √2 for ReLU.
   * For 'variance': std = gain/√fan_in. He's own √2 is not repeated here.
   */
  readonly gain: number;
  /** Negative slope that He corrects for; 0 for ReLU. */
  readonly slope: number;
  readonly mode: 'fanIn' | 'fanOut';
  /** The activation it is meant for (a row of knowledge/activations). */
  readonly activation: string;
}

/** What a rule wants done; frameworks turn it into edits. */
export type FixIntent =
  /** Initialise the weights of these nodes (ids) so. `span` is the draw to replace, if one is written. */
  {
    readonly kind: 'setInitializer';
    readonly nodes: readonly number[];
    readonly role: 'weight' | 'bias';
    readonly to: Recommendation;
    readonly span: Span;
  };
