/** Class definitions: bases, MRO, body, owner of methods for `super()`, class decorators. */
import type { ClassStmt, Expr, Param } from '../syntax/ast.ts';
import { baseClass } from './builtins/containers.ts';
import { OBJECT } from './builtins/types.ts';
import { callValue } from './calls.ts';
import { evaluate } from './expressions.ts';
import { LIMITS } from './limits.ts';
import type { Machine } from './machine.ts';
import { linearize } from './native.ts';
import { newScope } from './scope.ts';
import { siteAt } from './site.ts';
import { execute } from './statements.ts';
import type { ClassValue, Scope, Value } from './values.ts';
import { args } from './values.ts';

export const defineClass = (m: Machine, node: ClassStmt, scope: Scope): Value => {
  const bases: Value[] = [];
  let open = false;
  for (const base of node.bases) {
    if (base.name !== null || base.splat === '**') continue;
    const value = evaluate(m, base.value, scope);
    // `class A(Generic[T])`, `class A(namedtuple(...))`: subscripts of typing are transparent, anything unknown leaves the class open.
    if (value.kind === 'class') {
      bases.push(value);
      if (value.open) open = true;
    } else if (value.kind === 'native') {
      const type = baseClass(value);
      if (type) bases.push(type);
    } else open = true;
  }
  const known = bases.filter((b): b is ClassValue => b.kind === 'class');
  const mro: ClassValue[] = [];
  const attrs = new Map<string, Value>();
  const cls: ClassValue = {
    kind: 'class',
    name: node.name,
    path: node.name,
    bases: known.length > 0 ? bases : [OBJECT],
    mro,
    open,
    attrs,
    source: {
      span: node.span,
      nameSpan: node.nameSpan,
      module: scope.module,
      params: [] as readonly Param[],
      annotations: annotationsOf(node),
      scope,
    },
  };
  mro.push(cls, ...linearize(known.length > 0 ? known : [OBJECT]));
  const body: Scope = { ...newScope(scope, 'class', scope.module), owner: cls };
  execute(m, node.body, body);
  for (const [name, value] of body.vars) attrs.set(name, value);
  let result: Value = cls;
  for (const decorator of [...node.decorators].reverse()) {
    const decorated = m.within(LIMITS.decoratorSteps, () => {
      const fn = evaluate(m, decorator, scope);
      return fn.kind === 'unknown' ? fn : callValue(m, fn, args([result]), siteAt(decorator.span));
    });
    if (decorated?.kind === 'class') result = decorated;
  }
  return result;
};

const annotationsOf = (node: ClassStmt): ReadonlyMap<string, Expr> =>
  new Map(
    node.body.flatMap((s) =>
      s.kind === 'assign' && s.annotation && s.targets[0]?.kind === 'name' ? [[s.targets[0].id, s.annotation]] : [],
    ),
  );
