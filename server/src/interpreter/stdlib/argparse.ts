/** argparse: what a script takes when nothing is said on its command line. */
import type { Interpreter } from '../api.ts';
import { OBJECT } from '../builtins/types.ts';
import { nativeClass } from '../native.ts';
import type { Args, CallSite, InstanceValue, NativeCall, Value } from '../values.ts';
import { bool, list, args as makeArgs, NONE, tuple, unknown } from '../values.ts';

const NAMESPACE = nativeClass('argparse.Namespace', [OBJECT], {
  __init__: (args, _, m) => {
    const self = args.positional[0];
    if (self?.kind === 'instance') for (const [name, value] of args.keywords) m.storeAttr(self, name, value);
    return NONE;
  },
});

/** Where a parser and its groups keep the arguments: one namespace of defaults. */
const DEFAULTS = ' defaults';

const defaultsOf = (parser: Value | undefined): InstanceValue | undefined => {
  const found = parser?.kind === 'instance' ? parser.attrs.get(DEFAULTS) : undefined;
  return found?.kind === 'instance' ? found : undefined;
};

const newParser: NativeCall = (args, site, m) => {
  const self = args.positional[0];
  if (self?.kind !== 'instance') return NONE;
  const defaults = m.newInstance(NAMESPACE, undefined, site);
  m.storeAttr(self, DEFAULTS, defaults);
  const parents = args.keywords.get('parents');
  for (const parent of (parents && m.iterate(parents)) ?? [])
    for (const [name, value] of defaultsOf(parent)?.attrs ?? []) m.storeAttr(defaults, name, value);
  return NONE;
};

/** `--learning-rate` is `learning_rate`; the first long name counts. */
const destination = (names: readonly string[], args: Args): string | undefined => {
  const given = args.keywords.get('dest');
  if (given?.kind === 'string') return given.value;
  const name = names.find((n) => n.startsWith('--')) ?? names[0];
  return name?.replace(/^-+/, '').replaceAll('-', '_');
};

const FLAGS: Readonly<Record<string, boolean>> = { store_true: false, store_false: true };

/** The default through the argument's `type`, as argparse converts texts. */
const defaultOf = (name: string, args: Args, site: CallSite, m: Interpreter): Value => {
  const [given, action, type] = ['default', 'action', 'type'].map((key) => args.keywords.get(key));
  if (given) return given.kind === 'string' && type ? m.call(type, makeArgs([given]), site) : given;
  if (action?.kind === 'string' && action.value in FLAGS) return bool(FLAGS[action.value] as boolean);
  const optional = args.positional[1]?.kind === 'string' && args.positional[1].value.startsWith('-');
  const required = args.keywords.get('required');
  if (optional && (!required || m.truth(required) === false)) return NONE;
  return { ...unknown(`${name} is given on the command line`, site.span), symbol: name };
};

const addArgument: NativeCall = (args, site, m) => {
  const [self, ...names] = args.positional;
  const defaults = defaultsOf(self);
  const name = destination(
    names.flatMap((n) => (n.kind === 'string' ? [n.value] : [])),
    args,
  );
  if (defaults && name) m.storeAttr(defaults, name, defaultOf(name, args, site, m));
  return NONE;
};

const group: NativeCall = (args, site, m) => {
  const defaults = defaultsOf(args.positional[0]);
  const inner = m.newInstance(PARSER, undefined, site);
  if (defaults) m.storeAttr(inner, DEFAULTS, defaults);
  return inner;
};

const parse: NativeCall = (args, site, m) => {
  const defaults = defaultsOf(args.positional[0]);
  if (!defaults) return unknown('arguments of a parser that is not known', site.span);
  const parsed = m.newInstance(NAMESPACE, undefined, site);
  for (const [name, value] of defaults.attrs) m.storeAttr(parsed, name, value);
  return parsed;
};

const PARSER = nativeClass('argparse.ArgumentParser', [OBJECT], {
  __init__: newParser,
  add_argument: addArgument,
  add_argument_group: group,
  add_mutually_exclusive_group: group,
  set_defaults: (args, _, m) => {
    const defaults = defaultsOf(args.positional[0]);
    if (defaults) for (const [name, value] of args.keywords) m.storeAttr(defaults, name, value);
    return NONE;
  },
  parse_args: parse,
  parse_known_args: (args, site, m) => tuple([parse(args, site, m), list([])]),
});

export const argparse: Readonly<Record<string, Value>> = {
  ArgumentParser: PARSER,
  Namespace: NAMESPACE,
  ArgumentDefaultsHelpFormatter: unknown('a formatter'),
  BooleanOptionalAction: unknown('an action'),
};
