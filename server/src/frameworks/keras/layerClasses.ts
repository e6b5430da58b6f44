/** The native classes of layers: `Layer`, and one class per row of the layer table. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asString, bind, nativeClass } from '../../interpreter/native.ts';
import type { Args, CallSite, ClassValue, InstanceValue, NativeCall, Value } from '../../interpreter/values.ts';
import { bool, list, NONE, str, tuple, unknown } from '../../interpreter/values.ts';
import { BATCH, type Dim, type Shape, symbol } from '../../network/scalar.ts';
import { emitInput, shapeOf } from '../shared/graph.ts';
import { pathToken, snakeCase } from '../shared/layerNames.ts';
import { shapeFromValue, shapeToValue } from '../shared/shapeValues.ts';
import { markLoaded, setTrainable } from '../shared/storage.ts';
import { activation, stored, tensorData, wrap } from '../shared/tensor.ts';
import { applyRow, buildSteps, inLayer, inputShape, inputsOf, rememberOutput, stepsOf } from './apply.ts';
import { applyFunctional } from './functionalModel.ts';
import type { LayerRow } from './layers/row.ts';
import { LAYERS } from './layers.ts';
import { modernCall } from './legacy.ts';
import { change, ensureLayer, join, kerasState, type LayerData, pathInside, symbolName } from './state.ts';
import { sublayersOf } from './tree.ts';
import { makeWeight } from './weights.ts';

const self = (args: Args): InstanceValue | undefined => {
  const first = args.positional[0];
  return first?.kind === 'instance' ? first : undefined;
};

export const withoutSelf = (args: Args): Args => ({ ...args, positional: args.positional.slice(1) });

// ── Layer ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Arguments of every layer: `name`, `trainable`, `input_shape` and its old spellings. */
const takeCommon = (layer: InstanceValue, args: Args, interp: Interpreter): LayerData => {
  const data = ensureLayer(layer, interp);
  const name = asString(args.keywords.get('name'));
  if (name !== undefined) data.givenName = name.replaceAll('⟦', '').replaceAll('⟧', '');
  const trainable = args.keywords.get('trainable');
  if (trainable?.kind === 'bool') data.trainable = trainable.value;
  const shape = args.keywords.get('input_shape');
  const batchShape = args.keywords.get('batch_input_shape') ?? args.keywords.get('batch_shape');
  const features = args.keywords.get('input_dim');
  const label = symbolName(layer, data);
  if (batchShape) data.inputShape = shapeFromValue(batchShape, label, true);
  else if (shape) data.inputShape = shapeFromValue(shape, label, false);
  else if (features && data.row?.name !== 'Embedding') data.inputShape = withLength(features, args.keywords.get('input_length'), label);
  const weights = args.keywords.get('weights');
  if (weights && weights.kind !== 'none') data.loaded = true;
  return data;
};

const withLength = (features: Value, length: Value | undefined, label: string): Shape | null => {
  const items = length ? [length, features] : [features];
  return shapeFromValue(tuple(items), label, false);
};

/** Runs the `build` of a class of the analysed source once. */
export const buildOnce = (layer: InstanceValue, data: LayerData, args: Args, site: CallSite, interp: Interpreter): void => {
  if (data.built) return;
  const build = interp.findAttr(layer, 'build');
  if (build?.kind !== 'bound' || build.fn.kind !== 'function') return;
  change(data, 'built', true, interp);
  const shapes = inputsOf(args).map(inputShape);
  const label = symbolName(layer, data);
  const first = args.positional[0];
  const shape =
    first && (first.kind === 'list' || first.kind === 'tuple')
      ? list(shapes.map((s) => shapeToValue(s, label)))
      : shapeToValue(shapes[0] ?? null, label);
  interp.call(build, { positional: [shape], keywords: new Map(), open: false }, site);
};

/** Calls a layer under the path that is current: what `__call__` does inside its own name. */
export const callInside = (layer: InstanceValue, args: Args, site: CallSite, interp: Interpreter): Value => {
  const data = ensureLayer(layer, interp);
  if (data.functional) return applyFunctional(layer, data, args, site, interp);
  buildOnce(layer, data, args, site, interp);
  const call = interp.findAttr(layer, 'call');
  if (call) return interp.call(call, args, site);
  if (data.row) return applyRow(layer, args, site, interp);
  return interp.call(unknown(`${layer.cls.name} has no call method`, site.span), args, site);
};

const callLayer: NativeCall = (args, site, interp) => {
  const layer = self(args);
  if (!layer) return unknown('a layer is called without itself', site.span);
  const data = ensureLayer(layer, interp);
  if (!interp.spend(5)) return unknown('the step budget was used up', site.span);
  const graph = kerasState(interp).graph;
  // A sample batch tells the shape; the size of its first axis does not count.
  const sample = graph.paths.length === 0 && !data.inputShape ? inputsOf(withoutSelf(args))[0] : undefined;
  if (sample?.node === null && sample.shape && sample.shape.length > 1)
    change(data, 'inputShape', [BATCH, ...sample.shape.slice(1)], interp);
  if (graph.paths.length > 64) return unknown('layers nested too deep', site.span);
  const inner = graph.paths.length === 0 ? withActivations(withoutSelf(args), site, interp) : withoutSelf(args);
  return inLayer(graph, pathToken(layer), () => rememberOutput(data, callInside(layer, inner, site, interp), interp));
};

/** Data given to a model becomes an input of the graph: nothing is computed with its values. */
const withActivations = (args: Args, site: CallSite, interp: Interpreter): Args => ({
  ...args,
  positional: args.positional.map((value) => {
    const data = tensorData(value);
    if (!data || data.node !== null || !data.shape || data.storage?.isParameter) return value;
    const { graph } = kerasState(interp);
    return wrap(interp, activation(graph, emitInput(graph, 'data', [BATCH, ...data.shape.slice(1)], data.integer, site.span)), site);
  }),
});

/** Freezes or frees a layer and all below it. */
export const setLayerTrainable = (layer: InstanceValue, trainable: boolean, interp: Interpreter, seen = new Set<InstanceValue>()): void => {
  if (seen.has(layer)) return;
  seen.add(layer);
  const data = ensureLayer(layer, interp);
  change(data, 'trainable', trainable, interp);
  // Moving statistics are never trained.
  for (const [name, storage] of data.weights) if (!name.startsWith('moving_')) setTrainable(storage, trainable, interp);
  for (const child of sublayersOf(layer, interp)) setLayerTrainable(child, trainable, interp, seen);
};

/** What a layer holds comes from a checkpoint, or from data. */
export const setLayerLoaded = (layer: InstanceValue, interp: Interpreter, seen = new Set<InstanceValue>()): void => {
  if (seen.has(layer)) return;
  seen.add(layer);
  const data = ensureLayer(layer, interp);
  change(data, 'loaded', true, interp);
  for (const storage of data.weights.values()) markLoaded(storage, interp);
  for (const child of sublayersOf(layer, interp)) setLayerLoaded(child, interp, seen);
};

const ADD_WEIGHT = 'shape=None, initializer=None, dtype=None, trainable=True, *args, name=None, **kwargs';
const ADD_WEIGHT_OLD = 'name=None, shape=None, dtype=None, initializer=None, regularizer=None, trainable=True, **kwargs';

const addWeight: NativeCall = (args, site, interp) => {
  const layer = self(args);
  if (!layer) return unknown('add_weight without a layer', site.span);
  const data = ensureLayer(layer, interp);
  const old = args.positional[1]?.kind === 'string';
  const bound = bind(old ? ADD_WEIGHT_OLD : ADD_WEIGHT, args, 1);
  const given = asString(bound.get('name'));
  const name = given ?? `variable${data.weights.size === 0 ? '' : `_${data.weights.size}`}`;
  const shapeValue = bound.get('shape');
  const items =
    shapeValue?.kind === 'tuple' || shapeValue?.kind === 'list' ? shapeValue.items : shapeValue?.kind === 'number' ? [shapeValue] : [];
  const shape = items.map(
    (item, i): Dim =>
      item.kind === 'number' ? item.value : symbol(item.kind === 'unknown' && item.symbol ? item.symbol : `${name}.size${i}`),
  );
  const graph = kerasState(interp).graph;
  const key = bound.key('initializer');
  const storage = makeWeight(
    {
      owner: layer,
      data,
      site,
      path: pathInside(graph),
      given: bound.get('initializer'),
      argument: key === undefined ? undefined : site.argSpans.get(key),
      weight: {
        name,
        role: 'other',
        shape,
        argument: 'initializer',
        fallback: kerasState(interp).dialect.defaultInitializer,
        trainable: bound.get('trainable')?.kind !== 'bool' || interp.truth(bound.get('trainable') as Value) !== false,
      },
    },
    interp,
  );
  storage.role = null;
  if (given === undefined) kerasState(interp).unnamed.add(storage);
  data.weights.set(name, storage);
  return wrap(interp, stored(graph, storage), site);
};

/** `self.x = …`: `trainable` is a switch, a variable learns its name. */
const setAttribute: NativeCall = (args, _site, interp) => {
  const [layer, name, value] = args.positional;
  if (layer?.kind !== 'instance' || name?.kind !== 'string' || !value) return NONE;
  if (name.value === 'trainable' && value.kind === 'bool') {
    setLayerTrainable(layer, value.value, interp);
    return NONE;
  }
  const variable = tensorData(value)?.storage;
  const state = kerasState(interp);
  if (variable?.isParameter && (!state.owners.has(variable) || state.unnamed.has(variable))) {
    const data = ensureLayer(layer, interp);
    state.unnamed.delete(variable);
    state.owners.set(variable, { path: pathInside(state.graph), owner: layer, name: name.value });
    for (const [key, storage] of data.weights) if (storage === variable) data.weights.delete(key);
    data.weights.set(name.value, variable);
  }
  interp.storeAttr(layer, name.value, value);
  return NONE;
};

const lastPart = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Attributes that Keras makes: names, weights, constructor arguments, inputs and outputs. */
const getAttribute: NativeCall = (args, site, interp) => {
  const [layer, name] = args.positional;
  if (layer?.kind !== 'instance' || name?.kind !== 'string') return unknown('attribute');
  const data = ensureLayer(layer, interp);
  switch (name.value) {
    case 'name':
      return str(data.givenName ?? snakeCase(layer.cls.name));
    case 'trainable':
      return bool(data.trainable);
    case 'built':
      return bool(data.built);
    case 'layers':
      return list([...sublayersOf(layer, interp)]);
    case 'output':
      return data.functional ? single(data.functional.outputs) : (data.output ?? unknown('not called yet', site.span));
    case 'outputs':
      return data.functional ? list([...data.functional.outputs]) : unknown('not called yet', site.span);
    case 'input':
    case 'inputs': {
      if (!data.functional) return unknown('not called yet', site.span);
      const inputs = data.functional.inputs.map((input) => wrap(interp, input, null));
      return name.value === 'input' ? single(inputs) : list(inputs);
    }
    case 'output_shape':
      return shapeToValue(data.output ? outputShapeOf(data.output) : null);
    default:
      break;
  }
  const weight = [...data.weights].find(([key]) => lastPart(key) === name.value)?.[1];
  if (weight) return wrap(interp, stored(kerasState(interp).graph, weight), null);
  if (!data.row) return unknown(`no attribute ${name.value}`);
  const bound = bind(data.row.signature, data.args);
  return bound.get(name.value) ?? unknown(`no attribute ${name.value}`);
};

const outputShapeOf = (value: Value): Shape | null => {
  const tensor = tensorData(value);
  return tensor ? shapeOf(tensor) : null;
};

const single = (values: readonly Value[]): Value => (values.length === 1 ? (values[0] as Value) : list([...values]));

/** `layer.build(input_shape)` */
const buildLayer: NativeCall = (args, _site, interp) => {
  const layer = self(args);
  if (!layer) return NONE;
  const data = ensureLayer(layer, interp);
  const shape = shapeFromValue(args.positional[1] ?? args.keywords.get('input_shape'), symbolName(layer, data), true);
  if (shape) change(data, 'inputShape', shape, interp);
  if (data.row && shape && data.site) {
    const graph = kerasState(interp).graph;
    buildSteps(layer, data, stepsOf(layer, data, [shape]), join(pathInside(graph), pathToken(layer)), interp);
  }
  return NONE;
};

const loadWeights: NativeCall = (args, _site, interp) => {
  const layer = self(args);
  if (layer) setLayerLoaded(layer, interp);
  return NONE;
};

export const LAYER = nativeClass('keras.layers.Layer', [], {
  __init__: (args, _site, interp) => {
    const layer = self(args);
    if (layer) takeCommon(layer, args, interp);
    return NONE;
  },
  __call__: callLayer,
  __setattr__: setAttribute,
  __getattr__: getAttribute,
  add_weight: addWeight,
  add_variable: addWeight,
  build: buildLayer,
  set_weights: loadWeights,
  load_weights: loadWeights,
  load_own_variables: loadWeights,
  get_config: () => ({ kind: 'dict', entries: new Map(), open: true }),
  add_loss: () => NONE,
  add_metric: () => NONE,
});

// ── one class per row ──────────────────────────────────────────────────────────────────────────────────────────────────────

export const initRow =
  (row: LayerRow, calledAs: string = row.name): NativeCall =>
  (args, site, interp) => {
    const layer = self(args);
    if (!layer) return NONE;
    const data = ensureLayer(layer, interp);
    const call = modernCall(row, calledAs, withoutSelf(args), site);
    data.row = row;
    data.args = call.args;
    data.site = call.site;
    data.renamed = call.renamed;
    takeCommon(layer, args, interp);
    return NONE;
  };

/** The class of a row; other frameworks have it under a base and a name of their own. */
export const layerClass = (row: LayerRow, base: ClassValue = LAYER, namespace = 'keras.layers'): ClassValue =>
  nativeClass(
    `${namespace}.${row.name}`,
    [base],
    {
      __init__: initRow(row),
      call: (args, site, interp) => {
        const layer = self(args);
        return layer ? applyRow(layer, withoutSelf(args), site, interp) : unknown('call without a layer', site.span);
      },
    },
    row,
  );

/** Layer classes by every name that they go by. */
export const LAYER_CLASSES: ReadonlyMap<string, ClassValue> = new Map(
  LAYERS.flatMap((row) => {
    const cls = layerClass(row);
    // Another name is the same class; that of Keras 1 tells how the arguments are meant.
    const alias = (name: string): ClassValue =>
      /onvolution/.test(name) ? nativeClass(cls.path, [cls], { __init__: initRow(row, name) }, row) : cls;
    return [[row.name, cls] as const, ...(row.aliases ?? []).map((name) => [name, alias(name)] as const)];
  }),
);
