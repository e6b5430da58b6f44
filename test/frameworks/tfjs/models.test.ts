/** Models as they are written: one program a construct, printed as a network. */
import { describe, expect, it } from 'vitest';
import { analyse, described, networkOf } from './analyse.ts';

const IMPORT = "import * as tf from '@tensorflow/tfjs';\n";

/** Paths and shapes of parameters. */
const parameters = (text: string, others: Readonly<Record<string, string>> = {}): string[] =>
  networkOf(text, others).nodes.flatMap((node) => node.params.map((p) => `${p.path} ${JSON.stringify(p.shape)}`));

describe('the package is reached', () => {
  const dense = (layers: string): string => `${layers}.dense({units: 3, inputShape: [4]})`;

  it.each([
    ['as a whole', `${IMPORT}const m = tf.sequential({layers: [${dense('tf.layers')}]})`],
    ['by names', `import {sequential, layers as L} from '@tensorflow/tfjs';\nconst m = sequential({layers: [${dense('L')}]})`],
    ['by default', `import tf from '@tensorflow/tfjs-node';\nconst m = tf.sequential({layers: [${dense('tf.layers')}]})`],
    ['by require', `const tf = require('@tensorflow/tfjs-node-gpu');\nconst m = tf.sequential({layers: [${dense('tf.layers')}]})`],
    [
      'from a network',
      `import * as tf from 'https://cdn.jsdelivr.net/npm/@tensorflow/tfjs@4/+esm';\nconst m = tf.sequential({layers: [${dense('tf.layers')}]})`,
    ],
    ['as the global of a script', `const m = tf.sequential({layers: [${dense('tf.layers')}]})`],
    ['as the global that TypeScript declares', `declare const tf: any;\nconst m = window.tf.sequential({layers: [${dense('tf.layers')}]})`],
  ])('%s', (_, text) => {
    expect(parameters(text)).toEqual(['dense_Dense1/kernel [4,3]', 'dense_Dense1/bias [3]']);
  });

  it('but not where the name is somebody else’s', () => {
    const own = 'const tf = {sequential: () => ({add() {}}), layers: {dense: (c) => c}};\n';
    expect(
      analyse(
        `${own}const m = tf.sequential(); m.add(tf.layers.dense({units: 3, inputShape: [4], activation: 'relu', kernelInitializer: 'zeros'}))`,
      ).networks,
    ).toEqual([]);
  });

  it('through another file of the workspace', () => {
    const others = {
      'tf.ts': "export * as tf from '@tensorflow/tfjs';",
      'sizes.js': 'module.exports = {units: 7}',
      'build.ts':
        "import {tf} from './tf';\nimport sizes from './sizes.js';\nexport const head = (n: number) => tf.layers.dense({...sizes, inputShape: [n]});",
    };
    expect(parameters(`import {head} from './build.js';\n${IMPORT}const m = tf.sequential({layers: [head(5)]})`, others)).toEqual([
      'dense_Dense1/kernel [5,7]',
      'dense_Dense1/bias [7]',
    ]);
  });
});

describe('entries', () => {
  const names = (text: string): string[] => analyse(IMPORT + text).networks.map((n) => `${n.name} ${n.entry}`);
  const model = '{const m = tf.sequential(); m.add(tf.layers.dense({units: 2, inputShape: [n ?? 3]})); return m}';

  it.each([
    [`function build(n) ${model}`, ['build function']],
    [`const build = (n) => ${model}`, ['build function']],
    [`export default async function build(n) ${model}`, ['build function']],
    [`function build(n) ${model}\nconst net = build(4)`, ['net call']],
    [`class Agent { constructor(n) { this.model = this.make(n) } make(n) ${model} }`, ['Agent defaults']],
    [`class Agent { async make(n) ${model} async use(n) { return (await this.make(n)).predict(n) } }`, ['Agent.make defaults']],
    [
      `document.querySelector('#go').addEventListener('click', () => { const n = 4; const make = () => ${model}; make() })`,
      ['Sequential call'],
    ],
    [`(async () => { const n = 4; const make = () => ${model}; await make().fit() })()`, ['Sequential call']],
  ])('%s', (text, expected) => expect(names(text)).toEqual(expected));
});

describe('constructs', () => {
  it('a functional model with a custom layer and shared initializers', () => {
    expect(
      described(`${IMPORT}
class Scale extends tf.layers.Layer {
  constructor(config = {}) { super(config); this.start = config.start ?? 1; }
  build(inputShape) {
    this.gamma = this.addWeight('gamma', [inputShape.at(-1)], 'float32', tf.initializers.constant({value: this.start}));
  }
  call(inputs) { return tf.mul(inputs[0], this.gamma.read()); }
  static get className() { return 'Scale'; }
}
const kernelInitializer = tf.initializers.heNormal({seed: 3});
const x = tf.input({shape: [8]});
const h = tf.layers.dense({units: 6, kernelInitializer, useBias: false}).apply(x);
const y = new Scale({start: 2}).apply(tf.layers.reLU().apply(h));
const net = tf.model({inputs: [x], outputs: [tf.layers.add().apply([h, y])]});
`),
    ).toMatchInlineSnapshot(`
      "
      0 input_layer = input() [B,8]
      1 dense_Dense1 = dense(0) [B,6]
          dense_Dense1/kernel [8,6] fan 8 2/fanIn truncatedNormal argument
      2 re_lu_ReLU1 = relu(1) [B,6]
      3 scale_Scale1/mul = scale(2) [B,6]
          scale_Scale1/gamma [6] 2 argument
      4 add_Add1 = add(1, 3) [B,6]
      outputs 4
      "
    `);
  });

  it('recurrent layers, wrappers and embeddings', () => {
    expect(
      described(`${IMPORT}
const net = tf.sequential();
net.add(tf.layers.embedding({inputDim: 50, outputDim: 8, inputLength: 12}));
net.add(tf.layers.bidirectional({layer: tf.layers.gru({units: 5, returnSequences: true}), mergeMode: 'concat'}));
net.add(tf.layers.timeDistributed({layer: tf.layers.dense({units: 4, activation: 'hardSigmoid'})}));
net.add(tf.layers.lstm({units: 3, unitForgetBias: true}));
`),
    ).toMatchInlineSnapshot(`
      "
      0 input_layer = input() [B,12]
      1 embedding_Embedding1 = embedding(0) [B,12,8]
          embedding_Embedding1/embeddings [50,8] fan 1 U(-0.05, 0.05) default
      2 bidirectional_Bidirectional1 = recurrent(1) [B,12,10]
          bidirectional_Bidirectional1/forward_gru_GRU1/kernel [8,15] fan 8 1/fanAvg truncatedNormal default
          bidirectional_Bidirectional1/forward_gru_GRU1/recurrent_kernel [5,15] fan 5 orthogonal 1 default
          bidirectional_Bidirectional1/forward_gru_GRU1/bias [15] 0 default
          bidirectional_Bidirectional1/backward_gru_GRU1/kernel [8,15] fan 8 1/fanAvg truncatedNormal default
          bidirectional_Bidirectional1/backward_gru_GRU1/recurrent_kernel [5,15] fan 5 orthogonal 1 default
          bidirectional_Bidirectional1/backward_gru_GRU1/bias [15] 0 default
      3 time_distributed_TimeDistributed1/dense_Dense1 = dense(2) [B,12,4]
          time_distributed_TimeDistributed1/dense_Dense1/kernel [10,4] fan 10 1/fanAvg truncatedNormal default
          time_distributed_TimeDistributed1/dense_Dense1/bias [4] 0 default
      4 time_distributed_TimeDistributed1/dense_Dense1/hard_sigmoid = hardSigmoid(3) [B,12,4]
      5 lstm_LSTM1 = recurrent(4) [B,3]
          lstm_LSTM1/kernel [4,12] fan 4 1/fanAvg truncatedNormal default
          lstm_LSTM1/recurrent_kernel [3,12] fan 3 orthogonal 1 default
          lstm_LSTM1/bias [12] 0.75·0 + 0.25·1 default
      outputs 5
      "
    `);
  });

  it('training', () => {
    const network = networkOf(`${IMPORT}
const net = tf.sequential({layers: [tf.layers.dense({units: 1, inputShape: [3]})]});
net.compile({optimizer: tf.train.sgd(0.3), loss: 'meanSquaredError'});
`);
    expect(network.training.optimizer).toMatchObject({ name: 'SGD', learningRate: 0.3 });
    expect(network.training.losses).toMatchObject([{ name: 'MeanSquaredError', on: { node: network.outputs[0], through: [] } }]);
  });

  it('weights that are set, layers that are frozen', () => {
    const [dense] = networkOf(`${IMPORT}
const net = tf.sequential({layers: [tf.layers.dense({units: 1, inputShape: [3], name: 'a'})]});
net.layers[0].trainable = false;
net.getLayer('a').setWeights(weights);
`).nodes.filter((n) => n.params.length > 0);
    expect(dense?.params.map((p) => [p.trainable, p.loaded])).toEqual([
      [false, true],
      [false, true],
    ]);
  });
});

describe('notes', () => {
  const notes = (initializer: string): string[] =>
    networkOf(
      `${IMPORT}const net = tf.sequential({layers: [tf.layers.dense({units: 2, inputShape: [3], kernelInitializer: ${initializer}})]})`,
    ).notes.map((n) => `${n.rule}: ${n.message}`);

  it.each([
    ["'he_normal'", ["unknown-initializer: TensorFlow.js knows no initializer 'he_normal' and raises"]],
    ["'heNormal'", []],
    ['tf.initializers.randomNormal({stddev: 0})', ['falsy-zero: TensorFlow.js takes `stddev: 0` as not given and draws with 0.05']],
    [
      'tf.initializers.randomUniform({minval: 0, maxval: 1})',
      ['falsy-zero: TensorFlow.js takes `minval: 0` as not given and draws with −0.05'],
    ],
    ['tf.initializers.randomNormal({stddev: 0.01})', []],
  ])('%s', (initializer, expected) => expect(notes(initializer)).toEqual(expected));
});

describe('what is not known', () => {
  it.each([
    'const net = tf.sequential({layers: [tf.layers.dense({units: 2, inputShape: [3], ...options})]})',
    'const net = tf.sequential({layers: [tf.layers.dense(config)]})',
    "const net = tf.sequential({layers: [tf.layers.dense({units: 2, inputShape: [3], kernelInitializer: pick('zeros')})]})",
    "const net = await tf.loadLayersModel('x.json'); net.layers[0].trainable = false",
    'const net = tf.sequential(); for (const l of await layers()) net.add(l)',
    'const net = tf.sequential({layers: [tf.layers.unheardOf({units: 2})]})',
  ])('%s is silent', (text) => expect(analyse(IMPORT + text).findings).toEqual([]));
});

describe('files', () => {
  const bad =
    "const m = tf.sequential({layers: [tf.layers.dense({units: 30, inputShape: [4], activation: 'relu', kernelInitializer: 'zeros'}), tf.layers.dense({units: 1})]});";

  it('a comment silences a rule', () => {
    expect(analyse(bad).findings.map((f) => f.rule)).toEqual(['constant-weights']);
    expect(analyse(`${bad} // initlens: ignore[constant-weights]`).findings).toEqual([]);
    expect(analyse(`/* initlens: ignore-file */\n${bad}`).findings).toEqual([]);
  });

  it.each(['a.js', 'a.mjs', 'a.cjs', 'a.jsx', 'a.ts', 'a.mts', 'a.cts', 'a.tsx'])('%s is read', (file) => {
    expect(analyse(bad, {}, file).findings).toHaveLength(1);
  });

  it('minified files and those without tensors are not even parsed', () => {
    expect(analyse(bad, {}, 'lib.min.js').analysis.module.blocks).toEqual([]);
    expect(analyse('export const a = 1;').analysis.module.blocks).toEqual([]);
  });
});
