/**
 * Cuts JavaScript and TypeScript into top-level chunks and comments by one pass over the characters: strings, templates, regular
 * expressions, brackets and column zero. Where a line might go on with what stands before it, nothing is cut: a chunk of two
 * statements costs a little time, half a statement would be an error. In text whose brackets do not match, a line that begins like a
 * declaration ends every open bracket, so that damage stays in its chunk.
 */
import type { ChunkRange, Scan, TextRange } from '../frontend.ts';

/** Lines that begin a statement, whatever ended before them. */
const statementWord =
  /(?:import\b(?!\s*[(.])|export\b|const\b|let\b|var\b|function\b|async\s+function\b|class\b|abstract\s+class\b|interface\s+\w|type\s+\w+|enum\s+\w|declare\s+\w|namespace\s+\w|if\b|for\b|while\b|do\b|switch\b|try\b|return\b|throw\b|@\w)/y;

/** The same where brackets were left open: nobody writes these at column zero inside of others, or nearly so. */
const declarationWord =
  /(?:import\s+[\w{*'"]|export\s+(?:default|const|class|function|async|\{|\*)|(?:async\s+)?function\s+\w+\s*\(|class\s+\w+|(?:const|let|var)\s+\w+\s*=)/y;

/** Words that go on with what stands before them. */
const continuation = /(?:else|catch|finally|from|of|in|instanceof|as|satisfies|extends|implements|while)\b/y;

/** A header whose body may stand on the next line, at column zero. */
const openHeader = /^(?:if|for|while)\b[\s\S]*\)$|\b(?:else|do)$/;

/** After these words a slash begins a regular expression. */
const beforeExpression = /(?:^|[^\w$.])(?:return|typeof|case|in|of|instanceof|new|delete|void|throw|do|else|yield|await)$/;

const isWord = (c: number): boolean =>
  (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 36 || c === 95 || c > 127;

const isBlank = (c: number): boolean => c === 32 || c === 9 || c === 13 || c === 10 || c === 11 || c === 12 || c === 0xa0 || c === 0xfeff;

const matchesAt = (pattern: RegExp, text: string, index: number): boolean => {
  pattern.lastIndex = index;
  return pattern.test(text);
};

/** The end of a '…' or "…" literal; one that is not closed ends with its line. */
const stringEnd = (text: string, index: number): number => {
  const quote = text.charCodeAt(index);
  let i = index + 1;
  for (; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 92) i += text.charCodeAt(i + 1) === 13 ? 2 : 1;
    else if (c === quote) return i + 1;
    else if (c === 10) return i;
  }
  return text.length;
};

/** The end of a regular expression literal, or undefined where the slash is none. */
const regexEnd = (text: string, index: number): number | undefined => {
  let inClass = false;
  for (let i = index + 1; i < text.length; i++) {
    const c = text[i];
    if (c === '\n') return undefined;
    if (c === '\\') i++;
    else if (c === '[') inClass = true;
    else if (c === ']') inClass = false;
    else if (c === '/' && !inClass) return i + 1;
  }
  return undefined;
};

/** Whether a slash after this text begins a regular expression. */
const regexMayFollow = (text: string, end: number): boolean => {
  if (end <= 0) return true;
  const c = text.charCodeAt(end - 1);
  if (isWord(c)) return beforeExpression.test(text.slice(Math.max(0, end - 16), end));
  return c !== 41 && c !== 93 && c !== 125 && c !== 34 && c !== 39 && c !== 96;
};

/**
 * The end of a `${` … `}` template's text part from `index` on: past the closing quote, or past the next `${`. One that never closes
 * takes its line only where `recover` says that the text is broken.
 */
const templatePart = (text: string, index: number, recover: boolean): { readonly end: number; readonly opens: boolean } => {
  for (let i = index; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 92) i++;
    else if (c === 96) return { end: i + 1, opens: false };
    else if (c === 36 && text.charCodeAt(i + 1) === 123) return { end: i + 2, opens: true };
  }
  const line = recover ? text.indexOf('\n', index) : -1;
  return { end: line < 0 ? text.length : line, opens: false };
};

/** A decorator waits for its class. */
const isDecorator = (text: string, start: number, end: number): boolean =>
  text.charCodeAt(start) === 64 && !/\bclass\b/.test(text.slice(start, Math.min(end, start + 4000)));

/** The statement is over when its text ends so and a name, a literal or a statement word follows on a new line. */
const mayEnd = (text: string, start: number, end: number): boolean => {
  const c = text.charCodeAt(end - 1);
  if (c === 59 || c === 125 || c === 93) return true;
  const tail = text.slice(Math.max(start, end - 3), end);
  if (/(?:\+\+|--)$/.test(tail)) return true;
  if (c !== 41 && c !== 34 && c !== 39 && c !== 96 && !isWord(c)) return false;
  const line = text.slice(Math.max(start, text.lastIndexOf('\n', end - 1) + 1, end - 400), end);
  return (
    !openHeader.test(line) &&
    !/(?:^|[^\w$.])(?:return|typeof|case|in|of|instanceof|new|delete|void|extends|await|import|export|default|from|const|let|var|as|=>)$/.test(
      line,
    )
  );
};

interface Scanned extends Scan {
  readonly balanced: boolean;
}

/** `recover`: second try, for text whose brackets do not match. */
const scanOnce = (text: string, recover: boolean): Scanned => {
  const chunks: ChunkRange[] = [];
  const comments: TextRange[] = [];
  /** Open brackets; '`' stands for a template whose `${` is open. */
  const open: string[] = [];
  let balanced = true;
  let start = -1;
  /** End of the last character that is neither blank nor comment. */
  let end = -1;
  let dangling = false;
  let lineStart = true;
  let i = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  if (text.startsWith('#!', i)) {
    const stop = text.indexOf('\n', i);
    i = stop < 0 ? text.length : stop;
  }
  const template = (from: number): number => {
    const { end: stop, opens } = templatePart(text, from, recover);
    if (opens) open.push('`');
    return stop;
  };
  const cut = (): void => {
    if (start >= 0) chunks.push({ start, end, dangling });
    start = -1;
    dangling = false;
  };
  while (i < text.length) {
    const c = text.charCodeAt(i);
    if (c === 10) {
      lineStart = true;
      i++;
      continue;
    }
    const atMargin = lineStart && (i === 0 || text.charCodeAt(i - 1) === 10);
    if (isBlank(c)) {
      lineStart = false;
      i++;
      continue;
    }
    if (c === 47 && (text.charCodeAt(i + 1) === 47 || text.charCodeAt(i + 1) === 42)) {
      const block = text.charCodeAt(i + 1) === 42;
      let stop = block ? text.indexOf('*/', i + 2) + 2 : text.indexOf('\n', i);
      if (stop < 2) stop = text.length;
      if (!block && text.charCodeAt(stop - 1) === 13) stop--;
      comments.push({ start: i, end: stop });
      i = stop;
      lineStart = false;
      continue;
    }
    lineStart = false;
    if (start < 0) start = i;
    else if (atMargin) {
      if (recover && open.length > 0 && matchesAt(declarationWord, text, i)) {
        open.length = 0;
        dangling = true;
        cut();
        start = i;
      } else if (open.length === 0 && !matchesAt(continuation, text, i)) {
        const begins = matchesAt(statementWord, text, i) || isWord(c) || c === 34 || c === 39;
        if (begins && mayEnd(text, start, end) && !isDecorator(text, start, end)) {
          cut();
          start = i;
        } else if (recover && matchesAt(declarationWord, text, i)) {
          dangling = true;
          cut();
          start = i;
        }
      }
    }
    if (c === 34 || c === 39) i = stringEnd(text, i);
    else if (c === 96) i = template(i + 1);
    else if (c === 47 && regexMayFollow(text, end)) i = regexEnd(text, i) ?? i + 1;
    else if (c === 40 || c === 91 || c === 123) {
      open.push(text[i] as string);
      i++;
    } else if (c === 41 || c === 93 || c === 125) {
      const opened = open.pop();
      if (opened === undefined) balanced = false;
      if (opened === '`') {
        if (c === 125) i = template(i + 1);
        else {
          balanced = false;
          i++;
        }
      } else {
        if (opened !== undefined && opened !== (c === 41 ? '(' : c === 93 ? '[' : '{')) balanced = false;
        i++;
      }
    } else if (isWord(c)) {
      while (i < text.length && isWord(text.charCodeAt(i))) i++;
    } else i++;
    end = i;
  }
  cut();
  return { chunks, comments, balanced: balanced && open.length === 0 };
};

export const scanJavaScript = (text: string): Scan => {
  const first = scanOnce(text, false);
  return first.balanced ? first : scanOnce(text, true);
};
