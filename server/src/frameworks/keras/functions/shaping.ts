/** Functions that move, join, cut and repeat tensors. */
import { asNumber, asScalar } from '../../../interpreter/native.ts';
import { int, list, tuple, unknown, type Value } from '../../../interpreter/values.ts';
import type { Op } from '../../../network/op.ts';
import { BATCH, type Dim, div, isNumber, mul, type Shape, scalarOp, symbol } from '../../../network/scalar.ts';
import { broadcast } from '../../../network/shapes.ts';
import { emitInput, shapeOf } from '../../shared/graph.ts';
import { getItem } from '../../shared/indexing.ts';
import { emitOneHot } from '../../shared/oneHot.ts';
import { shapeToValue } from '../../shared/shapeValues.ts';
import { activation, asParam, emit, emitOpaque, isBatch, tensorData, wrap } from '../../shared/tensor.ts';
import { kerasState } from '../state.ts';
import { axesOf, type FunctionRow, itemsOf, tensorsIn } from './row.ts';

const passThrough: FunctionRow = {
  names: [
    ...['identity', 'cast', 'stop_gradient', 'convert_to_tensor', 'ensure_shape', 'copy', 'check_numerics', 'preprocess_input'],
    ...['saturate_cast', 'to_float', 'to_dense', 'custom_gradient', 'array', 'asarray', 'print_tensor', 'real'],
  ],
  signature: 'x, *args, **kwargs',
  run: ({ first }) => first,
};

const reshapeRow: FunctionRow = {
  names: ['reshape'],
  signature: 'x, shape, name=None',
  run: ({ x, bound, args }) => {
    const items = itemsOf(bound.get('shape') ?? args.keywords.get('newshape'));
    if (!items) return undefined;
    const ofBatch = isBatch(shapeOf(x)?.[0]);
    const sizes = items.map((item, i): Dim => {
      const size = asScalar(item);
      if (i === 0 && x.node !== null && (size === undefined || (size === -1 && (ofBatch || shapeOf(x) === null)))) return BATCH;
      return size ?? symbol(`size${i}`);
    });
    return { kind: 'reshape', shape: sizes };
  },
  // `tf.reshape(features['x'], [-1, 28, 28, 1])`: an input that says its shape.
  ofData: ({ interp, site, first, bound }) => {
    const items = itemsOf(bound.get('shape'))?.map(asScalar);
    if (!items || items.length < 2 || items.some((size) => size === undefined)) return unknown('reshape of unknown data', site.span);
    const { graph } = kerasState(interp);
    const name = first.kind === 'unknown' ? (first.symbol ?? 'inputs') : 'inputs';
    const id = emitInput(graph, name, [BATCH, ...(items.slice(1) as Dim[])], false, site.span);
    return wrap(interp, activation(graph, id), site);
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

const positive = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** `swapaxes(x, a, b)`, `moveaxis(x, from, to)` as a permutation. */
const moved = (name: string, swap: boolean): FunctionRow => ({
  names: [name],
  signature: 'x, source, destination, **kwargs',
  run: ({ x, bound, args }) => {
    const rank = shapeOf(x)?.length;
    const from = asNumber(bound.get('source') ?? args.keywords.get('axis1'));
    const to = asNumber(bound.get('destination') ?? args.keywords.get('axis2'));
    if (rank === undefined || from === undefined || to === undefined) return undefined;
    const [a, b] = [positive(from, rank), positive(to, rank)];
    const axes = Array.from({ length: rank }, (_, i) => i);
    if (swap) [axes[a], axes[b]] = [axes[b] as number, axes[a] as number];
    else axes.splice(b, 0, ...axes.splice(a, 1));
    return { kind: 'permute', axes };
  },
});

const concatRow: FunctionRow = {
  names: ['concat', 'concatenate'],
  signature: 'values, axis=-1, name=None',
  run: ({ interp, first, x, bound, args, site, name }) => {
    // TensorFlow before 1.0 had the axis first.
    const old = asNumber(first) !== undefined ? args.positional[1] : undefined;
    const values = old ?? first;
    const inputs = tensorsIn(values);
    const axis = old ? asNumber(first) : asNumber(bound.get('axis') ?? args.keywords.get('concat_dim'));
    if (axis === undefined || inputs.length !== itemsOf(values)?.length) return undefined;
    return emit(interp, x.graph, { op: { kind: 'concat', axis }, inputs, label: name }, site);
  },
};

const stackedAlong = (name: string, axis: number): FunctionRow => ({
  names: [name],
  signature: 'values, **kwargs',
  run: ({ interp, first, x, site }) => {
    const inputs = tensorsIn(first);
    if (inputs.length !== itemsOf(first)?.length) return undefined;
    return emit(interp, x.graph, { op: { kind: 'concat', axis }, inputs, label: name }, site);
  },
});

/** Inserts an axis of one. */
const expand = (shape: Shape, axis: number): Shape => {
  const at = axis < 0 ? axis + shape.length + 1 : axis;
  return [...shape.slice(0, at), 1, ...shape.slice(at)];
};

const expandRow: FunctionRow = {
  names: ['expand_dims'],
  signature: 'x, axis=-1, name=None',
  run: ({ x, bound, args }) => {
    const shape = shapeOf(x);
    const axis = asNumber(args.keywords.get('dim') ?? bound.get('axis'));
    return shape && axis !== undefined ? { kind: 'reshape', shape: expand(shape, axis) } : undefined;
  },
};

const squeezeRow: FunctionRow = {
  names: ['squeeze'],
  signature: 'x, axis=None, name=None',
  run: ({ x, bound, args }) => {
    const shape = shapeOf(x);
    if (!shape) return undefined;
    const axes = axesOf(args.keywords.get('squeeze_dims') ?? bound.get('axis'))?.map((a) => positive(a, shape.length));
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
    const listed = itemsOf(written)?.map(asScalar);
    if (axis === undefined) return undefined;
    const whole = shape?.at(axis);
    // TensorFlow lists sizes; Keras and numpy list the places to cut at.
    const isSizes = args.keywords.has('num_or_size_splits') || (listed !== undefined && sumsTo(listed, whole));
    const sizes: readonly (Dim | null)[] | undefined =
      count !== undefined
        ? Array.from({ length: count }, () => (whole === undefined ? null : div(whole, count)))
        : listed?.every((size) => size !== undefined)
          ? isSizes
            ? (listed as Dim[])
            : whole === undefined
              ? undefined
              : [...listed, whole].map((end, i) => scalarOp('-', end as Dim, i === 0 ? 0 : (listed[i - 1] as Dim)))
          : undefined;
    if (!sizes || sizes.length < 1 || sizes.length > 64) return undefined;
    let start: Dim | null = 0;
    return list(
      sizes.map((size) => {
        const op: Op = { kind: 'slice', axis, start, size };
        start = start === null || size === null ? null : scalarOp('+', start, size);
        return emit(interp, x.graph, { op, inputs: [x], label: name }, site);
      }),
    );
  },
};

const sumsTo = (sizes: readonly (Dim | undefined)[], whole: Dim | undefined): boolean =>
  isNumber(whole ?? null) && sizes.every((s) => isNumber(s ?? null)) && sizes.reduce<number>((sum, s) => sum + (s as number), 0) === whole;

const unstackRow: FunctionRow = {
  names: ['unstack', 'unpack'],
  signature: 'x, num=None, axis=0, name=None',
  run: ({ interp, x, first, bound, site }) => {
    const shape = shapeOf(x);
    const axis = asNumber(bound.get('axis'));
    if (axis === undefined || !shape) return undefined;
    const at = positive(axis, shape.length);
    const count = asNumber(bound.get('num')) ?? shape[at];
    if (!isNumber(count ?? null) || (count as number) > 64) return undefined;
    const full: Value = { kind: 'slice', lower: { kind: 'none' }, upper: { kind: 'none' }, step: { kind: 'none' } };
    const index = (i: number): Value => tuple([...Array.from({ length: at }, () => full), int(i)]);
    return list(Array.from({ length: count as number }, (_, i) => getItem(interp, x, first, index(i), site)));
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

/** Copies of a tensor: each element stands in it more than once. */
const tileRow: FunctionRow = {
  names: ['tile'],
  signature: 'x, multiples, name=None',
  run: ({ interp, x, bound, args, site, name }) => {
    const shape = shapeOf(x);
    const times = itemsOf(bound.get('multiples') ?? args.keywords.get('repeats') ?? args.keywords.get('n'))?.map(asScalar);
    if (x.node === null) return undefined;
    const known = shape && times && shape.length === times.length;
    const tiled = known ? shape.map((size, i) => (isBatch(size) && i === 0 ? BATCH : mul(size, times[i] ?? symbol('times')))) : null;
    return emit(interp, x.graph, { op: { kind: 'identity' }, inputs: [x], label: name, shape: tiled }, site);
  },
};

const repeatRow: FunctionRow = {
  names: ['repeat', 'repeat_elements'],
  signature: 'x, repeats, axis=None, **kwargs',
  run: ({ interp, x, bound, args, site, name }) => {
    const shape = shapeOf(x);
    const times = asScalar(bound.get('repeats') ?? args.keywords.get('rep'));
    const axis = asNumber(bound.get('axis'));
    if (x.node === null || !shape || times === undefined || axis === undefined) return undefined;
    // `K.repeat(x, n)` and `repeat_elements` along an axis: every element `times` times.
    const at = positive(axis, shape.length);
    const repeated = shape.map((size, i) => (i === at ? mul(size, times) : size));
    return emit(interp, x.graph, { op: { kind: 'identity' }, inputs: [x], label: name, shape: repeated }, site);
  },
};

const broadcastRow: FunctionRow = {
  names: ['broadcast_to'],
  signature: 'x, shape, **kwargs',
  run: ({ interp, x, bound, site, name }) => {
    const sizes = itemsOf(bound.get('shape'))?.map((item, i): Dim => asScalar(item) ?? (i === 0 ? BATCH : symbol(`size${i}`)));
    if (x.node === null) return undefined;
    const shape = sizes ? broadcast([shapeOf(x), sizes]) : null;
    return emit(interp, x.graph, { op: { kind: 'identity' }, inputs: [x], label: name, shape }, site);
  },
};

const padRow: FunctionRow = {
  names: ['pad'],
  signature: 'x, paddings, mode=None, **kwargs',
  run: ({ x, bound, args }) => {
    const axes = itemsOf(bound.get('paddings') ?? args.keywords.get('pad_width'))?.map((pair) => itemsOf(pair)?.map(asScalar));
    if (!axes || axes.some((pair) => pair?.length !== 2 || pair.some((n) => n === undefined))) return undefined;
    const all = axes as [Dim, Dim][];
    const [batch, ...rest] = all;
    const isZero = batch?.[0] === 0 && batch[1] === 0;
    return isZero && shapeOf(x)?.length === all.length ? { kind: 'pad', padding: rest } : undefined;
  },
};

/** `tf.slice(x, begin, size)` */
const sliceRow: FunctionRow = {
  names: ['slice'],
  signature: 'x, begin, size, **kwargs',
  run: ({ interp, x, bound, args, site, name }) => {
    const shape = shapeOf(x);
    const begin = itemsOf(bound.get('begin') ?? args.keywords.get('start_indices'))?.map(asScalar);
    const size = itemsOf(bound.get('size') ?? args.keywords.get('shape'))?.map(asScalar);
    if (!shape || !begin || size?.length !== shape.length) return undefined;
    const cut = shape.map((whole, i) => (size[i] === -1 ? scalarOp('-', whole, begin[i] ?? 0) : (size[i] ?? symbol('part?'))));
    const axis = shape.findLastIndex((whole, i) => cut[i] !== whole);
    if (axis < 0) return { kind: 'identity' };
    const op: Op = { kind: 'slice', axis, start: begin[axis] ?? null, size: cut[axis] ?? null };
    return emit(interp, x.graph, { op, inputs: [x], label: name, shape: cut }, site);
  },
};

/** Elements in another order: each axis stays as long as it was. */
const shuffled: FunctionRow = {
  names: ['flip', 'reverse', 'roll', 'fliplr', 'flipud', 'flip_left_right', 'flip_up_down', 'random_flip_left_right', 'rot90'],
  signature: 'x, *args, **kwargs',
  run: ({ x }) => (x.node === null ? undefined : { kind: 'identity' }),
  sameShape: true,
};

const ravelRow: FunctionRow = { names: ['ravel'], signature: 'x', run: () => ({ kind: 'reshape', shape: [-1] }) };

/** Blocks of positions moved into the channels, or back. */
const blocks = (name: string, grow: boolean): FunctionRow => ({
  names: [name],
  signature: 'x, block_size, data_format=None, name=None',
  run: ({ interp, x, bound, site }) => {
    const shape = shapeOf(x);
    const size = asScalar(bound.get('block_size'));
    if (shape?.length !== 4 || size === undefined || x.node === null) return undefined;
    const [batch = BATCH, height = 1, width = 1, channels = 1] = shape;
    const area = mul(size, size);
    const out = grow
      ? [batch, mul(height, size), mul(width, size), div(channels, area)]
      : [batch, div(height, size), div(width, size), mul(channels, area)];
    return emit(interp, x.graph, { op: { kind: 'reshape', shape: out }, inputs: [x], label: name, shape: out }, site);
  },
});

/** Patches that do not overlap are the same numbers in another order. */
const patchesRow: FunctionRow = {
  names: ['extract_patches'],
  signature: 'x, size, strides=None, dilation_rate=1, padding=None, **kwargs',
  run: ({ interp, x, bound, args, site, name }) => {
    const shape = shapeOf(x);
    const written = bound.get('size') ?? args.keywords.get('sizes');
    const items = itemsOf(written)?.map(asScalar);
    const pair = items ? (items.length === 4 ? items.slice(1, 3) : items) : [asScalar(written), asScalar(written)];
    const [rows, columns] = pair;
    if (shape?.length !== 4 || rows === undefined || columns === undefined || x.node === null) return undefined;
    const [batch = BATCH, height = 1, width = 1, channels = 1] = shape;
    const out = [batch, scalarOp('//', height, rows), scalarOp('//', width, columns), mul(mul(rows, columns), channels)];
    const strides = bound.get('strides');
    const step = itemsOf(strides)?.map(asScalar) ?? [];
    const apart = !strides || strides.kind === 'none' || (step.length === 4 && step[1] === rows && step[2] === columns);
    if (!apart) return emitOpaque(interp, x.graph, name, 'patches that overlap', [x], site);
    return emit(interp, x.graph, { op: { kind: 'reshape', shape: out }, inputs: [x], label: name, shape: out }, site);
  },
};

const oneHotRow: FunctionRow = {
  names: ['one_hot', 'to_categorical'],
  signature: 'x, num_classes, *args, **kwargs',
  run: ({ interp, x, bound, args, site, name }) => {
    if (args.keywords.has('axis')) return emitOpaque(interp, x.graph, name, 'classes along an axis of their own', [x], site);
    return emitOneHot(interp, x, bound.get('num_classes') ?? args.keywords.get('depth'), name, site);
  },
};

const shapeRow: FunctionRow = {
  names: ['shape', 'int_shape', 'ndim', 'rank'],
  signature: 'x, **kwargs',
  run: ({ x, name }) => {
    const shape = shapeOf(x);
    if (!shape) return unknown('a shape that is not known');
    if (name === 'ndim' || name === 'rank') return int(shape.length);
    return name === 'shape' ? tuple(shape.map((size) => int(size))) : shapeToValue(shape);
  },
};

export const SHAPING: readonly FunctionRow[] = [
  passThrough,
  reshapeRow,
  transposeRow,
  moved('swapaxes', true),
  moved('moveaxis', false),
  concatRow,
  stackedAlong('hstack', 1),
  stackedAlong('vstack', 0),
  expandRow,
  squeezeRow,
  splitRow,
  unstackRow,
  stackRow,
  lookupRow,
  tileRow,
  repeatRow,
  broadcastRow,
  padRow,
  sliceRow,
  shuffled,
  ravelRow,
  blocks('depth_to_space', true),
  blocks('space_to_depth', false),
  patchesRow,
  oneHotRow,
  shapeRow,
];
