/** Masks of a dropout written by hand: what torchvision's stochastic depth and timm's DropPath do. */
import { describe, expect, it } from 'vitest';
import { affineOf, bernoulli, maskOf } from '../../../server/src/frameworks/shared/arithmetic.ts';
import { momentsOf } from '../../../server/src/network/moments.ts';
import { networksOf } from '../torch/summary.ts';

describe('Bernoulli draws', () => {
  it('have mean p and variance p(1 − p)', () => {
    const moments = momentsOf(bernoulli(0.8));
    expect(moments?.mean).toBeCloseTo(0.8, 12);
    expect(moments?.variance).toBeCloseTo(0.16, 12);
  });
  it('over their probability are a dropout and nothing else', () => {
    expect(maskOf(affineOf(bernoulli(0.8), 1 / 0.8))?.rate).toBeCloseTo(0.2, 12);
    expect(maskOf(affineOf(bernoulli(0.8), 1 / 0.8))?.factor).toBeCloseTo(1, 12);
  });
  it('by themselves are a dropout times p', () => expect(maskOf(bernoulli(0.8))?.factor).toBeCloseTo(0.8, 12));
  it('that are no mask are none', () => expect(maskOf({ kind: 'normal', mean: 0, std: 1 })).toBeUndefined());
});

it('a stochastic depth written by hand is a dropout of its rate', () => {
  const [network] = networksOf(`import torch
import torch.nn as nn
class Net(nn.Module):
    def __init__(self, p=0.25):
        super().__init__()
        self.l = nn.Linear(8, 8)
        self.p = p
    def forward(self, x):
        keep = 1 - self.p
        noise = torch.empty([x.shape[0], 1]).bernoulli_(keep)
        noise.div_(keep)
        return self.l(x) * noise
`);
  const [op] = (network?.nodes ?? []).flatMap((n) => (n.op.kind === 'dropout' ? [n.op] : []));
  expect(op?.rate).toBeCloseTo(0.25, 12);
  expect(network?.nodes.some((n) => n.op.kind === 'affine')).toBe(false);
});
