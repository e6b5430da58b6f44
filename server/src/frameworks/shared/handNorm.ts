/**
 * Norms written out: `x * rsqrt(mean(x²) + ε)`, `(x − mean(x)) / sqrt(var(x) + ε)`. Known by what the factor was computed from, so that
 * the graph has a norm where the model has one.
 */

import type { OpOf } from '../../network/op.ts';
import { div, isNumber, product, type Scalar, scalarOp } from '../../network/scalar.ts';
import type { Graph, GraphNode } from './graph.ts';

interface WrittenNorm {
  readonly op: OpOf<'layerNorm'>;
  /** The node that is normalised. */
  readonly input: number;
  /** What its result is multiplied by, where the squares were summed and not averaged: 1/√n. */
  readonly factor: Scalar;
}

const at = (graph: Graph, id: number | undefined): GraphNode | undefined => (id === undefined ? undefined : graph.nodes[id]);
const inputOf = (graph: Graph, node: GraphNode): GraphNode | undefined =>
  node.inputs.length === 1 ? at(graph, node.inputs[0]) : undefined;

/** A function that the graph only knows by name. */
const isFunction = (node: GraphNode | undefined, name: string): boolean => node?.op.kind === 'opaque' && node.op.what === name;

/** √x, or one over it, however it is spelled. */
const isRoot = (node: GraphNode, inverse: boolean): boolean =>
  isFunction(node, inverse ? 'rsqrt' : 'sqrt') || isFunction(node, `pow ${inverse ? -0.5 : 0.5}`);

/** What stands before `+ ε`, and ε. */
const withoutEps = (graph: Graph, node: GraphNode | undefined): { readonly node: GraphNode | undefined; readonly eps: number } => {
  if (node?.op.kind === 'identity') return withoutEps(graph, inputOf(graph, node));
  if (node?.op.kind !== 'affine' || node.op.factor !== 1) return { node, eps: 0 };
  return { node: inputOf(graph, node), eps: isNumber(node.op.offset) ? node.op.offset : 0 };
};

/** What is squared. */
const squaredOf = (node: GraphNode | undefined): number | undefined => {
  if (node?.op.kind === 'activation' && node.op.name === 'square') return node.inputs[0];
  return node?.op.kind === 'mul' && node.inputs.length === 2 && node.inputs[0] === node.inputs[1] ? node.inputs[0] : undefined;
};

interface Spread {
  /** The node whose spread it is. */
  readonly of: number;
  readonly eps: number;
  /** Axes of the mean square; null where they stand elsewhere (variance). */
  readonly axes: readonly number[] | null;
  /** How many squares were summed; 1 where they were averaged. */
  readonly count: Scalar;
}

/** √(mean(y²) + ε), √(var(y) + ε), std(y) + ε; `inverse` for one over it. */
const spreadOf = (graph: Graph, id: number, inverse: boolean): Spread | undefined => {
  const outer = withoutEps(graph, at(graph, id));
  const [first] = outer.node?.inputs ?? [];
  if (!inverse && first !== undefined && isFunction(outer.node, 'std')) return { of: first, eps: outer.eps, axes: null, count: 1 };
  if (!outer.node || !isRoot(outer.node, inverse)) return undefined;
  const { node, eps } = withoutEps(graph, inputOf(graph, outer.node));
  const [inner] = node?.inputs ?? [];
  if (inner !== undefined && isFunction(node, 'var')) return { of: inner, eps, axes: null, count: 1 };
  if (node?.op.kind !== 'reduce' || node.op.reduce === 'max') return undefined;
  const of = squaredOf(inputOf(graph, node));
  const count = node.op.reduce === 'mean' ? 1 : countOf(at(graph, of), node.op.axes);
  return of === undefined || count === undefined ? undefined : { of, eps, axes: node.op.axes, count };
};

/** Elements along some axes. */
const countOf = (node: GraphNode | undefined, axes: readonly number[]): Scalar | undefined => {
  const sizes = axes.map((axis) => node?.shape?.at(axis));
  return sizes.every((size) => size !== undefined) ? product(sizes) : undefined;
};

/** x − mean(x): what is centred and over which axes. */
const centred = (graph: Graph, id: number): { readonly of: number; readonly axes: readonly number[] } | undefined => {
  const node = at(graph, id);
  if (node?.op.kind !== 'sub') return undefined;
  const [of, mean] = [node.inputs[0], at(graph, node.inputs[1])];
  return of !== undefined && mean?.op.kind === 'reduce' && mean.op.reduce === 'mean' && mean.inputs[0] === of
    ? { of, axes: mean.op.axes }
    : undefined;
};

/** The norm that `x · by` (`inverse`) or `x / by` is; undefined where it is none. */
export const writtenNorm = (graph: Graph, x: number, by: number, inverse: boolean): WrittenNorm | undefined => {
  const spread = spreadOf(graph, by, inverse);
  if (!spread) return undefined;
  const centre = centred(graph, x);
  const { count } = spread;
  const norm = (axes: readonly number[], rms: boolean, input: number): WrittenNorm => ({
    // x/√(Σx² + ε) is x/√(mean x² + ε/n) over √n.
    op: { kind: 'layerNorm', axes, eps: isNumber(count) ? spread.eps / count : spread.eps, rms },
    input,
    factor: isNumber(count) ? 1 / Math.sqrt(count) : div(1, scalarOp('sqrt', count)),
  });
  // `x − mean` may be written twice.
  const same = spread.of === x || spread.of === centre?.of || centred(graph, spread.of)?.of === centre?.of;
  if (centre && same && count === 1) return norm(spread.axes ?? centre.axes, false, centre.of);
  return spread.of === x && spread.axes ? norm(spread.axes, true, x) : undefined;
};
