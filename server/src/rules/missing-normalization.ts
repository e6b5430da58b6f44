/** A deep stack without normalisation and without skip connections. */

import { kerasLoop, lasagneStack, torchStack } from './examples.ts';
import type { Run } from './facts.ts';
import { defineRule } from './rule.ts';

/** Layers of a run from which on a stack counts as deep: between He et al.'s plain nets of 18 layers, which trained, and of 34, which trained worse. */
const DEEP = 24;

/** Activations that keep mean and variance themselves, and those of coordinate networks, which normalisation would disturb. */
const SELF_NORMALISING: ReadonlySet<string> = new Set(['selu', 'sin']);

export const missingNormalization = defineRule({
  name: 'missing-normalization',
  group: 'training',
  tier: 'stable',
  docs: {
    what: 'Twenty-four or more weight layers follow each other without a normalisation and without a skip connection.',
    why: [
      'Initialization sets the scale of the signal for the first step only; in training nothing keeps it, and what one layer changes all layers above must follow.',
      'Normalisation layers keep it, and skip connections keep a path on which nothing is lost. Plain nets of 34 layers reach a worse training error than those of 18, though their signals do not vanish (He et al. 2016, Fig. 4).',
    ].join(' '),
    exceptions:
      'Not flagged: SELU nets, which normalise themselves, networks of sines, pretrained weights, stacks that a norm or a skip connection interrupts, stacks whose initializer is flagged already (one cause, one finding), networks that could not be followed to their end.',
    references: [
      'Ioffe & Szegedy 2015, Batch Normalization, arXiv:1502.03167',
      'He, Zhang, Ren & Sun 2016, Deep Residual Learning, arXiv:1512.03385, §4.1 and Fig. 4',
    ],
    severity: 'Hint, whatever the figures: those of the initialization have rules of their own.',
    fix: 'There is none: which normalisation fits depends on the data and on the batch.',
  },
  examples: [
    {
      framework: 'torch',
      bad: torchStack({ depth: 32, init: "nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')", activation: 'torch.relu($)' }),
      good: torchStack({ depth: 6, init: "nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')", activation: 'torch.relu($)' }),
    },
    {
      framework: 'keras',
      bad: kerasLoop(["layers.Dense(256, activation='relu', kernel_initializer='he_normal')"], 32),
      good: kerasLoop(
        ["layers.Dense(256, use_bias=False, kernel_initializer='he_normal')", 'layers.BatchNormalization()', 'layers.ReLU()'],
        16,
      ),
    },
    {
      framework: 'lasagne',
      bad: lasagneStack("DenseLayer(network, 256, W=lasagne.init.HeNormal(gain='relu'))", 32),
      good: lasagneStack("DenseLayer(network, 256, W=lasagne.init.HeNormal(gain='relu'))", 6),
    },
  ],
  check: ({ network, facts, report, explained }) => {
    if (!network.complete) return;
    const plain = facts.runs.filter(
      (run) =>
        run.length >= DEEP &&
        !run.layers.some((layer) => explained.has(layer.id)) &&
        run.layers.every((layer) => !facts.isNormalised(layer) && facts.weight(layer)?.loaded !== true) &&
        !run.layers.some((layer) => facts.next(layer).some((next) => SELF_NORMALISING.has(next.name))),
    );
    const deepest = plain.reduce<Run | null>((best, run) => (best && best.length >= run.length ? best : run), null);
    if (!deepest) return;
    report({
      span: network.nameSpan,
      severity: 'hint',
      message: `${deepest.length} weight layers in a row without a normalisation or a skip: only the initializer keeps the signal’s scale`,
      related: [{ span: (deepest.layers[0] ?? network).nameSpan, message: 'The first of them' }],
      explains: [],
      intents: [],
    });
  },
});
