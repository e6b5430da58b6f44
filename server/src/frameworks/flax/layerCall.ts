/** Calls of the table's layers: what linen and nnx do alike once a layer's parameters can be had by name. */
import type { Interpreter } from '../../interpreter/api.ts';
import { bind } from '../../interpreter/native.ts';
import type { Args, CallSite, Value } from '../../interpreter/values.ts';
import { NO_ARGS, tuple, unknown } from '../../interpreter/values.ts';
import type { Op } from '../../network/op.ts';
import type { Shape } from '../../network/scalar.ts';
import { emitNode, type Graph, type GraphParam, shapeOf } from '../shared/graph.ts';
import { activationsIn } from '../shared/opaque.ts';
import type { Storage } from '../shared/storage.ts';
import { activation, type TensorData, tensorData, wrap } from '../shared/tensor.ts';
import { type Api, type LayerRow, type Step, signatureOf, type Weight } from './layers/row.ts';
import { drawFrom, drawnBy, makeParameter, spanOf } from './parameters.ts';
import { join, NOWHERE } from './state.ts';

/** A layer as a call sees it. */
export interface Layer {
  readonly row: LayerRow;
  readonly api: Api;
  readonly args: Args;
  readonly site: CallSite | null;
  /** Class as it is written: 'Dense', 'Linear'. */
  readonly label: string;
  readonly path: string;
  /** Under which its unknown sizes appear. */
  readonly name: string;
  readonly storage: (weight: Weight) => Storage;
}

const INPUTS = ['inputs', 'x', 'inputs_q', 'inputs_k', 'inputs_v', 'inputs_kv', 'query', 'key', 'value'];

/** The activations that a layer is called with, in order; a cell's first argument is its carry. */
export const inputsOf = (row: LayerRow, args: Args): readonly TensorData[] => {
  const at = row.cell && args.positional.length > 1 ? 1 : 0;
  const leading = args.positional.slice(at, at + (row.arity ?? 1));
  const named = INPUTS.map((n) => args.keywords.get(n)).filter((v) => v !== undefined);
  return [...leading, ...named].map(tensorData).filter((t) => t !== undefined);
};

export const stepsOf = (
  layer: Pick<Layer, 'row' | 'api' | 'args' | 'name'>,
  inputs: readonly (Shape | null)[],
  call: Args = NO_ARGS,
): readonly Step[] =>
  layer.row.build({ api: layer.api, args: bind(signatureOf(layer.row, layer.api), layer.args), inputs, name: layer.name, call });

/** A cell called by hand makes one step: the last axis is the only one that it knows. */
const oneStep = (step: Step, input: Shape | null): Step =>
  step.op.kind === 'recurrent'
    ? { ...step, op: { ...step.op, returnSequence: false }, shape: input ? [...input.slice(0, -1), step.op.units] : null }
    : step;

/** An op with what only its parameters tell. */
const withWeights = (op: Op, params: readonly GraphParam[]): Op => {
  if (op.kind !== 'activation' || op.name !== 'prelu') return op;
  const slope = params[0]?.storage.init.distribution;
  return slope?.kind === 'constant' ? { ...op, args: { slope: slope.value } } : op;
};

export const paramsOf = (layer: Layer, step: Step): readonly GraphParam[] =>
  step.weights.map((weight) => ({
    storage: layer.storage(weight),
    name: weight.name,
    role: weight.role,
    ...(weight.signal ? { fans: weight.signal } : {}),
    ...(weight.gate ? { gate: weight.gate } : {}),
  }));

export interface Emitted {
  readonly output: Value;
  readonly nodes: readonly { readonly op: Op; readonly params: readonly GraphParam[] }[];
}

/** Appends the ops of a layer to the graph. */
export const applyLayer = (layer: Layer, args: Args, callSite: CallSite, call: number, graph: Graph, interp: Interpreter): Emitted => {
  const given = inputsOf(layer.row, args);
  const inputs = (layer.row.arity ?? 1) > 1 && given.length > 0 ? spread(given) : given.slice(0, 1);
  if (inputs.length === 0)
    return { output: unknown(`${layer.row.name} was called with something that is no array`, callSite.span), nodes: [] };
  const site = layer.site ?? callSite;
  const emitted: { op: Op; params: readonly GraphParam[] }[] = [];
  // What a cell starts from is an input too, where it is known.
  const carry = layer.row.cell ? activationsIn(args.positional.length > 1 ? args.positional[0] : args.keywords.get('initial_carry')) : [];
  let x: readonly TensorData[] = inputs;
  const shapes = inputs.map(shapeOf);
  const steps = stepsOf(layer, shapes, args);
  const single = layer.row.cell && args.positional.length > 1;
  for (const step of single ? steps.map((s) => oneStep(s, shapes[0] ?? null)) : steps) {
    const params = paramsOf(layer, step);
    const op = withWeights(step.op, params);
    emitted.push({ op, params });
    const node = emitNode(graph, {
      op,
      inputs: [...x, ...carry.filter((t) => !x.some((other) => other.node === t.node))],
      params,
      label: layer.label,
      path: join(layer.path, step.suffix ?? ''),
      span: site.span,
      nameSpan: site.nameSpan,
      call,
      ...(step.shape !== undefined ? { shape: step.shape } : {}),
    });
    x = [activation(graph, node)];
  }
  const output = wrap(interp, x[0] as TensorData, callSite);
  return { output: single ? tuple([layer.row.name.includes('LSTM') ? tuple([output, output]) : output, output]) : output, nodes: emitted };
};

/** Attention(q, k = q, v = k). */
const spread = (inputs: readonly TensorData[]): readonly TensorData[] => {
  const [q, k = q, v = k] = inputs;
  return [q, k, v].filter((t) => t !== undefined);
};

/** Draws a layer's parameter; `stack` puts the axes of lifted transformations in front. */
export const drawWeight = (
  layer: Pick<Layer, 'row' | 'api' | 'args' | 'site'>,
  weight: Weight,
  stack: (shape: Shape) => Shape,
  interp: Interpreter,
): Storage => {
  const bound = bind(signatureOf(layer.row, layer.api), layer.args);
  const site = layer.site ?? NOWHERE;
  const given = weight.argument === null ? undefined : bound.get(weight.argument);
  const explicit = given !== undefined && given.kind !== 'none';
  const asked = weight.drawn ?? weight.shape;
  const drawn = explicit ? drawFrom(given, asked, site, interp) : drawnBy(weight.fallback, asked);
  const at = weight.argument === null ? undefined : bound.key(weight.argument);
  return makeParameter(interp, {
    drawn,
    shape: stack(weight.shape),
    asked,
    role: weight.role,
    trainable: weight.trainable ?? true,
    source: explicit ? 'argument' : 'default',
    span: explicit ? spanOf(given, at === undefined ? undefined : site.argSpans.get(at), site) : site.nameSpan,
    site,
  });
};
