/** What the dotted names mean: `flax.linen`, `flax.nnx`, `flax.struct`, `jax`, `jax.numpy`, `jax.nn`, `jax.lax`, `jax.random`, `jax.image`. */
import { native } from '../../interpreter/native.ts';
import { dataclasses } from '../../interpreter/stdlib/dataclasses.ts';
import type { NativeCall, NativeFunction, Value } from '../../interpreter/values.ts';
import { float, NONE, str, unknown } from '../../interpreter/values.ts';
import { CREATION, RANDOM } from './creation.ts';
import { arrayFunction, nnFunction } from './functions.ts';
import { LIFTED } from './lifted.ts';
import { LINEN_CLASSES, shareScope } from './linenClasses.ts';
import { NNX_CLASSES, NNX_FUNCTIONS, VARIABLE_CLASSES } from './nnx.ts';
import { NNX_TRANSFORMS } from './nnxTransforms.ts';
import { initializerNamed, PARTITIONING } from './parameters.ts';
import { TENSOR } from './state.ts';
import { GRADIENTS, NNX_OPTIMIZER, OPTAX, TRAIN_STATE } from './training.ts';

export const PACKAGES: readonly string[] = ['flax', 'jax', 'optax'];

type Found = Value | 'module' | undefined;

const fn = (name: string, call: NativeCall): NativeFunction => native(name, call, 'static');

const same: NativeCall = (args) => args.positional[0] ?? NONE;

/** A decorator with or without arguments that leaves the function as it is. */
const decorator = (name: string): NativeFunction => fn(name, (args) => args.positional[0] ?? fn(name, same));

const table = (entries: readonly (readonly [string, Value])[]): ReadonlyMap<string, Value> => new Map(entries);

const DECORATORS = table(
  ['compact', 'nowrap', 'compact_name_scope', 'jit', 'checkpoint', 'remat', 'named_call', 'named_scope'].map((n) => [n, decorator(n)]),
);

/** Casts: `jnp.float32(x)`, and dtypes as arguments. */
const DTYPES = table(
  [
    'float16',
    'float32',
    'float64',
    'bfloat16',
    'int8',
    'int16',
    'int32',
    'int64',
    'uint8',
    'uint16',
    'uint32',
    'uint64',
    'bool_',
    'complex64',
  ].map((name) => [name, fn(name, same)]),
);

const CONSTANTS = table([
  ['pi', float(Math.PI)],
  ['e', float(Math.E)],
  ['inf', unknown('infinity')],
  ['newaxis', NONE],
  ['ndarray', TENSOR],
  ['Array', TENSOR],
  ['finfo', fn('finfo', () => unknown('finfo'))],
  ['iinfo', fn('iinfo', () => unknown('iinfo'))],
]);

const MERGE_PARAM = fn('merge_param', (args) => {
  const [, a, b] = args.positional;
  return a && a.kind !== 'none' ? a : (b ?? NONE);
});

const STRUCT = table([
  ['dataclass', fn('dataclass', dataclasses.dataclass as NativeCall)],
  ['field', fn('field', dataclasses.field as NativeCall)],
]);

const linen = (name: string): Found => {
  if (name === 'initializers') return 'module';
  if (name === 'share_scope') return fn(name, shareScope);
  if (name === 'merge_param') return MERGE_PARAM;
  return (
    LINEN_CLASSES.get(name) ??
    LIFTED.get(name) ??
    DECORATORS.get(name) ??
    PARTITIONING.get(name) ??
    nnFunction(name) ??
    CREATION.get(MASKS.has(name) ? name : '') ??
    (INITIALIZERS_OF_NN.has(name) ? initializerNamed(name) : undefined)
  );
};

const INITIALIZERS_OF_NN: ReadonlySet<string> = new Set(['zeros', 'ones', 'zeros_init', 'ones_init']);
const MASKS: ReadonlySet<string> = new Set(['make_causal_mask', 'make_attention_mask', 'combine_masks']);

const nnx = (name: string): Found => {
  if (name === 'initializers' || name === 'nn') return 'module';
  return (
    NNX_CLASSES.get(name) ??
    VARIABLE_CLASSES.get(name) ??
    NNX_FUNCTIONS.get(name) ??
    NNX_TRANSFORMS.get(name) ??
    GRADIENTS.get(name) ??
    (name === 'Optimizer' ? NNX_OPTIMIZER : undefined) ??
    PARTITIONING.get(name) ??
    nnFunction(name) ??
    CREATION.get(MASKS.has(name) ? name : '')
  );
};

const numpy = (name: string): Found =>
  CREATION.get(name) ?? arrayFunction(name) ?? CONSTANTS.get(name) ?? DTYPES.get(name) ?? (name === 'linalg' ? 'module' : undefined);

const ofNn = (name: string): Found => (name === 'initializers' ? 'module' : nnFunction(name));

const jax = (name: string): Found => {
  if (['numpy', 'nn', 'lax', 'random', 'image', 'tree', 'tree_util', 'numpy.linalg'].includes(name)) return 'module';
  if (name === 'default_backend') return fn(name, () => str('cpu'));
  return (
    GRADIENTS.get(name) ??
    DECORATORS.get(name) ??
    (name === 'Array' ? TENSOR : undefined) ??
    (name === 'device_put' ? arrayFunction(name) : undefined)
  );
};

/** Files of linen in which the classes live. */
const LINEN_FILES =
  /^(module|linear|attention|normalization|recurrent|stochastic|activation|combinators|pooling|transforms|initializers|spmd|partitioning)$/;

const flax = (parts: readonly string[]): Found => {
  const [namespace, name, ...rest] = parts;
  if (namespace === 'experimental' || namespace === 'src') return name === undefined ? 'module' : flax([name, ...rest]);
  if (namespace === 'linen' || namespace === 'nn') {
    if (name === undefined) return 'module';
    if (name === 'initializers') return rest[0] === undefined ? 'module' : initializerNamed(rest[0]);
    if (rest.length > 0) return linen(rest.at(-1) as string);
    return linen(name) ?? (LINEN_FILES.test(name) ? 'module' : undefined);
  }
  if (namespace === 'nnx') {
    if (name === undefined) return 'module';
    if (name === 'initializers') return rest[0] === undefined ? 'module' : initializerNamed(rest[0]);
    if (rest.length > 0) return nnx(rest.at(-1) as string);
    return nnx(name);
  }
  if (namespace === 'struct') return name === undefined ? 'module' : STRUCT.get(name);
  if (namespace === 'core' && (name === 'freeze' || name === 'unfreeze')) return fn(name, same);
  if (namespace === 'training' && rest.at(-1) === 'TrainState') return TRAIN_STATE;
  if (namespace === 'training' && name === 'train_state') return 'module';
  if (namespace === 'core' || namespace === 'training' || namespace === 'traverse_util' || namespace === 'serialization')
    return name === undefined ? 'module' : undefined;
  return undefined;
};

const lookUp = (path: string): Found => {
  const [top, ...parts] = path.split('.') as [string, ...string[]];
  const [namespace, name, below] = parts;
  if (namespace === undefined) return 'module';
  if (top === 'flax') return flax(parts);
  if (top === 'optax') return OPTAX.get(parts.at(-1) as string) ?? (parts.length === 1 ? 'module' : undefined);
  if (name === undefined) return jax(namespace);
  switch (namespace) {
    case 'numpy':
      return numpy(name);
    case 'nn':
      return name === 'initializers' && below !== undefined ? initializerNamed(below) : ofNn(name);
    case 'lax':
      return arrayFunction(name) ?? nnFunction(name);
    case 'random':
      return RANDOM.get(name);
    case 'image':
      return name === 'resize' ? arrayFunction('resize') : undefined;
    default:
      return undefined;
  }
};

const cache = new Map<string, Found>();

export const external = (path: string): Found => {
  if (cache.has(path)) return cache.get(path);
  const found = lookUp(path);
  cache.set(path, found);
  return found;
};
