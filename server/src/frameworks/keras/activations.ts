/**
 * Keras's activation functions by name: `activation='relu'`, `keras.activations.relu`, `tf.nn.relu`, `keras.ops.relu`. One row per
 * function; the rows of knowledge/activations have the mathematics.
 */
import { asScalar, type Bound, bind } from '../../interpreter/native.ts';
import { NO_ARGS, type Value } from '../../interpreter/values.ts';
import type { ActivationArgs, Op } from '../../network/op.ts';

export interface ActivationFunction {
  readonly name: string;
  /** After the tensor. */
  readonly signature: string;
  readonly op: (args: Bound) => Op;
}

const activation = (name: string, args: ActivationArgs = {}): Op => ({ kind: 'activation', name, args, channelAxis: -1 });

/** `names` maps the function's own argument names to those of the row. */
const row = (name: string, rowName: string, signature = '', names: Readonly<Record<string, string>> = {}): ActivationFunction => ({
  name,
  signature,
  op: (args) => {
    const values: Record<string, NonNullable<ReturnType<typeof asScalar>>> = {};
    for (const [given, own] of Object.entries(names)) {
      const value = asScalar(args.get(given));
      if (value === undefined) return { kind: 'opaque', what: name, reason: `its ${given} is not known` };
      values[own] = value;
    }
    return activation(rowName, values);
  },
});

const opaque = (name: string): ActivationFunction => ({
  name,
  signature: '*args, **kwargs',
  op: () => ({ kind: 'opaque', what: name, reason: `${name} is not followed` }),
});

/** relu(x, negative_slope, max_value, threshold): the plain rows where they apply, the general one where not. */
export const reluOp = (slope: Value | undefined, maximum: Value | undefined, threshold: Value | undefined): Op => {
  const negativeSlope = asScalar(slope) ?? 0;
  const bound = asScalar(threshold) ?? 0;
  const maxValue = maximum === undefined || maximum.kind === 'none' ? undefined : asScalar(maximum);
  if ([slope, threshold, maximum].some((v) => v !== undefined && v.kind === 'unknown' && asScalar(v) === undefined))
    return { kind: 'opaque', what: 'relu', reason: 'an argument is not known' };
  if (bound === 0 && maxValue === undefined) return negativeSlope === 0 ? activation('relu') : activation('leakyRelu', { negativeSlope });
  if (bound === 0 && maxValue === 6 && negativeSlope === 0) return activation('relu6');
  return activation('clippedRelu', { negativeSlope, threshold: bound, ...(maxValue === undefined ? {} : { maxValue }) });
};

export const softmaxOp = (args: Bound, log: boolean): Op => {
  const axis = asScalar(args.get('axis'));
  return { kind: 'softmax', axis: typeof axis === 'number' ? axis : -1, log };
};

const FUNCTIONS: readonly ActivationFunction[] = [
  {
    name: 'relu',
    signature: 'negative_slope=0.0, max_value=None, threshold=0.0',
    op: (args) => reluOp(args.extra.get('alpha') ?? args.get('negative_slope'), args.get('max_value'), args.get('threshold')),
  },
  row('relu6', 'relu6'),
  // keras.activations and keras.ops: .2; tf.nn.leaky_relu has its own row of functions.
  {
    name: 'leaky_relu',
    signature: 'negative_slope=0.2, name=None',
    op: (args) => {
      const slope = asScalar(args.extra.get('alpha') ?? args.get('negative_slope'));
      return slope === undefined
        ? { kind: 'opaque', what: 'leaky_relu', reason: 'its slope is not known' }
        : activation('leakyRelu', { negativeSlope: slope });
    },
  },
  row('elu', 'elu', 'alpha=1.0', { alpha: 'alpha' }),
  row('celu', 'celu', 'alpha=1.0', { alpha: 'alpha' }),
  row('selu', 'selu'),
  {
    name: 'gelu',
    signature: 'approximate=False',
    op: (args) => {
      const approximate = args.get('approximate');
      return activation(approximate?.kind === 'bool' && approximate.value ? 'geluTanh' : 'gelu');
    },
  },
  row('silu', 'silu'),
  row('swish', 'silu'),
  row('hard_silu', 'hardSwish'),
  row('hard_swish', 'hardSwish'),
  row('mish', 'mish'),
  row('softplus', 'softplus'),
  row('softsign', 'softsign'),
  row('squareplus', 'squareplus', 'b=4', { b: 'b' }),
  row('sparse_plus', 'sparsePlus'),
  row('sparse_sigmoid', 'sparseSigmoid'),
  row('sigmoid', 'sigmoid'),
  row('hard_sigmoid', 'hardSigmoid'),
  row('log_sigmoid', 'logSigmoid'),
  row('tanh', 'tanh'),
  row('hard_tanh', 'hardTanh'),
  row('tanh_shrink', 'tanhshrink'),
  row('hard_shrink', 'hardshrink', 'threshold=0.5', { threshold: 'lambda' }),
  row('soft_shrink', 'softshrink', 'threshold=0.5', { threshold: 'lambda' }),
  row('threshold', 'threshold', 'threshold, default_value', { threshold: 'threshold', default_value: 'value' }),
  row('exponential', 'exp'),
  { name: 'linear', signature: '', op: () => ({ kind: 'identity' }) },
  { name: 'softmax', signature: 'axis=-1', op: (args) => softmaxOp(args, false) },
  { name: 'log_softmax', signature: 'axis=-1', op: (args) => softmaxOp(args, true) },
  {
    name: 'glu',
    signature: 'axis=-1',
    op: (args) => {
      const axis = asScalar(args.get('axis'));
      return { kind: 'glu', activation: 'sigmoid', axis: typeof axis === 'number' ? axis : -1 };
    },
  },
  opaque('sparsemax'),
];

export const ACTIVATION_FUNCTIONS: ReadonlyMap<string, ActivationFunction> = new Map(FUNCTIONS.map((f) => [f.name, f]));

/** Elementwise functions of `tf`, `tf.math` and `keras.ops` that are activations by another name. */
const ELEMENTWISE: readonly ActivationFunction[] = [
  row('sin', 'sin'),
  row('cos', 'cos'),
  row('exp', 'exp'),
  row('erf', 'erf'),
  row('abs', 'abs'),
  row('absolute', 'abs'),
  row('square', 'square'),
  row('sign', 'sign'),
];

export const ELEMENTWISE_FUNCTIONS: ReadonlyMap<string, ActivationFunction> = new Map(ELEMENTWISE.map((f) => [f.name, f]));

/** Op of an activation given as a string with its default arguments; undefined where Keras knows no such name. */
export const activationOfString = (name: string): Op | undefined => {
  const fn = ACTIVATION_FUNCTIONS.get(name) ?? (/[A-Z]/.test(name) ? undefined : ACTIVATION_FUNCTIONS.get(name.toLowerCase()));
  return fn?.op(bind(fn.signature, NO_ARGS));
};

/** Row name of an activation inside a recurrent cell; undefined where it is no plain row. */
export const activationName = (value: Value | undefined): string | undefined => {
  if (!value || value.kind === 'none') return 'linear';
  const name = value.kind === 'string' ? value.value : value.kind === 'native' ? value.name : undefined;
  const op = name === undefined ? undefined : activationOfString(name);
  if (op?.kind === 'identity') return 'linear';
  return op?.kind === 'activation' ? op.name : undefined;
};
