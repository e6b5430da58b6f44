/** Sizes put in for what the source leaves open, and shape inference over a whole net with other input sizes. */
import { describe, expect, it } from 'vitest';
import type { Op } from '../../server/src/network/op.ts';
import { BATCH, type Dim, formatScalar, type Scalar, type Shape, scalarOp, symbol } from '../../server/src/network/scalar.ts';
import { reshapeInputs } from '../../server/src/network/shapes.ts';
import { assumeSizes } from '../../server/src/network/sizes.ts';
import { lecun, NetworkBuilder } from '../support/networks.ts';

const POOL: Op = {
  kind: 'pool',
  reduce: 'max',
  ceil: false,
  rank: 2,
  kernel: [2, 2],
  stride: [2, 2],
  padding: 'valid',
  dilation: [1, 1],
  channelAxis: 1,
};
const FLATTEN: Op = { kind: 'flatten', startAxis: 1, endAxis: -1 };

/** conv 3×3 padded, pool, conv, pool, flatten, Linear(features, 10) on an input of the given shape. */
const lenet = (shape: Shape | null, features: number): { readonly b: NetworkBuilder; readonly head: number } => {
  const b = new NetworkBuilder();
  const x = b.op({ kind: 'input', integer: false }, [], [], 'x', shape);
  const conv = (from: number, inChannels: number, outChannels: number): number =>
    b.op(
      {
        kind: 'conv',
        inChannels,
        outChannels,
        groups: 1,
        rank: 2,
        kernel: [3, 3],
        stride: [1, 1],
        padding: [[1, 1]],
        dilation: [1, 1],
        channelAxis: 1,
      },
      [from],
    );
  const h = b.op(POOL, [conv(b.op(POOL, [conv(x, 3, 8)]), 8, 16)]);
  const head = b.op(
    { kind: 'dense', inFeatures: features, outFeatures: 10 },
    [b.op(FLATTEN, [h])],
    [b.parameter('weight', [10, features], { fanIn: features, fanOut: 10 }, lecun)],
  );
  return { b, head };
};

describe('the side of an image', () => {
  it.each([
    [16 * 8 * 8, 32],
    [16 * 7 * 7, 28],
    [16 * 56 * 56, 224],
    [16 * 16 * 16, 64],
    [16 * 21 * 21, 84],
  ])('flatten of %i features: side %i', (features, side) => {
    const open: Shape = [BATCH, 3, symbol('h'), symbol('w')];
    for (const shape of [open, null]) {
      const { b, head } = lenet(shape, features);
      const network = b.build(head);
      const { values, inputShapes } = assumeSizes(network);
      expect([...values.values()].map((v) => v.value)).toEqual([side, side]);
      const shapes = reshapeInputs(network, inputShapes, (name) => values.get(name)?.value);
      expect(shapes[head]?.map(formatScalar)).toEqual(['batch', '10']);
      expect(shapes[0]?.slice(1)).toEqual([3, side, side]);
    }
  });
  it('no size fits: the first candidate, and no claim that it fits', () => {
    const { b, head } = lenet(null, 12_345);
    expect([...assumeSizes(b.build(head)).values.values()]).toMatchObject([{ value: 32, why: 'a common size of an image' }, { value: 32 }]);
  });
});

describe('other sizes', () => {
  const first = (op: Op, ...shape: Dim[]): readonly [string, number][] => {
    const b = new NetworkBuilder();
    const x = b.op({ kind: 'input', integer: false }, [], [], 'x', [BATCH, ...shape]);
    return [...assumeSizes(b.build(b.op(op, [x]))).values].map(([name, { value }]) => [name, value]);
  };
  it('features of the input are what the layer takes', () =>
    expect(first({ kind: 'dense', inFeatures: 784, outFeatures: 10 }, symbol('n'))).toEqual([['n', 784]]));
  it('a hidden size is a common width', () =>
    expect(first({ kind: 'dense', inFeatures: 784, outFeatures: symbol('hidden') }, 784)).toEqual([['hidden', 256]]));
  it('classes and lengths by their names', () => {
    expect(first({ kind: 'dense', inFeatures: 8, outFeatures: symbol('num_classes') }, 8)).toEqual([['num_classes', 10]]);
    expect(first({ kind: 'embedding', count: 100, features: 8 }, symbol('seq_len'))).toEqual([['seq_len', 16]]);
  });
  it('rates and slopes are no sizes', () => expect(first({ kind: 'dropout', rate: symbol('p'), alpha: false }, 8)).toEqual([]));
});

describe('another input', () => {
  it('runs shape inference again', () => {
    const { b, head } = lenet([BATCH, 3, 32, 32], 1024);
    const network = b.build(head);
    const shapes = reshapeInputs(network, new Map([[0, [BATCH, 3, 64, 64]]]));
    expect(shapes[head - 1]?.at(-1)).toBe(16 * 16 * 16);
  });
  it('an indexed axis stays away', () => {
    const b = new NetworkBuilder();
    const x = b.op({ kind: 'input', integer: false }, [], [], 'x', [BATCH, symbol('t'), 8]);
    const last = b.op({ kind: 'slice', axis: 1, start: -1, size: 1 }, [x], [], 'last', [BATCH, 8]);
    expect(reshapeInputs(b.build(last), new Map(), () => 5)[last]?.slice(1)).toEqual([8]);
  });
  it('what cannot be inferred keeps the shape that the framework gave', () => {
    const b = new NetworkBuilder();
    const x = b.input(8);
    const f = b.op({ kind: 'opaque', what: 'f', reason: 'not read' }, [x], [], 'f', [BATCH, symbol('n')]);
    expect(reshapeInputs(b.build(f), new Map(), (name) => (name === 'n' ? 7 : undefined))[f]?.slice(1)).toEqual([7]);
  });
});

describe('sizes that grow with every layer', () => {
  it('stay bounded, and equal ones equal', () => {
    const grown = (): Scalar => {
      let x: Scalar = symbol('h');
      for (let i = 0; i < 200; i++) x = scalarOp('max', scalarOp('+', x, i), scalarOp('//', x, 2));
      return x;
    };
    const started = formatScalar(grown());
    expect(started.length).toBeLessThan(5_000);
    expect(formatScalar(grown())).toBe(started);
  });
});
