/** The native classes of layers: `Layer`, `MergeLayer`, `InputLayer`, and one class per row of the layer table. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asString, bind, nativeClass } from '../../interpreter/native.ts';
import type { Args, CallSite, ClassValue, InstanceValue, NativeCall, Value } from '../../interpreter/values.ts';
import { list, NONE, unknown } from '../../interpreter/values.ts';
import { type Dim, type Shape, symbol } from '../../network/scalar.ts';
import { emitInput, emitNode, shapeOf } from '../shared/graph.ts';
import { shapeFromValue, shapeToValue } from '../shared/shapeValues.ts';
import type { Storage } from '../shared/storage.ts';
import { activation, type TensorData, tensorData, wrap } from '../shared/tensor.ts';
import type { LayerRow, Weight } from './layers/row.ts';
import { LAYERS } from './layers.ts';
import { nonlinearity } from './nonlinearities.ts';
import { applyRow, contextOf, incomingOf, inputsOf, outputOf, siteOf } from './outputs.ts';
import { change, ensureLayer, type Incoming, type LayerData, lasagneState, layerData, symbolName } from './state.ts';
import { makeParameter, parameterValue } from './weights.ts';

const self = (args: Args): InstanceValue | undefined => {
  const first = args.positional[0];
  return first?.kind === 'instance' ? first : undefined;
};

const withoutSelf = (args: Args): Args => ({ ...args, positional: args.positional.slice(1) });

const itemsOf = (value: Value | undefined): readonly Value[] =>
  value?.kind === 'list' || value?.kind === 'tuple' || value?.kind === 'set' ? value.items : value ? [value] : [];

/** A layer that others take is a layer, even where it stands for what is not known. */
const taken = (incoming: readonly Incoming[], interp: Interpreter): readonly Incoming[] => {
  for (const { layer } of incoming) {
    const data = layerData(layer ?? undefined);
    if (data?.standsIn) change(data, 'standsIn', false, interp);
  }
  return incoming;
};

const take = (data: LayerData, values: readonly (Value | undefined)[], site: CallSite, interp: Interpreter): void => {
  data.incoming = taken(
    values.map((value) => incomingOf(value, site, interp)),
    interp,
  );
};

const nameFrom = (data: LayerData, value: Value | undefined): void => {
  const name = asString(value);
  if (name !== undefined) data.givenName = name.replaceAll('⟦', '').replaceAll('⟧', '');
};

// ── parameters ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const withParam = (params: ReadonlyMap<string, Storage>, name: string, storage: Storage | null): ReadonlyMap<string, Storage> => {
  const next = new Map(params);
  if (storage) next.set(name, storage);
  else next.delete(name);
  return next;
};

const ADD_PARAM = 'spec, shape, name=None, **tags';

const addParam: NativeCall = (args, site, interp) => {
  const layer = self(args);
  if (!layer) return unknown('add_param without a layer', site.span);
  const data = ensureLayer(layer, interp);
  const bound = bind(ADD_PARAM, args, 1);
  const name = asString(bound.get('name')) ?? `param${data.params.size === 0 ? '' : data.params.size}`;
  const shape = itemsOf(bound.get('shape')).map(
    (item, i): Dim =>
      item.kind === 'number' ? item.value : symbol(item.kind === 'unknown' && item.symbol ? item.symbol : `${name}.size${i}`),
  );
  const key = bound.key('spec');
  const spec = bound.get('spec');
  const trainable = bound.extra.get('trainable');
  const storage = makeParameter(
    {
      shape,
      role: null,
      given: spec,
      fallback: '',
      argument: key === undefined ? undefined : site.argSpans.get(key),
      trainable: trainable?.kind === 'bool' ? trainable.value : true,
      // The layer was made where its class was called, not where the class asks for its parameters.
      site: withArguments(layer, spec, site),
    },
    interp,
  );
  change(data, 'params', withParam(data.params, name, storage), interp);
  return parameterValue(storage, interp);
};

/** The call that made the layer, where the initializer was handed over there; else the call of `add_param`. */
const withArguments = (layer: InstanceValue, spec: Value | undefined, site: CallSite): CallSite => {
  const made = layer.site;
  if (!made || spec?.kind !== 'instance' || !spec.site) return site;
  const [outer, inner] = [made.span, spec.site.span];
  const inside = outer.anchor === inner.anchor && outer.start <= inner.start && inner.end <= outer.end;
  return inside ? made : site;
};

const makeWeights = (data: LayerData, weights: readonly Weight[], site: CallSite, interp: Interpreter): void => {
  const bound = data.row ? bind(data.row.signature, data.args) : null;
  const params = new Map(data.params);
  for (const weight of weights) {
    const key = weight.argument === null ? undefined : bound?.key(weight.argument);
    const storage =
      weight.storage ??
      makeParameter(
        {
          shape: weight.shape,
          role: weight.role,
          given: weight.given,
          fallback: weight.fallback,
          argument: key === undefined ? undefined : site.argSpans.get(key),
          trainable: weight.trainable ?? true,
          site,
        },
        interp,
      );
    params.set(weight.name, storage);
  }
  data.params = params;
};

// ── attributes ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const shapesOfInputs = (data: LayerData, interp: Interpreter): readonly (Shape | null)[] =>
  inputsOf(data, interp).map((tensor) => (tensor ? shapeOf(tensor) : null));

const layerOr = (incoming: Incoming | undefined): Value => incoming?.layer ?? NONE;

/** Attributes that every layer has, and the constructor's arguments. */
const getAttribute: NativeCall = (args, _site, interp) => {
  const [layer, name] = args.positional;
  if (layer?.kind !== 'instance' || name?.kind !== 'string') return unknown('attribute');
  const data = layerData(layer);
  if (!data) return unknown(`no attribute ${name.value}`);
  const label = symbolName(layer, data);
  switch (name.value) {
    case 'name':
      return data.givenName === null ? NONE : { kind: 'string', value: data.givenName };
    case 'input_layer':
      return layerOr(data.incoming[0]);
    case 'input_layers':
      return list(data.incoming.map(layerOr));
    case 'input_shape':
      return shapeToValue(shapesOfInputs(data, interp)[0] ?? null, label);
    case 'input_shapes':
      return list(shapesOfInputs(data, interp).map((shape) => shapeToValue(shape, label)));
    case 'shape':
    case 'output_shape': {
      const output = outputOf(layer, interp);
      return shapeToValue(output ? shapeOf(output) : null, label);
    }
    case 'input_var': {
      const output = outputOf(layer, interp);
      return output ? wrap(interp, output, null) : NONE;
    }
    case 'params':
      return { kind: 'dict', entries: new Map(), open: true };
    case 'nonlinearity':
      return data.nonlinearity ?? argumentOf(data, 'nonlinearity') ?? unknown('no nonlinearity');
    default:
      break;
  }
  const param = data.params.get(name.value);
  if (param) return parameterValue(param, interp);
  return argumentOf(data, name.value) ?? unknown(`no attribute ${name.value}`);
};

const argumentOf = (data: LayerData, name: string): Value | undefined => {
  if (!data.row) return undefined;
  const bound = bind(data.row.signature, data.args);
  const value = bound.get(name);
  // Strings in the table's signatures stand for objects.
  return bound.has(name) || value?.kind !== 'string' ? value : nonlinearity(value.value);
};

/** `layer.b = None`, `layer.nonlinearity = …`, `layer.W = other.W`: what the layer gives changes. */
const setAttribute: NativeCall = (args, _site, interp) => {
  const [layer, name, value] = args.positional;
  if (layer?.kind !== 'instance' || name?.kind !== 'string' || !value) return NONE;
  const data = layerData(layer);
  if (data) setLayer(data, name.value, value, interp);
  interp.storeAttr(layer, name.value, value);
  return NONE;
};

const setLayer = (data: LayerData, name: string, value: Value, interp: Interpreter): void => {
  const storage = tensorData(value)?.storage;
  if (name === 'nonlinearity' && data.nonlinearity !== undefined) change(data, 'nonlinearity', value, interp);
  else if (data.params.has(name) && (value.kind === 'none' || storage))
    change(data, 'params', withParam(data.params, name, storage ?? null), interp);
  else return;
  change(data, 'output', null, interp);
};

// ── Layer, MergeLayer, InputLayer ──────────────────────────────────────────────────────────────────────────────────────────

const FILTERS = 'unwrap_shared=True, **tags';

/** Parameters of a layer, those that carry the tags asked for. */
export const paramsOf = (data: LayerData, tags: ReadonlyMap<string, Value>, interp: Interpreter): readonly Value[] => {
  const trainable = tags.get('trainable');
  return [...data.params.values()]
    .filter((storage) => trainable?.kind !== 'bool' || storage.trainable === trainable.value)
    .map((storage) => parameterValue(storage, interp));
};

export const LAYER: ClassValue = nativeClass('lasagne.layers.Layer', [], {
  __init__: (args, site, interp) => {
    const layer = self(args);
    if (!layer) return NONE;
    const bound = bind('incoming, name=None', args, 1);
    const data = ensureLayer(layer, interp);
    nameFrom(data, bound.get('name'));
    take(data, [bound.get('incoming')], siteOf(layer, data) ?? site, interp);
    return NONE;
  },
  __setattr__: setAttribute,
  __getattr__: getAttribute,
  add_param: addParam,
  create_param: addParam,
  get_params: (args, _site, interp) => {
    const data = layerData(args.positional[0]);
    return data ? list([...paramsOf(data, bind(FILTERS, args, 1).extra, interp)]) : list([], true);
  },
  get_output_shape_for: (args) => args.positional[1] ?? NONE,
  get_output_shape: (args, _site, interp) => {
    const layer = self(args);
    const output = layer && outputOf(layer, interp);
    return shapeToValue(output ? shapeOf(output) : null);
  },
  // Before `lasagne.layers.get_output`, layers were asked themselves.
  get_output: (args, site, interp) => {
    const layer = self(args);
    const output = layer && outputOf(layer, interp);
    return output ? wrap(interp, output, site) : unknown('an output that is not known', site.span);
  },
});

export const MERGE_LAYER: ClassValue = nativeClass('lasagne.layers.MergeLayer', [LAYER], {
  __init__: (args, site, interp) => {
    const layer = self(args);
    if (!layer) return NONE;
    const bound = bind('incomings, name=None', args, 1);
    const data = ensureLayer(layer, interp);
    nameFrom(data, bound.get('name'));
    take(data, itemsOf(bound.get('incomings')), siteOf(layer, data) ?? site, interp);
    return NONE;
  },
});

const isInteger = (variable: Value | undefined): boolean => {
  const made = variable?.kind === 'unknown' ? (variable.path ?? '') : '';
  return /\b[ilwb](scalar|vector|matrix|tensor3|tensor4)\b/.test(made) || (tensorData(variable)?.integer ?? false);
};

export const INPUT_LAYER: ClassValue = nativeClass('lasagne.layers.InputLayer', [LAYER], {
  __init__: (args, site, interp) => {
    const layer = self(args);
    if (!layer) return NONE;
    const bound = bind('shape, input_var=None, name=None, **kwargs', args, 1);
    const data = ensureLayer(layer, interp);
    nameFrom(data, bound.get('name'));
    const shape = shapeFromValue(bound.get('shape'), symbolName(layer, data), true);
    const { graph } = lasagneState(interp);
    const id = emitInput(graph, data.givenName ?? 'input', shape, isInteger(bound.get('input_var')), site.span);
    data.output = activation(graph, id);
    return NONE;
  },
});

// ── one class per row ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Layers given besides the incoming ones: initial states are computed with, masks are inputs too, an inverted layer is only looked at. */
const SIDES = ['hid_init', 'cell_init', 'localization_network'] as const;
const MASKS = ['mask_input'] as const;
const PARTS = ['input_to_hidden', 'hidden_to_hidden', 'layer'] as const;

const layersGiven = (args: Args, names: readonly string[], row: LayerRow): readonly InstanceValue[] => {
  const bound = bind(row.signature, args);
  return names.map((name) => bound.get(name)).filter((v): v is InstanceValue => v?.kind === 'instance' && layerData(v) !== undefined);
};

const initRow =
  (row: LayerRow): NativeCall =>
  (args, site, interp) => {
    const layer = self(args);
    if (!layer || !interp.spend(4)) return NONE;
    const data = ensureLayer(layer, interp);
    const given = withoutSelf(args);
    const bound = bind(row.signature, given);
    data.row = row;
    data.args = given;
    // A class of the source that hands its arguments on: the places in its own call are not these.
    data.site = layer.cls.source ? { ...(layer.site ?? site), argSpans: new Map() } : site;
    nameFrom(data, bound.get('name') ?? bound.extra.get('name'));
    const sides = layersGiven(given, SIDES, row);
    const incoming = row.merges ? itemsOf(bound.get('incomings')) : [bound.get('incoming')];
    take(data, [...incoming, ...sides, ...layersGiven(given, MASKS, row)], data.site, interp);
    data.sides = sides.length;
    data.parts = layersGiven(given, PARTS, row);
    if (row.applies !== undefined) {
      const value = bound.get(row.applies);
      data.nonlinearity = bound.has(row.applies) ? value : (nonlinearity(asString(value) ?? '') ?? value);
    }
    const shapes = shapesOfInputs(data, interp);
    makeWeights(
      data,
      row.build(contextOf(layer, data, row, shapes)).flatMap((step) => step.weights),
      data.site,
      interp,
    );
    if (!layer.cls.source) outputOf(layer, interp);
    return NONE;
  };

const rowClass = (row: LayerRow): ClassValue =>
  nativeClass(
    `lasagne.layers.${row.name}`,
    [row.merges ? MERGE_LAYER : LAYER],
    {
      __init__: initRow(row),
      // For classes of the source that derive from this one and call it on a tensor of their own.
      get_output_for: (args, site, interp) => {
        const layer = self(args);
        const data = layerData(layer);
        if (!layer || !data) return unknown('get_output_for', site.span);
        const inputs = args.positional
          .slice(1, 2)
          .flatMap(itemsOf)
          .map(tensorData)
          .filter((t) => t !== undefined);
        const output = applyRow(layer, data, row, inputs, interp);
        return output ? wrap(interp, output, site) : unknown(`${row.name} of something that is no tensor`, site.span);
      },
    },
    row,
  );

/** Layer classes by every name that they go by. */
export const LAYER_CLASSES: ReadonlyMap<string, ClassValue> = new Map<string, ClassValue>([
  ['Layer', LAYER],
  ['MergeLayer', MERGE_LAYER],
  ['InputLayer', INPUT_LAYER],
  ...LAYERS.flatMap((row) => {
    const cls = rowClass(row);
    return [row.name, ...(row.aliases ?? [])].map((name) => [name, cls] as const);
  }),
]);

// ── what stands in for a layer ─────────────────────────────────────────────────────────────────────────────────────────────

const STAND_IN: ClassValue = nativeClass('lasagne.layers.Unknown', [LAYER]);

/** A layer that gives this tensor and holds these layers; the network's last one only if another takes it. */
export const standIn = (
  layers: readonly InstanceValue[],
  output: TensorData,
  site: CallSite | null,
  interp: Interpreter,
): InstanceValue => {
  const made = interp.newInstance(STAND_IN, undefined, site);
  const data = ensureLayer(made, interp);
  data.incoming = layers.map((layer) => ({ layer, tensor: null }));
  data.output = output;
  data.standsIn = true;
  return made;
};

/** Layers inside a value: itself, items of sequences and dicts. */
export const layersIn = (value: Value | undefined, into: InstanceValue[] = [], depth = 0): InstanceValue[] => {
  if (!value || depth > 4 || into.length > 32) return into;
  if (value.kind === 'instance') {
    if (layerData(value) && !into.includes(value)) into.push(value);
  } else if (value.kind === 'list' || value.kind === 'tuple' || value.kind === 'set')
    for (const item of value.items) layersIn(item, into, depth + 1);
  else if (value.kind === 'dict') for (const { value: item } of value.entries.values()) layersIn(item, into, depth + 1);
  else if (value.kind === 'bound') layersIn(value.self, into, depth + 1);
  return into;
};

/** A function that is not read, given layers: what it gives may be a layer on top of them. */
export const unknownLayer = (
  what: string,
  reason: string,
  layers: readonly InstanceValue[],
  site: CallSite,
  interp: Interpreter,
): InstanceValue | undefined => {
  const { graph } = lasagneState(interp);
  const inputs = layers.map((layer) => outputOf(layer, interp)).filter((t) => t !== null);
  if (inputs.length === 0) return undefined;
  for (const layer of layers) change(ensureLayer(layer, interp), 'passedOn', true, interp);
  const id = emitNode(graph, {
    op: { kind: 'opaque', what, reason },
    inputs,
    label: what,
    path: what,
    span: site.span,
    nameSpan: site.nameSpan,
    shape: null,
  });
  const made = standIn(layers, activation(graph, id), site, interp);
  ensureLayer(made, interp).standsIn = true;
  return made;
};
