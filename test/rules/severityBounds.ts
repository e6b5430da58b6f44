/** What a verdict has to be against the measurement, what a figure may be off, and the exceptions, each with its ground. */
import type { Severity } from '../../server/src/rules/rule.ts';
import { atLeast, decades, tableSeverity } from '../../server/src/rules/severity.ts';
import type { Judged } from './measuredSeverity.ts';

/** The furthest that anything moves from the first to the last layer, in decades; all that died is beyond all bounds. */
export const sizeOf = ({ gradient, G, signal }: Judged): number =>
  Math.max(
    0,
    ...[gradient, G, signal].filter((r) => r !== null).map(([median]) => (median === 0 ? Number.POSITIVE_INFINITY : decades(median))),
  );

/** Figures so near to a bound of the table belong to both sides. */
const SLACK = 0.3;

/** The worst that is said; silence is as mild as a hint. */
export const severityOf = (verdict: string): Severity =>
  verdict === '–' ? 'hint' : verdict.split(', ').reduce<Severity>((worst, one) => atLeast(worst, one.split(' ')[0] as Severity), 'hint');

export const isSensible = (p: Judged): boolean => {
  const size = sizeOf(p);
  const said = severityOf(p.verdict);
  return said === tableSeverity(Math.max(0, size - SLACK)) || said === tableSeverity(size + SLACK) || said === tableSeverity(size);
};

export interface Ground {
  readonly why: string;
  readonly covers: (p: Judged) => boolean;
}

const normed = (p: Judged): boolean => p.form === 'normalised' || p.form === 'pre-norm';

/** In the order of precedence of the rules; the first that covers a program is its ground. */
const ORDERED: readonly Ground[] = [
  { why: 'Units that start identical stay so: an error at any depth and behind any norm.', covers: (p) => p.rule === 'constant-weights' },
  {
    why: 'Behind a norm a draw is a hint at most: the norm holds the signal, weights are as good as rescaled, and what is left is the growth of the gradient that norms bring by themselves, which every draw has (Yang et al. 2019). In a stream that starts small beside large branches the first block’s gradient is the largest; nothing is said of that.',
    covers: (p) => normed(p) && severityOf(p.verdict) === 'hint',
  },
  {
    why: 'Factors count between the layers of a run; the one behind the last layer is left to the head.',
    covers: (p) => p.form === 'shallow' && p.rule === 'exploding-signal',
  },
  {
    why: 'Rules with a scale of their own: how large logits start, how many units are dead, how far an LSTM remembers.',
    covers: (p) => ['embedding-scale', 'dying-relu-risk', 'hidden-bias', 'forget-bias'].includes(p.rule),
  },
  {
    why: 'Stacks of recurrent layers are spoken of from three decades on: as frameworks draw them, two or three layers take one or two, and up to four LSTMs train (Wu et al. 2016).',
    covers: (p) => /^PyTorch's (GRU|RNN)$/.test(p.what),
  },
  {
    why: 'A pair that is plainly crossed by hand has a floor: sigmoid behind He is a warning, a gain that is not the activation’s an information.',
    covers: (p) =>
      [
        'saturating-with-he',
        'tanh-with-sigmoid-gain',
        'selu-without-lecun',
        'slope-mismatch',
        'wrong-nonlinearity',
        'sine-without-siren',
        'sparse-scale',
        'nonzero-mean-weights',
      ].includes(p.rule),
  },
];

export const GROUNDS: readonly Ground[] = ORDERED.map((ground, i) => ({
  ...ground,
  covers: (p) => ground.covers(p) && !ORDERED.slice(0, i).some((before) => before.covers(p)),
}));

/** Decades between a predicted figure and the measured median. */
export const TOLERANCE = 0.15;

/** Draws whose figures are further off, how far, and why. */
export const OFF: Readonly<Record<string, { readonly most: number; readonly why: string }>> = {
  'constant-weights: all weights 0.01': { most: 0.7, why: 'units are one unit: nothing is Gaussian, and few draws differ much' },
  'unit-normal-weights: N(0, 1) before tanh': {
    most: 2.1,
    why: 'a few units in a hundred are not saturated: the mean of a wide spread, not its median',
  },
  'nonzero-mean-weights: U(0, 1) before ReLU': { most: 0.5, why: 'units are nearly one unit' },
  "fan-mismatch: He by the framework's fan of transposed convolutions": { most: 0.7, why: 'borders of maps of 16 × 16, crossed 20 times' },
  "smooth-gain: PyTorch's default before SiLU": { most: 0.2, why: 'a batch of 64, of which BatchNorm takes part of the gradient' },
  "none: PyTorch's GRU": { most: 0.2, why: 'norms over 32 units, of which each takes two directions' },
  'dying-relu-risk: He before ReLU, 4 units': { most: 3.6, why: 'four units are no mean field, and most draws are dead' },
};

export interface Error {
  readonly figure: 'gradient' | 'signal' | 'rms';
  readonly predicted: number;
  readonly measured: number;
  readonly log: number;
}

/** Figures of a program that are off by more than `tolerance` decades; what is not known is not off. */
export const offIn = ({ predicted, gradient, signal, rms }: Judged, tolerance = TOLERANCE): readonly Error[] => {
  const pairs = [
    ['gradient', predicted.gradient, gradient?.[0]],
    ['signal', predicted.signal, signal?.[0]],
    ['rms', predicted.rms, rms],
  ] as const;
  return pairs.flatMap(([figure, p, m]) => {
    if (!p || !m) return [];
    const log = Math.log10(p / m);
    return Math.abs(log) > tolerance ? [{ figure, predicted: p, measured: m, log }] : [];
  });
};
