/** Modules made of modules: torchvision.ops without its source, parallel wrappers, the adaptive softmax. Shapes as the real ones have them. */
import { describe, expect, it } from 'vitest';
import { external } from '../../../server/src/frameworks/torch/namespace.ts';
import { graphText, IMPORTS, networksOf, parametersOf, shapeText } from './summary.ts';

const built = (expression: string) => {
  const [network] = networksOf(
    `${IMPORTS}import torchvision\nfrom torchvision import ops\nfrom torchvision.ops.misc import MLP\ndef build():\n    return ${expression}\n`,
  );
  if (!network) throw new Error('no network');
  return network;
};

const weights = (expression: string): string[] =>
  parametersOf(built(expression)).map((p) => `${p.path} ${shapeText(p.shape)} ${p.init.distribution.kind}`);

describe('blocks', () => {
  it.each([
    ['ops.Conv2dNormActivation(3, 8, 5, 2)', ['0.weight (8, 3, 5, 5) varianceScaling', '1.weight (8) constant', '1.bias (8) constant']],
    [
      'torchvision.ops.Conv2dNormActivation(3, 8, norm_layer=None, activation_layer=None)',
      ['0.weight (8, 3, 3, 3) varianceScaling', '0.bias (8) uniform'],
    ],
    [
      'MLP(4, [8, 2], norm_layer=nn.LayerNorm)',
      [
        '0.weight (8, 4) varianceScaling',
        '0.bias (8) uniform',
        '1.weight (8) constant',
        '1.bias (8) constant',
        '4.weight (2, 8) varianceScaling',
        '4.bias (2) uniform',
      ],
    ],
    [
      'ops.SqueezeExcitation(8, 2)',
      [
        'fc1.weight (2, 8, 1, 1) varianceScaling',
        'fc1.bias (2) uniform',
        'fc2.weight (8, 2, 1, 1) varianceScaling',
        'fc2.bias (8) uniform',
      ],
    ],
    [
      'nn.AdaptiveLogSoftmaxWithLoss(15, 100, [10, 50], div_value=2.0)',
      [
        'head.weight (12, 15) varianceScaling',
        'tail.0.0.weight (7, 15) varianceScaling',
        'tail.0.1.weight (40, 7) varianceScaling',
        'tail.1.0.weight (3, 15) varianceScaling',
        'tail.1.1.weight (50, 3) varianceScaling',
      ],
    ],
    ['nn.DataParallel(nn.Linear(2, 3))', ['module.weight (3, 2) varianceScaling', 'module.bias (3) uniform']],
    ['nn.parallel.DistributedDataParallel(nn.Linear(2, 3))', ['module.weight (3, 2) varianceScaling', 'module.bias (3) uniform']],
  ])('%s', (expression, expected) => {
    expect(weights(expression)).toEqual(expected);
  });

  it('padding keeps the size, whatever the dilation', () => {
    expect(graphText(built('ops.Conv2dNormActivation(3, 8, 5, dilation=2)'))).toContain('1 conv 0 ← 0 (N, 8, height, width)');
  });

  it('the gate of squeeze and excitation multiplies the input', () => {
    expect(graphText(built('ops.SqueezeExcitation(8, 2)')).split('\n').at(-1)).toBe('6 mul mul ← 5 0 (N, 8, height, width)');
  });

  it('a pyramid sums from coarse to fine and starts from kaiming_uniform_(a=1)', () => {
    const [network] = networksOf(`${IMPORTS}from torchvision.ops import FeaturePyramidNetwork
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 4, 3, padding=1)
        self.b = nn.Conv2d(4, 6, 3, padding=1)
        self.fpn = FeaturePyramidNetwork([4, 6], 5)
    def forward(self, x):
        a = self.a(x)
        out = self.fpn(OrderedDict([('fine', a), ('coarse', self.b(a))]))
        return out['fine'], out['coarse']
`);
    expect(network?.nodes.filter((n) => n.path.startsWith('fpn')).map((n) => `${n.op.kind} ${n.path}`)).toEqual([
      'conv fpn.inner_blocks.1.0',
      'conv fpn.layer_blocks.1.0',
      'conv fpn.inner_blocks.0.0',
      'opaque fpn/interpolate',
      'add fpn/add',
      'conv fpn.layer_blocks.0.0',
    ]);
    const weight = network && parametersOf(network).find((p) => p.path === 'fpn.inner_blocks.1.0.weight');
    expect(weight?.init.distribution).toMatchObject({ kind: 'varianceScaling', fan: 6, scale: 1 });
  });
});

/** Every class of torch.nn 2.13 that makes parameters, walked with the real library. */
const HOLD_WEIGHTS =
  'AdaptiveLogSoftmaxWithLoss BatchNorm1d BatchNorm2d BatchNorm3d Bilinear Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d DataParallel Embedding EmbeddingBag GRU GRUCell GroupNorm InstanceNorm1d InstanceNorm2d InstanceNorm3d LSTM LSTMCell LayerNorm LazyBatchNorm1d LazyBatchNorm2d LazyBatchNorm3d LazyConv1d LazyConv2d LazyConv3d LazyConvTranspose1d LazyConvTranspose2d LazyConvTranspose3d LazyInstanceNorm1d LazyInstanceNorm2d LazyInstanceNorm3d LazyLinear Linear MultiheadAttention PReLU RMSNorm RNN RNNCell SyncBatchNorm Transformer TransformerDecoder TransformerDecoderLayer TransformerEncoder TransformerEncoderLayer'.split(
    ' ',
  );

it(`all ${HOLD_WEIGHTS.length} classes of torch.nn that hold weights are known`, () => {
  expect(HOLD_WEIGHTS.filter((name) => external(`torch.nn.${name}`) === undefined)).toEqual([]);
});
