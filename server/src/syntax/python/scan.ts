/**
 * Cuts Python text into top-level chunks and comments by one pass over its characters: strings, brackets, line continuations and
 * column zero are all that it needs. On valid text the cuts are exact. In broken text a line that starts with a word which can
 * never continue an expression (`def`, `class`, `return` …) ends every open bracket, so that damage stays in its chunk.
 */
import type { ChunkRange, Scan, TextRange } from '../frontend.ts';

const tab = 9;
const newline = 10;
const formFeed = 12;
const carriageReturn = 13;
const space = 32;
const doubleQuote = 34;
const hash = 35;
const singleQuote = 39;
const at = 64;
const backslash = 92;

/** Start of a line that cannot lie inside brackets: these words are reserved and begin statements only. */
export const statementWord =
  /(?:(?:async[ \t]+)?def[ \t]+\w|class[ \t]+\w|import[ \t]+\w|from[ \t]+[\w.]+[ \t]+import\b|(?:return|raise|pass|while|try|with|assert|del|global|nonlocal|break|continue)\b)/y;
/** The same at column zero inside a string that never ends; `return` and its like do occur in prose. */
export const definitionWord =
  /(?:(?:async[ \t]+)?def[ \t]+\w+[ \t]*\(|class[ \t]+\w+[ \t]*[(:]|import[ \t]+\w|from[ \t]+[\w.]+[ \t]+import\b|@\w)/y;
/** Clauses at column zero that belong to the statement before. */
const clauseWord = /(?:else|elif|except|finally)\b/y;

export const matchesAt = (pattern: RegExp, text: string, index: number): boolean => {
  pattern.lastIndex = index;
  return pattern.test(text);
};

/** The end of the string literal that opens at `index` (a quote), or undefined when a triple-quoted one never closes. */
export const stringEnd = (text: string, index: number): number | undefined => {
  const quote = text.charCodeAt(index);
  const triple = text.charCodeAt(index + 1) === quote && text.charCodeAt(index + 2) === quote;
  let i = index + (triple ? 3 : 1);
  for (; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === backslash) {
      i++;
      if (text.charCodeAt(i) === carriageReturn && text.charCodeAt(i + 1) === newline) i++;
    } else if (c === quote) {
      if (!triple) return i + 1;
      if (text.charCodeAt(i + 1) === quote && text.charCodeAt(i + 2) === quote) return i + 3;
    } else if (c === newline && !triple) return i;
  }
  return triple ? undefined : text.length;
};

export const isOpening = (c: number): boolean => c === 40 || c === 91 || c === 123;
export const isClosing = (c: number): boolean => c === 41 || c === 93 || c === 125;

/**
 * Where a triple-quoted string that never closes is taken to end: before the next line for which `isCode` holds. The answer is
 * kept while positions grow, so that many such strings cost one pass.
 */
export const nextCodeLine = (text: string, isCode: (lineStart: number) => boolean): ((index: number) => number) => {
  let known = -1;
  return (index) => {
    if (known > index) return known;
    known = text.length;
    for (let line = text.indexOf('\n', index); line >= 0; line = text.indexOf('\n', line + 1)) {
      if (!isCode(line + 1)) continue;
      known = line + 1;
      break;
    }
    return known;
  };
};

/** Ends in the middle of an expression, where no bracket and no backslash lets it go on. */
const danglingLine =
  /(?:[-+/%@&|^<>=~]|[^.\d]\.|[A-Za-z_]\w*\.|(?<!\bimport[ \t]*)\*|\b(?:and|or|not|in|is|import|from|await|lambda|if|else))$/;

/** Nobody opens so many brackets and goes on at column zero. */
const maxOpenAtMargin = 50;

interface ScanState {
  readonly chunks: ChunkRange[];
  readonly comments: TextRange[];
  readonly complete: boolean;
}

/** `tripleMayEnd`: second try, for a file whose last triple-quoted string never closes. */
const scanOnce = (text: string, tripleMayEnd: boolean): ScanState => {
  const chunks: ChunkRange[] = [];
  const comments: TextRange[] = [];
  let depth = 0;
  let start = -1;
  /** End of the last character that is neither blank nor comment. */
  let end = -1;
  let decorated = false;
  let dangling = false;
  let lineStart = true;
  let continued = false;
  let column = 0;
  const nextDefinition = nextCodeLine(text, (line) => matchesAt(definitionWord, text, line));
  let i = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (i < text.length) {
    const c = text.charCodeAt(i);
    if (c === newline) {
      if (depth === 0 && !continued && !lineStart && !dangling) dangling = danglingLine.test(text.slice(Math.max(start, end - 12), end));
      if (!continued || depth > 0) column = 0;
      lineStart = !continued;
      continued = false;
      i++;
      continue;
    }
    if (c === space || c === tab || c === carriageReturn) {
      column++;
      i++;
      continue;
    }
    // The grammar takes these for blanks wherever they stand.
    if (c === 0xfeff || c === 0x2060 || c === 0x200b) {
      i++;
      continue;
    }
    if (c === formFeed) {
      column = 0;
      i++;
      continue;
    }
    if (c === hash) {
      let stop = text.indexOf('\n', i);
      if (stop < 0) stop = text.length;
      if (text.charCodeAt(stop - 1) === carriageReturn) stop--;
      comments.push({ start: i, end: stop });
      i = stop;
      continue;
    }
    if (lineStart) {
      lineStart = false;
      if (depth > 0 && (matchesAt(statementWord, text, i) || (column === 0 && depth > maxOpenAtMargin))) depth = 0;
      if (depth === 0 && (column === 0 || start < 0)) {
        const joins = start >= 0 && (decorated || matchesAt(clauseWord, text, i));
        if (!joins) {
          if (start >= 0) chunks.push({ start, end, dangling });
          start = i;
          dangling = false;
        }
        decorated = c === at;
      }
    }
    column++;
    if (c === backslash) {
      // Only a backslash at the end of its line continues it.
      let next = i + 1;
      if (text.charCodeAt(next) === carriageReturn) next++;
      if (text.charCodeAt(next) === newline) continued = true;
      i++;
    } else if (c === doubleQuote || c === singleQuote) {
      let stop = stringEnd(text, i);
      if (stop === undefined) {
        if (!tripleMayEnd) return { chunks, comments, complete: false };
        stop = nextDefinition(i);
      } else if (tripleMayEnd && text.startsWith(text[i]!.repeat(3), i)) {
        stop = Math.min(stop, nextDefinition(i));
      }
      i = stop;
      if (text.charCodeAt(i - 1) === newline) {
        lineStart = true;
        column = 0;
        depth = 0;
      }
    } else {
      if (isOpening(c)) depth++;
      else if (isClosing(c) && depth > 0) depth--;
      i++;
    }
    end = i;
  }
  if (start >= 0) chunks.push({ start, end, dangling });
  return { chunks, comments, complete: true };
};

export const scanPython = (text: string): Scan => {
  const first = scanOnce(text, false);
  return first.complete ? first : scanOnce(text, true);
};
