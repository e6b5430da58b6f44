import { describe, expect, it } from 'vitest';
import { drawOf, fansOf } from '../../../server/src/frameworks/flax/initializers.ts';
import { type Api, signatureOf } from '../../../server/src/frameworks/flax/layers/row.ts';
import { classesOf } from '../../../server/src/frameworks/flax/layers.ts';
import { bind } from '../../../server/src/interpreter/native.ts';
import { NO_ARGS } from '../../../server/src/interpreter/values.ts';
import { BATCH, type Shape } from '../../../server/src/network/scalar.ts';
import golden from '../../golden/defaults.json' with { type: 'json' };
import { pythonArgs, stdOf } from '../keras/golden.ts';

interface GoldenParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly predicted: { readonly mean: number; readonly std: number };
  readonly fan_in?: number | null;
  readonly fan_out?: number | null;
}

interface GoldenLayer {
  readonly framework: string;
  readonly layer: string;
  readonly call: string;
  readonly params: readonly GoldenParameter[];
}

const layers = golden.frameworks.flax.layers as readonly GoldenLayer[];
const parameters = layers.flatMap((l) => l.params);

/** What each linen layer was called on; nnx has the sizes as arguments. */
const INPUTS: readonly (readonly [RegExp, Shape])[] = [
  [/^nn\.Dense\(64/, [BATCH, 256]],
  [/^nn\.DenseGeneral\(32/, [BATCH, 4, 16]],
  [/batch_dims/, [3, 7, 64]],
  [/Einsum/, [BATCH, 5, 64]],
  [/ConvLocal/, [BATCH, 6, 6, 4]],
  [/feature_group_count/, [BATCH, 8, 8, 32]],
  [/\(3, 3, 3\)/, [BATCH, 8, 8, 8, 8]],
  [/\(5,\)/, [BATCH, 8, 16]],
  [/Conv/, [BATCH, 8, 8, 16]],
  [/Cell/, [BATCH, 32]],
  [/./, [BATCH, 9, 64]],
];

/** Flattened to (3·64, 4·16): what the golden file has as fan_out counts the batch axis, the matrix that is drawn does not. */
const BATCHED_FAN_OUT = 'nn.DenseGeneral((4, 16), batch_dims=(0,))';

describe(`the layer table agrees with Flax: ${layers.length} layers, ${parameters.length} parameters`, () => {
  for (const c of layers) {
    const api: Api = c.framework === 'flax.nnx' ? 'nnx' : 'linen';
    it(`${c.framework} ${c.call}`, () => {
      const row = classesOf(api).find(([name]) => name === c.layer)?.[1];
      expect(row, c.layer).toBeDefined();
      if (!row) return;
      const input = INPUTS.find(([pattern]) => pattern.test(c.call))?.[1] ?? null;
      const args = bind(signatureOf(row, api), pythonArgs(c.call));
      const weights = row.build({ api, args, call: NO_ARGS, inputs: [input], name: 'layer' }).flatMap((s) => s.weights);
      const named = (name: string) => name.replace(/^(params|batch_stats)\./, '').replaceAll('.', '/');
      expect([...weights.map((w) => w.name)].sort()).toEqual([...c.params.map((p) => named(p.name))].sort());
      for (const p of c.params) {
        const weight = weights.find((w) => w.name === named(p.name));
        if (!weight) continue;
        expect(weight.shape, p.name).toEqual(p.shape);
        const asked = weight.drawn ?? weight.shape;
        const { mean, std } = stdOf(drawOf(weight.fallback, asked));
        expect(mean).toBeCloseTo(p.predicted.mean, 9);
        expect(std).toBeCloseTo(p.predicted.std, 7);
        expect(weight.trainable ?? true).toBe(!/^(batch_stats\.)?(mean|var)$/.test(p.name));
        if (p.fan_in === null || p.fan_in === undefined) continue;
        const fans = fansOf(weight.fallback, asked);
        expect(fans?.fanIn, p.name).toBeCloseTo(p.fan_in, 6);
        if ('fan_out' in p && p.fan_out !== null && c.call !== BATCHED_FAN_OUT)
          expect(fans?.fanOut, p.name).toBeCloseTo(p.fan_out as number, 6);
      }
    });
  }
});
