/** Unknown conditions: both ways are run on the same state, one after the other, and joined. */
import type { Span } from '../text/span.ts';
import type { Write } from './journal.ts';
import { LIMITS } from './limits.ts';
import type { Machine } from './machine.ts';
import { type InstanceValue, type Scope, unknown, type Value } from './values.ts';

/** How a statement ended; null: normally. */
export type Completion = null | { readonly kind: 'return'; readonly value: Value } | { readonly kind: 'break' | 'continue' | 'raise' };

const isValue = (x: unknown): x is Value => typeof x === 'object' && x !== null && 'kind' in x;

/** Joins two states of one place; a place that only one way filled keeps what it has. */
const joinPlace = (m: Machine, a: unknown, b: unknown, span: Span): unknown => {
  if (a === undefined) return b;
  if (b === undefined || a === b) return a;
  if (isValue(a) && isValue(b)) return m.join(a, b, span);
  if (Array.isArray(a) && Array.isArray(b)) {
    const [long, short] = a.length >= b.length ? [a, b] : [b, a];
    for (const item of long.slice(short.length)) if (item?.kind === 'instance') m.doubt(item, '');
    return long.map((item, i) => (i < short.length ? joinPlace(m, item, short[i], span) : item));
  }
  return a;
};

/** Takes a scope back to what it held. What was bound on demand meanwhile is no deed of the way that asked for it, and stays. */
const restore = (scope: Scope, vars: ReadonlyMap<string, Value>): void => {
  const now = scope.demanded ? [...scope.demanded].map((name) => [name, scope.vars.get(name)] as const) : [];
  scope.vars.clear();
  for (const [name, value] of vars) scope.vars.set(name, value);
  for (const [name, value] of now) if (value && !vars.has(name)) scope.vars.set(name, value);
};

/**
 * Runs `first`, takes it back, runs `second`, then joins variables and heap. A way that raises is as if never taken. When one way
 * returns, its value is kept among the function's possible results and the other goes on.
 */
export const runBoth = (m: Machine, scope: Scope, span: Span, first: () => Completion, second: () => Completion): Completion => {
  const before = new Map(scope.vars);
  const made = m.nextInstance;
  if (m.journal.depth >= LIMITS.speculation) {
    m.partial('Conditions that are not known stand too deep in one another; one way of the innermost is followed', span);
    return followOne(m, scope, span, before, made, second);
  }
  m.journal.begin();
  const a = first();
  const varsA = new Map(scope.vars);
  if (a?.kind === 'raise') {
    m.journal.rollback();
    restore(scope, before);
    return second();
  }
  const writesA = m.journal.rollback();
  restore(scope, before);
  m.journal.begin();
  const b = second();
  if (b?.kind === 'raise') {
    m.journal.rollback();
    restore(scope, varsA);
    replay(m, writesA);
    return a;
  }
  const writesB = m.journal.commit();
  joinHeap(m, writesA, writesB, span);
  doubtSingle(m, writesA, writesB, made);
  doubtSingle(m, writesB, writesA, made);
  settle(m, writesA);
  settle(m, writesB);
  const frame = m.stack.at(-1);
  if (a?.kind === 'return' && b?.kind === 'return') return { kind: 'return', value: m.join(a.value, b.value, span) };
  if (a?.kind === 'return') {
    frame?.returns.push(a.value);
    return b;
  }
  if (b?.kind === 'return') {
    frame?.returns.push(b.value);
    restore(scope, varsA);
    return a;
  }
  for (const [name, value] of varsA) {
    const other = scope.vars.get(name);
    if (other !== value) scope.vars.set(name, joinPlace(m, value, other, span) as Value);
  }
  return a && b && a.kind === b.kind ? a : null;
};

/** Does something with each of several values, of which an unknown condition chooses one, and joins what it gives. */
export const eachWay = (m: Machine, options: readonly Value[], span: Span, run: (option: Value) => Value): Value => {
  const [first, ...rest] = options;
  if (!first) return unknown('a choice of nothing', span);
  if (rest.length === 0) return run(first);
  const scope: Scope = { vars: new Map(), parent: null, module: '', kind: 'block' };
  const completion = (value: Value): Completion => ({ kind: 'return', value });
  const done = runBoth(
    m,
    scope,
    span,
    () => completion(run(first)),
    () => completion(eachWay(m, rest, span, run)),
  );
  return done?.kind === 'return' ? done.value : unknown('depends on a condition that is not known', span);
};

/** Runs one way and joins it with not having run it: linear, where trying both would double the work at each level. */
const followOne = (
  m: Machine,
  scope: Scope,
  span: Span,
  before: ReadonlyMap<string, Value>,
  made: number,
  way: () => Completion,
): Completion => {
  m.journal.begin();
  const done = way();
  const writes = m.journal.commit();
  for (const keys of writes.values())
    for (const w of keys.values()) {
      // A native change has no value to join; it stands, and what it leaves in doubt is settled below.
      const joined = typeof w.after === 'boolean' ? w.after : joinPlace(m, w.before, w.after, span);
      if (joined !== w.after) m.write(w.target, w.key, w.after, joined, w.set);
    }
  settle(m, writes);
  doubtSingle(m, writes, new Map(), made);
  for (const [name, value] of scope.vars) {
    const old = before.get(name);
    if (old && old !== value) scope.vars.set(name, m.join(old, value, span));
  }
  if (done?.kind === 'return') m.stack.at(-1)?.returns.push(done.value);
  return null;
};

const replay = (m: Machine, writes: Map<object, Map<string, Write>>): void => {
  for (const keys of writes.values()) for (const w of keys.values()) m.write(w.target, w.key, w.before, w.after, w.set);
};

const joinHeap = (m: Machine, a: Map<object, Map<string, Write>>, b: Map<object, Map<string, Write>>, span: Span): void => {
  for (const [target, keys] of a) {
    for (const [key, write] of keys) {
      const other = b.get(target)?.get(key);
      const now = other ? other.after : write.before;
      const joined = joinPlace(m, write.after, now, span);
      if (joined !== now) m.write(target, key, now, joined, write.set);
      if (Array.isArray(write.after) && 'open' in target && key === 'items')
        (target as { open: boolean }).open = lengthsDiffer(write.after, now);
    }
  }
};

/** What one way alone gave an object that was there before (`made`: the first instance that was not). */
const doubtSingle = (
  m: Machine,
  writes: ReadonlyMap<object, Map<string, Write>>,
  other: ReadonlyMap<object, Map<string, Write>>,
  made: number,
): void => {
  for (const [target, keys] of writes) {
    if (!('kind' in target) || target.kind !== 'instance' || (target as InstanceValue).id >= made) continue;
    for (const [key, { before, after }] of keys)
      if (before === undefined && after !== undefined && other.get(target)?.get(key)?.after === undefined) m.doubt(target, key);
  }
};

/** Changes that only one way made are now in doubt. */
const settle = (m: Machine, writes: Map<object, Map<string, Write>>): void => {
  for (const keys of writes.values()) for (const { uncertain } of keys.values()) if (uncertain) m.mutate(uncertain.change, uncertain.undo);
};

const lengthsDiffer = (a: unknown, b: unknown): boolean => Array.isArray(a) && Array.isArray(b) && a.length !== b.length;
