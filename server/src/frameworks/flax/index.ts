/** Flax: linen and nnx, with the parts of JAX that models are written with. */
import type { ClassValue, InstanceValue, Value } from '../../interpreter/values.ts';
import { tuple } from '../../interpreter/values.ts';
import type { Framework } from '../framework.ts';
import { noteRepeated } from '../shared/notes.ts';
import { activationsIn, joinTensors, opaqueCall } from '../shared/opaque.ts';
import { tensorData } from '../shared/tensor.ts';
import { emit } from './emit.ts';
import { liftedOf } from './linen.ts';
import { isAssembled } from './linenClasses.ts';
import { external, PACKAGES } from './names.ts';
import { isSequential, walk } from './nnx.ts';
import { flaxState, isNnx, LINEN, NNX } from './state.ts';
import './tensors.ts';
import { traceModel } from './trace.ts';
import { stateOf } from './training.ts';

const isOurs = (values: readonly Value[]): boolean => activationsIn(tuple(values))[0]?.graph.framework === 'flax';

const derives = (cls: ClassValue): boolean => cls.mro.includes(LINEN) || cls.mro.includes(NNX);

const hasCall = (cls: ClassValue): boolean => cls.mro.some((c) => c.source !== null && c.attrs.has('__call__'));

/** A class of the source that computes. */
const isModelClass = (cls: ClassValue): boolean => cls.source !== null && derives(cls) && hasCall(cls) && liftedOf(cls) === undefined;

const isModel = (value: Value): value is InstanceValue => {
  if (value.kind !== 'instance' || !derives(value.cls)) return false;
  return (value.cls.source !== null && hasCall(value.cls)) || isAssembled(value) || isSequential(value);
};

export const flax: Framework = {
  name: 'flax',
  packages: PACKAGES,
  external,
  unknownCall: (callee, args, site, interp) =>
    isOurs([callee, ...args.positional, ...args.keywords.values()]) ? opaqueCall(callee, args, site, interp) : undefined,
  join: (a, b, span, interp) => (isOurs([a, b]) ? joinTensors(a, b, span, interp) : undefined),
  isModelClass,
  isPart: (one) => derives(one.cls) || tensorData(one)?.storage?.isParameter === true,
  isModel,
  children: (model) =>
    isNnx(model)
      ? walk(model)
          .modules.slice(1)
          .map(([, module]) => module)
      : [],
  trainee: (model, param, interp) => (/state$/i.test(param) ? stateOf(model, interp) : model),
  repeated: (items, times, span, interp) => {
    for (const item of items) if (isNnx(item)) noteRepeated(interp, flaxState(interp).graph, times, span, walk(item).variables[0]?.[1]);
  },
  trace: traceModel,
  emit,
};
