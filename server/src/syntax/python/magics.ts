/**
 * IPython's additions to Python (`%matplotlib inline`, `%%time`, `!pip install`, `help?`, `files = !ls`), masked by blanks so that a
 * cell reads as Python and every offset stays. Magics that run Python keep it: `%time model = build()` binds `model`.
 * After IPython's inputtransformer2: which lines are magics is decided by how they begin, never by what is registered.
 */
import { isClosing, isOpening, matchesAt, statementWord, stringEnd } from './scan.ts';

/** Cell magics whose body is Python in the notebook's own scope. Of any other the body is somebody else's language, or not run here. */
const pythonCells = new Set([
  'time',
  'timeit',
  'capture',
  'prun',
  'memit',
  'mprun',
  'lprun',
  'snakeviz',
  'scalene',
  'heat',
  'wandb',
  'black',
  'mypy',
  'ipytest',
  'notify',
]);

const cellMagic = /^\s*%%(\w*)[^\n]*/;

/** A value that nobody can have bound: an identifier of one letter that looks like what it stands for. */
const unknownValue = 'ǃ';

const blanks = (text: string): string => text.replace(/[^\r\n]/g, ' ');

/** Blanks with something at their start. */
const blanksAfter = (first: string, text: string): string => first + blanks(text.slice(first.length));

/** End of a magic's line; a backslash at the end of a line goes on to the next. */
const magicEnd = (text: string, from: number): number => {
  for (let at = from; ; at++) {
    const stop = text.indexOf('\n', at);
    if (stop < 0) return text.length;
    const end = text[stop - 1] === '\r' ? stop - 1 : stop;
    if (text[end - 1] !== '\\') return end;
    at = stop;
  }
};

/** What stands for a magic where a statement may stand. In a block something must be left, or the block would be empty. */
const asStatement = (magic: string, indented: boolean): string => {
  const timed = /^%time[ \t]+(?=\S)/.exec(magic)?.[0];
  if (timed) return blanksAfter('0;', timed) + magic.slice(timed.length);
  return indented ? blanksAfter('0', magic) : blanks(magic);
};

/** What stands for a magic whose value is assigned. */
const asValue = (magic: string): string => {
  const timed = /^%time[ \t]+(?=\S)/.exec(magic)?.[0];
  return timed ? blanks(timed) + magic.slice(timed.length) : blanksAfter(unknownValue, magic);
};

const isEscape = (c: string): boolean => c === '%' || c === '!' || c === '?';

/** `help?`, `torch.nn.Linear??`: a line whose code ends in a question mark. */
const helpEnd = /\?[ \t]*\r?$/;

/** Whether an `=` that assigns stands before `at`. */
const afterAssignment = (text: string, at: number): boolean => /(?:^|[^=!<>:%&|^*/+@-])=[ \t]*$/.test(text.slice(Math.max(0, at - 80), at));

const maskLines = (text: string): string => {
  let masked = '';
  let position = 0;
  const replace = (start: number, end: number, by: string): void => {
    masked += text.slice(position, start) + by;
    position = end;
  };
  let depth = 0;
  let lineStart = 0;
  /** Before the first character of a line that begins a statement. */
  let fresh = true;
  let i = 0;
  while (i < text.length) {
    const c = text[i]!;
    if (c === '\n') {
      lineStart = ++i;
      fresh = true;
      continue;
    }
    if (c === ' ' || c === '\t' || c === '\r') {
      i++;
      continue;
    }
    if (fresh) {
      fresh = false;
      if (depth > 0 && (c === '!' || matchesAt(statementWord, text, i))) depth = 0;
      if (depth === 0) {
        const end = isEscape(c) ? magicEnd(text, i) : lineEndOf(text, i);
        if (isEscape(c) || isHelp(text, i, end)) {
          replace(i, end, asStatement(text.slice(i, end), i > lineStart));
          i = end;
          continue;
        }
      }
    }
    if (c === '#') {
      const stop = text.indexOf('\n', i);
      i = stop < 0 ? text.length : stop;
    } else if (c === '"' || c === "'") {
      i = stringEnd(text, i) ?? text.length;
    } else if (depth === 0 && (c === '!' || c === '%') && text[i + 1] !== '=' && afterAssignment(text, i)) {
      const end = magicEnd(text, i);
      replace(i, end, asValue(text.slice(i, end)));
      i = end;
    } else if (c === '\\' && /\\\r?\n/y.test(text.slice(i, i + 3))) {
      // The next line goes on with this one.
      i = text.indexOf('\n', i) + 1;
    } else {
      const code = text.charCodeAt(i);
      if (isOpening(code)) depth++;
      else if (isClosing(code) && depth > 0) depth--;
      i++;
    }
  }
  return position === 0 ? text : masked + text.slice(position);
};

const lineEndOf = (text: string, from: number): number => {
  const stop = text.indexOf('\n', from);
  return stop < 0 ? text.length : stop;
};

const isHelp = (text: string, start: number, end: number): boolean => {
  const line = text.slice(start, end);
  return helpEnd.test(line) && !line.includes('#') && !/["']/.test(line);
};

/** A cell as plain Python of the same length. */
export const maskMagics = (cell: string): string => {
  if (!/[%!?]/.test(cell)) return cell;
  let rest = cell;
  let masked = '';
  for (let magic = cellMagic.exec(rest); magic; magic = cellMagic.exec(rest)) {
    if (!pythonCells.has(magic[1]!)) return masked + blanks(rest);
    masked += blanks(magic[0]);
    rest = rest.slice(magic[0].length);
  }
  return masked + maskLines(rest);
};
