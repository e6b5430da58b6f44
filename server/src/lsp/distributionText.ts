/** A distribution in words and Unicode formulas, for hovers: what a reader of the papers would write. */
import type { Distribution, Law } from '../network/distribution.ts';
import { formatScalar, isNumber, mul, type Scalar } from '../network/scalar.ts';
import { superscript } from '../text/figures.ts';

const SCHEME: Readonly<Record<string, string>> = {
  '2 fanIn': 'He',
  '2 fanOut': 'He (fan_out)',
  '1 fanAvg': 'Glorot',
  '1 fanIn': 'LeCun',
};

const LAW: Readonly<Record<Law, string>> = { uniform: 'uniform', normal: 'normal', truncatedNormal: 'truncated normal' };

/** The fan under the variance's numerator, and what the numerator is multiplied by: an average of two is a half of their sum. */
const FAN = {
  fanIn: { text: 'fan_in', factor: 1 },
  fanOut: { text: 'fan_out', factor: 1 },
  fanAvg: { text: '(fan_in + fan_out)', factor: 2 },
} as const;

/** Four significant digits, no trailing zeros, real minus sign; an exponent only where it saves space. */
export const figure = (x: number): string => {
  if (!Number.isFinite(x)) return x > 0 ? '∞' : x < 0 ? '−∞' : 'unknown';
  const size = Math.abs(x);
  const text = size !== 0 && (size < 1e-3 || size >= 1e5) ? x.toExponential(2) : String(Number(x.toPrecision(4)));
  return text.replace(/e(.+)$/, (_, exponent: string) => `·10${superscript(Number(exponent))}`).replace('-', '−');
};

const scalar = (x: Scalar): string => (isNumber(x) ? figure(x) : formatScalar(x));

/** The scheme's name where it has one: 'He normal'. */
export const schemeOf = (distribution: Distribution): string | null => {
  if (distribution.kind !== 'varianceScaling' || !isNumber(distribution.scale)) return null;
  const name = SCHEME[`${Number(distribution.scale.toPrecision(6))} ${distribution.mode}`];
  return name === undefined ? null : `${name} ${LAW[distribution.law]}`;
};

export const formulaOf = (distribution: Distribution): string => {
  switch (distribution.kind) {
    case 'constant':
      return `all ${scalar(distribution.value)}`;
    case 'uniform':
      return `U(${scalar(distribution.low)}, ${scalar(distribution.high)})`;
    case 'normal':
      return `N(${scalar(distribution.mean)}, σ = ${scalar(distribution.std)})`;
    case 'truncatedNormal':
      return `N(${scalar(distribution.mean)}, σ = ${scalar(distribution.std)}) cut to [${scalar(distribution.low)}, ${scalar(distribution.high)}]`;
    case 'varianceScaling': {
      const { text, factor } = FAN[distribution.mode];
      const over = (times: number) => scalar(mul(times * factor, distribution.scale));
      // A uniform on ±b has variance b²/3.
      if (distribution.law === 'uniform') return `U(±√(${over(3)} / ${text}))`;
      const cut = distribution.law === 'truncatedNormal' ? ` cut to ±2σ${distribution.corrected ? ', corrected' : ''}` : '';
      return `N(0, σ² = ${over(1)} / ${text})${cut}`;
    }
    case 'orthogonal':
      return `orthogonal × ${scalar(distribution.gain)}`;
    case 'identity':
      return `identity × ${scalar(distribution.gain)}`;
    case 'dirac':
      return 'dirac (passes channels through)';
    case 'sparse':
      return `sparse, a share of ${scalar(distribution.density)} drawn from N(0, σ = ${scalar(distribution.std)})`;
    case 'affine': {
      const factor = distribution.factor === 1 ? '' : `${scalar(distribution.factor)} · `;
      const offset = distribution.offset === 0 ? '' : ` + ${scalar(distribution.offset)}`;
      return `${factor}${formulaOf(distribution.of)}${offset}`;
    }
    case 'blocks':
      return distribution.blocks.map((block) => `${formulaOf(block.distribution)} for a share of ${scalar(block.share)}`).join('; ');
    case 'data':
      return `loaded: ${distribution.what}`;
    case 'uninitialized':
      return 'uninitialised memory';
    case 'unknown':
      return `unknown: ${distribution.reason}`;
  }
};
