/** Function definitions: defaults, decorators, binding. */
import type { Expr, FunctionStmt, LambdaExpr } from '../syntax/ast.ts';
import { callValue } from './calls.ts';
import { evaluate } from './expressions.ts';
import { LIMITS } from './limits.ts';
import type { Machine } from './machine.ts';
import { siteAt } from './site.ts';
import type { FunctionValue, Scope, Value } from './values.ts';
import { args } from './values.ts';

export const makeFunction = (m: Machine, node: FunctionStmt | LambdaExpr, scope: Scope): FunctionValue => {
  const defaults = new Map<string, Value>();
  for (const param of node.params) {
    if (!param.default) continue;
    const value = evaluate(m, param.default, scope);
    // Each default has a None of its own, by which it is known where it was handed on.
    defaults.set(param.name, value.kind === 'none' ? { ...value } : value);
  }
  return {
    kind: 'function',
    name: node.kind === 'function' ? node.name : '<lambda>',
    params: node.params,
    defaults,
    node,
    scope,
    owner: scope.kind === 'class' ? (scope.owner ?? null) : null,
    binding: 'instance',
    attrs: new Map(),
  };
};

export const defineFunction = (m: Machine, node: FunctionStmt, scope: Scope): Value => {
  let value: Value = makeFunction(m, node, scope);
  for (const decorator of [...node.decorators].reverse()) value = decorate(m, decorator, value, scope);
  return value;
};

/**
 * Applies a decorator. One that is not known is taken for transparent (`@register_model`, `@torch.jit.export`): what decorators of
 * this kind change is not what weights start from.
 */
const decorate = (m: Machine, decorator: Expr, value: Value, scope: Scope): Value => {
  if (decorator.kind === 'attribute' && (decorator.name === 'setter' || decorator.name === 'deleter') && value.kind === 'function')
    return { ...value, name: `${value.name}@${decorator.name}` };
  const fn = m.within(LIMITS.decoratorSteps, () => evaluate(m, decorator, scope));
  if (!fn) return value;
  if (
    fn.kind === 'native' &&
    (fn.name === 'property' || fn.name === 'staticmethod' || fn.name === 'classmethod' || fn.name === 'cached_property') &&
    value.kind === 'function'
  ) {
    return { ...value, binding: fn.name === 'staticmethod' ? 'static' : fn.name === 'classmethod' ? 'class' : 'property' };
  }
  if (fn.kind === 'unknown') return value;
  const result = m.within(LIMITS.decoratorSteps, () => callValue(m, fn, args([value]), siteAt(decorator.span)));
  return !result || result.kind === 'unknown' || result.kind === 'none' ? value : result;
};
