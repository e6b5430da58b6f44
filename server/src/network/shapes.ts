/**
 * Shape of every op's output from the shapes of its inputs, sizes as numbers or symbols. One row per op kind, which the compiler
 * checks. Null means that the rank is unknown; a size that cannot be known is a symbol.
 */
import type { Network, Node } from './network.ts';
import type { ChannelAxis, Op, OpKind, OpOf } from './op.ts';
import {
  add,
  BATCH,
  type Dim,
  div,
  equalScalar,
  evaluator,
  formatScalar,
  isNumber,
  mul,
  type Scalar,
  type Shape,
  symbol,
} from './scalar.ts';
import { axisWindow, transposedOutput, windowOutput } from './windows.ts';

type Inputs = readonly (Shape | null)[];
type ShapeFunction<K extends OpKind> = (op: OpOf<K>, inputs: Inputs) => Shape | null;

const first = (inputs: Inputs): Shape | null => inputs[0] ?? null;

/** Index of an axis counted from either end; undefined where the tensor has no such axis. */
const axisIndex = (shape: Shape, axis: number): number | undefined => {
  const index = axis < 0 ? axis + shape.length : axis;
  return index >= 0 && index < shape.length ? index : undefined;
};

const withAxis = (shape: Shape | null, axis: number, change: (size: Dim) => Dim): Shape | null => {
  if (shape === null) return null;
  const index = axisIndex(shape, axis);
  return index === undefined ? null : shape.map((size, i) => (i === index ? change(size) : size));
};

/** Axes that a window of `rank` spatial axes slides over, and the channel axis; batch may be absent, as torch allows. */
export const spatialAxes = (
  shape: Shape,
  rank: number,
  channelAxis: ChannelAxis,
): { readonly spatial: readonly number[]; readonly channel: number } | null => {
  if (shape.length < rank + 1) return null;
  const end = channelAxis === -1 ? shape.length - 1 : shape.length;
  const spatial: number[] = [];
  for (let axis = end - rank; axis < end; axis++) spatial.push(axis);
  return { spatial, channel: channelAxis === -1 ? end : end - rank - 1 };
};

const slide = (
  shape: Shape | null,
  rank: number,
  channelAxis: ChannelAxis,
  channels: Dim | null,
  size: (n: Dim, axis: number) => Dim,
): Shape | null => {
  const axes = shape === null ? null : spatialAxes(shape, rank, channelAxis);
  if (shape === null || axes === null) return null;
  return shape.map((n, i) => {
    if (i === axes.channel) return channels ?? n;
    const spatial = axes.spatial.indexOf(i);
    return spatial < 0 ? n : size(n, spatial);
  });
};

/** Size of two broadcast axes: 1 gives way, a number wins over a symbol; undefined where two numbers disagree. */
const broadcastDim = (a: Dim, b: Dim): Dim | undefined => {
  if (a === 1) return b;
  if (b === 1 || a === b) return a;
  if (isNumber(a) && isNumber(b)) return undefined;
  return isNumber(b) ? b : a;
};

const broadcastPair = (a: Shape, b: Shape): Shape | null => {
  const rank = Math.max(a.length, b.length);
  const out: Dim[] = [];
  for (let i = 0; i < rank; i++) {
    const size = broadcastDim(a[a.length - rank + i] ?? 1, b[b.length - rank + i] ?? 1);
    if (size === undefined) return null;
    out.push(size);
  }
  return out;
};

/** Shape of an elementwise operation over all shapes, by NumPy's rule. */
export const broadcast = (shapes: Inputs): Shape | null =>
  shapes.length === 0 ? null : shapes.reduce((a, b) => (a === null || b === null ? null : broadcastPair(a, b)));

const factorsOf = (x: Dim): readonly Dim[] => (!isNumber(x) && x.op === '*' ? x.args.flatMap(factorsOf) : [x]);

/** Product over product with equal factors cancelled, so that (batch·16·5·5)/400 is batch. */
const numberProduct = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

const quotient = (over: readonly Dim[], under: readonly Dim[]): Dim => {
  if (over.every(isNumber) && under.every(isNumber)) return div(numberProduct(over), numberProduct(under));
  let coefficient = 1;
  const rest: Dim[] = [];
  const below: Dim[] = [];
  for (const factor of over.flatMap(factorsOf)) {
    if (isNumber(factor)) coefficient *= factor;
    else rest.push(factor);
  }
  let divisor = 1;
  for (const factor of under.flatMap(factorsOf)) {
    if (isNumber(factor)) divisor *= factor;
    else {
      const at = rest.findIndex((x) => formatScalar(x) === formatScalar(factor));
      if (at < 0) below.push(factor);
      else rest.splice(at, 1);
    }
  }
  const symbols = rest.reduce<Dim>(mul, 1);
  const scaled = coefficient % divisor === 0 ? mul(coefficient / divisor, symbols) : div(mul(coefficient, symbols), divisor);
  return below.reduce<Dim>(div, scaled);
};

const isBatch = (x: Dim | undefined): boolean => x !== undefined && formatScalar(x) === BATCH.text;

const reshape: ShapeFunction<'reshape'> = (op, inputs) => {
  const inferred = op.shape.indexOf(-1);
  if (inferred < 0) return op.shape;
  const input = first(inputs);
  const known = op.shape.filter((_, i) => i !== inferred);
  if (input === null) return op.shape.map((size, i) => (i === inferred ? (i === 0 ? BATCH : symbol('?')) : size));
  let size = quotient(input, known);
  // x.view(-1, 400) on an image of unknown side means the batch; nothing else could run on every batch size.
  if (inferred === 0 && isBatch(input[0]) && !isBatch(size) && known.every(isNumber) && !input.slice(1).every(isNumber)) size = BATCH;
  return op.shape.map((s, i) => (i === inferred ? size : s));
};

const flatten: ShapeFunction<'flatten'> = (op, inputs) => {
  const input = first(inputs);
  if (input === null) return null;
  const start = axisIndex(input, op.startAxis);
  const end = axisIndex(input, op.endAxis);
  // Keras gives a tensor without feature axes one of size 1.
  if (start === undefined) return op.startAxis === input.length ? [...input, 1] : null;
  if (end === undefined || end < start) return null;
  return [...input.slice(0, start), quotient(input.slice(start, end + 1), []), ...input.slice(end + 1)];
};

const concat: ShapeFunction<'concat'> = (op, inputs) => {
  const head = first(inputs);
  if (head === null || inputs.some((s) => s === null || s.length !== head.length)) return null;
  const axis = axisIndex(head, op.axis);
  if (axis === undefined) return null;
  const shapes = inputs as readonly Shape[];
  return head.map((size, i) => {
    if (i === axis) return shapes.map((s) => s[i] as Dim).reduce(add);
    return shapes.map((s) => s[i] as Dim).find(isNumber) ?? size;
  });
};

const reduce: ShapeFunction<'reduce'> = (op, inputs) => {
  const input = first(inputs);
  if (input === null) return null;
  const axes = new Set(op.axes.map((axis) => axisIndex(input, axis)));
  if (axes.has(undefined)) return null;
  return op.keepAxes ? input.map((size, i) => (axes.has(i) ? 1 : size)) : input.filter((_, i) => !axes.has(i));
};

const globalPool: ShapeFunction<'globalPool'> = (op, inputs) => {
  const input = first(inputs);
  if (input === null || input.length < 2) return null;
  if (op.output.length > 0) return slide(input, op.output.length, op.channelAxis, null, (n, axis) => keepSize(op.output[axis], n));
  const channel = op.channelAxis === -1 ? input.length - 1 : 1;
  return op.keepAxes ? input.map((n, i) => (i === 0 || i === channel ? n : 1)) : input.filter((_, i) => i === 0 || i === channel);
};

/** Torch writes None for an axis that adaptive pooling leaves alone; frameworks record it as 0. */
const keepSize = (wanted: Dim | undefined, n: Dim): Dim => (wanted === undefined || wanted === 0 ? n : wanted);

const matmul: ShapeFunction<'matmul'> = (op, inputs) => {
  const [a, b] = inputs;
  if (!a || !b || a.length === 0 || b.length === 0) return null;
  const swap = (s: Shape, yes: boolean): Shape => (yes && s.length >= 2 ? [...s.slice(0, -2), s.at(-1) as Dim, s.at(-2) as Dim] : s);
  const left = swap(a, op.transposeA);
  const right = swap(b, op.transposeB);
  if (right.length === 1) return left.slice(0, -1);
  if (left.length === 1) return [...right.slice(0, -2), right.at(-1) as Dim];
  const batch = broadcast([left.slice(0, -2), right.slice(0, -2)]);
  return batch === null ? null : [...batch, left.at(-2) as Dim, right.at(-1) as Dim];
};

const recurrent: ShapeFunction<'recurrent'> = (op, inputs) => {
  const input = first(inputs);
  if (input === null || input.length < 2) return null;
  const features = op.bidirectional ? mul(2, op.units) : op.units;
  if (op.returnSequence) return [...input.slice(0, -1), features];
  const time = op.batchFirst ? input.length - 2 : 0;
  return [...input.slice(0, -1).filter((_, i) => i !== time), features];
};

const upsample = (n: Dim, factor: Scalar): Dim => {
  const size = mul(n, factor);
  return isNumber(size) ? Math.floor(size + 1e-9) : size;
};

const SHAPES: { readonly [K in OpKind]: ShapeFunction<K> } = {
  input: (_, inputs) => first(inputs),
  dense: (op, inputs) => withAxis(first(inputs), -1, () => op.outFeatures),
  conv: (op, inputs) => slide(first(inputs), op.rank, op.channelAxis, op.outChannels, (n, axis) => windowOutput(n, axisWindow(op, axis))),
  convTranspose: (op, inputs) =>
    slide(first(inputs), op.rank, op.channelAxis, op.outChannels, (n, axis) =>
      transposedOutput(n, axisWindow(op, axis), op.outputPadding[axis] ?? op.outputPadding[0] ?? 0),
    ),
  bilinear: (op, inputs) => withAxis(first(inputs), -1, () => op.outFeatures),
  oneHot: (op, inputs) => (inputs[0] ? [...inputs[0], op.classes] : null),
  embedding: (op, inputs) => (inputs[0] ? [...inputs[0], op.features] : null),
  activation: (_, inputs) => first(inputs),
  glu: (op, inputs) => withAxis(first(inputs), op.axis, (n) => quotient([n], [2])),
  softmax: (_, inputs) => first(inputs),
  batchNorm: (_, inputs) => first(inputs),
  layerNorm: (_, inputs) => first(inputs),
  groupNorm: (_, inputs) => first(inputs),
  instanceNorm: (_, inputs) => first(inputs),
  dropout: (_, inputs) => first(inputs),
  pool: (op, inputs) => slide(first(inputs), op.rank, op.channelAxis, null, (n, axis) => windowOutput(n, axisWindow(op, axis), op.ceil)),
  globalPool,
  flatten,
  reshape,
  permute: (op, inputs) => {
    const input = first(inputs);
    if (input === null || op.axes.length !== input.length) return null;
    const axes = op.axes.map((axis) => axisIndex(input, axis));
    return new Set(axes).size !== axes.length || axes.includes(undefined) ? null : axes.map((axis) => input[axis as number] as Dim);
  },
  /** Padding is given for the last axes, as many as it has entries. */
  pad: (op, inputs) => {
    const input = first(inputs);
    if (input === null || op.padding.length > input.length) return null;
    const start = input.length - op.padding.length;
    return input.map((n, i) => {
      const [before, after] = op.padding[i - start] ?? [0, 0];
      return add(n, add(before, after));
    });
  },
  upsample: (op, inputs) => {
    const input = first(inputs);
    const rank = input === null ? 0 : op.factor.length === 1 ? Math.max(1, input.length - 2) : op.factor.length;
    return slide(input, rank, op.channelAxis, null, (n, axis) => upsample(n, op.factor[axis] ?? op.factor[0] ?? 1));
  },
  add: (_, inputs) => broadcast(inputs),
  sub: (_, inputs) => broadcast(inputs),
  mul: (_, inputs) => broadcast(inputs),
  average: (_, inputs) => broadcast(inputs),
  maximum: (_, inputs) => broadcast(inputs),
  rotate: (_, inputs) => first(inputs),
  affine: (_, inputs) => first(inputs),
  scale: (_, inputs) => first(inputs),
  shift: (_, inputs) => first(inputs),
  concat,
  slice: (op, inputs) => withAxis(first(inputs), op.axis, (n) => op.size ?? symbol(`part of ${formatScalar(n)}`)),
  reduce,
  matmul,
  attention: (op, inputs) => {
    if (op.projections) return withAxis(first(inputs), -1, () => op.features);
    const width = inputs[2]?.at(-1);
    return width === undefined ? first(inputs) : withAxis(first(inputs), -1, () => width);
  },
  recurrent,
  identity: (_, inputs) => first(inputs),
  opaque: () => null,
};

/** Shape of an op's output. For `input` the given shape comes back; for `opaque` it is unknown. */
export const outputShape = (op: Op, inputShapes: Inputs): Shape | null =>
  (SHAPES[op.kind] as ShapeFunction<OpKind>)(op as never, inputShapes);

const isScalarExpression = (x: object): x is Exclude<Scalar, number> => 'args' in x && 'text' in x;

/** Gives what a symbolic size is under some assignment. */
type Evaluate = (x: Scalar) => number | undefined;

/** A copy of `x` with symbols replaced by their values; what has no value stays a symbol. */
const bind = <T>(x: T, evaluate: Evaluate): T => {
  if (typeof x !== 'object' || x === null) return x;
  if (Array.isArray(x)) return x.map((item) => bind(item, evaluate)) as T;
  if (isScalarExpression(x)) return (evaluate(x) ?? x) as T;
  return Object.fromEntries(Object.entries(x).map(([key, value]) => [key, bind(value, evaluate)])) as T;
};

const hasSymbols = (x: unknown): boolean => {
  if (typeof x !== 'object' || x === null) return false;
  if (Array.isArray(x)) return x.some(hasSymbols);
  if (isScalarExpression(x)) return true;
  for (const key in x) if (hasSymbols((x as Record<string, unknown>)[key])) return true;
  return false;
};

const symbolic = new WeakMap<Network, readonly boolean[]>();

/** Which nodes' ops have symbols; asked for each side of an image that is tried. */
const symbolicOps = (network: Network): readonly boolean[] => {
  let answers = symbolic.get(network);
  if (!answers) {
    answers = network.nodes.map(({ op }) => hasSymbols(op));
    symbolic.set(network, answers);
  }
  return answers;
};

const bindShape = (shape: Shape, evaluate: Evaluate): Shape =>
  shape.every(isNumber) ? shape : shape.map((size) => evaluate(size) ?? size);

/** Indexing (`x[:, -1]`) is a slice whose axis is gone: the framework's shape has one axis less. */
const asGiven = (node: Node, shape: Shape): Shape => {
  const { op } = node;
  if (op.kind !== 'slice' || op.size !== 1 || node.shape?.length !== shape.length - 1) return shape;
  const axis = axisIndex(shape, op.axis);
  return shape.filter((_, i) => i !== axis);
};

/**
 * Shapes of all nodes when the inputs have other shapes (by node id; inputs that are not named keep theirs) and symbols have values.
 * Where a shape cannot be inferred again, the one that the framework gave stands. `enough`, asked after each node, ends the walk early.
 */
export const reshapeInputs = (
  network: Network,
  inputShapes: ReadonlyMap<number, Shape>,
  values: (name: string) => number | undefined = () => undefined,
  enough?: (node: Node, shapes: readonly (Shape | null)[]) => boolean,
): readonly (Shape | null)[] => {
  const shapes: (Shape | null)[] = [];
  const open = symbolicOps(network);
  const evaluate = evaluator(values);
  const given = (node: Node): Shape | null => (node.shape === null ? null : bindShape(node.shape, evaluate));
  for (const node of network.nodes) {
    if (node.op.kind === 'input') {
      const shape = inputShapes.get(node.id);
      shapes.push(shape === undefined ? given(node) : bindShape(shape, evaluate));
    } else {
      const shape = outputShape(
        open[node.id] ? bind(node.op, evaluate) : node.op,
        node.inputs.map((id) => shapes[id] ?? null),
      );
      shapes.push(shape === null ? given(node) : bindShape(asGiven(node, shape), evaluate));
    }
    if (enough?.(node, shapes)) break;
  }
  return shapes;
};

/** Do two shapes agree wherever both are known? */
export const shapesAgree = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((size, i) => !isNumber(size) || !isNumber(b[i]) || equalScalar(size, b[i] as Dim));
