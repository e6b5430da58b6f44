/** Layers without weights: noise, shapes, and several layers into one. */
import { asNumber, asScalar } from '../../../interpreter/native.ts';
import type { Value } from '../../../interpreter/values.ts';
import type { Op } from '../../../network/op.ts';
import { BATCH, type Dim, isNumber, type Scalar, type Shape, sub, symbol } from '../../../network/scalar.ts';
import { patternOf, shuffled } from '../axes.ts';
import { input, type LayerContext, type LayerRow, number, type Step, stateless, step, unfollowed } from './row.ts';

// ── noise ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const dropout: LayerRow = {
  ...stateless('DropoutLayer', 'incoming, p=0.5, rescale=True, shared_axes=(), **kwargs', (context) => ({
    kind: 'dropout',
    rate: asScalar(context.args.get('p')) ?? symbol(`${context.name}.p`),
    alpha: false,
  })),
  aliases: ['dropout'],
};

/** Noise is only added in training, and small. */
const noise: LayerRow = stateless('GaussianNoiseLayer', 'incoming, sigma=0.1, **kwargs', () => ({ kind: 'identity' }));

const randomizedRectifier: LayerRow = stateless(
  'RandomizedRectifierLayer',
  "incoming, lower=0.3, upper=0.8, shared_axes='auto', **kwargs",
  (context) => ({
    kind: 'activation',
    name: 'rrelu',
    args: { lower: number(context, 'lower', 0.3), upper: number(context, 'upper', 0.8) },
    channelAxis: 1,
  }),
);

/** Nothing but a function of the input. */
const nonlinearity: LayerRow = {
  name: 'NonlinearityLayer',
  signature: "incoming, nonlinearity='rectify', **kwargs",
  applies: 'nonlinearity',
  build: () => [],
};

const expression: LayerRow = {
  name: 'ExpressionLayer',
  signature: 'incoming, function, output_shape=None, **kwargs',
  applies: 'function',
  build: () => [],
};

// ── shapes ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const flatten: LayerRow = {
  ...stateless('FlattenLayer', 'incoming, outdim=2, **kwargs', (context) => ({
    kind: 'flatten',
    startAxis: number(context, 'outdim', 2) - 1,
    endAxis: -1,
  })),
  aliases: ['flatten'],
};

const itemsOf = (value: Value | undefined): readonly Value[] | undefined =>
  value?.kind === 'tuple' || (value?.kind === 'list' && !value.open) ? value.items : undefined;

/** A size of `shape=`: a number, -1, `[i]` for the input's axis i, or a Theano expression. */
const reshapeSize = (item: Value, i: number, from: Shape | null, name: string): Dim => {
  const copied = item.kind === 'list' && item.items.length === 1 ? asNumber(item.items[0]) : undefined;
  if (copied !== undefined) return from?.at(copied) ?? symbol(`${name}.size${copied}`);
  const known = asScalar(item);
  if (known !== undefined) return known;
  return i === 0 ? BATCH : symbol(`${name}.size${i}`);
};

const reshape: LayerRow = {
  name: 'ReshapeLayer',
  aliases: ['reshape'],
  signature: 'incoming, shape, **kwargs',
  build: (context) => {
    const items = itemsOf(context.args.get('shape'));
    if (!items) return unfollowed('ReshapeLayer', 'its shape is not known');
    return step({ kind: 'reshape', shape: items.map((item, i) => reshapeSize(item, i, input(context), context.name)) });
  },
};

const dimshuffle: LayerRow = {
  name: 'DimshuffleLayer',
  aliases: ['dimshuffle'],
  signature: 'incoming, pattern, **kwargs',
  build: (context) => {
    const pattern = patternOf(itemsOf(context.args.get('pattern')) ?? []);
    if (!pattern || pattern.length === 0) return unfollowed('DimshuffleLayer', 'its pattern is not known');
    const ops = shuffled(pattern, input(context));
    if (!ops) return unfollowed('DimshuffleLayer', 'its input is not known');
    return ops.map((op, i): Step => ({ op, weights: [], ...(i < ops.length - 1 ? { suffix: op.kind } : {}) }));
  },
};

const pad: LayerRow = {
  name: 'PadLayer',
  aliases: ['pad'],
  signature: 'incoming, width, val=0, batch_ndim=2, **kwargs',
  build: (context) => {
    const rank = input(context)?.length;
    const width = context.args.get('width');
    const count = rank === undefined ? undefined : rank - number(context, 'batch_ndim', 2);
    const items = itemsOf(width);
    const pairs = items?.map((item): readonly [Dim, Dim] | undefined => {
      const [before, after] = (itemsOf(item) ?? [item, item]).map(asScalar);
      return before === undefined || after === undefined ? undefined : [before, after];
    });
    const one = asScalar(width);
    const padding =
      pairs ?? (one === undefined || count === undefined ? undefined : Array.from({ length: count }, () => [one, one] as const));
    if (!padding || padding.some((p) => p === undefined)) return unfollowed('PadLayer', 'its width is not known');
    return step({ kind: 'pad', padding: padding as readonly (readonly [Dim, Dim])[] });
  },
};

/** `indices` is a number, which drops the axis, or a slice. */
const slice: LayerRow = {
  name: 'SliceLayer',
  signature: 'incoming, indices, axis=-1, **kwargs',
  build: (context) => {
    const shape = input(context);
    const given = number(context, 'axis', -1);
    const axis = given < 0 && shape ? given + shape.length : given;
    const indices = context.args.get('indices');
    const at = asScalar(indices);
    if (at !== undefined) {
      const start = isNumber(at) && at < 0 ? (shape?.[axis] !== undefined ? sub(shape[axis] as Dim, -at) : null) : at;
      return [{ op: { kind: 'slice', axis, start, size: 1 }, weights: [], shape: shape ? shape.filter((_, i) => i !== axis) : null }];
    }
    const size = shape?.[axis];
    if (indices?.kind !== 'slice' || size === undefined) return unfollowed('SliceLayer', 'its indices are not known');
    const bound = (value: Value, fallback: Dim): Dim | undefined => {
      if (value.kind === 'none') return fallback;
      const n = asScalar(value);
      return n !== undefined && isNumber(n) && n < 0 ? sub(size, -n) : n;
    };
    const [lower, upper] = [bound(indices.lower, 0), bound(indices.upper, size)];
    const isPlain = indices.step.kind === 'none' || asNumber(indices.step) === 1;
    const length = lower === undefined || upper === undefined || !isPlain ? null : sub(upper, lower);
    return step({ kind: 'slice', axis, start: lower ?? null, size: length });
  },
};

// ── several layers ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const concat: LayerRow = {
  ...stateless('ConcatLayer', 'incomings, axis=1, cropping=None, **kwargs', (context) => ({
    kind: 'concat',
    axis: number(context, 'axis', 1),
  })),
  aliases: ['concat'],
  merges: true,
};

/** Sizes that cropping leaves: the smallest of each axis. */
const cropped = (context: LayerContext): Shape | undefined => {
  const cropping = context.args.get('cropping');
  const [first] = context.inputs;
  if (!cropping || cropping.kind === 'none' || !first) return undefined;
  return first.map((size, i) => {
    const all = context.inputs.map((s) => s?.[i]).filter((s) => s !== undefined);
    return all.every(isNumber) ? Math.min(...(all as number[])) : size;
  });
};

const summed = (context: LayerContext, op: Op): readonly Step[] => {
  const shape = cropped(context);
  return [{ op, weights: [], ...(shape ? { shape } : {}) }];
};

/** `coeffs`: one for all incoming layers or one for each. */
const coefficients = (context: LayerContext): readonly Scalar[] | undefined => {
  const value = context.args.get('coeffs');
  const items = itemsOf(value)?.map(asScalar);
  const one = asScalar(value);
  const all = items ?? context.inputs.map(() => one);
  return all.some((c) => c === undefined) ? undefined : (all as Scalar[]);
};

const sum: LayerRow = {
  name: 'ElemwiseSumLayer',
  signature: 'incomings, coeffs=1, cropping=None, **kwargs',
  merges: true,
  factors: coefficients,
  build: (context) => summed(context, { kind: 'add' }),
};

const MERGES: Readonly<Record<string, Op>> = {
  add: { kind: 'add' },
  sum: { kind: 'add' },
  sub: { kind: 'sub' },
  mul: { kind: 'mul' },
  maximum: { kind: 'maximum' },
};

/** `merge_function` by name: `T.add`, `theano.tensor.mul`, `operator.add`. */
const elementwise: LayerRow = {
  name: 'ElemwiseMergeLayer',
  signature: 'incomings, merge_function, cropping=None, **kwargs',
  merges: true,
  folds: 'merge_function',
  build: (context) => {
    const value = context.args.get('merge_function');
    const name = value?.kind === 'native' ? value.name : value?.kind === 'unknown' ? value.path : undefined;
    const op = MERGES[name?.slice(name.lastIndexOf('.') + 1) ?? ''];
    if (op) return summed(context, op);
    return unfollowed('ElemwiseMergeLayer', 'its function is not known', cropped(context) ?? context.inputs[0] ?? null);
  },
};

/** Undoes a layer by its gradient; the output is as large as that layer's input. */
const inverse: LayerRow = {
  name: 'InverseLayer',
  signature: 'incoming, layer, **kwargs',
  build: () => unfollowed('InverseLayer', 'the inverse of a layer is not followed'),
};

const warps = (name: string): LayerRow => ({
  name,
  signature: 'incoming, localization_network, downsample_factor=1, **kwargs',
  build: (context) =>
    unfollowed(name, 'a warp is not followed', input(context)?.map((n, i) => (i < 2 ? n : symbol(`${context.name}.size${i}`))) ?? null),
});

export const SHAPING_LAYERS: readonly LayerRow[] = [
  dropout,
  noise,
  randomizedRectifier,
  nonlinearity,
  expression,
  flatten,
  reshape,
  dimshuffle,
  pad,
  slice,
  concat,
  sum,
  elementwise,
  inverse,
  warps('TransformerLayer'),
  warps('TPSTransformerLayer'),
];
