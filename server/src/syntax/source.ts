/**
 * The text that a lowering reads, and how its offsets become spans of the original file: completed text has insertions that the
 * file does not have, and spans count from the anchor of the top-level block.
 */
import type { Anchor, Span } from '../text/span.ts';
import type { TextRange } from './frontend.ts';

/** Text put into (or written over) the original before the parse. Offsets count in the original. */
export interface Insertion {
  readonly at: number;
  readonly text: string;
}

/** A text with insertions; `holes` are its ranges that stand for something not yet written. */
export interface Completed {
  readonly text: string;
  /** Offset in the original text. */
  original(offset: number): number;
  /** Whether a node at this place is a placeholder and not the author's. */
  isPlaceholder(start: number, end: number): boolean;
}

export interface Source {
  readonly text: string;
  span(node: TextRange): Span;
  isPlaceholder(node: TextRange): boolean;
}

const identity = (offset: number): number => offset;
const never = (): boolean => false;

export const asWritten = (text: string): Completed => ({ text, original: identity, isPlaceholder: never });

/** A block's view of a text. `start` is where the block starts in it. */
export const sourceOf = (completed: Completed, anchor: Anchor, start: number): Source => {
  const base = completed.original(start);
  return {
    text: completed.text,
    span: (node) => ({ anchor, start: completed.original(node.start) - base, end: completed.original(node.end) - base }),
    isPlaceholder: (node) => completed.isPlaceholder(node.start, node.end),
  };
};
