/** LSTMs whose forget gate starts half closed. */
import type { Distribution } from '../network/distribution.ts';
import { momentsOf } from '../network/moments.ts';
import type { Node, Parameter } from '../network/network.ts';
import { isNumber } from '../network/scalar.ts';
import { superscript } from '../text/figures.ts';
import { placeOf } from './cases.ts';
import { count, number } from './figures.ts';
import { oneLine } from './line.ts';
import { defineRule } from './rule.ts';

/** Gates of an LSTM that lie in one tensor. */
const GATES = 4;
/** Less than this far open the forget gate is as good as at its neutral start. */
const OPEN = 0.5;

/** Where the forget gate's part of a bias starts; null where it is not known. */
const forgetMean = (d: Distribution, own: boolean): number | null => {
  if (d.kind === 'blocks' && !own) {
    const parts = d.blocks.map(({ share, distribution }) =>
      isNumber(share) && share <= 1 / GATES + 1e-6 ? momentsOf(distribution)?.mean : undefined,
    );
    // One quarter that was drawn apart is the forget gate's; the rest says nothing of it.
    const known = parts.filter((mean) => mean !== undefined);
    return known.length > 0 ? Math.max(...known) : null;
  }
  return momentsOf(d)?.mean ?? null;
};

/** Forget biases of each layer of a recurrent node: input and recurrent biases add. */
const forgetBiases = (node: Node): readonly number[] | null => {
  const apart = node.params.some((p) => p.gate !== undefined);
  const of = (role: Parameter['role']): readonly Parameter[] =>
    node.params.filter((p) => p.role === role && (!apart || p.gate === 'forget'));
  const [own, recurrent] = [of('bias'), of('recurrentBias')];
  const length = Math.max(own.length, recurrent.length);
  const sums: number[] = [];
  for (let i = 0; i < length; i++) {
    let sum = 0;
    for (const param of [own[i], recurrent[i]]) {
      if (!param) continue;
      const mean = param.loaded ? null : forgetMean(param.init.distribution, apart);
      if (mean === null) return null;
      sum += mean;
    }
    sums.push(sum);
  }
  return sums;
};

const stepsOf = (node: Node, input: Node | undefined): number | null => {
  const shape = input?.shape;
  if (node.op.kind !== 'recurrent' || shape?.length !== 3) return null;
  const steps = node.op.batchFirst ? shape[1] : shape[0];
  return typeof steps === 'number' && steps > 1 ? steps : null;
};

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

const message = (bias: number, steps: number | null, layers: string): string => {
  const open = sigmoid(bias);
  const over =
    steps === null
      ? ''
      : `, ${Math.abs(open - 0.5) < 5e-3 ? `2${superscript(-steps)}` : `10${superscript(Math.round(steps * Math.log10(open)))}`} over ${count(steps, 'step')}`;
  const start = `The forget gate${layers} starts at σ(${number(bias).replace('-', '−')}) = ${number(open)}`;
  return oneLine([`${start}: the cell keeps ×${open.toFixed(2)} a step${over}`, ['a forget bias of 1 keeps ×0.73', 'a bias of 1 ×0.73']]);
};

const torch = (after: readonly string[]): string =>
  [
    'from torch import nn',
    '',
    '',
    'class Net(nn.Module):',
    '    def __init__(self):',
    '        super().__init__()',
    '        self.rnn = nn.LSTM(16, 32, batch_first=True)',
    ...after,
    '        self.head = nn.Linear(32, 4)',
    '',
    '    def forward(self, x):',
    '        h, _ = self.rnn(x)',
    '        return self.head(h[:, -1])',
    '',
  ].join('\n');

const keras = (extra: string): string =>
  [
    'import keras',
    'from keras import layers',
    '',
    `model = keras.Sequential([keras.Input((100, 16)), layers.LSTM(32${extra}), layers.Dense(4)])`,
    '',
  ].join('\n');

export const forgetBias = defineRule({
  name: 'forget-bias',
  group: 'bias',
  tier: 'stable',
  frameworks: ['torch', 'keras', 'tfjs', 'flax', 'lasagne'],
  docs: {
    what: 'The forget gate of an LSTM starts with a bias near zero.',
    why: 'c_t = f_t·c_{t−1} + i_t·g_t with f = σ(z + b): at b = 0 the cell keeps half of its content at each step, ∂c_T/∂c_0 ≈ 2⁻ᵀ, so nothing that lies further back than a few steps is learned until the gate has opened. With b = 1 it keeps 0.73. Keras sets it by default (`unit_forget_bias`), PyTorch, Lasagne and Flax do not. PyTorch adds two biases, so setting both to 1 gives 2.',
    exceptions:
      'Not flagged: LSTMs without biases, GRUs, whose update gate is another matter, weights that are loaded, biases whose values are not known. For short sequences it makes no difference.',
    severity: 'A hint.',
    fix: 'Sets the forget part of one bias to 1: by the argument that the framework has, or by a loop behind the layer (changes training). Flax has no argument for one gate, so there is no fix.',
    references: [
      'Jozefowicz, Zaremba & Sutskever 2015, An empirical exploration of recurrent network architectures, ICML',
      'Gers, Schmidhuber & Cummins 2000, Learning to forget, Neural Computation 12(10)',
    ],
  },
  examples: [
    {
      framework: 'torch',
      bad: torch([]),
      good: torch([
        '        for name, bias in self.rnn.named_parameters():',
        "            if 'bias_ih' in name:",
        '                n = bias.size(0) // 4',
        '                bias.data[n : 2 * n].fill_(1.0)',
      ]),
    },
    { framework: 'keras', bad: keras(', unit_forget_bias=False'), good: keras('') },
  ],
  check: (context) => {
    const { network } = context;
    const seen = new Set<string>();
    for (const node of network.nodes) {
      if (node.op.kind !== 'recurrent' || node.op.cell !== 'lstm' || seen.has(placeOf(node.nameSpan))) continue;
      const biases = forgetBiases(node);
      const low = biases?.filter((bias) => bias < OPEN) ?? [];
      if (!biases || low.length === 0) continue;
      seen.add(placeOf(node.nameSpan));
      const steps = stepsOf(node, network.nodes[node.inputs[0] ?? -1]);
      const layers = biases.length === low.length ? '' : ` of ${low.length} of ${biases.length} layers`;
      context.report({
        severity: 'hint',
        span: node.nameSpan,
        message: message(Math.min(...low), steps, layers),
        related: [],
        intents: [
          {
            kind: 'edit',
            title: 'Start the forget gate at bias 1',
            safe: false,
            changes: [{ kind: 'setArgument', call: node.span, name: 'forgetBias', value: 1 }],
          },
        ],
        explains: [],
      });
    }
  },
});
