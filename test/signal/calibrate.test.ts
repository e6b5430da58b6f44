/** Gains that bring pre-activations to rms 1: by the engine on every golden net, and as measured in PyTorch with them. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createAnalyzer } from '../../server/src/analyze.ts';
import { calibrate } from '../../server/src/signal/calibrate.ts';
import { memoryHost } from '../../server/src/text/host.ts';
import { NetworkBuilder, stack } from '../support/networks.ts';
import { parser } from '../support/parser.ts';
import { GOLDEN_NETS } from './goldenNets.ts';

const read = <T>(file: string): T => JSON.parse(readFileSync(new URL(`../golden/${file}`, import.meta.url), 'utf8')) as T;
const own = read<{ nets: Record<string, { source: string; input: number[]; batch: number }> }>('propagation-own.json').nets;
const measured = read<{ nets: Record<string, { layers: { name: string; gain: number; rms: number }[] }> }>('calibrated.json').nets;

/** Its weights are zeros. */
const DEAD = 'mlp_relu_zeros_d3_w64';
/** Its biases are ones. */
const BIASED = 'keras_mlp_relu_random_normal_d3_w64';

it.each(Object.keys(GOLDEN_NETS).filter((name) => name !== DEAD && name !== BIASED))('%s: every layer has rms 1', (name) => {
  const network = (GOLDEN_NETS[name] as (typeof GOLDEN_NETS)[string])();
  const { layers, left, signal } = calibrate(network);
  expect(left).toEqual([]);
  const weights = network.nodes.flatMap((n) => (n.op.kind === 'dense' || n.op.kind === 'conv' ? n.params.slice(0, 1) : []));
  expect(layers.length).toBe(new Set(weights.map((p) => p.storage)).size);
  for (const { node } of layers) expect(Math.abs(Math.sqrt(signal.nodes[node]?.forward?.q ?? 0) - 1)).toBeLessThan(0.02);
});

it.each(Object.keys(measured))('%s: with these gains PyTorch measures rms 1', async (name) => {
  const { source, input, batch } = own[name] as (typeof own)[string];
  const analyzer = createAnalyzer(memoryHost({ 'net.py': source }), parser);
  await analyzer.ready('net.py', source);
  const network = analyzer.analyze('net.py', source, { input: [batch, ...input] }).networks.at(-1)?.network;
  if (network === undefined) throw new Error('the net was not read');
  const gains = new Map(calibrate(network).layers.map((layer) => [layer.path, layer.gain]));
  const { layers } = measured[name] as (typeof measured)[string];
  expect([...gains.keys()].sort()).toEqual(layers.map((layer) => layer.name).sort());
  for (const { name: path, gain, rms } of layers) {
    expect((gains.get(path) ?? 0) / gain, path).toBeCloseTo(1, 2);
    expect(Math.abs(rms - 1), path).toBeLessThan(0.05);
  }
});

describe('what is left alone', () => {
  it('zero weights', () => {
    const { layers, left } = calibrate((GOLDEN_NETS[DEAD] as (typeof GOLDEN_NETS)[string])());
    expect(layers).toEqual([]);
    expect(left.map((one) => one.why)).toContain('no signal reaches it');
  });
  it('loaded weights, and biases larger than the goal', () => {
    const b = new NetworkBuilder();
    const loaded = b.dense(b.input(8), 8, { loaded: true });
    const biased = b.dense(b.input(8), 8, { bias: () => ({ kind: 'constant', value: 3 }) });
    const { left, layers } = calibrate(b.build([loaded, biased]));
    expect(layers).toEqual([]);
    expect(left.map((one) => one.node).sort()).toEqual([loaded, biased]);
  });
});

it('tells how flat the gradient is: He needs no gain, and neither way loses anything', () => {
  const { layers, gradient } = calibrate(stack(20, 64, 'relu'));
  for (const { gain } of layers.slice(1, -1)) expect(gain).toBeCloseTo(1, 1);
  expect((gradient?.highest ?? 9) / (gradient?.lowest ?? 1)).toBeLessThan(3);
});
