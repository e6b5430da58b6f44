/** How Keras spells a recommended initializer: as a string, as an object, and with the formula written out. */
import type { Law } from '../../network/distribution.ts';
import type { Recommendation } from '../../network/intent.ts';
import type { Parameter } from '../../network/network.ts';
import { isNumber } from '../../network/scalar.ts';
import { factor, fanOf, floatText, hasFormula, isOne, limitOf, type Mode, ratio, slopeMatters, target } from '../shared/recommended.ts';

export type Argument = readonly [name: string, text: string];

/** A class of keras.initializers with its arguments; `string` where a plain string says the same. */
export interface Spelled {
  readonly className: string;
  readonly args: readonly Argument[];
  readonly string?: string;
}

const STRINGS: Readonly<Record<string, string>> = {
  HeNormal: 'he_normal',
  HeUniform: 'he_uniform',
  GlorotNormal: 'glorot_normal',
  GlorotUniform: 'glorot_uniform',
  LecunNormal: 'lecun_normal',
  LecunUniform: 'lecun_uniform',
  Orthogonal: 'orthogonal',
  Zeros: 'zeros',
  Identity: 'identity',
};

const plain = (className: string): Spelled => ({ className, args: [], ...(STRINGS[className] ? { string: STRINGS[className] } : {}) });

const MODE_NAMES: Readonly<Record<Mode, string>> = { fanIn: 'fan_in', fanOut: 'fan_out', fanAvg: 'fan_avg' };

const DISTRIBUTIONS: Readonly<Record<Law, string>> = {
  uniform: 'uniform',
  normal: 'truncated_normal',
  truncatedNormal: 'truncated_normal',
};

/**
 * The mode and scale that give Var = scale/fan of the *signal*, where Keras counts fans by the kernel's shape alone: transposed
 * convolutions have them swapped, depthwise ones count every channel (THEORY §6).
 */
const corrected = (scale: number, mode: Mode, param: Parameter): { readonly scale: number; readonly mode: Mode } => {
  const agreement = ratio(param.frameworkFans.fanIn, param.fanIn);
  // Strides alone change what one input feeds, not what an initializer means.
  if (agreement === undefined || Math.abs(agreement - 1) < 1e-6) return { scale, mode };
  const signal = fanOf(param, mode);
  const options = ([mode, 'fanIn', 'fanOut'] as const).flatMap((m) => {
    const r = ratio(fanOf(param.frameworkFans, m), signal);
    return r === undefined ? [] : [{ mode: m, scale: scale * r, distance: Math.abs(Math.log(r)) }];
  });
  const [best] = options.sort((x, y) => x.distance - y.distance);
  return best ?? { scale, mode };
};

const scaling = (scale: number, mode: Mode, law: Law): Spelled => ({
  className: 'VarianceScaling',
  args: [
    ['scale', floatText(scale)],
    ['mode', MODE_NAMES[mode]],
    ['distribution', DISTRIBUTIONS[law]],
  ],
});

const familyClass = (scale: number, mode: Mode, law: Law): string | undefined => {
  const suffix = law === 'uniform' ? 'Uniform' : 'Normal';
  if (mode === 'fanIn' && Math.abs(scale - 2) < 1e-9) return `He${suffix}`;
  if (mode === 'fanIn' && isOne(scale)) return `Lecun${suffix}`;
  if (mode === 'fanAvg' && isOne(scale)) return `Glorot${suffix}`;
  return undefined;
};

/** The framework's own initializer; undefined where it has none. */
export const asCall = (to: Recommendation, param: Parameter): Spelled | undefined => {
  if (to.family === 'zeros') return plain('Zeros');
  if (to.family === 'fixed') {
    if (to.law !== 'uniform') return { className: 'RandomNormal', args: [['stddev', floatText(to.gain)]] };
    return {
      className: 'RandomUniform',
      args: [
        ['minval', `-${limitOf(to)}`],
        ['maxval', limitOf(to)],
      ],
    };
  }
  // It takes matrices alone.
  if (to.family === 'identity') {
    if (param.shape?.length !== 2) return undefined;
    return isOne(to.gain) ? plain('Identity') : { className: 'Identity', args: [['gain', floatText(to.gain)]] };
  }
  if (to.family === 'orthogonal')
    return isOne(to.gain) ? plain('Orthogonal') : { className: 'Orthogonal', args: [['gain', floatText(to.gain)]] };
  const wanted = target(to);
  const { scale, mode } = corrected(wanted.scale, wanted.mode, param);
  const known = familyClass(scale, mode, to.law);
  return known ? plain(known) : scaling(scale, mode, to.law);
};

/**
 * The formula over the fans' numbers, e.g. `RandomNormal(stddev=(2 / 784) ** 0.5)`; with unknown or differing fans the variance over
 * the fan, which is the formula with the sizes left to Keras. Undefined where neither says more than the call.
 */
export const asFormula = (to: Recommendation, params: readonly Parameter[]): Spelled | undefined => {
  const [param] = params;
  if (!param || !hasFormula(to)) return undefined;
  const { scale, mode } = target(to);
  const fans = params.map((p) => (mode === 'fanAvg' ? [p.fanIn, p.fanOut] : [mode === 'fanIn' ? p.fanIn : p.fanOut]));
  const [first] = fans;
  const same = first?.every((fan) => fan !== null && isNumber(fan)) && fans.every((other) => other.every((fan, i) => fan === first[i]));
  if (!first || !same) {
    const fixed = corrected(scale, mode, param);
    return scaling(fixed.scale, fixed.mode, to.law);
  }
  const sum = first.length === 1 ? String(first[0]) : `(${first.join(' + ')})`;
  // Glorot's average of two fans brings a 2; a uniform law reaches √3 standard deviations. A whole-number gain stays outside the root.
  const outside = to.family === 'glorot' && Number.isInteger(to.gain) ? to.gain : 1;
  const inside = (scale / (outside * outside)) * (mode === 'fanAvg' ? 2 : 1) * (to.law === 'uniform' ? 3 : 1);
  const root = slopeMatters(to)
    ? `(${factor(inside * (1 + to.slope * to.slope))} / ((1 + ${floatText(to.slope)} ** 2) * ${sum})) ** 0.5`
    : `(${factor(inside)} / ${sum}) ** 0.5`;
  const times = outside === 1 ? root : `${outside} * ${root}`;
  if (to.law === 'uniform')
    return {
      className: 'RandomUniform',
      args: [
        ['minval', outside === 1 ? `-(${root})` : `-${times}`],
        ['maxval', times],
      ],
    };
  return { className: 'RandomNormal', args: [['stddev', times]] };
};
