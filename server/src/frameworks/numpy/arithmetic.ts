/** What the operators do with arrays: draws stay draws, activations become functions, what is compared with targets is a gradient. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asScalar } from '../../interpreter/native.ts';
import type { CallSite, Value } from '../../interpreter/values.ts';
import { unknown } from '../../interpreter/values.ts';
import { type Distribution, unknownDistribution } from '../../network/distribution.ts';
import type { Op } from '../../network/op.ts';
import { equalScalar, isNumber, type Scalar, type Shape, sub } from '../../network/scalar.ts';
import { broadcast } from '../../network/shapes.ts';
import { affineOf, bernoulli, combine, maskOf } from '../shared/arithmetic.ts';
import { type GraphParam, spansOf } from '../shared/graph.ts';
import { rootStorage, type Storage } from '../shared/storage.ts';
import { derived, type TensorData, tensorData } from '../shared/tensor.ts';
import {
  affineStep,
  asArray,
  atNode,
  composed,
  compute,
  type Elementwise,
  isElementwise,
  joins,
  type Operator,
  Reduction,
} from './elementwise.ts';
import { emitOnce } from './once.ts';
import { asElementwise, learnsFrom, useAsParameter } from './product.ts';
import { arrayOf, drawn, gradient, isByHand, isGradient, itemsOf, type Listed, numpyState, storedIn } from './state.ts';

type Stored = TensorData & { readonly storage: Storage };

const emitted = (
  interp: Interpreter,
  op: Op,
  inputs: readonly TensorData[],
  label: string,
  site: CallSite,
  params: readonly GraphParam[] = [],
  shape?: Shape | null,
): Value => {
  const { graph } = inputs[0] ?? numpyState(interp);
  const flipped = inputs.map((i) => (isElementwise(i) ? i.flipped : null)).find((f) => f !== null) ?? null;
  const node = emitOnce(graph, { op, inputs, params, label, ...spansOf(site), ...(shape === undefined ? {} : { shape }) });
  return asArray(interp, atNode(graph, node, flipped, site), site);
};

const nodeShape = (x: TensorData): Shape | null => (x.node === null ? null : (x.graph.nodes[x.node]?.shape ?? null));

/** What an activation is compared with is a target: it is what the network gives, and from here on leads back. */
const compared = (interp: Interpreter, ...outputs: readonly TensorData[]): Value => {
  for (const output of outputs) void output.node;
  return gradient(interp);
};

const opaque = (interp: Interpreter, inputs: readonly TensorData[], label: string, reason: string, site: CallSite): Value =>
  emitted(interp, { kind: 'opaque', what: label, reason }, inputs, label, site, [], nodeShape(inputs[0] as TensorData));

const LABELS: Partial<Record<Operator, string>> = {
  '+': 'add',
  '-': 'subtract',
  '*': 'multiply',
  '/': 'divide',
  max: 'maximum',
  min: 'minimum',
};
const labelOf = (op: Operator): string => LABELS[op] ?? op;

/** Arithmetic where at least one side is an array. */
export const arithmetic = (interp: Interpreter, op: Operator, a: Value, b: Value, site: CallSite): Value => {
  numpyState(interp).operations++;
  if (isGradient(a) || isGradient(b)) return withGradient(interp, op, a, b);
  const [x, y] = [asElementwise(interp, tensorData(a), site), asElementwise(interp, tensorData(b), site)];
  if (x && y) return ofActivations(interp, op, x, y, tensorData(a), tensorData(b), site);
  if (x) return withOther(interp, op, x, b, false, site);
  if (y) return withOther(interp, op, y, a, true, site);
  return ofStored(interp, op, a, b, site);
};

/** `W -= rate * dW`: the weight as it was, now known to be one. Everything else that comes from a gradient is a gradient. */
const withGradient = (interp: Interpreter, op: Operator, a: Value, b: Value): Value => {
  const weight = storedIn(a);
  if (!weight || !isGradient(b) || (op !== '-' && op !== '+')) return gradient(interp);
  learnsFrom(interp, weight.storage);
  return a;
};

// ── activations ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Whether a node has no weight above it: data, or computed from data alone. */
const isData = (x: TensorData): boolean => {
  const { graph } = x;
  const queue = [x.node ?? -1];
  const seen = new Set<number>();
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    const node = graph.nodes[id];
    if (!node || seen.has(id)) continue;
    if (node.params.length > 0) return false;
    seen.add(id);
    queue.push(...node.inputs);
  }
  return true;
};

const isExponential = (x: Elementwise): boolean => {
  const [a, b, c] = [x.f(0), x.f(1), x.f(2)];
  return Math.abs(b / a - Math.E) < 1e-6 && Math.abs(c / b - Math.E) < 1e-6;
};

const sameFunction = (a: Elementwise, b: Elementwise): boolean => joins(a, b) && [-2, -0.3, 0.7, 3].every((x) => a.f(x) === b.f(x));

const ofActivations = (
  interp: Interpreter,
  op: Operator,
  x: Elementwise,
  y: Elementwise,
  a: TensorData | undefined,
  b: TensorData | undefined,
  site: CallSite,
): Value => {
  // exp(z − max z) / Σ exp(z − max z)
  if (b instanceof Reduction) {
    if (op === '-' && b.reduce === 'max' && b.of.base === x.base && !x.shifted) return asArray(interp, x.withoutMaximum(), site);
    if (op === '/' && b.reduce === 'sum' && (x.exponent || isExponential(x)) && sameFunction(x, b.of)) {
      const input = x.exponent ?? atNode(x.graph, x.base, x.flipped, site);
      return emitted(interp, { kind: 'softmax', axis: -1, log: false }, [input], 'softmax', site);
    }
  }
  if (!(a instanceof Reduction) && !(b instanceof Reduction) && joins(x, y)) return asArray(interp, composed(op, x, y, site), site);
  const nodes = [a instanceof Reduction ? a : x, b instanceof Reduction ? b : y];
  // What the network gives, less what it should have given.
  if (op === '-' && isByHand(interp, x.graph) && isData(x) !== isData(y)) return compared(interp, ...nodes);
  const kind = op === '+' ? 'add' : op === '-' ? 'sub' : op === '*' ? 'mul' : op === 'max' ? 'maximum' : null;
  if (kind) return emitted(interp, { kind }, nodes, labelOf(op), site);
  return opaque(interp, nodes, labelOf(op), `${labelOf(op)} of two activations`, site);
};

const withOther = (interp: Interpreter, op: Operator, x: Elementwise, other: Value, swapped: boolean, site: CallSite): Value => {
  const stored = storedIn(other);
  if (stored) return withStored(interp, op, x, stored, swapped, site);
  const number = asScalar(other);
  if (number !== undefined && isNumber(number))
    return asArray(interp, swapped ? composed(op, number, x, site) : composed(op, x, number, site), site);
  if (isByHand(interp, x.graph) && (op === '-' || (op === '/' && swapped))) return compared(interp, x);
  const step = number === undefined ? undefined : affineStep(op, number, swapped);
  return step
    ? emitted(interp, step, [x], labelOf(op), site)
    : opaque(interp, [x], labelOf(op), 'combined with something that is not known', site);
};

/** A vector over the features; one over the batch is a target. */
const isBias = (x: Elementwise, bias: Stored, open = false): boolean => {
  const { shape } = bias;
  if (shape === null || bias.storage.init.distribution.kind === 'data') return false;
  if (shape.filter((size) => size !== 1).length > 1) return false;
  // While it is open which side was the weight, what is added fits either.
  if (open) return true;
  const size = shape.find((n) => n !== 1) ?? 1;
  if (shape.length === 2 && x.flipped !== null && size !== 1 && shape[x.flipped ? 1 : 0] !== 1) return false;
  const features = nodeShape(x)?.at(-1);
  return size === 1 || nodeShape(x)?.length !== 2 || !isNumber(features) || !isNumber(size) || features === size;
};

const withStored = (interp: Interpreter, op: Operator, x: Elementwise, other: Stored, swapped: boolean, site: CallSite): Value => {
  const { distribution } = other.storage.init;
  if (op === '*' || op === '/') {
    const mask = maskOf(distribution);
    if (mask && op === '*') {
      const dropped = emitted(interp, { kind: 'dropout', rate: mask.rate, alpha: false }, [x], 'dropout', site);
      const kept = tensorData(dropped);
      const step = affineStep('*', mask.factor, false);
      return mask.factor === 1 || !kept || !step ? dropped : emitted(interp, step, [kept], 'multiply', site);
    }
    if (op === '*' && isBias(x, other)) {
      useAsParameter(other.storage, interp);
      return emitted(
        interp,
        { kind: 'scale' },
        [x],
        'multiply',
        site,
        [{ storage: other.storage, name: 'scale', role: 'gamma' }],
        nodeShape(x),
      );
    }
    return opaque(interp, [x], labelOf(op), 'combined with an array', site);
  }
  if (op !== '+' && op !== '-') return opaque(interp, [x], labelOf(op), 'combined with an array', site);
  const byHand = isByHand(interp, x.graph);
  const open = byHand && op === '+' && numpyState(interp).open.has(x.base);
  if (!isBias(x, other, open))
    return op === '-' && byHand ? compared(interp, x) : opaque(interp, [x], labelOf(op), 'combined with an array', site);
  if (op === '-' && swapped) return byHand ? compared(interp, x) : opaque(interp, [x], labelOf(op), 'taken from an array', site);
  const bias = op === '-' ? tensorData(derived(interp, other, affineOf(distribution, -1), other.shape, site)) : other;
  const storage = bias?.storage ?? other.storage;
  useAsParameter(storage, interp);
  return emitted(interp, { kind: 'shift' }, [x], 'add', site, [{ storage, name: 'bias', role: 'bias' }], nodeShape(x));
};

// ── draws and data ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const sideOf = (value: Value): { readonly distribution: Distribution; readonly shape: Shape | null } => {
  const stored = storedIn(value);
  if (stored) return { distribution: stored.storage.init.distribution, shape: stored.shape };
  const number = asScalar(value);
  const distribution: Distribution = number === undefined ? unknownDistribution('an unknown factor') : { kind: 'constant', value: number };
  return { distribution, shape: [] };
};

/** U(0, 1) < p keeps with probability p. */
const chance = (op: '<' | '>', a: Value, b: Value): Distribution | undefined => {
  const draws = storedIn(a)?.storage.init.distribution;
  const limit = asScalar(b);
  if (limit === undefined || draws?.kind !== 'uniform' || draws.low !== 0 || draws.high !== 1) return undefined;
  return bernoulli(op === '<' ? limit : sub(1, limit));
};

const combined = (op: Operator, a: Value, b: Value): Distribution => {
  if (op === '<' || op === '>') return chance(op, a, b) ?? chance(op === '<' ? '>' : '<', b, a) ?? { kind: 'data', what: 'a comparison' };
  const [left, right] = [sideOf(a).distribution, sideOf(b).distribution];
  if (left.kind === 'data' || right.kind === 'data') return { kind: 'data', what: 'computed from data' };
  if (op === '+' || op === '-' || op === '*' || op === '/') return combine(op, left, right);
  if (op === '**' && right.kind === 'constant' && right.value === 1) return left;
  const [x, y] = [left, right].map((d) => (d.kind === 'constant' && isNumber(d.value) ? d.value : undefined));
  return x !== undefined && y !== undefined ? { kind: 'constant', value: compute[op](x, y) } : unknownDistribution(labelOf(op));
};

const ofStored = (interp: Interpreter, op: Operator, a: Value, b: Value, site: CallSite): Value => {
  const [left, right] = [storedIn(a), storedIn(b)];
  const base = left && right ? baseOf(left, right) : (left ?? right);
  if (!base) return unknown(labelOf(op), site.span);
  // A mask over data that nobody knows leaves data that nobody knows.
  const other = left ? b : a;
  if (!(left && right) && op === '*' && maskOf(base.storage.init.distribution) && (other.kind === 'unknown' || isSymbolic(other)))
    return other;
  const listed = ofItems(interp, op, a, b, base, site);
  if (listed) return listed;
  const shape = left && right ? broadcast([left.shape, right.shape]) : base.shape;
  return derived(interp, base, combined(op, a, b), shape, site);
};

const isSymbolic = (value: Value): boolean => value.kind === 'number' && !isNumber(value.value);

/** Of two arrays the result carries on the one that is a parameter, else the one that was drawn. */
const baseOf = (left: Stored, right: Stored): Stored => {
  const weight = (s: Stored): number =>
    rootStorage(s.storage).isParameter
      ? 2
      : s.storage.init.distribution.kind === 'data' || s.storage.init.distribution.kind === 'constant'
        ? 0
        : 1;
  return weight(right) > weight(left) ? right : left;
};

const MOST_ITEMS = 4096;

/** Plain numbers in a list stay numbers: sizes and rates are made so. */
const ofItems = (interp: Interpreter, op: Operator, a: Value, b: Value, base: Stored, site: CallSite): Value | undefined => {
  const [xs, ys] = [itemsOf(a), itemsOf(b)];
  const length = xs?.length ?? ys?.length;
  if (length === undefined || length > MOST_ITEMS || (op !== '+' && op !== '-' && op !== '*' && op !== '/' && op !== '**'))
    return undefined;
  const [p, q] = [asScalar(a), asScalar(b)];
  if ((!xs && p === undefined) || (!ys && q === undefined) || (xs && ys && xs.length !== ys.length)) return undefined;
  const items = Array.from({ length }, (_, i) => interp.binary(op, xs?.[i] ?? a, ys?.[i] ?? b, site.span));
  return listedArray(interp, items, site, base.storage.init.name);
};

export const listedArray = (interp: Interpreter, items: readonly Value[], site: CallSite, name: string): Value => {
  const numbers = items.map(asScalar);
  const [first] = numbers;
  const alike = first !== undefined && numbers.every((n) => n !== undefined && equalScalar(n, first as Scalar));
  const distribution: Distribution = alike ? { kind: 'constant', value: first } : { kind: 'data', what: 'given values' };
  const array = drawn(interp, { shape: [items.length], distribution, name }, site);
  const data = tensorData(array) as TensorData;
  return arrayOf(interp, { ...data, items } as Listed, site);
};
