/** What rules about biases share: findings by place, and the fix that writes zeros. */
import type { FixIntent, Recommendation } from '../network/intent.ts';
import type { Node, Parameter } from '../network/network.ts';
import { placeOf } from './cases.ts';
import { forAll, type Part } from './line.ts';
import type { RuleContext, Severity } from './rule.ts';
import { worst } from './severity.ts';

export const biasOf = (node: Node): Parameter | undefined => node.params.find((p) => p.role === 'bias');

const ZEROS: Recommendation = { family: 'zeros', law: 'normal', gain: 1, slope: 0, mode: 'fanIn', activation: 'linear' };

export const zeroBiases = (layers: readonly Node[], bias: Parameter): readonly FixIntent[] => [
  { kind: 'setInitializer', nodes: layers.map((l) => l.id), role: 'bias', to: ZEROS, span: bias.init.span },
];

export interface BiasCase {
  readonly layer: Node;
  readonly bias: Parameter;
  readonly severity: Severity;
  readonly parts: readonly Part[];
}

/** Biases that one piece of source draws are one finding. */
export const reportBiases = (context: RuleContext, cases: readonly BiasCase[]): void => {
  const places = new Map<string, BiasCase[]>();
  for (const one of cases) {
    const place = placeOf(one.bias.init.span);
    places.set(place, [...(places.get(place) ?? []), one]);
  }
  for (const group of places.values()) {
    const severity = worst(group.map((c) => c.severity));
    const speaker = group.find((c) => c.severity === severity) as BiasCase;
    const layers = group.map((c) => c.layer);
    const message = forAll(speaker.parts, layers.length, 'layer');
    const { span } = speaker.bias.init;
    context.report({ severity, span, message, related: [], intents: zeroBiases(layers, speaker.bias), explains: [] });
  }
};
