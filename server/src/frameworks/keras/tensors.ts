/** Operators and methods of tensors, variables, and the functions that draw tensors: `tf.random.normal`, `tf.zeros`, `tf.Variable`. */
import { asScalar, asString, bind, native } from '../../interpreter/native.ts';
import type { NativeCall, NativeFunction, Value } from '../../interpreter/values.ts';
import { NONE, unknown } from '../../interpreter/values.ts';
import { type Distribution, unknownDistribution } from '../../network/distribution.ts';
import { add, type Scalar, scalarOp } from '../../network/scalar.ts';
import { shapeOf } from '../shared/graph.ts';
import { OPERATOR_METHODS } from '../shared/operators.ts';
import { shapeFromValue, shapeToValue } from '../shared/shapeValues.ts';
import { newStorage } from '../shared/storage.ts';
import { emitOpaque, stored, tensorData, wrap } from '../shared/tensor.ts';
import { assign, drawnTensor } from './initializerClasses.ts';
import { kerasState, TENSOR } from './state.ts';

// ── operators ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const method = (name: string, call: NativeCall, binding: NativeFunction['binding'] = 'instance'): void => {
  TENSOR.attrs.set(name, native(name, call, binding));
};

for (const [name, call] of Object.entries(OPERATOR_METHODS)) method(name, call);

method(
  'shape',
  (args) => {
    const x = tensorData(args.positional[0]);
    return shapeToValue(x ? shapeOf(x) : null);
  },
  'property',
);

const shapeMethod: NativeCall = (args) => {
  const x = tensorData(args.positional[0]);
  return shapeToValue(x ? shapeOf(x) : null);
};
method('get_shape', shapeMethod);
method('assign', assign);
method('numpy', (args) => args.positional[0] ?? NONE);

/** A comparison gives a mask: same shape, values not followed. */
const comparison: NativeCall = (args, site, interp) => {
  const x = tensorData(args.positional[0]);
  if (!x || x.node === null) return unknown('a comparison of tensors', site.span);
  return emitOpaque(interp, x.graph, 'compare', 'a comparison', [x], site, shapeOf(x));
};
for (const name of ['__lt__', '__le__', '__gt__', '__ge__']) method(name, comparison);

// ── draws ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const drawn = (
  name: string,
  signature: string,
  make: (values: readonly Scalar[]) => Distribution,
  names: readonly string[],
): NativeFunction =>
  native(name, (args, site, interp) => {
    const bound = bind(signature, args);
    const shape = plainShape(bound.get('shape') ?? args.keywords.get('dims'));
    const values = names.map((n) => asScalar(bound.get(n)));
    const known = values.every((v) => v !== undefined);
    const distribution = known ? make(values) : unknownDistribution(`arguments of ${name}`);
    return drawnTensor(interp, distribution, shape, name, site);
  });

const plainShape = (value: Value | undefined) => shapeFromValue(value, 'shape', false)?.slice(1) ?? null;

const truncated = ([mean = 0, std = 1]: readonly Scalar[]): Distribution => {
  const reach = scalarOp('*', 2, std);
  return { kind: 'truncatedNormal', mean, std, low: scalarOp('-', mean, reach), high: add(mean, reach) };
};

/** `tf.constant(0.1, shape=[256])`; lists of values are data. */
const constant = native('constant', (args, site, interp) => {
  const bound = bind('value, dtype=None, shape=None, name=None, **kwargs', args);
  const value = asScalar(bound.get('value'));
  const shape = plainShape(bound.get('shape'));
  if (value === undefined || !shape) return unknown('a constant', site.span);
  return drawnTensor(interp, { kind: 'constant', value }, shape, 'constant', site);
});

const like = (name: string, value: number): NativeFunction =>
  native(name, (args, site, interp) => {
    const x = tensorData(args.positional[0]);
    return drawnTensor(interp, { kind: 'constant', value }, x ? shapeOf(x) : null, name, site);
  });

/** Positions: integers that are no weights and no activations. */
const range: NativeCall = (args, _site, interp) => {
  const { graph } = kerasState(interp);
  const numbers = [
    args.positional[0] ?? args.keywords.get('start'),
    args.positional[1] ?? args.keywords.get('limit') ?? args.keywords.get('stop'),
  ]
    .map(asScalar)
    .filter((n) => n !== undefined);
  const [first, second] = numbers;
  const shape = first === undefined ? null : [second === undefined ? first : scalarOp('-', second, first)];
  return wrap(interp, { kind: 'tensor', graph, node: null, storage: null, shape, integer: true, share: 1 }, null);
};

const variable = native('Variable', (args, site, interp) => {
  const bound = bind('initial_value=None, trainable=True, validate_shape=True, caching_device=None, name=None, **kwargs', args);
  const value = args.keywords.get('initializer') ?? bound.get('initial_value');
  const source = tensorData(value);
  const number = asScalar(value);
  const { graph, unnamed } = kerasState(interp);
  const trainable = bound.get('trainable');
  const distribution: Distribution =
    source?.storage?.init.distribution ??
    (number === undefined ? unknownDistribution('a value that is not known') : { kind: 'constant', value: number });
  const storage = newStorage(interp, {
    shape: source?.shape ?? (number === undefined ? null : []),
    span: site.span,
    isParameter: true,
    trainable: trainable?.kind === 'bool' ? trainable.value : true,
    init: {
      distribution,
      source: 'call',
      name: source?.storage?.init.name ?? 'Variable',
      span: source?.storage?.init.span ?? site.span,
      generic: false,
    },
  });
  if (asString(bound.get('name')) === undefined) unnamed.add(storage);
  return wrap(interp, stored(graph, storage), site);
});

const NORMAL = 'shape, mean=0.0, stddev=1.0, dtype=None, seed=None, name=None';

/** Functions that make tensors, by their last name; `keras.random` and `tf.random` agree on the arguments read here. */
export const CREATION_FUNCTIONS: ReadonlyMap<string, NativeFunction> = new Map([
  ['normal', drawn('random.normal', NORMAL, ([mean = 0, std = 1]) => ({ kind: 'normal', mean, std }), ['mean', 'stddev'])],
  ['random_normal', drawn('random_normal', NORMAL, ([mean = 0, std = 1]) => ({ kind: 'normal', mean, std }), ['mean', 'stddev'])],
  ['truncated_normal', drawn('truncated_normal', NORMAL, truncated, ['mean', 'stddev'])],
  [
    'uniform',
    drawn(
      'random.uniform',
      'shape, minval=0.0, maxval=1.0, dtype=None, seed=None, name=None',
      ([low = 0, high = 1]) => ({ kind: 'uniform', low, high }),
      ['minval', 'maxval'],
    ),
  ],
  [
    'random_uniform',
    drawn(
      'random_uniform',
      'shape, minval=0.0, maxval=1.0, dtype=None, seed=None, name=None',
      ([low = 0, high = 1]) => ({ kind: 'uniform', low, high }),
      ['minval', 'maxval'],
    ),
  ],
  ['zeros', drawn('zeros', 'shape, dtype=None, name=None', () => ({ kind: 'constant', value: 0 }), [])],
  ['ones', drawn('ones', 'shape, dtype=None, name=None', () => ({ kind: 'constant', value: 1 }), [])],
  ['fill', drawn('fill', 'shape, value', ([value = 0]) => ({ kind: 'constant', value }), ['value'])],
  ['full', drawn('full', 'shape, value, dtype=None', ([value = 0]) => ({ kind: 'constant', value }), ['value'])],
  ['constant', constant],
  ['zeros_like', like('zeros_like', 0)],
  ['ones_like', like('ones_like', 1)],
  ['range', native('range', range)],
  ['arange', native('arange', range)],
  ['Variable', variable],
]);
