/** What a value is taken apart into: the targets of declarations, assignments and parameters. */
import type { DictExpr, Expr, Param } from '../ast.ts';
import { type Context, halfTyped, opaque, spanOf, textOf } from '../context.ts';
import { type CstNode, firstOf, named } from '../cst.ts';
import { lowerExpr, lowerKey } from './expressions.ts';

const defaulted = (target: Expr, fallback: CstNode | undefined, node: CstNode, context: Context): Expr => ({
  kind: 'defaulted',
  target,
  value: lowerExpr(fallback, context, node),
  span: spanOf(node, context),
});

/** Array and object patterns; anything else is an ordinary target. Literals stand for patterns where a value was parsed first. */
export const lowerPattern = (node: CstNode | undefined, context: Context, parent: CstNode): Expr => {
  if (!node) return opaque(parent, halfTyped, context);
  switch (node.type) {
    case 'array_pattern':
    case 'array':
      return { kind: 'list', items: arrayTargets(node, context), span: spanOf(node, context) };
    case 'object_pattern':
    case 'object':
      return objectPattern(node, context);
    case 'assignment_pattern':
    case 'object_assignment_pattern':
    case 'assignment_expression': {
      const [target, fallback] = named(node);
      return defaulted(lowerPattern(target, context, node), fallback, node, context);
    }
    case 'rest_pattern':
    case 'spread_element':
      return { kind: 'starred', value: lowerPattern(named(node)[0], context, node), span: spanOf(node, context) };
    case 'shorthand_property_identifier_pattern':
      return { kind: 'name', id: textOf(node, context), span: spanOf(node, context) };
    default:
      return lowerExpr(node, context);
  }
};

const arrayTargets = (node: CstNode, context: Context): readonly Expr[] => {
  const items: Expr[] = [];
  let pending = false;
  for (const child of node.children) {
    if (child.token) {
      if (child.type === ',' && !pending) items.push(opaque(node, 'nothing', context));
      if (child.type === ',') pending = false;
      continue;
    }
    items.push(lowerPattern(child, context, node));
    pending = true;
  }
  return items;
};

const objectPattern = (node: CstNode, context: Context): Expr => {
  const entries: DictExpr['entries'][number][] = [];
  for (const item of named(node)) {
    const [first, second] = named(item);
    switch (item.type) {
      case 'pair_pattern':
      case 'pair':
        if (first) entries.push({ key: lowerKey(first, context), value: lowerPattern(second, context, item) });
        break;
      case 'object_assignment_pattern': {
        const key = first && textOf(first, context);
        if (first && key)
          entries.push({ key: { kind: 'string', value: key, span: spanOf(first, context) }, value: lowerPattern(item, context, node) });
        break;
      }
      case 'rest_pattern':
      case 'spread_element':
        entries.push({ key: null, value: lowerPattern(first, context, item) });
        break;
      default: {
        const target = lowerPattern(item, context, node);
        if (target.kind === 'name') entries.push({ key: { kind: 'string', value: target.id, span: target.span }, value: target });
      }
    }
  }
  return { kind: 'dict', entries, span: spanOf(node, context) };
};

/** A parameter, and whether TypeScript makes an attribute of it (`constructor(private units: number)`). */
export interface LoweredParam {
  readonly param: Param;
  readonly isAttribute: boolean;
}

const plainParam = (pattern: CstNode, fallback: CstNode | undefined, whole: CstNode, index: number, context: Context): Param => {
  const rest = pattern.type === 'rest_pattern';
  const target = rest ? named(pattern)[0] : pattern;
  const isName = target?.type === 'identifier';
  return {
    name: target && isName ? textOf(target, context) : `(${index})`,
    nameSpan: spanOf(target ?? pattern, context),
    kind: rest ? 'varArgs' : 'positional',
    annotation: null,
    default: fallback ? lowerExpr(fallback, context) : null,
    ...(isName ? {} : { pattern: lowerPattern(target, context, pattern) }),
    span: spanOf(whole, context),
  };
};

const isType = (node: CstNode): boolean =>
  node.type === 'type_annotation' ||
  node.type === 'accessibility_modifier' ||
  node.type === 'override_modifier' ||
  node.type === 'decorator';

/** Parameters of a function. TypeScript's `this` parameter is a type. */
export const lowerParams = (list: CstNode | undefined, context: Context): readonly LoweredParam[] =>
  (list ? named(list) : [])
    .filter((node) => node.type !== 'ERROR' && !(node.type === 'required_parameter' && firstOf(node, 'this')))
    .map((node, index) => {
      if (node.type !== 'required_parameter' && node.type !== 'optional_parameter') {
        const [target, fallback] = node.type === 'assignment_pattern' ? named(node) : [node, undefined];
        return { param: plainParam(target ?? node, fallback, node, index, context), isAttribute: false };
      }
      const [target, fallback] = named(node).filter((child) => !isType(child));
      const isAttribute = node.children.some((child) => child.type === 'accessibility_modifier' || child.type === 'readonly');
      return { param: plainParam(target ?? node, fallback, node, index, context), isAttribute };
    });
