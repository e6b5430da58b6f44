/** What vanishing- and exploding-signal and -gradient share: the worst run that no finding at an initializer explains. */
import { activationRow } from '../knowledge/activations.ts';
import type { FixIntent } from '../network/intent.ts';
import type { Node } from '../network/network.ts';
import { placeOf } from './cases.ts';
import type { Facts, Run } from './facts.ts';
import { familyOf } from './family.ts';
import { magnitude, times } from './figures.ts';
import { oneLine } from './line.ts';
import { argsBehind, isTransformerScale } from './pairing.ts';
import { initializerIntents, isDrawnAs, recommendations } from './recommendation.ts';
import type { RuleContext } from './rule.ts';
import { decades, isSized, tableSeverity } from './severity.ts';
import { reportStack } from './stacks.ts';
import { normKind, weightOf } from './topology.ts';

export interface ScaleKind {
  readonly quantity: 'signal' | 'gradient';
  readonly direction: 'vanishing' | 'exploding';
}

/** At least this many decades, or the network is left in peace. */
const LEAST = 1;

type Figures = Pick<Run, 'F' | 'G' | 'factors' | 'length'>;

/** Recipes that give up one direction on purpose: He over fan_out, which holds the gradient per element, transformers' 0.02, small ends of branches. */
const isAccepted = (facts: Facts, layer: Node, gain: number | null): boolean => {
  const weight = weightOf(layer);
  if (!weight) return false;
  const family = familyOf(weight);
  const { distribution } = weight.init;
  const overFanOut = distribution.kind === 'varianceScaling' && distribution.mode === 'fanOut';
  // The first layer of sines sets which frequencies are fitted: random Fourier features, SIREN's ω₀.
  const opens = facts.run(layer)?.layers[0] === layer && facts.next(layer).some((n) => activationRow(n.name)?.family === 'periodic');
  if (opens) return true;
  // The last layer of a residual branch may start small on purpose (Fixup, GPT-2's 1/√(2N)): the skip passes what it does not.
  if (gain !== null && gain < 0 && facts.isMerged(layer)) return true;
  return (family.name === 'he' && overFanOut) || (family.name === 'fixed' && isTransformerScale(facts, family));
};

/** What is left of a run's F and G once the layers that findings explain are taken to be right. */
const unexplained = (facts: Facts, run: Run, explained: ReadonlySet<number>): Figures => {
  let accounted = 0;
  let length = run.length;
  run.layers.forEach((layer, i) => {
    const gain = run.logGains[i] ?? null;
    if (!explained.has(layer.id) && !isAccepted(facts, layer, gain)) return;
    accounted += gain ?? 0;
    length--;
  });
  if (length === 0) return { F: null, G: null, factors: 1, length };
  const rest = (x: number | null): number | null => (x === null ? null : x * 10 ** -accounted);
  // Saturating units hold the signal whatever the gradient does: of the two readings of F the milder one.
  const F = decades(rest(run.F)) < decades(run.F) ? rest(run.F) : run.F;
  return { F, G: rest(run.G), factors: run.factors, length };
};

/** Rectifiers make inputs more alike, slowly and whatever the weights: F alone has to say more than that. */
const LEAST_ALONE = 1.5;

/**
 * Signal and gradient of a chain mostly share their fate; the gradient, which training needs, then gives the finding its name. The
 * signal does where it moves much further, and where not the weights but factors in the forward pass are to blame.
 */
export const dominant = (run: Pick<Run, 'F' | 'G' | 'factors'>): ScaleKind | null => {
  const [signal, gradient] = [decades(run.F), decades(run.G)];
  const byWeights = run.G === null ? 0 : decades(run.G / run.factors);
  if (gradient < LEAST && signal < LEAST_ALONE) return null;
  const named = gradient >= LEAST && byWeights >= LEAST && gradient * 2 >= signal;
  const quantity = named || signal < LEAST ? 'gradient' : 'signal';
  const factor = (quantity === 'signal' ? run.F : run.G) ?? 1;
  return { quantity, direction: factor < 1 ? 'vanishing' : 'exploding' };
};

const keepsItsWeights = (run: Run): boolean => run.layers.every((layer) => weightOf(layer)?.loaded !== true);

/** Names of the run's activations, most frequent first. */
const activationsOf = (facts: Facts, run: Run): readonly string[] => {
  const counts = new Map<string, number>();
  for (const layer of run.layers) {
    const name = facts.next(layer).find((n) => !n.throughAdd)?.name;
    if (name) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([name]) => name);
};

const steps = ({ length }: Figures, quantity: ScaleKind['quantity']): number => Math.max(1, quantity === 'signal' ? length - 1 : length);

const messageOf = (facts: Facts, run: Run, figures: Figures, { quantity, direction }: ScaleKind): string => {
  const factor = (quantity === 'signal' ? figures.F : figures.G) ?? 1;
  const verb = direction === 'vanishing' ? 'shrinks' : 'grows';
  const subject = quantity === 'signal' ? 'The input-dependent part of the signal' : 'The gradient';
  const names = activationsOf(facts, run).map((name) => activationRow(name)?.title ?? name);
  const through =
    names.length > 0
      ? ` of ${names
          .slice(0, 3)
          .join(', ')
          .replace(/, ([^,]*)$/, ' and $1')}`
      : '';
  const where =
    figures.length === 1
      ? `${times(factor)} at its one hidden layer`
      : `${times(factor ** (1 / steps(figures, quantity)))} per layer, ${magnitude(factor)} over ${figures.length} layers`;
  const figure = `${subject} ${verb} ${where}${through}`;
  const [only] = activationsOf(facts, run);
  const saturating = names.length === 1 && only !== undefined && activationRow(only)?.family === 'sigmoid';
  const ends = ['no classic initializer ends that, another activation or a normalisation does', 'no classic initializer ends that'];
  return oneLine([figure, saturating && direction === 'vanishing' ? ends : null]);
};

/** One draw for the whole run and one kind of activation: the draw can be set right at once, unless it already is. */
const intentsFor = (facts: Facts, run: Run): readonly FixIntent[] => {
  const first = run.layers[0];
  const weight = first && weightOf(first);
  const names = activationsOf(facts, run);
  const act = first && facts.next(first).find((n) => !n.throughAdd);
  const args = first && act && argsBehind(facts, first, act);
  if (!weight || names.length !== 1 || !act || !args) return [];
  const place = placeOf(weight.init.span);
  if (run.layers.some((layer) => placeOf(weightOf(layer)?.init.span ?? layer.span) !== place)) return [];
  const all = recommendations(act.name, args, weight);
  const [best] = all;
  return best && isDrawnAs(best, weight) === false ? initializerIntents(all, run.layers, weight) : [];
};

/** Decades from which a gradient is spoken of that grows past norms: those of a plain ReLU net bring one in twelve layers themselves. */
const LEAST_PAST_NORMS = 6;

/**
 * By what the gradient grows from a head's input to the first weight layer, through norms and skips, which end a run and not the
 * gradient. Of several heads the least growth counts; null where unknown, or where nothing is drawn on the way.
 */
const growthPastNorms = ({ network, signal, layers, isHead }: Facts): number | null => {
  const [first] = layers;
  if (!network.complete || signal.assumed.size > 0 || !first || isHead(first)) return null;
  if (!network.nodes.some((node) => normKind(node.op) !== null) || layers.some((layer) => weightOf(layer)?.loaded)) return null;
  const at = (id: number | undefined): number | null => {
    const node = signal.nodes[id ?? -1];
    return node === undefined || node.unstable ? null : node.gradient;
  };
  const start = at(first.id);
  const ends = layers.filter(isHead).map((head) => at(head.inputs[0]));
  if (!start || ends.length === 0 || ends.some((end) => !end)) return null;
  return Math.sqrt(start / Math.max(...ends.map((end) => end ?? 0)));
};

const reportPastNorms = (context: RuleContext): void => {
  const { facts, network, reported } = context;
  if (reported.some((f) => f.severity === 'error' && f.explains.length > 0)) return;
  const growth = growthPastNorms(facts);
  if (growth === null || Math.log10(growth) < LEAST_PAST_NORMS) return;
  const [first] = facts.layers;
  context.report({
    severity: tableSeverity(Math.log10(growth)),
    span: network.nameSpan,
    message: `The normalisations hold the signal, not the gradient: it grows by ${magnitude(growth)} from the head to the first of ${facts.layers.length} layers`,
    related: first ? [{ span: first.nameSpan, message: `First layer (${first.path})` }] : [],
    intents: [],
    explains: [],
  });
};

export const checkScale = (context: RuleContext, kind: ScaleKind): void => {
  const { facts, network, explained } = context;
  let worst: Run | null = null;
  let figures: Figures = { F: null, G: null, factors: 1, length: 0 };
  const size = ({ F, G }: Figures): number => Math.max(decades(F), decades(G));
  for (const run of facts.runs) {
    const left = unexplained(facts, run, explained);
    const found = dominant(left);
    if (found?.quantity !== kind.quantity || found.direction !== kind.direction) continue;
    // Figures that hang on assumed sizes are shown as assumed elsewhere; a finding needs known ones.
    if (run.assumed || !keepsItsWeights(run) || run.layers.some(facts.isNormalised)) continue;
    if (worst === null || size(left) > size(figures)) [worst, figures] = [run, left];
  }
  if (worst === null) {
    if (kind.quantity !== 'gradient') return;
    reportStack(context, kind.direction);
    if (kind.direction === 'exploding') reportPastNorms(context);
    return;
  }
  const first = worst.layers[0];
  const last = worst.layers.at(-1);
  context.report({
    severity: isSized(facts, worst) ? tableSeverity(size(figures)) : 'hint',
    span: network.nameSpan,
    message: messageOf(facts, worst, figures, kind),
    related:
      first && last && first !== last
        ? [
            { span: first.nameSpan, message: `First layer of the run (${first.path})` },
            { span: last.nameSpan, message: `Last layer of the run (${last.path})` },
          ]
        : [],
    intents: intentsFor(facts, worst),
    explains: worst.layers.map((layer) => layer.id),
  });
};
