/** Evaluates expressions to values. */
import type { CallExpr, ComprehensionExpr, Expr, FormatExpr } from '../syntax/ast.ts';
import type { Span } from '../text/span.ts';
import { assign } from './assign.ts';
import { callValue } from './calls.ts';
import { makeFunction } from './functions.ts';
import { LIMITS } from './limits.ts';
import type { Machine } from './machine.ts';
import { superOf } from './objects.ts';
import { compare, formatValue, item, unary } from './operators.ts';
import { lookup, newScope } from './scope.ts';
import type { Args, CallSite, Scope, Value } from './values.ts';
import { bool, ELLIPSIS, FALSE, float, int, keyOf, list, NO_KEYWORDS, NONE, str, TRUE, textFrom, unknown } from './values.ts';

export const evaluate = (m: Machine, e: Expr, scope: Scope): Value => {
  if (!m.spend(1)) return unknown('the step budget was used up');
  switch (e.kind) {
    case 'name':
      return lookup(m, scope, e.id) ?? { ...unknown(`${e.id} is not defined here`, e.span), path: e.id };
    case 'number':
      return e.float ? float(e.value) : int(e.value);
    case 'string':
      return str(e.value);
    case 'format':
      return formatString(m, e, scope);
    case 'constant':
      return e.value === null ? NONE : e.value === 'ellipsis' ? ELLIPSIS : e.value === 'undefined' ? NONE : e.value ? TRUE : FALSE;
    case 'list': {
      const { items, open } = sequence(m, e.items, scope);
      return list(items, open);
    }
    case 'tuple':
      return { kind: 'tuple', items: sequence(m, e.items, scope).items };
    case 'set':
      return { kind: 'set', ...sequence(m, e.items, scope) };
    case 'dict':
      return dict(m, e.entries, scope);
    case 'attribute': {
      const value = m.getAttr(evaluate(m, e.object, scope), e.name, e.span);
      // Sizes of data that only running would give (`X.shape[1]`) are symbols.
      if (value.kind === 'unknown' && value.symbol === undefined && e.name === 'shape' && e.object.kind === 'name')
        return { ...value, symbol: `${e.object.id}.shape` };
      return value;
    }
    case 'subscript':
      return item(m, evaluate(m, e.object, scope), evaluate(m, e.index, scope), e.span);
    case 'slice':
      return {
        kind: 'slice',
        lower: e.lower ? evaluate(m, e.lower, scope) : NONE,
        upper: e.upper ? evaluate(m, e.upper, scope) : NONE,
        step: e.step ? evaluate(m, e.step, scope) : NONE,
      };
    case 'call':
      return call(m, e, scope);
    case 'unary':
      return unary(m, e.op, evaluate(m, e.operand, scope), e.span);
    case 'binary':
      return m.binary(e.op, evaluate(m, e.left, scope), evaluate(m, e.right, scope), e.span);
    case 'logical':
      return logical(m, e.op, e.left, e.right, scope, e.span);
    case 'compare': {
      let left = evaluate(m, e.first, scope);
      let known: boolean | undefined = true;
      for (const link of e.links) {
        const right = evaluate(m, link.right, scope);
        const result = compare(m, link.op, left, right, e.span);
        if (e.links.length === 1) return result;
        const answer = m.truth(result);
        if (answer === false) return FALSE;
        if (answer === undefined) known = undefined;
        left = right;
      }
      return known === undefined ? unknown('comparison of unknown values', e.span) : bool(known);
    }
    case 'conditional': {
      const test = m.truth(evaluate(m, e.test, scope));
      if (test !== undefined) return evaluate(m, test ? e.body : e.orElse, scope);
      return m.join(evaluate(m, e.body, scope), evaluate(m, e.orElse, scope), e.span);
    }
    case 'lambda':
      return makeFunction(m, e, scope);
    case 'comprehension':
      return comprehension(m, e, scope);
    case 'named': {
      const value = evaluate(m, e.value, scope);
      assign(m, e.target, value, scope, e.span);
      return value;
    }
    case 'starred':
      return evaluate(m, e.value, scope);
    case 'await':
      return e.value ? evaluate(m, e.value, scope) : NONE;
    case 'yield': {
      const value = e.value ? evaluate(m, e.value, scope) : NONE;
      m.stack.at(-1)?.yields.push(value);
      return unknown('what a generator is sent', e.span);
    }
    case 'defaulted':
    case 'definition':
      return unknown('not Python', e.span);
    case 'opaque':
      return unknown(e.reason, e.span);
  }
};

/** Items of a display, `*x` expanded. */
const sequence = (m: Machine, exprs: readonly Expr[], scope: Scope): { items: Value[]; open: boolean } => {
  const items: Value[] = [];
  let open = false;
  for (const e of exprs) {
    if (e.kind !== 'starred') {
      items.push(evaluate(m, e, scope));
      continue;
    }
    const value = evaluate(m, e.value, scope);
    const inner = m.iterate(value);
    if (inner) for (const one of inner) items.push(one);
    if (!inner || ((value.kind === 'list' || value.kind === 'set') && value.open)) open = true;
  }
  return { items, open };
};

const dict = (m: Machine, entries: readonly { readonly key: Expr | null; readonly value: Expr }[], scope: Scope): Value => {
  const map = new Map<string, { key: Value; value: Value }>();
  let open = false;
  for (const entry of entries) {
    const value = evaluate(m, entry.value, scope);
    if (!entry.key) {
      if (value.kind === 'dict') for (const [k, v] of value.entries) map.set(k, v);
      if (value.kind !== 'dict' || value.open) open = true;
      continue;
    }
    const key = evaluate(m, entry.key, scope);
    const text = keyOf(key);
    if (text === undefined) open = true;
    else map.set(text, { key, value });
  }
  return { kind: 'dict', entries: map, open };
};

const formatString = (m: Machine, e: FormatExpr, scope: Scope): Value => {
  let text = '';
  const values: Value[] = [];
  for (const part of e.parts) {
    if (typeof part === 'string') {
      text += part;
      continue;
    }
    const value = evaluate(m, part.value, scope);
    values.push(value);
    const piece = formatValue(m, value, part.spec);
    if (piece === undefined) return unknown('text of an unknown value', e.span);
    text += piece;
  }
  return textFrom(text, values);
};

const logical = (m: Machine, op: 'and' | 'or' | '??', left: Expr, right: Expr, scope: Scope, span: Span): Value => {
  const a = evaluate(m, left, scope);
  if (op === '??') return a.kind === 'none' ? evaluate(m, right, scope) : a;
  const test = m.truth(a);
  if (test === undefined) {
    const b = evaluate(m, right, scope);
    const other = m.truth(b);
    // `unknown and False` is false, `unknown or True` true, whatever the unknown is.
    if (op === 'and' && other === false && b.kind === 'bool') return FALSE;
    if (op === 'or' && other === true && b.kind === 'bool') return TRUE;
    return m.join(a, b, span);
  }
  return test === (op === 'and') ? evaluate(m, right, scope) : a;
};

const call = (m: Machine, e: CallExpr, scope: Scope): Value => {
  if (e.callee.kind === 'name' && e.callee.id === 'super' && e.args.length === 0) return superOf(scope, m);
  const fn = evaluate(m, e.callee, scope);
  if (e.callee.kind === 'name' && e.callee.id === 'locals' && fn.kind === 'native') return unknown('locals()', e.span);
  const fixed = siteOf(e);
  if (fixed) return callValue(m, fn, evaluateArgs(m, e, scope, null), fixed);
  const argSpans = new Map<number | string, Span>();
  const args = evaluateArgs(m, e, scope, argSpans);
  return callValue(m, fn, args, { span: e.span, nameSpan: e.callee.span, argSpans });
};

const sites = new WeakMap<CallExpr, CallSite | null>();

/** Where a call is written, the same each time; null where `*xs` moves the positions of its arguments. */
const siteOf = (e: CallExpr): CallSite | null => {
  let site = sites.get(e);
  if (site !== undefined) return site;
  site = null;
  if (!e.args.some((arg) => arg.splat === '*')) {
    const argSpans = new Map<number | string, Span>();
    let position = 0;
    for (const arg of e.args) if (arg.splat === '') argSpans.set(arg.name ?? position++, arg.value.span);
    site = { span: e.span, nameSpan: e.callee.span, argSpans };
  }
  sites.set(e, site);
  return site;
};

/** Arguments of a call, and in `argSpans`, where given, the place of each. */
const evaluateArgs = (m: Machine, e: CallExpr, scope: Scope, argSpans: Map<number | string, Span> | null): Args => {
  const positional: Value[] = [];
  let keywords: Map<string, Value> | null = null;
  let open = false;
  for (const arg of e.args) {
    const value = evaluate(m, arg.value, scope);
    if (arg.splat === '*') {
      const items = m.iterate(value);
      if (items) for (const item of items) positional.push(item);
      if (!items) open = true;
      else if ((value.kind === 'list' || value.kind === 'set') && value.open)
        m.partial('A list of unknown length is followed for the items that are known', arg.span);
    } else if (arg.splat === '**') {
      if (value.kind === 'dict') {
        keywords ??= new Map();
        for (const { key, value: v } of value.entries.values()) if (key.kind === 'string') keywords.set(key.value, v);
      }
      if (value.kind !== 'dict' || value.open) open = true;
    } else if (arg.name !== null) {
      keywords ??= new Map();
      keywords.set(arg.name, value);
      argSpans?.set(arg.name, arg.value.span);
    } else {
      argSpans?.set(positional.length, arg.value.span);
      positional.push(value);
    }
  }
  return { positional, keywords: keywords ?? NO_KEYWORDS, open };
};

const comprehension = (m: Machine, e: ComprehensionExpr, scope: Scope): Value => {
  const inner = newScope(scope, 'function', scope.module);
  const items: Value[] = [];
  const entries = new Map<string, { key: Value; value: Value }>();
  let open = false;
  const emit = (): void => {
    const value = evaluate(m, e.element, inner);
    if (!e.key) {
      items.push(value);
      return;
    }
    const key = evaluate(m, e.key, inner);
    const text = keyOf(key);
    if (text === undefined) open = true;
    else entries.set(text, { key, value });
  };
  const run = (index: number): void => {
    const clause = e.clauses[index];
    if (!clause) {
      emit();
      return;
    }
    const iterable = evaluate(m, clause.iterable, inner);
    const values = m.iterate(iterable);
    if (!values || ((iterable.kind === 'list' || iterable.kind === 'set') && iterable.open)) open = true;
    const symbolic: Value =
      iterable.kind === 'range'
        ? { ...unknown('loop variable'), symbol: clause.target.kind === 'name' ? clause.target.id : 'i' }
        : unknown('item of an unknown iterable', clause.iterable.span);
    let count = 0;
    for (const value of values ?? [symbolic]) {
      if (++count > LIMITS.iterations) {
        m.partial(`A comprehension of ${values?.length} items is followed for the first ${LIMITS.iterations}`, clause.iterable.span);
        open = true;
        break;
      }
      if (m.outOfFuel) {
        open = true;
        break;
      }
      assign(m, clause.target, value, inner, clause.target.span);
      const tests = clause.conditions.map((c) => m.truth(evaluate(m, c, inner)));
      if (tests.includes(false)) continue;
      if (tests.includes(undefined)) open = true;
      run(index + 1);
    }
  };
  run(0);
  if (e.of === 'dict') return { kind: 'dict', entries, open };
  if (e.of === 'set') return { kind: 'set', items, open };
  return list(items, open);
};
