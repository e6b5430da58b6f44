/** Properties of the engine: exact cases, what unknown does, assumed sizes, size and speed. */
import { describe, expect, it } from 'vitest';
import type { Op } from '../../server/src/network/op.ts';
import { BATCH, symbol } from '../../server/src/network/scalar.ts';
import { computeSignal } from '../../server/src/signal/engine.ts';
import { OP_SIGNALS } from '../../server/src/signal/ops/index.ts';
import type { NodeSignal } from '../../server/src/signal/signal.ts';
import { constant, glorot, he, lecun, NetworkBuilder, normal, orthogonal, stack, unknown, varianceScaling } from '../support/networks.ts';

const at = (b: NetworkBuilder, id: number, outputs: number | readonly number[] = id, index = id): NodeSignal =>
  computeSignal(b.build(outputs)).nodes[index] as NodeSignal;

const op = (b: NetworkBuilder, o: Op, ...inputs: number[]): number => b.op(o, inputs);
const identity: Op = { kind: 'identity' };

describe('exact cases', () => {
  it('He keeps q before a ReLU at 2 for ever, forward and back', () => {
    const net = stack(40, 128, 'relu', { init: he });
    const { nodes } = computeSignal(net);
    for (const node of net.nodes)
      if (node.op.kind === 'dense' && node.op.outFeatures === 128) expect(nodes[node.id]?.forward?.q).toBeCloseTo(2, 9);
    expect((nodes[1]?.gradient ?? 0) / (nodes[39 * 2 + 1]?.gradient ?? 1)).toBeCloseTo(1, 9);
  });
  it('LeCun keeps SELU at mean 0 and variance 1', () => {
    // In the limit of infinite width.
    const { nodes } = computeSignal(stack(20, 2 ** 40, 'selu', { init: lecun }));
    expect(nodes[40]?.forward?.m).toBeCloseTo(0, 6);
    expect(nodes[40]?.forward?.q).toBeCloseTo(1, 6);
  });
  it('orthogonal weights keep a linear net at 1', () => {
    const { nodes } = computeSignal(stack(10, 64, 'linear', { init: orthogonal(1) }));
    expect(nodes[20]?.forward?.q).toBeCloseTo(1, 12);
  });
  it('zero weights: zero forward and back, no NaN', () => {
    const { nodes } = computeSignal(stack(3, 16, 'tanh', { init: constant(0) }));
    expect(nodes[3]?.forward).toMatchObject({ m: 0, q: 0, r: 0 });
    expect(nodes[1]?.gradient).toBe(0);
  });
  it('bias: its second moment is added', () => {
    const b = new NetworkBuilder();
    const id = b.dense(b.input(100), 10, { init: lecun, bias: normal(0.5, 2) });
    expect(at(b, id).forward).toMatchObject({ m: 2, q: 1 + 0.25 + 4, r: 0.25 + 4 });
  });
  it('x + x is 2x, x − x is 0, x + f(x) adds', () => {
    const b = new NetworkBuilder();
    const x = b.input(8);
    const twice = b.add(x, x);
    const none = op(b, { kind: 'sub' }, x, x);
    const branch = b.add(x, b.dense(x, 8, { init: lecun }));
    const again = b.add(branch, x);
    const { nodes } = computeSignal(b.build([twice, none, branch, again]));
    expect(nodes[twice]?.forward?.q).toBe(4);
    expect(nodes[none]?.forward?.q).toBe(0);
    expect(nodes[branch]?.forward?.q).toBeCloseTo(2, 12);
    // (x + f) + x = 2x + f
    expect(nodes[again]?.forward?.q).toBeCloseTo(5, 12);
  });
  it('x·x of a Gaussian', () => {
    const b = new NetworkBuilder();
    const x = b.input(8);
    expect(at(b, b.mul(x, x)).forward).toMatchObject({ m: 1, q: 3, r: 1 });
  });
  it('batch norm gives unit variance and divides the gradient', () => {
    const b = new NetworkBuilder();
    const z = b.dense(b.input(64), 64, { init: varianceScaling(9, 'fanIn') });
    const y = b.batchNorm(z);
    const { nodes } = computeSignal(b.build(y));
    expect(nodes[y]?.forward?.q).toBeCloseTo(1, 5);
    expect(nodes[z]?.gradient).toBeCloseTo(1 / 9, 5);
  });
  it('the largest of four independent normals behind a ReLU', () => {
    const b = new NetworkBuilder();
    const z = b.activation(b.conv(b.input(4, 8, 8), 8, 1, { init: lecun }), 'relu');
    const window = { rank: 2, kernel: [2, 2], stride: [2, 2], padding: 'valid', dilation: [1, 1], channelAxis: 1 } as const;
    const top = b.op({ kind: 'pool', reduce: 'max', ceil: false, ...window }, [z]);
    const { nodes } = computeSignal(b.build(top));
    // E max of four normals is 1.029375; the ReLU changes the few negative ones.
    expect(nodes[top]?.forward?.m).toBeGreaterThan(1.029375);
    expect(nodes[top]?.forward?.m).toBeLessThan(1.06);
    expect(nodes[z]?.gradient).toBeCloseTo(0.25, 12);
    // The winner is positive with probability 1 − 2⁻⁴.
    expect((nodes[z - 1]?.gradient ?? 0) / 0.25).toBeCloseTo(1 - 1 / 16, 2);
  });
  it('average pooling of independent positions', () => {
    const b = new NetworkBuilder();
    const x = b.input(3, 8, 8);
    const mean = op(b, { kind: 'globalPool', reduce: 'average', output: [], keepAxes: false, channelAxis: 1 }, x);
    const { nodes } = computeSignal(b.build(mean));
    expect(nodes[mean]?.forward?.q).toBeCloseTo(1 / 64, 12);
    expect(nodes[x]?.gradient).toBeCloseTo(1 / 64 / 64, 12);
  });
  it('zero padding thins out a convolution', () => {
    const b = new NetworkBuilder();
    const z = b.conv(b.input(16, 4, 4), 16, 3, { init: lecun });
    // Of 3 taps an output sees 2.5 on average: (2·2 + 2·3)/4.
    expect(at(b, z).forward?.q).toBeCloseTo((2.5 / 3) ** 2, 12);
    expect(at(b, z, z, 0).gradient).toBeCloseTo((2.5 / 3) ** 2, 12);
  });
  it('dropout raises q and the gradient', () => {
    const b = new NetworkBuilder();
    const x = b.input(8);
    const y = op(b, { kind: 'dropout', rate: 0.5, alpha: false }, x);
    const { nodes } = computeSignal(b.build(y));
    expect([nodes[y]?.forward?.q, nodes[x]?.gradient]).toEqual([2, 2]);
  });
  it('constant weights make units move together', () => {
    const b = new NetworkBuilder();
    const z = b.dense(b.input(64), 64, { init: constant(0.1) });
    const { forward } = at(b, z);
    expect(forward?.q).toBeCloseTo(0.64, 12);
    expect(forward?.u).toBeCloseTo(0.64, 12);
  });
  it('attention over identical keys averages the values', () => {
    const b = new NetworkBuilder();
    const q = b.input(32, 64);
    const attend: Op = { kind: 'attention', features: 64, heads: 4, keyFeatures: 64, valueFeatures: 64, projections: false, causal: false };
    const zero = op(b, { kind: 'affine', factor: 0, offset: 0 }, q);
    const out = op(b, attend, q, zero, q);
    expect(at(b, out).forward?.q).toBeCloseTo(1 / 32, 12);
  });
  it('a gate multiplies', () => {
    const b = new NetworkBuilder();
    const out = op(b, { kind: 'glu', activation: 'sigmoid', axis: -1 }, b.input(64));
    expect(at(b, out).forward?.q).toBeCloseTo(0.2933790359, 8);
  });
});

describe('unknown', () => {
  it('weights make what follows unknown, and nothing else', () => {
    const b = new NetworkBuilder();
    const known = b.dense(b.input(8), 8);
    const lost = b.dense(known, 8, { init: unknown, path: 'lost' });
    const after = b.activation(lost, 'relu');
    const { nodes } = computeSignal(b.build(after));
    expect(nodes[known]?.forward).not.toBeNull();
    expect(nodes[lost]?.forward).toBeNull();
    expect(nodes[after]?.forward).toBeNull();
    expect(nodes[after]?.unknown).toContain('lost.weight');
    expect(nodes[known]?.gradient).toBeNull();
  });
  it('a head that is not known leaves the body its forward', () => {
    const b = new NetworkBuilder();
    const h = b.layer(b.input(8), 8, 'relu');
    const { nodes } = computeSignal(b.build(op(b, { kind: 'opaque', what: 'f', reason: 'not read' }, h)));
    expect(nodes[h]?.forward?.q).toBeCloseTo(1, 12);
    expect(nodes[h]?.gradient).toBeNull();
  });
  it('loaded weights are not what was drawn', () => {
    const b = new NetworkBuilder();
    expect(at(b, b.dense(b.input(8), 8, { loaded: true })).forward).toBeNull();
  });
  it('an activation that is not in the table', () => {
    const b = new NetworkBuilder();
    expect(at(b, b.activation(b.input(8), 'madeUp')).unknown).toContain('madeUp');
  });
  it('a dead branch gets no gradient, and one of an incomplete net an unknown one', () => {
    const b = new NetworkBuilder();
    const x = b.input(8);
    const dead = b.dense(x, 8);
    const live = b.dense(x, 8);
    expect(computeSignal(b.build(live)).nodes[dead]?.gradient).toBe(0);
    expect(computeSignal(b.build(live, { complete: false })).nodes[dead]?.gradient).toBeNull();
  });
  it('a signal beyond all numbers', () => {
    const { nodes } = computeSignal(stack(200, 64, 'linear', { init: normal(1e3) }));
    expect(nodes[399]?.forward).toBeNull();
    expect(nodes[399]?.unknown).toContain('larger');
  });
});

describe('assumed sizes', () => {
  it('an open side takes the size that the dense layer behind flatten fits', () => {
    const b = new NetworkBuilder();
    const image = b.op({ kind: 'input', integer: false }, [], [], 'x', [BATCH, 1, symbol('h'), symbol('w')]);
    const window = { rank: 2, kernel: [2, 2], stride: [2, 2], padding: 'valid', dilation: [1, 1], channelAxis: 1 } as const;
    const z = b.op({ kind: 'pool', reduce: 'max', ceil: false, ...window }, [b.conv(image, 8, 3, { init: he })]);
    const flat = b.op({ kind: 'flatten', startAxis: 1, endAxis: -1 }, [z]);
    const fans = { fanIn: 8 * 14 * 14, fanOut: 10 };
    const head = b.op(
      { kind: 'dense', inFeatures: 8 * 14 * 14, outFeatures: 10 },
      [flat],
      [b.parameter('weight', [10, 1568], fans, lecun)],
    );
    const signal = computeSignal(b.build(head));
    expect(signal.assumed.get('h')?.value).toBe(28);
    expect(signal.assumed.get('w')?.why).toContain('fit');
    expect(signal.nodes[head]?.forward).not.toBeNull();
  });
  it('nothing is assumed where all is known', () => expect(computeSignal(stack(3, 16, 'relu')).assumed.size).toBe(0));
  it('fan-relative facts do not depend on what is assumed', () => {
    const net = stack(3, symbol('hidden') as unknown as number, 'relu', { init: he });
    const signal = computeSignal(net);
    expect(signal.assumed.get('hidden')?.value).toBe(256);
    expect(signal.nodes[3]?.forward?.q).toBeCloseTo(2, 9);
  });
});

describe('size and speed', () => {
  it('a hundred thousand layers do not overflow', () => {
    const b = new NetworkBuilder();
    let h = b.input(8);
    for (let i = 0; i < 100_000; i++) h = op(b, identity, h);
    expect(at(b, h).forward?.q).toBe(1);
    expect(at(b, h, h, 0).gradient).toBe(1);
  });
  it('has a row for every op that shapes know', () => expect(Object.keys(OP_SIGNALS).length).toBeGreaterThan(35));
  it('gives the same figures twice', () => {
    const net = stack(10, 64, 'mish', { init: glorot });
    expect(computeSignal(net)).toEqual(computeSignal(net));
  });
});
