/** Walks the AST: children in source order, without recursion, so that any depth is safe. */
import type { Argument, Expr, Param, Stmt } from './ast.ts';

/** Whatever has a span of its own in the tree. */
export type AstNode = Stmt | Expr | Param | Argument;

/** A {@link Param}'s `kind` says how it binds; an {@link Argument} has none. */
export const isParam = (node: AstNode): node is Param => 'nameSpan' in node && 'default' in node;
export const isArgument = (node: AstNode): node is Argument => 'splat' in node;

const present = (...nodes: readonly (AstNode | null)[]): readonly AstNode[] => nodes.filter((node) => node !== null);

const paramChildren = (param: Param): readonly AstNode[] => present(param.pattern ?? null, param.annotation, param.default);

/** The nodes directly inside a node, in source order. */
export const childrenOf = (node: AstNode): readonly AstNode[] => {
  if (isParam(node)) return paramChildren(node);
  if (isArgument(node)) return [node.value];
  switch (node.kind) {
    case 'name':
    case 'number':
    case 'string':
    case 'constant':
    case 'opaque':
    case 'pass':
    case 'break':
    case 'continue':
    case 'raise':
    case 'global':
    case 'nonlocal':
    case 'import':
    case 'importFrom':
      return [];
    case 'format':
      return node.parts.flatMap((part) => (typeof part === 'string' ? [] : [part.value]));
    case 'list':
    case 'tuple':
    case 'set':
      return node.items;
    case 'dict':
      return node.entries.flatMap(({ key, value }) => present(key, value));
    case 'attribute':
      return [node.object];
    case 'subscript':
      return [node.object, node.index];
    case 'slice':
      return present(node.lower, node.upper, node.step);
    case 'call':
      return [node.callee, ...node.args];
    case 'unary':
      return [node.operand];
    case 'binary':
    case 'logical':
      return [node.left, node.right];
    case 'compare':
      return [node.first, ...node.links.map((link) => link.right)];
    case 'conditional':
      return [node.body, node.test, node.orElse];
    case 'lambda':
      return [...node.params, node.body];
    case 'comprehension':
      return [
        ...present(node.key),
        node.element,
        ...node.clauses.flatMap(({ target, iterable, conditions }) => [target, iterable, ...conditions]),
      ];
    case 'starred':
      return [node.value];
    case 'named':
    case 'defaulted':
      return [node.target, node.value];
    case 'definition':
      return [node.statement];
    case 'await':
    case 'yield':
    case 'return':
      return present(node.value);
    case 'expr':
      return [node.value];
    case 'assign':
      return present(...node.targets, node.annotation, node.value);
    case 'augAssign':
      return [node.target, node.value];
    case 'if':
      return [node.test, ...node.body, ...node.orElse];
    case 'while':
      return node.bodyFirst ? [...node.body, node.test] : [node.test, ...(node.update ?? []), ...node.body, ...node.orElse];
    case 'block':
      return node.body;
    case 'for':
      return [node.target, node.iterable, ...node.body, ...node.orElse];
    case 'with':
      return [...node.items.flatMap(({ context, target }) => present(context, target)), ...node.body];
    case 'try':
      return [...node.body, ...node.handlers.flatMap((handler) => handler.body), ...node.orElse, ...node.finally];
    case 'match':
      return [
        node.subject,
        ...node.cases.flatMap(({ pattern, guard, body }) => [...(typeof pattern === 'string' ? [] : pattern), ...present(guard), ...body]),
      ];
    case 'function':
      return [...node.decorators, ...node.params, ...present(node.returns), ...node.body];
    case 'class':
      return [...node.decorators, ...node.bases, ...node.body];
    case 'assert':
      return [node.test];
    case 'delete':
      return node.targets;
    default: {
      const unknown: never = node;
      return unknown;
    }
  }
};

/** Calls back for every node from the roots down, parents first, in source order. `false` skips what is inside a node. */
export const visit = (roots: readonly AstNode[], callback: (node: AstNode) => unknown): void => {
  const pending = [...roots].reverse();
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (callback(node) === false) continue;
    const children = childrenOf(node);
    for (let i = children.length - 1; i >= 0; i--) pending.push(children[i]!);
  }
};
