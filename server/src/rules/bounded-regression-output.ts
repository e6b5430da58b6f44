/** A last layer that cannot reach all values under a loss for values. */
import type { Network } from '../network/network.ts';
import { isNumber } from '../network/scalar.ts';
import type { Loss, LossKind } from '../network/training.ts';
import { kerasTraining, lasagneTraining, torchTraining } from './examples.ts';
import { appliedLosses, isReconstruction, type LastOperation } from './losses.ts';
import { defineRule } from './rule.ts';
import { layerBefore } from './softmax-one-unit.ts';

const REGRESSION: ReadonlySet<LossKind> = new Set<LossKind>(['squaredError', 'absoluteError', 'huber']);

/** More outputs than this are an image, a spectrum or what was put in rather than a few values. */
const FEW = 10;

/** A dense layer of a few values before the activation. */
const regresses = (network: Network, loss: Loss, { node }: LastOperation): boolean => {
  const given = node ?? network.nodes[loss.on?.node ?? -1];
  const layer = given && (node ? layerBefore(network, node) : given);
  return layer?.op.kind === 'dense' && isNumber(layer.op.outFeatures) && layer.op.outFeatures <= FEW && given?.shape?.length === 2;
};

const RANGES: Readonly<Record<string, string>> = { sigmoid: '(0, 1)', tanh: '(−1, 1)' };

export const boundedRegressionOutput = defineRule({
  name: 'bounded-regression-output',
  group: 'training',
  tier: 'stable',
  // By hand, over arrays, neither the loss nor the optimizer has a name.
  frameworks: ['torch', 'keras', 'tfjs', 'lasagne', 'flax'],
  docs: {
    what: 'The output of a network that is trained on values (squared or absolute error) ends in a ReLU, a sigmoid or a tanh.',
    why: [
      'A ReLU at the output has a gradient of 0 where it gives 0: of a new network that is about half of all outputs, and an output that is 0 for every sample never learns again.',
      'A sigmoid reaches only values in (0, 1), a tanh only those in (−1, 1), and near the ends the derivative p(1 − p) or 1 − p² makes the gradient vanish.',
    ].join(' '),
    exceptions:
      'Not flagged: networks whose output is the input again or has its size, images and other outputs of more than ten values, targets that another network computes. Where the targets are scaled into the range on purpose, ignore the finding; for values that are never negative prefer a softplus or an exponential to a ReLU.',
    references: ['Goodfellow, Bengio & Courville 2016, Deep Learning, §6.2.2.1: linear units for Gaussian outputs'],
    severity: 'Warning for a ReLU, which can die; information for a sigmoid or a tanh, which may be meant.',
    fix: 'Leaves the activation out. It changes training, and its title says so.',
  },
  examples: [
    {
      framework: 'torch',
      bad: torchTraining('nn.Linear(64, 1), nn.ReLU()', 'nn.MSELoss()'),
      good: torchTraining('nn.Linear(64, 1)', 'nn.MSELoss()'),
    },
    {
      framework: 'keras',
      bad: kerasTraining("layers.Dense(1, activation='tanh')", "'mse'"),
      good: kerasTraining('layers.Dense(1)', "'mse'"),
    },
    {
      framework: 'lasagne',
      bad: lasagneTraining(['DenseLayer(network, 1)'], 'squared_error'),
      good: lasagneTraining(['DenseLayer(network, 1, nonlinearity=None)'], 'squared_error'),
    },
  ],
  check: ({ network, report, reported }) => {
    for (const { loss, last } of appliedLosses(network)) {
      if (!REGRESSION.has(loss.kind) || loss.taught || last.op.kind !== 'activation' || network.training.accuracy) continue;
      const { name } = last.op;
      const range = RANGES[name];
      if ((name !== 'relu' && range === undefined) || !regresses(network, loss, last) || isReconstruction(network)) continue;
      if (reported.some((f) => f.span === last.nameSpan)) continue;
      report({
        span: last.nameSpan,
        severity: name === 'relu' ? 'warning' : 'information',
        message:
          range === undefined
            ? `ReLU at the output under ${loss.name}: about half of a new network’s outputs are 0 and have no gradient`
            : `${name === 'tanh' ? 'Tanh' : 'Sigmoid'} keeps the output in ${range} under ${loss.name}: targets beyond it are out of reach`,
        related: [{ span: loss.span, message: `${loss.name} is applied to it` }],
        explains: [],
        intents: [
          {
            kind: 'edit',
            title: 'Leave the output linear',
            safe: false,
            changes: [{ kind: 'leaveOut', span: last.span, name: last.nameSpan }],
          },
        ],
      });
    }
  },
});
