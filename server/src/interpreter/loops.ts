/**
 * Loops that are not followed to their end. How often they run is not known, and so neither is what counts their passes: a size that
 * doubles in each, a name that changes. Objects and tensors stay as the passes that were followed left them.
 */
import type { Span } from '../text/span.ts';
import type { Machine } from './machine.ts';
import { equal } from './operators.ts';
import { type InstanceValue, type Scope, unknown, type Value } from './values.ts';

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
