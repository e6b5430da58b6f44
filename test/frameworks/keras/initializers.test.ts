import { describe, expect, it } from 'vitest';
import { computeFans, drawOf, initializerOfString, initializerRow } from '../../../server/src/frameworks/keras/initializers.ts';
import type { Distribution } from '../../../server/src/network/distribution.ts';
import { constantValue, type Shape } from '../../../server/src/network/scalar.ts';
import golden from '../../golden/initializers.json' with { type: 'json' };
import { pythonArgs, stdOf } from './golden.ts';

const keras = golden.frameworks.keras;

describe('Keras initializers agree with Keras 3.15', () => {
  for (const initializer of keras.initializers) {
    for (const c of initializer.cases) {
      it(`${initializer.call} over ${JSON.stringify(c.shape)}`, () => {
        const shape = c.shape as Shape;
        const row = initializerRow(initializer.name);
        expect(row, initializer.name).toBeDefined();
        if (!row) return;
        const fans = computeFans(shape);
        expect(fans).toEqual({ fanIn: c.fan_in, fanOut: c.fan_out });
        const distribution = drawOf(row, pythonArgs(initializer.call), shape);
        const { mean, std } = stdOf(distribution);
        expect(mean).toBeCloseTo(c.predicted?.mean ?? c.measured.mean, 6);
        expect(std / (c.predicted?.std ?? c.measured.std) || 0).toBeCloseTo(std === 0 ? 0 : 1, 6);
        if (c.predicted) expect(familyOf(distribution)).toBe(c.predicted.family);
      });
    }
  }
  it('covers every initializer of the reference', () => {
    expect(keras.initializers.length).toBeGreaterThanOrEqual(22);
  });
});

describe('initializers.get', () => {
  for (const [name, entry] of Object.entries(keras.strings)) {
    it(`'${name}'`, () => {
      const row = initializerOfString(name);
      if ('error' in entry) expect(row).toBeUndefined();
      else expect(row?.name).toBe(entry.class);
    });
  }
  for (const [name, cls] of Object.entries(keras.alias_table)) {
    if (cls === 'Initializer') continue;
    it(`${name} is ${cls}`, () => {
      expect(initializerRow(name)?.name).toBe(cls);
    });
  }
});

const familyOf = (d: Distribution): string => {
  const kind = d.kind === 'varianceScaling' ? d.law : d.kind;
  return kind === 'truncatedNormal' ? 'truncated_normal' : kind;
};

describe('fans stay symbolic', () => {
  it('gives He two over any fan', () => {
    const row = initializerRow('HeNormal');
    if (!row) throw new Error('no HeNormal');
    const fan = { kind: 'symbol' as const, name: 'n', op: null, args: [], text: 'n' };
    const d = drawOf(row, pythonArgs('HeNormal()'), [fan, 7]);
    expect(d).toMatchObject({ kind: 'varianceScaling', scale: 2, mode: 'fanIn', corrected: true });
    expect(d.kind === 'varianceScaling' && constantValue(d.fan)).toBe(undefined);
  });
});
