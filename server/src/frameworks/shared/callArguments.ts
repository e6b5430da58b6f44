/** Calls in source text, for fixes that set an argument of one. */
import type { CallExpr, SourceModule } from '../../syntax/ast.ts';
import { pathAt } from '../../syntax/locate.ts';
import { isArgument, isParam } from '../../syntax/visit.ts';
import { resolve, type Span } from '../../text/span.ts';
import type { TextEdit } from '../fix.ts';

export const textOf = (module: SourceModule, span: Span): string => {
  const { start, end } = resolve(span);
  return module.text.slice(start, end);
};

/** The call that a span covers. */
export const callAt = (module: SourceModule, span: Span): CallExpr | undefined => {
  const { start, end } = resolve(span);
  for (const node of pathAt(module, start, end)) {
    if (isParam(node) || isArgument(node) || node.kind !== 'call') continue;
    const range = resolve(node.span);
    if (range.start === start && range.end === end) return node;
  }
  return undefined;
};

export const covers = (outer: Span, inner: Span): boolean =>
  outer.anchor === inner.anchor && outer.start <= inner.start && inner.end <= outer.end;

/** One more argument at the end of a call. */
export const insertion = (module: SourceModule, call: CallExpr, text: string): TextEdit => {
  const last = call.args.at(-1);
  const end = resolve(call.span).end - 1;
  if (!last) return { file: module.file, start: end, end, text };
  const at = resolve(last.span).end;
  const lineStart = module.text.lastIndexOf('\n', resolve(last.span).start - 1) + 1;
  const before = module.text.slice(lineStart, resolve(last.span).start);
  // One argument a line stays one argument a line.
  const separator = /^\s+$/.test(before) && lineStart > resolve(call.span).start ? `,\n${before}` : ', ';
  return { file: module.file, start: at, end: at, text: `${separator}${text}` };
};
