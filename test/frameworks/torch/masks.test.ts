/** Masks with very low values before a softmax leave the rest as it is; other fillings are not modelled. */
import { expect, it } from 'vitest';
import { graphText, networkOf } from './summary.ts';

const tail = (expression: string): string =>
  graphText(
    networkOf(`
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 8)
        self.register_buffer('bound', torch.tensor(1e6))
        self.register_buffer('mask', torch.ones(1, 8).bool())
    def chosen(self, mask):
        return None if unknown else mask
    def forward(self, x):
        b, n, c = x.shape
        x = self.fc(x)
        return ${expression}
`),
  )
    .split('\n')
    .slice(2)
    .join('\n');

it.each([
  ["x.masked_fill(self.mask == 0, float('-inf'))", '2 identity masked_fill ← 1 (N, length, 8)'],
  ['x.masked_fill(self.mask == 0, -math.inf)', '2 identity masked_fill ← 1 (N, length, 8)'],
  ['x.masked_fill(self.mask == 0, -1e9)', '2 identity masked_fill ← 1 (N, length, 8)'],
  ['torch.where(self.mask, x, torch.finfo(x.dtype).min)', '2 identity where ← 1 (N, length, 8)'],
  ['torch.where(self.mask, x, torch.full([], torch.finfo(x.dtype).min))', '2 identity where ← 1 (N, length, 8)'],
  ['torch.where(torch.ne(self.mask, 0), x, -1e9)', '2 identity where ← 1 (N, length, 8)'],
  ['torch.where(self.mask, -1e9, x)', '2 identity where ← 1 (N, length, 8)'],
  ['x.where(self.mask, torch.tensor(-1e9))', '2 identity where ← 1 (N, length, 8)'],
  ['x + torch.where(self.mask, torch.tensor(0.0), torch.finfo(x.dtype).min)', '2 identity add ← 1 (N, length, 8)'],
  ['x + torch.where(self.mask, -1e9, 0.0).unsqueeze(0)', '2 identity add ← 1 (N, length, 8)'],
  ['x + self.chosen(torch.where(self.mask, torch.tensor(0.0), -1e9))', '2 identity add ← 1 (N, length, 8)'],
  ['x.masked_fill(self.mask == 0, 0.0)', '2 opaque(masked_fill) masked_fill ← 1 (N, length, 8)'],
  ['torch.where(self.mask, x, 0.0)', '2 opaque(where) where ← 1 (N, length, 8)'],
])('%s', (expression, expected) => expect(tail(expression)).toBe(expected));

it.each([
  ['x.clamp(-self.bound, self.bound)', '2 hardTanh clamp ← 1 (N, length, 8)'],
  [
    'x.div(0.9) * torch.floor(torch.rand(b, 1, 1) + 0.9)',
    '2 affine div ← 1 (N, length, 8)\n3 dropout dropPath ← 2 (N, length, 8)\n4 affine mul ← 3 (N, length, 8)',
  ],
  [
    'torch.cat([F.relu(part) for part in x.split(lengths.tolist(), dim=1)], dim=1)',
    '2 slice split ← 1 (N, part of length, 8)\n3 relu relu ← 2 (N, part of length, 8)\n4 identity cat ← 3 (N, length?, 8)',
  ],
  ['torch.tanh(x) if torch.rand([]) < 0.0 else x * 2', '2 affine mul ← 1 (N, length, 8)'],
])('%s', (expression, expected) => expect(tail(expression)).toBe(expected));

it('parts of a list that may have more of another kind are not joined', () => {
  expect(tail('(x.split(sizes.tolist(), dim=1), torch.cat([F.relu(x), *others], dim=1))[1]')).toContain('opaque(cat)');
});

it.each(['torch.where(self.mask, torch.tensor(0.0), -1.0)', 'torch.where(self.mask, torch.tensor(1.0), -1e9)'])(
  'x + %s is no mask',
  (added) => {
    expect(tail(`x + ${added}`)).not.toContain('identity');
  },
);
