/** Every row of the activation table against the quadrature of test/golden/gains.json and its own derivative. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ACTIVATIONS } from '../../server/src/knowledge/activations.ts';
import { gaussianMoments, type Kernel, kernelOf, twoPoint } from '../../server/src/knowledge/gaussian.ts';
import { erf } from '../../server/src/network/normal.ts';

interface Golden {
  readonly formula: string;
  readonly q: Record<string, Record<'mean' | 'second' | 'var' | 'dsecond' | 'dmean', number>>;
  readonly forward_gain: number;
  readonly gradient_gain: number;
  readonly 'phi(0)': number;
  readonly "phi'(0)": number;
}
interface GoldenGlu {
  readonly q: Record<string, Record<'second' | 'dsecond_wrt_value' | 'dsecond_wrt_gate', number>>;
}
const golden = JSON.parse(readFileSync(new URL('../golden/gains.json', import.meta.url), 'utf8')) as {
  activations: Record<string, Golden>;
  glu_variants: Record<string, GoldenGlu>;
};

/** Golden name → our row and arguments. */
const NAMES: Readonly<Record<string, readonly [string, Readonly<Record<string, number>>?]>> = {
  linear: ['linear'],
  sigmoid: ['sigmoid'],
  hard_sigmoid: ['hardSigmoid'],
  'hard_sigmoid_0.2': ['hardSigmoid02'],
  tanh: ['tanh'],
  scaled_tanh: ['scaledTanh'],
  hard_tanh: ['hardTanh'],
  softsign: ['softsign'],
  relu: ['relu'],
  relu6: ['relu6'],
  'leaky_relu(0.01)': ['leakyRelu'],
  'leaky_relu(0.2)': ['leakyRelu', { negativeSlope: 0.2 }],
  'leaky_relu(0.3)': ['leakyRelu', { negativeSlope: 0.3 }],
  'leaky_relu(1/3)': ['leakyRelu', { negativeSlope: 1 / 3 }],
  'prelu(0.25)': ['prelu'],
  elu: ['elu'],
  'celu(1)': ['celu'],
  'celu(2)': ['celu', { alpha: 2 }],
  selu: ['selu'],
  gelu: ['gelu'],
  gelu_tanh: ['geluTanh'],
  quick_gelu: ['quickGelu'],
  silu: ['silu'],
  mish: ['mish'],
  softplus: ['softplus'],
  hard_swish: ['hardSwish'],
  erf: ['erf'],
  sin: ['sin'],
  'sin(30x) (SIREN w0=30)': ['sin', { w0: 30 }],
  exp: ['exp'],
  abs: ['abs'],
  square: ['square'],
  squared_relu: ['squaredRelu'],
  log_sigmoid: ['logSigmoid'],
  tanhshrink: ['tanhshrink'],
};

const kernel = (name: string, args: Readonly<Record<string, number>> = {}): Kernel => {
  const found = kernelOf(name, args);
  if (found === undefined) throw new Error(`no activation ${name}`);
  return found;
};

/** Agreement to 1e-8 relative, with 1e-12 for what is zero; the golden figures have ten digits. */
const near = (actual: number, expected: number, what: string): void =>
  expect(Math.abs(actual - expected), `${what}: ${actual} against ${expected}`).toBeLessThanOrEqual(1e-8 * Math.abs(expected) + 1e-12);

describe('against quadrature', () => {
  it('covers every golden activation', () => expect(Object.keys(NAMES).sort()).toEqual(Object.keys(golden.activations).sort()));

  it.each(Object.entries(NAMES))('%s', (goldenName, [name, args]) => {
    const expected = golden.activations[goldenName] as Golden;
    const k = kernel(name, args);
    for (const [q, figures] of Object.entries(expected.q)) {
      const got = gaussianMoments(k, 0, Number(q));
      near(got.mean, figures.mean, `mean at ${q}`);
      near(got.second, figures.second, `second at ${q}`);
      near(got.derivativeSecond, figures.dsecond, `dsecond at ${q}`);
      near(got.derivativeMean, figures.dmean, `dmean at ${q}`);
    }
    const unit = gaussianMoments(k, 0, 1);
    near(1 / Math.sqrt(unit.second), expected.forward_gain, 'forward gain');
    near(1 / Math.sqrt(unit.derivativeSecond), expected.gradient_gain, 'gradient gain');
    near(k.activation.value(0, k.args), expected['phi(0)'], 'φ(0)');
    // At a kink the derivative at 0 is a convention.
    if (!k.activation.bends(k.args).at.includes(0)) near(k.activation.derivative(0, k.args), expected["phi'(0)"], "φ'(0)");
  });

  const gates: Readonly<Record<string, string>> = {
    bilinear: 'linear',
    glu: 'sigmoid',
    reglu: 'relu',
    geglu: 'gelu',
    geglu_tanh: 'geluTanh',
    swiglu: 'silu',
  };
  it.each(Object.entries(golden.glu_variants))('gated: %s', (name, variant) => {
    const k = kernel(gates[name] ?? gates[name.replace('(', '_').replace(')', '')] ?? '?');
    for (const [q, figures] of Object.entries(variant.q)) {
      const gate = gaussianMoments(k, 0, Number(q));
      near(Number(q) * gate.second, figures.second, 'second');
      near(gate.second, figures.dsecond_wrt_value, 'value');
      near(Number(q) * gate.derivativeSecond, figures.dsecond_wrt_gate, 'gate');
    }
  });
});

/** A plain trapezoid sum, which shares nothing with the code under test. */
const trapezoid = (f: (z: number) => number, n = 16_001, range = 12): number => {
  const h = (2 * range) / (n - 1);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const z = -range + i * h;
    sum += f(z) * Math.exp(-0.5 * z * z);
  }
  return (sum * h) / Math.sqrt(2 * Math.PI);
};

describe.each([...ACTIVATIONS.keys()])('%s', (name) => {
  const k = kernel(name);
  const phi = (x: number): number => k.activation.value(x, k.args);
  const bends = k.activation.bends(k.args).at;

  it("φ' is the derivative of φ", () => {
    for (let x = -4.03; x < 4; x += 0.17) {
      if (bends.some((b) => Math.abs(b - x) < 1e-3)) continue;
      const h = 1e-5;
      const difference = (phi(x + h) - phi(x - h)) / (2 * h);
      expect(Math.abs(k.activation.derivative(x, k.args) - difference), `at ${x}`).toBeLessThan(1e-6 * Math.max(1, Math.abs(difference)));
    }
  });

  it('expectations at another mean and variance', () => {
    for (const [m, v] of [
      [0.7, 2],
      [-1.3, 0.3],
      [0.2, 40],
    ] as const) {
      const at = (z: number): number => m + Math.sqrt(v) * z;
      const got = gaussianMoments(k, m, v);
      if (name === 'exp' && v > 10) continue;
      const close = (actual: number, expected: number, what: string): void =>
        expect(Math.abs(actual - expected), `${what} at ${m}, ${v}: ${actual}, ${expected}`).toBeLessThan(2e-3 * Math.abs(expected) + 5e-4);
      close(
        got.mean,
        trapezoid((z) => phi(at(z))),
        'mean',
      );
      close(
        got.second,
        trapezoid((z) => phi(at(z)) ** 2),
        'second',
      );
      close(
        got.fourth,
        trapezoid((z) => phi(at(z)) ** 4),
        'fourth',
      );
      close(
        got.derivativeMean,
        trapezoid((z) => k.activation.derivative(at(z), k.args)),
        'dmean',
      );
      close(
        got.derivativeSecond,
        trapezoid((z) => k.activation.derivative(at(z), k.args) ** 2),
        'dsecond',
      );
      // A function that jumps has a further term at the jump.
      if (['sign', 'step', 'hardshrink'].includes(name)) continue;
      const h = 1e-3 * v;
      close(got.response, (gaussianMoments(k, m, v + h).second - gaussianMoments(k, m, v - h).second) / (2 * h), 'response');
    }
  });

  it('has a citation and a formula', () => {
    expect(k.activation.citation).toMatch(/\d{4}/);
    expect(k.activation.formula.length).toBeGreaterThan(0);
  });
});

describe('two-point map', () => {
  it('erf has the closed form of Williams 1997', () => {
    for (const rho of [-0.6, 0.1, 0.5, 0.9])
      near(twoPoint(kernel('erf'), 0, 1.3, 1.3 * rho), (2 / Math.PI) * Math.asin((2 * 1.3 * rho) / 3.6), `${rho}`);
  });
  it.each(['relu', 'leakyRelu', 'sigmoid', 'tanh', 'gelu', 'selu', 'hardTanh', 'softplus'])('%s against nested sums', (name) => {
    const k = kernel(name);
    for (const [m, v, rho] of [
      [0, 1, 0.3],
      [0.4, 2, 0.7],
      [0, 0.5, 0.9],
      [-0.5, 1, 0.97],
    ] as const) {
      const inner = (t: number): number =>
        trapezoid((s) => k.activation.value(m + Math.sqrt(v) * (Math.sqrt(rho) * t + Math.sqrt(1 - rho) * s), k.args), 401, 8);
      const expected = trapezoid((t) => inner(t) ** 2, 401, 8);
      expect(Math.abs(twoPoint(k, m, v, rho * v) / expected - 1), `${m} ${v} ${rho}`).toBeLessThan(5e-4);
    }
  });
});

it('erf agrees with tabled values', () => {
  // Abramowitz & Stegun, table 7.1
  near(erf(0.5), 0.5204998778, 'erf .5');
  near(erf(1), 0.8427007929, 'erf 1');
  near(1 - erf(2.5), 4.069520174e-4, 'erfc 2.5');
  near(erf(-1.9), -0.9927904292, 'erf -1.9');
});
