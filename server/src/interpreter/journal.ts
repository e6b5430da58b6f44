/**
 * Writes that can be taken back. While both ways of an unknown condition are tried, every write is remembered with the place it
 * went to, so that the first way can be undone, the second run, and the two results joined place by place.
 */

export interface Write {
  readonly target: object;
  readonly key: string;
  readonly before: unknown;
  after: unknown;
  readonly set: (value: unknown) => void;
  /** What to do once both ways were tried: the change holds on one of them only. */
  readonly uncertain?: { readonly change: () => void; readonly undo: () => void };
}

export class Journal {
  private readonly stack: Write[][] = [];
  private readonly serials: number[] = [];
  private next = 1;

  get active(): boolean {
    return this.stack.length > 0;
  }

  /** Unknown conditions that we are inside of. */
  get depth(): number {
    return this.stack.length;
  }

  /** Identity of the way that is being tried; 0 outside of unknown conditions. */
  get serial(): number {
    return this.serials.at(-1) ?? 0;
  }

  begin(): void {
    this.stack.push([]);
    this.serials.push(this.next++);
  }

  record(write: Write): void {
    this.stack.at(-1)?.push(write);
  }

  /** Ends the innermost recording and undoes it; what was written is returned by place, last value wins. */
  rollback(): Map<object, Map<string, Write>> {
    const writes = this.stack.pop() ?? [];
    this.serials.pop();
    for (let i = writes.length - 1; i >= 0; i--) {
      const write = writes[i] as Write;
      write.set(write.before);
    }
    return byPlace(writes);
  }

  /**
   * Ends the innermost recording and keeps it: the enclosing recording takes over one write for each place. Doubt about them is settled
   * by the caller, once.
   */
  commit(): Map<object, Map<string, Write>> {
    const places = byPlace(this.stack.pop() ?? []);
    this.serials.pop();
    const outer = this.stack.at(-1);
    if (outer)
      for (const keys of places.values())
        for (const { target, key, before, after, set } of keys.values()) outer.push({ target, key, before, after, set });
    return places;
  }
}

const byPlace = (writes: readonly Write[]): Map<object, Map<string, Write>> => {
  const places = new Map<object, Map<string, Write>>();
  for (const write of writes) {
    let keys = places.get(write.target);
    if (!keys) {
      keys = new Map();
      places.set(write.target, keys);
    }
    const first = keys.get(write.key);
    if (first) first.after = write.after;
    else keys.set(write.key, { ...write });
  }
  return places;
};
