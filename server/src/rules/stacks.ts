/** Stacks of recurrent layers, one fed by the one before, with no norm and no skip between them, and what is said of them. */
import type { Network, Node } from '../network/network.ts';
import { type Dim, evaluate, isNumber } from '../network/scalar.ts';
import type { Signal } from '../signal/signal.ts';
import { magnitude, times } from './figures.ts';
import { oneLine } from './line.ts';
import type { RuleContext } from './rule.ts';
import { decades, tableSeverity } from './severity.ts';
import { consumersOf, passes } from './topology.ts';

export interface Stack {
  readonly nodes: readonly Node[];
  /** A node may hold several. */
  readonly layers: number;
  /** Norm of the gradient at the input of the first layer over that at the output of the last. */
  readonly G: number;
  /** The sequence's length is not known: a longer one, over which more of the gradient adds up, may be meant. */
  readonly assumed: boolean;
}

const known = (dim: Dim | null | undefined): boolean => dim !== null && dim !== undefined && isNumber(dim);

const layersOf = ({ op }: Node): number => (op.kind === 'recurrent' ? Math.max(1, op.layers) : 0);

const stepsBefore = ({ op }: Node, { shape }: Node): Dim | undefined => shape?.at(op.kind === 'recurrent' && op.batchFirst ? -2 : 0);

/** Widths, and for a layer that gives its last step alone, all steps of its input against that one. */
const elementsOf = (first: Node, last: Node, input: Node, value: (dim: Dim | null | undefined) => number | undefined): number | null => {
  if (first.op.kind !== 'recurrent' || last.op.kind !== 'recurrent') return null;
  const [into, units] = [value(first.op.inFeatures), value(last.op.units)];
  const steps = last.op.returnSequence ? 1 : value(stepsBefore(first, input));
  if (!into || !units || !steps) return null;
  return (into * steps) / (units * (last.op.bidirectional ? 2 : 1));
};

/** The stacks of a network whose figures are known. */
export const stacksOf = (network: Network, signal: Signal): readonly Stack[] => {
  if (!network.nodes.some(({ op }) => op.kind === 'recurrent')) return [];
  const consumers = consumersOf(network);
  const alone = (id: number): boolean => consumers[id]?.length === 1 && !network.outputs.includes(id);
  const value = (dim: Dim | null | undefined): number | undefined =>
    dim === null || dim === undefined ? undefined : evaluate(dim, (name) => signal.assumed.get(name)?.value);
  /** The recurrent layer that feeds a node through nothing but ops that pass on. */
  const below = (node: Node): Node | null => {
    let at = network.nodes[node.inputs[0] ?? -1];
    while (at !== undefined && alone(at.id)) {
      if (at.op.kind === 'recurrent') return at;
      if (at.inputs.length !== 1 || !(passes(at.op) || at.op.kind === 'activation')) return null;
      at = network.nodes[at.inputs[0] as number];
    }
    return null;
  };
  const inside = new Set<number>();
  const stacks: Stack[] = [];
  for (const last of network.nodes.toReversed()) {
    if (last.op.kind !== 'recurrent' || inside.has(last.id)) continue;
    const nodes: Node[] = [];
    for (let at: Node | null = last; at !== null; at = below(at)) nodes.unshift(at);
    for (const { id } of nodes) inside.add(id);
    const first = nodes[0] as Node;
    const input = network.nodes[first.inputs[0] ?? -1];
    if (input === undefined || !alone(input.id)) continue;
    const [start, end] = [signal.nodes[input.id], signal.nodes[last.id]];
    const elements = elementsOf(first, last, input, value);
    if (!start?.gradient || !end?.gradient || end.unstable || start.unstable || elements === null) continue;
    const layers = nodes.reduce((sum, node) => sum + layersOf(node), 0);
    const assumed = !known(stepsBefore(first, input));
    stacks.push({ nodes, layers, G: Math.sqrt((start.gradient / end.gradient) * elements), assumed });
  }
  return stacks;
};

/**
 * Decades from which a stack is spoken of. Two and three layers, the common case, take one or two as every framework draws them, and
 * up to four LSTMs train without skips, six barely, eight very poorly (Wu et al. 2016, arXiv:1609.08144, §3.1).
 */
const LEAST = 3;
/** And where the length of the sequence is not known. */
const LEAST_ASSUMED = 3.5;

const CELLS = { lstm: 'LSTM', gru: 'GRU', rnn: 'plain recurrent' } as const;

const namesOf = (nodes: readonly Node[]): string =>
  [...new Set(nodes.map(({ op }) => (op.kind === 'recurrent' ? CELLS[op.cell] : '')))].join(' and ');

/** The stack whose gradient moves furthest, where no finding at an initializer explains it. */
export const reportStack = ({ network, signal, explained, report }: RuleContext, direction: 'vanishing' | 'exploding'): void => {
  if (!network.complete) return;
  let worst: Stack | null = null;
  for (const stack of stacksOf(network, signal)) {
    if (stack.G < 1 !== (direction === 'vanishing') || decades(stack.G) < (stack.assumed ? LEAST_ASSUMED : LEAST)) continue;
    if (stack.nodes.some(({ id, params }) => explained.has(id) || params.some((p) => p.loaded))) continue;
    if (stack.layers > 1 && decades(stack.G) > decades(worst?.G ?? 1)) worst = stack;
  }
  if (worst === null) return;
  const { nodes, layers, G } = worst;
  const verb = direction === 'vanishing' ? 'shrinks' : 'grows';
  const [first, last] = [nodes[0] as Node, nodes.at(-1) as Node];
  report({
    severity: tableSeverity(decades(G)),
    span: network.nameSpan,
    message: oneLine([
      `The gradient ${verb} ${times(G ** (1 / layers))} per layer, ${magnitude(G)} over ${layers} stacked ${namesOf(nodes)} layers`,
      ['a skip around each, or a layer norm, ends that', 'skips or layer norms end that'],
    ]),
    related:
      first === last
        ? [{ span: first.nameSpan, message: `The stack (${first.path})` }]
        : [
            { span: first.nameSpan, message: `First layer of the stack (${first.path})` },
            { span: last.nameSpan, message: `Last layer of the stack (${last.path})` },
          ],
    intents: [],
    explains: nodes.map(({ id }) => id),
  });
};
