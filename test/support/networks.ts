/** Builds small Networks by hand, for tests of everything that reads the IR. */
import type { Distribution, Law } from '../../server/src/network/distribution.ts';
import type { FrameworkName, Init, Network, Node, Parameter, ParameterRole } from '../../server/src/network/network.ts';
import type { Op } from '../../server/src/network/op.ts';
import { add, BATCH, type Dim, div, isNumber, type Scalar, type Shape } from '../../server/src/network/scalar.ts';
import { outputShape } from '../../server/src/network/shapes.ts';
import type { Anchor, Span } from '../../server/src/text/span.ts';

export interface Fans {
  readonly fanIn: Dim;
  readonly fanOut: Dim;
}

/** A draw, given the fans of the weight that it fills. */
export type Draw = (fans: Fans) => Distribution;

const fanOf = (mode: 'fanIn' | 'fanOut' | 'fanAvg', { fanIn, fanOut }: Fans): Scalar =>
  mode === 'fanIn' ? fanIn : mode === 'fanOut' ? fanOut : div(add(fanIn, fanOut), 2);

export const varianceScaling =
  (scale: Scalar, mode: 'fanIn' | 'fanOut' | 'fanAvg', law: Law = 'normal'): Draw =>
  (fans) => ({ kind: 'varianceScaling', scale, fan: fanOf(mode, fans), mode, law, corrected: true });

export const he = varianceScaling(2, 'fanIn');
export const lecun = varianceScaling(1, 'fanIn');
export const glorot = varianceScaling(1, 'fanAvg', 'uniform');
export const glorot4 = varianceScaling(16, 'fanAvg', 'uniform');
/** Torch's own: U(±1/√fan_in), variance 1/(3·fan_in). */
export const third = varianceScaling(1 / 3, 'fanIn', 'uniform');
export const normal =
  (std: Scalar, mean: Scalar = 0): Draw =>
  () => ({ kind: 'normal', mean, std });
export const uniform =
  (low: Scalar, high: Scalar): Draw =>
  () => ({ kind: 'uniform', low, high });
export const constant =
  (value: Scalar): Draw =>
  () => ({ kind: 'constant', value });
export const orthogonal =
  (gain: number): Draw =>
  ({ fanIn, fanOut }) => ({ kind: 'orthogonal', gain, rows: fanOut, columns: fanIn });
export const unknown: Draw = () => ({ kind: 'unknown', reason: 'test' });

export interface LayerOptions {
  /** Of the weight; default He. */
  readonly init?: Draw;
  /** Of the bias; `null` for none. Default zeros. */
  readonly bias?: Draw | null;
  /** Name of the initializer as written. */
  readonly name?: string;
  readonly source?: Init['source'];
  readonly generic?: boolean;
  readonly loaded?: boolean;
  readonly trainable?: boolean;
  /** The draw's span; layers that share it were initialised by one piece of source. */
  readonly span?: Span;
  readonly declared?: Init['declared'];
  readonly path?: string;
}

export interface NetworkOptions {
  readonly name?: string;
  readonly framework?: FrameworkName;
  readonly complete?: boolean;
  readonly training?: Network['training'];
}

/** Nodes get spans of ten units each in one anchor, in order. */
export class NetworkBuilder {
  readonly anchor: Anchor = { file: 'net.py', offset: 0 };
  readonly #nodes: Node[] = [];
  readonly #inputs: number[] = [];
  #storage = 0;
  #spans = 1;

  span(): Span {
    const start = this.#spans++ * 10;
    return { anchor: this.anchor, start, end: start + 8 };
  }

  /** Appends a node of any op and gives its id. */
  op(op: Op, inputs: readonly number[], params: readonly Parameter[] = [], path?: string, shape?: Shape | null): number {
    const id = this.#nodes.length;
    const span = this.span();
    const shapes = inputs.map((input) => this.#nodes[input]?.shape ?? null);
    this.#nodes.push({
      id,
      op,
      path: path ?? `${op.kind}${id}`,
      label: op.kind,
      span,
      nameSpan: span,
      inputs,
      params,
      shape: shape !== undefined ? shape : outputShape(op, shapes),
      call: 1,
    });
    return id;
  }

  /** Shape without the batch axis. */
  input(...shape: readonly Dim[]): number {
    const id = this.op({ kind: 'input', integer: false }, [], [], 'input', [BATCH, ...shape]);
    this.#inputs.push(id);
    return id;
  }

  parameter(role: ParameterRole, shape: readonly Dim[], fans: Fans, draw: Draw, options: LayerOptions = {}): Parameter {
    const path = `${options.path ?? `layer${this.#nodes.length}`}.${role}`;
    const init: Init = {
      distribution: draw(fans),
      source: options.source ?? 'argument',
      name: options.name ?? 'test',
      span: options.span ?? this.span(),
      generic: options.generic ?? false,
      ...(options.declared ? { declared: options.declared } : {}),
    };
    return {
      path,
      name: role,
      role,
      shape,
      ...fans,
      frameworkFans: fans,
      init,
      overwritten: [],
      storage: this.#storage++,
      loaded: options.loaded ?? false,
      trainable: options.trainable ?? true,
      span: init.span,
    };
  }

  #weights(shape: readonly Dim[], units: Dim, fans: Fans, options: LayerOptions): Parameter[] {
    const weight = this.parameter('weight', shape, fans, options.init ?? he, options);
    if (options.bias === null) return [weight];
    return [weight, this.parameter('bias', [units], fans, options.bias ?? constant(0), { ...options, span: this.span() })];
  }

  dense(from: number, outFeatures: Dim, options: LayerOptions = {}): number {
    const inFeatures = this.#nodes[from]?.shape?.at(-1) ?? 1;
    const fans = { fanIn: inFeatures, fanOut: outFeatures };
    const params = this.#weights([outFeatures, inFeatures], outFeatures, fans, options);
    return this.op({ kind: 'dense', inFeatures, outFeatures }, [from], params, options.path);
  }

  /** Channels first, square kernel, padding that keeps the size at stride 1. */
  conv(from: number, outChannels: number, kernel: number, options: LayerOptions & { stride?: number; groups?: number } = {}): number {
    const inChannels = this.#nodes[from]?.shape?.[1] ?? 1;
    const groups = options.groups ?? 1;
    const perGroup = div(inChannels, groups);
    const taps = kernel * kernel;
    const fans = { fanIn: isNumber(perGroup) ? perGroup * taps : perGroup, fanOut: (outChannels * taps) / groups };
    const side = Math.floor(kernel / 2);
    const op: Op = {
      kind: 'conv',
      inChannels,
      outChannels,
      groups,
      rank: 2,
      kernel: [kernel, kernel],
      stride: [options.stride ?? 1, options.stride ?? 1],
      padding: [
        [side, side],
        [side, side],
      ],
      dilation: [1, 1],
      channelAxis: 1,
    };
    const params = this.#weights([outChannels, perGroup, kernel, kernel], outChannels, fans, options);
    return this.op(op, [from], params, options.path);
  }

  activation(from: number, name: string, args: Readonly<Record<string, Scalar>> = {}): number {
    return this.op({ kind: 'activation', name, args, channelAxis: 1 }, [from]);
  }

  /** dense, then activation; gives the activation's id. */
  layer(from: number, width: Dim, activation: string, options: LayerOptions = {}): number {
    return this.activation(this.dense(from, width, options), activation);
  }

  batchNorm(from: number): number {
    const features = this.#nodes[from]?.shape?.[1] ?? 1;
    return this.op({ kind: 'batchNorm', features, eps: 1e-5, channelAxis: 1 }, [from], this.#gammaBeta(features));
  }

  layerNorm(from: number): number {
    const features = this.#nodes[from]?.shape?.at(-1) ?? 1;
    return this.op({ kind: 'layerNorm', axes: [-1], eps: 1e-5, rms: false }, [from], this.#gammaBeta(features));
  }

  #gammaBeta(features: Dim): Parameter[] {
    const fans = { fanIn: 1, fanOut: 1 };
    const options: LayerOptions = { source: 'default' };
    return [
      this.parameter('gamma', [features], fans, constant(1), options),
      this.parameter('beta', [features], fans, constant(0), options),
    ];
  }

  add(...inputs: readonly number[]): number {
    return this.op({ kind: 'add' }, inputs);
  }

  mul(...inputs: readonly number[]): number {
    return this.op({ kind: 'mul' }, inputs);
  }

  node(id: number): Node {
    return this.#nodes[id] as Node;
  }

  build(outputs: number | readonly number[], options: NetworkOptions = {}): Network {
    const span: Span = { anchor: this.anchor, start: 0, end: 5 };
    return {
      name: options.name ?? 'Net',
      framework: options.framework ?? 'torch',
      nameSpan: span,
      span,
      entry: 'call',
      inputs: this.#inputs,
      nodes: this.#nodes,
      outputs: typeof outputs === 'number' ? [outputs] : outputs,
      unreached: [],
      training: options.training ?? { losses: [] },
      notes: [],
      issues: [],
      complete: options.complete ?? true,
    };
  }
}

/** input → (dense → activation) × depth → dense head. */
export const stack = (depth: number, width: number, activation: string, options: LayerOptions = {}): Network => {
  const b = new NetworkBuilder();
  let h = b.input(width);
  for (let i = 0; i < depth; i++) h = b.layer(h, width, activation, options);
  return b.build(b.dense(h, 10, { init: glorot }));
};
