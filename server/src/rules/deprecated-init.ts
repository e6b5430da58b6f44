/** Initializers under a name that the framework has given up. */
import type { EditText } from '../network/intent.ts';
import type { Note } from '../network/network.ts';
import { notedAt, reportNote, textIn } from './noted.ts';
import { defineRule } from './rule.ts';

const intentFor = (note: Note): readonly EditText[] => {
  const [from, to] = [textIn(note, 'from'), textIn(note, 'to')];
  if (from === undefined || to === undefined || note.data?.alone === false) return [];
  const kind = note.data?.argument === true ? 'renameArgument' : 'replaceName';
  return [{ kind: 'edit', title: `Write \`${to}\``, safe: true, changes: [{ kind, span: note.span, from, to }] }];
};

export const deprecatedInit = defineRule({
  name: 'deprecated-init',
  group: 'plumbing',
  tier: 'stable',
  frameworks: ['torch', 'keras'],
  docs: {
    what: 'An initializer is called by a name that the framework has given up.',
    why: 'PyTorch renamed what fills a tensor in place in version 0.4 (`xavier_uniform` → `xavier_uniform_`) and warns at each call of the old names, which are to go. Keras 1 had `init=` and `inner_init=`; since version 2 they are `kernel_initializer=` and `recurrent_initializer=`, and Keras 3 raises on the old ones.',
    exceptions:
      'Not flagged: functions of your own that are called so, and names of packages that are not read. Leave it where the program is meant for the old version alone.',
    severity: 'Information: the draw is the one that is meant.',
    fix: 'Writes the new name; the program stays numerically the same. Where a call has other arguments of Keras 1 too, renaming one of them would give a call that no version takes, so there is no fix.',
    references: [
      'PyTorch 0.4 release notes: torch.nn.init functions end in an underscore',
      'Keras 2.0 release notes: API changes of layers',
    ],
  },
  examples: [
    {
      framework: 'torch',
      bad: [
        'from torch import nn',
        '',
        'net = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 1))',
        'nn.init.kaiming_normal(net[0].weight)',
        '',
      ].join('\n'),
      good: [
        'from torch import nn',
        '',
        'net = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 1))',
        'nn.init.kaiming_normal_(net[0].weight)',
        '',
      ].join('\n'),
    },
    {
      framework: 'keras',
      bad: [
        'from keras import Input, Sequential, layers',
        '',
        "model = Sequential([Input((20,)), layers.Dense(64, activation='relu', init='he_normal'), layers.Dense(1)])",
        '',
      ].join('\n'),
      good: [
        'from keras import Input, Sequential, layers',
        '',
        "model = Sequential([Input((20,)), layers.Dense(64, activation='relu', kernel_initializer='he_normal'), layers.Dense(1)])",
        '',
      ].join('\n'),
    },
  ],
  check: (context) => {
    for (const noted of notedAt(context, 'deprecated-init'))
      reportNote(context, noted, {
        severity: 'information',
        message: noted.first.message,
        intents: intentFor(noted.first),
        tags: ['deprecated'],
      });
  },
});
