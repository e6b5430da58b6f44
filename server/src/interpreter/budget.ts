/**
 * What its imports cost the file that is analysed. Modules are kept from file to file, but the same text must have the same answer: what
 * is kept counts as if it ran, so each piece of work knows what it asked for, and the sum over all of that is what a first read takes.
 */
import { LIMITS } from './limits.ts';

/** One statement of an imported module, one file, one entry: what it took by itself, and what it asked others for. */
export interface Work {
  own: number;
  readonly asked: Set<Work>;
}

export const newWork = (): Work => ({ own: 0, asked: new Set() });

/** Steps that whoever holds it may still take, all of them together. */
export interface Purse {
  left: number;
}

export class ImportBudget {
  readonly purse: Purse = { left: LIMITS.allImports };
  private mark: number = LIMITS.allImports;

  /** A file is analysed from here on. */
  begin(): void {
    this.purse.left = LIMITS.allImports;
    this.mark = LIMITS.allImports;
  }

  get empty(): boolean {
    return this.purse.left <= 0;
  }

  /** What was taken since the last time is this work's own. */
  settle(work: Work | undefined): void {
    if (work) work.own += this.mark - this.purse.left;
    this.mark = this.purse.left;
  }
}

/** All that these pieces of work took and asked for, each counted once. */
export const costOf = (roots: Iterable<Work>): number => {
  const seen = new Set(roots);
  let sum = 0;
  // A set gives what is added while it is gone through.
  for (const work of seen) {
    sum += work.own;
    for (const one of work.asked) seen.add(one);
  }
  return sum;
};
