/** Weights drawn from N(0, 1) whatever the number of inputs. */
import type { Node, Parameter } from '../network/network.ts';
import { isNumber } from '../network/scalar.ts';
import { type Case, reportWeights } from './cases.ts';
import { kerasStack, lasagneStack, torchStack } from './examples.ts';
import type { Facts } from './facts.ts';
import { familyOf } from './family.ts';
import { number, times } from './figures.ts';
import { activationArgs } from './pairing.ts';
import { gradientPhrase } from './phrases.ts';
import { initializerIntents, recommendations } from './recommendation.ts';
import { defineRule } from './rule.ts';
import { atMost, fixedSeverity, layerSeverity } from './severity.ts';

/** Below this an unscaled draw is within a factor 4 of 1/√fan_in. */
const FEWEST_INPUTS = 16;

/** The output matrix is an embedding's table too, of which embedding-scale speaks. */
const isTable = (facts: Facts, weight: Parameter): boolean =>
  facts.network.nodes.some(({ op, params }) => op.kind === 'embedding' && params.some((p) => p.storage === weight.storage));

const judge = (facts: Facts, layer: Node, weight: Parameter): Case | null => {
  if (weight.loaded || !weight.trainable || facts.isRescaled(layer)) return null;
  const { fanIn } = weight;
  if (familyOf(weight).name !== 'unitNormal' || !isNumber(fanIn) || fanIn < FEWEST_INPUTS || isTable(facts, weight)) return null;
  const head = facts.isHead(layer);
  // A single-layer model is convex: its scale is a starting point, not a handicap.
  if (head && facts.layers.length === 1) return null;
  const act = facts.next(layer).find((n) => !n.throughAdd);
  const args = act && activationArgs(act.node);
  const rms = Math.sqrt(fanIn);
  const severity = head
    ? atMost(fixedSeverity(facts, layer, rms) ?? 'hint', 'information')
    : (fixedSeverity(facts, layer, rms) ?? layerSeverity(facts, layer, weight));
  return {
    layer,
    weight,
    severity,
    parts: [
      `N(0, 1) on ${fanIn} inputs multiplies the signal ${times(rms)}, which 1/√${fanIn} = ${number(1 / rms)} keeps`,
      head ? null : gradientPhrase(facts, layer),
    ],
    intents: (layers) => initializerIntents(recommendations(act && args ? act.name : 'linear', args ?? {}, weight), layers, weight),
  };
};

export const unitNormalWeights = defineRule({
  name: 'unit-normal-weights',
  group: 'scale',
  tier: 'stable',
  docs: {
    what: 'A weight matrix of 16 inputs or more is drawn from an unscaled N(0, 1): `randn`, `normal_()`, `random_normal`.',
    why: [
      'A unit sums fan_in products, so its pre-activation has fan_in·Var(W) times the second moment of its inputs: with N(0, 1) on 784 inputs that is ×28 in rms at every layer.',
      'Saturating units then start saturated, ReLU nets start with outputs and gradients that grow by √(fan_in/2) per layer.',
      'Every classic initializer divides by the fan: LeCun 1/fan_in, Glorot 2/(fan_in + fan_out), He 2/fan_in.',
    ].join(' '),
    exceptions:
      'Not flagged: embeddings; equalized learning rate, where the weights or the layer’s input or output are scaled at run time; frozen random features; single-layer models; fewer than 16 inputs; weights that are loaded afterwards. Behind a normalisation layer it is a hint at most, at a head an information.',
    references: [
      'LeCun, Bottou, Orr & Müller 1998, Efficient BackProp, §4.6',
      'Karras, Aila, Laine & Lehtinen 2018, arXiv:1710.10196, §4.1 (equalized learning rate)',
    ],
  },
  examples: [
    {
      framework: 'torch',
      bad: torchStack({ depth: 4, init: 'nn.init.normal_(layer.weight)', activation: 'torch.relu($)' }),
      good: torchStack({ depth: 4, init: 'nn.init.normal_(layer.weight, std=math.sqrt(2 / 256))', activation: 'torch.relu($)' }),
    },
    {
      framework: 'keras',
      bad: kerasStack("layers.Dense(256, activation='relu', kernel_initializer=keras.initializers.RandomNormal(stddev=1.0))", 4),
      good: kerasStack("layers.Dense(256, activation='relu', kernel_initializer='he_normal')", 4),
    },
    {
      framework: 'lasagne',
      bad: lasagneStack('DenseLayer(network, 256, W=lasagne.init.Normal(1.0))', 4),
      good: lasagneStack("DenseLayer(network, 256, W=lasagne.init.HeNormal(gain='relu'))", 4),
    },
  ],
  check: (context) => reportWeights(context, judge),
});
