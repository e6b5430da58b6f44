/** Runs a model's forward on symbolic inputs and gives its network: a static torch.fx. */
import type { Interpreter } from '../../interpreter/api.ts';
import { unwrapped } from '../../interpreter/stdlib/inspection.ts';
import { type CallSite, type FunctionValue, type InstanceValue, NO_ARGS } from '../../interpreter/values.ts';
import type { Issue, Network } from '../../network/network.ts';
import { BATCH, equalScalar, isNumber, type Shape, symbol } from '../../network/scalar.ts';
import type { Expr, Stmt } from '../../syntax/ast.ts';
import type { Entry } from '../framework.ts';
import { buildNetwork, type HeldLayer } from '../shared/build.ts';
import { emitInput, type Graph } from '../shared/graph.ts';
import { wantedInput } from '../shared/inputs.ts';
import { activation, wrap } from '../shared/tensor.ts';
import { torchFans } from './initializers.ts';
import { heldLayer, labelOf, layerData } from './layer.ts';
import { heldInDoubt, namedModules, namedParameters, outputsOf } from './module.ts';
import { LIGHTNING, MODULE, torchState } from './state.ts';

interface Guess {
  readonly shape: Shape | null;
  readonly integer: boolean;
}

const UNKNOWN: Guess = { shape: null, integer: false };

export const traceModel = (model: InstanceValue, entry: Entry, interp: Interpreter): Network | null => {
  const state = torchState(interp);
  const modules = namedModules(model);
  // A base that others fill in computes nothing: no forward of the source, and no layer.
  if (!hasForward(model, interp) && modules.every(([, module]) => !layerData(module))) return null;
  state.paths = new Map(modules.map(([path, module]) => [module, path]));
  runTraining(model, entry, interp);
  const names = inputNames(model, interp);
  const given = entry.input ? { shape: entry.input.map((n, i) => n ?? (i === 0 ? BATCH : symbol(`size${i}`))), integer: false } : undefined;
  const observed = state.observed.get(model);
  const seen = (i: number): Guess | undefined => {
    const shape = observed?.[i];
    // The first axis of a sample batch is the batch, whatever its size was.
    return shape ? { shape: shape.length > 1 ? [BATCH, ...shape.slice(1)] : shape, integer: false } : undefined;
  };
  const guesses = names.map((_, i) => (i === 0 ? (given ?? seen(0) ?? guessInput(model, modules, interp)) : (seen(i) ?? UNKNOWN)));
  let run = forward(model, names, guesses, entry, interp);
  const better = given || seen(0) ? undefined : contradiction(state.graph, run.inputs[0]);
  if (better) run = forward(model, names, [better, ...guesses.slice(1)], entry, interp);
  else if (!given && !seen(0)) {
    const [shape] = guesses;
    const channelsFirst = shape?.shape?.length === 4 && misfits(state.graph, run.from) > 0 ? rotated(shape) : undefined;
    const other = channelsFirst && forward(model, names, [channelsFirst, ...guesses.slice(1)], entry, interp);
    if (other && misfits(state.graph, other.from) < misfits(state.graph, run.from, other.from)) run = other;
  }
  const held = modules.map(([path, module]) => heldLayer(module, path)).filter((layer): layer is HeldLayer => layer !== undefined);
  return buildNetwork({
    graph: state.graph,
    entry,
    from: run.from,
    inputs: run.inputs,
    outputs: run.outputs,
    paths: new Map(namedParameters(model).map(([path, , storage]) => [storage, path])),
    conditional: heldInDoubt(model, interp),
    layers: held,
    frameworkFans: torchFans,
    complete: !modules.some(([, module]) => (module.data as { open?: boolean } | undefined)?.open === true),
    model,
    issues: run.issues,
  });
};

/** A module that says itself how it is trained is run so, for its losses and its optimizer. */
const runTraining = (model: InstanceValue, entry: Entry, interp: Interpreter): void => {
  if (!model.cls.mro.includes(LIGHTNING)) return;
  const site: CallSite = { span: entry.span, nameSpan: entry.nameSpan, argSpans: new Map() };
  const { graph } = torchState(interp);
  for (const name of ['training_step', 'configure_optimizers']) {
    const method = interp.findAttr(model, name);
    if (method?.kind !== 'bound' || method.fn.kind !== 'function') continue;
    graph.paths.length = 0;
    interp.call(method, NO_ARGS, site);
  }
  graph.paths.length = 0;
};

interface Run {
  readonly from: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly issues: readonly Issue[];
}

const forward = (model: InstanceValue, names: readonly string[], guesses: readonly Guess[], entry: Entry, interp: Interpreter): Run => {
  const state = torchState(interp);
  const { graph } = state;
  const from = graph.nodes.length;
  const site: CallSite = { span: entry.span, nameSpan: entry.nameSpan, argSpans: new Map() };
  state.calls = new Map();
  const inputs = names.map((name, i) => emitInput(graph, name, guesses[i]?.shape ?? null, guesses[i]?.integer ?? false, entry.nameSpan));
  const values = inputs.map((id) => wrap(interp, activation(graph, id, graph.nodes[id]?.op.kind === 'input'), site));
  graph.paths.length = 0;
  // The root's own path is empty: its children are 'fc1', not 'Net.fc1'.
  graph.paths.push('');
  const result = interp.callMethod(model, 'forward', { positional: values, keywords: new Map(), open: false }, site);
  graph.paths.length = 0;
  const outputs = outputsOf(state, result);
  const issues: Issue[] =
    outputs.length === 0
      ? [
          {
            message: `forward could not be followed to its end: ${result?.kind === 'unknown' ? result.reason : 'no output'}`,
            span: entry.nameSpan,
          },
        ]
      : [];
  return { from, inputs, outputs, issues };
};

const hasForward = (module: InstanceValue, interp: Interpreter): boolean => {
  const method = interp.findAttr(module, 'forward');
  return method !== undefined && !(method.kind === 'bound' && method.fn === MODULE.attrs.get('forward'));
};

const forwardOf = (module: InstanceValue, interp: Interpreter): FunctionValue | undefined => {
  const method = interp.findAttr(module, 'forward');
  return method?.kind === 'bound' && method.fn.kind === 'function' ? unwrapped(method.fn) : undefined;
};

const inputParams = (fn: FunctionValue): readonly string[] => {
  const params = fn.params.slice(1).filter((p) => p.kind !== 'varArgs' && p.kind !== 'varKeywords');
  const required = params.filter((p) => p.default === null);
  return (required.length > 0 ? required : params.slice(0, 1)).map((p) => p.name);
};

const inputNames = (model: InstanceValue, interp: Interpreter): readonly string[] => {
  const fn = forwardOf(model, interp);
  const names = fn ? inputParams(fn) : [];
  return names.length > 0 ? names : ['input'];
};

// ── the input's shape ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** From the first layer that says what it takes, with the rank that forward unpacks (`b, n, c = x.shape`). */
const guessInput = (model: InstanceValue, modules: readonly (readonly [string, InstanceValue])[], interp: Interpreter): Guess => {
  const on = modules.find(([, module]) => {
    const data = layerData(module);
    return data && !data.pending && wantedInput(data.spec.op, labelOf(module)) !== null;
  });
  const data = layerData(on?.[1]);
  const wanted = data && on ? wantedInput(data.spec.op, labelOf(on[1])) : null;
  if (!wanted || !on) return UNKNOWN;
  const [path] = on;
  for (const [prefix, module] of modules) {
    if (prefix !== '' && !path.startsWith(`${prefix}.`)) continue;
    const fn = forwardOf(module, interp);
    const rank = fn ? unpackedRank(fn) : undefined;
    if (module === model && fn && rank === undefined) continue;
    if (rank !== undefined) return { ...wanted, shape: withRank(wanted.shape, rank) };
  }
  return wanted;
};

/** A dense layer takes any rank: the features stay last. */
const withRank = (shape: Shape, rank: number): Shape => {
  if (rank === shape.length || rank < 2 || rank > 5) return shape;
  const between = rank === 3 ? [symbol('length')] : [symbol('height'), symbol('width'), symbol('depth')].slice(0, rank - 2);
  return shape.length === 2 ? [BATCH, ...between, shape[1] ?? symbol('features')] : shape;
};

/** `b, n, c = x.shape` in a forward: how many axes its first input has. */
const unpackedRank = (fn: FunctionValue): number | undefined => {
  const name = fn.params[1]?.name;
  if (fn.node.kind !== 'function' || name === undefined) return undefined;
  const isInput = (e: Expr): boolean => e.kind === 'name' && e.id === name;
  const isShape = (e: Expr): boolean =>
    (e.kind === 'attribute' && e.name === 'shape' && isInput(e.object)) ||
    (e.kind === 'call' && e.args.length === 0 && e.callee.kind === 'attribute' && e.callee.name === 'size' && isInput(e.callee.object));
  const look = (statements: readonly Stmt[]): number | undefined => {
    for (const statement of statements) {
      if (statement.kind === 'assign' && statement.value && isShape(statement.value)) {
        const target = statement.targets[0];
        if ((target?.kind === 'tuple' || target?.kind === 'list') && !target.items.some((t) => t.kind === 'starred'))
          return target.items.length;
      }
      const inner = statement.kind === 'if' ? look([...statement.body, ...statement.orElse]) : undefined;
      if (inner !== undefined) return inner;
    }
    return undefined;
  };
  return look(fn.node.body);
};

/** Dense layers whose input does not have the features they take: the guess was wrong. */
const misfits = (graph: Graph, from: number, to?: number): number =>
  graph.nodes.slice(from, to).filter(({ op, inputs }) => {
    const features = op.kind === 'dense' ? graph.nodes[inputs[0] ?? -1]?.shape?.at(-1) : undefined;
    return op.kind === 'dense' && features !== undefined && !equalScalar(features, op.inFeatures);
  }).length;

/** Channels first instead of last. */
const rotated = ({ shape, integer }: Guess): Guess =>
  shape ? { shape: [shape[0] ?? BATCH, shape.at(-1) ?? BATCH, ...shape.slice(1, -1)], integer } : UNKNOWN;

const TRANSPARENT = new Set(['identity', 'dropout', 'pad', 'affine', 'activation', 'batchNorm']);

/** The shape that the input's real first layer asks for, where the guess came from another one. */
const contradiction = (graph: Graph, input: number | undefined): Guess | undefined => {
  if (input === undefined) return undefined;
  const like = new Set([input]);
  for (const node of graph.nodes.slice(input + 1)) {
    if (!node.inputs.some((id) => like.has(id))) continue;
    if (TRANSPARENT.has(node.op.kind)) {
      like.add(node.id);
      continue;
    }
    const wanted = wantedInput(node.op, node.label);
    const shape = graph.nodes[input]?.shape;
    if (!wanted) continue;
    if (!shape) return undefined;
    const features = node.op.kind === 'conv' || node.op.kind === 'convTranspose' ? 1 : -1;
    const [asked, had] = [wanted.shape.at(features), shape.at(features)];
    const wrongRank = (node.op.kind === 'conv' || node.op.kind === 'convTranspose') && shape.length !== wanted.shape.length;
    const isEmbedding = node.op.kind === 'embedding';
    if (isEmbedding)
      return graph.nodes[input]?.op.kind === 'input' && (graph.nodes[input].op as { integer?: boolean }).integer ? undefined : wanted;
    if (wrongRank) return wanted;
    if (isNumber(asked ?? null) && isNumber(had ?? null) && asked !== undefined && had !== undefined && !equalScalar(asked, had))
      return wanted;
    return undefined;
  }
  return undefined;
};
