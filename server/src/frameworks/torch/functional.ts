/**
 * torch.nn.functional, torch.* and tensor methods: one row a name, with the arguments after the input and what it does to an
 * activation. `torch.relu(x)`, `F.relu(x)` and `x.relu()` are one row.
 */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, asScalar, asString, type Bound, bind } from '../../interpreter/native.ts';
import type { Args, CallSite, Value } from '../../interpreter/values.ts';
import { NONE, tuple, unknown } from '../../interpreter/values.ts';
import type { Op } from '../../network/op.ts';
import { add, BATCH, type Dim, div, isNumber, mul, type Scalar, type Shape, scalarOp, symbol } from '../../network/scalar.ts';
import { broadcast } from '../../network/shapes.ts';
import { shapeOf } from '../shared/graph.ts';
import { activationsIn } from '../shared/opaque.ts';
import { activation, asParam, dense, elementwise, emit, emitOpaque, type TensorData, tensorData } from '../shared/tensor.ts';
import { ACTIVATION_ROWS, activationNamed, activationOp } from './activations.ts';
import { dimOf, torchState } from './state.ts';
import { adaptiveOutput, axesOf, padPairs, poolWindow, type Rank, sizesOf, windowOf } from './windows.ts';

export interface Call {
  readonly interp: Interpreter;
  readonly site: CallSite;
  readonly name: string;
  /** The first tensor argument, an activation. */
  readonly x: TensorData;
  readonly bound: Bound;
  readonly args: Args;
}

/** What a row gives: an op over x, a finished value, or undefined where its arguments are not known. */
type Outcome = Op | { readonly kind: 'value'; readonly value: Value } | undefined;

export interface FunctionRow {
  /** Signature with the input first. */
  readonly signature: string;
  readonly run: (call: Call) => Outcome;
  /** Keeps the shape where it is not understood. */
  readonly sameShape?: boolean;
}

const value = (v: Value): Outcome => ({ kind: 'value', value: v });

export const graphFor = (interp: Interpreter) => torchState(interp).graph;

const emitWith = (call: Call, op: Op, inputs: readonly TensorData[], shape?: Shape | null): Outcome =>
  value(emit(call.interp, call.x.graph, { op, inputs, label: call.name, ...(shape !== undefined ? { shape } : {}) }, call.site));

const opaque = (call: Call, reason: string, shape: Shape | null = null): Value => {
  const inputs = activationsIn(tuple([...call.args.positional, ...call.args.keywords.values()]));
  return emitOpaque(call.interp, call.x.graph, call.name, reason, inputs.length > 0 ? inputs : [call.x], call.site, shape);
};

/** Moments unchanged, shape as given: repeats, rolls, index order. */
const rearranged = (call: Call, shape: Shape | null): Outcome => emitWith(call, { kind: 'identity' }, [call.x], shape);

const identity: FunctionRow['run'] = (call) => value(call.args.positional[0] as Value);

const axis = (call: Call, name = 'dim'): number | undefined => asNumber(call.bound.get(name));

const normalAxis = (shape: Shape, at: number): number => (at < 0 ? at + shape.length : at);

/** Positional sizes given as `f(x, 2, 3)` or `f(x, (2, 3))`. */
const listed = (call: Call, name: string): readonly Value[] => {
  const named = call.bound.get(name);
  const items = named ? [named] : [...call.bound.rest];
  const first = items[0];
  return items.length === 1 && (first?.kind === 'tuple' || first?.kind === 'list') ? first.items : items;
};

const reshape: FunctionRow['run'] = (call) => {
  const items = listed(call, 'shape');
  const input = shapeOf(call.x);
  if (items.length === 0) return value(call.args.positional[0] as Value);
  const shape = items.map((item, i) => {
    const size = asScalar(item);
    if (size !== undefined) return size;
    return i === 0 && item.kind === 'unknown' ? BATCH : dimOf(call.interp, item, 'size');
  });
  // x.view(x.shape[0], …) before any shape is known still keeps the batch axis.
  if (!input) return { kind: 'reshape', shape };
  return { kind: 'reshape', shape };
};

const permute: FunctionRow['run'] = (call) => {
  const axes = axesOf(tuple(listed(call, 'dims')));
  return axes ? { kind: 'permute', axes } : undefined;
};

const transpose: FunctionRow['run'] = (call) => {
  const [a, b] = [asNumber(call.bound.get('dim0')), asNumber(call.bound.get('dim1'))];
  const shape = shapeOf(call.x);
  if (a === undefined || b === undefined) return undefined;
  if (!shape) return emitWith(call, { kind: 'identity' }, [call.x], null);
  const axes = shape.map((_, i) => i);
  const [i, j] = [normalAxis(shape, a), normalAxis(shape, b)];
  if (axes[i] === undefined || axes[j] === undefined) return undefined;
  axes[i] = j;
  axes[j] = i;
  return { kind: 'permute', axes };
};

const matrixTranspose: FunctionRow['run'] = (call) => {
  const rank = shapeOf(call.x)?.length;
  if (rank === undefined || rank < 2) return emitWith(call, { kind: 'identity' }, [call.x], null);
  const axes = Array.from({ length: rank }, (_, i) => i);
  axes[rank - 1] = rank - 2;
  axes[rank - 2] = rank - 1;
  return { kind: 'permute', axes };
};

const squeeze: FunctionRow['run'] = (call) => {
  const shape = shapeOf(call.x);
  const at = call.bound.has('dim') ? axesOf(call.bound.get('dim')) : null;
  if (!shape || at === undefined) return rearranged(call, null);
  const drop = at?.map((a) => normalAxis(shape, a));
  return { kind: 'reshape', shape: shape.filter((size, i) => !(size === 1 && (!drop || drop.includes(i)))) };
};

const unsqueeze: FunctionRow['run'] = (call) => {
  const shape = shapeOf(call.x);
  const at = axis(call);
  if (!shape || at === undefined) return rearranged(call, null);
  const i = at < 0 ? at + shape.length + 1 : at;
  return { kind: 'reshape', shape: [...shape.slice(0, i), 1, ...shape.slice(i)] };
};

const reduceBy =
  (kind: 'mean' | 'sum' | 'max'): FunctionRow['run'] =>
  (call) => {
    const shape = shapeOf(call.x);
    const given = call.bound.get('dim');
    const keepAxes = call.bound.get('keepdim')?.kind === 'bool' && (call.bound.get('keepdim') as { value: boolean }).value;
    if (!given || given.kind === 'none') {
      if (!shape) return rearrangedOpaque(call);
      return { kind: 'reduce', reduce: kind, axes: shape.map((_, i) => i), keepAxes };
    }
    const axes = axesOf(given);
    return axes ? { kind: 'reduce', reduce: kind, axes, keepAxes } : undefined;
  };

const rearrangedOpaque = (call: Call): Outcome => value(opaque(call, 'reduction over an unknown shape'));

/** `x.max(dim)` gives values and indices. */
const maxOf: FunctionRow['run'] = (call) => {
  const at = call.bound.get('dim');
  if (!at || at.kind === 'none') return reduceBy('max')(call);
  if (tensorData(at)) {
    const other = tensorData(at) as TensorData;
    return other.node !== null ? emitWith(call, { kind: 'maximum' }, [call.x, other]) : undefined;
  }
  const axes = axesOf(at);
  if (!axes) return undefined;
  const keepAxes = call.bound.get('keepdim')?.kind === 'bool' && (call.bound.get('keepdim') as { value: boolean }).value;
  const max = emit(
    call.interp,
    call.x.graph,
    { op: { kind: 'reduce', reduce: 'max', axes, keepAxes }, inputs: [call.x], label: call.name },
    call.site,
  );
  return value({ kind: 'tuple', items: [max, unknown('indices')], names: ['values', 'indices'] });
};

/** Parts of x along an axis, with their sizes where known. */
const parts = (call: Call, at: number, sizes: readonly (Dim | null)[]): Outcome => {
  let start: Dim | null = 0;
  const items = sizes.map((size): Value => {
    const part = emit(
      call.interp,
      call.x.graph,
      { op: { kind: 'slice', axis: at, start, size }, inputs: [call.x], label: call.name },
      call.site,
    );
    start = start === null || size === null ? null : add(start, size);
    return part;
  });
  return value(tuple(items));
};

const chunk: FunctionRow['run'] = (call) => {
  const n = asNumber(call.bound.get('chunks'));
  const at = axis(call);
  if (n === undefined || at === undefined || n < 1 || n > 64) return undefined;
  const shape = shapeOf(call.x);
  const whole = shape?.[normalAxis(shape, at)];
  const size = whole === undefined ? null : isNumber(whole) ? Math.ceil(whole / n) : div(whole, n);
  return parts(
    call,
    at,
    // The last part is what is left.
    Array.from({ length: n }, (_, i) => (i === n - 1 && isNumber(size) && isNumber(whole) ? Math.max(0, whole - size * i) : size)),
  );
};

const split: FunctionRow['run'] = (call) => {
  const at = axis(call);
  if (at === undefined) return undefined;
  const given = call.bound.get('split_size_or_sections');
  if (given?.kind === 'list' || given?.kind === 'tuple')
    return parts(
      call,
      at,
      given.items.map((item) => asScalar(item) ?? null),
    );
  const size = asScalar(given);
  const shape = shapeOf(call.x);
  const whole = shape?.[normalAxis(shape, at)];
  if (size === undefined || whole === undefined) return undefined;
  const count = scalarOp('//', whole, size);
  return isNumber(count) && count >= 1 && count <= 64
    ? parts(
        call,
        at,
        Array.from({ length: count }, () => size),
      )
    : undefined;
};

const unbind: FunctionRow['run'] = (call) => {
  const at = axis(call);
  const shape = shapeOf(call.x);
  const count = at === undefined ? undefined : shape?.[normalAxis(shape, at)];
  if (at === undefined || !shape || !isNumber(count ?? null) || (count as number) > 64) return undefined;
  const rest = shape.filter((_, i) => i !== normalAxis(shape, at));
  const items = Array.from({ length: count as number }, (_, i) =>
    emit(
      call.interp,
      call.x.graph,
      { op: { kind: 'slice', axis: at, start: i, size: 1 }, inputs: [call.x], label: call.name, shape: rest },
      call.site,
    ),
  );
  return value(tuple(items));
};

const tensorsOf = (v: Value | undefined): readonly (TensorData | undefined)[] | undefined =>
  v?.kind === 'list' && v.open ? undefined : v?.kind === 'list' || v?.kind === 'tuple' ? v.items.map(tensorData) : undefined;

const concat: FunctionRow['run'] = (call) => {
  const at = axis(call);
  const items = tensorsOf(call.args.positional[0] ?? call.bound.get('tensors'));
  if (!items || at === undefined || items.some((t) => t === undefined)) return undefined;
  if (items.length === 1) return { kind: 'identity' };
  return emitWith(call, { kind: 'concat', axis: at }, items as TensorData[]);
};

const stack: FunctionRow['run'] = (call) => {
  const at = axis(call) ?? 0;
  const items = tensorsOf(call.args.positional[0] ?? call.bound.get('tensors'));
  if (!items || items.some((t) => t === undefined)) return undefined;
  const shape = shapeOf(items[0] as TensorData);
  const i = shape && at < 0 ? at + shape.length + 1 : at;
  return emitWith(
    call,
    { kind: 'concat', axis: at },
    items as TensorData[],
    shape && [...shape.slice(0, i), items.length, ...shape.slice(i)],
  );
};

const binary =
  (op: '+' | '-' | '*' | '/' | '@' | '**'): FunctionRow['run'] =>
  (call) => {
    const [a, b] = [call.args.positional[0], call.args.positional[1] ?? call.bound.get('other')];
    const alpha = call.bound.has('alpha') ? call.bound.get('alpha') : undefined;
    if (!a || !b) return undefined;
    if (alpha) {
      const scaled = elementwise(call.interp, '*', b, alpha, call.site);
      const sum = scaled && elementwise(call.interp, op, a, scaled, call.site);
      return sum ? value(sum) : undefined;
    }
    const result = elementwise(call.interp, op, a, b, call.site);
    return result ? value(result) : undefined;
  };

const linear: FunctionRow['run'] = (call) => {
  const weight = tensorData(call.bound.get('weight'));
  const bias = tensorData(call.bound.get('bias'));
  if (!weight?.storage || weight.shape?.length !== 2) return undefined;
  const [out, into] = weight.shape as [Dim, Dim];
  return value(
    dense(call.interp, call.x.graph, call.x, { ...weight, shape: [into, out] }, bias?.storage ? bias : undefined, call.name, call.site),
  );
};

const convolution =
  (rank: Rank, transposed: boolean): FunctionRow['run'] =>
  (call) => {
    const weight = tensorData(call.bound.get('weight'));
    const bias = tensorData(call.bound.get('bias'));
    if (!weight?.storage || weight.shape?.length !== rank + 2) return undefined;
    const groups = asScalar(call.bound.get('groups')) ?? 1;
    const [first, second] = weight.shape as [Dim, Dim];
    const window = windowOf(call.interp, call.bound, rank, weight.shape.slice(2));
    const params = [asParam(weight, 'weight', 'weight'), bias?.storage ? asParam(bias, 'bias', 'bias') : undefined].filter(
      (p) => p !== undefined,
    );
    const op: Op = transposed
      ? {
          kind: 'convTranspose',
          inChannels: first,
          outChannels: mul(second, groups),
          groups,
          outputPadding: sizesOf(call.interp, call.bound.get('output_padding'), rank, 'output_padding'),
          ...window,
        }
      : { kind: 'conv', inChannels: mul(second, groups), outChannels: first, groups, ...window };
    return value(emit(call.interp, call.x.graph, { op, inputs: [call.x], params, label: call.name }, call.site));
  };

const dropout =
  (alpha: boolean): FunctionRow['run'] =>
  (call) => {
    const training = call.bound.get('training');
    if (training?.kind === 'bool' && !training.value) return value(call.args.positional[0] as Value);
    return { kind: 'dropout', rate: asScalar(call.bound.get('p')) ?? symbol('p'), alpha };
  };

const pool =
  (rank: Rank, reduce: 'max' | 'average'): FunctionRow['run'] =>
  (call) => ({ kind: 'pool', reduce, ...poolWindow(call.interp, call.bound, rank) });

const adaptive =
  (rank: Rank, reduce: 'max' | 'average'): FunctionRow['run'] =>
  (call) => ({
    kind: 'globalPool',
    reduce,
    output: adaptiveOutput(call.interp, call.bound.get('output_size'), rank),
    keepAxes: true,
    channelAxis: 1,
  });

const softmax =
  (log: boolean): FunctionRow['run'] =>
  (call) => ({ kind: 'softmax', axis: axis(call) ?? (shapeOf(call.x)?.length === 3 || shapeOf(call.x)?.length === 1 ? 0 : 1), log });

export const upsampleOp = (call: Pick<Call, 'bound' | 'x'>): Op | undefined => {
  const mode = asString(call.bound.get('mode')) ?? 'nearest';
  const kind = mode.startsWith('nearest') ? ('nearest' as const) : ('linear' as const);
  const scale = call.bound.get('scale_factor');
  if (scale && scale.kind !== 'none') {
    const items = scale.kind === 'tuple' || scale.kind === 'list' ? scale.items.map(asScalar) : [asScalar(scale)];
    return items.some((s) => s === undefined) ? undefined : { kind: 'upsample', factor: items as Scalar[], mode: kind, channelAxis: 1 };
  }
  const size = call.bound.get('size');
  const shape = shapeOf(call.x);
  if (!shape) return undefined;
  const rank = shape.length - 2;
  const wanted =
    size?.kind === 'tuple' || size?.kind === 'list' ? size.items.map(asScalar) : Array.from({ length: rank }, () => asScalar(size));
  if (wanted.length !== rank || wanted.some((s) => s === undefined)) return undefined;
  return { kind: 'upsample', factor: wanted.map((s, i) => div(s as Dim, shape[i + 2] as Dim)), mode: kind, channelAxis: 1 };
};

const layerNorm: FunctionRow['run'] = (call) => {
  const sizes = call.bound.get('normalized_shape');
  const count = sizes?.kind === 'tuple' || sizes?.kind === 'list' ? sizes.items.length : 1;
  const rms = call.name === 'rms_norm';
  const axes = Array.from({ length: count }, (_, i) => i - count);
  return normWith(call, { kind: 'layerNorm', axes, eps: asNumber(call.bound.get('eps')) ?? 1e-5, rms });
};

/** x/‖x‖ over an axis of n is the RMS norm over √n. */
const normalize: FunctionRow['run'] = (call) => {
  const at = axis(call);
  const shape = shapeOf(call.x);
  const n = at === undefined ? undefined : shape?.[normalAxis(shape, at)];
  if (asNumber(call.bound.get('p')) !== 2 || at === undefined || n === undefined) return undefined;
  const norm = emit(
    call.interp,
    call.x.graph,
    { op: { kind: 'layerNorm', axes: [at], eps: 1e-12, rms: true }, inputs: [call.x], label: call.name },
    call.site,
  );
  const factor = isNumber(n) ? 1 / Math.sqrt(n) : div(1, scalarOp('sqrt', n));
  return emitWith(call, { kind: 'affine', factor, offset: 0 }, [tensorData(norm) as TensorData]);
};

const normWith = (call: Call, op: Op): Outcome => {
  const params = (
    [
      ['weight', 'gamma'],
      ['bias', 'beta'],
    ] as const
  ).flatMap(([name, role]) => {
    const data = tensorData(call.bound.get(name));
    const param = data?.storage ? asParam(data, name, role) : undefined;
    return param ? [param] : [];
  });
  return value(emit(call.interp, call.x.graph, { op, inputs: [call.x], params, label: call.name }, call.site));
};

const channels = (call: Call): Dim => shapeOf(call.x)?.[1] ?? symbol('channels?');

const attention: FunctionRow['run'] = (call) => {
  const inputs = ['key', 'value'].map((name) => tensorData(call.bound.get(name)));
  const shape = shapeOf(call.x);
  const features = shape?.at(-1) ?? symbol('features?');
  if (inputs.some((t) => t?.node == null)) return undefined;
  const causal = call.bound.get('is_causal')?.kind === 'bool' && (call.bound.get('is_causal') as { value: boolean }).value;
  return emitWith(
    call,
    { kind: 'attention', features, heads: 1, keyFeatures: features, valueFeatures: features, projections: false, causal },
    [call.x, ...(inputs as TensorData[])],
  );
};

const embedding: FunctionRow['run'] = (call) => {
  const weight = tensorData(call.bound.get('weight'));
  if (!weight?.storage || weight.shape?.length !== 2) return undefined;
  const [count, features] = weight.shape as [Dim, Dim];
  const param = asParam(weight, 'weight', 'embedding');
  return value(
    emit(
      call.interp,
      call.x.graph,
      { op: { kind: 'embedding', count, features }, inputs: [call.x], params: param ? [param] : [], label: call.name },
      call.site,
    ),
  );
};

const prelu: FunctionRow['run'] = (call) => {
  const weight = tensorData(call.bound.get('weight'));
  const param = weight && asParam(weight, 'weight', 'slope');
  return value(
    emit(
      call.interp,
      call.x.graph,
      { op: activationNamed('prelu'), inputs: [call.x], params: param ? [param] : [], label: call.name },
      call.site,
    ),
  );
};

const clamp: FunctionRow['run'] = (call) => {
  const [low, high] = [call.bound.get('min'), call.bound.get('max')];
  const [min, max] = [asNumber(low), asNumber(high)];
  if (min === 0 && (!high || high.kind === 'none')) return activationNamed('relu');
  if (min === 0 && max === 6) return activationNamed('relu6');
  if (min !== undefined && max !== undefined && min < max) return activationNamed('hardTanh', { min, max });
  return undefined;
};

const power: FunctionRow['run'] = (call) => {
  const exponent = asNumber(call.args.positional[1] ?? call.bound.get('exponent'));
  return exponent === 2 ? activationNamed('square') : exponent === 1 ? { kind: 'identity' } : undefined;
};

const expand: FunctionRow['run'] = (call) => {
  const shape = shapeOf(call.x);
  const sizes = listed(call, 'sizes').map((v) => asScalar(v));
  if (!shape || sizes.length < shape.length) return rearranged(call, null);
  const offset = sizes.length - shape.length;
  return rearranged(
    call,
    sizes.map((s, i) => (s === -1 || s === undefined ? (shape[i - offset] ?? symbol('size?')) : s)),
  );
};

const repeat: FunctionRow['run'] = (call) => {
  const shape = shapeOf(call.x);
  const times = listed(call, 'repeats').map((v) => asScalar(v));
  if (!shape || times.length < shape.length || times.some((t) => t === undefined)) return rearranged(call, null);
  const offset = times.length - shape.length;
  return rearranged(
    call,
    times.map((t, i) => mul(t as Dim, shape[i - offset] ?? 1)),
  );
};

const unflatten: FunctionRow['run'] = (call) => {
  const shape = shapeOf(call.x);
  const at = axis(call);
  const sizes = call.bound.get('sizes');
  if (!shape || at === undefined || (sizes?.kind !== 'tuple' && sizes?.kind !== 'list')) return rearranged(call, null);
  const i = normalAxis(shape, at);
  return {
    kind: 'reshape',
    shape: [...shape.slice(0, i), ...sizes.items.map((s) => dimOf(call.interp, s, 'size')), ...shape.slice(i + 1)],
  };
};

const pixelShuffle =
  (up: boolean): FunctionRow['run'] =>
  (call) => {
    const r = asScalar(call.bound.get('factor'));
    const shape = shapeOf(call.x);
    if (r === undefined || shape?.length !== 4) return rearranged(call, null);
    const [n, c, h, w] = shape as [Dim, Dim, Dim, Dim];
    const area = mul(r, r);
    return rearranged(call, up ? [n, div(c, area), mul(h, r), mul(w, r)] : [n, mul(c, area), div(h, r), div(w, r)]);
  };

const flatten: FunctionRow['run'] = (call) => {
  const [startAxis, endAxis] = [asNumber(call.bound.get('start_dim')), asNumber(call.bound.get('end_dim'))];
  return startAxis === undefined || endAxis === undefined ? undefined : { kind: 'flatten', startAxis, endAxis };
};

const CONV = 'input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1';
const CONV_TRANSPOSE = 'input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1';
const MAX_POOL = 'input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False';
const AVERAGE_POOL = 'input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None';
const ranks: readonly Rank[] = [1, 2, 3];

const perRank = (name: (rank: Rank) => string, make: (rank: Rank) => FunctionRow): Record<string, FunctionRow> =>
  Object.fromEntries(ranks.map((rank) => [name(rank), make(rank)]));

const rowsOf = (names: readonly string[], row: FunctionRow): Record<string, FunctionRow> => Object.fromEntries(names.map((n) => [n, row]));

export const FUNCTIONS: Readonly<Record<string, FunctionRow>> = {
  ...Object.fromEntries(
    ACTIVATION_ROWS.filter((row) => row.fn).map((row) => [
      row.fn as string,
      {
        signature: row.signature ? `input, ${row.signature}` : 'input',
        sameShape: true,
        run: (call: Call) => activationOp(row, call.bound),
      },
    ]),
  ),
  ...rowsOf(['softmax', '_softmax', 'softmin'], { signature: 'input, dim=None, _stacklevel=3, dtype=None', run: softmax(false) }),
  log_softmax: { signature: 'input, dim=None, _stacklevel=3, dtype=None', run: softmax(true) },
  glu: { signature: 'input, dim=-1', run: (call) => ({ kind: 'glu', activation: 'sigmoid', axis: axis(call) ?? -1 }) },
  prelu: { signature: 'input, weight', run: prelu },
  ...rowsOf(['clamp', 'clip', 'clamp_min', 'hardtanh_'], { signature: 'input, min=None, max=None', run: clamp, sameShape: true }),
  ...rowsOf(['dropout', 'dropout1d', 'dropout2d', 'dropout3d'], {
    signature: 'input, p=0.5, training=True, inplace=False',
    run: dropout(false),
  }),
  ...rowsOf(['alpha_dropout', 'feature_alpha_dropout'], { signature: 'input, p=0.5, training=False, inplace=False', run: dropout(true) }),
  linear: { signature: 'input, weight, bias=None', run: linear },
  ...perRank(
    (r) => `conv${r}d`,
    (r) => ({ signature: CONV, run: convolution(r, false) }),
  ),
  ...perRank(
    (r) => `conv_transpose${r}d`,
    (r) => ({ signature: CONV_TRANSPOSE, run: convolution(r, true) }),
  ),
  ...perRank(
    (r) => `max_pool${r}d`,
    (r) => ({ signature: MAX_POOL, run: pool(r, 'max') }),
  ),
  ...perRank(
    (r) => `avg_pool${r}d`,
    (r) => ({ signature: AVERAGE_POOL, run: pool(r, 'average') }),
  ),
  ...perRank(
    (r) => `adaptive_max_pool${r}d`,
    (r) => ({ signature: 'input, output_size, return_indices=False', run: adaptive(r, 'max') }),
  ),
  ...perRank(
    (r) => `adaptive_avg_pool${r}d`,
    (r) => ({ signature: 'input, output_size', run: adaptive(r, 'average') }),
  ),
  ...rowsOf(['interpolate', 'upsample'], {
    signature: "input, size=None, scale_factor=None, mode='nearest', align_corners=None, recompute_scale_factor=None, antialias=False",
    run: upsampleOp,
  }),
  pad: {
    signature: "input, pad, mode='constant', value=None",
    run: (call) => {
      const padding = padPairs(call.bound.get('pad'));
      return padding ? { kind: 'pad', padding } : undefined;
    },
  },
  normalize: { signature: 'input, p=2.0, dim=1, eps=1e-12', sameShape: true, run: normalize },
  layer_norm: { signature: 'input, normalized_shape, weight=None, bias=None, eps=1e-05', run: layerNorm, sameShape: true },
  rms_norm: { signature: 'input, normalized_shape, weight=None, eps=None', run: layerNorm, sameShape: true },
  group_norm: {
    signature: 'input, num_groups, weight=None, bias=None, eps=1e-05',
    sameShape: true,
    run: (call) =>
      normWith(call, {
        kind: 'groupNorm',
        groups: dimOf(call.interp, call.bound.get('num_groups'), 'groups'),
        features: channels(call),
        eps: 1e-5,
        channelAxis: 1,
      }),
  },
  batch_norm: {
    signature: 'input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-05',
    sameShape: true,
    run: (call) => normWith(call, { kind: 'batchNorm', features: channels(call), eps: 1e-5, channelAxis: 1 }),
  },
  instance_norm: {
    signature: 'input, running_mean=None, running_var=None, weight=None, bias=None',
    sameShape: true,
    run: (call) => normWith(call, { kind: 'instanceNorm', features: channels(call), eps: 1e-5, channelAxis: 1 }),
  },
  embedding: { signature: 'input, weight, padding_idx=None', run: embedding },
  scaled_dot_product_attention: {
    signature: 'query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False',
    run: attention,
  },
  flatten: { signature: 'input, start_dim=0, end_dim=-1', run: flatten },
  ravel: { signature: 'input', run: () => ({ kind: 'flatten', startAxis: 0, endAxis: -1 }) },
  ...rowsOf(['view', 'reshape'], { signature: 'input, *shape', run: reshape }),
  ...rowsOf(['view_as', 'reshape_as'], {
    signature: 'input, other',
    run: (call) => {
      const other = tensorData(call.bound.get('other'));
      const shape = other && shapeOf(other);
      return shape ? { kind: 'reshape', shape } : undefined;
    },
  }),
  unflatten: { signature: 'input, dim, sizes', run: unflatten },
  permute: { signature: 'input, *dims', run: permute },
  ...rowsOf(['transpose', 'swapaxes', 'swapdims'], { signature: 'input, dim0, dim1', run: transpose }),
  ...rowsOf(['t', 'adjoint'], { signature: 'input', run: matrixTranspose }),
  squeeze: { signature: 'input, dim', run: squeeze },
  unsqueeze: { signature: 'input, dim', run: unsqueeze },
  ...rowsOf(['mean', 'nanmean'], { signature: 'input, dim=None, keepdim=False', run: reduceBy('mean') }),
  sum: { signature: 'input, dim=None, keepdim=False', run: reduceBy('sum') },
  amax: { signature: 'input, dim=None, keepdim=False', run: reduceBy('max') },
  max: { signature: 'input, dim=None, keepdim=False', run: maxOf },
  chunk: { signature: 'input, chunks, dim=0', run: chunk },
  ...rowsOf(['split', 'split_with_sizes'], { signature: 'input, split_size_or_sections, dim=0', run: split }),
  unbind: { signature: 'input, dim=0', run: unbind },
  ...rowsOf(['cat', 'concat', 'concatenate'], { signature: 'tensors, dim=0', run: concat }),
  stack: { signature: 'tensors, dim=0', run: stack },
  ...rowsOf(['matmul', 'bmm', 'mm'], { signature: 'input, other', run: binary('@') }),
  add: { signature: 'input, other, alpha=1', run: binary('+') },
  ...rowsOf(['sub', 'subtract'], { signature: 'input, other, alpha=1', run: binary('-') }),
  ...rowsOf(['mul', 'multiply'], { signature: 'input, other', run: binary('*') }),
  ...rowsOf(['div', 'divide', 'true_divide'], { signature: 'input, other, rounding_mode=None', run: binary('/') }),
  pow: { signature: 'input, exponent', run: power, sameShape: true },
  neg: { signature: 'input', run: () => ({ kind: 'affine', factor: -1, offset: 0 }) },
  ...rowsOf(['maximum', 'fmax'], {
    signature: 'input, other',
    run: (call) => {
      const other = tensorData(call.bound.get('other'));
      return other?.node != null ? emitWith(call, { kind: 'maximum' }, [call.x, other]) : undefined;
    },
  }),
  ...rowsOf(['expand', 'broadcast_to'], { signature: 'input, *sizes', run: expand }),
  ...rowsOf(['repeat', 'tile'], { signature: 'input, *repeats', run: repeat }),
  ...rowsOf(['roll', 'flip', 'fliplr', 'flipud'], { signature: 'input, *shifts', run: (call) => rearranged(call, shapeOf(call.x)) }),
  ...rowsOf(['pixel_shuffle'], { signature: 'input, factor', run: pixelShuffle(true) }),
  ...rowsOf(['pixel_unshuffle'], { signature: 'input, factor', run: pixelShuffle(false) }),
  channel_shuffle: { signature: 'input, groups', run: (call) => rearranged(call, shapeOf(call.x)) },
  ...rowsOf(
    [
      ...[
        'contiguous',
        'clone',
        'detach',
        'to',
        'float',
        'half',
        'double',
        'bfloat16',
        'type',
        'type_as',
        'cuda',
        'cpu',
        'requires_grad_',
        'detach_',
      ],
      ...[
        'identity',
        'retain_grad',
        'data_ptr',
        'pin_memory',
        'nan_to_num',
        'as_subclass',
        'dequantize',
        'expand_as',
        'coalesce',
        'share_memory_',
      ],
    ],
    { signature: 'input, *args, **kwargs', run: identity },
  ),
  ...rowsOf(
    [
      ...[
        'sqrt',
        'rsqrt',
        'log',
        'log1p',
        'log2',
        'reciprocal',
        'floor',
        'ceil',
        'round',
        'cumsum',
        'masked_fill',
        'where',
        'acos',
        'asin',
      ],
      ...[
        'sinh',
        'cosh',
        'tan',
        'sort',
        'triu',
        'tril',
        'relu_grad',
        'long',
        'int',
        'bool',
        'logical_not',
        'gumbel_softmax',
        'lerp',
        'addcmul',
        'addcdiv',
        'masked_scatter',
      ],
    ],
    { signature: 'input, *args, **kwargs', run: () => undefined, sameShape: true },
  ),
  ...rowsOf(
    [
      ...[
        'einsum',
        'gather',
        'index_select',
        'topk',
        'argmax',
        'argmin',
        'norm',
        'std',
        'var',
        'min',
        'prod',
        'logsumexp',
        'any',
        'all',
        'median',
        'unfold',
        'fold',
      ],
      ...[
        'grid_sample',
        'affine_grid',
        'one_hot',
        'cdist',
        'cosine_similarity',
        'pairwise_distance',
        'scatter',
        'scatter_add',
        'index_add',
        'outer',
        'cross',
        'diag',
      ],
      ...[
        'diagonal',
        'movedim',
        'moveaxis',
        'take',
        'masked_select',
        'nonzero',
        'bincount',
        'baddbmm',
        'addmm',
        'tensordot',
        'repeat_interleave',
        'histc',
        'var_mean',
      ],
      ...[
        'fft',
        'lp_pool2d',
        'bilinear',
        'embedding_bag',
        'ctc_loss',
        'multi_head_attention_forward',
        'meshgrid',
        'kron',
        'narrow',
        'select',
        'new_tensor',
        'unique',
      ],
    ],
    { signature: 'input, *args, **kwargs', run: () => undefined },
  ),
};

/** Only move values about: where their arguments are not known the moments stay, the shape does not. */
const REARRANGES = new Set([
  'view',
  'reshape',
  'view_as',
  'reshape_as',
  'permute',
  'transpose',
  'swapaxes',
  'flatten',
  'unflatten',
  'movedim',
  'moveaxis',
  'squeeze',
  'unsqueeze',
  'narrow',
  'unfold',
]);

/** Runs a row on an activation; what it cannot make sense of stays in the graph as an opaque node. */
export const applyRow = (name: string, row: FunctionRow, args: Args, site: CallSite, interp: Interpreter): Value => {
  const first = args.positional[0] ?? [...args.keywords.values()][0];
  const inputs = activationsIn(first);
  const x = inputs[0] ?? activationsIn(tuple([...args.positional, ...args.keywords.values()]))[0];
  if (!x) return unknown(`${name} of data that is not known`, site.span);
  const call: Call = { interp, site, name, x, bound: bind(row.signature, args), args };
  const direct = tensorData(first)?.node != null || first?.kind === 'list' || first?.kind === 'tuple';
  const outcome = direct || name === 'mul' || name === 'add' ? row.run(call) : undefined;
  if (outcome === undefined && direct && REARRANGES.has(name))
    return emit(interp, x.graph, { op: { kind: 'identity' }, inputs: [x], label: name, shape: null }, site);
  if (outcome === undefined)
    return opaque(
      call,
      `${name} with arguments that are not known`,
      row.sameShape ? broadcast(activationsIn(tuple([...args.positional])).map(shapeOf)) : null,
    );
  if (outcome.kind === 'value') return outcome.value;
  return emit(interp, x.graph, { op: outcome, inputs: [x], label: name }, site);
};

export const sizeOf = (shape: Shape | null, value_: Value | undefined): Value => {
  if (!shape) return unknown('the shape is not known');
  const at = asNumber(value_);
  if (at === undefined) return tuple(shape.map((d) => ({ kind: 'number', value: d, float: false })));
  const size = shape[normalAxis(shape, at)];
  return size === undefined ? unknown('no such axis') : { kind: 'number', value: size, float: false };
};

export { activation, NONE };
