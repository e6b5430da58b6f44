/** γ of a layer: by what factor it multiplies the gradient's norm on the way back, γ² = fan_in · Var(W) · E[φ′(z)²]. */
import { gaussianMoments, kernelOf } from '../knowledge/gaussian.ts';
import { momentsOf } from '../network/moments.ts';
import type { Node } from '../network/network.ts';
import { evaluate } from '../network/scalar.ts';
import type { Signal } from '../signal/signal.ts';
import { activationArgs } from './pairing.ts';
import { weightOf } from './topology.ts';

/** E[φ′(z)²] at the activation's input; 1 without an activation; null where unknown. */
const slopeSecondMoment = (signal: Signal, activation: Node | null): number | null => {
  if (activation === null) return 1;
  if (activation.op.kind !== 'activation') return null;
  const z = signal.nodes[activation.inputs[0] ?? -1];
  const args = activationArgs(activation);
  const kernel = args && kernelOf(activation.op.name, args);
  if (!z?.forward || z.unstable || !kernel) return null;
  return gaussianMoments(kernel, z.forward.m, Math.max(0, z.forward.q - z.forward.m ** 2)).derivativeSecond;
};

export const layerGain = (signal: Signal, layer: Node, activation: Node | null): number | null => {
  const weight = weightOf(layer);
  if (!weight || weight.fanIn === null) return null;
  const value = (name: string): number | undefined => signal.assumed.get(name)?.value;
  const fanIn = evaluate(weight.fanIn, value);
  const moments = momentsOf(weight.init.distribution, value);
  const slope = slopeSecondMoment(signal, activation);
  if (fanIn === undefined || moments === null || slope === null) return null;
  // A mean adds a direction of its own to the gradient; only the engine can follow that.
  if (moments.mean !== 0 && Math.abs(moments.mean) > 0.05 * moments.std) return null;
  const gain = Math.sqrt(fanIn * moments.variance * slope);
  return Number.isFinite(gain) ? gain : null;
};
