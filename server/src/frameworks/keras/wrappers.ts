/** Layers around layers: Bidirectional, TimeDistributed, RNN over cells, SpectralNormalization, Lambda. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asString, bind, nativeClass } from '../../interpreter/native.ts';
import type { Args, CallSite, ClassValue, InstanceValue, NativeCall, Value } from '../../interpreter/values.ts';
import { NONE, unknown } from '../../interpreter/values.ts';
import { momentsOf } from '../../network/moments.ts';
import type { Op } from '../../network/op.ts';
import { BATCH, isNumber, type Shape, symbol } from '../../network/scalar.ts';
import { emitNode, shapeOf } from '../shared/graph.ts';
import { pathToken } from '../shared/layerNames.ts';
import { shapeFromValue } from '../shared/shapeValues.ts';
import { newStorage, type Storage } from '../shared/storage.ts';
import { activation, emit, type TensorData, tensorData, wrap } from '../shared/tensor.ts';
import { buildSteps, inputsOf, stepsOf } from './apply.ts';
import { LAYER, withoutSelf } from './layerClasses.ts';
import { cellOfRow } from './layers/recurrent.ts';
import type { Step } from './layers/row.ts';
import { ensureLayer, kerasState, type LayerData, layerData, pathInside } from './state.ts';
import { withStates } from './states.ts';

const self = (args: Args): InstanceValue | undefined => {
  const first = args.positional[0];
  return first?.kind === 'instance' ? first : undefined;
};

const initWrapper =
  (signature: string): NativeCall =>
  (args, site, interp) => {
    const layer = self(args);
    if (!layer) return NONE;
    const base = LAYER.attrs.get('__init__');
    if (base?.kind === 'native') base.call(args, site, interp);
    const data = ensureLayer(layer, interp);
    data.site = site;
    data.args = withoutSelf(args);
    const inner = bind(signature, args, 1).get(signature.split(',')[0] as string);
    if (inner) data.children = inner.kind === 'list' ? inner.items : [inner];
    const shape = args.keywords.get('input_shape');
    if (shape) data.inputShape = shapeFromValue(shape, 'input', false);
    return NONE;
  };

const wrapper = (name: string, signature: string, call: NativeCall): ClassValue =>
  nativeClass(`keras.layers.${name}`, [LAYER], { __init__: initWrapper(signature), call });

const innerOf = (data: LayerData): Value | undefined => data.children[0];

const callInner: NativeCall = (args, site, interp) => {
  const layer = self(args);
  const inner = layer ? innerOf(ensureLayer(layer, interp)) : undefined;
  return inner ? interp.call(inner, withoutSelf(args), site) : unknown('a wrapper around nothing', site.span);
};

// ── Bidirectional ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const MERGES: Readonly<Record<string, Op>> = { sum: { kind: 'add' }, ave: { kind: 'average' }, mul: { kind: 'mul' } };

const bidirectional: NativeCall = (args, site, interp) => {
  const layer = self(args);
  const inner = layer ? innerOf(ensureLayer(layer, interp)) : undefined;
  const innerData = layerData(inner);
  const row = innerData?.row;
  const [x] = inputsOf(withoutSelf(args));
  if (!layer || inner?.kind !== 'instance' || !innerData || !row || !cellOfRow(row) || !x) return callInner(args, site, interp);
  const data = ensureLayer(layer, interp);
  const { graph } = kerasState(interp);
  const mode = asString(bind("layer, merge_mode='concat'", data.args).get('merge_mode')) ?? 'none';
  const [step] = stepsOf(inner, innerData, [shapeOf(x)]);
  if (!step) return unknown('a recurrent layer without a step', site.span);
  const named = (direction: 'forward' | 'backward'): Step => ({
    ...step,
    weights: step.weights.map((w) => ({ ...w, name: `${direction}_${pathToken(inner)}/${w.name}` })),
  });
  const emitOne = (one: Step, suffix: string): TensorData => {
    const [built] = buildSteps(inner, innerData, [one], pathInside(graph), interp);
    return activation(
      graph,
      emitNode(graph, {
        op: one.op,
        inputs: [x],
        params: built?.params ?? [],
        label: `Bidirectional(${row.name})`,
        path: pathInside(graph, suffix),
        span: data.site?.span ?? site.span,
        nameSpan: data.site?.nameSpan ?? site.nameSpan,
      }),
    );
  };
  const states = bind(row.signature, innerData.args).get('return_state');
  const stateCount = row.name.includes('LSTM') ? 4 : 2;
  if (mode === 'concat' && step.op.kind === 'recurrent') {
    const both: Step = {
      ...step,
      op: { ...step.op, bidirectional: true },
      weights: [...named('forward').weights, ...named('backward').weights],
    };
    return withStates(states, stateCount, wrap(interp, emitOne(both, ''), site), interp);
  }
  const outputs = [emitOne(named('forward'), 'forward'), emitOne(named('backward'), 'backward')];
  const op = MERGES[mode] ?? { kind: 'concat' as const, axis: -1 };
  const merged = emitNode(graph, {
    op,
    inputs: outputs,
    label: 'merge',
    path: pathInside(graph, 'merge'),
    span: site.span,
    nameSpan: site.nameSpan,
  });
  return withStates(states, stateCount, wrap(interp, activation(graph, merged), site), interp);
};

// ── SpectralNormalization ──────────────────────────────────────────────────────────────────────────────────────────────────

/** Largest singular value of a kernel as a matrix of its last axis: σ(√rows + √columns), the edge of its spectrum (Bai–Yin). */
const largestSingular = ({ init, shape }: Storage): number | undefined => {
  const sizes = shape?.filter((size) => size !== null && isNumber(size)) as readonly number[] | undefined;
  const { distribution } = init;
  if (!sizes || sizes.length !== shape?.length || sizes.length < 2) return undefined;
  if (distribution.kind === 'orthogonal') return isNumber(distribution.gain) ? Math.abs(distribution.gain) : undefined;
  const std = momentsOf(distribution, () => undefined)?.std;
  const columns = sizes.at(-1) as number;
  const rows = sizes.reduce((a, b) => a * b, 1) / columns;
  return std === undefined ? undefined : std * (Math.sqrt(rows) + Math.sqrt(columns));
};

/** From the first step of training on the kernel is divided by its largest singular value. */
const spectralNormalization: NativeCall = (args, site, interp) => {
  const layer = self(args);
  const inner = layer ? innerOf(ensureLayer(layer, interp)) : undefined;
  const out = callInner(args, site, interp);
  const kernel = layerData(inner)?.weights.get('kernel') ?? layerData(inner)?.weights.get('embeddings');
  const y = tensorData(out);
  if (!layer || !kernel || !y) return out;
  const data = ensureLayer(layer, interp);
  if (!data.weights.has('vector_u')) {
    const distribution = { kind: 'truncatedNormal' as const, mean: 0, std: 0.02, low: -0.04, high: 0.04 };
    const init = { distribution, source: 'default' as const, name: 'TruncatedNormal', span: site.nameSpan, generic: false };
    const shape = [1, kernel.shape?.at(-1) ?? null];
    data.weights.set('vector_u', newStorage(interp, { shape, span: site.span, isParameter: true, trainable: false, init }));
  }
  const largest = largestSingular(kernel);
  if (largest === 0) return out;
  const factor = largest === undefined ? symbol(`${layer.cls.name}.scale`) : 1 / largest;
  return emit(interp, y.graph, { op: { kind: 'affine', factor, offset: 0 }, inputs: [y], label: 'spectral_normalization' }, site);
};

// ── TimeDistributed ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Rows that treat every position alike anyway. */
const PER_POSITION = new Set([
  'Dense',
  'Activation',
  'ReLU',
  'LeakyReLU',
  'ELU',
  'Dropout',
  'LayerNormalization',
  'Embedding',
  'Rescaling',
]);

const reshapeNode = (interp: Interpreter, x: TensorData, shape: Shape, site: CallSite, name: string): Value => {
  const { graph } = kerasState(interp);
  const node = emitNode(graph, {
    op: { kind: 'reshape', shape },
    inputs: [x],
    label: name,
    path: pathInside(graph, name),
    span: site.span,
    nameSpan: site.nameSpan,
  });
  return wrap(interp, activation(graph, node), site);
};

/** Positions join the batch, the layer runs, positions come back. */
const timeDistributed: NativeCall = (args, site, interp) => {
  const layer = self(args);
  const inner = layer ? innerOf(ensureLayer(layer, interp)) : undefined;
  const [x] = inputsOf(withoutSelf(args));
  if (!inner || !x) return callInner(args, site, interp);
  const shape = shapeOf(x);
  const row = layerData(inner)?.row;
  if ((row && PER_POSITION.has(row.name)) || !shape || shape.length < 3) return callInner(args, site, interp);
  const time = shape[1] ?? 1;
  const merged = reshapeNode(interp, x, [-1, ...shape.slice(2)], site, 'merge_time');
  const out = interp.call(inner, { positional: [merged], keywords: new Map(), open: false }, site);
  const y = tensorData(out);
  const outShape = y ? shapeOf(y) : null;
  if (!y || !outShape) return out;
  return reshapeNode(interp, y, [BATCH, time, ...outShape.slice(1)], site, 'split_time');
};

// ── RNN ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const rnn: NativeCall = (args, site, interp) => {
  const layer = self(args);
  if (!layer) return unknown('RNN');
  const data = ensureLayer(layer, interp);
  const sequences = bind('cell, return_sequences=False, **kwargs', data.args).get('return_sequences');
  const [only, ...others] = data.children;
  const stacked = others.length === 0 && only?.kind === 'instance' && (layerData(only)?.children.length ?? 0) > 0 ? pathToken(only) : '';
  // A list of cells becomes one StackedRNNCells.
  const parent = others.length > 0 ? 'stacked_rnn_cells' : stacked;
  const cells = data.children.flatMap((cell) => (layerData(cell)?.children.length ? (layerData(cell)?.children ?? []) : [cell]));
  let x = inputsOf(withoutSelf(args))[0];
  const { graph } = kerasState(interp);
  for (const [i, cell] of cells.entries()) {
    const cellData = layerData(cell);
    if (cell.kind !== 'instance' || !cellData?.row || !x)
      return interp.call(unknown('a cell that is not followed', site.span), withoutSelf(args), site);
    const [step] = stepsOf(cell, cellData, [shapeOf(x)]);
    if (step?.op.kind !== 'recurrent') return interp.call(unknown('a cell that is not followed', site.span), withoutSelf(args), site);
    const last = i === cells.length - 1;
    const op: Op = { ...step.op, returnSequence: !last || (sequences?.kind === 'bool' && sequences.value) };
    const path = pathInside(graph, parent, pathToken(cell));
    const [built] = buildSteps(cell, cellData, [step], path, interp);
    const node = emitNode(graph, {
      op,
      inputs: [x],
      params: built?.params ?? [],
      label: cellData.row.name,
      path,
      span: cellData.site?.span ?? site.span,
      nameSpan: cellData.site?.nameSpan ?? site.nameSpan,
    });
    x = activation(graph, node);
  }
  return x ? wrap(interp, x, site) : unknown('RNN was called with something that is no tensor', site.span);
};

// ── Lambda ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const lambda: NativeCall = (args, site, interp) => {
  const layer = self(args);
  const data = layer ? ensureLayer(layer, interp) : undefined;
  const fn = data ? innerOf(data) : undefined;
  if (!fn) return unknown('Lambda around nothing', site.span);
  const keywords = new Map<string, Value>();
  const extra = data?.args.keywords.get('arguments');
  if (extra?.kind === 'dict')
    for (const { key, value } of extra.entries.values()) if (key.kind === 'string') keywords.set(key.value, value);
  return interp.call(fn, { ...withoutSelf(args), keywords }, data?.site ?? site);
};

export const WRAPPERS: readonly ClassValue[] = [
  wrapper('Bidirectional', "layer, merge_mode='concat', **kwargs", bidirectional),
  wrapper('TimeDistributed', 'layer, **kwargs', timeDistributed),
  wrapper('SpectralNormalization', 'layer, power_iterations=1, **kwargs', spectralNormalization),
  wrapper('Wrapper', 'layer, **kwargs', callInner),
  wrapper('RNN', 'cell, return_sequences=False, **kwargs', rnn),
  wrapper('StackedRNNCells', 'cells, **kwargs', callInner),
  wrapper('Lambda', 'function, **kwargs', lambda),
];
