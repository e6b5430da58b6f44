/** Deep copies of one initialised layer that are stacked as they are. */
import { notedAt, reportNote } from './noted.ts';
import { defineRule } from './rule.ts';

const STACK = (redraw: readonly string[]): string =>
  [
    'from torch import nn',
    '',
    '',
    'class Net(nn.Module):',
    '    def __init__(self):',
    '        super().__init__()',
    '        layer = nn.TransformerEncoderLayer(64, 4, activation="gelu")',
    '        self.encoder = nn.TransformerEncoder(layer, 6)',
    '        self.head = nn.Linear(64, 10)',
    ...redraw,
    '',
    '    def forward(self, x):',
    '        return self.head(self.encoder(x))',
    '',
  ].join('\n');

export const clonedLayers = defineRule({
  name: 'cloned-layers',
  group: 'symmetry',
  tier: 'stable',
  frameworks: ['torch'],
  docs: {
    what: 'Layers of a stack are deep copies of one initialised layer, and nothing draws their weights anew.',
    why: '`nn.TransformerEncoder(layer, n)`, `nn.TransformerDecoder(layer, n)` and `[copy.deepcopy(layer) for _ in range(n)]` copy the values too: W₁ = W₂ = … = Wₙ. The schemes for the variance of a deep stack assume independent matrices; with equal ones the signal follows the powers Wⁿ, whose largest eigenvalue wins, and the layers learn apart only as far as their inputs differ.',
    exceptions:
      'Not flagged: copies whose weights are drawn anew (`for p in model.parameters(): if p.dim() > 1: nn.init.xavier_uniform_(p)`, as `nn.Transformer` does), single copies (target networks, moving averages), copies that no one model holds (members of an ensemble), weights that are loaded afterwards.',
    severity: 'A warning.',
    fix: 'None: where the weights are drawn is a decision. Draw those with more than one axis after the stack is built.',
    references: [
      'pytorch/pytorch#72253: nn.TransformerEncoder, all layers are initialized with the same values',
      'Vaswani et al. 2017, arXiv:1706.03762',
    ],
  },
  examples: [
    {
      framework: 'torch',
      bad: STACK([]),
      good: STACK([
        '        for p in self.encoder.parameters():',
        '            if p.dim() > 1:',
        '                nn.init.xavier_uniform_(p)',
      ]),
    },
  ],
  check: (context) => {
    const loaded = new Set(context.network.nodes.flatMap((n) => n.params.flatMap((p) => (p.loaded ? [p.storage] : []))));
    for (const noted of notedAt(context, 'cloned-layers')) {
      const copies = noted.all.reduce((sum, note) => sum + (Number(note.data?.copies) || 0), 0);
      if (copies < 2 || noted.all.some((note) => note.storage !== undefined && loaded.has(note.storage))) continue;
      const message = `${copies} copies of one layer start with the same weights, where a stack needs ${copies} draws`;
      reportNote(context, noted, { severity: 'warning', message });
    }
  },
});
