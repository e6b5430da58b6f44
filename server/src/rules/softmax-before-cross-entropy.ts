/** A softmax whose result a loss takes for logits, and a probability where its logarithm is asked for. */
import type { Change } from '../network/intent.ts';
import { flaxTraining, kerasTraining, tfjsTraining, torchTraining } from './examples.ts';
import { appliedLosses, classesOf, leastText } from './losses.ts';
import { defineRule } from './rule.ts';

export const softmaxBeforeCrossEntropy = defineRule({
  name: 'softmax-before-cross-entropy',
  group: 'training',
  tier: 'stable',
  frameworks: ['torch', 'keras', 'tfjs', 'flax'],
  docs: {
    what: 'A loss that applies the softmax itself is given what a softmax gave, or one that takes log-probabilities is given probabilities.',
    why: [
      'Cross-entropy of logits z is −log softmax(z)_y. Probabilities in the place of z lie in [0, 1], so the best that they can say is one 1 among zeros.',
      'The second softmax then gives e/(e + C − 1), and the loss cannot fall below log(1 + (C − 1)/e): 1.46 for 10 classes and 5.9 for 1000. Its gradient passes through two softmaxes and shrinks with both.',
      'Negative log-likelihood of a probability instead of its logarithm is −p: it has no pole at 0, so a class that was ruled out costs no more than one that is undecided.',
    ].join(' '),
    exceptions:
      'Not flagged: a softmax that is only used for a prediction while the loss takes the logits, losses over something that cannot be followed. A log-softmax before such a loss changes nothing and is a hint.',
    references: [
      'Goodfellow, Bengio & Courville 2016, Deep Learning, §6.2.2.3',
      'PyTorch documentation, CrossEntropyLoss: the input is expected to contain the unnormalized logits',
    ],
    severity: 'Warning: it trains, but cannot reach the loss it would reach without. Hint where the second softmax changes nothing.',
    fix: 'Leaves the softmax out, so that the loss gets the logits; the model then gives logits too. It changes training, and its title says so; leaving out a log-softmax changes nothing.',
  },
  examples: [
    {
      framework: 'torch',
      bad: torchTraining('nn.Linear(64, 10), nn.Softmax(dim=1)', 'nn.CrossEntropyLoss()'),
      good: torchTraining('nn.Linear(64, 10)', 'nn.CrossEntropyLoss()'),
    },
    {
      framework: 'keras',
      bad: kerasTraining("layers.Dense(10, activation='softmax')", 'keras.losses.SparseCategoricalCrossentropy(from_logits=True)'),
      good: kerasTraining('layers.Dense(10)', 'keras.losses.SparseCategoricalCrossentropy(from_logits=True)'),
    },
    {
      framework: 'tfjs',
      bad: tfjsTraining(["units: 10, activation: 'softmax'"], 'tf.losses.softmaxCrossEntropy'),
      good: tfjsTraining(['units: 10'], 'tf.losses.softmaxCrossEntropy'),
    },
    {
      framework: 'flax',
      bad: flaxTraining('nn.softmax(nn.Dense(10)(x))', 'optax.softmax_cross_entropy(logits, y).mean()'),
      good: flaxTraining('nn.Dense(10)(x)', 'optax.softmax_cross_entropy(logits, y).mean()'),
    },
  ],
  check: ({ network, report }) => {
    for (const { loss, last } of appliedLosses(network)) {
      if (last.op.kind !== 'softmax' || loss.kind !== 'crossEntropy') continue;
      const { log } = last.op;
      const leaveOut: Change = { kind: 'leaveOut', span: last.span, name: last.nameSpan };
      const found = {
        span: last.nameSpan,
        related: [{ span: loss.span, message: `${loss.name} is applied to it` }],
        explains: [],
      };
      if (loss.takes === 'logits' && log)
        report({
          ...found,
          severity: 'hint',
          message: `${loss.name} applies log-softmax itself, which gives log-probabilities back`,
          intents: [{ kind: 'edit', title: 'Leave out the log-softmax, which the loss applies', safe: true, changes: [leaveOut] }],
          tags: ['unnecessary'],
        });
      else if (loss.takes === 'logits') {
        const classes = classesOf(network, loss, last);
        const bound =
          classes === null
            ? 'on probabilities the loss stays far above 0'
            : `on ${classes} probabilities the loss stays above ${leastText(classes)}`;
        report({
          ...found,
          severity: 'warning',
          message: `${loss.name} applies softmax itself: ${bound}`,
          intents: [{ kind: 'edit', title: 'Leave out the softmax, which the loss applies', safe: false, changes: [leaveOut] }],
        });
      } else if (loss.takes === 'logProbabilities' && !log) {
        const [from, to] = last.label === 'Softmax' ? ['Softmax', 'LogSoftmax'] : ['softmax', 'log_softmax'];
        report({
          ...found,
          severity: 'warning',
          message: `${loss.name} takes log-probabilities: of a probability p it makes −p, between −1 and 0, and punishes no wrong class`,
          intents: [
            {
              kind: 'edit',
              title: 'Take the logarithm: log-softmax',
              safe: false,
              changes: [{ kind: 'replaceName', span: last.nameSpan, from, to }],
            },
          ],
        });
      }
    }
  },
});
