/** The printed IR holds what a reader needs and prints the same net the same way. */
import { expect, it } from 'vitest';
import { printDistribution, printNetwork, printOp } from '../../server/src/network/print.ts';
import { mul, symbol } from '../../server/src/network/scalar.ts';
import { he, NetworkBuilder } from '../support/networks.ts';

it('a small net', () => {
  const b = new NetworkBuilder();
  const x = b.dense(b.input(784), 128, { path: 'fc1', name: 'kaiming_normal_', source: 'call' });
  const net = b.build(b.dense(b.activation(x, 'relu'), symbol('classes'), { path: 'fc2', bias: null, name: 'default', source: 'default' }));
  expect(printNetwork(net)).toBe(`Net (torch, call)
  %0 input input: input → (batch, 784)
  %1 fc1 dense: dense(inFeatures 784, outFeatures 128) ← %0 → (batch, 128)
    fc1.weight weight (128, 784) fan 784→128 = varianceScaling(2/784, fanIn, normal) by kaiming_normal_ [call]
    fc1.bias bias (128) fan 784→128 = 0 by kaiming_normal_ [call]
  %2 activation2 activation: activation(name relu) ← %1 → (batch, 128)
  %3 fc2 dense: dense(inFeatures 128, outFeatures classes) ← %2 → (batch, classes)
    fc2.weight weight (classes, 128) fan 128→classes = varianceScaling(2/128, fanIn, normal) by default
  outputs %3
`);
});

it('symbols, blocks and windows', () => {
  const n = symbol('n');
  expect(printDistribution(he({ fanIn: mul(4, n), fanOut: 1 }))).toBe('varianceScaling(2/(4*n), fanIn, normal)');
  expect(
    printDistribution({
      kind: 'affine',
      factor: 0.5,
      offset: 1,
      of: { kind: 'blocks', blocks: [{ share: 1 / 3, distribution: { kind: 'uninitialized' } }] },
    }),
  ).toBe('0.5·blocks(0.333333: uninitialized) + 1');
  expect(
    printOp({
      kind: 'pool',
      reduce: 'max',
      ceil: false,
      rank: 1,
      kernel: [2],
      stride: [2],
      padding: 'valid',
      dilation: [1],
      channelAxis: -1,
    }),
  ).toBe('pool(reduce max, rank 1, kernel [2], stride [2], padding valid, channelAxis -1)');
});
