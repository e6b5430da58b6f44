/** Methods of strings, as far as names and shapes are made with them. */
import { native } from '../native.ts';
import type { StringValue, Value } from '../values.ts';
import { bool, int, list, str, unknown } from '../values.ts';
import { textOf } from './operators.ts';

type Method = (self: string, args: readonly string[]) => Value | undefined;

const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

const METHODS: Readonly<Record<string, Method>> = {
  toLowerCase: (s) => str(s.toLowerCase()),
  toUpperCase: (s) => str(s.toUpperCase()),
  trim: (s) => str(s.trim()),
  trimStart: (s) => str(s.trimStart()),
  trimEnd: (s) => str(s.trimEnd()),
  toString: (s: string) => str(s),
  startsWith: (s, [x = '']) => bool(s.startsWith(x)),
  endsWith: (s, [x = '']) => bool(s.endsWith(x)),
  includes: (s, [x = '']) => bool(s.includes(x)),
  indexOf: (s, [x = '']) => int(s.indexOf(x)),
  concat: (s, args) => str(s + args.join('')),
  split: (s, [separator]) => list((separator === undefined ? [s] : s.split(separator)).slice(0, 10_000).map(str)),
  slice: (s, [a, b]) => str(s.slice(number(a), number(b))),
  substring: (s, [a, b]) => str(s.substring(number(a) ?? 0, number(b))),
  charAt: (s, [i]) => str(s.charAt(number(i) ?? 0)),
  replace: (s, [a, b]) => (a === undefined ? undefined : str(s.replace(a, () => b ?? ''))),
  replaceAll: (s, [a, b]) => (a === undefined ? undefined : str(s.split(a).join(b ?? ''))),
  padStart: (s, [n, fill]) => ((number(n) ?? 0) < 1000 ? str(s.padStart(number(n) ?? 0, fill)) : undefined),
  padEnd: (s, [n, fill]) => ((number(n) ?? 0) < 1000 ? str(s.padEnd(number(n) ?? 0, fill)) : undefined),
  repeat: (s, [n]) => ((number(n) ?? 0) * s.length < 10_000 && (number(n) ?? 0) >= 0 ? str(s.repeat(number(n) ?? 0)) : undefined),
};

export const stringMethod = (self: StringValue, name: string): Value | undefined => {
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  if (!method) return undefined;
  return native(
    name,
    (args, site) => {
      const texts = args.positional.map((arg) => textOf(arg));
      const known =
        texts.every((text) => text !== undefined) && args.positional.every((v) => v.kind !== 'unknown' && v.kind !== 'function');
      return (known ? method(self.value, texts as string[]) : undefined) ?? unknown('text of an unknown value', site.span);
    },
    'static',
  );
};
