/** Constructor arguments given by hand (`--args`), from JSON to values. */
import { type Args, bool, float, int, keyOf, list, NONE, str, type Value } from '../interpreter/values.ts';

const fromJson = (x: unknown): Value => {
  if (x === null || x === undefined) return NONE;
  if (typeof x === 'boolean') return bool(x);
  if (typeof x === 'number') return Number.isInteger(x) ? int(x) : float(x);
  if (typeof x === 'string') return str(x);
  if (Array.isArray(x)) return list(x.map(fromJson));
  const entries = new Map(
    Object.entries(x).map(([name, value]) => [keyOf(str(name)) as string, { key: str(name), value: fromJson(value) }]),
  );
  return { kind: 'dict', entries, open: false };
};

export const argsFromJson = (options: {
  readonly args?: readonly unknown[] | Readonly<Record<string, unknown>>;
  readonly input?: readonly (number | null)[];
}): { readonly args?: Args; readonly input?: readonly (number | null)[] } => {
  const { args, input } = options;
  const values: Args | undefined =
    args === undefined
      ? undefined
      : Array.isArray(args)
        ? { positional: args.map(fromJson), keywords: new Map(), open: false }
        : { positional: [], keywords: new Map(Object.entries(args).map(([name, value]) => [name, fromJson(value)])), open: false };
  return { ...(values ? { args: values } : {}), ...(input ? { input } : {}) };
};
