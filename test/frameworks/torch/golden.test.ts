/** Every initializer and every layer default of the measured figures of real PyTorch. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { calculateGain } from '../../../server/src/frameworks/torch/initializers.ts';
import { momentsOf } from '../../../server/src/network/moments.ts';
import type { Parameter } from '../../../server/src/network/network.ts';
import { IMPORTS, networksOf, parametersOf } from './summary.ts';

interface Predicted {
  readonly family: string;
  readonly mean: number;
  readonly std: number;
  readonly low?: number;
  readonly high?: number;
}
interface InitCase {
  readonly shape: readonly number[];
  readonly fan_in: number | null;
  readonly fan_out: number | null;
  readonly predicted: Predicted | null;
  readonly measured: { readonly mean: number; readonly std: number; readonly frac_zero: number };
}
interface GoldenInitializers {
  readonly frameworks: {
    readonly torch: {
      readonly calculate_gain: Record<string, number>;
      readonly initializers: readonly {
        readonly name: string;
        readonly args: Record<string, number | string>;
        readonly aliases: readonly string[];
        readonly cases: readonly InitCase[];
      }[];
    };
  };
}
interface GoldenDefaults {
  readonly frameworks: {
    readonly torch: {
      readonly layers: readonly {
        readonly call: string;
        readonly params: readonly (InitCase & { readonly name: string; readonly buffer: boolean })[];
      }[];
    };
  };
}

const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(`../../golden/${name}.json`, import.meta.url), 'utf8')) as T;
const initializers = read<GoldenInitializers>('initializers').frameworks.torch;
const defaults = read<GoldenDefaults>('defaults').frameworks.torch;

const figures = (p: Parameter | undefined): { mean: number; std: number } | undefined => {
  const m = p && momentsOf(p.init.distribution);
  return m ? { mean: m.mean, std: m.std } : undefined;
};

/** The plain family that a distribution's draws belong to. */
const family = (p: Parameter): string => {
  const d = p.init.distribution;
  if (d.kind === 'varianceScaling') return d.law;
  return d.kind;
};

const agrees = (p: Parameter | undefined, one: InitCase, what: string): void => {
  expect(p, what).toBeDefined();
  const got = figures(p);
  if (one.predicted) {
    const { mean, std } = one.predicted;
    expect(got?.mean, `${what} mean`).toBeCloseTo(mean, 8);
    expect((got?.std ?? -1) - std, `${what} std ${got?.std} for ${std}`).toBeCloseTo(0, 8);
    const named: Record<string, string> = { truncated_normal: 'truncatedNormal' };
    const wanted = named[one.predicted.family] ?? one.predicted.family;
    // trunc_normal_ with far bounds is a normal, and measured as one.
    if (!(wanted === 'normal' && p?.init.name === 'trunc_normal_')) expect(family(p as Parameter), what).toBe(wanted);
  } else {
    expect(Math.abs((got?.std ?? -1) - one.measured.std), `${what} std against the measured one`).toBeLessThan(
      0.02 * one.measured.std + 1e-9,
    );
    expect(Math.abs((got?.mean ?? -1) - one.measured.mean), `${what} mean against the measured one`).toBeLessThan(0.01);
  }
};

const python = (value: number | string): string => (typeof value === 'string' ? `'${value}'` : String(value));

/** A module whose only parameter is drawn so. */
const drawn = (statement: string, shape: readonly number[]): Parameter | undefined => {
  const text = `${IMPORTS}
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.empty(${shape.join(', ')}))
        ${statement}
    def forward(self, x):
        return x * self.w
`;
  return networksOf(text).flatMap(parametersOf)[0];
};

describe('torch.nn.init', () => {
  for (const row of initializers.initializers) {
    const args = Object.entries(row.args).map(([name, value]) => `, ${name}=${python(value)}`);
    const names = [row.name, ...(row.aliases.some((a) => a.includes('deprecated')) ? [row.name.replace(/_$/, '')] : [])];
    for (const name of names) {
      it(`${name}(w${args.join('')})`, () => {
        for (const one of row.cases) {
          const p = drawn(`nn.init.${name}(self.w${args.join('')})`, one.shape);
          agrees(p, one, `${name} ${one.shape}`);
          expect(p?.frameworkFans).toEqual({ fanIn: one.fan_in, fanOut: one.fan_out });
          expect(p?.init.source).toBe('call');
        }
      });
    }
  }

  it('calculate_gain', () => {
    for (const [name, gain] of Object.entries(initializers.calculate_gain)) {
      const [, plain, arg] = /^(\w+)(?:\((\w+(?:\.\d+)?)\))?$/.exec(name) ?? [];
      const param = arg === undefined ? undefined : arg === 'sqrt5' ? Math.sqrt(5) : Number(arg);
      expect(calculateGain(plain as string, param), name).toBeCloseTo(gain, 8);
    }
    expect(calculateGain('gelu')).toBeUndefined();
  });
});

describe('defaults of torch layers', () => {
  it('has all cases', () => expect(defaults.layers.length).toBe(43));
  for (const [i, layer] of defaults.layers.entries()) {
    it(`${i} ${layer.call}`, () => {
      const lazy = layer.call.includes('Lazy');
      const call = lazy ? 'nn.LazyLinear(32)' : layer.call;
      const text = `${IMPORTS}
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.m = ${call}
    def forward(self, x):
        return self.m(x)
`;
      const networks = lazy ? networksOf(text, [null, 64]) : networksOf(text);
      const params = new Map(networks.flatMap(parametersOf).map((p) => [p.path.replace(/^m\./, ''), p]));
      const wanted = layer.params.filter((p) => !p.buffer);
      expect([...params.keys()].sort()).toEqual(wanted.map((p) => p.name).sort());
      for (const one of wanted) {
        const p = params.get(one.name) as Parameter;
        expect(p.shape, one.name).toEqual(one.shape);
        expect(p.frameworkFans, one.name).toEqual({ fanIn: one.fan_in, fanOut: one.fan_out });
        agrees(p, one, `${layer.call} ${one.name}`);
        expect(p.init.source).toBe('default');
      }
    });
  }
});
