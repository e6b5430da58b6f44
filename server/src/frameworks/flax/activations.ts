/**
 * Activation functions as JAX names them: `jax.nn.relu`, `nn.relu`, `nnx.relu`, `jnp.tanh`. One row per function; the rows of
 * knowledge/activations have the mathematics.
 */
import { asNumber, asScalar, type Bound } from '../../interpreter/native.ts';
import type { Value } from '../../interpreter/values.ts';
import type { ActivationArgs, Op } from '../../network/op.ts';
import type { Scalar } from '../../network/scalar.ts';

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
    const values: Record<string, Scalar> = {};
    for (const [given, own] of Object.entries(names)) {
      const value = asScalar(args.get(given));
      if (value === undefined) return { kind: 'opaque', what: name, reason: `its ${given} is not known` };
      values[own] = value;
    }
    return activation(rowName, values);
  },
});

const softmax = (name: string, log: boolean): ActivationFunction => ({
  name,
  signature: 'axis=-1, where=None, initial=None',
  op: (args) => ({ kind: 'softmax', axis: asNumber(args.get('axis')) ?? -1, log }),
});

const gelu: ActivationFunction = {
  name: 'gelu',
  signature: 'approximate=True',
  op: (args) => {
    const approximate = args.get('approximate');
    if (approximate?.kind !== 'bool') return { kind: 'opaque', what: 'gelu', reason: 'its formula is not known' };
    return activation(approximate.value ? 'geluTanh' : 'gelu');
  },
};

/** jax.nn, and with it flax.linen and flax.nnx. */
const NN: readonly ActivationFunction[] = [
  row('relu', 'relu'),
  row('relu6', 'relu6'),
  row('leaky_relu', 'leakyRelu', 'negative_slope=0.01', { negative_slope: 'negativeSlope' }),
  row('elu', 'elu', 'alpha=1.0', { alpha: 'alpha' }),
  row('celu', 'celu', 'alpha=1.0', { alpha: 'alpha' }),
  row('selu', 'selu'),
  gelu,
  row('silu', 'silu'),
  row('swish', 'silu'),
  row('hard_silu', 'hardSwish'),
  row('hard_swish', 'hardSwish'),
  row('mish', 'mish'),
  row('sigmoid', 'sigmoid'),
  row('hard_sigmoid', 'hardSigmoid'),
  row('log_sigmoid', 'logSigmoid'),
  row('tanh', 'tanh'),
  row('hard_tanh', 'hardTanh'),
  row('softplus', 'softplus'),
  row('soft_sign', 'softsign'),
  row('squareplus', 'squareplus', 'b=4', { b: 'b' }),
  row('sparse_plus', 'sparsePlus'),
  row('sparse_sigmoid', 'sparseSigmoid'),
  { name: 'identity', signature: '', op: () => ({ kind: 'identity' }) },
  softmax('softmax', false),
  softmax('log_softmax', true),
  {
    name: 'glu',
    signature: 'axis=-1',
    op: (args) => ({ kind: 'glu', activation: 'sigmoid', axis: asNumber(args.get('axis')) ?? -1 }),
  },
  {
    name: 'standardize',
    signature: 'axis=-1, mean=None, variance=None, epsilon=1e-05, where=None',
    op: (args) => {
      const axis = asNumber(args.get('axis'));
      return axis === undefined
        ? { kind: 'opaque', what: 'standardize', reason: 'its axes are not known' }
        : { kind: 'layerNorm', axes: [axis], eps: asNumber(args.get('epsilon')) ?? 1e-5, rms: false };
    },
  },
];

/** Elementwise functions of jax.numpy and jax.lax that are activations. */
const NUMPY: readonly ActivationFunction[] = [
  row('tanh', 'tanh'),
  row('sin', 'sin'),
  row('cos', 'cos'),
  row('exp', 'exp'),
  row('erf', 'erf'),
  row('abs', 'abs'),
  row('absolute', 'abs'),
  row('square', 'square'),
  row('sign', 'sign'),
  row('logistic', 'sigmoid'),
];

export const NN_ACTIVATIONS: ReadonlyMap<string, ActivationFunction> = new Map(NN.map((f) => [f.name, f]));
export const NUMPY_ACTIVATIONS: ReadonlyMap<string, ActivationFunction> = new Map(NUMPY.map((f) => [f.name, f]));

/** Row name of an activation inside a recurrent cell; undefined where it is no plain row. */
export const activationNameOf = (value: Value | undefined): string | undefined => {
  if (value?.kind !== 'native') return undefined;
  const fn = NN_ACTIVATIONS.get(value.name) ?? NUMPY_ACTIVATIONS.get(value.name);
  const op = fn?.op({ get: () => undefined, has: () => false, key: () => undefined, rest: [], extra: new Map() });
  if (op?.kind === 'identity') return 'linear';
  return op?.kind === 'activation' ? op.name : undefined;
};
