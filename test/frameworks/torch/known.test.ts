/** Small tensors whose values are known decide sizes. */
import { expect, it } from 'vitest';
import { networkOf, parametersOf, shapeText } from './summary.ts';

const shapeFor = (expression: string, before = ''): string => {
  const network = networkOf(`${before}\ndef build():\n    return nn.Linear(3, ${expression})\n`);
  return shapeText(parametersOf(network)[0]?.shape ?? null);
};

it.each([
  ['torch.arange(4).tolist()[3]', 3],
  ['torch.arange(2, 11, 3)[-1].item()', 8],
  ['int((torch.arange(4) * 8 + 16)[2])', 32],
  ['(torch.round(torch.pow(2.0, torch.arange(5)) / 8) * 8).int().tolist()[4]', 16],
  ['(2 ** torch.arange(6))[5].item()', 32],
  ['int(torch.linspace(0, 1, 5)[1] * 100)', 25],
  ['torch.diff(torch.tensor([1, 4, 9])).tolist()[1]', 5],
  ['torch.tensor([[1, 2], [3, 4]]).tolist()[1][0]', 3],
  ['int(torch.tensor([2, 3, 4]).sum())', 9],
  ['len([int(v) for v in torch.arange(7)])', 7],
  ['torch.unique(torch.tensor([8, 4, 8])).tolist()[0]', 4],
  ['torch.unique(torch.tensor([8, 4, 8]), return_counts=True)[1].tolist()[1]', 2],
  ['len(torch.unique(torch.tensor([8, 4, 8])))', 2],
  ['torch.arange(3).flip(dims=(0,))[0].item() + 1', 3],
  ['torch.flip(torch.arange(3), [0])[0].item() + 1', 3],
  ['torch.arange(7).split([3, 4])[1][0].item()', 3],
  ['len(torch.arange(7).split(3)[2])', 1],
  ['int(torch.floor(torch.tensor(7.9)))', 7],
  ['(4 ** torch.arange(3)).flip(0).tolist()[0]', 16],
  ['torch.flip(torch.arange(6).view(2, 3), dims=(0, -1))[0][0].item()', 5],
  ['torch.arange(6).reshape(2, 3).t().tolist()[2][1]', 5],
  ['torch.arange(6).view(2, -1).permute(1, 0).flatten()[1].item()', 3],
])('%s', (expression, value) => {
  expect(shapeFor(expression)).toBe(`(${value}, 3)`);
});

it('a tensor that was drawn over is not known', () => {
  expect(shapeFor('int(t[1])', 't = torch.arange(3)')).toBe('(1, 3)');
  expect(shapeFor('int(t[1])', 't = torch.arange(3)\nt.random_()')).toMatch(/\?/);
});

it('a tensor of a list that may have more items has no known shape', () => {
  const before = 'def values(flag):\n    l = [2, 3]\n    if flag: l.append(4)\n    return l';
  expect(shapeFor('int(torch.tensor(values(unknown())).sum())', before)).toMatch(/\?/);
});

it('an order that is not followed leaves the values unknown', () => {
  expect(shapeFor('torch.arange(4).roll(1).tolist()[1]')).toMatch(/\?/);
  expect(shapeFor('torch.arange(4).flip(axis()).tolist()[1]')).toMatch(/\?/);
});

it('a function of a constant is a constant', () => {
  const network = networkOf(`
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.log(10 * torch.ones(4)))
        self.fc = nn.Linear(4, 4)
    def forward(self, x):
        return self.fc(x) * self.scale
`);
  const scale = parametersOf(network).find((p) => p.path === 'scale');
  expect(scale?.init.distribution).toMatchObject({ kind: 'constant', value: Math.log(10) });
});
