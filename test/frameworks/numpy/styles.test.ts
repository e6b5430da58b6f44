/** Networks as people write them over arrays: shape, fans, moments and the next activation of every weight. */
import { describe, expect, it } from 'vitest';
import { readAll } from './read.ts';

interface Style {
  readonly code: string;
  readonly name: string;
  readonly weights: readonly string[];
}

const STYLES: Readonly<Record<string, Style>> = {
  'rows of samples at the top level': {
    code: `
import numpy as np
n_in, n_hid, n_out = 30, 50, 4
V = np.random.randn(n_in, n_hid) * 0.05
c = np.zeros(n_hid)
U = np.random.randn(n_hid, n_out) * 0.05
d = np.zeros(n_out)
data = np.loadtxt('points.csv')
for epoch in range(5000):
    hid = np.tanh(data.dot(V) + c)
    out = hid.dot(U) + d
`,
    name: 'script call numpy',
    weights: ['V (30, 50) 30→50 normal 0±0.05 → tanh', 'U (50, 4) 50→4 normal 0±0.05'],
  },
};

describe(`networks over arrays, ${Object.keys(STYLES).length} styles`, () => {
  it.each(Object.entries(STYLES))('%s', (_, { code, name, weights }) => {
    const all = readAll(code);
    expect(all.map((r) => r.name)).toEqual([name]);
    expect(all.flatMap((r) => r.weights)).toEqual(weights);
  });
});
