/**
 * The moment engine: one pass forward over the nodes, one backward, a table row per op. It iterates, so depth costs no stack;
 * what is unknown makes what follows unknown and nothing else.
 */
import { saturatedShare, zeroShare } from '../knowledge/saturation.ts';
import type { Network, Node } from '../network/network.ts';
import type { OpKind } from '../network/op.ts';
import { isNumber, type Shape } from '../network/scalar.ts';
import { reshapeInputs } from '../network/shapes.ts';
import { type AssumedSizes, assumeSizes } from '../network/sizes.ts';
import { activationKernel } from './ops/activation.ts';
import { OP_SIGNALS } from './ops/index.ts';
import type { Context, OpSignal } from './ops/op.ts';
import type { NodeSignal, Signal } from './signal.ts';
import { type Gradient, gradientOf, type State, varianceOf } from './state.ts';

/** A deviation that grows to more than this many times its relative size: no figure is to be trusted. */
const UNSTABLE = 4;

const NO_INPUT: readonly State[] = [];

const rowOf = (node: Node): OpSignal<OpKind> => OP_SIGNALS[node.op.kind] as OpSignal<OpKind>;

const finite = (x: State): boolean => Number.isFinite(x.q) && Number.isFinite(x.m) && Number.isFinite(x.r);

/** Keeps to what moments can be, q ≥ 0 and |r| ≤ q, and drops what is said of fluctuations where numbers run out of range. */
const settled = (x: State): State => {
  const fluctuates = Number.isFinite(x.excess) && Number.isFinite(x.logVariance) && Number.isFinite(x.sensitivity) && Number.isFinite(x.u);
  if (fluctuates && x.q >= 0 && x.r <= x.q && x.r >= -x.q) return x;
  const q = Math.max(0, x.q);
  const r = Math.max(-q, Math.min(q, x.r));
  return fluctuates ? { ...x, q, r } : { ...x, q, r, u: 0, excess: 2, logVariance: 0, sensitivity: 1 };
};

interface Forward {
  readonly states: readonly (State | null)[];
  readonly reasons: readonly (string | null)[];
}

const forward = (network: Network, context: (node: Node, inputs: readonly State[]) => Context): Forward => {
  const states: (State | null)[] = [];
  const reasons: (string | null)[] = [];
  for (const node of network.nodes) {
    const row = rowOf(node);
    let missing: string | null = null;
    const inputs: State[] = [];
    for (const id of node.inputs) {
      const state = states[id] ?? null;
      if (state === null) missing ??= reasons[id] ?? 'its input is not known';
      else inputs.push(state);
    }
    // An embedding takes integers; every other op needs what comes in.
    const needed = missing !== null && node.op.kind !== 'embedding' && node.op.kind !== 'opaque' ? missing : null;
    const outcome = needed ?? row.forward(node.op, context(node, missing === null ? inputs : NO_INPUT));
    if (typeof outcome === 'string') {
      states.push(null);
      reasons.push(outcome);
    } else if (!finite(outcome)) {
      states.push(null);
      reasons.push('the signal is larger than any number');
    } else {
      states.push(settled(outcome));
      reasons.push(null);
    }
  }
  return { states, reasons };
};

/** undefined: nothing asked for a gradient so far; null: unknown. */
type Slot = Gradient | null | undefined;

const together = (a: Slot, b: Gradient | null): Gradient | null => {
  if (a === undefined) return b;
  if (a === null || b === null) return null;
  return gradientOf(a.g + b.g, { c: a.c + b.c, tokens: a.tokens + b.tokens, unstable: a.unstable || b.unstable });
};

const backward = (network: Network, { states }: Forward, context: (node: Node, inputs: readonly State[]) => Context): readonly Slot[] => {
  const slots: Slot[] = new Array(network.nodes.length).fill(undefined);
  for (const id of network.outputs) slots[id] = together(slots[id], gradientOf(1));
  for (let id = network.nodes.length - 1; id >= 0; id--) {
    const node = network.nodes[id] as Node;
    let gradient = slots[id];
    // A branch that leads nowhere gets no gradient; where the graph is cut off, it may.
    if (gradient === undefined) gradient = network.complete ? gradientOf(0) : null;
    const output = states[id] ?? null;
    if (gradient !== null && output !== null && output.sensitivity > UNSTABLE) gradient = { ...gradient, unstable: true };
    slots[id] = gradient;
    if (node.inputs.length === 0) continue;
    const row = rowOf(node);
    const inputs = node.inputs.map((input) => states[input] ?? null);
    const known = inputs.every((state) => state !== null);
    let sent: readonly (Gradient | null)[] | null = null;
    if (gradient !== null && (row.blind === true || (known && output !== null))) {
      sent = row.backward(node.op, context(node, known ? (inputs as readonly State[]) : NO_INPUT), gradient, output as State);
    }
    for (let i = 0; i < node.inputs.length; i++) {
      const input = node.inputs[i] as number;
      const one = sent?.[i] ?? null;
      slots[input] = together(slots[input], one !== null && Number.isFinite(one.g) && one.g >= 0 ? one : null);
    }
  }
  return slots;
};

/** 5 % and 95 % of a normal, in standard deviations. */
const Z90 = 1.6448536269514722;

/** Band of the rms: log q ~ N(log q − V/2, V), with the average over the node's own units in V. */
const bandOf = (x: State): readonly [number, number] | null => {
  if (!(x.q > 0)) return x.q === 0 ? [0, 0] : null;
  const alike = Math.max(0, x.r / x.q);
  const own = x.width === null || x.width <= 0 ? 0 : (Math.max(0, x.excess) * alike * alike) / x.width;
  const variance = Math.max(0, x.logVariance) + own;
  // Beyond this the log-normal says nothing, and numbers at the end of their range say less.
  if (!(variance < 100)) return null;
  const [middle, spread] = [Math.log(x.q) - variance / 2, Z90 * Math.sqrt(variance)];
  return [Math.exp((middle - spread) / 2), Math.exp((middle + spread) / 2)];
};

const nodeSignal = (node: Node, passes: Forward, slot: Slot, context: Context | null): NodeSignal => {
  const state = passes.states[node.id] ?? null;
  const gradient = slot ?? null;
  const unstable = (state !== null && state.sensitivity > UNSTABLE) || (gradient?.unstable ?? false);
  let saturated: number | null = null;
  let zero: number | null = null;
  if (node.op.kind === 'activation' && context !== null && state !== null) {
    const z = passes.states[node.inputs[0] ?? -1];
    const kernel = activationKernel(node.op, context);
    if (z && kernel !== undefined) {
      saturated = saturatedShare(kernel, z.m, varianceOf(z));
      zero = zeroShare(kernel, z.m, varianceOf(z));
    }
  }
  const unknown = passes.reasons[node.id] ?? (gradient === null ? 'the way to the output is not known' : null);
  return {
    forward: state === null ? null : { m: state.m, q: state.q, r: state.r, u: state.u },
    band: state === null || unstable ? null : bandOf(state),
    gradient: gradient === null ? null : gradient.g,
    saturated,
    zero,
    unknown,
    unstable,
  };
};

/** Shapes as numbers where possible: the framework's own when nothing is open, else inferred again from assumed sizes. */
const shapesOf = (network: Network, sizes: AssumedSizes, lookup: (name: string) => number | undefined): readonly (Shape | null)[] => {
  const settled = sizes.values.size === 0 && sizes.inputShapes.size === 0;
  if (settled && network.nodes.every((node) => node.shape?.every((size, i) => i === 0 || isNumber(size)))) {
    return network.nodes.map((node) => node.shape);
  }
  return sizes.shapes ?? reshapeInputs(network, sizes.inputShapes, lookup);
};

/** Moments, gradients and bands of every node. */
export const computeSignal = (network: Network): Signal => {
  const sizes = assumeSizes(network);
  const lookup = (name: string): number | undefined => sizes.values.get(name)?.value;
  const shapes = shapesOf(network, sizes, lookup);
  const context = (node: Node, inputs: readonly State[]): Context => ({
    id: node.id,
    params: node.params,
    inputIds: node.inputs,
    inputs,
    inputShapes: node.inputs.map((id) => shapes[id] ?? null),
    shape: shapes[node.id] ?? null,
    lookup,
  });
  const passes = forward(network, context);
  const slots = backward(network, passes, context);
  const nodes = network.nodes.map((node) =>
    nodeSignal(node, passes, slots[node.id], node.op.kind === 'activation' ? context(node, NO_INPUT) : null),
  );
  return { nodes, assumed: sizes.values };
};
