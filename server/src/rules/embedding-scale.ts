/** Embeddings of unit scale that are the output matrix too, or that a factor √d makes drown their positions. */

import { stdOf } from '../network/moments.ts';
import type { Node, Parameter } from '../network/network.ts';
import { constantValue, isNumber } from '../network/scalar.ts';
import type { Facts } from './facts.ts';
import { number, times } from './figures.ts';
import { defineRule, type RuleContext } from './rule.ts';
import { consumersOf, isLayer, weightOf } from './topology.ts';

/** Logits of this rms make a softmax one-hot before anything is learned. */
const LARGE = 5;

const tableOf = (node: Node): Parameter | undefined =>
  node.op.kind === 'embedding' ? node.params.find((p) => p.role === 'embedding') : undefined;

const stdOfTable = ({ init }: Parameter): number | null => {
  const std = stdOf(init.distribution);
  return std === null ? null : (constantValue(std) ?? null);
};

/** The head that multiplies by the same matrix, behind a norm: its inputs then have unit scale. */
const tiedHead = (facts: Facts, table: Parameter): Node | undefined =>
  facts.layers.find((layer) => facts.isHead(layer) && weightOf(layer)?.storage === table.storage);

/** Factor that alone reads the table: embed(x)·√d. */
const factorBehind = (
  facts: Facts,
  consumers: readonly (readonly number[])[],
  node: Node,
): { readonly node: Node; readonly factor: number } | null => {
  const [only, ...others] = consumers[node.id] ?? [];
  const next = facts.network.nodes[only ?? -1];
  if (others.length > 0 || next?.op.kind !== 'affine') return null;
  const factor = constantValue(next.op.factor);
  return factor === undefined ? null : { node: next, factor };
};

const check = ({ facts, network, report }: RuleContext): void => {
  const consumers = consumersOf(network);
  for (const node of network.nodes) {
    const table = tableOf(node);
    const features = node.op.kind === 'embedding' ? node.op.features : null;
    if (!table || table.loaded || !table.trainable || !isNumber(features)) continue;
    const std = stdOfTable(table);
    if (std === null) continue;
    const head = tiedHead(facts, table);
    const rms = std * Math.sqrt(features);
    const common = { severity: 'information', span: table.init.span, related: [], intents: [], explains: [] } as const;
    if (head && isLayer(head) && rms >= LARGE) {
      report({
        ...common,
        message: `The embedding is the output matrix too: with std ${number(std)} logits start at rms ${number(rms)}, with 1/√${features} = ${number(1 / Math.sqrt(features))} at 1`,
      });
      continue;
    }
    const scaled = factorBehind(facts, consumers, node);
    if (!scaled || scaled.factor < 2 || Math.abs(scaled.factor / Math.sqrt(features) - 1) > 0.01 || std * scaled.factor < LARGE) continue;
    const sum = (consumers[scaled.node.id] ?? [])
      .map((id) => network.nodes[id])
      .find((n) => n?.op.kind === 'add' || n?.op.kind === 'shift');
    if (!sum) continue;
    report({
      ...common,
      message: `The factor √d is meant for embeddings of std 1/√d; at std ${number(std)} they start ${times(std * scaled.factor)} and drown the positions`,
    });
  }
};

export const embeddingScale = defineRule({
  name: 'embedding-scale',
  group: 'scale',
  tier: 'preview',
  frameworks: ['torch'],
  docs: {
    what: 'An embedding of unit scale is also the output matrix, or is multiplied by √d before positions are added.',
    why: [
      'Logits of a tied head are inner products of a normalised vector with rows of the table, so they start with rms std·√d: 28 for N(0, 1) on 768 features, where a softmax is one-hot and the first loss is in the hundreds; 1/√d, or GPT’s 0.02, keeps them near 1.',
      'Vaswani et al. multiply by √d because their shared table is drawn with 1/√d; behind PyTorch’s default N(0, 1) the product has scale √d, and sinusoidal positions of rms 0.7 are lost in it.',
    ].join(' '),
    exceptions:
      'Not flagged: tables whose logits start under rms 5, tables that are loaded or frozen, untied embeddings in front of a layer of their own, factors other than √d.',
    severity: 'Information.',
    fix: 'None: draw the table with std 1/√d, or 0.02.',
    references: [
      'Vaswani et al. 2017, Attention Is All You Need, arXiv:1706.03762, §3.4',
      'Press & Wolf 2017, Using the Output Embedding to Improve Language Models, arXiv:1608.05859',
      'Radford et al. 2018, Improving Language Understanding by Generative Pre-Training, §4.1 (N(0, 0.02))',
    ],
  },
  examples: [
    {
      framework: 'torch',
      bad: [
        'from torch import nn',
        '',
        '',
        'class LM(nn.Module):',
        '    def __init__(self, vocabulary=1000, d=256):',
        '        super().__init__()',
        '        self.embed = nn.Embedding(vocabulary, d)',
        '        self.norm = nn.LayerNorm(d)',
        '        self.head = nn.Linear(d, vocabulary, bias=False)',
        '        self.head.weight = self.embed.weight',
        '',
        '    def forward(self, ids):',
        '        return self.head(self.norm(self.embed(ids)))',
        '',
      ].join('\n'),
      good: [
        'from torch import nn',
        '',
        '',
        'class LM(nn.Module):',
        '    def __init__(self, vocabulary=1000, d=256):',
        '        super().__init__()',
        '        self.embed = nn.Embedding(vocabulary, d)',
        '        nn.init.normal_(self.embed.weight, std=0.02)',
        '        self.norm = nn.LayerNorm(d)',
        '        self.head = nn.Linear(d, vocabulary, bias=False)',
        '        self.head.weight = self.embed.weight',
        '',
        '    def forward(self, ids):',
        '        return self.head(self.norm(self.embed(ids)))',
        '',
      ].join('\n'),
    },
  ],
  check,
});
