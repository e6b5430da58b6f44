/** Theano, and the packages that carried it on: shared arrays, symbolic inputs, and functions of them that are numpy's. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, asScalar, asString, bind, native, nativeClass } from '../../interpreter/native.ts';
import type { Args, CallSite, NativeCall, Value } from '../../interpreter/values.ts';
import { list, args as makeArgs, NONE, str, tuple, unknown } from '../../interpreter/values.ts';
import { type Distribution, unknownDistribution } from '../../network/distribution.ts';
import type { Padding } from '../../network/op.ts';
import { BATCH, type Dim, type Scalar, symbol } from '../../network/scalar.ts';
import { bernoulli } from '../shared/arithmetic.ts';
import { emitInput, spansOf } from '../shared/graph.ts';
import { activationsIn } from '../shared/opaque.ts';
import { tensorData } from '../shared/tensor.ts';
import { arithmetic } from './arithmetic.ts';
import { sizesFrom } from './creation.ts';
import { asArray, atNode, type Elementwise, mapped } from './elementwise.ts';
import { FUNCTIONS, onArrays, opaque, unary } from './functions.ts';
import { emitOnce } from './once.ts';
import { asElementwise, recordProduct, useAsParameter } from './product.ts';
import type { Point } from './recognise.ts';
import { softmax } from './softmax.ts';
import { drawn, gradient, NAMES, numpyState, storedIn } from './state.ts';

export const THEANO_LIKE: ReadonlySet<string> = new Set(['theano', 'pytensor', 'aesara']);

// ── shared arrays and symbolic inputs ──────────────────────────────────────────────────────────────────────────────────────

const shared: NativeCall = (args, site, interp) => {
  const bound = bind('value, name=None, strict=False, allow_downcast=None, **kwargs', args);
  const value = bound.get('value') ?? NONE;
  const stored = storedIn(value);
  const name = asString(bound.get('name'));
  if (stored && name !== undefined) NAMES.set(stored.storage, { name, member: true });
  if (stored) return value;
  const number = asScalar(value);
  if (number === undefined || value.kind === 'unknown') return value;
  return drawn(interp, { shape: [], distribution: { kind: 'constant', value: number }, name: 'theano.shared' }, site);
};

/** `T.matrix('x')`: what the program is given when it runs. */
const symbolic = (kind: string): Value =>
  native(
    kind,
    (args, site) => {
      const name = asString(args.positional[0] ?? args.keywords.get('name'));
      return { ...unknown(`a ${kind} given at run time`, site.span), symbol: name ?? kind };
    },
    'static',
  );

const KINDS = ['scalar', 'vector', 'matrix', 'row', 'col', 'tensor3', 'tensor4', 'tensor5'].flatMap((kind) =>
  ['', 'b', 'w', 'i', 'l', 'f', 'd', 'c', 'z'].map((type) => `${type}${kind}`),
);

// ── functions ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** An activation with a slope: `relu(x, alpha=0)`. */
const sloped = (name: string, fallback: number, f: (a: number) => Point): Value =>
  onArrays(name, (args, site, interp) => {
    const bound = bind(`x, alpha=${fallback}`, args);
    const x = asElementwise(interp, tensorData(bound.get('x')), site);
    const alpha = asNumber(bound.get('alpha'));
    if (!x || alpha === undefined) return opaque(interp, args, name, site);
    return asArray(interp, mapped(x, name, f(alpha), site), site);
  });

/** What a loss gives, and what is derived from one, leads back to the weights. */
const loss = (name: string): Value =>
  native(
    name,
    (args, _, interp) => {
      for (const value of args.positional) void tensorData(value)?.node;
      return gradient(interp);
    },
    'static',
  );

const grad: NativeCall = (args, _, interp) => {
  const wrt = args.positional[1] ?? args.keywords.get('wrt');
  const items = wrt && wrt.kind !== 'instance' ? interp.iterate(wrt) : undefined;
  return items ? list(items.map(() => gradient(interp))) : gradient(interp);
};

const pass: NativeCall = (args) => args.positional[0] ?? args.keywords.get('x') ?? args.keywords.get('var') ?? NONE;

/** `theano.scan`: one step of the recurrence, whose state goes in as it starts. */
const scan: NativeCall = (args, site, interp) => {
  const bound = bind('fn, sequences=None, outputs_info=None, non_sequences=None, n_steps=None, **kwargs', args);
  const listed = (name: string): readonly Value[] => {
    const value = bound.get(name);
    if (!value || value.kind === 'none') return [];
    return value.kind === 'list' || value.kind === 'tuple' ? value.items : [value];
  };
  const start = (value: Value): Value => (value.kind === 'dict' ? (value.entries.get('sinitial')?.value ?? NONE) : value);
  const given = [
    ...listed('sequences').map(start),
    ...listed('outputs_info')
      .filter((v) => v.kind !== 'none')
      .map(start),
    ...listed('non_sequences'),
  ];
  // A layer's shapes tell steps from samples, and one step would not.
  const layered = activationsIn(list([...given])).some((t) => t.graph.ofTheano);
  if (layered) return tuple([opaque(interp, makeArgs(given), 'scan', site), unknown('updates', site.span)]);
  const fn = bound.get('fn');
  const result = fn ? interp.call(fn, makeArgs(given), site) : unknown('scan', site.span);
  return tuple([result, unknown('updates', site.span)]);
};

// ── convolution ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const pair = (value: Value | undefined): readonly Dim[] | undefined => {
  const items = value?.kind === 'tuple' || value?.kind === 'list' ? value.items.map(asScalar) : undefined;
  const [a, b] = items ?? [asScalar(value), asScalar(value)];
  return a === undefined || b === undefined ? undefined : [a, b];
};

const paddingOf = (mode: Value | undefined, kernel: readonly Dim[]): Padding | undefined => {
  const half = (k: Dim): Dim => (typeof k === 'number' ? Math.floor(k / 2) : k);
  const less = (k: Dim): Dim => (typeof k === 'number' ? k - 1 : k);
  const text = asString(mode);
  if (!mode || mode.kind === 'none' || text === 'valid') return 'valid';
  if (text === 'half' || text === 'same') return kernel.map((k) => [half(k), half(k)] as const);
  if (text === 'full') return kernel.map((k) => [less(k), less(k)] as const);
  return pair(mode)?.map((p) => [p, p] as const);
};

/** What is convolved: an activation, or an input with as many channels as the kernel takes. */
const imageOf = (interp: Interpreter, value: Value | undefined, channels: Dim, site: CallSite): Elementwise | undefined => {
  const known = asElementwise(interp, tensorData(value), site);
  if (known || !value || (value.kind !== 'unknown' && !storedIn(value))) return known;
  const { graph, sources } = numpyState(interp);
  const kept = sources.get(value);
  if (kept) return kept;
  const shape = [BATCH, channels, symbol('height'), symbol('width')];
  const made = atNode(graph, emitInput(graph, 'input', shape, false, site.span), false, site);
  sources.set(value, made);
  return made;
};

const conv2d: NativeCall = (args, site, interp) => {
  const bound = bind(
    "input, filters, input_shape=None, filter_shape=None, border_mode='valid', subsample=(1, 1), filter_flip=True, **kwargs",
    args,
  );
  const weight = storedIn(bound.get('filters') ?? args.keywords.get('kerns') ?? args.keywords.get('filter'));
  const [outChannels, inChannels, ...kernel] = weight?.shape ?? [];
  const x = inChannels === undefined ? undefined : imageOf(interp, bound.get('input') ?? args.keywords.get('img'), inChannels, site);
  const padding = paddingOf(bound.get('border_mode'), kernel);
  const stride = bound.has('subsample') ? pair(bound.get('subsample')) : [1, 1];
  if (!weight || !x || outChannels === undefined || inChannels === undefined || kernel.length !== 2 || !padding || !stride)
    return opaque(interp, args, 'conv2d', site);
  useAsParameter(weight.storage, interp);
  const { graph } = x;
  recordProduct(interp, graph, weight.storage, site);
  const node = emitOnce(graph, {
    op: { kind: 'conv', inChannels, outChannels, groups: 1, rank: 2, kernel, stride, padding, dilation: [1, 1], channelAxis: 1 },
    inputs: [x],
    params: [{ storage: weight.storage, name: 'weight', role: 'weight' }],
    label: 'conv2d',
    ...spansOf(site),
  });
  return asArray(interp, atNode(graph, node, false, site), site);
};

const pool2d =
  (fixed: 'max' | null): NativeCall =>
  (args, site, interp) => {
    const bound = bind("input, ws=None, ignore_border=None, stride=None, pad=(0, 0), mode='max', ds=None, st=None, **kwargs", args);
    const x = asElementwise(interp, tensorData(bound.get('input')), site);
    const given = (name: string): Value | undefined => (bound.has(name) ? bound.get(name) : undefined);
    const kernel = pair(given('ws') ?? given('ds'));
    const stride = pair(given('stride') ?? given('st')) ?? kernel;
    if (!x || !kernel || !stride) return opaque(interp, args, 'pool_2d', site);
    const mode = fixed ?? asString(bound.get('mode')) ?? 'max';
    const { graph } = x;
    const node = emitOnce(graph, {
      op: {
        kind: 'pool',
        reduce: mode === 'max' ? 'max' : 'average',
        ceil: false,
        rank: 2,
        kernel,
        stride,
        padding: 'valid',
        dilation: [1, 1],
        channelAxis: 1,
      },
      inputs: [x],
      label: 'pool_2d',
      ...spansOf(site),
    });
    return asArray(interp, atNode(graph, node, false, site), site);
  };

// ── random streams ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const stream = (
  name: string,
  signature: string,
  distribution: (get: (name: string) => Scalar | undefined) => Distribution | undefined,
): [string, NativeCall] => [
  name,
  (args: Args, site: CallSite, interp: Interpreter): Value => {
    const bound = bind(signature, args, 1);
    const law = distribution((key) => asScalar(bound.get(key))) ?? unknownDistribution('an argument that is not known');
    return drawn(interp, { shape: sizesFrom(interp, bound.get('size')) ?? null, distribution: law, name: `RandomStreams.${name}` }, site);
  },
];

const STREAMS = nativeClass('theano.RandomStreams', [], {
  __init__: () => NONE,
  ...Object.fromEntries([
    stream('binomial', 'size=None, n=1, p=0.5, **kwargs', (get) => {
      const keep = get('p');
      return get('n') === 1 && keep !== undefined ? bernoulli(keep) : undefined;
    }),
    stream('normal', 'size=None, avg=0.0, std=1.0, **kwargs', (get) => {
      const [mean, std] = [get('avg'), get('std')];
      return mean !== undefined && std !== undefined ? { kind: 'normal', mean, std } : undefined;
    }),
    stream('uniform', 'size=None, low=0.0, high=1.0, **kwargs', (get) => {
      const [low, high] = [get('low'), get('high')];
      return low !== undefined && high !== undefined ? { kind: 'uniform', low, high } : undefined;
    }),
  ]),
});

// ── names ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const ELU =
  (a: number): Point =>
  (x) =>
    x > 0 ? x : a * Math.expm1(x);
const RELU =
  (a: number): Point =>
  (x) =>
    x > 0 ? x : a * x;

const NNET: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['sigmoid', unary('sigmoid', (x) => 1 / (1 + Math.exp(-x)))],
  ['ultra_fast_sigmoid', unary('ultra_fast_sigmoid', (x) => 1 / (1 + Math.exp(-x)))],
  // Theano's own: slope 0.2, shift 0.5.
  ['hard_sigmoid', unary('hard_sigmoid', (x) => Math.min(1, Math.max(0, 0.2 * x + 0.5)))],
  ['softplus', unary('softplus', (x) => Math.log1p(Math.exp(x)))],
  ['softsign', unary('softsign', (x) => x / (1 + Math.abs(x)))],
  ['relu', sloped('relu', 0, RELU)],
  ['elu', sloped('elu', 1, ELU)],
  ['selu', unary('selu', (x) => 1.0507009873554805 * ELU(1.6732632423543772)(x))],
  ['softmax', softmax],
  ['conv2d', native('conv2d', conv2d, 'static')],
  ...['categorical_crossentropy', 'binary_crossentropy', 'crossentropy_categorical_1hot'].map((name): [string, Value] => [
    name,
    loss(name),
  ]),
]);

const TENSOR: ReadonlyMap<string, Value> = new Map<string, Value>([
  ...FUNCTIONS,
  ...KINDS.map((kind): [string, Value] => [kind, symbolic(kind)]),
  ['TensorType', native('TensorType', () => symbolic('tensor'), 'static')],
  ['as_tensor_variable', native('as_tensor_variable', pass, 'static')],
  ['cast', native('cast', pass, 'static')],
  ['tensordot', native('tensordot', (args, site, interp) => opaque(interp, args, 'tensordot', site), 'static')],
  ['sqr', unary('sqr', (x) => x * x)],
  ['abs_', unary('abs_', Math.abs)],
  ['neg', unary('negative', (x) => -x)],
  ['inv', unary('inv', (x) => 1 / x)],
  ['sgn', unary('sgn', Math.sign)],
  ['switch', FUNCTIONS.get('where') ?? NONE],
  ...(
    [
      ['gt', '>'],
      ['ge', '>'],
      ['lt', '<'],
      ['le', '<'],
      ['mul', '*'],
      ['sub', '-'],
      ['true_div', '/'],
      ['pow', '**'],
    ] as const
  ).map(([name, op]): [string, Value] => [
    name,
    native(name, (args, site, interp) => arithmetic(interp, op, args.positional[0] ?? NONE, args.positional[1] ?? NONE, site), 'static'),
  ]),
  ['grad', native('grad', grad, 'static')],
]);

const TOP: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['shared', native('shared', shared, 'static')],
  ['grad', native('grad', grad, 'static')],
  ['function', native('function', (_, site) => unknown('what a compiled function gives', site.span), 'static')],
  ['scan', native('scan', scan, 'static')],
  ...['In', 'Out', 'Param'].map((name): [string, Value] => [name, native(name, pass, 'static')]),
]);

const POOL: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['pool_2d', native('pool_2d', pool2d(null), 'static')],
  ['max_pool_2d', native('max_pool_2d', pool2d('max'), 'static')],
]);

const MODULES = new Set([
  'tensor',
  'tensor.nnet',
  'tensor.nnet.nnet',
  'tensor.nnet.conv',
  'tensor.signal',
  'tensor.signal.pool',
  'tensor.signal.downsample',
  'tensor.shared_randomstreams',
  'tensor.random',
  'sandbox',
  'sandbox.rng_mrg',
  'sandbox.cuda',
  'config',
  'compile',
  'gradient',
]);

/** A name below theano: 'tensor.nnet.sigmoid'. */
export const theanoName = (path: string): Value | 'module' | undefined => {
  if (MODULES.has(path)) return 'module';
  const dot = path.lastIndexOf('.');
  const [namespace, name] = [path.slice(0, Math.max(0, dot)), path.slice(dot + 1)];
  switch (namespace) {
    case '':
      return TOP.get(name);
    case 'config':
      return name === 'floatX' ? str('float32') : unknown('a setting');
    case 'tensor':
      return TENSOR.get(name);
    case 'tensor.nnet':
    case 'tensor.nnet.nnet':
    case 'tensor.nnet.conv':
      return NNET.get(name);
    case 'tensor.signal.pool':
    case 'tensor.signal.downsample':
      return POOL.get(name);
    case 'tensor.shared_randomstreams':
    case 'sandbox.rng_mrg':
    case 'tensor.random':
      return name === 'RandomStreams' || name === 'MRG_RandomStreams' ? STREAMS : undefined;
    default:
      return undefined;
  }
};
