/** Initializers that count fans, on vectors, which have none: they raise. */
import type { FixIntent } from '../network/intent.ts';
import type { Node, Note } from '../network/network.ts';
import { type Noted, notedAt, reportNote, textIn } from './noted.ts';
import { defineRule, type RuleContext } from './rule.ts';

/** Layers whose bias a note is about. */
const layersOf = ({ network }: RuleContext, notes: readonly Note[]): readonly Node[] => {
  const storages = new Set(notes.map((note) => note.storage));
  return [...network.nodes, ...network.unreached].filter((node) => node.params.some((p) => p.role === 'bias' && storages.has(p.storage)));
};

const intentsFor = (context: RuleContext, { first, all }: Noted): readonly FixIntent[] => {
  const instead = textIn(first, 'instead');
  // A call that also draws matrices must not fill them with zeros.
  if (first.data?.generic === true) return [];
  if (instead !== undefined)
    return [
      {
        kind: 'edit',
        title: 'Fill the vector with zeros',
        safe: false,
        changes: [{ kind: 'callInstead', call: first.span, name: instead }],
      },
    ];
  const nodes = layersOf(context, all).map((node) => node.id);
  if (nodes.length === 0) return [];
  const to = { family: 'zeros', law: 'normal', gain: 1, slope: 0, mode: 'fanIn', activation: 'linear' } as const;
  return [{ kind: 'setInitializer', nodes, role: 'bias', to, span: first.span }];
};

const sentence = ({ first, all }: Noted): string => {
  const others = new Set(all.map((note) => note.storage)).size - 1;
  if (others === 0) return first.message;
  return `${first.message}, and on ${others} more that this call reaches`;
};

export const initOnVector = defineRule({
  name: 'init-on-vector',
  group: 'plumbing',
  tier: 'stable',
  frameworks: ['torch', 'keras', 'tfjs', 'flax', 'lasagne'],
  docs: {
    what: 'Xavier, Kaiming or orthogonal initialisation of a parameter with one axis: a bias, the weight of a norm.',
    why: 'Var(W) = 2/(fan_in + fan_out) needs a matrix to count inputs and outputs of; a vector has neither, and an orthogonal matrix needs two axes. The framework raises at run time. In PyTorch it happens most in loops over `parameters()`, which give biases too.',
    exceptions:
      'Not flagged: shapes whose rank is not known; what stands in a `try` that expects the error; loops that ask for `p.dim() > 1` or for `weight` in the name where that leaves the vectors out. Keras counts a vector’s size as both fans, so only its orthogonal and identity initializers raise.',
    severity: 'An error: it raises at run time.',
    fix: 'Fills the vector with zeros, which is where biases start (changes training: there is none before it). A loop that also reaches matrices has no fix: ask it for `p.dim() > 1`.',
    references: [
      'PyTorch: `_calculate_fan_in_and_fan_out`, "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions"',
      'Glorot & Bengio 2010, eq. 16',
    ],
  },
  examples: [
    {
      framework: 'torch',
      bad: [
        'from torch import nn',
        '',
        'net = nn.Sequential(nn.Linear(20, 64), nn.Tanh(), nn.Linear(64, 1))',
        'nn.init.xavier_uniform_(net[0].weight)',
        'nn.init.xavier_uniform_(net[0].bias)',
        '',
      ].join('\n'),
      good: [
        'from torch import nn',
        '',
        'net = nn.Sequential(nn.Linear(20, 64), nn.Tanh(), nn.Linear(64, 1))',
        'nn.init.xavier_uniform_(net[0].weight)',
        'nn.init.zeros_(net[0].bias)',
        '',
      ].join('\n'),
    },
    {
      framework: 'lasagne',
      bad: [
        'import lasagne',
        'from lasagne.layers import DenseLayer, InputLayer',
        '',
        'network = InputLayer((None, 20))',
        "network = DenseLayer(network, 64, W=lasagne.init.HeNormal('relu'), b=lasagne.init.GlorotUniform())",
        'network = DenseLayer(network, 1, nonlinearity=None)',
        '',
      ].join('\n'),
      good: [
        'import lasagne',
        'from lasagne.layers import DenseLayer, InputLayer',
        '',
        'network = InputLayer((None, 20))',
        "network = DenseLayer(network, 64, W=lasagne.init.HeNormal('relu'), b=lasagne.init.Constant(0))",
        'network = DenseLayer(network, 1, nonlinearity=None)',
        '',
      ].join('\n'),
    },
  ],
  check: (context) => {
    for (const noted of notedAt(context, 'init-on-vector'))
      reportNote(context, noted, { severity: 'error', message: sentence(noted), intents: intentsFor(context, noted) });
  },
});
