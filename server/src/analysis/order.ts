/**
 * In which order a file's functions are tried, so that a file of a hundred model factories answers soon and says the most: what no
 * other function calls comes first, and of those that differ in nothing but numbers and texts (`resnet34`, `resnet50`) the first. Those
 * that differ in which numbers and texts they give at all (`stem_type='deep'`) come after the classes.
 * What others call is only tried where they have not shown it: called with nothing it would know less and cost more.
 */
import type { FunctionStmt } from '../syntax/ast.ts';
import type { TopFunction } from './entries.ts';

export interface Order {
  /** Functions that no other one names, each of a form of its own. */
  readonly first: readonly TopFunction[];
  /** Functions that others name. */
  readonly helpers: readonly TopFunction[];
  /** Functions that differ from an earlier one only in which numbers and texts they give by keyword. */
  readonly options: readonly TopFunction[];
  /** Functions that differ from an earlier one only in numbers and texts. */
  readonly variants: readonly TopFunction[];
}

interface Form {
  readonly text: string;
  /** The same without keywords whose value is a number, a text, or a list of such. */
  readonly family: string;
  readonly names: ReadonlySet<string>;
}

const LITERAL = '#';
const PLACES: ReadonlySet<string> = new Set(['span', 'nameSpan', 'anchor']);
/** What is a literal or made of such; a constant is none that counts: `True` is a switch. */
const MAY_BE_LITERAL: ReadonlySet<unknown> = new Set(['number', 'string', 'unary', 'list', 'tuple']);

const forms = new WeakMap<FunctionStmt, Form>();

/** What a function says without its name, its literals and its places. */
const formOf = (statement: FunctionStmt): Form => {
  const known = forms.get(statement);
  if (known) return known;
  const names = new Set<string>();
  const spell = (x: unknown, options: boolean): string => {
    const text = (part: unknown): string => spell(part, options);
    if (typeof x !== 'object' || x === null) return String(x);
    if (Array.isArray(x))
      return `[${x
        .filter((item) => options || !isOption(item))
        .map(text)
        .join()}]`;
    const node = x as Readonly<Record<string, unknown>>;
    switch (node.kind) {
      case 'number':
      case 'string':
      case 'constant':
        return LITERAL;
      case 'name':
        names.add(String(node.id));
        return `n:${node.id}`;
      case 'unary':
        if (text(node.operand) === LITERAL) return LITERAL;
        break;
      case 'list':
      case 'tuple':
        if (Array.isArray(node.items) && node.items.every((item) => text(item) === LITERAL)) return LITERAL;
        break;
      default:
        break;
    }
    let said = '{';
    for (const key in node) if (!PLACES.has(key)) said += `${key}:${text(node[key])},`;
    return `${said}}`;
  };
  /** `name=literal` in a call; a switch (`name=True`) is no mere size. */
  const isOption = (item: unknown): boolean => {
    if (typeof item !== 'object' || item === null || !('splat' in item && 'name' in item && 'value' in item)) return false;
    const { name, value } = item as { readonly name: unknown; readonly value: { readonly kind: unknown } };
    return name !== null && MAY_BE_LITERAL.has(value.kind) && spell(value, true) === LITERAL;
  };
  const said = [statement.params, statement.body];
  const form = { text: spell(said, true), family: spell(said, false), names };
  forms.set(statement, form);
  return form;
};

export const orderOf = (functions: readonly TopFunction[]): Order => {
  const named = new Set<string>();
  for (const { name, statement } of functions) for (const other of formOf(statement).names) if (other !== name) named.add(other);
  const first: TopFunction[] = [];
  const helpers: TopFunction[] = [];
  const options: TopFunction[] = [];
  const variants: TopFunction[] = [];
  const seen = new Set<string>();
  const families = new Set<string>();
  for (const fn of functions) {
    const { text, family } = formOf(fn.statement);
    if (named.has(fn.name)) helpers.push(fn);
    else if (seen.has(text)) variants.push(fn);
    else if (families.has(family)) options.push(fn);
    else first.push(fn);
    seen.add(text);
    families.add(family);
  }
  return { first, helpers, options, variants };
};
