/** `function.__code__`: what introspection asks of a function's body. */
import type { Expr, FunctionStmt, LambdaExpr } from '../syntax/ast.ts';
import { isArgument, isParam, visit } from '../syntax/visit.ts';
import { OBJECT } from './builtins/types.ts';
import { nativeClass } from './native.ts';
import type { FunctionValue, InstanceValue, Value } from './values.ts';
import { int, str, tuple } from './values.ts';

const CODE = nativeClass('types.CodeType', [OBJECT]);

/** Names that the body binds, in the order of their first binding; those of functions inside are their own. */
const localsOf = (node: FunctionStmt | LambdaExpr): readonly string[] => {
  const names: string[] = [];
  const bind = (target: Expr | null): void => {
    if (!target) return;
    if (target.kind === 'name') names.push(target.id);
    else if (target.kind === 'tuple' || target.kind === 'list') target.items.forEach(bind);
    else if (target.kind === 'starred') bind(target.value);
  };
  visit(node.kind === 'lambda' ? [node.body] : node.body, (one) => {
    if (isArgument(one) || isParam(one)) return true;
    switch (one.kind) {
      case 'assign':
        one.targets.forEach(bind);
        return true;
      case 'augAssign':
      case 'for':
      case 'named':
        bind(one.target);
        return true;
      case 'with':
        for (const { target } of one.items) bind(target);
        return true;
      case 'import':
        for (const { alias, module } of one.modules) names.push(alias ?? (module.split('.')[0] as string));
        return true;
      case 'importFrom':
        for (const { alias, name } of one.names) names.push(alias ?? name);
        return true;
      case 'function':
      case 'class':
        names.push(one.name);
        return false;
      case 'lambda':
        return false;
      default:
        return true;
    }
  });
  return names;
};

export const codeOf = (fn: FunctionValue): InstanceValue => {
  const { params } = fn;
  // Those that collect stand behind the others.
  const ordered = [
    ...params.filter(({ kind }) => kind !== 'varArgs' && kind !== 'varKeywords'),
    ...params.filter(({ kind }) => kind === 'varArgs'),
    ...params.filter(({ kind }) => kind === 'varKeywords'),
  ].map(({ name }) => name);
  const attrs = new Map<string, Value>([
    ['co_name', str(fn.name)],
    ['co_argcount', int(params.filter(({ kind }) => kind === 'positional' || kind === 'positionalOnly').length)],
    ['co_varnames', tuple([...new Set([...ordered, ...localsOf(fn.node)])].map(str))],
  ]);
  return { kind: 'instance', cls: CODE, attrs, data: fn, site: null, id: -1 };
};

/** `types.FunctionType(fn.__code__, …)` makes the function anew. */
export const functionOf = (code: Value | undefined): FunctionValue | undefined =>
  code?.kind === 'instance' && code.cls === CODE ? (code.data as FunctionValue) : undefined;
