/** Lasagne: layers that take layers, on Theano. */
import type { ClassValue, InstanceValue, Value } from '../../interpreter/values.ts';
import { tuple } from '../../interpreter/values.ts';
import type { Framework } from '../framework.ts';
import { activationsIn, joinTensors, opaqueCall } from '../shared/opaque.ts';
import { type TensorData, tensorData, wrap } from '../shared/tensor.ts';
import { emit } from './emit.ts';
import { INPUT_LAYER, LAYER, layersIn, standIn, unknownLayer } from './layerClasses.ts';
import { external } from './names.ts';
import { outputOf } from './outputs.ts';
import { layerData } from './state.ts';
import { traceModel } from './trace.ts';

const isOurs = (values: readonly Value[]): boolean => activationsIn(tuple(values))[0]?.graph.framework === 'lasagne';

/** A class of the source that computes something of its own. */
const isModelClass = (cls: ClassValue): boolean =>
  cls.source !== null && cls.mro.includes(LAYER) && cls.mro.some((c) => c.source !== null && c.attrs.has('get_output_for'));

/** Any layer may be the last of its graph; which one is, the others tell. */
const isModel = (value: Value): value is InstanceValue => {
  const data = layerData(value);
  return data !== undefined && value.kind === 'instance' && value.cls !== INPUT_LAYER && !data.standsIn;
};

const childrenOf = (model: InstanceValue): readonly InstanceValue[] => {
  const data = layerData(model);
  return data ? [...data.incoming.flatMap(({ layer }) => (layer ? [layer] : [])), ...data.parts] : [];
};

export const lasagne: Framework = {
  name: 'lasagne',
  packages: ['lasagne'],
  external,
  unknownCall: (callee, args, site, interp) => {
    const values = [callee, ...args.positional, ...args.keywords.values()];
    const layers = values.flatMap((value) => layersIn(value));
    const what = callee.path ?? callee.symbol ?? 'call';
    if (layers.length > 0) return unknownLayer(what, callee.reason, [...new Set(layers)], site, interp);
    return isOurs(values) ? opaqueCall(callee, args, site, interp) : undefined;
  },
  join: (a, b, span, interp) => {
    if (isOurs([a, b])) return joinTensors(a, b, span, interp);
    const [left, right] = [layerData(a), layerData(b)];
    if (!left || !right || a.kind !== 'instance' || b.kind !== 'instance') return undefined;
    const tensors = [a, b].map((layer) => outputOf(layer, interp));
    if (tensors.some((t) => t === null || t.node === null)) return undefined;
    if (tensors[0]?.node === tensors[1]?.node) return a;
    const values = tensors.map((t) => wrap(interp, t as TensorData, null));
    const joined = tensorData(joinTensors(values[0] as Value, values[1] as Value, span, interp));
    return joined ? standIn([a, b], joined, null, interp) : undefined;
  },
  isModelClass,
  isModel,
  isPart: (one) => layerData(one) !== undefined,
  children: childrenOf,
  trace: traceModel,
  emit,
};
