/** Functions that compute: arithmetic, linear maps, pools, norms, attention. */

import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, asScalar, asString } from '../../interpreter/native.ts';
import { type CallSite, tuple, type Value } from '../../interpreter/values.ts';
import type { Op } from '../../network/op.ts';
import { type Dim, div, isNumber, mul, type Scalar, scalarOp, symbol } from '../../network/scalar.ts';
import { contract, matmulByAxes, parseEquation } from '../shared/contract.ts';
import { type Graph, shapeOf } from '../shared/graph.ts';
import { writtenNorm } from '../shared/handNorm.ts';
import { noteSameWave, rotation } from '../shared/rotation.ts';
import { activation, asParam, dense, type ElementwiseOperator, elementwise, emit, type TensorData, tensorData } from '../shared/tensor.ts';
import { activationNamed } from './activations.ts';
import { axis, type Call, emitWith, type FunctionRow, normalAxis, type Outcome, opaque, value } from './functionRow.ts';
import { constantOf, knownBinary } from './known.ts';
import { maskedSum } from './masks.ts';
import { adaptiveOutput, poolWindow, type Rank, sizesOf, windowOf } from './windows.ts';

const normOf = (graph: Graph, op: ElementwiseOperator, a: number, b: number) => {
  if (op === '/') return writtenNorm(graph, a, b, false);
  return op === '*' ? (writtenNorm(graph, a, b, true) ?? writtenNorm(graph, b, a, true)) : undefined;
};

/** `a op b` where at least one side is a tensor. */
export const arithmetic = (interp: Interpreter, op: ElementwiseOperator, a: Value, b: Value, site: CallSite): Value | undefined => {
  const known = knownBinary(interp, op, a, b, site);
  if (known) return known;
  const [left, right] = [tensorData(a), tensorData(b)];
  const norm = left?.node != null && right?.node != null ? normOf(left.graph, op, left.node, right.node) : undefined;
  if (norm && left && right) {
    for (const side of [left.node, right.node]) if (side !== null && side !== norm.input) left.graph.absorbed.add(side);
    const { graph } = left;
    const normed = emit(interp, graph, { op: norm.op, inputs: [activation(graph, norm.input)], label: 'norm' }, site);
    if (norm.factor === 1) return normed;
    const scaled: Op = { kind: 'affine', factor: norm.factor, offset: 0 };
    return emit(interp, graph, { op: scaled, inputs: [tensorData(normed) as TensorData], label: 'norm' }, site);
  }
  const masked = op === '+' ? maskedSum(interp, a, b, site) : undefined;
  if (masked) return masked;
  const turned = rotation(interp, op, a, b, site);
  if (turned) return turned;
  // Plain products of activations and x·W are ops as they stand; the rest is brought into order.
  const plain = left?.node != null && (right?.node != null || right?.shape?.length === 2);
  const product = op === '@' && left && right && !plain ? matmulByAxes(interp, left, right, 'matmul', site) : undefined;
  const result = product ?? elementwise(interp, op, a, b, site);
  if (op === '*' && left?.storage && !right) noteSameWave([left], result, b);
  return result;
};

/** `addmm(bias, x, weight)`: bias + x·W, each with a factor. */
export const addmm: FunctionRow['run'] = (call) => {
  const get = (name: string): Value | undefined => call.bound.get(name);
  const [bias, a, b] = [get('input'), get('mat1'), get('mat2')];
  const product = a && b && arithmetic(call.interp, '@', a, b, call.site);
  const scaled =
    product && get('alpha') && asNumber(get('alpha')) !== 1
      ? arithmetic(call.interp, '*', product, get('alpha') as Value, call.site)
      : product;
  if (!scaled || !bias || asNumber(get('beta')) === undefined) return undefined;
  if (asNumber(get('beta')) === 0) return value(scaled);
  const result = arithmetic(call.interp, '+', scaled, bias, call.site);
  return result && value(result);
};

/** `addcmul` and `addcdiv`: input + value · (a op b). */
export const addScaled =
  (op: '*' | '/'): FunctionRow['run'] =>
  ({ bound, interp, site }) => {
    const [input, a, b, factor] = ['input', 'tensor1', 'tensor2', 'value'].map((name) => bound.get(name));
    const product = a && b && arithmetic(interp, op, a, b, site);
    const scaled = product && factor && asNumber(factor) !== 1 ? arithmetic(interp, '*', product, factor, site) : product;
    const result = input && scaled && arithmetic(interp, '+', input, scaled, site);
    return result && value(result);
  };

/** input + weight · (end − input). */
export const lerp: FunctionRow['run'] = ({ bound, interp, site }) => {
  const [input, end, weight] = ['input', 'end', 'weight'].map((name) => bound.get(name));
  const difference = input && end && arithmetic(interp, '-', end, input, site);
  const part = difference && weight && arithmetic(interp, '*', difference, weight, site);
  const result = input && part && arithmetic(interp, '+', input, part, site);
  return result && value(result);
};

/** `grouped_mm(x, weights, offs)`: each row is multiplied by the matrix of its group, so to the signal it is one dense layer. */
export const groupedMatmul: FunctionRow['run'] = (call) => {
  const weights = tensorData(call.bound.get('mat_b'));
  if (!weights || shapeOf(call.x)?.length !== 2 || shapeOf(weights)?.length !== 3) return undefined;
  const rows = { tensor: call.x, letters: 'sk' };
  const result = contract(call.interp, rows, { tensor: weights, letters: 'skn' }, 'sn', call.name, call.site);
  return result && value(result);
};

/** Two operands are a product, one alone an order of axes. */
export const einsum: FunctionRow['run'] = (call) => {
  const equation = asString(call.args.positional[0]);
  const [first] = call.bound.rest;
  const operands = (
    call.bound.rest.length === 1 && (first?.kind === 'list' || first?.kind === 'tuple') ? first.items : call.bound.rest
  ).map(tensorData);
  if (equation === undefined || operands.some((t) => t === undefined)) return undefined;
  const parsed = parseEquation(
    equation,
    operands.map((t) => shapeOf(t as TensorData)?.length),
  );
  const [a, b] = operands as (TensorData | undefined)[];
  const [left, right] = parsed?.inputs ?? [];
  if (!parsed || left === undefined || !a || operands.length > 2) return undefined;
  if (b && right !== undefined) {
    const result = contract(call.interp, { tensor: a, letters: left }, { tensor: b, letters: right }, parsed.output, call.name, call.site);
    return result && value(result);
  }
  const kept = [...left].filter((c) => parsed.output.includes(c)).join('');
  if (kept !== left) return undefined;
  return emitWith(call, { kind: 'permute', axes: [...parsed.output].map((c) => left.indexOf(c)) }, [a]);
};

export const binary =
  (op: '+' | '-' | '*' | '/' | '@' | '**'): FunctionRow['run'] =>
  (call) => {
    const [a, b] = [call.args.positional[0], call.args.positional[1] ?? call.bound.get('other')];
    const alpha = call.bound.has('alpha') ? call.bound.get('alpha') : undefined;
    if (!a || !b) return undefined;
    if (alpha) {
      const scaled = arithmetic(call.interp, '*', b, alpha, call.site);
      const sum = scaled && arithmetic(call.interp, op, a, scaled, call.site);
      return sum ? value(sum) : undefined;
    }
    const result = arithmetic(call.interp, op, a, b, call.site);
    return result ? value(result) : undefined;
  };

export const linear: FunctionRow['run'] = (call) => {
  const weight = tensorData(call.bound.get('weight'));
  const bias = tensorData(call.bound.get('bias'));
  if (!weight?.storage || weight.shape?.length !== 2) return undefined;
  const [out, into] = weight.shape as [Dim, Dim];
  return value(
    dense(call.interp, call.x.graph, call.x, { ...weight, shape: [into, out] }, bias?.storage ? bias : undefined, call.name, call.site),
  );
};

export const convolution =
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

export const dropout =
  (alpha: boolean): FunctionRow['run'] =>
  (call) => {
    const training = call.bound.get('training');
    if (training?.kind === 'bool' && !training.value) return value(call.args.positional[0] as Value);
    return { kind: 'dropout', rate: asScalar(call.bound.get('p')) ?? symbol('p'), alpha };
  };

export const pool =
  (rank: Rank, reduce: 'max' | 'average'): FunctionRow['run'] =>
  (call) => ({ kind: 'pool', reduce, ...poolWindow(call.interp, call.bound, rank) });

export const adaptive =
  (rank: Rank, reduce: 'max' | 'average'): FunctionRow['run'] =>
  (call) => ({
    kind: 'globalPool',
    reduce,
    output: adaptiveOutput(call.interp, call.bound.get('output_size'), rank),
    keepAxes: true,
    channelAxis: 1,
  });

export const softmax =
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

export const layerNorm: FunctionRow['run'] = (call) => {
  const sizes = call.bound.get('normalized_shape');
  const count = sizes?.kind === 'tuple' || sizes?.kind === 'list' ? sizes.items.length : 1;
  const rms = call.name === 'rms_norm';
  const axes = Array.from({ length: count }, (_, i) => i - count);
  return normWith(call, { kind: 'layerNorm', axes, eps: asNumber(call.bound.get('eps')) ?? 1e-5, rms });
};

/** x/‖x‖ over an axis of n is the RMS norm over √n. */
export const normalize: FunctionRow['run'] = (call) => {
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

export const normWith = (call: Call, op: Op): Outcome => {
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

export const channels = (call: Call): Dim => shapeOf(call.x)?.[1] ?? symbol('channels?');

export const attention: FunctionRow['run'] = (call) => {
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

/** `multi_head_attention_forward(…)`: the output and the weights, neither modelled. */
export const multiHead: FunctionRow['run'] = (call) =>
  value(
    tuple([
      opaque(call, 'its weights are given one by one', shapeOf(call.x)),
      opaque({ ...call, name: 'attention weights' }, 'its weights are given one by one'),
    ]),
  );

export const embedding: FunctionRow['run'] = (call) => {
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

export const prelu: FunctionRow['run'] = (call) => {
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

export const clamp: FunctionRow['run'] = (call) => {
  const [low, high] = [call.bound.get('min'), call.bound.get('max')];
  const [min, max] = [constantOf(low), constantOf(high)];
  if (min === 0 && (!high || high.kind === 'none')) return activationNamed('relu');
  if (min === 0 && max === 6) return activationNamed('relu6');
  if (min !== undefined && max !== undefined && min < max) return activationNamed('hardTanh', { min, max });
  return undefined;
};

/** Powers whose moments are not modelled say which they are: a norm written out may be made of one. */
export const power: FunctionRow['run'] = (call) => {
  const exponent = asNumber(call.args.positional[1] ?? call.bound.get('exponent'));
  if (exponent === 2) return activationNamed('square');
  if (exponent === 1) return { kind: 'identity' };
  return tensorData(call.args.positional[0])?.node == null
    ? undefined
    : value(opaque({ ...call, name: exponent === undefined ? 'pow' : `pow ${exponent}` }, 'its moments are not modelled', shapeOf(call.x)));
};
