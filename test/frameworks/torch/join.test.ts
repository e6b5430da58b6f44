/** Two ways of an unknown condition meet: where both only arrange the same values, nothing is in doubt but sizes. */
import { expect, it } from 'vitest';
import { graphText, networkOf } from './summary.ts';

const tail = (ways: string): string =>
  graphText(
    networkOf(`
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 12)
    def forward(self, x):
        b, n, c = x.shape
        x = self.fc(x)
${ways.replace(/^/gm, '        ')}
        return F.relu(x)
`),
  )
    .split('\n')
    .slice(2)
    .filter((line) => !/ (slice|reshape|expand|getitem) /.test(line))
    .join('\n');

it.each([
  ['a part or all', 'if n > limit:\n    x = x[:, :limit]', /^\d identity if ← 1 \(N, size\?, 12\)\n/],
  ['parts', 'if n > limit:\n    x = x[:, :7]\nelse:\n    x = x[:, 2:9]', /^\d identity if ← 1 \(N, 7, 12\)\n/],
  [
    'values repeated',
    'x = x.view(b, n, 3, 4)\nif n > limit:\n    x = x.repeat(1, 1, 2, 1).reshape(b, n, 6, 4)',
    /identity if ← 1 \(N, length, size\?, 4\)\n/,
  ],
])('%s', (_, ways, expected) => expect(tail(ways)).toMatch(expected));

it.each([
  ['another computation', 'if n > limit:\n    x = torch.tanh(x)[:, :limit]'],
  ['one step of a sequence', 'if n > limit:\n    x = x[:, -1]'],
  ['axes in another order', 'if n > limit:\n    x = x.transpose(1, 2)'],
])('%s stays in doubt', (_, ways) => expect(tail(ways)).toContain('opaque(if)'));

it('data types that differ are not known after', () => {
  const text = tail('if n > limit:\n    x = x.half()\nx = torch.tanh(x) if x.dtype == torch.float16 else torch.sigmoid(x)');
  expect(text).toContain('opaque(if)');
});

it('a class that an unknown key picks from a table is any of them', () => {
  const network = networkOf(`
class Eager(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.q = nn.Linear(width, 8)
    def forward(self, x):
        return self.q(x)
class Fused(Eager):
    def forward(self, x):
        return torch.fused_kernel(x, self.q.weight)
KINDS = {'eager': Eager, 'fused': Fused}
class Net(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.attention = KINDS[config.kind](4)
    def forward(self, x):
        return self.attention(x)
`);
  const held = [...network.nodes, ...network.unreached].flatMap((node) => node.params);
  expect(held.find(({ path }) => path === 'attention.q.weight')?.shape).toEqual([8, 4]);
});
