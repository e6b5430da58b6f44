/** Call sites for calls that the interpreter makes itself. */
import type { Span } from '../text/span.ts';
import type { CallSite } from './values.ts';

const NO_SPAN: Span = { anchor: { file: '', offset: 0 }, start: 0, end: 0 };

export const siteAt = (span: Span, nameSpan: Span = span): CallSite => ({ span, nameSpan, argSpans: new Map() });

/** A call that is written nowhere. */
export const NO_SITE: CallSite = siteAt(NO_SPAN);
