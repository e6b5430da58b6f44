/** Texts that are too large, too deep, or no text: each is answered, soon, with what can be known. */
import { describe, expect, it } from 'vitest';
import { parse, parser } from '../support/parser.ts';
import { showStmt } from './sexpr.ts';

const shown = (text: string): string[] => parse(text).blocks.map((block) => showStmt(block.statement));

describe('size', () => {
  it('answers 10 MB with the leading part and says so', () => {
    const line = 'model = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))\n';
    const text = line.repeat(Math.ceil(10_000_000 / line.length));
    const module = parse(text);
    const [issue] = module.issues;
    expect(issue?.message).toBe(
      'Only the first 999,975 of 10,000,050 characters were analysed.'
        .replace('999,975', (issue?.start ?? 0).toLocaleString('en-US'))
        .replace('10,000,050', text.length.toLocaleString('en-US')),
    );
    expect(issue!.start % line.length).toBe(0);
    expect(issue!.start).toBeGreaterThan(79_000);
    expect(module.blocks.length).toBe(issue!.start / line.length);
    expect(module.text).toBe(text);
  });

  it('reads one very long line', () => {
    const text = `x = [${'1, '.repeat(50_000)}]\ny = 2\n`;
    expect(parse(text).blocks.length).toBe(2);
  });
});

describe('depth', () => {
  it.each([
    ['parentheses', `x = ${'('.repeat(10_000)}1${')'.repeat(10_000)}\ny = 1\n`],
    ['open parentheses', `x = ${'('.repeat(10_000)}\ny = 1\n`],
    ['lists', `x = ${'['.repeat(10_000)}${']'.repeat(10_000)}\ny = 1\n`],
    ['a chain of operators', `x = ${'1 + '.repeat(10_000)}1\ny = 1\n`],
    ['a chain of calls', `x = a${'.b()'.repeat(5_000)}\ny = 1\n`],
    ['unary operators', `x = ${'-'.repeat(10_000)}1\ny = 1\n`],
    ['elif', `if a: b\n${'elif a: b\n'.repeat(5_000)}y = 1\n`],
    ['nested blocks', `${Array.from({ length: 90 }, (_, i) => `${' '.repeat(i)}if a:\n`).join('')}${' '.repeat(90)}b\ny = 1\n`],
    ['f-strings', `x = ${'f"{'.repeat(500)}1${'}"'.repeat(500)}\ny = 1\n`],
  ])('%s', (_, text) => {
    const module = parse(text);
    expect(showStmt(module.blocks.at(-1)!.statement)).toBe('(= y 1)');
    expect(module.blocks.length).toBe(2);
    expect(showStmt(module.blocks[0]!.statement).length).toBeGreaterThan(0);
  });
});

describe('what is no Python', () => {
  it('is an empty module that says why', () => {
    for (const text of ['\x7fELF\0\0\0\x02', 'x = 1\0\n', '\u0001\u0002\u0003\u0004'.repeat(100), '\ufffd'.repeat(100)]) {
      const module = parse(text);
      expect(module.blocks).toEqual([]);
      expect(module.issues.map((issue) => issue.message)).toEqual(['This is not a text file; it was not analysed.']);
    }
  });
  it('is an empty module for a language without a parser', () => {
    expect(parser.parse('model.js', 'let x = 1').issues.length).toBe(1);
  });
  it('may be empty, blank or only comments', () => {
    for (const text of ['', '\n\n', '   ', '# a\n# b', '\ufeff']) expect(parse(text)).toMatchObject({ blocks: [], issues: [] });
    expect(parse('# a\nx = 1  # b\n').comments.map((comment) => comment.text)).toEqual(['# a', '# b']);
    expect(parse('x = "# no"\r\ny = 1 # yes\r\n').comments.map((comment) => comment.text)).toEqual(['# yes']);
  });
});

describe('odd text', () => {
  it.each([
    ['a byte order mark', '\ufeffx = 1\ny = 2\n', ['(= x 1)', '(= y 2)']],
    ['form feeds', 'x = 1\n\f\ny = 2\n\fz = 3\n', ['(= x 1)', '(= y 2)', '(= z 3)']],
    ['tabs', 'if a:\n\tx = 1\n\ty = 2\n', ['(if a {(= x 1); (= y 2)})']],
    ['lone surrogates', 'x = "\ud800"\ny = 1\n', ['(= x "\\ud800")', '(= y 1)']],
    ['other scripts', 'größe = "😀"\nσ = größe\n', ['(= größe "😀")', '(= σ größe)']],
    ['no newline at the end', 'x = 1\ny = 2', ['(= x 1)', '(= y 2)']],
    ['an indented file', '  x = 1\n  y = 2\n', ['(= x 1)', '(= y 2)']],
    ['a string that never ends', 'x = """a\n\nclass A:\n  pass\n', ['(= x "a\\n\\n")', '(class A {pass})']],
    ['comments at column zero in a block', 'def f():\n  a\n# c\n  b\n', ['(def f [] {a; b})']],
  ])('%s', (_, text, expected) => expect(shown(text)).toEqual(expected));
});
