/**
 * What a source language brings to the syntax layer. The parser (parser.ts) does caching, bounds and anchors for all of them;
 * a front end knows where top-level chunks begin, how its tree is lowered, and how half-typed text is completed.
 * A language is a folder beside this file with one `FrontEnd` in it, and a row in parser.ts.
 */
import type { Stmt } from './ast.ts';
import type { CstNode } from './cst.ts';
import type { ParsedTree } from './grammar.ts';
import type { Completed, Source } from './source.ts';

/** Half-open, in UTF-16 units. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

export interface ChunkRange extends TextRange {
  /** A line ends in the middle of an expression: the grammar may join it with the next and see no error. */
  readonly dangling: boolean;
}

export interface Scan {
  /** Runs of text that parse on their own: mostly one top-level statement each, in order, without the blank and comment lines between. */
  readonly chunks: readonly ChunkRange[];
  readonly comments: readonly TextRange[];
}

export interface FrontEnd {
  /** Cuts a file into chunks without parsing it. Total, linear, and exact on valid text. */
  scan(text: string): Scan;
  /**
   * The names that a chunk binds where its first words tell: one definition or one assignment, sound or not. Undefined where it has to
   * be parsed to know.
   */
  binds?(chunk: string): readonly string[] | undefined;
  /**
   * Bodies of functions that may be parsed by themselves, when they are first looked at; ascending, none within another. Those of which
   * that is not certain are left out.
   */
  bodies?(text: string): readonly TextRange[];
  /** The nodes below a tree's root that stand for one statement each. */
  statements(root: CstNode): readonly CstNode[];
  /** Lowers one of them. Total: what it does not know becomes `opaque`. */
  lower(node: CstNode, source: Source): Stmt;
  /** Completes half-typed text, tried where the plain tree has errors. `read` parses. */
  complete(
    text: string,
    read: (text: string) => ParsedTree | undefined,
  ): { readonly text: Completed; readonly tree: ParsedTree } | undefined;
}
