/** Layers that defaults.json does not hold, against torch itself; and that no row of the table goes unchecked. */
import { describe, expect, it } from 'vitest';
import { LAYERS } from '../../../server/src/frameworks/torch/layers.ts';
import { TRANSFORMERS } from '../../../server/src/frameworks/torch/transformer.ts';
import { momentsOf } from '../../../server/src/network/moments.ts';
import defaults from '../../golden/defaults.json' with { type: 'json' };
import extra from '../../golden/torch-extra.json' with { type: 'json' };
import { IMPORTS, networksOf, parametersOf } from './summary.ts';

const rows = [...LAYERS.keys(), ...TRANSFORMERS.keys()];
const checked = new Set([...defaults.frameworks.torch.layers, ...extra.layers].map((l) => l.layer));

it(`each of the ${rows.length} rows has a measured case; ${extra.layers.length} here`, () => {
  expect(rows.filter((name) => !checked.has(name))).toEqual([]);
});

describe('layers measured beside the reference', () => {
  it.each(extra.layers.map((layer) => [layer.call, layer] as const))('%s', (call, layer) => {
    const text = `${IMPORTS}
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.m = ${call}
    def forward(self, x):
        return self.m(x)
`;
    const shape = layer.input && [null, ...(layer.input as number[]).slice(1)];
    const networks = shape && call.includes('Lazy') ? networksOf(text, shape) : networksOf(text);
    expect(networks).toHaveLength(1);
    const params = new Map(networks.flatMap(parametersOf).map((p) => [p.path.replace(/^m\./, ''), p]));
    expect([...params.keys()].sort()).toEqual(layer.params.map((p) => p.name).sort());
    for (const one of layer.params) {
      const p = params.get(one.name);
      const moments = p && momentsOf(p.init.distribution);
      expect(p?.shape, one.name).toEqual(one.shape);
      // Five standard errors of the measured figures.
      const error = (5 * one.std) / Math.sqrt(one.count) + 1e-9;
      expect(Math.abs((moments?.mean ?? Number.NaN) - one.mean), `${one.name} mean`).toBeLessThanOrEqual(error);
      expect(Math.abs((moments?.std ?? Number.NaN) - one.std), `${one.name} std`).toBeLessThanOrEqual(error);
    }
  });
});
