/** Data types: float32 where nothing is said, what conversions and comparisons give, unknown where it hangs on what is not known. */
import { describe, expect, it } from 'vitest';
import { graphText, networkOf } from './summary.ts';

const answer = (expression: string, input = 'nn.Linear(4, 8)'): boolean | undefined => {
  const network = networkOf(`
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = ${input}
        self.half = nn.Linear(4, 8).half()
    def forward(self, x, other=None):
        y = self.first(x)
        if ${expression}:
            return torch.tanh(y)
        return F.relu(y)
`);
  const text = graphText(network);
  if (text.includes('opaque(if)')) return undefined;
  return text.includes('tanh');
};

describe('dtypes', () => {
  it.each([
    ['y.dtype == torch.float32', true],
    ['y.dtype == torch.float', true],
    ['y.dtype == torch.float16', false],
    ['y.dtype in (torch.float16, torch.bfloat16)', false],
    ['y.dtype is torch.float32', true],
    ['y.half().dtype == torch.float16', true],
    ['(y.half() * 2).dtype == torch.float16', true],
    ['(y.half() + y).dtype == torch.float32', true],
    ['y.to(torch.bfloat16).dtype == torch.float32', false],
    ['y.to(self.half.weight.dtype).dtype == torch.float16', true],
    ['y.type_as(self.half.weight).dtype == torch.float16', true],
    ['self.first.weight.dtype == torch.float32', true],
    ['(y > 0).dtype == torch.bool', true],
    ['y.argmax(-1).dtype == torch.int64', true],
    ['torch.softmax(y.half(), -1, dtype=torch.float32).dtype == torch.float32', true],
    ['torch.arange(4).dtype == torch.long', true],
    ['torch.zeros(4).dtype == torch.float32', true],
    ['torch.zeros(4, dtype=torch.bool).dtype == torch.bool', true],
    ['torch.zeros_like(y.half()).dtype == torch.float16', true],
    ['y.is_floating_point()', true],
    ['torch.finfo(y.dtype).max > 1e30', true],
    ['torch.finfo(torch.float16).max > 1e30', false],
    ['y.to(something).dtype == torch.float32', undefined],
    ['torch.zeros(4, dtype=something).dtype == torch.float32', undefined],
  ])('%s', (expression, expected) => expect(answer(expression)).toBe(expected));

  it('positions are whole numbers, what is looked up is not', () => {
    expect(answer('x.dtype == torch.long', 'nn.Embedding(9, 8)')).toBe(true);
    expect(answer('y.dtype == torch.float32', 'nn.Embedding(9, 8)')).toBe(true);
  });

  it('floats made whole are not what they were; whole numbers stay', () => {
    const forward = (expression: string): string =>
      graphText(
        networkOf(`
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 8)
        self.look = nn.Embedding(9, 3)
    def forward(self, x):
        y = self.first(x)
        return ${expression}
`),
      );
    expect(forward('y.to(torch.int64)')).toContain('opaque(to)');
    expect(forward('y.bool()')).toContain('opaque(bool)');
    expect(forward('self.look(y.argmax(-1).long())')).not.toContain('opaque(long)');
    expect(forward('y.double()')).not.toContain('opaque');
  });
});
