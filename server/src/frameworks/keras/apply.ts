/** Calls of layers: builds the weights at the first call, then appends the layer's ops to the graph. */
import type { Interpreter } from '../../interpreter/api.ts';
import { bind } from '../../interpreter/native.ts';
import type { Args, CallSite, InstanceValue, Value } from '../../interpreter/values.ts';
import { args as makeArgs, NONE, unknown } from '../../interpreter/values.ts';
import type { Op } from '../../network/op.ts';
import { BATCH, type Shape, symbol } from '../../network/scalar.ts';
import { emitNode, type Graph, type GraphParam, shapeOf, within } from '../shared/graph.ts';
import { addNote } from '../shared/notes.ts';
import { activationsIn } from '../shared/opaque.ts';
import type { Storage } from '../shared/storage.ts';
import { activation, type TensorData, tensorData, wrap } from '../shared/tensor.ts';
import { activationOfString } from './activations.ts';
import type { LayerContext, LayerRow, Step, Weight } from './layers/row.ts';
import { change, ensureLayer, join, kerasState, type LayerData, pathInside, symbolName } from './state.ts';
import { initialStates, withStates } from './states.ts';
import { makeWeight } from './weights.ts';

const contextOf = (row: LayerRow, data: LayerData, name: string, inputs: readonly (Shape | null)[]): LayerContext => ({
  args: bind(row.signature, data.args),
  inputs,
  name,
});

const weightStorage = (layer: InstanceValue, data: LayerData, weight: Weight, path: string, interp: Interpreter): Storage => {
  const known = data.weights.get(weight.name);
  if (known) return known;
  const row = data.row as LayerRow;
  const site = data.site ?? layer.site;
  const bound = bind(row.signature, data.args);
  const given = weight.argument !== null && bound.has(weight.argument) ? bound.get(weight.argument) : undefined;
  const storage = makeWeight(
    {
      owner: layer,
      data,
      site: site ?? NOWHERE,
      weight,
      given,
      argument: argumentSpan(weight.argument, (name) => bound.key(name), site),
      path,
    },
    interp,
  );
  data.weights.set(weight.name, storage);
  noteOldSpelling(data, weight.argument, storage, interp);
  return storage;
};

/** `init=` is a name of Keras 1, which later versions do not take. */
const noteOldSpelling = (layer: LayerData, argument: string | null, storage: Storage, interp: Interpreter): void => {
  const old = argument === null ? undefined : layer.renamed.get(argument);
  if (old === undefined || argument === null) return;
  const message = `\`${old}=\` is Keras 1; it is \`${argument}=\` since Keras 2`;
  const others = [...layer.renamed.values()].some((name) => !/init$/.test(name));
  // Renamed alone, an argument among others of Keras 1 would give a call that no version takes.
  const data = { from: old, to: argument, argument: true, alone: !others };
  addNote(interp, kerasState(interp).graph, { rule: 'deprecated-init', span: storage.init.span, message, data }, { storage });
};

const NOWHERE: CallSite = {
  span: { anchor: { file: '', offset: 0 }, start: 0, end: 0 },
  nameSpan: { anchor: { file: '', offset: 0 }, start: 0, end: 0 },
  argSpans: new Map(),
};

const argumentSpan = (argument: string | null, key: (name: string) => number | string | undefined, site: CallSite | null) => {
  if (argument === null || !site) return undefined;
  const at = key(argument);
  return at === undefined ? undefined : site.argSpans.get(at);
};

/** An op with what only its weights tell. */
const withWeights = (op: Op, params: readonly GraphParam[]): Op => {
  if (op.kind !== 'activation' || op.name !== 'prelu') return op;
  const slope = params[0]?.storage.init.distribution;
  return slope?.kind === 'constant' ? { ...op, args: { slope: slope.value } } : { ...op, args: {} };
};

/** Builds the weights of a row's steps. */
export const buildSteps = (
  layer: InstanceValue,
  data: LayerData,
  steps: readonly Step[],
  path: string,
  interp: Interpreter,
): readonly { readonly step: Step; readonly op: Op; readonly params: readonly GraphParam[] }[] =>
  steps.map((step) => {
    const params = step.weights.map(
      (weight): GraphParam => ({
        storage: weightStorage(layer, data, weight, path, interp),
        name: weight.name,
        role: weight.role,
        ...(weight.signal ? { fans: weight.signal } : {}),
      }),
    );
    return { step, op: withWeights(step.op, params), params };
  });

/** Steps of a row layer over inputs of these shapes. */
export const stepsOf = (layer: InstanceValue, data: LayerData, inputs: readonly (Shape | null)[]): readonly Step[] =>
  data.row ? data.row.build(contextOf(data.row, data, symbolName(layer, data), inputs)) : [];

/** Rank that a row needs of its input, where only one is possible; axes get symbols. */
const expectedShape = (row: LayerRow, name: string): Shape | null => {
  const spatial = /(\d)D(Transpose)?$/.exec(row.name)?.[1];
  const axes = (...names: string[]): Shape => [BATCH, ...names.map((n) => symbol(`${name}.${n}`))];
  if (spatial && !row.name.startsWith('ConvLSTM')) return axes(...['depth', 'height', 'width'].slice(3 - Number(spatial)), 'in_channels');
  if (row.name === 'Dense') return axes('inputs');
  if (row.name === 'Embedding') return axes('length');
  if (/^(LSTM|GRU|SimpleRNN|CuDNNLSTM|CuDNNGRU)$/.test(row.name)) return axes('length', 'inputs');
  return null;
};

/** An input of unknown shape learns its rank from the first layer that takes it; Embedding tells that it holds indices. */
const teachInput = (graph: Graph, row: LayerRow, name: string, input: TensorData | undefined): void => {
  const node = input?.node == null ? undefined : graph.nodes[input.node];
  if (node?.op.kind !== 'input') return;
  const shape = node.shape ?? expectedShape(row, name);
  const integer = node.op.integer || row.name === 'Embedding';
  if (shape !== node.shape || integer !== node.op.integer) graph.nodes[node.id] = { ...node, shape, op: { kind: 'input', integer } };
};

const KEEPS_FEATURES = new Set(['activation', 'affine', 'batchNorm', 'dropout', 'identity', 'layerNorm', 'scale', 'shift', 'softmax']);

/** Shape of an input; where the rank is unknown, at least the features that the dense layer before it made. */
export const inputShape = (input: TensorData): Shape | null => {
  const known = shapeOf(input);
  if (known || input.node === null) return known;
  for (let node = input.graph.nodes[input.node]; node; ) {
    if (node.op.kind === 'dense') return [BATCH, node.op.outFeatures];
    if (node.op.kind === 'flatten') return [BATCH, symbol(`${node.label.toLowerCase()}${node.id}.features`)];
    const [previous] = node.inputs;
    if (!KEEPS_FEATURES.has(node.op.kind) || previous === undefined) return null;
    node = input.graph.nodes[previous];
  }
  return null;
};

/** The activations that a layer is called with, in order. */
export const inputsOf = (args: Args): readonly TensorData[] => {
  const named = ['inputs', 'x', 'query', 'value', 'key'].map((n) => args.keywords.get(n)).filter((v) => v !== undefined);
  const values = [...args.positional, ...named];
  return values.flatMap((value) => {
    const data = tensorData(value);
    return data ? [data] : activationsIn(value);
  });
};

/** Layers whose output has the input's shape even where they are not understood. */
const SAME_SHAPE = new Set(['Activation', 'ELU', 'LeakyReLU', 'ReLU', 'relu', 'Rescaling', 'UnitNormalization']);

const emitStep = (
  graph: Graph,
  built: ReturnType<typeof buildSteps>[number],
  inputs: readonly TensorData[],
  site: CallSite,
  call: number,
  label: string,
): TensorData => {
  const { step, op, params } = built;
  const [first] = inputs;
  const shape = step.shape === undefined && op.kind === 'opaque' && first && SAME_SHAPE.has(op.what) ? shapeOf(first) : step.shape;
  const node = emitNode(graph, {
    op,
    inputs,
    params,
    label,
    path: pathInside(graph, step.suffix ?? ''),
    span: site.span,
    nameSpan: site.nameSpan,
    call,
    ...(shape !== undefined ? { shape } : {}),
  });
  return activation(graph, node);
};

/** Applies a layer of the table; the enclosing path is the layer's own. */
export const applyRow = (layer: InstanceValue, args: Args, callSite: CallSite, interp: Interpreter): Value => {
  const data = ensureLayer(layer, interp);
  const { row } = data;
  const inputs = inputsOf(args);
  if (!row) return unknown(`${layer.cls.name} has no call`);
  if (inputs.length === 0) return unknown(`${row.name} was called with something that is no tensor`, callSite.span);
  const graph = kerasState(interp).graph;
  const site = data.site ?? callSite;
  const calls = (kerasState(interp).calls.get(layer) ?? 0) + 1;
  kerasState(interp).calls.set(layer, calls);
  const used = row.merges || row.name.includes('QueryAttention') || row.name === 'MultiHeadAttention' ? inputs : inputs.slice(0, 1);
  teachInput(graph, row, symbolName(layer, data), used[0]);
  const custom = functionOf(row, data);
  if (custom) return applyActivation(custom, wrap(interp, inputs[0] as TensorData, null), site, interp) ?? NONE;
  const steps = stepsOf(layer, data, used.map(inputShape));
  const built = buildSteps(layer, data, steps, pathInside(graph), interp);
  let x: readonly TensorData[] = used.slice(0, mainArity(row, used));
  // What a recurrent layer starts from is an input too, where it is known.
  const states = built.some((one) => one.op.kind === 'recurrent') ? initialStates(graph, args, inputs) : [];
  for (const one of built) x = [emitStep(graph, one, [...x, ...states], site, calls, row.name)];
  let out: Value = wrap(interp, x[0] as TensorData, callSite);
  if (row.activates) {
    const bound = bind(row.signature, data.args);
    const after = bound.get('activation');
    if (after && after.kind !== 'none') {
      const key = bound.key('activation');
      const nameSpan = (key === undefined ? undefined : site.argSpans.get(key)) ?? site.nameSpan;
      out = applyActivation(after, out, { ...site, nameSpan }, interp) ?? out;
    }
  }
  return withStates(bind(row.signature, data.args).get('return_state'), row.name.includes('LSTM') ? 2 : 1, out, interp);
};

/** MultiHeadAttention(query, value, key=None) with the op's order q, k, v is symmetric for its moments; missing ones repeat. */
const mainArity = (row: LayerRow, inputs: readonly TensorData[]): number => (row.merges || /Attention$/.test(row.name) ? inputs.length : 1);

/** `Activation(f)` with a function or a layer instead of a name. */
const functionOf = (row: LayerRow, data: LayerData): Value | undefined => {
  if (row.name !== 'Activation') return undefined;
  const value = bind(row.signature, data.args).get('activation');
  return value && value.kind !== 'string' && value.kind !== 'unknown' && value.kind !== 'none' ? value : undefined;
};

/** `activation=` after a layer: a name, a function, or a layer. Undefined where it is the identity. */
export const applyActivation = (value: Value, x: Value, site: CallSite, interp: Interpreter): Value | undefined => {
  const state = kerasState(interp);
  const input = tensorData(x);
  if (!input) return undefined;
  if (value.kind === 'string' || value.kind === 'unknown') {
    const op: Op = (value.kind === 'string' ? activationOfString(value.value) : undefined) ?? {
      kind: 'opaque',
      what: 'activation',
      reason: value.kind === 'string' ? `'${value.value}' is no activation of ${state.dialect.title}` : value.reason,
    };
    if (op.kind === 'identity') return undefined;
    const label = value.kind === 'string' ? value.value : 'activation';
    const shape = op.kind === 'opaque' ? shapeOf(input) : undefined;
    const node = emitNode(state.graph, {
      op,
      inputs: [input],
      label,
      path: pathInside(state.graph, label),
      span: site.span,
      nameSpan: site.nameSpan,
      ...(shape === undefined ? {} : { shape }),
    });
    return wrap(interp, activation(state.graph, node), site);
  }
  if (value.kind === 'class') {
    const made = interp.instantiate(value, makeArgs([]), site);
    return interp.call(made, makeArgs([x]), site);
  }
  if (value.kind === 'native' && value.name === 'linear') return undefined;
  return interp.call(value, makeArgs([x]), site);
};

/** Runs something under a layer's path. */
export const inLayer = <T>(graph: Graph, token: string, body: () => T): T => within(graph, join(pathInside(graph), token), body);

export const rememberOutput = (data: LayerData, value: Value, interp: Interpreter): Value => {
  change(data, 'output', value, interp);
  return value;
};
