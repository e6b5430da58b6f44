/**
 * The moment engine: one pass forward over the nodes, one backward, a table row per op. It iterates, so depth costs no stack;
 * what is unknown makes what follows unknown and nothing else.
 */
import { saturatedShare, zeroShare } from '../knowledge/saturation.ts';
import type { Network, Node } from '../network/network.ts';
import type { Op, OpKind, OpOf } from '../network/op.ts';
import { isNumber, type Shape } from '../network/scalar.ts';
import { reshapeInputs } from '../network/shapes.ts';
import { type AssumedSizes, assumeSizes } from '../network/sizes.ts';
import { bandOf, gradientDrift, seedsOf, withDraws } from './draws.ts';
import { activationKernel } from './ops/activation.ts';
import { OP_SIGNALS } from './ops/index.ts';
import { type Context, number, type OpSignal, type Outcome } from './ops/op.ts';
import { facedAxis, transposed, transposedGradient, turns, unitOf } from './orientation.ts';
import {
  axisOf,
  divisionOf,
  gradientRange,
  joined,
  joinedGradient,
  partAt,
  partContext,
  placed,
  stateRange,
  summed,
  whole,
} from './segments.ts';
import type { Moments, NodeSignal, Signal } from './signal.ts';
import { type Gradient, gaussianState, gradientOf, placeOf, type State, varianceOf } from './state.ts';
import { twinsOf } from './twins.ts';

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

/** Inputs turned so that the op sums over units, and alike where several meet. */
const turned = (node: Node, c: Context): Context => {
  const unit = c.inputs[0]?.unit ?? null;
  let changed = false;
  const inputs = c.inputs.map((x, i) => {
    const shape = c.inputShapes[i];
    const meets = i > 0 && MEETING.has(node.op.kind) && shape?.length === c.inputShapes[0]?.length;
    const turn = turns(x, meets ? unit : facedAxis(node.op, shape));
    if (turn) changed = true;
    return turn ? transposed(x) : x;
  });
  return changed ? { ...c, inputs } : c;
};

const MEETING: ReadonlySet<OpKind> = new Set(['add', 'sub', 'mul', 'average', 'maximum', 'concat']);

/** One op forward: part by part where its input has parts that it keeps apart. */
const compute = (node: Node, row: OpSignal<OpKind>, given: Context): Outcome => {
  const c = turned(node, given);
  // What an outcome draws follows from what it was made of: of a part, that part.
  const finished = (outcome: Outcome, of: Context = c): Outcome => {
    if (typeof outcome === 'string') return outcome;
    const unit = unitOf(node.op, c.inputs, c.inputShapes[0], c.shape);
    const state = outcome.unit === unit ? outcome : gaussianState(outcome, { ...outcome, unit });
    return withDraws(node.op, of, state, node.op.kind === 'activation' ? activationKernel(node.op, of) : undefined);
  };
  const { op } = node;
  if (op.kind === 'concat') return finished(concatenated(op, row, c));
  if (!c.inputs.some((x) => x.segments !== null)) return finished(row.forward(op, c));
  const [shape, only] = [c.inputShapes[0], c.inputs[0]];
  if (op.kind === 'slice' && shape && only?.segments?.axis === axisOf(op.axis, shape)) {
    const range = rangeOf(op, c);
    return finished(row.forward(op, { ...c, inputs: [range === null ? whole(only) : stateRange(only, range.start, range.size)] }));
  }
  const division = divisionOf(node, c, null);
  if (division === null) return finished(row.forward(op, { ...c, inputs: c.inputs.map(whole) }));
  const parts: { size: number; of: State }[] = [];
  for (let i = 0; i < division.sizes.length; i++) {
    const part = partContext(c, division, i);
    const of = finished(row.forward(op, part), part);
    if (typeof of === 'string') return of;
    parts.push({ size: division.sizes[i] as number, of });
  }
  const { parts: terms } = joinedTerms(parts);
  const state = joined(division.outAxis, parts);
  return gaussianState(state, { ...state, parts: terms });
};

/** Terms of a sum are those of all its parts alike. */
const joinedTerms = (parts: readonly { readonly of: State }[]): { readonly parts: State['parts'] } => ({
  parts: parts[0]?.of.parts ?? null,
});

const rangeOf = (op: Op, c: Context): { readonly start: number; readonly size: number; readonly total: number } | null => {
  const shape = c.inputShapes[0];
  if (op.kind !== 'slice' || !shape) return null;
  const total = number(shape[axisOf(op.axis, shape)], c);
  const [from, size] = [number(op.start, c), number(op.size, c)];
  if (total === undefined || from === undefined || size === undefined) return null;
  const start = from < 0 ? from + total : from;
  return start < 0 || start + size > total || size < 1 ? null : { start, size, total };
};

/** Sizes along the axis of a concatenation; null where one is not known. */
const lengthsOf = (op: Op, c: Context): { readonly axis: number; readonly sizes: readonly number[] } | null => {
  if (op.kind !== 'concat' || c.shape === null) return null;
  const axis = axisOf(op.axis, c.shape);
  const sizes = c.inputShapes.map((shape) => (shape ? number(shape[axis], c) : undefined));
  return axis > 0 && sizes.every((n) => n !== undefined && n > 0) ? { axis, sizes: sizes as number[] } : null;
};

const concatenated = (op: Op, row: OpSignal<OpKind>, c: Context): Outcome => {
  const average = row.forward(op as OpOf<OpKind>, { ...c, inputs: c.inputs.map(whole) });
  const lengths = lengthsOf(op, c);
  if (typeof average === 'string' || lengths === null) return average;
  const parts = c.inputs.flatMap((x, i) => {
    const size = lengths.sizes[i] as number;
    return x.segments?.axis === lengths.axis ? x.segments.parts : [{ size, of: whole(x) }];
  });
  return joined(lengths.axis, parts, average);
};

/** One op backward, likewise. */
const sentBy = (node: Node, row: OpSignal<OpKind>, given: Context, gradient: Gradient, output: State): readonly (Gradient | null)[] => {
  const { op } = node;
  const c = turned(node, given);
  const back = (sent: readonly (Gradient | null)[]): readonly (Gradient | null)[] =>
    c === given ? sent : sent.map((one, i) => (one !== null && c.inputs[i] !== given.inputs[i] ? transposedGradient(one) : one));
  const lengths = lengthsOf(op, c);
  if (lengths !== null && gradient.segments?.axis === lengths.axis) {
    let at = 0;
    return back(
      lengths.sizes.map((size) => {
        at += size;
        return gradientRange(gradient, at - size, size);
      }),
    );
  }
  const range = rangeOf(op, c);
  const shape = c.inputShapes[0];
  if (op.kind === 'slice' && range !== null && shape && gradient.segments === null && c.shape) {
    return back([
      placed(
        row.backward(op, { ...c, inputShapes: [c.shape] }, gradient, output)[0] ?? gradient,
        axisOf(op.axis, shape),
        range.start,
        range.size,
        range.total,
      ),
    ]);
  }
  const division = c.inputs.length === 0 ? null : divisionOf(node, c, gradient);
  // A recurrent layer knows what to make of steps that get different gradients.
  const bare = gradient.segments === null || op.kind === 'recurrent' ? gradient : gradientOf(gradient.g, { ...gradient, segments: null });
  if (division === null) return back(row.backward(op, { ...c, inputs: c.inputs.map(whole) }, bare, whole(output)));
  let at = 0;
  const sent = division.sizes.map((size, i) => {
    const arriving = gradient.segments?.axis === division.outAxis ? partAt(gradient.segments, at) : bare;
    const out = output.segments?.axis === division.outAxis ? partAt(output.segments, at) : whole(output);
    at += size;
    return row.backward(op, partContext(c, division, i), arriving, out);
  });
  return back(
    c.inputs.map((_, i) => {
      const parts = sent.map((one, k) => ({ size: division.sizes[k] as number, of: one[i] ?? null }));
      return parts.some((part) => part.of === null) ? null : joinedGradient(division.axis, parts as { size: number; of: Gradient }[]);
    }),
  );
};

interface Forward {
  readonly nodes: readonly Node[];
  readonly states: readonly (State | null)[];
  readonly reasons: readonly (string | null)[];
}

/** Puts another node in the place of one, given what it makes of its input and a way to try others. */
export type Revise = (node: Node, state: State, attempt: (other: Node) => State | null) => Node;

const forward = (network: Network, context: (node: Node, inputs: readonly State[]) => Context, revise?: Revise): Forward => {
  const nodes: Node[] = [];
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
    // What integers are looked up by needs no signal of theirs; every other op needs what comes in.
    const looksUp = node.op.kind === 'embedding' || node.op.kind === 'oneHot' || node.op.kind === 'opaque';
    const needed = looksUp ? null : missing;
    const given = missing === null ? inputs : NO_INPUT;
    let outcome = needed ?? compute(node, row, context(node, given));
    if (revise !== undefined && typeof outcome !== 'string' && finite(outcome)) {
      const attempt = (other: Node): Outcome => compute(other, row, context(other, given));
      const known = (state: Outcome): State | null => (typeof state === 'string' || !finite(state) ? null : state);
      const other = revise(node, outcome, (tried) => known(attempt(tried)));
      if (other !== node) outcome = attempt(other);
      nodes.push(other);
    } else nodes.push(node);
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
  return { states, reasons, nodes };
};

/** undefined: nothing asked for a gradient so far; null: unknown. */
type Slot = Gradient | null | undefined;

const together = (a: Slot, b: Gradient | null): Gradient | null => {
  if (a === undefined) return b;
  if (a === null || b === null) return null;
  return summed(a, b);
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
    if (gradient !== null && output !== null && isUnstable(output)) gradient = { ...gradient, unstable: true };
    slots[id] = gradient;
    if (node.inputs.length === 0) continue;
    const row = rowOf(node);
    const inputs = node.inputs.map((input) => states[input] ?? null);
    const known = inputs.every((state) => state !== null);
    let sent: readonly (Gradient | null)[] | null = null;
    if (gradient !== null && (row.blind === true || (known && output !== null))) {
      sent =
        output === null
          ? row.backward(node.op, context(node, NO_INPUT), gradient, output as unknown as State)
          : sentBy(node, row, context(node, known ? (inputs as readonly State[]) : NO_INPUT), gradient, output);
    }
    for (let i = 0; i < node.inputs.length; i++) {
      const input = node.inputs[i] as number;
      const one = sent?.[i] ?? null;
      slots[input] = together(slots[input], one !== null && Number.isFinite(one.g) && one.g >= 0 ? one : null);
    }
  }
  return slots;
};

/** Var log of the mean over a node's own units. */
const ownVariance = (x: State): number => {
  const alike = x.q > 0 ? Math.max(0, placeOf(x) / x.q) : 0;
  return x.width === null || x.width <= 0 ? 0 : (Math.max(0, x.excess) * alike * alike) / x.width;
};

const isUnstable = (x: State): boolean => x.sensitivity > UNSTABLE;

/** Moments as expected at the width that the layers have. */
const reported = (x: State): Moments => {
  const mean = x.draws?.mean ?? 1;
  return { m: x.m * Math.sqrt(mean), q: x.q * mean, r: x.r * mean, u: x.u * mean };
};

const nodeSignal = (node: Node, passes: Forward, slot: Slot, context: Context | null, seed: number): NodeSignal => {
  const state = passes.states[node.id] ?? null;
  const gradient = slot ?? null;
  const unstable = (state !== null && isUnstable(state)) || (gradient?.unstable ?? false);
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
    forward: state === null ? null : reported(state),
    band: state === null ? null : bandOf(state, ownVariance(state), seed),
    gradient: gradient === null ? null : gradient.g * gradientDrift(gradient),
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

const contextsOf = (network: Network) => {
  const sizes = assumeSizes(network);
  const lookup = (name: string): number | undefined => sizes.values.get(name)?.value;
  const shapes = shapesOf(network, sizes, lookup);
  const seeds = seedsOf(network);
  const twins = twinsOf(network);
  const recurrences = network.nodes.reduce((sum, { op }) => sum + (op.kind === 'recurrent' ? Math.max(1, op.layers) : 0), 0);
  const context = (node: Node, inputs: readonly State[]): Context => ({
    id: node.id,
    seed: seeds[node.id] as number,
    params: node.params,
    inputIds: node.inputs,
    twins: twins && node.inputs.map((id) => twins[id] as number),
    inputs,
    inputShapes: node.inputs.map((id) => shapes[id] ?? null),
    shape: shapes[node.id] ?? null,
    lookup,
    recurrences,
  });
  return { context, seeds, assumed: sizes.values };
};

/** Moments, gradients and bands of every node. */
export const computeSignal = (network: Network): Signal => {
  const { context, seeds, assumed } = contextsOf(network);
  const passes = forward(network, context);
  const slots = backward(network, passes, context);
  const nodes = network.nodes.map((node) =>
    nodeSignal(node, passes, slots[node.id], node.op.kind === 'activation' ? context(node, NO_INPUT) : null, seeds[node.id] as number),
  );
  return { nodes, assumed };
};

/** The network with nodes revised in the order of the forward pass, each seeing what those before it became. */
export const revised = (network: Network, revise: Revise): Network => {
  const { nodes } = forward(network, contextsOf(network).context, revise);
  return { ...network, nodes };
};
