/**
 * Loops that are not followed to their end. How often they run is not known, and so neither is what counts their passes: a size that
 * doubles in each, a name that changes. Objects and tensors stay as the passes that were followed left them.
 */
import type { Expr } from '../syntax/ast.ts';
import { type AstNode, childrenOf } from '../syntax/visit.ts';
import type { Span } from '../text/span.ts';
import type { Completion } from './branches.ts';
import type { Machine } from './machine.ts';
import { equal } from './operators.ts';
import { lookup } from './scope.ts';
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

/**
 * Follows a loop once that runs any number of times. Where that makes or changes no part of a model, as in training on data that is
 * not known, the model is whole all the same; what is gone through must then not come out of a model itself.
 */
export const followOnce = (m: Machine, scope: Scope, over: Expr, reason: string, pass: () => Completion): Completion => {
  const unsettle = beforeLoop(m, scope, over.span);
  const [done, touched] = m.watch.touches(pass);
  unsettle();
  const message = `A loop is followed once: ${reason}`;
  if (touched || speaksOfPart(m, scope, over)) m.partial(message, over.span);
  else m.issue(message, over.span);
  if (done?.kind === 'return') m.stack.at(-1)?.returns.push(done.value);
  return null;
};

const speaksOfPart = (m: Machine, scope: Scope, node: AstNode): boolean => {
  if ('kind' in node && node.kind === 'name') {
    const value = lookup(m, scope, node.id);
    return value?.kind === 'instance' && m.watch.isPart(value);
  }
  return childrenOf(node).some((child) => speaksOfPart(m, scope, child));
};

/** Passes after which the cost of a loop is foreseen. */
const TRIED = 2;

/**
 * Asked after each pass of a loop over `items`: is the loop going to use up the step budget, and does it only compute? What
 * makes instances (layers, tensors) is the model, and followed as far as the budget goes.
 */
export const exhausts = (m: Machine, items: readonly Value[]): ((done: number) => boolean) => {
  const draws = (): number => m.hooks.draws?.(m) ?? 0;
  const [left, made, drawn] = [m.left, m.created.length, draws()];
  return (done) => {
    if (done < TRIED || m.created.length !== made) return false;
    // What it would have drawn is told by its items (see Hooks.unfollowed), not by their numbers.
    if (items[done]?.kind === 'number' && draws() !== drawn) return false;
    return ((left - m.left) / done) * (items.length - done) > m.left;
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
