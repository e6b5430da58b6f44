/** Initializer families and distribution moments against the closed forms of test/golden/initializers.json. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { INITIALIZERS, type InitializerSetting } from '../../server/src/knowledge/initializers.ts';
import type { Distribution } from '../../server/src/network/distribution.ts';
import { momentsOf, varianceTimesFan } from '../../server/src/network/moments.ts';
import { add, div, mul, symbol } from '../../server/src/network/scalar.ts';

interface Predicted {
  readonly family: string;
  readonly mean: number;
  readonly std: number;
  readonly low?: number;
  readonly high?: number;
  readonly value?: number;
  readonly untruncated_std?: number;
  readonly gain?: number;
  readonly rows?: number;
  readonly cols?: number;
}
interface Case {
  readonly shape: readonly number[];
  readonly fan_in?: number;
  readonly fan_out?: number;
  readonly predicted: Predicted | null;
  readonly measured: { readonly mean: number; readonly std: number; readonly frac_zero: number };
}
interface Row {
  readonly name: string;
  readonly args?: Readonly<Record<string, unknown>>;
  readonly family: string;
  readonly cases?: readonly Case[];
}
const golden = JSON.parse(readFileSync(new URL('../golden/initializers.json', import.meta.url), 'utf8')) as {
  frameworks: Record<string, { initializers: readonly Row[] }>;
};
const rows = Object.entries(golden.frameworks).flatMap(([framework, { initializers }]) =>
  initializers.map((r) => [`${framework} ${r.name} ${JSON.stringify(r.args ?? {})}`, framework, r] as const),
);

const draw = (family: string, s: Partial<InitializerSetting>): Distribution => {
  const found = INITIALIZERS.get(family);
  if (found === undefined) throw new Error(`no initializer ${family}`);
  return found.distribution({ fanIn: 1, fanOut: 1, ...s });
};

/** The distribution that a golden prediction describes, built from its parameters and not from its std (sparse excepted). */
const described = (p: Predicted, c: Case): Distribution | null => {
  switch (p.family) {
    case 'constant':
      return draw('constant', { value: p.value ?? Number.NaN });
    case 'uniform':
      return draw('uniform', { low: p.low ?? Number.NaN, high: p.high ?? Number.NaN });
    case 'normal':
      return draw('normal', { mean: p.mean, std: p.std });
    case 'truncated_normal':
      return draw('truncatedNormal', {
        mean: p.mean,
        std: p.untruncated_std ?? Number.NaN,
        low: p.low ?? Number.NaN,
        high: p.high ?? Number.NaN,
      });
    case 'orthogonal':
      return draw('orthogonal', { gain: p.gain ?? Number.NaN, rows: p.rows ?? Number.NaN, columns: p.cols ?? Number.NaN });
    case 'sparse':
      return draw('sparse', { density: 1 - c.measured.frac_zero, std: p.std / Math.sqrt(1 - c.measured.frac_zero) });
    default:
      return null;
  }
};

it.each(rows)('%s', (_, framework, r) => {
  for (const c of r.cases ?? []) {
    if (c.predicted === null) {
      const [rows0 = 1, columns0 = 1, ...taps] = c.shape;
      const receptive = taps.reduce((a, b) => a * b, 1);
      if (r.family === 'dirac' && framework === 'torch') {
        const groups = Number(r.args?.groups ?? 1);
        const got = momentsOf(draw('dirac', { fanIn: columns0 * receptive, fanOut: rows0 * receptive, receptive, groups }));
        expect(got?.mean).toBeCloseTo(c.measured.mean, 5);
        expect(got?.std).toBeCloseTo(c.measured.std, 3);
      } else if (r.family === 'identity' && c.shape.length === 2) {
        const gain = Number((r as { config?: { gain?: number } }).config?.gain ?? 1);
        const got = momentsOf(draw('identity', { rows: rows0, columns: columns0, gain }));
        expect(got?.mean).toBeCloseTo(c.measured.mean, 4);
        expect(got?.std).toBeCloseTo(c.measured.std, 3);
      }
      continue;
    }
    const distribution = described(c.predicted, c);
    if (distribution === null) continue;
    const got = momentsOf(distribution);
    expect(got?.mean).toBeCloseTo(c.predicted.mean, 7);
    expect(Math.abs((got?.std ?? Number.NaN) - c.predicted.std)).toBeLessThanOrEqual(1e-6 * c.predicted.std);
  }
});

/** Names in the frameworks whose closed form is the family's own. */
const FAMILIES: Readonly<Record<string, string>> = {
  GlorotUniform: 'glorotUniform',
  GlorotNormal: 'glorotNormal',
  HeUniform: 'heUniform',
  HeNormal: 'heNormal',
  LecunUniform: 'lecunUniform',
  LecunNormal: 'lecunNormal',
  xavier_uniform_: 'glorotUniform',
  xavier_normal_: 'glorotNormal',
};

describe('families', () => {
  const known = rows.filter(([, framework, r]) => (framework === 'keras' || framework === 'torch') && FAMILIES[r.name] !== undefined);
  it('are found in the golden figures', () => expect(new Set(known.map(([, , r]) => FAMILIES[r.name])).size).toBe(6));
  it.each(known)('%s', (_, _framework, r) => {
    for (const c of r.cases ?? []) {
      if (c.predicted === null || c.fan_in === undefined || c.fan_out === undefined) continue;
      const setting = { fanIn: c.fan_in, fanOut: c.fan_out, gain: Number(r.args?.gain ?? 1) };
      const got = momentsOf(draw(FAMILIES[r.name] ?? '', setting));
      expect(Math.abs((got?.std ?? 0) - c.predicted.std)).toBeLessThan(1e-6 * c.predicted.std);
    }
  });
});

describe('symbols', () => {
  const n = symbol('n');
  const h = symbol('h');
  it.each<[string, Distribution, number | undefined]>([
    ['He', draw('heNormal', { fanIn: n }), 2],
    ['torch default', { kind: 'uniform', low: mul(-1, div(1, sqrtOf(n))), high: div(1, sqrtOf(n)) }, 1 / 3],
    ['Glorot on a square', draw('glorotUniform', { fanIn: n, fanOut: n }), 1],
    ['Glorot on another shape', draw('glorotUniform', { fanIn: n, fanOut: h }), undefined],
    ['orthogonal', draw('orthogonal', { rows: n, columns: n, gain: 2 }), 4],
    ['truncated relative to its std', draw('truncatedNormal', { std: div(1, sqrtOf(n)) }), 0.7737412],
    ['scaled', { kind: 'affine', of: draw('heNormal', { fanIn: n }), factor: 0.5, offset: 0 }, 0.5],
    ['data', { kind: 'data', what: 'checkpoint' }, undefined],
  ])('fan·Var of %s', (_, distribution, expected) => {
    const got = varianceTimesFan(distribution, n);
    if (expected === undefined) expect(got).toBeUndefined();
    else expect(got).toBeCloseTo(expected, 6);
  });
  it('a mixture of blocks', () => {
    const half = (distribution: Distribution): { share: number; distribution: Distribution } => ({ share: 0.5, distribution });
    const got = momentsOf({ kind: 'blocks', blocks: [half({ kind: 'constant', value: 1 }), half({ kind: 'normal', mean: 0, std: 2 })] });
    expect(got?.mean).toBe(0.5);
    expect(got?.variance).toBeCloseTo(0.5 * 1 + 0.5 * 4 - 0.25, 12);
  });
  it('evaluates under assumed sizes', () => {
    const got = momentsOf(draw('glorotUniform', { fanIn: n, fanOut: add(n, h) }), (name) => (name === 'n' ? 10 : 30));
    expect(got?.variance).toBeCloseTo(2 / 50, 12);
  });
});

function sqrtOf(x: ReturnType<typeof symbol>): ReturnType<typeof mul> {
  return { kind: 'operation', name: '', op: 'sqrt', args: [x], text: `sqrt(${x.text})` };
}
