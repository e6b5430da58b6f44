/** A rule's own examples: the bad one is flagged by it, the good one by nothing, and the bad one's fix leaves nothing either. */
import { describe, expect, it } from 'vitest';
import { RULES } from '../../server/src/rules/registry.ts';
import { analyse, applyPreferred, shown } from './analysis.ts';
import { fileOf } from './programs.ts';

describe.each(RULES.map((rule) => [rule.name, rule] as const))('%s', (name, rule) => {
  it.each(rule.examples.map((e) => [e.framework, e] as const))('%s: bad is flagged, good is clean', (framework, { bad, good }) => {
    const file = fileOf(framework);
    const analysis = analyse(bad, file);
    expect(analysis.networks[0]?.network.framework).toBe(framework);
    expect(analysis.networks[0]?.network.complete).toBe(true);
    expect(
      analysis.findings.map((f) => f.rule),
      shown(analysis).join('\n'),
    ).toContain(name);
    expect(shown(analyse(good, file))).toEqual([]);
  });

  it.each(rule.examples.map((e) => [e.framework, e] as const))('%s: the fix, where there is one, leaves nothing', (framework, { bad }) => {
    const file = fileOf(framework);
    const analysis = analyse(bad, file);
    const fixable = analysis.findings.some((finding) => analysis.fixes(finding).length > 0);
    const intended = analysis.findings.some((finding) => finding.intents.length > 0);
    expect(fixable).toBe(intended);
    if (fixable) expect(shown(analyse(applyPreferred(bad, file), file))).toEqual([]);
  });
});
