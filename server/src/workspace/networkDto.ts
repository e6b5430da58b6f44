/** A network as the preview page runs it: every size a number, symbols filled with given or assumed values that say so. */
import type { NetworkResult } from '../analyze.ts';
import type { Network, Node, Parameter } from '../network/network.ts';
import { BATCH, isNumber, type Shape, symbolsOf } from '../network/scalar.ts';
import { reshapeInputs } from '../network/shapes.ts';
import { assumeSizes } from '../network/sizes.ts';
import type { NetworkDto, NodeDto, ParameterDto, PredictedDto } from '../protocol.ts';
import { createFacts } from '../rules/facts.ts';
import type { Finding } from '../rules/rule.ts';
import { verdictOf } from '../rules/verdict.ts';
import { computeSignal } from '../signal/engine.ts';
import type { NodeSignal, Signal } from '../signal/signal.ts';
import { resolve, type Span } from '../text/span.ts';
import { resolveScalars, type Values } from './resolveScalars.ts';

/** For a symbol that neither the author nor the signal engine gave a value: wide enough for the mean-field figures to hold. */
const FALLBACK = { value: 64, why: 'no value is known' };

interface Sizes {
  readonly inputShapes: ReadonlyMap<number, Shape>;
  readonly values: Values;
  readonly assumed: NetworkDto['assumed'];
}

/** Names of the symbols that shapes, parameters and draws hang on. */
const symbolsIn = (network: Network, shapes: readonly Shape[]): ReadonlySet<string> => {
  const into = new Set<string>();
  const visit = (x: unknown): void => {
    if (typeof x !== 'object' || x === null) return;
    if (Array.isArray(x)) for (const item of x) visit(item);
    else if ('args' in x && 'text' in x && 'kind' in x) symbolsOf(x as Parameters<typeof symbolsOf>[0], into);
    else for (const value of Object.values(x)) visit(value);
  };
  visit(shapes);
  for (const node of network.nodes) {
    visit(node.op);
    for (const { shape, init } of node.params) visit([shape, init.distribution]);
  }
  into.delete(BATCH.name);
  return into;
};

/** The network with values for some of its symbols. Spans keep their identity. */
const bindNetwork = (network: Network, values: Values): Network => ({
  ...network,
  nodes: network.nodes.map((node) => ({
    ...node,
    op: resolveScalars(node.op, values),
    shape: resolveScalars(node.shape, values),
    params: node.params.map((parameter) => ({
      ...parameter,
      shape: resolveScalars(parameter.shape, values),
      fanIn: resolveScalars(parameter.fanIn, values),
      fanOut: resolveScalars(parameter.fanOut, values),
      frameworkFans: resolveScalars(parameter.frameworkFans, values),
      init: { ...parameter.init, distribution: resolveScalars(parameter.init.distribution, values) },
    })),
  })),
});

/** Values for `open`, the symbols of the network as it was written; `network` and `signal` already have the given ones in them. */
const chooseSizes = (open: Iterable<string>, { network, signal }: NetworkResult, given: Readonly<Record<string, number>>): Sizes => {
  const guessed = assumeSizes(network);
  const chosen = new Map<string, { readonly value: number; readonly why: string }>();
  for (const name of open) {
    const own = given[name];
    const assumed = signal.assumed.get(name) ?? guessed.values.get(name) ?? FALLBACK;
    chosen.set(name, own === undefined ? assumed : { value: own, why: 'given' });
  }
  return {
    inputShapes: guessed.inputShapes,
    values: (name) => (name === BATCH.name ? 1 : chosen.get(name)?.value),
    assumed: [...chosen].map(([name, { value, why }]) => ({ name, value, why })),
  };
};

const numeric = (shape: Shape): readonly number[] | null => {
  const sizes = shape.map((size) => (isNumber(size) && Number.isFinite(size) ? Math.max(0, Math.round(size)) : Number.NaN));
  return sizes.some(Number.isNaN) ? null : sizes;
};

const parameterDto = (parameter: Parameter, { values }: Sizes): ParameterDto | null => {
  const sizes = parameter.shape === null || parameter.shape.includes(null) ? null : (parameter.shape as Shape);
  const shape = sizes === null ? null : numeric(resolveScalars(sizes, values));
  if (shape === null) return null;
  return {
    name: parameter.name,
    role: parameter.role,
    shape,
    distribution: resolveScalars(parameter.init.distribution, values),
    storage: parameter.storage,
  };
};

export const predictedDto = (signal: NodeSignal | undefined): PredictedDto | null => {
  if (!signal?.forward) return null;
  const { m, q } = signal.forward;
  return {
    mean: m,
    std: Math.sqrt(Math.max(0, q - m * m)),
    rms: Math.sqrt(Math.max(0, q)),
    band: signal.band,
    gradientRms: signal.gradient === null ? null : Math.sqrt(Math.max(0, signal.gradient)),
    unstable: signal.unstable,
  };
};

const within = (inner: Span, outer: Span): boolean => {
  const a = resolve(inner);
  const b = resolve(outer);
  return a.file === b.file && a.start >= b.start && a.end <= b.end;
};

/** The node that a finding is shown at: where its span lies, else the first layer that it explains. */
const nodeOf = (finding: Finding, network: Network): number | null => {
  const at = network.nodes.find(
    ({ nameSpan, params }) => within(finding.span, nameSpan) || params.some(({ init }) => within(finding.span, init.span)),
  );
  return at?.id ?? finding.explains[0] ?? null;
};

const nodeDto = (node: Node, shape: Shape | null, file: string, signal: Signal, sizes: Sizes): NodeDto => {
  const params = node.params.map((parameter) => parameterDto(parameter, sizes));
  const known = params.filter((parameter) => parameter !== null);
  const whole = known.length === params.length;
  const range = resolve(node.span);
  return {
    id: node.id,
    op: resolveScalars(node.op, sizes.values),
    path: node.path,
    label: node.label,
    inputs: node.inputs,
    // Without all its parameters a node cannot run, so its output is as good as unknown.
    shape: shape === null || !whole ? null : numeric(resolveScalars(shape, sizes.values).slice(1)),
    params: known,
    start: range.file === file ? range.start : null,
    end: range.file === file ? range.end : null,
    predicted: predictedDto(signal.nodes[node.id]),
  };
};

export interface NetworkDtoOptions {
  readonly file: string;
  readonly sizes?: Readonly<Record<string, number>>;
}

/** The result with the author's sizes in it: the figures predicted are then for these. */
const withSizes = (result: NetworkResult, given: Readonly<Record<string, number>>): NetworkResult => {
  if (Object.keys(given).length === 0) return result;
  const network = bindNetwork(result.network, (name) => given[name]);
  const signal = computeSignal(network);
  return { ...result, network, signal, facts: createFacts(network, signal) };
};

export const networkDto = (result: NetworkResult, options: NetworkDtoOptions): NetworkDto => {
  const given = options.sizes ?? {};
  const open = symbolsIn(result.network, [...assumeSizes(result.network).inputShapes.values()]);
  const sized = withSizes(result, given);
  const { network, signal, facts, findings } = sized;
  const sizes = chooseSizes(open, sized, given);
  const shapes = reshapeInputs(network, sizes.inputShapes, sizes.values);
  return {
    name: network.name,
    framework: network.framework,
    inputs: network.inputs,
    outputs: network.outputs,
    nodes: network.nodes.map((node) => nodeDto(node, shapes[node.id] ?? null, options.file, signal, sizes)),
    assumed: sizes.assumed,
    // Where data are out of scale the facts are those of weights on scaled ones; the panel shows what there is.
    verdict: verdictOf(facts.network === network ? facts : createFacts(network, signal)),
    findings: findings.map((finding) => ({
      rule: finding.rule,
      severity: finding.severity,
      message: finding.message,
      node: nodeOf(finding, network),
    })),
  };
};
