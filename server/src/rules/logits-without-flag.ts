/** The plain output of a layer under a loss that takes probabilities. */
import type { Change, FixIntent } from '../network/intent.ts';
import type { Loss } from '../network/training.ts';
import { kerasTraining, lasagneTraining, tfjsTraining, torchTraining } from './examples.ts';
import { appliedLosses, isPlainOutput, type LastOperation, layerName } from './losses.ts';
import { defineRule } from './rule.ts';

/** A ReLU in the sigmoid's or softmax's place: 0 has no logarithm either, and nothing keeps the rest below 1. */
const isRelu = ({ op, node }: LastOperation): boolean => op.kind === 'activation' && op.name === 'relu' && node !== null;

const instead = (loss: Loss, last: LastOperation): readonly FixIntent[] => {
  const to = loss.kind === 'binaryCrossEntropy' ? 'sigmoid' : 'softmax';
  const changes: readonly Change[] = [{ kind: 'replaceActivation', span: last.span, name: last.nameSpan, from: 'relu', to }];
  return [{ kind: 'edit', title: `Use a ${to} in the ReLU's place`, safe: false, changes }];
};

const intentsFor = (loss: Loss, last: LastOperation): readonly FixIntent[] => {
  const activation = loss.kind === 'binaryCrossEntropy' ? 'sigmoid' : 'softmax';
  const takeLogits: Change = { kind: 'takeLogits', span: loss.span, ...(loss.call ? { call: loss.call } : {}) };
  return [
    { kind: 'edit', title: 'Use the loss of logits', safe: false, changes: [takeLogits] },
    ...(last.node && loss.takes === 'probabilities'
      ? [
          {
            kind: 'edit' as const,
            title: `Give the last layer a ${activation}`,
            safe: false,
            changes: [{ kind: 'addActivation' as const, call: last.node.span, activation }],
          },
        ]
      : []),
  ];
};

export const logitsWithoutFlag = defineRule({
  name: 'logits-without-flag',
  group: 'training',
  tier: 'stable',
  frameworks: ['torch', 'keras', 'tfjs', 'lasagne'],
  docs: {
    what: 'A loss that takes probabilities, or their logarithms, is given the plain output of a layer, or that of a ReLU.',
    why: [
      'Cross-entropy takes the logarithm of a probability. The plain output of a layer is as often negative as positive: PyTorch raises an error, Keras and TensorFlow.js clip to [10⁻⁷, 1 − 10⁻⁷], where the gradient is 0, so about half of the outputs of a new network learn nothing.',
      'A ReLU is no sigmoid: its zeros have no logarithm and no gradient, and nothing keeps it below 1.',
      'Negative log-likelihood of a plain output z is −z: it falls without bound while the outputs grow.',
    ].join(' '),
    exceptions:
      'Not flagged: an output behind anything that is not known to be linear, and a flag (`from_logits`) whose value is not known.',
    references: [
      'Goodfellow, Bengio & Courville 2016, Deep Learning, §6.2.2',
      'Keras documentation, BinaryCrossentropy and CategoricalCrossentropy: from_logits',
    ],
    severity: 'Error: the loss is not defined on what it gets.',
    fix: 'Uses the loss of the same targets that takes logits, sets `from_logits=True`, or gives the last layer the activation that is missing. It changes training, and its title says so.',
  },
  examples: [
    {
      framework: 'torch',
      bad: torchTraining('nn.Linear(64, 1)', 'nn.BCELoss()'),
      good: torchTraining('nn.Linear(64, 1)', 'nn.BCEWithLogitsLoss()'),
    },
    {
      framework: 'keras',
      bad: kerasTraining('layers.Dense(10)', "'categorical_crossentropy'"),
      good: kerasTraining("layers.Dense(10, activation='softmax')", "'categorical_crossentropy'"),
    },
    {
      framework: 'tfjs',
      bad: tfjsTraining(['units: 10'], "'categoricalCrossentropy'"),
      good: tfjsTraining(["units: 10, activation: 'softmax'"], "'categoricalCrossentropy'"),
    },
    {
      framework: 'lasagne',
      bad: lasagneTraining(['DenseLayer(network, 10, nonlinearity=None)'], 'categorical_crossentropy'),
      good: lasagneTraining(['DenseLayer(network, 10, nonlinearity=softmax)'], 'categorical_crossentropy'),
    },
  ],
  check: ({ network, report }) => {
    for (const { loss, last } of appliedLosses(network)) {
      if (loss.takes === 'probabilities' && isRelu(last)) {
        report({
          span: loss.span,
          severity: 'error',
          message: `${loss.name} gets a ReLU, not probabilities: about half are 0 and learn nothing`,
          related: [{ span: last.nameSpan, message: 'The output is made here' }],
          explains: [],
          intents: instead(loss, last),
        });
        continue;
      }
      if ((loss.takes !== 'probabilities' && loss.takes !== 'logProbabilities') || !isPlainOutput(network, last)) continue;
      report({
        span: loss.span,
        severity: 'error',
        message:
          loss.takes === 'probabilities'
            ? `${loss.name} gets logits, not probabilities: about half are below 0 and have no logarithm`
            : `${loss.name} gets logits z, not log-probabilities: the loss is −z and falls without bound`,
        related: [{ span: last.nameSpan, message: `${layerName(network, last)} makes the logits` }],
        explains: [],
        intents: intentsFor(loss, last),
      });
    }
  },
});
