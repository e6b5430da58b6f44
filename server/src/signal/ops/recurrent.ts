/** Recurrent layers: weights by layer and role, then the cell's recursion over the first steps of the sequence. */
import type { Distribution } from '../../network/distribution.ts';
import type { Parameter } from '../../network/network.ts';
import type { OpOf } from '../../network/op.ts';
import { isNumber } from '../../network/scalar.ts';
import { type Gradient, gaussianState, gradientOf, type Series, type State } from '../state.ts';
import { backCell, type CellRun, type CellWeights, runCell } from './cells.ts';
import { type Context, number, type OpSignal, parameterMoments } from './op.ts';

/** Steps that are followed; moments have settled by then, and pairs of steps cost their square. */
const STEPS = 16;

interface Spread {
  readonly mean: number;
  readonly variance: number;
}

/** The mean that the forget gate's part of a bias has above the rest (blocks with one constant that is not zero). */
const forgetBias = (d: Distribution, c: Context): number => {
  if (d.kind !== 'blocks') return 0;
  const constants = d.blocks.flatMap((b) => (b.distribution.kind === 'constant' ? [number(b.distribution.value, c) ?? 0] : []));
  return constants.find((value) => value !== 0) ?? 0;
};

/** Average over the parameters of one role: one packed tensor, or one per gate. */
const spreadOf = (params: readonly Parameter[], c: Context): Spread | string => {
  let [mean, variance] = [0, 0];
  for (const p of params) {
    const moments = parameterMoments(p, c);
    if (typeof moments === 'string') return moments;
    mean += moments.mean / params.length;
    variance += moments.variance / params.length;
  }
  return { mean, variance };
};

/** Parameters of one layer in forward direction. */
const layerParams = (params: readonly Parameter[], layer: number): readonly Parameter[] => {
  const forward = params.filter((p) => !/reverse|backward/i.test(p.path));
  const numbered = forward.some((p) => /_l\d+$/.test(p.name));
  return numbered ? forward.filter((p) => p.name.endsWith(`_l${layer}`)) : forward;
};

interface Layer extends CellWeights {
  /** H·s² of the input weights. */
  readonly feeds: number;
}

const layerOf = (op: OpOf<'recurrent'>, c: Context, layer: number): Layer | string => {
  const units = number(op.units, c);
  const inputs = layer === 0 ? number(op.inFeatures, c) : (units ?? 0) * (op.bidirectional ? 2 : 1);
  if (units === undefined || inputs === undefined) return 'the width of the recurrent layer is not known';
  const params = layerParams(c.params, layer);
  const weight = spreadOf(
    params.filter((p) => p.role === 'weight'),
    c,
  );
  const inner = spreadOf(
    params.filter((p) => p.role === 'recurrentWeight'),
    c,
  );
  if (typeof weight === 'string') return weight;
  if (typeof inner === 'string') return inner;
  let [bias, biasMean, forget, recurrentBias] = [0, 0, 0, 0];
  for (const role of ['bias', 'recurrentBias'] as const) {
    const all = params.filter((p) => p.role === role);
    // A gate with a bias of its own: what the forget gate's has above the others'.
    const own = all.length > 1 ? all.filter((p) => /forget/i.test(p.name)) : [];
    const of = all.filter((p) => !own.includes(p));
    const blocks = of.reduce((sum, p) => sum + forgetBias(p.init.distribution, c), 0);
    forget += blocks;
    if (blocks !== 0) continue;
    const spread = spreadOf(of, c);
    if (typeof spread === 'string') return spread;
    bias += spread.variance;
    if (role === 'recurrentBias') recurrentBias += spread.variance;
    biasMean += spread.mean;
    const opened = own.length > 0 ? spreadOf(own, c) : spread;
    if (typeof opened === 'string') return opened;
    forget += opened.mean - spread.mean;
  }
  return {
    input: inputs * weight.variance,
    recurrent: units * inner.variance,
    bias,
    recurrentBias,
    biasMean,
    forget,
    feeds: units * weight.variance,
  };
};

interface Run {
  readonly runs: readonly CellRun[];
  readonly layers: readonly Layer[];
  readonly steps: number;
  readonly length: number;
  readonly timeAxis: number;
}

const run = (op: OpOf<'recurrent'>, c: Context): Run | string => {
  const x = c.inputs[0] as State;
  const shape = c.inputShapes[0];
  const timeAxis = op.batchFirst ? (shape ? Math.max(0, shape.length - 2) : 1) : 0;
  const size = shape?.[timeAxis];
  const length = size !== undefined && isNumber(size) ? size : x.series?.length;
  if (length === undefined || length < 1) return 'the length of the sequence is not known';
  const steps = Math.min(STEPS, length);
  const from = x.series !== null && x.series.steps >= steps ? x.series : null;
  let same = (t: number, s: number): number => (from === null ? (t === s ? x.q : x.r) : (from.same[t * from.steps + s] as number));
  let other = (t: number, s: number): number => (from === null ? x.r : (from.other[t * from.steps + s] as number));
  const [runs, layers]: [CellRun[], Layer[]] = [[], []];
  for (let i = 0; i < Math.max(1, op.layers); i++) {
    const layer = layerOf(op, c, i);
    if (typeof layer === 'string') return layer;
    const result = runCell(op.cell, op.activation, steps, same, other, layer);
    if (result === null) return `what ${op.activation} does is not known`;
    same = (t, s) => result.same[t * steps + s] as number;
    other = (t, s) => result.other[t * steps + s] as number;
    runs.push(result);
    layers.push(layer);
  }
  return { runs, layers, steps, length, timeAxis };
};

/** Mean over a sequence whose steps after the followed ones are like the last of them. */
const overSequence = (at: (t: number) => number, steps: number, length: number): number => {
  let sum = 0;
  for (let t = 0; t < steps; t++) sum += at(t);
  return (sum + (length - steps) * at(steps - 1)) / length;
};

export const recurrent: OpSignal<'recurrent'> = {
  forward: (op, c) => {
    const result = run(op, c);
    if (typeof result === 'string') return result;
    const { runs, steps, length, timeAxis } = result;
    const { same, other } = runs.at(-1) as CellRun;
    const width = (number(op.units, c) ?? 1) * (op.bidirectional ? 2 : 1);
    const x = c.inputs[0] as State;
    const carried = { width, sensitivity: x.sensitivity, logVariance: x.logVariance };
    const last = steps * steps - 1;
    if (!op.returnSequence) return gaussianState({ m: 0, q: same[last] as number, r: other[last] as number, u: 0 }, carried);
    const diagonal = (of: Float64Array): number => overSequence((t) => of[t * steps + t] as number, steps, length);
    const series: Series = { steps, length, timeAxis, same, other };
    return gaussianState({ m: 0, q: diagonal(same), r: diagonal(other), u: 0 }, { ...carried, series });
  },
  backward: (op, c, gradient): readonly (Gradient | null)[] => {
    const result = run(op, c);
    if (typeof result === 'string') return c.inputs.map(() => null);
    const { runs, layers, steps, length } = result;
    const both = op.bidirectional ? 2 : 1;
    let g = new Float64Array(steps);
    if (!op.returnSequence) g[steps - 1] = gradient.g;
    else if (gradient.steps !== null && gradient.steps.length === steps) g = Float64Array.from(gradient.steps);
    else g.fill(gradient.g);
    for (let i = runs.length - 1; i >= 0; i--) {
      const back = backCell(op.cell, op.activation, runs[i] as CellRun, g, layers[i] as Layer, (layers[i] as Layer).feeds);
      if (back === null) return c.inputs.map(() => null);
      // Each direction sends what it received.
      g = back.map((x) => x * both);
    }
    const total = g.reduce((sum, x) => sum + x, 0);
    // A gradient at every step goes on beyond the steps followed; one at the end does not.
    const everywhere = op.returnSequence && gradient.steps === null;
    const mean = everywhere ? total / steps : total / length;
    return [gradientOf(mean, { steps: g, unstable: gradient.unstable }), ...c.inputs.slice(1).map(() => null)];
  },
};
