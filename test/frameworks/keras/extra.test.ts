/** Layers, wrappers, bases and configurations as Keras 3.15 has them, measured into test/golden/keras-extra.json. */
import { describe, expect, it } from 'vitest';
import { createAnalyzer } from '../../../server/src/analyze.ts';
import { featureShape } from '../../../server/src/frameworks/keras/applications.ts';
import { external } from '../../../server/src/frameworks/keras/names.ts';
import { momentsOf } from '../../../server/src/network/moments.ts';
import type { Network } from '../../../server/src/network/network.ts';
import { BATCH } from '../../../server/src/network/scalar.ts';
import { memoryHost } from '../../../server/src/text/host.ts';
import golden from '../../golden/keras-extra.json' with { type: 'json' };
import { parser } from '../../support/parser.ts';
import { networkOf } from './analyse.ts';

const lastParts = (path: string, count: number): string => path.split('/').slice(-count).join('/');

describe(`the ${golden.layerNames.length} classes of keras.layers are known`, () => {
  it('by name', () => {
    expect(golden.layerNames.length).toBeGreaterThanOrEqual(150);
    const missing = golden.layerNames.filter((name) => {
      const found = external(`keras.layers.${name}`);
      return found === undefined || found === 'module';
    });
    expect(missing).toEqual([]);
  });
});

describe(`weights of ${golden.layers.length} layers as Keras draws them`, () => {
  for (const c of golden.layers) {
    it(c.call, () => {
      const inputs = c.inputs.map((shape, i) => `x${i} = keras.Input((${shape.join(', ')},)${c.integer ? ', dtype="int32"' : ''})`);
      const names = c.inputs.map((_, i) => `x${i}`);
      const list = /Attention\(/.test(c.call) && /Additive|layers\.Attention/.test(c.call);
      const network = networkOf(`
import keras
from keras import layers
${inputs.join('\n')}
y = ${c.call}(${list ? `[${names.join(', ')}]` : names.join(', ')})
model = keras.Model([${names.join(', ')}], y)
`);
      const shape = network.nodes.at(-1)?.shape?.slice(1);
      // Keras leaves a size open where the layer was told None.
      expect(shape?.map((size, i) => (c.output[i] === null ? null : size))).toEqual(c.output);
      const params = [...network.nodes, ...network.unreached].flatMap((n) => n.params);
      expect(params.length).toBe(c.params.length);
      for (const real of c.params) {
        const depth = Math.min(3, real.path.split('/').length - 1);
        const own =
          params.find((p) => lastParts(p.path, depth) === lastParts(real.path, depth)) ??
          params.find((p) => p.name === lastParts(real.path, 1));
        expect(own, real.path).toBeDefined();
        if (!own) continue;
        expect(own.shape, real.path).toEqual(real.shape);
        expect(own.trainable, real.path).toBe(real.trainable);
        if (real.fanIn !== null) expect(own.frameworkFans, real.path).toEqual({ fanIn: real.fanIn, fanOut: real.fanOut });
        const moments = momentsOf(own.init.distribution, () => undefined);
        if (real.count < 8 && real.std > 0) continue;
        // Five standard errors of a measured deviation whose law has a kurtosis of three at most.
        expect(Math.abs((moments?.std ?? Number.NaN) - real.std), real.path).toBeLessThanOrEqual(
          (5 * real.std) / Math.sqrt(2 * real.count) + 1e-6,
        );
        expect(Math.abs((moments?.mean ?? Number.NaN) - real.mean), real.path).toBeLessThanOrEqual(
          (5 * real.std) / Math.sqrt(real.count) + 1e-6,
        );
      }
    });
  }
});

describe(`maps of the ${golden.applications.length} models of keras.applications`, () => {
  for (const { name, outputs } of golden.applications) {
    it(name, () => {
      expect(outputs.length).toBeGreaterThan(0);
      for (const [input, output] of outputs as [number[], number[]][])
        expect(featureShape(name, [BATCH, ...input])?.slice(1), JSON.stringify(input)).toEqual(output);
    });
  }
});

describe(`${golden.configs.length} layers out of their configurations`, () => {
  const weights = ({ nodes }: Network): unknown =>
    nodes.slice(1).map((n) => [n.op.kind, n.shape, n.params.map((p) => [p.name, p.shape, p.frameworkFans, p.init.distribution])]);

  for (const c of golden.configs) {
    it(c.call, () => {
      const isEmbedding = c.layer === 'Embedding';
      const sizes = isEmbedding ? [4] : [6, 7, 8, 9];
      const input = {
        class_name: 'InputLayer',
        config: { batch_shape: [null, ...sizes], dtype: isEmbedding ? 'int32' : 'float32', name: 'x' },
      };
      const text = JSON.stringify({ class_name: 'Sequential', config: { name: 'model', layers: [input, c.config] } });
      const saved = createAnalyzer(memoryHost({}), parser).analyze('model.json', text).networks[0]?.network;
      const written = networkOf(`
import keras
from keras import layers
model = keras.Sequential([keras.Input((${sizes.join(', ')},)${isEmbedding ? ', dtype="int32"' : ''}), ${c.call.startsWith('layers.') ? '' : 'layers.'}${c.call}])
`);
      expect(saved && weights(saved)).toEqual(weights(written));
    });
  }
});
