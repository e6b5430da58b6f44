/** `flax.nnx`: modules hold their parameters as attributes from construction on; paths are those of the attributes. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, asScalar, bind, native, nativeClass } from '../../interpreter/native.ts';
import type { Args, CallSite, ClassValue, InstanceValue, NativeCall, Value } from '../../interpreter/values.ts';
import { bool, int, list, args as makeArgs, NONE, str, tuple, unknown } from '../../interpreter/values.ts';
import { unknownDistribution, ZEROS } from '../../network/distribution.ts';
import { currentPath, emitInput, shapeOf, within } from '../shared/graph.ts';
import { activationsIn } from '../shared/opaque.ts';
import { markLoaded, newStorage, type Storage } from '../shared/storage.ts';
import { activation, emit, emitOpaque, stored, type TensorData, tensorData, wrap } from '../shared/tensor.ts';
import { recordOutputs } from '../shared/training.ts';
import { drawn, KEY, shapeArgument } from './creation.ts';
import { isOn } from './functionRow.ts';
import { applyLayer, drawWeight, type Layer, stepsOf } from './layerCall.ts';
import { type LayerRow, signatureOf } from './layers/row.ts';
import { classesOf } from './layers.ts';
import { self, withoutSelf } from './linen.ts';
import { callInTurn, carryOf, lastStep, overSequence } from './linenClasses.ts';
import { change, flaxState, isNnx, join, NNX, type NnxData, nnxData, PARAM, VARIABLE } from './state.ts';

// ── variables ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A variable over an array; the draw is the array's. */
const variableOf = (cls: ClassValue, array: Value | undefined, site: CallSite, interp: Interpreter): InstanceValue => {
  const source = tensorData(array);
  const number = asScalar(array);
  const init = source?.storage?.init;
  const trainable = cls.mro.includes(PARAM);
  const storage = newStorage(interp, {
    shape: source?.shape ?? (number === undefined ? null : []),
    span: site.span,
    isParameter: true,
    trainable,
    init: init ?? {
      distribution: number === undefined ? unknownDistribution('a value that is not known') : { kind: 'constant', value: number },
      source: 'call',
      name: cls.name,
      span: site.span,
      generic: false,
    },
  });
  const state = flaxState(interp);
  const asked = source?.storage ? state.drawn.get(source.storage) : undefined;
  if (asked) state.drawn.set(storage, asked);
  return interp.newInstance(cls, stored(state.graph, storage), site);
};

const construct =
  (cls: () => ClassValue): NativeCall =>
  (args, site, interp) => {
    const [own, value] = args.positional;
    return variableOf(own?.kind === 'class' ? own : cls(), value ?? args.keywords.get('value'), site, interp);
  };

VARIABLE.attrs.set(
  '__new__',
  native(
    '__new__',
    construct(() => VARIABLE),
  ),
);

export const VARIABLE_CLASSES: ReadonlyMap<string, ClassValue> = new Map<string, ClassValue>([
  ['Variable', VARIABLE],
  ['Param', PARAM],
  ['LoRAParam', nativeClass('flax.nnx.LoRAParam', [PARAM])],
  ...['BatchStat', 'Cache', 'Intermediate', 'Perturbation', 'RngState', 'RngCount', 'RngKey', 'Metric'].map(
    (name) => [name, nativeClass(`flax.nnx.${name}`, [VARIABLE])] as const,
  ),
]);

// ── modules ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Items of an attribute with their paths: modules and variables in sequences and dicts too. */
const itemsIn = (value: Value, path: string, into: [string, Value][], depth = 0): void => {
  if (depth > 4) return;
  if (value.kind === 'instance') into.push([path, value]);
  else if (value.kind === 'list' || value.kind === 'tuple')
    for (const [i, item] of value.items.entries()) itemsIn(item, join(path, String(i)), into, depth + 1);
  else if (value.kind === 'dict')
    for (const { key, value: item } of value.entries.values())
      if (key.kind === 'string' || key.kind === 'number')
        itemsIn(item, join(path, key.kind === 'string' ? key.value : String(key.value)), into, depth + 1);
};

/** Modules and variables below a module, each once, in order of the attributes. */
export const walk = (
  root: InstanceValue,
): { readonly modules: readonly (readonly [string, InstanceValue])[]; readonly variables: readonly (readonly [string, Storage])[] } => {
  const modules: [string, InstanceValue][] = [];
  const variables: [string, Storage][] = [];
  const seen = new Set<unknown>();
  const visit = (module: InstanceValue, path: string): void => {
    if (seen.has(module) || modules.length > 5000) return;
    seen.add(module);
    modules.push([path, module]);
    for (const [name, value] of module.attrs) {
      const items: [string, Value][] = [];
      itemsIn(value, join(path, name), items);
      for (const [at, item] of items) {
        if (isNnx(item)) visit(item, at);
        const storage = tensorData(item)?.storage;
        if (!storage?.isParameter || seen.has(storage)) continue;
        seen.add(storage);
        variables.push([at, storage]);
      }
    }
  };
  visit(root, '');
  return { modules, variables };
};

const observe = (module: InstanceValue, args: Args, interp: Interpreter): void => {
  const state = flaxState(interp);
  const known = args.positional.some((v) => tensorData(v)?.node === null && (tensorData(v)?.shape?.length ?? 0) > 0);
  if (state.graph.paths.length === 0 && known && !state.observed.has(module)) state.observed.set(module, args);
};

/** The program calls a module: data of which nothing is known becomes an input, and what comes out is remembered. */
const callFromOutside = (module: InstanceValue, fn: Value, args: Args, site: CallSite, interp: Interpreter): Value => {
  const { graph } = flaxState(interp);
  const positional = args.positional.map((value) =>
    value.kind === 'unknown' && activationsIn(value).length === 0
      ? wrap(interp, activation(graph, emitInput(graph, 'data', null, false, site.span)), site)
      : value,
  );
  const result = interp.call(fn, { ...args, positional }, site);
  const outputs = result.kind === 'unknown' ? [] : activationsIn(result).flatMap(({ node }) => (node === null ? [] : [node]));
  recordOutputs(graph, module, outputs);
  return result;
};

/** Stands around every call of a method of a module of the source: what it computes has the module's path. */
const around: NativeCall = (args, site, interp) => {
  const [module, fn, ...rest] = args.positional;
  if (module?.kind !== 'instance' || fn?.kind !== 'function') return unknown('a method', site.span);
  const call: Args = { ...args, positional: [module, ...rest] };
  const state = flaxState(interp);
  if (fn.name === '__call__') observe(module, withoutSelf(withoutSelf(args)), interp);
  const path = state.paths.get(module);
  if (path === undefined && fn.name === '__call__' && state.graph.paths.length === 0)
    return callFromOutside(module, fn, call, site, interp);
  if (path === undefined || fn.name === '__init__') return interp.call(fn, call, site);
  if (state.graph.paths.length > 64) return unknown('modules nested too deep', site.span);
  return within(state.graph, path, () => interp.call(fn, call, site));
};

const MODULE_MEMBERS: Readonly<Record<string, NativeCall>> = {
  __init__: () => NONE,
  __around__: around,
  train: () => NONE,
  eval: () => NONE,
  set_attributes: () => NONE,
  sow: () => NONE,
  perturb: (args) => args.positional[2] ?? NONE,
  iter_modules: (args) => {
    const module = self(args);
    return module ? list(walk(module).modules.map(([path, m]) => tuple([tuple(path.split('/').map(str)), m]))) : NONE;
  },
};
for (const [name, member] of Object.entries(MODULE_MEMBERS)) NNX.attrs.set(name, native(name, member));

// ── layers ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const storageIn = (module: InstanceValue, name: string): Storage | undefined => {
  let at: Value | undefined = module;
  for (const part of name.split('/')) at = at?.kind === 'instance' ? at.attrs.get(part) : undefined;
  return tensorData(at)?.storage ?? undefined;
};

/** Attributes of a module of parameters inside a layer: `attention.query.kernel`. */
const PART = nativeClass('flax.nnx.Module.part', [NNX]);

const place = (module: InstanceValue, name: string, storage: Storage, interp: Interpreter): void => {
  const parts = name.split('/');
  let at = module;
  for (const part of parts.slice(0, -1)) {
    const known = at.attrs.get(part);
    const next = known?.kind === 'instance' ? known : interp.newInstance(PART, undefined, module.site);
    if (next !== known) interp.storeAttr(at, part, next);
    at = next;
  }
  const cls = storage.trainable ? PARAM : (VARIABLE_CLASSES.get('BatchStat') ?? VARIABLE);
  const variable = interp.newInstance(cls, stored(flaxState(interp).graph, storage), module.site);
  interp.storeAttr(at, parts.at(-1) ?? name, variable);
};

const layerOf = (module: InstanceValue, data: NnxData, interp: Interpreter): Layer => {
  const path = flaxState(interp).paths.get(module) ?? join(currentPath(flaxState(interp).graph), module.cls.name);
  const layer = { row: data.row, api: 'nnx' as const, args: data.args, site: data.site };
  return {
    ...layer,
    label: module.cls.mro.find((c) => c.source === null)?.name ?? module.cls.name,
    path,
    name: path || module.cls.name,
    storage: (weight) => storageIn(module, weight.name) ?? drawWeight(layer, weight, (shape) => shape, interp),
  };
};

/** A module of the layer table, for what a model holds and never calls. */
export const layerOfNnx = (module: InstanceValue, interp: Interpreter): Layer | undefined => {
  const data = nnxData(module);
  return data ? layerOf(module, data, interp) : undefined;
};

/** What sizes are called before the layer has a path. */
const provisional = (module: InstanceValue): string => `${module.cls.name}${module.id}`;

const initRow =
  (row: LayerRow): NativeCall =>
  (args, site, interp) => {
    const module = self(args);
    if (!module) return NONE;
    const own = withoutSelf(args);
    const data: NnxData = { kind: 'nnx', row, args: own, site: module.site ?? site, calls: 0 };
    module.data = data;
    const layer = { row, api: 'nnx' as const, args: own, site: data.site, name: provisional(module) };
    for (const weight of stepsOf(layer, [null]).flatMap((s) => s.weights))
      place(
        module,
        weight.name,
        drawWeight(layer, weight, (shape) => shape, interp),
        interp,
      );
    return NONE;
  };

const callRow: NativeCall = (args, site, interp) => {
  const module = self(args);
  const data = nnxData(module);
  if (!module || !data) return unknown('a layer without itself', site.span);
  if (!interp.spend(5)) return unknown('the step budget was used up', site.span);
  const { graph } = flaxState(interp);
  const layer = layerOf(module, data, interp);
  change(data, 'calls', data.calls + 1, interp);
  const { output } = within(graph, layer.path, () => applyLayer(layer, withoutSelf(args), site, data.calls, graph, interp));
  // LoRA on top of another layer.
  const base = data.row.name === 'LoRA' ? module.attrs.get('base_module') : undefined;
  if (!base || base.kind === 'none') return output;
  const [a, b] = [tensorData(output), tensorData(interp.call(base, withoutSelf(args), site))];
  return a && b ? emit(interp, graph, { op: { kind: 'add' }, inputs: [a, b], label: 'add' }, site) : unknown('LoRA', site.span);
};

/** Constructor arguments are attributes: `layer.out_features`. */
const rowAttribute: NativeCall = (args) => {
  const [module, name] = args.positional;
  const data = nnxData(module);
  if (!data || name?.kind !== 'string') return unknown('attribute');
  return bind(signatureOf(data.row, 'nnx'), data.args).get(name.value) ?? unknown(`no attribute ${name.value}`);
};

const initialCarry: NativeCall = (args, site, interp) => {
  const data = nnxData(args.positional[0]);
  const shape = shapeArgument(args.positional[1] ?? args.keywords.get('input_shape'));
  const units = data ? asScalar(bind(signatureOf(data.row, 'nnx'), data.args).get('hidden_features')) : undefined;
  const zeros = (): Value => drawn(interp, ZEROS, shape && units !== undefined ? [...shape.slice(0, -1), units] : null, 'carry', site);
  return data?.row.name.includes('LSTM') ? tuple([zeros(), zeros()]) : zeros();
};

const attend: NativeCall = (args, site, interp) => {
  const [module, x] = args.positional;
  const table = module?.kind === 'instance' ? tensorData(module.attrs.get('embedding')) : undefined;
  const input = tensorData(x);
  const [count, features] = table?.shape ?? [];
  if (!table?.storage || input?.node == null || count === undefined || features === undefined) return unknown('attend', site.span);
  const op = { kind: 'dense' as const, inFeatures: features, outFeatures: count };
  const params = [{ storage: table.storage, name: 'embedding', role: 'weight' as const }];
  return emit(interp, input.graph, { op, inputs: [input], params, label: 'attend' }, site);
};

const nnxClass = (row: LayerRow, name: string): ClassValue =>
  nativeClass(
    `flax.nnx.${name}`,
    [NNX],
    {
      __init__: initRow(row),
      __call__: callRow,
      __getattr__: rowAttribute,
      ...(row.cell ? { initialize_carry: initialCarry } : {}),
      ...(row.name === 'Embed' ? { attend } : {}),
    },
    { row },
  );

// ── containers ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const itemNames = (module: InstanceValue): readonly string[] => [...module.attrs.keys()];

const LIST_METHODS: Readonly<Record<string, NativeCall>> = {
  __iter__: (args) => list([...(self(args)?.attrs.values() ?? [])]),
  __len__: (args) => int(self(args)?.attrs.size ?? 0),
  __getitem__: (args, site) => {
    const [module, index] = args.positional;
    if (module?.kind !== 'instance') return unknown('an item', site.span);
    const values = [...module.attrs.values()];
    const at = asNumber(index);
    if (at !== undefined) return values.at(at) ?? unknown('index out of range', site.span);
    if (index?.kind !== 'slice') return unknown('an index that is not known', site.span);
    const [lower, upper] = [index.lower, index.upper].map((v) => (v.kind === 'none' ? undefined : asNumber(v)));
    return list(values.slice(lower, upper));
  },
  append: (args, _site, interp) => {
    const [module, value] = args.positional;
    if (module?.kind === 'instance' && value) interp.storeAttr(module, String(module.attrs.size), value);
    return NONE;
  },
};

const LIST = nativeClass('flax.nnx.List', [NNX], {
  ...LIST_METHODS,
  __init__: (args, site, interp) => {
    const [module, items] = args.positional;
    const values = items ? interp.iterate(items) : [];
    if (!values) interp.partial('A list of modules is not known', site.span);
    if (module?.kind === 'instance') for (const [i, value] of (values ?? []).entries()) interp.storeAttr(module, String(i), value);
    return NONE;
  },
});

const DICT = nativeClass('flax.nnx.Dict', [NNX], {
  __init__: (args, _site, interp) => {
    const [module, items] = args.positional;
    if (module?.kind !== 'instance') return NONE;
    if (items?.kind === 'dict')
      for (const { key, value } of items.entries.values()) if (key.kind === 'string') interp.storeAttr(module, key.value, value);
    for (const [name, value] of args.keywords) interp.storeAttr(module, name, value);
    return NONE;
  },
  __getitem__: (args, site) => {
    const [module, key] = args.positional;
    const found = module?.kind === 'instance' && key?.kind === 'string' ? module.attrs.get(key.value) : undefined;
    return found ?? unknown('an item', site.span);
  },
  __setitem__: (args, _site, interp) => {
    const [module, key, value] = args.positional;
    if (module?.kind === 'instance' && key?.kind === 'string' && value) interp.storeAttr(module, key.value, value);
    return NONE;
  },
  __iter__: (args) => list(itemNames(self(args) as InstanceValue).map(str)),
  keys: (args) => list(itemNames(self(args) as InstanceValue).map(str)),
  values: (args) => list([...(self(args)?.attrs.values() ?? [])]),
  items: (args) => list([...(self(args)?.attrs ?? [])].map(([name, value]) => tuple([str(name), value]))),
  __contains__: (args) =>
    bool(args.positional[1]?.kind === 'string' && itemNames(self(args) as InstanceValue).includes(args.positional[1].value)),
});

const SEQUENTIAL = nativeClass('flax.nnx.Sequential', [NNX], {
  __init__: (args, site, interp) => {
    const [module, ...layers] = args.positional;
    if (args.open) interp.partial('Layers from a splat that is not known', site.span);
    if (module?.kind === 'instance') interp.storeAttr(module, 'layers', list([...layers]));
    return NONE;
  },
  __call__: (args, site, interp) => {
    const layers = self(args)?.attrs.get('layers');
    const items = layers && interp.iterate(layers);
    return items ? callInTurn(items, withoutSelf(args), site, interp) : unknown('layers that are not known', site.span);
  },
});

const RNN = nativeClass('flax.nnx.RNN', [NNX], {
  __init__: (args, _site, interp) => {
    const module = self(args);
    if (!module) return NONE;
    const bound = bind('cell, *, time_major=False, return_carry=False, reverse=False, keep_order=False, **kwargs', args, 1);
    for (const name of ['cell', 'time_major', 'return_carry']) interp.storeAttr(module, name, bound.get(name) ?? NONE);
    return NONE;
  },
  __call__: (args, site, interp) => {
    const [module, sequence] = args.positional;
    const cell = module?.kind === 'instance' ? module.attrs.get('cell') : undefined;
    if (module?.kind !== 'instance' || !cell || !sequence) return unknown('a cell that is not known', site.span);
    const row = nnxData(cell)?.row;
    const timeAxis = isOn(module.attrs.get('time_major')) ? 0 : -2;
    const output = row?.cell
      ? interp.call(cell, makeArgs([sequence], carryOf(args)), site)
      : overSequence(cell, sequence, unknown('a carry'), timeAxis, site, interp);
    const returns = args.keywords.get('return_carry') ?? module.attrs.get('return_carry');
    return isOn(returns) ? tuple([lastStep(output, row?.name.includes('LSTM') ?? false, timeAxis, site, interp), output]) : output;
  },
});

const BIDIRECTIONAL = nativeClass('flax.nnx.Bidirectional', [NNX], {
  __init__: (args, _site, interp) => {
    const module = self(args);
    const bound = bind('forward_rnn, backward_rnn, **kwargs', args, 1);
    if (module) for (const name of ['forward_rnn', 'backward_rnn']) interp.storeAttr(module, name, bound.get(name) ?? NONE);
    return NONE;
  },
  __call__: (args, site, interp) => {
    const module = self(args);
    const parts = ['forward_rnn', 'backward_rnn'].map((name) => {
      const rnn = module?.attrs.get(name);
      return tensorData(rnn ? interp.call(rnn, withoutSelf(args), site) : undefined);
    });
    const inputs = parts.filter((t): t is TensorData => t !== undefined);
    const [x] = inputs;
    if (!x || inputs.length !== 2) return unknown('a direction that is not known', site.span);
    return emit(interp, x.graph, { op: { kind: 'concat', axis: -1 }, inputs, label: 'Bidirectional' }, site);
  },
});

/** The layer inside with its weights divided by their norm: what they then are is not followed. */
const normed = (name: string): ClassValue =>
  nativeClass(`flax.nnx.${name}`, [NNX], {
    __init__: (args, _site, interp) => {
      const [module, layer] = args.positional;
      if (module?.kind === 'instance' && layer) interp.storeAttr(module, 'layer_instance', layer);
      return NONE;
    },
    __call__: (args, site, interp) => {
      const layer = self(args)?.attrs.get('layer_instance');
      const output = layer ? interp.call(layer, withoutSelf(args), site) : unknown('a layer that is not known', site.span);
      const x = activationsIn(output)[0];
      return x ? emitOpaque(interp, x.graph, name, 'weights divided by their norm', [x], site, shapeOf(x)) : output;
    },
  });

export const NNX_CLASSES: ReadonlyMap<string, ClassValue> = new Map<string, ClassValue>([
  ...classesOf('nnx').map(([name, row]) => [name, nnxClass(row, name)] as const),
  ...[LIST, DICT, SEQUENTIAL, RNN, BIDIRECTIONAL, normed('WeightNorm'), normed('SpectralNorm')].map((cls) => [cls.name, cls] as const),
  ['Module', NNX],
  ['Object', NNX],
  ['Pytree', NNX],
  ['RNNCellBase', NNX],
]);

/** A model that is put together from layers without a class of its own. */
export const isSequential = (module: InstanceValue): boolean => module.cls === SEQUENTIAL;

// ── keys and states ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** `rngs.params()`, `rngs.dropout()`, `rngs()`: which key does not matter. */
const RNGS = nativeClass('flax.nnx.Rngs', [], {
  __init__: () => NONE,
  __call__: () => KEY,
  __getattr__: () => native('key', () => KEY, 'static'),
  fork: (args, _site, interp) => {
    flaxState(interp).splits = asScalar(args.keywords.get('split') ?? args.positional[1]) ?? null;
    return args.positional[0] ?? NONE;
  },
  normal: (args, site, interp) => draw('normal', args, site, interp),
  uniform: (args, site, interp) => draw('uniform', args, site, interp),
  params: () => KEY,
});

const draw = (name: string, args: Args, site: CallSite, interp: Interpreter): Value => {
  const shape = shapeArgument(args.positional[1] ?? args.keywords.get('shape'));
  const distribution = name === 'normal' ? ({ kind: 'normal', mean: 0, std: 1 } as const) : ({ kind: 'uniform', low: 0, high: 1 } as const);
  return drawn(interp, distribution, shape, `rngs.${name}`, site);
};

/** `nnx.update(model, state)` may bring a checkpoint's values. */
const update: NativeCall = (args, _site, interp) => {
  const [module] = args.positional;
  if (isNnx(module)) for (const [, storage] of walk(module).variables) markLoaded(storage, interp);
  return NONE;
};

const same: NativeCall = (args) => args.positional[0] ?? NONE;

const decorator: NativeCall = (args) => args.positional[0] ?? native('decorator', (inner) => inner.positional[0] ?? NONE, 'static');

export const NNX_FUNCTIONS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['Rngs', RNGS],
  ...(
    [
      ['update', update],
      ['data', same],
      ['static', same],
      ['clone', same],
      ['jit', decorator],
      ['remat', decorator],
      ['display', () => NONE],
    ] as const
  ).map(([name, call]) => [name, native(name, call, 'static')] as const),
]);
