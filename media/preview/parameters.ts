/** Draws the values that a run needs: parameters, kept while a later node shares them, and inputs. */
import * as tf from '@tensorflow/tfjs-core';
import type { NetworkDto, NodeDto, ParameterDto } from '../../server/src/protocol.ts';
import type { Values } from './ops/op.ts';
import { type Cuts, cutShape, MAX_ELEMENTS } from './plan.ts';
import { stream } from './random.ts';
import { draw } from './randomKernel.ts';
import { sample } from './sample.ts';
import { stop } from './stopped.ts';

const product = (list: readonly number[]): number => list.reduce((a, b) => a * b, 1);

export interface Draws {
  /** The node's parameters; to be given back by `release`. */
  readonly parameters: (node: NodeDto) => readonly Values[];
  readonly release: (node: NodeDto) => void;
  readonly input: (node: NodeDto) => tf.Tensor;
  readonly uniform: (node: NodeDto) => (shape: readonly number[], purpose: string) => tf.Tensor;
  readonly dispose: () => void;
}

export interface DrawSettings {
  readonly seed: number;
  readonly batch: number;
  readonly cuts: Cuts;
  readonly note: (text: string) => void;
}

/** The number of ids that an integer input may hold: the rows of the table that it picks from. */
const idCount = (network: NetworkDto, node: NodeDto, cuts: Cuts): number => {
  const reached = new Set([node.id]);
  for (const next of network.nodes) {
    if (!next.inputs.some((id) => reached.has(id))) continue;
    if (next.op.kind === 'oneHot') return Number(next.op.classes);
    const table = next.params[0];
    if (next.op.kind === 'embedding' && table !== undefined) return cutShape(table, cuts)[0] ?? 1;
    reached.add(next.id);
  }
  return 2;
};

export const makeDraws = (network: NetworkDto, settings: DrawSettings): Draws => {
  const { seed, batch, cuts, note } = settings;
  const kept = new Map<number, tf.Tensor>();
  const uses = new Map<number, number>();
  for (const node of network.nodes) for (const p of node.params) uses.set(p.storage, (uses.get(p.storage) ?? 0) + 1);
  const value = (node: NodeDto, p: ParameterDto): tf.Tensor => {
    const known = kept.get(p.storage);
    if (known !== undefined) return known;
    const shape = cutShape(p, cuts);
    if (product(shape) > MAX_ELEMENTS)
      return stop(`${p.name} with ${product(shape).toLocaleString('en')} elements is too large to draw here`);
    const name = `${node.path}/${p.name}`;
    const blockAxis = network.framework === 'torch' ? 0 : -1;
    const tensor = tf.keep(tf.tidy(() => sample(p.distribution, shape, { seed, name, blockAxis, note })));
    kept.set(p.storage, tensor);
    return tensor;
  };
  return {
    parameters: (node) => node.params.map((p) => ({ name: p.name, role: p.role, tensor: value(node, p) })),
    release: (node) => {
      for (const { storage } of node.params) {
        const left = (uses.get(storage) ?? 1) - 1;
        uses.set(storage, left);
        if (left > 0) continue;
        kept.get(storage)?.dispose();
        kept.delete(storage);
      }
    },
    input: (node) => {
      const shape = node.shape ?? stop('the shape of the input is unknown');
      const full = [batch, ...shape];
      const s = stream(seed, `input ${node.path}`);
      if (node.op.kind === 'input' && node.op.range) return draw(full, { stream: s, ...node.op.range, normal: false });
      if (node.op.kind !== 'input' || !node.op.integer) return draw(full, { stream: s, low: -1, high: 1, normal: true });
      const count = idCount(network, node, cuts);
      const u = draw(full, { stream: s, low: 0, high: count, normal: false });
      return tf.tidy(() => tf.cast(tf.minimum(tf.floor(u), count - 1), 'int32'));
    },
    uniform: (node) => (shape, purpose) =>
      draw(shape, { stream: stream(seed, `${node.path}#${node.id} ${purpose}`), low: 0, high: 1, normal: false }),
    dispose: () => {
      for (const tensor of kept.values()) tensor.dispose();
      kept.clear();
    },
  };
};
