/** Hidden weight matrices of one constant: units that start identical. */

import { isConstant, meanOf } from '../network/moments.ts';
import type { Node, Parameter } from '../network/network.ts';
import { constantValue, isNumber } from '../network/scalar.ts';
import { type Case, reportCases } from './cases.ts';
import { kerasStack, lasagneStack, torchStack } from './examples.ts';
import type { Facts } from './facts.ts';
import { number } from './figures.ts';
import { activationArgs } from './pairing.ts';
import { initializerIntents, recommendations } from './recommendation.ts';
import { defineRule } from './rule.ts';
import { isSplitLayer, isWeighted, weightOf, weightsOf } from './topology.ts';

/** Units that the matrix computes; null where unknown. */
const unitsOf = ({ op }: Node): number | null => {
  switch (op.kind) {
    case 'dense':
    case 'bilinear':
      return isNumber(op.outFeatures) ? op.outFeatures : null;
    case 'conv':
    case 'convTranspose':
      return isNumber(op.outChannels) ? op.outChannels : null;
    case 'recurrent':
      return isNumber(op.units) ? op.units : null;
    default:
      return null;
  }
};

/** One filter a channel: equal filters see different inputs. */
const isDepthwise = ({ op }: Node): boolean => op.kind === 'conv' && op.groups !== 1 && isNumber(op.groups) && op.groups === op.outChannels;

/** Part of a sum with a layer that is drawn (LoRA beside the weight it adapts, U = 0 in W·x + U·h), which tells the units apart. */
const isBesideDrawn = ({ network }: Facts, { id }: Node): boolean => {
  const isDrawn = (other: number): boolean => {
    const weight = weightOf(network.nodes[other] as Node);
    return weight !== undefined && !isConstant(weight.init.distribution);
  };
  return network.nodes.some((sum) => sum.inputs.includes(id) && isSplitLayer(network, sum) && sum.inputs.some(isDrawn));
};

const opensGates = (facts: Facts, node: Node): boolean => {
  const next = facts.next(node).filter((n) => !n.throughAdd);
  return next.length > 0 && next.every((n) => facts.isGate(n.node));
};

/** Zeros added to values that are given (anchors, reference points) start as these. */
const correctsData = ({ network }: Facts, { id }: Node): boolean =>
  network.nodes.some(
    ({ op, inputs, params }) => op.kind === 'shift' && inputs[0] === id && !params.some((p) => p.trainable && !p.constant),
  );

/** Zeros straight before a ReLU: all its inputs are 0, where it has no slope, so even a head of them never starts. */
const diesAtOnce = (facts: Facts, node: Node, value: number): boolean =>
  value === 0 &&
  facts.next(node).some((n) => !n.throughAdd && n.name === 'relu') &&
  node.params.every((p) => p.role !== 'bias' || constantValue(meanOf(p.init.distribution) ?? NaN) === 0);

const isJudged = (facts: Facts, node: Node, weight: Parameter, value: number): boolean => {
  const units = unitsOf(node);
  // One unit is like no other; a layer of none has no weights.
  if (weight.loaded || !weight.trainable || isDepthwise(node) || (units !== null && units <= 1)) return false;
  if (facts.isHead(node)) return diesAtOnce(facts, node, value);
  // Zeros that join a sum or a product start a branch as the identity: residual, zero convolution, LoRA, adaLN. Before a gate they
  // open all gates alike, and each then gets the gradient of what it lets through.
  if (value === 0 && (facts.isMerged(node) || opensGates(facts, node) || correctsData(facts, node))) return false;
  return !isBesideDrawn(facts, node);
};

const judge = (facts: Facts, node: Node, weight: Parameter): Case | null => {
  const mean = meanOf(weight.init.distribution);
  const value = mean === null ? undefined : constantValue(mean);
  if (!isConstant(weight.init.distribution) || value === undefined || !isJudged(facts, node, weight, value)) return null;
  const units = unitsOf(node);
  const which = units === null ? 'All units start' : `All ${units} units start`;
  const act = facts.next(node).find((n) => !n.throughAdd);
  const args = act && activationArgs(act.node);
  const effect = value === 0 ? 'pass on no signal and no gradient' : 'compute the same feature';
  return {
    layer: node,
    weight,
    severity: 'error',
    parts: [`${which} with every weight at ${number(value)}, so they ${effect}`],
    intents: (layers) => initializerIntents(recommendations(act && args ? act.name : 'linear', args ?? {}, weight), layers, weight),
  };
};

export const constantWeights = defineRule({
  name: 'constant-weights',
  group: 'symmetry',
  tier: 'stable',
  docs: {
    what: 'A hidden weight matrix is filled with zeros, ones or another constant.',
    why: [
      'Units of one layer that start with equal weights compute equal outputs, and where the layers around them are constant too they receive equal gradients and stay identical for ever: the layer is one unit wide whatever its size.',
      'With zeros it is worse: the layer’s output is its bias, and no gradient passes to what lies before it.',
      'Random weights break the symmetry; the scale of the recommended initializer keeps the signal.',
    ].join(' '),
    exceptions:
      'Not flagged: a zero head and single-layer (logistic) models; zeros that join a sum or a product as they are, which start a branch as the identity (last layer of a residual branch, zero convolutions of ControlNet, LoRA’s B, adaLN-zero, LayerScale and ReZero factors); constants that are added to a layer that is drawn; zeros that correct values which are given (anchors); zeros before a softmax whose weights mix other values (deformable attention, routers), or before a gate; biases and the weights of norms; depthwise filters; frozen weights; weights that are loaded afterwards; identity and dirac matrices. It is an error at any depth.',
    references: [
      'Goodfellow, Bengio & Courville 2016, Deep Learning, §8.4',
      'Bengio 2012, Practical recommendations for gradient-based training of deep architectures, arXiv:1206.5533',
    ],
  },
  examples: [
    {
      framework: 'torch',
      bad: torchStack({ depth: 1, init: 'nn.init.zeros_(layer.weight)', activation: 'torch.relu($)' }),
      good: torchStack({ depth: 1, init: 'nn.init.kaiming_normal_(layer.weight)', activation: 'torch.relu($)' }),
    },
    {
      framework: 'keras',
      bad: kerasStack("layers.Dense(256, activation='relu', kernel_initializer='zeros')", 1),
      good: kerasStack("layers.Dense(256, activation='relu', kernel_initializer='he_normal')", 1),
    },
    {
      framework: 'lasagne',
      bad: lasagneStack('DenseLayer(network, 256, W=lasagne.init.Constant(0))', 1),
      good: lasagneStack("DenseLayer(network, 256, W=lasagne.init.HeNormal(gain='relu'))", 1),
    },
  ],
  check: (context) => {
    const cases: Case[] = [];
    const seen = new Set<number>();
    for (const node of context.network.nodes) {
      if (!isWeighted(node.op)) continue;
      for (const weight of weightsOf(node)) {
        const found = seen.has(weight.storage) ? null : judge(context.facts, node, weight);
        seen.add(weight.storage);
        if (found) cases.push(found);
      }
    }
    reportCases(context, cases);
  },
});
