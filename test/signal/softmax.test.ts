/** Softmax over Gaussian logits against drawing them. */
import { describe, expect, it } from 'vitest';
import { computeSignal } from '../../server/src/signal/engine.ts';
import { concentrationOf, overlapOf } from '../../server/src/signal/ops/concentration.ts';
import { glorot, he, NetworkBuilder } from '../support/networks.ts';

/** Normals from mulberry32 by Box and Muller. */
const normals = (seed: number): (() => number) => {
  let state = seed;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
};

const softmax = (logits: readonly number[]): readonly number[] => {
  const e = logits.map(Math.exp);
  const sum = e.reduce((a, b) => a + b, 0);
  return e.map((x) => x / sum);
};

/** Mean of Σ p² and of Σ p·p′ for logits with correlation ρ. */
const drawn = (count: number, tau2: number, rho: number): readonly [number, number] => {
  const normal = normals(7);
  const draws = Math.ceil(300_000 / count);
  let [own, both] = [0, 0];
  for (let i = 0; i < draws; i++) {
    const x = Array.from({ length: count }, () => Math.sqrt(tau2) * normal());
    const p = softmax(x);
    const other = softmax(x.map((v) => rho * v + Math.sqrt(tau2 * (1 - rho * rho)) * normal()));
    own += p.reduce((sum, v) => sum + v * v, 0);
    both += p.reduce((sum, v, k) => sum + v * (other[k] as number), 0);
  }
  return [own / draws, both / draws];
};

const CASES = [2, 3, 10, 100].flatMap((count) => [0.1, 1, 4].map((tau2) => [count, tau2] as const));

describe.each(CASES)('%d classes, τ² = %d', (count, tau2) => {
  it.each([0.3, 0.8])('Σp² and, with correlation %d, Σp·p′', (rho) => {
    const [own, both] = drawn(count, tau2, rho);
    expect(Math.abs(concentrationOf(tau2, count) / own - 1)).toBeLessThan(0.03);
    expect(Math.abs(overlapOf(tau2, rho * tau2, count) / both - 1)).toBeLessThan(count * tau2 > 100 ? 0.12 : 0.03);
  });
});

it('ends where it must: all alike, one takes all, one class, many', () => {
  expect(concentrationOf(0, 10)).toBeCloseTo(0.1, 12);
  expect(concentrationOf(1e-5, 10)).toBeCloseTo(0.1 * (1 + 0.9e-5), 8);
  expect(concentrationOf(1e9, 2)).toBeGreaterThan(0.9);
  expect(concentrationOf(3, 1)).toBe(1);
  expect(concentrationOf(1, 1e6) * 1e6).toBeCloseTo(Math.E, 3);
  expect(overlapOf(2, 2, 10)).toBeCloseTo(concentrationOf(2, 10), 12);
  expect(overlapOf(2, 0, 10)).toBeCloseTo(0.1, 12);
  for (let t = 0.01; t < 200; t *= 1.7) expect(concentrationOf(t * 1.7, 10)).toBeGreaterThanOrEqual(concentrationOf(t, 10));
});

it('ten classes behind He and ReLU: rms 0.163 and a band around it', () => {
  const b = new NetworkBuilder();
  let h = b.input(784);
  for (const width of [512, 256, 128]) h = b.layer(h, width, 'relu', { init: he });
  const out = b.op({ kind: 'softmax', axis: -1, log: false }, [b.dense(h, 10, { init: glorot })]);
  const at = computeSignal(b.build(out)).nodes[out];
  expect(Math.sqrt(at?.forward?.q ?? 0)).toBeCloseTo(0.163, 2);
  const [low, high] = at?.band ?? [0, 0];
  expect(low).toBeLessThan(0.16);
  expect(high).toBeGreaterThan(0.166);
  expect(high).toBeLessThan(0.3);
});
