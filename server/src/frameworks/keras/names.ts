/**
 * What the dotted names mean. `tensorflow.keras`, `tf_keras`, `keras.api`, `keras.src` and `tensorflow.python.keras` are `keras`;
 * below `layers`, `initializers` and the like only the last part counts, because Keras moved its files around.
 */
import { asSizes, bind, native } from '../../interpreter/native.ts';
import type { ClassValue, NativeFunction, Value } from '../../interpreter/values.ts';
import { bool, float, int, NONE, str, tuple, unknown } from '../../interpreter/values.ts';
import { scalarOp } from '../../network/scalar.ts';
import { shapeOf } from '../shared/graph.ts';
import { pixelFunction } from '../shared/pixels.ts';
import { tensorData } from '../shared/tensor.ts';
import { ACTIVATION_FUNCTIONS } from './activations.ts';
import { applicationClass } from './applications.ts';
import { CONTRIB } from './contrib.ts';
import { TENSOR_FUNCTIONS } from './functions.ts';
import { INITIALIZER, INITIALIZER_CLASSES } from './initializerClasses.ts';
import { LAYER, LAYER_CLASSES } from './layerClasses.ts';
import { LAYER_FUNCTIONS } from './layerFunctions.ts';
import { INPUT_LAYER, inputFunction, MODEL, SEQUENTIAL } from './models.ts';
import { GRAPH_FUNCTIONS } from './scripts.ts';
import { kerasState, TENSOR } from './state.ts';
import { CREATION_FUNCTIONS } from './tensors.ts';
import { describedClass, isLossName, lossClass, lossFunction, optimizerClass } from './training.ts';
import { initializerData } from './weights.ts';
import { WRAPPERS } from './wrappers.ts';

export const PACKAGES: readonly string[] = ['keras', 'tensorflow', 'tf_keras', 'keras_core'];

type Found = Value | 'module' | undefined;

// ── namespaces ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const OTHER_LAYERS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['Layer', LAYER],
  ['Input', inputFunction],
  ['InputLayer', INPUT_LAYER],
  ['InputSpec', describedClass('keras.layers.InputSpec')],
  ['TimeDistributedDense', LAYER_CLASSES.get('Dense') ?? LAYER],
  ['Pipeline', SEQUENTIAL],
  ...WRAPPERS.map((cls) => [cls.name, cls] as const),
]);

const layer = (name: string): Value | undefined => LAYER_CLASSES.get(name) ?? OTHER_LAYERS.get(name) ?? LAYER_FUNCTIONS.get(name);

const getActivation = native('get', (args) => {
  const value = args.positional[0] ?? args.keywords.get('identifier');
  if (value?.kind === 'string') return TENSOR_FUNCTIONS.get(value.value) ?? unknown(`'${value.value}' is no activation of Keras`);
  return !value || value.kind === 'none' ? (TENSOR_FUNCTIONS.get('linear') ?? NONE) : value;
});

/** `initializers.get` gives strings and objects back as they are: layers understand both. */
const getInitializer = native('get', (args) => args.positional[0] ?? args.keywords.get('identifier') ?? NONE);

/** Keras's short names of activations on top of the layers' own. */
const activation = (name: string): Value | undefined =>
  name === 'get' || name === 'deserialize' ? getActivation : ACTIVATION_FUNCTIONS.has(name) ? TENSOR_FUNCTIONS.get(name) : undefined;

const initializer = (name: string): Value | undefined => {
  if (name === 'get' || name === 'deserialize') return getInitializer;
  return name === 'Initializer' ? INITIALIZER : INITIALIZER_CLASSES.get(name.replace(/V[12]$/, ''));
};

const described = new Map<string, ClassValue>();

/** Losses, optimizers, metrics: a class that remembers its arguments. */
const describedAt = (path: string, make: (path: string) => ClassValue = describedClass): ClassValue => {
  const known = described.get(path);
  if (known) return known;
  const cls = make(path);
  described.set(path, cls);
  return cls;
};

const applications = new Map<string, ClassValue>();

/** What keras.applications computes its input shape and paddings by; model code copies the calls. */
const IMAGENET: ReadonlyMap<string, Value> = new Map<string, Value>([
  [
    'obtain_input_shape',
    native('obtain_input_shape', (args) => {
      const bound = bind('input_shape, default_size, min_size, data_format, require_flatten, weights=None', args);
      const given = bound.get('input_shape');
      if (given?.kind === 'tuple' || given?.kind === 'list') return given;
      const side = bound.get('default_size') ?? NONE;
      const flatten = bound.get('require_flatten');
      return flatten?.kind === 'bool' && !flatten.value ? tuple([NONE, NONE, int(3)]) : tuple([side, side, int(3)]);
    }),
  ],
  [
    'correct_pad',
    native('correct_pad', (args, site) => {
      const x = tensorData(args.positional[0]);
      const kernel = asSizes(args.positional[1], 2);
      const shape = x ? shapeOf(x) : null;
      if (!shape || !kernel) return unknown('a padding that is not known', site.span);
      // An even side is padded by one less before than after.
      const pair = (axis: number): Value => {
        const reach = scalarOp('//', kernel[axis] ?? 1, 2);
        const less = scalarOp('-', 1, scalarOp('%', shape[axis + 1] ?? 1, 2));
        return tuple([int(scalarOp('-', reach, less)), int(reach)]);
      };
      return tuple([pair(0), pair(1)]);
    }),
  ],
]);

const application = (name: string): Found => {
  const helper = IMAGENET.get(name);
  if (helper) return helper;
  if (name === 'preprocess_input') return TENSOR_FUNCTIONS.get('preprocess_input');
  if (!/^[A-Z]/.test(name)) return 'module';
  const known = applications.get(name) ?? applicationClass(name);
  applications.set(name, known);
  return known;
};

const dataFormat = native('image_data_format', () => str('channels_last'));

/** Decorators and calls that change nothing about the model. */
const PLAIN: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['function', native('function', (args) => args.positional[0] ?? native('decorator', (inner) => inner.positional[0] ?? NONE))],
  ...['get_custom_objects', 'custom_object_scope', 'CustomObjectScope'].map(
    (name) =>
      [
        name,
        native(name, (_args, site, interp) => {
          kerasState(interp).customObjects = true;
          return unknown('objects of the program’s own', site.span);
        }),
      ] as const,
  ),
  ['register_keras_serializable', native('register', () => native('decorator', (inner) => inner.positional[0] ?? NONE))],
  ['keras_export', native('keras_export', () => native('decorator', (inner) => inner.positional[0] ?? NONE))],
  ['image_data_format', dataFormat],
  [
    'standardize_data_format',
    native('standardize_data_format', (args) => {
      const given = args.positional[0];
      return given && given.kind !== 'none' ? given : str('channels_last');
    }),
  ],
  ['is_keras_tensor', native('is_keras_tensor', () => bool(true))],
  ['backend', native('backend', () => str('tensorflow'))],
  ['floatx', native('floatx', () => str('float32'))],
]);

const models = (name: string): Value | undefined => {
  if (name === 'Sequential') return SEQUENTIAL;
  if (name === 'Model' || name === 'Functional' || name === 'Network') return MODEL;
  if (name === 'Input') return inputFunction;
  if (name === 'load_model' || name === 'clone_model')
    return name === 'clone_model' ? native(name, (args) => args.positional[0] ?? NONE) : undefined;
  return undefined;
};

const tensorFunction = (name: string): Value | undefined =>
  TENSOR_FUNCTIONS.get(name) ?? CREATION_FUNCTIONS.get(name) ?? (isLossName(name) ? lossFunction(name) : undefined);

const NAMESPACES: Readonly<Record<string, (name: string, path: string) => Found>> = {
  layers: (name) => layer(name) ?? models(name),
  models: (name) => models(name) ?? layer(name),
  engine: (name) => models(name) ?? layer(name),
  legacy: (name) => layer(name),
  activations: (name) => activation(name),
  initializers: (name) => initializer(name),
  datasets: () => undefined,
  losses: (name, path) => (/^[A-Z]/.test(name) ? describedAt(path, lossClass) : lossFunction(name)),
  metrics: (name, path) => (/^[A-Z]/.test(name) ? describedAt(path) : isLossName(name) ? lossFunction(name) : undefined),
  optimizers: (name, path) => (/^[A-Z]/.test(name) ? describedAt(path, optimizerClass) : undefined),
  train: (name, path) => (/Optimizer$/.test(name) ? describedAt(path, optimizerClass) : undefined),
  applications: (name) => application(name),
  ops: (name) => tensorFunction(name),
  backend: (name) => PLAIN.get(name) ?? tensorFunction(name),
  random: (name) => CREATION_FUNCTIONS.get(name) ?? tensorFunction(name),
  nn: (name) => tensorFunction(name),
  math: (name) => tensorFunction(name),
  linalg: (name) => tensorFunction(name),
  image: (name) => tensorFunction(name),
  config: (name) => PLAIN.get(name),
  utils: (name) => PLAIN.get(name),
  saving: (name) => PLAIN.get(name),
  api_export: (name) => PLAIN.get(name),
};

/** Names at the top of keras. */
const keras = (name: string): Found => {
  if (name === 'Layer') return LAYER;
  if (name === 'KerasTensor') return TENSOR;
  if (name === 'Initializer') return INITIALIZER;
  if (name === 'Variable') return CREATION_FUNCTIONS.get('Variable');
  if (name in NAMESPACES) return 'module';
  return models(name);
};

/** TensorFlow 1's own defaults: a standard deviation of one, an interval from zero to one. */
const FIRST_DEFAULTS: Readonly<Record<string, { readonly cls: string; readonly defaults: Readonly<Record<string, Value>> }>> = {
  truncated_normal: { cls: 'TruncatedNormal', defaults: { mean: float(0), stddev: float(1) } },
  random_normal: { cls: 'RandomNormal', defaults: { mean: float(0), stddev: float(1) } },
  random_uniform: { cls: 'RandomUniform', defaults: { minval: float(0), maxval: float(1) } },
};

/** `tf.random_normal_initializer` of version 1; where either version may be meant, what the program does tells when it is drawn. */
const firstInitializers = (certain: boolean): ReadonlyMap<string, NativeFunction> =>
  new Map(
    Object.entries(FIRST_DEFAULTS).map(([name, { cls, defaults }]) => [
      name,
      native(`${name}_initializer`, (args, site, interp) => {
        const found = INITIALIZER_CLASSES.get(cls);
        if (!found) return NONE;
        const names = Object.keys(defaults);
        const missing = Object.entries(defaults).filter(([key]) => !args.keywords.has(key) && args.positional.length <= names.indexOf(key));
        if (certain) return interp.instantiate(found, { ...args, keywords: new Map([...args.keywords, ...missing]) }, site);
        const made = interp.instantiate(found, args, site);
        const data = initializerData(made);
        if (made.kind === 'instance' && data && missing.length > 0) made.data = { ...data, first: new Map(missing) };
        return made;
      }),
    ]),
  );

type Version = 1 | 2 | null;

const FIRST = firstInitializers(true);
const EITHER = firstInitializers(false);

const legacyInitializer = (name: string, version: Version): Value | undefined => {
  // Version 2 has no truncated_normal_initializer.
  if (version === 1 || name === 'truncated_normal') return FIRST.get(name) ?? initializer(name);
  return (version === null ? EITHER.get(name) : undefined) ?? initializer(name);
};

const versionOf = (path: string): Version => (path.includes('compat.v1') ? 1 : path.includes('compat.v2') ? 2 : null);

/** Names of TensorFlow itself. */
const tensorflow = (name: string, version: Version): Found => {
  const legacy = /^(\w+)_initializer$/.exec(name)?.[1];
  if (legacy) return legacyInitializer(legacy, version);
  if (
    name === 'keras' ||
    ['nn', 'math', 'random', 'linalg', 'initializers', 'layers', 'losses', 'optimizers', 'contrib', 'image', 'train'].includes(name)
  )
    return 'module';
  if (name === 'Tensor' || name === 'KerasTensor') return TENSOR;
  return PLAIN.get(name) ?? GRAPH_FUNCTIONS.get(name) ?? tensorFunction(name);
};

/** The path below `keras` or `tensorflow`, with every spelling of the former brought to one. */
export const canonical = (path: string): { readonly root: 'keras' | 'tensorflow'; readonly parts: readonly string[] } => {
  let parts = path.split('.');
  let root: 'keras' | 'tensorflow' = parts[0] === 'tensorflow' ? 'tensorflow' : 'keras';
  parts = parts.slice(1);
  for (;;) {
    const [head, next] = parts;
    if (root === 'tensorflow' && head === 'keras') root = 'keras';
    else if (root === 'tensorflow' && (head === 'python' || head === 'compat' || head === '_api')) {
      parts = parts.slice(1);
      if (next === 'v1' || next === 'v2') parts = parts.slice(1);
      continue;
    } else if (!(root === 'keras' && (head === 'src' || head === 'api' || head === '_v1' || head === '_v2' || head === 'keras'))) break;
    parts = parts.slice(1);
  }
  return { root, parts };
};

/** Keras's own files of applications are read like anyone's. */
export const reads = (path: string): boolean => /^keras\.src\.applications\.(?!imagenet_utils$)[a-z]\w*$/.test(path);

/** Data sets of images as they are stored. */
const IMAGES: ReadonlySet<string> = new Set(['mnist', 'fashion_mnist', 'cifar10', 'cifar100']);

const labels = (): Value => unknown('labels');

/** `keras.datasets.mnist.load_data()`: images and labels to train and to test with. */
const dataset = ([name = '', fn]: readonly string[]): Found => {
  if (!IMAGES.has(name)) return undefined;
  if (fn === undefined) return 'module';
  return fn === 'load_data'
    ? pixelFunction(`${name}.load_data()`, (images) => tuple([tuple([images(), labels()]), tuple([images(), labels()])]))
    : undefined;
};

const cache = new Map<string, Found>();

const lookUp = (path: string): Found => {
  const { root, parts } = canonical(path);
  const [namespace, ...rest] = parts;
  if (namespace === undefined) return 'module';
  if (reads(path)) return undefined;
  const top = (of: string): Found => (root === 'keras' ? keras(of) : tensorflow(of, versionOf(path)));
  // tf.contrib.layers, tf.contrib.slim, tf.contrib.framework share their names.
  if (root === 'tensorflow' && namespace === 'contrib') return rest.length < 2 ? 'module' : CONTRIB.get(rest.at(-1) as string);
  if (rest.length === 0) return top(namespace);
  if (namespace === 'datasets') return dataset(rest);
  const resolveName = NAMESPACES[namespace];
  const name = rest.at(-1) as string;
  if (!resolveName)
    return rest.length > 0 ? top(name === 'Model' || name === 'Layer' || name === 'Sequential' ? name : `${namespace}?`) : undefined;
  // keras.src.layers.core.dense is a file, keras.layers.merge.add a function.
  if (namespace === 'layers' && rest.length > 1 && rest[0] !== 'merge' && LAYER_FUNCTIONS.has(name)) return 'module';
  const found = resolveName(name, `${root}.${namespace}.${name}`);
  // keras.layers.core, keras.src.layers.core.dense: files in which the classes live.
  return found ?? (rest.length <= 2 && WITH_FILES.has(namespace) && FILES.test(name) ? 'module' : undefined);
};

const WITH_FILES: ReadonlySet<string> = new Set([
  'layers',
  'models',
  'engine',
  'initializers',
  'activations',
  'losses',
  'optimizers',
  'legacy',
]);

const FILES =
  /^(core|dense|convolutional|conv\w*|recurrent|rnn|lstm|gru|merge|merging|normalization\w*|pooling|embeddings?|noise|wrappers|advanced_activations|activation|attention|regularization|reshaping|preprocessing|input_layer|layer|base_layer|training|functional|sequential|model|topology|v1|v2|initializers_v[12]|random_initializers|constant_initializers|initializer|separable_conv\w*|depthwise_conv\w*|batch_normalization|layer_normalization|sgd|adam|numpy|nn|image)$/;

const starNames = (namespace: string): readonly string[] => {
  switch (namespace) {
    case 'layers':
      return [...LAYER_CLASSES.keys(), ...OTHER_LAYERS.keys(), ...LAYER_FUNCTIONS.keys()];
    case 'models':
      return ['Sequential', 'Model'];
    case 'initializers':
      return [...INITIALIZER_CLASSES.keys()];
    case 'activations':
      return [...ACTIVATION_FUNCTIONS.keys()];
    default:
      return [];
  }
};

/** `from keras.layers import *` asks for 'keras.layers.*'. */
const star = (path: string): Value | undefined => {
  const base = path.slice(0, -2);
  const { parts } = canonical(base);
  const names = parts[0] === undefined ? [] : starNames(parts[0]);
  const entries = new Map<string, { key: Value; value: Value }>();
  for (const name of names) {
    const value = external(`${base}.${name}`);
    if (value && value !== 'module') entries.set(`s${name}`, { key: str(name), value });
  }
  return entries.size > 0 ? { kind: 'dict', entries, open: false } : undefined;
};

export function external(path: string): Found {
  if (path.endsWith('.*')) return star(path);
  if (cache.has(path)) return cache.get(path);
  const found = lookUp(path);
  cache.set(path, found);
  return found;
}
