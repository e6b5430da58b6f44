/**
 * Where the bodies of a text's functions stand, told without parsing: of a large class that is only imported a few methods are called,
 * and the others need no tree. Only what can be cut out with no doubt is: bodies on lines of their own, indented by spaces, that hold
 * no `yield`.
 */
import type { TextRange } from '../frontend.ts';
import { isClosing, isOpening, matchesAt, stringEnd } from './scan.ts';

const newline = 10;
const carriageReturn = 13;
const space = 32;
const doubleQuote = 34;
const hash = 35;
const singleQuote = 39;
const colon = 58;
const backslash = 92;

const definition = /(?:async[ ]+)?def[ ]+\w/y;
const yields = /\byield\b/;

/** Shorter ones are parsed sooner than they are put off. */
const minBody = 120;

/** Bodies of the outermost functions, each from its first word to its last; none where the text may not be what it seems. */
export const functionBodies = (text: string): readonly TextRange[] => {
  const bodies: TextRange[] = [];
  let depth = 0;
  /** The last character that is neither blank nor comment ended here. */
  let end = 0;
  let last = 0;
  let lineStart = true;
  let column = 0;
  /** The function that is being read: its column, and where its body starts once its header ended. */
  let header: number | null = null;
  let owner: { readonly column: number; readonly start: number } | null = null;
  const close = (): void => {
    if (owner && end - owner.start >= minBody && !yields.test(text.slice(owner.start, end))) bodies.push({ start: owner.start, end });
    owner = null;
  };
  let i = 0;
  while (i < text.length) {
    const c = text.charCodeAt(i);
    if (c === newline) {
      if (header !== null && depth === 0) {
        // A body on the line of its header stays where it is.
        const at = header;
        header = null;
        if (last === colon) owner = { column: at, start: -1 };
      }
      lineStart = depth === 0;
      column = 0;
      i++;
      continue;
    }
    if (c === space || c === carriageReturn) {
      column++;
      i++;
      continue;
    }
    // Tabs count as Python counts them, and nobody needs them here.
    if (c === 9 || c === 12) return [];
    if (c === hash) {
      const stop = text.indexOf('\n', i);
      i = stop < 0 ? text.length : stop;
      continue;
    }
    if (lineStart) {
      lineStart = false;
      if (owner?.start === -1) owner = column > owner.column ? { column: owner.column, start: i } : null;
      else if (owner && column <= owner.column) close();
      if (!owner && matchesAt(definition, text, i)) header = column;
    }
    column++;
    if (c === backslash) {
      let next = i + 1;
      if (text.charCodeAt(next) === carriageReturn) next++;
      if (text.charCodeAt(next) !== newline) return [];
      i = next + 1;
    } else if (c === doubleQuote || c === singleQuote) {
      const stop = stringEnd(text, i);
      if (stop === undefined) return [];
      i = stop;
    } else {
      if (isOpening(c)) depth++;
      else if (isClosing(c)) depth--;
      if (depth < 0) return [];
      i++;
    }
    last = c;
    end = i;
  }
  if (depth !== 0) return [];
  close();
  return bodies;
};
