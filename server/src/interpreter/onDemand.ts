/**
 * Runs an imported module: its effects at once, in order, every other statement when a name of it is asked for (demand.ts). A statement
 * sees the names that are bound above it, as if the file had been run from top to bottom.
 */
import type { Block, SourceModule } from '../syntax/ast.ts';
import { newWork, type Work } from './budget.ts';
import { type Plan, typedCandidates } from './demand.ts';
import { importMember, importTyped, starNames } from './imports.ts';
import type { Machine } from './machine.ts';
import { executeOne } from './statements.ts';
import type { Scope } from './values.ts';

/** What the loader does for a module that it runs so. */
export interface Bench {
  /** A machine for one statement; null where imports have used up what they may take. */
  start(block: Block): Machine | null;
  finish(machine: Machine): void;
  run(machine: Machine, block: Block): void;
  /** Gives the names that a statement bound their version. */
  version(machine: Machine, block: Block): void;
  /** Whether the package has a module of that name. */
  hasPart(name: string): boolean;
  /** Who asks just now. */
  asker(): Work | undefined;
}

const parts = new WeakMap<Block, Map<string, Block>>();

/** A statement that imports several names, for one of them: what it imports the others from has no need to be read. One object a name. */
const importOf = (block: Block, name: string): Block => {
  const { statement } = block;
  if (statement.kind !== 'importFrom' || statement.names.length < 2) return block;
  const known = parts.get(block) ?? new Map<string, Block>();
  parts.set(block, known);
  let part = known.get(name);
  if (!part) {
    const names = statement.names.filter((one) => (one.alias ?? one.name) === name);
    part = names.length === 0 ? block : { ...block, statement: { ...statement, names } };
    known.set(name, part);
  }
  return part;
};

export const runOnDemand = (source: SourceModule, scope: Scope, plan: Plan, bench: Bench): void => {
  /** By number of the statement; of an import, that of one name. */
  const started = new Map<number | string, Work>();
  /** Names that were asked for when all that may bind them could run, and what that was. */
  const settled = new Map<string, Work>();
  const demanded = new Set<string>();
  scope.demanded = demanded;
  let position = source.blocks.length;
  const within = (index: number, asker: Work, run: (machine: Machine, block: Block) => void): Work | null => {
    const block = source.blocks[index] as Block;
    const [machine, outer] = [bench.start(block), position];
    if (!machine) return null;
    asker.asked.add(machine.work);
    machine.watched = scope;
    position = index;
    run(machine, block);
    for (const name of machine.written) demanded.add(name);
    position = outer;
    machine.watched = null;
    bench.finish(machine);
    return machine.work;
  };
  const runOne = (index: number, asker: Work, name?: string): void => {
    const block = source.blocks[index] as Block;
    const part = name === undefined ? block : importOf(block, name);
    const key = part === block ? index : `${index} ${name}`;
    const known = started.get(key);
    if (known) {
      asker.asked.add(known);
      return;
    }
    within(index, asker, (machine) => {
      started.set(key, machine.work);
      bench.run(machine, part);
    });
  };
  const fromStars = (name: string, asker: Work): void => {
    for (const index of plan.stars.toReversed()) {
      if (index >= position || started.has(index) || scope.vars.has(name)) continue;
      let whole = false;
      within(index, asker, (machine, block) => {
        const { statement } = block;
        if (statement.kind === 'importFrom' && importMember(machine, statement, name, scope)) bench.version(machine, block);
        else whole = statement.kind !== 'importFrom' || machine.written.size > 0;
      });
      if (whole) runOne(index, asker);
    }
  };
  const fromTypes = (name: string, asker: Work): void => {
    // A star is a guess, a module of that name is none.
    const isPart = bench.hasPart(name);
    for (const { index, statement, one } of typedCandidates(plan.typed, name)) {
      if (isPart && one.name === '*') continue;
      if (scope.vars.has(name)) return;
      within(index, asker, (machine, block) => {
        if (one.name === '*') importTyped(machine, statement, name, scope);
        else executeOne(machine, { ...statement, names: [one] }, scope);
        bench.version(machine, block);
      });
    }
  };
  scope.demand = (name) => {
    const asker = bench.asker();
    const known = settled.get(name);
    if (known) {
      asker?.asked.add(known);
      return;
    }
    const work = newWork();
    asker?.asked.add(work);
    // Asked from outside of the module, all that may bind the name has run afterwards.
    if (position === source.blocks.length) settled.set(name, work);
    for (const index of plan.binders.get(name) ?? []) if (index < position) runOne(index, work, name);
    if ((plan.stars.length === 0 && plan.typed.length === 0) || scope.vars.has(name)) return;
    fromStars(name, work);
    if (!scope.vars.has(name)) fromTypes(name, work);
  };
  let listing = false;
  scope.demandable = () => {
    const names = new Set([...plan.binders.keys(), ...scope.vars.keys()]);
    // Of modules that import one another's names the one that is asked again has those that it has by then.
    if (listing) return [...names];
    listing = true;
    const asker = bench.asker() ?? newWork();
    for (const index of plan.stars)
      within(index, asker, (machine, { statement }) => {
        if (statement.kind === 'importFrom') for (const name of starNames(machine, statement, scope)) names.add(name);
      });
    listing = false;
    return [...names];
  };
  const asker = bench.asker() ?? newWork();
  for (const index of plan.effects) runOne(index, asker);
};
