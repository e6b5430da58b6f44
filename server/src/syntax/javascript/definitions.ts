/** JavaScript functions and classes. A class's fields become assignments in its constructor, which is called `__init__` here. */
import type { AssignStmt, ClassStmt, Expr, FunctionStmt, Stmt } from '../ast.ts';
import { type Context, spanOf, textOf } from '../context.ts';
import { type CstNode, firstOf, hasToken, named } from '../cst.ts';
import { lowerExpr, lowerKey } from './expressions.ts';
import { type LoweredParam, lowerParams } from './patterns.ts';
import { lowerBlock } from './statements.ts';

/** The constructor goes by the name that the interpreter calls, whatever the language. */
export const constructorName = '__init__';

const keyTypes: ReadonlySet<string> = new Set([
  'property_identifier',
  'private_property_identifier',
  'string',
  'number',
  'computed_property_name',
]);

const memberKind = (node: CstNode): FunctionStmt['member'] => {
  if (hasToken(node, 'get')) return 'getter';
  if (hasToken(node, 'set')) return 'setter';
  return hasToken(node, 'static') ? 'static' : undefined;
};

const bodyOf = (node: CstNode, context: Context): readonly Stmt[] => {
  const block = firstOf(node, 'statement_block');
  if (block) return lowerBlock(block, context);
  const value = named(node).at(-1);
  if (node.type !== 'arrow_function' || !value) return [];
  const lowered = lowerExpr(value, context);
  return [{ kind: 'return', value: lowered, span: lowered.span }];
};

interface Lowered {
  readonly statement: FunctionStmt;
  readonly params: readonly LoweredParam[];
}

const lowerParts = (node: CstNode, context: Context, called?: CstNode): Lowered => {
  const isArrow = node.type === 'arrow_function';
  const isMember = node.type === 'method_definition';
  const key = isMember ? node.children.find((child) => keyTypes.has(child.type)) : undefined;
  const own = isMember ? key : isArrow ? undefined : firstOf(node, 'identifier');
  const nameNode = own ?? called;
  const written = key ? lowerKey(key, context) : undefined;
  const name = written?.kind === 'string' ? written.value : nameNode ? textOf(nameNode, context) : '';
  const list = firstOf(node, 'formal_parameters');
  // `x => …` has no list.
  const only = isArrow && !list ? firstOf(node, 'identifier') : undefined;
  const params = only
    ? [
        {
          param: {
            name: textOf(only, context),
            nameSpan: spanOf(only, context),
            kind: 'positional' as const,
            annotation: null,
            default: null,
            span: spanOf(only, context),
          },
          isAttribute: false,
        },
      ]
    : lowerParams(list, context);
  const outer = context.yields;
  context.yields = false;
  const body = bodyOf(node, context);
  const isGenerator = context.yields;
  context.yields = outer;
  const member = isMember ? memberKind(node) : undefined;
  const statement: FunctionStmt = {
    kind: 'function',
    name: isMember && name === 'constructor' && member !== 'static' ? constructorName : name,
    nameSpan: spanOf(nameNode ?? node, context),
    params: params.map(({ param }) => param),
    returns: null,
    decorators: [],
    body,
    isAsync: hasToken(node, 'async'),
    isGenerator,
    ...(isArrow ? { isArrow } : {}),
    ...(member ? { member } : {}),
    span: spanOf(node, context),
  };
  return { statement, params };
};

/** `called`: the name that the function is given to (`const build = () => …`). */
export const lowerFunction = (node: CstNode, context: Context, called?: CstNode): FunctionStmt =>
  lowerParts(node, context, called).statement;

// ── classes ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const thisDot = (name: string, value: Expr, span: AssignStmt['span'], nameSpan: AssignStmt['span']): AssignStmt => ({
  kind: 'assign',
  targets: [{ kind: 'attribute', object: { kind: 'name', id: 'this', span }, name, nameSpan, span: nameSpan }],
  annotation: null,
  value,
  span,
});

const fieldTypes: ReadonlySet<string> = new Set(['public_field_definition', 'field_definition']);

interface Field {
  readonly name: string;
  readonly nameSpan: AssignStmt['span'];
  readonly value: Expr;
  readonly span: AssignStmt['span'];
  readonly isStatic: boolean;
}

const fieldOf = (node: CstNode, context: Context): Field | undefined => {
  const at = node.children.findIndex((child) => keyTypes.has(child.type));
  const key = node.children[at];
  const value = node.children.slice(at + 1).find((child) => !child.token && child.type !== 'type_annotation');
  if (!key || !value || hasToken(node, 'declare') || hasToken(node, 'abstract')) return undefined;
  const name = lowerKey(key, context);
  if (name.kind !== 'string') return undefined;
  const isFunction = value.type === 'arrow_function' || value.type === 'function_expression';
  const lowered: Expr = isFunction
    ? { kind: 'definition', statement: lowerFunction(value, context, key), span: spanOf(value, context) }
    : lowerExpr(value, context);
  return { name: name.value, nameSpan: name.span, value: lowered, span: spanOf(node, context), isStatic: hasToken(node, 'static') };
};

const isSuperCall = (statement: Stmt): boolean =>
  statement.kind === 'expr' &&
  statement.value.kind === 'call' &&
  statement.value.callee.kind === 'name' &&
  statement.value.callee.id === 'super';

/** Fields are set when the base class is done: after `super(…)`, or first of all. */
const withFields = (method: FunctionStmt, fields: readonly Stmt[]): FunctionStmt => {
  if (fields.length === 0) return method;
  const at = method.body.findIndex(isSuperCall) + 1;
  return { ...method, body: [...method.body.slice(0, at), ...fields, ...method.body.slice(at)] };
};

/** The constructor of a class that writes none. */
const impliedConstructor = (node: CstNode, derived: boolean, context: Context): FunctionStmt => {
  const span = context.source.span({ start: node.start, end: node.start });
  const rest: Expr = { kind: 'name', id: '(args)', span };
  const passOn: Stmt = {
    kind: 'expr',
    value: { kind: 'call', callee: { kind: 'name', id: 'super', span }, args: [{ name: null, value: rest, splat: '*', span }], span },
    span,
  };
  return {
    kind: 'function',
    name: constructorName,
    nameSpan: span,
    params: derived ? [{ name: '(args)', nameSpan: span, kind: 'varArgs', annotation: null, default: null, span }] : [],
    returns: null,
    decorators: [],
    body: derived ? [passOn] : [],
    isAsync: false,
    isGenerator: false,
    span,
  };
};

export const lowerClass = (node: CstNode, context: Context, called?: CstNode): ClassStmt => {
  const nameNode = firstOf(node, 'type_identifier') ?? firstOf(node, 'identifier') ?? called;
  const heritage = firstOf(node, 'class_heritage');
  // The JavaScript grammar has no extends_clause.
  const extended = heritage && (firstOf(heritage, 'extends_clause') ?? heritage);
  const base = extended && named(extended)[0];
  const body: Stmt[] = [];
  const fields: Stmt[] = [];
  let written: Lowered | undefined;
  for (const item of named(firstOf(node, 'class_body') ?? node)) {
    if (item.type === 'method_definition') {
      const lowered = lowerParts(item, context);
      if (lowered.statement.name === constructorName) written = lowered;
      else body.push(lowered.statement);
    } else if (fieldTypes.has(item.type)) {
      const field = fieldOf(item, context);
      if (!field) continue;
      if (field.isStatic)
        body.push({
          kind: 'assign',
          declares: 'let',
          targets: [{ kind: 'name', id: field.name, span: field.nameSpan }],
          annotation: null,
          value: field.value,
          span: field.span,
        });
      else fields.push(thisDot(field.name, field.value, field.span, field.nameSpan));
    }
  }
  const attributes = (written?.params ?? []).filter((p) => p.isAttribute);
  const all = [
    ...attributes.map(
      ({ param }): Stmt => thisDot(param.name, { kind: 'name', id: param.name, span: param.span }, param.span, param.nameSpan),
    ),
    ...fields,
  ];
  if (written) body.push(withFields(written.statement, all));
  else if (all.length > 0) body.push(withFields(impliedConstructor(node, base !== undefined, context), all));
  const bases = base ? [{ name: null, value: lowerExpr(base, context), splat: '' as const, span: spanOf(base, context) }] : [];
  return {
    kind: 'class',
    name: nameNode ? textOf(nameNode, context) : '',
    nameSpan: spanOf(nameNode ?? node, context),
    bases,
    decorators: [],
    body,
    span: spanOf(node, context),
  };
};
