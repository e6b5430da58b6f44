/** A squared error over probabilities of classes. */
import { kerasTraining, lasagneTraining, torchTraining } from './examples.ts';
import { appliedLosses, classesOf, isReconstruction } from './losses.ts';
import { defineRule } from './rule.ts';

export const mseForClassification = defineRule({
  name: 'mse-for-classification',
  group: 'training',
  tier: 'stable',
  // By hand, over arrays, neither the loss nor the optimizer has a name.
  frameworks: ['torch', 'keras', 'tfjs', 'lasagne', 'flax'],
  docs: {
    what: 'A classifier whose outputs are probabilities (a softmax, or a sigmoid that is judged by its accuracy) is trained with a squared error.',
    why: [
      'The gradient of cross-entropy with respect to a logit is p − y: largest where the network is sure and wrong.',
      'A squared error has the derivative of the sigmoid in front, 2(p − y)·p(1 − p): at p = 0.01 for a positive that is ×0.02 of it, and it goes to 0 as the network becomes surer. For a softmax it is 2p_k·Σ_j (p_j − y_j)(δ_jk − p_j): between ×0.02 and ×0.04 there, before it is averaged over the classes.',
    ].join(' '),
    exceptions:
      'Not flagged: autoencoders and other networks whose output has the size of their input, targets that another network computes (distillation, consistency), a sigmoid of which nothing says that its output is a class: values in [0, 1] may be regressed.',
    references: [
      'Golik, Doetsch & Ney 2013, Cross-entropy vs. squared error training: a theoretical and experimental comparison',
      'Goodfellow, Bengio & Courville 2016, Deep Learning, §6.2.2.2',
    ],
    severity: 'Information: it trains, from a new network as a rule more slowly and to a worse minimum.',
    fix: 'There is none: how targets are encoded decides which cross-entropy is meant.',
  },
  examples: [
    {
      framework: 'torch',
      bad: torchTraining('nn.Linear(64, 10), nn.Softmax(dim=1)', 'nn.MSELoss()'),
      good: torchTraining('nn.Linear(64, 10)', 'nn.CrossEntropyLoss()'),
    },
    {
      framework: 'keras',
      bad: kerasTraining("layers.Dense(10, activation='softmax')", "'mse'"),
      good: kerasTraining("layers.Dense(10, activation='softmax')", "'categorical_crossentropy'"),
    },
    {
      framework: 'lasagne',
      bad: lasagneTraining(['DenseLayer(network, 10, nonlinearity=softmax)'], 'squared_error'),
      good: lasagneTraining(['DenseLayer(network, 10, nonlinearity=softmax)'], 'categorical_crossentropy'),
    },
  ],
  check: ({ network, report }) => {
    for (const { loss, last } of appliedLosses(network)) {
      if (loss.kind !== 'squaredError' || loss.taught || isReconstruction(network)) continue;
      const isSoftmax = last.op.kind === 'softmax' && !last.op.log && classesOf(network, loss, last) !== 1;
      const isSigmoid = last.op.kind === 'activation' && last.op.name === 'sigmoid' && network.training.accuracy === true;
      if (!isSoftmax && !isSigmoid) continue;
      report({
        span: loss.span,
        severity: 'information',
        message: `${loss.name} over a ${isSoftmax ? 'softmax' : 'sigmoid'}: at p = 0.01 for the true class its gradient is ${isSoftmax ? '×0.04' : '×0.02'} of cross-entropy’s`,
        related: [{ span: last.nameSpan, message: 'The probabilities are made here' }],
        explains: [],
        intents: [],
      });
    }
  },
});
