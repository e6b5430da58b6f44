/** What Lasagne keeps for one run of the interpreter: the graph, and what every layer instance was made of. */
import type { Interpreter } from '../../interpreter/api.ts';
import type { Args, CallSite, InstanceValue, Value } from '../../interpreter/values.ts';
import { NO_ARGS } from '../../interpreter/values.ts';
import { type Graph, graphOf } from '../shared/graph.ts';
import { snakeCase } from '../shared/layerNames.ts';
import type { Storage } from '../shared/storage.ts';
import type { TensorData } from '../shared/tensor.ts';
import type { LayerRow } from './layers/row.ts';
import { TENSOR } from './tensors.ts';

export interface LayerData {
  readonly kind: 'lasagneLayer';
  /** Row of the table; null for classes of the analysed source and for what stands in for an unknown layer. */
  row: LayerRow | null;
  /** Arguments of the row's constructor with the incoming layers, and the call that gave them. */
  args: Args;
  site: CallSite | null;
  /** `name=`, from which parameters have theirs. */
  givenName: string | null;
  readonly ordinal: number;
  /** What the layer takes: layers, and inputs that only a shape was given of. */
  incoming: readonly Incoming[];
  /** Parameters by name; those that were taken away again are missing. */
  params: ReadonlyMap<string, Storage>;
  /** Applied after the row's ops; undefined for rows without one. */
  nonlinearity: Value | undefined;
  /** The layer's output, once it was asked for. */
  output: TensorData | null;
  /** The way of an unknown condition that made the layer. */
  readonly branch: number;
  /** How many of the incoming layers behind the first the layer computes with: initial states, a localization network. */
  sides: number;
  /** Other layers that the layer is made of (recurrent connections). */
  parts: readonly InstanceValue[];
  /** Was handed to a function that is not read: more layers may follow. */
  passedOn: boolean;
  /** Stands for what a function that is not read made of layers; counts as a layer once another takes it. */
  standsIn: boolean;
}

export interface Incoming {
  readonly layer: InstanceValue | null;
  readonly tensor: TensorData | null;
}

export interface LasagneState {
  readonly graph: Graph;
  /** Layers by instance id, for the tokens in paths. */
  readonly layers: Map<number, InstanceValue>;
  readonly ordinals: Map<string, number>;
  /** Inputs that stand for values that are not known, one for each value. */
  readonly unknownInputs: Map<Value, TensorData>;
}

const STATE = Symbol('lasagne');

export const lasagneState = (interp: Interpreter): LasagneState =>
  interp.state(STATE, () => ({
    graph: graphOf(interp, 'lasagne', TENSOR, true),
    layers: new Map(),
    ordinals: new Map(),
    unknownInputs: new Map(),
  }));

export const layerData = (value: Value | undefined): LayerData | undefined => {
  if (value?.kind !== 'instance') return undefined;
  const data = value.data as LayerData | undefined | null;
  return data && typeof data === 'object' && data.kind === 'lasagneLayer' ? data : undefined;
};

/** 'Conv2DLayer' → 'conv2d'. */
export const baseName = (className: string): string => snakeCase(className.replace(/(DNN|CC|MM)?Layer$/, '')) || 'layer';

/** The data of an instance whose class derives from Layer, made if nobody did. */
export const ensureLayer = (layer: InstanceValue, interp: Interpreter): LayerData => {
  const known = layerData(layer);
  if (known) return known;
  const { ordinals, layers } = lasagneState(interp);
  const base = baseName(layer.cls.name);
  const ordinal = ordinals.get(base) ?? 0;
  ordinals.set(base, ordinal + 1);
  const data: LayerData = {
    kind: 'lasagneLayer',
    row: null,
    args: NO_ARGS,
    site: layer.site,
    givenName: null,
    ordinal,
    incoming: [],
    params: new Map(),
    nonlinearity: undefined,
    output: null,
    branch: interp.branch,
    sides: 0,
    parts: [],
    passedOn: false,
    standsIn: false,
  };
  layer.data = data;
  layers.set(layer.id, layer);
  return data;
};

/** Changes a layer's data; through the journal where the layer is older than the condition that is being tried. */
export const change = <K extends keyof LayerData>(data: LayerData, key: K, value: LayerData[K], interp: Interpreter): void => {
  const before = data[key];
  if (data.branch === interp.branch) {
    data[key] = value;
    return;
  }
  interp.mutate(
    () => {
      data[key] = value;
    },
    () => {
      data[key] = before;
    },
  );
};

/** The name under which sizes of a layer appear that nobody gave. */
export const symbolName = (layer: InstanceValue, data: LayerData): string =>
  data.givenName ?? `${baseName(layer.cls.name)}${data.ordinal === 0 ? '' : `_${data.ordinal}`}`;
