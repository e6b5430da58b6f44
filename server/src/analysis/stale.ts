/**
 * Keeping what was known while the text is broken: findings of the last good network, shifted to where their text now stands.
 */
import type { Finding } from '../rules/rule.ts';
import type { Block, SourceModule } from '../syntax/ast.ts';
import type { Span } from '../text/span.ts';

/** Text of a top-level block: from its anchor to the end of its statement. */
const blockText = (module: SourceModule, block: Block): string =>
  module.text.slice(block.anchor.offset, block.anchor.offset + block.statement.span.end);

/** Where an old block's text went: the new anchor, and how offsets inside move around the edit. */
export interface Move {
  readonly from: Block['anchor'];
  readonly to: Block['anchor'];
  /** Length of the text before and after the edit that stayed the same. */
  readonly prefix: number;
  readonly oldLength: number;
  readonly newLength: number;
  readonly suffix: number;
}

/** Matches a vanished block with the broken one that took its place, by the text that both begin and end with. */
export const moveOf = (oldText: string, from: Block['anchor'], module: SourceModule): Move | null => {
  let best: Move | null = null;
  for (const block of module.blocks) {
    const text = blockText(module, block);
    let prefix = 0;
    while (prefix < oldText.length && prefix < text.length && oldText.charCodeAt(prefix) === text.charCodeAt(prefix)) prefix++;
    let suffix = 0;
    const most = Math.min(oldText.length, text.length) - prefix;
    while (suffix < most && oldText.charCodeAt(oldText.length - 1 - suffix) === text.charCodeAt(text.length - 1 - suffix)) suffix++;
    if (prefix + suffix > (best ? best.prefix + best.suffix : Math.min(8, oldText.length / 4)))
      best = { from, to: block.anchor, prefix, suffix, oldLength: oldText.length, newLength: text.length };
  }
  return best;
};

export const moveSpan = (span: Span, move: Move): Span => {
  if (span.anchor !== move.from) return span;
  const shift = (offset: number): number => {
    if (offset <= move.prefix) return offset;
    if (offset >= move.oldLength - move.suffix) return offset + move.newLength - move.oldLength;
    return Math.min(offset, move.newLength);
  };
  return { anchor: move.to, start: shift(span.start), end: shift(span.end) };
};

export const moveFinding = (finding: Finding, move: Move): Finding => ({
  ...finding,
  span: moveSpan(finding.span, move),
  related: finding.related.map((r) => ({ ...r, span: moveSpan(r.span, move) })),
  // Edits computed against text that is no longer there would be wrong.
  intents: [],
});

export { blockText };
