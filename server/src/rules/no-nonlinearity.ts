/** Two weight layers in a row that one could replace, because nothing non-linear stands between them. */
import type { Network, Node } from '../network/network.ts';
import type { OpKind, OpOf } from '../network/op.ts';
import { type Dim, isNumber } from '../network/scalar.ts';
import { kerasStack, lasagneStack, torchStack } from './examples.ts';
import type { Facts } from './facts.ts';
import { times } from './figures.ts';
import { forAll } from './line.ts';
import { defineRule, type RuleContext, type Severity } from './rule.ts';
import { consumersOf, isLayer, weightOf } from './topology.ts';

type Matrix = OpOf<'dense'> | OpOf<'conv'>;

/** Ops after which a linear map is still a linear map of the same features. Reshapes and transposes mix other axes: Mixers, separable maps. */
const LINEAR: ReadonlySet<OpKind> = new Set<OpKind>(['identity', 'dropout', 'flatten', 'pad', 'affine', 'shift', 'scale', 'batchNorm']);

const isMatrix = (node: Node): node is Node & { readonly op: Matrix } =>
  isLayer(node) && node.inputs.length === 1 && (node.op.kind === 'dense' || (node.op.kind === 'conv' && node.op.groups === 1));

const widths = (op: Matrix): readonly [Dim, Dim] =>
  op.kind === 'dense' ? [op.inFeatures, op.outFeatures] : [op.inChannels, op.outChannels];

const averages = ({ op }: Node): boolean => (op.kind === 'pool' || op.kind === 'globalPool') && op.reduce === 'average';

interface Pair {
  readonly first: Node & { readonly op: Matrix };
  readonly second: Node & { readonly op: Matrix };
  readonly normed: boolean;
}

/** The layer that alone reads this one's output, with only linear ops in between. */
const follower = (network: Network, consumers: readonly (readonly number[])[], first: Node & { readonly op: Matrix }): Pair | null => {
  let [id, normed] = [first.id, false];
  for (;;) {
    const readers = consumers[id] ?? [];
    const next = network.nodes[readers[0] ?? -1];
    if (readers.length !== 1 || next === undefined || next.inputs.length !== 1 || network.outputs.includes(id)) return null;
    if (isMatrix(next)) return { first, second: next, normed };
    if (!LINEAR.has(next.op.kind) && !averages(next)) return null;
    normed ||= next.op.kind === 'batchNorm';
    id = next.id;
  }
};

/** Weights that do not start as what was drawn, or that nobody trains, are somebody's purpose; so are two calls of one matrix. */
const isOrdinary = ({ first, second }: Pair): boolean => {
  const [a, b] = [weightOf(first), weightOf(second)];
  if (!a || !b || a.storage === b.storage) return false;
  return [a, b].every((w) => !w.loaded && w.trainable && w.init.distribution.kind !== 'identity' && w.init.distribution.kind !== 'dirac');
};

/** A thin waist makes it a matrix of low rank (bottlenecks, LoRA, factorised embeddings); kernels along different axes a separable one. */
const isFactorised = ({ first, second, normed }: Pair): boolean => {
  const [[from, waist], [, to]] = [widths(first.op), widths(second.op)];
  if (!isNumber(from) || !isNumber(waist) || !isNumber(to)) return true;
  // Inverted bottlenecks end in a norm without an activation (MobileNetV2), the first of them as wide as it begins.
  if (normed ? waist <= Math.min(from, to) : waist < Math.min(from, to)) return true;
  if (first.op.kind !== 'conv' || second.op.kind !== 'conv') return false;
  const flat = (kernel: readonly Dim[]): string => kernel.map((k) => (k === 1 ? '1' : 'k')).join();
  const square = (kernel: readonly Dim[]): boolean => new Set(kernel.map((k) => (isNumber(k) ? k : '?'))).size === 1;
  return !square(first.op.kernel) && !square(second.op.kernel) && flat(first.op.kernel) !== flat(second.op.kernel);
};

/** A convolution keeps the sizes that a dense layer without a flatten before it would mix: positions. */
const sameAxes = ({ first, second }: Pair): boolean => !(first.op.kind === 'dense' && second.op.kind === 'conv');

/** What the two of them compute. */
const together = ({ first, second }: Pair): string => {
  const [[from, waist], [, to]] = [widths(first.op), widths(second.op)] as readonly (readonly [number, number])[] as [
    [number, number],
    [number, number],
  ];
  if (first.op.kind === 'dense' && second.op.kind === 'dense')
    return `both are one ${from}→${to} matrix with ${times((from * waist + waist * to) / (from * to))} the weights`;
  if (first.op.kind !== 'conv' || second.op.kind !== 'conv') return `both are one linear map of ${from} channels to ${to}`;
  const { kernel: inner, stride } = first.op;
  const size = second.op.kernel.map((k, i) => {
    const [a, s] = [inner[i], stride[i]];
    return isNumber(k) && isNumber(a) && isNumber(s) ? String(a + (k - 1) * s) : '?';
  });
  if (size.includes('?')) return `both are one convolution ${from}→${to}`;
  return size.length === 1
    ? `both are one convolution ${from}→${to} of width ${size[0]}`
    : `both are one ${size.join('×')} convolution ${from}→${to}`;
};

const check = ({ facts, network, report }: RuleContext): void => {
  if (!network.complete) return;
  const consumers = consumersOf(network);
  const places = new Map<string, { readonly pair: Pair; count: number }>();
  for (const layer of facts.layers) {
    const pair = isMatrix(layer) ? follower(network, consumers, layer) : null;
    if (pair === null || !isOrdinary(pair) || !sameAxes(pair) || isFactorised(pair) || mixes(facts, pair)) continue;
    const { anchor, start } = layer.nameSpan;
    const key = `${anchor.file}:${anchor.offset + start}`;
    const known = places.get(key);
    if (known) known.count++;
    else places.set(key, { pair, count: 1 });
  }
  for (const { pair, count } of places.values()) {
    const severity: Severity = pair.normed ? 'information' : 'warning';
    const before = pair.normed ? 'Only a normalisation stands' : 'Nothing non-linear stands';
    report({
      severity,
      span: pair.first.nameSpan,
      message: forAll(
        [[`${before} before \`${pair.second.path}\`: ${together(pair)}`, `${before} before the next layer: ${together(pair)}`]],
        count,
        'pair',
      ),
      related: [{ span: pair.second.nameSpan, message: 'The layer that follows' }],
      intents: [],
      explains: [],
    });
  }
};

/** Projections of attention and branches of sums and products are linear on purpose. */
const mixes = (facts: Facts, { second }: Pair): boolean => facts.isMerged(second);

export const noNonlinearity = defineRule({
  name: 'no-nonlinearity',
  group: 'activation',
  tier: 'stable',
  docs: {
    what: 'Two weight layers follow each other with nothing non-linear between them.',
    why: [
      'W₂(W₁x + b₁) + b₂ = (W₂W₁)x + (W₂b₁ + b₂): two linear layers in a row compute what one computes, with more weights, and the depth adds nothing to what the network can express.',
      'Mostly an activation was forgotten. Dropout, flattening, average pooling and, once trained, batch normalisation are linear too.',
    ].join(' '),
    exceptions:
      'Not flagged: a thin waist (a matrix of low rank on purpose: bottlenecks, LoRA, factorised embeddings; behind a norm also one that is no wider than its ends, as in inverted bottlenecks), depthwise and grouped convolutions beside pointwise ones, kernels along different axes, transposed convolutions, projections of attention, branches of residual sums and of products, layers whose output is used twice, tied, frozen, loaded and identity weights, sizes that are not known. With a batch normalisation in between it is an information. Deep linear networks are studied for their own sake (Saxe et al. 2014): silence the rule there.',
    severity: 'A warning; with a batch normalisation in between an information.',
    references: [
      'Goodfellow, Bengio & Courville 2016, Deep Learning, §6.1 and §6.3.1',
      'Saxe, McClelland & Ganguli 2014, Exact solutions to the nonlinear dynamics of learning in deep linear neural networks, arXiv:1312.6120',
    ],
  },
  examples: [
    {
      framework: 'torch',
      bad: torchStack({ depth: 2, init: "nn.init.kaiming_normal_(layer.weight, nonlinearity='linear')", activation: '$' }),
      good: torchStack({ depth: 2, init: "nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')", activation: 'torch.relu($)' }),
    },
    {
      framework: 'keras',
      bad: kerasStack('layers.Dense(256)', 2),
      good: kerasStack("layers.Dense(256, activation='tanh')", 2),
    },
    {
      framework: 'lasagne',
      bad: lasagneStack('DenseLayer(network, 256, nonlinearity=None)', 2),
      good: lasagneStack('DenseLayer(network, 256, nonlinearity=tanh)', 2),
    },
  ],
  check,
});
