/** Two activations one after the other. */

import { activationRow, resolveArgs } from '../knowledge/activations.ts';
import type { Network, Node } from '../network/network.ts';
import { isNumber } from '../network/scalar.ts';
import { lasagneTraining } from './examples.ts';
import { number } from './figures.ts';
import { arranges } from './losses.ts';
import { defineRule } from './rule.ts';
import { layerBefore } from './softmax-one-unit.ts';

/** Monotone activations that somebody puts behind a layer; clips and squares may be steps of a formula. */
const PLAIN: ReadonlySet<string> = new Set(['relu', 'leakyRelu', 'elu', 'selu', 'sigmoid', 'tanh', 'softplus', 'softsign']);

/** Applied twice they give what they gave. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['relu']);

interface Range {
  readonly low: number;
  readonly high: number;
}

const functionOf = (node: Node): ((x: number) => number) | null => {
  if (node.op.kind !== 'activation') return null;
  const row = activationRow(node.op.name);
  const args = row && resolveArgs(row, node.op.args);
  return row && args ? (x) => row.value(x, args) : null;
};

/** Far out, where a function that has a limit has reached it. */
const FAR = 1e6;

const rangeOf = (value: (x: number) => number): Range => {
  const [low, high] = [value(-FAR), value(FAR)];
  return { low: low < -100 ? Number.NEGATIVE_INFINITY : low, high: high > 100 ? Number.POSITIVE_INFINITY : high };
};

const boundsOf = (node: Node): Range | null => {
  if (node.op.kind === 'softmax') return { low: 0, high: 1 };
  const value = functionOf(node);
  return value && rangeOf(value);
};

/** The activation that a node is applied to, through what only arranges. */
const inner = (network: Network, node: Node): Node | null => {
  let at = network.nodes[node.inputs[0] ?? -1];
  while (at && (arranges(at.op) || at.op.kind === 'dropout')) at = network.nodes[at.inputs[0] ?? -1];
  const plain =
    at?.op.kind === 'softmax' ? !at.op.log && node.op.kind === 'softmax' : at?.op.kind === 'activation' && PLAIN.has(at.op.name);
  return at && plain && layerBefore(network, at) ? at : null;
};

const title = (node: Node): string => (node.op.kind === 'activation' ? (activationRow(node.op.name)?.title ?? node.label) : 'softmax');

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What is left of the outer function's range. */
const left = (outer: Node, before: Range): string | null => {
  const value = functionOf(outer);
  if (value) {
    const clip = (x: number): number => Math.max(-FAR, Math.min(FAR, x));
    const [low, high] = [value(clip(before.low)), value(clip(before.high))];
    return high > 100 ? `is never below ${number(low)}` : `stays between ${number(low)} and ${number(high)}`;
  }
  if (outer.op.kind !== 'softmax') return null;
  const classes = outer.shape?.at(outer.op.axis);
  if (Number.isFinite(before.low) && Number.isFinite(before.high) && isNumber(classes) && classes > 1)
    return `gives no class more than ${number(1 / (1 + (classes - 1) * Math.exp(before.low - before.high)))}`;
  return Number.isFinite(before.low) ? `cannot tell apart what lies below ${number(before.low)}` : null;
};

const torch = (activations: string): string =>
  ['from torch import nn', '', `model = nn.Sequential(nn.Linear(64, 1), ${activations})`, ''].join('\n');

const keras = (layers: string): string =>
  ['import keras', 'from keras import layers', '', `model = keras.Sequential([keras.Input((64,)), ${layers}])`, ''].join('\n');

export const doubleActivation = defineRule({
  name: 'double-activation',
  group: 'activation',
  tier: 'stable',
  docs: {
    what: 'Two activations follow each other with no layer between.',
    why: [
      'The second activation sees only what the first lets through. A sigmoid behind a ReLU stays in [0.5, 1), a sigmoid behind a sigmoid in (0.5, 0.73), a softmax over 10 values of a sigmoid gives no class more than 0.23.',
      'The gradient passes both derivatives: behind a ReLU it is 0 for half of the units, which is fatal in a last layer.',
    ].join(' '),
    exceptions:
      'Not flagged: activations whose result weighs something (gates, attention), functions of which two are the steps of one formula (Mish, hard swish), a clip behind a ReLU, and anything with a layer, a norm or a pooling between. A ReLU behind a ReLU changes nothing and is a hint.',
    references: ['Goodfellow, Bengio & Courville 2016, Deep Learning, §6.2.2'],
    severity: 'Warning; a hint where the second changes nothing.',
    fix: 'Leaves the first of the two out, or the second where it changes nothing. Only the latter is numerically the same; the other title says that it changes training.',
  },
  examples: [
    { framework: 'torch', bad: torch('nn.ReLU(), nn.Sigmoid()'), good: torch('nn.Sigmoid()') },
    {
      framework: 'keras',
      bad: keras("layers.Dense(10, activation='relu'), layers.Activation('softmax')"),
      good: keras("layers.Dense(10), layers.Activation('softmax')"),
    },
    {
      framework: 'lasagne',
      bad: lasagneTraining(['DenseLayer(network, 10)', 'lasagne.layers.NonlinearityLayer(network, softmax)'], 'categorical_crossentropy'),
      good: lasagneTraining(
        ['DenseLayer(network, 10, nonlinearity=None)', 'lasagne.layers.NonlinearityLayer(network, softmax)'],
        'categorical_crossentropy',
      ),
    },
  ],
  check: ({ network, facts, report }) => {
    for (const node of network.nodes) {
      const { op } = node;
      if (op.kind === 'activation' ? !PLAIN.has(op.name) : op.kind !== 'softmax') continue;
      const before = inner(network, node);
      const bounds = before && boundsOf(before);
      if (!before || !bounds || facts.isGate(node) || facts.isGate(before)) continue;
      const same = op.kind === 'activation' && before.op.kind === 'activation' && op.name === before.op.name;
      if (same && IDEMPOTENT.has(op.name)) {
        report({
          span: node.nameSpan,
          severity: 'hint',
          message: `${capital(title(node))} of a ${title(before)} changes nothing`,
          related: [{ span: before.nameSpan, message: 'The first one' }],
          explains: [],
          intents: [
            {
              kind: 'edit',
              title: 'Leave out the second activation',
              safe: true,
              changes: [{ kind: 'leaveOut', span: node.span, name: node.nameSpan }],
            },
          ],
          tags: ['unnecessary'],
        });
        continue;
      }
      const rest = left(node, bounds);
      if (rest === null) continue;
      report({
        span: node.nameSpan,
        severity: 'warning',
        message: `${capital(title(node))} directly behind ${title(before)} ${rest}`,
        related: [{ span: before.nameSpan, message: 'The first one' }],
        explains: [],
        intents: [
          {
            kind: 'edit',
            title: `Leave out the ${title(before)} before it`,
            safe: false,
            changes: [{ kind: 'leaveOut', span: before.span, name: before.nameSpan }],
          },
        ],
      });
    }
  },
});
