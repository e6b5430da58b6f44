/** Activations: one row each, from torch's module, function and method names to a row of knowledge/activations. */
import { asScalar, asString, type Bound } from '../../interpreter/native.ts';
import type { ActivationArgs, Op } from '../../network/op.ts';
import type { Scalar } from '../../network/scalar.ts';

export interface ActivationRow {
  /** `nn.…`; null where torch has no module. */
  readonly module: string | null;
  /** Function, `torch.…`, `F.…` and method name. */
  readonly fn: string | null;
  /** Arguments after the input. */
  readonly signature: string;
  /** Row of knowledge/activations. */
  readonly row: string;
  /** Knowledge's argument name → torch's. */
  readonly args?: Readonly<Record<string, string>>;
}

export const ACTIVATION_ROWS: readonly ActivationRow[] = [
  { module: 'ReLU', fn: 'relu', signature: 'inplace=False', row: 'relu' },
  { module: 'ReLU6', fn: 'relu6', signature: 'inplace=False', row: 'relu6' },
  {
    module: 'LeakyReLU',
    fn: 'leaky_relu',
    signature: 'negative_slope=0.01, inplace=False',
    row: 'leakyRelu',
    args: { negativeSlope: 'negative_slope' },
  },
  {
    module: 'RReLU',
    fn: 'rrelu',
    signature: 'lower=0.125, upper=0.3333333333333333, inplace=False',
    row: 'rrelu',
    args: { lower: 'lower', upper: 'upper' },
  },
  { module: 'ELU', fn: 'elu', signature: 'alpha=1.0, inplace=False', row: 'elu', args: { alpha: 'alpha' } },
  { module: 'CELU', fn: 'celu', signature: 'alpha=1.0, inplace=False', row: 'celu', args: { alpha: 'alpha' } },
  { module: 'SELU', fn: 'selu', signature: 'inplace=False', row: 'selu' },
  { module: 'GELU', fn: 'gelu', signature: "approximate='none'", row: 'gelu' },
  { module: 'Sigmoid', fn: 'sigmoid', signature: '', row: 'sigmoid' },
  { module: null, fn: 'expit', signature: '', row: 'sigmoid' },
  { module: 'Tanh', fn: 'tanh', signature: '', row: 'tanh' },
  { module: 'SiLU', fn: 'silu', signature: 'inplace=False', row: 'silu' },
  { module: 'Mish', fn: 'mish', signature: 'inplace=False', row: 'mish' },
  { module: 'Softplus', fn: 'softplus', signature: 'beta=1.0, threshold=20.0', row: 'softplus', args: { beta: 'beta' } },
  { module: 'Softsign', fn: 'softsign', signature: '', row: 'softsign' },
  {
    module: 'Hardtanh',
    fn: 'hardtanh',
    signature: 'min_val=-1.0, max_val=1.0, inplace=False',
    row: 'hardTanh',
    args: { min: 'min_val', max: 'max_val' },
  },
  { module: 'Hardswish', fn: 'hardswish', signature: 'inplace=False', row: 'hardSwish' },
  { module: 'Hardsigmoid', fn: 'hardsigmoid', signature: 'inplace=False', row: 'hardSigmoid' },
  { module: 'LogSigmoid', fn: 'logsigmoid', signature: '', row: 'logSigmoid' },
  { module: 'Tanhshrink', fn: 'tanhshrink', signature: '', row: 'tanhshrink' },
  { module: 'Hardshrink', fn: 'hardshrink', signature: 'lambd=0.5', row: 'hardshrink', args: { lambda: 'lambd' } },
  { module: 'Softshrink', fn: 'softshrink', signature: 'lambd=0.5', row: 'softshrink', args: { lambda: 'lambd' } },
  {
    module: 'Threshold',
    fn: 'threshold',
    signature: 'threshold, value, inplace=False',
    row: 'threshold',
    args: { threshold: 'threshold', value: 'value' },
  },
  { module: null, fn: 'sin', signature: '', row: 'sin' },
  { module: null, fn: 'cos', signature: '', row: 'cos' },
  { module: null, fn: 'exp', signature: '', row: 'exp' },
  { module: null, fn: 'erf', signature: '', row: 'erf' },
  { module: null, fn: 'abs', signature: '', row: 'abs' },
  { module: null, fn: 'square', signature: '', row: 'square' },
  { module: null, fn: 'sign', signature: '', row: 'sign' },
  { module: null, fn: 'atan', signature: '', row: 'atan' },
];

/** The op of a row with its arguments; undefined where an argument is not known. */
export const activationOp = (row: ActivationRow, bound: Bound): Op | undefined => {
  const args: Record<string, Scalar> = {};
  for (const [name, torchName] of Object.entries(row.args ?? {})) {
    const value = asScalar(bound.get(torchName));
    if (value === undefined) return undefined;
    args[name] = value;
  }
  const name = row.row === 'gelu' && asString(bound.get('approximate')) === 'tanh' ? 'geluTanh' : row.row;
  return activationNamed(name, args);
};

export const activationNamed = (name: string, args: ActivationArgs = {}): Op => ({ kind: 'activation', name, args, channelAxis: 1 });
