/**
 * The programs that show the rules: blocks of the rules' Markdown files, and the examples of their docs. A block whose language is
 * followed by a framework's name (```python torch, ```js tfjs) is a program; a comment of carets under a line is a finding that must be
 * there (`markdown.test.ts`). A ```python fix block is the program before it after its preferred fixes.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RULES } from '../../server/src/rules/registry.ts';

export interface Marker {
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly severity: string;
  readonly rule: string;
  readonly message: string;
}

export interface Program {
  /** The rule that it shows. */
  readonly rule: string;
  readonly framework: string;
  readonly title: string;
  readonly file: string;
  readonly text: string;
}

export interface Block extends Program {
  readonly kind: 'flagged' | 'clean' | 'unknown';
  readonly markers: readonly Marker[];
  readonly fix: string | null;
}

/** Files by the language of their fence. */
const FILES: Readonly<Record<string, string>> = { python: 'model.py', js: 'model.ts' };

const MARKER = /^\s*(?:#|\/\/) (<?)(\^+) (\w+)\[([\w-]+)\] ?(.*)$/;

const kindOf = (title: string): Block['kind'] =>
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

export const ruleFiles = (): readonly string[] => readdirSync(import.meta.dirname).filter((name) => name.endsWith('.md'));

/** The programs of a rule's Markdown file. */
export const blocksOf = (rule: string): readonly Block[] => {
  const blocks: Block[] = [];
  let title = '';
  const lines = readFileSync(join(import.meta.dirname, `${rule}.md`), 'utf8').split('\n');
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
      const before = blocks.pop();
      if (!before) throw new Error('a fix without a program before it');
      blocks.push({ ...before, fix: `${body.join('\n')}\n` });
      continue;
    }
    blocks.push({ rule, file, title, kind: kindOf(title), framework: word, ...readProgram(body), fix: null });
  }
  return blocks;
};

/** JavaScript has a file of its own; everything else is Python. */
export const fileOf = (framework: string): string => (framework === 'tfjs' ? 'model.ts' : 'model.py');

/** Every program of a rule that is flagged: of its file, and of its docs. */
export const flaggedPrograms = (rule: string): readonly Program[] => [
  ...blocksOf(rule).filter(({ kind }) => kind === 'flagged'),
  ...(RULES.find(({ name }) => name === rule)?.examples ?? []).map(({ framework, bad }) => ({
    rule,
    framework,
    title: 'example of the docs',
    file: fileOf(framework),
    text: bad,
  })),
];
