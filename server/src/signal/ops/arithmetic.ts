/**
 * Sums, products and scalings. A sum's cross terms are products of means (branches end in fresh zero-mean weights), except where
 * the same branch enters twice: every state knows the outputs it is a sum of.
 */

import { gaussianMoments } from '../../knowledge/gaussian.ts';
import type { Parameter } from '../../network/network.ts';
import { stepwise, summedSeries } from '../series.ts';
import { type Gradient, gaussianState, gradientOf, nearBy, placeOf, type Skewed, type State, sampleOf, scaled } from '../state.ts';
import { type Context, number, type OpSignal, type Outcome, type optionalMoments, outputsPerInput, parameterMoments } from './op.ts';
import { blended, damped } from './reach.ts';

/** Sums longer than this count as one new branch. */
const MAX_PARTS = 8;

const square = (x: number): number => x * x;

/** Of the same layers for other data of the same kind. */
const areTwins = ({ twins, inputs, inputIds }: Context, i: number, j: number): boolean => {
  const [a, b] = [(inputs[i] as State).q, (inputs[j] as State).q];
  return twins?.[i] !== undefined && twins[i] === twins[j] && inputIds[i] !== inputIds[j] && Math.abs(a - b) <= 1e-6 * (a + b);
};

/** Linear combination of the inputs. */
const combine = (c: Context, factors: readonly number[]): State => {
  const { inputs, inputIds } = c;
  let [m, q, r, u, sample, place, crosses, crossPairs] = [0, 0, 0, 0, 0, 0, 0, 0];
  inputs.forEach((x, i) => {
    const f = factors[i] as number;
    q += f * f * x.q;
    r += f * f * x.r;
    u += f * f * x.u;
    for (let j = 0; j < i; j++) {
      const y = inputs[j] as State;
      const both = 2 * f * (factors[j] as number);
      const twins = areTwins(c, i, j);
      const [cross, crossR, crossSample, crossPlace] = twins
        ? [placeOf(x), x.r, x.r, placeOf(x)]
        : crossMoments(x, inputIds[i] as number, y, inputIds[j] as number);
      q += both * cross;
      crosses += both * cross;
      crossPairs += both * crossSample;
      r += both * crossR;
      sample += both * crossSample;
      place += both * crossPlace;
    }
    sample += f * f * sampleOf(x);
    place += f * f * placeOf(x);
    m += f * x.m;
  });
  const weight = (x: State, i: number): number => (q > 0 ? (square(factors[i] as number) * x.q) / q : 0);
  q = Math.max(0, q);
  const parts = inputs.flatMap((x, i) =>
    partsOf(x, inputIds[i] as number).map((p) => ({ root: p.root, factor: p.factor * (factors[i] as number) })),
  );
  return gaussianState(
    { m, q, r: Math.min(q, r), u },
    {
      near: inputs.some((x) => x.near !== null) ? { sample: Math.min(q, sample), place: Math.min(q, place) } : null,
      profile: blended(inputs.map((x, i) => ({ profile: x.profile, share: weight(x, i) }))),
      series: summedSeries(inputs, factors, crosses, crossPairs),
      width: inputs.find((x) => x.width !== null)?.width ?? null,
      excess: inputs.reduce((sum, x, i) => sum + weight(x, i) * x.excess, 0),
      sensitivity: inputs.reduce((sum, x, i) => sum + weight(x, i) * x.sensitivity, 0),
      logVariance: inputs.reduce((sum, x, i) => sum + square(weight(x, i)) * x.logVariance, 0),
      parts: parts.length <= MAX_PARTS ? parts : null,
      skewed: skewedSum(inputs, factors, m, q),
      pairs: inputs.find((x) => x.pairs !== null)?.pairs ?? null,
    },
  );
};

/** One input is φ of a Gaussian, the others are Gaussian: what makes the sum other than a Gaussian of its moments. */
const skewedSum = (inputs: readonly State[], factors: readonly number[], m: number, q: number): Skewed | null => {
  const bent = inputs.filter((x) => x.source !== null && x.source.kernel.activation.family !== 'linear');
  const [x] = bent;
  if (bent.length !== 1 || !x?.source || inputs.length < 2) return null;
  const scale = factors[inputs.indexOf(x)] as number;
  const { kernel, m: from, v } = x.source;
  const own = gaussianMoments(kernel, from, v);
  // φ(z) is scaled to the moments that the state has, in case they are not of a Gaussian alone.
  const variance = x.q - x.m * x.m;
  const plain = own.second - own.mean * own.mean;
  if (!(plain > 0) || !(variance > 0)) return null;
  const stretch = scale * Math.sqrt(variance / plain);
  const rest = q - m * m - stretch * stretch * plain;
  return rest > 0 ? { kernel, m: from, v, scale: stretch, mean: m - stretch * own.mean, variance: rest } : null;
};

const partsOf = (x: State, id: number): readonly { readonly root: number; readonly factor: number }[] =>
  x.parts ?? [{ root: id, factor: 1 }];

/** E[xy] of one element and of the pairs (r, sample, place) of two inputs: products of means, plus what shared branches add. */
const crossMoments = (x: State, xId: number, y: State, yId: number): readonly [number, number, number, number] => {
  if (xId === yId) return [x.q, x.r, sampleOf(x), placeOf(x)];
  const means = x.m * y.m;
  let [cross, crossR, crossSample, crossPlace] = [means, means, means, means];
  const px = x.parts;
  const py = y.parts;
  // One is a part of the other: x + (x + f(x)).
  const inside = (whole: typeof px, id: number, part: State): void => {
    for (const p of whole ?? []) {
      if (p.root !== id) continue;
      cross += p.factor * (part.q - square(part.m));
      crossR += p.factor * (part.r - square(part.m));
      crossSample += p.factor * (sampleOf(part) - square(part.m));
      crossPlace += p.factor * (placeOf(part) - square(part.m));
    }
  };
  inside(px, yId, y);
  inside(py, xId, x);
  return [cross, crossR, crossSample, crossPlace];
};

const linear = (
  factors: (n: number) => readonly number[],
): { forward: (c: Context) => Outcome; backward: (c: Context, g: Gradient) => Gradient[] } => ({
  forward: (c) => combine(c, factors(c.inputs.length)),
  backward: (c, gradient) =>
    factors(c.inputs.length).map((f, i) => {
      const outputs = outputsPerInput(c, i);
      const factor = f * f * outputs;
      const plain = scaled(gradient, factor);
      // What lies along the sum lies along its terms by their share in it.
      const slant = gradient.slant === 0 || outputs !== 1 ? 0 : gradient.slant * factor * shareOf(c, factors(c.inputs.length), i);
      const sent = slant === 0 ? plain : gradientOf(plain.g, { ...plain, slant });
      const { chosen } = gradient;
      // What was chosen by the value of the skip matters to the activation that made the skip.
      if (chosen === null || c.inputs[i]?.source === null) return sent;
      return gradientOf(sent.g, { ...sent, chosen: { g: chosen.g * factor, slope: chosen.slope } });
    }),
});

/** Of the variance of a sum. */
const shareOf = (c: Context, factors: readonly number[], i: number): number => {
  const variance = (x: State, k: number): number => square(factors[k] as number) * Math.max(0, x.q - square(x.m));
  const total = c.inputs.reduce((all, x, k) => all + variance(x, k), 0);
  return total > 0 ? variance(c.inputs[i] as State, i) / total : 0;
};

const sum = linear((n) => Array.from({ length: n }, () => 1));
const difference = linear((n) => Array.from({ length: n }, (_, i) => (i === 0 ? 1 : -1)));
const mean = linear((n) => Array.from({ length: n }, () => 1 / n));

export const add: OpSignal<'add'> = { forward: (_, c) => sum.forward(c), backward: (_, c, g) => sum.backward(c, g) };
export const sub: OpSignal<'sub'> = { forward: (_, c) => difference.forward(c), backward: (_, c, g) => difference.backward(c, g) };
export const average: OpSignal<'average'> = { forward: (_, c) => mean.forward(c), backward: (_, c, g) => mean.backward(c, g) };

/** x·x of a Gaussian: E x⁴ = m⁴ + 6m²v + 3v². */
const squareOf = (x: State): State => {
  const v = x.q - square(x.m);
  const cov = x.r - square(x.m);
  return gaussianState(
    {
      m: x.q,
      q: square(square(x.m)) + 6 * square(x.m) * v + 3 * v * v,
      r: square(x.q) + 2 * cov * cov + 4 * square(x.m) * cov,
      u: 0,
    },
    { width: x.width, sensitivity: 2 * x.sensitivity, logVariance: 4 * x.logVariance },
  );
};

/** The factor has all units and one value for all positions. */
const overPositionsOnly = (c: Context, i: number): boolean => {
  const [shape, to] = [c.inputShapes[i], c.shape];
  if (!shape || !to || shape.length > to.length || to.length < 3) return false;
  const unit = c.inputs.find((x) => x.unit !== null)?.unit ?? (to.length === 3 ? 2 : 1);
  const at = unit - (to.length - shape.length);
  return at >= 0 && shape[at] === to[unit];
};

/** What of a gradient, alike at all positions, lies along the other factor: by the slant of the product, of which it is a part. */
const alongProduct = (c: Context, i: number, gradient: Gradient): number => {
  const [other] = c.inputs.filter((_, k) => k !== i);
  const own = c.inputs[i];
  if (c.inputs.length !== 2 || other === undefined || own === undefined || !(own.q > 0)) return 0;
  return (gradient.slant * other.q * square(own.m)) / own.q;
};

/** Independent factors multiply. */
export const mul: OpSignal<'mul'> = {
  forward: (_, c) => {
    const [a, b] = c.inputs;
    if (c.inputs.length === 2 && a !== undefined && c.inputIds[0] === c.inputIds[1]) return squareOf(a);
    if (a === undefined || b === undefined) return a ?? 'a product of nothing';
    const product = (f: (x: State) => number): number => c.inputs.reduce((p, x) => p * f(x), 1);
    const total = (f: (x: State) => number): number => c.inputs.reduce((s, x) => s + f(x), 0);
    return gaussianState(
      { m: product((x) => x.m), q: product((x) => x.q), r: product((x) => x.r), u: 0 },
      {
        near: c.inputs.some((x) => x.near !== null) ? { sample: product(sampleOf), place: product(placeOf) } : null,
        width: a.width ?? b.width,
        excess: product((x) => x.excess + 1) - 1,
        sensitivity: total((x) => x.sensitivity),
        logVariance: total((x) => x.logVariance),
      },
    );
  },
  backward: (_, c, gradient) =>
    c.inputs.map((_x, i) => {
      const all = (f: (y: State) => number): number => c.inputs.reduce((p, y, j) => (j === i ? p : p * f(y)), 1);
      const same = c.inputs.length === 2 && c.inputIds[0] === c.inputIds[1] ? 2 : 1;
      const outputs = outputsPerInput(c, i);
      const alike = gradient.tokens * all(sampleOf) * same;
      const g = gradient.g * all((y) => y.q) * same;
      // One factor for all positions gathers from them, and alike gradients do not average out.
      const gathers = outputs > 1 && gradient.tokens > 0 && overPositionsOnly(c, i);
      const together = gathers ? outputs * (outputs - 1) * (alike + alongProduct(c, i, gradient)) : 0;
      return gradientOf(outputs * g + together, { tokens: outputs === 1 ? alike : 0, unstable: gradient.unstable });
    }),
};

export const affine: OpSignal<'affine'> = {
  forward: (op, c) => {
    const [f, o] = [number(op.factor, c), number(op.offset, c)];
    if (f === undefined || o === undefined) return 'the factor is not known';
    const x = c.inputs[0] as State;
    const shift = 2 * f * o * x.m + o * o;
    const q = f * f * x.q + shift;
    const kept = q > 0 ? (f * f * x.q) / q : 0;
    return gaussianState(
      { m: f * x.m + o, q, r: f * f * x.r + shift, u: f * f * x.u },
      {
        width: x.width,
        excess: x.excess,
        sensitivity: x.sensitivity * kept,
        logVariance: x.logVariance * kept * kept,
        near: nearBy(x, (pair) => f * f * pair + shift),
        series: stepwise(
          x.series,
          (pair) => f * f * pair + shift,
          (pair) => f * f * pair + shift,
        ),
        profile: damped(x.profile, kept),
        pairs: x.pairs === null ? null : { last: f * f * x.pairs.last + shift, first: f * f * x.pairs.first + shift },
        parts: o === 0 ? partsOf(x, c.inputIds[0] as number).map((p) => ({ root: p.root, factor: p.factor * f })) : null,
      },
    );
  },
  backward: (op, c, gradient) => {
    const f = number(op.factor, c);
    return [f === undefined ? null : scaled(gradient, f * f)];
  },
};

/** x ⊙ γ, the same γ for all samples. */
export const scale: OpSignal<'scale'> = {
  forward: (_, c) => {
    const gamma = scaleMoments(c);
    if (typeof gamma === 'string') return gamma;
    const x = c.inputs[0] as State;
    const g2 = gamma.variance + square(gamma.mean);
    return gaussianState(
      { m: x.m * gamma.mean, q: x.q * g2, r: x.r * g2, u: x.u * square(gamma.mean) },
      {
        width: x.width,
        excess: x.excess,
        sensitivity: x.sensitivity,
        logVariance: x.logVariance,
        near: nearBy(x, (pair) => pair * g2),
        series: stepwise(
          x.series,
          (pair) => pair * g2,
          (pair) => pair * g2,
        ),
        profile: x.profile,
      },
    );
  },
  backward: (_, c, gradient) => {
    const gamma = scaleMoments(c);
    return [typeof gamma === 'string' ? null : scaled(gradient, gamma.variance + square(gamma.mean))];
  },
};

const scaleMoments = (c: Context): ReturnType<typeof optionalMoments> => {
  const p = c.params[0];
  return p === undefined ? 'the scale has no parameter' : parameterMoments(p, c);
};

/** Whether a parameter has values of its own along an axis that is not that of the units. */
const overPositions = (p: Parameter, x: State, c: Context): boolean => {
  const [shape, to] = [p.shape, c.shape];
  if (shape === null || to === null || shape.length < 2 || shape.length > to.length || x.unit === null) return false;
  return shape.some((size, i) => {
    const axis = i + to.length - shape.length;
    return axis !== 0 && axis !== x.unit && size !== null && size !== 1;
  });
};

/** x + β. A position's value differs between tokens, a bias is shared by all samples. */
export const shift: OpSignal<'shift'> = {
  forward: (_, c) => {
    const p = c.params[0];
    if (p === undefined) return 'the shift has no parameter';
    const beta = parameterMoments(p, c);
    if (typeof beta === 'string') return beta;
    const x = c.inputs[0] as State;
    const second = beta.variance + square(beta.mean) + 2 * x.m * beta.mean;
    // Two positions draw apart, but one position is the same for all samples.
    const positional = p.role === 'position' || overPositions(p, x, c);
    const shared = positional ? square(beta.mean) + 2 * x.m * beta.mean : second;
    const q = x.q + second;
    const kept = q > 0 ? Math.max(0, x.q / q) : 0;
    return gaussianState(
      { m: x.m + beta.mean, q, r: x.r + shared, u: x.u },
      {
        width: x.width,
        excess: x.excess,
        sensitivity: x.sensitivity * kept,
        logVariance: x.logVariance * kept * kept,
        near: positional || x.near !== null ? { sample: sampleOf(x) + shared, place: placeOf(x) + second } : null,
        profile: damped(x.profile, kept),
      },
    );
  },
  backward: (_, c, gradient) => [scaled(gradient, outputsPerInput(c, 0))],
};

/** What is left of a mean to call it none: rounding. */
const NO_MEAN = 1e-9;

/**
 * x ⊙ cos θ + x′ ⊙ sin θ keeps the length of each pair, and so q where both units have no mean and nothing in common; else what comes out
 * hangs on the angles. What two positions share is taken as unturned, as most pairs turn slowly.
 */
export const rotate: OpSignal<'rotate'> = {
  forward: (_, c) => {
    const x = c.inputs[0] as State;
    if (square(x.m) + Math.abs(x.u) > NO_MEAN * x.q) return 'a mean is turned by angles that are not known';
    return gaussianState(x, { ...x, parts: null, source: null, skewed: null, profile: null });
  },
  backward: (_, _c, gradient) => [gradient],
};
