/** Sizes along one spatial axis of convolutions and pools: torch's explicit padding and ceil mode, Keras's `same` and `valid`. */
import type { Padding } from './op.ts';
import { add, type Dim, div, floorDiv, isNumber, mul, scalarOp, sub } from './scalar.ts';

export interface AxisWindow {
  readonly kernel: Dim;
  readonly stride: Dim;
  readonly dilation: Dim;
  readonly padding: 'same' | 'valid' | readonly [Dim, Dim];
}

/** The window along spatial axis `axis`; a single entry stands for all axes, a missing one for 1. */
export const axisWindow = (
  window: {
    readonly kernel: readonly Dim[];
    readonly stride: readonly Dim[];
    readonly dilation: readonly Dim[];
    readonly padding: Padding;
  },
  axis: number,
): AxisWindow => {
  const pick = (list: readonly Dim[]): Dim => list[axis] ?? list[0] ?? 1;
  const { padding } = window;
  return {
    kernel: pick(window.kernel),
    stride: window.stride.length > 0 ? pick(window.stride) : 1,
    dilation: window.dilation.length > 0 ? pick(window.dilation) : 1,
    padding: typeof padding === 'string' ? padding : (padding[axis] ?? padding[0] ?? [0, 0]),
  };
};

/** Extent of a dilated kernel less one: d·(k − 1). */
const reach = (w: AxisWindow): Dim => mul(w.dilation, sub(w.kernel, 1));

/** n + c where n may be symbolic and end in a number itself: (h − 2) + 1 → h − 1. */
const shift = (n: Dim, c: Dim): Dim => {
  if (!isNumber(c) || isNumber(n)) return add(n, c);
  const [a, b] = n.args;
  if (n.op === '+' && isNumber(a) && b !== undefined) return shift(b, a + c);
  if (n.op === '-' && isNumber(b) && a !== undefined) return shift(a, c - b);
  if (c === 0) return n;
  return c < 0 ? sub(n, -c) : add(n, c);
};

/** Number of positions of a sliding window. Sizes that leave no position give 0, never a negative number. */
export const windowOutput = (n: Dim, w: AxisWindow, ceil = false): Dim => {
  if (w.padding === 'same') return w.stride === 1 ? n : scalarOp('ceil', div(n, w.stride));
  const [before, after] = w.padding === 'valid' ? [0, 0] : w.padding;
  const slack = shift(n, sub(add(before, after), reach(w)));
  const room = shift(slack, -1);
  if (w.stride === 1) return clamp(slack);
  if (!ceil) return clamp(shift(floorDiv(room, w.stride), 1));
  const positions = shift(scalarOp('ceil', div(room, w.stride)), 1);
  // Torch drops a last window that would start in the padding after the input.
  if (isNumber(positions) && isNumber(n) && isNumber(w.stride) && isNumber(before)) {
    return clamp((positions - 1) * w.stride >= n + before ? positions - 1 : positions);
  }
  return positions;
};

/** Size after a transposed window. */
export const transposedOutput = (n: Dim, w: AxisWindow, outputPadding: Dim): Dim => {
  if (w.padding === 'same') return mul(n, w.stride);
  if (w.padding === 'valid') return add(mul(n, w.stride), scalarOp('max', sub(add(reach(w), 1), w.stride), 0));
  const [before, after] = w.padding;
  const constant = add(sub(reach(w), add(before, after)), add(outputPadding, 1));
  // (n − 1)·s + c = n·s + (c − s)
  return clamp(shift(mul(n, w.stride), sub(constant, w.stride)));
};

const clamp = (n: Dim): Dim => (isNumber(n) ? Math.max(0, n) : n);

/** Padding in numbers before and after the input along one axis of known sizes: `same` splits as TensorFlow does, the odd one after. */
export const explicitPadding = (n: number, k: number, s: number, d: number, padding: AxisWindow['padding']): readonly [number, number] => {
  if (padding === 'valid') return [0, 0];
  if (padding !== 'same') return [isNumber(padding[0]) ? padding[0] : 0, isNumber(padding[1]) ? padding[1] : 0];
  const total = Math.max(0, (Math.ceil(n / s) - 1) * s + d * (k - 1) + 1 - n);
  const before = Math.floor(total / 2);
  return [before, total - before];
};
