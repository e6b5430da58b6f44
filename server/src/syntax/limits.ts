/** What the syntax layer does with texts that are too large, or no text at all. */
import type { SyntaxIssue } from './ast.ts';

/** UTF-16 units of a file that are read. Model code is far smaller; what is larger is generated. */
export const maxTextLength = 250_000;

/** Past this a file is generated or data; of those only a sample is read, so that they answer within a second. */
const generatedLength = 1_000_000;
const maxGeneratedLength = 80_000;

/** A single top-level statement longer than this is data, and not parsed. */
export const maxStatementLength = 100_000;

/** A class or function may be this long. */
export const maxDefinitionLength = 250_000;

/**
 * Units that may be parsed in vain in one file: tree-sitter searches damaged text for long. What comes after is parsed while it is
 * sound. Only a file damaged in dozens of places gets here.
 */
export const maxDamagedLength = 150_000;

/** Units looked at to tell text from binary. */
const sample = 8192;
const maxControlShare = 0.1;

export interface Bounded {
  /** The part that is analysed. */
  readonly text: string;
  readonly issues: readonly SyntaxIssue[];
}

/** What no text has: control characters but blanks, and U+FFFD, which a decoder puts for bytes that are no text. */
const CONTROL = /[^\t-\r -\ufffc\ufffe\uffff]/g;

const looksBinary = (text: string): boolean => {
  const start = text.slice(0, sample);
  return start.includes('\0') || (start.match(CONTROL)?.length ?? 0) > start.length * maxControlShare;
};

/** `lazy`: what is read is parsed only where it is asked for, so that more of it may be read. */
export const bound = (text: string, lazy = false): Bounded => {
  if (looksBinary(text)) return { text: '', issues: [{ message: 'This is not a text file; it was not analysed.', start: 0, end: 0 }] };
  const most = text.length > generatedLength ? maxGeneratedLength : lazy ? generatedLength : maxTextLength;
  if (text.length <= most) return { text, issues: [] };
  const cut = text.lastIndexOf('\n', most - 1) + 1 || most;
  const kept = cut.toLocaleString('en-US');
  const all = text.length.toLocaleString('en-US');
  return {
    text: text.slice(0, cut),
    issues: [{ message: `Only the first ${kept} of ${all} characters were analysed.`, start: cut, end: text.length, limit: true }],
  };
};
