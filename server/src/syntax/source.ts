/**
 * The text that a lowering reads, and how its offsets become spans of the original file: completed text has insertions that the
 * file does not have, and spans count from the anchor of the top-level block.
 */
import type { Anchor, Span } from '../text/span.ts';
import type { LateBody, LeftOut } from './bodies.ts';
import type { TextRange } from './frontend.ts';

/** A text as it was parsed, written by the author or completed for him. */
export interface Completed {
  readonly text: string;
  /** Offset in the original text. */
  original(offset: number): number;
  /** Whether anything was put in or over within a range. */
  isChanged(start: number, end: number): boolean;
  /** Whether what stands at this place is a placeholder and not the author's. */
  isPlaceholder(start: number, end: number): boolean;
  /** The function's body that was left out at this place. */
  leftOut?(offset: number): LeftOut | undefined;
}

/** A block's view of a text. */
export interface Source {
  readonly text: string;
  span(node: TextRange): Span;
  isPlaceholder(node: TextRange): boolean;
  /** What a node stands for where it is no more than the place of a function's body. */
  late?(node: TextRange): LateBody | undefined;
}

export const asWritten = (text: string): Completed => ({
  text,
  original: (offset) => offset,
  isChanged: () => false,
  isPlaceholder: () => false,
});

/** `start` is where the block starts in the completed text. */
export const sourceOf = (completed: Completed, anchor: Anchor, start: number): Source => {
  const base = completed.original(start);
  return {
    text: completed.text,
    span: (node) => ({ anchor, start: completed.original(node.start) - base, end: completed.original(node.end) - base }),
    isPlaceholder: (node) => completed.isPlaceholder(node.start, node.end),
  };
};
