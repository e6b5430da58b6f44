/** Shapes as Python values: `(None, 784)`, `x.shape`. */
import type { Value } from '../../interpreter/values.ts';
import { int, NONE, tuple, unknown } from '../../interpreter/values.ts';
import { BATCH, type Dim, type Shape, symbol } from '../../network/scalar.ts';

/** Sizes of a shape argument; None is the batch at the front and a symbol elsewhere. */
export const shapeFromValue = (value: Value | undefined, name: string, leadingBatch: boolean): Shape | null => {
  const items = value?.kind === 'tuple' || value?.kind === 'list' ? value.items : value?.kind === 'number' ? [value] : undefined;
  if (!items) return null;
  const sizes = items.map((item, i): Dim => {
    if (item.kind === 'number') return item.value;
    if (item.kind === 'unknown' && item.symbol) return symbol(item.symbol);
    return i === 0 && leadingBatch ? BATCH : symbol(`${name}.size${leadingBatch ? i : i + 1}`);
  });
  return leadingBatch ? [BATCH, ...sizes.slice(1)] : [BATCH, ...sizes];
};

/** A shape as Python sees it: the batch is None. */
export const shapeToValue = (shape: Shape | null, of = 'x'): Value =>
  shape === null
    ? { ...unknown('a shape that is not known'), symbol: `${of}.shape` }
    : tuple(shape.map((size, i) => (i === 0 && typeof size !== 'number' && size.text === BATCH.text ? NONE : int(size))));
