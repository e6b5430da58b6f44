/** What Keras keeps for one run of the interpreter: the graph, and what every layer instance has been through. */
import type { Interpreter } from '../../interpreter/api.ts';
import { nativeClass } from '../../interpreter/native.ts';
import type { Args, CallSite, ClassValue, InstanceValue, Value } from '../../interpreter/values.ts';
import { NO_ARGS } from '../../interpreter/values.ts';
import type { Shape } from '../../network/scalar.ts';
import { currentPath, type Graph, graphOf } from '../shared/graph.ts';
import { numberedNames, snakeCase } from '../shared/layerNames.ts';
import type { Storage } from '../shared/storage.ts';
import { type TensorData, tensorData } from '../shared/tensor.ts';
import { type Dialect, dialectOf } from './dialect.ts';
import type { Fans } from './initializers.ts';
import type { LayerRow } from './layers/row.ts';

/** What a Keras layer or model instance holds; made when the base class's `__init__` runs, or at first need. */
export interface LayerData {
  readonly kind: 'layer';
  /** Row of the table; null for containers, wrappers and classes of the analysed source. */
  row: LayerRow | null;
  /** Arguments of the row's constructor, and the call that gave them. */
  args: Args;
  site: CallSite | null;
  /** Arguments that were given by an old name: that name by the new one. */
  renamed: ReadonlyMap<string, string>;
  /** How many layers of the same class were made before in this run. */
  readonly ordinal: number;
  /** `name=`; without it Keras makes one out of the class's. */
  givenName: string | null;
  /** Weights by name, made at the first call. */
  readonly weights: Map<string, Storage>;
  /** `build` of the analysed source has run. */
  built: boolean;
  /** Values come from a checkpoint or from data: weights that are made later too. */
  loaded: boolean;
  trainable: boolean;
  /** Children of a Sequential in order; the layer inside a wrapper. */
  children: readonly Value[];
  /** Functional model: its inputs and outputs. */
  functional: { readonly inputs: readonly TensorData[]; readonly outputs: readonly Value[]; readonly single: boolean } | null;
  /** Shape given to the layer or to `build`, batch first. */
  inputShape: Shape | null;
  /** Layers of a functional model. */
  below: readonly InstanceValue[];
  /** Result of the last call (`layer.output`). */
  output: Value | null;
}

export interface KerasState {
  readonly dialect: Dialect;
  readonly graph: Graph;
  /** Fans that an initializer was given instead of those of the shape. */
  readonly fans: Map<Storage, Fans>;
  /** Owner and name of each weight, from which its path comes. */
  readonly owners: Map<Storage, { readonly path: string; readonly owner: InstanceValue; readonly name: string }>;
  /** Weights that nobody named yet: an attribute's name will do. */
  readonly unnamed: Set<Storage>;
  /** Layers by instance id, for the tokens in paths. */
  readonly layers: Map<number, InstanceValue>;
  /** Layers made so far by class name. */
  readonly ordinals: Map<string, number>;
  readonly calls: Map<InstanceValue, number>;
  /** Placeholders, `get_variable` or `tf.layers` were used: the program is one of TensorFlow 1. */
  usesGraphs: boolean;
  /** Strings may mean something of the program's own. */
  customObjects: boolean;
  /** Weights that an initializer instance, or a class with a seed, was used for. */
  readonly uses: Map<InstanceValue | string, readonly Storage[]>;
}

export const TENSOR: ClassValue = nativeClass('keras.KerasTensor', []);

const STATE = Symbol('keras');

export const kerasState = (interp: Interpreter): KerasState =>
  interp.state(STATE, () => {
    const dialect = dialectOf(interp.language);
    return {
      dialect,
      graph: graphOf(interp, dialect.framework, dialect.tensorClass),
      fans: new Map(),
      owners: new Map(),
      unnamed: new Set(),
      layers: new Map(),
      ordinals: new Map(),
      calls: new Map(),
      usesGraphs: false,
      customObjects: false,
      uses: new Map(),
    };
  });

export const layerData = (value: Value | undefined): LayerData | undefined => {
  if (value?.kind !== 'instance') return undefined;
  const data = value.data as LayerData | undefined | null;
  return data && typeof data === 'object' && data.kind === 'layer' ? data : undefined;
};

/** The data of an instance whose class derives from Layer, made if nobody did. */
export const ensureLayer = (layer: InstanceValue, interp: Interpreter): LayerData => {
  const known = layerData(layer);
  if (known) return known;
  const { ordinals, layers } = kerasState(interp);
  const ordinal = ordinals.get(layer.cls.name) ?? 0;
  ordinals.set(layer.cls.name, ordinal + 1);
  const data: LayerData = {
    kind: 'layer',
    ordinal,
    row: null,
    args: NO_ARGS,
    site: layer.site,
    renamed: new Map(),
    givenName: null,
    weights: new Map(),
    built: false,
    loaded: false,
    trainable: true,
    children: [],
    functional: null,
    inputShape: null,
    below: [],
    output: null,
  };
  layer.data = data;
  layers.set(layer.id, layer);
  return data;
};

/** What models of Keras consist of. */
export const isLayerOrVariable = (one: InstanceValue): boolean =>
  layerData(one) !== undefined || tensorData(one)?.storage?.isParameter === true;

/** What calling a layer leaves behind; the rest is what it is. */
const LEFT: ReadonlySet<keyof LayerData> = new Set(['built', 'inputShape', 'output']);

/** Changes a layer's data through the journal. */
export const change = <K extends keyof LayerData>(data: LayerData, key: K, value: LayerData[K], interp: Interpreter): void => {
  const before = data[key];
  const write = LEFT.has(key) ? interp.note : interp.mutate;
  write.call(
    interp,
    () => {
      data[key] = value;
    },
    () => {
      data[key] = before;
    },
  );
};

// ── names ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The name under which sizes of a layer appear that nobody gave: one of its own for each layer. */
export const symbolName = (layer: InstanceValue, data: LayerData): string =>
  data.givenName ?? `${snakeCase(layer.cls.name)}${data.ordinal === 0 ? '' : `_${data.ordinal}`}`;

export const join = (...parts: readonly string[]): string => parts.filter(Boolean).join('/');

export const pathInside = (graph: Graph, ...parts: readonly string[]): string => join(currentPath(graph), ...parts);

/** Names of one network's layers: as given, else numbered in order of construction as a fresh Keras session would. */
export const namesFor = (paths: Iterable<string>, { layers, dialect }: KerasState): ((path: string) => string) =>
  numberedNames(
    paths,
    (id) => {
      const layer = layers.get(id);
      return { given: layerData(layer)?.givenName ?? null, base: layer?.cls.name ?? 'layer' };
    },
    dialect.layerName,
  );
