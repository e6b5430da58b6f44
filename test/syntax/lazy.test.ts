/** Statements that are parsed when they are first looked at are the same statements. */
import { describe, expect, it } from 'vitest';
import { bindsOf } from '../../server/src/syntax/python/binds.ts';
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
