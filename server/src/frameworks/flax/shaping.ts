/** Functions of jax.numpy that move values about: axes, parts, concatenation, reductions. */
import { asNumber, asScalar } from '../../interpreter/native.ts';
import { float, list, tuple, type Value } from '../../interpreter/values.ts';
import { add, BATCH, type Dim, div, mul, type Shape, scalarOp, sub, symbol } from '../../network/scalar.ts';
import { shapeOf } from '../shared/graph.ts';
import { emit, type TensorData } from '../shared/tensor.ts';
import {
  axesOf,
  type Call,
  emitWith,
  type FunctionRow,
  isOn,
  itemsOf,
  normalAxis,
  type Outcome,
  sizesOf,
  tensorsOf,
  value,
} from './functionRow.ts';

const reshapeTo = (sizes: readonly (Dim | undefined)[] | undefined): Outcome =>
  sizes && {
    kind: 'reshape',
    shape: sizes.map((n, i) => n ?? (i === 0 ? BATCH : symbol(`size${i}?`))),
  };

/** Sizes after the tensor: `reshape(x, (a, b))`, `x.reshape(a, b)`. */
const restSizes = (call: Call, name: string): readonly (Dim | undefined)[] | undefined => {
  const named = call.bound.get(name);
  const items = [...(named ? [named] : []), ...call.bound.rest];
  return items.length > 1 ? items.map(asScalar) : sizesOf(items[0]);
};

const moved = (shape: Shape, from: readonly number[], to: readonly number[]): readonly number[] => {
  const order = shape.map((_, i) => i).filter((i) => !from.includes(i));
  for (const [at, source] of [...to.map((t, i) => [t, from[i] ?? 0] as const)].sort((a, b) => a[0] - b[0])) order.splice(at, 0, source);
  return order;
};

const reduction = (names: readonly string[], reduce: 'mean' | 'sum' | 'max'): FunctionRow => ({
  names,
  signature: 'a, axis=None, dtype=None, out=None, keepdims=False, **kwargs',
  run: ({ x, bound }) => {
    const given = bound.get('axis');
    const axes = given && given.kind !== 'none' ? axesOf(given) : shapeOf(x)?.map((_, i) => i);
    return axes && { kind: 'reduce', reduce, axes, keepAxes: isOn(bound.get('keepdims')) };
  },
});

/** Parts of x along an axis, of these sizes. */
const parts = (call: Call, axis: number, sizes: readonly (Dim | null)[]): Outcome => {
  let start: Dim | null = 0;
  return value(
    list(
      sizes.map((size): Value => {
        const op = { kind: 'slice' as const, axis, start, size };
        start = start === null || size === null ? null : add(start, size);
        return emit(call.interp, call.x.graph, { op, inputs: [call.x], label: call.name }, call.site);
      }),
    ),
  );
};

const split: FunctionRow = {
  names: ['split', 'array_split'],
  signature: 'ary, indices_or_sections, axis=0',
  run: (call) => {
    const axis = asNumber(call.bound.get('axis'));
    const shape = shapeOf(call.x);
    if (axis === undefined || call.x.node === null) return undefined;
    const whole = shape?.[normalAxis(shape, axis)];
    const count = asNumber(call.bound.get('indices_or_sections'));
    if (count !== undefined) {
      if (count < 1 || count > 64) return undefined;
      const each = whole === undefined ? null : div(whole, count);
      return parts(
        call,
        axis,
        Array.from({ length: count }, () => each),
      );
    }
    const at = itemsOf(call.bound.get('indices_or_sections'))?.map(asScalar);
    if (!at || at.some((n) => n === undefined) || whole === undefined) return undefined;
    const bounds = [0, ...(at as Dim[]), whole];
    return parts(
      call,
      axis,
      bounds.slice(1).map((b, i) => sub(b, bounds[i] as Dim)),
    );
  },
};

const joined = (call: Call, inputs: readonly TensorData[] | undefined, axis: number | undefined): Outcome => {
  if (!inputs || axis === undefined || inputs.length === 0) return undefined;
  if (inputs.length === 1) return value(itemsOf(call.first)?.[0] as Value);
  return emitWith(call, { kind: 'concat', axis }, inputs);
};

const expand = (shape: Shape, axes: readonly number[]): Shape => {
  const rank = shape.length + axes.length;
  const at = new Set(axes.map((a) => (a < 0 ? a + rank : a)));
  const rest = [...shape];
  return Array.from({ length: rank }, (_, i) => (at.has(i) ? 1 : (rest.shift() ?? 1)));
};

const stack: FunctionRow = {
  names: ['stack'],
  signature: 'arrays, axis=0, **kwargs',
  run: (call) => {
    const inputs = tensorsOf(call.first);
    const axis = asNumber(call.bound.get('axis'));
    const shape = inputs?.[0] ? shapeOf(inputs[0]) : null;
    if (!inputs || axis === undefined || !shape) return undefined;
    const at = axis < 0 ? axis + shape.length + 1 : axis;
    return emitWith(call, { kind: 'concat', axis }, inputs, [...shape.slice(0, at), inputs.length, ...shape.slice(at)]);
  },
};

const broadcast: FunctionRow = {
  names: ['broadcast_to'],
  signature: 'array, shape, **kwargs',
  rearranges: true,
  run: ({ x, bound }) => {
    const sizes = sizesOf(bound.get('shape'));
    const shape = shapeOf(x);
    return sizes && { kind: 'reshape', shape: sizes.map((n, i) => n ?? shape?.[i] ?? symbol(`size${i}?`)) };
  },
};

const tile: FunctionRow = {
  names: ['tile'],
  signature: 'A, reps',
  rearranges: true,
  run: ({ x, bound }) => {
    const times = sizesOf(bound.get('reps'));
    const shape = shapeOf(x);
    if (!times || !shape) return undefined;
    const rank = Math.max(times.length, shape.length);
    const at = <T>(list: readonly T[], i: number): T | undefined => list[i - rank + list.length];
    const sizes = Array.from({ length: rank }, (_, i): Dim => {
      const n = at(times, i);
      return n === undefined && i - rank + times.length >= 0 ? (i === 0 ? BATCH : symbol(`size${i}?`)) : mul(n ?? 1, at(shape, i) ?? 1);
    });
    return { kind: 'reshape', shape: sizes };
  },
};

const repeat: FunctionRow = {
  names: ['repeat'],
  signature: 'a, repeats, axis=None, **kwargs',
  rearranges: true,
  run: ({ x, bound }) => {
    const [times, axis, shape] = [asScalar(bound.get('repeats')), asNumber(bound.get('axis')), shapeOf(x)];
    if (times === undefined || axis === undefined || !shape) return undefined;
    const at = normalAxis(shape, axis);
    return { kind: 'reshape', shape: shape.map((n, i) => (i === at ? mul(n, times) : n)) };
  },
};

/** Every value several times: moments as they are, another shape. */
const spread = (row: FunctionRow): FunctionRow => ({
  ...row,
  run: (call) => {
    const outcome = row.run(call);
    if (call.x.node === null || outcome?.kind !== 'reshape') return outcome;
    return emitWith(call, { kind: 'identity' }, [call.x], outcome.shape);
  },
});

const pad: FunctionRow = {
  names: ['pad'],
  signature: 'array, pad_width, mode="constant", **kwargs',
  run: ({ x, bound }) => {
    const shape = shapeOf(x);
    const width = bound.get('pad_width');
    const one = asScalar(width);
    if (one !== undefined && shape) return { kind: 'pad', padding: shape.map(() => [one, one] as const) };
    const pairs = itemsOf(width)?.map((p) => itemsOf(p)?.map(asScalar));
    if (!pairs?.every((p) => p?.length === 2 && p.every((n) => n !== undefined))) return undefined;
    return { kind: 'pad', padding: pairs as [Dim, Dim][] };
  },
};

const resize: FunctionRow = {
  names: ['resize'],
  signature: 'image, shape, method=None, **kwargs',
  run: (call) => {
    const target = sizesOf(call.bound.get('shape'));
    const shape = shapeOf(call.x);
    if (!target || !shape || target.length !== shape.length || shape.length < 3) return undefined;
    const factor = shape.slice(1, -1).map((n, i) => div(target[i + 1] ?? n, n));
    const method = call.bound.get('method');
    const mode = method?.kind === 'string' && method.value === 'nearest' ? 'nearest' : 'linear';
    const sizes = shape.map((n, i) => (i === 0 ? n : (target[i] ?? n)));
    return emitWith(call, { kind: 'upsample', factor, mode, channelAxis: -1 }, [call.x], sizes);
  },
};

export const SHAPING: readonly FunctionRow[] = [
  {
    names: ['reshape'],
    signature: 'a, shape, *sizes, order="C", copy=None',
    rearranges: true,
    run: (call) => reshapeTo(restSizes(call, 'shape')),
  },
  { names: ['ravel'], signature: 'a, **kwargs', rearranges: true, run: () => ({ kind: 'reshape', shape: [-1] }) },
  { names: ['flatten'], signature: 'a, **kwargs', rearranges: true, run: () => ({ kind: 'reshape', shape: [-1] }) },
  {
    names: ['transpose', 'permute_dims'],
    signature: 'a, axes=None, *more',
    rearranges: true,
    run: (call) => {
      const axes = call.bound.rest.length > 0 ? axesOf(tuple(call.args.positional.slice(1))) : axesOf(call.bound.get('axes'));
      const rank = shapeOf(call.x)?.length;
      const all = axes ?? (rank === undefined || call.bound.has('axes') ? undefined : Array.from({ length: rank }, (_, i) => rank - 1 - i));
      return all && { kind: 'permute', axes: all };
    },
  },
  {
    names: ['swapaxes'],
    signature: 'a, axis1, axis2',
    rearranges: true,
    run: ({ x, bound }) => {
      const shape = shapeOf(x);
      const [a, b] = [asNumber(bound.get('axis1')), asNumber(bound.get('axis2'))];
      if (!shape || a === undefined || b === undefined) return undefined;
      const axes = shape.map((_, i) => i);
      const [i, j] = [normalAxis(shape, a), normalAxis(shape, b)];
      [axes[i], axes[j]] = [j, i];
      return { kind: 'permute', axes };
    },
  },
  {
    names: ['moveaxis'],
    signature: 'a, source, destination',
    rearranges: true,
    run: ({ x, bound }) => {
      const shape = shapeOf(x);
      const [from, to] = [axesOf(bound.get('source')), axesOf(bound.get('destination'))];
      if (!shape || !from || from.length !== to?.length) return undefined;
      return {
        kind: 'permute',
        axes: moved(
          shape,
          from.map((a) => normalAxis(shape, a)),
          to.map((a) => normalAxis(shape, a)),
        ),
      };
    },
  },
  {
    names: ['expand_dims'],
    signature: 'a, axis',
    rearranges: true,
    run: ({ x, bound }) => {
      const shape = shapeOf(x);
      const axes = axesOf(bound.get('axis'));
      return shape && axes ? { kind: 'reshape', shape: expand(shape, axes) } : undefined;
    },
  },
  {
    names: ['squeeze'],
    signature: 'a, axis=None',
    rearranges: true,
    run: ({ x, bound }) => {
      const shape = shapeOf(x);
      if (!shape) return undefined;
      const axes = axesOf(bound.get('axis'))?.map((a) => normalAxis(shape, a));
      return { kind: 'reshape', shape: shape.filter((n, i) => (axes ? !axes.includes(i) : n !== 1)) };
    },
  },
  {
    names: ['concatenate', 'concat'],
    signature: 'arrays, axis=0, dtype=None',
    run: (call) => joined(call, tensorsOf(call.first), asNumber(call.bound.get('axis'))),
  },
  { names: ['hstack'], signature: 'arrays', run: (call) => joined(call, tensorsOf(call.first), 1) },
  stack,
  split,
  spread(broadcast),
  spread(tile),
  spread(repeat),
  pad,
  resize,
  reduction(['mean'], 'mean'),
  reduction(['sum'], 'sum'),
  reduction(['max', 'amax'], 'max'),
];

/** Arithmetic on plain numbers, for scales such as `jnp.sqrt(2.0 / n)`. */
export const numberFunction =
  (op: 'sqrt' | 'exp' | 'log' | 'abs' | 'floor' | 'ceil'): NonNullable<FunctionRow['onNumbers']> =>
  ([x]) => {
    const n = asScalar(x);
    return n === undefined ? undefined : float(scalarOp(op, n));
  };
