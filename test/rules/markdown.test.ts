/**
 * Rule tests as Markdown, one file a rule (form: `programs.ts`). A comment of carets under a line is a finding that must be there, exactly
 * so: `# ^^^ warning[rule] part of the message` (`# <^^^` counts from the line's start, where the comment itself stands). Under a heading
 * that starts with "clean" or "unknown, so silent" nothing may be found. A fix block must be what the preferred fixes make.
 */
import { describe, expect, it } from 'vitest';
import { RULES, ruleNamed } from '../../server/src/rules/registry.ts';
import { resolve } from '../../server/src/text/span.ts';
import { analyse, applyPreferred, shown } from './analysis.ts';
import { blocksOf, type Marker, ruleFiles } from './programs.ts';

/** Findings as markers: a finding over several lines is marked on its first. */
const found = (text: string, file: string): readonly Marker[] =>
  analyse(text, file).findings.map((finding) => {
    const { start, end } = resolve(finding.span);
    const from = text.lastIndexOf('\n', start - 1) + 1;
    const stop = Math.min(end, text.indexOf('\n', start));
    const line = text.slice(0, start).split('\n').length - 1;
    const { severity, rule, message } = finding;
    return { line, start: start - from, end: stop - from, severity, rule, message };
  });

const files = ruleFiles();

it('every rule has its file', () => {
  expect(files.map((name) => name.slice(0, -3)).sort()).toEqual(RULES.map((rule) => rule.name).sort());
});

it('says how many programs there are', () => {
  const all = files.flatMap((name) => blocksOf(name.slice(0, -3)));
  const count = (kind: string, framework?: string) =>
    all.filter((b) => b.kind === kind && (framework === undefined || b.framework === framework)).length;
  const counts = (framework?: string) => ['flagged', 'clean', 'unknown'].map((kind) => `${count(kind, framework)} ${kind}`).join(', ');
  const frameworks = [...new Set(all.map((b) => b.framework))].sort();
  const lines = frameworks.map((framework) => `  ${framework}: ${counts(framework)}`);
  console.log([`${files.length} rules, ${all.length} programs: ${counts()}`, ...lines].join('\n'));
  expect(all.length).toBeGreaterThanOrEqual(3 * files.length);
});

describe.each(files)('%s', (file) => {
  const rule = file.slice(0, -3);
  const blocks = blocksOf(rule);

  it('has a flagged, a clean and an unknown program of each framework', () => {
    // Every rule names where it can occur; else every framework is asked for.
    const where = ruleNamed(rule)?.frameworks ?? ['torch', 'keras', 'lasagne', 'tfjs', 'flax', 'numpy'];
    for (const framework of where) {
      expect(new Set(blocks.filter((b) => b.framework === framework).map((b) => b.kind))).toEqual(new Set(['flagged', 'clean', 'unknown']));
    }
  });

  it.each(blocks.map((b) => [`${b.framework}: ${b.title}`, b] as const))('%s', (_, block) => {
    const { text, file: name, markers, kind, fix } = block;
    const analysis = analyse(text, name);
    expect(analysis.networks.map((n) => n.network.framework)).toContain(block.framework);
    if (kind !== 'flagged') {
      expect(markers).toEqual([]);
      expect(shown(analysis)).toEqual([]);
      return;
    }
    expect(markers.map((m) => m.rule)).toContain(rule);
    const actual = found(text, name);
    expect(actual.map(({ message: _message, ...where }) => where)).toEqual(markers.map(({ message: _message, ...where }) => where));
    actual.forEach((a, i) => {
      expect(a.message).toContain(markers[i]?.message);
    });
    if (fix === null) return;
    const fixed = applyPreferred(text, name);
    expect(fixed).toBe(fix);
    expect(shown(analyse(fixed, name))).toEqual([]);
  });
});
