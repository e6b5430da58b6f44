/** A sigmoid whose result a loss takes for logits. */
import { flaxTraining, kerasTraining, tfjsTraining, torchTraining } from './examples.ts';
import { appliedLosses, classesOf, leastText } from './losses.ts';
import { defineRule } from './rule.ts';

export const sigmoidWithLogitsLoss = defineRule({
  name: 'sigmoid-with-logits-loss',
  group: 'training',
  tier: 'stable',
  frameworks: ['torch', 'keras', 'tfjs', 'flax'],
  docs: {
    what: 'A loss that applies the sigmoid (or the softmax) itself is given what a sigmoid gave.',
    why: [
      'Binary cross-entropy of a logit z is log(1 + e⁻ᶻ) for a positive and log(1 + eᶻ) for a negative. A sigmoid’s result in the place of z lies in (0, 1):',
      'the loss cannot fall below log(1 + 1/e) = 0.31 for a positive and log 2 = 0.69 for a negative, and predictions stay between σ(0) = 0.5 and σ(1) = 0.73.',
    ].join(' '),
    exceptions: 'Not flagged: a sigmoid that is only used for a prediction while the loss takes the logits, gates inside of the network.',
    references: ['Goodfellow, Bengio & Courville 2016, Deep Learning, §6.2.2.2', 'PyTorch documentation, BCEWithLogitsLoss'],
    severity: 'Warning: it trains, but cannot reach the loss it would reach without.',
    fix: 'Leaves the sigmoid out, so that the loss gets the logits; the model then gives logits too. It changes training, and its title says so.',
  },
  examples: [
    {
      framework: 'torch',
      bad: torchTraining('nn.Linear(64, 1), nn.Sigmoid()', 'nn.BCEWithLogitsLoss()'),
      good: torchTraining('nn.Linear(64, 1)', 'nn.BCEWithLogitsLoss()'),
    },
    {
      framework: 'keras',
      bad: kerasTraining("layers.Dense(1, activation='sigmoid')", 'keras.losses.BinaryCrossentropy(from_logits=True)'),
      good: kerasTraining('layers.Dense(1)', 'keras.losses.BinaryCrossentropy(from_logits=True)'),
    },
    {
      framework: 'tfjs',
      bad: tfjsTraining(["units: 1, activation: 'sigmoid'"], 'tf.losses.sigmoidCrossEntropy'),
      good: tfjsTraining(['units: 1'], 'tf.losses.sigmoidCrossEntropy'),
    },
    {
      framework: 'flax',
      bad: flaxTraining('nn.sigmoid(nn.Dense(1)(x))', 'optax.sigmoid_binary_cross_entropy(logits, y).mean()'),
      good: flaxTraining('nn.Dense(1)(x)', 'optax.sigmoid_binary_cross_entropy(logits, y).mean()'),
    },
  ],
  check: ({ network, report }) => {
    for (const { loss, last } of appliedLosses(network)) {
      if (last.op.kind !== 'activation' || last.op.name !== 'sigmoid' || loss.takes !== 'logits') continue;
      const classes = classesOf(network, loss, last);
      const bound =
        loss.kind === 'binaryCrossEntropy'
          ? 'the loss stays above 0.31 (0.69 for negatives)'
          : `the loss stays above ${classes === null || classes < 2 ? 'that of logits 0 and 1' : leastText(classes)}`;
      const applies = loss.kind === 'binaryCrossEntropy' ? 'sigmoid' : 'softmax';
      report({
        span: last.nameSpan,
        severity: 'warning',
        message: `${loss.name} applies ${applies} itself: after a sigmoid ${bound}`,
        related: [{ span: loss.span, message: `${loss.name} is applied to it` }],
        explains: [],
        intents: [
          {
            kind: 'edit',
            title: 'Leave out the sigmoid: the loss takes logits',
            safe: false,
            changes: [{ kind: 'leaveOut', span: last.span, name: last.nameSpan }],
          },
        ],
      });
    }
  },
});
