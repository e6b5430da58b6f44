/** inspect: signatures of functions of the source, and what kind of thing a value is. */
import type { Param } from '../../syntax/ast.ts';
import { OBJECT } from '../builtins/types.ts';
import type { Machine } from '../machine.ts';
import { nativeClass } from '../native.ts';
import { findInClass } from '../objects.ts';
import type { Args, CallSite, FunctionValue, InstanceValue, NativeCall, Value } from '../values.ts';
import { bool, NONE, str, unknown } from '../values.ts';

const EMPTY = nativeClass('inspect._empty', [OBJECT]);

const KINDS: Readonly<Record<Param['kind'], Value>> = {
  positionalOnly: str('POSITIONAL_ONLY'),
  positional: str('POSITIONAL_OR_KEYWORD'),
  keywordOnly: str('KEYWORD_ONLY'),
  varArgs: str('VAR_POSITIONAL'),
  varKeywords: str('VAR_KEYWORD'),
};

const PARAMETER = nativeClass('inspect.Parameter', [OBJECT], {
  empty: EMPTY,
  POSITIONAL_ONLY: KINDS.positionalOnly,
  POSITIONAL_OR_KEYWORD: KINDS.positional,
  KEYWORD_ONLY: KINDS.keywordOnly,
  VAR_POSITIONAL: KINDS.varArgs,
  VAR_KEYWORD: KINDS.varKeywords,
});

const BOUND = nativeClass('inspect.BoundArguments', [OBJECT], {
  apply_defaults: ({ positional: [self] }, _site, m) => {
    const [given, fn] = self?.kind === 'instance' ? [self.attrs.get('arguments'), self.data as Signature | undefined] : [];
    if (given?.kind !== 'dict' || !fn || self?.kind !== 'instance') return NONE;
    const entries = new Map<string, { key: Value; value: Value }>();
    for (const { name } of fn.params) {
      const value = given.entries.get(`s${name}`)?.value ?? fn.defaults.get(name);
      if (value) entries.set(`s${name}`, { key: str(name), value });
    }
    m.storeAttr(self, 'arguments', { kind: 'dict', entries, open: given.open });
    return NONE;
  },
});

type Signature = Pick<FunctionValue, 'params' | 'defaults'>;

const bindArguments =
  (partial: boolean): NativeCall =>
  ({ positional: [self, ...positional], keywords, open }, site, m) => {
    const signature = self?.kind === 'instance' ? (self.data as Signature | undefined) : undefined;
    if (!signature || open) return unknown('arguments that are not known', site.span);
    const entries = new Map<string, { key: Value; value: Value }>();
    let next = 0;
    for (const { name, kind } of signature.params) {
      if (kind === 'varArgs' || kind === 'varKeywords') return unknown('arguments of a function that takes any', site.span);
      const value = kind !== 'keywordOnly' && next < positional.length ? positional[next++] : keywords.get(name);
      if (value) entries.set(`s${name}`, { key: str(name), value });
      else if (!partial && !signature.defaults.has(name)) return unknown(`argument ${name} is not given`, site.span);
    }
    const bound = m.newInstance(BOUND, signature, site);
    m.storeAttr(bound, 'arguments', { kind: 'dict', entries, open: false });
    return bound;
  };

const SIGNATURE = nativeClass('inspect.Signature', [OBJECT], {
  empty: EMPTY,
  return_annotation: unknown('an annotation'),
  bind: bindArguments(false),
  bind_partial: bindArguments(true),
});

/** The function behind wrappers that say what they wrap (`functools.wraps`). */
export const unwrapped = (fn: FunctionValue): FunctionValue => {
  let inner = fn;
  for (let i = 0; i < 20; i++) {
    const next = inner.attrs.get('__wrapped__');
    if (next?.kind !== 'function') return inner;
    inner = next;
  }
  return inner;
};

/** The function that a callable stands for; `bound`: its first parameter is already given. */
const functionOf = (value: Value | undefined): { fn: FunctionValue; bound: boolean } | undefined => {
  if (value?.kind === 'function') return { fn: unwrapped(value), bound: false };
  if (value?.kind === 'bound' && value.fn.kind === 'function') return { fn: unwrapped(value.fn), bound: true };
  if (value?.kind !== 'class' && value?.kind !== 'instance') return undefined;
  const member = value.kind === 'class' ? findInClass(value, '__init__') : findInClass(value.cls, '__call__');
  return member?.kind === 'function' ? { fn: unwrapped(member), bound: true } : undefined;
};

const parameter = ({ name, kind, annotation }: Param, fallback: Value | undefined, site: CallSite, m: Machine): InstanceValue => {
  const made = m.newInstance(PARAMETER, undefined, site);
  m.storeAttr(made, 'name', str(name));
  m.storeAttr(made, 'kind', KINDS[kind]);
  m.storeAttr(made, 'default', fallback ?? EMPTY);
  m.storeAttr(made, 'annotation', annotation ? unknown('an annotation') : EMPTY);
  return made;
};

const signature: NativeCall = (args, site, m) => {
  const found = functionOf(args.positional[0]);
  if (!found) return unknown('signature() of something that is not read', site.span);
  const { fn, bound } = found;
  const params = bound ? fn.params.slice(1) : fn.params;
  const made = m.newInstance(SIGNATURE, { params, defaults: fn.defaults } satisfies Signature, site);
  const entries = params.map((p): [string, { key: Value; value: Value }] => [
    `s${p.name}`,
    { key: str(p.name), value: parameter(p, fn.defaults.get(p.name), site, m as Machine) },
  ]);
  m.storeAttr(made, 'parameters', { kind: 'dict', entries: new Map(entries), open: false });
  return made;
};

const asks =
  (holds: (value: Value) => boolean): NativeCall =>
  ({ positional: [value] }: Args, site) =>
    !value || value.kind === 'unknown' ? unknown('a value that is not known', site.span) : bool(holds(value));

export const inspection: Readonly<Record<string, NativeCall | Value>> = {
  signature,
  Signature: SIGNATURE,
  Parameter: PARAMETER,
  unwrap: ({ positional: [fn] }) => (fn?.kind === 'function' ? unwrapped(fn) : (fn ?? NONE)),
  isclass: asks((v) => v.kind === 'class'),
  isfunction: asks((v) => v.kind === 'function'),
  ismethod: asks((v) => v.kind === 'bound'),
  ismodule: asks((v) => v.kind === 'module'),
  isabstract: asks(() => false),
};
