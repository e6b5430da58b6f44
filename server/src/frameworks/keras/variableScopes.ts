/** TensorFlow 1's `variable_scope`: names of variables inside it, and whether a name that was used before means the same variable. */
import type { Interpreter } from '../../interpreter/api.ts';
import { bind, nativeClass } from '../../interpreter/native.ts';
import type { ClassValue, Value } from '../../interpreter/values.ts';
import { NONE } from '../../interpreter/values.ts';

interface Opened {
  readonly path: readonly string[];
  readonly reuse: boolean;
}

interface Scopes {
  current: Opened;
  /** Variables by their full names. */
  readonly made: Map<string, Value>;
}

const SCOPES = Symbol('variable_scope');

const scopesOf = (interp: Interpreter): Scopes => interp.state(SCOPES, () => ({ current: { path: [], reuse: false }, made: new Map() }));

const enter = (opened: Opened, interp: Interpreter): void => {
  const scopes = scopesOf(interp);
  const before = scopes.current;
  interp.mutate(
    () => {
      scopes.current = opened;
    },
    () => {
      scopes.current = before;
    },
  );
};

const openedBy = (value: Value | undefined): Opened | undefined => {
  const data = value?.kind === 'instance' && value.cls === VARIABLE_SCOPE ? (value.data as { readonly opened?: Opened } | null) : null;
  return data?.opened;
};

/** `reuse=True` and `reuse=tf.AUTO_REUSE`. */
const asksReuse = (value: Value | undefined): boolean =>
  value?.kind === 'bool' ? value.value : value?.kind === 'unknown' && /AUTO_REUSE$/.test(value.path ?? '');

/** `with tf.variable_scope('fc1', reuse=True) as scope:` */
export const VARIABLE_SCOPE: ClassValue = nativeClass('tensorflow.variable_scope', [], {
  __init__: (args) => {
    const [self] = args.positional;
    if (self?.kind === 'instance') self.data = { args };
    return NONE;
  },
  __enter__: (args, _site, interp) => {
    const [self] = args.positional;
    if (self?.kind !== 'instance') return NONE;
    const { current } = scopesOf(interp);
    const given = (self.data as { readonly args?: Parameters<typeof bind>[1] } | null)?.args;
    if (!given) return self;
    const bound = bind('self, name_or_scope, default_name=None, values=None, **kwargs', given);
    const named = bound.get('name_or_scope');
    const name = named?.kind === 'none' ? bound.get('default_name') : named;
    const kept = openedBy(named);
    const path = kept?.path ?? (name?.kind === 'string' ? [...current.path, name.value] : current.path);
    const reuse = current.reuse || kept?.reuse === true || asksReuse(given.keywords.get('reuse'));
    const opened: Opened = { path, reuse };
    enter(opened, interp);
    self.data = { args: given, opened, outside: current };
    return self;
  },
  __exit__: (args, _site, interp) => {
    const [self] = args.positional;
    const outside = self?.kind === 'instance' ? (self.data as { readonly outside?: Opened } | null)?.outside : undefined;
    if (outside) enter(outside, interp);
    return NONE;
  },
});

/** The full name of a variable made here. */
export const scopedName = (name: string, interp: Interpreter): string => [...scopesOf(interp).current.path, name].join('/');

/** The variable of this name where the scope says that it is used again. */
export const reused = (name: string, interp: Interpreter): Value | undefined => {
  const { current, made } = scopesOf(interp);
  return current.reuse ? made.get(name) : undefined;
};

export const noteVariable = (name: string, variable: Value, interp: Interpreter): void => {
  const { made } = scopesOf(interp);
  const before = made.get(name);
  interp.mutate(
    () => made.set(name, variable),
    () => (before ? made.set(name, before) : made.delete(name)),
  );
};
