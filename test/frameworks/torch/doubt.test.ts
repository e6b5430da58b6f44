/** Draws that may or may not happen: under conditions that are not known, and inside functions that are not read. */
import { describe, expect, it } from 'vitest';
import type { Parameter } from '../../../server/src/network/network.ts';
import { networksOf } from './summary.ts';

const net = (body: string): string => `import torch
import torch.nn as nn
class Net(nn.Module):
    def __init__(self, flag, other):
        super().__init__()
        self.a = nn.Linear(8, 8)
${body.replace(/^/gm, '        ')}
    def forward(self, x):
        return self.a(x)
`;

const paramsOf = (body: string): Parameter[] => {
  const [network] = networksOf(net(body));
  return [...(network?.nodes ?? []), ...(network?.unreached ?? [])].flatMap((n) => n.params);
};

const kindOf = (body: string, path = 'a.weight'): string | undefined => paramsOf(body).find((p) => p.path === path)?.init.distribution.kind;

describe('a draw under an unknown condition', () => {
  it('on one way only is in doubt', () => expect(kindOf('if flag:\n    nn.init.zeros_(self.a.weight)')).toBe('unknown'));
  it('on both ways is in doubt', () =>
    expect(kindOf('if flag:\n    nn.init.zeros_(self.a.weight)\nelse:\n    nn.init.ones_(self.a.weight)')).toBe('unknown'));
  it('within another condition is in doubt', () =>
    expect(kindOf('if flag:\n    if other:\n        nn.init.zeros_(self.a.weight)')).toBe('unknown'));
  it('of a layer made there is not', () =>
    expect(kindOf('if flag:\n    self.c = nn.Linear(8, 8)\n    nn.init.zeros_(self.c.weight)', 'c.weight')).toBe('constant'));
  it('followed by a certain one is certain', () =>
    expect(kindOf('if flag:\n    nn.init.zeros_(self.a.weight)\nnn.init.kaiming_normal_(self.a.weight)')).toBe('varianceScaling'));
});

describe('what is handed to something that is not read', () => {
  const unread = (body: string): string | undefined => kindOf(`from elsewhere import trunc_normal_tf_, init_weights, summary\n${body}`);
  it('a parameter is in doubt', () => expect(unread('trunc_normal_tf_(self.a.weight, std=0.02)')).toBe('unknown'));
  it('a module is where the function says that it initialises', () => expect(unread('init_weights(self)')).toBe('unknown'));
  it('a module that is only looked at is not', () => expect(unread('summary(self)')).toBe('varianceScaling'));
});

describe('a draw into what an unknown condition chose', () => {
  const MLP = `class Wide(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.fc2 = nn.Linear(n, n)
    def init(self):
        nn.init.zeros_(self.fc2.weight)
class Narrow(Wide):
    pass
def zeros(m): nn.init.zeros_(m.weight)
def ones(m): nn.init.ones_(m.weight)
self.mlp = Wide(8) if flag else Narrow(8)
`;
  it.each([
    ['a weight that both have, scaled', 'self.mlp.fc2.weight.div_(2.0)'],
    ['a weight that both have, drawn', 'nn.init.zeros_(self.mlp.fc2.weight)'],
    ['a weight that both have, assigned', 'self.mlp.fc2.weight.data = torch.zeros(8, 8)'],
    ['a part of it, assigned', 'self.mlp.fc2.weight[0] = 0'],
    ['a method that both have', 'self.mlp.init()'],
  ])('%s', (_, line) => {
    expect(kindOf(MLP, 'mlp.fc2.weight')).toBe('varianceScaling');
    expect(kindOf(MLP + line, 'mlp.fc2.weight')).toBe('unknown');
  });
  it('a function that was chosen', () => expect(kindOf(`${MLP}init = zeros if flag else ones\ninit(self.a)`)).toBe('unknown'));
  it('a function that is one or None', () => expect(kindOf(`${MLP}init = zeros if flag else None\ninit(self.a)`)).toBe('constant'));
  it('where the class decides', () =>
    expect(
      kindOf(
        'self.b = nn.Linear(8, 8) if flag else nn.Identity()\nif isinstance(self.b, nn.Linear): nn.init.zeros_(self.b.weight)',
        'b.weight',
      ),
    ).toBe('unknown'));
  it('where the attribute decides', () =>
    expect(kindOf('self.b = nn.Linear(8, 8) if flag else nn.Identity()\nif hasattr(self.b, "weight"): nn.init.zeros_(self.a.weight)')).toBe(
      'unknown',
    ));
  it('where an attribute that one way set decides', () =>
    expect(kindOf('if flag: self.mark = 1\nif hasattr(self, "mark"): nn.init.zeros_(self.a.weight)')).toBe('unknown'));
  it('a default for an attribute that may be missing', () =>
    expect(kindOf('if flag: self.scale = 0.5\nnn.init.normal_(self.a.weight, std=getattr(self, "scale", 0.1))')).toBe('unknown'));
});

describe('parameters that the model may lack', () => {
  const conditional = (body: string, path: string): boolean | undefined => {
    const found = paramsOf(body).filter((p) => p.path === path);
    return found.length === 0 ? undefined : found.some((p) => p.conditional === true);
  };
  it.each([
    ['of one module of two', 'self.b = nn.Linear(8, 8) if flag else nn.Identity()', 'b.weight', true],
    ['of a module or None', 'self.b = nn.Linear(8, 8) if flag else None', 'b.weight', true],
    ['that is one or None', 'self.g = nn.Parameter(torch.ones(8)) if flag else None', 'g', true],
    ['of a module that one way sets', 'if flag: self.b = nn.Linear(8, 8)', 'b.weight', true],
    ['that both modules have', 'self.b = nn.Linear(8, 8) if flag else nn.Linear(8, 8)', 'b.weight', false],
    [
      'that both modules have, deeper',
      'self.b = nn.Sequential(nn.Linear(8, 8)) if flag else nn.Sequential(nn.Linear(8, 4))',
      'b.0.weight',
      false,
    ],
    ['of a flag', 'self.b = nn.Linear(8, 8, bias=flag)', 'b.bias', true],
    ['beside a flag', 'self.b = nn.Linear(8, 8, bias=flag)', 'b.weight', false],
    ['of a norm with a flag', 'self.b = nn.BatchNorm1d(8, affine=flag)', 'b.weight', true],
    ['under a name of unknown text', 'setattr(self, f"b{flag}", nn.Linear(8, 8))', 'bflag.weight', true],
    ['added under a name of unknown text', 'self.add_module("b%s" % flag, nn.Linear(8, 8))', 'bflag.weight', true],
    [
      'after an item that one way adds',
      'l = []\nif flag: l.append(nn.ReLU())\nl.append(nn.Linear(8, 8))\nself.b = nn.Sequential(*l)',
      'b.1.weight',
      true,
    ],
    ['set again for certain', 'if flag: self.b = nn.Linear(8, 8)\nself.b = nn.Linear(8, 8)', 'b.weight', false],
    ['of a module made where it is set', 'if flag:\n    self.b = nn.Linear(8, 8)\nelse:\n    self.b = nn.Linear(8, 8)', 'b.weight', false],
    ['of a module that holds itself', 'self.me = self\nif flag: self.b = nn.Linear(8, 8)', 'b.weight', true],
    ['beside one, in a module that holds itself', 'self.me = self\nif flag: self.b = nn.Linear(8, 8)', 'a.weight', false],
    [
      'of modules with more paths than are told apart',
      'c = nn.Linear(8, 8)\nfor i in range(20): c = nn.ModuleList([c, c])\nself.c = c\nif flag: self.b = nn.Linear(8, 8)',
      'a.weight',
      true,
    ],
  ])('%s', (_, body, path, expected) => expect(conditional(body, path)).toBe(expected));
});
