/** Biases that the norm behind their layer takes away again. */
import type { FixIntent } from '../network/intent.ts';
import type { Network, Node } from '../network/network.ts';
import type { Op } from '../network/op.ts';
import { equalScalar, isNumber } from '../network/scalar.ts';
import { biasOf } from './biases.ts';
import { placeOf } from './cases.ts';
import { forAll } from './line.ts';
import { defineRule } from './rule.ts';
import { consumersOf, isLayer } from './topology.ts';

/** Subtracts each feature's mean, over the batch or over the positions of a sample. */
const centres = (op: Op): op is Extract<Op, { kind: 'batchNorm' | 'instanceNorm' }> =>
  op.kind === 'batchNorm' || op.kind === 'instanceNorm';

/** The axis along which the layer adds its bias is the one along which the norm subtracts. */
const sameAxis = (layer: Node, norm: Extract<Op, { kind: 'batchNorm' | 'instanceNorm' }>): boolean => {
  const { op, shape } = layer;
  if (op.kind === 'conv' || op.kind === 'convTranspose') return op.channelAxis === norm.channelAxis;
  if (op.kind !== 'dense' || shape === null) return false;
  // The rank may be assumed; that the norm counts the layer's outputs is not.
  if (!equalScalar(op.outFeatures, norm.features)) return false;
  return norm.kind === 'batchNorm' ? norm.channelAxis === -1 || shape.length === 2 : norm.channelAxis === -1 && shape.length > 2;
};

/** Statistics are no parameters that train; scale and shift are. */
const isFrozen = (node: Node): boolean =>
  node.params.some(
    (p) => p.loaded || (!p.trainable && (p.role === 'gamma' || p.role === 'beta' || p.role === 'weight' || p.role === 'bias')),
  );

const isRemoved = (network: Network, consumers: readonly (readonly number[])[], node: Node): boolean => {
  const readers = (consumers[node.id] ?? []).map((id) => network.nodes[id] as Node);
  if (readers.length === 0 || network.outputs.includes(node.id) || isFrozen(node)) return false;
  return readers.every((reader) => centres(reader.op) && sameAxis(node, reader.op) && !isFrozen(reader));
};

/** Code that draws the bias by hand would find none. */
const intentsFor = (nodes: readonly Node[], call: Node['span']): readonly FixIntent[] => {
  const drawn = nodes.some((node) => biasOf(node)?.init.source === 'call' || (biasOf(node)?.overwritten.length ?? 0) > 0);
  if (drawn) return [];
  return [
    {
      kind: 'edit',
      title: 'Leave the bias out',
      safe: true,
      changes: [{ kind: 'setArgument', call, name: 'bias', value: false }],
    },
  ];
};

const torch = (bias: string): string =>
  ['from torch import nn', '', `net = nn.Sequential(nn.Linear(20, 64${bias}), nn.BatchNorm1d(64), nn.Tanh(), nn.Linear(64, 1))`, ''].join(
    '\n',
  );

const keras = (bias: string): string =>
  [
    'import keras',
    'from keras import layers',
    '',
    'model = keras.Sequential([',
    '    keras.Input((32, 32, 3)),',
    `    layers.Conv2D(16, 3, kernel_initializer='he_normal'${bias}),`,
    '    layers.BatchNormalization(),',
    '    layers.ReLU(),',
    '    layers.GlobalAveragePooling2D(),',
    '    layers.Dense(10),',
    '])',
    '',
  ].join('\n');

export const biasBeforeNorm = defineRule({
  name: 'bias-before-norm',
  group: 'bias',
  tier: 'stable',
  frameworks: ['torch', 'keras', 'tfjs', 'flax', 'lasagne'],
  docs: {
    what: 'A layer has a bias, and all that reads its output is a batch or instance norm, which takes the bias away again.',
    why: '(z + b − E[z + b])/√Var(z + b) = (z − E[z])/√Var(z): the mean over the batch (over the positions of a sample for instance norm) holds b and is subtracted. The gradient with respect to b is exactly zero, so it costs memory, optimizer state and an addition and changes nothing. The norm’s own β is the bias.',
    exceptions:
      'Not flagged: layer, RMS and group norms, which keep what differs between features; norms that are frozen or loaded, which subtract a stored mean; layers whose output is read by anything else; a layer that is built at the same place elsewhere in the network without a norm behind it.',
    severity: 'A hint: nothing trains worse.',
    fix: 'Writes `bias=False` (`use_bias=False`, `useBias: false`, `b=None`): the same function at every step of training. Checkpoints have one entry less, and a seed gives the later draws other numbers. There is no fix where the bias is drawn by hand, since that code would find none.',
    references: ['Ioffe & Szegedy 2015, Batch normalization, arXiv:1502.03167, §3.2'],
  },
  examples: [
    { framework: 'torch', bad: torch(''), good: torch(', bias=False') },
    { framework: 'keras', bad: keras(''), good: keras(', use_bias=False') },
  ],
  check: (context) => {
    const { network } = context;
    const consumers = consumersOf(network);
    const kept = new Set<number>();
    const places = new Map<string, Node[]>();
    for (const node of network.nodes) {
      const bias = biasOf(node);
      if (!bias) continue;
      if (isLayer(node) && bias.trainable && isRemoved(network, consumers, node)) {
        const place = placeOf(node.span);
        places.set(place, [...(places.get(place) ?? []), node]);
      } else kept.add(bias.storage);
    }
    const elsewhere = new Set(
      [...network.nodes, ...network.unreached].flatMap((n) =>
        n.params.length > 0 && !places.get(placeOf(n.span))?.includes(n) ? [placeOf(n.span)] : [],
      ),
    );
    for (const [place, nodes] of places) {
      if (elsewhere.has(place) || nodes.some((node) => kept.has(biasOf(node)?.storage ?? -1))) continue;
      const [first] = nodes as [Node, ...Node[]];
      // What another file builds is built for other networks too.
      if (first.span.anchor.file !== network.nameSpan.anchor.file) continue;
      const readers = new Set(nodes.flatMap((n) => (consumers[n.id] ?? []).map((id) => network.nodes[id]?.op.kind)));
      const norm = readers.has('batchNorm') ? 'batch norm' : 'instance norm';
      const sizes = nodes.map((node) => biasOf(node)?.shape?.[0]);
      const total = sizes.every((s) => isNumber(s ?? null)) ? (sizes as number[]).reduce((a, b) => a + b, 0) : null;
      const what = total === null ? 'its bias again, whose' : `${total === 1 ? 'its bias' : `its ${total} biases`} again, whose`;
      context.report({
        severity: 'hint',
        span: first.nameSpan,
        message: forAll([`The ${norm} behind this layer subtracts ${what} gradient is 0`], nodes.length, 'layer'),
        related: [],
        intents: intentsFor(nodes, first.span),
        explains: [],
        unanimous: true,
      });
    }
  },
});
