/** `[layer] * n`: one layer where n were meant. */
import { notedAt, reportNote } from './noted.ts';
import { defineRule } from './rule.ts';

const TORCH = (list: string): string => ['from torch import nn', '', `net = nn.Sequential(*${list}, nn.Linear(64, 1))`, ''].join('\n');

const KERAS = (list: string): string =>
  [
    'import keras',
    'from keras import layers',
    '',
    `hidden = ${list}`,
    'model = keras.Sequential([keras.Input((64,)), *hidden, layers.Dense(10)])',
    '',
  ].join('\n');

export const repeatedModule = defineRule({
  name: 'repeated-module',
  group: 'symmetry',
  tier: 'stable',
  frameworks: ['torch', 'keras', 'flax', 'tfjs', 'numpy'],
  docs: {
    what: 'A list of layers is one layer several times: `[layer] * n`, `Array(n).fill(layer)`.',
    why: 'Multiplying a list repeats references and makes no objects. The n layers share one matrix: a 6 × 64 × 64 stack has 4,096 weights and not 24,576, each of them gets the sum of n gradients, and the signal follows powers of one matrix. Nothing fails, the network is just smaller than it looks.',
    exceptions:
      'Not flagged: layers without weights (activations, dropout), lists that the network calls once only, comprehensions over one layer, which say that it is shared. Where sharing is meant (Universal Transformers, ALBERT) a loop over one attribute says so.',
    severity: 'A warning.',
    fix: 'Writes a comprehension that makes a layer each time, where the list holds the call that makes it (changes training).',
    references: [
      'Python documentation: "items in the sequence s are not copied; they are referenced multiple times"',
      'Lan et al. 2019, ALBERT, arXiv:1909.11942',
    ],
  },
  examples: [
    {
      framework: 'torch',
      bad: TORCH('[nn.Sequential(nn.Linear(64, 64), nn.Tanh())] * 2'),
      good: TORCH('[nn.Sequential(nn.Linear(64, 64), nn.Tanh()) for _ in range(2)]'),
    },
    {
      framework: 'keras',
      bad: KERAS("[layers.Dense(64, activation='relu', kernel_initializer='he_normal')] * 4"),
      good: KERAS("[layers.Dense(64, activation='relu', kernel_initializer='he_normal') for _ in range(4)]"),
    },
  ],
  check: (context) => {
    const uses = new Map<number, number>();
    for (const { params } of context.network.nodes)
      for (const storage of new Set(params.map((p) => p.storage))) uses.set(storage, (uses.get(storage) ?? 0) + 1);
    for (const noted of notedAt(context, 'repeated-module')) {
      const { first } = noted;
      if ((uses.get(first.storage ?? -1) ?? 0) < 2) continue;
      reportNote(context, noted, {
        severity: 'warning',
        message: first.message,
        intents: [{ kind: 'edit', title: 'Make a layer for each entry', safe: false, changes: [{ kind: 'repeatCall', span: first.span }] }],
      });
    }
  },
});
