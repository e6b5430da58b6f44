/** JavaScript expressions. Total: every node gives an expression, at worst `opaque` with its reason. Types are left out. */
import type { Argument, BinaryOperator, CompareOperator, DictExpr, Expr, FormatExpr } from '../ast.ts';
import { type Context, halfTyped, opaque, spanOf, syntaxError, textOf, tooDeep } from '../context.ts';
import { type CstNode, hasToken, named } from '../cst.ts';
import { lowerClass, lowerFunction } from './definitions.ts';
import { decodeNumber, decodeText } from './literals.ts';
import { lowerPattern } from './patterns.ts';

const binaryOperators: ReadonlySet<string> = new Set<BinaryOperator>(['+', '-', '*', '/', '%', '**', '&', '|', '^', '<<', '>>']);
const isBinaryOperator = (text: string): text is BinaryOperator => binaryOperators.has(text);

const compareOperators: Readonly<Record<string, CompareOperator>> = {
  '==': '==',
  '!=': '!=',
  '===': 'is',
  '!==': 'is not',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
  in: 'in',
  instanceof: 'instanceof',
};

const logicalOperators: Readonly<Record<string, 'and' | 'or' | '??'>> = { '&&': 'and', '||': 'or', '??': '??' };

/** Nodes whose damaged children can be replaced by an opaque item without changing what the rest means. */
const tolerant: ReadonlySet<string> = new Set([
  'arguments',
  'array',
  'object',
  'parenthesized_expression',
  'template_string',
  'arrow_function',
  'function_expression',
  'class',
]);

/** Wrapped around an expression by TypeScript, and nothing to us. */
const typeWrappers: ReadonlySet<string> = new Set([
  'as_expression',
  'satisfies_expression',
  'non_null_expression',
  'instantiation_expression',
  'type_assertion',
]);

export const lowerExpr = (node: CstNode | undefined, context: Context, parent?: CstNode): Expr => {
  if (!node)
    return parent
      ? opaque(parent, halfTyped, context)
      : { kind: 'opaque', reason: halfTyped, span: context.source.span({ start: 0, end: 0 }) };
  if (node.type === 'ERROR') return opaque(node, syntaxError, context);
  if (node.missing || context.source.isPlaceholder(node)) return opaque(node, halfTyped, context);
  if (!tolerant.has(node.type) && node.children.some((child) => child.type === 'ERROR')) return opaque(node, syntaxError, context);
  return lowerKnown(node, context);
};

const constant = (value: true | false | null | 'undefined', node: CstNode, context: Context): Expr => ({
  kind: 'constant',
  value,
  span: spanOf(node, context),
});

const name = (node: CstNode, context: Context): Expr => {
  const id = textOf(node, context);
  return id === 'undefined' ? constant('undefined', node, context) : { kind: 'name', id, span: spanOf(node, context) };
};

const lowerKnown = (node: CstNode, context: Context): Expr => {
  const span = spanOf(node, context);
  if (typeWrappers.has(node.type)) return lowerExpr(node.type === 'type_assertion' ? named(node).at(-1) : named(node)[0], context, node);
  switch (node.type) {
    case 'identifier':
    case 'shorthand_property_identifier':
      return name(node, context);
    case 'this':
    case 'super':
    case 'import':
      return { kind: 'name', id: node.type, span };
    case 'undefined':
      return constant('undefined', node, context);
    case 'null':
      return constant(null, node, context);
    case 'true':
    case 'false':
      return constant(node.type === 'true', node, context);
    case 'number': {
      const value = decodeNumber(textOf(node, context));
      return value === undefined
        ? opaque(node, 'a big integer', context)
        : { kind: 'number', value, float: !Number.isInteger(value), span };
    }
    case 'string':
      return { kind: 'string', value: stringValue(node, context), span };
    case 'template_string':
      return template(node, context);
    case 'array':
      return { kind: 'list', items: arrayItems(node, context), span };
    case 'object':
      return object(node, context);
    case 'parenthesized_expression':
      return lowerExpr(
        named(node).find((child) => child.type !== 'type_annotation'),
        context,
        node,
      );
    case 'spread_element':
      return { kind: 'starred', value: lowerExpr(named(node)[0], context, node), span };
    case 'member_expression':
      return member(node, context);
    case 'subscript_expression':
      return subscript(node, context);
    case 'call_expression':
      return call(node, context);
    case 'new_expression':
      return construct(node, context);
    case 'unary_expression':
      return unary(node, context);
    case 'binary_expression':
      return binary(node, context);
    case 'ternary_expression': {
      const [test, body, orElse] = named(node);
      return {
        kind: 'conditional',
        test: lowerExpr(test, context, node),
        body: lowerExpr(body, context, node),
        orElse: lowerExpr(orElse, context, node),
        span,
      };
    }
    case 'arrow_function':
    case 'function_expression':
    case 'generator_function':
    case 'function':
      return { kind: 'definition', statement: lowerFunction(node, context), span };
    case 'class':
      return { kind: 'definition', statement: lowerClass(node, context), span };
    case 'assignment_expression': {
      const [target, value] = named(node);
      return { kind: 'named', target: lowerPattern(target, context, node), value: lowerExpr(value, context, node), span };
    }
    case 'augmented_assignment_expression':
      return augmented(node, context);
    case 'update_expression':
      return update(node, context);
    case 'await_expression':
      return { kind: 'await', value: lowerExpr(named(node)[0], context, node), span };
    case 'yield_expression': {
      context.yields = true;
      const [value] = named(node);
      return { kind: 'yield', value: value ? lowerExpr(value, context) : null, span };
    }
    case 'too deep':
      return opaque(node, tooDeep, context);
    default:
      return opaque(node, node.type.replaceAll('_', ' '), context);
  }
};

export const stringValue = (node: CstNode, context: Context): string => {
  const text = textOf(node, context);
  const closed = text.length > 1 && text.at(-1) === text[0];
  return decodeText(text.slice(1, closed ? -1 : undefined));
};

const template = (node: CstNode, context: Context): Expr => {
  const parts: (FormatExpr['parts'][number] & (string | object))[] = [];
  const text = textOf(node, context);
  let position = node.start + 1;
  const literalUpTo = (end: number): void => {
    if (end > position) parts.push(decodeText(context.source.text.slice(position, end)));
  };
  for (const child of node.children) {
    if (child.type !== 'template_substitution') continue;
    literalUpTo(child.start);
    parts.push({ value: lowerExpr(named(child)[0], context, child), spec: '' });
    position = child.end;
  }
  literalUpTo(node.end - (text.length > 1 && text.endsWith('`') ? 1 : 0));
  const span = spanOf(node, context);
  const [only] = parts;
  if (parts.length === 0) return { kind: 'string', value: '', span };
  return parts.length === 1 && typeof only === 'string' ? { kind: 'string', value: only, span } : { kind: 'format', parts, span };
};

/** `[a, , b]` has a hole. */
const arrayItems = (node: CstNode, context: Context): readonly Expr[] => {
  const items: Expr[] = [];
  let pending = false;
  for (const child of node.children) {
    if (child.token) {
      if (child.type === ',' && !pending) items.push(constant('undefined', node, context));
      if (child.type === ',') pending = false;
      continue;
    }
    items.push(lowerExpr(child, context));
    pending = true;
  }
  return items;
};

/** The name that a key stands for, or an expression in brackets. */
export const lowerKey = (node: CstNode, context: Context): Expr => {
  if (node.type === 'computed_property_name') return lowerExpr(named(node)[0], context, node);
  if (node.type === 'string') return { kind: 'string', value: stringValue(node, context), span: spanOf(node, context) };
  return { kind: 'string', value: textOf(node, context), span: spanOf(node, context) };
};

const object = (node: CstNode, context: Context): Expr => {
  const entries: DictExpr['entries'][number][] = [];
  for (const item of named(node)) {
    const [first, second] = named(item);
    switch (item.type) {
      case 'pair':
        if (first) entries.push({ key: lowerKey(first, context), value: lowerExpr(second, context, item) });
        break;
      case 'shorthand_property_identifier':
        entries.push({ key: { kind: 'string', value: textOf(item, context), span: spanOf(item, context) }, value: name(item, context) });
        break;
      case 'spread_element':
        entries.push({ key: null, value: lowerExpr(first, context, item) });
        break;
      case 'method_definition': {
        const statement = lowerFunction(item, context);
        const key: Expr = { kind: 'string', value: statement.name, span: statement.nameSpan };
        entries.push({ key, value: { kind: 'definition', statement, span: spanOf(item, context) } });
        break;
      }
      default:
        entries.push({ key: null, value: opaque(item, syntaxError, context) });
    }
  }
  return { kind: 'dict', entries, span: spanOf(node, context) };
};

const optionalIn = (node: CstNode): { readonly optional?: true } =>
  node.children.some((child) => child.type === 'optional_chain' || (child.token && child.type === '?.')) ? { optional: true } : {};

const operands = (node: CstNode): readonly CstNode[] =>
  named(node).filter((child) => child.type !== 'optional_chain' && child.type !== 'type_arguments');

const member = (node: CstNode, context: Context): Expr => {
  const [target, property] = operands(node);
  if (!property || property.missing || context.source.isPlaceholder(property)) return opaque(node, halfTyped, context);
  return {
    kind: 'attribute',
    object: lowerExpr(target, context, node),
    name: textOf(property, context),
    nameSpan: spanOf(property, context),
    span: spanOf(node, context),
    ...optionalIn(node),
  };
};

const subscript = (node: CstNode, context: Context): Expr => {
  const [target, index] = operands(node);
  return {
    kind: 'subscript',
    object: lowerExpr(target, context, node),
    index: lowerExpr(index, context, node),
    span: spanOf(node, context),
    ...optionalIn(node),
  };
};

const lowerArguments = (list: CstNode | undefined, context: Context): readonly Argument[] =>
  (list ? named(list) : []).map((item) => {
    const spread = item.type === 'spread_element';
    const value = lowerExpr(spread ? named(item)[0] : item, context, item);
    return { name: null, value, splat: spread ? '*' : '', span: spanOf(item, context) };
  });

const call = (node: CstNode, context: Context): Expr => {
  const [callee, list] = operands(node);
  // A tagged template is a call of something that we do not follow.
  if (list && list.type !== 'arguments') return opaque(node, 'a tagged template', context);
  return {
    kind: 'call',
    callee: lowerExpr(callee, context, node),
    args: lowerArguments(list, context),
    span: spanOf(node, context),
    ...optionalIn(node),
  };
};

const construct = (node: CstNode, context: Context): Expr => {
  const [callee, list] = operands(node);
  return {
    kind: 'call',
    callee: lowerExpr(callee, context, node),
    args: lowerArguments(list, context),
    isNew: true,
    span: spanOf(node, context),
  };
};

const unary = (node: CstNode, context: Context): Expr => {
  const written = node.children[0]?.type;
  const op = written === '!' ? 'not' : written;
  const operand = (): Expr => lowerExpr(named(node)[0], context, node);
  const span = spanOf(node, context);
  if (op === 'void') return constant('undefined', node, context);
  if (op === '-' || op === '+' || op === '~' || op === 'not' || op === 'typeof') return { kind: 'unary', op, operand: operand(), span };
  return opaque(node, `operator ${written}`, context);
};

const binary = (node: CstNode, context: Context): Expr => {
  const op = node.children[1]?.type ?? '';
  const [left, right] = [lowerExpr(node.children[0], context, node), lowerExpr(node.children[2], context, node)];
  const span = spanOf(node, context);
  const logical = logicalOperators[op];
  if (logical) return { kind: 'logical', op: logical, left, right, span };
  const compared = Object.hasOwn(compareOperators, op) ? compareOperators[op] : undefined;
  if (compared) return { kind: 'compare', first: left, links: [{ op: compared, right }], span };
  return isBinaryOperator(op) ? { kind: 'binary', op, left, right, span } : opaque(node, `operator ${op}`, context);
};

/** `x += y` as a value, `x ??= y`. */
export const augmented = (node: CstNode, context: Context): Expr => {
  const [written, value] = named(node);
  const target = lowerExpr(written, context, node);
  const right = lowerExpr(value, context, node);
  const op = (node.children[1]?.type ?? '').slice(0, -1);
  const span = spanOf(node, context);
  const logical = logicalOperators[op];
  if (logical) return { kind: 'named', target, value: { kind: 'logical', op: logical, left: target, right, span }, span };
  if (!isBinaryOperator(op)) return opaque(node, `operator ${op}=`, context);
  return { kind: 'named', target, value: { kind: 'binary', op, left: target, right, span }, span };
};

/** `++x` is the new value, `x++` the old one. */
export const update = (node: CstNode, context: Context): Expr => {
  const target = lowerExpr(named(node)[0], context, node);
  const span = spanOf(node, context);
  const op = hasToken(node, '++') ? '+' : '-';
  const one: Expr = { kind: 'number', value: 1, float: false, span };
  const changed: Expr = { kind: 'named', target, value: { kind: 'binary', op, left: target, right: one, span }, span };
  if (node.children[0]?.token) return changed;
  return { kind: 'binary', op: op === '+' ? '-' : '+', left: changed, right: one, span };
};
