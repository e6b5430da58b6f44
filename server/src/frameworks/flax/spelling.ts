/** How JAX spells a recommended initializer: by its factory, and with the formula written out. */
import type { Law } from '../../network/distribution.ts';
import type { Recommendation } from '../../network/intent.ts';
import type { Parameter } from '../../network/network.ts';
import { isNumber } from '../../network/scalar.ts';
import { factor, fanOf, floatText, hasFormula, isOne, type Mode, ratio, slopeMatters, target } from '../shared/recommended.ts';

/** A factory of the initializers with its arguments; quotes stand for those of the file. */
export interface Spelled {
  readonly name: string;
  readonly args: string;
}

const MODE_NAMES: Readonly<Record<Mode, string>> = { fanIn: 'fan_in', fanOut: 'fan_out', fanAvg: 'fan_avg' };

const LAWS: Readonly<Record<Law, string>> = { uniform: 'uniform', normal: 'truncated_normal', truncatedNormal: 'truncated_normal' };

const scaling = (scale: number, mode: Mode, law: Law): Spelled => ({
  name: 'variance_scaling',
  args: `${floatText(scale)}, "${MODE_NAMES[mode]}", "${LAWS[law]}"`,
});

/** Name of the scale and mode that JAX has one for. */
const familyName = (scale: number, mode: Mode, law: Law): string | undefined => {
  const suffix = law === 'uniform' ? 'uniform' : 'normal';
  if (mode === 'fanIn' && Math.abs(scale - 2) < 1e-9) return `he_${suffix}`;
  if (mode === 'fanIn' && isOne(scale)) return `lecun_${suffix}`;
  if (mode === 'fanAvg' && isOne(scale)) return `glorot_${suffix}`;
  return undefined;
};

/** JAX counts fans by the shape that is drawn; where the signal's differ by a number, the scale takes it up. */
const corrected = (scale: number, mode: Mode, param: Parameter): number => {
  const inputs = ratio(param.frameworkFans.fanIn, param.fanIn);
  if (inputs === undefined || Math.abs(inputs - 1) < 1e-6) return scale;
  return scale * (ratio(fanOf(param.frameworkFans, mode), fanOf(param, mode)) ?? 1);
};

/** The framework's own initializer; undefined where it has none. */
export const asCall = (to: Recommendation, param: Parameter): Spelled | undefined => {
  if (to.family === 'zeros') return { name: 'zeros_init', args: '' };
  // Its uniform law is one-sided.
  if (to.family === 'fixed') return to.law === 'uniform' ? undefined : { name: 'normal', args: `stddev=${floatText(to.gain)}` };
  if (to.family === 'identity') return undefined;
  if (to.family === 'orthogonal') return { name: 'orthogonal', args: isOne(to.gain) ? '' : floatText(to.gain) };
  const { scale, mode } = target(to);
  const right = corrected(scale, mode, param);
  const name = familyName(right, mode, to.law);
  return name ? { name, args: '' } : scaling(right, mode, to.law);
};

/**
 * The formula over the fans' numbers, `normal(stddev=(2 / 784) ** 0.5)`. JAX's `uniform` is one-sided, so a uniform law and unknown fans
 * are spelled as the variance over the fan.
 */
export const asFormula = (to: Recommendation, params: readonly Parameter[]): Spelled | undefined => {
  const [param] = params;
  if (!param || !hasFormula(to)) return undefined;
  const { scale, mode } = target(to);
  const fans = params.map((p) => (mode === 'fanAvg' ? [p.fanIn, p.fanOut] : [mode === 'fanIn' ? p.fanIn : p.fanOut]));
  const [first] = fans;
  const same = first?.every((fan) => fan !== null && isNumber(fan)) && fans.every((other) => other.every((fan, i) => fan === first[i]));
  if (!first || !same || to.law === 'uniform') return scaling(corrected(scale, mode, param), mode, to.law);
  const sum = first.length === 1 ? String(first[0]) : `(${first.join(' + ')})`;
  // Glorot's average of two fans brings a 2; a whole-number gain stays outside the root.
  const outside = to.family === 'glorot' && Number.isInteger(to.gain) ? to.gain : 1;
  const inside = (scale / (outside * outside)) * (mode === 'fanAvg' ? 2 : 1);
  const root = slopeMatters(to)
    ? `(${factor(inside * (1 + to.slope * to.slope))} / ((1 + ${floatText(to.slope)} ** 2) * ${sum})) ** 0.5`
    : `(${factor(inside)} / ${sum}) ** 0.5`;
  return { name: 'normal', args: `stddev=${outside === 1 ? root : `${factor(outside)} * ${root}`}` };
};
