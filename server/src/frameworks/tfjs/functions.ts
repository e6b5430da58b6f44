/**
 * Functions on tensors, and the same as methods of tensors: `tf.matMul(x, w)`, `x.matMul(w)`. Most are functions of Keras under another
 * name; draws are TensorFlow.js's own.
 */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, asScalar, asString, bind, native } from '../../interpreter/native.ts';
import type { Args, CallSite, NativeCall, NativeFunction, Value } from '../../interpreter/values.ts';
import { int, list, args as makeArgs, NONE, UNDEFINED, unknown } from '../../interpreter/values.ts';
import { type Distribution, unknownDistribution } from '../../network/distribution.ts';
import type { Op } from '../../network/op.ts';
import { add, type Scalar, scalarOp } from '../../network/scalar.ts';
import { TENSOR_FUNCTIONS } from '../keras/functions.ts';
import { drawnTensor } from '../keras/initializerClasses.ts';
import { kerasState } from '../keras/state.ts';
import { emitInput, shapeOf } from '../shared/graph.ts';
import { activationsIn } from '../shared/opaque.ts';
import { shapeFromValue, shapeToValue } from '../shared/shapeValues.ts';
import { draw } from '../shared/storage.ts';
import { activation, elementwise, emit, emitOpaque, tensorData, wrap } from '../shared/tensor.ts';
import { TENSOR } from './dialect.ts';

// ── Keras's functions under TensorFlow.js's names ──────────────────────────────────────────────────────────────────────────

interface Alias {
  /** Keras's name. */
  readonly as: string;
  /** Arguments after the tensor as TensorFlow.js orders them, by the names that Keras's function has. */
  readonly names?: readonly string[];
}

const REDUCE: readonly string[] = ['axis', 'keepdims'];

const ALIASES: Readonly<Record<string, string | Alias>> = {
  relu: 'relu',
  relu6: 'relu6',
  elu: 'elu',
  selu: 'selu',
  sigmoid: 'sigmoid',
  tanh: 'tanh',
  softplus: 'softplus',
  logSigmoid: 'log_sigmoid',
  leakyRelu: { as: 'leaky_relu', names: ['negative_slope'] },
  softmax: { as: 'softmax', names: ['axis'] },
  logSoftmax: { as: 'log_softmax', names: ['axis'] },
  exp: 'exp',
  sin: 'sin',
  cos: 'cos',
  abs: 'abs',
  square: 'square',
  sqrt: 'sqrt',
  sign: 'sign',
  erf: 'erf',
  matMul: { as: 'matmul', names: ['b', 'transpose_a', 'transpose_b'] },
  dot: { as: 'matmul', names: ['b'] },
  add: { as: 'add', names: ['y'] },
  sub: { as: 'subtract', names: ['y'] },
  mul: { as: 'multiply', names: ['y'] },
  div: { as: 'divide', names: ['y'] },
  pow: { as: 'pow', names: ['y'] },
  maximum: { as: 'maximum', names: ['y'] },
  minimum: { as: 'minimum', names: ['y'] },
  addN: 'add_n',
  mean: { as: 'reduce_mean', names: REDUCE },
  sum: { as: 'reduce_sum', names: REDUCE },
  max: { as: 'reduce_max', names: REDUCE },
  reshape: { as: 'reshape', names: ['shape'] },
  transpose: { as: 'transpose', names: ['perm'] },
  expandDims: { as: 'expand_dims', names: ['axis'] },
  squeeze: { as: 'squeeze', names: ['axis'] },
  concat: { as: 'concat', names: ['axis'] },
  stack: { as: 'stack', names: ['axis'] },
  split: { as: 'split', names: ['num_or_size_splits', 'axis'] },
  dropout: { as: 'dropout', names: ['rate'] },
  cast: { as: 'cast', names: [] },
  clone: { as: 'identity', names: [] },
  conv2d: { as: 'conv2d', names: ['filters', 'strides', 'padding'] },
  maxPool: { as: 'max_pool2d', names: ['ksize', 'strides', 'padding'] },
  avgPool: { as: 'avg_pool2d', names: ['ksize', 'strides', 'padding'] },
};

/** What TensorFlow.js takes without the argument, where Keras's function takes something else. */
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, Value>>>> = {
  concat: { axis: { kind: 'number', value: 0, float: false } },
  stack: { axis: { kind: 'number', value: 0, float: false } },
  expandDims: { axis: { kind: 'number', value: 0, float: false } },
};

const absent = (value: Value | undefined): boolean => value === undefined || (value.kind === 'none' && value.absent === true);

/** Weights among the arguments: what they are multiplied with is an activation, wherever it comes from. */
const meetsWeights = (args: Args): boolean => args.positional.slice(1).some((v) => tensorData(v)?.storage?.isParameter === true);

/** An argument that is not known becomes an input of the graph, the same one each time. */
export const asInput = (value: Value, site: CallSite, interp: Interpreter): Value => {
  if (value.kind !== 'unknown' || activationsIn(value).length > 0) return value;
  const { graph } = kerasState(interp);
  const known = interp.state(INPUTS, () => new Map<string, Value>());
  const key = `${value.symbol ?? value.path ?? value.reason}@${interp.stack.length}`;
  const made = known.get(key) ?? wrap(interp, activation(graph, emitInput(graph, value.symbol ?? 'x', null, false, site.span)), site);
  known.set(key, made);
  return made;
};

const INPUTS = Symbol('inputs of functions');

const PRODUCTS: ReadonlySet<string> = new Set(['matMul', 'dot', 'conv2d']);

const aliased = (name: string, target: string | Alias): NativeCall => {
  const { as, names = [] } = typeof target === 'string' ? { as: target } : target;
  const fn = TENSOR_FUNCTIONS.get(as);
  return (args, site, interp) => {
    const [written = UNDEFINED, ...rest] = args.positional;
    const first = PRODUCTS.has(name) && meetsWeights(args) ? asInput(written, site, interp) : written;
    const keywords = new Map<string, Value>(Object.entries(DEFAULTS[name] ?? {}));
    names.forEach((key, i) => {
      const value = rest[i];
      if (value && !absent(value)) keywords.set(key, value);
    });
    const call: Args = { positional: [first], keywords, open: args.open };
    return (fn?.call(call, site, interp) as Value | undefined) ?? opaque(name, args, site, interp);
  };
};

/** Same shape, values not followed; unknown where no activation is among the arguments. */
const opaque = (name: string, args: Args, site: CallSite, interp: Interpreter): Value => {
  const inputs = activationsIn(list([...args.positional]));
  const graph = kerasState(interp).graph;
  return inputs.length > 0 ? emitOpaque(interp, graph, name, `${name} is not followed`, inputs, site) : unknown(name, site.span);
};

// ── draws and variables ────────────────────────────────────────────────────────────────────────────────────────────────────

const plainShape = (value: Value | undefined) => shapeFromValue(value, 'shape', false)?.slice(1) ?? null;

const drawing =
  (name: string, signature: string, names: readonly string[], make: (values: readonly Scalar[]) => Distribution): NativeCall =>
  (args, site, interp) => {
    const given = { ...args, positional: args.positional.filter((v, i) => i === 0 || !absent(v)) };
    const bound = bind(signature, given);
    const values = names.map((n) => asScalar(bound.get(n)));
    const distribution = values.every((v) => v !== undefined) ? make(values as Scalar[]) : unknownDistribution(`arguments of ${name}`);
    return drawnTensor(interp, distribution, plainShape(bound.get('shape')), `tf.${name}`, site);
  };

const truncated = ([mean = 0, std = 1]: readonly Scalar[]): Distribution => {
  const reach = scalarOp('*', 2, std);
  return { kind: 'truncatedNormal', mean, std, low: scalarOp('-', mean, reach), high: add(mean, reach) };
};

const constant = (value: Scalar): Distribution => ({ kind: 'constant', value });

/** Sizes of nested lists of numbers, and whether all of them are one number. */
const literal = (value: Value): { readonly shape: readonly Scalar[]; readonly same: number | undefined } | undefined => {
  const number = asNumber(value);
  if (number !== undefined) return { shape: [], same: number };
  if (value.kind !== 'list' || value.open) return undefined;
  const parts = value.items.slice(0, 4096).map(literal);
  const [first] = parts;
  if (!first || parts.includes(undefined)) return undefined;
  return { shape: [value.items.length, ...first.shape], same: parts.every((p) => p?.same === first.same) ? first.same : undefined };
};

/** `tf.tensor2d([[1, 2]])`, `tf.scalar(2)`: data. */
const tensor: NativeCall = (args, site, interp) => {
  const [values = UNDEFINED, shape] = args.positional;
  const known = literal(values);
  const given = plainShape(shape);
  const distribution: Distribution = known?.same === undefined ? { kind: 'data', what: 'tensor' } : constant(known.same);
  return drawnTensor(interp, distribution, given ?? known?.shape ?? null, 'tf.tensor', site);
};

/** `tf.variable(initialValue, trainable, name)` */
const variable: NativeCall = (args, site, interp) => {
  const [value = UNDEFINED, trainable, name] = args.positional;
  const source = tensorData(value);
  if (!source?.storage) return unknown('a variable of something unknown', site.span);
  const made = drawnTensor(interp, source.storage.init.distribution, source.shape, source.storage.init.name, site);
  const storage = tensorData(made)?.storage;
  if (!storage) return made;
  storage.isParameter = true;
  storage.trainable = trainable?.kind !== 'bool' || trainable.value;
  // A variable's name is known when it is stored.
  storage.init = { ...source.storage.init, source: 'call' };
  const title = asString(name);
  if (title !== undefined) kerasState(interp).owners.set(storage, { path: '', owner: made as never, name: title });
  return made;
};

/** `v.assign(value)`: a new draw. */
const assign: NativeCall = (args, site, interp) => {
  const [target, value] = args.positional;
  const storage = tensorData(target)?.storage;
  if (!storage) return UNDEFINED;
  const source = tensorData(value)?.storage;
  const distribution = source?.init.distribution ?? unknownDistribution('assigned from something that is not known');
  draw(
    storage,
    { distribution, source: 'call', name: source?.init.name ?? 'assign', span: source?.init.span ?? site.span, generic: false },
    interp,
  );
  return UNDEFINED;
};

const OWN: Readonly<Record<string, NativeCall>> = {
  randomNormal: drawing(
    'randomNormal',
    'shape, mean=0.0, stddev=1.0, dtype=None, seed=None',
    ['mean', 'stddev'],
    ([mean = 0, std = 1]) => ({ kind: 'normal', mean, std }),
  ),
  truncatedNormal: drawing('truncatedNormal', 'shape, mean=0.0, stddev=1.0, dtype=None, seed=None', ['mean', 'stddev'], truncated),
  randomUniform: drawing(
    'randomUniform',
    'shape, minval=0.0, maxval=1.0, dtype=None, seed=None',
    ['minval', 'maxval'],
    ([low = 0, high = 1]) => ({ kind: 'uniform', low, high }),
  ),
  zeros: drawing('zeros', 'shape, dtype=None', [], () => constant(0)),
  ones: drawing('ones', 'shape, dtype=None', [], () => constant(1)),
  fill: drawing('fill', 'shape, value, dtype=None', ['value'], ([value = 0]) => constant(value)),
  scalar: tensor,
  tensor,
  tensor1d: tensor,
  tensor2d: tensor,
  tensor3d: tensor,
  tensor4d: tensor,
  variable,
  /** `tf.tidy(fn)`, `tf.tidy('name', fn)` */
  tidy: (args, site, interp) => {
    const fn = args.positional.at(-1);
    return fn ? interp.call(fn, { positional: [], keywords: new Map(), open: false }, site) : UNDEFINED;
  },
  keep: (args) => args.positional[0] ?? UNDEFINED,
  dispose: () => UNDEFINED,
  ready: () => UNDEFINED,
  setBackend: () => UNDEFINED,
  enableProdMode: () => UNDEFINED,
  /** max(0, x·slope) and the like are written with numbers: `tf.prelu(x, alpha)` has its slope in a tensor. */
  step: (args, site, interp) => opaque('step', args, site, interp),
};

/** Whole functions by name. */
export const FUNCTIONS: ReadonlyMap<string, NativeFunction> = new Map([
  ...Object.entries(ALIASES).map(([name, target]) => [name, native(name, aliased(name, target), 'static')] as const),
  ...Object.entries(OWN).map(([name, call]) => [name, native(name, call, 'static')] as const),
]);

// ── methods ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const method = (name: string, call: NativeCall, binding: NativeFunction['binding'] = 'instance'): void => {
  TENSOR.attrs.set(name, native(name, call, binding));
};

const same: NativeCall = (args) => args.positional[0] ?? UNDEFINED;

for (const [name, target] of Object.entries(ALIASES)) method(name, aliased(name, target));

method('neg', (args, site, interp) => {
  const [x = UNDEFINED] = args.positional;
  return elementwise(interp, '*', x, { kind: 'number', value: -1, float: false }, site) ?? unknown('neg', site.span);
});

const flattened =
  (op: Op): NativeCall =>
  (args, site, interp) => {
    const x = tensorData(args.positional[0]);
    return x && x.node !== null ? emit(interp, x.graph, { op, inputs: [x], label: 'flatten' }, site) : unknown('flatten', site.span);
  };
method('flatten', flattened({ kind: 'flatten', startAxis: 1, endAxis: -1 }));
method('assign', assign);
method(
  'shape',
  (args) => {
    const x = tensorData(args.positional[0]);
    return shapeToValue(x ? shapeOf(x) : null);
  },
  'property',
);
/** Layers are called with a tensor or with a list of one: `inputs[0]` is the tensor either way. */
method('0', same, 'property');
for (const name of ['read', 'toFloat', 'asType', 'toInt', 'clone']) method(name, same);
/** `x.as2D(-1, 784)` is `x.reshape([-1, 784])`. */
for (const name of ['as1D', 'as2D', 'as3D', 'as4D', 'as5D'])
  method(name, ({ positional: [x = UNDEFINED, ...sizes] }, site, interp) => {
    const reshape = FUNCTIONS.get('reshape');
    return reshape ? interp.call(reshape, makeArgs([x, list(name === 'as1D' ? [int(-1)] : sizes)]), site) : x;
  });
for (const name of ['dispose', 'print']) method(name, () => NONE);
