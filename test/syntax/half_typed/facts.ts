/** What a file says outside one line: its calls, simple statements, functions and classes, each with where it stands. */
import type { SourceModule } from '../../../server/src/syntax/ast.ts';
import { type AstNode, childrenOf, isArgument, isParam } from '../../../server/src/syntax/visit.ts';
import { resolve } from '../../../server/src/text/span.ts';

const ofInterest: ReadonlySet<string> = new Set([
  'call',
  'assign',
  'augAssign',
  'return',
  'expr',
  'import',
  'importFrom',
  'function',
  'class',
]);

/** Facts as strings (owner, kind, text), those that overlap [start, end) left out. */
export const factsOutside = (module: SourceModule, start: number, end: number): readonly string[] => {
  const facts: string[] = [];
  const walk = (node: AstNode, owner: string): void => {
    let inside = owner;
    const range = resolve(node.span);
    if (!isParam(node) && !isArgument(node) && ofInterest.has(node.kind)) {
      const definition = node.kind === 'function' || node.kind === 'class';
      const head = definition ? resolve(node.nameSpan) : range;
      // The name of a definition that is itself being typed is nobody's fact.
      if (definition) inside = `${owner}/${head.end <= start || head.start >= end ? node.name : ''}`;
      if (head.end <= start || head.start >= end) facts.push(`${owner} ${node.kind} ${module.text.slice(head.start, head.end)}`);
    }
    for (const child of childrenOf(node)) walk(child, inside);
  };
  for (const { statement } of module.blocks) walk(statement, '');
  return facts;
};

/** How many of `wanted` are in `got`, as multisets. */
export const countKept = (wanted: readonly string[], got: readonly string[]): number => {
  const left = new Map<string, number>();
  for (const fact of got) left.set(fact, (left.get(fact) ?? 0) + 1);
  let kept = 0;
  for (const fact of wanted) {
    const count = left.get(fact) ?? 0;
    if (count === 0) continue;
    left.set(fact, count - 1);
    kept++;
  }
  return kept;
};
