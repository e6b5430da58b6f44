/**
 * Why a program refuses what it is given: `if (input_ids is None) == (inputs_embeds is None): raise …`. What the condition looked at
 * says what is missing or too much.
 */
import type { Expr, IfStmt, Stmt } from '../syntax/ast.ts';
import type { Machine } from './machine.ts';
import { lookup } from './scope.ts';
import type { Scope } from './values.ts';

const namesIn = (e: Expr): readonly string[] => {
  switch (e.kind) {
    case 'name':
      return [e.id];
    case 'unary':
      return namesIn(e.operand);
    case 'binary':
    case 'logical':
      return [...namesIn(e.left), ...namesIn(e.right)];
    case 'compare':
      return [...namesIn(e.first), ...e.links.flatMap(({ right }) => namesIn(right))];
    default:
      return [];
  }
};

/** Of a known condition whose chosen way raises: directly, or at the end of a chain of `elif`s that goes on in it. */
export const noteRaise = (m: Machine, { test }: IfStmt, way: readonly Stmt[], scope: Scope): void => {
  const looked = namesIn(test).flatMap((name) => lookup(m, scope, name) ?? []);
  if (way.at(-1)?.kind === 'raise') m.refuse(looked);
  else if (way.length === 1 && way[0]?.kind === 'if') m.refused.at(-1)?.push(...looked);
};
