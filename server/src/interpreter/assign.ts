/** Assignment and deletion: names, attributes, items, tuples with one star. */
import type { Expr } from '../syntax/ast.ts';
import type { Span } from '../text/span.ts';
import { evaluate } from './expressions.ts';
import type { Machine } from './machine.ts';
import { setItem } from './operators.ts';
import { store } from './scope.ts';
import { siteAt } from './site.ts';
import type { Scope, Value } from './values.ts';
import { list, unknown } from './values.ts';

export const assign = (m: Machine, target: Expr, value: Value, scope: Scope, span: Span): void => {
  switch (target.kind) {
    case 'name':
      store(m, scope, target.id, value);
      m.hooks.named?.(value, target.id, false, m);
      return;
    case 'attribute':
      m.setAttr(evaluate(m, target.object, scope), target.name, value, siteAt(span, target.span));
      m.hooks.named?.(value, target.name, true, m);
      return;
    case 'subscript': {
      const index = evaluate(m, target.index, scope);
      setItem(m, evaluate(m, target.object, scope), index, value, siteAt(span, target.span));
      if (index.kind === 'string') m.hooks.named?.(value, index.value, true, m);
      return;
    }
    case 'starred':
      assign(m, target.value, value, scope, span);
      return;
    case 'tuple':
    case 'list':
      unpack(m, target.items, value, scope, span);
      return;
    default:
      return;
  }
};

const unpack = (m: Machine, targets: readonly Expr[], value: Value, scope: Scope, span: Span): void => {
  const items = m.iterate(value);
  const star = targets.findIndex((t) => t.kind === 'starred');
  const rest = targets.length - 1 - star;
  targets.forEach((target, i) => {
    let part: Value | undefined;
    if (items) {
      if (star < 0 || i < star) part = items[i];
      else if (i === star) part = list(items.slice(star, items.length - rest));
      else part = items[items.length - (targets.length - i)];
    }
    assign(m, target, part ?? missingPart(value, target, span), scope, span);
  });
};

/** A part of something unknown keeps a symbol of its own: `b, c, h, w = x.shape` names its sizes. */
const missingPart = (value: Value, target: Expr, span: Span): Value => {
  const part = unknown(value.kind === 'unknown' ? value.reason : 'the parts of this value are not known', span);
  const from = value.kind === 'unknown' && value.from ? { from: value.from } : {};
  return target.kind === 'name' ? { ...part, ...from, symbol: target.id } : { ...part, ...from };
};

export const remove = (m: Machine, target: Expr, scope: Scope): void => {
  if (target.kind === 'name') {
    scope.vars.delete(target.id);
    return;
  }
  if (target.kind === 'subscript') {
    const object = evaluate(m, target.object, scope);
    const key = evaluate(m, target.index, scope);
    if (object.kind === 'list' && key.kind === 'slice') {
      setItem(m, object, key, list([]), siteAt(target.span));
      return;
    }
    const method = object.kind === 'instance' ? '__delitem__' : object.kind === 'dict' ? 'pop' : object.kind === 'list' ? 'pop' : null;
    if (method) m.callMethod(object, method, { positional: [key], keywords: new Map(), open: false }, siteAt(target.span));
    return;
  }
  if (target.kind === 'attribute') {
    const object = evaluate(m, target.object, scope);
    if (
      m.callMethod(
        object,
        '__delattr__',
        { positional: [{ kind: 'string', value: target.name }], keywords: new Map(), open: false },
        siteAt(target.span),
      )
    )
      return;
    if (object.kind === 'instance') {
      const { attrs } = object;
      m.write<Value | undefined>(object, target.name, attrs.get(target.name), undefined, (v) =>
        v ? attrs.set(target.name, v) : attrs.delete(target.name),
      );
    }
  }
};
