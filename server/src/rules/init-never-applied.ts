/** Initialisers that nobody calls. */
import type { FixIntent } from '../network/intent.ts';
import type { Network, Note, Parameter } from '../network/network.ts';
import { count } from './figures.ts';
import { notedAt, reportNote, textIn } from './noted.ts';
import { defineRule } from './rule.ts';

const intentsFor = (note: Note): readonly FixIntent[] => {
  const code = textIn(note, 'code');
  if (code === undefined || note.other === undefined) return [];
  return [
    { kind: 'edit', title: `Call \`${textIn(note, 'name')}\``, safe: false, changes: [{ kind: 'addStatement', after: note.other, code }] },
  ];
};

/** Weights, each once. */
const weightsIn = ({ nodes }: Network): readonly Parameter[] => {
  const all = nodes.flatMap(({ params }) => params.filter((p) => p.role === 'weight' || p.role === 'recurrentWeight'));
  return [...new Map(all.map((p) => [p.storage, p])).values()];
};

const model = (call: readonly string[]): string =>
  [
    'from torch import nn',
    '',
    '',
    'class Net(nn.Module):',
    '    def __init__(self):',
    '        super().__init__()',
    '        self.hidden = nn.Linear(20, 64)',
    '        self.head = nn.Linear(64, 1)',
    ...call,
    '',
    '    def _init_weights(self, m):',
    '        if isinstance(m, nn.Linear):',
    '            nn.init.xavier_uniform_(m.weight)',
    '            nn.init.zeros_(m.bias)',
    '',
    '    def forward(self, x):',
    '        return self.head(self.hidden(x).tanh())',
    '',
  ].join('\n');

export const initNeverApplied = defineRule({
  name: 'init-never-applied',
  group: 'plumbing',
  tier: 'stable',
  frameworks: ['torch'],
  docs: {
    what: 'A function or method initialises parameters, and nothing in the file calls it or hands it on.',
    why: 'In PyTorch a layer draws its weights when it is made: U(±1/√fan_in), Var(W) = 1/(3·fan_in). Another initialisation is a function that somebody must call, on the model or by `apply` on each module. Defined alone it changes nothing, and the network trains from the default.',
    exceptions:
      'Not flagged: names that stand anywhere else in the file, in a string or comment too; `reset_parameters`, which layers call; methods of classes with a base from another file (`_init_weights` of transformers is called by `PreTrainedModel`); decorated functions; networks most of whose weights something else initialises, where it is a function that is left over; functions and public methods of files that do not train the model themselves, since another file may call them.',
    severity: 'A warning.',
    fix: 'Calls it: at the end of `__init__` for a method, behind the line that builds the model for a function (changes training).',
    references: ['PyTorch documentation: torch.nn.Module.apply', 'He et al. 2015, arXiv:1502.01852'],
  },
  examples: [{ framework: 'torch', bad: model([]), good: model(['        self.apply(self._init_weights)']) }],
  check: (context) => {
    const { losses, optimizer } = context.network.training;
    const trains = losses.length > 0 || optimizer !== undefined;
    const drawn = weightsIn(context.network);
    const left = drawn.filter(({ init }) => init.source === 'default').length;
    for (const noted of notedAt(context, 'init-never-applied')) {
      const { first } = noted;
      // Weights that something else initialises make it a function that is no longer needed.
      if (2 * left < drawn.length || left === 0) continue;
      // Who imports the file may call what is public.
      if (first.data?.own !== true && !(trains && context.network.entry === 'call')) continue;
      const message = `${first.message}: ${left} of ${count(drawn.length, 'weight')} start from the default draw`;
      reportNote(context, noted, { severity: 'warning', message, intents: intentsFor(first) });
    }
  },
});
