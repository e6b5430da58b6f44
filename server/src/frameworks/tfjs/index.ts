/** TensorFlow.js: the layers are Keras's in another dialect, the language is JavaScript. */
import type { Interpreter } from '../../interpreter/api.ts';
import type { Args, CallSite, ClassValue, InstanceValue, UnknownValue, Value } from '../../interpreter/values.ts';
import { tuple } from '../../interpreter/values.ts';
import type { Framework } from '../framework.ts';
import { speak } from '../keras/dialect.ts';
import { keras } from '../keras/index.ts';
import { isLayerOrVariable, kerasState } from '../keras/state.ts';
import { activationsIn, joinTensors, opaqueCall } from '../shared/opaque.ts';
import { buildScript, holdsArrays, scriptPieces, settleRoots } from '../shared/script.ts';
import { tensorData } from '../shared/tensor.ts';
import { tensorflowJs } from './dialect.ts';
import { emit } from './emit.ts';
import { asInput } from './functions.ts';
import { JS_LAYER } from './layerClasses.ts';
import { external, PACKAGES } from './names.ts';

const isOurs = (values: readonly Value[]): boolean => activationsIn(tuple(values))[0]?.graph.framework === 'tfjs';

const isModelClass = (cls: ClassValue): boolean => cls.mro.includes(JS_LAYER) && keras.isModelClass(cls);

const isModel = (value: Value): value is InstanceValue =>
  value.kind === 'instance' && value.cls.mro.includes(JS_LAYER) && keras.isModel(value);

speak('javascript', tensorflowJs);

/**
 * A method of a tensor on an x that is not known: in `x.matMul(w)` and `x.conv2d(w, 1, 'same')` w is a weight, so x is an activation;
 * nothing but a tensor has `as4D`.
 */
const methodOf = (callee: UnknownValue, args: Args, site: CallSite, interp: Interpreter): Value | undefined => {
  const found = /\.(matMul|dot|conv2d|as[1-5]D)$/.exec(callee.symbol ?? '');
  const name = found?.[1];
  const [weight] = args.positional;
  if (!name || interp.language !== 'javascript') return undefined;
  if (!name.startsWith('as') && tensorData(weight)?.storage?.isParameter !== true) return undefined;
  const x = { kind: 'unknown' as const, reason: callee.reason, symbol: (callee.symbol ?? '').slice(0, found.index) };
  return interp.callMethod(asInput(x, site, interp), name, args, site);
};

export const tfjs: Framework = {
  name: 'tfjs',
  packages: PACKAGES,
  external,
  unknownCall: (callee, args, site, interp) => {
    const result = methodOf(callee, args, site, interp);
    if (result) return result;
    return isOurs([callee, ...args.positional, ...args.keywords.values()]) ? opaqueCall(callee, args, site, interp) : undefined;
  },
  join: (a, b, span, interp) => (isOurs([a, b]) ? joinTensors(a, b, span, interp) : undefined),
  isModelClass,
  isPart: isLayerOrVariable,
  isModel,
  ownModels: ['sequential', 'model'],
  ...(keras.children ? { children: keras.children } : {}),
  trace: keras.trace,
  scripts: (interp, from, { entryFor, roots, instances }) => {
    const { graph, owners } = kerasState(interp);
    if (graph.framework !== 'tfjs' || graph.nodes.length === from) return [];
    settleRoots(roots);
    // Layers have models of their own.
    return scriptPieces(graph, from, (node) => !node.path.includes('⟦')).flatMap((piece) => {
      const entry = entryFor(piece.span);
      return entry ? [buildScript({ graph, piece, entry, roots, instances, spoken: (s) => owners.get(s)?.name })] : [];
    });
  },
  holdsArrays: (value) => holdsArrays(value, 'tfjs'),
  mark: (interp) => kerasState(interp).graph.nodes.length,
  emit,
};
