/** The fix intents of a finding: what the engine recommends for the activation, in the law that was drawn. */
import type { Law } from '../network/distribution.ts';
import type { Recommendation, SetInitializer } from '../network/intent.ts';
import { lawOf, momentsOf } from '../network/moments.ts';
import type { Node, Parameter } from '../network/network.ts';
import type { ActivationArgs } from '../network/op.ts';
import { isNumber } from '../network/scalar.ts';
import { recommend, recommendedStd } from '../signal/recommend.ts';
import { weightOf } from './topology.ts';

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

/** None where a later statement computes with the draw: it would change the new one too. */
export const initializerIntents = (
  all: readonly Recommendation[],
  layers: readonly Node[],
  weight: Parameter,
): readonly SetInitializer[] =>
  weight.init.changed || weight.init.distribution.kind === 'affine'
    ? []
    : all.map((to) => ({ kind: 'setInitializer', nodes: layers.map((l) => l.id), role: 'weight', to, span: weight.init.span }));

/** Whether a weight is drawn as wide as that, within a tenth; undefined where its width or a size is not known. */
export const isDrawnAs = (to: Recommendation, { init, fanIn, fanOut }: Parameter): boolean | undefined => {
  const std = momentsOf(init.distribution)?.std;
  if (std === undefined || !isNumber(fanIn) || !isNumber(fanOut)) return undefined;
  const off = std / recommendedStd(to, fanIn, fanOut);
  return off > 0.9 && off < 1.1;
};

/** What a layer's weight is to be drawn from when this activation comes to stand behind it; undefined where it suits it as it is. */
export const drawBefore = (activation: string, layer: Node): SetInitializer | undefined => {
  const weight = weightOf(layer);
  const [to] = weight && !weight.loaded ? recommendations(activation, {}, weight) : [];
  return weight && to && isDrawnAs(to, weight) === false ? initializerIntents([to], [layer], weight)[0] : undefined;
};
