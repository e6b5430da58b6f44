/**
 * Which of the inputs that a model may do without it is given. Most models need none of them; where layers stay unreached without, they
 * are tried, together first, and what reaches most is kept. Where the model refuses what it is given (`raise`), the condition that it
 * looked at says what is missing and what is too much.
 */
import type { Value } from '../../interpreter/values.ts';

/** An input that the model may do without. */
export interface Choice {
  readonly name: string;
  /** What it is where it is not given. */
  readonly fallback: Value | undefined;
}

/** What came of one choice. */
export interface Trial {
  /** Parameters of the model that the outputs depend on. */
  readonly reached: ReadonlySet<unknown>;
  /** Nodes that they depend on, and those among them that are not understood. */
  readonly nodes: number;
  readonly opaque: number;
  /** It came to an output. */
  readonly whole: boolean;
  /** The steps did not suffice. */
  readonly cut: boolean;
  /** What was looked at before each refusal. */
  readonly refused: readonly (readonly Value[])[];
  /** What each input was given as, by name. */
  readonly given: ReadonlyMap<string, Value>;
  /** The inputs that a parameter depends on which is not in `before`. */
  readonly leading: (before: ReadonlySet<unknown>) => ReadonlySet<string>;
}

/** Each is as much work as the model itself. */
const TRIES = 4;

/** Masks, labels (which bring a loss), positions and caches (which bring the way of generation) lead to no layers of their own. */
const STAYS_OUT = /mask|label|target|past|cache|position|output|loss|bias/;

/** What takes the place of another input: of token ids their embeddings. */
const STANDS_IN = /embed(ding)?s?$/;

const includes = (all: ReadonlySet<unknown>, some: ReadonlySet<unknown>): boolean => [...some].every((one) => all.has(one));

/** Nothing that was reached is lost, and what is new is understood as well as what was there, or what is not is less than what it reaches. */
const isBetter = (now: Trial, before: Trial): boolean => {
  if ((before.whole && !now.whole) || !includes(now.reached, before.reached)) return false;
  const [gain, opaque] = [now.reached.size - before.reached.size, now.opaque - before.opaque];
  if (gain === 0) return now.whole && (opaque < 0 || !before.whole);
  return opaque < gain || opaque * before.nodes <= before.opaque * (now.nodes - before.nodes);
};

/** Another choice, by what the model looked at before it refused this one. */
const revised = <C extends Choice>(chosen: readonly C[], choices: readonly C[], { refused, given }: Trial): readonly C[] | undefined => {
  for (const looked of refused) {
    const had = [...given].filter(([, value]) => looked.includes(value)).map(([name]) => name);
    const extra = chosen.filter(({ name }) => had.includes(name)).at(-1);
    const lacking = choices.filter(({ fallback }) => fallback?.kind === 'none' && looked.includes(fallback));
    const [missing] = [...lacking.filter(({ name }) => !STANDS_IN.test(name)), ...lacking];
    if (extra && (had.length > 1 || !missing)) return chosen.filter((one) => one !== extra);
    if (missing && had.length < 2) return choices.filter((one) => one === missing || chosen.includes(one));
  }
  return undefined;
};

/** The trial that reaches most: `base`, given none of them, where none of them helps. */
export const mostReaching = <T extends Trial, C extends Choice>(
  base: T,
  wanted: number,
  choices: readonly C[],
  run: (chosen: readonly C[]) => T,
): T => {
  const lacking = base.refused.some((looked) => choices.some(({ fallback }) => fallback !== undefined && looked.includes(fallback)));
  if (choices.length === 0 || base.cut || (base.reached.size >= wanted && !lacking)) return base;
  const likely = choices.filter(({ name }) => !STAYS_OUT.test(name) && !STANDS_IN.test(name));
  const tried = new Set<string>(['']);
  const keyOf = (chosen: readonly C[]): string => chosen.map(({ name }) => name).join();
  let best: { readonly trial: T; readonly chosen: readonly C[] } = { trial: base, chosen: [] };
  let cut = false;
  const look = (first: readonly C[] | undefined): void => {
    for (let chosen = first; chosen && !cut && tried.size <= TRIES && !tried.has(keyOf(chosen)); ) {
      tried.add(keyOf(chosen));
      const trial = run(chosen);
      if (isBetter(trial, best.trial)) best = { trial, chosen };
      cut = trial.cut;
      chosen = best.trial.reached.size < wanted ? revised(chosen, choices, trial) : undefined;
    }
  };
  look(likely);
  if (best.chosen.length === 0) look(revised([], choices, base));
  if (best.chosen.length === 0) for (const one of likely) look([one]);
  if (best.chosen.length === 0) return base;
  // What leads to none of the layers that the others do not reach stays away, as it does for those who call the model.
  const leading = best.trial.leading(base.reached);
  const needed = best.chosen.filter(({ name }) => leading.has(name));
  if (needed.length < best.chosen.length && needed.length > 0 && !tried.has(keyOf(needed))) {
    const trial = run(needed);
    if (trial.whole && includes(trial.reached, best.trial.reached)) return trial;
  }
  return best.trial;
};
