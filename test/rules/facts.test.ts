/** Next activations, heads, gates, normalisation and runs on small graphs. */
import { describe, expect, it } from 'vitest';
import type { Network } from '../../server/src/network/network.ts';
import { symbol } from '../../server/src/network/scalar.ts';
import { createFacts } from '../../server/src/rules/facts.ts';
import { constant, glorot, he, lecun, NetworkBuilder, stack } from '../support/networks.ts';
import { factsOf } from './judge.ts';

describe('next activations', () => {
  it('through norms, dropout, reshapes and pools, with the norms named', () => {
    const b = new NetworkBuilder();
    const conv = b.conv(b.input(8, 8, 8), 8, 3);
    const pooled = b.op({ kind: 'dropout', rate: 0.5, alpha: false }, [b.batchNorm(conv)]);
    const flat = b.op({ kind: 'flatten', startAxis: 1, endAxis: -1 }, [pooled]);
    const facts = factsOf(b.build(b.dense(b.activation(flat, 'relu'), 10)));
    expect(facts.next(b.node(conv)).map((n) => [n.name, n.via, n.throughAdd])).toEqual([['relu', ['batchNorm'], false]]);
    expect(facts.isNormalised(b.node(conv))).toBe(true);
  });

  it('through concat and slice, and to each of several', () => {
    const b = new NetworkBuilder();
    const x = b.input(8);
    const [left, right] = [b.dense(x, 8), b.dense(x, 8)];
    const both = b.op({ kind: 'concat', axis: -1 }, [left, right]);
    const half = b.op({ kind: 'slice', axis: -1, start: 0, size: 8 }, [both]);
    const h = b.add(b.activation(half, 'tanh'), b.activation(b.op({ kind: 'slice', axis: -1, start: 8, size: 8 }, [both]), 'sigmoid'));
    const facts = factsOf(b.build(b.dense(h, 2)));
    expect(facts.next(b.node(left)).map((n) => n.name)).toEqual(['tanh', 'sigmoid']);
    expect(facts.pairings.map((p) => p.layer.id)).not.toContain(left);
  });

  it('behind a sum says so; a sum of two layers is one layer in parts', () => {
    const b = new NetworkBuilder();
    const x = b.layer(b.input(8), 8, 'relu');
    const branch = b.dense(x, 8);
    const [wx, uh] = [b.dense(b.activation(b.add(x, branch), 'relu'), 8), b.dense(x, 8)];
    const facts = factsOf(b.build(b.dense(b.activation(b.add(wx, uh), 'tanh'), 2)));
    expect(facts.next(b.node(branch)).map((n) => [n.name, n.throughAdd])).toEqual([['relu', true]]);
    expect(facts.next(b.node(wx)).map((n) => [n.name, n.throughAdd])).toEqual([['tanh', false]]);
  });

  it('stop at an opaque op', () => {
    const b = new NetworkBuilder();
    const layer = b.dense(b.input(8), 8);
    const h = b.activation(b.op({ kind: 'opaque', what: 'f', reason: 'test' }, [layer]), 'relu');
    const facts = factsOf(b.build(b.dense(h, 2)));
    expect(facts.next(b.node(layer))).toEqual([]);
  });
});

describe('heads', () => {
  it('are the layers that reach the output and no other weight layer', () => {
    const b = new NetworkBuilder();
    const hidden = b.dense(b.input(8), 8);
    const h = b.activation(hidden, 'relu');
    const [one, two] = [b.dense(h, 1), b.dense(h, 2)];
    // The hidden features are returned too; that makes no head of their layer.
    const facts = factsOf(b.build([b.activation(one, 'sigmoid'), two, h]));
    expect([hidden, one, two].map((id) => facts.isHead(b.node(id)))).toEqual([false, true, true]);
  });

  it('may be any last known layer where the graph is incomplete or opaque', () => {
    const b = new NetworkBuilder();
    const first = b.dense(b.input(8), 8);
    const last = b.dense(b.activation(first, 'relu'), 8);
    const facts = factsOf(b.build([], { complete: false }));
    expect([first, last].map((id) => facts.isHead(b.node(id)))).toEqual([false, true]);
    const c = new NetworkBuilder();
    const layer = c.dense(c.input(8), 8);
    expect(factsOf(c.build(c.op({ kind: 'opaque', what: 'f', reason: 'test' }, [layer]))).isHead(c.node(layer))).toBe(true);
  });
});

describe('runs', () => {
  it('go over all hidden layers of a plain stack', () => {
    const facts = factsOf(stack(7, 32, 'relu', { init: glorot }));
    expect(facts.runs.map((r) => r.length)).toEqual([7]);
    const [run] = facts.runs;
    expect(run?.layers.map((l) => l.id)).toEqual([1, 3, 5, 7, 9, 11, 13]);
    // γ = √½ at each ReLU behind Glorot.
    expect(run?.G).toBeCloseTo(0.5 ** 3.5, 6);
    expect(facts.run(facts.layers[3] as (typeof facts.layers)[0])).toBe(run);
    expect(facts.run(facts.layers[7] as (typeof facts.layers)[0])).toBe(null);
  });

  it('end at norms', () => {
    const b = new NetworkBuilder();
    let h = b.input(32);
    for (let i = 0; i < 6; i++) h = b.activation(b.layerNorm(b.dense(h, 32)), 'relu');
    expect(factsOf(b.build(b.dense(h, 10))).runs.map((r) => r.length)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('end at skip connections', () => {
    const b = new NetworkBuilder();
    let h = b.input(32);
    for (let i = 0; i < 3; i++) h = b.add(h, b.dense(b.layer(h, 32, 'relu'), 32));
    expect(factsOf(b.build(b.dense(h, 10))).runs.map((r) => r.length)).toEqual([2, 2, 2]);
  });

  it('take the shorter way into a concatenation', () => {
    const b = new NetworkBuilder();
    const x = b.layer(b.input(8), 8, 'relu');
    const short = b.layer(x, 8, 'relu');
    const long = b.layer(b.layer(b.layer(x, 8, 'relu'), 8, 'relu'), 8, 'relu');
    const joined = b.dense(b.op({ kind: 'concat', axis: -1 }, [short, long]), 8);
    const facts = factsOf(b.build(b.dense(b.activation(joined, 'relu'), 2)));
    expect(facts.run(b.node(joined))?.length).toBe(3);
    expect(Math.max(...facts.runs.map((r) => r.length))).toBe(4);
  });

  it('say where their figures hang on assumed sizes', () => {
    const [a, c] = [symbol('a'), symbol('c')];
    const build = (init: typeof he) => {
      const b = new NetworkBuilder();
      return factsOf(b.build(b.dense(b.layer(b.layer(b.input(a), c, 'relu', { init }), c, 'relu', { init }), 10))).runs[0]?.assumed;
    };
    expect(build(he)).toBe(false);
    expect(build(glorot)).toBe(true);
  });

  it('leave gates aside: a squeeze-and-excitation block is no longer than its trunk', () => {
    const b = new NetworkBuilder();
    const conv = b.conv(b.input(16, 8, 8), 16, 3);
    const x = b.activation(conv, 'relu');
    const pooled = b.op({ kind: 'globalPool', reduce: 'average', output: [], keepAxes: false, channelAxis: 1 }, [x]);
    const squeeze = b.dense(pooled, 16);
    const gate = b.dense(b.activation(squeeze, 'relu'), 16);
    const spread = b.op({ kind: 'reshape', shape: [-1, 16, 1, 1] }, [b.activation(gate, 'sigmoid')]);
    const after = b.conv(b.mul(x, spread), 16, 3);
    const facts = factsOf(b.build(b.conv(b.activation(after, 'relu'), 4, 1)));
    expect(facts.run(b.node(after))?.layers.map((l) => l.id)).toEqual([conv, after]);
    expect(facts.run(b.node(gate))).toBe(null);
    expect(facts.run(b.node(squeeze))?.length).toBe(2);
  });

  it('do not charge the weights with what an average pool divides by', () => {
    const build = (pool: boolean) => {
      const b = new NetworkBuilder();
      const x = b.activation(b.conv(b.input(16, 8, 8), 16, 1, { bias: null }), 'linear');
      const op = { kind: 'globalPool', reduce: 'average', output: [], keepAxes: false, channelAxis: 1 } as const;
      const h = pool ? b.op(op, [x]) : b.op({ kind: 'flatten', startAxis: 1, endAxis: -1 }, [x]);
      return factsOf(b.build(b.dense(b.layer(h, 64, 'linear', { init: lecun, bias: null }), 4))).runs[0]?.F ?? 0;
    };
    expect(build(true)).toBeCloseTo(build(false), 2);
  });

  it('do not go through a constant matrix', () => {
    const b = new NetworkBuilder();
    const h = b.layer(b.layer(b.layer(b.input(8), 8, 'relu'), 8, 'relu', { init: constant(0) }), 8, 'relu');
    expect(factsOf(b.build(b.dense(h, 2))).runs.map((r) => r.length)).toEqual([1, 1]);
  });
});

describe('normalisation', () => {
  it('covers the branches of a normalised residual net and not its stem', () => {
    const b = new NetworkBuilder();
    const stem = b.dense(b.input(32), 32);
    let h = b.activation(stem, 'relu');
    const inner: number[] = [];
    for (let i = 0; i < 2; i++) {
      const up = b.dense(b.layerNorm(h), 64);
      inner.push(up);
      h = b.add(h, b.dense(b.activation(up, 'relu'), 32));
    }
    const facts = factsOf(b.build(b.dense(h, 10)));
    expect(inner.map((id) => facts.isNormalised(b.node(id)))).toEqual([true, true]);
    expect(facts.isNormalised(b.node(stem))).toBe(false);
  });
});

describe('very large networks', () => {
  const options = { bias: null };
  /** Without figures: only the graph is measured here. */
  const graphFacts = (network: Network) => createFacts(network, { nodes: [], assumed: new Map() });

  it('in a stack of 100,000 nodes, without recursion', () => {
    expect(graphFacts(stack(50_000, 4, 'relu', options)).runs[0]?.length).toBe(50_000);
  });

  it('in 25,000 residual blocks', () => {
    const b = new NetworkBuilder();
    let h = b.input(4);
    for (let i = 0; i < 25_000; i++) h = b.add(h, b.dense(b.layer(h, 4, 'relu', options), 4, options));
    expect(graphFacts(b.build(b.dense(h, 2))).runs).toHaveLength(25_000);
  });

  it('with 20,000 nested skips, where the walk back to every fork is bounded', () => {
    const b = new NetworkBuilder();
    const down: number[] = [b.layer(b.input(4), 4, 'relu', options)];
    for (let i = 1; i < 20_000; i++) down.push(b.layer(down[i - 1] as number, 4, 'relu', options));
    let up = down.at(-1) as number;
    for (const skip of down.toReversed()) up = b.add(b.dense(up, 4, options), skip);
    expect(graphFacts(b.build(b.dense(up, 2))).layers).toHaveLength(40_001);
  });
});
