/** A whole run on the cpu backend: figures against theory, what is not understood, memory and repeatability. */
import { describe, expect, it } from 'vitest';
import type { LayerResult, RunEvent, RunOptions } from '../../media/preview/messages.ts';
import { runNetwork } from '../../media/preview/run.ts';
import type { NetworkDto } from '../../server/src/protocol.ts';
import { act, broken, cnnFirst, cnnLast, dense, he, inputNode, mlpRelu, mlpSigmoid, network } from './support/networks.ts';
import { tf } from './support/tensorflow.ts';

const CPU = { name: 'cpu', software: false } as const;
const OPTIONS: RunOptions = { seed: 1, batch: 64, gradient: false };

const run = async (net: NetworkDto, options: Partial<RunOptions> = {}): Promise<readonly RunEvent[]> => {
  const events: RunEvent[] = [];
  for await (const event of runNetwork(net, { ...OPTIONS, ...options }, CPU)) events.push(event);
  return events;
};
const layers = (events: readonly RunEvent[]): readonly LayerResult[] => events.flatMap((e) => (e.type === 'layer' ? [e.result] : []));
const rms = (result: LayerResult | undefined): number => (result?.state === 'ok' ? result.statistics.rms : Number.NaN);

describe('a run', () => {
  it.each([
    ['ReLU with He', mlpRelu()],
    ['sigmoid with Glorot', mlpSigmoid()],
    ['channels-first images', cnnFirst()],
    ['channels-last images', cnnLast()],
  ])('%s agrees with what theory predicts', async (_, net) => {
    const results = layers(await run(net));
    expect(results.map((r) => r.state)).toEqual(net.nodes.map(() => 'ok'));
    for (const node of net.nodes) {
      const [low, high] = node.predicted?.band ?? [0, Number.POSITIVE_INFINITY];
      // Bands are for 256 units; a few draws of fewer units reach a little further.
      expect(rms(results[node.id]), node.path).toBeGreaterThan(low * 0.9);
      expect(rms(results[node.id]), node.path).toBeLessThan(high * 1.1);
    }
  });

  it('gives shapes as the analysis has them, with the batch in front', async () => {
    const net = cnnFirst();
    for (const result of layers(await run(net, { batch: 8 }))) expect(result.shape).toEqual([8, ...(net.nodes[result.node]?.shape ?? [])]);
  });

  it('draws the same with the same seed and other values with another', async () => {
    const [a, b, c] = [await run(mlpRelu(2, 64)), await run(mlpRelu(2, 64)), await run(mlpRelu(2, 64), { seed: 2 })];
    expect(layers(a).map(rms)).toEqual(layers(b).map(rms));
    expect(layers(a).map(rms)).not.toEqual(layers(c).map(rms));
  });

  it('stops a path that is not understood, says why, and marks what follows', async () => {
    const results = layers(await run(broken()));
    expect(results.map((r) => r.state)).toEqual(['ok', 'ok', 'stopped', 'notReached']);
    expect(results[2]).toMatchObject({ why: 'not understood: my_kernel (a compiled function)' });
  });

  it('leaves nothing behind, whether it ends or is left early', async () => {
    const before = tf.memory().numTensors;
    await run(cnnFirst(), { gradient: true });
    await run(broken(), { gradient: true });
    for await (const event of runNetwork(mlpRelu(), OPTIONS, CPU)) if (event.type === 'layer' && event.index === 4) break;
    expect(tf.memory().numTensors).toBe(before);
  });

  it('holds a few activations at a time, however deep the network', async () => {
    const deep = mlpRelu(100, 16);
    let most = 0;
    const before = tf.memory().numTensors;
    for await (const _ of runNetwork(deep, OPTIONS, CPU)) most = Math.max(most, tf.memory().numTensors - before);
    expect(most).toBeLessThan(8);
  });

  it('lowers the batch of a large network and says so', async () => {
    const wide = network('Wide', 'torch', [inputNode([3, 512, 512]), act('relu', [3, 512, 512], 1)]);
    const [plan] = await run(wide);
    expect(plan).toMatchObject({ type: 'plan', batch: 2, sampled: ['batch lowered from 64 to 2'] });
  });

  it('draws part of a wide table and keeps the fans', async () => {
    const lm = network('Lm', 'torch', [
      inputNode([4], true),
      {
        op: { kind: 'embedding', count: 200000, features: 64 },
        shape: [4, 64],
        params: [
          { name: 'weight', role: 'embedding', shape: [200000, 64], distribution: { kind: 'normal', mean: 0, std: 1 }, storage: -1 },
        ],
      },
      { ...dense(64, 200000, he(64)), shape: [4, 200000] },
    ]);
    const events = await run(lm, { batch: 4 });
    expect(events[0]).toMatchObject({ sampled: ['embedding1: 65,536 of 200,000 rows', 'dense2: 65,536 of 200,000 units'] });
    expect(layers(events).map((r) => r.shape)).toEqual([
      [4, 4],
      [4, 4, 64],
      [4, 4, 65536],
    ]);
    expect(rms(layers(events)[2])).toBeCloseTo(Math.SQRT2, 1);
  });

  it('measures the gradient of each layer', async () => {
    const depth = 10;
    const events = await run(mlpSigmoid(depth), { gradient: true });
    const gradient = events.at(-1);
    expect(gradient).toMatchObject({ type: 'gradient', why: null });
    const byNode = new Map(gradient?.type === 'gradient' ? gradient.rms : []);
    expect(byNode.get(2 * depth + 1)).toBeCloseTo(1, 0);
    // Before each sigmoid the gradient is about ×0.236 of that a layer later (THEORY, section 2).
    for (let i = 3; i < 2 * depth - 1; i += 2) {
      const factor = (byNode.get(i) ?? 0) / (byNode.get(i + 2) ?? 1);
      expect(factor).toBeGreaterThan(0.2);
      expect(factor).toBeLessThan(0.28);
    }
  });
});
