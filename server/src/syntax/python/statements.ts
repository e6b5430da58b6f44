/** Python statements. Total: what has no node in the AST, and what is half typed, becomes `opaque` with its reason. */
import type { AssignStmt, Expr, FunctionStmt, IfStmt, ImportFromStmt, Stmt, TryStmt, WithStmt } from '../ast.ts';
import { withLateBody } from '../bodies.ts';
import { type Context, halfTyped, opaque, spanOf, syntaxError, textOf, tooDeep } from '../context.ts';
import { type CstNode, firstOf, hasToken, named } from '../cst.ts';
import { isBinaryOperator, lowerArguments, lowerExpr, lowerList } from './expressions.ts';
import { lowerMatch } from './match.ts';
import { lowerParams } from './params.ts';

/** Statements whose damaged children can be left out without changing what the rest means. */
const compound: ReadonlySet<string> = new Set([
  'if_statement',
  'for_statement',
  'while_statement',
  'try_statement',
  'with_statement',
  'function_definition',
  'class_definition',
  'decorated_definition',
  'match_statement',
]);

/** Longer `elif` chains are cut: each is one level of nesting. */
const maxElifs = 200;

/** Statements of a block; a damaged stretch gives those of its pieces that are whole statements. */
export const statementNodes = (nodes: readonly CstNode[]): readonly CstNode[] => {
  if (!nodes.some((node) => node.type === 'ERROR' || node.token)) return nodes;
  const result: CstNode[] = [];
  for (const node of nodes) {
    if (node.token) continue;
    const whole = node.type === 'ERROR' ? node.children.filter(isStatement) : [];
    if (whole.length > 0) result.push(...statementNodes(whole));
    else result.push(node);
  }
  return result;
};

const isStatement = (node: CstNode): boolean => !node.token && (node.type.endsWith('_statement') || node.type.endsWith('_definition'));

export const lowerBlock = (block: CstNode | undefined, context: Context): readonly Stmt[] =>
  block ? statementNodes(block.children).map((node) => lowerStatement(node, context)) : [];

const blockOf = (node: CstNode): CstNode | undefined => firstOf(node, 'block');

export const lowerStatement = (given: CstNode, context: Context): Stmt => {
  let node = given;
  if (node.type === 'ERROR') return opaque(node, syntaxError, context);
  if (node.children.some((child) => child.type === 'ERROR')) {
    if (!compound.has(node.type)) return opaque(node, syntaxError, context);
    node = { ...node, children: node.children.filter((child) => child.type !== 'ERROR') };
  }
  return lowerKnown(node, context);
};

const lowerKnown = (node: CstNode, context: Context): Stmt => {
  const span = spanOf(node, context);
  switch (node.type) {
    case 'expression_statement':
      return expressionStatement(node, context);
    case 'return_statement': {
      const values = named(node);
      return { kind: 'return', value: values.length > 0 ? lowerList(values, node, context) : null, span };
    }
    case 'if_statement':
      return ifStatement(node, context);
    case 'for_statement': {
      const [target, iterable] = named(node);
      return {
        kind: 'for',
        target: lowerExpr(target, context, node),
        iterable: lowerExpr(iterable?.type === 'block' ? undefined : iterable, context, node),
        body: lowerBlock(blockOf(node), context),
        orElse: elseOf(node, context),
        span,
      };
    }
    case 'while_statement':
      return {
        kind: 'while',
        test: lowerExpr(named(node)[0], context, node),
        body: lowerBlock(blockOf(node), context),
        orElse: elseOf(node, context),
        span,
      };
    case 'with_statement':
      return withStatement(node, context);
    case 'try_statement':
      return tryStatement(node, context);
    case 'match_statement':
      return lowerMatch(node, context);
    case 'function_definition':
      return functionDefinition(node, node, [], context);
    case 'class_definition':
      return classDefinition(node, node, [], context);
    case 'decorated_definition':
      return decorated(node, context);
    case 'import_statement':
      return { kind: 'import', modules: written(named(node), context).map((item) => importedModule(item, context)), span };
    case 'import_from_statement':
    case 'future_import_statement':
      return importFrom(node, context);
    case 'pass_statement':
      // A `pass` written over a line stands for that line; one put in is the body that a header lacks.
      if (span.end > span.start && context.source.isPlaceholder(node)) return opaque(node, halfTyped, context);
      return { kind: 'pass', span };
    case 'break_statement':
      return { kind: 'break', span };
    case 'continue_statement':
      return { kind: 'continue', span };
    case 'raise_statement':
      return { kind: 'raise', span };
    case 'global_statement':
      return { kind: 'global', names: named(node).map((name) => textOf(name, context)), span };
    case 'nonlocal_statement':
      return { kind: 'nonlocal', names: named(node).map((name) => textOf(name, context)), span };
    case 'assert_statement':
      return { kind: 'assert', test: lowerExpr(named(node)[0], context, node), span };
    case 'delete_statement': {
      const [targets] = named(node);
      const items = targets?.type === 'expression_list' ? named(targets) : named(node);
      return { kind: 'delete', targets: items.map((item) => lowerExpr(item, context)), span };
    }
    case 'too deep':
      return opaque(node, tooDeep, context);
    default:
      return opaque(node, node.type.replace(/_statement$/, ' statement'), context);
  }
};

const expressionStatement = (node: CstNode, context: Context): Stmt => {
  const inside = named(node);
  const [only] = inside;
  if (only?.type === 'assignment' || only?.type === 'augmented_assignment') {
    if (only.children.some((child) => child.type === 'ERROR')) return opaque(node, syntaxError, context);
    return only.type === 'assignment' ? assignment(only, context) : augmentedAssignment(only, context);
  }
  if (only && context.source.isPlaceholder(only)) return opaque(node, halfTyped, context);
  return {
    kind: 'expr',
    value: inside.length > 0 ? lowerList(inside, node, context) : opaque(node, halfTyped, context),
    span: spanOf(node, context),
  };
};

/** `a = b = value` nests to the right in the tree. */
const assignment = (node: CstNode, context: Context): AssignStmt => {
  const targets: Expr[] = [];
  let annotation: Expr | null = null;
  let value: Expr | null = null;
  let current: CstNode | undefined = node;
  while (current) {
    const whole: CstNode = current;
    const [target, ...rest]: readonly CstNode[] = named(whole);
    targets.push(lowerExpr(target, context, whole));
    const type: CstNode | undefined = rest.find((child) => child.type === 'type');
    if (type) annotation = lowerExpr(type, context);
    const right: CstNode | undefined = rest.find((child) => child !== type);
    current = right?.type === 'assignment' ? right : undefined;
    if (!current && (right || hasToken(whole, '='))) value = lowerExpr(right, context, whole);
  }
  return { kind: 'assign', targets, annotation, value, span: spanOf(node, context) };
};

const augmentedAssignment = (node: CstNode, context: Context): Stmt => {
  const [target, value] = named(node);
  const op = (node.children[1]?.type ?? '').slice(0, -1);
  if (!isBinaryOperator(op)) return opaque(node, `operator ${op}`, context);
  return {
    kind: 'augAssign',
    target: lowerExpr(target, context, node),
    op,
    value: lowerExpr(value, context, node),
    span: spanOf(node, context),
  };
};

const elseOf = (node: CstNode, context: Context): readonly Stmt[] => {
  const clause = firstOf(node, 'else_clause');
  return clause ? lowerBlock(blockOf(clause), context) : [];
};

const ifStatement = (node: CstNode, context: Context): Stmt => {
  const elifs = node.children.filter((child) => child.type === 'elif_clause').slice(0, maxElifs);
  let orElse = elseOf(node, context);
  for (const clause of elifs.reverse()) {
    const end = node.end;
    const nested: IfStmt = {
      kind: 'if',
      test: lowerExpr(named(clause)[0], context, clause),
      body: lowerBlock(blockOf(clause), context),
      orElse,
      span: context.source.span({ start: clause.start, end }),
    };
    orElse = [nested];
  }
  return {
    kind: 'if',
    test: lowerExpr(named(node)[0], context, node),
    body: lowerBlock(blockOf(node), context),
    orElse,
    span: spanOf(node, context),
  };
};

const withStatement = (node: CstNode, context: Context): WithStmt => {
  const clause = firstOf(node, 'with_clause');
  const items: WithStmt['items'][number][] = [];
  for (const item of clause ? named(clause) : []) {
    const [value] = named(item);
    // `with (a as b, c):` may come as one tuple.
    const values = value?.type === 'tuple' && value.children.some((child) => child.type === 'as_pattern') ? named(value) : [value];
    for (const each of values) {
      if (each?.type === 'as_pattern') {
        const [context_, target] = named(each);
        items.push({ context: lowerExpr(context_, context, each), target: lowerExpr(target, context, each) });
      } else items.push({ context: lowerExpr(each, context, item), target: null });
    }
  }
  return { kind: 'with', items, body: lowerBlock(blockOf(node), context), span: spanOf(node, context) };
};

const tryStatement = (node: CstNode, context: Context): TryStmt => {
  const handlers: TryStmt['handlers'][number][] = [];
  for (const clause of node.children) {
    if (!clause.type.startsWith('except')) continue;
    const inside = named(clause).filter((child) => child.type !== 'block');
    const pattern = inside.find((child) => child.type === 'as_pattern');
    const name = pattern ? named(pattern)[1] : inside[1];
    handlers.push({ name: name ? textOf(name, context) : null, body: lowerBlock(blockOf(clause), context) });
  }
  const last = firstOf(node, 'finally_clause');
  return {
    kind: 'try',
    body: lowerBlock(blockOf(node), context),
    handlers,
    orElse: elseOf(node, context),
    finally: last ? lowerBlock(blockOf(last), context) : [],
    span: spanOf(node, context),
  };
};

const decorated = (node: CstNode, context: Context): Stmt => {
  const decorators = node.children
    .filter((child) => child.type === 'decorator')
    .map((decorator) => lowerExpr(named(decorator)[0], context, decorator));
  const definition = node.children.find((child) => child.type.endsWith('_definition'));
  if (definition?.type === 'function_definition') return functionDefinition(definition, node, decorators, context);
  if (definition?.type === 'class_definition') return classDefinition(definition, node, decorators, context);
  return opaque(node, halfTyped, context);
};

const functionDefinition = (node: CstNode, whole: CstNode, decorators: readonly Expr[], context: Context): Stmt => {
  const name = firstOf(node, 'identifier');
  const parameters = firstOf(node, 'parameters');
  const returns = firstOf(node, 'type');
  if (!name) return opaque(whole, halfTyped, context);
  const block = blockOf(node);
  const late = block && context.source.late?.(block);
  const outer = context.yields;
  context.yields = false;
  const body = late ? [] : lowerBlock(block, context);
  const isGenerator = context.yields;
  context.yields = outer;
  const definition: FunctionStmt = {
    kind: 'function',
    name: context.source.isPlaceholder(name) ? '' : textOf(name, context),
    nameSpan: spanOf(name, context),
    params: parameters ? lowerParams(parameters, context) : [],
    returns: returns ? lowerExpr(returns, context) : null,
    decorators,
    body,
    isAsync: hasToken(node, 'async'),
    isGenerator,
    span: spanOf(whole, context),
  };
  return late ? withLateBody(definition, late) : definition;
};

const classDefinition = (node: CstNode, whole: CstNode, decorators: readonly Expr[], context: Context): Stmt => {
  const name = firstOf(node, 'identifier');
  const bases = firstOf(node, 'argument_list');
  if (!name) return opaque(whole, halfTyped, context);
  return {
    kind: 'class',
    name: context.source.isPlaceholder(name) ? '' : textOf(name, context),
    nameSpan: spanOf(name, context),
    bases: bases ? lowerArguments(bases, context) : [],
    decorators,
    body: lowerBlock(blockOf(node), context),
    span: spanOf(whole, context),
  };
};

const written = (nodes: readonly CstNode[], context: Context): readonly CstNode[] =>
  nodes.filter((node) => !node.missing && !context.source.isPlaceholder(node));

/** `a . b` may have blanks inside. */
const dotted = (node: CstNode, context: Context): string =>
  named(node)
    .map((part) => (context.source.isPlaceholder(part) ? '' : textOf(part, context)))
    .join('.');

const importedModule = (item: CstNode, context: Context) => {
  const [module, alias] = item.type === 'aliased_import' ? named(item) : [item, undefined];
  return { module: module ? dotted(module, context) : '', alias: alias ? textOf(alias, context) : null, span: spanOf(item, context) };
};

const importFrom = (node: CstNode, context: Context): ImportFromStmt => {
  const future = node.type === 'future_import_statement';
  const inside = named(node);
  const source = future ? undefined : inside[0];
  const items = future ? inside : inside.slice(1);
  const relative = source?.type === 'relative_import';
  const prefix = relative ? firstOf(source, 'import_prefix') : undefined;
  const path = relative ? firstOf(source, 'dotted_name') : source;
  return {
    kind: 'importFrom',
    level: prefix ? textOf(prefix, context).replaceAll(/[^.]/g, '').length : 0,
    module: future ? '__future__' : path ? dotted(path, context) : '',
    names: written(items, context).map((item) => {
      if (item.type === 'wildcard_import') return { name: '*', alias: null, span: spanOf(item, context) };
      const { module, alias, span } = importedModule(item, context);
      return { name: module, alias, span };
    }),
    span: spanOf(node, context),
  };
};
