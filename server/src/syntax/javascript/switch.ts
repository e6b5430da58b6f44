/** `switch`: cases with the statements that they run, those of the cases that they fall through into among them. */
import type { Expr, MatchStmt, Stmt } from '../ast.ts';
import { type Context, spanOf } from '../context.ts';
import { type CstNode, firstOf, named } from '../cst.ts';
import { lowerExpr } from './expressions.ts';
import { lowerStatement, statementNodes } from './statements.ts';

/** A switch of more cases is data. */
const maxCases = 500;
/** Cases that one may fall through into; each repeats their statements. */
const maxFall = 8;

const leaves = (statement: Stmt | undefined): boolean => {
  switch (statement?.kind) {
    case 'break':
    case 'return':
    case 'continue':
    case 'raise':
      return true;
    case 'block':
      return leaves(statement.body.at(-1));
    default:
      return false;
  }
};

export const lowerSwitch = (node: CstNode, context: Context): Stmt => {
  const [subject] = named(node);
  const clauses = named(firstOf(node, 'switch_body') ?? node)
    .filter((child) => child.type === 'switch_case' || child.type === 'switch_default')
    .slice(0, maxCases);
  const bodies = clauses.map((clause) => {
    const inside = clause.type === 'switch_case' ? named(clause).slice(1) : named(clause);
    return statementNodes(inside).map((one) => lowerStatement(one, context));
  });
  const bodyFrom = (index: number): readonly Stmt[] => {
    const body: Stmt[] = [];
    for (let i = index; i < bodies.length && i < index + maxFall; i++) {
      body.push(...(bodies[i] ?? []));
      if (leaves(bodies[i]?.at(-1))) break;
    }
    return body;
  };
  const cases: MatchStmt['cases'][number][] = [];
  let fallback: MatchStmt['cases'][number] | undefined;
  let labels: Expr[] = [];
  for (const [i, clause] of clauses.entries()) {
    if (clause.type === 'switch_default') {
      // It may stand anywhere and is taken when no other case is; labels that share its body need none of their own.
      fallback = { pattern: 'default', guard: null, body: bodyFrom(i) };
      labels = [];
      continue;
    }
    labels.push(lowerExpr(named(clause)[0], context, clause));
    if (bodies[i]?.length === 0 && i + 1 < clauses.length) continue;
    cases.push({ pattern: labels, guard: null, body: bodyFrom(i) });
    labels = [];
  }
  if (fallback) cases.push(fallback);
  return { kind: 'match', subject: lowerExpr(subject, context, node), cases, breaks: true, span: spanOf(node, context) };
};
