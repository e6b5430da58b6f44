/** Draws under conditions that are not known: in doubt, unless the tensor is made where it is drawn. */
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
  it('on both ways is in doubt', () => expect(kindOf('if flag:\n    nn.init.zeros_(self.a.weight)\nelse:\n    nn.init.ones_(self.a.weight)')).toBe('unknown'));
  it('within another condition is in doubt', () => expect(kindOf('if flag:\n    if other:\n        nn.init.zeros_(self.a.weight)')).toBe('unknown'));
  it('of a layer made there is not', () => expect(kindOf('if flag:\n    self.c = nn.Linear(8, 8)\n    nn.init.zeros_(self.c.weight)', 'c.weight')).toBe('constant'));
  it('followed by a certain one is certain', () => expect(kindOf('if flag:\n    nn.init.zeros_(self.a.weight)\nnn.init.kaiming_normal_(self.a.weight)')).toBe('varianceScaling'));
});
