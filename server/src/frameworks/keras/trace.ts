/** From a model to its network: the recorded graph of a functional model, else a run of `call` on symbolic inputs. */
import type { Interpreter } from '../../interpreter/api.ts';
import type { CallSite, FunctionValue, InstanceValue, Value } from '../../interpreter/values.ts';
import { str, TRUE, tuple } from '../../interpreter/values.ts';
import type { Issue, Network } from '../../network/network.ts';
import { BATCH, type Dim, type Shape, symbol } from '../../network/scalar.ts';
import { type AstNode, isArgument, isParam, visit } from '../../syntax/visit.ts';
import type { Entry } from '../framework.ts';
import { buildNetwork, type HeldLayer } from '../shared/build.ts';
import type { Fans } from '../shared/fans.ts';
import { NO_FANS } from '../shared/fans.ts';
import { emitInput, type Graph, type GraphNode, shapeOf } from '../shared/graph.ts';
import { pathToken } from '../shared/layerNames.ts';
import { activationsIn } from '../shared/opaque.ts';
import { rootStorage, type Storage } from '../shared/storage.ts';
import { activation, tensorData, wrap } from '../shared/tensor.ts';
import { buildSteps, stepsOf } from './apply.ts';
import type { Dialect } from './dialect.ts';
import { callInside } from './layerClasses.ts';
import { MODEL } from './models.ts';
import { ensureLayer, join, kerasState, type LayerData, layerData, namesFor } from './state.ts';
import { sublayersOf } from './tree.ts';

interface Run {
  readonly from: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly issues: readonly Issue[];
}

// ── inputs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const shapeByHand = (entry: Entry): Shape | null =>
  entry.input ? entry.input.map((n, i): Dim => n ?? (i === 0 ? BATCH : symbol(`size${i}`))) : null;

interface InputGuess {
  readonly shape: Shape | null;
  readonly integer: boolean;
}

/** The shape that a Sequential, or the first layer inside it, was told. */
const sequentialInput = (model: Value | undefined, graph: Graph, depth = 0): InputGuess => {
  const tensor = tensorData(model);
  if (tensor) {
    const node = tensor.node === null ? undefined : graph.nodes[tensor.node];
    return { shape: shapeOf(tensor), integer: node?.op.kind === 'input' && node.op.integer };
  }
  const data = layerData(model);
  if (!data || depth > 8) return { shape: null, integer: false };
  if (data.inputShape) return { shape: data.inputShape, integer: false };
  if (data.functional) {
    const [input] = data.functional.inputs;
    return { shape: input ? shapeOf(input) : null, integer: input?.integer ?? false };
  }
  if (data.children.length > 0) return sequentialInput(data.children[0], graph, depth + 1);
  // A subclassed model says it on the first layer, by habit.
  const below = model?.kind === 'instance' ? [...model.attrs.values()].find((v) => layerData(v)?.inputShape) : undefined;
  return { shape: layerData(below)?.inputShape ?? null, integer: false };
};

const callOf = (model: InstanceValue, interp: Interpreter): FunctionValue | undefined => {
  const method = interp.findAttr(model, 'call');
  return method?.kind === 'bound' && method.fn.kind === 'function' ? method.fn : undefined;
};

const SWITCHES = new Set(['training', 'mask', 'self']);

/** Names of the tensors that `call` needs. */
const inputNames = (model: InstanceValue, interp: Interpreter): readonly string[] => {
  const fn = callOf(model, interp);
  const params = fn?.params.slice(1).filter((p) => p.kind !== 'varArgs' && p.kind !== 'varKeywords' && !SWITCHES.has(p.name)) ?? [];
  const required = params.filter((p) => p.default === null);
  const names = (required.length > 0 ? required : params.slice(0, 1)).map((p) => p.name);
  return names.length > 0 ? names : ['input_layer'];
};

/** How `call` takes its first argument apart: into how many items, or by which keys. */
type Parts = { readonly kind: 'items'; readonly count: number } | { readonly kind: 'keys'; readonly keys: readonly string[] };

const partsOf = (fn: FunctionValue | undefined): Parts | undefined => {
  const name = fn?.params[1]?.name;
  if (!fn || name === undefined || fn.node.kind !== 'function') return undefined;
  const isInput = (node: AstNode | null | undefined): boolean => !!node && 'kind' in node && node.kind === 'name' && node.id === name;
  const keys: string[] = [];
  let count = 0;
  visit(fn.node.body, (node) => {
    if (isParam(node) || isArgument(node)) return true;
    if (node.kind === 'assign' && isInput(node.value)) {
      const [target] = node.targets;
      if (target?.kind === 'tuple' || target?.kind === 'list') count = Math.max(count, target.items.length);
    }
    if (node.kind === 'subscript' && isInput(node.object)) {
      if (node.index.kind === 'string' && !keys.includes(node.index.value)) keys.push(node.index.value);
      if (node.index.kind === 'number') count = Math.max(count, node.index.value + 1);
    }
    return true;
  });
  if (keys.length > 0) return { kind: 'keys', keys };
  return count > 1 && count <= 16 ? { kind: 'items', count } : undefined;
};

// ── runs ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const outputsOf = (result: Value | undefined): number[] =>
  result?.kind === 'unknown'
    ? []
    : activationsIn(result)
        .map((data) => data.node)
        .filter((id) => id !== null);

const joinParts = (parts: Parts | undefined, names: readonly string[], tensors: readonly Value[]): Value => {
  const own = tensors.slice(0, names.length);
  if (parts?.kind !== 'keys') return tuple(own);
  return {
    kind: 'dict',
    entries: new Map(names.map((name, i) => [`s${name}`, { key: str(name), value: own[i] as Value }])),
    open: false,
  };
};

const runCall = (model: InstanceValue, data: LayerData, entry: Entry, interp: Interpreter): Run => {
  const state = kerasState(interp);
  const { graph } = state;
  const from = graph.nodes.length;
  const site: CallSite = { span: entry.span, nameSpan: entry.nameSpan, argSpans: new Map() };
  const told = sequentialInput(model, graph);
  const params = data.functional ? data.functional.inputs.map((_, i) => `input_${i}`) : inputNames(model, interp);
  // A model of several inputs takes them as one list or dict.
  const parts = data.functional || shapeByHand(entry) || told.shape ? undefined : partsOf(callOf(model, interp));
  const first = params[0] ?? 'input_layer';
  const split = parts?.kind === 'items' ? Array.from({ length: parts.count }, (_, i) => `${first}_${i}`) : parts?.keys;
  const names = split ? [...split, ...params.slice(1)] : params;
  const inputs = names.map((name, i) => {
    const shape = i === 0 ? (shapeByHand(entry) ?? told.shape) : null;
    return emitInput(graph, name, shape, i === 0 && told.integer, entry.nameSpan);
  });
  state.calls.clear();
  graph.paths.length = 0;
  // The root's own name is not part of the paths inside it.
  graph.paths.push('');
  const tensors = inputs.map((id): Value => wrap(interp, activation(graph, id), site));
  const joined = split ? joinParts(parts, split, tensors) : undefined;
  const positional = joined ? [joined, ...tensors.slice(split?.length)] : tensors;
  const takesTraining = callOf(model, interp)?.params.some((p) => p.name === 'training') ?? false;
  const keywords = new Map<string, Value>(takesTraining ? [['training', TRUE]] : []);
  const result = callInside(model, { positional, keywords, open: false }, site, interp);
  graph.paths.length = 0;
  const outputs = outputsOf(result);
  const reason = result.kind === 'unknown' ? result.reason : 'no output';
  const issues = outputs.length > 0 ? [] : [{ message: `call could not be followed to its end: ${reason}`, span: entry.nameSpan }];
  return { from, inputs, outputs, issues };
};

const recorded = (data: LayerData): Run | null => {
  if (!data.functional) return null;
  const inputs = data.functional.inputs.map((input) => input.node).filter((id) => id !== null);
  const outputs = data.functional.outputs.flatMap((output) => tensorData(output)?.node ?? []);
  return { from: 0, inputs, outputs, issues: [] };
};

// ── what the model holds ───────────────────────────────────────────────────────────────────────────────────────────────────

interface Held {
  readonly layer: InstanceValue;
  readonly data: LayerData;
  readonly path: string;
}

const heldLayers = (root: InstanceValue, interp: Interpreter): readonly Held[] => {
  const seen = new Set<InstanceValue>();
  const found: Held[] = [];
  const walk = (layer: InstanceValue, path: string): void => {
    if (seen.has(layer) || found.length > 5000) return;
    seen.add(layer);
    const data = ensureLayer(layer, interp);
    found.push({ layer, data, path });
    for (const child of sublayersOf(layer, interp)) walk(child, join(path, pathToken(child)));
  };
  walk(root, '');
  return found;
};

/** Layers with weights, whether the graph reached them or not. */
const unreachable = (held: readonly Held[], reached: ReadonlySet<Storage>, interp: Interpreter): readonly HeldLayer[] =>
  held.flatMap(({ layer, data, path }) => {
    if (!data.row || !data.site || [...data.weights.values()].some((s) => reached.has(s))) return [];
    const steps = stepsOf(layer, data, [null]);
    if (steps.every((step) => step.weights.length === 0)) return [];
    const { site } = data;
    const label = data.row.name;
    return buildSteps(layer, data, steps, path, interp)
      .filter((built) => built.params.length > 0)
      .map(({ op, params }) => ({ op, params, path, label, span: site.span, nameSpan: site.nameSpan }));
  });

/** The path up to the last layer's name, where parameters hang. */
export const ownerPath = (path: string): string => path.slice(0, path.lastIndexOf('⟧') + 1);

const nodesOf = (graph: Graph, run: Run): readonly GraphNode[] => {
  if (run.outputs.length === 0) return graph.nodes.slice(run.from);
  const seen = new Set<number>();
  const open = [...run.outputs];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    open.push(...(graph.nodes[id]?.inputs ?? []));
  }
  return graph.nodes.filter((node) => seen.has(node.id));
};

export const traceModel = (model: InstanceValue, entry: Entry, interp: Interpreter): Network | null => {
  const state = kerasState(interp);
  const data = ensureLayer(model, interp);
  const run = (entry.input ? null : recorded(data)) ?? runCall(model, data, entry, interp);
  const nodes = nodesOf(state.graph, run);
  const paths = new Map<Storage, string>();
  for (const node of nodes)
    for (const param of node.params) {
      const storage = rootStorage(param.storage);
      const name = state.owners.get(storage)?.name ?? param.name;
      if (!paths.has(storage)) paths.set(storage, join(ownerPath(node.path), name));
    }
  const reached = new Set(paths.keys());
  const held = heldLayers(model, interp);
  const layers = unreachable(held, reached, interp);
  for (const { data: one, path } of held)
    for (const [name, storage] of one.weights) if (!paths.has(storage)) paths.set(storage, join(path, name));
  if (paths.size === 0 && !model.cls.mro.includes(MODEL)) return null;
  const rename = namesFor([...nodes.map((n) => n.path), ...paths.values()], state);
  return buildNetwork({
    graph: { ...state.graph, nodes: state.graph.nodes.map((node) => ({ ...node, path: rename(node.path) })) },
    entry,
    from: run.from,
    inputs: run.inputs,
    outputs: run.outputs,
    paths: new Map([...paths].map(([storage, path]) => [storage, rename(path)])),
    layers: layers.map((layer) => ({ ...layer, path: rename(layer.path) })),
    frameworkFans: (shape, _op, param) => fansOf(shape, state.fans.get(rootStorage(param.storage)), state.dialect),
    complete: true,
    model,
    issues: run.issues,
  });
};

export const fansOf = (shape: readonly (Dim | null)[] | null, given: Fans | undefined, dialect: Dialect): Fans => {
  if (given) return given;
  if (!shape || shape.some((size) => size === null)) return NO_FANS;
  return dialect.computeFans(shape as Shape);
};
