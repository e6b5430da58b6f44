/**
 * The gradient of every layer's output: rms of ∂L/∂h for L = Σ output·N(0, 1), which has unit variance at the outputs. Forward is run
 * again with a hook on each output that measures what comes back through it.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { NetworkDto, NodeDto } from '../../server/src/protocol.ts';
import { takeDeviceError } from './backend.ts';
import type { RunEvent } from './messages.ts';
import { type DrawSettings, type Draws, makeDraws } from './parameters.ts';
import { stream } from './random.ts';
import { draw } from './randomKernel.ts';
import { compute } from './run.ts';
import { Stopped } from './stopped.ts';

type Hook = (id: number, gradient: tf.Tensor) => void;

/** The identity, which tells the gradient that passes back through it. */
const watched = (y: tf.Tensor, id: number, hook: Hook): tf.Tensor =>
  tf.customGrad((...inputs: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const x = inputs[0] as tf.Tensor;
    return {
      value: tf.clone(x),
      gradFunc: (dy: tf.Tensor) => {
        hook(id, dy);
        return tf.clone(dy);
      },
    };
  })(y);

const loss = (network: NetworkDto, outputs: ReadonlyMap<number, tf.Tensor>, seed: number): tf.Scalar => {
  const ends = network.outputs.flatMap((id) => outputs.get(id) ?? []);
  if (ends.length === 0) throw new Stopped('no output was reached');
  const terms = ends.map((y, i) => tf.sum(tf.mul(y, draw(y.shape, { stream: stream(seed, `loss ${i}`), low: -1, high: 1, normal: true }))));
  return terms.reduce((a, b) => tf.add(a, b)) as tf.Scalar;
};

/** Everything hangs on one zero that is added to what enters the network, so that tf.js keeps a path back to each layer. */
const forward = (network: NetworkDto, draws: Draws, batch: number, zero: tf.Tensor, hook: Hook): ReadonlyMap<number, tf.Tensor> => {
  const values = new Map<number, tf.Tensor>();
  for (const node of network.nodes) {
    const inputs = node.inputs.flatMap((id) => values.get(id) ?? []);
    if (inputs.length < node.inputs.length) continue;
    const y = attempt(() => compute(network, node, inputs, draws, batch));
    if (y === null) continue;
    if (y.dtype !== 'float32') values.set(node.id, y);
    else values.set(node.id, watched(enters(node) ? tf.add(y, zero) : y, node.id, hook));
  }
  return values;
};

const enters = ({ op }: NodeDto): boolean => op.kind === 'input' || op.kind === 'embedding' || op.kind === 'oneHot';

/** What could not be run forward has no gradient; the forward pass has said why. */
const attempt = (f: () => tf.Tensor): tf.Tensor | null => {
  try {
    return f();
  } catch {
    return null;
  }
};

/** tf.js forgets what it kept for going backward when that fails half way. */
const freeTape = (): void => {
  for (const node of tf.engine().state.activeTape ?? []) for (const tensor of node.saved ?? []) tensor.dispose();
};

export const gradients = async (network: NetworkDto, batch: number, settings: Omit<DrawSettings, 'batch'>): Promise<RunEvent> => {
  if (batch === 0) return { type: 'gradient', rms: [], why: 'The network is too large for a backward pass here.' };
  const draws = makeDraws(network, { ...settings, note: () => undefined, batch });
  const squares = new Map<number, tf.Tensor>();
  const hook: Hook = (id, dy) => {
    squares.get(id)?.dispose();
    squares.set(id, tf.keep(tf.tidy(() => tf.mean(tf.square(dy)))));
  };
  try {
    const back = tf.grad((zero) => loss(network, forward(network, draws, batch, zero, hook), settings.seed));
    tf.tidy(() => {
      back(tf.scalar(0));
    });
    const ids = [...squares.keys()];
    const packed = tf.tidy(() => tf.stack([...squares.values()]));
    const values = await packed.data();
    packed.dispose();
    const broken = takeDeviceError();
    if (broken !== null) throw new Error(broken);
    return { type: 'gradient', rms: ids.map((id, i) => [id, Math.sqrt(values[i] as number)] as const), why: null };
  } catch (error) {
    freeTape();
    const why = error instanceof Error ? error.message : String(error);
    return { type: 'gradient', rms: [], why: `No gradient: ${why}` };
  } finally {
    for (const square of squares.values()) square.dispose();
    draws.dispose();
  }
};
