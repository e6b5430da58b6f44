/** Weights that are computed from other parameters: where the parameters are, what the layer uses. */
import { describe, expect, it } from 'vitest';
import { momentsOf } from '../../../server/src/network/moments.ts';
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

describe('weights that forward standardises', () => {
  const used = (forward: string): { std: number | undefined; path: string; shape: string } => {
    const network = modelOf(`
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(8, 16, 3)
        self.gain = nn.Parameter(torch.full((16, 1, 1, 1), 2.0))
    def forward(self, x):
        v = self.conv.weight.reshape(1, 16, -1)
        w = ${forward}
        return F.relu(F.conv2d(x, w.reshape_as(self.conv.weight)))
`);
    const conv = network.nodes.find((node) => node.op.kind === 'conv');
    const parameter = conv?.params[0];
    return {
      std: parameter && momentsOf(parameter.init.distribution)?.std,
      path: parameter?.path ?? '',
      shape: parameter ? shapeText(parameter.shape) : '',
    };
  };
  it.each([
    ['F.batch_norm(v, None, None, training=True)', 1],
    ['F.batch_norm(v, None, None, weight=(self.gain * 0.25).view(-1), training=True)', 0.5],
    ['F.instance_norm(v)', 1],
    // Statistics that are kept are not those of the weight.
    ['F.batch_norm(v, None, None)', undefined],
    ['F.batch_norm(v, None, None, weight=torch.rand(16), training=True)', undefined],
  ])('%s', (forward, std) => {
    const found = used(forward);
    expect(found.path).toBe('conv.weight');
    expect(found.shape).toBe('(16, 8, 3, 3)');
    if (std === undefined) expect(found.std).toBeUndefined();
    else expect(found.std).toBeCloseTo(std, 9);
  });
});
