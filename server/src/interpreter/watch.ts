/** Whether something that may run any number of times matters to a model: it makes or changes a part of one, or lengthens its network. */
import type { Hooks, Interpreter } from './api.ts';
import type { InstanceValue, Value } from './values.ts';

/** What stands in a place: items of a list, the value of an entry, a value. */
const heldBy = (place: unknown): readonly (Value | undefined)[] => {
  if (Array.isArray(place)) return place;
  const value = place as Value | { readonly kind?: undefined; readonly value?: Value } | undefined;
  if (value?.kind === undefined) return value ? [value.value] : [];
  return value.kind === 'list' || value.kind === 'tuple' ? value.items : [value];
};

export class Watch {
  private readonly interp: Interpreter & { readonly hooks: Hooks; readonly created: readonly InstanceValue[] };
  /** Whether a part of a model was changed in what is watched; null while nothing is. */
  private touched: boolean | null = null;
  /** Models that are being traced: what is computed is their network. */
  private tracing = 0;

  constructor(interp: Watch['interp']) {
    this.interp = interp;
  }

  get active(): boolean {
    return this.touched !== null;
  }

  /** Runs what computes a model's network. */
  traces<T>(run: () => T): T {
    this.tracing++;
    try {
      return run();
    } finally {
      this.tracing--;
    }
  }

  /** Runs something and says whether it matters to a model. */
  touches<T>(run: () => T): readonly [result: T, touched: boolean] {
    const { interp } = this;
    const [outer, made, goesOn] = [this.touched, interp.created.length, interp.hooks.watch?.(interp)];
    this.touched = false;
    const result = run();
    const makes = (): boolean => interp.created.slice(made).some((one) => this.isPart(one));
    const touched = this.touched || this.tracing > 0 || makes() || goesOn?.() === true;
    this.touched = outer === null ? null : outer || touched;
    return [result, touched];
  }

  isPart(instance: InstanceValue): boolean {
    return this.interp.hooks.isPart?.(instance) === true;
  }

  /** Something that is part of a model was changed. */
  changed(): void {
    if (this.touched === false) this.touched = true;
  }

  /** A place got another value: does somebody gain or lose a part? */
  replaced(before: unknown, after: unknown): void {
    if (this.touched !== false || before === after) return;
    this.touched = [...heldBy(before), ...heldBy(after)].some((one) => one?.kind === 'instance' && this.isPart(one));
  }
}
