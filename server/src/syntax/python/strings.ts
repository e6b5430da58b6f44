/** Strings, f-strings and their implicit concatenation. */
import type { Expr, FormatExpr } from '../ast.ts';
import { type Context, opaque, spanOf, textOf } from '../context.ts';
import { type CstNode, named } from '../cst.ts';
import { lowerExpr, lowerList } from './expressions.ts';
import { decodeText, readPrefix } from './literals.ts';

type Part = FormatExpr['parts'][number];

/** `{value:spec}` or `{value!r:spec}`: the spec as written, from after the colon or from the conversion on. */
const interpolation = (node: CstNode, context: Context): Part[] => {
  const inside = named(node);
  const values = inside.filter((child) => child.type !== 'format_specifier' && child.type !== 'type_conversion');
  const value = values.length === 1 ? lowerExpr(values[0]!, context) : lowerList(values, node, context);
  const conversion = inside.find((child) => child.type === 'type_conversion');
  const format = inside.find((child) => child.type === 'format_specifier');
  const specText = format ? textOf(format, context) : '';
  const spec = conversion ? textOf(conversion, context) + specText : specText.replace(/^:/, '');
  const part: Part = { value, spec };
  // `{x=}` prints the expression itself before its value.
  if (!node.children.some((child) => child.token && child.type === '=')) return [part];
  const equals = context.source.text.indexOf('=', values.at(-1)?.end ?? node.start);
  return [context.source.text.slice(node.start + 1, equals + 1), part];
};

const partsOf = (node: CstNode, context: Context): readonly Part[] | undefined => {
  const literal = textOf(node, context);
  const prefix = readPrefix(literal);
  if (prefix.bytes) return undefined;
  const closed = node.children.some((child) => child.type === 'string_end' && child.end > child.start);
  const stop = node.end - (closed ? prefix.quotes : 0);
  const parts: Part[] = [];
  let position = node.start + prefix.length;
  const literalUpTo = (end: number): void => {
    if (end <= position) return;
    const text = decodeText(context.source.text.slice(position, end), prefix.raw);
    parts.push(prefix.format ? text.replaceAll('{{', '{').replaceAll('}}', '}') : text);
  };
  for (const child of node.children) {
    if (child.type !== 'interpolation') continue;
    literalUpTo(child.start);
    parts.push(...interpolation(child, context));
    position = child.end;
  }
  literalUpTo(stop);
  return parts;
};

export const lowerString = (node: CstNode, context: Context): Expr => {
  const strings = node.type === 'concatenated_string' ? named(node) : [node];
  const parts: Part[] = [];
  for (const string of strings) {
    if (string.type !== 'string') return opaque(node, 'half-typed string', context);
    const own = partsOf(string, context);
    if (!own) return opaque(node, 'bytes', context);
    for (const part of own) {
      const last = parts.at(-1);
      if (typeof part === 'string' && typeof last === 'string') parts[parts.length - 1] = last + part;
      else parts.push(part);
    }
  }
  const span = spanOf(node, context);
  const [only] = parts;
  if (parts.length === 0) return { kind: 'string', value: '', span };
  if (parts.length === 1 && typeof only === 'string') return { kind: 'string', value: only, span };
  return { kind: 'format', parts, span };
};
