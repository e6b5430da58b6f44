/**
 * The activations, one row each: φ, φ′, what it is like, which initializer belongs to it and who says so. Checked row by row
 * against golden/gains.json.
 */

import { erf, normalCdf, normalDensity } from '../network/normal.ts';
import type { Scalar } from '../network/scalar.ts';
import type { Activation, Args, GaussianMoments, Piece } from './activation.ts';

const HE = 'He, Zhang, Ren & Sun 2015, arXiv:1502.01852';
const GLOROT = 'Glorot & Bengio 2010, AISTATS';
const DERIVED = 'He et al. 2015, arXiv:1502.01852, with E[φ²] of this function';

type Row = Omit<Activation, 'defaults' | 'bends' | 'saturating' | 'recommended' | 'citation'> &
  Partial<Pick<Activation, 'defaults' | 'bends' | 'saturating' | 'recommended' | 'citation'>>;

const NO_BENDS = { at: [], width: 1 };
const AT_ZERO = { at: [0], width: 1 };

const row = (r: Row): Activation => ({
  defaults: {},
  bends: () => AT_ZERO,
  saturating: false,
  recommended: { family: 'variance', gain: 'forward' },
  citation: DERIVED,
  ...r,
});

/** A piecewise linear row: value, derivative and bends follow from the pieces. */
const linearPieces = (r: Omit<Row, 'value' | 'derivative'> & { pieces: (args: Args) => readonly Piece[] }): Activation => {
  const pieceAt = (x: number, args: Args): Piece => {
    // A loop: integrals over thousands of points come through here.
    const pieces = r.pieces(args);
    for (const p of pieces) if (x < p.to) return p;
    return pieces.at(-1) as Piece;
  };
  return row({
    ...r,
    value: (x, args) => {
      const p = pieceAt(x, args);
      return p.slope === 0 ? p.intercept : p.intercept + p.slope * x;
    },
    derivative: (x, args) => pieceAt(x, args).slope,
    bends: (args) => ({
      at: r
        .pieces(args)
        .slice(1)
        .map((p) => p.from),
      width: Number.POSITIVE_INFINITY,
    }),
  });
};

const INF = Number.POSITIVE_INFINITY;
const piece = (from: number, to: number, intercept: number, slope: number): Piece => ({ from, to, intercept, slope });
/** x ≥ 0 ? x : a·x */
const rectifier = (a: number): readonly Piece[] => [piece(-INF, 0, 0, a), piece(0, INF, 0, 1)];
/** clip(intercept + slope·x, low, high), slope > 0 */
const clip = (intercept: number, slope: number, low: number, high: number): readonly Piece[] => [
  piece(-INF, (low - intercept) / slope, low, 0),
  piece((low - intercept) / slope, (high - intercept) / slope, intercept, slope),
  piece((high - intercept) / slope, INF, high, 0),
];

const arg = (args: Args, name: string): number => args[name] ?? 0;
const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
const sigmoidSlope = (x: number): number => {
  const e = Math.exp(-Math.abs(x));
  return e / ((1 + e) * (1 + e));
};
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const tanhSlope = (x: number): number => 4 * sigmoidSlope(2 * x);
const eluValue = (x: number, a: number): number => (x > 0 ? x : a * Math.expm1(x));

/** Klambauer et al. 2017, eq. 14: the pair that makes (0, 1) a fixed point of mean and variance. */
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

const GELU_C = Math.sqrt(2 / Math.PI);
const geluTanhInner = (x: number): number => GELU_C * (x + 0.044715 * x * x * x);

/** sin(w·x + shift) and its relatives by the characteristic function E[e^{iwx}] = e^{iwm − w²v/2}. */
const sineMoments = (m: number, v: number, w: number, phase: number): GaussianMoments => {
  const wave = (k: number, f: (x: number) => number): number => Math.exp(-0.5 * k * k * w * w * v) * f(k * (w * m + phase));
  const cos2 = wave(2, Math.cos);
  const cos4 = wave(4, Math.cos);
  // ∂/∂v of (1 − e^{−2w²v}cos 2(wm + p))/2
  const response = w * w * cos2;
  return {
    mean: wave(1, Math.sin),
    second: (1 - cos2) / 2,
    derivativeSecond: (w * w * (1 + cos2)) / 2,
    derivativeMean: w * wave(1, Math.cos),
    fourth: (3 - 4 * cos2 + cos4) / 8,
    response,
  };
};

/** exp by the log-normal's moments. */
const exponentialMoments = (m: number, v: number): GaussianMoments => {
  const second = Math.exp(2 * m + 2 * v);
  const mean = Math.exp(m + v / 2);
  return { mean, second, derivativeSecond: second, derivativeMean: mean, fourth: Math.exp(4 * m + 8 * v), response: 2 * second };
};

/** x² by the moments of the normal. */
const squareMoments = (m: number, v: number): GaussianMoments => {
  const m2 = m * m;
  const second = m2 * m2 + 6 * m2 * v + 3 * v * v;
  const fourth = m2 ** 4 + 28 * m2 ** 3 * v + 210 * m2 * m2 * v * v + 420 * m2 * v ** 3 + 105 * v ** 4;
  return { mean: m2 + v, second, derivativeSecond: 4 * (m2 + v), derivativeMean: 2 * m, fourth, response: 6 * m2 + 6 * v };
};

const GLOROT_PLAIN = { family: 'glorot', gain: 1 } as const;
const HE_PLAIN = { family: 'he', gain: 1 } as const;

const ROWS: readonly Activation[] = [
  linearPieces({
    name: 'linear',
    title: 'linear',
    formula: 'x',
    family: 'linear',
    pieces: () => [piece(-INF, INF, 0, 1)],
    recommended: GLOROT_PLAIN,
    citation: GLOROT,
  }),
  row({
    name: 'sigmoid',
    title: 'sigmoid',
    formula: '1/(1 + e⁻ˣ)',
    family: 'sigmoid',
    saturating: true,
    value: sigmoid,
    derivative: sigmoidSlope,
    recommended: { family: 'glorot', gain: 4 },
    citation: 'Glorot & Bengio 2010, AISTATS; Bengio 2012, arXiv:1206.5533',
  }),
  linearPieces({
    name: 'hardSigmoid',
    title: 'hard sigmoid',
    formula: 'clip(x/6 + ½, 0, 1)',
    family: 'sigmoid',
    saturating: true,
    pieces: () => clip(0.5, 1 / 6, 0, 1),
  }),
  linearPieces({
    name: 'hardSigmoid02',
    title: 'hard sigmoid',
    formula: 'clip(x/5 + ½, 0, 1)',
    family: 'sigmoid',
    saturating: true,
    pieces: () => clip(0.5, 0.2, 0, 1),
  }),
  row({
    name: 'tanh',
    title: 'tanh',
    formula: 'tanh x',
    family: 'tanh',
    saturating: true,
    value: Math.tanh,
    derivative: tanhSlope,
    recommended: GLOROT_PLAIN,
    citation: GLOROT,
  }),
  row({
    name: 'scaledTanh',
    title: 'scaled tanh',
    formula: '1.7159·tanh(⅔x)',
    defaults: { scaleIn: 2 / 3, scaleOut: 1.7159 },
    family: 'tanh',
    saturating: true,
    value: (x, a) => arg(a, 'scaleOut') * Math.tanh(arg(a, 'scaleIn') * x),
    derivative: (x, a) => arg(a, 'scaleOut') * arg(a, 'scaleIn') * tanhSlope(arg(a, 'scaleIn') * x),
    bends: (a) => ({ at: [0], width: 1 / Math.abs(arg(a, 'scaleIn')) }),
    recommended: { family: 'lecun', gain: 1 },
    citation: 'LeCun, Bottou, Orr & Müller 1998, Efficient BackProp',
  }),
  linearPieces({
    name: 'hardTanh',
    title: 'hard tanh',
    formula: 'clip(x, −1, 1)',
    defaults: { min: -1, max: 1 },
    family: 'tanh',
    saturating: true,
    pieces: (a) => clip(0, 1, arg(a, 'min'), arg(a, 'max')),
    recommended: GLOROT_PLAIN,
    citation: GLOROT,
  }),
  row({
    name: 'softsign',
    title: 'softsign',
    formula: 'x/(1 + |x|)',
    family: 'tanh',
    saturating: true,
    value: (x) => x / (1 + Math.abs(x)),
    derivative: (x) => 1 / (1 + Math.abs(x)) ** 2,
    recommended: GLOROT_PLAIN,
    citation: GLOROT,
  }),
  row({
    name: 'atan',
    title: 'arctan',
    formula: 'arctan x',
    family: 'tanh',
    saturating: true,
    value: Math.atan,
    derivative: (x) => 1 / (1 + x * x),
    recommended: GLOROT_PLAIN,
    citation: GLOROT,
  }),
  linearPieces({
    name: 'relu',
    title: 'ReLU',
    formula: 'max(x, 0)',
    family: 'relu',
    pieces: () => rectifier(0),
    recommended: HE_PLAIN,
    citation: HE,
  }),
  linearPieces({
    name: 'relu6',
    title: 'ReLU6',
    formula: 'min(max(x, 0), 6)',
    family: 'relu',
    pieces: () => clip(0, 1, 0, 6),
    recommended: HE_PLAIN,
    citation: HE,
  }),
  linearPieces({
    name: 'clippedRelu',
    title: 'clipped ReLU',
    formula: 'min(x ≥ θ ? x : a(x − θ), max)',
    defaults: { maxValue: INF, negativeSlope: 0, threshold: 0 },
    family: 'relu',
    pieces: (a) => {
      const [top, slope, theta] = [arg(a, 'maxValue'), arg(a, 'negativeSlope'), arg(a, 'threshold')];
      const low = piece(-INF, theta, -slope * theta, slope);
      if (!(top > theta)) return [low, piece(theta, INF, top, 0)];
      return Number.isFinite(top) ? [low, piece(theta, top, 0, 1), piece(top, INF, top, 0)] : [low, piece(theta, INF, 0, 1)];
    },
    recommended: { family: 'he', gain: 1, slopeArg: 'negativeSlope' },
    citation: HE,
  }),
  linearPieces({
    name: 'leakyRelu',
    title: 'leaky ReLU',
    formula: 'x ≥ 0 ? x : a·x',
    defaults: { negativeSlope: 0.01 },
    family: 'relu',
    pieces: (a) => rectifier(arg(a, 'negativeSlope')),
    recommended: { family: 'he', gain: 1, slopeArg: 'negativeSlope' },
    citation: `${HE}, eq. 15`,
  }),
  linearPieces({
    name: 'prelu',
    title: 'PReLU',
    formula: 'x ≥ 0 ? x : a·x, a learned',
    defaults: { slope: 0.25 },
    family: 'relu',
    pieces: (a) => rectifier(arg(a, 'slope')),
    recommended: { family: 'he', gain: 1, slopeArg: 'slope' },
    citation: `${HE}, eq. 15`,
  }),
  row({
    name: 'rrelu',
    title: 'RReLU',
    formula: 'x ≥ 0 ? x : a·x, a ~ U(lower, upper)',
    defaults: { lower: 1 / 8, upper: 1 / 3 },
    family: 'relu',
    // One slope for all draws: the root mean square keeps E[φ²] and E[φ′²] exact, and with them forward and backward scale.
    value: (x, a) => (x >= 0 ? x : rreluSlope(a) * x),
    derivative: (x, a) => (x >= 0 ? 1 : rreluSlope(a)),
    pieces: (a) => rectifier(rreluSlope(a)),
    recommended: HE_PLAIN,
    citation: 'Xu, Wang, Chen & Li 2015, arXiv:1505.00853',
  }),
  row({
    name: 'elu',
    title: 'ELU',
    formula: 'x > 0 ? x : α(eˣ − 1)',
    defaults: { alpha: 1 },
    family: 'smooth',
    value: (x, a) => eluValue(x, arg(a, 'alpha')),
    derivative: (x, a) => (x > 0 ? 1 : arg(a, 'alpha') * Math.exp(x)),
    citation: 'Clevert, Unterthiner & Hochreiter 2016, arXiv:1511.07289',
  }),
  row({
    name: 'celu',
    title: 'CELU',
    formula: 'max(0, x) + min(0, α(e^{x/α} − 1))',
    defaults: { alpha: 1 },
    family: 'smooth',
    value: (x, a) => eluValue(x / arg(a, 'alpha'), 1) * arg(a, 'alpha'),
    derivative: (x, a) => (x > 0 ? 1 : Math.exp(x / arg(a, 'alpha'))),
    bends: (a) => ({ at: [0], width: Math.abs(arg(a, 'alpha')) }),
    citation: 'Barron 2017, arXiv:1704.07483',
  }),
  row({
    name: 'selu',
    title: 'SELU',
    formula: 'λ(x > 0 ? x : α(eˣ − 1))',
    family: 'selu',
    value: (x) => SELU_SCALE * eluValue(x, SELU_ALPHA),
    derivative: (x) => SELU_SCALE * (x > 0 ? 1 : SELU_ALPHA * Math.exp(x)),
    recommended: { family: 'lecun', gain: 1 },
    citation: 'Klambauer, Unterthiner, Mayr & Hochreiter 2017, arXiv:1706.02515',
  }),
  row({
    name: 'gelu',
    title: 'GELU',
    formula: 'x·Φ(x)',
    family: 'smooth',
    value: (x) => x * normalCdf(x),
    derivative: (x) => normalCdf(x) + x * normalDensity(x),
    citation: 'Hendrycks & Gimpel 2016, arXiv:1606.08415; gain from E[φ²]',
  }),
  row({
    name: 'geluTanh',
    title: 'GELU (tanh)',
    formula: '½x(1 + tanh(√(2/π)(x + 0.044715x³)))',
    family: 'smooth',
    value: (x) => x * sigmoid(2 * geluTanhInner(x)),
    derivative: (x) => {
      const inner = 2 * geluTanhInner(x);
      return sigmoid(inner) + x * sigmoidSlope(inner) * 2 * GELU_C * (1 + 0.134145 * x * x);
    },
    citation: 'Hendrycks & Gimpel 2016, arXiv:1606.08415; gain from E[φ²]',
  }),
  row({
    name: 'quickGelu',
    title: 'quick GELU',
    formula: 'x·σ(1.702x)',
    family: 'smooth',
    value: (x) => x * sigmoid(1.702 * x),
    derivative: (x) => sigmoid(1.702 * x) + 1.702 * x * sigmoidSlope(1.702 * x),
    bends: () => ({ at: [0], width: 0.6 }),
    citation: 'Hendrycks & Gimpel 2016, arXiv:1606.08415; gain from E[φ²]',
  }),
  row({
    name: 'silu',
    title: 'SiLU',
    formula: 'x·σ(βx)',
    defaults: { beta: 1 },
    family: 'smooth',
    value: (x, a) => x * sigmoid(arg(a, 'beta') * x),
    derivative: (x, a) => {
      const b = arg(a, 'beta');
      return sigmoid(b * x) + b * x * sigmoidSlope(b * x);
    },
    bends: (a) => ({ at: [0], width: 1 / Math.max(1e-3, Math.abs(arg(a, 'beta'))) }),
    citation: 'Ramachandran, Zoph & Le 2017, arXiv:1710.05941; gain from E[φ²]',
  }),
  row({
    name: 'mish',
    title: 'Mish',
    formula: 'x·tanh(softplus(x))',
    family: 'smooth',
    value: (x) => x * Math.tanh(softplus(x)),
    derivative: (x) => Math.tanh(softplus(x)) + x * tanhSlope(softplus(x)) * sigmoid(x),
    citation: 'Misra 2019, arXiv:1908.08681; gain from E[φ²]',
  }),
  row({
    name: 'softplus',
    title: 'softplus',
    formula: 'ln(1 + e^{βx})/β',
    defaults: { beta: 1 },
    family: 'smooth',
    value: (x, a) => softplus(arg(a, 'beta') * x) / arg(a, 'beta'),
    derivative: (x, a) => sigmoid(arg(a, 'beta') * x),
    bends: (a) => ({ at: [0], width: 1 / Math.max(1e-3, Math.abs(arg(a, 'beta'))) }),
    citation: 'Dugas et al. 2001, NIPS; gain from E[φ²]',
  }),
  row({
    name: 'squareplus',
    title: 'squareplus',
    formula: '(x + √(x² + b))/2',
    defaults: { b: 4 },
    family: 'smooth',
    value: (x, a) => (x + Math.sqrt(x * x + arg(a, 'b'))) / 2,
    derivative: (x, a) => (1 + x / Math.sqrt(x * x + arg(a, 'b'))) / 2,
    bends: (a) => ({ at: [0], width: Math.sqrt(Math.max(1e-6, arg(a, 'b'))) }),
    citation: 'Barron 2021, arXiv:2112.11687; gain from E[φ²]',
  }),
  row({
    name: 'sparsePlus',
    title: 'sparse plus',
    formula: 'x ≤ −1: 0; x ≥ 1: x; else (x + 1)²/4',
    family: 'smooth',
    value: (x) => (x <= -1 ? 0 : x >= 1 ? x : (x + 1) ** 2 / 4),
    derivative: (x) => (x <= -1 ? 0 : x >= 1 ? 1 : (x + 1) / 2),
    bends: () => ({ at: [-1, 1], width: INF }),
  }),
  linearPieces({
    name: 'sparseSigmoid',
    title: 'sparse sigmoid',
    formula: 'clip((x + 1)/2, 0, 1)',
    family: 'sigmoid',
    saturating: true,
    pieces: () => clip(0.5, 0.5, 0, 1),
  }),
  row({
    name: 'hardSwish',
    title: 'hard swish',
    formula: 'x·ReLU6(x + 3)/6',
    family: 'smooth',
    value: (x) => (x <= -3 ? 0 : x >= 3 ? x : (x * (x + 3)) / 6),
    derivative: (x) => (x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6),
    bends: () => ({ at: [-3, 3], width: INF }),
    citation: 'Howard et al. 2019, arXiv:1905.02244; gain from E[φ²]',
  }),
  row({
    name: 'erf',
    title: 'erf',
    formula: 'erf x',
    family: 'tanh',
    saturating: true,
    value: erf,
    derivative: (x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x),
    recommended: GLOROT_PLAIN,
    citation: 'Williams 1997, NIPS; Poole et al. 2016, arXiv:1606.05340',
  }),
  row({
    name: 'sin',
    title: 'sine',
    formula: 'sin(ω₀x)',
    defaults: { w0: 1 },
    family: 'periodic',
    value: (x, a) => Math.sin(arg(a, 'w0') * x),
    derivative: (x, a) => arg(a, 'w0') * Math.cos(arg(a, 'w0') * x),
    bends: () => NO_BENDS,
    moments: (m, v, a) => sineMoments(m, v, arg(a, 'w0'), 0),
    citation: 'Sitzmann et al. 2020, arXiv:2006.09661',
  }),
  row({
    name: 'cos',
    title: 'cosine',
    formula: 'cos(ω₀x)',
    defaults: { w0: 1 },
    family: 'periodic',
    value: (x, a) => Math.cos(arg(a, 'w0') * x),
    derivative: (x, a) => -arg(a, 'w0') * Math.sin(arg(a, 'w0') * x),
    bends: () => NO_BENDS,
    moments: (m, v, a) => sineMoments(m, v, arg(a, 'w0'), Math.PI / 2),
    citation: 'Sitzmann et al. 2020, arXiv:2006.09661',
  }),
  row({
    name: 'gaussian',
    title: 'Gaussian',
    formula: 'e^{−x²}',
    family: 'step',
    saturating: true,
    value: (x) => Math.exp(-x * x),
    derivative: (x) => -2 * x * Math.exp(-x * x),
  }),
  row({
    name: 'exp',
    title: 'exponential',
    formula: 'eˣ',
    family: 'growing',
    value: Math.exp,
    derivative: Math.exp,
    bends: () => NO_BENDS,
    moments: exponentialMoments,
  }),
  linearPieces({ name: 'abs', title: 'absolute value', formula: '|x|', family: 'smooth', pieces: () => rectifier(-1) }),
  row({
    name: 'square',
    title: 'square',
    formula: 'x²',
    family: 'growing',
    value: (x) => x * x,
    derivative: (x) => 2 * x,
    bends: () => NO_BENDS,
    moments: squareMoments,
  }),
  row({
    name: 'squaredRelu',
    title: 'squared ReLU',
    formula: 'max(x, 0)²',
    family: 'growing',
    value: (x) => (x > 0 ? x * x : 0),
    derivative: (x) => (x > 0 ? 2 * x : 0),
    bends: () => ({ at: [0], width: INF }),
    citation: 'So et al. 2021, arXiv:2109.08668; gain from E[φ²]',
  }),
  row({
    name: 'logSigmoid',
    title: 'log sigmoid',
    formula: 'ln σ(x)',
    family: 'smooth',
    value: (x) => -softplus(-x),
    derivative: (x) => sigmoid(-x),
  }),
  row({
    name: 'tanhshrink',
    title: 'tanh shrink',
    formula: 'x − tanh x',
    family: 'shrink',
    // Near zero x − tanh x cancels: x³/3 − 2x⁵/15 + 17x⁷/315.
    value: (x) => (Math.abs(x) < 0.02 ? x ** 3 / 3 - (2 * x ** 5) / 15 + (17 * x ** 7) / 315 : x - Math.tanh(x)),
    derivative: (x) => Math.tanh(x) ** 2,
  }),
  linearPieces({
    name: 'hardshrink',
    title: 'hard shrink',
    formula: '|x| > λ ? x : 0',
    defaults: { lambda: 0.5 },
    family: 'shrink',
    pieces: (a) => [
      piece(-INF, -arg(a, 'lambda'), 0, 1),
      piece(-arg(a, 'lambda'), arg(a, 'lambda'), 0, 0),
      piece(arg(a, 'lambda'), INF, 0, 1),
    ],
  }),
  linearPieces({
    name: 'softshrink',
    title: 'soft shrink',
    formula: 'sign(x)·max(|x| − λ, 0)',
    defaults: { lambda: 0.5 },
    family: 'shrink',
    pieces: (a) => {
      const l = arg(a, 'lambda');
      return [piece(-INF, -l, l, 1), piece(-l, l, 0, 0), piece(l, INF, -l, 1)];
    },
  }),
  linearPieces({
    name: 'threshold',
    title: 'threshold',
    formula: 'x > θ ? x : value',
    defaults: { threshold: 0, value: 0 },
    family: 'relu',
    pieces: (a) => [piece(-INF, arg(a, 'threshold'), arg(a, 'value'), 0), piece(arg(a, 'threshold'), INF, 0, 1)],
    recommended: HE_PLAIN,
    citation: HE,
  }),
  linearPieces({
    name: 'sign',
    title: 'sign',
    formula: 'sign x',
    family: 'step',
    saturating: true,
    pieces: () => [piece(-INF, 0, -1, 0), piece(0, INF, 1, 0)],
  }),
  linearPieces({
    name: 'step',
    title: 'step',
    formula: 'x ≥ 0 ? 1 : 0',
    family: 'step',
    saturating: true,
    pieces: () => [piece(-INF, 0, 0, 0), piece(0, INF, 1, 0)],
  }),
];

/** √E[a²] of a slope drawn from U(lower, upper). */
function rreluSlope(args: Args): number {
  const [l, u] = [arg(args, 'lower'), arg(args, 'upper')];
  return Math.sqrt((l * l + l * u + u * u) / 3);
}

export const ACTIVATIONS: ReadonlyMap<string, Activation> = new Map(ROWS.map((r) => [r.name, r]));

/** Arguments with defaults filled in; undefined where one is a symbol. */
export const resolveArgs = (activation: Activation, given: Readonly<Record<string, Scalar>>): Args | undefined => {
  const args: Record<string, number> = { ...activation.defaults };
  for (const [name, value] of Object.entries(given)) {
    if (typeof value !== 'number') return undefined;
    args[name] = value;
  }
  return args;
};

/** The row of that name. */
export const activationRow = (name: string): Activation | undefined => ACTIVATIONS.get(name);
