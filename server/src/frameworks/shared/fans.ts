/**
 * Fans as the signal sees them: how many inputs one unit sums over and how many outputs one input feeds. Groups and the strides of
 * convolutions count (THEORY §4 and §6); what a framework's initializer computes from the shape may differ.
 */
import type { ParameterRole } from '../../network/network.ts';
import type { Op } from '../../network/op.ts';
import { type Dim, div, mul, product, type Scalar } from '../../network/scalar.ts';

export interface Fans {
  readonly fanIn: Dim | null;
  readonly fanOut: Dim | null;
}

export const NO_FANS: Fans = { fanIn: null, fanOut: null };

const perAxis = (sizes: readonly Scalar[], rank: number): Scalar =>
  sizes.length === 1 && rank > 1 ? product(Array.from({ length: rank }, () => sizes[0] as Scalar)) : product(sizes);

/** Fans of a parameter in an op; null for what does not sum over inputs. */
export const signalFans = (op: Op, role: ParameterRole): Fans => {
  if (role !== 'weight' && role !== 'recurrentWeight' && role !== 'embedding') return NO_FANS;
  switch (op.kind) {
    case 'dense':
      return { fanIn: op.inFeatures, fanOut: op.outFeatures };
    case 'conv': {
      const taps = perAxis(op.kernel, op.rank);
      const stride = perAxis(op.stride, op.rank);
      return { fanIn: mul(div(op.inChannels, op.groups), taps), fanOut: div(mul(div(op.outChannels, op.groups), taps), stride) };
    }
    case 'convTranspose': {
      // The true forward fan of a transposed convolution: each output sees 1 of ∏stride taps (THEORY §4).
      const taps = perAxis(op.kernel, op.rank);
      const stride = perAxis(op.stride, op.rank);
      return { fanIn: div(mul(div(op.inChannels, op.groups), taps), stride), fanOut: mul(div(op.outChannels, op.groups), taps) };
    }
    case 'bilinear':
      return { fanIn: mul(op.in1, op.in2), fanOut: op.outFeatures };
    case 'embedding':
      return { fanIn: 1, fanOut: 1 };
    case 'recurrent':
      // Of one gate: those of a packed tensor are matrices side by side.
      return { fanIn: role === 'recurrentWeight' ? op.units : op.inFeatures, fanOut: op.units };
    case 'attention':
      return { fanIn: op.features, fanOut: op.features };
    default:
      return NO_FANS;
  }
};
