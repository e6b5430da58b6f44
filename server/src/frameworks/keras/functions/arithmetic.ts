/** Arithmetic, products, reductions, and elementwise functions that are not followed. */
import { asNumber, asScalar, asString } from '../../../interpreter/native.ts';
import type { Value } from '../../../interpreter/values.ts';
import { tuple } from '../../../interpreter/values.ts';
import type { Op } from '../../../network/op.ts';
import { type Dim, product, type Shape } from '../../../network/scalar.ts';
import { broadcast } from '../../../network/shapes.ts';
import { shapeOf } from '../../shared/graph.ts';
import { activationsIn } from '../../shared/opaque.ts';
import { dense, type ElementwiseOperator, elementwise, emit, emitOpaque, type TensorData, tensorData } from '../../shared/tensor.ts';
import { productWithData } from '../source.ts';
import { axesOf, type Call, type FunctionRow, itemsOf, tensorsIn, truth } from './row.ts';

const arithmetic = (names: readonly string[], op: ElementwiseOperator): FunctionRow => ({
  names,
  signature: 'x, y, name=None',
  run: ({ interp, first, bound, args, site }) => {
    const second = bound.get('y') ?? args.keywords.get('x2') ?? args.keywords.get('b') ?? args.keywords.get('bias');
    return second && elementwise(interp, op, first, second, site);
  },
  sameShape: true,
});

/** Two tensors of which only the shape is followed. */
const BROADCASTING: FunctionRow = {
  names: [
    ...['minimum', 'mod', 'floormod', 'floor_divide', 'divide_no_nan', 'arctan2', 'squared_difference', 'logaddexp', 'fmod', 'hypot'],
    ...['equal', 'not_equal', 'greater', 'greater_equal', 'less', 'less_equal', 'logical_and', 'logical_or', 'logical_xor'],
  ],
  signature: 'x, *args, **kwargs',
  run: ({ interp, x, args, site, name }) => {
    const inputs = activationsIn(tuple(args.positional));
    const shape = broadcast(args.positional.flatMap((v) => tensorData(v) ?? []).map(shapeOf));
    return inputs.length === 0 ? undefined : emitOpaque(interp, x.graph, name, `${name} is not followed here`, inputs, site, shape);
  },
};

const reduceOp = (call: Call, reduce: 'mean' | 'sum' | 'max'): Op | undefined => {
  const { x, bound, args } = call;
  const shape = shapeOf(x);
  const written = args.keywords.get('reduction_indices') ?? bound.get('axis');
  const axes = axesOf(written) ?? (!written || written.kind === 'none' ? shape?.map((_, i) => i) : undefined);
  return axes && { kind: 'reduce', reduce, axes, keepAxes: truth(args.keywords.get('keep_dims') ?? bound.get('keepdims')) };
};

const REDUCTION = 'x, axis=None, keepdims=False, name=None, **kwargs';

const reduction = (names: readonly string[], reduce: 'mean' | 'sum' | 'max'): FunctionRow => ({
  names,
  signature: REDUCTION,
  run: (call) => reduceOp(call, reduce),
});

/** Reductions whose values are not followed. */
const OTHER_REDUCTIONS: FunctionRow = {
  names: [
    ...['min', 'amin', 'reduce_min', 'std', 'reduce_std', 'var', 'reduce_variance', 'prod', 'reduce_prod', 'any', 'reduce_any', 'all'],
    ...['reduce_all', 'logsumexp', 'reduce_logsumexp', 'norm', 'median', 'count_nonzero', 'argmax', 'argmin', 'average'],
  ],
  signature: REDUCTION,
  run: (call) => {
    const op = reduceOp(call, 'mean');
    return op && call.shapeOnly(op);
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
    const fromData = transposeA || transposeB ? undefined : productWithData(interp, first, other, name, site);
    if (fromData) return fromData;
    if (x.node !== null && other.node !== null)
      return emit(interp, x.graph, { op: { kind: 'matmul', transposeA, transposeB }, inputs: [x, other], label: name }, site);
    if (transposeA) return undefined;
    if (!transposeB) return elementwise(interp, '@', first, second, site);
    const [rows, columns] = other.shape ?? [];
    if (x.node === null || !other.storage || other.shape?.length !== 2 || rows === undefined || columns === undefined) return undefined;
    return dense(interp, x.graph, x, { ...other, shape: [columns, rows] }, undefined, name, site);
  },
};

/** Sizes of an equation's letters, from the shapes of its operands. */
const lettersOf = (terms: readonly string[], shapes: readonly (Shape | null)[]): ReadonlyMap<string, Dim> => {
  const sizes = new Map<string, Dim>();
  for (const [i, term] of terms.entries())
    for (const [j, letter] of [...term].entries()) {
      const size = shapes[i]?.[j];
      if (size !== undefined && !(sizes.has(letter) && size === 1)) sizes.set(letter, size);
    }
  return sizes;
};

/** `einsum('abc,cd->abd', x, w)` with a parameter: the dense layer that it is, where the contracted axes come last. */
const einsumRow: FunctionRow = {
  names: ['einsum'],
  signature: 'equation, *operands, **kwargs',
  run: ({ interp, args, x, site, name }) => {
    const equation = asString(args.positional[0])?.replaceAll(' ', '');
    const operands = args.positional.slice(1).map(tensorData);
    const match = equation === undefined ? null : /^([a-z,]+)->([a-z]*)$/i.exec(equation);
    const terms = match?.[1]?.split(',') ?? [];
    if (!match || terms.length !== operands.length || operands.some((o) => o === undefined)) return undefined;
    const known = operands as TensorData[];
    const output = match[2] ?? '';
    const sizes = lettersOf(terms, known.map(shapeOf));
    const dims = [...output].map((letter) => sizes.get(letter));
    const shape: Shape | null = dims.every((d) => d !== undefined) ? (dims as Dim[]) : null;
    const [left, right] = known;
    const [a = '', b = ''] = terms;
    const contracted = [...b].filter((c) => a.includes(c) && !output.includes(c));
    const made = [...b].filter((c) => !a.includes(c));
    const kept = [...a].filter((c) => !contracted.includes(c));
    const plain =
      left?.node != null &&
      right?.storage &&
      terms.length === 2 &&
      b === contracted.join('') + made.join('') &&
      a.endsWith(contracted.join('')) &&
      output === kept.join('') + made.join('');
    if (!plain || contracted.length !== 1 || made.length !== 1) {
      const inputs = known.filter((o) => o.node !== null);
      return emitOpaque(interp, x.graph, name, 'products over chosen axes are not followed', inputs, site, shape);
    }
    const [inner, outer] = [contracted, made].map((letters) => product(letters.map((c) => sizes.get(c) ?? 1)));
    return dense(interp, x.graph, left, { ...right, shape: [inner ?? 1, outer ?? 1] }, undefined, name, site);
  },
};

/** `tensordot(x, w, axes=1)`: a dense layer over the last axis. */
const tensordotRow: FunctionRow = {
  names: ['tensordot'],
  signature: 'a, b, axes=2, **kwargs',
  run: ({ interp, first, x, bound, site }) => {
    const second = bound.get('b');
    const other = tensorData(second);
    const axes = bound.get('axes');
    const pair = itemsOf(axes)?.map((side) => asNumber(itemsOf(side)?.length === 1 ? itemsOf(side)?.[0] : side));
    const rank = shapeOf(x)?.length;
    const last = asNumber(axes) === 1 || (pair?.length === 2 && pair[1] === 0 && (pair[0] === -1 || pair[0] === (rank ?? 0) - 1));
    return last && second && x.node !== null && other?.storage && other.shape?.length === 2
      ? elementwise(interp, '@', first, second, site)
      : undefined;
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

const clipRow: FunctionRow = {
  names: ['clip', 'clip_by_value'],
  signature: 'x, low, high, **kwargs',
  run: ({ bound, args }) => {
    const at = (...names: string[]): Value | undefined => names.map((n) => args.keywords.get(n)).find((v) => v !== undefined);
    const [min, max] = [
      asScalar(bound.get('low') ?? at('x_min', 'min_value', 'clip_value_min')),
      asScalar(bound.get('high') ?? at('x_max', 'max_value', 'clip_value_max')),
    ];
    return min === undefined || max === undefined
      ? undefined
      : { kind: 'activation', name: 'hardTanh', args: { min, max }, channelAxis: -1 };
  },
  sameShape: true,
};

const negativeRow: FunctionRow = {
  names: ['negative', 'neg'],
  signature: 'x, name=None',
  run: () => ({ kind: 'affine', factor: -1, offset: 0 }),
};

/** `tf.nn.xw_plus_b(x, w, b)`, `relu_layer`: a dense layer written as one call. */
const affineLayer = (name: string, relu: boolean): FunctionRow => ({
  names: [name],
  signature: 'x, weights, biases, name=None',
  run: ({ interp, x, bound, site }) => {
    const [weight, bias] = [tensorData(bound.get('weights')), tensorData(bound.get('biases'))];
    if (x.node === null || !weight?.storage) return undefined;
    const out = dense(interp, x.graph, x, weight, bias, name, site);
    const data = tensorData(out);
    if (!relu || !data) return out;
    return emit(
      interp,
      x.graph,
      { op: { kind: 'activation', name: 'relu', args: {}, channelAxis: -1 }, inputs: [data], label: 'relu' },
      site,
    );
  },
});

const SAME_SHAPE: FunctionRow = {
  names: [
    ...['sqrt', 'rsqrt', 'log', 'log1p', 'log2', 'log10', 'pow', 'power', 'l2_normalize', 'normalize', 'cumsum', 'cumprod', 'round'],
    ...['floor', 'ceil', 'reciprocal', 'expm1', 'erfc', 'erfinv', 'sinh', 'cosh', 'tan', 'arctan', 'arcsin', 'arccos', 'sort', 'argsort'],
    ...['nan_to_num', 'where', 'select', 'switch', 'isnan', 'isfinite', 'isinf', 'logical_not', 'lrn', 'local_response_normalization'],
    ...['clip_by_norm', 'clip_by_global_norm', 'real', 'imag', 'fft', 'ifft', 'scatter_update', 'slice_update', 'shuffle', 'trunc'],
  ],
  signature: 'x, *args, **kwargs',
  run: () => undefined,
  sameShape: true,
};

export const ARITHMETIC: readonly FunctionRow[] = [
  arithmetic(['add', 'bias_add'], '+'),
  arithmetic(['subtract'], '-'),
  arithmetic(['multiply', 'scalar_mul'], '*'),
  arithmetic(['divide', 'true_divide', 'truediv', 'div'], '/'),
  BROADCASTING,
  reduction(['mean', 'reduce_mean'], 'mean'),
  reduction(['sum', 'reduce_sum'], 'sum'),
  reduction(['max', 'reduce_max', 'amax'], 'max'),
  OTHER_REDUCTIONS,
  matmulRow,
  einsumRow,
  tensordotRow,
  maximumRow,
  addAll,
  clipRow,
  negativeRow,
  affineLayer('xw_plus_b', false),
  affineLayer('relu_layer', true),
  SAME_SHAPE,
];
