/** nn.Module: what every module of torch can do. Sub-modules and parameters are the instance's own attributes, in order. */
import type { Interpreter } from '../../interpreter/api.ts';
import { native } from '../../interpreter/native.ts';
import type { Args, CallSite, InstanceValue, NativeCall, Value } from '../../interpreter/values.ts';
import { bool, FALSE, list, NONE, str, TRUE, tuple, unknown } from '../../interpreter/values.ts';
import type { Shape } from '../../network/scalar.ts';
import { currentPath, emitInput, shapeOf, within } from '../shared/graph.ts';
import { activationsIn } from '../shared/opaque.ts';
import { feed, pixelsIn } from '../shared/pixels.ts';
import { markLoaded, rootStorage, type Storage, setTrainable, transform } from '../shared/storage.ts';
import { activation, tensorData, withType, wrap } from '../shared/tensor.ts';
import { recordOutputs } from '../shared/training.ts';
import { noteMove } from './devices.ts';
import { convertedType } from './dtypes.ts';
import { enumerates, MODULE, makeInit, type TorchState, torchState } from './state.ts';

export const isModule = (value: Value | undefined): value is InstanceValue => value?.kind === 'instance' && value.cls.mro.includes(MODULE);

const isParameter = (value: Value): boolean => {
  const storage = tensorData(value)?.storage;
  return storage?.isParameter === true && storage.of === null;
};

/** What an attribute may hold: itself, or each of those that an unknown condition chooses from (`Pool() if pool else None`). */
const possible = (value: Value): readonly Value[] => (value.kind === 'unknown' ? (value.options ?? []) : [value]);

/** Sub-modules by name, in order. */
export const childrenOf = (module: InstanceValue): [string, InstanceValue][] => {
  const children: [string, InstanceValue][] = [];
  module.attrs.forEach((value, name) => {
    if (isModule(value)) children.push([name, value]);
    else if (value.kind === 'unknown') for (const one of value.options ?? []) if (isModule(one)) children.push([name, one]);
  });
  return children;
};

export const ownParameters = (module: InstanceValue): [string, Value][] => {
  const own: [string, Value][] = [];
  module.attrs.forEach((value, name) => {
    if (isParameter(value)) own.push([name, value]);
    else if (value.kind === 'unknown') for (const one of value.options ?? []) if (isParameter(one)) own.push([name, one]);
  });
  return own;
};

/** Whether a module holds any parameter, itself or below. */
export const hasParameters = (module: InstanceValue, depth = 0): boolean => {
  for (const value of module.attrs.values())
    for (const one of possible(value)) {
      if (isParameter(one)) return true;
      if (depth < 40 && isModule(one) && hasParameters(one, depth + 1)) return true;
    }
  return false;
};

const LIMIT = 20_000;

/** Two modules of which an unknown condition chooses one: both stand at the path of the one. */
export const ALTERNATIVES_PATH = 'torch.nn.alternatives';

/** The module and everything under it with its path, each once, in torch's order. */
export const namedModules = (root: InstanceValue, prefix = ''): [string, InstanceValue][] => {
  const found: [string, InstanceValue][] = [];
  const seen = new Set<InstanceValue>();
  const visit = (module: InstanceValue, path: string): void => {
    if (seen.has(module) || found.length > LIMIT) return;
    seen.add(module);
    found.push([path, module]);
    const transparent = module.cls.path === ALTERNATIVES_PATH;
    for (const [name, child] of childrenOf(module)) visit(child, transparent ? path : path ? `${path}.${name}` : name);
  };
  visit(root, prefix);
  return found;
};

/** Parameters with their paths, each storage once. */
export const namedParameters = (root: InstanceValue, recurse = true): [string, Value, Storage][] =>
  parametersOf(recurse ? namedModules(root) : [['', root]]);

/** Parameters of these modules themselves, each storage once. */
const parametersOf = (modules: readonly (readonly [string, InstanceValue])[]): [string, Value, Storage][] => {
  const found: [string, Value, Storage][] = [];
  const seen = new Set<Storage>();
  for (const [path, module] of modules) {
    for (const [name, value] of ownParameters(module)) {
      const storage = tensorData(value)?.storage;
      if (!storage || seen.has(storage)) continue;
      seen.add(storage);
      found.push([path ? `${path}.${name}` : name, value, storage]);
    }
  }
  return found;
};

interface Held {
  readonly storages: Set<Storage>;
  certain: boolean;
}

/** Whether any of the modules holds something on one way of an unknown condition only. */
const holdsInDoubt = (modules: readonly (readonly [string, InstanceValue])[], interp: Interpreter): boolean => {
  for (const [, module] of modules) {
    if (module.cls.path === ALTERNATIVES_PATH || interp.inDoubt(module, '')) return true;
    for (const [name, value] of module.attrs) {
      if (value.kind === 'unknown' && value.options) return true;
      if ((isModule(value) || isParameter(value)) && interp.inDoubt(module, name)) return true;
    }
  }
  return false;
};

const NONE_HELD: ReadonlySet<Storage> = new Set();
const NO_PATHS: ReadonlyMap<string, Held> = new Map();
/** Modules that many others share have many paths. */
const MOST_PATHS = 100_000;

/** Parameters that the model may lack: held on one way of an unknown condition only, and on no path that is certain. */
export const heldInDoubt = (
  root: InstanceValue,
  modules: readonly (readonly [string, InstanceValue])[],
  interp: Interpreter,
): ReadonlySet<Storage> => {
  // Most models have no such condition in them, and then the paths need not be told apart.
  if (modules.length <= LIMIT && !holdsInDoubt(modules, interp)) return NONE_HELD;
  const known = new Map<InstanceValue, ReadonlyMap<string, Held>>();
  let paths = 0;
  const visit = (module: InstanceValue): ReadonlyMap<string, Held> => {
    const before = known.get(module);
    if (before) return before;
    // A module that holds itself has nothing more by that way.
    known.set(module, NO_PATHS);
    const held = heldBy(module);
    known.set(module, held);
    return held;
  };
  const heldBy = (module: InstanceValue): ReadonlyMap<string, Held> => {
    const held = new Map<string, Held>();
    const children = childrenOf(module);
    if (module.cls.path === ALTERNATIVES_PATH) {
      const ways = children.map(([, child]) => visit(child));
      for (const way of ways)
        for (const [path, { storages, certain }] of way) {
          const all = ways.every((other) => other.get(path)?.certain);
          const here = held.get(path) ?? { storages: new Set(), certain: certain && all };
          for (const storage of storages) here.storages.add(storage);
          held.set(path, here);
        }
      return held;
    }
    const sure = (name: string): boolean => !interp.inDoubt(module, name) && module.attrs.get(name)?.kind !== 'unknown';
    const add = (path: string, storages: Iterable<Storage>, certain: boolean): void => {
      if (++paths > MOST_PATHS) return;
      const here = held.get(path);
      held.set(path, { storages: new Set([...(here?.storages ?? []), ...storages]), certain });
    };
    for (const [name, value] of ownParameters(module)) {
      const storage = tensorData(value)?.storage;
      if (storage) add(name, [storage], sure(name));
    }
    for (const [name, child] of children) {
      const certainly = sure(name) && !interp.inDoubt(child, '');
      for (const [path, { storages, certain }] of visit(child)) {
        if (paths > MOST_PATHS) break;
        add(`${name}.${path}`, storages, certain && certainly);
      }
    }
    return held;
  };
  const held = [...visit(root).values()];
  if (paths > MOST_PATHS) return new Set(namedParameters(root).map(([, , storage]) => storage));
  const certain = new Set(held.filter((one) => one.certain).flatMap(({ storages }) => [...storages]));
  return new Set(held.flatMap(({ storages }) => [...storages]).filter((storage) => !certain.has(storage)));
};

const self = (args: Args): InstanceValue | undefined => (isModule(args.positional[0]) ? args.positional[0] : undefined);

const withSelf =
  (run: (module: InstanceValue, args: Args, site: CallSite, interp: Interpreter) => Value): NativeCall =>
  (args, site, interp) => {
    const module = self(args);
    return module ? run(module, args, site, interp) : unknown('a module that is not known', site.span);
  };

/** Models with unknown contents give open lists. */
const openOf = (module: InstanceValue): boolean => module.cls.open;

const call = withSelf((module, args, site, interp) => {
  const state = torchState(interp);
  const rest: Args = { ...args, positional: args.positional.slice(1) };
  const enclosing = currentPath(state.graph);
  const path = state.paths.get(module) ?? (enclosing ? `${enclosing}.${module.cls.name}` : module.cls.name);
  if (state.graph.paths.length === 0) observe(interp, module, rest);
  const outside = state.graph.paths.length === 0;
  if (outside) feed(state.graph, module, rest.positional[0]);
  const given = outside ? withInputs(interp, rest, site) : rest;
  const result =
    within(state.graph, path, () => interp.callMethod(module, 'forward', given, site)) ??
    unknown(`${module.cls.name} has no forward`, site.span);
  if (outside && hasParameters(module)) recordOutputs(state.graph, module, outputsOf(state, result));
  return result;
});

/** Data of which nothing is known becomes an input where a program calls its model: what comes out is then an output. */
const withInputs = (interp: Interpreter, args: Args, site: CallSite): Args => {
  const { graph } = torchState(interp);
  const asInput = (value: Value): Value =>
    pixelsIn(value) || (value.kind === 'unknown' && activationsIn(value).length === 0)
      ? wrap(interp, activation(graph, emitInput(graph, 'data', null, false, site.span)), site)
      : value;
  return { ...args, positional: args.positional.map(asInput) };
};

/** Activations in what forward returns: a tensor, a tuple, a dict, or an object that holds them. */
export const outputsOf = (state: TorchState, result: Value | undefined): readonly number[] => {
  const found = activationsIn(result);
  if (found.length === 0 && result?.kind === 'instance') for (const value of result.attrs.values()) activationsIn(value, found);
  // An unknown only remembers what it was computed from: that is not an output.
  if (result?.kind === 'unknown') return [];
  return withoutStates(
    state,
    found.map((data) => data.node).filter((id) => id !== null),
  );
};

/** A recurrent layer's state that is returned beside what was made of it is no head of the network. */
const withoutStates = ({ graph, states }: TorchState, returned: readonly number[]): readonly number[] => {
  const made = returned.filter((id) => !states.has(id));
  const hidden = returned.filter((id) => graph.nodes[id]?.op.kind !== 'opaque');
  const outputs = made.length > 0 ? made : hidden.length > 0 ? hidden : returned;
  const before = new Set<number>();
  const open = outputs.flatMap((id) => graph.nodes[id]?.inputs ?? []);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (before.has(id)) continue;
    before.add(id);
    open.push(...(graph.nodes[id]?.inputs ?? []));
  }
  return outputs.filter((id) => !(graph.nodes[id]?.op.kind === 'recurrent' && before.has(id)));
};

/** A model called on data of known shape outside a trace says what its inputs are. */
const observe = (interp: Interpreter, module: InstanceValue, args: Args): void => {
  const shapes = args.positional.map((value): Shape | null => {
    const data = tensorData(value);
    return data ? shapeOf(data) : null;
  });
  const state = torchState(interp);
  if (shapes.some((s) => s !== null) && !state.observed.has(module)) state.observed.set(module, shapes);
};

const apply = withSelf((module, args, site, interp) => {
  const fn = args.positional[1];
  if (!fn) return module;
  const state = torchState(interp);
  state.applying.push(site);
  try {
    // Children before their parent, as torch does.
    const visit = (m: InstanceValue, depth: number): void => {
      if (depth > 60 || !interp.spend(1)) return;
      for (const [, child] of childrenOf(m)) visit(child, depth + 1);
      interp.call(fn, { positional: [m], keywords: new Map(), open: false }, site);
    };
    visit(module, 0);
  } finally {
    state.applying.pop();
  }
  return module;
});

const pair = (name: string, value: Value): Value => tuple([str(name), value]);

const enumeration = (items: (module: InstanceValue, args: Args, interp: Interpreter) => Value[]): NativeCall =>
  withSelf((module, args, _, interp) => {
    enumerates(interp);
    return list(items(module, args, interp), openOf(module));
  });

const recurse = (args: Args, position: number): boolean => {
  const value = args.positional[position] ?? args.keywords.get('recurse');
  return !(value?.kind === 'bool' && !value.value);
};

const getSubmodule = (module: InstanceValue, path: string): Value | undefined => {
  let at: Value = module;
  for (const name of path === '' ? [] : path.split('.')) {
    const next: Value | undefined = at.kind === 'instance' ? at.attrs.get(name) : undefined;
    if (!next) return undefined;
    at = next;
  }
  return at;
};

const register: NativeCall = (args, _, interp) => {
  const [target, name, value] = args.positional;
  const given = value ?? args.keywords.get('module') ?? args.keywords.get('param') ?? args.keywords.get('tensor');
  if (isModule(target) && name?.kind === 'string') {
    interp.storeAttr(target, name.value, given ?? NONE);
    if (name.symbolic) interp.doubt(target, name.value);
  }
  return NONE;
};

const setTraining = (value: boolean): NativeCall =>
  withSelf((module, args, _, interp) => {
    const mode = args.positional[1];
    const on = mode?.kind === 'bool' ? mode.value && value : value;
    for (const [, m] of namedModules(module)) interp.storeAttr(m, 'training', bool(on));
    return module;
  });

const load = withSelf((module, args, site, interp) => {
  const strict = args.positional[2] ?? args.keywords.get('strict');
  // What is not strict may have found few of the names.
  const at = strict === undefined || (strict.kind === 'bool' && strict.value) ? site.span : null;
  for (const [, , storage] of namedParameters(module)) markLoaded(rootStorage(storage), interp, at);
  return tuple([]);
});

/** Of a base that is not read (huggingface_hub's mixin): the model, with the weights of a file. */
const fromPretrained: NativeCall = ({ positional: [cls] }, site, interp) => {
  if (cls?.kind !== 'class' || !cls.open) return unknown('a pretrained model', site.span);
  const module = interp.call(cls, { positional: [], keywords: new Map(), open: true }, site);
  if (isModule(module)) for (const [, , storage] of namedParameters(module)) markLoaded(rootStorage(storage), interp, site.span);
  return module;
};

const members: Record<string, NativeCall> = {
  __init__: () => NONE,
  __call__: call,
  forward: (_, site) => unknown('forward is not defined', site.span),
  apply,
  modules: enumeration((m) => namedModules(m).map(([, module]) => module)),
  named_modules: enumeration((m) => namedModules(m).map(([path, module]) => pair(path, module))),
  children: enumeration((m) => childrenOf(m).map(([, child]) => child)),
  named_children: enumeration((m) => childrenOf(m).map(([name, child]) => pair(name, child))),
  named_parameters: enumeration((m, args) => namedParameters(m, recurse(args, 2)).map(([path, value]) => pair(path, value))),
  named_buffers: enumeration(() => []),
  buffers: enumeration(() => []),
  parameters: withSelf((module, args, _, interp) => {
    enumerates(interp);
    return list(
      namedParameters(module, recurse(args, 1)).map(([, value]) => value),
      openOf(module),
    );
  }),
  add_module: register,
  register_module: register,
  register_parameter: register,
  register_buffer: register,
  get_submodule: withSelf((module, args, site) => {
    const path = args.positional[1];
    return (path?.kind === 'string' && getSubmodule(module, path.value)) || unknown('a sub-module that is not known', site.span);
  }),
  get_parameter: withSelf((module, args, site) => {
    const path = args.positional[1];
    return (path?.kind === 'string' && getSubmodule(module, path.value)) || unknown('a parameter that is not known', site.span);
  }),
  state_dict: withSelf((module) => ({
    kind: 'dict',
    entries: new Map(namedParameters(module).map(([path, value]) => [`s${path}`, { key: str(path), value }])),
    open: true,
  })),
  load_state_dict: load,
  train: setTraining(true),
  eval: setTraining(false),
  to_empty: withSelf((module, args, site, interp) => {
    noteMove('to_empty', args, interp);
    for (const [, , storage] of namedParameters(module)) {
      const root = rootStorage(storage);
      transform(root, { ...makeInit(interp, { kind: 'uninitialized' }, 'call', 'to_empty', site.span) }, interp);
    }
    return module;
  }),
  requires_grad_: withSelf((module, args, _, interp) => {
    const off = args.positional[1] ?? args.keywords.get('requires_grad');
    for (const [, , storage] of namedParameters(module)) setTrainable(rootStorage(storage), !(off?.kind === 'bool' && !off.value), interp);
    return module;
  }),
  extra_repr: () => str(''),
  zero_grad: () => NONE,
  register_forward_hook: () => NONE,
  register_forward_pre_hook: () => NONE,
  register_full_backward_hook: () => NONE,
  register_load_state_dict_post_hook: () => NONE,
  _register_load_state_dict_pre_hook: () => NONE,
};

for (const [name, member] of Object.entries(members)) MODULE.attrs.set(name, native(name, member));
MODULE.attrs.set('from_pretrained', native('from_pretrained', fromPretrained, 'class'));
MODULE.attrs.set('__setattr__', {
  ...native('__setattr__', (args, _, interp) => {
    const [target, name, value] = args.positional;
    if (target?.kind === 'instance' && name?.kind === 'string' && value) interp.storeAttr(target, name.value, value);
    return NONE;
  }),
  stores: true,
});

/** Converts the parameters' data type, and notes where they go. */
const moved = (name: string): NativeCall =>
  withSelf((module, args, _, interp) => {
    noteMove(name, args, interp);
    const dtype =
      name === 'type' || name === 'to' || name in { half: 1, float: 1, double: 1, bfloat16: 1 } ? convertedType(name, args) : undefined;
    if (dtype === undefined) return module;
    for (const [, parameter] of namedParameters(module)) {
      const data = tensorData(parameter);
      if (!data || parameter.kind !== 'instance') continue;
      interp.mutate(
        () => {
          parameter.data = withType(data, dtype);
        },
        () => {
          parameter.data = data;
        },
      );
    }
    return module;
  });

for (const name of ['to', 'cuda', 'cpu', 'half', 'float', 'double', 'bfloat16', 'type', 'compile', 'share_memory', 'xpu', 'ipu'])
  MODULE.attrs.set(name, native(name, moved(name)));
// Models are analysed as they train: at initialization, before the first step.
MODULE.attrs.set('training', TRUE);
MODULE.attrs.set('dump_patches', FALSE);

const registry = (name: string, entries: (m: InstanceValue) => [string, Value][]): void => {
  MODULE.attrs.set(
    name,
    native(
      name,
      withSelf((module) => ({
        kind: 'dict',
        entries: new Map(entries(module).map(([key, value]) => [`s${key}`, { key: str(key), value }])),
        open: false,
        of: module,
      })),
      'property',
    ),
  );
};
registry('_modules', childrenOf);
registry('_parameters', ownParameters);
