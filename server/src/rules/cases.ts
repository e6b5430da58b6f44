/**
 * From judged layers to findings: layers that one piece of source initialises are one finding with the worst layer's figure and
 * the count, and a layer that a more specific rule has spoken of is left alone.
 */
import type { FixIntent } from '../network/intent.ts';
import type { Node, Parameter } from '../network/network.ts';
import type { Span } from '../text/span.ts';
import type { Facts } from './facts.ts';
import { count } from './figures.ts';
import { forAll, oneLine, type Part } from './line.ts';
import type { Pairing } from './pairing.ts';
import type { Finding, RuleContext, Severity } from './rule.ts';
import { worst } from './severity.ts';

export interface Case {
  readonly layer: Node;
  readonly weight: Parameter;
  readonly severity: Severity;
  /** What is said of it, most telling first (`line.ts`). */
  readonly parts: readonly Part[];
  readonly intents: (layers: readonly Node[]) => readonly FixIntent[];
}

const files = new WeakMap<Span['anchor'], number>();
let known = 0;

/** Text that two spans share when they are the same place. */
export const placeOf = ({ anchor, start, end }: Span): string => {
  let id = files.get(anchor);
  if (id === undefined) {
    id = known++;
    files.set(anchor, id);
  }
  return `${id}:${start}:${end}`;
};

/** What else the same draw initialises: a generic call that fits one activation may fit no other. */
const alsoBefore = (context: RuleContext, place: string, layers: ReadonlySet<number>): Finding['related'] => {
  const here = context.facts.pairings.filter((p) => placeOf(p.weight.init.span) === place);
  const own = new Set(here.filter((p) => layers.has(p.layer.id)).map((p) => p.row.title));
  const others = here.filter((p) => !own.has(p.row.title));
  return [...new Set(others.map((p) => p.row.title))].map((title) => {
    const before = others.filter((p) => p.row.title === title);
    const span = (before[0] as Pairing).layer.nameSpan;
    return { span, message: `The same call draws ${count(before.length, 'layer')} before ${title}` };
  });
};

export const reportCases = (context: RuleContext, cases: readonly Case[]): void => {
  const places = new Map<string, Case[]>();
  for (const one of cases) {
    if (context.explained.has(one.layer.id)) continue;
    const place = placeOf(one.weight.init.span);
    const group = places.get(place);
    if (group) group.push(one);
    else places.set(place, [one]);
  }
  for (const [place, group] of places) {
    const severity = worst(group.map((c) => c.severity));
    const speaker = group.find((c) => c.severity === severity) as Case;
    const layers = group.map((c) => c.layer);
    const alike = new Set(group.map((c) => oneLine(c.parts))).size === 1;
    context.report({
      severity,
      span: speaker.weight.init.span,
      message: forAll(speaker.parts, layers.length, 'layer', alike),
      related: alsoBefore(context, place, new Set(layers.map((l) => l.id))),
      intents: speaker.intents(layers),
      explains: layers.map((l) => l.id),
    });
  }
};

/** Judges every hidden weight with the activation that it feeds. */
export const reportPairings = (context: RuleContext, judge: (facts: Facts, pairing: Pairing) => Case | null): void =>
  reportCases(
    context,
    context.facts.pairings.map((pairing) => judge(context.facts, pairing)).filter((one) => one !== null),
  );

/** Judges every weight layer, heads too. */
export const reportWeights = (context: RuleContext, judge: (facts: Facts, layer: Node, weight: Parameter) => Case | null): void => {
  const cases = context.facts.layers.map((layer) => {
    const weight = context.facts.weight(layer);
    return weight ? judge(context.facts, layer, weight) : null;
  });
  reportCases(
    context,
    cases.filter((one) => one !== null),
  );
};
