/** Weights whose draws all lean to one side: U(0, 1), `rand`, `uniform_()`. */
import { meanOf, stdOf } from '../network/moments.ts';
import type { Node, Parameter } from '../network/network.ts';
import { constantValue, isNumber, type Scalar } from '../network/scalar.ts';
import { type Case, reportWeights } from './cases.ts';
import { kerasStack, lasagneStack, torchStack } from './examples.ts';
import type { Facts } from './facts.ts';
import { familyOf } from './family.ts';
import { number } from './figures.ts';
import { activationArgs } from './pairing.ts';
import { initializerIntents, recommendations } from './recommendation.ts';
import { defineRule, type Severity } from './rule.ts';
import { atMost, isSized, isWritten, layerSeverity } from './severity.ts';

/** The common part of all units has to outweigh what tells them apart by this much. */
const OUTWEIGHS = 2;

interface Lean {
  readonly mean: number;
  readonly std: number;
  /** fan_in·|w̄|: what every unit gets alike, in units of the mean input. */
  readonly shared: number;
  /** √fan_in·std: what differs between units. */
  readonly own: number;
  readonly fanIn: number;
}

const numeric = (x: Scalar | null | undefined): number | null => (x == null ? null : (constantValue(x) ?? null));

const leanOf = ({ init, fanIn }: Parameter): Lean | null => {
  const [mean, std] = [numeric(meanOf(init.distribution)), numeric(stdOf(init.distribution))];
  if (mean === null || std === null || mean === 0 || std === 0 || !isNumber(fanIn)) return null;
  return { mean, std, shared: fanIn * Math.abs(mean), own: Math.sqrt(fanIn) * std, fanIn };
};

/** By the signal alone: the part of the gradient that the mean adds is not in G. */
const severityOf = (facts: Facts, layer: Node, weight: Parameter, head: boolean): Severity => {
  const computed = layerSeverity(facts, layer, weight, 'information');
  const run = facts.run(layer);
  const grown = isSized(facts, run) && facts.next(layer).some((n) => !n.throughAdd) && isWritten(weight) ? 'warning' : computed;
  const severity = facts.isNormalised(layer) ? 'hint' : computed === 'error' ? computed : grown;
  return head ? atMost(severity, 'information') : severity;
};

const judge = (facts: Facts, layer: Node, weight: Parameter): Case | null => {
  if (weight.loaded || !weight.trainable || facts.isRescaled(layer) || familyOf(weight).name !== 'offset') return null;
  const lean = leanOf(weight);
  if (lean === null || lean.shared < OUTWEIGHS * lean.own) return null;
  const head = facts.isHead(layer);
  if (head && facts.layers.length === 1) return null;
  const act = facts.next(layer).find((n) => !n.throughAdd);
  const args = act && activationArgs(act.node);
  return {
    layer,
    weight,
    severity: severityOf(facts, layer, weight, head),
    parts: [
      `Weights of mean ${number(lean.mean)}: all units share ${number(lean.shared)} × the input’s mean and differ by ${number(lean.own)} × its rms`,
    ],
    intents: (layers) => initializerIntents(recommendations(act && args ? act.name : 'linear', args ?? {}, weight), layers, weight),
  };
};

export const nonzeroMeanWeights = defineRule({
  name: 'nonzero-mean-weights',
  group: 'scale',
  tier: 'stable',
  docs: {
    what: 'A weight matrix is drawn from a law whose mean is not zero: U(0, 1) of `rand`, `uniform_()` or `random_uniform()`, or a normal around another centre.',
    why: [
      'z_i = Σ_j w_ij·h_j splits into w̄·Σ_j h_j, which is the same for every unit, and a part with standard deviation std·√(fan_in·E[h²]), which tells the units apart.',
      'The common part grows with fan_in, the other with √fan_in: behind a ReLU or a sigmoid, whose outputs have a mean of their own, U(0, 1) on 256 inputs adds 128 times the mean input to each unit beside a spread of 4.6 times the input’s rms.',
      'So the units of a layer compute nearly the same thing, signals grow by about fan_in·w̄ per layer, and saturating units start saturated.',
    ].join(' '),
    exceptions:
      'Not flagged: embeddings and biases, weights that are scaled at run time, frozen weights, weights that are loaded afterwards, single-layer models, means so small that fan_in·|w̄| stays under twice √fan_in·std. Behind a normalisation layer it is a hint, at a head an information. Models that need non-negative weights (monotone networks, non-negative matrix factorisation) should scale them by 1/fan_in instead.',
    references: [
      'LeCun, Bottou, Orr & Müller 1998, Efficient BackProp, §4.6',
      'Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks, §4.2.1 (weights of zero mean)',
    ],
  },
  examples: [
    {
      framework: 'torch',
      bad: torchStack({ depth: 4, init: 'nn.init.uniform_(layer.weight)', activation: 'torch.relu($)' }),
      good: torchStack({ depth: 4, init: "nn.init.kaiming_uniform_(layer.weight, nonlinearity='relu')", activation: 'torch.relu($)' }),
    },
    {
      framework: 'keras',
      bad: kerasStack("layers.Dense(256, activation='relu', kernel_initializer=keras.initializers.RandomUniform(0.0, 1.0))", 4),
      good: kerasStack("layers.Dense(256, activation='relu', kernel_initializer='he_uniform')", 4),
    },
    {
      framework: 'lasagne',
      bad: lasagneStack('DenseLayer(network, 256, W=lasagne.init.Uniform((0, 1)))', 4),
      good: lasagneStack("DenseLayer(network, 256, W=lasagne.init.HeUniform(gain='relu'))", 4),
    },
  ],
  check: (context) => reportWeights(context, judge),
});
