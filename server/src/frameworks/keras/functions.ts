/**
 * Functions on tensors: `keras.ops`, `keras.backend`, `tf`, `tf.math`, `tf.nn`. One row a function under every name that it goes by;
 * the activations come from their own table.
 */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, asScalar, asString, type Bound, bind, native } from '../../interpreter/native.ts';
import type { Args, CallSite, NativeFunction, Value } from '../../interpreter/values.ts';
import { float, int, list, tuple, unknown } from '../../interpreter/values.ts';
import type { Op, Padding } from '../../network/op.ts';
import { BATCH, type Dim, div, type Shape, scalarOp, symbol } from '../../network/scalar.ts';
import { shapeOf } from '../shared/graph.ts';
import { activationsIn } from '../shared/opaque.ts';
import { shapeToValue } from '../shared/shapeValues.ts';
import { asParam, type ElementwiseOperator, elementwise, emit, emitOpaque, type TensorData, tensorData } from '../shared/tensor.ts';
import { ACTIVATION_FUNCTIONS, type ActivationFunction, ELEMENTWISE_FUNCTIONS } from './activations.ts';
import { kerasState } from './state.ts';

interface Call {
  readonly interp: Interpreter;
  readonly site: CallSite;
  readonly name: string;
  /** First argument. */
  readonly first: Value;
  /** The first argument as a tensor. */
  readonly x: TensorData;
  readonly bound: Bound;
  readonly args: Args;
}

interface FunctionRow {
  readonly names: readonly string[];
  /** Signature with the tensor first. */
  readonly signature: string;
  readonly run: (call: Call) => Value | Op | undefined;
  /** An op that is not followed keeps the shape. */
  readonly sameShape?: boolean;
}

const isOp = (result: Value | Op): result is Op => OPS.has(result.kind);

const OPS: ReadonlySet<string> = new Set([
  'activation',
  'add',
  'affine',
  'average',
  'concat',
  'conv',
  'dense',
  'dropout',
  'embedding',
  'flatten',
  'glu',
  'globalPool',
  'identity',
  'matmul',
  'maximum',
  'mul',
  'opaque',
  'pad',
  'permute',
  'pool',
  'reduce',
  'reshape',
  'softmax',
  'sub',
  'upsample',
]);

const FIRST_NAMES = ['x', 'inputs', 'input', 'features', 'logits', 'tensor', 'values', 'xs', 'input_tensor', 'a', 'x1', 'value'];

const firstOf = (args: Args): Value | undefined =>
  args.positional[0] ?? FIRST_NAMES.map((name) => args.keywords.get(name)).find((v) => v !== undefined);

const opaque = (call: Pick<Call, 'interp' | 'site' | 'name' | 'args'>, reason: string, shape: Shape | null = null): Value | undefined => {
  const inputs = activationsIn(tuple([...call.args.positional, ...call.args.keywords.values()]));
  const graph = kerasState(call.interp).graph;
  return inputs.length === 0 ? undefined : emitOpaque(call.interp, graph, call.name, reason, inputs, call.site, shape);
};

/** Arithmetic on plain numbers, for scales such as `tf.sqrt(2.0 / n)`. */
const onNumbers = (name: string, args: Args): Value | undefined => {
  const [a, b] = args.positional.map(asScalar);
  if (a === undefined) return undefined;
  if (name === 'sqrt' || name === 'exp' || name === 'log' || name === 'abs') return float(scalarOp(name, a));
  if (name === 'square') return float(scalarOp('*', a, a));
  if (b === undefined) return name === 'cast' || name === 'constant' || name === 'identity' ? args.positional[0] : undefined;
  const op = ({ add: '+', subtract: '-', multiply: '*', divide: '/', pow: '**', power: '**' } as const)[name as 'add'];
  return op ? float(scalarOp(op, a, b)) : undefined;
};

const rowFunction = (row: FunctionRow, name: string): NativeFunction =>
  native(name, (args, site, interp) => {
    const first = firstOf(args);
    const x = tensorData(first) ?? activationsIn(first)[0] ?? args.positional.slice(1, 2).flatMap((v) => tensorData(v) ?? [])[0];
    if (!first || !x) return onNumbers(name, args) ?? unknown(`${name} of something that is no tensor`, site.span);
    const call: Call = { interp, site, name, first, x, bound: bind(row.signature, args), args };
    const result = row.run(call);
    if (!result) return opaque(call, `${name} is not followed here`, row.sameShape ? shapeOf(x) : null) ?? unknown(name, site.span);
    if (!isOp(result)) return result;
    if (x.node === null && x.storage) return first;
    return emit(
      interp,
      x.graph,
      { op: result, inputs: [x], label: name, ...(result.kind === 'opaque' ? { shape: shapeOf(x) } : {}) },
      site,
    );
  });

/** A function of the activation table as a value: called on a tensor, or given as `activation=`. */
const activationFunction = (fn: ActivationFunction): NativeFunction =>
  rowFunction(
    {
      names: [fn.name],
      signature: `x${fn.signature ? `, ${fn.signature}` : ''}`,
      run: (call) => {
        const op = fn.op(call.bound);
        return op.kind === 'identity' ? call.first : op;
      },
      sameShape: true,
    },
    fn.name,
  );

// ── arguments ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const axesOf = (value: Value | undefined): readonly number[] | undefined => {
  if (!value || value.kind === 'none') return undefined;
  const items = value.kind === 'list' || value.kind === 'tuple' ? value.items : [value];
  const axes = items.map(asNumber);
  return axes.every((a) => a !== undefined) ? axes : undefined;
};

const truth = (value: Value | undefined): boolean => value?.kind === 'bool' && value.value;

const itemsOf = (value: Value | undefined): readonly Value[] | undefined =>
  value?.kind === 'list' || value?.kind === 'tuple' ? value.items : undefined;

const tensorsIn = (value: Value | undefined): readonly TensorData[] => itemsOf(value)?.flatMap((v) => tensorData(v) ?? []) ?? [];

// ── rows ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const arithmetic = (names: readonly string[], op: ElementwiseOperator): FunctionRow => ({
  names,
  signature: 'x, y, name=None',
  run: ({ interp, first, bound, args, site }) => {
    const second = bound.get('y') ?? args.keywords.get('x2') ?? args.keywords.get('b');
    return second && elementwise(interp, op, first, second, site);
  },
  sameShape: true,
});

const passThrough: FunctionRow = {
  names: [
    'identity',
    'cast',
    'stop_gradient',
    'convert_to_tensor',
    'ensure_shape',
    'copy',
    'realdiv',
    'check_numerics',
    'preprocess_input',
  ],
  signature: 'x, *args, **kwargs',
  run: ({ first }) => first,
};

const reduction = (names: readonly string[], reduce: 'mean' | 'sum' | 'max'): FunctionRow => ({
  names,
  signature: 'x, axis=None, keepdims=False, name=None, **kwargs',
  run: ({ x, bound, args }) => {
    const shape = shapeOf(x);
    const written = args.keywords.get('reduction_indices') ?? bound.get('axis');
    const axes = axesOf(written) ?? (!written || written.kind === 'none' ? shape?.map((_, i) => i) : undefined);
    return axes && { kind: 'reduce', reduce, axes, keepAxes: truth(args.keywords.get('keep_dims') ?? bound.get('keepdims')) };
  },
});

const reshapeRow: FunctionRow = {
  names: ['reshape'],
  signature: 'x, shape, name=None',
  run: ({ bound, args }) => {
    const items = itemsOf(bound.get('shape') ?? args.keywords.get('newshape'));
    if (!items) return undefined;
    const sizes = items.map((item, i): Dim => {
      const size = asScalar(item);
      if (i === 0 && (size === undefined || size === -1)) return BATCH;
      return size ?? symbol(`size${i}`);
    });
    return { kind: 'reshape', shape: sizes };
  },
};

const transposeRow: FunctionRow = {
  names: ['transpose', 'permute_dimensions'],
  signature: 'x, perm=None, **kwargs',
  run: ({ x, bound, args }) => {
    const axes = axesOf(args.keywords.get('axes') ?? args.keywords.get('pattern') ?? bound.get('perm'));
    const rank = shapeOf(x)?.length;
    const all = axes ?? (rank === undefined ? undefined : Array.from({ length: rank }, (_, i) => rank - 1 - i));
    return all && { kind: 'permute', axes: all };
  },
};

const concatRow: FunctionRow = {
  names: ['concat', 'concatenate'],
  signature: 'values, axis=-1, name=None',
  run: ({ interp, first, x, bound, site, name }) => {
    const inputs = tensorsIn(first);
    const axis = asNumber(bound.get('axis'));
    if (axis === undefined || inputs.length !== itemsOf(first)?.length) return undefined;
    return emit(interp, x.graph, { op: { kind: 'concat', axis }, inputs, label: name }, site);
  },
};

/** Inserts an axis of one. */
const expand = (shape: Shape, axis: number): Shape => {
  const at = axis < 0 ? axis + shape.length + 1 : axis;
  return [...shape.slice(0, at), 1, ...shape.slice(at)];
};

const expandRow: FunctionRow = {
  names: ['expand_dims'],
  signature: 'x, axis=-1, name=None',
  run: ({ x, bound }) => {
    const shape = shapeOf(x);
    const axis = asNumber(bound.get('axis'));
    return shape && axis !== undefined ? { kind: 'reshape', shape: expand(shape, axis) } : undefined;
  },
};

const squeezeRow: FunctionRow = {
  names: ['squeeze'],
  signature: 'x, axis=None, name=None',
  run: ({ x, bound }) => {
    const shape = shapeOf(x);
    if (!shape) return undefined;
    const axes = axesOf(bound.get('axis'))?.map((a) => (a < 0 ? a + shape.length : a));
    return { kind: 'reshape', shape: shape.filter((size, i) => (axes ? !axes.includes(i) : size !== 1)) };
  },
};

const splitRow: FunctionRow = {
  names: ['split'],
  signature: 'x, num_or_size_splits, axis=0, name=None',
  run: ({ interp, x, bound, args, site, name }) => {
    const written = bound.get('num_or_size_splits') ?? args.keywords.get('indices_or_sections');
    const axis = asNumber(bound.get('axis'));
    const shape = shapeOf(x);
    const count = asNumber(written);
    if (axis === undefined || count === undefined || count < 1 || count > 64) return undefined;
    const size = shape?.at(axis);
    const part = size === undefined ? null : div(size, count);
    return list(
      Array.from({ length: count }, (_, i) =>
        emit(
          interp,
          x.graph,
          { op: { kind: 'slice', axis, start: part === null ? null : scalarOp('*', part, i), size: part }, inputs: [x], label: name },
          site,
        ),
      ),
    );
  },
};

const stackRow: FunctionRow = {
  names: ['stack'],
  signature: 'values, axis=0, name=None',
  run: ({ interp, first, x, bound, site, name }) => {
    const inputs = tensorsIn(first);
    const axis = asNumber(bound.get('axis'));
    const shapes = inputs.map(shapeOf);
    if (axis === undefined || axis === 0 || inputs.length !== itemsOf(first)?.length || shapes.some((s) => s === null)) return undefined;
    const expanded = inputs.map((input, i) => {
      const shape = expand(shapes[i] as Shape, axis);
      return tensorData(emit(interp, x.graph, { op: { kind: 'reshape', shape }, inputs: [input], label: 'expand_dims' }, site));
    });
    const op: Op = { kind: 'concat', axis };
    return emit(interp, x.graph, { op, inputs: expanded.filter((t) => t !== undefined), label: name }, site);
  },
};

const matmulRow: FunctionRow = {
  names: ['matmul', 'dot', 'batch_dot'],
  signature: 'a, b, transpose_a=False, transpose_b=False, **kwargs',
  run: ({ interp, first, x, bound, args, site, name }) => {
    const second = bound.get('b') ?? args.keywords.get('x2') ?? args.keywords.get('y');
    const other = tensorData(second);
    if (!second || !other) return undefined;
    const [transposeA, transposeB] = [truth(bound.get('transpose_a')), truth(bound.get('transpose_b'))];
    if (x.node !== null && other.node !== null)
      return emit(interp, x.graph, { op: { kind: 'matmul', transposeA, transposeB }, inputs: [x, other], label: name }, site);
    return transposeA || transposeB ? undefined : elementwise(interp, '@', first, second, site);
  },
};

const maximumRow: FunctionRow = {
  names: ['maximum'],
  signature: 'x, y, name=None',
  run: ({ interp, x, first, bound, site, name, args }) => {
    const second = bound.get('y') ?? args.keywords.get('x2');
    const other = tensorData(second);
    if (x.node !== null && other?.node != null && tensorData(first))
      return emit(interp, x.graph, { op: { kind: 'maximum' }, inputs: [x, other], label: name }, site);
    // max(0, x) is a ReLU by hand.
    return asScalar(second) === 0 || asScalar(first) === 0 ? { kind: 'activation', name: 'relu', args: {}, channelAxis: -1 } : undefined;
  },
  sameShape: true,
};

const addAll: FunctionRow = {
  names: ['add_n', 'accumulate_n'],
  signature: 'values, name=None',
  run: ({ interp, first, x, site, name }) => {
    const inputs = tensorsIn(first);
    return inputs.length === itemsOf(first)?.length ? emit(interp, x.graph, { op: { kind: 'add' }, inputs, label: name }, site) : undefined;
  },
};

const dropoutRow: FunctionRow = {
  names: ['dropout'],
  signature: 'x, rate=None, **kwargs',
  run: ({ bound, args }) => {
    const keep = asScalar(args.keywords.get('keep_prob') ?? args.keywords.get('level'));
    const rate = keep === undefined ? asScalar(bound.get('rate')) : scalarOp('-', 1, keep);
    return { kind: 'dropout', rate: rate ?? symbol('rate'), alpha: false };
  },
};

const flattenRow: FunctionRow = {
  names: ['flatten', 'batch_flatten'],
  signature: 'x, *args, **kwargs',
  run: () => ({ kind: 'flatten', startAxis: 1, endAxis: -1 }),
};

/** Window sizes as tf.nn spells them: one number, one per spatial axis, or one per axis. */
const windowSizes = (value: Value | undefined, rank: number): readonly Dim[] | undefined => {
  const items = value && asScalar(value) !== undefined ? Array.from({ length: rank }, () => value) : itemsOf(value);
  if (!items) return undefined;
  const sizes = (items.length === rank + 2 ? items.slice(1, -1) : items).map(asScalar);
  return sizes.length === rank && sizes.every((s) => s !== undefined) ? (sizes as Dim[]) : undefined;
};

const paddingNamed = (value: Value | undefined): Padding => (asString(value)?.toLowerCase() === 'same' ? 'same' : 'valid');

const convRow: FunctionRow = {
  names: ['conv2d', 'convolution', 'conv'],
  signature: 'x, filters, strides=1, padding=None, **kwargs',
  run: ({ interp, x, bound, args, site, name }) => {
    const weight = tensorData(bound.get('filters') ?? args.keywords.get('filter') ?? args.keywords.get('kernel'));
    const shape = weight?.shape;
    const param = weight && asParam(weight, 'kernel', 'weight');
    const stride = windowSizes(bound.get('strides'), 2);
    if (!param || shape?.length !== 4 || !stride) return undefined;
    const [height = 1, width = 1, inChannels = 1, outChannels = 1] = shape;
    const op: Op = {
      kind: 'conv',
      inChannels,
      outChannels,
      groups: 1,
      rank: 2,
      kernel: [height, width],
      stride,
      dilation: [1, 1],
      padding: paddingNamed(bound.get('padding')),
      channelAxis: -1,
    };
    return emit(interp, x.graph, { op, inputs: [x], params: [param], label: name }, site);
  },
};

const poolRow = (names: readonly string[], reduce: 'max' | 'average'): FunctionRow => ({
  names,
  signature: 'x, ksize, strides=None, padding=None, **kwargs',
  run: ({ bound, args }) => {
    const kernel = windowSizes(bound.get('ksize') ?? args.keywords.get('pool_size'), 2);
    const stride = windowSizes(bound.get('strides'), 2) ?? kernel;
    if (!kernel || !stride) return undefined;
    const padding = paddingNamed(bound.get('padding'));
    return { kind: 'pool', reduce, ceil: false, rank: 2, kernel, stride, padding, dilation: [1, 1], channelAxis: -1 };
  },
});

const lookupRow: FunctionRow = {
  names: ['embedding_lookup', 'gather', 'take'],
  signature: 'params, ids, **kwargs',
  run: ({ interp, x, bound, args, site, name }) => {
    const ids = tensorData(bound.get('ids') ?? args.keywords.get('indices'));
    const param = asParam(x, 'embeddings', 'embedding');
    const [count, features] = x.shape ?? [];
    if (!param || ids?.node == null || count === undefined || features === undefined) return undefined;
    return emit(interp, x.graph, { op: { kind: 'embedding', count, features }, inputs: [ids], params: [param], label: name }, site);
  },
};

const clipRow: FunctionRow = {
  names: ['clip', 'clip_by_value'],
  signature: 'x, low, high, **kwargs',
  run: ({ bound }) => {
    const [min, max] = [asScalar(bound.get('low')), asScalar(bound.get('high'))];
    return min === undefined || max === undefined
      ? undefined
      : { kind: 'activation', name: 'hardTanh', args: { min, max }, channelAxis: -1 };
  },
  sameShape: true,
};

const negativeRow: FunctionRow = { names: ['negative'], signature: 'x, name=None', run: () => ({ kind: 'affine', factor: -1, offset: 0 }) };

const shapeRow: FunctionRow = {
  names: ['shape', 'int_shape'],
  signature: 'x, **kwargs',
  run: ({ x, name }) => {
    const shape = shapeOf(x);
    if (!shape) return unknown('a shape that is not known');
    return name === 'shape' ? tuple(shape.map((size) => int(size))) : shapeToValue(shape);
  },
};

const SAME_SHAPE = [
  'sqrt',
  'rsqrt',
  'log',
  'log1p',
  'pow',
  'power',
  'minimum',
  'l2_normalize',
  'cumsum',
  'flip',
  'reverse',
  'roll',
  'round',
  'floor',
  'where',
];

const ROWS: readonly FunctionRow[] = [
  arithmetic(['add', 'bias_add'], '+'),
  arithmetic(['subtract'], '-'),
  arithmetic(['multiply'], '*'),
  arithmetic(['divide', 'true_divide'], '/'),
  passThrough,
  reduction(['mean', 'reduce_mean'], 'mean'),
  reduction(['sum', 'reduce_sum'], 'sum'),
  reduction(['max', 'reduce_max', 'amax'], 'max'),
  reshapeRow,
  transposeRow,
  concatRow,
  expandRow,
  squeezeRow,
  splitRow,
  stackRow,
  matmulRow,
  maximumRow,
  addAll,
  dropoutRow,
  flattenRow,
  convRow,
  poolRow(['max_pool2d', 'max_pool'], 'max'),
  poolRow(['avg_pool2d', 'avg_pool', 'average_pool'], 'average'),
  lookupRow,
  clipRow,
  negativeRow,
  shapeRow,
  { names: SAME_SHAPE, signature: 'x, *args, **kwargs', run: () => undefined, sameShape: true },
];

const ENTRIES: [string, NativeFunction][] = [
  ...ROWS.flatMap((row) => row.names.map((name): [string, NativeFunction] => [name, rowFunction(row, name)])),
  ...[...ACTIVATION_FUNCTIONS.values(), ...ELEMENTWISE_FUNCTIONS.values()].map((fn): [string, NativeFunction] => [
    fn.name,
    activationFunction(fn),
  ]),
];

/** Functions on tensors by name, the same in every namespace. */
export const TENSOR_FUNCTIONS: ReadonlyMap<string, NativeFunction> = new Map(ENTRIES);
