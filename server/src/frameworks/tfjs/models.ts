/** `tf.sequential`, `tf.model`, `tf.input`, and what is done with a model: compile, load, predict. */
import { native, nativeClass } from '../../interpreter/native.ts';
import { findInClass } from '../../interpreter/objects.ts';
import type { ClassValue, NativeCall, NativeFunction, Value } from '../../interpreter/values.ts';
import { UNDEFINED, unknown } from '../../interpreter/values.ts';
import { setLayerLoaded } from '../keras/layerClasses.ts';
import { INPUT_LAYER, inputFunction, MODEL, SEQUENTIAL } from '../keras/models.ts';
import { kerasState } from '../keras/state.ts';
import { optimizerClass } from '../keras/training.ts';
import { WRAPPERS } from '../keras/wrappers.ts';
import { feed } from '../shared/pixels.ts';
import { configArgs, configSite } from './config.ts';
import { configured, JS_LAYER, selfOf } from './layerClasses.ts';

const method = (cls: ClassValue, name: string): NativeCall => {
  const found = findInClass(cls, name);
  return found?.kind === 'native' ? found.call : () => UNDEFINED;
};

/** `model.getLayer('dense')`, `model.getLayer(2)`, `model.getLayer(null, 2)` */
const getLayer: NativeCall = (args, site, interp) => {
  const [self, name, index] = args.positional;
  const byIndex = name?.kind === 'number' ? name : index;
  const keywords = new Map<string, Value>(name?.kind === 'string' ? [['name', name]] : byIndex ? [['index', byIndex]] : []);
  return method(MODEL, 'get_layer')({ positional: [self ?? UNDEFINED], keywords, open: false }, site, interp);
};

/** `predict(x)` runs the model on data. */
const predict: NativeCall = (args, site, interp) => {
  const model = selfOf(args);
  if (model) feed(kerasState(interp).graph, model, args.positional[1]);
  return method(JS_LAYER, 'apply')(args, site, interp);
};

const loaded: NativeCall = (args, _site, interp) => {
  const model = selfOf(args);
  if (model) setLayerLoaded(model, interp);
  return UNDEFINED;
};

const SHARED: Readonly<Record<string, NativeCall>> = {
  compile: configured(method(MODEL, 'compile')),
  getLayer,
  predict,
  predictOnBatch: predict,
  summary: () => UNDEFINED,
  setWeights: loaded,
  loadWeights: loaded,
  fit: method(MODEL, 'fit'),
  fitDataset: (_args, site) => unknown('a history of training', site.span),
  trainOnBatch: (_args, site) => unknown('losses', site.span),
  evaluate: (_args, site) => unknown('an evaluation', site.span),
  save: (_args, site) => unknown('what was saved', site.span),
};

export const JS_MODEL: ClassValue = nativeClass('tf.LayersModel', [MODEL, JS_LAYER], {
  ...SHARED,
  __init__: configured(method(MODEL, '__init__')),
});

export const JS_SEQUENTIAL: ClassValue = nativeClass('tf.Sequential', [SEQUENTIAL, JS_MODEL], {
  ...SHARED,
  __init__: configured(method(SEQUENTIAL, '__init__')),
});

const JS_INPUT_LAYER: ClassValue = nativeClass('tf.layers.InputLayer', [INPUT_LAYER, JS_LAYER], {
  __init__: configured(method(INPUT_LAYER, '__init__')),
});

const make = (name: string, cls: ClassValue): NativeFunction =>
  native(name, (args, site, interp) => interp.instantiate(cls, args, site), 'static');

/** `tf.input({shape: [784]})` */
export const input: NativeFunction = native(
  'input',
  (args, site, interp) => inputFunction.call(configArgs(args), configSite(site), interp),
  'static',
);

export const sequential = make('sequential', JS_SEQUENTIAL);
export const model = make('model', JS_MODEL);
export const inputLayer = make('inputLayer', JS_INPUT_LAYER);

// ── wrappers ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

const wrapper = (name: string, kerasName: string): readonly [string, NativeFunction] => {
  const base = WRAPPERS.find((cls) => cls.name === kerasName) ?? JS_LAYER;
  // A configuration gives by name what Keras takes first.
  const init: NativeCall = (args, site, interp) => {
    const { keywords, open } = configArgs({ ...args, positional: args.positional.slice(1) });
    const first = keywords.get(kerasName === 'RNN' ? 'cell' : kerasName === 'StackedRNNCells' ? 'cells' : 'layer');
    return method(base, '__init__')(
      { positional: [args.positional[0] ?? UNDEFINED, ...(first ? [first] : [])], keywords, open },
      configSite(site),
      interp,
    );
  };
  const cls = nativeClass(`tf.layers.${kerasName}`, [base, JS_LAYER], { __init__: init });
  return [name, make(name, cls)];
};

export const WRAPPER_FUNCTIONS: ReadonlyMap<string, NativeFunction> = new Map([
  wrapper('bidirectional', 'Bidirectional'),
  wrapper('timeDistributed', 'TimeDistributed'),
  wrapper('rnn', 'RNN'),
  wrapper('stackedRNNCells', 'StackedRNNCells'),
]);

// ── training ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

const OPTIMIZERS: Readonly<Record<string, string>> = {
  sgd: 'SGD',
  momentum: 'SGD',
  adam: 'Adam',
  adamax: 'Adamax',
  adagrad: 'Adagrad',
  adadelta: 'Adadelta',
  rmsprop: 'RMSprop',
};

/** `tf.train.adam(0.01)`: an object that remembers its arguments. */
export const optimizers: ReadonlyMap<string, NativeFunction> = new Map(
  Object.entries(OPTIMIZERS).map(([name, cls]) => [
    name,
    make(name, optimizerClass(`tf.train.${name === 'momentum' ? 'MomentumOptimizer' : cls}`)),
  ]),
);
