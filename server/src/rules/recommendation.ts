/** Which initializers a finding offers for an activation: the row's own first, other laws and families of equal gain after. */

import type { Args } from '../knowledge/activation.ts';
import { activationRow } from '../knowledge/activations.ts';
import { gaussianMoments, kernelOf } from '../knowledge/gaussian.ts';
import type { FixIntent, Recommendation } from '../network/intent.ts';
import { lawOf } from '../network/moments.ts';
import type { Node, Parameter } from '../network/network.ts';

/** 1/√E[φ²] at unit variance: the gain that keeps the second moment. */
const forwardGain = (name: string, args: Args): number => {
  const kernel = kernelOf(name, args);
  return kernel ? 1 / Math.sqrt(gaussianMoments(kernel, 0, 1).second) : 1;
};

export const recommendations = (activation: string, args: Args, weight: Parameter): readonly Recommendation[] => {
  const row = activationRow(activation);
  if (!row) return [];
  const { family, gain, slopeArg } = row.recommended;
  const drawn = lawOf(weight.init.distribution);
  const law = row.family === 'selu' ? 'normal' : (drawn ?? (family === 'glorot' ? 'uniform' : 'normal'));
  const base = { law, slope: slopeArg === undefined ? 0 : (args[slopeArg] ?? 0), mode: 'fanIn', activation } as const;
  const first: Recommendation = { ...base, family, gain: gain === 'forward' ? forwardGain(activation, args) : gain };
  const otherLaw: Recommendation = { ...first, law: law === 'uniform' ? 'normal' : 'uniform' };
  switch (family) {
    case 'he':
      return [first, otherLaw, { ...base, family: 'orthogonal', gain: Math.sqrt(2 / (1 + base.slope ** 2)) }];
    case 'lecun':
      return [first];
    default:
      return [first, otherLaw];
  }
};

export const initializerIntents = (all: readonly Recommendation[], layers: readonly Node[], weight: Parameter): readonly FixIntent[] =>
  all.map((to) => ({ kind: 'setInitializer', nodes: layers.map((l) => l.id), role: 'weight', to, span: weight.init.span }));

/** The std that a recommendation draws with on these fans. */
export const targetStd = (to: Recommendation, fanIn: number, fanOut: number): number => {
  switch (to.family) {
    case 'he':
      return to.gain * Math.sqrt(2 / ((1 + to.slope ** 2) * (to.mode === 'fanIn' ? fanIn : fanOut)));
    case 'glorot':
      return to.gain * Math.sqrt(2 / (fanIn + fanOut));
    case 'lecun':
    case 'variance':
      return to.gain / Math.sqrt(fanIn);
    case 'orthogonal':
      return to.gain / Math.sqrt(Math.max(fanIn, fanOut));
    case 'zeros':
      return 0;
  }
};
