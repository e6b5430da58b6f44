/**
 * Recurrent cells, two times at once: K_z(t,s) = N s_i² K_x(t,s) + H s_h² K_h(t−1,s−1) + s_b², gates taken as independent
 * (Chen, Pennington & Schoenholz 2018, arXiv:1806.05394; Gilboa et al. 2019, arXiv:1901.08987). With X(t,s) = E[a_t c_s]:
 * X(t,s) = E f·X(t,s−1) + K_a(t,s) and K_c(t,s) = E[ff′]K_c(t−1,s−1) + E f·(X(s,t−1) + X(t,s−1)) + K_a(t,s).
 * One time alone would miss that the steps of a sequence are alike, which the next layer's gates see (24–38 % in its output).
 */
import { type Kernel, kernelOf } from '../../knowledge/gaussian.ts';
import { gate, Pairs } from './steps.ts';

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

/** Pairs of steps of one sample: of the hidden state, and of what the backward pass asks for again. */
export interface CellPass {
  readonly hidden: Pairs;
  /** Pre-activations of the gates, and of a GRU's candidate. */
  readonly inner: Pairs;
  readonly candidate: Pairs;
  /** An LSTM's cell. */
  readonly cell: Pairs;
  /** A GRU's candidate n, and E[n_t h_s]. */
  readonly fresh: Pairs;
  readonly cross: Pairs;
}

export interface CellRun {
  readonly own: CellPass;
  /** K_h of two samples. */
  readonly other: Pairs;
  readonly variances: Variances;
}

export type Correlation = (t: number, s: number) => number;

/** By step. */
export interface Variances {
  readonly z: Float64Array;
  readonly candidate: Float64Array;
  readonly cell: Float64Array;
}

export interface CellKernels {
  readonly sigmoid: Kernel;
  readonly squash: Kernel;
}

/** One pass over pairs of steps. With `own`, variances are read off the diagonal; else they are given and this is another sample. */
type Cell = (steps: number, x: Correlation, w: CellWeights, kernels: CellKernels, v: Variances, own: boolean) => CellPass;

const emptyPass = (steps: number): CellPass => {
  const none = new Pairs(0);
  return { hidden: new Pairs(steps), inner: new Pairs(steps), candidate: none, cell: none, fresh: none, cross: none };
};

export const cellKernels = (activation: string): CellKernels | null => {
  const sigmoid = kernelOf('sigmoid');
  const squash = kernelOf(activation);
  return sigmoid === undefined || squash === undefined ? null : { sigmoid, squash };
};

const lstm: Cell = (steps, x, w, { sigmoid, squash }, v, own) => {
  const input = gate(sigmoid, w.biasMean, v.z);
  const forget = gate(sigmoid, w.biasMean + w.forget, v.z);
  const candidate = gate(squash, w.biasMean, v.z);
  const output = gate(squash, 0, v.cell);
  const pass = { ...emptyPass(steps), cell: new Pairs(steps) };
  const { hidden, inner, cell } = pass;
  const [added, cross] = [new Pairs(steps), new Pairs(steps)];
  for (let t = 0; t < steps; t++) {
    if (own) v.z[t] = w.input * x(t, t) + w.recurrent * hidden.at(t - 1, t - 1) + w.bias;
    for (let s = 0; s <= t; s++) {
      const covariance = w.input * x(t, s) + w.recurrent * hidden.at(t - 1, s - 1) + w.bias;
      inner.both(t, s, covariance);
      added.both(t, s, input.both(t, s, covariance) * candidate.both(t, s, covariance));
    }
    for (let s = 0; s <= t; s++) cross.set(t, s, forget.at(s).mean * cross.at(t, s - 1) + added.at(t, s));
    for (let s = 0; s < t; s++) cross.set(s, t, forget.at(t).mean * cross.at(s, t - 1) + added.at(s, t));
    for (let s = 0; s <= t; s++) {
      const kept = forget.both(t, s, inner.at(t, s)) * cell.at(t - 1, s - 1);
      cell.both(t, s, kept + forget.at(t).mean * cross.at(s, t - 1) + forget.at(s).mean * cross.at(t, s - 1) + added.at(t, s));
    }
    if (own) v.cell[t] = cell.at(t, t);
    for (let s = 0; s <= t; s++) hidden.both(t, s, input.both(t, s, inner.at(t, s)) * output.both(t, s, cell.at(t, s)));
  }
  return pass;
};

/** h = (1 − z)·n + z·h_{t−1}, n = φ(W x + r·(U h)) (Cho et al. 2014, arXiv:1406.1078, with the reset after the product). */
const gru: Cell = (steps, x, w, kernels, v, own) => {
  const update = gate(kernels.sigmoid, w.biasMean, v.z);
  const candidate = gate(kernels.squash, w.biasMean, v.candidate);
  const pass = { ...emptyPass(steps), candidate: new Pairs(steps), fresh: new Pairs(steps), cross: new Pairs(steps) };
  const { hidden, fresh, cross } = pass;
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
      const covariance = reset(s, both);
      gates.push(both);
      pass.inner.both(t, s, inner(s));
      pass.candidate.both(t, s, covariance);
      fresh.both(t, s, candidate.both(t, s, covariance));
    }
    const zt = update.at(t).mean;
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
  }
  return pass;
};

const plain: Cell = (steps, x, w, kernels, v, own) => {
  const step = gate(kernels.squash, w.biasMean, v.z);
  const pass = emptyPass(steps);
  const { hidden, inner } = pass;
  for (let t = 0; t < steps; t++) {
    for (let s = 0; s <= t; s++) inner.both(t, s, w.input * x(t, s) + w.recurrent * hidden.at(t - 1, s - 1) + w.bias);
    if (own) v.z[t] = inner.at(t, t);
    for (let s = 0; s <= t; s++) hidden.both(t, s, step.both(t, s, inner.at(t, s)));
  }
  return pass;
};

const CELLS = { lstm, gru, rnn: plain } as const;

export type CellName = keyof typeof CELLS;

export const runCell = (
  name: CellName,
  kernels: CellKernels,
  steps: number,
  same: Correlation,
  other: Correlation,
  w: CellWeights,
): CellRun => {
  const variances: Variances = { z: new Float64Array(steps), candidate: new Float64Array(steps), cell: new Float64Array(steps) };
  const own = CELLS[name](steps, same, w, kernels, variances, true);
  return { own, other: CELLS[name](steps, other, w, kernels, variances, false).hidden, variances };
};
