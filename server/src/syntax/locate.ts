/** Finds syntax by position, for what edits text: fixes, hover, code lenses. Offsets are absolute. */
import { resolve } from '../text/span.ts';
import type { Block, ClassStmt, FunctionStmt, ImportFromStmt, ImportStmt, SourceModule, Stmt } from './ast.ts';
import { type AstNode, childrenOf, isArgument, isParam, visit } from './visit.ts';

/** The last block that starts at or before an offset. */
export const blockAt = (module: SourceModule, offset: number): Block | undefined => {
  let low = 0;
  let high = module.blocks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const { statement } = module.blocks[middle]!;
    if (resolve(statement.span).start <= offset) low = middle + 1;
    else high = middle;
  }
  return module.blocks[low - 1];
};

const contains = (node: AstNode, start: number, end: number): boolean => {
  const range = resolve(node.span);
  return range.start <= start && end <= range.end;
};

/** The nodes that contain a range, outermost (the block's statement) first, innermost last; empty between statements. */
export const pathAt = (module: SourceModule, start: number, end: number = start): readonly AstNode[] => {
  const path: AstNode[] = [];
  let node: AstNode | undefined = blockAt(module, start)?.statement;
  if (node && !contains(node, start, end)) return path;
  while (node) {
    path.push(node);
    // At a seam (`a|(b)`) the later node is the one that starts there; a range that ends there belongs to the earlier.
    node = childrenOf(node).findLast((child) => contains(child, start, end));
  }
  return path;
};

const statementKinds: ReadonlySet<string> = new Set<Stmt['kind']>([
  'expr',
  'assign',
  'augAssign',
  'return',
  'if',
  'for',
  'while',
  'block',
  'with',
  'try',
  'match',
  'function',
  'class',
  'import',
  'importFrom',
  'pass',
  'break',
  'continue',
  'raise',
  'global',
  'nonlocal',
  'assert',
  'delete',
]);

/** Opaque nodes count as expressions: there is nothing to edit in them. */
export const isStatement = (node: AstNode): node is Stmt => !isParam(node) && !isArgument(node) && statementKinds.has(node.kind);

/** The innermost statement, function and class around a range. */
export const enclosing = (
  module: SourceModule,
  start: number,
  end: number = start,
): { readonly statement: Stmt | undefined; readonly function: FunctionStmt | undefined; readonly class: ClassStmt | undefined } => {
  const statements = pathAt(module, start, end).filter(isStatement);
  return {
    statement: statements.at(-1),
    function: statements.findLast((node) => node.kind === 'function'),
    class: statements.findLast((node) => node.kind === 'class'),
  };
};

/** All imports of a file in source order, those inside functions and `try` too; `topLevel` ones bind in the whole file. */
export const importsOf = (
  module: SourceModule,
): readonly { readonly statement: ImportStmt | ImportFromStmt; readonly topLevel: boolean }[] => {
  const imports: { statement: ImportStmt | ImportFromStmt; topLevel: boolean }[] = [];
  for (const { statement } of module.blocks) {
    visit([statement], (node) => {
      if (isParam(node) || isArgument(node)) return false;
      if (node.kind === 'import' || node.kind === 'importFrom') imports.push({ statement: node, topLevel: node === statement });
      return isStatement(node);
    });
  }
  return imports;
};
