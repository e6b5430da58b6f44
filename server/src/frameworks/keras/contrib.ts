/**
 * TensorFlow 1's `tf.contrib.layers` and `slim`: layers as functions with argument names and defaults of their own (a ReLU after every
 * layer, Glorot weights), and `arg_scope`, which gives defaults to all calls inside.
 */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, asScalar, asString, type Bound, bind, native, nativeClass } from '../../interpreter/native.ts';
import type { Args, CallSite, NativeFunction, Value } from '../../interpreter/values.ts';
import { bool, float, args as makeArgs, NONE, str, unknown } from '../../interpreter/values.ts';
import { scalarOp } from '../../network/scalar.ts';
import { tensorData } from '../shared/tensor.ts';
import { applyActivation } from './apply.ts';
import { TENSOR_FUNCTIONS } from './functions.ts';
import { INITIALIZER_CLASSES } from './initializerClasses.ts';
import { LAYER_CLASSES } from './layerClasses.ts';
import { inputOf } from './layerFunctions.ts';
import { noteMade } from './scripts.ts';
import { kerasState } from './state.ts';

const WEIGHTS =
  "activation_fn='relu', normalizer_fn=None, normalizer_params=None, weights_initializer='glorot_uniform', weights_regularizer=None, biases_initializer='zeros', **kwargs";

interface Row {
  readonly names: readonly string[];
  /** After the inputs. */
  readonly signature: string;
  readonly layer: string;
  /** Arguments of the Keras layer by those of this one. */
  readonly takes: Readonly<Record<string, string>>;
  readonly fixed?: Readonly<Record<string, Value>>;
  readonly weighted?: boolean;
}

const ROWS: readonly Row[] = [
  {
    names: ['fully_connected', 'linear', 'relu'],
    signature: `num_outputs, ${WEIGHTS}`,
    layer: 'Dense',
    takes: { num_outputs: 'units' },
    weighted: true,
  },
  {
    names: ['conv2d', 'convolution2d', 'convolution', 'conv'],
    signature: `num_outputs, kernel_size, stride=1, padding='SAME', data_format=None, rate=1, ${WEIGHTS}`,
    layer: 'Conv2D',
    takes: { num_outputs: 'filters', kernel_size: 'kernel_size', stride: 'strides', padding: 'padding', rate: 'dilation_rate' },
    weighted: true,
  },
  {
    names: ['conv2d_transpose', 'convolution2d_transpose'],
    signature: `num_outputs, kernel_size, stride=1, padding='SAME', data_format=None, ${WEIGHTS}`,
    layer: 'Conv2DTranspose',
    takes: { num_outputs: 'filters', kernel_size: 'kernel_size', stride: 'strides', padding: 'padding' },
    weighted: true,
  },
  {
    names: ['max_pool2d'],
    signature: "kernel_size, stride=2, padding='VALID', **kwargs",
    layer: 'MaxPooling2D',
    takes: { kernel_size: 'pool_size', stride: 'strides', padding: 'padding' },
  },
  {
    names: ['avg_pool2d'],
    signature: "kernel_size, stride=2, padding='VALID', **kwargs",
    layer: 'AveragePooling2D',
    takes: { kernel_size: 'pool_size', stride: 'strides', padding: 'padding' },
  },
  {
    names: ['batch_norm'],
    signature: 'decay=0.999, center=True, scale=False, epsilon=0.001, activation_fn=None, **kwargs',
    layer: 'BatchNormalization',
    takes: { center: 'center', scale: 'scale', epsilon: 'epsilon' },
  },
  {
    names: ['layer_norm'],
    signature: 'center=True, scale=True, activation_fn=None, **kwargs',
    layer: 'LayerNormalization',
    takes: { center: 'center', scale: 'scale' },
    fixed: { epsilon: float(1e-12) },
  },
  { names: ['flatten'], signature: '**kwargs', layer: 'Flatten', takes: {} },
];

// ── arg_scope ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Scope {
  readonly functions: readonly Value[];
  readonly keywords: ReadonlyMap<string, Value>;
}

const SCOPES = Symbol('arg_scope');

const scopesOf = (interp: Interpreter): { stack: readonly Scope[] } => interp.state(SCOPES, () => ({ stack: [] }));

const setScopes = (stack: readonly Scope[], interp: Interpreter): void => {
  const scopes = scopesOf(interp);
  const before = scopes.stack;
  interp.mutate(
    () => {
      scopes.stack = stack;
    },
    () => {
      scopes.stack = before;
    },
  );
};

/** `with slim.arg_scope([slim.conv2d, …], activation_fn=…):` */
const ARG_SCOPE = nativeClass('tensorflow.contrib.framework.arg_scope', [], {
  __init__: (args) => {
    const [self, functions] = args.positional;
    if (self?.kind !== 'instance') return NONE;
    // `arg_scope(other_scope)` starts from one that was kept.
    const kept = functions?.kind === 'instance' ? (functions.data as readonly Scope[] | undefined) : undefined;
    const items = functions?.kind === 'list' || functions?.kind === 'tuple' ? functions.items : [];
    self.data = kept ?? [{ functions: items, keywords: args.keywords } satisfies Scope];
    return NONE;
  },
  __enter__: (args, _site, interp) => {
    const [self] = args.positional;
    if (self?.kind !== 'instance') return NONE;
    const { stack } = scopesOf(interp);
    const inside = [...stack, ...((self.data as readonly Scope[] | undefined) ?? [])];
    setScopes(inside, interp);
    // `with arg_scope(…) as scope: return scope` keeps all of them.
    const scope = interp.newInstance(ARG_SCOPE, inside, null);
    interp.storeAttr(self, 'outside', interp.newInstance(ARG_SCOPE, stack, null));
    return scope;
  },
  __exit__: (args, _site, interp) => {
    const [self] = args.positional;
    const outside = self?.kind === 'instance' ? self.attrs.get('outside') : undefined;
    if (outside?.kind === 'instance') setScopes(outside.data as readonly Scope[], interp);
    return NONE;
  },
});

const withScopes = (fn: NativeFunction, args: Args, interp: Interpreter): Args => {
  const keywords = new Map<string, Value>();
  for (const scope of scopesOf(interp).stack)
    if (scope.functions.includes(fn)) for (const [name, value] of scope.keywords) keywords.set(name, value);
  return { ...args, keywords: new Map([...keywords, ...args.keywords]) };
};

// ── layers ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const ARGUMENT_NAMES: Readonly<Record<string, string>> = {
  weights_initializer: 'kernel_initializer',
  biases_initializer: 'bias_initializer',
};

const siteFor = (site: CallSite): CallSite => {
  const spans = new Map(site.argSpans);
  for (const [old, name] of Object.entries(ARGUMENT_NAMES)) {
    const span = site.argSpans.get(old);
    if (span) spans.set(name, span);
  }
  return { ...site, argSpans: spans };
};

const layerKeywords = (row: Row, bound: Bound, given: Args): Map<string, Value> => {
  const keywords = new Map<string, Value>(Object.entries(row.fixed ?? {}));
  for (const [old, name] of Object.entries(row.takes)) {
    const value = bound.get(old);
    if (value) keywords.set(name, value);
  }
  if (row.weighted) {
    for (const [old, name] of Object.entries(ARGUMENT_NAMES)) {
      const value = bound.has(old) ? bound.get(old) : undefined;
      if (value && value.kind !== 'none') keywords.set(name, value);
    }
    const normalizer = bound.get('normalizer_fn');
    const biases = bound.get('biases_initializer');
    // A norm brings a shift of its own; `biases_initializer=None` leaves the bias out.
    keywords.set('use_bias', bool((!normalizer || normalizer.kind === 'none') && biases?.kind !== 'none'));
  }
  const scope = given.keywords.get('scope');
  if (scope?.kind === 'string') keywords.set('name', scope);
  return keywords;
};

const contribFunction = (row: Row, name: string): NativeFunction => {
  const fn: NativeFunction = native(name, (given, site, interp) => {
    kerasState(interp).usesGraphs = true;
    const args = withScopes(fn, given, interp);
    const inputs = args.positional[0] ?? args.keywords.get('inputs');
    const cls = LAYER_CLASSES.get(row.layer);
    if (!inputs || !cls) return unknown(`${name} without inputs`, site.span);
    const rest: Args = { ...args, positional: args.positional.slice(1) };
    const bound = bind(row.signature, rest);
    const layer = interp.instantiate(cls, { positional: [], keywords: layerKeywords(row, bound, args), open: args.open }, siteFor(site));
    noteMade(layer, interp);
    let out = interp.call(layer, makeArgs([inputOf(inputs, site, interp)]), site);
    const normalizer = bound.get('normalizer_fn');
    if (normalizer && normalizer.kind !== 'none') {
      const params = bound.get('normalizer_params');
      const keywords = new Map<string, Value>();
      if (params?.kind === 'dict')
        for (const { key, value } of params.entries.values()) if (key.kind === 'string') keywords.set(key.value, value);
      out = interp.call(normalizer, { positional: [out], keywords, open: false }, site);
    }
    const after = bound.get('activation_fn');
    if (!after || after.kind === 'none' || !tensorData(out) || name === 'linear') return out;
    return applyActivation(after, out, site, interp) ?? out;
  });
  return fn;
};

/** `slim.repeat(x, 3, slim.conv2d, 64, [3, 3])` */
const repeat = native('repeat', (args, site, interp) => {
  const [inputs, times, layer, ...rest] = args.positional;
  const count = asNumber(times);
  if (!inputs || !layer || count === undefined || count > 64) return unknown('repeat', site.span);
  const keywords = new Map([...args.keywords].filter(([name]) => name !== 'scope'));
  let x = inputs;
  for (let i = 0; i < count; i++) x = interp.call(layer, { positional: [x, ...rest], keywords, open: args.open }, site);
  return x;
});

/** `slim.stack(x, slim.fully_connected, [32, 64], scope='fc')` */
const stack = native('stack', (args, site, interp) => {
  const [inputs, layer, each] = args.positional;
  // `tf.stack` of the same name takes a list first.
  const items = each ? interp.iterate(each) : undefined;
  if (!inputs || !layer || !items) return unknown('stack', site.span);
  const keywords = new Map([...args.keywords].filter(([name]) => name !== 'scope'));
  let x = inputs;
  for (const item of items) {
    const own = item.kind === 'list' || item.kind === 'tuple' ? item.items : [item];
    x = interp.call(layer, { positional: [x, ...own], keywords, open: false }, site);
  }
  return x;
});

const dropout = native('dropout', (args, site, interp) => {
  const bound = bind('inputs, keep_prob=0.5, **kwargs', args);
  const keep = asScalar(bound.get('keep_prob'));
  const fn = TENSOR_FUNCTIONS.get('dropout');
  const inputs = bound.get('inputs');
  if (!fn || !inputs) return unknown('dropout', site.span);
  const keywords = new Map<string, Value>(keep === undefined ? [] : [['rate', float(scalarOp('-', 1, keep))]]);
  return interp.call(fn, { positional: [inputs], keywords, open: false }, site);
});

// ── initializers ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const made = (name: string, keywords: Readonly<Record<string, Value>>, site: CallSite, interp: Interpreter): Value => {
  const cls = INITIALIZER_CLASSES.get(name);
  return cls ? interp.instantiate(cls, makeArgs([], keywords), site) : unknown(name);
};

const xavier = native('xavier_initializer', (args, site, interp) => {
  const uniform = bind('uniform=True, seed=None, **kwargs', args).get('uniform');
  if (uniform?.kind !== 'bool') return unknown('an argument of the initializer is not known', site.span);
  return made(uniform.value ? 'GlorotUniform' : 'GlorotNormal', {}, site, interp);
});

/** He by default; the normal law is cut and, but for three parts in a thousand, corrected. */
const varianceScaling = native('variance_scaling_initializer', (args, site, interp) => {
  const bound = bind("factor=2.0, mode='FAN_IN', uniform=False, seed=None, **kwargs", args);
  const [factor, mode, uniform] = [bound.get('factor'), asString(bound.get('mode')), bound.get('uniform')];
  if (!factor || mode === undefined || uniform?.kind !== 'bool') return unknown('an argument of the initializer is not known', site.span);
  const distribution = str(uniform.value ? 'uniform' : 'truncated_normal');
  return made('VarianceScaling', { scale: factor, mode: str(mode.toLowerCase()), distribution }, site, interp);
});

const regularizer = native('regularizer', () => NONE);

export const CONTRIB: ReadonlyMap<string, Value> = new Map<string, Value>([
  ...ROWS.flatMap((row) => row.names.map((name): [string, Value] => [name, contribFunction(row, name)])),
  ['repeat', repeat],
  ['stack', stack],
  ['dropout', dropout],
  ['arg_scope', ARG_SCOPE],
  ['xavier_initializer', xavier],
  ['xavier_initializer_conv2d', xavier],
  ['variance_scaling_initializer', varianceScaling],
  ['l1_regularizer', regularizer],
  ['l2_regularizer', regularizer],
  ['l1_l2_regularizer', regularizer],
  ['softmax', TENSOR_FUNCTIONS.get('softmax') ?? NONE],
]);

/** Functions whose calls no fix can be written into with Keras's argument names. */
export const CONTRIB_LAYERS: ReadonlySet<string> = new Set(ROWS.filter((row) => row.weighted).flatMap((row) => row.names));
