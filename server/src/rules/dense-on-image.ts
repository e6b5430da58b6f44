/** An image that is flattened straight into a wide dense layer. */
import type { Node } from '../network/network.ts';
import { isNumber } from '../network/scalar.ts';
import { amount } from './figures.ts';
import { defineRule, type RuleContext } from './rule.ts';

/** Smallest side that counts as an image. */
const SIDE = 16;
/** Weights of a dense layer from which a convolution would save most. */
const MANY = 50_000;

/** Height and width of an input of images; null for anything else. */
const imageOf = (node: Node | undefined): readonly [number, number] | null => {
  if (node?.op.kind !== 'input' || node.op.integer || !node.shape) return null;
  const sizes = node.shape.slice(1).filter((size): size is number => isNumber(size) && size > 4);
  const [height, width] = sizes;
  const known = node.shape.slice(1).every((size) => isNumber(size));
  return known && sizes.length === 2 && height !== undefined && width !== undefined && height >= SIDE && width === height
    ? [height, width]
    : null;
};

const PASSING = new Set(['identity', 'dropout', 'affine', 'batchNorm', 'layerNorm', 'scale', 'shift']);

const sourceOf = ({ network }: RuleContext, node: Node): Node | undefined => {
  let from = network.nodes[node.inputs[0] ?? -1];
  let flattened = false;
  while (from && (PASSING.has(from.op.kind) || from.op.kind === 'flatten' || from.op.kind === 'reshape')) {
    flattened ||= from.op.kind === 'flatten' || from.op.kind === 'reshape';
    from = network.nodes[from.inputs[0] ?? -1];
  }
  return flattened ? from : undefined;
};

export const denseOnImage = defineRule({
  name: 'dense-on-image',
  group: 'activation',
  tier: 'preview',
  frameworks: ['keras', 'tfjs'],
  docs: {
    what: 'A flattened image goes straight into a wide dense layer.',
    why: 'A dense layer on h·w pixels has a weight for every pixel and unit and knows nothing of which pixels are neighbours; a convolution shares a few weights over all places, has a fan-in of a few dozen instead of thousands, and is easier to start and to train.',
    exceptions:
      'A hint only. Not flagged: images under 16×16, dense layers under 50,000 weights, inputs whose shape is not known (in PyTorch it rarely is), anything behind a convolution. Small benchmarks and MLP-Mixers do it on purpose.',
    severity: 'A hint.',
    references: ['LeCun, Bottou, Bengio & Haffner 1998, Gradient-Based Learning Applied to Document Recognition, §II.A'],
  },
  examples: [
    {
      framework: 'keras',
      bad: [
        'import keras',
        'from keras import layers',
        '',
        'model = keras.Sequential([',
        '    keras.Input((64, 64, 3)),',
        '    layers.Flatten(),',
        "    layers.Dense(128, activation='tanh'),",
        '    layers.Dense(10),',
        '])',
        '',
      ].join('\n'),
      good: [
        'import keras',
        'from keras import layers',
        '',
        'model = keras.Sequential([',
        '    keras.Input((64, 64, 3)),',
        "    layers.Conv2D(32, 3, strides=2, activation='tanh'),",
        '    layers.GlobalAveragePooling2D(),',
        '    layers.Dense(10),',
        '])',
        '',
      ].join('\n'),
    },
    {
      framework: 'tfjs',
      bad: [
        "import * as tf from '@tensorflow/tfjs';",
        '',
        'const model = tf.sequential();',
        'model.add(tf.layers.flatten({ inputShape: [64, 64, 3] }));',
        "model.add(tf.layers.dense({ units: 128, activation: 'tanh' }));",
        'model.add(tf.layers.dense({ units: 10 }));',
        '',
      ].join('\n'),
      good: [
        "import * as tf from '@tensorflow/tfjs';",
        '',
        'const model = tf.sequential();',
        "model.add(tf.layers.conv2d({ inputShape: [64, 64, 3], filters: 32, kernelSize: 3, strides: 2, activation: 'tanh' }));",
        'model.add(tf.layers.globalAveragePooling2d({}));',
        'model.add(tf.layers.dense({ units: 10 }));',
        '',
      ].join('\n'),
    },
  ],
  check: (context) => {
    for (const layer of context.facts.layers) {
      if (layer.op.kind !== 'dense') continue;
      const { inFeatures, outFeatures } = layer.op;
      if (!isNumber(inFeatures) || !isNumber(outFeatures) || inFeatures * outFeatures < MANY) continue;
      const image = imageOf(sourceOf(context, layer));
      if (image === null) continue;
      context.report({
        severity: 'hint',
        span: layer.nameSpan,
        message: `${amount(inFeatures * outFeatures)} weights see a ${image[0]}×${image[1]} image without its neighbourhoods; a convolution shares a few dozen`,
        related: [],
        intents: [],
        explains: [],
      });
    }
  },
});
