/** Window arguments of convolutions and pools as torch writes them. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, asScalar, asSizes, asString, type Bound } from '../../interpreter/native.ts';
import type { Value } from '../../interpreter/values.ts';
import type { Padding } from '../../network/op.ts';
import type { Dim } from '../../network/scalar.ts';
import { dimOf } from './state.ts';

export type Rank = 1 | 2 | 3;

/** Sizes per axis; unknown ones get symbols. */
export const sizesOf = (interp: Interpreter, value: Value | undefined, rank: number, name: string): readonly Dim[] => {
  const known = asSizes(value, rank);
  if (known) return known;
  const items = value?.kind === 'tuple' || value?.kind === 'list' ? value.items : null;
  return Array.from({ length: rank }, (_, i) => dimOf(interp, items ? items[i] : value, name));
};

export const paddingOf = (interp: Interpreter, value: Value | undefined, rank: number): Padding => {
  const word = asString(value);
  if (word === 'same' || word === 'valid') return word;
  return sizesOf(interp, value, rank, 'padding').map((p) => [p, p] as const);
};

/** Channels-first window of a convolution. */
export const windowOf = (interp: Interpreter, bound: Bound, rank: Rank, kernel: readonly Dim[]) => ({
  rank,
  kernel,
  stride: sizesOf(interp, bound.get('stride'), rank, 'stride'),
  padding: paddingOf(interp, bound.get('padding'), rank),
  dilation: sizesOf(interp, bound.get('dilation'), rank, 'dilation'),
  channelAxis: 1 as const,
});

/** Window of a pool, whose stride defaults to its kernel. */
export const poolWindow = (interp: Interpreter, bound: Bound, rank: Rank) => {
  const kernel = sizesOf(interp, bound.get('kernel_size'), rank, 'kernel_size');
  const stride = bound.get('stride');
  const none = !stride || stride.kind === 'none' || (stride.kind === 'tuple' && stride.items.length === 0);
  const dilation = bound.get('dilation');
  return {
    rank,
    kernel,
    stride: none ? kernel : sizesOf(interp, stride, rank, 'stride'),
    padding: paddingOf(interp, bound.get('padding'), rank),
    dilation: dilation ? sizesOf(interp, dilation, rank, 'dilation') : Array.from({ length: rank }, () => 1),
    channelAxis: 1 as const,
    ceil: bound.get('ceil_mode')?.kind === 'bool' && (bound.get('ceil_mode') as { value: boolean }).value,
  };
};

/** Output of adaptive pooling; None keeps an axis, recorded as 0. */
export const adaptiveOutput = (interp: Interpreter, value: Value | undefined, rank: Rank): readonly Dim[] => {
  const one = (v: Value | undefined): Dim => (v?.kind === 'none' ? 0 : dimOf(interp, v, 'output_size'));
  if (value?.kind === 'tuple' || value?.kind === 'list')
    return Array.from({ length: rank }, (_, i) => one(value.items[i] ?? value.items[0]));
  const size = one(value);
  return Array.from({ length: rank }, () => size);
};

/** `F.pad`'s and `nn.ZeroPad`'s flat list, last axis first, as pairs in axis order; undefined if unknown. */
export const padPairs = (value: Value | undefined, rank?: number): readonly (readonly [Dim, Dim])[] | undefined => {
  const one = asScalar(value);
  if (one !== undefined && rank !== undefined) return Array.from({ length: rank }, () => [one, one] as const);
  if (value?.kind !== 'tuple' && value?.kind !== 'list') return undefined;
  const sizes = value.items.map(asScalar);
  if (sizes.some((s) => s === undefined) || sizes.length % 2 !== 0) return undefined;
  const pairs: [Dim, Dim][] = [];
  for (let i = 0; i < sizes.length; i += 2) pairs.unshift([sizes[i] as Dim, sizes[i + 1] as Dim]);
  return pairs;
};

/** Axes as numbers: an int or a sequence; undefined if unknown. */
export const axesOf = (value: Value | undefined): readonly number[] | undefined => {
  const one = asNumber(value);
  if (one !== undefined) return [one];
  if (value?.kind !== 'tuple' && value?.kind !== 'list') return undefined;
  const axes = value.items.map(asNumber);
  return axes.some((a) => a === undefined) ? undefined : (axes as number[]);
};
