/** `match` statements. Literals and dotted names keep their expressions; other patterns are only known to be there. */
import type { Expr, MatchStmt } from '../ast.ts';
import { type Context, spanOf, textOf } from '../context.ts';
import { type CstNode, firstOf, named } from '../cst.ts';
import { lowerExpr, lowerList } from './expressions.ts';
import { lowerBlock } from './statements.ts';

type Pattern = MatchStmt['cases'][number]['pattern'];

const literals: ReadonlySet<string> = new Set(['string', 'concatenated_string', 'integer', 'float', 'true', 'false', 'none']);

/** One alternative of a pattern, or undefined when it binds names or takes its subject apart. */
const literalOf = (nodes: readonly CstNode[], context: Context): Expr | undefined => {
  const [first, second] = nodes;
  if (!first) return undefined;
  if (nodes.length === 2 && first.type === '-' && second && literals.has(second.type)) {
    return {
      kind: 'unary',
      op: '-',
      operand: lowerExpr(second, context),
      span: context.source.span({ start: first.start, end: second.end }),
    };
  }
  if (nodes.length > 1) return undefined;
  if (first.type === 'case_pattern') return literalOf(first.children, context);
  if (literals.has(first.type)) return lowerExpr(first, context);
  // A dotted name is a value; a single name binds.
  return first.type === 'dotted_name' && named(first).length > 1 ? lowerExpr(first, context) : undefined;
};

/** `a | b | c` has its alternatives side by side, a sign before its number. */
const alternativesOf = (node: CstNode): readonly (readonly CstNode[])[] => {
  const groups: CstNode[][] = [[]];
  for (const child of node.children) {
    if (child.token && child.type === '|') groups.push([]);
    else groups.at(-1)!.push(child);
  }
  return groups;
};

const patternOf = (node: CstNode, context: Context): Pattern => {
  let inner = node;
  while (inner.type === 'case_pattern' && inner.children.length === 1) inner = inner.children[0]!;
  if (textOf(inner, context) === '_') return 'default';
  const values: Expr[] = [];
  for (const alternative of inner.type === 'union_pattern' ? alternativesOf(inner) : [[node]]) {
    const value = literalOf(alternative, context);
    if (!value) return alternative.length === 1 && textOf(alternative[0]!, context) === '_' ? 'default' : 'other';
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
