/** A softmax between two layers. */

import type { Network, Node } from '../network/network.ts';
import { isNumber } from '../network/scalar.ts';
import { lasagneTraining } from './examples.ts';
import { number } from './figures.ts';
import { drawBefore } from './recommendation.ts';
import { defineRule } from './rule.ts';
import { layerBefore } from './softmax-one-unit.ts';
import { consumersOf, isLayer, normKind } from './topology.ts';

/** Whether everything that reads a node is another dense layer, behind dropout or a norm. */
const feedsLayers = (network: Network, consumers: readonly (readonly number[])[], node: Node): boolean => {
  const readers = (consumers[node.id] ?? []).map((id) => network.nodes[id] as Node);
  return (
    readers.length > 0 &&
    !network.outputs.includes(node.id) &&
    readers.every((reader) =>
      reader.op.kind === 'dropout' || reader.op.kind === 'identity' || normKind(reader.op) !== null
        ? feedsLayers(network, consumers, reader)
        : reader.op.kind === 'dense' && isLayer(reader),
    )
  );
};

const torch = (activation: string): string =>
  [
    'from torch import nn',
    '',
    `model = nn.Sequential(nn.Linear(64, 32), ${activation}, nn.Linear(32, 10))`,
    'for layer in (model[0], model[2]):',
    '    nn.init.xavier_uniform_(layer.weight)',
    '',
  ].join('\n');

const keras = (activation: string): string =>
  [
    'import keras',
    'from keras import layers',
    '',
    'model = keras.Sequential([',
    '    keras.Input((64,)),',
    `    layers.Dense(32, activation='${activation}'),`,
    '    layers.Dense(10),',
    '])',
    '',
  ].join('\n');

export const hiddenSoftmax = defineRule({
  name: 'hidden-softmax',
  group: 'activation',
  tier: 'stable',
  docs: {
    what: 'A softmax is the activation of a hidden layer.',
    why: [
      'The outputs of a softmax add up to 1, so n units have n − 1 degrees of freedom and a mean of 1/n each: the next layer’s sum over them has a variance of about Var(W)/n instead of n·Var(W), and all that tells two samples apart is smaller still.',
      'The derivative of each unit, p(1 − p), is about 1/n.',
    ].join(' '),
    exceptions:
      'Not flagged: a softmax that weighs something (attention, mixtures of experts), that is also an output, or that works on sequences or images. A softmax that is meant to choose among rows of a table is an embedding of soft indices: ignore the finding there.',
    references: [
      'Goodfellow, Bengio & Courville 2016, Deep Learning, §6.2.2.3: softmax is used inside the model only to choose among options',
    ],
    severity: 'Warning.',
    fix: 'Uses ReLU, and draws the weights before it for it. It changes training, and its title says so.',
  },
  examples: [
    { framework: 'torch', bad: torch('nn.Softmax(dim=1)'), good: torch('nn.Tanh()') },
    { framework: 'keras', bad: keras('softmax'), good: keras('tanh') },
    {
      framework: 'lasagne',
      bad: lasagneTraining(
        ['DenseLayer(network, 32, nonlinearity=lasagne.nonlinearities.softmax)', 'DenseLayer(network, 10, nonlinearity=softmax)'],
        'categorical_crossentropy',
      ),
      good: lasagneTraining(
        ['DenseLayer(network, 32, nonlinearity=tanh)', 'DenseLayer(network, 10, nonlinearity=softmax)'],
        'categorical_crossentropy',
      ),
    },
  ],
  check: ({ network, facts, report }) => {
    const consumers = consumersOf(network);
    for (const node of network.nodes) {
      const { op, shape } = node;
      if (op.kind !== 'softmax' || shape?.length !== 2 || facts.isGate(node)) continue;
      const layer = layerBefore(network, node);
      if (!layer || !feedsLayers(network, consumers, node)) continue;
      const draws = drawBefore('relu', layer);
      const units = shape.at(-1);
      const size =
        isNumber(units) && units > 1 ? `its ${units} units add up to 1, about ${number(1 / units)} each` : 'its units add up to 1';
      report({
        span: node.nameSpan,
        severity: 'warning',
        message: `Softmax between two layers: ${size}, and hand on little signal and gradient`,
        related: [],
        explains: [],
        intents: op.log
          ? []
          : [
              {
                kind: 'edit',
                title: 'Use ReLU',
                safe: false,
                changes: [{ kind: 'replaceActivation', span: node.span, name: node.nameSpan, from: 'softmax', to: 'relu' }],
                ...(draws ? { draws } : {}),
              },
            ],
      });
    }
  },
});
