/** `match` statements. Literals and dotted names keep their expressions; other patterns are only known to be there. */
import type { Expr, MatchStmt } from '../ast.ts';
import { type CstNode, firstOf, named } from '../cst.ts';
import { type Context, spanOf, textOf } from './context.ts';
import { lowerExpr, lowerList } from './expressions.ts';
import { lowerBlock } from './statements.ts';

type Pattern = MatchStmt['cases'][number]['pattern'];

const literals: ReadonlySet<string> = new Set(['string', 'concatenated_string', 'integer', 'float', 'true', 'false', 'none']);

/** One alternative of a pattern, or undefined when it binds names or takes its subject apart. */
const literalOf = (node: CstNode, context: Context): Expr | undefined => {
  const [first] = node.children;
  if (node.type === 'case_pattern' && node.children.length === 1 && first) return literalOf(first, context);
  if (literals.has(node.type)) return lowerExpr(node, context);
  // A dotted name is a value; a single name binds.
  if (node.type === 'dotted_name' && named(node).length > 1) return lowerExpr(node, context);
  const [sign, number] = node.children;
  if (node.type === 'case_pattern' && node.children.length === 2 && sign?.type === '-' && number && literals.has(number.type)) {
    return { kind: 'unary', op: '-', operand: lowerExpr(number, context), span: spanOf(node, context) };
  }
  return undefined;
};

const patternOf = (node: CstNode, context: Context): Pattern => {
  let inner = node;
  while (inner.type === 'case_pattern' && inner.children.length === 1) inner = inner.children[0]!;
  if (textOf(inner, context) === '_') return 'default';
  const alternatives = inner.type === 'union_pattern' ? named(inner) : [node];
  const values: Expr[] = [];
  for (const alternative of alternatives) {
    const value = literalOf(alternative, context);
    if (!value) return textOf(alternative, context) === '_' ? 'default' : 'other';
    values.push(value);
  }
  return values;
};

export const lowerMatch = (node: CstNode, context: Context): MatchStmt => {
  const block = firstOf(node, 'block');
  const subjects = named(node).filter((child) => child !== block && child.type !== 'case_clause');
  const clauses = node.children.concat(block?.children ?? []).filter((child) => child.type === 'case_clause');
  return {
    kind: 'match',
    subject: lowerList(subjects, node, context),
    cases: clauses.map((clause) => {
      const patterns = clause.children.filter((child) => child.type === 'case_pattern');
      const guard = firstOf(clause, 'if_clause');
      return {
        pattern: patterns.length === 1 ? patternOf(patterns[0]!, context) : 'other',
        guard: guard ? lowerExpr(named(guard)[0], context, guard) : null,
        body: lowerBlock(firstOf(clause, 'block'), context),
      };
    }),
    span: spanOf(node, context),
  };
};
