/** What initialisation does to a network, in one or two sentences: the preview's headline. */
import { activationRow } from '../knowledge/activations.ts';
import type { Facts, Run } from './facts.ts';
import { count, magnitude, times } from './figures.ts';
import { dominant } from './scale.ts';
import { decades } from './severity.ts';
import { normKind } from './topology.ts';

const size = (run: Run): number => Math.max(decades(run.F), decades(run.G));

const isKnown = (run: Run): boolean => run.F !== null || run.G !== null;

const worstOf = (runs: readonly Run[], measure: (run: Run) => number): Run | undefined =>
  runs.reduce<Run | undefined>((worst, run) => (worst === undefined || measure(run) > measure(worst) ? run : worst), undefined);

/** What becomes of it, or null where a factor stays within ten. */
const fate = (x: number | null): 'vanish' | 'explode' | null => (decades(x) < 1 ? null : (x ?? 1) < 1 ? 'vanish' : 'explode');

const THIRD_PERSON = { vanish: 'vanishes', explode: 'explodes' } as const;

const perLayer = (factor: number, steps: number, length: number): string =>
  length === 1 ? times(factor) : `${times(factor ** (1 / Math.max(1, steps)))} per layer, ${magnitude(factor)} over ${length} layers`;

/** Where runs end at norms and skips, the depth of the network is not the depth of a run. */
const overWhat = (facts: Facts, length: number): string => {
  const broken = facts.network.nodes.some((node) => normKind(node.op) !== null || node.op.kind === 'add');
  return broken ? `over ${count(length, 'layer')}, the longest run without norm or skip` : `over ${count(length, 'layer')}`;
};

const spread = (facts: Facts, runs: readonly Run[], worst: Run): string => {
  const length = Math.max(...runs.map((run) => run.length));
  const bounds = size(worst) <= Math.log10(2) ? '×0.5…×2' : '×0.1…×10';
  return `Signal and gradient stay within ${bounds} ${overWhat(facts, length)}.`;
};

const trouble = (run: Run): string => {
  const [signal, gradient] = [fate(run.F), fate(run.G)];
  const bySignal = dominant(run)?.quantity === 'signal';
  const figure = bySignal ? perLayer(run.F ?? 1, run.length - 1, run.length) : perLayer(run.G ?? 1, run.length, run.length);
  if (signal !== null && signal === gradient) return `Signal and gradient ${signal}: ${figure}.`;
  const verb = (bySignal ? signal : gradient) ?? 'vanish';
  return `The ${bySignal ? 'signal' : 'gradient'} ${THIRD_PERSON[verb]}: ${figure}.`;
};

const unknownReason = (facts: Facts): string => {
  const { nodes } = facts.signal;
  const unstable = facts.network.nodes.find((node) => nodes[node.id]?.unstable && node.op.kind === 'activation');
  if (unstable?.op.kind === 'activation') {
    const name = activationRow(unstable.op.name)?.title ?? unstable.op.name;
    return `${name} is unstable at this depth without normalisation: small deviations grow, so no figure is to be trusted.`;
  }
  const reason = nodes.find((node) => node.unknown !== null)?.unknown;
  return `What the initial weights do is not known${reason ? `: ${reason}` : ''}.`;
};

export const verdictOf = (facts: Facts): string => {
  if (facts.layers.length === 0) return 'No weight layers were found.';
  if (facts.runs.length === 0) return 'No hidden weight layers: the scale of the initial weights has nothing to compound over.';
  const known = facts.runs.filter(isKnown);
  const worst = worstOf(known, size);
  if (worst === undefined) return unknownReason(facts);
  const verdict = size(worst) < 1 ? spread(facts, known, worst) : trouble(worst);
  return worst.assumed ? `${verdict} Some sizes are assumed.` : verdict;
};
