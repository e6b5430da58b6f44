/** Parameters of functions and lambdas. */
import type { Param } from '../ast.ts';
import { type Context, spanOf, textOf } from '../context.ts';
import { type CstNode, named } from '../cst.ts';
import { lowerExpr } from './expressions.ts';

type Kind = Param['kind'];

interface Named {
  readonly name: CstNode;
  readonly star: '' | '*' | '**';
}

/** The name inside `x`, `*args` and `**kwargs`; undefined for Python 2's tuple parameters and for damage. */
const nameOf = (node: CstNode | undefined): Named | undefined => {
  if (!node) return undefined;
  if (node.type === 'identifier') return { name: node, star: '' };
  const inner = named(node)[0];
  if (inner?.type !== 'identifier') return undefined;
  if (node.type === 'list_splat_pattern') return { name: inner, star: '*' };
  return node.type === 'dictionary_splat_pattern' ? { name: inner, star: '**' } : undefined;
};

const lowerParam = (node: CstNode, plain: Kind, context: Context): Param | undefined => {
  const inside = named(node);
  const typed = node.type === 'typed_parameter' || node.type === 'typed_default_parameter';
  const defaulted = node.type === 'default_parameter' || node.type === 'typed_default_parameter';
  const found = nameOf(typed || defaulted ? inside[0] : node);
  if (!found || context.source.isPlaceholder(found.name)) return undefined;
  const annotation = typed ? inside.find((child) => child.type === 'type') : undefined;
  const fallback = defaulted ? inside.at(-1) : undefined;
  return {
    name: textOf(found.name, context),
    nameSpan: spanOf(found.name, context),
    kind: found.star === '*' ? 'varArgs' : found.star === '**' ? 'varKeywords' : plain,
    annotation: annotation ? lowerExpr(annotation, context) : null,
    default: fallback ? lowerExpr(fallback, context) : null,
    span: spanOf(node, context),
  };
};

export const lowerParams = (list: CstNode, context: Context): readonly Param[] => {
  let params: Param[] = [];
  let plain: Kind = 'positional';
  for (const node of list.children) {
    if (node.type === 'positional_separator') params = params.map((param) => ({ ...param, kind: 'positionalOnly' }));
    else if (node.type === 'keyword_separator') plain = 'keywordOnly';
    else if (!node.token) {
      const param = lowerParam(node, plain, context);
      if (!param) continue;
      params.push(param);
      if (param.kind === 'varArgs') plain = 'keywordOnly';
    }
  }
  return params;
};
