/** What the names of TensorFlow.js mean: the package in its builds, and the global `tf` of a script tag. */
import { native } from '../../interpreter/native.ts';
import type { Value } from '../../interpreter/values.ts';
import { UNDEFINED, unknown } from '../../interpreter/values.ts';
import { lossFunction } from '../keras/training.ts';
import { pixelFunction } from '../shared/pixels.ts';
import { TENSOR } from './dialect.ts';
import { FUNCTIONS } from './functions.ts';
import { INITIALIZER_FUNCTIONS, JS_INITIALIZER } from './initializerObjects.ts';
import { JS_LAYER, LAYER_FUNCTIONS } from './layerClasses.ts';
import { input, inputLayer, JS_MODEL, JS_SEQUENTIAL, model, optimizers, sequential, WRAPPER_FUNCTIONS } from './models.ts';

const BUILDS = [
  '',
  '-core',
  '-layers',
  '-node',
  '-node-gpu',
  '-react-native',
  '-backend-webgl',
  '-backend-cpu',
  '-backend-wasm',
  '-backend-webgpu',
  '-data',
  '-converter',
];

/** `globalThis` holds the global `tf`. */
export const PACKAGES: readonly string[] = [...BUILDS.map((build) => `@tensorflow/tfjs${build}`), 'globalThis'];

type Found = Value | 'module' | undefined;

const layer = (name: string): Found => {
  if (name === 'Layer') return JS_LAYER;
  if (name === 'input') return input;
  return name === 'inputLayer' ? inputLayer : (LAYER_FUNCTIONS.get(name) ?? WRAPPER_FUNCTIONS.get(name));
};

const registered = native('registerClass', () => UNDEFINED, 'static');

const NAMESPACES: Readonly<Record<string, (name: string) => Found>> = {
  layers: layer,
  initializers: (name) => (name === 'Initializer' ? JS_INITIALIZER : INITIALIZER_FUNCTIONS.get(name)),
  train: (name) => optimizers.get(name),
  serialization: (name) => (name === 'registerClass' ? registered : undefined),
  losses: lossFunction,
  metrics: (name) => native(name, (_args, site) => unknown(`tf.metrics.${name}`, site.span), 'static'),
  regularizers: (name) => native(name, (_args, site) => unknown(`tf.regularizers.${name}`, site.span), 'static'),
  constraints: (name) => native(name, (_args, site) => unknown(`tf.constraints.${name}`, site.span), 'static'),
  env: () => undefined,
  data: () => undefined,
  io: () => undefined,
  browser: (name) => (name === 'fromPixels' ? pixelFunction('tf.browser.fromPixels()', (images) => images()) : undefined),
  util: () => undefined,
  callbacks: () => undefined,
  linalg: () => undefined,
  image: () => undefined,
};

const MODELS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['sequential', sequential],
  ['model', model],
  ['input', input],
  ['LayersModel', JS_MODEL],
  ['Sequential', JS_SEQUENTIAL],
  ['Tensor', TENSOR],
]);

const lookUp = (path: string): Found => {
  const parts = path.split('.');
  // '@tensorflow/tfjs.layers.dense', 'globalThis.tf.layers.dense', and the default export of either.
  const names = parts.slice(parts[0] === 'globalThis' ? 2 : 1).filter((name, i) => !(i === 0 && name === 'default'));
  if (parts[0] === 'globalThis' && parts[1] !== 'tf') return undefined;
  const [first, second, ...rest] = names;
  if (first === undefined) return 'module';
  const namespace = Object.hasOwn(NAMESPACES, first) ? NAMESPACES[first] : undefined;
  if (second === undefined) return namespace ? 'module' : (MODELS.get(first) ?? FUNCTIONS.get(first));
  return rest.length === 0 ? namespace?.(second) : undefined;
};

const cache = new Map<string, Found>();

export const external = (path: string): Found => {
  if (cache.has(path)) return cache.get(path);
  const found = lookUp(path);
  cache.set(path, found);
  return found;
};
