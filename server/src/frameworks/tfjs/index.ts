/** TensorFlow.js: the layers are Keras's in another dialect, the language is JavaScript. */
import type { ClassValue, InstanceValue, Value } from '../../interpreter/values.ts';
import { tuple } from '../../interpreter/values.ts';
import type { Framework } from '../framework.ts';
import { speak } from '../keras/dialect.ts';
import { keras } from '../keras/index.ts';
import { activationsIn, joinTensors, opaqueCall } from '../shared/opaque.ts';
import { tensorflowJs } from './dialect.ts';
import { emitFixes } from './emit.ts';
import { JS_LAYER } from './layerClasses.ts';
import { external, PACKAGES } from './names.ts';

const isOurs = (values: readonly Value[]): boolean => activationsIn(tuple(values))[0]?.graph.framework === 'tfjs';

const isModelClass = (cls: ClassValue): boolean => cls.mro.includes(JS_LAYER) && keras.isModelClass(cls);

const isModel = (value: Value): value is InstanceValue =>
  value.kind === 'instance' && value.cls.mro.includes(JS_LAYER) && keras.isModel(value);

speak('javascript', tensorflowJs);

export const tfjs: Framework = {
  name: 'tfjs',
  packages: PACKAGES,
  external,
  unknownCall: (callee, args, site, interp) =>
    isOurs([callee, ...args.positional, ...args.keywords.values()]) ? opaqueCall(callee, args, site, interp) : undefined,
  join: (a, b, span, interp) => (isOurs([a, b]) ? joinTensors(a, b, span, interp) : undefined),
  isModelClass,
  isModel,
  ...(keras.children ? { children: keras.children } : {}),
  trace: keras.trace,
  emit: emitFixes,
};
