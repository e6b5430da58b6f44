/** Sparse weights whose std does not make up for the connections that are missing. */
import { stdOf } from '../network/moments.ts';
import type { Node, Parameter } from '../network/network.ts';
import { constantValue, isNumber } from '../network/scalar.ts';
import { recommendedStd } from '../signal/recommend.ts';
import { type Case, reportWeights } from './cases.ts';
import { lasagneStack, torchStack } from './examples.ts';
import type { Facts } from './facts.ts';
import { number, times } from './figures.ts';
import { activationArgs } from './pairing.ts';
import { gradientPhrase } from './phrases.ts';
import { initializerIntents, recommendations } from './recommendation.ts';
import { defineRule } from './rule.ts';
import { layerSeverity } from './severity.ts';

/** Within this factor of the target's std nothing is said. */
const OFF = 2;

const judge = (facts: Facts, layer: Node, weight: Parameter): Case | null => {
  const { distribution } = weight.init;
  if (weight.loaded || !weight.trainable || distribution.kind !== 'sparse' || facts.isHead(layer) || facts.isRescaled(layer)) return null;
  const [density, entry] = [constantValue(distribution.density), constantValue(distribution.std)];
  const std = stdOf(distribution);
  const whole = std === null ? undefined : constantValue(std);
  const { fanIn, fanOut } = weight;
  if (density === undefined || entry === undefined || whole === undefined || whole === 0 || !isNumber(fanIn) || !isNumber(fanOut))
    return null;
  const act = facts.next(layer).find((n) => !n.throughAdd);
  const args = act ? activationArgs(act.node) : null;
  const all = act && args ? recommendations(act.name, args, weight) : [];
  const [to] = all;
  if (!to) return null;
  const target = recommendedStd(to, fanIn, fanOut);
  const ratio = whole / target;
  if (ratio >= 1 / OFF && ratio <= OFF) return null;
  const inputs = Math.max(1, Math.round(density * fanIn));
  return {
    layer,
    weight,
    severity: layerSeverity(facts, layer, weight, 'information'),
    parts: [
      `About ${inputs} of ${fanIn} inputs at std ${number(entry)} give ${times(ratio)} the signal that std ${number(target / Math.sqrt(density))} would`,
      gradientPhrase(facts, layer),
    ],
    intents: (layers) => initializerIntents(all, layers, weight),
  };
};

export const sparseScale = defineRule({
  name: 'sparse-scale',
  group: 'scale',
  tier: 'preview',
  frameworks: ['torch', 'lasagne'],
  docs: {
    what: 'A sparse initializer’s std ignores how few inputs it leaves to a unit.',
    why: [
      'With a share d of the connections drawn from N(0, s²) the variance of an entry is d·s², so a unit’s pre-activation has fan_in·d·s² times the second moment of its inputs; s has to be 1/√d times the std that the layer asks for.',
      'Martens 2010 drew 15 connections a unit from a unit Gaussian, whatever the width; the libraries’ default std 0.01 was meant for nothing in particular and leaves 0.01·√(d·fan_in) of the signal.',
      'PyTorch’s `sparsity` is the share of zeros, Lasagne’s the share of non-zeros.',
    ].join(' '),
    exceptions:
      'Not flagged: a std within a factor two of the target, heads, layers of which the activation or a size is not known, weights that are loaded afterwards or scaled at run time. Behind a normalisation layer it is a hint.',
    references: ['Martens 2010, Deep learning via Hessian-free optimization, §5', 'Sutskever, Martens, Dahl & Hinton 2013, §3.1'],
  },
  examples: [
    {
      framework: 'torch',
      bad: torchStack({ depth: 4, init: 'nn.init.sparse_(layer.weight, sparsity=0.9)', activation: 'torch.tanh($)' }),
      good: torchStack({ depth: 4, init: 'nn.init.sparse_(layer.weight, sparsity=0.9, std=0.2)', activation: 'torch.tanh($)' }),
    },
    {
      framework: 'lasagne',
      bad: lasagneStack('DenseLayer(network, 256, nonlinearity=tanh, W=lasagne.init.Sparse(0.1))', 4),
      good: lasagneStack('DenseLayer(network, 256, nonlinearity=tanh, W=lasagne.init.Sparse(0.1, std=0.2))', 4),
    },
  ],
  check: (context) => reportWeights(context, judge),
});
