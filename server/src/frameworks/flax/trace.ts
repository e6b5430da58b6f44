/** From a model to its network: a run of `__call__` on the inputs that `init` was given, or on symbolic ones. */
import type { Interpreter } from '../../interpreter/api.ts';
import type { Args, CallSite, FunctionValue, InstanceValue, Value } from '../../interpreter/values.ts';
import { FALSE, list, args as makeArgs, TRUE, tuple } from '../../interpreter/values.ts';
import type { Issue, Network } from '../../network/network.ts';
import { BATCH, type Dim, equalScalar, type Shape, symbol } from '../../network/scalar.ts';
import type { Param } from '../../syntax/ast.ts';
import type { Entry } from '../framework.ts';
import { buildNetwork, type HeldLayer } from '../shared/build.ts';
import { NO_FANS } from '../shared/fans.ts';
import { emitInput, within } from '../shared/graph.ts';
import { activationsIn } from '../shared/opaque.ts';
import { rootStorage, type Storage } from '../shared/storage.ts';
import { activation, type TensorData, tensorData, wrap } from '../shared/tensor.ts';
import { KEY } from './creation.ts';
import { fansOf } from './initializers.ts';
import { paramsOf, stepsOf } from './layerCall.ts';
import { bindTo, ensureLinen } from './linen.ts';
import { layerOfNnx, walk } from './nnx.ts';
import { flaxState, isNnx, NOWHERE, type Root, type ScopeNode } from './state.ts';

// ── inputs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const TRAINING = /^(is_)?(train|training)$/;
const EVALUATING = /^(deterministic|eval|is_eval|inference|is_inference|test|decode|is_test|use_running_average)$/;
const KEYS = /(^|_)(rng|rngs|key|prng|rng_key|prng_key)$/;
const INDICES = /(^|_)(tokens?|ids?|indices|index|labels?|timesteps?)$/;

/** Models are analysed as they train, whatever a sample call says. */
const switchFor = (name: string): Value | undefined =>
  TRAINING.test(name) ? TRUE : EVALUATING.test(name) ? FALSE : KEYS.test(name) ? KEY : undefined;

interface Inputs {
  readonly args: Args;
  readonly ids: readonly number[];
}

interface Sample {
  readonly entry: Entry;
  readonly ids: number[];
  /** Size of the batch in the other samples: a vector of that many is one number a sample. */
  readonly batch: Dim | undefined;
}

const asInput = (tensor: TensorData, name: string, { entry, ids, batch }: Sample, interp: Interpreter): Value => {
  const { graph } = flaxState(interp);
  const [first, ...rest] = tensor.shape ?? [];
  // The first axis of a sample batch is the batch, whatever its size was; a sample without one has its features.
  const plain = rest.length === 0 && first !== undefined && (batch === undefined || !equalScalar(first, batch));
  const shape: Shape | null = tensor.shape && (first === undefined ? [] : plain ? [BATCH, first] : [BATCH, ...rest]);
  const id = emitInput(graph, name, shape, tensor.integer, entry.nameSpan);
  ids.push(id);
  return wrap(interp, activation(graph, id, tensor.integer), null);
};

/** Data becomes inputs of the network; everything else stays what it is. */
const withInputs = (value: Value, name: string, sample: Sample, interp: Interpreter, depth = 0): Value => {
  const tensor = tensorData(value);
  if (tensor) return asInput(tensor, name, sample, interp);
  if (depth > 3) return value;
  switch (value.kind) {
    case 'tuple':
      return tuple(value.items.map((item, i) => withInputs(item, `${name}_${i}`, sample, interp, depth + 1)));
    case 'list':
      return list(value.items.map((item, i) => withInputs(item, `${name}_${i}`, sample, interp, depth + 1)));
    case 'dict':
      return {
        ...value,
        entries: new Map(
          [...value.entries].map(([key, { key: k, value: v }]) => [
            key,
            { key: k, value: withInputs(v, k.kind === 'string' ? k.value : name, sample, interp, depth + 1) },
          ]),
        ),
      };
    case 'unknown':
      return symbolic(name, null, sample.entry, sample.ids, interp);
    default:
      return value;
  }
};

const symbolic = (name: string, shape: Shape | null, entry: Entry, ids: number[], interp: Interpreter): Value => {
  const { graph } = flaxState(interp);
  const integer = shape === null && INDICES.test(name);
  const id = emitInput(graph, name, shape, integer, entry.nameSpan);
  ids.push(id);
  return wrap(interp, activation(graph, id, integer), null);
};

const callOf = (model: InstanceValue, interp: Interpreter): FunctionValue | undefined => {
  const method = interp.findAttr(model, '__call__');
  return method?.kind === 'bound' && method.fn.kind === 'function' ? method.fn : undefined;
};

const isPlain = (p: Param): boolean => p.kind !== 'varArgs' && p.kind !== 'varKeywords';

const inputsFor = (model: InstanceValue, entry: Entry, interp: Interpreter): Inputs => {
  const fn = callOf(model, interp);
  const params: readonly Pick<Param, 'name' | 'default' | 'kind'>[] = fn?.params.slice(1).filter(isPlain) ?? [];
  const observed = flaxState(interp).observed.get(model);
  const byHand = entry.input?.map((n, i): Dim => n ?? (i === 0 ? BATCH : symbol(`size${i}`)));
  const ids: number[] = [];
  const shapes = [...(observed?.positional ?? []), ...(observed?.keywords.values() ?? [])].map((v) => tensorData(v)?.shape);
  const sample: Sample = { entry, ids, batch: shapes.find((s) => s && s.length > 1)?.[0] };
  const keywords = new Map<string, Value>();
  const positional: Value[] = [];
  if (params.length === 0) {
    const [given] = observed?.positional ?? [];
    positional.push(byHand || !given ? symbolic('x', byHand ?? null, entry, ids, interp) : withInputs(given, 'x', sample, interp));
    return { args: makeArgs(positional), ids };
  }
  for (const [i, param] of params.entries()) {
    const given = observed?.positional[i] ?? observed?.keywords.get(param.name);
    const value =
      switchFor(param.name) ??
      (byHand && ids.length === 0
        ? symbolic(param.name, byHand, entry, ids, interp)
        : given
          ? withInputs(given, param.name, sample, interp)
          : param.default === null
            ? symbolic(param.name, null, entry, ids, interp)
            : undefined);
    if (value) keywords.set(param.name, value);
  }
  // Nothing required: the first parameter is the input all the same.
  const [first] = params;
  if (ids.length === 0 && first && !switchFor(first.name)) keywords.set(first.name, symbolic(first.name, null, entry, ids, interp));
  return { args: { positional, keywords, open: false }, ids };
};

// ── runs ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Run {
  readonly from: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly issues: readonly Issue[];
}

const outputsOf = (result: Value): number[] => {
  if (result.kind === 'unknown') return [];
  const found = activationsIn(result);
  if (found.length === 0 && result.kind === 'instance') for (const value of result.attrs.values()) activationsIn(value, found);
  return found.map((data) => data.node).filter((id) => id !== null);
};

const run = (model: InstanceValue, entry: Entry, interp: Interpreter): Run => {
  const { graph } = flaxState(interp);
  const from = graph.nodes.length;
  graph.paths.length = 0;
  const { args, ids } = inputsFor(model, entry, interp);
  const site: CallSite = { ...NOWHERE, span: entry.span, nameSpan: entry.nameSpan };
  const result = within(graph, '', () => interp.call(model, args, site));
  graph.paths.length = 0;
  const outputs = outputsOf(result);
  const reason = result.kind === 'unknown' ? result.reason : 'no output';
  const issues = outputs.length > 0 ? [] : [{ message: `__call__ could not be followed to its end: ${reason}`, span: entry.nameSpan }];
  return { from, inputs: ids, outputs, issues };
};

// ── linen ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const pathsIn = (scope: ScopeNode, into: Map<Storage, string>): Map<Storage, string> => {
  for (const [name, storage] of scope.params) into.set(storage, scope.path ? `${scope.path}/${name}` : name);
  for (const child of scope.children.values()) pathsIn(child, into);
  return into;
};

interface Traced extends Run {
  readonly paths: ReadonlyMap<Storage, string>;
  readonly held: readonly HeldLayer[];
}

const traceLinen = (model: InstanceValue, entry: Entry, interp: Interpreter): Traced => {
  const root: Root = { held: [] };
  const scope: ScopeNode = { root, path: '', params: new Map(), children: new Map(), stacked: [], calls: 0 };
  const state = flaxState(interp);
  state.running.length = 0;
  const data = ensureLinen(model);
  bindTo(model, data, scope, interp);
  const result = run(model, entry, interp);
  return { ...result, paths: pathsIn(scope, new Map()), held: root.held };
};

// ── nnx ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const traceNnx = (model: InstanceValue, entry: Entry, interp: Interpreter): Traced => {
  const state = flaxState(interp);
  const { modules, variables } = walk(model);
  state.paths = new Map(modules.map(([path, module]) => [module, path]));
  for (const [, module] of modules) resetCalls(module);
  const result = run(model, entry, interp);
  const held = modules.flatMap(([path, module]): HeldLayer[] => {
    const layer = layerOfNnx(module, interp);
    if (!layer) return [];
    const site = layer.site ?? NOWHERE;
    return stepsOf(layer, [null])
      .filter((step) => step.weights.length > 0)
      .map((step) => ({ op: step.op, params: paramsOf(layer, step), path, label: layer.label, span: site.span, nameSpan: site.nameSpan }));
  });
  return { ...result, paths: new Map(variables.map(([path, storage]) => [storage, path])), held };
};

const resetCalls = (module: InstanceValue): void => {
  const data = module.data as { calls?: number } | null | undefined;
  if (data && typeof data === 'object' && typeof data.calls === 'number') data.calls = 0;
};

export const traceModel = (model: InstanceValue, entry: Entry, interp: Interpreter): Network | null => {
  const state = flaxState(interp);
  const traced = isNnx(model) ? traceNnx(model, entry, interp) : traceLinen(model, entry, interp);
  if (traced.paths.size === 0) return null;
  return buildNetwork({
    graph: state.graph,
    entry,
    from: traced.from,
    inputs: traced.inputs,
    outputs: traced.outputs,
    paths: traced.paths,
    layers: traced.held,
    frameworkFans: (_shape, _op, param) => {
      const asked = state.drawn.get(rootStorage(param.storage));
      return (asked && fansOf(asked.initializer, asked.shape)) ?? NO_FANS;
    },
    complete: true,
    model,
    issues: traced.issues,
  });
};
