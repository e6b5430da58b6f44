/** What the dotted names below `lasagne` mean. Files inside `lasagne.layers` are looked through: only the last part counts. */
import { native } from '../../interpreter/native.ts';
import type { NativeFunction, Value } from '../../interpreter/values.ts';
import { NO_ARGS, NONE, str } from '../../interpreter/values.ts';
import { GENERATOR } from '../numpy/creation.ts';
import { LAYER_FUNCTIONS } from './functions.ts';
import { GATE } from './gate.ts';
import { LAYER_CLASSES } from './layerClasses.ts';
import { nonlinearity } from './nonlinearities.ts';
import { OBJECTIVES, UPDATES } from './training.ts';
import { INITIALIZER, INITIALIZER_CLASSES } from './weights.ts';

type Found = Value | 'module' | undefined;

const layer = (name: string): Value | undefined => {
  if (name === 'Gate') return GATE;
  return LAYER_CLASSES.get(name) ?? LAYER_FUNCTIONS.get(name);
};

const initializer = (name: string): Value | undefined => (name === 'Initializer' ? INITIALIZER : INITIALIZER_CLASSES.get(name));

/** `floatX(array)` is the array in another precision. */
const floatX: NativeFunction = native('floatX', (args) => args.positional[0] ?? args.keywords.get('arr') ?? NONE);

const UTILITIES: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['floatX', floatX],
  ['as_theano_expression', floatX],
]);

const RANDOM: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['set_rng', native('set_rng', () => NONE)],
  // What was set draws like what is there without.
  ['get_rng', native('get_rng', (_, site, interp) => interp.instantiate(GENERATOR, NO_ARGS, site))],
]);

const NAMESPACES: Readonly<Record<string, (name: string) => Value | undefined>> = {
  layers: layer,
  init: initializer,
  nonlinearities: nonlinearity,
  objectives: (name) => OBJECTIVES.get(name),
  updates: (name) => UPDATES.get(name),
  utils: (name) => UTILITIES.get(name),
  random: (name) => RANDOM.get(name),
};

/** Files of `lasagne.layers`. */
const FILES =
  /^(base|conv|corrmm|cuda_convnet|dense|dnn|embedding|helper|input|local|merge|noise|normalization|pool|recurrent|shape|special)$/;

const STAR_NAMES: Readonly<Record<string, readonly string[]>> = {
  layers: ['Gate', ...LAYER_CLASSES.keys(), ...LAYER_FUNCTIONS.keys()],
  init: ['Initializer', ...INITIALIZER_CLASSES.keys()],
  nonlinearities: [
    'sigmoid',
    'softmax',
    'tanh',
    'ScaledTanH',
    'ScaledTanh',
    'rectify',
    'LeakyRectify',
    'leaky_rectify',
    'very_leaky_rectify',
    'elu',
    'SELU',
    'selu',
    'softplus',
    'linear',
    'identity',
  ],
  objectives: [...OBJECTIVES.keys()],
  updates: [...UPDATES.keys()],
};

/** `from lasagne.layers import *` asks for 'lasagne.layers.*'. */
const star = (namespace: string): Value | undefined => {
  const find = NAMESPACES[namespace];
  const entries = new Map<string, { key: Value; value: Value }>();
  for (const name of STAR_NAMES[namespace] ?? []) {
    const value = find?.(name);
    if (value) entries.set(`s${name}`, { key: str(name), value });
  }
  return entries.size > 0 ? { kind: 'dict', entries, open: false } : undefined;
};

export const external = (path: string): Found => {
  const [, namespace, ...rest] = path.split('.');
  if (namespace === undefined) return 'module';
  const find = NAMESPACES[namespace];
  const name = rest.at(-1);
  if (!find || name === undefined)
    return find || namespace === 'regularization' || namespace === 'theano_extensions' ? 'module' : undefined;
  if (name === '*') return star(namespace);
  if (namespace === 'layers' && rest.length === 1 && FILES.test(name)) return layer(name) ?? 'module';
  return find(name);
};
