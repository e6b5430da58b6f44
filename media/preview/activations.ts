/**
 * φ of every activation row of server/src/knowledge/activations.ts in tf.js ops, under the same names and defaults; a test compares
 * the two point by point. Only ops that every backend can differentiate, since φ′ and the gradient are taken by tf.js.
 */
import * as tf from '@tensorflow/tfjs-core';

type Args = Readonly<Record<string, number>>;

interface ActivationRow {
  readonly defaults: Args;
  readonly value: (x: tf.Tensor, args: Args) => tf.Tensor;
}

const arg = (args: Args, name: string): number => args[name] ?? 0;
const plain = (value: (x: tf.Tensor) => tf.Tensor): ActivationRow => ({ defaults: {}, value });
const given = (defaults: Args, value: (x: tf.Tensor, args: Args) => tf.Tensor): ActivationRow => ({ defaults, value });

/** clip(intercept + slope·x, low, high) */
const clip = (x: tf.Tensor, intercept: number, slope: number, low: number, high: number): tf.Tensor =>
  tf.clipByValue(tf.add(tf.mul(x, slope), intercept), low, high);

/** x ≥ 0 ? x : a·x as max(x, 0) − a·max(−x, 0), exact for any a. */
const rectifier = (x: tf.Tensor, a: number): tf.Tensor =>
  a === 0 ? tf.relu(x) : (tf.sub(tf.relu(x), tf.mul(a, tf.relu(tf.neg(x)))) as tf.Tensor);

/** max(x, 0) + ln(1 + e^−|x|): tf.softplus overflows in half precision and has no derivative on some backends for large x. */
const softplus = (x: tf.Tensor): tf.Tensor => tf.add(tf.relu(x), tf.log(tf.add(tf.exp(tf.neg(tf.abs(x))), 1)));

/** e^{min(x, 0)} − 1 by the identity 2·tanh(x/2)/(1 − tanh(x/2)), which keeps its digits near 0. */
const expm1Negative = (x: tf.Tensor): tf.Tensor => {
  const t = tf.tanh(tf.mul(tf.minimum(x, 0), 0.5));
  return tf.div(tf.mul(t, 2), tf.sub(1, t));
};

const elu = (x: tf.Tensor, alpha: number): tf.Tensor => tf.add(tf.relu(x), tf.mul(alpha, expm1Negative(x)));

/** Klambauer et al. 2017, arXiv:1706.02515, eq. 14. */
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** 1 where x > at, by tf.step: unlike a comparison it has a derivative (zero), so that tf.js can go backward through it. */
const above = (x: tf.Tensor, at: number): tf.Tensor => tf.step(tf.sub(x, at));
const notBelow = (x: tf.Tensor, at: number): tf.Tensor => tf.sub(1, tf.step(tf.sub(at, x)));

const ROWS: Readonly<Record<string, ActivationRow>> = {
  linear: plain((x) => tf.mul(x, 1)),
  sigmoid: plain((x) => tf.sigmoid(x)),
  hardSigmoid: plain((x) => clip(x, 0.5, 1 / 6, 0, 1)),
  hardSigmoid02: plain((x) => clip(x, 0.5, 0.2, 0, 1)),
  tanh: plain((x) => tf.tanh(x)),
  scaledTanh: given({ scaleIn: 2 / 3, scaleOut: 1.7159 }, (x, a) => tf.mul(arg(a, 'scaleOut'), tf.tanh(tf.mul(arg(a, 'scaleIn'), x)))),
  hardTanh: given({ min: -1, max: 1 }, (x, a) => clip(x, 0, 1, arg(a, 'min'), arg(a, 'max'))),
  softsign: plain((x) => tf.div(x, tf.add(tf.abs(x), 1))),
  atan: plain((x) => tf.atan(x)),
  relu: plain((x) => tf.relu(x)),
  relu6: plain((x) => clip(x, 0, 1, 0, 6)),
  clippedRelu: given({ maxValue: Number.POSITIVE_INFINITY, negativeSlope: 0, threshold: 0 }, (x, a) => {
    const shifted = tf.sub(x, arg(a, 'threshold'));
    const below = tf.mul(-arg(a, 'negativeSlope'), tf.relu(tf.neg(shifted)));
    const top = tf.add(tf.mul(notBelow(shifted, 0), x), below);
    return Number.isFinite(arg(a, 'maxValue')) ? tf.minimum(top, arg(a, 'maxValue')) : top;
  }),
  leakyRelu: given({ negativeSlope: 0.01 }, (x, a) => rectifier(x, arg(a, 'negativeSlope'))),
  prelu: given({ slope: 0.25 }, (x, a) => rectifier(x, arg(a, 'slope'))),
  rrelu: given({ lower: 1 / 8, upper: 1 / 3 }, (x, a) => {
    const [l, u] = [arg(a, 'lower'), arg(a, 'upper')];
    return rectifier(x, Math.sqrt((l * l + l * u + u * u) / 3));
  }),
  elu: given({ alpha: 1 }, (x, a) => elu(x, arg(a, 'alpha'))),
  celu: given({ alpha: 1 }, (x, a) => tf.mul(arg(a, 'alpha'), elu(tf.div(x, arg(a, 'alpha')), 1))),
  selu: plain((x) => tf.mul(SELU_SCALE, elu(x, SELU_ALPHA))),
  gelu: plain((x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1))),
  geluTanh: plain((x) => {
    const inner = tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.mul(x, tf.mul(x, x)))));
    return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
  }),
  quickGelu: plain((x) => tf.mul(x, tf.sigmoid(tf.mul(x, 1.702)))),
  silu: given({ beta: 1 }, (x, a) => tf.mul(x, tf.sigmoid(tf.mul(x, arg(a, 'beta'))))),
  mish: plain((x) => tf.mul(x, tf.tanh(softplus(x)))),
  softplus: given({ beta: 1 }, (x, a) => tf.div(softplus(tf.mul(x, arg(a, 'beta'))), arg(a, 'beta'))),
  squareplus: given({ b: 4 }, (x, a) => tf.mul(0.5, tf.add(x, tf.sqrt(tf.add(tf.square(x), arg(a, 'b')))))),
  sparsePlus: plain((x) => {
    const ramp = clip(x, 1, 1, 0, 2);
    return tf.add(tf.mul(0.25, tf.square(ramp)), tf.relu(tf.sub(x, 1)));
  }),
  sparseSigmoid: plain((x) => clip(x, 0.5, 0.5, 0, 1)),
  hardSwish: plain((x) => tf.mul(x, clip(x, 0.5, 1 / 6, 0, 1))),
  erf: plain((x) => tf.erf(x)),
  sin: given({ w0: 1 }, (x, a) => tf.sin(tf.mul(x, arg(a, 'w0')))),
  cos: given({ w0: 1 }, (x, a) => tf.cos(tf.mul(x, arg(a, 'w0')))),
  gaussian: plain((x) => tf.exp(tf.neg(tf.square(x)))),
  exp: plain((x) => tf.exp(x)),
  abs: plain((x) => tf.abs(x)),
  square: plain((x) => tf.square(x)),
  squaredRelu: plain((x) => tf.square(tf.relu(x))),
  logSigmoid: plain((x) => tf.neg(softplus(tf.neg(x)))),
  tanhshrink: plain((x) => tf.sub(x, tf.tanh(x))),
  hardshrink: given({ lambda: 0.5 }, (x, a) => tf.mul(above(tf.abs(x), arg(a, 'lambda')), x)),
  softshrink: given({ lambda: 0.5 }, (x, a) => {
    const l = arg(a, 'lambda');
    return tf.sub(tf.relu(tf.sub(x, l)), tf.relu(tf.sub(tf.neg(x), l)));
  }),
  threshold: given({ threshold: 0, value: 0 }, (x, a) => {
    const on = above(x, arg(a, 'threshold'));
    return tf.add(tf.mul(on, x), tf.mul(tf.sub(1, on), arg(a, 'value')));
  }),
  sign: plain((x) => tf.sign(x)),
  step: plain((x) => notBelow(x, 0)),
};

export const ACTIVATION_NAMES: readonly string[] = Object.keys(ROWS);
export const activationDefaults = (name: string): Args | undefined => ROWS[name]?.defaults;

/** φ by name, with its arguments; undefined where the name is not known here. */
export const activation = (name: string, args: Args = {}): ((x: tf.Tensor) => tf.Tensor) | undefined => {
  const row = ROWS[name];
  return row === undefined ? undefined : (x) => row.value(x, { ...row.defaults, ...args });
};
