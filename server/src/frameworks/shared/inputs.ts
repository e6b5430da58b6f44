/** What an op asks of its input, for inputs of the network that nobody gave a shape. */
import type { Op } from '../../network/op.ts';
import { BATCH, type Dim, type Shape, symbol } from '../../network/scalar.ts';

export interface WantedInput {
  readonly shape: Shape;
  readonly integer: boolean;
}

const SPATIAL: readonly Dim[] = [symbol('height'), symbol('width'), symbol('depth')];

/** Batch, channels and open spatial sizes in the op's axis order. */
const image = (channels: Dim, rank: number, channelAxis: 1 | -1): WantedInput => {
  const spatial = rank === 1 ? [symbol('length')] : SPATIAL.slice(0, rank);
  return { shape: channelAxis === 1 ? [BATCH, channels, ...spatial] : [BATCH, ...spatial, channels], integer: false };
};

/** The input shape that an op asks for, with symbols for what it leaves free; null where the rank is open. */
export const wantedInput = (op: Op, label: string): WantedInput | null => {
  const real = (shape: Shape): WantedInput => ({ shape, integer: false });
  switch (op.kind) {
    case 'dense':
      return real([BATCH, op.inFeatures]);
    case 'conv':
    case 'convTranspose':
      return image(op.inChannels, op.rank, op.channelAxis);
    case 'oneHot':
    case 'embedding':
      return { shape: [BATCH, symbol('length')], integer: true };
    case 'recurrent':
      if (label.endsWith('Cell')) return real([BATCH, op.inFeatures]);
      return real(op.batchFirst ? [BATCH, symbol('length'), op.inFeatures] : [symbol('length'), BATCH, op.inFeatures]);
    case 'attention':
      return op.projections ? real([BATCH, symbol('length'), op.features]) : null;
    case 'batchNorm':
    case 'instanceNorm': {
      const rank = Number(/(\d)d$/.exec(label)?.[1] ?? 0);
      return rank === 0 ? null : rank === 1 ? real([BATCH, op.features]) : image(op.features, rank, op.channelAxis);
    }
    case 'bilinear':
      return real([BATCH, op.in1]);
    default:
      return null;
  }
};
