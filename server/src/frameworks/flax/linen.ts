/**
 * `flax.linen.Module`. Modules are dataclasses; a module made inside a method of another is its child, named by `name=`, by the attribute
 * that `setup` gives it, or by its class and a number. Parameters live in scopes: calling the same name twice finds the same ones.
 */
import type { Interpreter } from '../../interpreter/api.ts';
import { asScalar, bind, native, nativeClass } from '../../interpreter/native.ts';
import { initializeFields } from '../../interpreter/stdlib/dataclasses.ts';
import type { Args, CallSite, ClassValue, FunctionValue, InstanceValue, NativeCall, Value } from '../../interpreter/values.ts';
import { NONE, str, tuple, unknown } from '../../interpreter/values.ts';
import { ZEROS } from '../../network/distribution.ts';
import type { Shape } from '../../network/scalar.ts';
import { within } from '../shared/graph.ts';
import type { Storage } from '../shared/storage.ts';
import { dense, stored, tensorData, wrap } from '../shared/tensor.ts';
import { drawn, KEY, shapeArgument } from './creation.ts';
import { applyLayer, drawWeight, type Layer, stepsOf } from './layerCall.ts';
import { type LayerRow, signatureOf } from './layers/row.ts';
import { drawFrom, initializerOf, makeParameter, spanOf } from './parameters.ts';
import {
  change,
  flaxState,
  join,
  LINEN,
  type LinenData,
  linenData,
  NOWHERE,
  newLinenData,
  type ScopeNode,
  type StackedAxis,
} from './state.ts';
import { applied } from './training.ts';

export const self = (args: Args): InstanceValue | undefined => (args.positional[0]?.kind === 'instance' ? args.positional[0] : undefined);

export const withoutSelf = (args: Args): Args => ({ ...args, positional: args.positional.slice(1) });

export const ensureLinen = (module: InstanceValue): LinenData => {
  const known = linenData(module);
  if (known) return known;
  const data = newLinenData(module.site);
  module.data = data;
  return data;
};

// ── scopes and names ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** What a lifted transformation (`nn.scan`, `nn.remat`) says of the class that it makes. */
export interface Lifted {
  readonly lifted: true;
  /** 'ScanBlock' */
  readonly autoname: string;
  /** Axis that it puts in front of the parameters. */
  readonly stacked: StackedAxis | null;
}

export const liftedOf = (cls: ClassValue): Lifted | undefined => {
  const meta = cls.meta as Partial<Lifted> | undefined;
  return meta?.lifted ? (meta as Lifted) : undefined;
};

const setIn = <K, V>(map: Map<K, V>, key: K, value: V, interp: Interpreter): void => {
  const had = map.get(key);
  interp.mutate(
    () => map.set(key, value),
    () => {
      if (had === undefined) map.delete(key);
      else map.set(key, had);
    },
  );
};

const childScope = (parent: ScopeNode, name: string, stacked: StackedAxis | null, interp: Interpreter): ScopeNode => {
  const known = parent.children.get(name);
  if (known) return known;
  const scope: ScopeNode = {
    root: parent.root,
    path: join(parent.path, name),
    params: new Map(),
    children: new Map(),
    stacked: stacked ? [...parent.stacked, stacked] : parent.stacked,
    calls: 0,
  };
  setIn(parent.children, name, scope, interp);
  return scope;
};

/** Modules inside a value with the suffix that linen gives them: lists by number, dicts by key. */
const modulesIn = (value: Value, suffix = '', depth = 0, into: [string, InstanceValue][] = []): [string, InstanceValue][] => {
  if (depth > 4) return into;
  if (value.kind === 'instance' && linenData(value)) into.push([suffix, value]);
  else if (value.kind === 'list' || value.kind === 'tuple')
    for (const [i, item] of value.items.entries()) modulesIn(item, `${suffix}_${i}`, depth + 1, into);
  else if (value.kind === 'dict')
    for (const { key, value: item } of value.entries.values())
      if (key.kind === 'string' || key.kind === 'number')
        modulesIn(item, `${suffix}_${key.kind === 'string' ? key.value : String(key.value)}`, depth + 1, into);
  return into;
};

/** Gives a module its place; modules in its fields that nobody owns become its children by the field's name. */
const attach = (module: InstanceValue, parent: InstanceValue, name: string, interp: Interpreter): void => {
  const data = ensureLinen(module);
  const scope = linenData(parent)?.scope;
  if (!scope) return;
  change(data, 'parent', parent, interp);
  change(data, 'name', name, interp);
  bindTo(module, data, childScope(scope, name, liftedOf(module.cls)?.stacked ?? null, interp), interp);
};

export const bindTo = (module: InstanceValue, data: LinenData, scope: ScopeNode, interp: Interpreter): void => {
  change(data, 'scope', scope, interp);
  change(data, 'isSetUp', false, interp);
  change(data, 'cursors', new Map(), interp);
  for (const [field, value] of module.attrs) adopt(module, field, value, interp);
};

/** Modules that were made outside of all methods, or in `setup` without a name, get the attribute's name. */
const adopt = (module: InstanceValue, field: string, value: Value, interp: Interpreter): void => {
  const scope = linenData(module)?.scope;
  if (!scope) return;
  for (const [suffix, child] of modulesIn(value)) {
    const data = ensureLinen(child);
    const outside = data.parent === null && data.scope?.root !== scope.root;
    const unnamed = data.name === null && data.scope === null;
    // A module of an earlier run belongs to this one now.
    const stale = data.scope !== null && data.scope.root !== scope.root;
    if (child !== module && (outside || unnamed || stale)) attach(child, module, `${field}${suffix}`, interp);
  }
};

/** Name after the class and how many of it this module already has. */
const autoName = (parent: LinenData, cls: ClassValue, interp: Interpreter): string => {
  const prefix = liftedOf(cls)?.autoname ?? cls.name;
  const count = parent.cursors.get(prefix) ?? 0;
  change(parent, 'cursors', new Map([...parent.cursors, [prefix, count + 1]]), interp);
  return `${prefix}_${count}`;
};

const enter = (module: InstanceValue, interp: Interpreter): void => {
  const parent = flaxState(interp).running.at(-1);
  const data = ensureLinen(module);
  if (!parent || data.scope) return;
  const owner = ensureLinen(parent);
  if (owner.inSetup && data.name === null) {
    data.parent = parent;
    return;
  }
  attach(module, parent, data.name ?? autoName(owner, module.cls, interp), interp);
};

// ── construction ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** `parent=None` makes a module that belongs to nobody. */
const takeName = (module: InstanceValue, args: Args): boolean => {
  const data = ensureLinen(module);
  const name = args.keywords.get('name');
  if (name?.kind === 'string') data.name = name.value;
  return args.keywords.get('parent')?.kind !== 'none';
};

const OWN = new Set(['name', 'parent']);

const withoutOwn = (args: Args): Args => ({ ...args, keywords: new Map([...args.keywords].filter(([key]) => !OWN.has(key))) });

const initModule: NativeCall = (args, site, interp) => {
  const module = self(args);
  if (!module) return NONE;
  const attached = takeName(module, args);
  initializeFields(module, withoutOwn(withoutSelf(args)), site, interp);
  if (attached) enter(module, interp);
  return NONE;
};

/** What the constructor of a native class with fields does. */
export const construct = (module: InstanceValue, fields: ReadonlyMap<string, Value>, args: Args, interp: Interpreter): Value => {
  const attached = takeName(module, args);
  for (const [name, value] of fields) interp.storeAttr(module, name, value);
  if (attached) enter(module, interp);
  return NONE;
};

const initRow =
  (row: LayerRow): NativeCall =>
  (args, site, interp) => {
    const module = self(args);
    if (!module) return NONE;
    const data = ensureLinen(module);
    data.row = row;
    data.args = withoutOwn(withoutSelf(args));
    if (takeName(module, args)) enter(module, interp);
    void site;
    return NONE;
  };

// ── methods ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const inside = <T>(module: InstanceValue, data: LinenData, interp: Interpreter, body: () => T): T => {
  const { running, graph } = flaxState(interp);
  running.push(module);
  data.depth++;
  try {
    return within(graph, data.scope?.path ?? '', body);
  } finally {
    data.depth--;
    running.pop();
    // The next call numbers its children anew and so finds the same ones.
    if (data.depth === 0) change(data, 'cursors', new Map(), interp);
  }
};

const setUp = (module: InstanceValue, data: LinenData, interp: Interpreter): void => {
  if (data.isSetUp || !data.scope) return;
  const setup = interp.findAttr(module, 'setup');
  change(data, 'isSetUp', true, interp);
  if (setup?.kind !== 'bound' || setup.fn.kind !== 'function') return;
  const fn: FunctionValue = setup.fn;
  data.inSetup = true;
  try {
    inside(module, data, interp, () => interp.call(fn, { positional: [module], keywords: new Map(), open: false }, module.site ?? NOWHERE));
  } finally {
    data.inSetup = false;
  }
};

/** A module that nobody gave a place belongs to the one whose method calls it. */
const place = (module: InstanceValue, interp: Interpreter): void => {
  const data = ensureLinen(module);
  const parent = flaxState(interp).running.at(-1);
  const root = parent && linenData(parent)?.scope?.root;
  if (!parent || !root || parent === module || data.scope?.root === root) return;
  attach(module, parent, data.name ?? autoName(ensureLinen(parent), module.cls, interp), interp);
};

/** Runs the body of a native class's call as one of its methods. */
export const insideModule = (module: InstanceValue, interp: Interpreter, body: () => Value): Value => {
  const data = ensureLinen(module);
  place(module, interp);
  if (!data.scope) return unknown(`${module.cls.name} is called outside of a model`);
  return inside(module, data, interp, body);
};

/** Stands around every call of a method of a module of the source. */
const around: NativeCall = (args, site, interp) => {
  const [module, fn, ...rest] = args.positional;
  if (module?.kind !== 'instance' || fn?.kind !== 'function') return unknown('a method', site.span);
  const call: Args = { ...args, positional: [module, ...rest] };
  const data = ensureLinen(module);
  place(module, interp);
  if (!data.scope || fn.name === 'setup' || fn.name === '__post_init__') return interp.call(fn, call, site);
  if (flaxState(interp).running.length > 64) return unknown('modules nested too deep', site.span);
  if (!data.inSetup) setUp(module, data, interp);
  return inside(module, data, interp, () => interp.call(fn, call, site));
};

/** A row layer as `layerCall` sees it. */
const layerOf = (module: InstanceValue, data: LinenData, interp: Interpreter): Layer | undefined => {
  const { row, scope } = data;
  if (!row || !scope) return undefined;
  const layer = { row, api: 'linen' as const, args: data.args, site: data.site, label: liftedOf(module.cls) ? row.name : module.cls.name };
  return {
    ...layer,
    path: scope.path,
    name: scope.path || module.cls.name,
    storage: (weight) => {
      const known = scope.params.get(weight.name);
      if (known) return known;
      const storage = drawWeight(layer, weight, (shape) => stackedShape(scope, shape), interp);
      setIn(scope.params, weight.name, storage, interp);
      return storage;
    },
  };
};

/** Axes of lifted transformations are put in front of a parameter's own. */
const stackedShape = (scope: ScopeNode, shape: Shape): Shape =>
  scope.stacked.reduceRight<Shape>((s, { axis, size }) => [...s.slice(0, axis), size, ...s.slice(axis)], shape);

export const callRow = (module: InstanceValue, args: Args, site: CallSite, interp: Interpreter): Value => {
  const data = ensureLinen(module);
  place(module, interp);
  const layer = layerOf(module, data, interp);
  const scope = data.scope;
  if (!layer || !scope) return unknown(`${module.cls.name} is called outside of a model`, site.span);
  if (!interp.spend(5)) return unknown('the step budget was used up', site.span);
  scope.calls++;
  const { graph } = flaxState(interp);
  const { output, nodes } = within(graph, layer.path, () => applyLayer(layer, args, site, scope.calls, graph, interp));
  for (const { op, params } of nodes)
    if (params.length > 0 && scope.calls === 1)
      scope.root.held.push({
        op,
        params,
        path: layer.path,
        label: layer.label,
        span: (layer.site ?? site).span,
        nameSpan: (layer.site ?? site).nameSpan,
      });
  return output;
};

/** Embed's table, used again as the output layer. */
export const parameterOf = (module: InstanceValue, name: string, interp: Interpreter): Value | undefined => {
  const data = linenData(module);
  if (!data?.row || !data.scope) return undefined;
  place(module, interp);
  const layer = layerOf(module, data, interp);
  const weight =
    layer &&
    stepsOf(layer, [null])
      .flatMap((s) => s.weights)
      .find((w) => w.name === name);
  return layer && weight ? wrap(interp, stored(flaxState(interp).graph, layer.storage(weight)), null) : undefined;
};

// ── parameters of a module's own ───────────────────────────────────────────────────────────────────────────────────────────

const variable =
  (
    collection: (args: Args) => {
      readonly name: Value | undefined;
      readonly init: Value | undefined;
      readonly rest: Args;
      readonly trainable: boolean;
      readonly key: number | string;
    },
  ): NativeCall =>
  (args, site, interp) => {
    const module = self(args);
    const scope = module && linenData(module)?.scope;
    const { name, init, rest, trainable, key } = collection(args);
    if (!module || !scope || name?.kind !== 'string' || !init) return unknown('a variable of a module without a place', site.span);
    const { graph } = flaxState(interp);
    const known = scope.params.get(name.value);
    if (known) return wrap(interp, stored(graph, known), site);
    const storage = ownParameter(scope, init, rest, trainable, site, key, interp);
    setIn(scope.params, name.value, storage, interp);
    scope.root.held.push({
      op: { kind: 'opaque', what: 'param', reason: 'a parameter of its own' },
      params: [{ storage, name: name.value, role: 'other' }],
      path: scope.path,
      label: 'param',
      span: site.span,
      nameSpan: site.nameSpan,
    });
    return wrap(interp, stored(graph, storage), site);
  };

const ownParameter = (
  scope: ScopeNode,
  init: Value,
  rest: Args,
  trainable: boolean,
  site: CallSite,
  key: number | string,
  interp: Interpreter,
): Storage => {
  const table = initializerOf(init);
  const asked = shapeArgument(rest.positional[0] ?? rest.keywords.get('shape'));
  if (table && asked) {
    const drawn = drawFrom(init, asked, site, interp);
    const span = spanOf(init, site.argSpans.get(key), site);
    return makeParameter(interp, {
      drawn,
      shape: stackedShape(scope, asked),
      asked,
      role: null,
      trainable,
      source: 'argument',
      span,
      site,
    });
  }
  // A function of the source: what it returns says shape and draw. A variable's is called without a key.
  const result = trainable
    ? interp.call(init, { ...rest, positional: [KEY, ...rest.positional] }, site)
    : interp.call(init, table ? { ...rest, positional: [KEY, ...rest.positional.slice(-1)] } : rest, site);
  const source = tensorData(result)?.storage;
  const shape = tensorData(result)?.shape ?? asked;
  const distribution = source?.init.distribution ?? ({ kind: 'unknown', reason: 'its initializer is not followed' } as const);
  return makeParameter(interp, {
    drawn: { distribution, name: source?.init.name ?? 'param' },
    shape: shape ? stackedShape(scope, shape) : null,
    asked: null,
    role: null,
    trainable,
    source: 'argument',
    span: source?.init.span ?? site.nameSpan,
    site,
  });
};

const param = variable((args) => {
  const [, name, init, ...rest] = args.positional;
  return {
    name: name ?? args.keywords.get('name'),
    init: init ?? args.keywords.get('init_fn'),
    rest: { positional: rest, keywords: new Map([...args.keywords].filter(([k]) => k === 'shape' || k === 'dtype')), open: args.open },
    trainable: true,
    key: 1,
  };
});

const plainVariable = variable((args) => {
  const [, , name, init, ...rest] = args.positional;
  return {
    name: name ?? args.keywords.get('name'),
    init: init ?? args.keywords.get('init_fn'),
    rest: { positional: rest, keywords: new Map(), open: args.open },
    trainable: false,
    key: 2,
  };
});

// ── from outside ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** `model.init(key, x)`: its arguments say what the inputs are. */
const observe = (args: Args, interp: Interpreter): void => {
  const module = self(args);
  const state = flaxState(interp);
  if (!module || state.running.length > 0 || args.keywords.has('method')) return;
  const positional = args.positional.slice(2);
  const keywords = new Map([...args.keywords].filter(([key]) => key !== 'mutable' && key !== 'rngs'));
  if (!state.observed.has(module)) state.observed.set(module, { positional, keywords, open: args.open });
};

const VARIABLES = (): Value => ({ ...unknown('the variables of a model'), symbol: 'variables' });

const fromOutside =
  (result: () => Value): NativeCall =>
  (args, _site, interp) => {
    observe(args, interp);
    return result();
  };

const setAttribute: NativeCall = (args, _site, interp) => {
  const [module, name, value] = args.positional;
  if (module?.kind !== 'instance' || name?.kind !== 'string' || !value) return NONE;
  interp.storeAttr(module, name.value, value);
  adopt(module, name.value, value, interp);
  return NONE;
};

/** Attributes that `setup` makes are there before any method ran. */
const getAttribute: NativeCall = (args, _site, interp) => {
  const [module, name] = args.positional;
  if (module?.kind !== 'instance' || name?.kind !== 'string') return unknown('attribute');
  const data = ensureLinen(module);
  if (name.value === 'name') return data.name === null ? NONE : str(data.name);
  if (!data.isSetUp && data.scope && !data.inSetup) {
    setUp(module, data, interp);
    const made = module.attrs.get(name.value);
    if (made) return made;
  }
  const { row } = data;
  if (row) {
    const own = parameterOf(module, name.value, interp) ?? bind(signatureOf(row, 'linen'), data.args).get(name.value);
    if (own) return own;
  }
  return unknown(`no attribute ${name.value}`);
};

const copyOf = (module: InstanceValue, keywords: ReadonlyMap<string, Value>, site: CallSite, interp: Interpreter): Value => {
  const fields = new Map([...module.attrs, ...keywords]);
  const data = ensureLinen(module);
  const args: Args = data.row
    ? { ...data.args, keywords: new Map([...data.args.keywords, ...keywords]) }
    : { positional: [], keywords: fields, open: false };
  return interp.instantiate(module.cls, args, module.site ?? site);
};

const members: Readonly<Record<string, NativeCall>> = {
  __init__: initModule,
  __post_init__: () => NONE,
  __around__: around,
  __setattr__: setAttribute,
  __getattr__: getAttribute,
  setup: () => NONE,
  param,
  variable: plainVariable,
  make_rng: () => KEY,
  is_initializing: () => unknown('whether it is initializing'),
  is_mutable_collection: () => unknown('whether a collection is mutable'),
  has_variable: () => unknown('whether a variable is there'),
  has_rng: () => unknown('whether a key is there'),
  get_variable: () => unknown('a variable'),
  put_variable: () => NONE,
  sow: () => NONE,
  perturb: (args) => args.positional[2] ?? NONE,
  unbind: (args) => tuple([args.positional[0] ?? NONE, VARIABLES()]),
  bind: (args) => args.positional[0] ?? NONE,
  copy: (args, site, interp) => copyOf(self(args) as InstanceValue, args.keywords, site, interp),
  clone: (args, site, interp) => copyOf(self(args) as InstanceValue, args.keywords, site, interp),
  init: fromOutside(VARIABLES),
  lazy_init: fromOutside(VARIABLES),
  init_with_output: fromOutside(() => tuple([unknown('the output of a model'), VARIABLES()])),
  apply: (args, site, interp) => {
    observe(args, interp);
    const module = self(args);
    return module && flaxState(interp).running.length === 0 ? applied(module, args, site, interp) : unknown('the output of a model');
  },
  tabulate: fromOutside(() => str('')),
};
for (const [name, member] of Object.entries(members)) LINEN.attrs.set(name, native(name, member));

/** Zeros of the cell's width: two of them for an LSTM. */
const initialCarry: NativeCall = (args, site, interp) => {
  const module = self(args);
  const data = linenData(module);
  const shape = shapeArgument(args.positional[2] ?? args.keywords.get('input_shape'));
  const units = data?.row ? asScalar(bind(signatureOf(data.row, 'linen'), data.args).get('features')) : undefined;
  const zeros = (): Value => drawn(interp, ZEROS, shape && units !== undefined ? [...shape.slice(0, -1), units] : null, 'carry', site);
  return data?.row?.name.includes('LSTM') ? tuple([zeros(), zeros()]) : zeros();
};

/** `embed.attend(x)`: the table as an output layer. */
const attend: NativeCall = (args, site, interp) => {
  const [module, x] = args.positional;
  const table = module?.kind === 'instance' ? tensorData(parameterOf(module, 'embedding', interp)) : undefined;
  const input = tensorData(x);
  if (!table?.shape || input?.node == null) return unknown('attend', site.span);
  const [count, features] = table.shape;
  if (count === undefined || features === undefined) return unknown('attend', site.span);
  return dense(interp, input.graph, input, { ...table, shape: [features, count] }, undefined, 'attend', site);
};

/** The native class of a row of the table. */
export const linenClass = (row: LayerRow, name: string): ClassValue =>
  nativeClass(
    `flax.linen.${name}`,
    [LINEN],
    {
      __init__: initRow(row),
      __call__: (args, site, interp) => {
        const module = self(args);
        return module ? callRow(module, withoutSelf(args), site, interp) : unknown('a layer without itself', site.span);
      },
      ...(row.cell ? { initialize_carry: initialCarry } : {}),
      ...(row.name === 'Embed' ? { attend } : {}),
    },
    { row },
  );
