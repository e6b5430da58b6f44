/** What a row of the table of functions says, and the native function that it becomes. */
import type { Interpreter } from '../../../interpreter/api.ts';
import { asNumber, asScalar, type Bound, bind, native } from '../../../interpreter/native.ts';
import type { Args, CallSite, NativeFunction, Value } from '../../../interpreter/values.ts';
import { float, tuple, unknown } from '../../../interpreter/values.ts';
import { unknownDistribution } from '../../../network/distribution.ts';
import type { Op } from '../../../network/op.ts';
import { type Shape, scalarOp } from '../../../network/scalar.ts';
import { outputShape } from '../../../network/shapes.ts';
import { shapeOf } from '../../shared/graph.ts';
import { activationsIn } from '../../shared/opaque.ts';
import { derived, emit, emitOpaque, stored, type TensorData, tensorData, wrap } from '../../shared/tensor.ts';
import type { ActivationFunction } from '../activations.ts';
import { kerasState } from '../state.ts';

export interface Call {
  readonly interp: Interpreter;
  readonly site: CallSite;
  readonly name: string;
  /** First argument. */
  readonly first: Value;
  /** The first argument as a tensor. */
  readonly x: TensorData;
  readonly bound: Bound;
  readonly args: Args;
  /** A node whose values are not followed, with the shape that an op would give. */
  readonly shapeOnly: (op: Op) => Value;
}

export interface FunctionRow {
  readonly names: readonly string[];
  /** Signature with the tensor first. */
  readonly signature: string;
  readonly run: (call: Call) => Value | Op | undefined;
  /** What it makes of data that nobody followed. */
  readonly ofData?: (call: Pick<Call, 'interp' | 'site' | 'first' | 'bound'>) => Value;
  /** An op that is not followed keeps the shape. */
  readonly sameShape?: boolean;
}

const isOp = (result: Value | Op): result is Op => OPS.has(result.kind);

const OPS: ReadonlySet<string> = new Set([
  'activation',
  'add',
  'affine',
  'average',
  'concat',
  'conv',
  'dense',
  'dropout',
  'embedding',
  'flatten',
  'glu',
  'globalPool',
  'identity',
  'matmul',
  'maximum',
  'mul',
  'opaque',
  'pad',
  'permute',
  'pool',
  'reduce',
  'reshape',
  'softmax',
  'sub',
  'upsample',
]);

const FIRST_NAMES = ['x', 'inputs', 'input', 'features', 'logits', 'tensor', 'values', 'xs', 'input_tensor', 'a', 'x1', 'value'];

const firstOf = (args: Args): Value | undefined =>
  args.positional[0] ?? FIRST_NAMES.map((name) => args.keywords.get(name)).find((v) => v !== undefined);

const opaque = (call: Pick<Call, 'interp' | 'site' | 'name' | 'args'>, reason: string, shape: Shape | null = null): Value | undefined => {
  const inputs = activationsIn(tuple([...call.args.positional, ...call.args.keywords.values()]));
  const graph = kerasState(call.interp).graph;
  return inputs.length === 0 ? undefined : emitOpaque(call.interp, graph, call.name, reason, inputs, call.site, shape);
};

/** Arithmetic on plain numbers, for scales such as `tf.sqrt(2.0 / n)`. */
const onNumbers = (name: string, args: Args): Value | undefined => {
  const [a, b] = args.positional.map(asScalar);
  if (a === undefined) return undefined;
  if (name === 'sqrt' || name === 'exp' || name === 'log' || name === 'abs') return float(scalarOp(name, a));
  if (name === 'square') return float(scalarOp('*', a, a));
  if (b === undefined) return name === 'cast' || name === 'constant' || name === 'identity' ? args.positional[0] : undefined;
  const op = ({ add: '+', subtract: '-', multiply: '*', divide: '/', pow: '**', power: '**' } as const)[name as 'add'];
  if (name === 'maximum' || name === 'minimum') return float(scalarOp(name === 'maximum' ? 'max' : 'min', a, b));
  return op ? float(scalarOp(op, a, b)) : undefined;
};

const MOVES: ReadonlySet<string> = new Set(['identity', 'reshape', 'permute', 'flatten']);

/** A function of a parameter or of drawn data: the same values in another shape, or values that are not known. */
const onStored = ({ interp, x, first, name, site }: Call, op: Op): Value => {
  if (op.kind === 'identity') return first;
  const shape = outputShape(op, [x.shape]);
  if (MOVES.has(op.kind) && x.storage) return wrap(interp, stored(x.graph, x.storage, shape, x.share), site);
  return derived(interp, x, unknownDistribution(`${name} of values`), shape, site);
};

export const rowFunction = (row: FunctionRow, name: string): NativeFunction =>
  native(name, (args, site, interp) => {
    const first = firstOf(args);
    const x = tensorData(first) ?? activationsIn(first)[0] ?? args.positional.slice(1, 2).flatMap((v) => tensorData(v) ?? [])[0];
    if (first?.kind === 'unknown' && !x && row.ofData) return row.ofData({ interp, site, first, bound: bind(row.signature, args) });
    if (!first || !x) return onNumbers(name, args) ?? unknown(`${name} of something that is no tensor`, site.span);
    const shapeOnly = (op: Op): Value =>
      emitOpaque(interp, x.graph, name, `${name} is not followed here`, [x], site, outputShape(op, [shapeOf(x)]));
    const call: Call = { interp, site, name, first, x, bound: bind(row.signature, args), args, shapeOnly };
    const result = row.run(call);
    if (!result) return opaque(call, `${name} is not followed here`, row.sameShape ? shapeOf(x) : null) ?? unknown(name, site.span);
    if (!isOp(result)) return result;
    if (x.node === null && x.storage) return onStored(call, result);
    return emit(
      interp,
      x.graph,
      { op: result, inputs: [x], label: name, ...(result.kind === 'opaque' ? { shape: shapeOf(x) } : {}) },
      site,
    );
  });

/** A function of the activation table as a value: called on a tensor, or given as `activation=`. */
export const activationFunction = (fn: ActivationFunction): NativeFunction =>
  rowFunction(
    {
      names: [fn.name],
      signature: `x${fn.signature ? `, ${fn.signature}` : ''}`,
      run: (call) => {
        const op = fn.op(call.bound);
        return op.kind === 'identity' ? call.first : op;
      },
      sameShape: true,
    },
    fn.name,
  );

// ── arguments ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

export const axesOf = (value: Value | undefined): readonly number[] | undefined => {
  if (!value || value.kind === 'none') return undefined;
  const items = value.kind === 'list' || value.kind === 'tuple' ? value.items : [value];
  const axes = items.map(asNumber);
  return axes.every((a) => a !== undefined) ? axes : undefined;
};

export const truth = (value: Value | undefined): boolean => value?.kind === 'bool' && value.value;

export const itemsOf = (value: Value | undefined): readonly Value[] | undefined =>
  value?.kind === 'list' || value?.kind === 'tuple' ? value.items : undefined;

export const tensorsIn = (value: Value | undefined): readonly TensorData[] => itemsOf(value)?.flatMap((v) => tensorData(v) ?? []) ?? [];
