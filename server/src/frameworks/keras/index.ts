/** Keras 3, `tf.keras` and the parts of TensorFlow that models are written with. */

import type { ClassValue, InstanceValue, Value } from '../../interpreter/values.ts';
import { tuple } from '../../interpreter/values.ts';
import type { Framework } from '../framework.ts';
import { snakeCase } from '../shared/layerNames.ts';
import { noteRepeated } from '../shared/notes.ts';
import { activationsIn, joinTensors, opaqueCall } from '../shared/opaque.ts';
import { holdsArrays } from '../shared/script.ts';
import type { Storage } from '../shared/storage.ts';
import { isApplication } from './applications.ts';
import { speak } from './dialect.ts';
import { emit } from './emit.ts';
import { computeFans, initializerOfString, initializerRow, nearestInitializer } from './initializers.ts';
import { LAYER } from './layerClasses.ts';
import { MODEL } from './models.ts';
import { external, PACKAGES, reads } from './names.ts';
import { scriptNetworks } from './scripts.ts';
import { isLayerOrVariable, kerasState, layerData, TENSOR } from './state.ts';
import { readSaved } from './topology.ts';
import { traceModel } from './trace.ts';
import { layersBelow } from './tree.ts';

const isOurs = (values: readonly Value[]): boolean => activationsIn(tuple(values))[0]?.graph.framework === 'keras';

const firstWeight = (layer: Value): Storage | undefined => {
  const data = layerData(layer);
  const [own] = data?.weights.values() ?? [];
  if (own || !data || layer.kind !== 'instance') return own;
  for (const child of layersBelow(layer)) {
    const [weight] = layerData(child)?.weights.values() ?? [];
    if (weight) return weight;
  }
  return undefined;
};

const hasCall = (cls: ClassValue): boolean => cls.mro.some((c) => c.source !== null && c.attrs.has('call'));

/** A class of the source that computes: a model, or a layer with a `call` of its own. */
const isModelClass = (cls: ClassValue): boolean =>
  cls.source !== null && (cls.mro.includes(MODEL) || (cls.mro.includes(LAYER) && hasCall(cls)));

/** A model that only holds others for a training loop of its own has no network; those that it holds have. */
const isModel = (value: Value): value is InstanceValue => {
  if (value.kind !== 'instance' || isApplication(value) || !value.cls.mro.includes(LAYER)) return false;
  if (value.cls.source !== null && hasCall(value.cls)) return true;
  const data = layerData(value);
  return value.cls.mro.includes(MODEL) && data !== undefined && (data.functional !== null || data.children.length > 0);
};

speak('python', {
  framework: 'keras',
  title: 'Keras',
  tensorClass: TENSOR,
  initializerOfString,
  initializerRow,
  nearestInitializer,
  computeFans,
  defaultInitializer: 'glorot_uniform',
  repeatsDraws: 'always',
  layerName: (className, count) => `${snakeCase(className)}${count === 0 ? '' : `_${count}`}`,
});

export const keras: Framework = {
  name: 'keras',
  packages: PACKAGES,
  external,
  reads,
  unknownCall: (callee, args, site, interp) =>
    isOurs([callee, ...args.positional, ...args.keywords.values()]) ? opaqueCall(callee, args, site, interp) : undefined,
  join: (a, b, span, interp) => (isOurs([a, b]) ? joinTensors(a, b, span, interp) : undefined),
  isPart: isLayerOrVariable,
  repeated: (items, times, span, interp) => {
    // Weights are made at the first call.
    for (const item of items) if (layerData(item)) noteRepeated(interp, kerasState(interp).graph, times, span, () => firstWeight(item));
  },
  isModelClass,
  isModel,
  ownModels: ['Sequential', 'Model'],
  children: layersBelow,
  trace: traceModel,
  scripts: scriptNetworks,
  holdsArrays: (value) => holdsArrays(value, 'keras'),
  mark: (interp) => kerasState(interp).graph.nodes.length,
  readSaved,
  emit,
};
