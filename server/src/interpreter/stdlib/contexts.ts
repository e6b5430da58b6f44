/** contextlib, contextvars and threading: a reading is one thread, so a variable of a context is a cell and a lock is never held by another. */
import { OBJECT } from '../builtins/types.ts';
import { native, nativeClass } from '../native.ts';
import type { ClassValue, NativeCall, Value } from '../values.ts';
import { NO_ARGS, NONE, TRUE, unknown } from '../values.ts';

const TOKEN = nativeClass('contextvars.Token', [OBJECT]);

const CONTEXT_VAR: ClassValue = nativeClass('contextvars.ContextVar', [OBJECT], {
  __init__: ({ positional: [self], keywords }, _site, m) => {
    const start = keywords.get('default');
    if (self?.kind === 'instance' && start) m.storeAttr(self, 'value', start);
    return NONE;
  },
  get: ({ positional: [self, fallback] }, site) =>
    (self?.kind === 'instance' ? self.attrs.get('value') : undefined) ??
    fallback ??
    unknown('a context variable that is not set', site.span),
  set: ({ positional: [self, value] }, site, m) => {
    const token = m.newInstance(TOKEN, undefined, site);
    if (self?.kind !== 'instance' || !value) return token;
    const before = self.attrs.get('value');
    if (before) m.storeAttr(token, 'old_value', before);
    m.storeAttr(self, 'value', value);
    return token;
  },
  reset: ({ positional: [self, token] }, _site, m) => {
    const before = token?.kind === 'instance' ? (token.attrs.get('old_value') ?? NONE) : unknown('a context variable that was reset');
    if (self?.kind === 'instance') m.storeAttr(self, 'value', before);
    return NONE;
  },
});

const itself: NativeCall = ({ positional: [self] }) => self ?? NONE;
const LOCK = nativeClass('threading.Lock', [OBJECT], {
  __enter__: itself,
  __exit__: () => NONE,
  acquire: () => TRUE,
  release: () => NONE,
});

export const contextvars: Readonly<Record<string, NativeCall | Value>> = { ContextVar: CONTEXT_VAR };
export const threading: Readonly<Record<string, NativeCall | Value>> = {
  Lock: LOCK,
  RLock: LOCK,
  local: nativeClass('threading.local', [OBJECT]),
};

/** What `with` binds is the instance's own; nothing is undone at its end. */
const GIVEN: ClassValue = nativeClass('contextlib.nullcontext', [OBJECT], {
  __init__: ({ positional: [self, given], keywords }, _site, m) => {
    if (self?.kind === 'instance') m.storeAttr(self, 'enter_result', given ?? keywords.get('enter_result') ?? NONE);
    return NONE;
  },
  __enter__: ({ positional: [self] }) => (self?.kind === 'instance' ? self.attrs.get('enter_result') : undefined) ?? NONE,
  __exit__: () => NONE,
  // A context manager made of a generator is a decorator too.
  __call__: ({ positional: [, fn] }) => fn ?? NONE,
});

const EXIT_STACK = nativeClass('contextlib.ExitStack', [OBJECT], {
  __enter__: itself,
  __exit__: () => NONE,
  enter_context: ({ positional: [, context] }, site, m) =>
    context ? (m.callMethod(context, '__enter__', NO_ARGS, site) ?? context) : NONE,
  callback: () => NONE,
  close: () => NONE,
});

/** The generator is run to its end where it is called: `with` gets what it yields first. */
const contextManager: NativeCall = ({ positional: [fn] }) =>
  fn?.kind === 'function'
    ? native('contextmanager', (args, site, m) => {
        const result = m.call(fn, args, site);
        const given = result.kind === 'list' ? (result.items[0] ?? NONE) : result;
        return m.instantiate(GIVEN, { positional: [given], keywords: new Map(), open: false }, site);
      })
    : (fn ?? NONE);

export const contextlib: Readonly<Record<string, NativeCall | Value>> = {
  nullcontext: GIVEN,
  contextmanager: contextManager,
  ExitStack: EXIT_STACK,
  AbstractContextManager: nativeClass('contextlib.AbstractContextManager', [OBJECT], { __enter__: itself, __exit__: () => NONE }),
  suppress: () => NONE,
};
