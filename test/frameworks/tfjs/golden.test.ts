/** Every row of the golden files of TensorFlow.js 4.22, read from source by the interpreter. */
import { describe, expect, it } from 'vitest';
import { FRAMEWORKS, hooksOf } from '../../../server/src/frameworks/registry.ts';
import { tensorData } from '../../../server/src/frameworks/shared/tensor.ts';
import { snake } from '../../../server/src/frameworks/tfjs/config.ts';
import { initializerOfString } from '../../../server/src/frameworks/tfjs/initializers.ts';
import { LAYER_ROWS } from '../../../server/src/frameworks/tfjs/layers.ts';
import { constantValue } from '../../../server/src/network/scalar.ts';
import defaults from '../../golden/defaults.json' with { type: 'json' };
import initializers from '../../golden/initializers.json' with { type: 'json' };
import { runModules } from '../../support/interpret.ts';
import { moments, networkOf, numbers } from './analyse.ts';

interface Figures {
  readonly mean: number;
  readonly std: number;
}

interface GoldenLayer {
  readonly layer: string;
  readonly call: string;
  readonly input_shape: readonly (number | null)[];
  readonly params: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly fan_in: number;
    readonly fan_out: number;
    readonly initializer_attr: string;
    readonly predicted?: Figures | null;
    readonly measured: Figures;
    readonly values_by_block?: unknown;
  }[];
}

interface GoldenInitializer {
  readonly call: string;
  readonly cases: readonly { readonly shape: readonly number[]; readonly predicted: Figures | null; readonly measured: Figures }[];
}

const layers: readonly GoldenLayer[] = defaults.frameworks.tfjs.layers;
const golden = initializers.frameworks.tfjs;
const calls: readonly GoldenInitializer[] = golden.initializers;

describe(`layers: ${layers.length} rows, ${layers.flatMap((l) => l.params).length} parameters`, () => {
  it.each(layers.map((row) => [row.call, row] as const))('%s', (call, row) => {
    const shape = JSON.stringify(row.input_shape.slice(1));
    const network = networkOf(`
import * as tf from '@tensorflow/tfjs';
const x = tf.input({shape: ${shape}});
const model = tf.model({inputs: x, outputs: ${call}.apply(x)});
`);
    const parameters = network.nodes.flatMap((node) => node.params);
    expect(parameters.map((p) => p.name)).toEqual(row.params.map((p) => p.name));
    for (const [i, expected] of row.params.entries()) {
      const parameter = parameters[i];
      if (!parameter) continue;
      expect(numbers(parameter.shape)).toEqual(expected.shape);
      const { fanIn, fanOut } = parameter.frameworkFans;
      expect(constantValue(fanIn ?? 0)).toBeCloseTo(expected.fan_in, 6);
      expect(constantValue(fanOut ?? 0)).toBeCloseTo(expected.fan_out, 6);
      expect(parameter.init.source).toBe('default');
      if (expected.values_by_block && parameter.init.distribution.kind === 'blocks') {
        expect(parameter.init.distribution.blocks.map((b) => b.share)).toEqual([0.75, 0.25]);
        continue;
      }
      const { mean, std } = moments(parameter.init.distribution);
      const known = expected.predicted ?? expected.measured;
      expect(mean).toBeCloseTo(known.mean, 6);
      expect(std).toBeCloseTo(known.std, 7);
    }
  });

  it('has the argument of each initializer', () => {
    for (const row of layers) {
      const found = LAYER_ROWS.get(row.layer);
      for (const { initializer_attr: argument } of row.params)
        expect(found?.signature ?? '', row.layer).toContain(snake(argument).replace(/_initializer$/, ''));
    }
  });
});

describe(`initializers: ${calls.length} calls, ${calls.flatMap((i) => i.cases).length} cases`, () => {
  for (const one of calls)
    it.each(one.cases.map((c) => [one.call, JSON.stringify(c.shape), c] as const))('%s over %s', (call, shape, c) => {
      const run = runModules({ 'main.js': `const x = ${call}.apply(${shape})` }, 'main.js', hooksOf(FRAMEWORKS));
      const distribution = tensorData(run.scope.vars.get('x'))?.storage?.init.distribution;
      expect(distribution).toBeDefined();
      if (!distribution) return;
      const { mean, std } = moments(distribution);
      const known = c.predicted ?? c.measured;
      expect(mean).toBeCloseTo(known.mean, 6);
      expect(std).toBeCloseTo(known.std, c.predicted ? 7 : 3);
    });
});

describe('strings', () => {
  it.each(Object.entries(golden.strings))('%s', (name, expected) => {
    const row = initializerOfString(name);
    expect(row !== undefined).toBe(!('error' in expected));
  });
});
