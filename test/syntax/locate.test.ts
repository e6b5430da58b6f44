import { describe, expect, it } from 'vitest';
import { enclosing, importsOf, pathAt } from '../../server/src/syntax/locate.ts';
import { isArgument, isParam } from '../../server/src/syntax/visit.ts';
import { parse } from '../support/parser.ts';

const text = `import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, size=4):
        import math
        self.fc = nn.Linear(size, math.ceil(2.5))

net = Net()
`;
const module = parse(text);
const at = (needle: string): [number, number] => [text.indexOf(needle), text.indexOf(needle) + needle.length];
const kinds = (start: number, end: number): string =>
  pathAt(module, start, end)
    .map((node) => (isArgument(node) ? 'argument' : isParam(node) ? 'param' : node.kind))
    .join(' ');

describe('pathAt', () => {
  it('goes from the block to the innermost node', () => {
    expect(kinds(...at('2.5'))).toBe('class function assign call argument call argument number');
    expect(kinds(...at('nn.Linear(size, math.ceil(2.5))'))).toBe('class function assign call');
    expect(kinds(...at('size=4'))).toBe('class function param');
  });
  it('is empty between statements', () => {
    expect(pathAt(module, text.indexOf('\nclass'), text.indexOf('\nclass'))).toEqual([]);
  });
});

describe('enclosing', () => {
  it('names statement, function and class', () => {
    const found = enclosing(module, ...at('math.ceil'));
    expect([found.statement?.kind, found.function?.name, found.class?.name]).toEqual(['assign', '__init__', 'Net']);
  });
});

describe('importsOf', () => {
  it('gives all imports and says which bind in the whole file', () => {
    expect(importsOf(module).map(({ statement, topLevel }) => [statement.kind, topLevel])).toEqual([
      ['import', true],
      ['importFrom', true],
      ['import', false],
    ]);
  });
});
