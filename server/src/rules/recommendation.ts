/** The fix intents of a finding: what the engine recommends for the activation, in the law that was drawn. */
import type { FixIntent, Recommendation } from '../network/intent.ts';
import { lawOf } from '../network/moments.ts';
import type { Node, Parameter } from '../network/network.ts';
import type { ActivationArgs } from '../network/op.ts';
import { recommend } from '../signal/recommend.ts';

export const recommendations = (activation: string, args: ActivationArgs, weight: Parameter): readonly Recommendation[] => {
  const law = lawOf(weight.init.distribution);
  return recommend(activation, args, law === null ? {} : { law });
};

export const initializerIntents = (all: readonly Recommendation[], layers: readonly Node[], weight: Parameter): readonly FixIntent[] =>
  all.map((to) => ({ kind: 'setInitializer', nodes: layers.map((l) => l.id), role: 'weight', to, span: weight.init.span }));
