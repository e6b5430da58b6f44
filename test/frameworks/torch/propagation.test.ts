/** The nets whose moments were measured in real PyTorch: every one is read to its end with nothing opaque. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kinds, networksOf } from './summary.ts';

interface Golden {
  readonly nets: Record<string, { readonly framework: string; readonly source: string; readonly input: readonly number[] }>;
}

const golden = JSON.parse(readFileSync(new URL('../../golden/propagation.json', import.meta.url), 'utf8')) as Golden;
const nets = Object.entries(golden.nets).filter(([, net]) => net.framework === 'torch');

describe('measured nets', () => {
  it('are there', () => expect(nets.length).toBeGreaterThan(15));
  for (const [name, net] of nets) {
    it(name, () => {
      const networks = networksOf(net.source);
      expect(networks.length).toBeGreaterThan(0);
      for (const network of networks) {
        expect(kinds(network)).not.toContain('opaque');
        expect(network.complete).toBe(true);
        expect(network.unreached).toEqual([]);
        for (const node of network.nodes) for (const p of node.params) expect(p.init.distribution.kind, p.path).not.toBe('unknown');
      }
    });
  }
});
