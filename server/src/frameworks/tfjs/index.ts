/** TensorFlow.js: the layers are Keras's in another dialect, the language is JavaScript. */
import type { Interpreter } from '../../interpreter/api.ts';
import type { Args, CallSite, ClassValue, InstanceValue, UnknownValue, Value } from '../../interpreter/values.ts';
import { tuple } from '../../interpreter/values.ts';
import type { Framework } from '../framework.ts';
import { speak } from '../keras/dialect.ts';
import { keras } from '../keras/index.ts';
import { kerasState } from '../keras/state.ts';
import { activationsIn, joinTensors, opaqueCall } from '../shared/opaque.ts';
import { buildScript, holdsArrays, scriptPieces, settleRoots } from '../shared/script.ts';
import { tensorData } from '../shared/tensor.ts';
import { tensorflowJs } from './dialect.ts';
import { emitFixes } from './emit.ts';
import { FUNCTIONS } from './functions.ts';
import { JS_LAYER } from './layerClasses.ts';
import { external, PACKAGES } from './names.ts';

const isOurs = (values: readonly Value[]): boolean => activationsIn(tuple(values))[0]?.graph.framework === 'tfjs';

const isModelClass = (cls: ClassValue): boolean => cls.mro.includes(JS_LAYER) && keras.isModelClass(cls);

const isModel = (value: Value): value is InstanceValue =>
  value.kind === 'instance' && value.cls.mro.includes(JS_LAYER) && keras.isModel(value);

speak('javascript', tensorflowJs);

/** `x.matMul(w)` of an x that is not known: w is a weight, so x is an activation. */
const productOf = (callee: UnknownValue, args: Args, site: CallSite, interp: Interpreter): Value | undefined => {
  const name = /\.(matMul|dot)$/.exec(callee.symbol ?? '');
  const [weight] = args.positional;
  if (!name || interp.language !== 'javascript' || tensorData(weight)?.storage?.isParameter !== true) return undefined;
  const x = { kind: 'unknown' as const, reason: callee.reason, symbol: (callee.symbol ?? '').slice(0, name.index) };
  return FUNCTIONS.get('matMul')?.call({ ...args, positional: [x, ...args.positional] }, site, interp);
};

export const tfjs: Framework = {
  name: 'tfjs',
  packages: PACKAGES,
  external,
  unknownCall: (callee, args, site, interp) => {
    const product = productOf(callee, args, site, interp);
    if (product) return product;
    return isOurs([callee, ...args.positional, ...args.keywords.values()]) ? opaqueCall(callee, args, site, interp) : undefined;
  },
  join: (a, b, span, interp) => (isOurs([a, b]) ? joinTensors(a, b, span, interp) : undefined),
  isModelClass,
  isModel,
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
  emit: emitFixes,
};
