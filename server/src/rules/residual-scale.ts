/** Residual stacks without normalisation, whose every branch adds to the signal and to the gradient. */
import type { Node } from '../network/network.ts';
import type { Facts } from './facts.ts';
import { magnitude, times } from './figures.ts';
import { oneLine } from './line.ts';
import { defineRule, type RuleContext } from './rule.ts';
import { tableSeverity } from './severity.ts';
import { isLayer, normKind, weightOf } from './topology.ts';

/** Fewer blocks than this are left in peace. */
const FEWEST = 6;

/** And so is less growth than this over all of them. */
const LEAST = 10;

/** A sum of a skip and of a branch that has weight layers: its node, and the branch's last layer. */
interface Block {
  readonly sum: Node;
  readonly last: Node;
}

const blocksOf = (facts: Facts): readonly Block[] => {
  const { nodes } = facts.network;
  const blocks: Block[] = [];
  for (const sum of nodes) {
    if (sum.op.kind !== 'add' || sum.inputs.length !== 2) continue;
    const terms = sum.inputs.map((id) => nodes[id] as Node);
    const last = terms.find((node) => isLayer(node));
    const skip = terms.find((node) => node !== last);
    // Two layers that are added are one layer in parts, not a skip.
    if (!last || !skip || isLayer(skip)) continue;
    blocks.push({ sum, last });
  }
  return blocks;
};

type Quantity = 'signal' | 'gradient';

const rmsAt = (facts: Facts, id: number, quantity: Quantity): number | null => {
  const at = facts.signal.nodes[id];
  const second = quantity === 'signal' ? at?.forward?.q : at?.gradient;
  return second == null || at?.unstable ? null : Math.sqrt(second);
};

/** By what the stream grows from the first fork to the last sum, or its gradient on the way back; null where unknown. */
const growthOf = (facts: Facts, fork: number, end: number, quantity: Quantity): number | null => {
  const [before, after] = [rmsAt(facts, fork, quantity), rmsAt(facts, end, quantity)];
  if (before === null || after === null || before === 0 || after === 0) return null;
  return quantity === 'signal' ? after / before : before / after;
};

/** Units that saturate hold the signal and not the gradient, so the larger of the two counts. */
const largerGrowth = (facts: Facts, fork: number, end: number): { readonly quantity: Quantity; readonly growth: number } | null => {
  const signal = growthOf(facts, fork, end, 'signal');
  const gradient = growthOf(facts, fork, end, 'gradient');
  if (signal === null) return null;
  // Of two that are about as large the signal is the cause.
  const held = gradient !== null && (signal < LEAST || Math.log10(gradient) > 2 * Math.log10(signal));
  return held ? { quantity: 'gradient', growth: gradient } : { quantity: 'signal', growth: signal };
};

const check = ({ facts, network, report }: RuleContext): void => {
  if (!network.complete || network.nodes.some((node) => normKind(node.op) !== null)) return;
  const blocks = blocksOf(facts);
  const [first, end] = [blocks[0], blocks.at(-1)];
  if (!first || !end || blocks.length < FEWEST) return;
  if (blocks.some(({ last }) => weightOf(last)?.loaded !== false)) return;
  const fork = first.sum.inputs.find((id) => id !== first.last.id) ?? -1;
  const found = largerGrowth(facts, fork, end.sum.id);
  if (found === null || !(found.growth >= LEAST)) return;
  const { quantity, growth } = found;
  report({
    severity: tableSeverity(Math.log10(growth)),
    span: weightOf(first.last)?.init.span ?? first.last.nameSpan,
    message: oneLine([
      `${blocks.length} residual branches without a norm: the ${quantity} grows ${times(growth ** (1 / blocks.length))} per block, ${magnitude(growth)} in all`,
      ['Fixup starts each at zero', 'Fixup starts at 0'],
    ]),
    related: [],
    intents: [],
    explains: [],
  });
};

export const residualScale = defineRule({
  name: 'residual-scale',
  group: 'scale',
  tier: 'preview',
  docs: {
    what: 'A residual network without normalisation starts all of its branches at full scale.',
    why: [
      'x + f(x) has the second moment of both, E[x²] + E[f(x)²], so a branch that keeps its input’s scale doubles it at every block, ×1.4 in rms, and one of two He layers around a ReLU makes it three times as large, ×1.7: 10⁴ after sixteen blocks, and the loss starts as large.',
      'A norm in every block, or a branch that starts at zero, removes that: Fixup sets the last layer of each branch to 0 and scales the others by L^(−1/(2m−2)), SkipInit multiplies the branch by a learned 0, GPT-2 divides the last weight by √(2N).',
    ].join(' '),
    exceptions:
      'Not flagged: networks with any normalisation, fewer than six blocks, less than a tenfold growth over all of them, branches whose last layer starts at zero or small (Fixup, ReZero, LayerScale), sizes that are not known, weights that are loaded afterwards.',
    severity:
      'From the growth of the signal over all blocks, or of the gradient where saturating units hold the signal: tenfold is information, 10³ a warning, 10⁶ an error.',
    fix: 'None: start the last layer of each branch at zero (Fixup), multiply the branch by a learned 0 (SkipInit), or add a normalisation.',
    references: [
      'Zhang, Dauphin & Ma 2019, Fixup Initialization: Residual Learning Without Normalization, arXiv:1901.09321, §2 and §3',
      'De & Smith 2020, Batch Normalization Biases Residual Blocks Towards the Identity Function, arXiv:2002.10444',
      'Radford et al. 2019, Language Models are Unsupervised Multitask Learners, §2.3',
    ],
  },
  frameworks: ['torch', 'keras', 'lasagne', 'tfjs'],
  examples: [
    {
      framework: 'torch',
      bad: [
        'import torch',
        'from torch import nn',
        '',
        '',
        'class Net(nn.Module):',
        '    def __init__(self, width=256, depth=20):',
        '        super().__init__()',
        '        self.inner = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))',
        '        self.outer = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))',
        '        self.head = nn.Linear(width, 10)',
        '        for layer in [*self.inner, *self.outer]:',
        "            nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')",
        '',
        '    def forward(self, x):',
        '        for inner, outer in zip(self.inner, self.outer):',
        '            x = x + outer(torch.relu(inner(x)))',
        '        return self.head(x)',
        '',
      ].join('\n'),
      good: [
        'import torch',
        'from torch import nn',
        '',
        '',
        'class Net(nn.Module):',
        '    def __init__(self, width=256, depth=20):',
        '        super().__init__()',
        '        self.inner = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))',
        '        self.outer = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))',
        '        self.head = nn.Linear(width, 10)',
        '        for layer in self.inner:',
        "            nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')",
        '        for layer in self.outer:',
        '            nn.init.zeros_(layer.weight)',
        '',
        '    def forward(self, x):',
        '        for inner, outer in zip(self.inner, self.outer):',
        '            x = x + outer(torch.relu(inner(x)))',
        '        return self.head(x)',
        '',
      ].join('\n'),
    },
    {
      framework: 'keras',
      bad: [
        'import keras',
        'from keras import layers',
        '',
        'x = inputs = keras.Input((256,))',
        'for _ in range(20):',
        "    h = layers.Dense(256, activation='relu', kernel_initializer='he_normal')(x)",
        "    x = layers.add([x, layers.Dense(256, kernel_initializer='he_normal')(h)])",
        'model = keras.Model(inputs, layers.Dense(10)(x))',
        '',
      ].join('\n'),
      good: [
        'import keras',
        'from keras import layers',
        '',
        'x = inputs = keras.Input((256,))',
        'for _ in range(20):',
        "    h = layers.Dense(256, activation='relu', kernel_initializer='he_normal')(x)",
        "    x = layers.add([x, layers.Dense(256, kernel_initializer='zeros')(h)])",
        'model = keras.Model(inputs, layers.Dense(10)(x))',
        '',
      ].join('\n'),
    },
    {
      framework: 'lasagne',
      bad: [
        'import lasagne',
        'from lasagne.layers import DenseLayer, ElemwiseSumLayer, InputLayer',
        'from lasagne.nonlinearities import softmax',
        '',
        "he = lasagne.init.HeNormal(gain='relu')",
        'network = InputLayer((None, 256))',
        'for _ in range(20):',
        '    inner = DenseLayer(network, 256, W=he)',
        '    network = ElemwiseSumLayer([network, DenseLayer(inner, 256, nonlinearity=None, W=he)])',
        'network = DenseLayer(network, 10, nonlinearity=softmax)',
        '',
      ].join('\n'),
      good: [
        'import lasagne',
        'from lasagne.layers import DenseLayer, ElemwiseSumLayer, InputLayer',
        'from lasagne.nonlinearities import softmax',
        '',
        "he = lasagne.init.HeNormal(gain='relu')",
        'network = InputLayer((None, 256))',
        'for _ in range(20):',
        '    inner = DenseLayer(network, 256, W=he)',
        '    network = ElemwiseSumLayer([network, DenseLayer(inner, 256, nonlinearity=None, W=lasagne.init.Constant(0))])',
        'network = DenseLayer(network, 10, nonlinearity=softmax)',
        '',
      ].join('\n'),
    },
  ],
  check,
});
