/**
 * Runs all rules over a network. A rule that throws is an internal issue and costs only its own findings. Of several findings at
 * one initializer the most severe stays: one cause, one finding.
 */
import type { Network } from '../network/network.ts';
import type { Signal } from '../signal/signal.ts';
import { resolve } from '../text/span.ts';
import { placeOf } from './cases.ts';
import { createFacts, type Facts } from './facts.ts';
import { RULES } from './registry.ts';
import type { Finding, Rule } from './rule.ts';
import { atLeast } from './severity.ts';

export interface RunOptions {
  readonly rules?: readonly Rule[];
  /** Of the network, where the caller has them. */
  readonly facts?: Facts;
}

export interface RuleRun {
  readonly facts: Facts;
  /** Sorted by offset, then rule. */
  readonly findings: readonly Finding[];
  /** Rules that failed. */
  readonly internal: readonly string[];
}

const INITIALIZER_GROUPS = new Set<Rule['group']>(['symmetry', 'pairing', 'scale']);

/** Rules come in the order of the catalogue, so of two equally severe findings that cover as many layers the more specific stays. */
const oneCause = (findings: readonly Finding[], rules: readonly Rule[]): readonly Finding[] => {
  const groups = new Map(rules.map((rule) => [rule.name, rule.group]));
  const best = new Map<string, Finding>();
  const others: Finding[] = [];
  for (const finding of findings) {
    if (finding.explains.length === 0 || !INITIALIZER_GROUPS.has(groups.get(finding.rule) ?? 'training')) {
      others.push(finding);
      continue;
    }
    const place = placeOf(finding.span);
    const before = best.get(place);
    const beats =
      before === undefined ||
      (finding.severity !== before.severity
        ? atLeast(finding.severity, before.severity) === finding.severity
        : finding.explains.length > before.explains.length);
    if (beats) best.set(place, finding);
  }
  return [...best.values(), ...others];
};

/** Order of findings: file, offset, end, rule. */
export const compareFindings = (a: Finding, b: Finding): number => {
  const [x, y] = [resolve(a.span), resolve(b.span)];
  if (x.file !== y.file) return x.file < y.file ? -1 : 1;
  return x.start - y.start || x.end - y.end || (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0);
};

export const runRules = (network: Network, signal: Signal, options: RunOptions = {}): RuleRun => {
  const rules = options.rules ?? RULES;
  const facts = options.facts ?? createFacts(network, signal);
  const reported: Finding[] = [];
  const explained = new Set<number>();
  const internal: string[] = [];
  for (const rule of rules) {
    const own: Finding[] = [];
    try {
      rule.check({
        network,
        signal,
        facts,
        reported,
        explained,
        report: (finding) => own.push({ ...finding, rule: rule.name, network: network.name }),
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      internal.push(`internal error: rule ${rule.name} failed: ${reason}`);
      continue;
    }
    for (const finding of own) {
      reported.push(finding);
      for (const id of finding.explains) explained.add(id);
    }
  }
  return { facts, findings: [...oneCause(reported, rules)].sort(compareFindings), internal };
};
