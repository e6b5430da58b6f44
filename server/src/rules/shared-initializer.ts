/** Layers of one shape that draw from one seed: they start equal. */
import type { FixIntent } from '../network/intent.ts';
import { placeOf } from './cases.ts';
import { count } from './figures.ts';
import { type Noted, notedAt, reportNote, textIn } from './noted.ts';
import { defineRule } from './rule.ts';

const intentsFor = ({ first, all }: Noted): readonly FixIntent[] => {
  if (first.data?.seeded === true || first.other === undefined) return [];
  const { other } = first;
  const places = new Map(all.map((note) => [placeOf(note.span), note.span]));
  // Written at the layer already: one call in a loop makes an instance each time.
  const spans = [...places.values()].filter((span) => placeOf(span) !== placeOf(other));
  if (spans.length === 0) return [];
  return [
    {
      kind: 'edit',
      title: 'Give each layer an initializer of its own',
      safe: false,
      changes: spans.map((span) => ({ kind: 'copyText', span, from: other })),
    },
  ];
};

const tfjs = (first: string, second: string): string =>
  [
    "import * as tf from '@tensorflow/tfjs';",
    '',
    'const model = tf.sequential();',
    ...[first, second].map(
      (config) =>
        `model.add(tf.layers.dense({ inputShape: [64], units: 64, activation: 'tanh', kernelInitializer: tf.initializers.glorotNormal({ ${config} }) }));`,
    ),
    'model.add(tf.layers.dense({ units: 10 }));',
    '',
  ].join('\n');

export const sharedInitializer = defineRule({
  name: 'shared-initializer',
  group: 'symmetry',
  tier: 'stable',
  frameworks: ['keras', 'tfjs'],
  docs: {
    what: 'One initializer instance, or one seed, draws the weights of several layers of the same shape.',
    why: 'Keras fixes the seed of an initializer when the object is made, and each call starts from it again: layers of equal shape start with equal weights, Corr(W₁, W₂) = 1. Every analysis of initial weights, and the variance that a scheme promises for a product W₂W₁, assumes independent draws: the products W² of equal matrices have other singular values, and parallel branches that start equal compute the same features.',
    exceptions:
      'Not flagged: layers of other shapes; constants, zeros and ones; TensorFlow 1, which counts ops into its seeds; TensorFlow.js without a seed, where every call draws anew. Leave it in tests that need fixed weights; for runs that can be repeated `keras.utils.set_random_seed` is enough.',
    severity: 'A warning.',
    fix: 'Writes the initializer out at each layer, so that each has an instance of its own (changes training). There is no fix for one seed: leave it out, or give each layer its own.',
    references: [
      'Keras documentation: Layer weight initializers, "the same random values across multiple calls"',
      'tfjs-core: a seeded MPRandGauss is made at each call',
    ],
  },
  examples: [
    {
      framework: 'keras',
      bad: [
        'import keras',
        'from keras import layers',
        '',
        'init = keras.initializers.HeNormal()',
        'model = keras.Sequential([',
        '    keras.Input((64,)),',
        "    layers.Dense(64, activation='relu', kernel_initializer=init),",
        "    layers.Dense(64, activation='relu', kernel_initializer=init),",
        '    layers.Dense(10),',
        '])',
        '',
      ].join('\n'),
      good: [
        'import keras',
        'from keras import layers',
        '',
        'model = keras.Sequential([',
        '    keras.Input((64,)),',
        "    layers.Dense(64, activation='relu', kernel_initializer='he_normal'),",
        "    layers.Dense(64, activation='relu', kernel_initializer='he_normal'),",
        '    layers.Dense(10),',
        '])',
        '',
      ].join('\n'),
    },
    {
      framework: 'tfjs',
      bad: tfjs('seed: 7', 'seed: 7'),
      good: tfjs('seed: 7', 'seed: 8'),
    },
  ],
  check: (context) => {
    for (const noted of notedAt(context, 'shared-initializer', (note) => textIn(note, 'key') ?? placeOf(note.span))) {
      const { all, first } = noted;
      const weights = new Set(all.flatMap((note) => [note.storage, Number(note.data?.first)])).size;
      reportNote(context, noted, {
        severity: 'warning',
        message: `${first.message}: ${count(weights, 'weight')} start equal`,
        intents: intentsFor(noted),
      });
    }
  },
});
