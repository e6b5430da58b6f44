/** The graph as rules read it: which ops are weight layers, norms, or let a signal pass; consumers of every node. Linear time. */
import type { Network, Node, Parameter } from '../network/network.ts';
import type { Op, OpKind } from '../network/op.ts';
import { constantValue } from '../network/scalar.ts';

export type NormKind = 'batchNorm' | 'layerNorm' | 'groupNorm' | 'instanceNorm';

export const normKind = (op: Op): NormKind | null => {
  switch (op.kind) {
    case 'batchNorm':
    case 'layerNorm':
    case 'groupNorm':
    case 'instanceNorm':
      return op.kind;
    default:
      return null;
  }
};

/** Ops that move, select or rescale values and leave their distribution's kind alone. */
const PASSING: ReadonlySet<OpKind> = new Set<OpKind>([
  'dropout',
  'pool',
  'globalPool',
  'flatten',
  'reshape',
  'permute',
  'pad',
  'upsample',
  'average',
  'maximum',
  'affine',
  'scale',
  'shift',
  'rotate',
  'concat',
  'slice',
  'reduce',
  'identity',
]);

export const passes = (op: Op): boolean => PASSING.has(op.kind);

/** Ops that mix features by weights of their own. */
export const isWeighted = (op: Op): boolean => {
  switch (op.kind) {
    case 'dense':
    case 'conv':
    case 'convTranspose':
    case 'bilinear':
    case 'recurrent':
      return true;
    case 'attention':
      return op.projections;
    default:
      return false;
  }
};

/** Weight layers whose signal is W·x + b, so that a pairing with an activation is defined. */
export const isLayer = (node: Node): boolean => {
  const { kind } = node.op;
  return (kind === 'dense' || kind === 'conv' || kind === 'convTranspose' || kind === 'bilinear') && weightOf(node) !== undefined;
};

export const weightOf = (node: Node): Parameter | undefined => node.params.find((p) => p.role === 'weight');

/** Weights whose fixed values a gradient cannot tell apart: kernels of layers, projections and recurrences. */
export const weightsOf = (node: Node): readonly Parameter[] =>
  node.params.filter((p) => p.role === 'weight' || p.role === 'recurrentWeight');

/** For every node the nodes that read it, ascending. */
export const consumersOf = (network: Network): readonly (readonly number[])[] => {
  const consumers: number[][] = network.nodes.map(() => []);
  for (const node of network.nodes) {
    for (const input of new Set(node.inputs)) consumers[input]?.push(node.id);
  }
  return consumers;
};

/** What known factors on the way from one node to a later one multiply by; null where a factor is not a number. */
export const factorBetween = (network: Network, from: Node, to: Node): number | null => {
  let factor = 1;
  for (let node = network.nodes[to.inputs[0] ?? -1]; node && node.id > from.id; node = network.nodes[node.inputs[0] ?? -1]) {
    if (node.op.kind !== 'affine') continue;
    const own = constantValue(node.op.factor);
    if (own === undefined) return null;
    factor *= own;
  }
  return factor;
};

/**
 * A sum whose terms are all outputs of weight layers is one layer with its matrix in parts (W·x + U·h), not a skip connection.
 */
export const isSplitLayer = (network: Network, node: Node): boolean =>
  node.op.kind === 'add' && node.inputs.every((id) => isLayer(network.nodes[id] as Node));
