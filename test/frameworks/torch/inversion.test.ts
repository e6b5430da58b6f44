/** Truncated normals drawn by inversion in the source itself, as libraries copied it from torch before it was there. */
import { describe, expect, it } from 'vitest';
import { momentsOf } from '../../../server/src/network/moments.ts';
import { IMPORTS, networkOf, parametersOf } from './summary.ts';

const drawn = (call: string) => {
  const text = `${IMPORTS}
def trunc_normal(tensor, mean=0., std=1., a=-2., b=2.):
    def cdf(x):
        return (1. + math.erf(x / math.sqrt(2.))) / 2.
    low, high = cdf((a - mean) / std), cdf((b - mean) / std)
    with torch.no_grad():
        tensor.uniform_(2 * low - 1, 2 * high - 1)
        tensor.erfinv_()
        tensor.mul_(std * math.sqrt(2.))
        tensor.add_(mean)
        tensor.clamp_(min=a, max=b)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)
        ${call}
    def forward(self, x):
        return self.fc(x)
`;
  const weight = parametersOf(networkOf(text)).find((p) => p.path === 'fc.weight')!;
  return { weight, moments: momentsOf(weight.init.distribution, () => undefined) };
};

describe('truncated normal by inversion', () => {
  // Std of N(0, σ²) cut at ±2σ: 0.87962566 σ (Patel & Read 1996, §2.15).
  it.each([
    ['far bounds leave a normal', 'trunc_normal(self.fc.weight, std=.02)', 0, 0.02],
    ['bounds at two standard deviations', 'trunc_normal(self.fc.weight, std=.02, a=-.04, b=.04)', 0, 0.02 * 0.87962566],
    ['a mean', 'trunc_normal(self.fc.weight, mean=1., std=.5, a=0., b=2.)', 1, 0.5 * 0.87962566],
    ['a clamp that cuts is not known', 'self.fc.weight.data.normal_(0, 1).clamp_(-1, 1)', undefined, undefined],
  ])('%s', (_, call, mean, std) => {
    const { moments } = drawn(call);
    if (std === undefined) expect(moments).toBeNull();
    else {
      expect(moments?.mean).toBeCloseTo(mean as number, 6);
      expect(moments?.std).toBeCloseTo(std, 6);
    }
  });
  it('is one draw, not several', () => {
    const { weight } = drawn('trunc_normal(self.fc.weight, std=.02)');
    expect(weight.overwritten).toEqual([]);
    expect(weight.init.name).toBe('trunc_normal_');
  });
});
