/** Statements that are parsed when they are first looked at are the same statements. */
import { describe, expect, it } from 'vitest';
import type { Block } from '../../server/src/syntax/ast.ts';
import { bindsOf } from '../../server/src/syntax/python/binds.ts';
import { functionBodies } from '../../server/src/syntax/python/bodies.ts';
import { resolve } from '../../server/src/text/span.ts';
import { parser } from '../support/parser.ts';
import { showStmt as sexpr } from './sexpr.ts';

const FILE = `"""Doc."""
import torch
from a import (b,
               c)

X: int = 1
Y = {
    'k': 1,
}
a = b = 2
p, q = 1, 2

@decorate(
    "text"
)
def f(x=1):
    return x

@registry.register("c")
class C(Base):
    z = 3

class D:
    pass

async def g(): pass
if X:
    W = 1
`;

const parse = (text: string, lazy: boolean, previous?: ReturnType<typeof parser.parse>) => parser.parse('m.py', text, previous, { lazy });

describe('a lazily parsed file', () => {
  it('has the statements of one parsed at once, at the same places', () => {
    const [now, later] = [parse(FILE, false), parse(FILE, true)];
    expect(later.blocks.map((b) => sexpr(b.statement))).toEqual(now.blocks.map((b) => sexpr(b.statement)));
    expect(later.blocks.map((b) => resolve(b.statement.span))).toEqual(now.blocks.map((b) => resolve(b.statement.span)));
  });
  it('names what the statements bind', () => {
    expect(parse(FILE, true).blocks.flatMap((b) => b.binds ?? [])).toEqual(['X', 'Y', 'f', 'D', 'g']);
  });
  it('keeps statements across edits, and their places move', () => {
    const first = parse(FILE, true);
    const block = first.blocks.find((b) => b.binds?.[0] === 'D');
    const next = parse(`# a line\n${FILE}`, true, first);
    expect(next.blocks).toContain(block);
    const { start, end } = resolve(block!.statement.span);
    expect(next.text.slice(start, end)).toBe('class D:\n    pass');
  });
  it('contains damage in its statement', () => {
    const module = parse('def f(x:\n    return (\nclass D:\n    pass\n', true);
    expect(module.blocks.map((b) => [b.statement.kind, b.broken])).toEqual([
      ['function', true],
      ['class', false],
    ]);
  });
});

/** A statement with all its places, bodies that waited read. */
const whole = (block: Block): unknown =>
  JSON.parse(JSON.stringify([block.statement, block.broken], (key, value) => (key === 'anchor' ? 0 : value)));

const LONG = Array.from({ length: 20 }, (_, i) => `        x${i} = f(x, [${i}, 'a'])`).join('\n');

describe('the body of a function', () => {
  const method = (head: string, body = LONG, tail = ''): string => `class C(Base):\n    """Doc."""\n${head}\n${body}\n${tail}`;
  it.each([
    ['a method', method('    def f(self, x):')],
    ['between others', method('    @property\n    def f(self, x): # why', LONG, '\n    y = 1\n\n    def g(self): return 2\n    z = 3\n')],
    ['under a header of lines', method('    async def f(\n        self, x={1: 2},  # :\n    ) -> Dict[str,\n  int]:')],
    ['with text at the margin', method('    def f(self):', `        """Doc\nclass X:\n    def g():\n"""\n${LONG}`)],
    ['with comments at the margin', method('    def f(self):', `\n# first\n        # second\n${LONG}\n# last\n`, '    y = 1\n')],
    ['with functions inside', method('    def f(self):', `${LONG}\n        def g(y):\n            return x\n        return g`)],
    ['that yields', method('    def f(self):', `${LONG}\n        yield x`)],
    ['with continued lines', method('    def f(self):', `${LONG}\n        if x and \\\n    y:\n            return (\n1)`)],
    ['of a class inside', method('    class D:\n        def f(self):', LONG.replaceAll('        x', '            x'), '    y = 1\n')],
    ['with tabs', method('\tdef f(self):', LONG.replaceAll('        ', '\t\t')).replace('    """', '\t"""')],
    ['of carriage returns', method('    def f(self):', LONG, '    y = 1\n').replaceAll('\n', '\r\n')],
    ['of the top level', `import a\ndef f(x):\n${LONG}\n        return x\nimport b\nif a:\n    def g():\n${LONG}\nelse:\n    g = None\n`],
    ['two of a name', method('    def f(self):', LONG, `    def f(self, x):\n${LONG}\n`)],
  ])('%s is the one that is read at once', (_, text) => {
    const [now, later] = [parse(text, false), parse(text, true)];
    expect(now.blocks.some((b) => b.broken)).toBe(false);
    expect(later.blocks.map(whole)).toEqual(now.blocks.map(whole));
  });
  it('is told without being read', () => {
    const text = method('    def f(self):', LONG, '    y = 1\n');
    expect(functionBodies(text).map(({ start, end }) => text.slice(start, end))).toEqual([LONG.trim()]);
  });
  it('is broken where it is, and nothing else is', () => {
    const module = parse(method('    def f(self):', `${LONG}\n        x = = 1\n        y = 2`, '    def g(self): pass\n'), true);
    const [block] = module.blocks;
    const [, f, g] = block?.statement.kind === 'class' ? block.statement.body : [];
    expect([f, g].map((s) => s?.kind === 'function' && s.name)).toEqual(['f', 'g']);
    expect(f?.kind === 'function' && f.body.slice(-2).map((s) => s.kind)).toEqual(['opaque', 'assign']);
    expect(block?.broken).toBe(true);
  });
});

it.each([
  ['x = 1', ['x']],
  ['größe: int = 2', ['größe']],
  ['x == 1', undefined],
  ['x = y = 1', undefined],
  ['x = 1; y = 2', undefined],
  ['x.y = 1', undefined],
  ['x += 1', undefined],
  ['import x', undefined],
  ['@reg.register_module()\nclass A: pass', undefined],
  ['@wraps(f)\n@other\nasync def  h(): pass', ['h']],
  ['print(1)\n', undefined],
  ['if x:\n    def f(): pass', undefined],
])('%j binds %j', (text, names) => expect(bindsOf(text)).toEqual(names));
