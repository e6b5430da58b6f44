/** Output shapes of every op: numbers as the frameworks give them, symbols where sizes are unknown. */
import { describe, expect, it } from 'vitest';
import type { Op } from '../../server/src/network/op.ts';
import { BATCH, type Dim, formatScalar, type Shape, symbol } from '../../server/src/network/scalar.ts';
import { outputShape } from '../../server/src/network/shapes.ts';

const H = symbol('h');
const text = (shape: Shape | null): string => (shape === null ? 'unknown' : shape.map(formatScalar).join(' '));
const shapeOf = (op: Op, ...inputs: (Shape | null)[]): string => text(outputShape(op, inputs));

const conv = (k: Dim, over: Partial<Extract<Op, { kind: 'conv' }>> = {}): Op => ({
  kind: 'conv',
  inChannels: 3,
  outChannels: 8,
  groups: 1,
  rank: 2,
  kernel: [k, k],
  stride: [1, 1],
  padding: 'valid',
  dilation: [1, 1],
  channelAxis: 1,
  ...over,
});
const pool = (k: number, s: number, p: number, ceil: boolean): Op => ({
  kind: 'pool',
  reduce: 'max',
  ceil,
  rank: 2,
  kernel: [k, k],
  stride: [s, s],
  padding: [
    [p, p],
    [p, p],
  ],
  dilation: [1, 1],
  channelAxis: 1,
});
const transposed = (k: number, s: number, p: number, op: number): Op => ({
  ...(conv(k) as Extract<Op, { kind: 'conv' }>),
  kind: 'convTranspose',
  stride: [s, s],
  padding: [
    [p, p],
    [p, p],
  ],
  outputPadding: [op, op],
});
const image: Shape = [BATCH, 3, 32, 32];

describe('windows', () => {
  it.each<[string, Op, Shape, string]>([
    ['conv valid', conv(5), image, 'batch 8 28 28'],
    ['conv padded', conv(3, { padding: [[1, 1]] }), image, 'batch 8 32 32'],
    ['conv strided', conv(7, { padding: [[3, 3]], stride: [2, 2] }), [BATCH, 3, 224, 224], 'batch 8 112 112'],
    ['conv dilated', conv(3, { dilation: [2, 2] }), image, 'batch 8 28 28'],
    [
      'Keras same, strided, channels last',
      conv(3, { padding: 'same', stride: [2, 2], channelAxis: -1 }),
      [BATCH, 33, 33, 3],
      'batch 17 17 8',
    ],
    ['no batch', conv(5), [3, 32, 32], '8 28 28'],
    ['symbolic side', conv(3, { padding: [[1, 1]] }), [BATCH, 3, H, H], 'batch 8 h h'],
    ['symbolic side, valid', conv(3), [BATCH, 3, H, H], 'batch 8 (h-2) (h-2)'],
    ['symbolic side, strided', conv(3, { stride: [2, 2], padding: [[1, 1]] }), [BATCH, 3, H, H], 'batch 8 (1+((h-1)//2)) (1+((h-1)//2))'],
    ['pool floor', pool(3, 2, 0, false), [BATCH, 8, 8, 8], 'batch 8 3 3'],
    ['pool ceil', pool(3, 2, 0, true), [BATCH, 8, 8, 8], 'batch 8 4 4'],
    ['pool ceil drops a window inside the padding', pool(2, 2, 1, true), [BATCH, 8, 5, 5], 'batch 8 3 3'],
    ['transposed', transposed(4, 2, 1, 0), [BATCH, 3, 7, 7], 'batch 8 14 14'],
    ['transposed with output padding', transposed(3, 2, 1, 1), [BATCH, 3, 7, 7], 'batch 8 14 14'],
    ['kernel larger than the image', conv(5), [BATCH, 3, 3, 3], 'batch 8 0 0'],
  ])('%s', (_, op, input, expected) => expect(shapeOf(op, input)).toBe(expected));
});

describe('reordering', () => {
  const flat: Op = { kind: 'flatten', startAxis: 1, endAxis: -1 };
  const view = (...shape: Dim[]): Op => ({ kind: 'reshape', shape });
  it.each<[string, Op, (Shape | null)[], string]>([
    ['flatten', flat, [[BATCH, 16, 5, 5]], 'batch 400'],
    ['flatten without features', flat, [[BATCH]], 'batch 1'],
    ['flatten symbolic', flat, [[BATCH, 16, H, 5]], 'batch (80*h)'],
    ['view(-1, 400)', view(-1, 400), [[BATCH, 16, 5, 5]], 'batch 400'],
    ['view(b, -1)', view(BATCH, -1), [[BATCH, 16, 5, 5]], 'batch 400'],
    ['view(-1, 400) of an unknown side', view(-1, 400), [[BATCH, 16, H, H]], 'batch 400'],
    ['view(b, t, heads, -1)', view(BATCH, H, 4, -1), [[BATCH, H, 128]], 'batch h 4 32'],
    ['view of an unknown tensor', view(-1, 784), [null], 'batch 784'],
    ['permute', { kind: 'permute', axes: [0, 2, 1, 3] }, [[BATCH, 16, 4, 32]], 'batch 4 16 32'],
    ['permute of another rank', { kind: 'permute', axes: [0, 2, 1] }, [[BATCH, 16]], 'unknown'],
    [
      'concat',
      { kind: 'concat', axis: 1 },
      [
        [BATCH, 3, 8],
        [BATCH, 5, 8],
      ],
      'batch 8 8',
    ],
    ['concat with an unknown', { kind: 'concat', axis: 1 }, [[BATCH, 3, 8], null], 'unknown'],
    ['slice', { kind: 'slice', axis: -1, start: 0, size: 5 }, [[BATCH, 10]], 'batch 5'],
    [
      'pad last axes',
      {
        kind: 'pad',
        padding: [
          [1, 1],
          [2, 2],
        ],
      },
      [[BATCH, 3, 8, 8]],
      'batch 3 10 12',
    ],
    ['upsample', { kind: 'upsample', factor: [2], mode: 'nearest', channelAxis: 1 }, [[BATCH, 3, 8, 8]], 'batch 3 16 16'],
    ['glu', { kind: 'glu', activation: 'sigmoid', axis: -1 }, [[BATCH, 10]], 'batch 5'],
  ])('%s', (_, op, inputs, expected) => expect(shapeOf(op, ...inputs)).toBe(expected));
});

describe('several inputs and reductions', () => {
  const recurrent: Op = {
    kind: 'recurrent',
    cell: 'lstm',
    inFeatures: 8,
    units: 16,
    activation: 'tanh',
    layers: 1,
    bidirectional: true,
    returnSequence: false,
    batchFirst: true,
  };
  const mean = (keepAxes: boolean): Op => ({ kind: 'reduce', reduce: 'mean', axes: [-1, -2], keepAxes });
  const global = (output: Dim[], keepAxes: boolean, channelAxis: 1 | -1): Op => ({
    kind: 'globalPool',
    reduce: 'average',
    output,
    keepAxes,
    channelAxis,
  });
  const dot: Op = { kind: 'matmul', transposeA: false, transposeB: true };
  it.each<[string, Op, (Shape | null)[], string]>([
    [
      'add',
      { kind: 'add' },
      [
        [BATCH, 8, 4, 4],
        [8, 1, 1],
      ],
      'batch 8 4 4',
    ],
    [
      'add of sizes that disagree',
      { kind: 'add' },
      [
        [BATCH, 8],
        [BATCH, 4],
      ],
      'unknown',
    ],
    [
      'mul with a symbol',
      { kind: 'mul' },
      [
        [BATCH, H],
        [BATCH, 4],
      ],
      'batch 4',
    ],
    [
      'matmul',
      dot,
      [
        [BATCH, 4, 16, 32],
        [BATCH, 4, 20, 32],
      ],
      'batch 4 16 20',
    ],
    ['recurrent last', recurrent, [[BATCH, 12, 8]], 'batch 32'],
    ['recurrent sequence', { ...recurrent, returnSequence: true } as Op, [[BATCH, 12, 8]], 'batch 12 32'],
    ['recurrent time first', { ...recurrent, batchFirst: false } as Op, [[12, BATCH, 8]], 'batch 32'],
    ['reduce', mean(false), [[BATCH, 8, 4, 4]], 'batch 8'],
    ['reduce keeping', mean(true), [[BATCH, 8, 4, 4]], 'batch 8 1 1'],
    ['adaptive', global([6, 6], true, 1), [[BATCH, 8, 13, 13]], 'batch 8 6 6'],
    ['global, channels last', global([], false, -1), [[BATCH, 13, 13, 8]], 'batch 8'],
    ['embedding', { kind: 'embedding', count: 100, features: 32 }, [[BATCH, 12]], 'batch 12 32'],
    ['opaque', { kind: 'opaque', what: 'f', reason: 'not read' }, [[BATCH, 12]], 'unknown'],
    ['dense on unknown', { kind: 'dense', inFeatures: 3, outFeatures: 4 }, [null], 'unknown'],
  ])('%s', (_, op, inputs, expected) => expect(shapeOf(op, ...inputs)).toBe(expected));
});
