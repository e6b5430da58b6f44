/**
 * Completes half-typed JavaScript so that what surrounds it is read as if it were whole: brackets that a line left open are closed
 * before the next statement, a dangling operator gets a placeholder, and TypeScript's `<T>x`, which the tsx grammar takes for an
 * element, is blanked.
 */
import type { CstNode } from '../cst.ts';
import { applyReplacements, type Replacement } from '../edited.ts';
import type { FrontEnd } from '../frontend.ts';
import type { ParsedTree } from '../grammar.ts';
import { asWritten, type Completed } from '../source.ts';

/** Larger texts are left as tree-sitter gives them: generated code, not somebody's typing. */
const maxLength = 60_000;

/** Lines looked at one by one. */
const maxSuspects = 20;

/** Stands for what is not written yet; the lowering sees by its place that it is a placeholder. */
const hole = '_';

/** `<T>x` and `<T>(x: T) => x`: types where an expression begins. */
const typeArguments = /(?<=(?:[=(,:?&|[!]|=>|\breturn|\bawait)\s*)<[A-Za-z_][\w.<>[\], |]*>(?=\s*[\w([{'"`])/g;

/** Begins a statement: brackets that the line before left open are closed ahead of it. */
const statementStart =
  /^(?:const|let|var|return|if|for|while|switch|try|throw|function|class|import|export|async function|[\w$.]+(?:\.[\w$]+)*\s*(?:\(|=[^=>])|\})/;

const danglingEnd = /(?:[^.\d]\.|[\w)\]]\.|\?\.|[-+*/%&|^<>=!?~]|=>|\b(?:new|await|typeof|instanceof|in|of|extends))$/;

interface Bracket {
  readonly text: string;
  readonly indent: number;
}

const closers: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** The code of a line without strings and comments; a template over several lines is left as it is. */
const bare = (line: string): string =>
  line.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`|\/\/.*$|\/\*.*?\*\//g, (match) =>
    match.startsWith('/') ? '' : `''`,
  );

const lineRepairs = (text: string): readonly Replacement[] => {
  const edits: Replacement[] = [];
  const open: Bracket[] = [];
  let offset = 0;
  /** End of the last code. */
  let end = 0;
  let code = '';
  for (const line of text.split('\n')) {
    const trimmed = line.trimStart();
    const indent = line.length - trimmed.length;
    const cleaned = bare(line).trim();
    if (cleaned !== '') {
      const innermost = open.at(-1);
      if (innermost && innermost.text !== '{' && indent <= innermost.indent && statementStart.test(trimmed)) {
        let closing = danglingEnd.test(code) ? hole : '';
        while (open.length > 0 && open.at(-1)?.text !== '{') closing += closers[open.pop()?.text ?? '('];
        edits.push({ at: end, removed: 0, text: `${closing};` });
      } else if ((!innermost || innermost.text === '{') && danglingEnd.test(code) && statementStart.test(trimmed))
        edits.push({ at: end, removed: 0, text: `${hole};` });
      for (const c of cleaned) {
        if (c in closers) open.push({ text: c, indent });
        else if (c === ')' || c === ']' || c === '}') {
          if (closers[open.at(-1)?.text ?? ''] === c) open.pop();
        }
      }
      code = cleaned;
      end = offset + line.replace(/\s*(?:\/\/.*)?$/, '').length;
    }
    offset += line.length + 1;
  }
  const rest = `${danglingEnd.test(code) ? hole : ''}${open
    .reverse()
    .map(({ text: bracket }) => closers[bracket])
    .join('')}`;
  if (rest) edits.push({ at: end, removed: 0, text: rest });
  return edits;
};

/** Units of text that tree-sitter could not place. */
const damage = (node: CstNode): number => {
  if (node.type === 'ERROR') return node.end - node.start + 1;
  if (node.missing) return 1;
  let sum = 0;
  for (const child of node.children) sum += damage(child);
  return sum;
};

const errorsIn = (node: CstNode, found: { start: number; end: number }[] = []): readonly { start: number; end: number }[] => {
  if (node.type === 'ERROR' || node.missing) found.push({ start: node.start, end: node.end });
  else for (const child of node.children) errorsIn(child, found);
  return found;
};

/** Lines that are no JavaScript at all are blanked; the rest is repaired as before. */
const withoutBadLines = (text: string, { text: completed, tree }: Attempt): readonly Replacement[] => {
  const bad = new Map<number, Replacement>();
  for (const error of errorsIn(tree.root).slice(0, maxSuspects)) {
    const at = completed.original(error.start);
    const start = text.lastIndexOf('\n', at - 1) + 1;
    const stop = text.indexOf('\n', at);
    const end = stop < 0 ? text.length : stop;
    if (text.slice(start, end).trim() !== '') bad.set(start, { at: start, removed: end - start, text: ';' });
  }
  const blanked = [...bad.values()];
  const within = (at: number): boolean => blanked.some((edit) => at >= edit.at && at <= edit.at + edit.removed);
  const blankedText = blanked.reduce((t, edit) => t.slice(0, edit.at) + ' '.repeat(edit.removed) + t.slice(edit.at + edit.removed), text);
  return [...blanked, ...lineRepairs(blankedText).filter((edit) => !within(edit.at))];
};

interface Attempt {
  readonly text: Completed;
  readonly tree: ParsedTree;
  readonly damage: number;
}

export const completeJavaScript: FrontEnd['complete'] = (written, read) => {
  if (written.length > maxLength) return undefined;
  // Blanks in the place of types: every offset stays, and nothing was put in.
  const text = written.replace(typeArguments, (types) => ' '.repeat(types.length));
  const attempt = (edits: readonly Replacement[]): Attempt | undefined => {
    const completed = edits.length > 0 ? applyReplacements(text, edits) : asWritten(text);
    const tree = read(completed.text);
    return tree && { text: completed, tree, damage: tree.hasError ? damage(tree.root) + 1 : 0 };
  };
  let best = attempt([]);
  if (!best) return undefined;
  const better = (edits: readonly Replacement[]): void => {
    const made = attempt(edits);
    if (made && best && made.damage < best.damage) best = made;
  };
  if (best.damage > 0) better(lineRepairs(text));
  if (best.damage > 0) better(withoutBadLines(text, best));
  return best;
};
