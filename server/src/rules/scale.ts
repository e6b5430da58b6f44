/** What vanishing- and exploding-signal and -gradient share: the worst run that no finding at an initializer explains. */
import { activationRow } from '../knowledge/activations.ts';
import type { FixIntent } from '../network/intent.ts';
import { momentsOf } from '../network/moments.ts';
import { isNumber } from '../network/scalar.ts';
import { recommendedStd } from '../signal/recommend.ts';
import { placeOf } from './cases.ts';
import type { Facts, Run } from './facts.ts';
import { magnitude, times } from './figures.ts';
import { activationArgs } from './pairing.ts';
import { initializerIntents, recommendations } from './recommendation.ts';
import type { RuleContext } from './rule.ts';
import { decades, isSized, runSeverity } from './severity.ts';
import { weightOf } from './topology.ts';

export interface ScaleKind {
  readonly quantity: 'signal' | 'gradient';
  readonly direction: 'vanishing' | 'exploding';
}

/** At least this many decades, or the network is left in peace. */
const LEAST = 1;

/** A run is explained where findings at initializers cover half of its layers. */
const isExplained = (run: Run, explained: ReadonlySet<number>): boolean =>
  run.layers.filter((layer) => explained.has(layer.id)).length * 2 >= run.length;

/**
 * Signal and gradient of a chain mostly share their fate; the gradient, which training needs, then gives the finding its name. The
 * signal does where it moves much further: a factor in the forward pass.
 */
export const dominant = (run: Run): ScaleKind | null => {
  const [signal, gradient] = [decades(run.F), decades(run.G)];
  if (Math.max(signal, gradient) < LEAST) return null;
  const quantity = gradient >= LEAST && gradient * 2 >= signal ? 'gradient' : 'signal';
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

const steps = (run: Run, quantity: ScaleKind['quantity']): number => Math.max(1, quantity === 'signal' ? run.length - 1 : run.length);

const messageOf = (facts: Facts, run: Run, { quantity, direction }: ScaleKind): string => {
  const factor = (quantity === 'signal' ? run.F : run.G) ?? 1;
  const verb = direction === 'vanishing' ? 'shrinks' : 'grows';
  const subject = quantity === 'signal' ? 'The part of the signal that depends on the input' : 'The gradient';
  const names = activationsOf(facts, run).map((name) => activationRow(name)?.title ?? name);
  const through = names.length > 0 ? ` of ${names.slice(0, 3).join(' and ')}` : '';
  const where =
    run.length === 1
      ? `${times(factor)} at its one hidden layer`
      : `${times(factor ** (1 / steps(run, quantity)))} per layer, ${magnitude(factor)} over ${run.length} layers`;
  const figure = `${subject} ${verb} ${where}${through}`;
  const [only] = activationsOf(facts, run);
  const saturating = names.length === 1 && only !== undefined && activationRow(only)?.family === 'sigmoid';
  return saturating && direction === 'vanishing'
    ? `${figure}: no classic initializer ends that, another activation or a normalisation does`
    : figure;
};

/** One draw for the whole run and one kind of activation: the draw can be set right at once, unless it already is. */
const intentsFor = (facts: Facts, run: Run): readonly FixIntent[] => {
  const first = run.layers[0];
  const weight = first && weightOf(first);
  const names = activationsOf(facts, run);
  const act = first && facts.next(first).find((n) => !n.throughAdd);
  const args = act && activationArgs(act.node);
  if (!weight || names.length !== 1 || !act || !args) return [];
  const place = placeOf(weight.init.span);
  if (run.layers.some((layer) => placeOf(weightOf(layer)?.init.span ?? layer.span) !== place)) return [];
  const all = recommendations(act.name, args, weight);
  const [best] = all;
  const std = momentsOf(weight.init.distribution)?.std;
  if (!best || std === undefined || !isNumber(weight.fanIn) || !isNumber(weight.fanOut)) return [];
  const off = std / recommendedStd(best, weight.fanIn, weight.fanOut);
  return off > 0.9 && off < 1.1 ? [] : initializerIntents(all, run.layers, weight);
};

export const checkScale = (context: RuleContext, kind: ScaleKind): void => {
  const { facts, network, explained } = context;
  let worst: Run | null = null;
  for (const run of facts.runs) {
    const found = dominant(run);
    if (found?.quantity !== kind.quantity || found.direction !== kind.direction) continue;
    // Figures that hang on assumed sizes are shown as assumed elsewhere; a finding needs known ones.
    if (run.assumed || !keepsItsWeights(run) || isExplained(run, explained)) continue;
    const size = (r: Run): number => Math.max(decades(r.F), decades(r.G));
    if (worst === null || size(run) > size(worst)) worst = run;
  }
  if (worst === null) return;
  const first = worst.layers[0];
  const last = worst.layers.at(-1);
  context.report({
    severity: isSized(facts, worst) ? runSeverity(worst) : 'hint',
    span: network.nameSpan,
    message: messageOf(facts, worst, kind),
    related:
      first && last && first !== last
        ? [
            { span: first.nameSpan, message: `first layer of the run (${first.path})` },
            { span: last.nameSpan, message: `last layer of the run (${last.path})` },
          ]
        : [],
    intents: intentsFor(facts, worst),
    explains: worst.layers.map((layer) => layer.id),
  });
};
