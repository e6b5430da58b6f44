import { describe, expect, it } from 'vitest';
import { computeFans, drawOf, INITIALIZERS, initializerRow } from '../../../server/src/frameworks/flax/initializers.ts';
import { bind } from '../../../server/src/interpreter/native.ts';
import type { Distribution } from '../../../server/src/network/distribution.ts';
import { constantValue, div, type Shape, symbol } from '../../../server/src/network/scalar.ts';
import golden from '../../golden/initializers.json' with { type: 'json' };
import { pythonArgs, stdOf } from '../keras/golden.ts';

const flax = golden.frameworks.flax;
const rows = flax.initializers.flatMap((initializer) => initializer.cases.map((c) => ({ initializer, c })));

const familyOf = (d: Distribution): string => {
  const kind = d.kind === 'varianceScaling' ? d.law : d.kind;
  return kind === 'truncatedNormal' ? 'truncated_normal' : kind;
};

/** Zeros around a matrix: mean 0, and the share's root as factor. */
const moments = (d: Distribution): { mean: number; std: number } => {
  if (d.kind !== 'blocks') return stdOf(d);
  const second = d.blocks.reduce((sum, b) => sum + Number(b.share) * stdOf(b.distribution).std ** 2, 0);
  return { mean: 0, std: Math.sqrt(second) };
};

describe(`JAX initializers agree with JAX 0.10: ${rows.length} rows`, () => {
  for (const { initializer, c } of rows) {
    it(`${initializer.call} over ${JSON.stringify(c.shape)}`, () => {
      const row = initializerRow(initializer.name);
      expect(row, initializer.name).toBeDefined();
      if (!row) return;
      const args = pythonArgs(initializer.call.includes('(') ? initializer.call : `${initializer.call}()`);
      const shape = c.shape as Shape;
      if (row.signature.includes('in_axis') && !initializer.call.includes('_axis')) {
        const fans = computeFans(shape, bind(row.signature, args));
        expect(fans?.fanIn).toBeCloseTo(c.fan_in as number, 6);
        expect(fans?.fanOut).toBeCloseTo(c.fan_out as number, 6);
      }
      const distribution = drawOf({ row, args }, shape);
      const { mean, std } = moments(distribution);
      expect(mean).toBeCloseTo(c.predicted?.mean ?? c.measured.mean, 6);
      const expected = c.predicted?.std ?? c.measured.std;
      if (expected === 0) expect(std).toBe(0);
      else expect(std / expected).toBeCloseTo(1, 6);
      if (c.predicted && c.predicted.family !== 'delta_orthogonal') expect(familyOf(distribution)).toBe(c.predicted.family);
    });
  }
  it('covers every name that flax re-exports', () => {
    const known = new Set(INITIALIZERS.flatMap((row) => [row.name, ...row.aliases]));
    const missing = flax.flax_initializers.filter((name) => name !== 'Initializer' && !known.has(name));
    expect(missing).toEqual([]);
  });
});

describe('fans stay symbolic', () => {
  it('gives He two over any fan, and Embed its features', () => {
    const [n, m] = [symbol('n'), symbol('m')];
    const row = initializerRow('variance_scaling');
    if (!row) throw new Error('no variance_scaling');
    expect(computeFans([n, m])).toEqual({ fanIn: n, fanOut: m });
    const d = drawOf({ row, args: pythonArgs("v(1.0, 'fan_in', 'normal', out_axis=0)") }, [n, m]);
    expect(d.kind === 'varianceScaling' && constantValue(div(d.fan, m))).toBe(1);
  });
  it('leaves a vector unknown, as JAX rejects it', () => {
    const row = initializerRow('he_normal');
    if (!row) throw new Error('no he_normal');
    expect(drawOf({ row, args: pythonArgs('he_normal()') }, [7]).kind).toBe('unknown');
  });
});
