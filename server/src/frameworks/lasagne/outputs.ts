/** What a layer gives: its ops appended to the graph over the outputs of the layers that it takes, once, when somebody asks. */
import type { Interpreter } from '../../interpreter/api.ts';
import { bind } from '../../interpreter/native.ts';
import type { CallSite, InstanceValue, Value } from '../../interpreter/values.ts';
import { list, args as makeArgs } from '../../interpreter/values.ts';
import type { Op } from '../../network/op.ts';
import type { Shape } from '../../network/scalar.ts';
import { currentPath, emitInput, emitNode, type GraphParam, shapeOf, within } from '../shared/graph.ts';
import { pathToken } from '../shared/layerNames.ts';
import { activationsIn } from '../shared/opaque.ts';
import { shapeFromValue, shapeToValue } from '../shared/shapeValues.ts';
import { rootStorage } from '../shared/storage.ts';
import { activation, type TensorData, tensorData, wrap } from '../shared/tensor.ts';
import type { LayerContext, LayerRow, Step } from './layers/row.ts';
import { applyNonlinearity } from './nonlinearities.ts';
import { change, ensureLayer, type Incoming, type LayerData, lasagneState, layerData, symbolName } from './state.ts';

const NOWHERE: CallSite = {
  span: { anchor: { file: '', offset: 0 }, start: 0, end: 0 },
  nameSpan: { anchor: { file: '', offset: 0 }, start: 0, end: 0 },
  argSpans: new Map(),
};

export const siteOf = (layer: InstanceValue, data: LayerData): CallSite => data.site ?? layer.site ?? NOWHERE;

/** An input that stands for a layer that is not known; the same one for the same value. */
const unknownInput = (value: Value, site: CallSite, interp: Interpreter): TensorData => {
  const { graph, unknownInputs } = lasagneState(interp);
  const known = unknownInputs.get(value);
  if (known) return known;
  const name = value.kind === 'unknown' && value.symbol ? value.symbol : 'input';
  const made = activation(graph, emitInput(graph, name, null, false, site.span));
  unknownInputs.set(value, made);
  return made;
};

/** What a layer is given to take: a layer, a shape, or something that is not known. */
export const incomingOf = (value: Value | undefined, site: CallSite, interp: Interpreter): Incoming => {
  const layer = layerData(value);
  if (layer && value?.kind === 'instance') return { layer: value, tensor: null };
  if (tensorData(value)) return { layer: null, tensor: tensorData(value) ?? null };
  const { graph } = lasagneState(interp);
  const isShape = value?.kind === 'tuple' || value?.kind === 'list';
  if (value && !isShape) return { layer: null, tensor: unknownInput(value, site, interp) };
  const shape = shapeFromValue(value, 'input', true);
  return { layer: null, tensor: activation(graph, emitInput(graph, 'input', shape, false, site.span)) };
};

const tensorOf = (incoming: Incoming, interp: Interpreter): TensorData | null =>
  incoming.layer ? outputOf(incoming.layer, interp) : incoming.tensor;

/** What a layer takes, as tensors; null where one is not known. */
export const inputsOf = (data: LayerData, interp: Interpreter): readonly (TensorData | null)[] =>
  data.incoming.map((one) => tensorOf(one, interp));

/** Output of a layer; null where it is not known. */
export const outputOf = (layer: InstanceValue, interp: Interpreter): TensorData | null => {
  const data = ensureLayer(layer, interp);
  if (data.output) return data.output;
  // A layer that is asked for while it is being computed takes itself.
  const { graph } = lasagneState(interp);
  if (graph.paths.includes(pathToken(layer))) return null;
  const known = inputsOf(data, interp).filter((t) => t !== null);
  const output = within(graph, pathToken(layer), () => pinned(computed(layer, data, known, interp)));
  if (output) change(data, 'output', output, interp);
  return output;
};

/** At the end of a layer what it computes is a node: what the next one does with it is not part of the same function. */
const pinned = (output: TensorData | null): TensorData | null =>
  output && output.node !== null && !output.storage ? activation(output.graph, output.node, output.integer) : output;

const computed = (layer: InstanceValue, data: LayerData, inputs: readonly TensorData[], interp: Interpreter): TensorData | null => {
  const method = interp.findAttr(layer, 'get_output_for');
  if (method?.kind === 'bound' && method.fn.kind === 'function') {
    const values = inputs.map((t) => wrap(interp, t, null));
    const merges = layer.cls.mro.some((c) => c.path === 'lasagne.layers.MergeLayer') || data.incoming.length > 1;
    const argument = merges ? list(values) : values[0];
    const site = siteOf(layer, data);
    const { graph } = lasagneState(interp);
    const from = graph.nodes.length;
    const result = argument ? interp.call(method, makeArgs([argument]), site) : undefined;
    return withLeftovers(pinned(tensorOr(result, layer, data, inputs, interp)), data, from, site, interp);
  }
  return data.row ? applyRow(layer, data, data.row, inputs, interp) : null;
};

/** Parameters whose use was not followed (a factor of another weight, say) are part of the layer all the same. */
const withLeftovers = (
  output: TensorData | null,
  data: LayerData,
  from: number,
  site: CallSite,
  interp: Interpreter,
): TensorData | null => {
  const { graph } = lasagneState(interp);
  const made = graph.nodes.slice(from);
  const used = new Set(made.flatMap(({ params }) => params.map(({ storage }) => rootStorage(storage))));
  const params = [...data.params].flatMap(([name, storage]): GraphParam[] =>
    used.has(rootStorage(storage)) ? [] : [{ storage, name, role: storage.role ?? 'other' }],
  );
  if (!output || params.length === 0) return output;
  const opaque = made.find(({ op }) => op.kind === 'opaque');
  if (opaque) {
    graph.nodes[opaque.id] = { ...opaque, params: [...opaque.params, ...params] };
    return output;
  }
  const place = { span: site.span, nameSpan: site.nameSpan };
  const op: Op = { kind: 'identity' };
  return activation(graph, emitNode(graph, { op, inputs: [output], params, label: 'parameters', ...place, shape: shapeOf(output) }));
};

/** The result of a `get_output_for` of the source, else a node that keeps the graph connected with the shape that the class tells. */
const tensorOr = (
  result: Value | undefined,
  layer: InstanceValue,
  data: LayerData,
  inputs: readonly TensorData[],
  interp: Interpreter,
): TensorData | null => {
  const { graph } = lasagneState(interp);
  // What starts from data of the author's own is on a graph of its own.
  const isOurs = (tensor: TensorData | undefined): tensor is TensorData => tensor?.graph === graph;
  const given = [tensorData(result)].find(isOurs);
  const from = result ? activationsIn(result).filter(isOurs) : [];
  if (given && given.node !== null && shapeOf(given)) return given;
  const shape = shapeByMethod(layer, data, inputs, interp);
  if (given && given.node !== null) {
    const node = graph.nodes[given.node];
    if (node && shape && node.shape === null && node.op.kind !== 'input') node.shape = shape;
    return given;
  }
  const site = siteOf(layer, data);
  const id = emitNode(graph, {
    op: {
      kind: 'opaque',
      what: layer.cls.name,
      reason: result?.kind === 'unknown' ? result.reason : 'its get_output_for is not followed',
    },
    inputs: from.length > 0 ? from : inputs,
    // What the layer holds is part of it, even where its use is not followed.
    params: [...data.params].map(([name, storage]): GraphParam => ({ storage, name, role: storage.role ?? 'other' })),
    label: layer.cls.name,
    path: currentPath(graph),
    span: site.span,
    nameSpan: site.nameSpan,
    shape,
  });
  return activation(graph, id);
};

/** What `get_output_shape_for` of the source says of these inputs; Layer's own is the input's shape. */
const shapeByMethod = (layer: InstanceValue, data: LayerData, inputs: readonly TensorData[], interp: Interpreter): Shape | null => {
  const method = interp.findAttr(layer, 'get_output_shape_for');
  const shapes = inputs.map(shapeOf);
  if (method?.kind !== 'bound' || method.fn.kind !== 'function') return data.incoming.length === 1 ? (shapes[0] ?? null) : null;
  const values = shapes.map((s) => shapeToValue(s, 'input'));
  const merges = data.incoming.length > 1;
  const argument = merges ? list(values) : values[0];
  const result = argument ? interp.call(method, makeArgs([argument]), siteOf(layer, data)) : undefined;
  return result?.kind === 'tuple' || result?.kind === 'list' ? shapeFromValue(result, symbolName(layer, data), true) : null;
};

// ── rows ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────

export const contextOf = (layer: InstanceValue, data: LayerData, row: LayerRow, inputs: readonly (Shape | null)[]): LayerContext => ({
  args: bind(row.signature, data.args),
  inputs,
  name: symbolName(layer, data),
});

/** An op with what only its parameters tell. */
const withParams = (op: Op, params: readonly GraphParam[]): Op => {
  if (op.kind !== 'activation' || op.name !== 'prelu') return op;
  const slope = params[0]?.storage.init.distribution;
  return slope?.kind === 'constant' ? { ...op, args: { slope: slope.value } } : op;
};

const paramsOf = (step: Step, data: LayerData): readonly GraphParam[] =>
  step.weights.flatMap((weight): GraphParam[] => {
    const storage = data.params.get(weight.name);
    return storage
      ? [
          {
            storage,
            name: weight.name,
            role: weight.role,
            ...(weight.signal ? { fans: weight.signal } : {}),
            ...(weight.gate ? { gate: weight.gate } : {}),
          },
        ]
      : [];
  });

/** Appends a row's ops over these inputs, under the current path. */
export const applyRow = (
  layer: InstanceValue,
  data: LayerData,
  row: LayerRow,
  inputs: readonly TensorData[],
  interp: Interpreter,
): TensorData | null => {
  const { graph } = lasagneState(interp);
  if (inputs.length === 0) return null;
  const site = siteOf(layer, data);
  const context = contextOf(layer, data, row, inputs.map(shapeOf));
  const place = { span: site.span, nameSpan: site.nameSpan };
  const folded = row.folds === undefined ? undefined : joined(context.args.get(row.folds), inputs, site, interp);
  if (folded) return folded;
  const sides = row.merges ? [] : inputs.slice(1, 1 + data.sides);
  let x: readonly TensorData[] = row.merges ? weighted(context, row, inputs, place, interp) : inputs.slice(0, 1);
  for (const step of row.build(context)) {
    const params = paramsOf(step, data);
    const id = emitNode(graph, {
      op: step.op.kind === 'shift' && params.length === 0 ? { kind: 'identity' } : withParams(step.op, params),
      inputs: step.op.kind === 'recurrent' || step.op.kind === 'opaque' ? [...x, ...sides] : x,
      params,
      label: layer.cls.name,
      path: step.suffix ? `${currentPath(graph)}/${step.suffix}` : currentPath(graph),
      ...place,
      ...(step.shape === undefined ? {} : { shape: step.shape }),
    });
    x = [activation(graph, id)];
  }
  const [out] = x;
  if (!out || data.nonlinearity === undefined) return out ?? null;
  const key = context.args.key(row.applies ?? '');
  const nameSpan = (key === undefined ? undefined : site.argSpans.get(key)) ?? site.nameSpan;
  const result = applyNonlinearity(data.nonlinearity, wrap(interp, out, null), { ...site, nameSpan }, interp);
  const applied = tensorData(result);
  if (applied?.graph === graph && applied.node !== null) return applied;
  const op: Op = {
    kind: 'opaque',
    what: row.applies ?? 'nonlinearity',
    reason: result.kind === 'unknown' ? result.reason : 'its result is no tensor',
  };
  const shape = row.applies === 'nonlinearity' ? shapeOf(out) : null;
  return activation(
    graph,
    emitNode(graph, { op, inputs: [out], label: op.what, path: `${currentPath(graph)}/${op.what}`, ...place, nameSpan, shape }),
  );
};

/** f(f(a, b), c) for a function of the source; undefined where it gives no tensor of this graph, or where sizes are cropped. */
const joined = (fn: Value | undefined, inputs: readonly TensorData[], site: CallSite, interp: Interpreter): TensorData | undefined => {
  const { graph } = lasagneState(interp);
  const [first, ...rest] = inputs.map((x): Value => wrap(interp, x, null));
  if (fn?.kind !== 'function' || !first || rest.length === 0) return undefined;
  const result = pinned(tensorData(rest.reduce((all, one) => interp.call(fn, makeArgs([all, one]), site), first)) ?? null);
  const isSame = result?.graph === graph && JSON.stringify(shapeOf(result)) === JSON.stringify(inputs[0] ? shapeOf(inputs[0]) : null);
  return result && isSame ? result : undefined;
};

/** Inputs of a weighted sum, each times its factor. */
const weighted = (
  context: LayerContext,
  row: LayerRow,
  inputs: readonly TensorData[],
  place: Pick<CallSite, 'span' | 'nameSpan'>,
  interp: Interpreter,
): readonly TensorData[] => {
  if (!row.factors) return inputs;
  const factors = row.factors(context);
  const { graph } = lasagneState(interp);
  return inputs.map((x, i): TensorData => {
    const factor = factors?.[i];
    if (factor === 1) return x;
    const op: Op =
      factor === undefined ? { kind: 'opaque', what: 'coeffs', reason: 'a factor is not known' } : { kind: 'affine', factor, offset: 0 };
    return activation(
      graph,
      emitNode(graph, { op, inputs: [x], label: 'coeffs', path: `${currentPath(graph)}/coeffs`, ...place, shape: shapeOf(x) }),
    );
  });
};
