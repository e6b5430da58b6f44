/** Ops that move elements about or drop some of them: the moments of an element stay, gradients thin out or gather. */
import type { OpKind, OpOf } from '../../network/op.ts';
import { isNumber, type Shape } from '../../network/scalar.ts';
import { type Gradient, gaussianState, gradientOf, type State, scaled } from '../state.ts';
import { type Context, elements, number, type OpSignal, outputsPerInput } from './op.ts';

/** The same tensor as another sum; built field by field, which is several times faster than a spread. */
const withParts = (x: State, parts: State['parts']): State => (x.parts === parts ? x : gaussianState(x, { ...x, parts }));

/** The same elements in another order. */
const same = <K extends OpKind>(): OpSignal<K> => ({
  forward: (_, c) => withParts(c.inputs[0] as State, null),
  backward: (_, _c, gradient) => [gradient],
});

export const reshape: OpSignal<'reshape'> = same();
export const permute: OpSignal<'permute'> = same();

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
    return { ...x, width, parts: null };
  },
  backward: (_, _c, gradient) => [gradient],
};

/** Zeros around: fewer of the elements carry signal. */
export const pad: OpSignal<'pad'> = {
  forward: (_, c) => {
    const x = c.inputs[0] as State;
    const kept = 1 / outputsPerInput(c, 0);
    return gaussianState(
      { m: x.m * kept, q: x.q * kept, r: x.r * kept * kept, u: x.u * kept },
      { width: x.width, logVariance: x.logVariance, sensitivity: x.sensitivity, excess: x.excess },
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
      return { ...x, q: own[picked * steps + picked] as number, r: other[picked * steps + picked] as number, series: null, parts: null };
    }
    return { ...x, width, series: null, parts: null };
  },
  // What is cut away gets no gradient.
  backward: (op, c, gradient) => {
    const kept = outputsPerInput(c, 0);
    const x = c.inputs[0] as State;
    const picked = stepOf(op, x, c);
    let steps: Float64Array | null = null;
    if (picked !== null && x.series !== null) {
      steps = new Float64Array(x.series.steps);
      steps[picked] = gradient.g;
    }
    return [{ ...gradient, g: gradient.g * kept, c: gradient.c * kept, tokens: 0, steps }];
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

/** Inverted dropout: q/(1 − p) forward, g/(1 − p) back; alpha dropout keeps mean and variance (Klambauer et al. 2017). */
export const dropout: OpSignal<'dropout'> = {
  forward: (op, c) => {
    const x = c.inputs[0] as State;
    const rate = number(op.rate, c);
    if (rate === undefined) return 'the dropout rate is not known';
    if (op.alpha || rate <= 0) return { ...x, parts: [{ root: c.inputIds[0] as number, factor: 1 }] };
    if (rate >= 1) return gaussianState({ m: 0, q: 0, r: 0, u: 0 }, { width: x.width });
    return {
      ...x,
      q: x.q / (1 - rate),
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
    if (op.alpha || rate <= 0) return [gradient];
    if (rate >= 1) return [gradientOf(0)];
    const factor = 1 / (1 - rate);
    return [{ ...gradient, g: gradient.g * factor, c: gradient.c, centred: gradient.centred === null ? null : gradient.centred * factor }];
  },
};
