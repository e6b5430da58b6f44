/** The fix intents of a finding: what the engine recommends for the activation, in the law that was drawn. */
import type { Law } from '../network/distribution.ts';
import type { FixIntent, Recommendation } from '../network/intent.ts';
import { lawOf } from '../network/moments.ts';
import type { Node, Parameter } from '../network/network.ts';
import type { ActivationArgs } from '../network/op.ts';
import { recommend } from '../signal/recommend.ts';

/** The law that was drawn; where that is a truncated normal which nothing corrects (TensorFlow.js), the uniform, which keeps its scale. */
const lawToKeep = ({ init }: Parameter): Law | null => {
  const d = init.distribution;
  const uncorrected = d.kind === 'varianceScaling' && d.law === 'truncatedNormal' && !d.corrected;
  return uncorrected ? 'uniform' : lawOf(d);
};

export const recommendations = (activation: string, args: ActivationArgs, weight: Parameter): readonly Recommendation[] => {
  const law = lawToKeep(weight);
  return recommend(activation, args, law === null ? {} : { law });
};

/** None where a later statement rescales the draw: it would rescale the new one too. */
export const initializerIntents = (all: readonly Recommendation[], layers: readonly Node[], weight: Parameter): readonly FixIntent[] =>
  weight.init.distribution.kind === 'affine'
    ? []
    : all.map((to) => ({ kind: 'setInitializer', nodes: layers.map((l) => l.id), role: 'weight', to, span: weight.init.span }));
