/**
 * `x.dot(W)`, `W @ x`: which side is the weight, which the signal, and along which axis is summed. Data of which nothing is known
 * becomes an input of the network when it first meets a weight.
 */
import type { Interpreter } from '../../interpreter/api.ts';
import { asScalar } from '../../interpreter/native.ts';
import type { CallSite, Value } from '../../interpreter/values.ts';
import { unknown } from '../../interpreter/values.ts';
import { unknownDistribution } from '../../network/distribution.ts';
import { BATCH, type Dim, equalScalar, isNumber, type Shape } from '../../network/scalar.ts';
import { outputShape } from '../../network/shapes.ts';
import { emitInput, type Graph, shapeOf, spansOf } from '../shared/graph.ts';
import { rootStorage, type Storage } from '../shared/storage.ts';
import { derived, type TensorData, tensorData } from '../shared/tensor.ts';
import { asArray, atNode, type Elementwise, isElementwise, Reduction } from './elementwise.ts';
import { emitOnce } from './once.ts';
import { arrayOf, gradient, isByHand, isGradient, numpyState, storedIn } from './state.ts';

type Stored = TensorData & { readonly storage: Storage };

/** From here on the array counts as a parameter of the network. */
export const useAsParameter = (storage: Storage, interp: Interpreter): void => {
  const root = rootStorage(storage);
  for (const one of new Set([storage, root])) {
    if (one.isParameter) continue;
    interp.mutate(
      () => {
        one.isParameter = true;
      },
      () => {
        one.isParameter = false;
      },
    );
  }
};

const isData = ({ storage }: Stored): boolean => storage.init.distribution.kind === 'data';

const isVector = ({ shape }: Stored): boolean => shape !== null && shape.filter((d) => d !== 1).length < 2;

/** How surely an array is data and no weight: given values, then a constant vector (a state that starts at zero), then a draw. */
const dataRank = (x: Stored): number => {
  if (rootStorage(x.storage).isParameter) return 0;
  if (isData(x)) return 3;
  return x.storage.init.distribution.kind === 'constant' && isVector(x) ? 2 : 1;
};

/** The input that stands for data. */
const sourceFor = (interp: Interpreter, of: Value | Storage, features: Dim, flipped: boolean, site: CallSite): Elementwise => {
  const { sources, graph } = numpyState(interp);
  const known = sources.get(of);
  const shape = known && graph.nodes[known.base]?.shape;
  if (known && (!shape || equalScalar(shape.at(-1) ?? features, features))) return known;
  const name = 'kind' in of && of.kind === 'unknown' && of.symbol !== undefined && /^\w+$/.test(of.symbol) ? of.symbol : 'input';
  const made = atNode(graph, emitInput(graph, name, [BATCH, features], false, site.span), flipped, site);
  sources.set(of, made);
  return made;
};

/** The contracted and the remaining size of a weight; a vector gives one output. */
const sizesOf = (weight: Stored, onLeft: boolean): readonly [Dim, Dim] | undefined => {
  const { shape } = weight;
  if (!shape || shape.length === 0 || shape.length > 2) return undefined;
  if (shape.length === 1) return [shape[0] as Dim, 1];
  const [rows, columns] = shape as [Dim, Dim];
  return onLeft ? [columns, rows] : [rows, columns];
};

const place = (site: CallSite, storage: Storage): string =>
  `${site.span.anchor.file}:${site.span.anchor.offset + site.span.start}:${rootStorage(storage).id}`;

/** That a weight was applied at a place; for the first time or not is what tells training from a network. */
export const recordProduct = (interp: Interpreter, graph: Graph, storage: Storage, site: CallSite): void => {
  if (!isByHand(interp, graph)) return;
  const state = numpyState(interp);
  state.applied++;
  state.places.add(place(site, storage));
};

const dense = (interp: Interpreter, x: Elementwise, weight: Stored, onLeft: boolean, label: string, site: CallSite): Value => {
  const { graph } = x;
  const sizes = sizesOf(weight, onLeft);
  if (!sizes) return opaque(interp, [x], 'a product with an array of unknown shape', label, site);
  const [inFeatures, outFeatures] = sizes;
  if (isByHand(interp, graph)) settleOrder(interp, x, onLeft);
  else if (onLeft !== (x.flipped ?? false)) return opaque(interp, [x], 'a weight on the other side than samples', label, site);
  const had = graph.nodes[x.node]?.shape?.at(-1);
  if (isNumber(had) && isNumber(inFeatures) && had !== inFeatures) return opaque(interp, [x], 'sizes that do not fit', label, site);
  useAsParameter(weight.storage, interp);
  recordProduct(interp, graph, weight.storage, site);
  const node = emitOnce(graph, {
    op: { kind: 'dense', inFeatures, outFeatures },
    inputs: [x],
    params: [{ storage: weight.storage, name: 'weight', role: 'weight' }],
    label,
    ...spansOf(site),
  });
  return asArray(interp, atNode(graph, node, onLeft, site), site);
};

const opaque = (interp: Interpreter, inputs: readonly Elementwise[], reason: string, label: string, site: CallSite): Value => {
  const { graph } = inputs[0] ?? numpyState(interp);
  const node = emitOnce(graph, { op: { kind: 'opaque', what: label, reason }, inputs, label, ...spansOf(site), shape: null });
  return asArray(interp, atNode(graph, node, null, site), site);
};

/** Both sides are draws: the left one is taken for data until a later product says that weights stand on the left. */
const openProduct = (interp: Interpreter, left: Stored, right: Stored, label: string, site: CallSite): Value => {
  const features = left.shape?.at(-1);
  const [inFeatures] = sizesOf(right, false) ?? [];
  if (features === undefined || inFeatures === undefined || left.shape?.length !== 2 || right.shape?.length !== 2)
    return derived(interp, left, unknownDistribution('a product of two arrays'), null, site);
  const x = sourceFor(interp, left.storage, inFeatures, false, site);
  const result = dense(interp, x, right, false, label, site);
  const node = tensorData(result)?.node;
  if (node == null) return result;
  const { open, graph } = numpyState(interp);
  open.set(node, { node, left, right });
  // Which way its axes lie is as open as which side is the weight.
  return asArray(interp, atNode(graph, node, null, site), site);
};

const before = (graph: Graph, node: number): Set<number> => {
  const seen = new Set<number>();
  const queue = [node];
  for (let id = queue.pop(); id !== undefined && seen.size < 256; id = queue.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    queue.push(...(graph.nodes[id]?.inputs ?? []));
  }
  return seen;
};

/** A later product knows on which side weights stand here; products before it that could not tell follow. */
const settleOrder = (interp: Interpreter, x: Elementwise, weightOnLeft: boolean): void => {
  const { open, graph } = numpyState(interp);
  if (open.size === 0) return;
  const reached = before(graph, x.node);
  for (const one of [...open.values()]) {
    if (!reached.has(one.node)) continue;
    open.delete(one.node);
    if (weightOnLeft) swap(interp, one.node, one.left, one.right);
  }
};

/** What was taken for data is the weight, and the other way round. */
const swap = (interp: Interpreter, at: number, weight: Stored | TensorData, data: TensorData): void => {
  const state = numpyState(interp);
  const { graph, sources } = state;
  const node = graph.nodes[at];
  const [rows, columns] = weight.shape ?? [];
  if (!node || !weight.storage || !data.storage || rows === undefined || columns === undefined) return;
  data.storage.isParameter = false;
  useAsParameter(weight.storage, interp);
  sources.delete(weight.storage);
  const input = emitInputBefore(graph, node.inputs[0] ?? -1, [BATCH, columns]);
  sources.set(data.storage, atNode(graph, input, true, { span: node.span, nameSpan: node.nameSpan, argSpans: new Map() }));
  state.applied++;
  graph.nodes[at] = {
    ...node,
    op: { kind: 'dense', inFeatures: columns, outFeatures: rows },
    inputs: [input],
    params: [{ storage: weight.storage, name: 'weight', role: 'weight' }],
    shape: [BATCH, rows],
  };
  for (let id = at + 1; id < graph.nodes.length; id++) {
    const later = graph.nodes[id];
    if (later && later.op.kind !== 'input' && later.inputs.some((i) => i >= at))
      later.shape = outputShape(
        later.op,
        later.inputs.map((i) => graph.nodes[i]?.shape ?? null),
      );
  }
};

/** The input node of the wrong guess becomes the right one: nobody else read it, since it was made for this product. */
const emitInputBefore = (graph: Graph, input: number, shape: Shape): number => {
  const node = graph.nodes[input];
  if (node) graph.nodes[input] = { ...node, shape };
  return input;
};

/** Whether an array that training changes was taken for data: then it is the weight. */
export const learnsFrom = (interp: Interpreter, storage: Storage): void => {
  const { open } = numpyState(interp);
  for (const one of [...open.values()])
    if (one.left.storage === storage) {
      open.delete(one.node);
      swap(interp, one.node, one.left, one.right);
    }
};

const isSymbolic = (value: Value): boolean => value.kind === 'number' && !isNumber(value.value);

/** Something that only running the program would tell: data, as far as a product is concerned. */
const isOpenValue = (value: Value): boolean =>
  value.kind === 'unknown' || value.kind === 'list' || value.kind === 'tuple' || tensorData(value) !== undefined || isSymbolic(value);

/** An activation of this run as a function of its node: one by hand, or a tensor of Theano that a layer was given. */
export const asElementwise = (interp: Interpreter, data: TensorData | undefined, site: CallSite): Elementwise | undefined => {
  if (!data || data.storage || !(isByHand(interp, data.graph) || data.graph.ofTheano)) return undefined;
  if (isElementwise(data)) return data;
  // Layers have samples first.
  const flipped = data instanceof Reduction ? data.flipped : data.graph.ofTheano ? false : null;
  return data.node === null ? undefined : atNode(data.graph, data.node, flipped, site);
};

/** a·b by numpy's rules for up to two axes. */
export const product = (interp: Interpreter, a: Value, b: Value, label: string, site: CallSite): Value => {
  if (isGradient(a) || isGradient(b)) return gradient(interp);
  const [left, right] = [tensorData(a), tensorData(b)];
  const [x, y] = [asElementwise(interp, left, site), asElementwise(interp, right, site)];
  const [v, w] = [storedIn(a), storedIn(b)];
  if (x && w)
    return isData(w) && !w.shape ? opaque(interp, [x], 'a product with data', label, site) : dense(interp, x, w, false, label, site);
  if (v && y)
    return isData(v) && !v.shape ? opaque(interp, [y], 'a product with data', label, site) : dense(interp, y, v, true, label, site);
  if (v && w) return ofStored(interp, v, w, label, site);
  const known = v ?? w;
  if (known) {
    const other = v ? b : a;
    const number = asScalar(other);
    if (!isOpenValue(other) || (number !== undefined && isNumber(number))) return unknown('a product', site.span);
    const sizes = sizesOf(known, known === v);
    if (isData(known) || !sizes) return unknown('a product of data', site.span);
    return dense(interp, sourceFor(interp, other, sizes[0], known === v, site), known, known === v, label, site);
  }
  const active = [x, y].filter((t) => t !== undefined);
  if (x && y && x.graph === y.graph) {
    const { graph } = x;
    const node = emitOnce(graph, {
      op: { kind: 'matmul', transposeA: false, transposeB: false },
      inputs: [x, y],
      label,
      ...spansOf(site),
      shape: null,
    });
    return asArray(interp, atNode(graph, node, x.flipped, site), site);
  }
  return active.length === 1 ? opaque(interp, active, 'a product with data', label, site) : unknown('a product', site.span);
};

const ofStored = (interp: Interpreter, v: Stored, w: Stored, label: string, site: CallSite): Value => {
  const [p, q] = [dataRank(v), dataRank(w)];
  if ((p >= 3 && q >= 2) || (q >= 3 && p >= 2)) return dataArray(interp, v, w, site);
  if (p === 0 && q === 0) return derived(interp, v, unknownDistribution('a product of weights'), null, site);
  if (p === q) return openProduct(interp, v, w, label, site);
  const [data, weight] = p > q ? [v, w] : [w, v];
  const onLeft = weight === v;
  const sizes = sizesOf(weight, onLeft);
  if (!sizes) return unknown('a product', site.span);
  return dense(interp, sourceFor(interp, data.storage, sizes[0], onLeft, site), weight, onLeft, label, site);
};

const dataArray = (interp: Interpreter, v: Stored, w: Stored, site: CallSite): Value => {
  const shape = v.shape?.length === 2 && w.shape?.length === 2 ? [v.shape[0] as Dim, w.shape[1] as Dim] : null;
  const result = derived(interp, { ...v, storage: v.storage }, { kind: 'data', what: 'a product of data' }, shape, site);
  return arrayOf(interp, tensorData(result) as TensorData, site);
};

/** Sizes of an array as the program sees them. */
export const visibleShape = (data: TensorData): Shape | null => {
  if (!isElementwise(data)) return data.storage ? data.shape : shapeOf(data);
  const shape = data.graph.nodes[data.base]?.shape ?? null;
  return shape && data.flipped ? [...shape].reverse() : shape;
};
