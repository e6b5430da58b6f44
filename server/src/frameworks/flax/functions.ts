/** Functions on arrays: `jax.nn`, `jax.numpy`, `jax.lax`, and those of flax.linen and flax.nnx that are no layers. One row a function. */
import { asNumber, asScalar, asString } from '../../interpreter/native.ts';
import type { NativeFunction, Value } from '../../interpreter/values.ts';
import { float, int, tuple, unknown } from '../../interpreter/values.ts';
import type { Op } from '../../network/op.ts';
import { type Dim, type Shape, scalarOp } from '../../network/scalar.ts';
import { shapeOf } from '../shared/graph.ts';
import { emitOneHot } from '../shared/oneHot.ts';
import { asParam, type ElementwiseOperator, elementwise, emit, emitOpaque, type TensorData, tensorData, wrap } from '../shared/tensor.ts';
import { type ActivationFunction, NN_ACTIVATIONS, NUMPY_ACTIVATIONS } from './activations.ts';
import { plainEquation } from './equation.ts';
import { axesOf, type Call, emitWith, type FunctionRow, isOn, type Outcome, rowFunction, sizesOf, value } from './functionRow.ts';
import { paddingOf } from './layers/conv.ts';
import { numberFunction, SHAPING } from './shaping.ts';

const activationFunction = (fn: ActivationFunction): NativeFunction =>
  rowFunction(
    {
      names: [fn.name],
      signature: `x${fn.signature ? `, ${fn.signature}` : ''}`,
      run: (call) => {
        const op = fn.op(call.bound);
        return op.kind === 'identity' ? value(call.first) : op;
      },
      sameShape: true,
      ...(fn.name === 'exp' || fn.name === 'abs' ? { onNumbers: numberFunction(fn.name) } : {}),
    },
    fn.name,
  );

const arithmetic = (names: readonly string[], op: ElementwiseOperator): FunctionRow => ({
  names,
  signature: 'x1, x2, **kwargs',
  run: ({ interp, first, bound, site }) => {
    const second = bound.get('x2');
    const result = second && elementwise(interp, op, first, second, site);
    return result && value(result);
  },
  onNumbers: ([a, b], interp, site) => (a && b ? interp.binary(op, a, b, site.span) : undefined),
  sameShape: true,
});

const same = (names: readonly string[]): FunctionRow => ({ names, signature: 'x, *args, **kwargs', run: ({ first }) => value(first) });

const extreme = (name: 'maximum' | 'minimum'): FunctionRow => ({
  names: [name, name === 'maximum' ? 'fmax' : 'fmin'],
  signature: 'x1, x2',
  run: (call) => {
    const second = call.bound.get('x2');
    const [a, b] = [tensorData(call.first), tensorData(second)];
    if (a?.node != null && b?.node != null) return name === 'maximum' ? emitWith(call, { kind: 'maximum' }, [a, b]) : undefined;
    // max(0, x) is a ReLU by hand.
    const zero = asScalar(second) === 0 || asScalar(call.first) === 0;
    return name === 'maximum' && zero ? { kind: 'activation', name: 'relu', args: {}, channelAxis: -1 } : undefined;
  },
  sameShape: true,
  onNumbers: ([a, b]) => {
    const [x, y] = [asScalar(a), asScalar(b)];
    return x === undefined || y === undefined ? undefined : float(scalarOp(name === 'maximum' ? 'max' : 'min', x, y));
  },
});

const clip: FunctionRow = {
  names: ['clip'],
  signature: 'x, min=None, max=None, **kwargs',
  run: ({ bound }) => {
    const [min, max] = [asScalar(bound.get('min')), asScalar(bound.get('max'))];
    if (min === 0 && max === undefined) return { kind: 'activation', name: 'relu', args: {}, channelAxis: -1 };
    return min === undefined || max === undefined
      ? undefined
      : { kind: 'activation', name: 'hardTanh', args: { min, max }, channelAxis: -1 };
  },
  sameShape: true,
};

/** A mask that is no activation, in front of numbers that a softmax takes to zero: the values that count stay. */
const where: FunctionRow = {
  names: ['where', 'select'],
  signature: 'condition, x, y, **kwargs',
  run: (call) => {
    const { bound } = call;
    const [condition, x, y] = [call.first, bound.get('x'), bound.get('y')].map((v) => ({ v, data: tensorData(v) }));
    if (condition?.data?.node != null) return undefined;
    const low = (v: Value | undefined): boolean => {
      const n = asNumber(v);
      return (n !== undefined && n <= -1e4) || (v?.kind === 'unknown' && /infinity|finfo/.test(v.reason));
    };
    if (x?.data?.node != null && low(y?.v)) return value(x.v as Value);
    if (y?.data?.node != null && low(x?.v)) return value(y.v as Value);
    return undefined;
  },
};

const matmul: FunctionRow = {
  names: ['matmul', 'dot'],
  signature: 'a, b, **kwargs',
  run: ({ interp, first, bound, site }) => {
    const second = bound.get('b');
    const result = second && elementwise(interp, '@', first, second, site);
    return result && value(result);
  },
};

/** Axes brought into another order, where they are not in it. */
const reordered = (call: Call, x: TensorData, from: string, to: string): TensorData => {
  if (from === to) return x;
  const op: Op = { kind: 'permute', axes: [...to].map((c) => from.indexOf(c)) };
  return tensorData(emit(call.interp, x.graph, { op, inputs: [x], label: call.name }, call.site)) ?? x;
};

/** Two activations: axes that both have and keep are batch, one is summed over, each brings one of its own. */
const productOf = (call: Call, text: string, a: TensorData, b: TensorData): Outcome => {
  const written = text.replaceAll(' ', '').split(/,|->/);
  // An ellipsis stands for the axes that have no letter: as many as the first operand has left.
  const free = Math.max(0, (shapeOf(a)?.length ?? 0) - (written[0] ?? '').replace('...', '').length);
  const [left, right, output] = written.map((part) => part.replace('...', 'ABCDEFGH'.slice(0, free)));
  if (left === undefined || right === undefined || output === undefined || /[^a-z]/i.test(left + right + output)) return undefined;
  const [summed, batch] = [false, true].map((kept) => [...left].filter((c) => right.includes(c) && output.includes(c) === kept).join(''));
  const [own, other] = [
    [left, right],
    [right, left],
  ].map(([mine = '', theirs = '']) => [...mine].filter((c) => !theirs.includes(c)).join(''));
  const shapes = [shapeOf(a), shapeOf(b)] as const;
  const sizes = [...output].map((c): Dim | undefined => shapes[0]?.[left.indexOf(c)] ?? shapes[1]?.[right.indexOf(c)]);
  const shape = sizes.every((n) => n !== undefined) ? (sizes as Shape) : null;
  const plain = summed?.length === 1 && own?.length === 1 && other?.length === 1 && output.length === (batch?.length ?? 0) + 2;
  if (!plain || shape === null)
    return value(emitOpaque(call.interp, call.x.graph, call.name, 'an equation that is not followed', [a, b], call.site, shape));
  const inputs = [reordered(call, a, left, `${batch}${own}${summed}`), reordered(call, b, right, `${batch}${other}${summed}`)];
  const op: Op = { kind: 'matmul', transposeA: false, transposeB: true };
  const product = tensorData(emit(call.interp, call.x.graph, { op, inputs, label: call.name }, call.site));
  return product && value(wrap(call.interp, reordered(call, product, `${batch}${own}${other}`, output), call.site));
};

/** An activation and a kernel. */
const denseOf = (call: Call, text: string, x: TensorData, kernel: TensorData): Outcome => {
  const input = shapeOf(x);
  const equation = plainEquation(text, input?.length);
  const param = asParam(kernel, 'kernel', kernel.storage?.role ?? 'weight');
  if (!equation || !kernel.shape || !param || equation.weight.length !== kernel.shape.length) return undefined;
  const { fanIn, fanOut, plain, output, kept, contracted, made } = equation.over(kernel.shape, input);
  const params = [{ ...param, role: 'weight' as const, fans: { fanIn, fanOut } }];
  const node = (op: Op, from: TensorData, shape: Shape | null, own: boolean): Value =>
    emit(call.interp, call.x.graph, { op, inputs: [from], label: call.name, shape, ...(own ? { params } : {}) }, call.site);
  if (!plain) return value(node({ kind: 'opaque', what: call.name, reason: 'axes other than the last' }, x, output, true));
  const merged = contracted.length > 1 && kept ? node({ kind: 'reshape', shape: [...kept, fanIn] }, x, [...kept, fanIn], false) : undefined;
  const from = tensorData(merged) ?? x;
  const out = node({ kind: 'dense', inFeatures: fanIn, outFeatures: fanOut }, from, kept ? [...kept, fanOut] : null, true);
  const last = tensorData(out);
  return value(made.length > 1 && output && last ? node({ kind: 'reshape', shape: output }, last, output, false) : out);
};

const einsum: FunctionRow = {
  names: ['einsum'],
  signature: 'subscripts, *operands, **kwargs',
  run: (call) => {
    const text = asString(call.first);
    const [a, b, ...more] = call.args.positional.slice(1).map(tensorData);
    if (text === undefined || !a || !b || more.length > 0) return undefined;
    if (a.node !== null && b.node !== null) return productOf(call, text, a, b);
    if (a.node !== null) return denseOf(call, text, a, b);
    if (b.node === null) return undefined;
    const [inputs = '', output = ''] = text.replaceAll(' ', '').split('->');
    const [left, right] = inputs.split(',');
    return denseOf(call, `${right},${left}->${output}`, b, a);
  },
};

/** flax's pools: channels last, and strides of one where none are given. */
const pool = (names: readonly string[], reduce: 'max' | 'average'): FunctionRow => ({
  names,
  signature: "inputs, window_shape, strides=None, padding='VALID', count_include_pad=True",
  run: ({ bound, x }) => {
    const kernel = sizesOf(bound.get('window_shape'));
    const rank = kernel?.length as 1 | 2 | 3 | undefined;
    if (!kernel || kernel.some((n) => n === undefined) || (rank !== 1 && rank !== 2 && rank !== 3)) return undefined;
    const given = bound.get('strides');
    const ones = kernel.map((): Dim => 1);
    const stride = !given || given.kind === 'none' ? ones : sizesOf(given);
    const padding = paddingOf(bound.get('padding'), kernel as Dim[], ones);
    if (!stride || stride.length !== rank || stride.some((n) => n === undefined) || padding === undefined) return undefined;
    const window = { rank, kernel: kernel as Dim[], stride: stride as Dim[], padding, dilation: ones, channelAxis: -1 as const };
    // A window over all of the map is global pooling, whatever the stride.
    const spatial = shapeOf(x)?.slice(-rank - 1, -1);
    const whole = spatial?.every((n, i) => n === kernel[i]) && padding === 'valid';
    if (whole) return { kind: 'globalPool', reduce, output: [], keepAxes: true, channelAxis: -1 };
    return { kind: 'pool', reduce, ceil: false, ...window };
  },
});

/** softmax(q·kᵀ/√d)·v over (batch, length, heads, size). */
const attention: FunctionRow = {
  names: ['dot_product_attention'],
  signature: 'query, key, value, *args, **kwargs',
  run: (call) => {
    const tensors = [call.first, call.bound.get('key'), call.bound.get('value')].map(tensorData);
    const shapes = tensors.map((t) => (t ? shapeOf(t) : null));
    const [query, , values] = shapes;
    const [width, valueWidth] = [query?.at(-1), values?.at(-1)];
    if (tensors.some((t) => t?.node == null) || shapes.some((s) => s?.length !== 4) || width === undefined || valueWidth === undefined)
      return undefined;
    const permute = (t: TensorData): TensorData | undefined =>
      tensorData(emit(call.interp, t.graph, { op: { kind: 'permute', axes: [0, 2, 1, 3] }, inputs: [t], label: 'transpose' }, call.site));
    const inputs = (tensors as TensorData[]).map(permute).filter((t) => t !== undefined);
    const causal = isOn(call.bound.extra.get('is_causal'));
    const op: Op = {
      kind: 'attention',
      features: width,
      heads: 1,
      keyFeatures: width,
      valueFeatures: valueWidth,
      projections: false,
      causal,
    };
    const out = tensorData(emit(call.interp, call.x.graph, { op, inputs, label: call.name }, call.site));
    const back = out && permute(out);
    return back && emitWith({ ...call, name: 'transpose' }, { kind: 'identity' }, [back]);
  },
};

const take: FunctionRow = {
  names: ['take'],
  signature: 'a, indices, axis=None, **kwargs',
  run: (call) => {
    const ids = tensorData(call.bound.get('indices'));
    const table = tensorData(call.first);
    const param = table && asParam(table, 'embedding', 'embedding');
    const [count, features] = table?.shape ?? [];
    if (!param || ids?.node == null || count === undefined || features === undefined || asNumber(call.bound.get('axis')) !== 0)
      return undefined;
    return value(
      emit(
        call.interp,
        call.x.graph,
        { op: { kind: 'embedding', count, features }, inputs: [ids], params: [param], label: call.name },
        call.site,
      ),
    );
  },
};

const number = (names: readonly ('sqrt' | 'exp' | 'log' | 'abs' | 'floor' | 'ceil')[]): readonly FunctionRow[] =>
  names.map((name) => ({
    names: [name],
    signature: 'x, **kwargs',
    run: () => undefined,
    sameShape: true,
    onNumbers: numberFunction(name),
  }));

const ROWS: readonly FunctionRow[] = [
  ...SHAPING,
  arithmetic(['add'], '+'),
  arithmetic(['subtract', 'sub'], '-'),
  arithmetic(['multiply', 'mul'], '*'),
  arithmetic(['divide', 'true_divide', 'div'], '/'),
  arithmetic(['power', 'pow'], '**'),
  same([
    'array',
    'asarray',
    'astype',
    'stop_gradient',
    'with_sharding_constraint',
    'with_logical_constraint',
    'checkpoint_name',
    'copy',
    'convert_element_type',
    'device_put',
    'optimization_barrier',
    'block_until_ready',
    'nan_to_num',
  ]),
  { names: ['negative', 'neg'], signature: 'x', run: () => ({ kind: 'affine', factor: -1, offset: 0 }) },
  extreme('maximum'),
  extreme('minimum'),
  clip,
  where,
  matmul,
  einsum,
  pool(['max_pool'], 'max'),
  pool(['avg_pool'], 'average'),
  attention,
  take,
  ...number(['sqrt', 'log', 'floor', 'ceil']),
  {
    names: ['flip', 'roll', 'rsqrt', 'log1p', 'expm1', 'min_pool', 'cumsum', 'round', 'normalize', 'triu', 'tril', 'sort'],
    signature: 'x, *args, **kwargs',
    run: () => undefined,
    sameShape: true,
  },
  { names: ['var', 'std', 'min', 'prod', 'argmax', 'argmin', 'logsumexp', 'any', 'all'], signature: 'x, *args, **kwargs', run: reduced },
  {
    names: ['shape'],
    signature: 'x',
    run: ({ x }) => {
      const shape = shapeOf(x);
      return value(shape ? tuple(shape.map((n) => int(n))) : unknown('a shape that is not known'));
    },
  },
  {
    names: ['one_hot'],
    signature: 'x, num_classes, **kwargs',
    run: (call) => {
      return value(emitOneHot(call.interp, call.x, call.bound.get('num_classes'), call.name, call.site));
    },
  },
];

/** Reductions whose moments are not followed; their shapes are. */
function reduced({ interp, x, bound, args, site, name }: Call): Outcome {
  if (x.node === null) return undefined;
  const shape = shapeOf(x);
  const given = args.keywords.get('axis') ?? bound.rest[0];
  const axes = given && given.kind !== 'none' ? axesOf(given) : shape?.map((_, i) => i);
  const keep = isOn(args.keywords.get('keepdims'));
  const at = new Set(shape && axes ? axes.map((a) => (a < 0 ? a + shape.length : a)) : []);
  const out = shape && axes ? (keep ? shape.map((n, i) => (at.has(i) ? 1 : n)) : shape.filter((_, i) => !at.has(i))) : null;
  return value(emitOpaque(interp, x.graph, name, `${name} is not followed`, [x], site, out));
}

const TABLE: ReadonlyMap<string, NativeFunction> = new Map(
  ROWS.flatMap((row) => row.names.map((name) => [name, rowFunction(row, name)] as const)),
);

const NN_FUNCTIONS: ReadonlyMap<string, NativeFunction> = new Map([...NN_ACTIVATIONS].map(([name, fn]) => [name, activationFunction(fn)]));
const NUMPY_FUNCTIONS: ReadonlyMap<string, NativeFunction> = new Map(
  [...NUMPY_ACTIVATIONS].map(([name, fn]) => [name, activationFunction(fn)]),
);

/** A function of jax.nn, flax.linen or flax.nnx. */
export const nnFunction = (name: string): NativeFunction | undefined =>
  NN_FUNCTIONS.get(name) ?? (OF_FLAX.has(name) ? TABLE.get(name) : undefined);

const OF_FLAX: ReadonlySet<string> = new Set([
  'avg_pool',
  'max_pool',
  'min_pool',
  'dot_product_attention',
  'one_hot',
  'normalize',
  'logsumexp',
  'with_logical_constraint',
]);

/** A function of jax.numpy or jax.lax; methods of arrays go by the same names. */
export const arrayFunction = (name: string): NativeFunction | undefined => TABLE.get(name) ?? NUMPY_FUNCTIONS.get(name);
