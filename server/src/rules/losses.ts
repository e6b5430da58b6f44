/** What a loss is given: the last operation before it that changes values, in the network or between it and the loss. */
import type { Network, Node } from '../network/network.ts';
import type { Op, OpKind } from '../network/op.ts';
import { isNumber } from '../network/scalar.ts';
import type { Loss, Step } from '../network/training.ts';
import { isWeighted } from './topology.ts';

/** Ops that only arrange values anew, for a loss that looks at each of them. */
const ARRANGING: ReadonlySet<OpKind> = new Set<OpKind>(['flatten', 'reshape', 'permute', 'identity', 'slice']);

export interface LastOperation extends Step {
  /** The network's node, where it is one and not something between the network and the loss. */
  readonly node: Node | null;
}

export const arranges = (op: Op): boolean => ARRANGING.has(op.kind);

const stepOf = (node: Node): LastOperation => ({ op: node.op, label: node.label, span: node.span, nameSpan: node.nameSpan, node });

/** Null where it is not known what the loss is applied to. */
export const beforeLoss = (network: Network, loss: Loss): LastOperation | null => {
  if (!loss.on) return null;
  for (const step of [...loss.on.through].reverse()) if (!arranges(step.op)) return { ...step, node: null };
  let node = network.nodes[loss.on.node];
  while (node && arranges(node.op)) node = network.nodes[node.inputs[0] ?? -1];
  return node ? stepOf(node) : null;
};

/** The plain output of a layer: nothing bounds it. */
export const isPlainOutput = (network: Network, { node }: LastOperation): boolean => {
  if (!node) return false;
  // A bias that a script adds by hand belongs to its layer.
  const layer = node.op.kind === 'shift' && node.params.length > 0 ? network.nodes[node.inputs[0] ?? -1] : node;
  return layer !== undefined && isWeighted(layer.op) && layer.op.kind !== 'recurrent' && layer.op.kind !== 'attention';
};

export const layerName = (network: Network, { node, label }: LastOperation): string => {
  if (node?.op.kind !== 'shift') return label;
  return network.nodes[node.inputs[0] ?? -1]?.label ?? label;
};

/** Number of classes that a softmax chooses from. */
export const classesOf = (network: Network, loss: Loss, { op, node }: LastOperation): number | null => {
  const shape = (node ?? network.nodes[loss.on?.node ?? -1])?.shape;
  if (!shape || shape.length < 2) return null;
  const axis = op.kind === 'softmax' ? op.axis : shape.length === 2 ? -1 : null;
  const size = axis === null ? undefined : shape.at(axis);
  return isNumber(size) ? size : null;
};

/** Cross-entropy of values in [0, 1] taken for logits, at its least: one class at 1 and the others at 0. */
export const leastCrossEntropy = (classes: number): number => Math.log(1 + (classes - 1) / Math.E);

/** That bound as messages have it: 1.46, 0.551. */
export const leastText = (classes: number): string => String(Number(leastCrossEntropy(classes).toPrecision(3)));

/** Every loss of the network with what it is given. */
export const appliedLosses = (network: Network): readonly { readonly loss: Loss; readonly last: LastOperation }[] =>
  network.training.losses.flatMap((loss) => {
    const last = beforeLoss(network, loss);
    return last ? [{ loss, last }] : [];
  });

/** Whether the output has the size of an input: autoencoders, denoisers. Sizes that are not known may be equal, but nobody encodes one value. */
export const isReconstruction = (network: Network): boolean => {
  const sizes = (ids: readonly number[]): (number | null)[] =>
    ids.map((id) => {
      const dims = network.nodes[id]?.shape?.slice(1) ?? [];
      return dims.length > 0 && dims.every(isNumber) ? dims.reduce((a, b) => a * b, 1) : null;
    });
  const inputs = sizes(network.inputs);
  const outputs = sizes(network.outputs);
  return outputs.some((size) => size !== null && inputs.includes(size)) || (inputs.includes(null) && outputs.some((size) => size !== 1));
};
