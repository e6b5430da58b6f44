/** What numpy keeps for one run: the graph of what was multiplied by hand, and which arrays stand for data in it. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asScalar, nativeClass } from '../../interpreter/native.ts';
import type { CallSite, ClassValue, InstanceValue, Value } from '../../interpreter/values.ts';
import type { Distribution } from '../../network/distribution.ts';
import type { Init } from '../../network/network.ts';
import { type Dim, type Shape, symbol } from '../../network/scalar.ts';
import type { Span } from '../../text/span.ts';
import { type Graph, graphOf } from '../shared/graph.ts';
import { newStorage, type Storage } from '../shared/storage.ts';
import { type TensorData, tensorData, wrap } from '../shared/tensor.ts';
import type { Elementwise } from './elementwise.ts';

export const ARRAY: ClassValue = nativeClass('numpy.ndarray', []);

/** What is computed from the loss: it leads back to the weights, not on to an output. */
const GRADIENT = { kind: 'gradient' } as const;

/** A product of two draws, of which one is data: which one, later products say. */
export interface OpenProduct {
  readonly node: number;
  readonly left: TensorData;
  readonly right: TensorData;
}

export interface NumpyState {
  readonly graph: Graph;
  /** Inputs by what they stand for: an unknown value, or the storage of data. */
  readonly sources: Map<Value | Storage, Elementwise>;
  readonly open: Map<number, OpenProduct>;
  /** Places of products with the storages that were applied there. */
  readonly places: Set<string>;
  applied: number;
  /** Arrays drawn, and operations on arrays: a long loop that only computes is not followed to its end. */
  draws: number;
  operations: number;
  nextSymbol: number;
}

const STATE = Symbol('numpy');

/** Names of arrays; the attribute or key that holds one says more than a local variable. */
export const NAMES: WeakMap<Storage, { readonly name: string; readonly member: boolean }> = new WeakMap();

export const numpyState = (interp: Interpreter): NumpyState =>
  interp.state(STATE, () => ({
    graph: graphOf(interp, 'numpy', ARRAY),
    sources: new Map(),
    open: new Map(),
    places: new Set(),
    applied: 0,
    draws: 0,
    operations: 0,
    nextSymbol: 0,
  }));

/** The graph of what is written by hand. Only there do outputs meet their targets, and may a product be the first to use its weight. */
export const isByHand = (interp: Interpreter, graph: Graph): boolean => graph === numpyState(interp).graph;

/** A size out of a value; what is unknown gets a symbol of its own. */
export const dimOf = (interp: Interpreter, value: Value | undefined): Dim =>
  asScalar(value) ?? symbol(`size?${numpyState(interp).nextSymbol++}`);

export const initOf = (distribution: Distribution, name: string, span: Span): Init => ({
  distribution,
  source: 'call',
  name,
  span,
  generic: false,
});

export interface Drawn {
  readonly shape: readonly (Dim | null)[] | null;
  readonly distribution: Distribution;
  readonly name: string;
}

export const arrayOf = (interp: Interpreter, data: Omit<TensorData, 'graph' | 'kind'>, site: CallSite | null): InstanceValue =>
  wrap(interp, { kind: 'tensor', graph: numpyState(interp).graph, ...data }, site);

/** An array of draws or of data, with memory of its own. */
export const drawn = (interp: Interpreter, { shape, distribution, name }: Drawn, site: CallSite): InstanceValue => {
  numpyState(interp).draws++;
  const storage = newStorage(interp, { shape, init: initOf(distribution, name, site.span), span: site.span });
  const plain: Shape | null = shape?.map((d) => d ?? dimOf(interp, undefined)) ?? null;
  return arrayOf(interp, { node: null, storage, shape: plain, integer: false, share: 1 }, site);
};

export const gradient = (interp: Interpreter): InstanceValue => interp.newInstance(ARRAY, GRADIENT, null);

export const isGradient = (value: Value | undefined): boolean => value?.kind === 'instance' && value.data === GRADIENT;

/** The draws or data that an array holds; undefined for activations. */
export const storedIn = (value: Value | undefined): (TensorData & { readonly storage: Storage }) | undefined => {
  const data = tensorData(value);
  return data?.storage ? (data as TensorData & { readonly storage: Storage }) : undefined;
};

/** Of a list of plain numbers, what is in it (`np.array([784, 128, 10])`, `np.linspace(0, 1, 5)`). */
export interface Listed extends TensorData {
  readonly items: readonly Value[];
}

export const itemsOf = (value: Value | undefined): readonly Value[] | undefined =>
  (tensorData(value) as Partial<Listed> | undefined)?.items;
