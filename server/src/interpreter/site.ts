/** Call sites for calls that the interpreter makes itself. */
import type { Span } from '../text/span.ts';
import type { CallSite } from './values.ts';

const NO_SPAN: Span = { anchor: { file: '', offset: 0 }, start: 0, end: 0 };

const NO_ARGUMENTS: CallSite['argSpans'] = new Map();

export const siteAt = (span: Span, nameSpan: Span = span): CallSite => ({ span, nameSpan, argSpans: NO_ARGUMENTS });

/** A call that is written nowhere. */
export const NO_SITE: CallSite = siteAt(NO_SPAN);
