/**
 * Gains that bring the rms of every layer's pre-activation to 1, from one pass of the moment engine: what LSUV (Mishkin & Matas 2016,
 * arXiv:1511.06422) and AutoInit (Bingham & Miikkulainen 2023, arXiv:2109.08958) find by running the network on data.
 */
import type { Distribution } from '../network/distribution.ts';
import type { Network, Node, Parameter } from '../network/network.ts';
import { mul, type Scalar } from '../network/scalar.ts';
import { computeSignal, type Revise, revised } from './engine.ts';
import type { Signal } from './signal.ts';
import type { State } from './state.ts';

export interface CalibratedLayer {
  readonly node: number;
  readonly path: string;
  /** What the weights as drawn are multiplied by. */
  readonly gain: number;
}

export interface Calibration {
  readonly layers: readonly CalibratedLayer[];
  /** Layers left as they are, and why. */
  readonly left: readonly { readonly node: number; readonly path: string; readonly why: string }[];
  readonly network: Network;
  readonly signal: Signal;
  /** Rms of the gradient at the calibrated pre-activations, smallest and largest: how flat it is. */
  readonly gradient: { readonly lowest: number; readonly highest: number } | null;
}

const weightOf = (node: Node): Parameter | undefined => {
  const { kind } = node.op;
  if (kind !== 'dense' && kind !== 'conv' && kind !== 'convTranspose' && kind !== 'bilinear') return undefined;
  return node.params.find((p) => p.role === 'weight');
};

/** gain · of, one factor however often it is scaled. */
const times = (of: Distribution, gain: Scalar): Distribution =>
  of.kind === 'affine' && of.offset === 0 ? { ...of, factor: mul(of.factor, gain) } : { kind: 'affine', of, factor: gain, offset: 0 };

const withGain = (node: Node, weight: Parameter, gain: number): Node => ({
  ...node,
  params: node.params.map((p) => (p !== weight ? p : { ...p, init: { ...p.init, distribution: times(p.init.distribution, gain) } })),
});

/** Positive root of a·g² + b·g + c = 1. */
const root = (a: number, b: number, c: number): number | null => {
  const inside = b * b + 4 * a * (1 - c);
  if (!(a > 0) || !(inside > 0)) return null;
  const gain = (-b + Math.sqrt(inside)) / (2 * a);
  return gain > 0 && Number.isFinite(gain) ? gain : null;
};

/** q at the width that the layers have. */
const expected = (x: State): number => x.q * (x.draws?.mean ?? 1);

/** Less of a layer's output than this comes from its input: nothing to calibrate. */
const NOTHING = 1e-18;

export const calibrate = (network: Network): Calibration => {
  const layers: CalibratedLayer[] = [];
  const left: { node: number; path: string; why: string }[] = [];
  /** Tensors that several layers hold are scaled once, where they are met first. */
  const scaled = new Map<number, number>();
  const revise: Revise = (node, state, attempt) => {
    const weight = weightOf(node);
    if (weight === undefined) return node;
    const leave = (why: string): Node => {
      left.push({ node: node.id, path: node.path, why });
      return node;
    };
    const { kind } = weight.init.distribution;
    if (kind === 'identity' || kind === 'dirac') return leave('it passes its input on');
    const shared = scaled.get(weight.storage);
    if (shared !== undefined) return withGain(node, weight, shared);
    // q is quadratic in the gain: A g² + B g + C, C from biases, B where weights and biases both have a mean.
    const [none, minus] = [attempt(withGain(node, weight, 0)), attempt(withGain(node, weight, -1))];
    if (none === null || minus === null) return leave('its output is not known');
    const c = expected(none);
    const b = (expected(state) - expected(minus)) / 2;
    const a = (expected(state) + expected(minus)) / 2 - c;
    if (!(a > NOTHING)) return leave('no signal reaches it');
    const gain = root(a, b, c);
    if (gain === null) return leave('its biases alone are larger than 1');
    scaled.set(weight.storage, gain);
    layers.push({ node: node.id, path: node.path, gain });
    return withGain(node, weight, gain);
  };
  const calibrated = revised(network, revise);
  const seen = new Set([...layers, ...left].map((one) => one.node));
  for (const node of network.nodes) {
    const weight = weightOf(node);
    if (weight === undefined || seen.has(node.id) || scaled.has(weight.storage)) continue;
    left.push({ node: node.id, path: node.path, why: weight.loaded ? 'its weights are loaded' : 'its input or its weights are not known' });
  }
  const signal = computeSignal(calibrated);
  const gradients = layers.flatMap(({ node }) => {
    const g = signal.nodes[node]?.gradient;
    return g === null || g === undefined ? [] : [Math.sqrt(g)];
  });
  const gradient = gradients.length === 0 ? null : { lowest: Math.min(...gradients), highest: Math.max(...gradients) };
  return { layers, left, network: calibrated, signal, gradient };
};
