/** Weights that are loaded and then drawn anew. */
import type { FixIntent } from '../network/intent.ts';
import type { Note } from '../network/network.ts';
import { placeOf } from './cases.ts';
import { notedAt, reportNote } from './noted.ts';
import { defineRule } from './rule.ts';

const intentsFor = ({ span, other }: Note): readonly FixIntent[] =>
  other && placeOf(other) !== placeOf(span)
    ? [
        {
          kind: 'edit',
          title: 'Load the weights behind the initialisation',
          safe: false,
          changes: [{ kind: 'moveAfter', span: other, after: span }],
        },
      ]
    : [];

const script = (lines: readonly string[]): string =>
  [
    'import torch',
    'from torch import nn',
    '',
    '',
    'def init_weights(m):',
    '    if isinstance(m, nn.Linear):',
    '        nn.init.xavier_uniform_(m.weight)',
    '        nn.init.zeros_(m.bias)',
    '',
    '',
    'net = nn.Sequential(nn.Linear(20, 64), nn.Tanh(), nn.Linear(64, 1))',
    ...lines,
    '',
  ].join('\n');

const LOAD = "net.load_state_dict(torch.load('weights.pt'))";

export const initOverwritesPretrained = defineRule({
  name: 'init-overwrites-pretrained',
  group: 'plumbing',
  tier: 'stable',
  frameworks: ['torch'],
  docs: {
    what: 'Weights are loaded from a checkpoint, and an initialisation of the whole model draws them anew.',
    why: 'Whatever runs last holds. `model.apply(init_weights)` behind `load_state_dict` leaves nothing of the checkpoint; training starts from noise, and the only sign of it is a worse loss.',
    exceptions:
      'Not flagged: a new head that is drawn by name, and any draw that reaches fewer than half of the weights that were loaded; loading with `strict=False`, where it is not known what came from the file; initialisation before loading, which is the usual order.',
    severity: 'An error.',
    fix: 'Moves the line that loads behind the line that initialises, where both stand in one block (changes training).',
    references: ['PyTorch tutorials: Saving and loading models'],
  },
  examples: [{ framework: 'torch', bad: script([LOAD, 'net.apply(init_weights)']), good: script(['net.apply(init_weights)', LOAD]) }],
  check: (context) => {
    const { network } = context;
    const loaded = new Set(
      [...network.nodes, ...network.unreached].flatMap((n) =>
        n.params.flatMap((p) => (p.loaded && p.role === 'weight' ? [p.storage] : [])),
      ),
    );
    for (const noted of notedAt(context, 'init-overwrites-pretrained')) {
      const lost = new Set(noted.all.flatMap(({ storage }) => (storage !== undefined && loaded.has(storage) ? [storage] : []))).size;
      if (lost === 0 || 2 * lost < loaded.size) continue;
      const message = `This draws ${lost} of ${loaded.size} loaded weight matrices anew: what was loaded is lost`;
      reportNote(context, noted, { severity: 'error', message, intents: intentsFor(noted.first) });
    }
  },
});
