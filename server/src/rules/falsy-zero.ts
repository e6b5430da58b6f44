/** Zeros that TensorFlow.js takes for arguments that are not there. */
import type { EditText } from '../network/intent.ts';
import type { Note } from '../network/network.ts';
import { notedAt, reportNote, textIn } from './noted.ts';
import { defineRule } from './rule.ts';

/** So small that no draw shows it, and true. */
const NEARLY_ZERO = 1e-12;

const intentsFor = (note: Note): readonly EditText[] => {
  const name = textIn(note, 'argument');
  const instead = note.data?.instead;
  if (name === undefined || typeof instead !== 'number') return [];
  const set = (title: string, safe: boolean, value: number): EditText => ({
    kind: 'edit',
    title,
    safe,
    changes: [{ kind: 'setArgument', call: note.span, name, value }],
  });
  return [
    set(`Write ${NEARLY_ZERO}, which counts as given`, false, NEARLY_ZERO),
    set(`Write ${String(instead).replace('-', '−')}, which is drawn with now`, true, instead),
  ];
};

const model = (argument: string): string =>
  [
    "import * as tf from '@tensorflow/tfjs';",
    '',
    'const model = tf.sequential();',
    'model.add(',
    '  tf.layers.dense({',
    '    inputShape: [20],',
    '    units: 64,',
    "    activation: 'relu',",
    `    kernelInitializer: tf.initializers.randomUniform({ ${argument}, maxval: 0.5 }),`,
    '  }),',
    ');',
    'model.add(tf.layers.dense({ units: 1 }));',
    '',
  ].join('\n');

export const falsyZero = defineRule({
  name: 'falsy-zero',
  group: 'plumbing',
  tier: 'stable',
  frameworks: ['tfjs'],
  docs: {
    what: 'TensorFlow.js takes `minval: 0`, `maxval: 0` or `stddev: 0` for arguments that are missing.',
    why: 'Its initializers read `config.minval || -0.05`, and 0 is false in JavaScript. `randomUniform({minval: 0, maxval: 0.1})` therefore draws from U(−0.05, 0.1), whose mean is 0.025 and not 0.05, and `randomNormal({stddev: 0})` from a std of 0.05 and no zeros.',
    exceptions: "Not flagged: `mean: 0`, whose default is 0 too; values that are not known. To start from zeros say `'zeros'`.",
    severity: 'A warning: weights are drawn, but not those that the source says.',
    fix: 'Writes the smallest number that counts (changes training), or the number that is drawn with now (the program stays the same and says so).',
    references: ['tfjs-layers 4.22, src/initializers.ts: RandomUniform, RandomNormal, TruncatedNormal'],
  },
  examples: [{ framework: 'tfjs', bad: model('minval: 0'), good: model('minval: -0.5') }],
  check: (context) => {
    for (const noted of notedAt(context, 'falsy-zero'))
      reportNote(context, noted, { severity: 'warning', intents: intentsFor(noted.first) });
  },
});
