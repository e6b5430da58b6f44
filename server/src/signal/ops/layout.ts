/** Ops that move elements about or drop some of them: the moments of an element stay, gradients thin out or gather. */
import type { OpKind, OpOf } from '../../network/op.ts';
import { isNumber, type Shape } from '../../network/scalar.ts';
import { gradientStepwise, stepwise } from '../series.ts';
import { type Gradient, gaussianState, gradientOf, nearBy, type Profile, placeOf, type State, sampleOf, scaled } from '../state.ts';
import { type Context, elements, number, type OpSignal, outputsPerInput } from './op.ts';
import { blended } from './reach.ts';

/** The same tensor as another sum; built field by field, which is several times faster than a spread. */
const withParts = (x: State, parts: State['parts']): State => (x.parts === parts ? x : gaussianState(x, { ...x, parts }));

/** The same elements in another order. */
const same = <K extends OpKind>(): OpSignal<K> => ({
  forward: (_, c) => withParts(c.inputs[0] as State, null),
  backward: (_, _c, gradient) => [gradient],
});

export const permute: OpSignal<'permute'> = same();

/** All elements of a sample become units: two samples share what they share at one place. */
const gathered = (x: State): State => gaussianState({ ...x, r: placeOf(x) }, { ...x, near: null, profile: null, parts: null });

/** Units become units at positions, each with weights of its own: two of them share no more than their means. */
const spread = (x: State): State => {
  const mean2 = x.m * x.m;
  return gaussianState({ ...x, r: mean2 }, { ...x, near: { sample: mean2 + x.u, place: x.r }, profile: null, parts: null });
};

export const reshape: OpSignal<'reshape'> = {
  forward: (_, c) => {
    const x = c.inputs[0] as State;
    const [from, to] = [c.inputShapes[0]?.length, c.shape?.length];
    if (from === undefined || to === undefined || from === to) return gaussianState(x, { ...x, parts: null, profile: null });
    const kept = c.inputShapes[0]?.at(-1) === c.shape?.at(-1);
    if (to === 2 && !kept) return gathered(x);
    if (from === 2 && !kept) return spread(x);
    return gaussianState(x, { ...x, parts: null, profile: null });
  },
  backward: (_, _c, gradient) => [gradient.profile === null ? gradient : gradientOf(gradient.g, { ...gradient, profile: null })],
};

export const identity: OpSignal<'identity'> = {
  forward: (_, c) => {
    const x = c.inputs[0] as State;
    return x.parts === null ? withParts(x, [{ root: c.inputIds[0] as number, factor: 1 }]) : x;
  },
  backward: (_, _c, gradient) => [gradient],
};

export const flatten: OpSignal<'flatten'> = {
  forward: (op, c) => {
    const x = c.inputs[0] as State;
    const width = op.endAxis === -1 && op.startAxis === 1 ? (elements(c.shape) ?? x.width) : x.width;
    const all = c.shape !== null && c.shape.length === 2;
    return { ...(all ? gathered(x) : x), width, parts: null, profile: null };
  },
  backward: (_, _c, gradient) => [gradient.profile === null ? gradient : gradientOf(gradient.g, { ...gradient, profile: null })],
};

/** Which positions of a padded tensor are zero; its spatial axes are all but batch and units. */
const padded = (op: OpOf<'pad'>, c: Context): Profile | null => {
  const shape = c.inputShapes[0];
  const unit = c.inputs[0]?.unit ?? (shape && shape.length > 2 ? 1 : null);
  if (!shape || shape.length < 3 || op.padding.length === 0) return null;
  const rows: Float64Array[] = [];
  for (let axis = 1; axis < shape.length; axis++) {
    if (axis === unit) continue;
    const size = number(shape[axis], c);
    const [before, after] = (op.padding[axis - (shape.length - op.padding.length)] ?? [0, 0]).map((n) => number(n, c));
    if (size === undefined || before === undefined || after === undefined || size + before + after > 1024) return null;
    if (before < 0 || after < 0) return null;
    const total = size + before + after;
    rows.push(Float64Array.from({ length: total }, (_, i) => (i >= before && i < before + size ? total / size : 0)));
  }
  return rows;
};

/** Zeros around: fewer of the elements carry signal. */
export const pad: OpSignal<'pad'> = {
  forward: (op, c) => {
    const x = c.inputs[0] as State;
    const kept = 1 / outputsPerInput(c, 0);
    return gaussianState(
      { m: x.m * kept, q: x.q * kept, r: x.r * kept * kept, u: x.u * kept },
      {
        width: x.width,
        logVariance: x.logVariance,
        sensitivity: x.sensitivity,
        excess: x.excess,
        near: { sample: sampleOf(x) * kept * kept, place: placeOf(x) * kept },
        profile: padded(op, c),
      },
    );
  },
  backward: (_, _c, gradient) => [scaled(gradient, 1)],
};

/** Which step of a recurrent layer's sequence a slice picks; the last ones of a long sequence are alike. */
const stepOf = (op: OpOf<'slice'>, x: State, c: Context): number | null => {
  const from = number(op.start, c);
  if (x.series === null || number(op.size, c) !== 1 || from === undefined) return null;
  const { timeAxis, length, steps } = x.series;
  if (op.axis !== timeAxis && op.axis !== timeAxis - 3) return null;
  const start = from < 0 ? from + length : from;
  return start < 0 || start >= length ? null : Math.min(start, steps - 1);
};

export const slice: OpSignal<'slice'> = {
  forward: (op, c) => {
    const x = c.inputs[0] as State;
    const last = c.inputShapes[0] !== null && (op.axis === -1 || op.axis === (c.inputShapes[0]?.length ?? 0) - 1);
    const width = last && x.width !== null ? (number(op.size, c) ?? null) : x.width;
    const picked = stepOf(op, x, c);
    if (picked !== null && x.series !== null) {
      const { same: own, other, steps } = x.series;
      const at = picked * steps + picked;
      return { ...x, q: own[at] as number, r: other[at] as number, near: null, series: null, parts: null, profile: null };
    }
    // One position is left: two samples share what they share there.
    const positions = !last && op.axis !== 1 && number(op.size, c) === 1;
    const one = positions || (c.shape?.length === 2 && c.inputShapes[0]?.length === 3);
    return one
      ? { ...x, width, r: placeOf(x), near: null, series: null, parts: null, profile: null }
      : { ...x, width, series: null, parts: null, profile: null };
  },
  // What is cut away gets no gradient.
  backward: (op, c, gradient) => {
    const kept = outputsPerInput(c, 0);
    const x = c.inputs[0] as State;
    const picked = stepOf(op, x, c);
    let series: Gradient['series'] = null;
    if (picked !== null && x.series !== null) {
      const { steps, length } = x.series;
      const pairs = new Float64Array(steps * steps);
      pairs[picked * steps + picked] = gradient.g;
      series = { steps, length, pairs, everywhere: false };
    }
    return [{ ...gradient, g: gradient.g * kept, c: gradient.c * kept, tokens: 0, series, profile: null }];
  },
};

/** Averages of the moments, weighted by width. */
export const concat: OpSignal<'concat'> = {
  forward: (op, c) => {
    const sizes = c.inputShapes.map((shape) => axisSize(shape, op.axis));
    const known = sizes.every((n) => n !== undefined);
    const total = known ? sizes.reduce<number>((a, b) => a + (b as number), 0) : c.inputs.length;
    const share = (i: number): number => (total > 0 ? (known ? (sizes[i] as number) : 1) / total : 0);
    const mean = (f: (x: State) => number): number => c.inputs.reduce((sum, x, i) => sum + share(i) * f(x), 0);
    const q = mean((x) => x.q);
    const part = (x: State, i: number): number => (q > 0 ? (share(i) * x.q) / q : 0);
    const widths = c.inputs.map((x) => x.width);
    return gaussianState(
      { m: mean((x) => x.m), q, r: mean((x) => x.r), u: mean((x) => x.u) },
      {
        width: widths.some((w) => w === null) ? null : widths.reduce<number>((a, w) => a + (w as number), 0),
        excess: mean((x) => x.excess),
        near: c.inputs.some((x) => x.near !== null) ? { sample: mean(sampleOf), place: mean(placeOf) } : null,
        profile: blended(c.inputs.map((x, i) => ({ profile: x.profile, share: part(x, i) }))),
        sensitivity: c.inputs.reduce((sum, x, i) => sum + part(x, i) * x.sensitivity, 0),
        logVariance: c.inputs.reduce((sum, x, i) => sum + part(x, i) ** 2 * x.logVariance, 0),
      },
    );
  },
  backward: (_, c, gradient) => c.inputs.map(() => scaled(gradient, 1)),
};

const axisSize = (shape: Shape | null | undefined, axis: number): number | undefined => {
  const size = shape?.at(axis);
  return size !== undefined && isNumber(size) ? size : undefined;
};

/** −λα, where SELU's negative side ends, and what a dropped unit of alpha dropout becomes (Klambauer et al. 2017, §3). */
const ALPHA = -1.7580993408473766;

/** a·(x or α′) + b that keeps mean 0 and variance 1: a = ((1 − p)(1 + p α′²))^−½, b = −a p α′. */
const alphaScale = (rate: number): number => 1 / ((1 - rate) * (1 + rate * ALPHA * ALPHA));

/** Inverted dropout: q/(1 − p) forward, g/(1 − p) back. Masks differ between samples, so pairs stay; alpha dropout shrinks them. */
export const dropout: OpSignal<'dropout'> = {
  forward: (op, c) => {
    const x = c.inputs[0] as State;
    const rate = number(op.rate, c);
    if (rate === undefined) return 'the dropout rate is not known';
    if (rate <= 0) return { ...x, parts: [{ root: c.inputIds[0] as number, factor: 1 }] };
    if (rate >= 1) return gaussianState({ m: 0, q: 0, r: 0, u: 0 }, { width: x.width });
    if (op.alpha) {
      const a2 = alphaScale(rate);
      const [kept, mean] = [1 - rate, Math.sqrt(a2) * (1 - rate) * x.m];
      const offset = -rate * ALPHA;
      const q = a2 * (kept * x.q + rate * ALPHA * ALPHA + 2 * offset * (kept * x.m + rate * ALPHA) + offset * offset);
      const pair = (of: number): number => a2 * kept * kept * of;
      const share = q > 0 ? (a2 * kept * x.q) / q : 0;
      return gaussianState(
        { m: mean, q, r: pair(x.r), u: pair(x.u) },
        {
          ...x,
          near: nearBy(x, pair),
          sensitivity: x.sensitivity * share,
          logVariance: x.logVariance * share * share,
          source: null,
          parts: null,
        },
      );
    }
    return {
      ...x,
      q: x.q / (1 - rate),
      series: stepwise(
        x.series,
        (pair, step) => (step ? pair / (1 - rate) : pair),
        (pair) => pair,
      ),
      excess: (x.excess + 1) / (1 - rate) - 1,
      source: null,
      pairs: null,
      probabilities: x.probabilities && {
        concentration: x.probabilities.concentration / (1 - rate),
        overlap: x.probabilities.overlap,
      },
      parts: null,
    };
  },
  backward: (op, c, gradient): readonly (Gradient | null)[] => {
    const rate = number(op.rate, c);
    if (rate === undefined) return [null];
    if (rate <= 0) return [gradient];
    if (rate >= 1) return [gradientOf(0)];
    if (op.alpha) return [scaled(gradient, alphaScale(rate) * (1 - rate))];
    const factor = 1 / (1 - rate);
    const series = gradientStepwise(gradient.series, (pair, step) => (step ? pair * factor : pair));
    return [{ ...gradient, g: gradient.g * factor, series, centred: gradient.centred === null ? null : gradient.centred * factor }];
  },
};
