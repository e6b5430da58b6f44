/** numpy's functions on arrays, by name; methods of arrays are the same functions. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, asScalar, bind, native } from '../../interpreter/native.ts';
import { standardModule } from '../../interpreter/stdlib/index.ts';
import type { Args, CallSite, NativeCall, NativeFunction, Value } from '../../interpreter/values.ts';
import { args as makeArgs, NONE, tuple, unknown } from '../../interpreter/values.ts';
import { activationRow } from '../../knowledge/activations.ts';
import type { Distribution } from '../../network/distribution.ts';
import { erf } from '../../network/normal.ts';
import { add, BATCH, type Dim, isNumber, product as productOf, type Shape } from '../../network/scalar.ts';
import { affineOf } from '../shared/arithmetic.ts';
import { type GraphParam, spansOf } from '../shared/graph.ts';
import { activationsIn } from '../shared/opaque.ts';
import { rootStorage } from '../shared/storage.ts';
import { derived, type TensorData, tensorData } from '../shared/tensor.ts';
import { arithmetic } from './arithmetic.ts';
import { CREATION, sizesFrom, toArray } from './creation.ts';
import { asArray, atNode, chosen, type Elementwise, isElementwise, mapped, type Operator, Reduction } from './elementwise.ts';
import { emitOnce } from './once.ts';
import { asElementwise, product, visibleShape } from './product.ts';
import { type Point, recognise } from './recognise.ts';
import { arrayOf, drawn, gradient, isByHand, isGradient, itemsOf, NAMES, numpyState, storedIn } from './state.ts';

const first = (args: Args): Value => args.positional[0] ?? args.keywords.get('x') ?? args.keywords.get('a') ?? NONE;

/** A function that gives a gradient where it is given one. */
const onArrays = (name: string, call: NativeCall): NativeFunction =>
  native(
    name,
    (args, site, interp) => {
      const given = [...args.positional, ...args.keywords.values()];
      if (given.some((v) => isGradient(v) || ((v.kind === 'tuple' || v.kind === 'list') && v.items.some(isGradient))))
        return gradient(interp);
      return call(args, site, interp);
    },
    'static',
  );

/** The same on plain numbers. */
const onNumbers = (name: string, args: Args, site: CallSite, interp: Interpreter): Value => {
  const fn = standardModule('numpy')?.get(name) ?? standardModule('math')?.get(name);
  const number = asScalar(args.positional[0]);
  return fn && number !== undefined && args.positional[0]?.kind !== 'unknown'
    ? interp.call(fn, args, site)
    : unknown(`${name} of data`, site.span);
};

const opaque = (interp: Interpreter, args: Args, label: string, site: CallSite, shape: Shape | null = null): Value => {
  const all = activationsIn(tuple([...args.positional, ...args.keywords.values()])).filter((t) => asElementwise(interp, t, site));
  const graph = all[0]?.graph;
  if (!graph) return unknown(label, site.span);
  const inputs = all.filter((t) => t.graph === graph);
  const op = { kind: 'opaque' as const, what: label, reason: `${label} is not followed here` };
  const params = isByHand(interp, graph) ? [] : [...args.positional, ...args.keywords.values()].flatMap(parameterIn);
  const node = emitOnce(graph, { op, inputs, params, label, shape, ...spansOf(site) });
  return asArray(interp, atNode(graph, node, null, site), site);
};

/** A layer's parameter in what is not followed is still part of it. */
const parameterIn = (value: Value): readonly GraphParam[] => {
  const storage = storedIn(value)?.storage;
  return storage && rootStorage(storage).isParameter ? [{ storage, name: 'weight', role: storage.role ?? 'other' }] : [];
};

// ── one number to one number ───────────────────────────────────────────────────────────────────────────────────────────────

const UNARY: Readonly<Record<string, Point>> = {
  exp: Math.exp,
  expm1: Math.expm1,
  exp2: (x) => 2 ** x,
  log: Math.log,
  log1p: Math.log1p,
  log2: Math.log2,
  log10: Math.log10,
  tanh: Math.tanh,
  sinh: Math.sinh,
  cosh: Math.cosh,
  sin: Math.sin,
  cos: Math.cos,
  arctan: Math.atan,
  sqrt: Math.sqrt,
  square: (x) => x * x,
  abs: Math.abs,
  absolute: Math.abs,
  fabs: Math.abs,
  sign: Math.sign,
  negative: (x) => -x,
  reciprocal: (x) => 1 / x,
  expit: (x) => 1 / (1 + Math.exp(-x)),
  erf,
  log_expit: (x) => -Math.log1p(Math.exp(-x)),
  heaviside: (x) => (x > 0 ? 1 : 0),
  softplus: (x) => Math.log1p(Math.exp(x)),
};

/** A function of draws: only a sign or a constant keeps a closed form. */
const ofDraws = (interp: Interpreter, name: string, f: Point, x: TensorData, site: CallSite): Value => {
  const distribution = x.storage?.init.distribution as Distribution;
  if (name === 'negative') return derived(interp, x, affineOf(distribution, -1), x.shape, site);
  const constant = distribution.kind === 'constant' && isNumber(distribution.value) ? f(distribution.value) : undefined;
  const after: Distribution =
    constant !== undefined && Number.isFinite(constant)
      ? { kind: 'constant', value: constant }
      : distribution.kind === 'data'
        ? { kind: 'data', what: name }
        : { kind: 'unknown', reason: `${name} of draws` };
  return derived(interp, x, after, x.shape, site);
};

/** The logarithm of an output is a loss, and the output stands; that of 1 + eˣ is part of a softplus. */
const named = (x: Elementwise, site: CallSite): Elementwise => {
  const known = x.isBase || x.shifted ? undefined : recognise(x.f);
  return known?.name && activationRow(known.name)?.saturating ? atNode(x.graph, x.node, x.flipped, site) : x;
};

export const unary = (name: string, f: Point): NativeFunction =>
  onArrays(name, (args, site, interp) => {
    const value = first(args);
    const x = asElementwise(interp, tensorData(value), site);
    if (x) return asArray(interp, mapped(name.startsWith('log') ? named(x, site) : x, name, f, site), site);
    const stored = storedIn(value);
    if (!stored) return onNumbers(name, args, site, interp);
    const items = itemsOf(value);
    return items ? unknown(`${name} of given values`, site.span) : ofDraws(interp, name, f, stored, site);
  });

// ── two arrays ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const BINARY: Readonly<Record<string, Operator>> = {
  add: '+',
  subtract: '-',
  multiply: '*',
  divide: '/',
  true_divide: '/',
  power: '**',
  maximum: 'max',
  fmax: 'max',
  minimum: 'min',
  fmin: 'min',
  greater: '>',
  greater_equal: '>',
  less: '<',
  less_equal: '<',
};

const isArray = (value: Value | undefined): boolean => tensorData(value) !== undefined || isGradient(value);

const binary = (name: string, op: Operator): NativeFunction =>
  onArrays(name, (args, site, interp) => {
    const [a, b] = [first(args), args.positional[1] ?? NONE];
    if (isArray(a) || isArray(b)) return arithmetic(interp, op, a, b, site);
    const numbers = [a, b].every((v) => asScalar(v) !== undefined && v.kind !== 'unknown');
    if (!numbers) return unknown(`${name} of data`, site.span);
    return ['+', '-', '*', '/', '**'].includes(op) ? interp.binary(op, a, b, site.span) : onNumbers(name, args, site, interp);
  });

const products = (name: string): NativeFunction =>
  onArrays(name, (args, site, interp) => product(interp, first(args), args.positional[1] ?? args.keywords.get('b') ?? NONE, name, site));

/** `'ij,jk->ik'` is a product of matrices. */
const einsum: NativeCall = (args, site, interp) => {
  const [spec, a, b] = args.positional;
  const text = spec?.kind === 'string' ? spec.value.replaceAll(' ', '') : '';
  const [, i, j, k, l, out] = /^(\w)(\w),(\w)(\w)->(\w\w)$/.exec(text) ?? [];
  if (a && b && j !== undefined && j === k && out === `${i}${l}`) return product(interp, a, b, 'einsum', site);
  return opaque(interp, { ...args, positional: args.positional.slice(1) }, 'einsum', site);
};

// ── reductions, choices ────────────────────────────────────────────────────────────────────────────────────────────────────

const reduction = (name: string, reduce: 'sum' | 'mean' | 'max'): NativeFunction =>
  onArrays(name, (args, site, interp) => {
    const bound = bind('a, axis=None, *rest, keepdims=False, **kwargs', args);
    const x = asElementwise(interp, tensorData(first(args)), site);
    if (x) {
      const byHand = isByHand(interp, x.graph);
      const axis = bound.get('axis');
      // By hand it does not matter which axes are left: the signal is what counts.
      if (!byHand && asNumber(axis) === undefined) return opaque(interp, args, name, site);
      const kept = bound.get('keepdims');
      const keepAxes = byHand || (kept?.kind === 'bool' && kept.value);
      return asArray(interp, new Reduction(x, reduce, asNumber(axis) ?? null, keepAxes, site), site);
    }
    const stored = storedIn(first(args));
    const items = itemsOf(first(args));
    if (items && reduce === 'sum')
      return items.reduce((a, b) => interp.binary('+', a, b, site.span), { kind: 'number', value: 0, float: false } as Value);
    return unknown(stored ? `the ${name} of an array` : `${name} of data`, site.span);
  });

const where: NativeCall = (args, site, interp) => {
  const [test, yes, no] = args.positional;
  const condition = asElementwise(interp, tensorData(test), site);
  if (!condition || !yes || !no) return opaque(interp, args, 'where', site);
  const side = (value: Value): Elementwise | number | undefined => {
    const x = asElementwise(interp, tensorData(value), site);
    return x ? (x.base === condition.base ? x : undefined) : asNumber(value);
  };
  const [a, b] = [side(yes), side(no)];
  if (a === undefined || b === undefined) return opaque(interp, args, 'where', site);
  return asArray(interp, chosen(condition, a, b, site), site);
};

const clip: NativeCall = (args, site, interp) => {
  const bound = bind('a, a_min=None, a_max=None, **kwargs', args);
  const x = asElementwise(interp, tensorData(first(args)), site);
  const bounds = ['a_min', 'a_max'].map((name) => {
    const value = bound.get(name) ?? args.keywords.get(name.slice(2));
    return value?.kind === 'none' ? null : asNumber(value);
  });
  if (!x || bounds.some((b) => b === undefined)) return storedIn(first(args)) ? first(args) : opaque(interp, args, 'clip', site);
  const [low, high] = bounds as [number | null, number | null];
  return asArray(
    interp,
    mapped(x, 'clip', (v) => Math.min(high ?? Number.POSITIVE_INFINITY, Math.max(low ?? Number.NEGATIVE_INFINITY, v)), site),
    site,
  );
};

/** What moves axes asks a layer's tensor itself: there batch and features are not all that there is. */
const ofShape = (name: string, call: NativeCall): NativeFunction =>
  onArrays(name, (args, site, interp) => {
    const value = first(args);
    const x = tensorData(value);
    if (!x || x.node === null || !x.graph.ofTheano) return call(args, site, interp);
    const rest = args.positional[0] === value ? { ...args, positional: args.positional.slice(1) } : args;
    return interp.findAttr(value, name)?.kind === 'bound'
      ? (interp.callMethod(value, name, rest, site) ?? opaque(interp, args, name, site))
      : opaque(interp, args, name, site);
  });

// ── shapes ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const transpose: NativeCall = (args, site, interp) => {
  const value = first(args);
  const data = tensorData(value);
  if (!data) return value.kind === 'unknown' ? value : unknown('a transposed value', site.span);
  if (data instanceof Reduction) return value;
  const x = asElementwise(interp, data, site);
  if (x) return asArray(interp, x.turned(), site);
  // A tensor of another framework that nothing is known of.
  if (!data.storage) return unknown('a transposed value', site.span);
  const shape = data.shape && [...data.shape].reverse();
  // A view of what has a name or is a parameter already; else the array as it will be named.
  return data.storage.isParameter || data.storage.of || NAMES.has(data.storage)
    ? arrayOf(interp, { ...data, shape }, site)
    : derived(interp, data, turned(data.storage.init.distribution), shape, site);
};

const turned = (d: Distribution): Distribution =>
  d.kind === 'orthogonal' || d.kind === 'identity' ? { ...d, rows: d.columns, columns: d.rows } : d;

const reshape: NativeCall = (args, site, interp) => {
  const value = first(args);
  const data = tensorData(value);
  if (!data) return value.kind === 'unknown' ? value : unknown('a reshaped value', site.span);
  if (data instanceof Reduction) return value;
  const given =
    args.positional.length === 2
      ? args.positional[1]
      : args.positional.length > 2
        ? tuple(args.positional.slice(1))
        : args.keywords.get('newshape');
  const sizes = sizesFrom(interp, given) ?? null;
  const x = asElementwise(interp, data, site);
  if (x) return reshaped(interp, x, sizes, value, site);
  if (!data.storage) return value;
  const total = data.shape && productOf(data.shape);
  const known = sizes && productOf(sizes.filter((s): s is Dim => s !== null && s !== -1));
  const shape =
    sizes?.map((s) => (s === -1 ? (total !== null && known !== null && isNumber(total) && isNumber(known) ? total / known : null) : s)) ??
    null;
  return derived(interp, data, data.storage.init.distribution, shape as Shape | null, site);
};

/** An activation keeps its node where only a vector is stood up. */
const reshaped = (interp: Interpreter, x: Elementwise, sizes: readonly (Dim | null)[] | null, value: Value, site: CallSite): Value => {
  const { graph } = x;
  const shape = graph.nodes[x.base]?.shape;
  if (!sizes || sizes.length <= 1 || (shape?.length ?? 2) <= 2)
    return sizes && sizes.length <= 2 ? value : opaque(interp, makeArgs([value]), 'reshape', site);
  const target = sizes.map((s, i) => (i === 0 ? BATCH : (s ?? -1)));
  const node = emitOnce(graph, { op: { kind: 'reshape', shape: target }, inputs: [x], label: 'reshape', ...spansOf(site) });
  return asArray(interp, atNode(graph, node, x.flipped, site), site);
};

const flat: NativeCall = (args, site, interp) => {
  const value = first(args);
  const data = tensorData(value);
  const x = asElementwise(interp, data, site);
  if (x && asNumber(args.positional[1] ?? args.keywords.get('outdim') ?? args.keywords.get('ndim')) === 2) {
    const node = emitOnce(x.graph, { op: { kind: 'flatten', startAxis: 1, endAxis: -1 }, inputs: [x], label: 'flatten', ...spansOf(site) });
    return asArray(interp, atNode(x.graph, node, false, site), site);
  }
  if (x || !data?.storage) return value;
  return derived(interp, data, data.storage.init.distribution, data.shape && [productOf(data.shape)], site);
};

const unchanged: NativeCall = (args) => first(args);

/** Arrays joined along an axis: a column of ones beside the data, weights and biases in one matrix. */
const joined =
  (name: string, fixedAxis: number | null): NativeCall =>
  (args, site, interp) => {
    const list = args.positional[0];
    const parts = list?.kind === 'tuple' || list?.kind === 'list' ? list.items : [];
    const axis = fixedAxis ?? asNumber(args.positional[1] ?? args.keywords.get('axis')) ?? 0;
    return join(interp, name, parts, axis, site);
  };

const join = (interp: Interpreter, name: string, parts: readonly Value[], axis: number, site: CallSite): Value => {
  const active = parts.map((p) => asElementwise(interp, tensorData(p), site));
  const stored = parts.map(storedIn);
  const x = active.find((p) => p !== undefined);
  if (x) {
    const { graph } = x;
    const shape = graph.nodes[x.base]?.shape;
    const feature = shape?.length === 2 && axis === (x.flipped ? 0 : 1);
    const layers = !isByHand(interp, graph) && active.every((p) => p?.graph === graph);
    const inputs = parts.map((_, i) => active[i] ?? constantInput(interp, stored[i], site));
    if (layers) {
      const node = emitOnce(graph, { op: { kind: 'concat', axis }, inputs: active as Elementwise[], label: name, ...spansOf(site) });
      return asArray(interp, atNode(graph, node, x.flipped, site), site);
    }
    if (!feature || inputs.some((i) => i === undefined)) return opaque(interp, makeArgs(parts), name, site);
    const node = emitOnce(graph, { op: { kind: 'concat', axis: -1 }, inputs: inputs as Elementwise[], label: name, ...spansOf(site) });
    return asArray(interp, atNode(graph, node, x.flipped, site), site);
  }
  const known = stored.filter((s) => s !== undefined);
  if (known.length !== parts.length || known.length === 0) return unknown(`${name} of data`, site.span);
  const along = (s: TensorData): Dim | undefined => s.shape?.at(axis);
  const sizes = known.map(along);
  const total = sizes.every((s) => s !== undefined) ? (sizes as Dim[]).reduce<Dim>(add, 0) : undefined;
  const base = known[0] as TensorData;
  const shape =
    total === undefined
      ? null
      : (base.shape?.map((s, i) => (i === (axis < 0 ? axis + (base.shape?.length ?? 0) : axis) ? total : s)) ?? null);
  const kinds = new Set(known.map((s) => JSON.stringify(s.storage.init.distribution)));
  const blocks = (sizes as Dim[]).map((size, i) => ({
    share: isNumber(size) && isNumber(total) ? size / total : null,
    distribution: known[i]?.storage.init.distribution as Distribution,
  }));
  const distribution: Distribution =
    kinds.size === 1
      ? (base.storage?.init.distribution as Distribution)
      : known.some((s) => s.storage.init.distribution.kind === 'data')
        ? { kind: 'data', what: name }
        : blocks.every((b) => b.share !== null)
          ? { kind: 'blocks', blocks: blocks as { share: number; distribution: Distribution }[] }
          : { kind: 'unknown', reason: 'parts of unknown sizes' };
  return drawn(interp, { shape, distribution, name: base.storage?.init.name ?? name }, site);
};

/** Ones beside an activation: the input that a bias is a weight of. */
const constantInput = (interp: Interpreter, stored: TensorData | undefined, site: CallSite): Elementwise | undefined => {
  if (!stored) return undefined;
  const { graph } = numpyState(interp);
  const size = stored.shape?.find((s) => s === 1) ?? 1;
  const node = emitOnce(graph, {
    op: { kind: 'input', integer: false },
    inputs: [],
    label: 'input',
    path: 'ones',
    shape: [BATCH, size],
    ...spansOf(site),
  });
  return atNode(graph, node, null, site);
};

const hstack: NativeCall = (args, site, interp) => {
  const list = args.positional[0];
  const [one] = list?.kind === 'tuple' || list?.kind === 'list' ? list.items : [];
  const rank = storedIn(one)?.shape?.length;
  return joined('hstack', rank === 1 ? 0 : 1)(args, site, interp);
};

const append: NativeCall = (args, site, interp) => {
  const axis = asNumber(args.positional[2] ?? args.keywords.get('axis'));
  return axis === undefined ? unknown('append', site.span) : join(interp, 'append', args.positional.slice(0, 2), axis, site);
};

const FUNCTION_TABLE: ReadonlyMap<string, Value> = new Map<string, Value>([
  ...Object.entries(CREATION),
  ...Object.entries(UNARY).map(([name, f]): [string, Value] => [name, unary(name, f)]),
  ...Object.entries(BINARY).map(([name, op]): [string, Value] => [name, binary(name, op)]),
  ...['dot', 'matmul', 'inner'].map((name): [string, Value] => [name, products(name)]),
  ['einsum', onArrays('einsum', einsum)],
  ['outer', onArrays('outer', (args, site, interp) => opaque(interp, args, 'outer', site))],
  ...(
    [
      ['sum', 'sum'],
      ['nansum', 'sum'],
      ['mean', 'mean'],
      ['average', 'mean'],
      ['max', 'max'],
      ['amax', 'max'],
    ] as const
  ).map(([name, reduce]): [string, Value] => [name, reduction(name, reduce)]),
  ['where', onArrays('where', where)],
  ['clip', onArrays('clip', clip)],
  ['transpose', ofShape('transpose', transpose)],
  ['reshape', ofShape('reshape', reshape)],
  ...['ravel', 'flatten'].map((name): [string, Value] => [name, ofShape(name, flat)]),
  ...['squeeze', 'expand_dims', 'atleast_2d'].map((name): [string, Value] => [name, ofShape(name, unchanged)]),
  ...['copy', 'nan_to_num', 'ascontiguousarray', 'cast', 'real', 'float_'].map((name): [string, Value] => [
    name,
    onArrays(name, unchanged),
  ]),
  ['concatenate', onArrays('concatenate', joined('concatenate', null))],
  ['hstack', onArrays('hstack', hstack)],
  ['column_stack', onArrays('column_stack', joined('column_stack', 1))],
  ['vstack', onArrays('vstack', joined('vstack', 0))],
  ['append', onArrays('append', append)],
]);

export const FUNCTIONS: ReadonlyMap<string, Value> = FUNCTION_TABLE;
export { isElementwise, onArrays, opaque, toArray, transpose, visibleShape };
