/** What a network is trained with, as far as the program says: losses and what they are applied to, the optimizer, the data. */
import type { Span } from '../text/span.ts';
import type { Op } from './op.ts';
import type { Scalar } from './scalar.ts';

export type LossKind = 'crossEntropy' | 'binaryCrossEntropy' | 'squaredError' | 'absoluteError' | 'huber' | 'other';

/** What a cross-entropy makes of its input: it applies the softmax or sigmoid itself, or expects it done, with or without the logarithm. */
export type Takes = 'logits' | 'probabilities' | 'logProbabilities';

/** An operation between the network's output and the loss. */
export interface Step {
  readonly op: Op;
  readonly label: string;
  readonly span: Span;
  readonly nameSpan: Span;
}

/** What a loss is applied to: a node of the network, and what the program makes of it first, in this order. */
export interface Prediction {
  readonly node: number;
  readonly through: readonly Step[];
}

export interface Loss {
  /** The framework's own name: 'CrossEntropyLoss', 'SparseCategoricalCrossentropy'. */
  readonly name: string;
  readonly kind: LossKind;
  /** Missing where it is not known, and where the loss takes plain values. */
  readonly takes?: Takes;
  /** The target is computed by a network, too: a teacher, a copy, the model itself. */
  readonly taught?: true;
  /** It discounts what is easy (Lin et al. 2017). */
  readonly focal?: true;
  /** Where its name stands. */
  readonly span: Span;
  /** The call that makes it or computes it, where it is not given by its name alone. */
  readonly call?: Span;
  /** Null where it is not known. */
  readonly on: Prediction | null;
}

export interface Optimizer {
  readonly name: string;
  readonly learningRate?: Scalar;
  readonly momentum?: Scalar;
  /** Where its name stands. */
  readonly span: Span;
  /** The call that makes it. */
  readonly call?: Span;
  /** Where the learning rate is written. */
  readonly rateSpan?: Span;
}

/** Values that the network is fed with. */
export interface Fed {
  readonly low: number;
  readonly high: number;
  /** What they are: 'mnist.load_data()'. */
  readonly name: string;
  readonly span: Span;
}

/** Root mean square of values that are uniform between both ends: √(m² + (high − low)²/12). */
export const rmsOf = ({ low, high }: Pick<Fed, 'low' | 'high'>): number => Math.sqrt(((low + high) / 2) ** 2 + (high - low) ** 2 / 12);

/** From here on a root mean square is far from the 1 that initializers are made for. */
export const UNSCALED = 20;

export interface Training {
  readonly losses: readonly Loss[];
  readonly optimizer?: Optimizer;
  /** Its outputs are judged as classes. */
  readonly accuracy?: true;
  readonly fed?: Fed;
}

export const UNTRAINED: Training = { losses: [] };
