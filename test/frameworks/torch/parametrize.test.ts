/** Weights that are computed from other parameters: where the parameters are, what the layer uses. */
import { describe, expect, it } from 'vitest';
import type { Network } from '../../../server/src/network/network.ts';
import { IMPORTS, networksOf, parametersOf, paramText, shapeText } from './summary.ts';

/** The model, not the parametrization that stands above it. */
const modelOf = (text: string): Network => networksOf(IMPORTS + text).find((n) => n.name === 'Net') as Network;

const listed = (make: string): string[] => {
  const network = modelOf(`
from torch.nn.utils import spectral_norm, weight_norm, parametrizations, parametrize
class Symmetric(nn.Module):
    def forward(self, w):
        return w * 2
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = ${make.split('\n')[0]}
        ${make.split('\n').slice(1).join('\n        ')}
    def forward(self, x):
        return F.relu(self.fc(x))
`);
  return parametersOf(network)
    .filter((p) => p.name !== 'bias')
    .map((p) => `${p.path} ${shapeText(p.shape)} ${p.init.distribution.kind} ${(p.drawn ?? p.init).distribution.kind}`);
};

describe('parametrizations', () => {
  it.each([
    ['weight_norm(nn.Linear(4, 3))', ['fc.weight_v (3, 4) varianceScaling varianceScaling', 'fc.weight_g (3, 1) unknown unknown']],
    ['weight_norm(nn.Linear(4, 3), dim=None)', ['fc.weight_v (3, 4) varianceScaling varianceScaling', 'fc.weight_g () unknown unknown']],
    ['spectral_norm(nn.Linear(4, 3))', ['fc.weight_orig (3, 4) unknown varianceScaling']],
    [
      'parametrizations.weight_norm(nn.Linear(4, 3))',
      [
        'fc.parametrizations.weight.original1 (3, 4) varianceScaling varianceScaling',
        'fc.parametrizations.weight.original0 (3, 1) unknown unknown',
      ],
    ],
    ['parametrizations.spectral_norm(nn.Linear(4, 3))', ['fc.parametrizations.weight.original (3, 4) unknown varianceScaling']],
    // Registration replaces the original by what the orthogonal matrix is computed from.
    ['parametrizations.orthogonal(nn.Linear(4, 3))', ['fc.parametrizations.weight.original (3, 4) orthogonal unknown']],
    [
      "nn.Linear(4, 3)\nparametrize.register_parametrization(self.fc, 'weight', Symmetric())",
      ['fc.parametrizations.weight.original (3, 4) varianceScaling varianceScaling'],
    ],
    // What is drawn into the computed weight is gone at the next use.
    [
      'weight_norm(nn.Linear(4, 3))\nself.fc.weight.data.normal_(0, 0.01)',
      ['fc.weight_v (3, 4) varianceScaling varianceScaling', 'fc.weight_g (3, 1) unknown unknown'],
    ],
    [
      'weight_norm(nn.Linear(4, 3))\nnn.init.ones_(self.fc.weight_v)',
      ['fc.weight_v (3, 4) varianceScaling constant', 'fc.weight_g (3, 1) unknown unknown'],
    ],
  ])('%s', (make, expected) => {
    expect(listed(make)).toEqual(expected);
  });

  it('the weight of a doubling parametrization is twice as wide', () => {
    const network = modelOf(`
from torch.nn.utils.parametrize import register_parametrization
class Double(nn.Module):
    def forward(self, w):
        return w * 2
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        register_parametrization(self.fc, 'weight', Double())
    def forward(self, x):
        return self.fc(x)
`);
    const [weight] = parametersOf(network);
    expect(weight?.init.distribution).toMatchObject({ kind: 'varianceScaling', scale: 4 / 3 });
    expect(weight && paramText(weight)).toContain('fc.parametrizations.weight.original');
  });
});
