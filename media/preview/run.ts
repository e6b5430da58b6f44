/**
 * Runs a network forward layer by layer, with freshly drawn weights and inputs, and tells each layer's statistics as they come; then
 * backward, where it fits. The same code in a worker, in the page and under Node. Stop reading the generator and the run stops.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { NetworkDto, NodeDto } from '../../server/src/protocol.ts';
import { takeDeviceError } from './backend.ts';
import { gradients } from './gradient.ts';
import type { BackendInfo, LayerResult, RunEvent, RunOptions } from './messages.ts';
import { phi } from './ops/arithmetic.ts';
import { runOp } from './ops/index.ts';
import { type Draws, makeDraws } from './parameters.ts';
import { MAX_ELEMENTS, makePlan } from './plan.ts';
import { layerStatistics, saturatedShare } from './stats.ts';
import { Stopped } from './stopped.ts';

export const compute = (network: NetworkDto, node: NodeDto, inputs: readonly tf.Tensor[], draws: Draws, batch: number): tf.Tensor => {
  const expected = node.shape === null ? 0 : node.shape.reduce((a, b) => a * b, batch);
  if (expected > MAX_ELEMENTS) throw new Stopped(`an activation of ${expected.toLocaleString('en')} elements is too large to run here`);
  if (node.op.kind === 'input') return draws.input(node);
  const context = { batch, framework: network.framework, shape: node.shape, params: draws.parameters(node), uniform: draws.uniform(node) };
  return runOp(node.op, inputs, context);
};

/** The axis of units by node: what the op says, else what its first input has while the rank stays. */
const unitAxis = (node: NodeDto, y: tf.Tensor, before: { readonly axis: number; readonly rank: number } | undefined): number => {
  const { op } = node;
  const last = Math.max(0, y.rank - 1);
  switch (op.kind) {
    case 'conv':
    case 'convTranspose':
    case 'pool':
    case 'upsample':
    case 'batchNorm':
    case 'groupNorm':
    case 'instanceNorm':
    case 'globalPool':
      return op.channelAxis === -1 ? last : Math.min(1, last);
    case 'input':
      // An image or a signal in torch's order; told by what reads it.
      return last;
    case 'dense':
    case 'flatten':
    case 'reshape':
    case 'permute':
    case 'recurrent':
    case 'attention':
    case 'embedding':
    case 'oneHot':
      return last;
    default:
      return before !== undefined && before.rank === y.rank ? before.axis : last;
  }
};

/** Why an op failed, in words that a reader of the model can use. */
const reason = (error: unknown): string =>
  error instanceof Stopped ? error.message : `could not be run: ${error instanceof Error ? error.message : String(error)}`;

export async function* runNetwork(
  network: NetworkDto,
  options: RunOptions,
  backend: Pick<BackendInfo, 'name' | 'software'>,
): AsyncGenerator<RunEvent> {
  const plan = makePlan(network, options.batch, backend);
  const notes: string[] = [];
  const settings = { seed: options.seed, cuts: plan.cuts, note: (text: string) => notes.push(text) };
  const draws = makeDraws(network, { ...settings, batch: plan.batch });
  const live = new Map<number, { readonly tensor: tf.Tensor; readonly axis: number; uses: number }>();
  const consumers = new Map<number, number>();
  for (const node of network.nodes) for (const id of node.inputs) consumers.set(id, (consumers.get(id) ?? 0) + 1);
  const free = (id: number): void => {
    const value = live.get(id);
    if (value === undefined) return;
    value.uses -= 1;
    if (value.uses > 0) return;
    value.tensor.dispose();
    live.delete(id);
  };
  const plotted = (): RunEvent => ({ type: 'plan', batch: plan.batch, layers: network.nodes.length, sampled: [...plan.sampled, ...notes] });
  yield plotted();
  try {
    for (const [index, node] of network.nodes.entries()) {
      const start = performance.now();
      const result = await runNode(node);
      const told = notes.length;
      yield { type: 'layer', index, result: { ...result, ms: performance.now() - start } };
      for (const id of node.inputs) free(id);
      if ((consumers.get(node.id) ?? 0) === 0) free(node.id);
      draws.release(node);
      if (notes.length > told) yield plotted();
    }
  } finally {
    for (const { tensor } of live.values()) tensor.dispose();
    draws.dispose();
  }
  if (notes.length > 0) yield plotted();
  if (options.gradient) yield await gradients(network, plan.gradientBatch, settings);

  async function runNode(node: NodeDto): Promise<LayerResult> {
    const inputs = node.inputs.map((id) => live.get(id)?.tensor);
    const present = inputs.filter((x) => x !== undefined);
    const none = { node: node.id, shape: null, ms: 0 };
    if (present.length < inputs.length) return { ...none, state: 'notReached', why: 'an input was not run' };
    try {
      const tensor = compute(network, node, present, draws, plan.batch);
      const axis = unitAxis(node, tensor, inheritedAxis(node));
      live.set(node.id, { tensor, axis, uses: Math.max(1, consumers.get(node.id) ?? 0) });
      const figures = await layerStatistics(tensor, axis);
      const saturated = await saturation(node, present[0]);
      const broken = takeDeviceError();
      if (broken !== null) throw new Stopped(`the GPU reported an error: ${broken}`);
      return { node: node.id, shape: tensor.shape, ms: 0, state: 'ok', statistics: { ...figures, saturated } };
    } catch (error) {
      live.get(node.id)?.tensor.dispose();
      live.delete(node.id);
      return { ...none, state: 'stopped', why: reason(error) };
    }
  }

  function inheritedAxis(node: NodeDto): { readonly axis: number; readonly rank: number } | undefined {
    const first = live.get(node.inputs[0] ?? -1);
    return first === undefined ? undefined : { axis: first.axis, rank: first.tensor.rank };
  }
}

const saturation = async (node: NodeDto, pre: tf.Tensor | undefined): Promise<number | null> => {
  if (node.op.kind !== 'activation' || node.op.name === 'linear' || node.op.name === 'prelu' || pre === undefined) return null;
  const f = phi(node.op.name, node.op.args);
  // What cannot be differentiated on this backend has no figure; the layer itself stands.
  return saturatedShare(pre, f).catch(() => null);
};
