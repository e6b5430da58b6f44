/** What the rules say of a network that was built by hand. */
import type { SetInitializer } from '../../server/src/network/intent.ts';
import type { Network } from '../../server/src/network/network.ts';
import { createFacts, type Facts } from '../../server/src/rules/facts.ts';
import type { Finding } from '../../server/src/rules/rule.ts';
import { runRules } from '../../server/src/rules/run.ts';
import { computeSignal } from '../../server/src/signal/engine.ts';

export const factsOf = (network: Network): Facts => createFacts(network, computeSignal(network));

export const findingsOf = (network: Network): readonly Finding[] => {
  const { findings, internal } = runRules(network, computeSignal(network));
  if (internal.length > 0) throw new Error(internal.join('; '));
  return findings;
};

/** 'severity[rule]' of every finding, once each. */
export const verdicts = (network: Network): readonly string[] => [...new Set(findingsOf(network).map((f) => `${f.severity}[${f.rule}]`))];

/** The initializers that a finding offers. */
export const offers = (finding: Finding | undefined): readonly SetInitializer[] =>
  finding?.intents.filter((intent) => intent.kind === 'setInitializer') ?? [];
