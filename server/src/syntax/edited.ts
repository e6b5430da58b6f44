/** A text with stretches replaced, and the way back from its offsets to the original's. */
import type { Completed } from './source.ts';

/** `text` in the place of the original's [at, at + removed). */
export interface Replacement {
  readonly at: number;
  readonly removed: number;
  readonly text: string;
}

interface Placed extends Replacement {
  /** Where the replacement starts in the new text. */
  readonly start: number;
}

/** Replacements must not overlap; several insertions at one place keep their order. */
export const applyReplacements = (original: string, replacements: readonly Replacement[]): Completed => {
  const sorted = [...replacements].sort((a, b) => a.at - b.at);
  const placed: Placed[] = [];
  let text = '';
  let position = 0;
  for (const replacement of sorted) {
    text += original.slice(position, replacement.at);
    placed.push({ ...replacement, start: text.length });
    text += replacement.text;
    position = replacement.at + replacement.removed;
  }
  text += original.slice(position);

  /** The last replacement that starts at or before an offset. */
  const lastBefore = (offset: number): Placed | undefined => {
    let low = 0;
    let high = placed.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (placed[middle]!.start <= offset) low = middle + 1;
      else high = middle;
    }
    return placed[low - 1];
  };
  return {
    text,
    original: (offset) => {
      const before = lastBefore(offset);
      if (!before) return offset;
      const inside = offset - before.start;
      const after = inside - before.text.length;
      return after >= 0 ? before.at + before.removed + after : before.at + Math.min(inside, before.removed);
    },
    isChanged: (start, end) => {
      const before = lastBefore(end);
      return before !== undefined && before.start + before.text.length >= start;
    },
    isPlaceholder: (start, end) => {
      const before = lastBefore(start);
      return before !== undefined && start < end && end <= before.start + before.text.length;
    },
  };
};
