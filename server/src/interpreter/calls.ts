/** Calling: source functions, natives, classes, bound methods, partials; binding of arguments; bounded depth. */
import type { Param } from '../syntax/ast.ts';
import type { Span } from '../text/span.ts';
import { annotatedClass } from './annotations.ts';
import { OBJECT } from './builtins/types.ts';
import { evaluate } from './expressions.ts';
import { callJavaScript } from './javascript/functions.ts';
import { LIMITS } from './limits.ts';
import type { Machine } from './machine.ts';
import { findInClass, isSubclass } from './objects.ts';
import { siteAt } from './site.ts';
import { execute } from './statements.ts';
import { fieldsOf } from './stdlib/dataclasses.ts';
import type { Args, CallSite, ClassValue, FunctionValue, InstanceValue, NativeFunction, Scope, UnknownValue, Value } from './values.ts';
import { list, args as makeArgs, NONE, str, tuple, unknown } from './values.ts';

const isJavaScript = (fn: FunctionValue): boolean => fn.scope.language === 'javascript';

/** Called with the instance in front of the other arguments. */
const withSelf = (self: Value, { positional, keywords, open }: Args): Args => {
  const all = [self];
  for (const one of positional) all.push(one);
  return { positional: all, keywords, open };
};

/** A function as it is called with its receiver in front. */
const unbound = <T extends FunctionValue | NativeFunction>(fn: T): T => (fn.binding === 'instance' ? fn : { ...fn, binding: 'instance' });

export const callValue = (m: Machine, fn: Value, args: Args, site: CallSite): Value => {
  if (!m.spend(1)) return unknown('the step budget was used up');
  if (m.tooDeep(site)) return unknown('calls nested too deep', site.span);
  m.callDepth++;
  const result = enter(m, fn, args, site);
  m.callDepth--;
  return result;
};

const enter = (m: Machine, fn: Value, args: Args, site: CallSite): Value => {
  switch (fn.kind) {
    case 'native':
      return m.callNative(fn, args, site);
    case 'function':
      return isJavaScript(fn) ? callJavaScript(m, fn, null, args, site) : callFunction(m, fn, args, site);
    case 'bound':
      if (fn.fn.kind === 'function' && isJavaScript(fn.fn)) return callJavaScript(m, fn.fn, fn.self, args, site);
      if (fn.fn.kind === 'function' && fn.self.kind === 'instance') return callMethod(m, fn.fn, fn.self, args, site);
      return callValue(m, fn.fn.kind === 'native' ? fn.fn : unbound(fn.fn), withSelf(fn.self, args), site);
    case 'class':
      return instantiate(m, fn, args, site);
    case 'partial':
      return callValue(
        m,
        fn.fn,
        {
          positional: [...fn.args.positional, ...args.positional],
          keywords: new Map([...fn.args.keywords, ...args.keywords]),
          open: args.open || fn.args.open,
        },
        site,
      );
    case 'instance': {
      const call = findInClass(fn.cls, '__call__');
      if (call?.kind === 'function') return callMethod(m, call, fn, args, site);
      if (call?.kind === 'native') return callValue(m, call, withSelf(fn, args), site);
      return unknownCall(m, unknown(`${fn.cls.name} objects cannot be called`, site.span), args, site);
    }
    case 'unknown':
      if (fn.options) return m.eachWay(fn.options, site.span, (option) => callValue(m, option, args, site));
      return unknownCall(m, fn, args, site);
    default:
      return unknownCall(m, unknown(`a ${fn.kind} cannot be called`, site.span), args, site);
  }
};

/** A method of the source on an instance; a native base class may stand around it (`__around__(self, method, *args)`). */
const callMethod = (m: Machine, method: FunctionValue, self: InstanceValue, args: Args, site: CallSite): Value => {
  const fn = unbound(method);
  const around = findInClass(self.cls, '__around__');
  if (around?.kind === 'native') return callValue(m, around, withSelf(self, withSelf(fn, args)), site);
  return callValue(m, fn, withSelf(self, args), site);
};

/** Calls a function on a receiver, in the way that its language hands it over. */
export const callOn = (m: Machine, fn: FunctionValue | NativeFunction, self: Value, args: Args, site: CallSite): Value =>
  fn.kind === 'function' && isJavaScript(fn)
    ? callValue(m, { kind: 'bound', fn, self }, args, site)
    : callValue(m, unbound(fn), withSelf(self, args), site);

const unknownCall = (m: Machine, callee: UnknownValue, args: Args, site: CallSite): Value => {
  const opinion = m.hooks.unknownCall(callee, args, site, m);
  if (opinion) return opinion;
  const what = callee.path ?? callee.symbol;
  return {
    ...unknown(what ? `${what}(…) is not known` : callee.reason, site.span),
    ...(callee.path === undefined ? {} : { path: `${callee.path}()` }),
  };
};

export const instantiate = (m: Machine, cls: ClassValue, args: Args, site: CallSite): Value => {
  const make = findInClass(cls, '__new__');
  if (make?.kind === 'native') return m.callNative(make, withSelf(cls, args), site, cls.name);
  const instance = m.newInstance(cls, undefined, site);
  const init = findInClass(cls, '__init__');
  if (init && (init.kind === 'native' || init.kind === 'function')) callOn(m, init, instance, args, site);
  else if (init?.kind === 'bound') callValue(m, init, args, site);
  // A base that is not known takes keywords; those that the class annotates are its fields (pydantic, attrs).
  if (cls.open && args.keywords.size > 0 && (!init || init === findInClass(OBJECT, '__init__')))
    for (const name of fieldsOf(cls).keys()) {
      const value = args.keywords.get(name);
      if (value) m.storeAttr(instance, name, value);
    }
  return instance;
};

const callFunction = (m: Machine, fn: FunctionValue, args: Args, site: CallSite): Value => {
  m.called.add(fn.node);
  if (m.stack.length >= LIMITS.depth) {
    m.partial(`Calls are followed ${LIMITS.depth} deep; ${fn.name} was not entered`, site.span);
    return unknown('calls nested too deep', site.span);
  }
  const scope: Scope = { vars: new Map(), parent: fn.scope, module: fn.scope.module, kind: 'function' };
  bindParams(m, fn, args, scope, site.span);
  const self = fn.owner && fn.params.length > 0 && fn.binding !== 'static' ? (scope.vars.get(fn.params[0]?.name ?? '') ?? null) : null;
  const frame = { fn, self, site, scope, returns: [] as Value[], yields: [] as Value[] };
  m.stack.push(frame);
  let result: Value;
  if (fn.node.kind === 'lambda') result = evaluate(m, fn.node.body, scope);
  else {
    const done = execute(m, fn.node.body, scope);
    result =
      done?.kind === 'return'
        ? done.value
        : done?.kind === 'raise' && frame.returns.length === 0
          ? { ...unknown('the function raises', site.span), raises: true }
          : NONE;
    if (done?.kind === 'raise' && frame.returns.length > 0) result = frame.returns.pop() as Value;
    if (fn.node.isGenerator) result = list(frame.yields);
    for (const early of frame.returns.reverse()) result = m.join(early, result, site.span);
  }
  m.stack.pop();
  if (m.home !== null && site.span.anchor.file === m.home && fn.scope.module !== m.home) m.handOver(result, site);
  return result;
};

/** Fills the parameters; what is missing is unknown under the parameter's name, so that sizes stay symbolic. */
const bindParams = (m: Machine, fn: FunctionValue, args: Args, scope: Scope, span: Span): void => {
  let next = 0;
  for (const param of fn.params) {
    switch (param.kind) {
      case 'varArgs':
        scope.vars.set(param.name, tuple(args.positional.slice(next)));
        next = args.positional.length;
        break;
      case 'varKeywords': {
        const entries = new Map<string, { key: Value; value: Value }>();
        for (const [name, value] of args.keywords)
          if (!fn.params.some((p) => p.name === name && p.kind !== 'varKeywords')) entries.set(`s${name}`, { key: str(name), value });
        scope.vars.set(param.name, { kind: 'dict', entries, open: args.open });
        break;
      }
      default: {
        const byKeyword = args.keywords.size > 0 ? args.keywords.get(param.name) : undefined;
        if (param.kind !== 'keywordOnly' && next < args.positional.length) {
          scope.vars.set(param.name, args.positional[next] as Value);
          next++;
        } else if (byKeyword) scope.vars.set(param.name, byKeyword);
        else scope.vars.set(param.name, missing(m, fn, param, args, span));
      }
    }
  }
};

const missing = (m: Machine, fn: FunctionValue, param: Param, args: Args, span: Span): Value => {
  const fallback = fn.defaults.get(param.name);
  if (args.open) return { ...unknown(`argument ${param.name} may come from a splat`, span), symbol: param.name };
  return fallback ?? configOf(m, fn, param, args, span) ?? { ...unknown(`argument ${param.name} is not given`, span), symbol: param.name };
};

/**
 * `config: GPTConfig` that nobody gives is taken with the defaults of its class: a class of the source that is plain data, which has
 * nothing native in it. An annotation of the attribute of the same name in the class body tells too, and more where
 * it is a subclass.
 */
const configOf = (m: Machine, fn: FunctionValue, param: Param, args: Args, span: Span): Value | undefined => {
  const own = annotatedAttribute(m, args.positional[0], fn, param.name);
  const annotated = param.annotation ? annotatedClass(m, param.annotation, fn.scope) : own;
  // The parameter may be annotated with a base of what this class takes.
  const cls = own && annotated && isSubclass(own, annotated) ? own : annotated;
  if (!cls?.source || cls.open || cls.mro.some((c) => !c.source && c.path !== 'object')) return undefined;
  // A class that takes one of its own kind would never end.
  if (m.taken.has(cls) || (args.positional[0]?.kind === 'instance' && args.positional[0].cls === cls)) return undefined;
  m.taken.add(cls);
  const config = instantiate(m, cls, makeArgs([]), siteAt(span));
  m.taken.delete(cls);
  return config;
};

const annotatedAttribute = (m: Machine, self: Value | undefined, fn: FunctionValue, name: string): ClassValue | undefined => {
  if (!fn.owner || fn.name !== '__init__' || self?.kind !== 'instance') return undefined;
  for (const { source, attrs } of self.cls.mro) {
    // `config_class = BertConfig` is how Hugging Face's models name the class of their `config`.
    const named = classNamed(attrs.get(`${name}_class`));
    if (named) return named;
    const annotation = source?.annotations?.get(name);
    if (annotation && source?.scope) return annotatedClass(m, annotation, source.scope);
  }
  return undefined;
};

const classNamed = (value: Value | undefined): ClassValue | undefined => (value?.kind === 'class' ? value : undefined);

export const noArgs = (): Args => makeArgs([]);
