/**
 * Which activation a function of one number is, whatever way it was written: `np.maximum(0, z)`, `z * (z > 0)`, `(abs(z) + z) / 2`.
 * Two functions that agree at fourteen points on both sides of zero are taken for the same.
 */
import { ACTIVATIONS } from '../../knowledge/activations.ts';
import type { ActivationArgs } from '../../network/op.ts';

export type Point = (x: number) => number;

/** factor · activation(scale · x) + offset. */
export interface Recognised {
  readonly scale: number;
  /** null: the function is affine. */
  readonly name: string | null;
  readonly args: ActivationArgs;
  readonly factor: number;
  readonly offset: number;
}

const PROBES: readonly number[] = [-7.3, -6.1, -3.1, -2, -1.3, -1, -0.5, -0.1, 0.1, 0.4, 1, 1.7, 2.5, 4, 6.2, 7.9];
const FAR = 40;

const close = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a));

const agrees = (f: Point, g: Point): boolean => PROBES.every((x) => close(f(x), g(x)));

const pointOf = (name: string, args: Readonly<Record<string, number>>): Point => {
  const row = ACTIVATIONS.get(name);
  const all = { ...row?.defaults, ...args };
  return (x) => row?.value(x, all) ?? Number.NaN;
};

const PLAIN = { scale: 1, args: {}, factor: 1, offset: 0 };

/** Rows without arguments of their own, commonest first. */
const ROWS: readonly string[] = [
  'relu',
  'sigmoid',
  'tanh',
  'softplus',
  'silu',
  'gelu',
  'geluTanh',
  'quickGelu',
  'selu',
  'softsign',
  'relu6',
  'hardSigmoid',
  'hardSigmoid02',
  'hardSwish',
  'mish',
  'atan',
  'logSigmoid',
  'squaredRelu',
  'erf',
  'sin',
  'cos',
  'exp',
  'abs',
  'square',
  'step',
  'sign',
];

/** Candidates whose arguments the function itself tells. */
const withArguments = (f: Point): Recognised[] => {
  const found: Recognised[] = [];
  const at = (name: string, args: Record<string, number>): void => {
    if (Object.values(args).every(Number.isFinite)) found.push({ ...PLAIN, name, args });
  };
  at('leakyRelu', { negativeSlope: -f(-1) });
  at('elu', { alpha: f(-FAR) / Math.expm1(-FAR) });
  const [low, high] = [f(-FAR), f(FAR)];
  if (low < high) at('hardTanh', { min: low, max: high });
  if (low === 0 && high > 0) at('clippedRelu', { maxValue: high, negativeSlope: 0, threshold: 0 });
  // Slopes at zero: that of tanh is 1, that of the sigmoid a quarter.
  const slope = (f(1e-6) - f(-1e-6)) / 2e-6;
  if (close(f(0), 0)) at('sin', { w0: slope });
  if (close(high, 1) && close(low, 0)) found.push({ ...PLAIN, name: 'sigmoid', scale: 4 * slope });
  if (high > 0 && close(high, -low)) {
    const scale = slope / high;
    found.push(
      close(high, 1) ? { ...PLAIN, name: 'tanh', scale } : { ...PLAIN, name: 'scaledTanh', args: { scaleIn: scale, scaleOut: high } },
    );
  }
  return found;
};

const apply = ({ name, args, scale, factor, offset }: Recognised): Point => {
  const inner = name === null ? (x: number) => x : pointOf(name, args as Record<string, number>);
  return (x) => factor * inner(scale * x) + offset;
};

const affine = (f: Point): Recognised | undefined => {
  const factor = (f(4) - f(-2)) / 6;
  const one: Recognised = { ...PLAIN, name: null, factor, offset: f(4) - 4 * factor };
  return agrees(f, apply(one)) ? one : undefined;
};

/** factor and offset that turn a row into f, from two points where the row differs. */
const stretched = (f: Point, name: string): Recognised | undefined => {
  const g = pointOf(name, {});
  const [a, b] = [2.5, -1.3];
  const factor = (f(a) - f(b)) / (g(a) - g(b));
  if (!Number.isFinite(factor) || factor === 0) return undefined;
  const one: Recognised = { ...PLAIN, name, factor, offset: f(a) - factor * g(a) };
  return agrees(f, apply(one)) ? one : undefined;
};

export const recognise = (f: Point): Recognised | undefined => {
  if (!PROBES.every((x) => Number.isFinite(f(x)))) return undefined;
  const plain = affine(f) ?? ROWS.map((name): Recognised => ({ ...PLAIN, name })).find((one) => agrees(f, apply(one)));
  return (
    plain ??
    withArguments(f).find((one) => agrees(f, apply(one))) ??
    ROWS.map((name) => stretched(f, name)).find((one) => one !== undefined)
  );
};
