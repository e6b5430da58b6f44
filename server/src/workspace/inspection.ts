/** `inspect`: what the analysis believes of a file, in the machine-readable form that tests and other tools read (version 1). */
import type { Analysis, NetworkResult } from '../analyze.ts';
import { meanOf, momentsOf } from '../network/moments.ts';
import type { Init, Node, Parameter } from '../network/network.ts';
import { BATCH, type Dim, formatScalar, isNumber, type Shape } from '../network/scalar.ts';
import type { NextActivation } from '../rules/facts.ts';
import { type LayerRecommendation, recommendedStd, recommendFor } from '../signal/recommend.ts';
import type { Signal } from '../signal/signal.ts';
import { surroundingsOf } from '../signal/surroundings.ts';
import { resolve, type Span } from '../text/span.ts';
import { predictedDto } from './networkDto.ts';
import type { Places } from './places.ts';

/** A line, 1-based, and in a notebook the cell that it is counted in; null where the file cannot be read. */
export type Located = { readonly line: number | null; readonly cell?: number };
export type Locate = (file: string, offset: number) => Located;

export const lineLocator =
  (placesOf: (file: string) => Places | null): Locate =>
  (file, offset) => {
    const place = placesOf(file)?.at(offset);
    if (!place) return { line: null };
    const line = place.lines.positionAt(place.start).line + 1;
    return place.cell === null ? { line } : { cell: place.cell, line };
  };

export interface FileInspection {
  readonly file: string;
  readonly networks: readonly NetworkInspection[];
  /** Things that were not understood, bounds that were hit. */
  readonly issues: readonly (Located & { readonly message: string })[];
}

export type NetworkInspection = ReturnType<typeof inspectNetwork>;

interface Where {
  readonly file: string;
  readonly locate: Locate;
}

/** `file` stands beside the line where it is another one. */
const locate = (span: Span, where: Where): Located & { readonly file?: string } => {
  const { file, start } = resolve(span);
  const located = where.locate(file, start);
  return file === where.file ? located : { ...located, file };
};

const size = (dim: Dim | null): number | string | null => {
  if (dim === null || isNumber(dim)) return dim;
  return dim.text === BATCH.text ? null : formatScalar(dim);
};

type Sizes = readonly (number | string | null)[];

const sizes = (shape: Shape | readonly (Dim | null)[] | null): Sizes | null => shape?.map(size) ?? null;

const familyOf = ({ distribution }: Init): string => {
  return distribution.kind === 'varianceScaling' ? distribution.law : distribution.kind;
};

/** A mean that does not hang on sizes. */
const knownMean = (distribution: Init['distribution']): number | null => {
  const mean = meanOf(distribution);
  return isNumber(mean) ? mean : null;
};

/** JSON has no NaN and no infinity. */
const finite = (x: number | null | undefined): number | null => (x === null || x === undefined || !Number.isFinite(x) ? null : x);

/** What a weight should be drawn from by what is around its layer, and why; nothing where it is loaded or not trained. */
const recommended = ({ role, loaded, trainable, fanIn, fanOut }: Parameter, all: readonly LayerRecommendation[]) => {
  const found = loaded || !trainable ? undefined : all.find((one) => one.role === role);
  const [to] = found?.to ?? [];
  if (!found || !to) return {};
  const std = isNumber(fanIn) && isNumber(fanOut) ? finite(recommendedStd(to, fanIn, fanOut)) : null;
  return { recommended: { family: to.family, law: to.law, gain: finite(to.gain), std, why: found.why } };
};

const inspectParameter = (
  parameter: Parameter,
  node: Node,
  reached: boolean,
  next: readonly NextActivation[],
  signal: Signal,
  advice: readonly LayerRecommendation[],
  where: Where,
) => {
  const values = (name: string) => signal.assumed.get(name)?.value;
  const drawn = parameter.drawn ?? parameter.init;
  const moments = momentsOf(drawn.distribution, () => undefined);
  const assumed = moments ? null : momentsOf(drawn.distribution, values);
  const init = locate(drawn.span, where);
  return {
    path: parameter.path,
    layer: node.label,
    /** Of `nodes`; null where the layer is not reached from the inputs. */
    node: reached ? node.id : null,
    ...locate(parameter.span, where),
    role: parameter.role,
    shape: sizes(parameter.shape),
    fanIn: size(parameter.frameworkFans.fanIn),
    fanOut: size(parameter.frameworkFans.fanOut),
    init: {
      family: familyOf(drawn),
      name: drawn.name,
      mean: finite(moments?.mean ?? knownMean(drawn.distribution)),
      std: finite(moments?.std),
      // Where sizes were assumed, so are these.
      ...(assumed ? { assumed: { mean: finite(assumed.mean), std: finite(assumed.std) } } : {}),
      source: drawn.source,
      ...init,
    },
    ...recommended(parameter, advice),
    trainable: parameter.trainable,
    loaded: parameter.loaded,
    // The model may lack it: it stands on one way of a condition that is not known.
    ...(parameter.conditional ? { conditional: true } : {}),
    storage: parameter.storage,
    next: next.map(({ name, via }) => ({ act: name, via })),
  };
};

type ParameterInspection = ReturnType<typeof inspectParameter>;

/**
 * A module that is called twice stands in the graph twice; its parameters are listed once. Of two parameters at one path, of which an
 * unknown condition chooses one, what they have in common is known.
 */
const merged = (all: readonly ParameterInspection[]): ParameterInspection[] => {
  const byPath = new Map<string, ParameterInspection>();
  for (const one of all) {
    const other = byPath.get(one.path);
    byPath.set(one.path, other && other.storage !== one.storage ? common(other, one) : (other ?? one));
  }
  return [...byPath.values()];
};

const common = (a: ParameterInspection, b: ParameterInspection): ParameterInspection => {
  const shared = <T>(x: T, y: T): T | null => (x === y ? x : null);
  const sameRank = a.shape && b.shape && a.shape.length === b.shape.length;
  const sameNext = JSON.stringify(a.next) === JSON.stringify(b.next);
  const { assumed: _, ...init } = a.init;
  const { recommended: advice, ...rest } = { recommended: undefined, ...a };
  return {
    ...rest,
    ...(advice && JSON.stringify(advice) === JSON.stringify('recommended' in b ? b.recommended : null) ? { recommended: advice } : {}),
    node: sameNext ? a.node : null,
    next: sameNext ? a.next : [],
    shape: sameRank ? (a.shape as Sizes).map((size, i) => shared(size, b.shape?.[i] ?? null)) : null,
    fanIn: shared(a.fanIn, b.fanIn),
    fanOut: shared(a.fanOut, b.fanOut),
    init: {
      ...init,
      ...(a.init.family === b.init.family ? {} : { family: 'unknown' }),
      mean: shared(a.init.mean, b.init.mean),
      std: shared(a.init.std, b.init.std),
    },
  };
};

const inspectNode = (node: Node, signal: Signal, where: Where): Readonly<Record<string, unknown>> => {
  const predicted = predictedDto(signal.nodes[node.id]);
  return {
    id: node.id,
    op: node.op.kind,
    ...(node.op.kind === 'activation' ? { activation: node.op.name } : {}),
    path: node.path,
    ...locate(node.span, where),
    inputs: node.inputs,
    shape: sizes(node.shape),
    forward: predicted && {
      mean: finite(predicted.mean),
      std: finite(predicted.std),
      rms: finite(predicted.rms),
      band: predicted.band,
      ...(predicted.unstable ? { unstable: true } : {}),
    },
    gradient: predicted?.gradientRms === null || predicted === null ? null : { rms: finite(predicted.gradientRms) },
    ...(signal.nodes[node.id]?.unknown ? { unknown: signal.nodes[node.id]?.unknown } : {}),
  };
};

const inspectNetwork = ({ network, signal, facts, findings }: NetworkResult, where: Where) => {
  const around = surroundingsOf(network);
  const parameters = (node: Node, reached: boolean) => {
    const advice = reached ? recommendFor(network, node.id, around) : [];
    return node.params
      .filter((parameter) => !parameter.constant)
      .map((parameter) => {
        const weighs = parameter.role === 'weight' || parameter.role === 'recurrentWeight' || parameter.role === 'embedding';
        return inspectParameter(parameter, node, reached, reached && weighs ? facts.next(node) : [], signal, advice, where);
      });
  };
  return {
    name: network.name,
    framework: network.framework,
    ...locate(network.nameSpan, where),
    entry: network.entry,
    complete: network.complete,
    parameters: merged([
      ...network.nodes.flatMap((node) => parameters(node, true)),
      ...network.unreached.flatMap((node) => parameters(node, false)),
    ]),
    nodes: network.nodes.map((node) => inspectNode(node, signal, where)),
    findings: findings.map((finding) => ({
      rule: finding.rule,
      severity: finding.severity,
      ...locate(finding.span, where),
      message: finding.message,
    })),
    assumed: Object.fromEntries([...signal.assumed].map(([name, { value, why }]) => [name, { value, why }])),
    issues: network.issues.map(({ message, span }) => ({ message, ...(span ? locate(span, where) : { line: null }) })),
  };
};

export const inspectFile = (file: string, analysis: Analysis, find: Locate): FileInspection => ({
  file,
  networks: analysis.networks.map((result) => inspectNetwork(result, { file, locate: find })),
  issues: analysis.issues.map(({ message, start }) => ({ ...find(file, start), message })),
});
