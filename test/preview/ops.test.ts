/** Ops on inputs small enough to work out by hand, in the layouts of the frameworks. */
import { describe, expect, it } from 'vitest';
import { runOp } from '../../media/preview/ops/index.ts';
import type { Values } from '../../media/preview/ops/op.ts';
import type { ParameterRole } from '../../server/src/network/network.ts';
import type { Op } from '../../server/src/network/op.ts';
import { BATCH } from '../../server/src/network/scalar.ts';
import { tf } from './support/tensorflow.ts';

interface Given {
  readonly op: Op;
  readonly inputs: readonly (readonly [readonly number[], readonly number[]])[];
  readonly params?: readonly (readonly [ParameterRole, readonly number[], readonly number[], string?])[];
  readonly framework?: string;
}

/** Inputs and parameters as [shape, values]; the output's shape and values. */
const run = ({
  op,
  inputs,
  params = [],
  framework = 'torch',
}: Given): { readonly shape: readonly number[]; readonly values: readonly number[] } =>
  tf.tidy(() => {
    const tensors = inputs.map(([shape, values]) => tf.tensor([...values], [...shape]));
    const given = params.map(
      ([role, shape, values, name]): Values => ({ name: name ?? role, role, tensor: tf.tensor([...values], [...shape]) }),
    );
    const uniform = (shape: readonly number[]) => tf.fill([...shape], 0.5);
    const y = runOp(op, tensors, { batch: tensors[0]?.shape[0] ?? 1, framework, shape: null, params: given, uniform });
    return { shape: y.shape, values: [...y.dataSync()].map((v) => Math.round(v * 1e4) / 1e4) };
  });

const count = (n: number, from = 1): number[] => Array.from({ length: n }, (_, i) => from + i);
const window = { rank: 1, kernel: [2], stride: [1], padding: 'valid', dilation: [1], channelAxis: 1 } as const;

const CASES: readonly (readonly [string, Given, readonly number[], readonly number[]])[] = [
  [
    'dense, torch order [out, in]',
    {
      op: { kind: 'dense', inFeatures: 2, outFeatures: 3 },
      inputs: [
        [
          [1, 2],
          [1, 10],
        ],
      ],
      params: [
        ['weight', [3, 2], [1, 2, 3, 4, 5, 6]],
        ['bias', [3], [0, 0, 1]],
      ],
    },
    [1, 3],
    [21, 43, 66],
  ],
  [
    'dense, Keras order [in, out]',
    {
      op: { kind: 'dense', inFeatures: 2, outFeatures: 2 },
      inputs: [
        [
          [1, 2],
          [1, 10],
        ],
      ],
      params: [['weight', [2, 2], [1, 2, 3, 4]]],
      framework: 'keras',
    },
    [1, 2],
    [31, 42],
  ],
  [
    'a square dense weight in torch is [out, in]',
    {
      op: { kind: 'dense', inFeatures: 2, outFeatures: 2 },
      inputs: [
        [
          [1, 2],
          [1, 10],
        ],
      ],
      params: [['weight', [2, 2], [1, 2, 3, 4]]],
    },
    [1, 2],
    [21, 43],
  ],
  [
    'conv, channels first, padding and stride',
    {
      op: { ...window, kind: 'conv', inChannels: 1, outChannels: 1, groups: 1, kernel: [3], stride: [2], padding: [[1, 1]] },
      inputs: [
        [
          [1, 1, 4],
          [1, 2, 3, 4],
        ],
      ],
      params: [['weight', [1, 1, 3], [1, 10, 100]]],
    },
    [1, 1, 2],
    [210, 432],
  ],
  [
    'conv, channels last, same, dilated',
    {
      op: { ...window, kind: 'conv', inChannels: 1, outChannels: 1, groups: 1, padding: 'same', dilation: [2], channelAxis: -1 },
      inputs: [
        [
          [1, 4, 1],
          [1, 2, 3, 4],
        ],
      ],
      params: [['weight', [2, 1, 1], [1, 10]]],
      framework: 'keras',
    },
    [1, 4, 1],
    [20, 31, 42, 3],
  ],
  [
    'conv in groups',
    {
      op: { ...window, kind: 'conv', inChannels: 4, outChannels: 2, groups: 2, kernel: [1] },
      inputs: [
        [
          [1, 4, 1],
          [1, 2, 3, 4],
        ],
      ],
      params: [['weight', [2, 2, 1], [1, 10, 100, 1000]]],
    },
    [1, 2, 1],
    [21, 4300],
  ],
  [
    'depthwise conv over two axes',
    {
      op: { ...window, kind: 'conv', rank: 2, inChannels: 2, outChannels: 2, groups: 2, kernel: [1, 2], stride: [1, 1], dilation: [1, 1] },
      inputs: [
        [
          [1, 2, 1, 2],
          [1, 2, 3, 4],
        ],
      ],
      params: [['weight', [2, 1, 1, 2], [1, 10, 1, 100]]],
    },
    [1, 2, 1, 1],
    [21, 403],
  ],
  [
    'transposed conv, stride 2, torch order [in, out, k]',
    {
      op: {
        ...window,
        kind: 'convTranspose',
        inChannels: 1,
        outChannels: 1,
        groups: 1,
        stride: [2],
        padding: [[0, 0]],
        outputPadding: [0],
        kernel: [3],
      },
      inputs: [
        [
          [1, 1, 2],
          [1, 2],
        ],
      ],
      params: [['weight', [1, 1, 3], [1, 10, 100]]],
    },
    [1, 1, 5],
    [1, 10, 102, 20, 200],
  ],
  [
    'max pool with padding',
    {
      op: { ...window, kind: 'pool', reduce: 'max', ceil: false, stride: [2], padding: [[1, 1]] },
      inputs: [
        [
          [1, 1, 4],
          [-1, -2, -3, -4],
        ],
      ],
    },
    [1, 1, 3],
    [-1, -2, -4],
  ],
  [
    'average pool that counts its padding, as torch does',
    {
      op: { ...window, kind: 'pool', reduce: 'average', ceil: false, stride: [2], padding: [[1, 1]] },
      inputs: [
        [
          [1, 1, 4],
          [2, 4, 6, 8],
        ],
      ],
    },
    [1, 1, 3],
    [1, 5, 4],
  ],
  [
    'average pool, same, that does not, as Keras does',
    {
      op: { ...window, kind: 'pool', reduce: 'average', ceil: false, stride: [2], padding: 'same', channelAxis: -1 },
      inputs: [
        [
          [1, 3, 1],
          [2, 4, 6],
        ],
      ],
    },
    [1, 2, 1],
    [3, 6],
  ],
  [
    'adaptive pool to 2 of 3',
    {
      op: { kind: 'globalPool', reduce: 'average', output: [2], keepAxes: true, channelAxis: 1 },
      inputs: [
        [
          [1, 1, 3],
          [1, 2, 3],
        ],
      ],
    },
    [1, 1, 2],
    [1.5, 2.5],
  ],
  [
    'batch norm over batch and positions',
    {
      op: { kind: 'batchNorm', features: 2, eps: 0, channelAxis: 1 },
      inputs: [
        [
          [1, 2, 2],
          [1, 3, 10, 10.2],
        ],
      ],
      params: [
        ['gamma', [2], [1, 2]],
        ['beta', [2], [0, 5]],
      ],
    },
    [1, 2, 2],
    [-1, 1, 3, 7],
  ],
  [
    'layer norm',
    {
      op: { kind: 'layerNorm', axes: [-1], eps: 0, rms: false },
      inputs: [
        [
          [2, 2],
          [1, 3, 10, 30],
        ],
      ],
    },
    [2, 2],
    [-1, 1, -1, 1],
  ],
  [
    'rms norm',
    {
      op: { kind: 'layerNorm', axes: [-1], eps: 0, rms: true },
      inputs: [
        [
          [1, 2],
          [1, 7],
        ],
      ],
    },
    [1, 2],
    [0.2, 1.4],
  ],
  [
    'group norm',
    {
      op: { kind: 'groupNorm', groups: 2, features: 4, eps: 0, channelAxis: 1 },
      inputs: [
        [
          [1, 4],
          [1, 3, 5, 9],
        ],
      ],
    },
    [1, 4],
    [-1, 1, -1, 1],
  ],
  [
    'dropout keeps what the draw is below and scales it',
    {
      op: { kind: 'dropout', rate: 0.2, alpha: false },
      inputs: [
        [
          [1, 2],
          [4, 8],
        ],
      ],
    },
    [1, 2],
    [5, 10],
  ],
  [
    'PReLU with a slope per channel',
    {
      op: { kind: 'activation', name: 'prelu', args: {}, channelAxis: 1 },
      inputs: [
        [
          [1, 2, 2],
          [-1, 1, -1, 1],
        ],
      ],
      params: [['slope', [2], [0.5, 0.1]]],
    },
    [1, 2, 2],
    [-0.5, 1, -0.1, 1],
  ],
  [
    'gated linear unit',
    {
      op: { kind: 'glu', activation: 'relu', axis: -1 },
      inputs: [
        [
          [1, 4],
          [2, 3, -1, 5],
        ],
      ],
    },
    [1, 2],
    [0, 15],
  ],
  [
    'softmax over the channels',
    {
      op: { kind: 'softmax', axis: 1, log: false },
      inputs: [
        [
          [1, 2, 1],
          [0, Math.log(3)],
        ],
      ],
    },
    [1, 2, 1],
    [0.25, 0.75],
  ],
  ['view(-1, 4) keeps the batch', { op: { kind: 'reshape', shape: [-1, 4] }, inputs: [[[2, 2, 2], count(8)]] }, [2, 4], count(8)],
  ['a reshape with the batch axis', { op: { kind: 'reshape', shape: [BATCH, 2, -1] }, inputs: [[[2, 4], count(8)]] }, [2, 2, 2], count(8)],
  ['a reshape written for another batch', { op: { kind: 'reshape', shape: [64, 4] }, inputs: [[[2, 2, 2], count(8)]] }, [2, 4], count(8)],
  ['flatten', { op: { kind: 'flatten', startAxis: 1, endAxis: -1 }, inputs: [[[1, 2, 2], count(4)]] }, [1, 4], count(4)],
  ['permute', { op: { kind: 'permute', axes: [0, 2, 1] }, inputs: [[[1, 2, 2], count(4)]] }, [1, 2, 2], [1, 3, 2, 4]],
  [
    'pad, and crop where it is negative',
    {
      op: { kind: 'pad', padding: [[1, -1]] },
      inputs: [
        [
          [1, 3],
          [1, 2, 3],
        ],
      ],
    },
    [1, 3],
    [0, 1, 2],
  ],
  [
    'nearest upsampling',
    {
      op: { kind: 'upsample', factor: [2], mode: 'nearest', channelAxis: 1 },
      inputs: [
        [
          [1, 1, 2],
          [1, 2],
        ],
      ],
    },
    [1, 1, 4],
    [1, 1, 2, 2],
  ],
  [
    'linear upsampling',
    {
      op: { kind: 'upsample', factor: [2], mode: 'linear', channelAxis: 1 },
      inputs: [
        [
          [1, 1, 2],
          [0, 4],
        ],
      ],
    },
    [1, 1, 4],
    [0, 1, 3, 4],
  ],
  [
    'slice',
    {
      op: { kind: 'slice', axis: 1, start: -2, size: 1 },
      inputs: [
        [
          [1, 3],
          [1, 2, 3],
        ],
      ],
    },
    [1, 1],
    [2],
  ],
  [
    'sum of three',
    {
      op: { kind: 'add' },
      inputs: [
        [[1, 1], [1]],
        [[1, 1], [2]],
        [[1, 1], [4]],
      ],
    },
    [1, 1],
    [7],
  ],
  [
    'average',
    {
      op: { kind: 'average' },
      inputs: [
        [[1, 1], [1]],
        [[1, 1], [4]],
      ],
    },
    [1, 1],
    [2.5],
  ],
  ['reduce', { op: { kind: 'reduce', reduce: 'max', axes: [-1], keepAxes: false }, inputs: [[[2, 2], count(4)]] }, [2], [2, 4]],
  [
    'matmul with a transposed right side',
    {
      op: { kind: 'matmul', transposeA: false, transposeB: true },
      inputs: [
        [
          [1, 1, 2],
          [1, 2],
        ],
        [
          [1, 1, 2],
          [3, 4],
        ],
      ],
    },
    [1, 1, 1],
    [11],
  ],
  [
    'bilinear',
    {
      op: { kind: 'bilinear', in1: 2, in2: 2, outFeatures: 1 },
      inputs: [
        [
          [1, 2],
          [1, 2],
        ],
        [
          [1, 2],
          [3, 4],
        ],
      ],
      params: [['weight', [1, 2, 2], [1, 10, 100, 1000]]],
    },
    [1, 1],
    [3 + 40 + 600 + 8000],
  ],
  [
    'oneHot',
    {
      op: { kind: 'oneHot', classes: 3 },
      inputs: [
        [
          [1, 2],
          [2, 0],
        ],
      ],
    },
    [1, 2, 3],
    [0, 0, 1, 1, 0, 0],
  ],
  [
    'embedding',
    {
      op: { kind: 'embedding', count: 3, features: 2 },
      inputs: [
        [
          [1, 2],
          [2, 0],
        ],
      ],
      params: [['embedding', [3, 2], count(6)]],
    },
    [1, 2, 2],
    [5, 6, 1, 2],
  ],
  [
    'causal attention looks back only',
    {
      op: { kind: 'attention', features: 1, heads: 1, keyFeatures: 1, valueFeatures: 1, projections: false, causal: true },
      inputs: [
        [
          [1, 2, 1],
          [0, 0],
        ],
        [
          [1, 2, 1],
          [0, 0],
        ],
        [
          [1, 2, 1],
          [2, 4],
        ],
      ],
    },
    [1, 2, 1],
    [2, 3],
  ],
  [
    'attention with packed projections',
    {
      op: { kind: 'attention', features: 1, heads: 1, keyFeatures: 1, valueFeatures: 1, projections: true, causal: false },
      inputs: [
        [
          [1, 2, 1],
          [1, 3],
        ],
      ],
      params: [
        ['weight', [3, 1], [0, 0, 2], 'in_proj_weight'],
        ['weight', [1, 1], [10], 'out_proj.weight'],
      ],
    },
    [1, 2, 1],
    [40, 40],
  ],
  [
    'an RNN over two steps',
    {
      op: {
        kind: 'recurrent',
        cell: 'rnn',
        inFeatures: 1,
        units: 1,
        activation: 'linear',
        layers: 1,
        bidirectional: false,
        returnSequence: true,
        batchFirst: true,
      },
      inputs: [
        [
          [1, 2, 1],
          [1, 2],
        ],
      ],
      params: [
        ['weight', [1, 1], [1]],
        ['recurrentWeight', [1, 1], [10]],
      ],
    },
    [1, 2, 1],
    [1, 12],
  ],
  [
    'an LSTM with gates in the order i f g o',
    {
      op: {
        kind: 'recurrent',
        cell: 'lstm',
        inFeatures: 1,
        units: 1,
        activation: 'linear',
        layers: 1,
        bidirectional: false,
        returnSequence: false,
        batchFirst: true,
      },
      inputs: [[[1, 1, 1], [1]]],
      params: [
        ['weight', [4, 1], [100, 0, 3, 100]],
        ['recurrentWeight', [4, 1], [0, 0, 0, 0]],
      ],
    },
    [1, 1],
    [3],
  ],
];

describe('ops', () => {
  it.each(CASES)('%s', (_, given, shape, values) => {
    expect(run(given)).toEqual({ shape, values });
  });

  it.each<Given>([
    { op: { kind: 'opaque', what: 'f', reason: '' }, inputs: [[[1], [1]]] },
    {
      op: { kind: 'dense', inFeatures: 3, outFeatures: 2 },
      inputs: [
        [
          [1, 2],
          [1, 2],
        ],
      ],
      params: [['weight', [2, 5], count(10)]],
    },
    { op: { kind: 'activation', name: 'nonesuch', args: {}, channelAxis: -1 }, inputs: [[[1], [1]]] },
    { op: { kind: 'reshape', shape: [-1, 7] }, inputs: [[[1, 4], count(4)]] },
  ])('says why $op.kind cannot be run', (given) => {
    expect(() => run(given)).toThrow(/not understood|does not take|not known|cannot be reshaped/);
  });
});
