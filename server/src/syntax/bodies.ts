/**
 * A text without the bodies of its functions, each of which is parsed when it is first looked at. What stands around them is read from
 * the short text, and its offsets lead back into the whole one.
 */
import type { Anchor } from '../text/span.ts';
import type { FunctionStmt, Stmt } from './ast.ts';
import type { FrontEnd, TextRange } from './frontend.ts';
import type { ParsedTree } from './grammar.ts';
import { asWritten, type Completed, type Source } from './source.ts';

/** What stands for a body that was cut out. */
const stand = 'pass';

/** A body that was left out: its text, indented as it was, and where its first word stands in the whole text. */
export interface LeftOut extends TextRange {
  readonly indent: string;
  readonly text: string;
}

/** The text with `pass` in place of these ranges. */
export const withoutBodies = (text: string, bodies: readonly TextRange[]): Completed => {
  const pieces: string[] = [];
  /** Where each body stands in the short text, ascending. */
  const places: { readonly at: number; readonly body: LeftOut }[] = [];
  let [from, length] = [0, 0];
  for (const { start, end } of bodies) {
    length += start - from;
    const indent = text.slice(text.lastIndexOf('\n', start) + 1, start);
    places.push({ at: length, body: { start, end, indent, text: text.slice(start, end) } });
    pieces.push(text.slice(from, start), stand);
    length += stand.length;
    from = end;
  }
  pieces.push(text.slice(from));
  const before = (offset: number): (typeof places)[number] | undefined => {
    let [low, high] = [0, places.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (places[middle]!.at <= offset) low = middle + 1;
      else high = middle;
    }
    return places[low - 1];
  };
  return {
    ...asWritten(pieces.join('')),
    original: (offset) => {
      const place = before(offset);
      if (!place) return offset;
      const beyond = offset - place.at - stand.length;
      return beyond < 0 ? place.body.start : place.body.end + beyond;
    },
    leftOut: (offset) => {
      const place = before(offset);
      return place?.at === offset ? place.body : undefined;
    },
  };
};

/** What was left out, read by itself when it is asked for. */
export interface LateBody {
  readonly statements: readonly Stmt[];
  /** Whether the parser found an error inside. */
  readonly broken: boolean;
}

/** Spans are those that the body has in its block, which starts at `base` of the whole text. */
export const lateBody = (
  { start, indent, text: body }: LeftOut,
  { anchor, base }: { readonly anchor: Anchor; readonly base: number },
  frontEnd: FrontEnd,
  read: (text: string) => ParsedTree | undefined,
): LateBody => {
  let made: { readonly statements: readonly Stmt[]; readonly broken: boolean } | null = null;
  const make = () => {
    const head = `def _():\n${indent}`;
    const text = head + body;
    const plain = read(text);
    const completed = !plain || plain.hasError ? frontEnd.complete(text, read) : undefined;
    const tree = completed?.tree ?? plain;
    const { text: written, original, isPlaceholder } = completed?.text ?? asWritten(text);
    const place = (offset: number): number => Math.max(0, original(offset) - head.length) + start - base;
    const source: Source = {
      text: written,
      span: (node) => ({ anchor, start: place(node.start), end: place(node.end) }),
      isPlaceholder: (node) => isPlaceholder(node.start, node.end),
    };
    const statements = tree ? frontEnd.statements(tree.root).map((node) => frontEnd.lower(node, source)) : [];
    return {
      statements: statements.flatMap((one) => (one.kind === 'function' && one.name === '_' ? one.body : [one])),
      broken: !plain || plain.hasError,
    };
  };
  const whole = () => {
    made ??= make();
    return made;
  };
  return {
    get statements() {
      return whole().statements;
    },
    get broken() {
      return whole().broken;
    },
  };
};

export const withLateBody = (fn: FunctionStmt, late: LateBody): FunctionStmt => ({
  ...fn,
  get body() {
    return late.statements;
  },
});
