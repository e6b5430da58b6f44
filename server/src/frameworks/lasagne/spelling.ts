/** How Lasagne spells a recommended initializer: by its class, whose gain multiplies the standard deviation, and as a formula. */
import type { Recommendation } from '../../network/intent.ts';
import type { Parameter } from '../../network/network.ts';
import { isNumber } from '../../network/scalar.ts';
import { factor, fanOf, floatText, hasFormula, limitOf, ratio, target } from '../shared/recommended.ts';

/** A class of `lasagne.init` with its arguments. */
export interface Spelled {
  readonly className: string;
  readonly args: string;
}

/** √2 has a name of its own. */
const gainText = (gain: number): string => (Math.abs(gain * gain - 2) < 1e-6 ? "'relu'" : floatText(gain));

const withGain = (className: string, gain: number, always = false): Spelled => ({
  className,
  args: !always && Math.abs(gain - 1) < 1e-9 ? '' : `gain=${gainText(gain)}`,
});

/** The class whose fan, as Lasagne counts it, is brought to the signal's by the gain; undefined where that is no number. */
export const asCall = (to: Recommendation, param: Parameter): Spelled | undefined => {
  if (to.family === 'zeros') return { className: 'Constant', args: '0.0' };
  if (to.family === 'fixed') {
    return to.law === 'uniform'
      ? { className: 'Uniform', args: `range=${limitOf(to)}` }
      : { className: 'Normal', args: `std=${floatText(to.gain)}` };
  }
  if (to.family === 'identity') return undefined;
  if (to.family === 'orthogonal') return withGain('Orthogonal', to.gain);
  const { scale, mode } = target(to);
  const law = to.law === 'uniform' ? 'Uniform' : 'Normal';
  const signal = fanOf(param, mode);
  if (mode === 'fanAvg') {
    const correction = ratio(fanOf(param.frameworkFans, 'fanAvg'), signal) ?? 1;
    // A stride alone changes what one input feeds, not what Glorot means.
    const inputs = ratio(param.frameworkFans.fanIn, param.fanIn) ?? 1;
    return withGain(`Glorot${law}`, Math.sqrt(scale * (Math.abs(inputs - 1) < 1e-6 ? 1 : correction)));
  }
  const correction = ratio(param.frameworkFans.fanIn, signal);
  if (correction === undefined && param.frameworkFans.fanIn !== null && signal !== null) return undefined;
  // Lasagne's He without a gain is LeCun's: the gain is written even where it is 1.
  return withGain(`He${law}`, Math.sqrt(scale * (correction ?? 1)), true);
};

/** The formula over the fans' numbers; the factor is a float, since old Python divides integers without remainder. */
export const asFormula = (to: Recommendation, params: readonly Parameter[]): Spelled | undefined => {
  if (!hasFormula(to)) return undefined;
  const { scale, mode } = target(to);
  const fans = params.map((p) => (mode === 'fanAvg' ? [p.fanIn, p.fanOut] : [mode === 'fanIn' ? p.fanIn : p.fanOut]));
  const [first] = fans;
  const same = first?.every((fan) => fan !== null && isNumber(fan)) && fans.every((other) => other.every((fan, i) => fan === first[i]));
  if (!first || !same) return undefined;
  const sum = first.length === 1 ? String(first[0]) : `(${first.join(' + ')})`;
  // Glorot's average of two fans brings a 2; a uniform law reaches √3 standard deviations. A whole-number gain stays outside the root.
  const outside = to.family === 'glorot' && Number.isInteger(to.gain) ? to.gain : 1;
  const inside = (scale / (outside * outside)) * (mode === 'fanAvg' ? 2 : 1) * (to.law === 'uniform' ? 3 : 1);
  const root = `(${floatText(inside)} / ${sum}) ** 0.5`;
  const text = outside === 1 ? root : `${factor(outside)} * ${root}`;
  return to.law === 'uniform' ? { className: 'Uniform', args: `range=${text}` } : { className: 'Normal', args: `std=${text}` };
};
