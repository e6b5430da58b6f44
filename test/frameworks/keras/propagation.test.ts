/** From Keras source to figures: the nets of test/golden/propagation.json, read, propagated and compared with what Keras measured. */
import { describe, expect, it } from 'vitest';
import { createAnalyzer } from '../../../server/src/analyze.ts';
import { memoryHost } from '../../../server/src/text/host.ts';
import golden from '../../golden/propagation.json' with { type: 'json' };
import { parser } from '../../support/parser.ts';

interface GoldenLayer {
  readonly class: string;
  readonly out_rms: number;
  readonly grad_std: number;
}

const nets = Object.entries(golden.nets).filter(([, net]) => net.framework === 'keras');

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;

const quantiles = (errors: readonly number[]): { median: number; p90: number } => {
  const sorted = [...errors].sort((a, b) => a - b);
  return { median: at(sorted, 0.5), p90: at(sorted, 0.9) };
};

describe('Keras source, propagated', () => {
  it('has the nets of the reference', () => {
    expect(nets.length).toBe(6);
  });
  for (const [name, net] of nets) {
    it(name, () => {
      const analysis = createAnalyzer(memoryHost({}), parser).analyze('net.py', net.source);
      const [result, ...others] = analysis.networks;
      expect(others).toEqual([]);
      if (!result) throw new Error('no network');
      const { network, signal } = result;
      // The last node under a layer's name is the layer's output.
      const outputs = new Map<string, number>();
      for (const node of network.nodes) if (node.op.kind !== 'input') outputs.set(node.path.split('/')[0] ?? '', node.id);
      const layers = net.layers as readonly GoldenLayer[];
      expect(outputs.size).toBe(layers.length);
      if (signal.nodes.some((n) => n.unstable)) {
        expect(name).toContain('gelu');
        return;
      }
      const ids = [...outputs.values()];
      const error = (own: number | null | undefined, theirs: number): number =>
        own === null || own === undefined ? Number.POSITIVE_INFINITY : Math.abs(Math.sqrt(own) / theirs - 1);
      const forward = quantiles(layers.map((layer, i) => error(signal.nodes[ids[i] ?? -1]?.forward?.q, layer.out_rms)));
      const backward = quantiles(layers.map((layer, i) => error(signal.nodes[ids[i] ?? -1]?.gradient, layer.grad_std)));
      expect(forward.median).toBeLessThan(0.03);
      expect(forward.p90).toBeLessThan(0.1);
      if (name.includes('lstm')) return;
      expect(backward.median).toBeLessThan(0.05);
      expect(backward.p90).toBeLessThan(0.15);
    });
  }
});
