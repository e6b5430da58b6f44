/**
 * Rule tests as Markdown, one file a rule. A block whose language is followed by a framework's name (```python torch, ```js tfjs) is a
 * program; a comment of carets under a line is a finding that must be there, exactly so: `# ^^^ warning[rule] part of the message`
 * (`# <^^^` counts from the line's start, where the comment itself stands). Under a heading that starts with
 * "clean" or "unknown, so silent" nothing may be found. A ```python fix block is the program before it after its preferred fixes.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { RULES, ruleNamed } from '../../server/src/rules/registry.ts';
import { resolve } from '../../server/src/text/span.ts';
import { analyse, applyPreferred, shown } from './analysis.ts';

const folder = dirname(fileURLToPath(import.meta.url));

type Kind = 'flagged' | 'clean' | 'unknown';

interface Marker {
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly severity: string;
  readonly rule: string;
  readonly message: string;
}

/** Files by the language of their fence. */
const FILES: Readonly<Record<string, string>> = { python: 'model.py', js: 'model.ts' };

interface Block {
  readonly file: string;
  readonly title: string;
  readonly kind: Kind;
  readonly framework: string;
  readonly text: string;
  readonly markers: readonly Marker[];
  fix: string | null;
}

const MARKER = /^\s*(?:#|\/\/) (<?)(\^+) (\w+)\[([\w-]+)\] ?(.*)$/;

const kindOf = (title: string): Kind =>
  title.startsWith('clean') ? 'clean' : title.startsWith('unknown, so silent') ? 'unknown' : 'flagged';

const readProgram = (lines: readonly string[]): { text: string; markers: Marker[] } => {
  const code: string[] = [];
  const markers: Marker[] = [];
  for (const line of lines) {
    const match = MARKER.exec(line);
    if (!match) {
      code.push(line);
      continue;
    }
    const [, fromStart = '', carets = '', severity = '', rule = '', message = ''] = match;
    const start = fromStart ? 0 : line.indexOf('^');
    markers.push({ line: code.length - 1, start, end: start + carets.length, severity, rule, message });
  }
  return { text: `${code.join('\n')}\n`, markers };
};

const readBlocks = (markdown: string): readonly Block[] => {
  const blocks: Block[] = [];
  let title = '';
  const lines = markdown.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? '';
    if (line.startsWith('## ')) title = line.slice(3);
    const [, language = '', word = ''] = /^```(python|js) ?(.*)$/.exec(line) ?? [];
    const file = FILES[language];
    if (!file) continue;
    const end = lines.indexOf('```', i + 1);
    const body = lines.slice(i + 1, end);
    i = end;
    if (word === 'fix') {
      const before = blocks.at(-1);
      if (!before) throw new Error('a fix without a program before it');
      before.fix = `${body.join('\n')}\n`;
      continue;
    }
    blocks.push({ file, title, kind: kindOf(title), framework: word, ...readProgram(body), fix: null });
  }
  return blocks;
};

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

const files = readdirSync(folder).filter((name) => name.endsWith('.md'));

it('every rule has its file', () => {
  expect(files.map((name) => name.slice(0, -3)).sort()).toEqual(RULES.map((rule) => rule.name).sort());
});

describe.each(files)('%s', (file) => {
  const blocks = readBlocks(readFileSync(join(folder, file), 'utf8'));
  const rule = file.slice(0, -3);

  it('has a flagged, a clean and an unknown program of each framework', () => {
    // Every rule names where it can occur; else the four frameworks of layers are asked for.
    const where = ruleNamed(rule)?.frameworks ?? ['torch', 'keras', 'lasagne', 'tfjs'];
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
