/** tf.js convolves and pools channels-last only: moves the channel axis there and back, and adds a batch axis where there is none. */
import * as tf from '@tensorflow/tfjs-core';
import type { ChannelAxis } from '../../../server/src/network/op.ts';
import { stop } from '../stopped.ts';

/** Runs `f` on [batch, …spatial, channels] and gives the result back in the network's own order. */
export const channelsLast = (x: tf.Tensor, rank: number, channelAxis: ChannelAxis, f: (x: tf.Tensor) => tf.Tensor): tf.Tensor => {
  if (x.rank !== rank + 2 && x.rank !== rank + 1) return stop(`an input of ${x.rank} axes does not fit a window over ${rank}`);
  const unbatched = x.rank === rank + 1;
  const batched = unbatched ? tf.expandDims(x, 0) : x;
  const y = channelAxis === -1 ? f(batched) : toFirst(f(toLast(batched)));
  return unbatched ? tf.squeeze(y, [0]) : y;
};

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

export const toLast = (x: tf.Tensor): tf.Tensor => (x.rank <= 2 ? x : tf.transpose(x, [0, ...range(2, x.rank), 1]));
export const toFirst = (x: tf.Tensor): tf.Tensor => (x.rank <= 2 ? x : tf.transpose(x, [0, x.rank - 1, ...range(1, x.rank - 1)]));

/** Adds an axis of size 1 before the spatial axis: windows over one axis run as windows over two. */
export const lift = (x: tf.Tensor): tf.Tensor4D => tf.expandDims(x, 1) as tf.Tensor4D;
export const lower = (x: tf.Tensor): tf.Tensor => tf.squeeze(x, [1]);
