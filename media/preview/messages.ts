/** What passes between the preview's page and the code that runs the network (a worker, or the page itself). Plain data. */
import type { NetworkDto } from '../../server/src/protocol.ts';

export const BACKENDS = ['webgpu', 'webgl', 'wasm', 'cpu'] as const;
export type BackendName = (typeof BACKENDS)[number];

export interface BackendInfo {
  readonly name: BackendName;
  /** Name of the adapter as the platform tells it; empty where there is none (wasm, cpu). */
  readonly adapter: string;
  /** The adapter is a processor that plays a GPU (SwiftShader, llvmpipe). */
  readonly software: boolean;
  /** Duration of the self-measurement, a 256³ product; null where it was not measured. */
  readonly probeMs: number | null;
  /** What was tried and did not start, in words. */
  readonly rejected: readonly { readonly name: BackendName; readonly why: string }[];
}

export interface RunOptions {
  readonly seed: number;
  /** Samples in the batch; lowered where activations are large. */
  readonly batch: number;
  /** Also run backward for the gradient of each layer, where the network is small enough. */
  readonly gradient: boolean;
}

export interface Histogram {
  readonly low: number;
  readonly high: number;
  /** Counts of non-zero values in bins of equal width; exact zeros are told by `LayerResult.zero`. */
  readonly counts: readonly number[];
  /** Number of values that were looked at, zeros and values outside the bounds included. */
  readonly sampled: number;
}

export interface LayerStatistics {
  readonly mean: number;
  readonly std: number;
  readonly rms: number;
  /** Share of units that are zero for the whole batch. */
  readonly dead: number;
  /** Share of values that are exactly zero. */
  readonly zero: number;
  /** Share of pre-activations where |φ′| < 0.01; null for what is no activation. */
  readonly saturated: number | null;
  /** NaN and infinite values. */
  readonly nonFinite: number;
  readonly count: number;
  readonly histogram: Histogram | null;
}

export type LayerResult = {
  readonly node: number;
  /** Shape with batch, as run; null where nothing was run. */
  readonly shape: readonly number[] | null;
  readonly ms: number;
} & (
  | { readonly state: 'ok'; readonly statistics: LayerStatistics }
  /** `stopped`: not understood or could not be run; `notReached`: an input of it is missing. */
  | { readonly state: 'stopped' | 'notReached'; readonly why: string }
);

export type RunEvent =
  | { readonly type: 'plan'; readonly batch: number; readonly layers: number; readonly sampled: readonly string[] }
  | { readonly type: 'layer'; readonly index: number; readonly result: LayerResult }
  /** rms of the gradient by node, with unit-variance gradient at the network's outputs; or why there is none. */
  | { readonly type: 'gradient'; readonly rms: readonly (readonly [number, number])[]; readonly why: string | null };

export type ToRunner =
  | { readonly type: 'start'; readonly wasmUrl: string; readonly backend: BackendName | 'auto' }
  | { readonly type: 'run'; readonly id: number; readonly network: NetworkDto; readonly options: RunOptions }
  | { readonly type: 'cancel'; readonly id: number };

export type FromRunner =
  | { readonly type: 'alive' }
  | { readonly type: 'backend'; readonly info: BackendInfo }
  | { readonly type: 'event'; readonly id: number; readonly event: RunEvent }
  | { readonly type: 'done'; readonly id: number; readonly cancelled: boolean; readonly ms: number }
  | { readonly type: 'failed'; readonly id: number | null; readonly message: string };
