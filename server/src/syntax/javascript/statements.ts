/** JavaScript statements. Total: what has no node in the AST, and what is half typed, becomes `opaque` with its reason. */
import type { Expr, Stmt, TryStmt } from '../ast.ts';
import { type Context, halfTyped, opaque, spanOf, syntaxError, textOf, tooDeep } from '../context.ts';
import { type CstNode, firstOf, hasToken, named } from '../cst.ts';
import { lowerClass, lowerFunction } from './definitions.ts';
import { augmented, lowerExpr } from './expressions.ts';
import { lowerExport, lowerImport } from './modules.ts';
import { lowerPattern } from './patterns.ts';
import { lowerSwitch } from './switch.ts';

/** Statements whose damaged children can be left out without changing what the rest means. */
const compound: ReadonlySet<string> = new Set([
  'if_statement',
  'for_statement',
  'for_in_statement',
  'while_statement',
  'do_statement',
  'try_statement',
  'switch_statement',
  'statement_block',
  'function_declaration',
  'generator_function_declaration',
  'class_declaration',
  'abstract_class_declaration',
  'export_statement',
]);

/** What TypeScript says about types only. */
const typeOnly: ReadonlySet<string> = new Set([
  'interface_declaration',
  'type_alias_declaration',
  'ambient_declaration',
  'function_signature',
  'empty_statement',
  'debugger_statement',
  'import_alias',
]);

const isStatement = (node: CstNode): boolean => !node.token && /_(?:statement|declaration)$/.test(node.type);

/** Statements of a block; a damaged stretch gives those of its pieces that are whole statements. */
export const statementNodes = (nodes: readonly CstNode[]): readonly CstNode[] => {
  if (!nodes.some((node) => node.type === 'ERROR' || node.token || typeOnly.has(node.type) || node.type === 'hash_bang_line')) return nodes;
  const result: CstNode[] = [];
  for (const node of nodes) {
    if (node.token || typeOnly.has(node.type) || node.type === 'hash_bang_line') continue;
    const whole = node.type === 'ERROR' ? node.children.filter(isStatement) : [];
    if (whole.length > 0) result.push(...statementNodes(whole));
    else result.push(node);
  }
  return result;
};

export const lowerBlock = (block: CstNode | undefined, context: Context): readonly Stmt[] =>
  block ? statementNodes(block.children).map((node) => lowerStatement(node, context)) : [];

/** The statement that a header governs: a block's statements, or the one. */
export const lowerBody = (node: CstNode | undefined, context: Context): readonly Stmt[] => {
  if (!node) return [];
  return node.type === 'statement_block' ? lowerBlock(node, context) : statementNodes([node]).map((one) => lowerStatement(one, context));
};

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
    case 'lexical_declaration':
    case 'variable_declaration':
      return declaration(node, context);
    case 'function_declaration':
    case 'generator_function_declaration':
      return lowerFunction(node, context);
    case 'class_declaration':
    case 'abstract_class_declaration':
      return lowerClass(node, context);
    case 'enum_declaration':
      return enumDeclaration(node, context);
    case 'return_statement': {
      const [value] = named(node);
      return { kind: 'return', value: value ? lowerExpr(value, context) : null, span };
    }
    case 'if_statement':
      return ifStatement(node, context);
    case 'for_statement':
      return forStatement(node, context);
    case 'for_in_statement':
      return forIn(node, context);
    case 'while_statement': {
      const [test, body] = named(node);
      return { kind: 'while', test: lowerExpr(test, context, node), body: lowerBody(body, context), orElse: [], span };
    }
    case 'do_statement': {
      const [body, test] = named(node);
      return { kind: 'while', test: lowerExpr(test, context, node), body: lowerBody(body, context), orElse: [], bodyFirst: true, span };
    }
    case 'switch_statement':
      return lowerSwitch(node, context);
    case 'try_statement':
      return tryStatement(node, context);
    case 'statement_block':
      return { kind: 'block', body: lowerBlock(node, context), span };
    case 'labeled_statement': {
      const inner = named(node).find((child) => child.type !== 'statement_identifier');
      return inner ? lowerStatement(inner, context) : opaque(node, halfTyped, context);
    }
    case 'break_statement':
      return { kind: 'break', span };
    case 'continue_statement':
      return { kind: 'continue', span };
    case 'throw_statement':
      return { kind: 'raise', span };
    case 'import_statement':
      return lowerImport(node, context);
    case 'export_statement':
      return lowerExport(node, context);
    case 'too deep':
      return opaque(node, tooDeep, context);
    default:
      return typeOnly.has(node.type) ? { kind: 'pass', span } : opaque(node, node.type.replaceAll('_', ' '), context);
  }
};

/** Several statements in the place of one, without a scope of their own. */
export const several = (statements: readonly Stmt[], node: CstNode, context: Context): Stmt => {
  const [only] = statements;
  return statements.length === 1 && only ? only : { kind: 'block', body: statements, transparent: true, span: spanOf(node, context) };
};

const expressionStatement = (node: CstNode, context: Context): Stmt => {
  const [only] = named(node);
  if (!only) return opaque(node, halfTyped, context);
  if (only.type === 'internal_module' || only.type === 'module')
    return several(lowerBlock(firstOf(only, 'statement_block'), context), node, context);
  return expressionAsStatement(only, node, context);
};

const expressionAsStatement = (only: CstNode, whole: CstNode, context: Context): Stmt => {
  const span = spanOf(whole, context);
  if (context.source.isPlaceholder(only)) return opaque(whole, halfTyped, context);
  if (only.children.some((child) => child.type === 'ERROR')) return { kind: 'expr', value: lowerExpr(only, context), span };
  switch (only.type) {
    case 'sequence_expression':
      return several(
        named(only).map((part) => expressionAsStatement(part, part, context)),
        whole,
        context,
      );
    case 'parenthesized_expression': {
      const [inner] = named(only);
      if (inner?.type === 'assignment_expression') return expressionAsStatement(inner, whole, context);
      break;
    }
    case 'assignment_expression':
      return assignment(only, whole, context);
    case 'augmented_assignment_expression': {
      const value = augmented(only, context);
      return value.kind === 'named'
        ? { kind: 'assign', targets: [value.target], annotation: null, value: value.value, span }
        : opaque(whole, 'operator', context);
    }
  }
  return { kind: 'expr', value: lowerExpr(only, context), span };
};

/** A value's own name is what it is given to: `const build = () => …`, `exports.build = function () …`. */
const namedValue = (value: CstNode | undefined, name: CstNode | undefined, parent: CstNode, context: Context): Expr => {
  if (value && name && !value.children.some((child) => child.type === 'ERROR')) {
    const span = spanOf(value, context);
    if (value.type === 'arrow_function' || value.type === 'function_expression' || value.type === 'generator_function')
      return { kind: 'definition', statement: lowerFunction(value, context, name), span };
    if (value.type === 'class') return { kind: 'definition', statement: lowerClass(value, context, name), span };
  }
  return lowerExpr(value, context, parent);
};

/** `a = b = value` nests to the right in the tree. */
const assignment = (node: CstNode, whole: CstNode, context: Context): Stmt => {
  const targets: Expr[] = [];
  let current = node;
  for (;;) {
    const [target, value] = named(current);
    targets.push(lowerPattern(target, context, current));
    if (value?.type === 'assignment_expression') {
      current = value;
      continue;
    }
    const name = target?.type === 'member_expression' ? named(target).at(-1) : target?.type === 'identifier' ? target : undefined;
    return { kind: 'assign', targets, annotation: null, value: namedValue(value, name, current, context), span: spanOf(whole, context) };
  }
};

const declaration = (node: CstNode, context: Context): Stmt => {
  const declares = hasToken(node, 'var') ? 'var' : 'let';
  const declared = node.children.filter((child) => child.type === 'variable_declarator');
  return several(
    declared.map((one): Stmt => {
      if (one.children.some((child) => child.type === 'ERROR')) return opaque(one, syntaxError, context);
      const [target, ...rest] = named(one).filter((child) => child.type !== 'type_annotation');
      const value = hasToken(one, '=') ? namedValue(rest[0], target?.type === 'identifier' ? target : undefined, one, context) : null;
      // The declaration's own span, as an edit or a finding sees the statement.
      const span = spanOf(declared.length === 1 ? node : one, context);
      return { kind: 'assign', declares, targets: [lowerPattern(target, context, one)], annotation: null, value, span };
    }),
    node,
    context,
  );
};

/** `enum E { A, B = 3, C = 'c' }` is an object. */
const enumDeclaration = (node: CstNode, context: Context): Stmt => {
  const name = firstOf(node, 'identifier');
  const body = firstOf(node, 'enum_body');
  const span = spanOf(node, context);
  if (!name) return opaque(node, halfTyped, context);
  let next: number | undefined = 0;
  const entries = (body ? named(body) : []).flatMap((item) => {
    const [key, given] = item.type === 'enum_assignment' ? named(item) : [item, undefined];
    if (!key) return [];
    const at = spanOf(key, context);
    const value: Expr = given
      ? lowerExpr(given, context)
      : next === undefined
        ? opaque(item, 'an enum value', context)
        : { kind: 'number', value: next, float: false, span: at };
    next = value.kind === 'number' ? value.value + 1 : undefined;
    return [{ key: { kind: 'string' as const, value: textOf(key, context).replace(/^['"]|['"]$/g, ''), span: at }, value }];
  });
  return {
    kind: 'assign',
    declares: 'let',
    targets: [lowerExpr(name, context)],
    annotation: null,
    value: { kind: 'dict', entries, span },
    span,
  };
};

const ifStatement = (node: CstNode, context: Context): Stmt => {
  const [test, body] = named(node);
  const clause = firstOf(node, 'else_clause');
  return {
    kind: 'if',
    test: lowerExpr(test, context, node),
    body: lowerBody(body?.type === 'else_clause' ? undefined : body, context),
    orElse: clause ? lowerBody(named(clause)[0], context) : [],
    span: spanOf(node, context),
  };
};

/** `for (init; test; update) body` */
const forStatement = (node: CstNode, context: Context): Stmt => {
  const span = spanOf(node, context);
  const body = node.children.at(-1);
  const close = node.children.findIndex((child) => child.token && child.type === ')');
  const head = node.children.slice(node.children.findIndex((child) => child.token && child.type === '(') + 1, close);
  // A declaration holds its own semicolon; an expression is followed by one.
  const parts: (CstNode | undefined)[] = [];
  let pending: CstNode | undefined;
  for (const child of head) {
    if (child.token && child.type === ';') {
      parts.push(pending);
      pending = undefined;
    } else if (child.type === 'empty_statement') parts.push(undefined);
    else if (/_(?:declaration|statement)$/.test(child.type)) parts.push(child);
    else if (!child.token) pending = child;
  }
  parts.push(pending);
  const [init, test, update] = parts;
  const asStatement = (part: CstNode): Stmt =>
    /_(?:declaration|statement)$/.test(part.type) ? lowerStatement(part, context) : expressionAsStatement(part, part, context);
  const condition = test?.type === 'expression_statement' ? named(test)[0] : test;
  const loop: Stmt = {
    kind: 'while',
    test: condition ? lowerExpr(condition, context) : { kind: 'constant', value: true, span },
    body: lowerBody(body?.token ? undefined : body, context),
    orElse: [],
    update: update ? [asStatement(update)] : [],
    span,
  };
  return { kind: 'block', body: init ? [asStatement(init), loop] : [loop], span };
};

const forIn = (node: CstNode, context: Context): Stmt => {
  const inside = named(node);
  const [target, iterable, body] = inside;
  const declares = hasToken(node, 'var') ? 'var' : hasToken(node, 'const') || hasToken(node, 'let') ? 'let' : undefined;
  return {
    kind: 'for',
    ...(declares ? { declares } : {}),
    ...(hasToken(node, 'in') ? { overKeys: true } : {}),
    target: lowerPattern(target, context, node),
    iterable: lowerExpr(iterable, context, node),
    body: lowerBody(body, context),
    orElse: [],
    span: spanOf(node, context),
  };
};

const tryStatement = (node: CstNode, context: Context): Stmt => {
  const handlers: TryStmt['handlers'][number][] = [];
  const clause = firstOf(node, 'catch_clause');
  if (clause) {
    const name = firstOf(clause, 'identifier');
    handlers.push({ name: name ? textOf(name, context) : null, body: lowerBlock(firstOf(clause, 'statement_block'), context) });
  }
  const last = firstOf(node, 'finally_clause');
  return {
    kind: 'try',
    body: lowerBlock(firstOf(node, 'statement_block'), context),
    handlers,
    orElse: [],
    finally: last ? lowerBlock(firstOf(last, 'statement_block'), context) : [],
    span: spanOf(node, context),
  };
};
