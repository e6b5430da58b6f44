/** What a layer should be drawn from, given what is around it. */
import { describe, expect, it } from 'vitest';
import type { Network } from '../../server/src/network/network.ts';
import { recommendedStd, recommendFor } from '../../server/src/signal/recommend.ts';
import { NetworkBuilder, stack } from '../support/networks.ts';

const best = (network: Network, id: number, role = 'weight') => recommendFor(network, id).find((one) => one.role === role)?.to[0];

/** x + layers(norm(x)), `blocks` times. */
const residual = (blocks: number, norm: boolean): { readonly network: Network; readonly inner: number; readonly last: number } => {
  const b = new NetworkBuilder();
  let x = b.input(64);
  let [inner, last] = [0, 0];
  for (let i = 0; i < blocks; i++) {
    inner = b.dense(norm ? b.layerNorm(x) : x, 128);
    last = b.dense(b.activation(inner, 'relu'), 64);
    x = b.add(x, last);
  }
  return { network: b.build(b.dense(x, 10)), inner, last };
};

describe('by the activation that follows', () => {
  it.each([
    ['relu', 'he', 1],
    ['sigmoid', 'glorot', 4],
    ['tanh', 'glorot', 1],
    ['selu', 'lecun', 1],
  ])('%s', (activation, family, gain) => expect(best(stack(2, 32, activation), 3)).toMatchObject({ family, gain, activation }));

  it('GELU, SiLU and Mish take the gain that was computed for them', () => {
    for (const name of ['gelu', 'silu', 'mish']) expect(best(stack(2, 32, name), 3)).toMatchObject({ family: 'variance' });
    expect(best(stack(2, 32, 'gelu'), 3)?.gain).toBeCloseTo(1.5335, 4);
  });

  it('sees the activation behind a norm, and its slope', () => {
    const b = new NetworkBuilder();
    const layer = b.dense(b.input(8), 8);
    const net = b.build(b.activation(b.batchNorm(layer), 'leakyRelu', { negativeSlope: 0.2 }));
    expect(best(net, layer)).toMatchObject({ family: 'he', slope: 0.2 });
  });
});

describe('SIREN', () => {
  const b = new NetworkBuilder();
  const first = b.dense(b.input(2), 64);
  const second = b.dense(b.activation(first, 'sin', { w0: 30 }), 64);
  const net = b.build(b.dense(b.activation(second, 'sin', { w0: 30 }), 1));
  it('the first layer is U(±1/n)', () => {
    const to = best(net, first);
    expect(to).toMatchObject({ family: 'fixed', law: 'uniform' });
    expect(to && recommendedStd(to, 2, 64) * Math.sqrt(3)).toBeCloseTo(0.5, 12);
  });
  it('hidden ones are U(±√(6/n)/ω)', () => {
    const to = best(net, second);
    expect(to?.law).toBe('uniform');
    expect(to && recommendedStd(to, 64, 64) * Math.sqrt(3)).toBeCloseTo(Math.sqrt(6 / 64) / 30, 12);
  });
});

describe('residual branches', () => {
  it('the last weight of a deep pre-norm stack is 0.02/√branches', () => {
    const { network, inner, last } = residual(8, true);
    expect(best(network, last)).toMatchObject({ family: 'fixed', law: 'normal', gain: 0.02 / Math.sqrt(8) });
    expect(best(network, inner)).toMatchObject({ family: 'he', gain: 1 });
  });
  it('without norms: zero last, the others as Fixup has them', () => {
    const { network, inner, last } = residual(9, false);
    expect(best(network, last)?.family).toBe('zeros');
    // Two layers a branch: L^(−1/2).
    expect(best(network, inner)).toMatchObject({ family: 'he', gain: 1 / 3 });
  });
  it('two blocks are not a deep stack, and the head is in no branch', () => {
    const { network, last } = residual(2, true);
    expect(best(network, last)?.family).not.toBe('fixed');
    const deep = residual(8, true).network;
    expect(best(deep, deep.nodes.length - 1)?.family).not.toBe('fixed');
  });
});

describe('recurrent kernels', () => {
  const recurrent = (cell: 'rnn' | 'lstm', activation: string): Network => {
    const b = new NetworkBuilder();
    const op = { kind: 'recurrent', cell, inFeatures: 8, units: 16, activation, layers: 1 } as const;
    const options = { bidirectional: false, returnSequence: true, batchFirst: true };
    return b.build(b.op({ ...op, ...options }, [b.input(5, 8)]));
  };
  it('are orthogonal', () =>
    expect(best(recurrent('lstm', 'tanh'), 1, 'recurrentWeight')).toMatchObject({ family: 'orthogonal', gain: 1 }));
  it('of ReLU are the identity', () => expect(best(recurrent('rnn', 'relu'), 1, 'recurrentWeight')).toMatchObject({ family: 'identity' }));
});
