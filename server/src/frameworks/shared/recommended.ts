/** What a recommendation says in numbers and words, whichever framework spells it: variance times fan, and its title. */
import type { Recommendation } from '../../network/intent.ts';
import { add, constantValue, type Dim, div } from '../../network/scalar.ts';

/** A number as Python writes a float, without noise in the last digits. */
export const floatText = (x: number): string => {
  const text = String(Number(x.toPrecision(6)));
  return /[.e]/.test(text) ? text : `${text}.0`;
};

export type Mode = 'fanIn' | 'fanOut' | 'fanAvg';

const average = (a: Dim | null, b: Dim | null): Dim | null => (a === null || b === null ? null : div(add(a, b), 2));

export const fanOf = (fans: { readonly fanIn: Dim | null; readonly fanOut: Dim | null }, mode: Mode): Dim | null =>
  mode === 'fanIn' ? fans.fanIn : mode === 'fanOut' ? fans.fanOut : average(fans.fanIn, fans.fanOut);

/** How much larger a framework's fan is than the signal's, if that is one number. */
export const ratio = (framework: Dim | null, signal: Dim | null): number | undefined => {
  if (framework === null || signal === null || signal === 0) return undefined;
  const value = constantValue(div(framework, signal));
  return value !== undefined && value > 0 ? value : undefined;
};

export const isOne = (x: number): boolean => Math.abs(x - 1) < 1e-9;

export const slopeMatters = (to: Recommendation): boolean => to.family === 'he' && to.slope * to.slope > 0.025;

/** Variance times fan, and the fan, of a family. */
export const target = (to: Recommendation): { readonly scale: number; readonly mode: Mode } => {
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
    case 'fixed':
    case 'identity':
    case 'zeros':
      return { scale: 0, mode: 'fanIn' };
  }
};

/** Integers as they are, other factors as floats. */
export const factor = (x: number): string => (Math.abs(x - Math.round(x)) < 1e-9 ? String(Math.round(x)) : floatText(x));

const FAMILIES: Readonly<Record<Recommendation['family'], string>> = {
  he: 'He',
  glorot: 'Glorot',
  lecun: 'LeCun',
  orthogonal: 'orthogonal',
  variance: 'variance scaling',
  fixed: 'fixed',
  identity: 'identity',
  zeros: 'zeros',
};

/** Whether a family's std is written with the fans. */
export const hasFormula = ({ family }: Recommendation): boolean =>
  family !== 'zeros' && family !== 'orthogonal' && family !== 'fixed' && family !== 'identity';

/** Half the width of a uniform law with this std. */
export const limitOf = (to: Recommendation): string => floatText(to.gain * Math.sqrt(3));

/** As shown to people: 'He normal', '4 × Glorot uniform'. */
export const titleOf = (to: Recommendation): string => {
  if (to.family === 'fixed')
    return to.law === 'uniform' ? `uniform ±${Number(limitOf(to))}` : `normal, std ${Number(to.gain.toPrecision(4))}`;
  const law =
    to.family === 'zeros' || to.family === 'identity' || to.family === 'orthogonal' ? '' : to.law === 'uniform' ? ' uniform' : ' normal';
  const gain = isOne(to.gain) ? '' : to.family === 'glorot' ? `${floatText(to.gain).replace(/\.0$/, '')} × ` : '';
  const tail =
    !isOne(to.gain) && (to.family === 'orthogonal' || to.family === 'identity') ? `, gain ${Number(to.gain.toPrecision(4))}` : '';
  return `${gain}${FAMILIES[to.family]}${law}${tail}`;
};
