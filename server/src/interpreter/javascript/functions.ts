/** Functions and classes by JavaScript's rules: `this`, defaults that are evaluated at the call, rest parameters. */
import type { ClassStmt, FunctionStmt, Param } from '../../syntax/ast.ts';
import { OBJECT } from '../builtins/types.ts';
import { LIMITS } from '../limits.ts';
import type { Machine } from '../machine.ts';
import { linearize } from '../native.ts';
import { newScope } from '../scope.ts';
import type { Args, CallSite, ClassValue, FunctionValue, Scope, Value } from '../values.ts';
import { list, UNDEFINED, unknown } from '../values.ts';
import { evaluate } from './expressions.ts';
import { bind, NOT_GIVEN } from './patterns.ts';
import { execute } from './statements.ts';

const BINDINGS = { static: 'class', getter: 'property', setter: 'instance' } as const;

export const makeFunction = (node: FunctionStmt, scope: Scope): FunctionValue => ({
  kind: 'function',
  name: node.name,
  params: node.params,
  defaults: new Map(),
  node,
  scope,
  owner: scope.kind === 'class' ? (scope.owner ?? null) : null,
  binding: node.member ? BINDINGS[node.member] : 'instance',
  attrs: new Map(),
});

/** `receiver` is what stands before the dot; null for a plain call. */
export const callJavaScript = (m: Machine, fn: FunctionValue, receiver: Value | null, args: Args, site: CallSite): Value => {
  m.called.add(fn.node);
  if (m.stack.length >= LIMITS.depth) {
    m.partial(`Calls are followed ${LIMITS.depth} deep; ${fn.name} was not entered`, site.span);
    return unknown('calls nested too deep', site.span);
  }
  const node = fn.node as FunctionStmt;
  const scope = newScope(fn.scope, 'function', fn.scope.module);
  if (!node.isArrow) scope.vars.set('this', receiver ?? UNDEFINED);
  const frame = { fn, self: receiver, site, scope, returns: [] as Value[], yields: [] as Value[] };
  m.stack.push(frame);
  bindParams(m, fn, args, scope, site);
  const done = execute(m, node.body, scope);
  let result: Value = done?.kind === 'return' ? done.value : UNDEFINED;
  if (done?.kind === 'raise') result = frame.returns.pop() ?? unknown('the function throws', site.span);
  if (node.isGenerator) result = list(frame.yields);
  for (const early of frame.returns.reverse()) result = m.join(early, result, site.span);
  m.stack.pop();
  return result;
};

/** Fills the parameters. An entry gives none: defaults hold, and the others are unknown under their names, so that sizes stay symbolic. */
const bindParams = (m: Machine, fn: FunctionValue, args: Args, scope: Scope, site: CallSite): void => {
  const to = { scope, span: site.span, declares: 'let' as const };
  fn.params.forEach((param, i) => {
    if (param.kind === 'varArgs') scope.vars.set(param.name, list(args.positional.slice(i), args.open));
    else {
      const value = argument(m, param, args, i, scope);
      if (param.pattern) bind(m, param.pattern, value, to);
      else
        scope.vars.set(
          param.name,
          value === NOT_GIVEN ? { ...unknown(`argument ${param.name} is not given`, site.span), symbol: param.name } : value,
        );
    }
  });
};

const argument = (m: Machine, param: Param, args: Args, i: number, scope: Scope): Value => {
  const given = args.positional[i];
  if (!given && args.open) return { ...unknown(`argument ${param.name} may come from a spread`), symbol: param.name };
  if (given && !(given.kind === 'none' && given.absent)) return given;
  if (param.default) return evaluate(m, param.default, scope);
  return given ?? NOT_GIVEN;
};

/** The parameters of what a call enters, which are undefined where it gives too few. */
export const paramsOf = (m: Machine, fn: Value): readonly Param[] => {
  switch (fn.kind) {
    case 'function':
      return fn.params;
    case 'bound':
      return fn.fn.kind === 'function' ? fn.fn.params : [];
    case 'class': {
      const init = fn.mro.map((c) => c.attrs.get('__init__')).find((v) => v !== undefined);
      return init ? paramsOf(m, init) : [];
    }
    default:
      return [];
  }
};

export const defineClass = (m: Machine, node: ClassStmt, scope: Scope): ClassValue => {
  const [written] = node.bases;
  const base = written ? evaluate(m, written.value, scope) : OBJECT;
  const known: ClassValue = base.kind === 'class' ? base : OBJECT;
  const mro: ClassValue[] = [];
  const attrs = new Map<string, Value>();
  const cls: ClassValue = {
    kind: 'class',
    name: node.name,
    path: node.name,
    bases: [known],
    mro,
    open: base.kind === 'class' ? base.open : true,
    attrs,
    source: { span: node.span, nameSpan: node.nameSpan, module: scope.module, params: [] },
  };
  mro.push(cls, ...linearize([known]));
  const body: Scope = { ...newScope(scope, 'class', scope.module), owner: cls };
  // Static fields may name the class itself.
  const inside: Scope = newScope(body, 'block', scope.module);
  if (node.name) inside.vars.set(node.name, cls);
  for (const member of node.body) {
    if (member.kind === 'function')
      attrs.set(member.member === 'setter' ? `${member.name}@setter` : member.name, makeFunction(member, body));
    else if (member.kind === 'assign' && member.value && member.targets[0]?.kind === 'name')
      attrs.set(member.targets[0].id, evaluate(m, member.value, inside));
  }
  return cls;
};
