/** The record of what fixed programs hold in the real frameworks (fixes.json, written by `npm run measure`) against the analysis. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { meanTolerance, stdTolerance } from '../oracle/compare.mjs';
import { ruleFiles } from '../rules/programs.ts';
import { keyOf, type PromisedFix, promisesOf } from './promises.ts';

const AGAIN = 'fixes have changed since they were measured: npm run measure -- --python PYTHON (CONTRIBUTING, "Measure the fixes")';

type Measured = readonly [shape: readonly number[], mean: number, std: number, count: number, kurtosis: number | null];

interface Row extends Pick<PromisedFix, 'rule' | 'framework' | 'example' | 'finding' | 'fix' | 'hash'> {
  /** What stopped the program, and why that is no fault of the fix. */
  readonly failure?: string;
  readonly reason?: string;
  readonly weights: readonly {
    readonly network: string;
    readonly name: string;
    readonly shape: readonly (number | null)[] | null;
    readonly mean: number | null;
    readonly std: number | null;
    /** By path; null where the program did not come to it. */
    readonly measured: Readonly<Record<string, Measured | null>>;
  }[];
}

const rules = ruleFiles().map((file) => file.slice(0, -3));
const target = process.env['FIXES_EXPORT'];

if (target) {
  it('writes the programs', () => writeFileSync(target, JSON.stringify(rules.flatMap((rule) => promisesOf(rule)))), 600_000);
} else {
  const { rows } = JSON.parse(readFileSync(join(import.meta.dirname, 'fixes.json'), 'utf8')) as { rows: readonly Row[] };

  it('is of the rules that there are, each fix once', () => {
    expect(rows.filter(({ rule }) => !rules.includes(rule)).map(keyOf)).toEqual([]);
    expect(new Set(rows.map(keyOf)).size).toBe(rows.length);
  });

  describe.each(rules)('%s', (rule) => {
    const own = rows.filter((row) => row.rule === rule);

    it('has every fix as it is now, with what it promises now', () => {
      const now = promisesOf(rule).map((fix) => {
        const weights = fix.networks.flatMap(({ name: network, weights: all }) =>
          all.map(({ path, ...drawn }) => JSON.stringify({ path, network, ...drawn })),
        );
        return [keyOf(fix), { hash: fix.hash, weights: weights.sort() }] as const;
      });
      const then = own.map((row) => {
        const weights = row.weights.flatMap(({ network, name, shape, mean, std, measured }) =>
          Object.keys(measured).map((path) => JSON.stringify({ path, network, shape, name, mean, std })),
        );
        return [keyOf(row), { hash: row.hash, weights: weights.sort() }] as const;
      });
      expect(Object.fromEntries(then), AGAIN).toEqual(Object.fromEntries(now));
    });

    it('what runs holds what was promised; what does not says why', () => {
      const wrong = own.flatMap((row) => {
        const unexplained = row.failure !== undefined && row.reason === undefined ? [`${keyOf(row)} stops: ${row.failure}`] : [];
        const apart = row.weights.flatMap((weight) =>
          Object.entries(weight.measured).flatMap(([path, measured]) =>
            deviations(weight, measured, row.reason !== undefined).map((what) => `${keyOf(row)}: ${path}: ${what}`),
          ),
        );
        return [...unexplained, ...apart];
      });
      expect(wrong).toEqual([]);
    });
  });
}

/** Sampling is allowed five standard errors (`compare.mjs`); a constant none. */
function deviations(told: Row['weights'][number], measured: Measured | null, excused: boolean): readonly string[] {
  if (measured === null) return excused ? [] : ['not measured'];
  const [shape, mean, std, count, kurtosis] = measured;
  const real = { count, mean, std, kurtosis };
  return [
    ...(told.shape && (told.shape.length !== shape.length || told.shape.some((n, i) => n !== null && n !== shape[i]))
      ? [`shape [${told.shape}], measured [${shape}]`]
      : []),
    ...(told.std !== null && count >= 8 && Math.abs(told.std - std) > (told.std === 0 ? 0 : stdTolerance(real))
      ? [`std ${told.std}, measured ${std} of ${count}`]
      : []),
    ...(told.mean !== null && Math.abs(told.mean - mean) > (told.std === 0 ? 1e-6 * Math.abs(mean) : meanTolerance(real))
      ? [`mean ${told.mean}, measured ${mean} of ${count}`]
      : []),
  ];
}
