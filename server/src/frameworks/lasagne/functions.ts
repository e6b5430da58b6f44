/** Functions of `lasagne.layers`: outputs and parameters of whole networks, and layers put around another. */
import type { Interpreter } from '../../interpreter/api.ts';
import { bind, native } from '../../interpreter/native.ts';
import type { Args, CallSite, InstanceValue, NativeFunction, Value } from '../../interpreter/values.ts';
import { list, NONE, str, unknown } from '../../interpreter/values.ts';
import { shapeOf } from '../shared/graph.ts';
import { shapeToValue } from '../shared/shapeValues.ts';
import { markLoaded } from '../shared/storage.ts';
import { wrap } from '../shared/tensor.ts';
import { LAYER_CLASSES, layersIn, paramsOf } from './layerClasses.ts';
import { isIdentity, nonlinearity } from './nonlinearities.ts';
import { outputOf } from './outputs.ts';
import { ensureLayer, layerData } from './state.ts';

// ── whole networks ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** All layers below the given ones, those that are taken before those that take. */
export const layersBelow = (tops: readonly InstanceValue[]): readonly InstanceValue[] => {
  const [seen, done] = [new Set<InstanceValue>(), new Set<InstanceValue>()];
  const open = [...tops].reverse();
  while (open.length > 0) {
    const layer = open.at(-1) as InstanceValue;
    if (seen.has(layer)) {
      open.pop();
      done.add(layer);
      continue;
    }
    seen.add(layer);
    const below = layerData(layer)?.incoming.flatMap((one) => (one.layer && !seen.has(one.layer) ? [one.layer] : [])) ?? [];
    open.push(...below.reverse());
  }
  return [...done];
};

const topsOf = (args: Args): readonly InstanceValue[] =>
  layersIn(args.positional[0] ?? args.keywords.get('layer_or_layers') ?? args.keywords.get('layer'));

/** One answer for one layer, a list for several. */
const perLayer =
  (answer: (layer: InstanceValue, site: CallSite, interp: Interpreter) => Value) =>
  (args: Args, site: CallSite, interp: Interpreter): Value => {
    const given = args.positional[0] ?? args.keywords.get('layer_or_layers');
    const layers = topsOf(args);
    const [first] = layers;
    if (!first) return unknown('the output of a layer that is not known', site.span);
    return given?.kind === 'list' || given?.kind === 'tuple'
      ? list(layers.map((l) => answer(l, site, interp)))
      : answer(first, site, interp);
  };

const getOutput = perLayer((layer, site, interp) => {
  const output = outputOf(layer, interp);
  return output ? wrap(interp, output, site) : unknown('an output that is not known', site.span);
});

const getOutputShape = perLayer((layer, _site, interp) => {
  const output = outputOf(layer, interp);
  return shapeToValue(output ? shapeOf(output) : null);
});

const getAllParams = (args: Args, _site: CallSite, interp: Interpreter): Value => {
  const { extra } = bind('layer, unwrap_shared=True, **tags', args);
  const params = layersBelow(topsOf(args)).flatMap((layer) => paramsOf(ensureLayer(layer, interp), extra, interp));
  return list([...params]);
};

/** Values from a file: what the layers hold does not come from their initializers. */
const setAllParamValues = (args: Args, _site: CallSite, interp: Interpreter): Value => {
  for (const layer of layersBelow(topsOf(args))) for (const storage of layerData(layer)?.params.values() ?? []) markLoaded(storage, interp);
  return NONE;
};

// ── layers around a layer ──────────────────────────────────────────────────────────────────────────────────────────────────

const make = (name: string, layer: Value, keywords: ReadonlyMap<string, Value>, site: CallSite, interp: Interpreter): Value => {
  const cls = LAYER_CLASSES.get(name);
  return cls ? interp.instantiate(cls, { positional: [layer], keywords, open: false }, site) : unknown(name, site.span);
};

/** Takes the nonlinearity off a layer, to be applied after what is put around it. */
const takeNonlinearity = (layer: Value, interp: Interpreter): Value | undefined => {
  const value = layer.kind === 'instance' ? interp.findAttr(layer, 'nonlinearity') : undefined;
  if (!value || value.kind === 'none' || value.kind === 'unknown' || isIdentity(value)) return undefined;
  interp.setAttr(layer, 'nonlinearity', nonlinearity('identity') ?? NONE);
  return value;
};

const dropBias = (layer: Value, interp: Interpreter): void => {
  if (layerData(layer)?.params.has('b')) interp.setAttr(layer, 'b', NONE);
};

const suffixed = (layer: Value, suffix: string): ReadonlyMap<string, Value> => {
  const name = layerData(layer)?.givenName;
  return name ? new Map([['name', str(`${name}_${suffix}`)]]) : new Map();
};

/** The layer, then batch normalisation instead of its bias, then its nonlinearity (Lasagne's own `batch_norm`). */
const batchNorm = (args: Args, site: CallSite, interp: Interpreter): Value => {
  const layer = args.positional[0] ?? args.keywords.get('layer');
  if (!layer) return unknown('batch_norm without a layer', site.span);
  const after = takeNonlinearity(layer, interp);
  dropBias(layer, interp);
  const keywords = new Map([...suffixed(layer, 'bn'), ...[...args.keywords].filter(([name]) => name !== 'layer')]);
  const normed = make('BatchNormLayer', layer, keywords, site, interp);
  if (!after) return normed;
  return make('NonlinearityLayer', normed, new Map([['nonlinearity', after], ...suffixed(layer, 'nonlin')]), site, interp);
};

/** The layer without its bias, standardised, scaled and moved if asked for, then its nonlinearity: `instance_norm`, `layer_norm`. */
const standardized =
  (axes: 'spatial' | 'features') =>
  (args: Args, site: CallSite, interp: Interpreter): Value => {
    const bound = bind('layer, learn_scale=True, learn_bias=True, **kwargs', args);
    const layer = bound.get('layer');
    if (!layer) return unknown('a norm without a layer', site.span);
    const after = takeNonlinearity(layer, interp);
    dropBias(layer, interp);
    const keywords = new Map([...suffixed(layer, axes === 'spatial' ? 'in' : 'ln'), ['axes', str(axes)] as const, ...bound.extra]);
    let normed = make('StandardizationLayer', layer, keywords, site, interp);
    const wanted = (name: string): boolean => interp.truth(bound.get(name) ?? NONE) !== false;
    if (wanted('learn_scale')) normed = make('ScaleLayer', normed, new Map(), site, interp);
    if (wanted('learn_bias')) normed = make('BiasLayer', normed, new Map(), site, interp);
    if (!after) return normed;
    return make('NonlinearityLayer', normed, new Map([['nonlinearity', after]]), site, interp);
  };

/** Standardises by offset and scale that are given: a bias and a factor that are not trained. */
const standardize = (args: Args, site: CallSite, interp: Interpreter): Value => {
  const bound = bind("layer, offset, scale, shared_axes='auto'", args);
  const layer = bound.get('layer') ?? NONE;
  const shared: [string, Value] = ['shared_axes', bound.get('shared_axes') ?? str('auto')];
  const data = (name: string): Value => unknown(`${name} of the data`);
  const moved = make('BiasLayer', layer, new Map([['b', data('the mean')], shared]), site, interp);
  const scaled = make('ScaleLayer', moved, new Map([['scales', data('the standard deviation')], shared]), site, interp);
  for (const made of [moved, scaled]) for (const storage of layerData(made)?.params.values() ?? []) markLoaded(storage, interp);
  return scaled;
};

/** A layer's nonlinearity gives way to one with a slope. */
const rectifier =
  (name: string) =>
  (args: Args, site: CallSite, interp: Interpreter): Value => {
    const layer = args.positional[0] ?? args.keywords.get('layer');
    if (!layer) return unknown(`${name} without a layer`, site.span);
    takeNonlinearity(layer, interp);
    return make(name, layer, new Map([...args.keywords].filter(([key]) => key !== 'layer')), site, interp);
  };

/** Dropout of whole channels or places: the same share of the values is dropped. */
const sharedDropout = (args: Args, site: CallSite, interp: Interpreter): Value => {
  const [layer, p] = args.positional;
  const rate: readonly [string, Value][] = p ? [['p', p]] : [];
  const rest = [...args.keywords].filter(([name]) => name !== 'incoming');
  return make('DropoutLayer', layer ?? args.keywords.get('incoming') ?? NONE, new Map([...rate, ...rest]), site, interp);
};

export const LAYER_FUNCTIONS: ReadonlyMap<string, NativeFunction> = new Map(
  Object.entries({
    get_output: getOutput,
    get_output_shape: getOutputShape,
    get_all_layers: (args: Args) => list([...layersBelow(topsOf(args))]),
    get_all_params: getAllParams,
    get_all_param_values: () => list([], true),
    get_all_bias_params: () => list([], true),
    set_all_param_values: setAllParamValues,
    count_params: () => unknown('a number of parameters'),
    batch_norm: batchNorm,
    batch_norm_dnn: batchNorm,
    instance_norm: standardized('spatial'),
    layer_norm: standardized('features'),
    standardize,
    prelu: rectifier('ParametricRectifierLayer'),
    rrelu: rectifier('RandomizedRectifierLayer'),
    dropout_channels: sharedDropout,
    spatial_dropout: sharedDropout,
    dropout_locations: sharedDropout,
  }).map(([name, call]) => [name, native(name, call)]),
);
