/**
 * The concrete tree as the lowerings read it: tree-sitter's nodes copied once into plain objects, because every call into wasm
 * costs more than the lowering of the node itself. Comments and line continuations are left out.
 */

export interface CstNode {
  /** tree-sitter's node type; `ERROR` for what it could not place, `too deep` for what lies below {@link maxDepth}. */
  readonly type: string;
  /** An anonymous node: punctuation, operator or keyword. */
  readonly token: boolean;
  /**
   * Offsets into the parsed text, UTF-16 units. The tokens of a sound tree have none (-1): asking tree-sitter for them costs a
   * third of the copy, and no lowering needs them.
   */
  readonly start: number;
  readonly end: number;
  /** A token that is not there: tree-sitter put it in to go on. */
  readonly missing: boolean;
  readonly children: readonly CstNode[];
}

/** Below this depth a tree is cut, so that no recursion over it (here or later) can exhaust the stack. */
export const maxDepth = 250;

const none: readonly CstNode[] = [];

export const leaf = (type: string, token: boolean, start: number, end: number, missing: boolean): CstNode => ({
  type,
  token,
  start,
  end,
  missing,
  children: none,
});

/** The named children, in order. */
export const named = (node: CstNode): readonly CstNode[] => node.children.filter((child) => !child.token);

export const firstOf = (node: CstNode, type: string): CstNode | undefined => node.children.find((child) => child.type === type);

export const hasToken = (node: CstNode, type: string): boolean => node.children.some((child) => child.token && child.type === type);

/** Whether tree-sitter gave up or invented something anywhere inside. */
export const isBroken = (node: CstNode): boolean => node.type === 'ERROR' || node.missing || node.children.some(isBroken);
