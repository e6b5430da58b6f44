/**
 * Recurrent cells, two times at once: K_z(t,s) = N s_i² K_x(t,s) + H s_h² K_h(t−1,s−1) + s_b², gates taken as independent
 * (Chen, Pennington & Schoenholz 2018, arXiv:1806.05394; Gilboa et al. 2019, arXiv:1901.08987). With X(t,s) = E[a_t c_s]:
 * X(t,s) = E f·X(t,s−1) + K_a(t,s) and K_c(t,s) = E[ff′]K_c(t−1,s−1) + E f·(X(s,t−1) + X(t,s−1)) + K_a(t,s).
 * One time alone would miss that the steps of a sequence are alike, which the next layer's gates see (24–38 % in its output).
 */
import { gaussianMoments, hermiteCoefficients, type Kernel, kernelOf, mehler } from '../../knowledge/gaussian.ts';

export interface CellWeights {
  /** N·s² of the input weights and H·s² of the recurrent ones. */
  readonly input: number;
  readonly recurrent: number;
  readonly bias: number;
  /** The part of `bias` that the recurrent product has, which a GRU's reset gate lets through or not. */
  readonly recurrentBias: number;
  readonly biasMean: number;
  /** Added to the forget gate's bias. */
  readonly forget: number;
}

/** E[φ(z_t)φ(z_s)] over the steps of one gate. */
interface Gate {
  readonly at: (t: number) => ReturnType<typeof gaussianMoments>;
  readonly both: (t: number, s: number, covariance: number) => number;
}

/** Variances of a gate's pre-activation by step; filled as the recursion goes. */
const gate = (kernel: Kernel, mean: number, variance: Float64Array): Gate => ({
  at: (t) => gaussianMoments(kernel, mean, variance[t] as number),
  both: (t, s, covariance) => {
    const [vt, vs] = [variance[t] as number, variance[s] as number];
    const rho = vt > 0 && vs > 0 ? Math.max(-1, Math.min(1, covariance / Math.sqrt(vt * vs))) : 0;
    const total = Math.sqrt(gaussianMoments(kernel, mean, vt).second * gaussianMoments(kernel, mean, vs).second);
    return rho > 1 - 1e-9 ? total : mehler(hermiteCoefficients(kernel, mean, vt), hermiteCoefficients(kernel, mean, vs), rho, total);
  },
});

/** Matrices over pairs of steps; index −1 is the zero state before the first. */
class Pairs {
  readonly steps: number;
  readonly values: Float64Array;
  constructor(steps: number) {
    this.steps = steps;
    this.values = new Float64Array(steps * steps);
  }
  at(t: number, s: number): number {
    return t < 0 || s < 0 ? 0 : (this.values[t * this.steps + s] as number);
  }
  set(t: number, s: number, value: number): void {
    this.values[t * this.steps + s] = value;
  }
  both(t: number, s: number, value: number): void {
    this.set(t, s, value);
    this.set(s, t, value);
  }
}

export interface CellRun {
  /** K_h of one sample, and of two. */
  readonly same: Float64Array;
  readonly other: Float64Array;
  /** Variances by step that the backward pass needs. */
  readonly z: Float64Array;
  readonly cell: Float64Array;
  readonly hidden: Float64Array;
}

type Correlation = (t: number, s: number) => number;

interface Variances {
  readonly z: Float64Array;
  readonly candidate: Float64Array;
  readonly cell: Float64Array;
}

const cellKernels = (activation: string): { readonly sigmoid: Kernel; readonly squash: Kernel } | null => {
  const sigmoid = kernelOf('sigmoid');
  const squash = kernelOf(activation);
  return sigmoid === undefined || squash === undefined ? null : { sigmoid, squash };
};

/** One pass over pairs of steps. With `own`, variances are read off the diagonal; else they are given and this is another sample. */
const lstm = (
  steps: number,
  x: Correlation,
  w: CellWeights,
  kernels: { sigmoid: Kernel; squash: Kernel },
  v: Variances,
  own: boolean,
): Float64Array => {
  const { sigmoid, squash } = kernels;
  const input = gate(sigmoid, w.biasMean, v.z);
  const forget = gate(sigmoid, w.biasMean + w.forget, v.z);
  const candidate = gate(squash, w.biasMean, v.z);
  const output = gate(squash, 0, v.cell);
  const [hidden, cell, added, cross] = [new Pairs(steps), new Pairs(steps), new Pairs(steps), new Pairs(steps)];
  for (let t = 0; t < steps; t++) {
    if (own) v.z[t] = w.input * x(t, t) + w.recurrent * hidden.at(t - 1, t - 1) + w.bias;
    const z: number[] = [];
    for (let s = 0; s <= t; s++) {
      const covariance = w.input * x(t, s) + w.recurrent * hidden.at(t - 1, s - 1) + w.bias;
      z.push(covariance);
      added.both(t, s, input.both(t, s, covariance) * candidate.both(t, s, covariance));
    }
    for (let s = 0; s <= t; s++) cross.set(t, s, forget.at(s).mean * cross.at(t, s - 1) + added.at(t, s));
    for (let s = 0; s < t; s++) cross.set(s, t, forget.at(t).mean * cross.at(s, t - 1) + added.at(s, t));
    for (let s = 0; s <= t; s++) {
      const kept = forget.both(t, s, z[s] as number) * cell.at(t - 1, s - 1);
      cell.both(t, s, kept + forget.at(t).mean * cross.at(s, t - 1) + forget.at(s).mean * cross.at(t, s - 1) + added.at(t, s));
    }
    if (own) v.cell[t] = cell.at(t, t);
    for (let s = 0; s <= t; s++) hidden.both(t, s, input.both(t, s, z[s] as number) * output.both(t, s, cell.at(t, s)));
  }
  return hidden.values;
};

/** h = (1 − z)·n + z·h_{t−1}, n = φ(W x + r·(U h)) (Cho et al. 2014, arXiv:1406.1078, with the reset after the product). */
const gru = (
  steps: number,
  x: Correlation,
  w: CellWeights,
  kernels: { sigmoid: Kernel; squash: Kernel },
  v: Variances,
  own: boolean,
): Float64Array => {
  const update = gate(kernels.sigmoid, w.biasMean, v.z);
  const candidate = gate(kernels.squash, w.biasMean, v.candidate);
  const [hidden, fresh, cross] = [new Pairs(steps), new Pairs(steps), new Pairs(steps)];
  for (let t = 0; t < steps; t++) {
    const inner = (s: number): number => w.input * x(t, s) + w.recurrent * hidden.at(t - 1, s - 1) + w.bias;
    const reset = (s: number, gates: number): number =>
      w.input * x(t, s) + gates * (w.recurrent * hidden.at(t - 1, s - 1) + w.recurrentBias) + w.bias - w.recurrentBias;
    if (own) {
      v.z[t] = inner(t);
      v.candidate[t] = reset(t, update.at(t).second);
    }
    const gates: number[] = [];
    for (let s = 0; s <= t; s++) {
      const both = update.both(t, s, inner(s));
      gates.push(both);
      fresh.both(t, s, candidate.both(t, s, reset(s, both)));
    }
    const [zt] = [update.at(t).mean];
    // cross(t, s) = E[n_t h_s]
    for (let s = 0; s <= t; s++) {
      const zs = update.at(s).mean;
      cross.set(t, s, zs * cross.at(t, s - 1) + (1 - zs) * fresh.at(t, s));
    }
    for (let s = 0; s < t; s++) cross.set(s, t, zt * cross.at(s, t - 1) + (1 - zt) * fresh.at(s, t));
    for (let s = 0; s <= t; s++) {
      const both = gates[s] as number;
      const zs = update.at(s).mean;
      const mixed = (zs - both) * cross.at(t, s - 1) + (zt - both) * cross.at(s, t - 1);
      hidden.both(t, s, both * hidden.at(t - 1, s - 1) + (1 - zt - zs + both) * fresh.at(t, s) + mixed);
    }
    if (own) v.cell[t] = hidden.at(t, t);
  }
  return hidden.values;
};

const plain = (steps: number, x: Correlation, w: CellWeights, kernels: { squash: Kernel }, v: Variances, own: boolean): Float64Array => {
  const step = gate(kernels.squash, w.biasMean, v.z);
  const hidden = new Pairs(steps);
  for (let t = 0; t < steps; t++) {
    const inner = (s: number): number => w.input * x(t, s) + w.recurrent * hidden.at(t - 1, s - 1) + w.bias;
    if (own) v.z[t] = inner(t);
    for (let s = 0; s <= t; s++) hidden.both(t, s, step.both(t, s, inner(s)));
  }
  return hidden.values;
};

const CELLS = { lstm, gru, rnn: plain } as const;

export type CellName = keyof typeof CELLS;

export const runCell = (
  name: CellName,
  activation: string,
  steps: number,
  same: Correlation,
  other: Correlation,
  w: CellWeights,
): CellRun | null => {
  const kernels = cellKernels(activation);
  if (kernels === null) return null;
  const v: Variances = { z: new Float64Array(steps), candidate: new Float64Array(steps), cell: new Float64Array(steps) };
  const own = CELLS[name](steps, same, w, kernels, v, true);
  const across = CELLS[name](steps, other, w, kernels, v, false);
  const hidden = Float64Array.from({ length: steps }, (_, t) => own[t * steps + t] as number);
  return { same: own, other: across, z: v.z, cell: v.cell, hidden };
};

/**
 * Gradient of the inputs by step from that of the outputs by step, one time at once, gates independent. `feeds` is H·s² of the
 * input weights: how much of a gate's gradient one input gathers.
 */
export const backCell = (
  name: CellName,
  activation: string,
  run: CellRun,
  gradient: Float64Array,
  w: CellWeights,
  feeds: number,
): Float64Array | null => {
  const kernels = cellKernels(activation);
  if (kernels === null) return null;
  const steps = gradient.length;
  const into = new Float64Array(steps);
  let [fromHidden, fromCell] = [0, 0];
  for (let t = steps - 1; t >= 0; t--) {
    const v = run.z[t] as number;
    const g = (gradient[t] as number) + fromHidden;
    const gates = gaussianMoments(kernels.sigmoid, w.biasMean, v);
    const squash = gaussianMoments(kernels.squash, w.biasMean, v);
    let total = 0;
    if (name === 'rnn') {
      total = g * squash.derivativeSecond;
      fromHidden = w.recurrent * total;
    } else if (name === 'lstm') {
      const forget = gaussianMoments(kernels.sigmoid, w.biasMean + w.forget, v);
      const out = gaussianMoments(kernels.squash, 0, run.cell[t] as number);
      const c = g * gates.second * out.derivativeSecond + fromCell;
      const before = t > 0 ? (run.cell[t - 1] as number) : 0;
      total = c * squash.second * gates.derivativeSecond + c * gates.second * squash.derivativeSecond;
      total += c * before * forget.derivativeSecond + g * out.second * gates.derivativeSecond;
      fromHidden = w.recurrent * total;
      fromCell = c * forget.second;
    } else {
      const before = t > 0 ? (run.hidden[t - 1] as number) : 0;
      const open = 1 - 2 * gates.mean + gates.second;
      const candidate = g * open * squash.derivativeSecond;
      const update = g * (squash.second + before) * gates.derivativeSecond;
      const reset = candidate * w.recurrent * before * gates.derivativeSecond;
      total = candidate + update + reset;
      fromHidden = w.recurrent * (candidate * gates.second + update + reset) + g * gates.second;
    }
    into[t] = feeds * total;
  }
  return into;
};
