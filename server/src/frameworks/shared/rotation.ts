/**
 * Rotations written out: `x * cos + rotate_half(x) * sin`, `a * cos - b * sin` of two halves (rotary embedding, Su et al. 2021, eq. 34).
 * Known by factors that are cosine and sine of the same angles, whatever those are: lengths stay, so the graph has a rotation.
 */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber } from '../../interpreter/native.ts';
import type { CallSite, Value } from '../../interpreter/values.ts';
import type { Init } from '../../network/network.ts';
import { equalScalar, isNumber, type Shape } from '../../network/scalar.ts';
import { broadcast } from '../../network/shapes.ts';
import type { Graph, GraphNode } from './graph.ts';
import type { Storage } from './storage.ts';
import { activation, emit, type TensorData, tensorData } from './tensor.ts';

/** Data that is factor · cos or sin of an angle. */
interface Wave {
  readonly name: 'cos' | 'sin';
  readonly factor: number;
  /** The angle: a node, or a view of a storage. */
  readonly node: number | null;
  readonly storage: Storage | null;
  readonly shape: Shape | null;
}

/** As long as the storage holds what it was made with. */
const WAVES: WeakMap<Storage, { readonly wave: Wave; readonly init: Init }> = new WeakMap();

const waveOf = (storage: Storage | null | undefined): Wave | undefined => {
  const kept = storage ? WAVES.get(storage) : undefined;
  return kept && kept.init === storage?.init ? kept.wave : undefined;
};

const keep = (made: Value | undefined, wave: Wave | undefined): void => {
  const storage = tensorData(made)?.storage;
  if (storage && wave) WAVES.set(storage, { wave, init: storage.init });
};

/** Notes that `made` is the cosine or sine of data. */
export const noteWave = (name: string, angle: TensorData, made: Value): void => {
  if (name === 'cos' || name === 'sin') keep(made, { name, factor: 1, node: null, storage: angle.storage, shape: angle.shape });
};

const sameAngle = (a: Wave, b: Wave): boolean =>
  a.factor === b.factor && a.node === b.node && a.storage === b.storage && JSON.stringify(a.shape) === JSON.stringify(b.shape);

/** Notes that `made` has the values of all of `of`, in some order and number, times a factor. */
export const noteSameWave = (of: readonly (TensorData | undefined)[], made: Value | undefined, factor: Value | null = null): void => {
  const [first, ...rest] = of.map((data) => waveOf(data?.storage));
  const times = factor === null ? 1 : asNumber(factor);
  if (!first || times === undefined || rest.some((wave) => wave?.name !== first.name || !sameAngle(wave, first))) return;
  keep(made, { ...first, factor: first.factor * times });
};

const ARRANGES: ReadonlySet<string> = new Set(['identity', 'reshape', 'flatten', 'slice', 'permute']);
const DEPTH = 8;

/** The wave that a node computes: of the cosine or sine of another, arranged, joined with itself or scaled. */
const waveAt = (graph: Graph, id: number, depth = 0): Wave | undefined => {
  const node = graph.nodes[id];
  const [first] = node?.inputs ?? [];
  if (!node || first === undefined || depth > DEPTH) return undefined;
  const { op } = node;
  const name = op.kind === 'activation' ? op.name : op.kind === 'opaque' ? op.what : '';
  if ((name === 'cos' || name === 'sin') && node.inputs.length === 1)
    return op.kind === 'activation' && Object.values(op.args).some((arg) => arg !== 1)
      ? undefined
      : { name, factor: 1, node: first, storage: null, shape: null };
  if (ARRANGES.has(op.kind)) return waveAt(graph, first, depth + 1);
  if (op.kind === 'affine' && op.offset === 0 && isNumber(op.factor)) {
    const wave = waveAt(graph, first, depth + 1);
    return wave && { ...wave, factor: wave.factor * op.factor };
  }
  if (op.kind !== 'concat') return undefined;
  const [wave, ...others] = node.inputs.map((input) => waveAt(graph, input, depth + 1));
  return wave && others.every((other) => other?.name === wave.name && sameAngle(other, wave)) ? wave : undefined;
};

interface Product {
  /** What is multiplied. */
  readonly of: number;
  readonly wave: Wave;
}

const productOf = (graph: Graph, id: number): Product | undefined => {
  const node = graph.nodes[id];
  const [a, b] = node?.inputs ?? [];
  if (!node || a === undefined) return undefined;
  if (node.op.kind === 'scale') {
    const wave = waveOf(node.params[0]?.storage);
    return wave && { of: a, wave };
  }
  if (node.op.kind !== 'mul' || b === undefined || node.inputs.length !== 2) return undefined;
  const second = waveAt(graph, b);
  if (second) return { of: a, wave: second };
  const first = waveAt(graph, a);
  return first && { of: b, wave: first };
};

const plain = (graph: Graph, id: number): number => {
  let at = id;
  for (let node = graph.nodes[at]; node?.op.kind === 'identity' && node.inputs.length === 1; node = graph.nodes[at])
    at = node.inputs[0] as number;
  return at;
};

/** Signs of the parts of `source` that a node is joined from; undefined where it is made of anything else. */
const partsOf = (graph: Graph, id: number, source: number, sign = 1, cut = false, depth = 0): readonly number[] | undefined => {
  if (id === source) return cut ? [sign] : undefined;
  const node = graph.nodes[id];
  const [first] = node?.inputs ?? [];
  if (!node || first === undefined || depth > DEPTH) return undefined;
  if (ARRANGES.has(node.op.kind)) return partsOf(graph, first, source, sign, cut || node.op.kind === 'slice', depth + 1);
  if (node.op.kind === 'affine' && node.op.factor === -1 && node.op.offset === 0)
    return partsOf(graph, first, source, -sign, cut, depth + 1);
  if (node.op.kind !== 'concat') return undefined;
  const parts = node.inputs.map((input) => partsOf(graph, input, source, sign, cut, depth + 1));
  return parts.some((part) => part === undefined) ? undefined : parts.flatMap((part) => part ?? []);
};

/** Two parts of one tensor that have no element in common. */
const apart = (a: GraphNode | undefined, b: GraphNode | undefined): boolean =>
  a?.op.kind === 'slice' &&
  b?.op.kind === 'slice' &&
  a.inputs[0] === b.inputs[0] &&
  a.op.axis === b.op.axis &&
  a.op.size !== null &&
  b.op.size !== null &&
  equalScalar(a.op.size, b.op.size) &&
  a.op.start !== null &&
  b.op.start !== null &&
  isNumber(a.op.start) &&
  isNumber(b.op.start) &&
  !equalScalar(a.op.start, b.op.start);

/** Whether `y` is `x` turned by a right angle (`joined`: sum), or the other half of its pairs. */
const turned = (graph: Graph, x: number, y: number): boolean => {
  const signs = partsOf(graph, y, x);
  if (signs) return signs.includes(1) && signs.includes(-1);
  return apart(graph.nodes[x], graph.nodes[y]);
};

/** `a ± b` where that is a rotation. */
export const rotation = (interp: Interpreter, op: string, a: Value, b: Value, site: CallSite): Value | undefined => {
  const [left, right] = [tensorData(a), tensorData(b)];
  if ((op !== '+' && op !== '-') || left?.node == null || right?.node == null || left.graph !== right.graph) return undefined;
  const { graph } = left;
  const [first, second] = [productOf(graph, left.node), productOf(graph, right.node)];
  if (!first || !second || first.wave.name === second.wave.name || !sameAngle(first.wave, second.wave)) return undefined;
  const [x, y] = [plain(graph, first.of), plain(graph, second.of)];
  if (!turned(graph, x, y) && !turned(graph, y, x)) return undefined;
  for (const side of [left.node, right.node]) graph.absorbed.add(side);
  const of = graph.nodes[first.wave.name === 'cos' ? first.of : second.of] as GraphNode;
  const shape = broadcast([left.node, right.node].map((id) => graph.nodes[id]?.shape ?? null)) ?? of.shape;
  const result = emit(interp, graph, { op: { kind: 'rotate' }, inputs: [activation(graph, of.id)], label: 'rotary', shape }, site);
  const { factor } = first.wave;
  if (factor === 1) return result;
  const scaled = { op: { kind: 'affine', factor, offset: 0 }, inputs: [tensorData(result) as TensorData], label: 'rotary' } as const;
  return emit(interp, graph, scaled, site);
};
