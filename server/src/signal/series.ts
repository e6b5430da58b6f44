/** Sequences of recurrent layers on their way through other ops: what an op does to a pair of elements it does to each pair of steps. */
import type { Gradient, GradientSeries, Series, State } from './state.ts';

/** `same` sees pairs of one sample and whether they are one step with itself, `other` pairs of two samples. */
export const stepwise = (
  series: Series | null,
  same: (pair: number, step: boolean) => number,
  other: (pair: number) => number,
): Series | null => {
  if (series === null) return null;
  const { steps } = series;
  return { ...series, same: series.same.map((pair, i) => same(pair, i % (steps + 1) === 0)), other: series.other.map(other) };
};

const fits = (a: Series | GradientSeries, b: Series | GradientSeries): boolean => a.steps === b.steps && a.length === b.length;

/** A sum of tensors, sequences or not, with the cross terms of q and of pairs; null where they are not of one sequence. */
export const summedSeries = (inputs: readonly State[], factors: readonly number[], cross: number, crossPair: number): Series | null => {
  const like = inputs.find((x) => x.series !== null)?.series;
  if (!like || inputs.some((x) => x.series !== null && !fits(x.series, like))) return null;
  const total = (i: number, pick: (series: Series) => Float64Array, alone: (x: State) => number): number =>
    inputs.reduce((sum, x, k) => sum + (factors[k] as number) ** 2 * (x.series === null ? alone(x) : (pick(x.series)[i] as number)), 0);
  const isStep = (i: number): boolean => i % (like.steps + 1) === 0;
  return {
    ...like,
    same: like.same.map(
      (_, i) =>
        total(
          i,
          (s) => s.same,
          (x) => (isStep(i) ? x.q : (x.near?.sample ?? x.r)),
        ) + (isStep(i) ? cross : crossPair),
    ),
    other: like.other.map(
      (_, i) =>
        total(
          i,
          (s) => s.other,
          (x) => x.r,
        ) + crossPair,
    ),
  };
};

/** `f` sees a pair, whether it is one step with itself, and its place. */
export const gradientStepwise = (
  series: GradientSeries | null,
  f: (pair: number, step: boolean, index: number) => number,
): GradientSeries | null =>
  series === null ? null : { ...series, pairs: series.pairs.map((pair, i) => f(pair, i % (series.steps + 1) === 0, i)) };

/** Gradients of one tensor from two sides. */
export const summedGradients = (a: Gradient, b: Gradient): GradientSeries | null => {
  const like = a.series ?? b.series;
  // Where steps are known to differ and no more, parts say it.
  const inParts = ({ series, segments }: Gradient): boolean => series === null && segments !== null;
  if (like === null || inParts(a) || inParts(b)) return null;
  if (a.series !== null && b.series !== null && !fits(a.series, b.series)) return null;
  const at = ({ series, g, tokens }: Gradient, i: number, step: boolean): number =>
    series === null ? (step ? g : tokens) : (series.pairs[i] as number);
  const everywhere = (x: Gradient): boolean => x.series?.everywhere ?? x.g > 0;
  const sum = gradientStepwise(like, (_, step, i) => at(a, i, step) + at(b, i, step));
  return sum && { ...sum, everywhere: everywhere(a) || everywhere(b) };
};

type Parts<T> = readonly { readonly size: number; readonly of: T }[];

const shares = <T>(parts: Parts<T>): readonly number[] => {
  const total = parts.reduce((sum, { size }) => sum + size, 0);
  return parts.map(({ size }) => size / total);
};

/** Of units that come from several tensors. */
export const averageSeries = (parts: Parts<State>): Series | null =>
  summedSeries(
    parts.map(({ of }) => of),
    shares(parts).map(Math.sqrt),
    0,
    0,
  );

export const averageGradients = (parts: Parts<Gradient>): GradientSeries | null => {
  const like = parts[0]?.of.series ?? null;
  if (like === null || parts.some(({ of }) => of.series === null || !fits(of.series, like))) return null;
  const share = shares(parts);
  return gradientStepwise(like, (_, _step, i) =>
    parts.reduce((sum, { of }, k) => sum + (share[k] as number) * (of.series?.pairs[i] as number), 0),
  );
};
