/**
 * Comments that silence rules. `# initlens: ignore[rule, rule] -- reason` after code is for its line, alone on a line for the next
 * line of code; `# initlens: ignore-file[rule]` is for the file; without brackets it is for all rules. `//` comments work alike.
 */
import type { SourceModule } from '../syntax/ast.ts';
import { cellAt } from '../text/cells.ts';
import type { Range } from '../text/span.ts';

export interface Suppression {
  /** Null: every rule. */
  readonly rules: ReadonlySet<string> | null;
  /** Offsets of the line it is for; null: the whole file. */
  readonly line: { readonly start: number; readonly end: number } | null;
  readonly reason: string | null;
  /** The comment itself. */
  readonly start: number;
  readonly end: number;
}

export interface Suppressions {
  readonly all: readonly Suppression[];
  /** Does a comment of this file silence the rule where the range starts? */
  suppresses(rule: string, range: Range): boolean;
}

/** A list that is opened and not closed is half typed and silences nothing. */
const COMMENT = /(?:#|\/\/|\/\*)\s*initlens:\s*ignore(-file)?(?![\w-])\s*(?:\[([^\]]*)\]|(?!\s*\[))\s*(?:--\s*(.*?))?\s*(?:\*\/)?$/;

const lineStart = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1;

const lineEnd = (text: string, offset: number): number => {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end;
};

/** The next line before `limit` that has something other than a comment on it. */
const nextCode = (text: string, from: number, limit: number): { start: number; end: number } => {
  let start = lineEnd(text, from) + 1;
  while (start < limit) {
    const end = lineEnd(text, start);
    const line = text.slice(start, end).trim();
    if (line !== '' && !line.startsWith('#') && !line.startsWith('//')) return { start, end };
    start = end + 1;
  }
  return { start: limit, end: limit };
};

const NONE: Suppressions = { all: [], suppresses: () => false };

const parseComment = ({ text, cells }: SourceModule, start: number, end: number): Suppression | null => {
  const match = COMMENT.exec(text.slice(start, end).trimEnd());
  if (!match) return null;
  const [, file, list, reason] = match;
  const names = list
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const alone = text.slice(lineStart(text, start), start).trim() === '';
  // A comment at the end of a cell has no next line.
  const limit = (cells && cellAt(cells, start)?.end) ?? text.length;
  const line = file ? null : alone ? nextCode(text, start, limit) : { start: lineStart(text, start), end: lineEnd(text, start) };
  return { rules: names ? new Set(names) : null, line, reason: reason || null, start, end };
};

export const suppressionsOf = (source: SourceModule): Suppressions => {
  if (!source.text.includes('initlens:')) return NONE;
  const all = source.comments.map(({ start, end }) => parseComment(source, start, end)).filter((s) => s !== null);
  return {
    all,
    suppresses: (rule, { file, start }) =>
      file === source.file &&
      all.some((s) => (s.rules === null || s.rules.has(rule)) && (s.line === null || (start >= s.line.start && start <= s.line.end))),
  };
};
