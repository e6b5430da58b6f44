/** Saved topologies in the forms that Keras 1, 2 and 3 and TensorFlow.js write. */
import { describe, expect, it } from 'vitest';
import { type Analysis, createAnalyzer } from '../../../server/src/analyze.ts';
import { momentsOf } from '../../../server/src/network/moments.ts';
import { memoryHost } from '../../../server/src/text/host.ts';
import { parser } from '../../support/parser.ts';
import { describeNetwork } from './describe.ts';

type Json = Record<string, unknown>;

const read = (json: Json | string, beside: readonly string[] = [], file = 'saved/model.json'): Analysis => {
  const text = typeof json === 'string' ? json : JSON.stringify(json, null, 1);
  const host = memoryHost({ [file]: text, ...Object.fromEntries(beside.map((name) => [`saved/${name}`, ''])) });
  return createAnalyzer(host, parser).analyze(file, text);
};

const described = (json: Json): string => {
  const [result, ...others] = read(json).networks;
  if (!result || others.length > 0) throw new Error('not one network');
  return `\n${describeNetwork(result.network)}\n`;
};

const initializer = (name: string, config: Json = { seed: null }): Json => ({
  module: 'keras.initializers',
  class_name: name,
  config,
  registered_name: null,
});

const dense = (units: number, activation: string, extra: Json = {}): Json => ({
  class_name: 'Dense',
  config: { units, activation, use_bias: true, kernel_initializer: initializer('GlorotUniform'), ...extra },
});

const tensor = (layer: string, shape: readonly (number | null)[], call = 0): Json => ({
  class_name: '__keras_tensor__',
  config: { shape, dtype: 'float32', keras_history: [layer, call, 0] },
});

const withInput = (...layers: Json[]): Json => ({
  module: 'keras',
  class_name: 'Sequential',
  config: { name: 'net', layers: [{ class_name: 'InputLayer', config: { batch_shape: [null, 16], name: 'x' } }, ...layers] },
});

describe('the forms of a topology', () => {
  it('Keras 3: Sequential', () => {
    expect(
      described(
        withInput(
          dense(8, 'relu', { name: 'hidden', kernel_initializer: initializer('HeNormal') }),
          { class_name: 'Dropout', config: { rate: 0.5 } },
          dense(4, 'softmax'),
        ),
      ),
    ).toMatchInlineSnapshot(`
      "
      0 input_layer = input() [B,16]
      1 hidden = dense(0) [B,8]
          hidden/kernel [16,8] fan 16 2/fanIn truncatedNormal argument
          hidden/bias [8] 0 default
      2 hidden/relu = relu(1) [B,8]
      3 dropout = dropout(2) [B,8]
      4 dense = dense(3) [B,4]
          dense/kernel [8,4] fan 8 1/fanAvg uniform default
          dense/bias [4] 0 default
      5 dense/softmax = softmax(4) [B,4]
      outputs 5
      "
    `);
  });

  it('Keras 3: Functional, with a layer called twice, an operation, and a class that is not known', () => {
    const layer = (name: string, node: Json, ...calls: Json[][]): Json => ({
      ...node,
      name,
      inbound_nodes: calls.map((args) => ({ args: args.length > 1 ? [args] : args, kwargs: {} })),
    });
    expect(
      described({
        class_name: 'Functional',
        config: {
          name: 'net',
          layers: [
            layer('out', dense(2, 'linear'), [tensor('own', [null, 8])]),
            layer('a', { class_name: 'InputLayer', config: { batch_shape: [null, 8], dtype: 'float32', name: 'a' } }),
            layer('shared', dense(8, 'tanh'), [tensor('a', [null, 8])], [tensor('double', [null, 8])]),
            layer('double', { module: 'keras.src.ops.numpy', class_name: 'Multiply', config: {} }, [tensor('shared', [null, 8])]),
            layer('sum', { class_name: 'Add', config: {} }, [tensor('shared', [null, 8]), tensor('shared', [null, 8], 1)]),
            layer('own', { class_name: 'MyScale', config: {}, registered_name: 'pkg>MyScale' }, [tensor('sum', [null, 8])]),
          ].map((l) => (l.name === 'double' ? { ...l, inbound_nodes: [{ args: [tensor('shared', [null, 8]), 2.0], kwargs: {} }] } : l)),
          input_layers: [['a', 0, 0]],
          output_layers: [['out', 0, 0]],
        },
      }),
    ).toMatchInlineSnapshot(`
      "
      0 a = input() [B,8]
      1 shared = dense(0) [B,8]
          shared/kernel [8,8] fan 8 1/fanAvg uniform default
          shared/bias [8] 0 default
      2 shared/tanh = tanh(1) [B,8]
      3 mul = affine(2) [B,8]
      4 shared = dense(3) [B,8]
          shared/kernel [8,8] fan 8 1/fanAvg uniform default
          shared/bias [8] 0 default
      5 shared/tanh = tanh(4) [B,8]
      6 sum = add(2, 5) [B,8]
      7 MyScale = opaque MyScale: MyScale is no layer of Keras(6) [B,8]
      8 out = dense(7) [B,2]
          out/kernel [8,2] fan 8 1/fanAvg uniform default
          out/bias [2] 0 default
      outputs 8
      "
    `);
  });

  it('Keras 2: Model with nested lists, a model inside, and arguments of the call', () => {
    const inner = {
      class_name: 'Sequential',
      config: { name: 'enc', layers: [dense(5, 'relu', { name: 'd', batch_input_shape: [null, 10] })], build_input_shape: [null, 10] },
    };
    expect(
      described({
        class_name: 'Model',
        config: {
          name: 'net',
          layers: [
            {
              class_name: 'InputLayer',
              config: { batch_input_shape: [null, 10], dtype: 'float32', name: 'x' },
              name: 'x',
              inbound_nodes: [],
            },
            { ...inner, name: 'enc', inbound_nodes: [[['x', 0, 0, {}]]] },
            {
              class_name: 'TFOpLambda',
              config: { function: '__operators__.add' },
              name: 'plus',
              inbound_nodes: [['enc', 0, 0, { y: 1.5 }]],
            },
            {
              class_name: 'Concatenate',
              config: { axis: -1 },
              name: 'cat',
              inbound_nodes: [
                [
                  ['enc', 0, 0, {}],
                  ['x', 0, 0, {}],
                ],
              ],
            },
            { ...dense(1, 'sigmoid'), name: 'out', inbound_nodes: [[['cat', 0, 0, {}]]] },
          ].map((l) => (l.name === 'plus' ? { ...l, inbound_nodes: [[['enc', 0, 0, { y: 1.5 }]]] } : l)),
          input_layers: [['x', 0, 0]],
          output_layers: [
            ['out', 0, 0],
            ['plus', 0, 0],
          ],
        },
        keras_version: '2.3.1',
      }),
    ).toMatchInlineSnapshot(`
      "
      0 x = input() [B,10]
      1 enc/d = dense(0) [B,5]
          enc/d/kernel [10,5] fan 10 1/fanAvg uniform default
          enc/d/bias [5] 0 default
      2 enc/d/relu = relu(1) [B,5]
      3 add = affine(2) [B,5]
      4 cat = concat(2, 0) [B,15]
      5 out = dense(4) [B,1]
          out/kernel [15,1] fan 15 1/fanAvg uniform default
          out/bias [1] 0 default
      6 out/sigmoid = sigmoid(5) [B,1]
      outputs 6, 3
      "
    `);
  });

  it('Keras 1: a list of layers with the names of then', () => {
    expect(
      described({
        class_name: 'Sequential',
        config: [
          {
            class_name: 'Convolution2D',
            config: {
              name: 'conv',
              nb_filter: 4,
              nb_row: 3,
              nb_col: 5,
              border_mode: 'same',
              dim_ordering: 'th',
              init: 'he_normal',
              activation: 'relu',
              batch_input_shape: [null, 3, 8, 8],
            },
          },
          { class_name: 'Flatten', config: { name: 'flat' } },
          { class_name: 'Dense', config: { name: 'out', output_dim: 2, init: 'normal', activation: 'softmax' } },
        ],
        keras_version: '1.2.2',
      }),
    ).toMatchInlineSnapshot(`
      "
      0 input_layer = input() [B,3,8,8]
      1 conv = conv(0) [B,4,8,8]
          conv/kernel [3,5,3,4] fan 45 2/fanIn truncatedNormal argument
          conv/bias [4] 0 default
      2 conv/relu = relu(1) [B,4,8,8]
      3 flat = flatten(2) [B,256]
      4 out = dense(3) [B,2]
          out/kernel [256,2] fan 256 N(0, 0.05) argument
          out/bias [2] 0 default
      5 out/softmax = softmax(4) [B,2]
      outputs 5
      "
    `);
  });
});

describe('TensorFlow.js', () => {
  const topology = (extra: Json = {}): Json => ({
    modelTopology: {
      keras_version: 'tfjs-layers 4.22.0',
      model_config: {
        class_name: 'Sequential',
        config: {
          name: 'net',
          layers: [
            dense(8, 'relu', {
              batch_input_shape: [null, 16],
              kernel_initializer: {
                class_name: 'VarianceScaling',
                config: { scale: 2, mode: 'fan_in', distribution: 'normal', seed: null },
              },
            }),
            dense(2, 'linear'),
          ],
        },
      },
    },
    ...extra,
  });

  it('does not correct its truncated normal', () => {
    const distribution = read(topology()).networks[0]?.network.nodes[1]?.params[0]?.init.distribution;
    const moments = distribution && momentsOf(distribution, () => undefined);
    // THEORY §6: 0.8796·√(2/16), measured.
    expect(moments?.std).toBeCloseTo(0.87962566 * Math.sqrt(2 / 16), 7);
  });

  it('has its weights where a manifest names them', () => {
    const loaded = (json: Json): unknown => read(json).networks[0]?.network.nodes[1]?.params[0]?.loaded;
    expect(loaded(topology())).toBe(false);
    expect(loaded(topology({ weightsManifest: [{ paths: ['group1-shard1of1.bin'], weights: [] }] }))).toBe(true);
  });

  it('a graph of operations is said to be one', () => {
    const { networks, issues } = read({ format: 'graph-model', modelTopology: { node: [], versions: {} } });
    expect(networks).toEqual([]);
    expect(issues[0]?.message).toContain('a TensorFlow graph of single operations');
  });
});

describe('findings', () => {
  const deep = withInput(...Array.from({ length: 8 }, () => dense(16, 'relu')), dense(2, 'linear'));

  it('stand at the class of the layer, and a default that was written out is a default', () => {
    const text = JSON.stringify(deep, null, 1);
    const { findings } = read(deep);
    expect(findings.length).toBeGreaterThan(0);
    for (const { span, rule, message } of findings) {
      expect(text.slice(span.anchor.offset + span.start, span.anchor.offset + span.end)).toBe('"Dense"');
      expect(rule).toBe('relu-without-he');
      expect(message).toContain('The default Glorot');
    }
  });

  it('are none where the weights lie beside it or in the archive', () => {
    expect(read(deep, ['model.weights.h5']).findings).toEqual([]);
    expect(read(deep, ['README.md']).findings).not.toEqual([]);
    expect(read(deep, [], 'saved/model.keras').findings).toEqual([]);
  });
});

describe('what is no topology', () => {
  it.each([
    ['{"class_name": "Sequential", "config": ', 'Not valid JSON: the text ends early'],
    ['{"name": "package", "version": 1}', 'No saved model'],
    ['{"class_name": "Model"}', 'No network is read'],
    ['{"class_name": "MyModel", "config": {}}', 'a model of the class MyModel'],
    ['{"class_name": "Functional", "config": {"layers": 3, "input_layers": {"a": 1}}}', 'No network is read'],
    ['{"class_name": "Sequential", "config": {"layers": [[], 1, null, {}, {"class_name": 7}]}}', 'No network is read'],
    ['{"modelTopology": null}', 'No network is read'],
    [`{"class_name": "${'x'.repeat(17 << 20)}"}`, 'million characters'],
  ])('is said: %#', (text, reason) => {
    const { networks, issues, unread } = read(text);
    expect(networks).toEqual([]);
    expect(issues[0]?.message).toContain(reason);
    expect(unread).toBe(issues[0]?.message);
  });

  it('layers in a circle leave the network in parts', () => {
    const { networks } = read({
      class_name: 'Functional',
      config: {
        name: 'net',
        layers: [
          { class_name: 'InputLayer', config: { batch_shape: [null, 4] }, name: 'x', inbound_nodes: [] },
          { ...dense(4, 'relu'), name: 'first', inbound_nodes: [{ args: [tensor('x', [null, 4])], kwargs: {} }] },
          { ...dense(4, 'relu'), name: 'a', inbound_nodes: [{ args: [tensor('b', [null, 4])], kwargs: {} }] },
          { ...dense(4, 'relu'), name: 'b', inbound_nodes: [{ args: [tensor('a', [null, 4])], kwargs: {} }] },
        ],
        input_layers: [['x', 0, 0]],
        output_layers: [['first', 0, 0]],
      },
    });
    expect(networks.map(({ network }) => network.complete)).toEqual([false]);
  });
});
