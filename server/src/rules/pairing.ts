/** Hidden weights and the activation that each of them feeds: what the pairing rules judge, with everything that is never judged left out. */
import type { Activation, Args } from '../knowledge/activation.ts';
import { activationRow, resolveArgs } from '../knowledge/activations.ts';
import type { Node, Parameter } from '../network/network.ts';
import { constantValue, isNumber } from '../network/scalar.ts';
import type { Facts, NextActivation } from './facts.ts';
import { familyOf, type WeightFamily } from './family.ts';
import { factorBetween, weightOf } from './topology.ts';

export interface Pairing {
  readonly layer: Node;
  readonly weight: Parameter;
  readonly family: WeightFamily;
  readonly next: NextActivation;
  readonly row: Activation;
  readonly args: Args;
}

/** Arguments of an activation node with defaults; a learned slope is where it starts. Null where one is unknown. */
export const activationArgs = (node: Node): Args | null => {
  if (node.op.kind !== 'activation') return null;
  const row = activationRow(node.op.name);
  if (!row) return null;
  const given = resolveArgs(row, node.op.args);
  const slope = node.params.find((p) => p.role === 'slope')?.init.distribution;
  if (!given || !slope) return given ?? null;
  return slope.kind === 'constant' && isNumber(slope.value) ? { ...given, slope: slope.value } : null;
};

/** The same behind a layer: a sine takes the factors in front of it for its frequency, sin(ω₀·z). */
export const argsBehind = (facts: Facts, layer: Node, { node, name }: NextActivation): Args | null => {
  const args = activationArgs(node);
  if (args === null || activationRow(name)?.family !== 'periodic') return args;
  const factor = factorBetween(facts.network, layer, node);
  return factor === null ? null : { ...args, w0: (args.w0 ?? 1) * factor };
};

/** Torch's own kaiming_uniform_(a=√5), copied into a reset method: the default, spelled out. */
const copiesDefault = ({ init }: Parameter): boolean => {
  const slope = init.declared?.slope;
  return slope !== undefined && Math.abs((constantValue(slope) ?? 0) - Math.sqrt(5)) < 1e-3;
};

/** The std of transformers since BERT, which the norm in every branch makes good. */
export const isTransformerScale = ({ network }: Facts, { std }: WeightFamily): boolean =>
  std !== null && Math.abs(std - 0.02) < 0.003 && network.nodes.some((n) => n.op.kind === 'layerNorm');

/** A hidden, trained weight that keeps its initial values; null where a rule has nothing to say about it. */
export const hiddenWeight = (facts: Facts, layer: Node): Parameter | null => {
  const weight = weightOf(layer);
  if (!weight || weight.loaded || !weight.trainable || facts.isHead(layer)) return null;
  return weight;
};

/** The one activation that follows a layer; null where several of different kinds do, or one behind a sum, or none is known. */
const follows = (facts: Facts, layer: Node): { next: NextActivation; row: Activation; args: Args } | null => {
  const direct = facts.next(layer).filter((n) => !n.throughAdd);
  const [first] = direct;
  const row = first && activationRow(first.name);
  if (!first || !row) return null;
  if (direct.some((n) => activationRow(n.name)?.family !== row.family)) return null;
  if (row.saturating && facts.isGate(first.node)) return null;
  // A factor at the activation is a gain of its own (NFNet's scaled activations): which draw suits it is for F and G to say.
  if (row.family !== 'periodic' && facts.isRescaled(first.node)) return null;
  const args = argsBehind(facts, layer, first);
  return args && { next: first, row, args };
};

export const pairingsOf = (facts: Facts): readonly Pairing[] => {
  const pairings: Pairing[] = [];
  const seen = new Set<number>();
  for (const layer of facts.layers) {
    const weight = hiddenWeight(facts, layer);
    if (!weight || seen.has(weight.storage) || copiesDefault(weight)) continue;
    const after = follows(facts, layer);
    if (!after) continue;
    seen.add(weight.storage);
    pairings.push({ layer, weight, family: familyOf(weight), ...after });
  }
  return pairings;
};

/** He's factor for a rectifier's negative side: E[φ²] = (1 + a²)/2 of the second moment. */
export const negativeSlope = ({ row, args }: Pairing): number => {
  const { slopeArg } = row.recommended;
  return slopeArg === undefined ? 0 : (args[slopeArg] ?? 0);
};
