/** Python expressions and assignment targets. Total: every node gives an expression, at worst `opaque` with its reason. */
import type { Argument, BinaryOperator, CompareExpr, CompareOperator, ComprehensionExpr, DictExpr, Expr, SequenceExpr } from '../ast.ts';
import { type Context, halfTyped, opaque, spanOf, syntaxError, textOf, tooDeep } from '../context.ts';
import { type CstNode, firstOf, hasToken, named } from '../cst.ts';
import { decodeNumber } from './literals.ts';
import { lowerParams } from './params.ts';
import { lowerString } from './strings.ts';

const binaryOperators: ReadonlySet<string> = new Set<BinaryOperator>(['+', '-', '*', '/', '//', '%', '**', '@', '&', '|', '^', '<<', '>>']);
const compareOperators: ReadonlySet<string> = new Set<CompareOperator>(['==', '!=', '<', '<=', '>', '>=', 'is', 'is not', 'in', 'not in']);

export const isBinaryOperator = (text: string): text is BinaryOperator => binaryOperators.has(text);
const isCompareOperator = (text: string): text is CompareOperator => compareOperators.has(text);

/** Nodes whose damaged children can be replaced by an opaque item without changing what the rest means. */
const tolerant: ReadonlySet<string> = new Set([
  'argument_list',
  'list',
  'set',
  'tuple',
  'dictionary',
  'parenthesized_expression',
  'string',
]);

export const lowerExpr = (node: CstNode | undefined, context: Context, parent?: CstNode): Expr => {
  if (!node) return parent ? opaque(parent, halfTyped, context) : unplaced(context);
  if (node.type === 'ERROR') return opaque(node, syntaxError, context);
  if (node.missing || context.source.isPlaceholder(node)) return opaque(node, halfTyped, context);
  if (!tolerant.has(node.type) && node.children.some((child) => child.type === 'ERROR')) return opaque(node, syntaxError, context);
  return lowerKnown(node, context);
};

const unplaced = (context: Context): Expr => ({ kind: 'opaque', reason: halfTyped, span: context.source.span({ start: 0, end: 0 }) });

/** `a, b`: a tuple without brackets; one expression without a comma is itself. */
export const lowerList = (items: readonly CstNode[], whole: CstNode, context: Context): Expr => {
  if (items.length === 1 && !hasToken(whole, ',')) return lowerExpr(items[0], context);
  return { kind: 'tuple', items: items.map((item) => lowerExpr(item, context)), span: spanOf(whole, context) };
};

const sequence = (kind: SequenceExpr['kind'], node: CstNode, context: Context): Expr => ({
  kind,
  items: named(node).map((item) => lowerExpr(item, context)),
  span: spanOf(node, context),
});

const lowerKnown = (node: CstNode, context: Context): Expr => {
  const span = spanOf(node, context);
  switch (node.type) {
    case 'identifier':
      return { kind: 'name', id: textOf(node, context), span };
    case 'dotted_name':
      return dottedName(node, context);
    case 'integer':
    case 'float': {
      const number = decodeNumber(textOf(node, context));
      return number ? { kind: 'number', ...number, span } : opaque(node, 'imaginary number', context);
    }
    case 'true':
      return { kind: 'constant', value: true, span };
    case 'false':
      return { kind: 'constant', value: false, span };
    case 'none':
      return { kind: 'constant', value: null, span };
    case 'ellipsis':
      return { kind: 'constant', value: 'ellipsis', span };
    case 'string':
    case 'concatenated_string':
      return lowerString(node, context);
    case 'list':
    case 'list_pattern':
      return sequence('list', node, context);
    case 'set':
      return sequence('set', node, context);
    case 'tuple':
    case 'tuple_pattern':
      return sequence('tuple', node, context);
    case 'expression_list':
    case 'pattern_list':
      return lowerList(named(node), node, context);
    case 'dictionary':
      return dictionary(node, context);
    case 'parenthesized_expression':
      return lowerList(named(node), node, context);
    case 'type':
    case 'as_pattern_target':
    case 'format_expression':
    case 'positional_separator':
      return lowerExpr(named(node)[0], context, node);
    case 'attribute':
    case 'member_type':
      return attribute(node, context);
    case 'subscript':
      return subscript(node, context);
    case 'generic_type':
      return genericType(node, context);
    case 'slice':
      return slice(node, context);
    case 'call':
      return call(node, context);
    case 'unary_operator':
      return unary(node, context);
    case 'not_operator':
      return { kind: 'unary', op: 'not', operand: lowerExpr(named(node)[0], context, node), span };
    case 'boolean_operator': {
      const [left, right] = named(node);
      return {
        kind: 'logical',
        op: hasToken(node, 'and') ? 'and' : 'or',
        left: lowerExpr(left, context, node),
        right: lowerExpr(right, context, node),
        span,
      };
    }
    case 'binary_operator':
    case 'union_type': {
      const op = node.children[1]?.type ?? '';
      if (!isBinaryOperator(op)) return opaque(node, `operator ${op}`, context);
      return {
        kind: 'binary',
        op,
        left: lowerExpr(node.children[0], context, node),
        right: lowerExpr(node.children[2], context, node),
        span,
      };
    }
    case 'comparison_operator':
      return comparison(node, context);
    case 'conditional_expression': {
      const [body, test, orElse] = named(node);
      return {
        kind: 'conditional',
        test: lowerExpr(test, context, node),
        body: lowerExpr(body, context, node),
        orElse: lowerExpr(orElse, context, node),
        span,
      };
    }
    case 'lambda':
      return lambda(node, context);
    case 'list_comprehension':
      return comprehension('list', node, context);
    case 'set_comprehension':
      return comprehension('set', node, context);
    case 'dictionary_comprehension':
      return comprehension('dict', node, context);
    case 'generator_expression':
      return comprehension('generator', node, context);
    case 'list_splat':
    case 'list_splat_pattern':
    case 'splat_type':
    case 'parenthesized_list_splat':
      return { kind: 'starred', value: lowerExpr(named(node)[0], context, node), span };
    case 'named_expression': {
      const [target, value] = named(node);
      return { kind: 'named', target: lowerExpr(target, context, node), value: lowerExpr(value, context, node), span };
    }
    case 'await':
      return { kind: 'await', value: lowerExpr(named(node)[0], context, node), span };
    case 'yield': {
      context.yields = true;
      const [value] = named(node);
      return { kind: 'yield', value: value ? lowerExpr(value, context) : null, span };
    }
    case 'too deep':
      return opaque(node, tooDeep, context);
    default:
      return opaque(node, node.type, context);
  }
};

const dottedName = (node: CstNode, context: Context): Expr => {
  const [first, ...rest] = named(node);
  let result = lowerExpr(first, context, node);
  for (const part of rest) {
    result = {
      kind: 'attribute',
      object: result,
      name: textOf(part, context),
      nameSpan: spanOf(part, context),
      span: context.source.span({ start: node.start, end: part.end }),
    };
  }
  return result;
};

const attribute = (node: CstNode, context: Context): Expr => {
  const [object, name] = named(node);
  if (!name || name.missing || context.source.isPlaceholder(name)) return opaque(node, halfTyped, context);
  return {
    kind: 'attribute',
    object: lowerExpr(object, context, node),
    name: textOf(name, context),
    nameSpan: spanOf(name, context),
    span: spanOf(node, context),
  };
};

const subscript = (node: CstNode, context: Context): Expr => {
  const [object, ...indices] = named(node);
  const [first] = indices;
  const index: Expr =
    indices.length === 1 && !hasToken(node, ',')
      ? lowerExpr(first, context, node)
      : {
          kind: 'tuple',
          items: indices.map((item) => lowerExpr(item, context)),
          span: first ? context.source.span({ start: first.start, end: indices.at(-1)!.end }) : spanOf(node, context),
        };
  return { kind: 'subscript', object: lowerExpr(object, context, node), index, span: spanOf(node, context) };
};

/** `List[int]` in an annotation. */
const genericType = (node: CstNode, context: Context): Expr => {
  const [object, parameters] = named(node);
  const items = parameters ? named(parameters) : [];
  return {
    kind: 'subscript',
    object: lowerExpr(object, context, node),
    index: parameters && items.length > 0 ? lowerList(items, parameters, context) : opaque(node, halfTyped, context),
    span: spanOf(node, context),
  };
};

const slice = (node: CstNode, context: Context): Expr => {
  const bounds: (Expr | null)[] = [null, null, null];
  let place = 0;
  for (const child of node.children) {
    if (child.token && child.type === ':') place++;
    else if (place < 3) bounds[place] = lowerExpr(child, context);
  }
  return { kind: 'slice', lower: bounds[0] ?? null, upper: bounds[1] ?? null, step: bounds[2] ?? null, span: spanOf(node, context) };
};

export const lowerArguments = (list: CstNode, context: Context): readonly Argument[] => named(list).map((item) => argument(item, context));

const argument = (node: CstNode, context: Context): Argument => {
  const span = spanOf(node, context);
  switch (node.type) {
    case 'keyword_argument': {
      const [name, value] = named(node);
      return { name: name ? textOf(name, context) : null, value: lowerExpr(value, context, node), splat: '', span };
    }
    case 'list_splat':
    case 'parenthesized_list_splat':
      return { name: null, value: lowerExpr(named(node)[0], context, node), splat: '*', span };
    case 'dictionary_splat':
      return { name: null, value: lowerExpr(named(node)[0], context, node), splat: '**', span };
    default:
      return { name: null, value: lowerExpr(node, context), splat: '', span };
  }
};

const call = (node: CstNode, context: Context): Expr => {
  const [callee, list] = named(node);
  const args: readonly Argument[] = !list ? [] : list.type === 'argument_list' ? lowerArguments(list, context) : [argument(list, context)];
  return { kind: 'call', callee: lowerExpr(callee, context, node), args, span: spanOf(node, context) };
};

const unary = (node: CstNode, context: Context): Expr => {
  const op = node.children[0]?.type;
  if (op !== '-' && op !== '+' && op !== '~') return opaque(node, `operator ${op}`, context);
  return { kind: 'unary', op, operand: lowerExpr(named(node)[0], context, node), span: spanOf(node, context) };
};

const comparison = (node: CstNode, context: Context): Expr => {
  const [first, ...rest] = node.children;
  const links: CompareExpr['links'][number][] = [];
  for (let i = 0; i + 1 < rest.length; i += 2) {
    const op = rest[i]!.type === '<>' ? '!=' : rest[i]!.type;
    if (!isCompareOperator(op)) return opaque(node, `operator ${op}`, context);
    links.push({ op, right: lowerExpr(rest[i + 1], context) });
  }
  return { kind: 'compare', first: lowerExpr(first, context, node), links, span: spanOf(node, context) };
};

const dictionary = (node: CstNode, context: Context): Expr => {
  const entries: DictExpr['entries'][number][] = [];
  for (const item of named(node)) {
    const [first, second] = named(item);
    if (item.type === 'pair') entries.push({ key: lowerExpr(first, context, item), value: lowerExpr(second, context, item) });
    else if (item.type === 'dictionary_splat') entries.push({ key: null, value: lowerExpr(first, context, item) });
    else entries.push({ key: null, value: opaque(item, syntaxError, context) });
  }
  return { kind: 'dict', entries, span: spanOf(node, context) };
};

const lambda = (node: CstNode, context: Context): Expr => {
  const yields = context.yields;
  const parameters = firstOf(node, 'lambda_parameters');
  const body = named(node).find((child) => child !== parameters);
  const result: Expr = {
    kind: 'lambda',
    params: parameters ? lowerParams(parameters, context) : [],
    body: lowerExpr(body, context, node),
    span: spanOf(node, context),
  };
  context.yields = yields;
  return result;
};

const comprehension = (of: ComprehensionExpr['of'], node: CstNode, context: Context): Expr => {
  const [body, ...rest] = named(node);
  const clauses: { target: Expr; iterable: Expr; conditions: Expr[] }[] = [];
  for (const part of rest) {
    if (part.type === 'for_in_clause') {
      const [target, ...iterables] = named(part);
      const iterable = iterables.length === 1 ? lowerExpr(iterables[0], context) : lowerList(iterables, part, context);
      clauses.push({ target: lowerExpr(target, context, part), iterable, conditions: [] });
    } else if (part.type === 'if_clause') clauses.at(-1)?.conditions.push(lowerExpr(named(part)[0], context, part));
    else return opaque(node, syntaxError, context);
  }
  const [key, value] = body?.type === 'pair' ? named(body) : [undefined, body];
  return {
    kind: 'comprehension',
    of,
    key: key ? lowerExpr(key, context) : null,
    element: lowerExpr(value, context, node),
    clauses,
    span: spanOf(node, context),
  };
};
