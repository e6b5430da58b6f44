/**
 * Loops that are not followed to their end. How often they run is not known, and so neither is what counts their passes: a size that
 * doubles in each, a name that changes. Objects and tensors stay as the passes that were followed left them.
 */
import type { Span } from '../text/span.ts';
import type { Machine } from './machine.ts';
import { equal } from './operators.ts';
import { type DictValue, type InstanceValue, type ListValue, type Scope, type SetValue, unknown, type Value } from './values.ts';

const isPlain = (value: Value | undefined): value is Value =>
  value !== undefined &&
  (value.kind === 'number' ||
    value.kind === 'string' ||
    value.kind === 'bool' ||
    value.kind === 'none' ||
    (value.kind === 'tuple' && value.items.every(isPlain)));

const plainOf = (places: ReadonlyMap<string, Value>): readonly (readonly [string, Value])[] => [...places].filter(([, v]) => isPlain(v));

/** The scopes of one function, block by block. */
const scopesOf = (scope: Scope): readonly Scope[] => {
  const scopes = [scope];
  for (let s = scope; s.kind === 'block' && s.parent; s = s.parent) scopes.push(s.parent);
  return scopes;
};

/** Notes plain values before a loop; what is returned makes those that changed meanwhile unknown. */
export const beforeLoop = (m: Machine, scope: Scope, span: Span): (() => void) => {
  const scopes = scopesOf(scope).map((one) => ({ one, plain: plainOf(one.vars) }));
  const instances = scopes.flatMap(({ one }) => [...one.vars.values()].filter((v): v is InstanceValue => v.kind === 'instance'));
  const held = [...new Set(instances)].map((one) => ({ one, plain: plainOf(one.attrs) }));
  const changed = (before: Value, now: Value | undefined): boolean => now !== before && isPlain(now) && equal(m, before, now) !== true;
  const blurred = unknown('changed in a loop that is not followed to its end', span);
  return () => {
    for (const { one, plain } of scopes)
      for (const [name, before] of plain) {
        const now = one.vars.get(name);
        if (!changed(before, now)) continue;
        // Names of the current scope are snapshotted by whoever tries branches; those of others go through the journal.
        if (one === scope) one.vars.set(name, blurred);
        else m.write(one, name, now, blurred, (v) => (v ? one.vars.set(name, v as Value) : one.vars.delete(name)));
      }
    for (const { one, plain } of held)
      for (const [name, before] of plain) if (changed(before, one.attrs.get(name))) m.storeAttr(one, name, blurred);
  };
};

/** Passes after which the cost of a loop is foreseen. */
const TRIED = 2;

/**
 * Asked after each pass of a loop over `passes` items: is the loop going to use up the step budget, and does it only compute? What
 * makes instances (layers, tensors) is the model, and followed as far as the budget goes.
 */
export const exhausts = (m: Machine, passes: number): ((done: number) => boolean) => {
  const [left, made] = [m.left, m.created.length];
  return (done) => {
    if (done < TRIED || m.created.length !== made) return false;
    return ((left - m.left) / done) * (passes - done) > m.left;
  };
};

/** Collections in reach of a function, with their sizes; what is returned opens those that have grown meanwhile. */
export const beforeGrowth = (m: Machine, scope: Scope): (() => void) => {
  const collections = new Map<Collection, number>();
  const note = (value: Value): void => {
    if (isCollection(value)) collections.set(value, sizeOf(value));
  };
  for (const one of scopesOf(scope))
    for (const value of one.vars.values()) {
      note(value);
      if (value.kind === 'instance') for (const held of value.attrs.values()) note(held);
    }
  return () => {
    for (const [one, size] of collections)
      if (sizeOf(one) !== size)
        m.write(one, 'open', one.open, true, (open) => {
          one.open = open;
        });
  };
};

type Collection = ListValue | SetValue | DictValue;

const isCollection = (value: Value): value is Collection => value.kind === 'list' || value.kind === 'set' || value.kind === 'dict';

const sizeOf = (value: Collection): number => (value.kind === 'dict' ? value.entries.size : value.items.length);
