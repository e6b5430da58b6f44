/** Where in the text a draw stands or has to go: the call to replace, the line after a layer, or the end of `__init__`. */
import type { Node, Parameter } from '../../network/network.ts';
import type { CallExpr, ClassStmt, Expr, FunctionStmt, SourceModule, Stmt } from '../../syntax/ast.ts';
import { isStatement, pathAt } from '../../syntax/locate.ts';
import { type AstNode, isArgument, isParam } from '../../syntax/visit.ts';
import { resolve, type Span } from '../../text/span.ts';

export interface Place {
  readonly module: SourceModule;
  /** What is replaced; empty for an insertion. */
  readonly start: number;
  readonly end: number;
  /** The tensor to draw. */
  readonly target: string;
  /** Text before and after the lines of the draw. */
  readonly before: string;
  readonly after: string;
  /** Indentation of every line but the first. */
  readonly indent: string;
  /** Only one expression fits here. */
  readonly inline: boolean;
  readonly param: Parameter;
}

export const textOf = (module: SourceModule, span: Span): string => {
  const { start, end } = resolve(span);
  return module.text.slice(start, end);
};

/** Blank text before a statement on its line; undefined where something else stands there. */
export const indentOf = (module: SourceModule, start: number): string | undefined => {
  const line = module.text.lastIndexOf('\n', start - 1) + 1;
  const before = module.text.slice(line, start);
  return /^[ \t]*$/.test(before) ? before : undefined;
};

/** End of the line a statement ends on; undefined where more code follows on it. */
export const lineEnd = (module: SourceModule, end: number): number | undefined => {
  const stop = module.text.indexOf('\n', end);
  const at = stop < 0 ? module.text.length : stop;
  return /^[ \t\r]*(#.*)?$/.test(module.text.slice(end, at)) ? (module.text[at - 1] === '\r' ? at - 1 : at) : undefined;
};

const isCall = (node: AstNode): node is CallExpr => !isParam(node) && !isArgument(node) && node.kind === 'call';

const callAt = (module: SourceModule, span: Span): { call: CallExpr; path: readonly AstNode[] } | undefined => {
  const { start, end } = resolve(span);
  const path = pathAt(module, start, end);
  const call = path.findLast((node): node is CallExpr => {
    const range = resolve(node.span);
    return isCall(node) && range.start === start && range.end === end;
  });
  return call ? { call, path } : undefined;
};

const statementOf = (path: readonly AstNode[]): Stmt | undefined => path.filter(isStatement).at(-1);

/** `nn.init.xavier_uniform_(w)` and `w.data.normal_(0, 0.01)`: replaced where they stand. */
export const writtenCall = (module: SourceModule, param: Parameter, isInitNamespace: (callee: Expr) => boolean): Place | undefined => {
  const found = callAt(module, param.init.span);
  if (!found) return undefined;
  const { call, path } = found;
  let target: Expr | undefined;
  if (isInitNamespace(call.callee))
    target = (call.args.find((a) => a.name === 'tensor') ?? call.args.find((a) => a.name === null && a.splat === ''))?.value;
  // A tensor's own draw ends in an underscore; what a module does to all that it holds (`to_empty`) is no place for one tensor.
  else if (call.callee.kind === 'attribute' && call.callee.name.endsWith('_')) target = call.callee.object;
  if (!target) return undefined;
  const statement = statementOf(path);
  const { start, end } = resolve(call.span);
  const alone = statement?.kind === 'expr' && statement.value === call;
  const indent = alone ? indentOf(module, start) : undefined;
  return {
    module,
    start,
    end,
    target: textOf(module, target.span),
    before: '',
    after: '',
    indent: indent ?? '',
    inline: indent === undefined,
    param,
  };
};

/** `self.w = nn.Parameter(torch.randn(n, m) * 0.1)` keeps its values' shape and is drawn on the next line. */
export const afterParameter = (module: SourceModule, param: Parameter): Place | undefined => {
  const { start, end } = resolve(param.init.span);
  const statement = statementOf(pathAt(module, start, end));
  return statement ? afterAssignment(module, statement, '', param) : undefined;
};

const afterAssignment = (module: SourceModule, statement: Stmt, suffix: string, param: Parameter): Place | undefined => {
  if (statement.kind !== 'assign' || statement.targets.length !== 1) return undefined;
  const [target] = statement.targets;
  if (!target || (target.kind !== 'name' && target.kind !== 'attribute' && target.kind !== 'subscript')) return undefined;
  const range = resolve(statement.span);
  const indent = indentOf(module, range.start);
  const end = lineEnd(module, range.end);
  if (indent === undefined || end === undefined) return undefined;
  return {
    module,
    start: end,
    end,
    target: `${textOf(module, target.span)}${suffix}`,
    before: `\n${indent}`,
    after: '',
    indent,
    inline: false,
    param,
  };
};

/** The line after `self.fc = nn.Linear(...)`. */
export const afterLayer = (module: SourceModule, param: Parameter, suffix: string): Place | undefined => {
  const found = callAt(module, param.span);
  const statement = found && statementOf(found.path);
  if (statement?.kind !== 'assign' || !found || statement.value !== found.call) return undefined;
  return afterAssignment(module, statement, suffix, param);
};

export interface LoopPlace {
  readonly module: SourceModule;
  readonly start: number;
  readonly end: number;
  readonly before: string;
  readonly after: string;
  readonly indent: string;
  /** What has `modules()`: `self`, or the variable of a script. */
  readonly owner: string;
}

/** Where a loop over modules reaches layers made inside lists: the end of `__init__`, or the line after the model. */
export const loopPlace = (module: SourceModule, node: Node): LoopPlace | undefined => {
  const { start, end } = resolve(node.span);
  const path = pathAt(module, start, end);
  const statements = path.filter(isStatement);
  const cls = statements.findLast((s): s is ClassStmt => s.kind === 'class');
  const inner = statements.findLast((s): s is FunctionStmt => s.kind === 'function');
  if (cls && inner) {
    const init = cls.body.find((s): s is FunctionStmt => s.kind === 'function' && s.name === '__init__');
    const self = init?.params[0]?.name;
    return init && self ? (afterAttribute(module, init, self, node) ?? atEnd(module, init, self)) : undefined;
  }
  const statement = statements.at(-1);
  if (!statement) return undefined;
  const range = resolve(statement.span);
  const indent = indentOf(module, range.start);
  const stop = lineEnd(module, range.end);
  if (indent === undefined || stop === undefined) return undefined;
  if (
    statement.kind === 'assign' &&
    statement.targets.length === 1 &&
    statement.targets[0]?.kind === 'name' &&
    statement.value &&
    holds(statement.value, start)
  )
    return { module, start: stop, end: stop, before: `\n${indent}`, after: '', indent, owner: statement.targets[0].id };
  if (statement.kind === 'return' && statement.value) {
    const value = textOf(module, statement.value.span);
    return {
      module,
      start: range.start,
      end: range.end,
      before: `net = ${value}\n${indent}`,
      after: `\n${indent}return net`,
      indent,
      owner: 'net',
    };
  }
  return undefined;
};

/** A model is the value of a call: not of a list, which has no `modules()`. */
const holds = (value: Expr, start: number): boolean => {
  const range = resolve(value.span);
  return value.kind === 'call' && range.start <= start && start < range.end;
};

/** After `self.body = …` in `__init__`, where the layer's path says that it lives in that attribute: nothing else is touched. */
const afterAttribute = (module: SourceModule, init: FunctionStmt, self: string, node: Node): LoopPlace | undefined => {
  const parts = new Set(node.path.split('.').slice(0, -1));
  const statement = init.body.findLast((s) => {
    const target = s.kind === 'assign' && s.targets.length === 1 ? s.targets[0] : undefined;
    return target?.kind === 'attribute' && target.object.kind === 'name' && target.object.id === self && parts.has(target.name);
  });
  if (statement?.kind !== 'assign' || statement.value?.kind !== 'call') return undefined;
  const [target] = statement.targets;
  const range = resolve(statement.span);
  const indent = indentOf(module, range.start);
  const stop = lineEnd(module, range.end);
  if (!target || indent === undefined || stop === undefined) return undefined;
  // A list that is filled later (`self.ups = nn.ModuleList()`, then append) has nothing to go over yet.
  if (statement.value.args.length === 0) return undefined;
  return { module, start: stop, end: stop, before: `\n${indent}`, after: '', indent, owner: textOf(module, target.span) };
};

const atEnd = (module: SourceModule, fn: FunctionStmt, owner: string): LoopPlace | undefined => {
  const last = fn.body.at(-1);
  const first = fn.body[0];
  if (!last || !first) return undefined;
  const indent = indentOf(module, resolve(first.span).start);
  const stop = lineEnd(module, resolve(last.span).end);
  if (indent === undefined || stop === undefined) return undefined;
  return { module, start: stop, end: stop, before: `\n${indent}`, after: '', indent, owner };
};
