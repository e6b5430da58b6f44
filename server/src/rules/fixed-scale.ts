/** Weights whose std is a number that knows nothing of the fan, and misses what the fan asks for. */
import { distributionMoments } from '../network/moments.ts';
import type { Node, Parameter } from '../network/network.ts';
import { isNumber } from '../network/scalar.ts';
import { recommendedStd } from '../signal/recommend.ts';
import { type Case, reportCases } from './cases.ts';
import { kerasStack, lasagneStack, torchStack } from './examples.ts';
import type { Facts } from './facts.ts';
import { familyOf } from './family.ts';
import { count, number, times } from './figures.ts';
import { activationArgs, hiddenWeight, isTransformerScale } from './pairing.ts';
import { gradientPhrase, initializerName, sentence } from './phrases.ts';
import { initializerIntents, recommendations } from './recommendation.ts';
import { defineRule } from './rule.ts';
import { fixedSeverity } from './severity.ts';

const judge = (facts: Facts, layer: Node, weight: Parameter): Case | null => {
  const family = familyOf(weight);
  const moments = distributionMoments(weight.init.distribution);
  if (family.name !== 'fixed' || family.std === null || moments === null || facts.isRescaled(layer)) return null;
  if (isTransformerScale(facts, family) || facts.isMerged(layer)) return null;
  const { fanIn, fanOut } = weight;
  if (!isNumber(fanIn) || !isNumber(fanOut)) return null;
  const direct = facts.next(layer).filter((n) => !n.throughAdd);
  const [act] = direct;
  if (direct.some((n) => n.name !== act?.name) || (act && facts.isGate(act.node))) return null;
  const args = act ? activationArgs(act.node) : {};
  if (args === null) return null;
  const [to] = recommendations(act?.name ?? 'linear', args, weight);
  if (to === undefined) return null;
  const target = recommendedStd(to, fanIn, fanOut);
  const ratio = family.std / target;
  const severity = fixedSeverity(facts, layer, ratio);
  if (severity === null) return null;
  return {
    layer,
    weight,
    severity,
    parts: [
      sentence(`${initializerName(weight, family)} is ${times(ratio)} of the ${number(target)} that ${count(fanIn, 'input')} ask for`),
      gradientPhrase(facts, layer),
    ],
    intents: (layers) => initializerIntents(recommendations(act?.name ?? 'linear', args, weight), layers, weight),
  };
};

export const fixedScale = defineRule({
  name: 'fixed-scale',
  group: 'scale',
  tier: 'stable',
  docs: {
    what: 'A weight’s std is a fixed number that misses, by more than a factor 2, what its number of inputs asks for.',
    why: [
      'A unit sums fan_in products, so a std that keeps the signal on 100 inputs is 4.5 times too large on 2000 and 3 times too small on 11.',
      'In ReLU nets of width 512 the gradient ratio of N(0, 0.01) was measured as 10⁻⁴ over 5 layers and 10⁻¹⁶ over 20; He’s is 1.',
      'LeCun’s 1/√fan_in, Glorot’s and He’s formulas make the scale follow the size.',
      'Where the depth is not known the severity follows the ratio of the std to its target: silent up to 2, hint to 4, information to 10, warning beyond.',
    ].join(' '),
    exceptions:
      'Not flagged: `trunc_normal_(std=.02)` and its like in transformers with norms, heads, embeddings, the last layer of a residual branch, weights that are scaled at run time or loaded afterwards, and any std within ½…2 of its target. ReLU after a fixed scale is [relu-without-he](relu-without-he.md). Behind a normalisation layer it is a hint at most.',
    references: [
      'LeCun, Bottou, Orr & Müller 1998, Efficient BackProp, §4.6',
      'Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks',
    ],
  },
  examples: [
    {
      framework: 'torch',
      bad: torchStack({ depth: 5, init: 'nn.init.normal_(layer.weight, std=0.01)', activation: 'torch.tanh($)' }),
      good: torchStack({ depth: 5, init: 'nn.init.xavier_normal_(layer.weight)', activation: 'torch.tanh($)' }),
    },
    {
      framework: 'keras',
      bad: kerasStack("layers.Dense(256, activation='tanh', kernel_initializer=keras.initializers.RandomNormal(stddev=0.01))", 5),
      good: kerasStack("layers.Dense(256, activation='tanh', kernel_initializer='glorot_normal')", 5),
    },
    {
      framework: 'lasagne',
      bad: lasagneStack('DenseLayer(network, 256, nonlinearity=tanh, W=lasagne.init.Normal(0.01))', 5),
      good: lasagneStack('DenseLayer(network, 256, nonlinearity=tanh, W=lasagne.init.GlorotNormal())', 5),
    },
  ],
  check: (context) => {
    const { facts } = context;
    const cases = facts.layers.map((layer) => {
      const weight = hiddenWeight(facts, layer);
      return weight ? judge(facts, layer, weight) : null;
    });
    reportCases(
      context,
      cases.filter((c) => c !== null),
    );
  },
});
