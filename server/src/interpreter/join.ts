/** Joins what the two ways of an unknown condition left in one place. */
import type { Span } from '../text/span.ts';
import type { Machine } from './machine.ts';
import { equal } from './operators.ts';
import { MOST_OPTIONS, unknown, type Value } from './values.ts';

export const join = (m: Machine, a: Value, b: Value, span: Span): Value => {
  if (a === b) return a;
  const special = m.hooks.join(a, b, span, m);
  if (special) return special;
  if (a.kind === 'unknown' && b.kind === 'unknown' && a.symbol !== undefined && a.symbol === b.symbol) return a;
  if (a.kind === b.kind && a.kind !== 'instance' && a.kind !== 'unknown' && equal(m, a, b) === true) return a;
  if (a.kind === 'tuple' && b.kind === 'tuple' && a.items.length === b.items.length)
    return { kind: 'tuple', items: a.items.map((item, i) => join(m, item, b.items[i] as Value, span)) };
  const options = [...new Set([...optionsOf(a), ...optionsOf(b)])];
  const known = options.length <= MOST_OPTIONS && options.every(isOption);
  const joined = { ...unknown('depends on a condition that is not known', span), from: [a, b] };
  return known && options.length > 0 ? { ...joined, options } : joined;
};

const OPTIONS: ReadonlySet<Value['kind']> = new Set(['class', 'function', 'native', 'bound', 'partial', 'instance']);

const isOption = (value: Value): boolean => OPTIONS.has(value.kind);

const optionsOf = (value: Value): readonly Value[] =>
  value.kind === 'none' ? [] : value.kind === 'unknown' ? (value.options ?? [value]) : [value];
