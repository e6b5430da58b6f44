/** Targets of declarations and assignments: names, members, arrays and objects taken apart, with defaults. */
import type { DictExpr, Expr } from '../../syntax/ast.ts';
import type { Span } from '../../text/span.ts';
import type { Machine } from '../machine.ts';
import { siteAt } from '../site.ts';
import type { Scope, Value } from '../values.ts';
import { list, str, UNDEFINED, unknown } from '../values.ts';
import { evaluate } from './expressions.ts';
import { getItem, setIndexed, setMember } from './members.ts';
import { assignName, declare } from './scope.ts';

/** An argument that an entry does not give: what it is taken apart into has its defaults. */
export const NOT_GIVEN: Value = unknown('the argument is not given');

export interface Binding {
  readonly scope: Scope;
  readonly span: Span;
  /** New names of the block, or of the function; undefined where names are assigned. */
  readonly declares?: 'let' | 'var';
}

const isAbsent = (value: Value): boolean => (value.kind === 'none' && value.absent === true) || value === NOT_GIVEN;

export const bind = (m: Machine, target: Expr, value: Value, to: Binding): void => {
  switch (target.kind) {
    case 'name':
      if (to.declares) declare(m, to.scope, target.id, named(value, target.id), to.declares);
      else assignName(m, to.scope, target.id, named(value, target.id));
      return;
    case 'attribute':
      setMember(m, evaluate(m, target.object, to.scope), target.name, value, siteAt(to.span, target.span));
      return;
    case 'subscript':
      setIndexed(m, evaluate(m, target.object, to.scope), evaluate(m, target.index, to.scope), value, to.span);
      return;
    case 'defaulted':
      bind(m, target.target, isAbsent(value) ? evaluate(m, target.value, to.scope) : value, to);
      return;
    case 'starred':
      bind(m, target.value, value, to);
      return;
    case 'list':
      bindItems(m, target.items, value, to);
      return;
    case 'dict':
      bindEntries(m, target.entries, value, to);
      return;
    default:
      return;
  }
};

/** A part that is not known keeps a symbol of its own: `const {units} = config`. */
const named = (value: Value, name: string): Value => (value === NOT_GIVEN ? { ...unknown(`${name} is not given`), symbol: name } : value);

const bindItems = (m: Machine, targets: readonly Expr[], value: Value, to: Binding): void => {
  const items = value === NOT_GIVEN ? undefined : m.iterate(value);
  const open = (value.kind === 'list' || value.kind === 'set') && value.open;
  targets.forEach((target, i) => {
    if (target.kind === 'opaque') return;
    if (target.kind === 'starred') bind(m, target.value, items ? list(items.slice(i), open) : unknown('the rest of an unknown list'), to);
    else bind(m, target, items?.[i] ?? (items && !open ? UNDEFINED : part(value, target, to.span)), to);
  });
};

const part = (value: Value, target: Expr, span: Span): Value => {
  if (value === NOT_GIVEN) return value;
  const from = value.kind === 'unknown' && value.from ? { from: value.from } : {};
  const symbol = target.kind === 'name' ? { symbol: target.id } : {};
  return { ...unknown(value.kind === 'unknown' ? value.reason : 'the parts of this value are not known', span), ...from, ...symbol };
};

const bindEntries = (m: Machine, entries: DictExpr['entries'], value: Value, to: Binding): void => {
  const taken = new Set<string>();
  for (const { key, value: target } of entries) {
    if (!key) {
      bind(
        m,
        target,
        value.kind === 'dict'
          ? { ...value, entries: new Map([...value.entries].filter(([name]) => !taken.has(name))) }
          : unknown('the rest of an unknown object'),
        to,
      );
      continue;
    }
    const name = key.kind === 'string' ? key : evaluate(m, key, to.scope);
    if (name.kind === 'string') taken.add(`s${name.value}`);
    bind(m, target, entry(m, value, name.kind === 'string' ? str(name.value) : (name as Value), target, to.span), to);
  }
};

const entry = (m: Machine, value: Value, key: Value, target: Expr, span: Span): Value => {
  if (value === NOT_GIVEN) return value;
  const found = getItem(m, value, key, span);
  // A member of something unknown is a size by its own name.
  if (found.kind !== 'unknown' || found.symbol !== undefined) return found;
  const name = key.kind === 'string' ? key.value : target.kind === 'name' ? target.id : undefined;
  return name === undefined ? found : { ...found, symbol: name };
};
