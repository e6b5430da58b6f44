import { describe, expect, it } from 'vitest';
import { drawOf, INITIALIZERS, initializerRow, shapeFans } from '../../../server/src/frameworks/lasagne/initializers.ts';
import type { Distribution } from '../../../server/src/network/distribution.ts';
import { constantValue, type Shape, symbol } from '../../../server/src/network/scalar.ts';
import golden from '../../golden/initializers.json' with { type: 'json' };
import { pythonArgs, stdOf } from '../keras/golden.ts';

const { initializers } = golden.frameworks.lasagne;
const cases = initializers.flatMap((i) => i.cases.map((c) => ({ ...c, name: i.name, call: i.call })));

const momentsOf = (d: Distribution): { mean: number; std: number } =>
  d.kind === 'sparse' ? { mean: 0, std: Number(d.std) * Math.sqrt(Number(d.density)) } : stdOf(d);

describe(`Lasagne's initializers agree with Lasagne 0.2.dev1: ${cases.length} draws of ${initializers.length} calls`, () => {
  for (const c of cases)
    it(`${c.call} over ${JSON.stringify(c.shape)}`, () => {
      const row = initializerRow(c.name);
      if (!row) throw new Error(`no row for ${c.name}`);
      const distribution = drawOf(row, pythonArgs(c.call.slice(c.call.indexOf('('))), c.shape as Shape);
      const { mean, std } = momentsOf(distribution);
      expect(mean).toBeCloseTo(c.predicted.mean, 6);
      expect(std).toBeCloseTo(c.predicted.std, 8);
      expect(distribution.kind === 'varianceScaling' ? distribution.law : distribution.kind).toBe(c.predicted.family);
    });

  it('every class of lasagne.init has a row, and every row but the two bases its golden draw', () => {
    const measured = new Set(initializers.map((i) => i.name));
    expect(INITIALIZERS).toHaveLength(11);
    expect(INITIALIZERS.filter((row) => !measured.has(row.name)).map((row) => row.name)).toEqual(['Glorot', 'He']);
  });
});

describe('what is not in the reference', () => {
  it('gives He two over any fan with the gain of ReLU, and one without', () => {
    const row = initializerRow('HeNormal');
    if (!row) throw new Error('no HeNormal');
    const scale = (call: string): unknown => {
      const d = drawOf(row, pythonArgs(call), [symbol('n'), 7]);
      return d.kind === 'varianceScaling' ? constantValue(d.scale) : d.kind;
    };
    expect(scale("HeNormal(gain='relu')")).toBe(2);
    expect(scale('HeNormal()')).toBe(1);
  });

  it('counts the fans of a kernel as Lasagne does', () => {
    expect(shapeFans([64, 256])).toEqual({ fanIn: 64, fanOut: 256 });
    expect(shapeFans([32, 16, 3, 3])).toEqual({ fanIn: 144, fanOut: 288 });
    expect(shapeFans([7])).toEqual({ fanIn: null, fanOut: null });
  });

  it.each(['GlorotUniform', 'HeNormal', 'Orthogonal', 'Sparse'])('%s refuses a vector', (name) => {
    const row = initializerRow(name);
    expect(row && drawOf(row, pythonArgs(`${name}()`), [7]).kind).toBe('unknown');
  });
});
