/** `dimshuffle`: axes in a new order; 'x' is a new axis of size 1, and an axis of size 1 may be left out. */
import { asNumber } from '../../interpreter/native.ts';
import type { Value } from '../../interpreter/values.ts';
import type { Op } from '../../network/op.ts';
import type { Dim, Shape } from '../../network/scalar.ts';

type Axis = number | 'x';

export const patternOf = (items: readonly Value[]): readonly Axis[] | undefined => {
  const pattern = items.map((item) => (item.kind === 'string' && item.value === 'x' ? 'x' : asNumber(item)));
  return pattern.every((p) => p !== undefined) ? pattern : undefined;
};

export const shuffledShape = (pattern: readonly Axis[], shape: Shape): Shape => pattern.map((p): Dim => (p === 'x' ? 1 : (shape[p] ?? 1)));

/** The ops that it is, one after the other; undefined where only the shape would tell. */
export const shuffled = (pattern: readonly Axis[], shape: Shape | null): readonly Op[] | undefined => {
  const axes = pattern.filter((p) => p !== 'x');
  const rank = shape?.length ?? Math.max(...axes) + 1;
  if (axes.length === rank && axes.length === pattern.length) return [{ kind: 'permute', axes }];
  if (!shape) return undefined;
  const dropped = shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const moved: readonly Op[] = axes.some((a, i) => i > 0 && a < (axes[i - 1] as number))
    ? [{ kind: 'permute', axes: [...axes, ...dropped] }]
    : [];
  return [...moved, { kind: 'reshape', shape: shuffledShape(pattern, shape) }];
};
