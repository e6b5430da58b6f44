/** What a name holds on each way of `if x is None`, where it may be None or something: on one way None, on the other the rest. */
import type { Expr } from '../syntax/ast.ts';
import { NONE, type Scope, type Value } from './values.ts';

const DEPTH = 6;

/** What a value that depends on conditions may be. */
const leaves = (value: Value, depth = 0): readonly Value[] =>
  value.kind === 'unknown' && value.from && depth < DEPTH ? value.from.flatMap((one) => leaves(one, depth + 1)) : [value];

/** Makes a local name hold what it does where the condition is true, or false; nothing where the condition asks something else. */
export const narrow = (test: Expr, holds: boolean, scope: Scope): void => {
  if (test.kind === 'unary' && test.op === 'not') {
    narrow(test.operand, !holds, scope);
    return;
  }
  const [link] = test.kind === 'compare' && test.links.length === 1 ? test.links : [];
  if (test.kind !== 'compare' || test.first.kind !== 'name' || !link || (link.op !== 'is' && link.op !== 'is not')) return;
  if (link.right.kind !== 'constant' || link.right.value !== null) return;
  const value = scope.vars.get(test.first.id);
  if (value?.kind !== 'unknown') return;
  const options = new Set(leaves(value));
  const rest = [...options].filter((one) => one.kind !== 'none');
  if (rest.length === options.size) return;
  if ((link.op === 'is') === holds) scope.vars.set(test.first.id, NONE);
  else if (rest.length === 1) scope.vars.set(test.first.id, rest[0] as Value);
};
