/** Attention whose queries, keys and values have widths of their own, compared with what Keras measured. */
import { describe, expect, it } from 'vitest';
import { createAnalyzer } from '../../../server/src/analyze.ts';
import { memoryHost } from '../../../server/src/text/host.ts';
import { parser } from '../../support/parser.ts';

const CODE = `
import keras
from keras import layers
x = keras.Input((12, 48))
m = keras.Input((20, 80))
y = layers.MultiHeadAttention(4, 16, value_dim=24)(x, m)
z = layers.MultiHeadAttention(8, 64)(y, y)
model = keras.Model([x, m], z)
`;

/** Keras 3.15, means over 12 draws: root mean squares of both outputs; of the gradient at x, m and y for one of unit variance at z. */
const MEASURED = { forward: [0.375, 0.15], gradient: [0.0527, 0.0947, 0.164] };

describe('attention of different widths', () => {
  const analysis = createAnalyzer(memoryHost({}), parser).analyze('net.py', CODE);
  const [result] = analysis.networks;
  const nodes = result?.network.nodes ?? [];
  const signals = nodes.map((node) => result?.signal.nodes[node.id]);

  it('is read with the widths of what is attended to', () => {
    const widths = nodes.flatMap(({ op }) => (op.kind === 'attention' ? [[op.features, op.keyFeatures, op.valueFeatures]] : []));
    expect(widths).toEqual([
      [48, 80, 80],
      [48, 48, 48],
    ]);
  });

  it('has the forward and backward moments that Keras has', () => {
    const forward = signals.slice(2).map((s) => Math.sqrt(s?.forward?.q ?? Number.NaN));
    const gradient = signals.slice(0, 3).map((s) => Math.sqrt(s?.gradient ?? Number.NaN));
    for (const [i, own] of [...forward, ...gradient].entries())
      expect(Math.abs(own / ([...MEASURED.forward, ...MEASURED.gradient][i] as number) - 1)).toBeLessThan(0.1);
  });
});
