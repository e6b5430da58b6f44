/** Draws that may or may not happen: under conditions that are not known, and inside functions that are not read. */
import { describe, expect, it } from 'vitest';
import { networksOf } from './summary.ts';

const net = (body: string): string => `import torch.nn as nn
class Net(nn.Module):
    def __init__(self, flag, other):
        super().__init__()
        self.a = nn.Linear(8, 8)
${body.replace(/^/gm, '        ')}
    def forward(self, x):
        return self.a(x)
`;

const kindOf = (body: string, path = 'a.weight'): string | undefined => {
  const [network] = networksOf(net(body));
  const params = [...(network?.nodes ?? []), ...(network?.unreached ?? [])].flatMap((n) => n.params);
  return params.find((p) => p.path === path)?.init.distribution.kind;
};

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
