// TensorFlow.js's side of the oracle: builds the models with the real library and writes what they hold (form of a dump: oracle.py).
//   node adapters/tfjs.mjs --spec SPEC.json --out DUMP.jsonl
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { modelOf, momentsOf, namesIn } from '../tfjsWeights.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({ options: { spec: { type: 'string' }, out: { type: 'string' } } });

// The library tells of its faster bindings on standard output.
const { log, warn } = console;
console.log = console.warn = () => {};
const tf = await import('@tensorflow/tfjs');
await tf.ready();
console.log = log;
console.warn = warn;

/** Times that a model is built to measure its weights. */
const SEEDS = 3;

// ── the graph ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const NORMS = { BatchNormalization: 'batchNorm', LayerNormalization: 'layerNorm' };

/** Rows of knowledge/activations by TensorFlow.js's names. */
const ACTIVATIONS = {
  relu: 'relu',
  relu6: 'relu6',
  elu: 'elu',
  selu: 'selu',
  sigmoid: 'sigmoid',
  hardSigmoid: 'hardSigmoid',
  tanh: 'tanh',
  softplus: 'softplus',
  softsign: 'softsign',
  swish: 'silu',
  mish: 'mish',
  gelu: 'gelu',
};
const ACTIVATION_LAYERS = { LeakyReLU: 'leakyRelu', ELU: 'elu', PReLU: 'prelu', ThresholdedReLU: 'threshold' };
const PASSES = new Set([
  'Dropout',
  'SpatialDropout1D',
  'Flatten',
  'Reshape',
  'Permute',
  'Add',
  'Average',
  'Concatenate',
  'MaxPooling1D',
  'MaxPooling2D',
  'AveragePooling1D',
  'AveragePooling2D',
  'GlobalAveragePooling1D',
  'GlobalAveragePooling2D',
  'GlobalMaxPooling1D',
  'GlobalMaxPooling2D',
  'ZeroPadding2D',
  'UpSampling2D',
  'InputLayer',
  'RepeatVector',
  'GaussianNoise',
  'AlphaDropout',
]);
const STOPS = new Set(['Multiply', 'Dot', 'Softmax']);

const activationName = (layer) => layer.activation?.constructor.className ?? layer.activation?.getClassName?.();

/** What a layer is to those that look for the next activation, and its own one behind it. */
const stepsOf = (layer) => {
  const kind = layer.getClassName();
  if (kind === 'TimeDistributed') return stepsOf(layer.layer);
  if (kind === 'ReLU')
    return [{ kind: 'activation', name: layer.maxValue === 6 ? 'relu6' : layer.maxValue == null ? 'relu' : 'clippedRelu' }];
  if (ACTIVATION_LAYERS[kind]) return [{ kind: 'activation', name: ACTIVATION_LAYERS[kind] }];
  if (NORMS[kind]) return [{ kind: 'norm', name: NORMS[kind] }];
  if (PASSES.has(kind)) return [{ kind: 'pass' }];
  if (STOPS.has(kind)) return [{ kind: 'stop' }];
  const recurrent = /LSTM|GRU|RNN|Bidirectional/.test(kind);
  const name = recurrent ? 'linear' : activationName(layer);
  const after =
    !name || name === 'linear' ? [] : ACTIVATIONS[name] ? [{ kind: 'activation', name: ACTIVATIONS[name] }] : [{ kind: 'stop' }];
  if (kind === 'Activation') return after.length > 0 ? after : [{ kind: 'pass' }];
  const own = layer.constructor.toString().includes('SerializationMap') || kind in KNOWN || layer.weights.length > 0;
  return [{ kind: own ? 'weighted' : 'opaque' }, ...after];
};
const KNOWN = { Dense: 1, Embedding: 1 };

/** Activations that each layer's weights reach, nearest first; null where a way is not understood. */
const reachOf = (model) => {
  const order = [];
  const seen = new Set();
  const readers = new Map();
  const visit = (layer) => {
    if (seen.has(layer)) return;
    seen.add(layer);
    for (const node of layer.inboundNodes)
      for (const from of node.inboundLayers) {
        if (!model.layers.includes(from) && from.getClassName() !== 'InputLayer') continue;
        readers.set(from, [...(readers.get(from) ?? []), layer]);
        visit(from);
      }
    order.push(layer);
  };
  for (const layer of model.layers) visit(layer);
  const place = new Map(order.map((layer, i) => [layer, i]));
  // What stands behind a layer as a whole, and behind its own first step.
  const before = new Map();
  const through = (step, layer, at, beyond) => {
    if (step.kind === 'activation') return [{ id: place.get(layer) * 4 + at, act: step.name, via: [] }];
    if (step.kind === 'norm')
      return beyond?.map((one) => ({ ...one, via: one.via.includes(step.name) ? one.via : [step.name, ...one.via] })) ?? null;
    if (step.kind === 'pass') return beyond;
    return step.kind === 'opaque' ? null : [];
  };
  const behind = (layer) => {
    let found = [];
    for (const reader of readers.get(layer) ?? []) {
      const reached = reachInto(reader);
      if (reached === null) return null;
      found = [...found, ...reached];
    }
    return [...new Map(found.map((one) => [one.id, one])).values()].sort((a, b) => a.id - b.id).slice(0, 8);
  };
  /** What one who feeds a layer reaches. */
  const reachInto = (layer) => {
    if (before.has(layer)) return before.get(layer);
    before.set(layer, []);
    const steps = stepsOf(layer);
    let beyond = steps.at(-1).kind === 'activation' || steps.at(-1).kind === 'stop' ? [] : behind(layer);
    for (let i = steps.length - 1; i >= 0; i--) beyond = through(steps[i], layer, i, beyond);
    before.set(layer, beyond);
    return beyond;
  };
  return new Map(
    model.layers.map((layer) => {
      const [, after] = stepsOf(layer);
      const next = after ? through(after, layer, 1, []) : behind(layer);
      return [layer, next?.map(({ act, via }) => ({ act, via })) ?? null];
    }),
  );
};

// ── weights ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const product = (sizes) => sizes.reduce((a, b) => a * b, 1);

/** tfjs-layers `computeFans`. */
const fansOf = (shape) => {
  if (shape.length === 2) return { fanIn: shape[0], fanOut: shape[1] };
  if (shape.length < 3) return { fanIn: null, fanOut: null };
  const receptive = product(shape.slice(0, -2));
  return { fanIn: receptive * shape.at(-2), fanOut: receptive * shape.at(-1) };
};

const SKIPPED = new Set(['moving_mean', 'moving_variance']);

/**
 * Variables that no model holds: the suite says by hand which side the samples are on and what the product reaches, as for numpy
 * (numpy.py). They are exported under the name in `real`, or are attributes of the class that the entry is.
 */
const describeVariables = async ({ name, file, entry, real, build = [], weights, biases = [] }) => {
  const path = join(here, '..', file);
  const draws = [];
  for (let seed = 0; seed < SEEDS; seed++) {
    const module = await import(`${pathToFileURL(path).href}?draw=${seed}`);
    draws.push(real ? module[real] : new module[entry](...build));
  }
  const parameters = [...Object.keys(weights), ...biases].map((one) => {
    const { shape, trainable } = draws[0][one];
    const [side, ...reached] = weights[one] ?? [];
    const [fanIn, fanOut] = side === 'rows' ? shape : side === 'columns' ? [...shape].reverse() : [null, null];
    return {
      path: one,
      aliases: [],
      shape,
      fanIn,
      fanOut,
      matrix: side !== undefined,
      ...momentsOf(draws.flatMap((draw) => [...draw[one].dataSync()])),
      trainable,
      next: side === undefined ? null : reached.map((act) => ({ act, via: [] })),
    };
  });
  return { name, file: path, entry, parameters, others: [], notes: [] };
};

const describeModel = async ({ name, file, entry, build = [] }) => {
  const path = join(here, '..', file);
  const module = await import(pathToFileURL(path).href);
  const isClass = /^class\b/.test(Function.prototype.toString.call(module[entry]));
  const make = () => modelOf(isClass ? new module[entry](...build) : module[entry](...build));
  const models = Array.from({ length: SEEDS }, make);
  const [model] = models;
  const reach = reachOf(model);
  const weights = model.layers.flatMap((layer) => layer.weights.map((weight) => ({ layer, weight })));
  const { pathOf, aliasesOf } = namesIn(model);
  const data = models.map((one) => one.layers.flatMap((layer) => layer.weights.map((weight) => weight.read().dataSync())));
  const parameters = weights.map((one, i) => {
    const { layer, weight } = one;
    const shape = weight.shape;
    const matrix = shape.filter((size) => size > 1).length > 1;
    return {
      path: pathOf(one),
      aliases: aliasesOf(one),
      shape,
      ...fansOf(shape),
      matrix,
      ...momentsOf(data.flatMap((values) => [...values[i]])),
      trainable: weight.trainable,
      // Between the two kernels of a separable convolution there is no activation.
      next: !matrix ? null : layer.getClassName() === 'SeparableConv2D' && pathOf(one).endsWith('depthwise_kernel') ? [] : reach.get(layer),
      skipped: SKIPPED.has(weight.originalName.split('/').at(-1)),
    };
  });
  return {
    name,
    file: path,
    entry,
    parameters: parameters.filter((p) => !p.skipped).map(({ skipped: _, ...p }) => p),
    others: parameters.filter((p) => p.skipped).map((p) => p.path),
    notes: [],
  };
};

const lines = [];
for (const model of JSON.parse(readFileSync(options.spec, 'utf8'))) {
  try {
    lines.push(await (model.weights ? describeVariables : describeModel)(model));
  } catch (error) {
    lines.push({ name: model.name, error: String(error.stack ?? error) });
  }
}
writeFileSync(options.out, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
