/**
 * Recurrent cells backward, two times at once, as `cells.ts` is forward. With D_h(t) = ∂L/∂h_t and D_c(t) = ∂L/∂c_t of one unit,
 * P(t,s) = E[D_h(t)D_h(s)] = E(t,s) + H s_h² Z(t+1,s+1): what arrives at the layer's output, and what the gates of the next step
 * send through fresh weights, Z(t,s) = Σ_gates E[∂L/∂z_t ∂L/∂z_s]. What goes on unit by unit, c_t = f_t c_{t−1} + i_t a_t, is
 * D_c(t) = u_t + f_{t+1} D_c(t+1) with u_t = o_t φ′(c_t) D_h(t), the forward recursion of c turned round: with Y(t,s) = E[D_c(t)u_s]
 * Y(t,s) = E f·Y(t+1,s) + E[u_t u_s] and C(t,s) = E[ff′]C(t+1,s+1) + E f·(Y(s+1,t) + Y(t+1,s)) + E[u_t u_s].
 * A cell sums what comes later, so its gradients at neighbouring steps are alike, and those of the layer below add up coherently:
 * one time at once loses a factor of up to 3 in second moment with every layer.
 */
import type { CellKernels, CellName, CellRun, CellWeights } from './cells.ts';
import { gate, Pairs } from './steps.ts';

/** Z(t,s) as the input weights and as the recurrent ones see it. */
interface Sent {
  readonly inputs: Pairs;
  readonly recurrent: Pairs;
}

type CellBack = (run: CellRun, arriving: Pairs, w: CellWeights, kernels: CellKernels) => Sent;

/** Pairs (t ≥ s) by falling s, then t: all that come after both steps, or after one of them, is known. */
const backwards = (steps: number, visit: (t: number, s: number) => void): void => {
  for (let s = steps - 1; s >= 0; s--) for (let t = steps - 1; t >= s; t--) visit(t, s);
};

const lstm: CellBack = ({ own, variances }, arriving, w, { sigmoid, squash }) => {
  const { steps } = arriving;
  const { inner, cell } = own;
  const input = gate(sigmoid, w.biasMean, variances.z);
  const forget = gate(sigmoid, w.biasMean + w.forget, variances.z);
  const candidate = gate(squash, w.biasMean, variances.z);
  const output = gate(squash, 0, variances.cell);
  const kept = (t: number): number => (t < steps ? forget.at(t).mean : 0);
  const [z, c, y] = [new Pairs(steps), new Pairs(steps), new Pairs(steps)];
  backwards(steps, (t, s) => {
    const between = inner.at(t, s);
    const hidden = arriving.at(t, s) + w.recurrent * z.at(t + 1, s + 1);
    const gates = input.both(t, s, between);
    const passed = gates * output.slopes(t, s, cell.at(t, s)) * hidden;
    y.set(t, s, kept(t + 1) * y.at(t + 1, s) + passed);
    if (t > s) y.set(s, t, kept(s + 1) * y.at(s + 1, t) + passed);
    const later = t + 1 < steps ? forget.both(t + 1, s + 1, inner.at(t + 1, s + 1)) * c.at(t + 1, s + 1) : 0;
    const cells = later + kept(s + 1) * y.at(s + 1, t) + kept(t + 1) * y.at(t + 1, s) + passed;
    c.both(t, s, cells);
    const turns = input.slopes(t, s, between);
    const added = candidate.both(t, s, between) * turns + gates * candidate.slopes(t, s, between);
    const remembered = t > 0 && s > 0 ? cell.at(t - 1, s - 1) * forget.slopes(t, s, between) : 0;
    z.both(t, s, cells * (added + remembered) + hidden * output.both(t, s, cell.at(t, s)) * turns);
  });
  return { inputs: z, recurrent: z };
};

/**
 * D(t) = a(t) + u_{t+1}D(t+1), where a(t) arrives or comes through fresh weights and u is the update gate; Q(t,s) = E[D(t)a(s)].
 * Of the three gates the candidate has its recurrent product behind the reset.
 */
const gru: CellBack = ({ own, variances }, arriving, w, { sigmoid, squash }) => {
  const { steps } = arriving;
  const { inner, hidden, fresh, cross } = own;
  const update = gate(sigmoid, w.biasMean, variances.z);
  const candidate = gate(squash, w.biasMean, variances.candidate);
  const kept = (t: number): number => (t < steps ? update.at(t).mean : 0);
  const [inputs, recurrent, p, q] = [new Pairs(steps), new Pairs(steps), new Pairs(steps), new Pairs(steps)];
  backwards(steps, (t, s) => {
    const between = inner.at(t, s);
    const source = arriving.at(t, s) + w.recurrent * recurrent.at(t + 1, s + 1);
    q.set(t, s, source + kept(t + 1) * q.at(t + 1, s));
    if (t > s) q.set(s, t, source + kept(s + 1) * q.at(s + 1, t));
    const later = t + 1 < steps ? update.both(t + 1, s + 1, inner.at(t + 1, s + 1)) * p.at(t + 1, s + 1) : 0;
    const all = source + kept(t + 1) * q.at(t + 1, s) + kept(s + 1) * q.at(s + 1, t) + later;
    p.both(t, s, all);
    const gates = update.both(t, s, between);
    const turns = update.slopes(t, s, between);
    const before = hidden.at(t - 1, s - 1);
    const taken = 1 - update.at(t).mean - update.at(s).mean + gates;
    const anew = all * taken * candidate.slopes(t, s, own.candidate.at(t, s));
    const updated = all * (fresh.at(t, s) + before - cross.at(t, s - 1) - cross.at(s, t - 1)) * turns;
    const reset = anew * (w.recurrent * before + w.recurrentBias) * turns;
    inputs.both(t, s, anew + updated + reset);
    recurrent.both(t, s, anew * gates + updated + reset);
  });
  return { inputs, recurrent };
};

const plain: CellBack = ({ own, variances }, arriving, w, { squash }) => {
  const { steps } = arriving;
  const step = gate(squash, w.biasMean, variances.z);
  const z = new Pairs(steps);
  backwards(steps, (t, s) => {
    z.both(t, s, step.slopes(t, s, own.inner.at(t, s)) * (arriving.at(t, s) + w.recurrent * z.at(t + 1, s + 1)));
  });
  return { inputs: z, recurrent: z };
};

const CELLS = { lstm, gru, rnn: plain } as const;

/** Z(t,s): gradients of the gates' pre-activations, summed over the gates, as one input meets them. */
export const backCell = (name: CellName, run: CellRun, arriving: Pairs, w: CellWeights, kernels: CellKernels): Pairs =>
  CELLS[name](run, arriving, w, kernels).inputs;
