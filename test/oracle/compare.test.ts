import { describe, expect, it } from 'vitest';
import { compareModel, type Dump, meanTolerance, type RealParameter, stdTolerance, sum } from './compare.mjs';

/** A convolution, a norm's scale and a tied head as the real framework was seen to hold them. */
const conv: RealParameter = {
  path: 'conv.weight',
  aliases: [],
  shape: [64, 3, 7, 7],
  fanIn: 147,
  fanOut: 3136,
  matrix: true,
  count: 28224,
  mean: 1.2e-5,
  std: 0.02521,
  kurtosis: 2.99,
  next: [{ act: 'relu', via: ['batchNorm'] }],
};
const gamma: RealParameter = {
  ...conv,
  path: 'bn.weight',
  shape: [64],
  fanIn: null,
  fanOut: null,
  matrix: false,
  count: 192,
  mean: 1,
  std: 0,
  kurtosis: null,
  next: null,
};
const tied: RealParameter = {
  ...conv,
  path: 'embed.weight',
  aliases: ['head.weight'],
  shape: [10, 4],
  fanIn: 4,
  fanOut: 10,
  count: 120,
  mean: 0.05,
  std: 1.02,
  kurtosis: 3,
  next: [],
};
const dump: Dump = { name: 'net', parameters: [conv, gamma, tied], others: ['bn.running_mean'] };

const toldConv = {
  path: 'conv.weight',
  node: 1,
  shape: [64, 3, 7, 7],
  fanIn: 147,
  fanOut: 3136,
  init: { mean: 0, std: 0.025254, name: 'kaiming_normal_' },
  next: [{ act: 'relu', via: ['batchNorm'] }],
};
const toldGamma = {
  path: 'bn.weight',
  node: 2,
  shape: [64],
  fanIn: null,
  fanOut: null,
  init: { mean: 1, std: 0, name: 'ones_' },
  next: [],
};
const toldTied = {
  path: 'head.weight',
  node: 4,
  shape: [10, 4],
  fanIn: 4,
  fanOut: 10,
  init: { mean: 0, std: 1, name: 'normal_' },
  next: [],
};
const nodes = [
  { id: 0, op: 'input', inputs: [] },
  { id: 1, op: 'conv', inputs: [0] },
  { id: 2, op: 'batchNorm', inputs: [1] },
  { id: 3, op: 'activation', inputs: [2] },
  { id: 4, op: 'dense', inputs: [3] },
];
const network = { complete: true, nodes, parameters: [toldConv, toldGamma, toldTied] };

const changed = (change: object) => ({ ...network, parameters: [{ ...toldConv, ...change }, toldGamma, toldTied] });

describe('oracle', () => {
  it('counts a model that agrees, a tied weight under either name', () => {
    const { total, disagreements } = compareModel(dump, network);
    expect(disagreements).toEqual([]);
    expect(total).toMatchObject({ matrices: 2, found: 2, nextKnown: 2, nextRight: 2, reaching: 1, others: 1, othersFound: 1 });
    expect(total).toMatchObject({ stated: 13, unknown: 0, wrong: 0, missing: 0 });
  });

  const init = (values: object) => ({ init: { ...toldConv.init, ...values } });
  it.each([
    ['a wrong shape', { shape: [64, 1, 7, 7] }, 'shape', 'wrong'],
    ['a symbolic size', { shape: [64, 'in_channels', 7, 7] }, 'shape', 'unknown'],
    ['a symbolic size beside a wrong one', { shape: ['n', 1, 7, 7] }, 'shape', 'wrong'],
    ['a wrong rank', { shape: [64, 147] }, 'shape', 'wrong'],
    ['no shape', { shape: null }, 'shape', 'unknown'],
    ['a wrong fan', { fanOut: 784 }, 'fans', 'wrong'],
    ['one unknown fan', { fanIn: null }, 'fans', 'unknown'],
    ['a std that is 12 % low', init({ std: 0.0222 }), 'std', 'wrong'],
    ['an unknown std', init({ std: null }), 'std', 'unknown'],
    ['a shifted mean', init({ mean: 0.01 }), 'mean', 'wrong'],
    ['another activation', { next: [{ act: 'tanh', via: ['batchNorm'] }] }, 'next', 'wrong'],
    ['another norm on the way', { next: [{ act: 'relu', via: [] }] }, 'next', 'wrong'],
    ['a layer that is not reached', { node: null, next: [] }, 'next', 'unknown'],
  ])('tells %s', (_, change, what, result) => {
    expect(compareModel(dump, changed(change)).disagreements).toMatchObject([{ path: 'conv.weight', what, result }]);
  });

  it('takes an activation that lies behind an opaque node as unknown', () => {
    const opaque = nodes.map((node) => (node.id === 2 ? { ...node, op: 'opaque' } : node));
    const told = { ...changed({ next: [] }), nodes: opaque };
    expect(compareModel(dump, told).disagreements).toMatchObject([{ what: 'next', result: 'unknown' }]);
    expect(compareModel(dump, changed({ next: [] })).disagreements).toMatchObject([{ what: 'next', result: 'wrong' }]);
  });

  it('tells parameters that are missing, and those that the model does not have', () => {
    const stated = { ...toldConv, path: 'conv2.weight' };
    const buffer = { ...toldGamma, path: 'bn.running_mean' };
    const { total, disagreements } = compareModel(dump, { ...network, parameters: [toldConv, toldTied, stated, buffer] });
    expect(disagreements).toMatchObject([
      { path: 'bn.weight', result: 'unknown' },
      { path: 'conv2.weight', result: 'wrong' },
    ]);
    expect(total).toMatchObject({ missing: 1, wrong: 1 });
  });

  it('takes what stands on one way of an unknown condition as unknown where the model went another way', () => {
    const stated = { ...toldConv, path: 'conv2.weight', conditional: true };
    const other = { ...toldConv, shape: [64, 3], conditional: true };
    const { total, disagreements } = compareModel(dump, { ...network, parameters: [other, toldGamma, toldTied, stated] });
    expect(disagreements).toMatchObject([
      { path: 'conv.weight', what: 'parameter', result: 'unknown' },
      { path: 'conv2.weight', what: 'parameter', result: 'unknown' },
    ]);
    expect(total).toMatchObject({ unknown: 2, wrong: 0 });
    const wrong = { ...toldConv, ...init({ std: 1 }), conditional: true };
    expect(compareModel(dump, { ...network, parameters: [wrong, toldGamma, toldTied] }).total).toMatchObject({ wrong: 1 });
  });

  it('counts every parameter as missing where inspect has no such network', () => {
    expect(compareModel(dump, undefined).total).toMatchObject({ missing: 3, found: 0, wrong: 0, matrices: 2 });
  });

  it('tolerates what sampling explains: five standard errors', () => {
    expect(stdTolerance({ count: 20_000, std: 1, kurtosis: 3 })).toBeCloseTo(5 / Math.sqrt(40_000) + 2e-4, 6);
    expect(meanTolerance({ count: 10_000, std: 2, mean: 0 })).toBeCloseTo(0.1, 6);
  });

  it('adds totals', () => {
    const { total } = compareModel(dump, network);
    expect(sum([total, total])).toMatchObject({ matrices: 4, found: 4, right: { shape: 4, fans: 4, std: 4 } });
  });
});
