/** A softmax that has one class to choose from. */
import type { Network, Node } from '../network/network.ts';
import { kerasTraining, lasagneTraining, torchTraining } from './examples.ts';
import { arranges } from './losses.ts';
import { defineRule } from './rule.ts';
import { isLayer } from './topology.ts';

/** The layer whose output a node arranges or gives as it is. */
export const layerBefore = (network: Network, node: Node): Node | null => {
  let at = network.nodes[node.inputs[0] ?? -1];
  while (at && (arranges(at.op) || at.op.kind === 'dropout' || at.op.kind === 'shift')) at = network.nodes[at.inputs[0] ?? -1];
  return at && isLayer(at) ? at : null;
};

export const softmaxOneUnit = defineRule({
  name: 'softmax-one-unit',
  group: 'activation',
  tier: 'stable',
  docs: {
    what: 'A softmax over one unit: its result is 1, whatever the unit says.',
    why: 'softmax(z)_i = e^{z_i}/Σ_j e^{z_j} over one value is 1, and its derivative p(1 − p) is 0: nothing below it ever learns.',
    exceptions:
      'Not flagged: a softmax over an axis whose size is not known, and one that weighs something, as a router of one expert does.',
    references: ['Goodfellow, Bengio & Courville 2016, Deep Learning, §6.2.2.2 and §6.2.2.3: sigmoid for two classes, softmax for more'],
    severity: 'Error: the network cannot learn.',
    fix: 'Uses the sigmoid. It changes training, and its title says so.',
  },
  examples: [
    {
      framework: 'torch',
      bad: torchTraining('nn.Linear(64, 1), nn.Softmax(dim=1)', 'nn.BCELoss()'),
      good: torchTraining('nn.Linear(64, 1), nn.Sigmoid()', 'nn.BCELoss()'),
    },
    {
      framework: 'keras',
      bad: kerasTraining("layers.Dense(1, activation='softmax')", "'binary_crossentropy'"),
      good: kerasTraining("layers.Dense(1, activation='sigmoid')", "'binary_crossentropy'"),
    },
    {
      framework: 'lasagne',
      bad: lasagneTraining(['DenseLayer(network, 1, nonlinearity=lasagne.nonlinearities.softmax)'], 'binary_crossentropy'),
      good: lasagneTraining(['DenseLayer(network, 1, nonlinearity=sigmoid)'], 'binary_crossentropy'),
    },
  ],
  check: ({ network, facts, report }) => {
    for (const node of network.nodes) {
      const { op, shape } = node;
      if (op.kind !== 'softmax' || shape?.at(op.axis) !== 1 || !layerBefore(network, node) || facts.isGate(node)) continue;
      report({
        span: node.nameSpan,
        severity: 'error',
        message: `Softmax over one unit is always 1 and its gradient 0${op.log ? ' (its logarithm is always 0)' : ''}; for two classes use a sigmoid`,
        related: [],
        explains: [],
        intents: op.log
          ? []
          : [
              {
                kind: 'edit',
                title: 'Use the sigmoid',
                safe: false,
                changes: [{ kind: 'replaceActivation', span: node.span, name: node.nameSpan, from: 'softmax', to: 'sigmoid' }],
              },
            ],
      });
    }
  },
});
