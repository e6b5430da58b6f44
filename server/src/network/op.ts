/**
 * What a node of the network does. A closed union: for every kind there is one shape function (`shapes.ts`), one forward and one
 * backward moment function (`signal/ops/`), and one tf.js function (`media/preview/ops/`); the compiler checks that the tables
 * are complete.
 *
 * Axes: `channelAxis` is 1 for channels-first (torch) and -1 for channels-last (Keras); spatial axes are the others after batch.
 */
import type { Dim, Scalar, Shape } from './scalar.ts';

export type Padding = 'same' | 'valid' | readonly (readonly [Dim, Dim])[];
export type ChannelAxis = 1 | -1;

/** Argument values of an activation, e.g. { negativeSlope: 0.01 }. */
export type ActivationArgs = Readonly<Record<string, Scalar>>;

interface Window {
  readonly rank: 1 | 2 | 3;
  readonly kernel: readonly Dim[];
  readonly stride: readonly Dim[];
  readonly padding: Padding;
  readonly dilation: readonly Dim[];
  readonly channelAxis: ChannelAxis;
}

export type Op =
  /** `range`: the values that it is fed with lie there, as far as the source shows; N(0, 1) where it does not. */
  | { readonly kind: 'input'; readonly integer: boolean; readonly range?: { readonly low: number; readonly high: number } }
  /** y = x·W + b over the last axis. Params: weight, bias?. */
  | { readonly kind: 'dense'; readonly inFeatures: Dim; readonly outFeatures: Dim }
  /** Params: weight, bias?. Depthwise: groups = inChannels. */
  | ({ readonly kind: 'conv'; readonly inChannels: Dim; readonly outChannels: Dim; readonly groups: Dim } & Window)
  | ({
      readonly kind: 'convTranspose';
      readonly inChannels: Dim;
      readonly outChannels: Dim;
      readonly groups: Dim;
      readonly outputPadding: readonly Dim[];
    } & Window)
  | { readonly kind: 'bilinear'; readonly in1: Dim; readonly in2: Dim; readonly outFeatures: Dim }
  /** An axis of `classes` with a 1 at the place that an integer names and 0 elsewhere; the last. */
  | { readonly kind: 'oneHot'; readonly classes: Dim }
  | { readonly kind: 'embedding'; readonly count: Dim; readonly features: Dim }
  /** `name` is a row of knowledge/activations. `axis` for softmax-like and gated ones. A PReLU's slope is its parameter. */
  | { readonly kind: 'activation'; readonly name: string; readonly args: ActivationArgs; readonly channelAxis: ChannelAxis }
  /** Gated linear unit: splits `axis` in halves a, b: a·activation(b). */
  | { readonly kind: 'glu'; readonly activation: string; readonly axis: number }
  | { readonly kind: 'softmax'; readonly axis: number; readonly log: boolean }
  /** Normalises per feature over the batch. Params: gamma?, beta?. */
  | { readonly kind: 'batchNorm'; readonly features: Dim; readonly eps: number; readonly channelAxis: ChannelAxis }
  /** Normalises each sample over its last axes (layer), per channel (instance), per channel group (group); rms: without centring. */
  | { readonly kind: 'layerNorm'; readonly axes: readonly number[]; readonly eps: number; readonly rms: boolean }
  | { readonly kind: 'groupNorm'; readonly groups: Dim; readonly features: Dim; readonly eps: number; readonly channelAxis: ChannelAxis }
  | { readonly kind: 'instanceNorm'; readonly features: Dim; readonly eps: number; readonly channelAxis: ChannelAxis }
  | { readonly kind: 'dropout'; readonly rate: Scalar; readonly alpha: boolean }
  | ({ readonly kind: 'pool'; readonly reduce: 'max' | 'average'; readonly ceil: boolean } & Window)
  /** Global or adaptive pooling to `output` positions per spatial axis; empty output: the spatial axes are dropped. */
  | {
      readonly kind: 'globalPool';
      readonly reduce: 'max' | 'average';
      readonly output: readonly Dim[];
      readonly keepAxes: boolean;
      readonly channelAxis: ChannelAxis;
    }
  | { readonly kind: 'flatten'; readonly startAxis: number; readonly endAxis: number }
  /** `shape` includes batch; -1 is inferred. */
  | { readonly kind: 'reshape'; readonly shape: Shape }
  | { readonly kind: 'permute'; readonly axes: readonly number[] }
  | { readonly kind: 'pad'; readonly padding: readonly (readonly [Dim, Dim])[] }
  | {
      readonly kind: 'upsample';
      readonly factor: readonly Scalar[];
      readonly mode: 'nearest' | 'linear';
      readonly channelAxis: ChannelAxis;
    }
  /** Elementwise sum of all inputs. */
  | { readonly kind: 'add' }
  | { readonly kind: 'sub' }
  /** Elementwise product of all inputs. */
  | { readonly kind: 'mul' }
  | { readonly kind: 'average' }
  | { readonly kind: 'maximum' }
  /** factor·x + offset, known numbers. */
  | { readonly kind: 'affine'; readonly factor: Scalar; readonly offset: Scalar }
  /** x ⊙ parameter (LayerScale, ReZero). Params: gamma. */
  | { readonly kind: 'scale' }
  /** x + parameter (bias, positional embedding). Params: bias. */
  | { readonly kind: 'shift' }
  /** Units in pairs, each turned by an angle of its position: x ⊙ cos θ + x′ ⊙ sin θ (rotary embedding, Su et al. 2021, eq. 34). */
  | { readonly kind: 'rotate' }
  | { readonly kind: 'concat'; readonly axis: number }
  /** One part of a tensor along an axis; `size` null if unknown. */
  | { readonly kind: 'slice'; readonly axis: number; readonly start: Dim | null; readonly size: Dim | null }
  | { readonly kind: 'reduce'; readonly reduce: 'mean' | 'sum' | 'max'; readonly axes: readonly number[]; readonly keepAxes: boolean }
  /** Product of two activations (attention scores); parameters enter as `dense`. */
  | { readonly kind: 'matmul'; readonly transposeA: boolean; readonly transposeB: boolean }
  /** Multi-head attention with its projections inside. Params: query, key, value, output weights and biases. Inputs q, k, v. */
  | {
      readonly kind: 'attention';
      readonly features: Dim;
      readonly heads: Dim;
      readonly keyFeatures: Dim;
      readonly valueFeatures: Dim;
      readonly projections: boolean;
      readonly causal: boolean;
    }
  | {
      readonly kind: 'recurrent';
      readonly cell: 'rnn' | 'lstm' | 'gru';
      readonly inFeatures: Dim;
      readonly units: Dim;
      readonly activation: string;
      readonly layers: number;
      readonly bidirectional: boolean;
      readonly returnSequence: boolean;
      readonly batchFirst: boolean;
    }
  | { readonly kind: 'identity' }
  /** Not understood: keeps the graph connected and makes what follows unknown, never wrong. */
  | { readonly kind: 'opaque'; readonly what: string; readonly reason: string };

export type OpKind = Op['kind'];
export type OpOf<K extends OpKind> = Extract<Op, { kind: K }>;
