/** Two factors of zero on one path: the gradient of each is a product with the other, and stays zero. */
import { activationRow } from '../knowledge/activations.ts';
import type { FixIntent } from '../network/intent.ts';
import { isConstant, meanOf } from '../network/moments.ts';
import type { Network, Node, Parameter } from '../network/network.ts';
import { constantValue, isNumber } from '../network/scalar.ts';
import { placeOf } from './cases.ts';
import type { Facts } from './facts.ts';
import { forAll } from './line.ts';
import { activationArgs } from './pairing.ts';
import { initializerIntents, recommendations } from './recommendation.ts';
import { defineRule } from './rule.ts';
import { consumersOf, isLayer, normKind, passes, weightOf } from './topology.ts';

const isZero = ({ init }: Parameter): boolean => {
  const mean = isConstant(init.distribution) ? meanOf(init.distribution) : null;
  return mean !== null && constantValue(mean) === 0;
};

/** The parameter that multiplies what a node passes on. */
const factorOf = (node: Node): Parameter | undefined => {
  if (isLayer(node)) return weightOf(node);
  return normKind(node.op) || node.op.kind === 'scale' ? node.params.find((p) => p.role !== 'beta' && p.role !== 'bias') : undefined;
};

const zeroFactor = (node: Node): Parameter | undefined => {
  const factor = factorOf(node);
  return factor?.trainable && !factor.loaded && !factor.constant && isZero(factor) ? factor : undefined;
};

/** Nothing is added to what it passes on. */
const addsNothing = (node: Node): boolean => node.params.every((p) => (p.role !== 'bias' && p.role !== 'beta') || isZero(p));

/** Zero in, zero out. */
const keepsZero = (node: Node): boolean => {
  const { op } = node;
  if (op.kind === 'activation') {
    const [row, args] = [activationRow(op.name), activationArgs(node)];
    if (!row || !args) return false;
    const numbers: Record<string, number> = { ...row.defaults };
    for (const [name, value] of Object.entries(args)) if (isNumber(value)) numbers[name] = value;
    return row.value(0, numbers) === 0;
  }
  if (op.kind === 'affine') return op.offset === 0;
  if (op.kind === 'shift' || op.kind === 'concat' || op.kind === 'average' || op.kind === 'maximum') return false;
  if (isLayer(node) || normKind(op) || op.kind === 'scale') return addsNothing(node);
  return passes(op) || op.kind === 'mul';
};

const MOST_STEPS = 64;

/** The next zero on the only way from a zero to the output. */
const nextZero = (network: Network, consumers: readonly (readonly number[])[], from: Node): Node | undefined => {
  let at = from;
  for (let i = 0; i < MOST_STEPS; i++) {
    const [next, ...others] = consumers[at.id] ?? [];
    if (next === undefined || others.length > 0 || network.outputs.includes(at.id)) return undefined;
    at = network.nodes[next] as Node;
    if (zeroFactor(at)) return at;
    if (!keepsZero(at)) return undefined;
  }
  return undefined;
};

/** Its output joins a sum or a product with something else. */
const joins = (network: Network, consumers: readonly (readonly number[])[], node: Node): boolean => {
  let at = node;
  for (let i = 0; i < MOST_STEPS; i++) {
    const [next, ...others] = consumers[at.id] ?? [];
    if (next === undefined || others.length > 0) return false;
    at = network.nodes[next] as Node;
    if (at.op.kind === 'add' || at.op.kind === 'sub' || at.op.kind === 'mul') return at.inputs.length > 1;
    if (!passes(at.op)) return false;
  }
  return false;
};

const intentsFor = (facts: Facts, first: Node, second: Node): readonly FixIntent[] => {
  const node = [first, second].find(isLayer);
  const weight = node && weightOf(node);
  if (!node || !weight) return [];
  const next = facts.next(node).find((n) => !n.throughAdd);
  const args = next && activationArgs(next.node);
  return initializerIntents(recommendations(next && args ? next.name : 'linear', args ?? {}, weight), [node], weight);
};

const lora = (draw: string): string =>
  [
    'import torch',
    'from torch import nn',
    '',
    '',
    'class LoRA(nn.Module):',
    '    def __init__(self):',
    '        super().__init__()',
    '        self.base = nn.Linear(64, 64)',
    '        self.down = nn.Linear(64, 8, bias=False)',
    '        self.up = nn.Linear(8, 64, bias=False)',
    `        ${draw}`,
    '        nn.init.zeros_(self.up.weight)',
    '',
    '    def forward(self, x):',
    '        return self.base(x) + self.up(self.down(x))',
    '',
  ].join('\n');

export const zeroInSeries = defineRule({
  name: 'zero-in-series',
  group: 'symmetry',
  tier: 'stable',
  frameworks: ['torch', 'keras', 'flax', 'lasagne', 'tfjs'],
  docs: {
    what: 'Two factors that start at zero stand on one path: both matrices of a LoRA pair, a zero convolution behind another, a zero scale behind a zero layer.',
    why: 'For y = B·A·x the gradients are ∂L/∂B = δ·(A·x)ᵀ and ∂L/∂A = Bᵀ·δ·xᵀ: each has the other as a factor. One zero is a good start, since the branch begins as the identity and the other factor still gets a gradient; with A = B = 0 both gradients are 0 at every step, and the branch stays off for ever.',
    exceptions:
      'Not flagged: one zero; two zeros with something added between them (a bias that is not zero, a skip), or a function with φ(0) ≠ 0 such as sigmoid; zeros in branches that are parallel; frozen or loaded factors.',
    severity: 'An error at any depth: no training undoes it.',
    fix: 'Draws the first of the two from the initializer recommended for what follows it, and leaves the second at zero (changes training).',
    references: [
      'Hu et al. 2021, LoRA, arXiv:2106.09685, §4.1: A random, B zero',
      'Zhang, Rao & Agrawala 2023, ControlNet, arXiv:2302.05543, §3.1',
      'Bachlechner et al. 2020, ReZero, arXiv:2003.04887',
    ],
  },
  examples: [
    {
      framework: 'torch',
      bad: lora('nn.init.zeros_(self.down.weight)'),
      good: lora("nn.init.kaiming_uniform_(self.down.weight, nonlinearity='linear')"),
    },
  ],
  check: (context) => {
    const { network, facts } = context;
    const consumers = consumersOf(network);
    // Zero weights of plain hidden layers are constant weights, and no matter of the two of them.
    const opens = (node: Node): boolean => !isLayer(node) || joins(network, consumers, node);
    const pairs = new Map<string, [Node, Node][]>();
    for (const node of network.nodes) {
      const factor = zeroFactor(node);
      const second = factor && addsNothing(node) ? nextZero(network, consumers, node) : undefined;
      if (!factor || !second || (!opens(node) && !opens(second))) continue;
      const place = placeOf(factor.init.span);
      pairs.set(place, [...(pairs.get(place) ?? []), [node, second]]);
    }
    for (const group of pairs.values()) {
      const [first, second] = group[0] as [Node, Node];
      const [factor, other] = [factorOf(first), factorOf(second)] as [Parameter, Parameter];
      context.report({
        severity: 'error',
        span: factor.init.span,
        message: forAll(
          [
            [`\`${factor.path}\` and \`${other.path}\``, `This and \`${other.path}\``, 'This and a factor'].map(
              (both) => `${both} behind it start at 0: each holds the other’s gradient at 0`,
            ),
          ],
          group.length,
          'pair',
        ),
        related: [{ span: other.init.span, message: 'The other zero' }],
        intents: intentsFor(facts, first, second),
        explains: group.flatMap((pair) => pair.map((node) => node.id)),
      });
    }
  },
});
