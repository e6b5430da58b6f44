/** The shape of an input that nobody gave: from the layer that takes it. */
import type { Interpreter } from '../../interpreter/api.ts';
import type { FunctionValue, InstanceValue } from '../../interpreter/values.ts';
import { BATCH, equalScalar, isNumber, type Shape, symbol } from '../../network/scalar.ts';
import type { Expr, Stmt } from '../../syntax/ast.ts';
import type { Graph } from '../shared/graph.ts';
import { wantedInput } from '../shared/inputs.ts';
import { labelOf, layerData } from './layer.ts';
import { forwardOf } from './signature.ts';

export interface Guess {
  readonly shape: Shape | null;
  readonly integer: boolean;
}

export const UNKNOWN: Guess = { shape: null, integer: false };

/** Token ids: a sequence for each sample. That of a decoder has a length of its own. */
export const tokensNamed = (name: string): Guess => {
  const part = /^(.+)_input_ids$/.exec(name)?.[1];
  return { shape: [BATCH, symbol(part ? `${part}_length` : 'length')], integer: true };
};

/** From the first layer that says what it takes, with the rank that forward unpacks (`b, n, c = x.shape`). */
export const guessInput = (model: InstanceValue, modules: readonly (readonly [string, InstanceValue])[], interp: Interpreter): Guess => {
  const on = modules.find(([, module]) => {
    const data = layerData(module);
    return data && !data.pending && wantedInput(data.spec.op, labelOf(module)) !== null;
  });
  const data = layerData(on?.[1]);
  const wanted = data && on ? wantedInput(data.spec.op, labelOf(on[1])) : null;
  if (!wanted || !on) return UNKNOWN;
  const [path] = on;
  for (const [prefix, module] of modules) {
    if (prefix !== '' && !path.startsWith(`${prefix}.`)) continue;
    const fn = forwardOf(module, interp);
    const rank = fn ? unpackedRank(fn) : undefined;
    if (module === model && fn && rank === undefined) continue;
    if (rank !== undefined) return { ...wanted, shape: withRank(wanted.shape, rank) };
  }
  return wanted;
};

/** A dense layer takes any rank: the features stay last. */
const withRank = (shape: Shape, rank: number): Shape => {
  if (rank === shape.length || rank < 2 || rank > 5) return shape;
  const between = rank === 3 ? [symbol('length')] : [symbol('height'), symbol('width'), symbol('depth')].slice(0, rank - 2);
  return shape.length === 2 ? [BATCH, ...between, shape[1] ?? symbol('features')] : shape;
};

/** `b, n, c = x.shape` in a forward: how many axes its first input has. */
const unpackedRank = (fn: FunctionValue): number | undefined => {
  const name = fn.params[1]?.name;
  if (fn.node.kind !== 'function' || name === undefined) return undefined;
  const isInput = (e: Expr): boolean => e.kind === 'name' && e.id === name;
  const isShape = (e: Expr): boolean =>
    (e.kind === 'attribute' && e.name === 'shape' && isInput(e.object)) ||
    (e.kind === 'call' && e.args.length === 0 && e.callee.kind === 'attribute' && e.callee.name === 'size' && isInput(e.callee.object));
  const look = (statements: readonly Stmt[]): number | undefined => {
    for (const statement of statements) {
      if (statement.kind === 'assign' && statement.value && isShape(statement.value)) {
        const target = statement.targets[0];
        if ((target?.kind === 'tuple' || target?.kind === 'list') && !target.items.some((t) => t.kind === 'starred'))
          return target.items.length;
      }
      const inner = statement.kind === 'if' ? look([...statement.body, ...statement.orElse]) : undefined;
      if (inner !== undefined) return inner;
    }
    return undefined;
  };
  return look(fn.node.body);
};

/** Dense layers whose input does not have the features they take: the guess was wrong. */
export const misfits = (graph: Graph, { from, to }: { readonly from: number; readonly to: number }): number =>
  graph.nodes.slice(from, to).filter(({ op, inputs }) => {
    const features = op.kind === 'dense' ? graph.nodes[inputs[0] ?? -1]?.shape?.at(-1) : undefined;
    return op.kind === 'dense' && features !== undefined && !equalScalar(features, op.inFeatures);
  }).length;

/** Channels first instead of last. */
export const rotated = ({ shape, integer }: Guess): Guess =>
  shape ? { shape: [shape[0] ?? BATCH, shape.at(-1) ?? BATCH, ...shape.slice(1, -1)], integer } : UNKNOWN;

const TRANSPARENT = new Set(['identity', 'dropout', 'pad', 'affine', 'activation', 'batchNorm']);

/** The shape that the input's real first layer asks for, where the guess came from another one. */
export const contradiction = (graph: Graph, input: number | undefined): Guess | undefined => {
  if (input === undefined) return undefined;
  const like = new Set([input]);
  for (const node of graph.nodes.slice(input + 1)) {
    if (!node.inputs.some((id) => like.has(id))) continue;
    if (TRANSPARENT.has(node.op.kind)) {
      like.add(node.id);
      continue;
    }
    const wanted = wantedInput(node.op, node.label);
    const shape = graph.nodes[input]?.shape;
    if (!wanted) continue;
    if (!shape) return undefined;
    const features = node.op.kind === 'conv' || node.op.kind === 'convTranspose' ? 1 : -1;
    const [asked, had] = [wanted.shape.at(features), shape.at(features)];
    const wrongRank = (node.op.kind === 'conv' || node.op.kind === 'convTranspose') && shape.length !== wanted.shape.length;
    const isEmbedding = node.op.kind === 'embedding';
    if (isEmbedding)
      return graph.nodes[input]?.op.kind === 'input' && (graph.nodes[input].op as { integer?: boolean }).integer ? undefined : wanted;
    if (wrongRank) return wanted;
    if (isNumber(asked ?? null) && isNumber(had ?? null) && asked !== undefined && had !== undefined && !equalScalar(asked, had))
      return wanted;
    return undefined;
  }
  return undefined;
};
