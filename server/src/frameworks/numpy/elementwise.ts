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
  | { readonly kind: 'unary'; readonly name: string; readonly of: Elementwise }
  | { readonly kind: 'binary'; readonly op: Operator; readonly a: Elementwise | number; readonly b: Elementwise | number };

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
  private readonly parts: Parts;
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
    if (!known) return this.fromParts();
    let node = this.base;
    if (known.scale !== 1) node = this.emit({ kind: 'affine', factor: known.scale, offset: 0 }, [this.at(node)], 'mul');
    if (known.name !== null)
      node = this.emit({ kind: 'activation', name: known.name, args: known.args, channelAxis: -1 }, [this.at(node)], known.name);
    if (known.factor === 1 && known.offset === 0) return node;
    return this.emit({ kind: 'affine', factor: known.factor, offset: known.offset }, [this.at(node)], 'mul');
  }

  private fromParts(): number {
    if (this.parts.kind !== 'binary') return this.opaque(this.parts.kind === 'unary' ? this.parts.name : 'x', [this.at(this.base)]);
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
    return new Elementwise(this.graph, this.flipped, this.base, this.f, { kind: 'unary', name: 'x - max(x)', of: this }, this.site, true);
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

/** A function applied on top. */
export const mapped = (x: Elementwise, name: string, g: Point, site: CallSite): Elementwise => {
  const { f } = x;
  return new Elementwise(x.graph, x.flipped, x.base, (v) => g(f(v)), { kind: 'unary', name, of: x }, site, x.shifted);
};

/** Whether two functions are of the same node, so that they make one. */
export const joins = (a: Elementwise, b: Elementwise): boolean => a.base === b.base && a.shifted === b.shifted;

export const composed = (op: Operator, a: Elementwise | number, b: Elementwise | number, site: CallSite): Elementwise => {
  const of = (typeof a === 'number' ? b : a) as Elementwise;
  const [f, g]: [Point, Point] = [typeof a === 'number' ? () => a : a.f, typeof b === 'number' ? () => b : b.f];
  const run = compute[op];
  return new Elementwise(of.graph, of.flipped, of.base, (x) => run(f(x), g(x)), { kind: 'binary', op, a, b }, site, of.shifted);
};

/** condition(x) ? yes(x) : no(x). */
export const chosen = (condition: Elementwise, yes: Elementwise | number, no: Elementwise | number, site: CallSite): Elementwise => {
  const [test, f, g]: [Point, Point, Point] = [
    condition.f,
    typeof yes === 'number' ? () => yes : yes.f,
    typeof no === 'number' ? () => no : no.f,
  ];
  const run: Point = (x) => (test(x) !== 0 ? f(x) : g(x));
  return new Elementwise(condition.graph, condition.flipped, condition.base, run, { kind: 'unary', name: 'where', of: condition }, site);
};

/** An activation that a node of the graph stands for. */
export const atNode = (graph: Graph, node: number, flipped: boolean | null, site: CallSite): Elementwise =>
  new Elementwise(graph, flipped, node, same, BASE, site);

export const asArray = (interp: Interpreter, data: TensorData, site: CallSite | null): InstanceValue => wrap(interp, data, site);
