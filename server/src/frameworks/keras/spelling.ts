/** How Keras spells a recommended initializer: as a string, as an object, and with the formula written out. */
import type { Law } from '../../network/distribution.ts';
import type { Recommendation } from '../../network/intent.ts';
import type { Parameter } from '../../network/network.ts';
import { add, constantValue, type Dim, div, isNumber } from '../../network/scalar.ts';

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
};

const plain = (className: string): Spelled => ({ className, args: [], ...(STRINGS[className] ? { string: STRINGS[className] } : {}) });

/** A number as Python writes a float, without noise in the last digits. */
export const floatText = (x: number): string => {
  const text = String(Number(x.toPrecision(6)));
  return /[.e]/.test(text) ? text : `${text}.0`;
};

type Mode = 'fanIn' | 'fanOut' | 'fanAvg';

const MODE_NAMES: Readonly<Record<Mode, string>> = { fanIn: 'fan_in', fanOut: 'fan_out', fanAvg: 'fan_avg' };

const DISTRIBUTIONS: Readonly<Record<Law, string>> = {
  uniform: 'uniform',
  normal: 'truncated_normal',
  truncatedNormal: 'truncated_normal',
};

const average = (a: Dim | null, b: Dim | null): Dim | null => (a === null || b === null ? null : div(add(a, b), 2));

const fanOf = (fans: { readonly fanIn: Dim | null; readonly fanOut: Dim | null }, mode: Mode): Dim | null =>
  mode === 'fanIn' ? fans.fanIn : mode === 'fanOut' ? fans.fanOut : average(fans.fanIn, fans.fanOut);

/** How much larger a framework's fan is than the signal's, if that is one number. */
const ratio = (framework: Dim | null, signal: Dim | null): number | undefined => {
  if (framework === null || signal === null || signal === 0) return undefined;
  const value = constantValue(div(framework, signal));
  return value !== undefined && value > 0 ? value : undefined;
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

const isOne = (x: number): boolean => Math.abs(x - 1) < 1e-9;

const scaling = (scale: number, mode: Mode, law: Law): Spelled => ({
  className: 'VarianceScaling',
  args: [
    ['scale', floatText(scale)],
    ['mode', MODE_NAMES[mode]],
    ['distribution', DISTRIBUTIONS[law]],
  ],
});

const slopeMatters = (to: Recommendation): boolean => to.family === 'he' && to.slope * to.slope > 0.025;

/** Variance times fan, and the fan, of a family. */
const target = (to: Recommendation): { readonly scale: number; readonly mode: Mode } => {
  switch (to.family) {
    case 'he':
      // A slope of .1 changes the variance by 1 %: the plain name is worth more than that.
      return { scale: (slopeMatters(to) ? 2 / (1 + to.slope * to.slope) : 2) * to.gain * to.gain, mode: to.mode };
    case 'glorot':
      return { scale: to.gain * to.gain, mode: 'fanAvg' };
    case 'lecun':
    case 'variance':
      return { scale: to.gain * to.gain, mode: to.mode };
    case 'orthogonal':
    case 'zeros':
      return { scale: 0, mode: 'fanIn' };
  }
};

const familyClass = (scale: number, mode: Mode, law: Law): string | undefined => {
  const suffix = law === 'uniform' ? 'Uniform' : 'Normal';
  if (mode === 'fanIn' && Math.abs(scale - 2) < 1e-9) return `He${suffix}`;
  if (mode === 'fanIn' && isOne(scale)) return `Lecun${suffix}`;
  if (mode === 'fanAvg' && isOne(scale)) return `Glorot${suffix}`;
  return undefined;
};

/** The framework's own initializer. */
export const asCall = (to: Recommendation, param: Parameter): Spelled => {
  if (to.family === 'zeros') return plain('Zeros');
  if (to.family === 'orthogonal')
    return isOne(to.gain) ? plain('Orthogonal') : { className: 'Orthogonal', args: [['gain', floatText(to.gain)]] };
  const wanted = target(to);
  const { scale, mode } = corrected(wanted.scale, wanted.mode, param);
  const known = familyClass(scale, mode, to.law);
  return known ? plain(known) : scaling(scale, mode, to.law);
};

/** Integers as they are, other factors as floats. */
const factor = (x: number): string => (Math.abs(x - Math.round(x)) < 1e-9 ? String(Math.round(x)) : floatText(x));

/**
 * The formula over the fans' numbers, e.g. `RandomNormal(stddev=(2 / 784) ** 0.5)`; with unknown or differing fans the variance over
 * the fan, which is the formula with the sizes left to Keras. Undefined where neither says more than the call.
 */
export const asFormula = (to: Recommendation, params: readonly Parameter[]): Spelled | undefined => {
  const [param] = params;
  if (!param || to.family === 'zeros' || to.family === 'orthogonal') return undefined;
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

const FAMILIES: Readonly<Record<Recommendation['family'], string>> = {
  he: 'He',
  glorot: 'Glorot',
  lecun: 'LeCun',
  orthogonal: 'orthogonal',
  variance: 'variance scaling',
  zeros: 'zeros',
};

/** As shown to people: 'He normal', '4 × Glorot uniform'. */
export const titleOf = (to: Recommendation): string => {
  const law = to.family === 'zeros' || to.family === 'orthogonal' ? '' : to.law === 'uniform' ? ' uniform' : ' normal';
  const gain = isOne(to.gain) ? '' : to.family === 'glorot' ? `${floatText(to.gain).replace(/\.0$/, '')} × ` : '';
  const tail = !isOne(to.gain) && to.family === 'orthogonal' ? `, gain ${Number(to.gain.toPrecision(4))}` : '';
  return `${gain}${FAMILIES[to.family]}${law}${tail}`;
};
