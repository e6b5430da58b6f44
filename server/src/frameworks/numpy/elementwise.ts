/**
 * Functions of an activation, element by element, before they are nodes. `1 / (1 + np.exp(-z))` is three operations and one sigmoid:
 * the function is composed, and named only when somebody asks for its node.
 */
import type { Interpreter } from '../../interpreter/api.ts';
import type { CallSite, InstanceValue } from '../../interpreter/values.ts';
import type { Op } from '../../network/op.ts';
import type { Scalar, Shape } from '../../network/scalar.ts';
import { div, isNumber, mul } from '../../network/scalar.ts';
import { type Graph, spansOf } from '../shared/graph.ts';
import { type TensorData, wrap } from '../shared/tensor.ts';
import { emitOnce } from './once.ts';
import { type Point, recognise } from './recognise.ts';

export type Operator = '+' | '-' | '*' | '/' | '**' | 'max' | 'min' | '<' | '>' | '==' | 'where';

/** How a function was made, for when it has no name of its own. */
type Parts =
  | { readonly kind: 'base' }
  | { readonly kind: 'unary'; readonly name: string; readonly g: Point; readonly of: Elementwise }
  | { readonly kind: 'binary'; readonly op: Operator; readonly a: Elementwise | number; readonly b: Elementwise | number }
  | { readonly kind: 'chosen'; readonly test: Elementwise; readonly yes: Elementwise | number; readonly no: Elementwise | number };

abstract class Lazy implements TensorData {
  readonly kind = 'tensor';
  readonly storage = null;
  readonly shape = null;
  readonly integer = false;
  readonly share = 1;
  readonly graph: Graph;
  /** Axes as the program sees them are (features, batch); null until a product tells. */
  readonly flipped: boolean | null;
  private made: number | null = null;

  constructor(graph: Graph, flipped: boolean | null) {
    this.graph = graph;
    this.flipped = flipped;
  }

  get node(): number {
    this.made ??= this.make();
    return this.made;
  }

  protected abstract make(): number;
}

export class Elementwise extends Lazy {
  /** The node that the function is of. */
  readonly base: number;
  readonly f: Point;
  /** Its greatest element was taken off before: a softmax does not see that. */
  readonly shifted: boolean;
  readonly parts: Parts;
  private readonly site: CallSite;

  constructor(graph: Graph, flipped: boolean | null, base: number, f: Point, parts: Parts, site: CallSite, shifted = false) {
    super(graph, flipped);
    this.base = base;
    this.f = f;
    this.parts = parts;
    this.site = site;
    this.shifted = shifted;
  }

  get isBase(): boolean {
    return this.parts.kind === 'base';
  }

  emit(op: Op, inputs: readonly TensorData[], label: string, shape?: Shape | null): number {
    return emitOnce(this.graph, { op, inputs, label, ...spansOf(this.site), ...(shape === undefined ? {} : { shape }) });
  }

  private at(node: number): TensorData {
    return new Elementwise(this.graph, this.flipped, node, same, BASE, this.site);
  }

  private opaque(label: string, inputs: readonly TensorData[]): number {
    const shape = this.graph.nodes[this.base]?.shape ?? null;
    return this.emit({ kind: 'opaque', what: label, reason: `${label} is not one of the activations known here` }, inputs, label, shape);
  }

  protected make(): number {
    if (this.parts.kind === 'base') return this.base;
    if (this.shifted) return this.opaque('x - max(x)', [this.at(this.base)]);
    const known = recognise(this.f);
    if (!known) return this.inTwoSteps() ?? this.fromParts();
    let node = this.base;
    if (known.scale !== 1) node = this.emit({ kind: 'affine', factor: known.scale, offset: 0 }, [this.at(node)], 'mul');
    if (known.name !== null)
      node = this.emit({ kind: 'activation', name: known.name, args: known.args, channelAxis: -1 }, [this.at(node)], known.name);
    if (known.factor === 1 && known.offset === 0) return node;
    return this.emit({ kind: 'affine', factor: known.factor, offset: known.offset }, [this.at(node)], 'mul');
  }

  /** An activation of an activation: `sigmoid(relu(z))` is none that has a name, and either of the two does. */
  private inTwoSteps(): number | undefined {
    const steps = stepsOf(this);
    if (!steps) return undefined;
    const { inner, outer } = steps;
    const of = this.at(inner.node) as Elementwise;
    return new Elementwise(this.graph, this.flipped, of.base, outer, { kind: 'unary', name: 'x', g: outer, of }, this.site).node;
  }

  private fromParts(): number {
    if (this.parts.kind !== 'binary') return this.opaque(this.parts.kind === 'unary' ? this.parts.name : 'where', [this.at(this.base)]);
    const { op, a, b } = this.parts;
    if (typeof a === 'number' || typeof b === 'number') {
      const of = typeof a === 'number' ? b : a;
      const number = typeof a === 'number' ? a : (b as number);
      const step = typeof of === 'number' ? undefined : affineStep(op, number, typeof a === 'number');
      return step && typeof of !== 'number'
        ? this.emit(step, [of], OPERATOR_NAMES[op])
        : this.opaque(OPERATOR_NAMES[op], [this.at(this.base)]);
    }
    const kind = NODE_OPS[op];
    return kind ? this.emit({ kind }, [a, b], OPERATOR_NAMES[op]) : this.opaque(OPERATOR_NAMES[op], [a, b]);
  }

  /** The same function seen with its axes swapped. */
  turned(): Elementwise {
    if (this.flipped === null) return this;
    return new Elementwise(this.graph, !this.flipped, this.base, this.f, this.parts, this.site, this.shifted);
  }

  withoutMaximum(): Elementwise {
    const parts: Parts = { kind: 'unary', name: 'x - max(x)', g: same, of: this };
    return new Elementwise(this.graph, this.flipped, this.base, this.f, parts, this.site, true);
  }

  /** What it is the exponential of, if it was written so; whether its maximum was taken off is of no matter to a softmax. */
  get exponent(): Elementwise | undefined {
    if (this.parts.kind !== 'unary' || this.parts.name !== 'exp') return undefined;
    const { graph, flipped, base, f, parts, site } = this.parts.of;
    return new Elementwise(graph, flipped, base, f, parts, site);
  }
}

export const same: Point = (x) => x;
export const BASE: Parts = { kind: 'base' };

const OPERATOR_NAMES: Readonly<Record<Operator, string>> = {
  '+': 'add',
  '-': 'subtract',
  '*': 'multiply',
  '/': 'divide',
  '**': 'power',
  max: 'maximum',
  min: 'minimum',
  '<': 'less',
  '>': 'greater',
  '==': 'equal',
  where: 'where',
};

const NODE_OPS: Partial<Record<Operator, 'add' | 'sub' | 'mul' | 'maximum'>> = { '+': 'add', '-': 'sub', '*': 'mul', max: 'maximum' };

/** x op c as factor·x + offset. */
export const affineStep = (op: Operator, c: Scalar, swapped: boolean): Op | undefined => {
  const step = (factor: Scalar, offset: Scalar): Op => ({ kind: 'affine', factor, offset });
  switch (op) {
    case '+':
      return step(1, c);
    case '-':
      return swapped ? step(-1, c) : step(1, mul(-1, c));
    case '*':
      return step(c, 0);
    case '/':
      return swapped || c === 0 ? undefined : step(isNumber(c) ? 1 / c : div(1, c), 0);
    default:
      return undefined;
  }
};

export const compute: Readonly<Record<Operator, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '**': (a, b) => a ** b,
  max: Math.max,
  min: Math.min,
  '<': (a, b) => (a < b ? 1 : 0),
  '>': (a, b) => (a > b ? 1 : 0),
  '==': (a, b) => (a === b ? 1 : 0),
  where: (a, b) => a * b,
};

/** Sum, mean or maximum over an axis, until somebody asks for its node. */
export class Reduction extends Lazy {
  readonly of: Elementwise;
  readonly reduce: 'sum' | 'mean' | 'max';
  private readonly axis: number | null;
  private readonly keepAxes: boolean;
  private readonly site: CallSite;

  constructor(of: Elementwise, reduce: 'sum' | 'mean' | 'max', axis: number | null, keepAxes: boolean, site: CallSite) {
    super(of.graph, of.flipped);
    this.keepAxes = keepAxes;
    this.of = of;
    this.reduce = reduce;
    this.axis = axis;
    this.site = site;
  }

  protected make(): number {
    const rank = this.graph.nodes[this.of.base]?.shape?.length ?? 2;
    const axis = this.axis === null ? null : this.axis < 0 ? this.axis + rank : this.axis;
    const axes = axis === null ? Array.from({ length: rank }, (_, i) => i) : [this.flipped ? rank - 1 - axis : axis];
    const op: Op = { kind: 'reduce', reduce: this.reduce, axes, keepAxes: this.keepAxes };
    return emitOnce(this.graph, { op, inputs: [this.of], label: this.reduce, ...spansOf(this.site) });
  }
}

export const isElementwise = (data: TensorData | undefined): data is Elementwise => data instanceof Elementwise;

// ── composition ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Remembers its last value: what is used twice is computed once, however often that is nested. */
const once = (f: Point): Point => {
  let [at, value] = [Number.NaN, Number.NaN];
  return (x) => {
    if (x !== at) [at, value] = [x, f(x)];
    return value;
  };
};

const operandsOf = ({ parts }: Elementwise): readonly Elementwise[] => {
  const all: readonly (Elementwise | number)[] =
    parts.kind === 'base'
      ? []
      : parts.kind === 'unary'
        ? [parts.of]
        : parts.kind === 'binary'
          ? [parts.a, parts.b]
          : [parts.test, parts.yes, parts.no];
  return all.filter((one) => typeof one !== 'number');
};

/** The function of `inner` that x is; undefined where x needs more than that. */
const functionOf = (x: Elementwise, inner: Elementwise, known: Map<Elementwise, Point | undefined>): Point | undefined => {
  if (x === inner) return same;
  if (known.has(x)) return known.get(x);
  const of = (one: Elementwise | number): Point | undefined => (typeof one === 'number' ? () => one : functionOf(one, inner, known));
  const { parts } = x;
  const [a, b, c] =
    parts.kind === 'binary' ? [of(parts.a), of(parts.b)] : parts.kind === 'chosen' ? [of(parts.test), of(parts.yes), of(parts.no)] : [];
  let f: Point | undefined;
  if (parts.kind === 'unary') {
    const before = of(parts.of);
    f = before && once((v) => parts.g(before(v)));
  } else if (parts.kind === 'binary') f = a && b && combined(parts.op, a, b);
  else if (parts.kind === 'chosen') f = a && b && c && branched(a, b, c);
  known.set(x, f);
  return f;
};

const combined = (op: Operator, f: Point, g: Point): Point => {
  const run = compute[op];
  return once((x) => run(f(x), g(x)));
};

const branched = (test: Point, yes: Point, no: Point): Point => once((x) => (test(x) !== 0 ? yes(x) : no(x)));

/** Parts that are tried as the inner one of two functions. */
const MOST_PARTS = 32;

interface Steps {
  readonly inner: Elementwise;
  readonly outer: Point;
}

/** x as a named function of a named function; of several ways the one with the fewest factors between. */
const stepsOf = (x: Elementwise): Steps | undefined => {
  const parts = new Set<Elementwise>([x]);
  for (const one of parts) for (const operand of operandsOf(one)) if (parts.size < MOST_PARTS) parts.add(operand);
  let best: { readonly steps: Steps; readonly factors: number } | undefined;
  for (const inner of parts) {
    if (inner === x || inner.isBase) continue;
    const outer = functionOf(x, inner, new Map());
    const [f, g] = [outer && recognise(outer), outer && recognise(inner.f)];
    if (!outer || !f?.name || !g?.name) continue;
    const factors = [f, g].filter(({ scale, factor, offset }) => scale !== 1 || factor !== 1 || offset !== 0).length;
    if (!best || factors < best.factors) best = { steps: { inner, outer }, factors };
  }
  return best?.steps;
};

/** A function applied on top. */
export const mapped = (x: Elementwise, name: string, g: Point, site: CallSite): Elementwise => {
  const { f } = x;
  return new Elementwise(
    x.graph,
    x.flipped,
    x.base,
    once((v) => g(f(v))),
    { kind: 'unary', name, g, of: x },
    site,
    x.shifted,
  );
};

/** Whether two functions are of the same node, so that they make one. */
export const joins = (a: Elementwise, b: Elementwise): boolean => a.base === b.base && a.shifted === b.shifted;

export const composed = (op: Operator, a: Elementwise | number, b: Elementwise | number, site: CallSite): Elementwise => {
  const of = (typeof a === 'number' ? b : a) as Elementwise;
  const [f, g]: [Point, Point] = [typeof a === 'number' ? () => a : a.f, typeof b === 'number' ? () => b : b.f];
  return new Elementwise(of.graph, of.flipped, of.base, combined(op, f, g), { kind: 'binary', op, a, b }, site, of.shifted);
};

/** condition(x) ? yes(x) : no(x). */
export const chosen = (condition: Elementwise, yes: Elementwise | number, no: Elementwise | number, site: CallSite): Elementwise => {
  const [test, f, g]: [Point, Point, Point] = [
    condition.f,
    typeof yes === 'number' ? () => yes : yes.f,
    typeof no === 'number' ? () => no : no.f,
  ];
  const parts: Parts = { kind: 'chosen', test: condition, yes, no };
  return new Elementwise(condition.graph, condition.flipped, condition.base, branched(test, f, g), parts, site);
};

/** An activation that a node of the graph stands for. */
export const atNode = (graph: Graph, node: number, flipped: boolean | null, site: CallSite): Elementwise =>
  new Elementwise(graph, flipped, node, same, BASE, site);

export const asArray = (interp: Interpreter, data: TensorData, site: CallSite | null): InstanceValue => wrap(interp, data, site);
