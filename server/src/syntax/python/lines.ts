/**
 * Half-typed Python, line by line: finds the logical lines of a damaged text, taking a line that starts like a statement and is
 * indented no deeper for the end of what was left open before it, and says what to insert so that each line is whole.
 */
import type { Replacement } from '../edited.ts';
import type { TextRange } from '../frontend.ts';
import { danglingEnd, headerEnd } from './dangling.ts';
import { definitionWord, isClosing, isOpening, matchesAt, nextCodeLine, statementWord, stringEnd } from './scan.ts';

/** One statement's own text (a compound statement's header), without indentation and trailing comment. */
export interface LogicalLine extends TextRange {
  readonly indent: number;
}

export interface CompletedLines {
  readonly lines: readonly LogicalLine[];
  readonly replacements: readonly Replacement[];
}

/** `self.x = …`, `a.b: T = …` and `a.b[i] += …` cannot lie inside brackets. */
const attributeAssignment = /\w+(?:\.\w+)+(?:\[[^\]\n]*\])?\s*(?::[^=\n]+)?[-+*/@|&]?=(?!=)/y;
/** Starts like a statement, but could be an argument too: only indentation tells. */
const likeStatement =
  /(?:(?:if|elif|else|for|except|finally|match|case|lambda|print|yield|await|not)\b|@\w|[\w.]+(?:\[[^\]\n]*\])?\s*(?:[-+*/@|&]?=(?!=)|:\s*\w)|[\w., ]+=(?!=)|[\w.]+\(|["'])/y;

/** Starts the body of a compound statement whose header was left open: no parameter or argument begins so. */
const likeBody = /(?:\w[\w., ]*\s=\s|[\w.]+\(|["']|(?:if|for)\b.*:[ \t]*(?:#.*)?\r?$)/my;
/** Words that can follow an operand on the next line inside brackets. */
const infixWord = /(?:for|if|else|and|or|not|in|is|async)\b/y;
const operandStart = /(?![rbfuRBFU]{1,2}["'])\w/y;
const operandEnd = /[\w)\]}"']$/;
/** What may become a keyword. */
const loneWord = /^[a-z]+$/;

const closerOf: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

const blankLine = /[ \t\f\r]*(?:#[^\n]*)?(?:\n|$)/y;

/** Start of the next line that has something on it, and its indentation; undefined at the end of the text. */
const nextLine = (text: string, newline: number): { readonly at: number; readonly indent: number } | undefined => {
  let start = newline + 1;
  while (start < text.length && matchesAt(blankLine, text, start)) {
    const stop = text.indexOf('\n', start);
    if (stop < 0) return undefined;
    start = stop + 1;
  }
  if (start >= text.length) return undefined;
  const indent = /[^ \t\f\r]/.exec(text.slice(start, start + 400))?.index ?? 0;
  return { at: start + indent, indent };
};

/** Where a triple-quoted string ends in a text whose quotes do not pair: before a line that looks like code. */
const looksLikeCode = (text: string, line: number): boolean => {
  const indent = /^[ \t]*/.exec(text.slice(line, line + 200))?.[0].length ?? 0;
  return matchesAt(definitionWord, text, line + indent) || matchesAt(attributeAssignment, text, line + indent);
};

/** Whether some triple-quoted string never closes. */
const hasOpenTriple = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '#') i = (text.indexOf('\n', i) + 1 || text.length + 1) - 1;
    else if (c === '"' || c === "'") {
      const end = stringEnd(text, i);
      if (end === undefined) return true;
      i = Math.max(i, end - 1);
    }
  }
  return false;
};

/** Before the brackets, commas and colons at a line's end: there the author would have closed his string. */
const quotePlace = (line: string): number => /[)\]},:\s]*$/.exec(line)?.index ?? line.length;

export const completeLines = (text: string): CompletedLines => {
  const lines: LogicalLine[] = [];
  const replacements: Replacement[] = [];
  const openTriple = hasOpenTriple(text);
  const codeAfter = nextCodeLine(text, (line) => looksLikeCode(text, line));
  /** Before the newline that ends the prose. */
  const proseEnd = (from: number): number => (codeAfter(from) < text.length ? codeAfter(from) - 1 : text.length);
  const insert = (at: number, inserted: string): void => {
    if (inserted !== '') replacements.push({ at, removed: 0, text: inserted });
  };
  /** Open brackets of the current logical line. */
  let stack: string[] = [];
  /** Start of the current logical line, its indentation, and the end of its last character that is no blank or comment. */
  let start = -1;
  let indent = 0;
  let end = 0;
  let physicalStart = 0;
  /** A colon outside brackets was seen: a header is complete. */
  let colon = false;

  const endLine = (next: { readonly indent: number } | undefined): void => {
    if (start < 0) return;
    const written = text.slice(start, end);
    const body = next !== undefined && next.indent > indent;
    if (body && loneWord.test(written) && headerEnd(written, false, false, true) === '') {
      const parent = lines.findLast((line) => line.indent < indent);
      const inClass = parent ? text.startsWith('class', parent.start) : !written.startsWith('c');
      const header = inClass ? 'def _():' : parent ? 'if _:' : 'class _:';
      replacements.push({ at: start, removed: end - start, text: header });
      lines.push({ start, end, indent });
      start = -1;
      return;
    }
    const dangling = danglingEnd(written, stack.at(-1));
    insert(
      end,
      dangling +
        stack
          .map((open) => closerOf[open])
          .reverse()
          .join(''),
    );
    insert(end, headerEnd(written, colon, dangling !== '' || stack.length > 0, body));
    lines.push({ start, end, indent });
    start = -1;
    stack = [];
    colon = false;
  };

  /** Whether a line begins a new statement although a bracket is open. */
  const startsStatement = (next: { readonly at: number; readonly indent: number }): boolean =>
    matchesAt(statementWord, text, next.at) ||
    matchesAt(attributeAssignment, text, next.at) ||
    (next.indent <= indent && matchesAt(likeStatement, text, next.at));

  /** Whether two operands meet over the end of a line inside brackets, with nothing between them. */
  const adjacent = (next: number): boolean =>
    operandEnd.test(text.slice(Math.max(start, end - 1), end)) &&
    !/\b(?:and|or|not|in|is|if|else|for|lambda|await|yield|from)$/.test(text.slice(Math.max(start, end - 8), end)) &&
    matchesAt(operandStart, text, next) &&
    !matchesAt(infixWord, text, next);

  const newlineAt = (at: number): void => {
    if (start >= 0) {
      const next = nextLine(text, at);
      const continues = text[at - 1] === '\\' || text.startsWith('\\\r', at - 2);
      const open = stack.length > 0 && next !== undefined && !startsStatement(next);
      const missingComma = open && adjacent(next.at);
      const header = headerEnd(text.slice(start, end), false, true, true) !== '';
      if (open && !(header && (missingComma || matchesAt(likeBody, text, next.at)))) {
        if (missingComma) insert(end, ',');
      } else if (!(continues && next !== undefined)) endLine(next);
    }
    physicalStart = at + 1;
  };

  let i = 0;
  while (i < text.length) {
    const c = text[i]!;
    const code = text.charCodeAt(i);
    if (c === '\n') {
      newlineAt(i++);
      continue;
    }
    if (c === ' ' || c === '\t' || c === '\r' || c === '\f') {
      i++;
      continue;
    }
    if (c === '#') {
      const stop = text.indexOf('\n', i);
      i = stop < 0 ? text.length : stop;
      continue;
    }
    if (start < 0) {
      start = i;
      indent = i - physicalStart;
    }
    if (c === '"' || c === "'") {
      const triple = text.startsWith(c.repeat(3), i);
      const close = stringEnd(text, i);
      const prose = triple && openTriple ? proseEnd(i) : text.length;
      if (triple && (close === undefined || close > prose)) {
        insert(prose, c.repeat(3));
        i = prose;
      } else if (!triple && text[close! - 1] !== c) {
        const at = i + 1 + quotePlace(text.slice(i + 1, close));
        insert(at, c);
        i = at;
      } else i = close ?? text.length;
      // A string that consists of its opening quote alone.
      end = i;
      continue;
    }
    if (isOpening(code)) stack.push(c);
    else if (isClosing(code)) {
      const opener = stack.findLastIndex((open) => closerOf[open] === c);
      if (opener < 0) replacements.push({ at: i, removed: 1, text: ' ' });
      else {
        insert(
          i,
          stack
            .splice(opener)
            .slice(1)
            .map((open) => closerOf[open])
            .reverse()
            .join(''),
        );
      }
    } else if (c === ':' && stack.length === 0) colon = true;
    i++;
    end = i;
  }
  endLine(undefined);
  return { lines, replacements };
};
