/** Recurrent layers: weights by layer and role, then the cell's recursion over the first steps of the sequence. */
import type { Parameter } from '../../network/network.ts';
import type { OpOf } from '../../network/op.ts';
import { isNumber } from '../../network/scalar.ts';
import { type Gradient, gaussianState, gradientOf, type Series, type State } from '../state.ts';
import { type CellKernels, type CellRun, cellKernels, runCell } from './cells.ts';
import { backCell } from './cellsBack.ts';
import { type Context, number, type OpSignal } from './op.ts';
import { type Layer, layerOf } from './recurrentWeights.ts';
import { Pairs } from './steps.ts';

/** Steps that are followed at least and at most; pairs of steps cost their square. */
const STEPS = 20;
const MOST_STEPS = 48;

/** By then moments have settled: a layer remembers 1/(1 − f) steps, and each of a stack adds to that. */
const stepsOf = (op: OpOf<'recurrent'>, c: Context, first: Layer): number => {
  const open = op.cell === 'lstm' ? 1 / (1 + Math.exp(-first.biasMean - first.forget)) : 0.5;
  const settled = Math.ceil((1.6 * Math.max(op.layers, c.recurrences ?? 1)) / Math.max(0.02, 1 - open));
  return Math.max(STEPS, Math.min(MOST_STEPS, settled));
};

interface Run {
  readonly runs: readonly CellRun[];
  readonly layers: readonly Layer[];
  readonly kernels: CellKernels;
  readonly steps: number;
  readonly length: number;
  readonly timeAxis: number;
  /** Between the steps of the output, of one sample and of two. */
  readonly same: Pairs;
  readonly other: Pairs;
}

/** Half of the units run through the sequence from its end. */
const withReversed = ({ steps, values }: Pairs): Pairs => {
  const both = new Pairs(steps);
  const last = steps * steps - 1;
  for (let i = 0; i <= last; i++) both.values[i] = ((values[i] as number) + (values[last - i] as number)) / 2;
  return both;
};

const kept = new WeakMap<State, WeakMap<readonly Parameter[], Run | string>>();

/** The backward pass needs what the forward pass has computed. */
const run = (op: OpOf<'recurrent'>, c: Context): Run | string => {
  const x = c.inputs[0] as State;
  const of = kept.get(x) ?? new WeakMap<readonly Parameter[], Run | string>();
  kept.set(x, of);
  const result = of.get(c.params) ?? compute(op, c, x);
  of.set(c.params, result);
  return result;
};

const compute = (op: OpOf<'recurrent'>, c: Context, x: State): Run | string => {
  const shape = c.inputShapes[0];
  const timeAxis = op.batchFirst ? (shape ? Math.max(0, shape.length - 2) : 1) : 0;
  const size = shape?.[timeAxis];
  const length = size !== undefined && isNumber(size) ? size : x.series?.length;
  if (length === undefined || length < 1) return 'the length of the sequence is not known';
  const kernels = cellKernels(op.activation);
  if (kernels === null) return `what ${op.activation} does is not known`;
  const from = x.series !== null && x.series.length === length ? x.series : null;
  const bottom = layerOf(op, c, 0);
  if (typeof bottom === 'string') return bottom;
  const steps = Math.min(stepsOf(op, c, bottom), length, from?.steps ?? length);
  let same = (t: number, s: number): number => (from === null ? (t === s ? x.q : x.r) : (from.same[t * from.steps + s] as number));
  let other = (t: number, s: number): number => (from === null ? x.r : (from.other[t * from.steps + s] as number));
  const [runs, layers]: [CellRun[], Layer[]] = [[], []];
  const [own, across] = [[] as Pairs[], [] as Pairs[]];
  for (let i = 0; i < Math.max(1, op.layers); i++) {
    const layer = i === 0 ? bottom : layerOf(op, c, i);
    if (typeof layer === 'string') return layer;
    const result = runCell(op.cell, kernels, steps, same, other, layer);
    runs.push(result);
    layers.push(layer);
    // What ends with its last step has both directions there.
    const aligned = op.bidirectional && (op.returnSequence || i + 1 < op.layers);
    const [one, two] = aligned ? [withReversed(result.own.hidden), withReversed(result.other)] : [result.own.hidden, result.other];
    own.push(one);
    across.push(two);
    same = (t, s) => one.at(t, s);
    other = (t, s) => two.at(t, s);
  }
  return { runs, layers, kernels, steps, length, timeAxis, same: own.at(-1) as Pairs, other: across.at(-1) as Pairs };
};

/** Mean over a sequence of whose steps some are followed; the others are like `typical`. */
const overSequence = (of: Pairs, length: number, typical: number): number => {
  let sum = (length - of.steps) * of.at(typical, typical);
  for (let t = 0; t < of.steps; t++) sum += of.at(t, t);
  return sum / length;
};

/** What arrives at the output, between the steps that are followed, and whether the steps before them get as much. */
const arrivingAt = (op: OpOf<'recurrent'>, gradient: Gradient, { steps, length, timeAxis }: Run): [Pairs, boolean] => {
  const pairs = new Pairs(steps);
  if (!op.returnSequence) {
    pairs.set(steps - 1, steps - 1, gradient.g);
    return [pairs, false];
  }
  const { series } = gradient;
  if (series !== null && series.steps === steps && series.length === length) {
    pairs.values.set(series.pairs);
    return [pairs, series.everywhere];
  }
  if (gradient.segments?.axis === timeAxis) {
    let end = length;
    for (const { size, of } of gradient.segments.parts.toReversed()) {
      for (let t = end - 1; t >= Math.max(end - size, length - steps); t--) pairs.set(t - length + steps, t - length + steps, of.g);
      end -= size;
    }
    return [pairs, (gradient.segments.parts[0]?.of.g ?? 0) > 0];
  }
  pairs.values.fill(Math.min(gradient.g, gradient.tokens));
  for (let t = 0; t < steps; t++) pairs.set(t, t, gradient.g);
  return [pairs, true];
};

const reversed = ({ steps, values }: Pairs): Pairs => {
  const other = new Pairs(steps);
  other.values.set(values.toReversed());
  return other;
};

/** One layer back: what its input gets, from both directions. */
const layerBack = (
  op: OpOf<'recurrent'>,
  result: CellRun,
  arriving: Pairs,
  layer: Layer,
  kernels: CellKernels,
  aligned: boolean,
): Pairs => {
  const sent = backCell(op.cell, result, arriving, layer, kernels);
  const values = sent.values.map((z) => layer.feeds * z);
  if (op.bidirectional) {
    const other = aligned ? backCell(op.cell, result, reversed(arriving), layer, kernels) : sent;
    reversed(other).values.forEach((z, i) => {
      values[i] = (values[i] as number) + layer.feeds * z;
    });
  }
  const both = new Pairs(sent.steps);
  both.values.set(values);
  return both;
};

export const recurrent: OpSignal<'recurrent'> = {
  forward: (op, c) => {
    const result = run(op, c);
    if (typeof result === 'string') return result;
    const { same, other, steps, length, timeAxis } = result;
    const width = (number(op.units, c) ?? 1) * (op.bidirectional ? 2 : 1);
    const x = c.inputs[0] as State;
    const carried = { width, sensitivity: x.sensitivity, logVariance: x.logVariance };
    const last = steps - 1;
    if (!op.returnSequence) return gaussianState({ m: 0, q: same.at(last, last), r: other.at(last, last), u: 0 }, carried);
    const typical = op.bidirectional ? steps >> 1 : last;
    const diagonal = (of: Pairs): number => overSequence(of, length, typical);
    const series: Series = { steps, length, timeAxis, same: same.values, other: other.values };
    return gaussianState({ m: 0, q: diagonal(same), r: diagonal(other), u: 0 }, { ...carried, series });
  },
  backward: (op, c, gradient): readonly (Gradient | null)[] => {
    const result = run(op, c);
    if (typeof result === 'string') return c.inputs.map(() => null);
    const { runs, layers, kernels, steps, length } = result;
    let [pairs, everywhere] = arrivingAt(op, gradient, result);
    for (let i = runs.length - 1; i >= 0; i--) {
      const aligned = op.returnSequence || i + 1 < runs.length;
      pairs = layerBack(op, runs[i] as CellRun, pairs, layers[i] as Layer, kernels, aligned);
    }
    let total = 0;
    for (let t = 0; t < steps; t++) total += pairs.at(t, t);
    const g = everywhere ? overSequence(pairs, length, op.bidirectional ? steps >> 1 : steps >> 2) : total / length;
    const series = { steps, length, pairs: pairs.values, everywhere };
    return [gradientOf(g, { series, unstable: gradient.unstable }), ...c.inputs.slice(1).map(() => null)];
  },
};
