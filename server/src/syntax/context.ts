/** What the lowering of one top-level block carries along. */
import type { Span } from '../text/span.ts';
import type { OpaqueExpr, OpaqueStmt } from './ast.ts';
import type { CstNode } from './cst.ts';
import type { Source } from './source.ts';

export interface Context {
  readonly source: Source;
  /** Set when a `yield` was lowered; the enclosing function resets it. */
  yields: boolean;
}

export const spanOf = (node: CstNode, context: Context): Span => context.source.span(node);

export const textOf = (node: CstNode, context: Context): string => context.source.text.slice(node.start, node.end);

export const opaque = (node: CstNode, reason: string, context: Context): OpaqueExpr & OpaqueStmt => ({
  kind: 'opaque',
  reason,
  span: spanOf(node, context),
});

export const halfTyped = 'half typed';
export const syntaxError = 'syntax error';
export const tooDeep = 'nested too deeply';
