/** Lexical scopes: look-up by Python's rules, and a record of the global names that a run read. */
import { builtins } from './builtins/index.ts';
import type { Machine } from './machine.ts';
import type { Scope, Value } from './values.ts';

export const newScope = (parent: Scope | null, kind: Scope['kind'], module: string, language = parent?.language): Scope => ({
  vars: new Map(),
  parent,
  module,
  kind,
  ...(language ? { language } : {}),
});

export const moduleScope = (scope: Scope): Scope => {
  let s = scope;
  while (s.parent) s = s.parent;
  return s;
};

export const lookup = (m: Machine, scope: Scope, name: string): Value | undefined => {
  let s: Scope | null = scope.globals?.has(name) ? moduleScope(scope) : scope;
  let first = true;
  while (s) {
    // A class body's names are not seen by the functions inside it.
    if (s.kind !== 'class' || first) {
      if (s.kind === 'module' && noteRead(m, s, name)) s.demand?.(name);
      const value = s.vars.get(name);
      if (value) return value;
    }
    first = false;
    s = s.parent;
  }
  return builtins().get(name);
};

/** Records that a run hangs on a global name; whether that is new to it. */
export const noteRead = (m: Machine, scope: Scope, name: string): boolean => {
  let names = m.reads.get(scope);
  if (!names) {
    names = new Set();
    m.reads.set(scope, names);
  }
  if (names.has(name)) return false;
  names.add(name);
  return true;
};

export const noteWrite = (m: Machine, scope: Scope, name: string): void => {
  if (scope === m.watched) m.written.add(name);
};

/** Binds a name. Locals are snapshotted by whoever tries branches; names of outer scopes go through the journal. */
export const store = (m: Machine, scope: Scope, name: string, value: Value): void => {
  let target = scope;
  if (scope.globals?.has(name)) target = moduleScope(scope);
  else if (scope.nonlocals?.has(name)) {
    let s = scope.parent;
    while (s && !s.vars.has(name)) s = s.parent;
    if (s) target = s;
  }
  if (target.kind === 'module') noteWrite(m, target, name);
  if (target === scope) {
    scope.vars.set(name, value);
    return;
  }
  const vars = target.vars;
  m.write(target, name, vars.get(name), value, (v) => (v ? vars.set(name, v) : vars.delete(name)));
};
