/**
 * Which family a weight's distribution belongs to, decided by its variance relative to the fans: a formula written by hand
 * (`randn · sqrt(2/n)`) is the same as the call that computes it, and symbolic sizes cancel.
 */

import { distributionMoments, isConstant } from '../network/moments.ts';
import type { Parameter } from '../network/network.ts';
import { add, constantValue, div, isNumber, mul, type Scalar } from '../network/scalar.ts';

export type FamilyName =
  /** Var = 2/fan (He et al. 2015), slope-corrected or not. */
  | 'he'
  /** Var = gain²·2/(fan_in + fan_out) (Glorot & Bengio 2010). */
  | 'glorot'
  /** Var = 1/fan (LeCun et al. 1998). */
  | 'lecun'
  /** U(±1/√fan_in), Var = 1/(3·fan_in). */
  | 'third'
  | 'orthogonal'
  /** N(0, 1) whatever the size. */
  | 'unitNormal'
  /** A std that does not hang on the fan. */
  | 'fixed'
  /** Var = scale/fan with another scale. */
  | 'scaled'
  | 'constant'
  | 'offset'
  | 'unknown';

export interface WeightFamily {
  readonly name: FamilyName;
  /** Multiplies the std of the family's plain form: 4 for Glorot times four. */
  readonly gain: number;
  /** fan_in·Var(W) where it is a number whatever the symbols are. */
  readonly variance: number | null;
  /** Std, where it is a number. */
  readonly std: number | null;
}

const near = (x: number | undefined, target: number): boolean => x !== undefined && Math.abs(x - target) <= 2e-3 * target;

/** Gains over √(2/(fan_in + fan_out)) that people write: 1, √2 for ReLU, 5/3 for tanh, 4 for sigmoid. */
const GLOROT_GAINS = [1, Math.SQRT2, 5 / 3, 4];

const byScale = (mode: 'fanIn' | 'fanOut' | 'fanAvg', scale: number): { name: FamilyName; gain: number } => {
  if (mode === 'fanAvg') return { name: 'glorot', gain: Math.sqrt(scale) };
  // 2/(1 + a²) for slopes up to ½ is still He.
  if (scale >= 1.6 && scale <= 2.4) return { name: 'he', gain: Math.sqrt(scale / 2) };
  if (near(scale, 1)) return { name: 'lecun', gain: 1 };
  if (near(scale, 1 / 3)) return { name: 'third', gain: 1 };
  return { name: 'scaled', gain: Math.sqrt(scale) };
};

/** A draw that follows none of its fans may still be the one that somebody named by the framework's: all of a family before the next. */
const byVariance = (weight: Parameter, variance: Scalar): { name: FamilyName; gain: number } | null => {
  const times = (fan: Scalar | null): number | undefined => (fan === null ? undefined : constantValue(mul(fan, variance)));
  const fans = [weight, weight.frameworkFans].map(({ fanIn, fanOut }) => ({
    overIn: times(fanIn),
    overOut: times(fanOut),
    average: fanIn === null || fanOut === null ? undefined : times(div(add(fanIn, fanOut), 2)),
  }));
  if (fans.some(({ overIn, overOut }) => near(overIn, 2) || near(overOut, 2))) return { name: 'he', gain: 1 };
  for (const { overIn, average } of fans) {
    const gain = GLOROT_GAINS.find((g) => near(average, g * g));
    if (gain !== undefined && !near(overIn, 1)) return { name: 'glorot', gain };
    if (near(overIn, 1)) return { name: 'lecun', gain: 1 };
    if (near(overIn, 1 / 3)) return { name: 'third', gain: 1 };
  }
  if (!isNumber(variance)) {
    const scale = times(weight.fanIn);
    return scale === undefined ? null : byScale('fanIn', scale);
  }
  return null;
};

const families = new WeakMap<Parameter, WeightFamily>();

export const familyOf = (weight: Parameter): WeightFamily => {
  let family = families.get(weight);
  if (!family) {
    family = decide(weight);
    families.set(weight, family);
  }
  return family;
};

const decide = (weight: Parameter): WeightFamily => {
  const d = weight.init.distribution;
  const moments = distributionMoments(d);
  const unknown: WeightFamily = { name: 'unknown', gain: 1, variance: null, std: null };
  if (isConstant(d)) return { ...unknown, name: 'constant', variance: 0, std: 0 };
  if (moments === null) return unknown;
  const numeric = constantValue(moments.variance);
  const known = {
    variance: weight.fanIn === null ? null : (constantValue(mul(weight.fanIn, moments.variance)) ?? null),
    std: numeric === undefined ? null : Math.sqrt(numeric),
  };
  if (d.kind === 'orthogonal') {
    const gain = constantValue(d.gain);
    return gain === undefined ? { ...unknown, ...known } : { ...known, name: 'orthogonal', gain };
  }
  if (d.kind === 'identity' || d.kind === 'dirac' || d.kind === 'sparse' || d.kind === 'blocks') return { ...unknown, ...known };
  const mean = constantValue(moments.mean);
  if (mean === undefined) return unknown;
  if (mean !== 0 && (numeric === undefined || Math.abs(mean) > 0.05 * Math.sqrt(numeric))) return { ...known, name: 'offset', gain: 1 };
  if (d.kind === 'varianceScaling') {
    const scale = constantValue(d.scale);
    return scale === undefined ? unknown : { ...known, ...byScale(d.mode, scale) };
  }
  const named = byVariance(weight, moments.variance);
  if (named !== null) return { ...known, ...named };
  if (numeric === undefined) return { ...unknown, ...known };
  return { ...known, name: near(numeric, 1) && d.kind !== 'uniform' ? 'unitNormal' : 'fixed', gain: 1 };
};
