/** Names of initializers, or of what they take, that the framework does not know: building the model raises. */
import type { EditText } from '../network/intent.ts';
import type { Note } from '../network/network.ts';
import { notedAt, reportNote, textIn } from './noted.ts';
import { defineRule } from './rule.ts';

const intentFor = (note: Note): readonly EditText[] => {
  const [from, to] = [textIn(note, 'from'), textIn(note, 'to')];
  if (from === undefined || to === undefined) return [];
  return [{ kind: 'edit', title: `Write '${to}'`, safe: false, changes: [{ kind: 'replaceName', span: note.span, from, to }] }];
};

const meant = (note: Note): string => {
  const to = textIn(note, 'to');
  return to === undefined ? note.message : `${note.message}; the nearest is '${to}'`;
};

export const unknownInitializer = defineRule({
  name: 'unknown-initializer',
  group: 'plumbing',
  tier: 'stable',
  frameworks: ['torch', 'keras', 'tfjs'],
  docs: {
    what: 'A string names an initializer, or an activation to take its gain from, that the framework does not know.',
    why: 'The same initializers have other names elsewhere: Keras says Glorot and He where PyTorch says Xavier and Kaiming, TensorFlow.js writes `heNormal` for Keras’s `he_normal`, and `calculate_gain` of PyTorch knows linear, sigmoid, tanh, ReLU, leaky ReLU and SELU only. The string is looked up when the layer is built, and that raises.',
    exceptions:
      'Not flagged: strings that are not known, names that the program registers as custom objects, and what stands in a `try` that expects the error. For GELU, SiLU and ELU there is no right name in PyTorch: the gain of ReLU is near, or write the number.',
    severity: 'An error: it raises at run time.',
    fix: 'Writes the nearest name that the framework knows: the same scheme in its words, or a word of nearly the same letters. The fix changes training (there is none before it), and its title says so.',
    references: [
      'Keras documentation: Layer weight initializers',
      'TensorFlow.js API: tf.initializers',
      'PyTorch documentation: torch.nn.init.calculate_gain',
    ],
  },
  examples: [
    {
      framework: 'torch',
      bad: [
        'from torch import nn',
        '',
        'net = nn.Sequential(nn.Linear(20, 64), nn.GELU(), nn.Linear(64, 1))',
        "nn.init.kaiming_normal_(net[0].weight, nonlinearity='gelu')",
        '',
      ].join('\n'),
      good: [
        'from torch import nn',
        '',
        'net = nn.Sequential(nn.Linear(20, 64), nn.GELU(), nn.Linear(64, 1))',
        "nn.init.kaiming_normal_(net[0].weight, nonlinearity='relu')",
        '',
      ].join('\n'),
    },
    {
      framework: 'keras',
      bad: [
        'from keras import Input, Sequential, layers',
        '',
        "model = Sequential([Input((20,)), layers.Dense(64, activation='tanh', kernel_initializer='xavier_uniform'), layers.Dense(1)])",
        '',
      ].join('\n'),
      good: [
        'from keras import Input, Sequential, layers',
        '',
        "model = Sequential([Input((20,)), layers.Dense(64, activation='tanh', kernel_initializer='glorot_uniform'), layers.Dense(1)])",
        '',
      ].join('\n'),
    },
    {
      framework: 'tfjs',
      bad: [
        "import * as tf from '@tensorflow/tfjs';",
        '',
        'const model = tf.sequential();',
        "model.add(tf.layers.dense({ inputShape: [20], units: 64, activation: 'relu', kernelInitializer: 'he_normal' }));",
        'model.add(tf.layers.dense({ units: 1 }));',
        '',
      ].join('\n'),
      good: [
        "import * as tf from '@tensorflow/tfjs';",
        '',
        'const model = tf.sequential();',
        "model.add(tf.layers.dense({ inputShape: [20], units: 64, activation: 'relu', kernelInitializer: 'heNormal' }));",
        'model.add(tf.layers.dense({ units: 1 }));',
        '',
      ].join('\n'),
    },
  ],
  check: (context) => {
    for (const noted of notedAt(context, 'unknown-initializer'))
      reportNote(context, noted, { severity: 'error', message: meant(noted.first), intents: intentFor(noted.first) });
  },
});
