/**
 * Positions in source text.
 *
 * The analysis knows UTF-16 offsets only. A {@link Span} is relative to its top-level block's {@link Anchor}, so that what was
 * computed for an unchanged block stays valid when text above it grows or shrinks: the syntax layer moves the anchor, nobody
 * rewrites spans. Line and column exist only in `lsp/` and `cli/`.
 */

/** Where a top-level block of a file now starts. The syntax layer alone writes `offset`. */
export interface Anchor {
  /** Key of the file (a path with forward slashes or a URI, as the {@link Host} spells it). */
  readonly file: string;
  offset: number;
}

/** A half-open range, relative to its anchor, in UTF-16 units. */
export interface Span {
  readonly anchor: Anchor;
  readonly start: number;
  readonly end: number;
}

/** A range with absolute offsets, as it leaves the analysis. */
export interface Range {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

export const resolve = (span: Span): Range => ({
  file: span.anchor.file,
  start: span.anchor.offset + span.start,
  end: span.anchor.offset + span.end,
});

/** The smallest span that holds both; spans of different blocks give the first. */
export const cover = (a: Span, b: Span): Span =>
  a.anchor === b.anchor ? { anchor: a.anchor, start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) } : a;

export const sameSpan = (a: Span, b: Span): boolean => a.anchor === b.anchor && a.start === b.start && a.end === b.end;
