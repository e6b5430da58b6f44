/** Gradient gain of single layers, γ = √(fan_in·Var(W)·E[φ′²]): what a chain of layers multiplies (Glorot & Bengio 2010, eq. 6). */
import { gaussianMoments } from '../knowledge/gaussian.ts';
import { momentsOf } from '../network/moments.ts';
import type { Network, Node } from '../network/network.ts';
import type { OpKind } from '../network/op.ts';
import { evaluate } from '../network/scalar.ts';
import { activationKernel } from './ops/activation.ts';
import type { Signal } from './signal.ts';

/** Ops between a layer and its activation that do not end the search for it. */
const BETWEEN: ReadonlySet<OpKind> = new Set([
  'identity',
  'dropout',
  'reshape',
  'permute',
  'flatten',
  'shift',
  'rotate',
  'scale',
  'batchNorm',
  'layerNorm',
]);

const NORMS: ReadonlySet<OpKind> = new Set(['batchNorm', 'layerNorm', 'groupNorm', 'instanceNorm']);

/** The activation behind a layer, null for none, undefined where a norm sets the scale anew. */
const activationAfter = (network: Network, id: number): Node | null | undefined => {
  let from = id;
  for (let next = id + 1; next < network.nodes.length && next - id < 32; next++) {
    const node = network.nodes[next] as Node;
    if (!node.inputs.includes(from)) continue;
    if (node.op.kind === 'activation') return node;
    if (NORMS.has(node.op.kind)) return undefined;
    if (!BETWEEN.has(node.op.kind)) return null;
    from = next;
  }
  return null;
};

/**
 * γ of a weight layer with the activation behind it (1 for none); null where unknown or normalised. Who knows the activation better,
 * through pools and concatenations, gives it.
 */
export const layerGain = (
  network: Network,
  signal: Signal,
  nodeId: number,
  activation: Node | null | undefined = activationAfter(network, nodeId),
): number | null => {
  const node = network.nodes[nodeId];
  const weight = node?.params.find((p) => p.role === 'weight');
  if (node === undefined || weight === undefined || weight.loaded || weight.fanIn === null) return null;
  const lookup = (name: string): number | undefined => signal.assumed.get(name)?.value;
  const fanIn = evaluate(weight.fanIn, lookup);
  const moments = momentsOf(weight.init.distribution, lookup);
  if (fanIn === undefined || moments === null) return null;
  if (activation === undefined) return null;
  if (activation === null || activation.op.kind !== 'activation') return Math.sqrt(fanIn * moments.variance);
  const z = signal.nodes[activation.inputs[0] ?? -1]?.forward;
  const context = { id: activation.id, seed: 0, params: activation.params, inputIds: [], inputs: [], inputShapes: [], shape: null, lookup };
  const kernel = activationKernel(activation.op, context);
  if (!z || kernel === undefined) return null;
  return Math.sqrt(fanIn * moments.variance * gaussianMoments(kernel, z.m, Math.max(0, z.q - z.m * z.m)).derivativeSecond);
};
