/** Places in the text, compared. */
import type { Span } from '../text/span.ts';

export const contains = (outer: Span, inner: Span): boolean =>
  outer.anchor === inner.anchor && outer.start <= inner.start && inner.end <= outer.end;
