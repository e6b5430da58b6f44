/**
 * Completes half-typed Python so that what surrounds it is read as if it were whole. First every line gets the brackets, quotes,
 * colons and placeholders that it lacks; a line that is still no Python is then blanked, alone.
 */
import type { CstNode } from '../cst.ts';
import { applyReplacements, type Replacement } from '../edited.ts';
import type { FrontEnd } from '../frontend.ts';
import type { ParsedTree } from '../grammar.ts';
import { asWritten, type Completed } from '../source.ts';
import { completeLines, type LogicalLine } from './lines.ts';

type Read = (text: string) => ParsedTree | undefined;

/** Larger texts are left as tree-sitter gives them: generated code, not somebody's typing. */
const maxLength = 60_000;
/** Lines looked at one by one. */
const maxSuspects = 40;

/** Units of text that tree-sitter could not place. */
const damage = (node: CstNode): number => {
  if (node.type === 'ERROR') return node.end - node.start + 1;
  if (node.missing) return 1;
  let sum = 0;
  for (const child of node.children) sum += damage(child);
  return sum;
};

/** The outermost ranges that hold errors but are no larger than the statements they are in. */
const errorRanges = (node: CstNode, found: { start: number; end: number }[] = []): readonly { start: number; end: number }[] => {
  if (node.type === 'ERROR' || node.missing) found.push({ start: node.start, end: node.end });
  else for (const child of node.children) errorRanges(child, found);
  return found;
};

/** A header alone, made into a whole statement. */
const standalone = (line: string): string => {
  if (/^(?:elif|else)\b/.test(line)) return `if _:\n  pass\n${line}`;
  if (/^(?:except|finally)\b/.test(line)) return `try:\n  pass\n${line}`;
  if (/^case\b/.test(line)) return `match _:\n  ${line} pass`;
  return line.startsWith('@') ? `${line}\ndef _(): pass` : line;
};

/** What stands for a line that is no Python. A header keeps its name and its body. */
const blank = (line: string, hasBody: boolean): string => {
  if (!hasBody) return 'pass';
  const definition = /^(?:async\s+)?(?:def|class)\s+\w+/.exec(line)?.[0];
  if (definition) return definition.includes('class') ? `${definition}:` : `${definition}(*_, **__):`;
  return 'if _:';
};

const blankBadLines = (
  text: string,
  lines: readonly LogicalLine[],
  done: readonly Replacement[],
  completed: Completed,
  tree: ParsedTree,
  read: Read,
): readonly Replacement[] => {
  const ranges = errorRanges(tree.root)
    .slice(0, maxSuspects)
    .map(({ start, end }) => ({ start: completed.original(start), end: completed.original(end) }));
  const suspects = lines.filter((line) => ranges.some((range) => range.start <= line.end && range.end >= line.start)).slice(0, maxSuspects);
  let replacements = done;
  for (const line of suspects) {
    const own = done.filter(({ at }) => at >= line.start && at <= line.end);
    const shifted = own.map((one) => ({ ...one, at: one.at - line.start }));
    const alone = applyReplacements(text.slice(line.start, line.end), shifted).text;
    const parsed = read(`${standalone(alone)}\n`);
    if (parsed && !parsed.hasError) continue;
    const next = lines[lines.indexOf(line) + 1];
    const replacement = {
      at: line.start,
      removed: line.end - line.start,
      text: blank(alone, next !== undefined && next.indent > line.indent),
    };
    replacements = [...replacements.filter((one) => !own.includes(one)), replacement];
  }
  return replacements;
};

interface Attempt {
  readonly text: Completed;
  readonly tree: ParsedTree;
  readonly damage: number;
}

const attempt = (text: string, edits: readonly Replacement[], read: Read): Attempt | undefined => {
  const completed = applyReplacements(text, edits);
  const tree = read(completed.text);
  return tree && { text: completed, tree, damage: tree.hasError ? damage(tree.root) + 1 : 0 };
};

export const completePython: FrontEnd['complete'] = (text, read) => {
  if (text.length > maxLength) return undefined;
  const { lines, replacements } = completeLines(text);
  if (replacements.length === 0) {
    const plain = read(text);
    if (!plain?.hasError) return undefined;
    const repaired = attempt(text, blankBadLines(text, lines, [], asWritten(text), plain, read), read);
    return repaired && repaired.damage <= damage(plain.root) ? repaired : undefined;
  }
  const first = attempt(text, replacements, read);
  if (!first || first.damage === 0) return first;
  const second = attempt(text, blankBadLines(text, lines, replacements, first.text, first.tree, read), read);
  return second && second.damage < first.damage ? second : first;
};
