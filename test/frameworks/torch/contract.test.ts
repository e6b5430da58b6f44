/** Products with axes of their own order: einsum, stacks of matrices, weights on the left, rows that are looked up. */
import { describe, expect, it } from 'vitest';
import { graphText, networkOf } from './summary.ts';

const net = (init: string, forward: string): string => `
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 12)
        ${init}
    def forward(self, x):
        x = self.fc(x)
        return ${forward}
`;

const graph = (init: string, forward: string, input = '(N, length, 8)'): string => {
  const text = net(init, forward).replace(
    'x = self.fc(x)',
    input === '(N, 8)' ? 'x = self.fc(x)' : 'b, n, c = x.shape\n        x = self.fc(x)',
  );
  return graphText(networkOf(text)).split('\n').slice(2).join('\n');
};

describe('einsum and matmul', () => {
  const weight = 'self.w = nn.Parameter(torch.randn(12, 5) * 0.02)';
  const heads = 'self.w = nn.Parameter(torch.randn(3, 4, 6))';
  it.each([
    ['a matrix of weights', weight, "torch.einsum('bnc,cd->bnd', x, self.w)", '2 dense einsum ← 1 (N, length, 5)'],
    [
      'an implicit output: letters by the alphabet',
      weight,
      "torch.einsum('bnc,cd', x, self.w)",
      '2 dense einsum ← 1 (N, length, 5)\n3 permute einsum ← 2 (N, 5, length)',
    ],
    ['an ellipsis', weight, "torch.einsum('...c,cd->...d', x, self.w)", '2 dense einsum ← 1 (N, length, 5)'],
    ['operands in a list', weight, "torch.einsum('bnc,cd->bnd', [x, self.w])", '2 dense einsum ← 1 (N, length, 5)'],
    [
      'an output in another order',
      weight,
      "torch.einsum('bnc,cd->bdn', x, self.w)",
      '2 dense einsum ← 1 (N, length, 5)\n3 permute einsum ← 2 (N, 5, length)',
    ],
    ['weights on the left', 'self.w = nn.Parameter(torch.randn(5, 12))', 'self.w @ x.transpose(1, 2)', undefined],
    [
      'a matrix for each head',
      heads,
      "torch.einsum('bnhc,hcd->bnhd', x.view(b, n, 3, 4), self.w)",
      '2 reshape view ← 1 (N, length, 3, 4)\n3 dense einsum ← 2 (N, length, 3, 6)',
    ],
    ['scores of attention', 'pass', "torch.einsum('bic,bjc->bij', x, x)", '2 matmul einsum ← 1 1 (N, length, length)'],
    ['one operand', 'pass', "torch.einsum('bnc->bcn', x)", '2 permute einsum ← 1 (N, 12, length)'],
    ['a product without a sum', 'pass', "torch.einsum('bnc,bnc->bnc', x, x)", '2 mul einsum ← 1 1 (N, length, 12)'],
    ['a sum that comes first stays unknown', 'pass', "torch.einsum('bnc,bmc->bm', x, x)", '2 opaque(einsum) einsum ← 1 ?'],
  ])('%s', (_, init, forward, expected) => {
    const text = graph(init, forward);
    if (expected !== undefined) expect(text).toBe(expected);
    else expect(text).toMatch(/dense matmul ← \d+ \(N, length, 5\)\n\d+ permute matmul ← \d+ \(N, 5, length\)$/);
  });

  it('rows that positions name are a selection', () => {
    expect(graph("self.register_buffer('index', torch.arange(4))", 'F.relu(x[:, self.index])')).toBe(
      '2 slice getitem ← 1 ?\n3 relu relu ← 2 ?',
    );
  });
});
