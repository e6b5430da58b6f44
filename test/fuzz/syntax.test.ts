/** Properties of the syntax layer over random text and random edits. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SourceModule } from '../../server/src/syntax/ast.ts';
import { pathAt } from '../../server/src/syntax/locate.ts';
import { type AstNode, childrenOf } from '../../server/src/syntax/visit.ts';
import { resolve } from '../../server/src/text/span.ts';
import { parse } from '../support/parser.ts';

const real = ['classifier.py', 'functional.py'].map((name) =>
  readFileSync(new URL(`../syntax/half_typed/${name}`, import.meta.url), 'utf8'),
);

const pieces = [
  '\n',
  '\r\n',
  '    ',
  '\t',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '"',
  "'",
  '"""',
  "'''",
  'f"{',
  ':',
  ',',
  '.',
  '=',
  '==',
  '+',
  '-',
  '*',
  '**',
  '/',
  '\\',
  '\\\n',
  '#',
  '@',
  'def f',
  'class A',
  'if ',
  'else:',
  'elif x:',
  'for x in ',
  'while ',
  'with ',
  'try:',
  'except',
  'lambda ',
  'return ',
  'import ',
  'from ',
  'match x:',
  'case ',
  'self.x = ',
  'nn.Linear(4, 2)',
  'x',
  '1.',
  '0x',
  'é',
  '\ud800',
  '😀',
  '\f',
  '\u00a0',
  'print "x"',
  'await ',
  'async ',
  'yield ',
  'not ',
  ' in ',
  ':=',
  '->',
  ';',
  '...',
  '\ufeff',
  '$',
  '?',
];
const snippet = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(''));
const soup = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 200 }),
);

interface Edit {
  readonly at: number;
  readonly removed: number;
  readonly text: string;
}
const edits = fc.array(
  fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), removed: fc.oneof(fc.constant(0), fc.nat(40)), text: snippet }),
  {
    minLength: 1,
    maxLength: 6,
  },
);
const apply = (text: string, { at, removed, text: inserted }: Edit): string => {
  const start = Math.floor(at * text.length);
  return text.slice(0, start) + inserted + text.slice(start + removed);
};

/** The whole module with absolute offsets, as plain data. */
const plain = (module: SourceModule): string =>
  JSON.stringify([module.blocks, module.comments, module.issues], (key, value) => (key === 'file' ? undefined : value));

/** Spans lie in the text, children in their parents, siblings' parents known. */
const checkSpans = (module: SourceModule): void => {
  const pending: (readonly [AstNode, { start: number; end: number }])[] = module.blocks.map((block) => [
    block.statement,
    { start: 0, end: module.text.length },
  ]);
  for (let next = pending.pop(); next; next = pending.pop()) {
    const [node, outer] = next;
    const { start, end } = resolve(node.span);
    if (start > end || start < outer.start || end > outer.end) {
      throw new Error(`${'kind' in node ? node.kind : 'argument'} ${start}-${end} outside ${outer.start}-${outer.end}`);
    }
    for (const child of childrenOf(node)) pending.push([child, { start, end }]);
  }
  let position = 0;
  for (const { statement } of module.blocks) {
    const { start, end } = resolve(statement.span);
    expect(start).toBeGreaterThanOrEqual(position);
    position = end;
  }
};

describe('the parser', () => {
  it('reads any text, with spans inside it', () => {
    fc.assert(
      fc.property(soup, (text) => checkSpans(parse(text))),
      { numRuns: 1500 },
    );
  });

  it('gives the same for an edited file as for the file alone', () => {
    fc.assert(
      fc.property(fc.constantFrom(...real), edits, (original, changes) => {
        let text = original;
        let module = parse(text);
        for (const change of changes) {
          text = apply(text, change);
          module = parse(text, module);
          expect(plain(module)).toBe(plain(parse(text)));
        }
        checkSpans(module);
      }),
      { numRuns: 150 },
    );
  });

  it('gives the same where a statement ends in a backslash or in a mark that is blank', () => {
    const [before, after] = ['import math\nx = 1\n', 'return \\\n\nimport math\nx = 1\n'];
    expect(plain(parse(after, parse(before)))).toBe(plain(parse(after)));
    const marked = `""\ufeff#"""A doc."""\n${before}`;
    expect(plain(parse(marked, parse(before)))).toBe(plain(parse(marked)));
  });

  it('finds paths that contain what was asked for', () => {
    fc.assert(
      fc.property(fc.constantFrom(...real), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(20), (text, at, length) => {
        const start = Math.floor(at * text.length);
        const end = Math.min(text.length, start + length);
        for (const node of pathAt(parse(text), start, end)) {
          const range = resolve(node.span);
          expect(range.start <= start && end <= range.end).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });
});
