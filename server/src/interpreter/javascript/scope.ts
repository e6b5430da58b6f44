/** Names by JavaScript's rules: blocks are scopes, `var` belongs to the function, an assignment finds the scope that declared its name. */
import type { Machine } from '../machine.ts';
import { moduleScope, newScope, noteRead, noteWrite } from '../scope.ts';
import type { Scope, Value } from '../values.ts';
import { globalValue } from './globals.ts';

export const blockScope = (parent: Scope): Scope => newScope(parent, 'block', parent.module);

export const lookup = (m: Machine, scope: Scope, name: string): Value | undefined => {
  for (let s: Scope | null = scope; s; s = s.parent) {
    // Members of a class are not names for the functions inside it.
    if (s.kind === 'class') continue;
    if (s.kind === 'module') noteRead(m, s, name);
    const value = s.vars.get(name);
    if (value) return value;
  }
  return globalValue(m, name);
};

/** Declares a name in the scope itself, for `var` in the function's or module's. */
export const declare = (m: Machine, scope: Scope, name: string, value: Value, kind: 'let' | 'var' = 'let'): void => {
  let target = scope;
  if (kind === 'var') while (target.kind === 'block' && target.parent) target = target.parent;
  write(m, scope, target, name, value);
};

/** Assigns where the name was declared; without a declaration it is global. */
export const assignName = (m: Machine, scope: Scope, name: string, value: Value): void => {
  let target: Scope | null = scope;
  while (target && (target.kind === 'class' || !target.vars.has(name))) target = target.parent;
  write(m, scope, target ?? moduleScope(scope), name, value);
};

/** Names of the current scope are snapshotted by whoever tries branches; those of others go through the journal. */
const write = (m: Machine, current: Scope, target: Scope, name: string, value: Value): void => {
  if (target.kind === 'module') noteWrite(m, target, name);
  const { vars } = target;
  if (target === current) vars.set(name, value);
  else m.write(target, name, vars.get(name), value, (v) => (v ? vars.set(name, v) : vars.delete(name)));
};
