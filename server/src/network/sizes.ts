/**
 * Values for sizes that the source leaves open, so that a figure can be given and called assumed: the side of an image such that
 * flatten fits the dense layer behind it, the length of a sequence, the width named `hidden_size`.
 */
import type { Network, Node } from './network.ts';
import type { OpKind } from './op.ts';
import { BATCH, type Dim, isNumber, type Scalar, type Shape, symbol, symbolsOf } from './scalar.ts';
import { reshapeInputs, spatialAxes } from './shapes.ts';

export interface Assumption {
  readonly value: number;
  readonly why: string;
}

export interface AssumedSizes {
  /** Shapes of the inputs by node id; symbols in them have a value. */
  readonly inputShapes: ReadonlyMap<number, Shape>;
  /** Symbol → value. */
  readonly values: ReadonlyMap<string, Assumption>;
  /** Shapes of all nodes with these, where they were worked out on the way. */
  readonly shapes?: readonly (Shape | null)[];
}

const SIDES = [32, 28, 64, 224, 96, 128, 256, 299, 227, 512, 48, 84, 16, 160, 192, 36, 40, 100, 150, 200, 331, 384, 572];
const LENGTHS = [128, 64, 100, 256, 1024, 32, 512, 784, 16_000, 3000];
const SEQUENCE = 16;
/** Larger nets take the first candidate: the search runs shape inference once per candidate. */
const SEARCH_NODES = 5000;

const GUESSES: readonly (readonly [RegExp, number, string])[] = [
  [/vocab|num_embeddings|n_words|num_words|n_tokens|num_tokens/i, 1000, 'a small vocabulary'],
  [/class|label|n_out|num_out|out_dim|output_dim|output_size|action/i, 10, 'ten outputs'],
  [/head/i, 8, 'eight heads'],
  [/in_ch|channels_in|n_channels|num_channels|img_channels|image_channels|input_channels/i, 3, 'a colour image'],
  [/kernel|ksize/i, 3, 'a kernel of 3'],
  [/stride|dilation|group|pad|repeat/i, 1, 'one'],
  [/seq|time|length|steps|context|block_size|max_len|^t$/i, SEQUENCE, 'a short sequence'],
  [/height|width_px|image_size|img_size|^h$|^w$/i, 32, 'a small image'],
  [/mult|expansion|ratio/i, 4, 'a factor of four'],
];

const guess = (name: string): Assumption => {
  for (const [pattern, value, why] of GUESSES) if (pattern.test(name)) return { value, why };
  return { value: 256, why: 'a common width' };
};

/** Ops whose arguments are not sizes: an unknown rate or slope stays unknown. */
const NOT_SIZED: ReadonlySet<OpKind> = new Set(['dropout', 'affine', 'activation', 'input', 'opaque']);

const collect = (x: unknown, into: Set<string>): void => {
  if (typeof x !== 'object' || x === null) return;
  if (Array.isArray(x)) {
    for (const item of x) collect(item, into);
    return;
  }
  if ('args' in x && 'text' in x) symbolsOf(x as Scalar, into);
  else for (const key in x) collect((x as Record<string, unknown>)[key], into);
};

const PASSES: ReadonlySet<OpKind> = new Set([
  'identity',
  'dropout',
  'activation',
  'affine',
  'batchNorm',
  'layerNorm',
  'shift',
  'rotate',
  'scale',
  'pad',
]);

/** First op that asks something of an input's shape, through those that do not. */
const firstConsumer = (consumers: ReadonlyMap<number, readonly Node[]>, id: number): Node | undefined => {
  const seen = new Set<number>();
  const queue = [id];
  for (let next = queue.shift(); next !== undefined && seen.size < 64; next = queue.shift()) {
    if (seen.has(next)) continue;
    seen.add(next);
    for (const node of consumers.get(next) ?? []) {
      if (!PASSES.has(node.op.kind)) return node;
      queue.push(node.id);
    }
  }
  return undefined;
};

/** A shape for an input of unknown rank, from what its first consumer takes. */
const shapeFor = (input: Node, consumer: Node | undefined): Shape | null => {
  const size = (what: string): Dim => symbol(`${input.path}.${what}`);
  const op = consumer?.op;
  switch (op?.kind) {
    case 'conv':
    case 'convTranspose': {
      const sides = ['height', 'width', 'depth'].slice(0, op.rank).map((side) => (op.rank === 1 ? size('length') : size(side)));
      return op.channelAxis === 1 ? [BATCH, op.inChannels, ...sides] : [BATCH, ...sides, op.inChannels];
    }
    case 'dense':
      return [BATCH, op.inFeatures];
    case 'oneHot':
    case 'embedding':
      return [BATCH, size('length')];
    case 'recurrent':
      return op.batchFirst ? [BATCH, size('length'), op.inFeatures] : [size('length'), BATCH, op.inFeatures];
    case 'attention':
      return [BATCH, size('length'), op.features];
    default:
      return null;
  }
};

/** How often the shapes at a node contradict what layers take. */
const contradictions = (node: Node, shapes: readonly (Shape | null)[], values: (name: string) => number | undefined): number => {
  let count = 0;
  const input = shapes[node.inputs[0] ?? -1];
  const out = shapes[node.id];
  if (out?.some((n) => isNumber(n) && (n <= 0 || !Number.isInteger(n)))) count++;
  if (!input) return count;
  if (node.op.kind === 'dense') count += differs(input.at(-1), node.op.inFeatures, values);
  if (node.op.kind === 'conv') {
    const axes = spatialAxes(input, node.op.rank, node.op.channelAxis);
    count += axes === null ? 1 : differs(input[axes.channel], node.op.inChannels, values);
  }
  if (out === null && node.op.kind !== 'opaque' && node.inputs.every((id) => shapes[id] !== null)) count++;
  return count;
};

const differs = (a: Dim | undefined, b: Dim, values: (name: string) => number | undefined): number => {
  const wanted = isNumber(b) ? b : b.kind === 'symbol' ? values(b.name) : undefined;
  return isNumber(a) && wanted !== undefined && a !== wanted ? 1 : 0;
};

export const assumeSizes = (network: Network): AssumedSizes => {
  const inputShapes = new Map<number, Shape>();
  const values = new Map<string, Assumption>();
  const names = new Set<string>();
  for (const node of network.nodes) {
    if (!NOT_SIZED.has(node.op.kind)) collect(node.op, names);
    for (const p of node.params) {
      collect(p.fanIn, names);
      collect(p.fanOut, names);
      collect(p.shape, names);
    }
  }
  const open = network.nodes.filter((node) => node.op.kind === 'input' && (node.shape === null || !node.shape.slice(1).every(isNumber)));
  if (open.length === 0 && names.size === 0) return { inputShapes, values };

  const consumers = new Map<number, Node[]>();
  if (open.length > 0) {
    for (const node of network.nodes) for (const id of node.inputs) consumers.set(id, [...(consumers.get(id) ?? []).slice(0, 7), node]);
  }
  const spatial = new Set<string>();
  let rank = 2;
  for (const input of open) {
    const consumer = firstConsumer(consumers, input.id);
    const shape = input.shape ?? shapeFor(input, consumer);
    if (shape === null) continue;
    inputShapes.set(input.id, shape);
    const op = consumer?.op;
    const windowed = op?.kind === 'conv' || op?.kind === 'convTranspose' || op?.kind === 'pool';
    const axes = windowed ? spatialAxes(shape, op.rank, op.channelAxis) : null;
    if (windowed && axes !== null) {
      rank = op.rank;
      for (const axis of axes.spatial) symbolsOf(shape[axis] as Dim, spatial);
      if (op.kind !== 'pool') fit(shape[axes.channel], op.inChannels, values);
    }
    if (op?.kind === 'dense' || op?.kind === 'recurrent') fit(shape.at(-1), op.inFeatures, values);
    for (const size of shape) symbolsOf(size, names);
  }
  names.delete(BATCH.name);
  for (const name of [...names].sort()) if (!values.has(name) && !spatial.has(name)) values.set(name, guess(name.replace(/^.*\./, '')));

  const candidates = rank === 1 ? LENGTHS : SIDES;
  const assign = (side: number, why: string): void => {
    for (const name of spatial) values.set(name, { value: side, why });
  };
  if (spatial.size > 0) {
    const { best, shapes } =
      network.nodes.length > SEARCH_NODES
        ? { best: candidates[0] as number, shapes: undefined }
        : search(network, inputShapes, values, assign, candidates);
    const why = best === candidates[0] ? 'a common size' : 'the size that the layers after it fit';
    assign(best, rank === 1 ? `${why} of a signal` : `${why} of an image`);
    if (shapes) return { inputShapes, values, shapes };
  }
  return { inputShapes, values };
};

/** A symbolic input size in front of a layer of known width takes that width. */
const fit = (size: Dim | undefined, wanted: Dim, values: Map<string, Assumption>): void => {
  if (size !== undefined && !isNumber(size) && size.kind === 'symbol' && isNumber(wanted) && size.name !== BATCH.name) {
    values.set(size.name, { value: wanted, why: 'what the first layer takes' });
  }
};

const search = (
  network: Network,
  inputShapes: ReadonlyMap<number, Shape>,
  values: ReadonlyMap<string, Assumption>,
  assign: (side: number, why: string) => void,
  candidates: readonly number[],
): { readonly best: number; readonly shapes: readonly (Shape | null)[] } => {
  const lookup = (name: string): number | undefined => values.get(name)?.value;
  let best = candidates[0] as number;
  let fewest = Number.POSITIVE_INFINITY;
  let fitting: readonly (Shape | null)[] = [];
  for (const side of candidates) {
    assign(side, '');
    let count = 0;
    const shapes = reshapeInputs(network, inputShapes, lookup, (node, known) => {
      count += contradictions(node, known, lookup);
      return count >= fewest;
    });
    if (count < fewest) [best, fewest, fitting] = [side, count, shapes];
    if (count === 0) break;
  }
  return { best, shapes: fitting };
};
