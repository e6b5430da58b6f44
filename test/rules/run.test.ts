/** Running the rules: isolation, order, one cause one finding. */
import { describe, expect, it } from 'vitest';
import { RULES } from '../../server/src/rules/registry.ts';
import { defineRule, type Rule } from '../../server/src/rules/rule.ts';
import { compareFindings, runRules } from '../../server/src/rules/run.ts';
import { computeSignal } from '../../server/src/signal/engine.ts';
import { glorot, he, NetworkBuilder, stack } from '../support/networks.ts';
import { findingsOf, offers } from './judge.ts';

const docs = { what: '', why: '', exceptions: '', references: [] };
const crashing = defineRule({
  name: 'crashing',
  group: 'plumbing',
  tier: 'preview',
  docs,
  examples: [],
  check: (context) => {
    context.report({ severity: 'error', span: context.network.span, message: 'half done', related: [], intents: [], explains: [] });
    throw new Error('of course');
  },
});

describe('runRules', () => {
  it('isolates a crash: its own findings are dropped, the others stay', () => {
    const net = stack(12, 64, 'relu', { init: glorot });
    const { findings, internal } = runRules(net, computeSignal(net), { rules: [crashing, ...RULES] });
    expect(internal).toEqual(['internal error: rule crashing failed: of course']);
    expect(findings.map((f) => f.rule)).toEqual(new Array(12).fill('relu-without-he'));
  });

  it('sorts by offset, then rule, and gives the same twice', () => {
    const b = new NetworkBuilder();
    let h = b.input(64);
    for (const act of ['tanh', 'sigmoid', 'relu', 'sigmoid']) h = b.layer(h, 64, act, { init: act === 'relu' ? glorot : he });
    const net = b.build(b.dense(h, 10));
    const findings = findingsOf(net);
    expect(findings.map((f) => f.rule)).toEqual(['saturating-with-he', 'saturating-with-he', 'relu-without-he', 'saturating-with-he']);
    expect([...findings].sort(compareFindings)).toEqual(findings);
    expect(JSON.stringify(findingsOf(net))).toBe(JSON.stringify(findings));
  });

  it('layers from one span are one finding: the worst speaks, the count is said', () => {
    const b = new NetworkBuilder();
    const span = b.span();
    let h = b.input(64);
    for (const width of [128, 64, 32]) h = b.layer(h, width, 'sigmoid', { init: he, span });
    const findings = findingsOf(b.build(b.dense(h, 10)));
    expect(findings).toHaveLength(1);
    expect(findings[0]?.message).toMatch(/\b3 layers|worst of 3/);
  });

  it('one generic call before different activations is one finding, the more severe, and names the other', () => {
    const b = new NetworkBuilder();
    const span = b.span();
    let h = b.input(64);
    for (let i = 0; i < 6; i++) h = b.layer(h, 64, 'relu', { init: he, span, generic: true });
    h = b.layer(h, 64, 'sigmoid', { init: he, span, generic: true });
    h = b.layer(h, 64, 'tanh', { init: he, span, generic: true });
    const findings = findingsOf(b.build(b.dense(h, 10)));
    expect(findings.map((f) => `${f.severity}[${f.rule}]`)).toEqual(['warning[saturating-with-he]']);
    expect(findings[0]?.related.map((r) => r.message)).toEqual(['The same call draws 6 layers before ReLU']);
    expect(offers(findings[0]).every((i) => i.nodes.length === 2)).toBe(true);
  });

  it('where two rules fit layers of one call, the one with more layers speaks and names the others', () => {
    const b = new NetworkBuilder();
    const span = b.span();
    let h = b.layer(b.input(64), 64, 'sigmoid', { init: glorot, span });
    for (let i = 0; i < 3; i++) h = b.layer(h, 64, 'relu', { init: glorot, span });
    const findings = findingsOf(b.build(b.dense(h, 10)));
    expect(findings.map((f) => f.rule)).toEqual(['relu-without-he']);
    expect(findings[0]?.related.map((r) => r.message)).toEqual(['The same call draws 1 layer before sigmoid']);
  });

  it('rules are named after their files, once, with docs and an example of each framework', () => {
    expect(new Set(RULES.map((r) => r.name)).size).toBe(RULES.length);
    for (const rule of RULES satisfies readonly Rule[]) {
      expect(rule.name).toMatch(/^[a-z]+(-[a-z]+)+$/);
      for (const text of [rule.docs.what, rule.docs.why, rule.docs.exceptions]) expect(text.length).toBeGreaterThan(30);
      expect(rule.docs.references.length).toBeGreaterThan(0);
      // A rule of few frameworks shows each; of many, some.
      const shown = new Set(rule.examples.map((e) => e.framework));
      if (!rule.frameworks) expect(shown).toEqual(new Set(['torch', 'keras', 'lasagne']));
      else if (rule.frameworks.length > 2) for (const one of shown) expect(rule.frameworks).toContain(one);
      else expect(shown).toEqual(new Set(rule.frameworks));
      expect(shown.size).toBeGreaterThan(0);
    }
  });
});
