/**
 * How the elements of a parameter are drawn. Every kind gives a mean and a standard deviation (`moments.ts` in this folder);
 * fan-relative kinds keep their fans, so that the gain is known where the sizes are symbols.
 */
import type { Scalar } from './scalar.ts';

export type Law = 'uniform' | 'normal' | 'truncatedNormal';

export type Distribution =
  | { readonly kind: 'constant'; readonly value: Scalar }
  | { readonly kind: 'uniform'; readonly low: Scalar; readonly high: Scalar }
  | { readonly kind: 'normal'; readonly mean: Scalar; readonly std: Scalar }
  /** Normal(mean, std) cut at absolute bounds; the std after truncation is smaller than `std`. */
  | { readonly kind: 'truncatedNormal'; readonly mean: Scalar; readonly std: Scalar; readonly low: Scalar; readonly high: Scalar }
  /** Var = scale / fan. `corrected`: the truncated normal's sigma is divided by .8796 so that Var is exact. */
  | {
      readonly kind: 'varianceScaling';
      readonly scale: Scalar;
      readonly fan: Scalar;
      readonly mode: 'fanIn' | 'fanOut' | 'fanAvg';
      readonly law: Law;
      readonly corrected: boolean;
    }
  /** Rows or columns orthonormal times gain, over the matrix (rows × columns) that the initializer flattens to. */
  | { readonly kind: 'orthogonal'; readonly gain: Scalar; readonly rows: Scalar; readonly columns: Scalar }
  /** Ones (times gain) on the diagonal of a rows × columns matrix. */
  | { readonly kind: 'identity'; readonly gain: Scalar; readonly rows: Scalar; readonly columns: Scalar }
  /** A convolution kernel that passes channels through: `groups` ones per output channel block. */
  | {
      readonly kind: 'dirac';
      readonly groups: number;
      readonly inChannels: Scalar;
      readonly outChannels: Scalar;
      readonly receptive: Scalar;
    }
  /** `density` of the elements non-zero, those N(0, std). */
  | { readonly kind: 'sparse'; readonly density: Scalar; readonly std: Scalar }
  /** factor · of + offset. */
  | { readonly kind: 'affine'; readonly of: Distribution; readonly factor: Scalar; readonly offset: Scalar }
  /** Different draws for parts of one tensor (LSTM forget bias, packed QKV), with each part's share of the elements. */
  | { readonly kind: 'blocks'; readonly blocks: readonly { readonly share: Scalar; readonly distribution: Distribution }[] }
  /** Loaded or computed from data. */
  | { readonly kind: 'data'; readonly what: string }
  /** Memory that nobody filled (`torch.empty`). */
  | { readonly kind: 'uninitialized' }
  | { readonly kind: 'unknown'; readonly reason: string };

export const ZEROS: Distribution = { kind: 'constant', value: 0 };
export const ONES: Distribution = { kind: 'constant', value: 1 };
export const unknownDistribution = (reason: string): Distribution => ({ kind: 'unknown', reason });
