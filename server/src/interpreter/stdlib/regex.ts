/**
 * re: the patterns that model code takes names and block strings apart with. A pattern runs here only where it surely ends soon:
 * short, without a repeated group that repeats inside, without back references; on short text. Anything else is unknown.
 */
import { OBJECT } from '../builtins/types.ts';
import { asNumber, native, nativeClass } from '../native.ts';
import type { Args, CallSite, NativeCall, Value } from '../values.ts';
import { bool, int, list, NONE, str, tuple, unknown } from '../values.ts';

const PATTERN_LENGTH = 120;
const TEXT_LENGTH = 500;

/** A group that is repeated and holds a repetition or a choice, or two repetitions of anything: time may grow without bound. */
const isRisky = (pattern: string): boolean => {
  if (/\\[1-9]|\(\?P=|\(\?</.test(pattern.replaceAll('(?P<', '('))) return true;
  const groups: { repeats: boolean }[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i];
    if (c === '\\') i++;
    else if (c === '[') {
      for (i++; i < pattern.length && pattern[i] !== ']'; i++) if (pattern[i] === '\\') i++;
    } else if (c === '(') groups.push({ repeats: false });
    else if (c === ')') {
      const closed = groups.pop();
      if (closed?.repeats && /[*+{]/.test(pattern[i + 1] ?? '')) return true;
      const outer = groups.at(-1);
      if (closed?.repeats && outer) outer.repeats = true;
    } else if (c === '*' || c === '+' || c === '{' || c === '|') for (const group of groups) group.repeats = true;
  }
  return false;
};

const compiled = new Map<string, RegExp | null>();

/** Python's pattern as JavaScript's; null where it is not run. */
const regexOf = (pattern: string): RegExp | null => {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  let regex: RegExp | null = null;
  if (pattern.length <= PATTERN_LENGTH && !isRisky(pattern)) {
    try {
      regex = new RegExp(pattern.replaceAll('(?P<', '(?<').replaceAll('\\Z', '$').replaceAll('\\A', '^'), 'gu');
    } catch {
      regex = null;
    }
  }
  if (compiled.size > 500) compiled.clear();
  compiled.set(pattern, regex);
  return regex;
};

const MATCH = nativeClass('re.Match', [OBJECT]);

const textOrNone = (text: string | undefined): Value => (text === undefined ? NONE : str(text));

const matchOf =
  (anchor: 'start' | 'whole' | 'anywhere') =>
  (regex: RegExp, text: string, args: Args, site: CallSite, m: Parameters<NativeCall>[2]): Value => {
    void args;
    const found = regex.exec(text);
    if (!found || (anchor !== 'anywhere' && found.index !== 0) || (anchor === 'whole' && found[0].length !== text.length)) return NONE;
    return m.newInstance(MATCH, found, site);
  };

type Operation = (regex: RegExp, text: string, args: Args, site: CallSite, m: Parameters<NativeCall>[2]) => Value;

/** Arguments after the pattern and the text are in `args.positional` from 0 on. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  match: matchOf('start'),
  fullmatch: matchOf('whole'),
  search: matchOf('anywhere'),
  split: (regex, text, args) => {
    const limit = asNumber(args.positional[0] ?? args.keywords.get('maxsplit'));
    if (limit) return unknown('split() with a limit');
    return list(text.split(regex).map(textOrNone));
  },
  findall: (regex, text) =>
    list(
      [...text.matchAll(regex)].map((found) =>
        found.length === 1
          ? str(found[0])
          : found.length === 2
            ? str(found[1] ?? '')
            : tuple(found.slice(1).map((part) => str(part ?? ''))),
      ),
    ),
  sub: (regex, text, args, site) => {
    const [replacement] = args.positional;
    if (replacement?.kind !== 'string' || args.positional.length > 1) return unknown('sub() with what is not a text', site.span);
    const by = replacement.value
      .replaceAll('$', '$$$$')
      .replace(/\\g<(\w+)>/g, (_, name: string) => (/^\d/.test(name) ? `$${name}` : `$<${name}>`));
    return str(text.replace(regex, by.replace(/\\(\d)/g, '$$$1')));
  },
};

const run = (name: string, pattern: Value | undefined, rest: Args, site: CallSite, m: Parameters<NativeCall>[2]): Value => {
  const operation = OPERATIONS[name] as Operation;
  // `re.sub(pattern, replacement, text)`: the text comes last.
  const [first, second, ...more] = rest.positional;
  const [subject, others] = name === 'sub' ? [second, first ? [first, ...more] : more] : [first, second ? [second, ...more] : more];
  const regex = pattern?.kind === 'string' ? regexOf(pattern.value) : null;
  if (!regex || subject?.kind !== 'string' || subject.value.length > TEXT_LENGTH) return unknown(`${name}() of an unknown text`, site.span);
  regex.lastIndex = 0;
  return operation(regex, subject.value, { ...rest, positional: others }, site, m);
};

const PATTERN = nativeClass(
  're.Pattern',
  [OBJECT],
  Object.fromEntries(
    Object.keys(OPERATIONS).map((name): [string, NativeCall] => [
      name,
      (args, site, m) => {
        const [self, ...rest] = args.positional;
        return run(name, self?.kind === 'instance' ? (self.data as Value) : undefined, { ...args, positional: rest }, site, m);
      },
    ]),
  ),
);

const found = (value: Value | undefined): RegExpExecArray | undefined =>
  value?.kind === 'instance' && value.cls === MATCH ? (value.data as RegExpExecArray) : undefined;

const groupOf = (match: RegExpExecArray, key: Value): Value => {
  if (key.kind === 'string') return textOrNone(match.groups?.[key.value]);
  const index = asNumber(key);
  return index === undefined ? unknown('a group that is not known') : textOrNone(match[index]);
};

const method = (name: string, read: (match: RegExpExecArray, args: readonly Value[]) => Value): void => {
  MATCH.attrs.set(
    name,
    native(name, (args, site) => {
      const match = found(args.positional[0]);
      return match ? read(match, args.positional.slice(1)) : unknown('a match that is not known', site.span);
    }),
  );
};
method('group', (match, keys) => (keys.length <= 1 ? groupOf(match, keys[0] ?? int(0)) : tuple(keys.map((key) => groupOf(match, key)))));
method('__getitem__', (match, [key]) => groupOf(match, key ?? int(0)));
method('groups', (match) => tuple(match.slice(1).map(textOrNone)));
method('groupdict', (match) => ({
  kind: 'dict',
  entries: new Map(Object.entries(match.groups ?? {}).map(([name, text]) => [`s${name}`, { key: str(name), value: textOrNone(text) }])),
  open: false,
}));
method('start', (match) => int(match.index));
method('end', (match) => int(match.index + match[0].length));
method('__bool__', () => bool(true));

export const regex: Readonly<Record<string, NativeCall | Value>> = {
  ...Object.fromEntries(
    Object.keys(OPERATIONS).map((name): [string, NativeCall] => [
      name,
      (args, site, m) => {
        const [pattern, ...rest] = args.positional;
        const own = pattern?.kind === 'instance' && pattern.cls === PATTERN ? (pattern.data as Value) : pattern;
        return run(name, own, { ...args, positional: rest }, site, m);
      },
    ]),
  ),
  compile: (args, site, m) => {
    const [pattern, flags] = args.positional;
    return pattern?.kind === 'string' && !flags && args.keywords.size === 0
      ? m.newInstance(PATTERN, pattern, site)
      : unknown('a pattern that is not known', site.span);
  },
};
