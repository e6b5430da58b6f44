/**
 * The lookalikes: programs that are right and look like a rule's pattern. Headings say "what — rule"; in a program «innocent¦guilty» is
 * what makes the difference, so each is two: the innocent one, of which the rule says nothing and no rule warns, and its twin, which is
 * flagged. Each lookalike stands in two frameworks, or a sentence that starts with "Only" says why it cannot.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { RULES, ruleNamed } from '../../server/src/rules/registry.ts';
import { analyse } from '../rules/analysis.ts';

const folder = dirname(fileURLToPath(import.meta.url));

interface Lookalike {
  readonly title: string;
  readonly rule: string;
  /** A hint of the rule is right, where silence is not asked for. */
  readonly hintAtMost: boolean;
  /** Why there is but one framework. */
  readonly only: string | null;
  readonly programs: readonly { readonly framework: string; readonly file: string; readonly text: string }[];
}

const FILES: Readonly<Record<string, string>> = { python: 'model.py', js: 'model.ts' };

const lookalikesOf = (markdown: string): readonly Lookalike[] =>
  markdown
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [, title = '', rule = '', hint] = /^(.+?) — ([a-z-]+)(, a hint at most)?$/m.exec(section) ?? [];
      const blocks = [...section.matchAll(/^```(python|js) (\w+)\n([\s\S]*?)^```$/gm)];
      const programs = blocks.map(([, language = '', framework = '', text = '']) => ({ framework, file: FILES[language] ?? '', text }));
      return { title, rule, hintAtMost: hint !== undefined, only: /^Only .*$/m.exec(section)?.[0] ?? null, programs };
    });

const MARK = /«([^«»¦]*)¦([^«»¦]*)»/g;

const found = (text: string, file: string, framework: string) => {
  const { networks, findings } = analyse(text, file);
  expect(networks.map((n) => n.network.framework)).toContain(framework);
  return findings.map((f) => ({ rule: f.rule, severity: f.severity, message: f.message }));
};

const all = readdirSync(folder)
  .filter((name) => name.endsWith('.md'))
  .flatMap((name) => lookalikesOf(readFileSync(join(folder, name), 'utf8')));

describe.each(all.map((one) => [`${one.title} (${one.rule})`, one] as const))('%s', (_, { rule, hintAtMost, only, programs }) => {
  it('stands in two frameworks, or says why not', () => {
    expect(ruleNamed(rule)).toBeDefined();
    const frameworks = new Set(programs.map((p) => p.framework));
    expect(frameworks.size).toBeGreaterThanOrEqual(only === null ? 2 : 1);
  });

  it.each(programs.map((p) => [p.framework, p] as const))('%s', (framework, { file, text }) => {
    expect(text).toMatch(MARK);
    const innocent = found(text.replace(MARK, '$1'), file, framework);
    expect(
      innocent.filter(
        (f) => f.severity === 'warning' || f.severity === 'error' || (f.rule === rule && !(hintAtMost && f.severity === 'hint')),
      ),
    ).toEqual([]);
    const guilty = found(text.replace(MARK, '$2'), file, framework).filter((f) => f.rule === rule);
    expect(guilty.filter((f) => !hintAtMost || f.severity === 'warning' || f.severity === 'error')).not.toEqual([]);
  });
});

it('every rule has a lookalike', () => {
  const named = new Set(all.map((one) => one.rule));
  expect(RULES.map((rule) => rule.name).filter((name) => !named.has(name))).toEqual([]);
});
