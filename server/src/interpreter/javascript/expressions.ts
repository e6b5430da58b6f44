/** Evaluates JavaScript expressions to values. */
import type { CallExpr, Expr, FormatExpr } from '../../syntax/ast.ts';
import type { Span } from '../../text/span.ts';
import { runBoth } from '../branches.ts';
import { callValue } from '../calls.ts';
import type { Machine } from '../machine.ts';
import { findInClass } from '../objects.ts';
import type { Args, CallSite, ClassValue, Scope, Value } from '../values.ts';
import { bool, FALSE, list, args as makeArgs, NONE, str, TRUE, UNDEFINED, unknown } from '../values.ts';
import { defineClass, makeFunction, paramsOf } from './functions.ts';
import { getItem, getMember } from './members.ts';
import { requireModule } from './modules.ts';
import { binary, compare, number, textOf, truth, unary } from './operators.ts';
import { bind } from './patterns.ts';
import { lookup } from './scope.ts';

export const evaluate = (m: Machine, e: Expr, scope: Scope): Value => {
  if (!m.spend(1)) return unknown('the step budget was used up');
  switch (e.kind) {
    case 'name':
      if (e.id === 'super') return superOf(m, scope) ?? unknown('super outside a class', e.span);
      return lookup(m, scope, e.id) ?? (e.id === 'this' ? UNDEFINED : { ...unknown(`${e.id} is not defined here`, e.span), path: e.id });
    case 'number':
      return number(e.value);
    case 'string':
      return str(e.value);
    case 'format':
      return template(m, e, scope);
    case 'constant':
      return e.value === 'undefined' ? UNDEFINED : e.value === null ? NONE : e.value === true ? TRUE : e.value === false ? FALSE : NONE;
    case 'list':
      return array(m, e.items, scope);
    case 'dict':
      return object(m, e.entries, scope);
    case 'attribute': {
      const target = evaluate(m, e.object, scope);
      return e.optional && target.kind === 'none' ? UNDEFINED : getMember(m, target, e.name, e.span);
    }
    case 'subscript': {
      const target = evaluate(m, e.object, scope);
      return e.optional && target.kind === 'none' ? UNDEFINED : getItem(m, target, evaluate(m, e.index, scope), e.span);
    }
    case 'call':
      return call(m, e, scope);
    case 'unary':
      return unary(e.op, evaluate(m, e.operand, scope), e.span);
    case 'binary':
      return binary(e.op, evaluate(m, e.left, scope), evaluate(m, e.right, scope), e.span);
    case 'logical':
      return logical(m, e.op, e.left, e.right, scope, e.span);
    case 'compare': {
      const [link] = e.links;
      return link ? compare(m, link.op, evaluate(m, e.first, scope), evaluate(m, link.right, scope), e.span) : TRUE;
    }
    case 'conditional': {
      const test = truth(evaluate(m, e.test, scope));
      if (test !== undefined) return evaluate(m, test ? e.body : e.orElse, scope);
      return m.join(evaluate(m, e.body, scope), evaluate(m, e.orElse, scope), e.span);
    }
    case 'definition':
      return e.statement.kind === 'class' ? defineClass(m, e.statement, scope) : makeFunction(e.statement, scope);
    case 'named': {
      const value = evaluate(m, e.value, scope);
      bind(m, e.target, value, { scope, span: e.span });
      return value;
    }
    case 'defaulted':
    case 'starred':
      return evaluate(m, e.value, scope);
    case 'await':
      return e.value ? evaluate(m, e.value, scope) : UNDEFINED;
    case 'yield': {
      m.stack.at(-1)?.yields.push(e.value ? evaluate(m, e.value, scope) : UNDEFINED);
      return unknown('what a generator is sent', e.span);
    }
    case 'opaque':
      return unknown(e.reason, e.span);
    default:
      return unknown('not JavaScript', e.span);
  }
};

const array = (m: Machine, exprs: readonly Expr[], scope: Scope): Value => {
  const items: Value[] = [];
  let open = false;
  for (const e of exprs) {
    const value = evaluate(m, e.kind === 'starred' ? e.value : e, scope);
    if (e.kind !== 'starred') {
      items.push(value);
      continue;
    }
    const inner = m.iterate(value);
    if (inner) for (const one of inner) items.push(one);
    if (!inner || ((value.kind === 'list' || value.kind === 'set') && value.open)) open = true;
  }
  return list(items, open);
};

const object = (m: Machine, entries: readonly { readonly key: Expr | null; readonly value: Expr }[], scope: Scope): Value => {
  const map = new Map<string, { key: Value; value: Value }>();
  let open = false;
  for (const entry of entries) {
    const value = evaluate(m, entry.value, scope);
    if (!entry.key) {
      if (value.kind === 'dict') for (const [k, v] of value.entries) map.set(k, v);
      if ((value.kind !== 'dict' && value.kind !== 'none') || (value.kind === 'dict' && value.open)) open = true;
      continue;
    }
    const key = textOf(evaluate(m, entry.key, scope));
    if (key === undefined) open = true;
    else map.set(`s${key}`, { key: str(key), value });
  }
  return { kind: 'dict', entries: map, open };
};

const template = (m: Machine, e: FormatExpr, scope: Scope): Value => {
  let text = '';
  for (const part of e.parts) {
    const piece = typeof part === 'string' ? part : textOf(evaluate(m, part.value, scope));
    if (piece === undefined) return unknown('text of an unknown value', e.span);
    text += piece;
  }
  return str(text);
};

const logical = (m: Machine, op: 'and' | 'or' | '??', left: Expr, right: Expr, scope: Scope, span: Span): Value => {
  const a = evaluate(m, left, scope);
  if (op === '??') {
    if (a.kind === 'unknown') return m.join(a, evaluate(m, right, scope), span);
    return a.kind === 'none' ? evaluate(m, right, scope) : a;
  }
  const test = truth(a);
  if (test !== undefined) return test === (op === 'and') ? evaluate(m, right, scope) : a;
  const b = evaluate(m, right, scope);
  const other = truth(b);
  // `unknown && false` is no truth, `unknown || true` is one, whatever the unknown is.
  if (op === 'and' && other === false && b.kind === 'bool') return bool(false);
  if (op === 'or' && other === true && b.kind === 'bool') return bool(true);
  return m.join(a, b, span);
};

/** The class that holds the code, and the object that it runs on. */
const superOf = (m: Machine, scope: Scope): { readonly kind: 'super'; readonly cls: ClassValue; readonly self: Value } | undefined => {
  let owner: ClassValue | undefined;
  for (let s: Scope | null = scope; s && !owner; s = s.parent) owner = s.kind === 'class' ? s.owner : undefined;
  const self = lookup(m, scope, 'this');
  return owner && self ? { kind: 'super', cls: owner, self } : undefined;
};

const call = (m: Machine, e: CallExpr, scope: Scope): Value => {
  if (e.callee.kind === 'name' && e.callee.id === 'super') return superCall(m, e, scope);
  const fn = evaluate(m, e.callee, scope);
  if (e.optional && fn.kind === 'none') return UNDEFINED;
  const { args, argSpans } = evaluateArgs(m, e, scope);
  const site: CallSite = { span: e.span, nameSpan: e.callee.span, argSpans };
  if (e.callee.kind === 'name' && (e.callee.id === 'require' || e.callee.id === 'import') && fn.kind === 'unknown') {
    const [name] = args.positional;
    return name?.kind === 'string' ? requireModule(m, name.value, scope) : unknown('a module whose name is not known', e.span);
  }
  if (fn.kind === 'unknown') callBack(m, e, args, scope);
  const params = paramsOf(m, fn);
  return callValue(m, fn, args.open || params.length <= args.positional.length ? args : padded(args, params.length), site);
};

const padded = (args: Args, length: number): Args => ({
  ...args,
  positional: [...args.positional, ...Array.from({ length: length - args.positional.length }, () => UNDEFINED)],
});

const superCall = (m: Machine, e: CallExpr, scope: Scope): Value => {
  const { args, argSpans } = evaluateArgs(m, e, scope);
  const site: CallSite = { span: e.span, nameSpan: e.callee.span, argSpans };
  const base = superOf(m, scope);
  if (base?.self.kind !== 'instance') return UNDEFINED;
  const init = findInClass(base.self.cls, '__init__', base.cls);
  if (init?.kind !== 'function' && init?.kind !== 'native') return UNDEFINED;
  callValue(
    m,
    { kind: 'bound', fn: init, self: base.self },
    init.kind === 'function' && !args.open ? padded(args, Math.max(args.positional.length, init.params.length)) : args,
    site,
  );
  return base.self;
};

/**
 * A function that is written where it is handed to something unknown (a button's listener) may be called: it is followed once, and
 * what it changes is in doubt.
 */
const callBack = (m: Machine, e: CallExpr, args: Args, scope: Scope): void => {
  e.args.forEach((arg, i) => {
    const fn = args.positional[i];
    if (arg.value.kind !== 'definition' || fn?.kind !== 'function') return;
    runBoth(
      m,
      scope,
      arg.span,
      () => {
        callValue(m, fn, makeArgs(fn.params.map((p) => ({ ...unknown('an argument of a callback', arg.span), symbol: p.name }))), {
          span: e.span,
          nameSpan: e.callee.span,
          argSpans: new Map(),
        });
        return null;
      },
      () => null,
    );
  });
};

const evaluateArgs = (m: Machine, e: CallExpr, scope: Scope): { args: Args; argSpans: Map<number | string, Span> } => {
  const positional: Value[] = [];
  const argSpans = new Map<number | string, Span>();
  let open = false;
  for (const arg of e.args) {
    const value = evaluate(m, arg.value, scope);
    if (arg.splat === '*') {
      const items = m.iterate(value);
      if (items) for (const item of items) positional.push(item);
      if (!items || (value.kind === 'list' && value.open)) open = true;
      continue;
    }
    argSpans.set(positional.length, arg.value.span);
    // A configuration object stands for keyword arguments: each knows where it is written.
    if (arg.value.kind === 'dict')
      for (const { key, value: v } of arg.value.entries) if (key?.kind === 'string') argSpans.set(key.value, v.span);
    positional.push(value);
  }
  return { args: { positional, keywords: new Map(), open }, argSpans };
};
