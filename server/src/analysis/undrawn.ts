/** Networks whose weights are not all that they will start with: what is left to be drawn is not known. */
import type { Distribution } from '../network/distribution.ts';
import type { Network, Parameter } from '../network/network.ts';

const withoutDraws = (network: Network, reason: string, isOpen: (param: Parameter) => boolean): Network => {
  const distribution: Distribution = { kind: 'unknown', reason };
  const opened = (param: Parameter): Parameter => (isOpen(param) ? { ...param, init: { ...param.init, distribution } } : param);
  return { ...network, nodes: network.nodes.map((node) => ({ ...node, params: node.params.map(opened) })) };
};

/** The budget ended before the model was built: whatever its weights hold, more was to come. */
export const undrawn = (network: Network): Network => withoutDraws(network, 'the step budget ended before all draws', () => true);

/** A class that is built for want of the one that holds it: what it leaves empty or constant, its owner may draw. */
export const asPart = (network: Network): Network => ({
  ...withoutDraws(
    network,
    'the class that holds it may draw it',
    ({ role, init: { distribution } }) => distribution.kind === 'uninitialized' || (distribution.kind === 'constant' && role === 'weight'),
  ),
  notes: network.notes.filter((note) => note.storage === undefined),
});
