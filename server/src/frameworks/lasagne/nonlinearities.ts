/** `lasagne.nonlinearities`: functions, and classes whose instances are functions. The rows of knowledge/activations have the mathematics. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asScalar, type Bound, bind, native, nativeClass } from '../../interpreter/native.ts';
import type { CallSite, ClassValue, NativeFunction, Value } from '../../interpreter/values.ts';
import { args as makeArgs, NONE, unknown } from '../../interpreter/values.ts';
import type { ActivationArgs, Op } from '../../network/op.ts';
import { isNumber, type Scalar } from '../../network/scalar.ts';
import { emit, tensorData } from '../shared/tensor.ts';

const activation = (name: string, args: ActivationArgs = {}): Op => ({ kind: 'activation', name, args, channelAxis: 1 });

/** One function, as ops one after the other. */
type Ops = readonly Op[];

const IDENTITY: Ops = [{ kind: 'identity' }];

const FUNCTIONS: Readonly<Record<string, Ops>> = {
  sigmoid: [activation('sigmoid')],
  softmax: [{ kind: 'softmax', axis: -1, log: false }],
  tanh: [activation('tanh')],
  rectify: [activation('relu')],
  leaky_rectify: [activation('leakyRelu', { negativeSlope: 0.01 })],
  very_leaky_rectify: [activation('leakyRelu', { negativeSlope: 1 / 3 })],
  elu: [activation('elu')],
  selu: [activation('selu')],
  softplus: [activation('softplus')],
  linear: IDENTITY,
  identity: IDENTITY,
};

/** Theano's own functions that people hand to layers, where they are called otherwise. */
const THEANO_NAMES: Readonly<Record<string, string>> = { relu: 'rectify', ultra_fast_sigmoid: 'sigmoid' };

const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

const near = (a: Scalar, b: number): boolean => isNumber(a) && Math.abs(a - b) < 1e-4 * Math.abs(b);

/** scale·(x > 0 ? x : scale_neg·(eˣ − 1)) */
const selu = (scale: Scalar, negative: Scalar): Ops => {
  if (near(scale, SELU_SCALE) && near(negative, SELU_ALPHA)) return [activation('selu')];
  const elu = activation('elu', { alpha: negative });
  return scale === 1 ? [elu] : [elu, { kind: 'affine', factor: scale, offset: 0 }];
};

interface ClassRow {
  readonly name: string;
  readonly signature: string;
  readonly names: readonly string[];
  readonly ops: (values: readonly Scalar[]) => Ops;
}

const CLASS_ROWS: readonly ClassRow[] = [
  {
    name: 'LeakyRectify',
    signature: 'leakiness=0.01',
    names: ['leakiness'],
    ops: ([slope = 0.01]) => [slope === 0 ? activation('relu') : activation('leakyRelu', { negativeSlope: slope })],
  },
  {
    name: 'ScaledTanH',
    signature: 'scale_in=1, scale_out=1',
    names: ['scale_in', 'scale_out'],
    ops: ([scaleIn = 1, scaleOut = 1]) => [
      scaleIn === 1 && scaleOut === 1 ? activation('tanh') : activation('scaledTanh', { scaleIn, scaleOut }),
    ],
  },
  {
    name: 'SELU',
    signature: 'scale=1, scale_neg=1',
    names: ['scale', 'scale_neg'],
    ops: ([scale = 1, negative = 1]) => selu(scale, negative),
  },
];

interface NonlinearityData {
  readonly kind: 'nonlinearity';
  readonly ops: Ops;
}

const dataOf = (value: Value): NonlinearityData | undefined => {
  if (value.kind !== 'instance') return undefined;
  const data = value.data as NonlinearityData | undefined | null;
  return data && typeof data === 'object' && data.kind === 'nonlinearity' ? data : undefined;
};

const opsOfClass = (row: ClassRow, args: Bound): Ops => {
  const values = row.names.map((name) => asScalar(args.get(name)));
  if (values.some((v) => v === undefined)) return [{ kind: 'opaque', what: row.name, reason: 'an argument is not known' }];
  return row.ops(values as Scalar[]);
};

const applyOps = (ops: Ops, label: string, x: Value | undefined, site: CallSite, interp: Interpreter): Value => {
  let out = x;
  for (const op of ops) {
    const input = tensorData(out);
    if (!input) return unknown(`${label} of something that is no tensor`, site.span);
    if (op.kind !== 'identity') out = emit(interp, input.graph, { op, inputs: [input], label }, site);
  }
  return out ?? NONE;
};

const functionValue = (name: string, ops: Ops): NativeFunction =>
  native(name, (args, site, interp) => applyOps(ops, name, args.positional[0] ?? args.keywords.get('x'), site, interp));

const NATIVE_FUNCTIONS: ReadonlyMap<string, NativeFunction> = new Map(
  Object.entries(FUNCTIONS).map(([name, ops]) => [name, functionValue(name, ops)]),
);

const classOf = (row: ClassRow): ClassValue =>
  nativeClass(`lasagne.nonlinearities.${row.name}`, [], {
    __init__: (args) => {
      const [self] = args.positional;
      if (self?.kind === 'instance')
        self.data = { kind: 'nonlinearity', ops: opsOfClass(row, bind(row.signature, args, 1)) } satisfies NonlinearityData;
      return NONE;
    },
    __call__: (args, site, interp) => {
      const [self, x] = args.positional;
      const data = self && dataOf(self);
      return data ? applyOps(data.ops, row.name, x, site, interp) : unknown(row.name, site.span);
    },
  });

const CLASSES: ReadonlyMap<string, ClassValue> = new Map(CLASS_ROWS.map((row) => [row.name, classOf(row)]));

/** A name of `lasagne.nonlinearities`. */
export const nonlinearity = (name: string): Value | undefined =>
  NATIVE_FUNCTIONS.get(name) ?? CLASSES.get(name) ?? (name === 'ScaledTanh' ? CLASSES.get('ScaledTanH') : undefined);

/** The ops of a nonlinearity that is one of the table's or Theano's; undefined for functions of the source. */
export const nonlinearityOps = (value: Value | undefined): Ops | undefined => {
  if (!value || value.kind === 'none') return IDENTITY;
  if (value.kind === 'instance') return dataOf(value)?.ops;
  const name =
    value.kind === 'native' ? value.name : value.kind === 'unknown' && /^theano\./.test(value.path ?? '') ? value.path : undefined;
  const last = name?.slice(name.lastIndexOf('.') + 1) ?? '';
  return FUNCTIONS[THEANO_NAMES[last] ?? last];
};

export const isIdentity = (value: Value | undefined): boolean => nonlinearityOps(value)?.every((op) => op.kind === 'identity') ?? false;

/** Row name of the activation inside a recurrent cell; undefined where it is no plain row. */
export const cellActivation = (value: Value | undefined): string | undefined => {
  const ops = nonlinearityOps(value);
  const [op] = ops ?? [];
  if (ops?.length !== 1 || !op) return undefined;
  if (op.kind === 'identity') return 'linear';
  return op.kind === 'activation' && Object.keys(op.args).length === 0 ? op.name : undefined;
};

/** `nonlinearity(x)` as a layer does it: nothing where it is the identity. */
export const applyNonlinearity = (value: Value | undefined, x: Value, site: CallSite, interp: Interpreter): Value => {
  if (!value || isIdentity(value)) return x;
  // Theano's own functions are known by name; called, they would compute on a graph of their own.
  const ops = value.kind === 'unknown' || value.kind === 'native' ? nonlinearityOps(value) : undefined;
  if (ops) return applyOps(ops, value.kind === 'native' ? value.name : 'nonlinearity', x, site, interp);
  return interp.call(value, makeArgs([x]), site);
};
