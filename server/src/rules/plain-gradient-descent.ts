/** Gradient descent without momentum on a deep net without normalisation. */

import { kerasTraining, lasagneTraining } from './examples.ts';
import { defineRule } from './rule.ts';

/** Layers of a run that make a net deep. */
const DEEP = 5;

const torch = (optimizer: string, depth = 8): string =>
  [
    'import torch',
    'from torch import nn',
    '',
    `model = nn.Sequential(*[layer for _ in range(${depth}) for layer in (nn.Linear(256, 256), nn.ReLU())], nn.Linear(256, 10))`,
    'for layer in model:',
    '    if isinstance(layer, nn.Linear):',
    "        nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')",
    `optimizer = ${optimizer}`,
    '',
  ].join('\n');

const deepKeras =
  "*[layers.Dense(64, activation='relu', kernel_initializer='he_normal') for _ in range(8)], layers.Dense(10, activation='softmax')";

const deepLasagne = [
  ...Array.from({ length: 8 }, () => "DenseLayer(network, 64, W=lasagne.init.HeNormal(gain='relu'))"),
  'DenseLayer(network, 10, nonlinearity=softmax)',
];

export const plainGradientDescent = defineRule({
  name: 'plain-gradient-descent',
  group: 'training',
  tier: 'stable',
  // By hand an optimizer has no name: whether `v` of `W += v` adds up gradients is not followed.
  frameworks: ['torch', 'keras', 'tfjs', 'lasagne', 'flax'],
  docs: {
    what: 'Gradient descent without momentum trains five or more layers that have no normalisation or skip connection among them.',
    why: [
      'A deep net without normalisation is badly conditioned: some directions are far steeper than others, and the learning rate that the steepest bears is too small for the rest.',
      'Momentum μ adds up about 1/(1 − μ) gradients of directions that stay (10 for μ = 0.9) while oscillations cancel; its rate of convergence depends on √κ instead of κ. RMSprop and Adam divide every weight’s gradient by its own size.',
    ].join(' '),
    exceptions: 'Not flagged: shallow, normalised or residual nets, and an optimizer whose momentum is not known.',
    references: [
      'Sutskever, Martens, Dahl & Hinton 2013, On the importance of initialization and momentum in deep learning, §2',
      'Kingma & Ba 2015, Adam, arXiv:1412.6980',
    ],
    severity: 'Hint.',
    fix: 'Sets a momentum of 0.9. It changes training, and its title says so.',
  },
  examples: [
    {
      framework: 'torch',
      bad: torch('torch.optim.SGD(model.parameters(), lr=0.01)'),
      good: torch('torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)'),
    },
    {
      framework: 'keras',
      bad: kerasTraining(deepKeras, "'categorical_crossentropy'", "'sgd'"),
      good: kerasTraining(deepKeras, "'categorical_crossentropy'"),
    },
    {
      framework: 'lasagne',
      bad: lasagneTraining(deepLasagne, 'categorical_crossentropy', 'sgd(loss, params, learning_rate=0.01)'),
      good: lasagneTraining(deepLasagne, 'categorical_crossentropy', 'momentum(loss, params, learning_rate=0.01)'),
    },
  ],
  check: ({ network, facts, report }) => {
    const { optimizer } = network.training;
    if (optimizer?.name !== 'SGD' || optimizer.momentum !== 0 || !network.complete) return;
    const depth = Math.max(
      0,
      ...facts.runs.filter((run) => run.layers.every((layer) => !facts.isNormalised(layer))).map((run) => run.length),
    );
    if (depth < DEEP) return;
    report({
      span: optimizer.span,
      severity: 'hint',
      message: `Gradient descent without momentum over ${depth} layers without a normalisation; momentum 0.9 adds up about 10 gradients`,
      related: [],
      explains: [],
      intents: optimizer.call
        ? [
            {
              kind: 'edit',
              title: 'Use momentum 0.9',
              safe: false,
              changes: [{ kind: 'addMomentum', call: optimizer.call, span: optimizer.span, value: 0.9 }],
            },
          ]
        : [],
    });
  },
});
