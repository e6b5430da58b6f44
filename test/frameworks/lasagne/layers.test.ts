import { describe, expect, it } from 'vitest';
import { LAYERS } from '../../../server/src/frameworks/lasagne/layers.ts';
import { signature } from '../../../server/src/interpreter/native.ts';
import golden from '../../golden/defaults.json' with { type: 'json' };
import { analyse } from '../keras/analyse.ts';
import { stdOf } from '../keras/golden.ts';

const { layers, signatures } = golden.frameworks.lasagne;

/** The golden call as a program. */
const program = (call: string): string => `import lasagne
from lasagne.layers import *
from lasagne.init import *
l_in = InputLayer((None, 12))
l_out = ${call}
`;

describe(`Lasagne's layers agree with Lasagne 0.2.dev1: ${layers.length} calls`, () => {
  for (const c of layers)
    it(c.call, () => {
      const [network] = analyse(program(c.call)).networks;
      if (!network) throw new Error('no network');
      const params = network.nodes.flatMap((n) => n.params);
      for (const p of c.params) {
        const param = params.find((q) => q.path.slice(q.path.indexOf('.') + 1) === p.name);
        if (!param) throw new Error(`no ${p.name} among ${params.map((q) => q.path).join(', ')}`);
        expect(param.shape, p.name).toEqual(p.shape);
        if (p.fan_in !== null) expect(param.frameworkFans, p.name).toEqual({ fanIn: p.fan_in, fanOut: p.fan_out });
        expect(param.init.name, p.name).toBe(p.initializer.name.replace('lasagne.init.', ''));
        const { mean, std } = stdOf(param.init.distribution);
        expect(mean, p.name).toBeCloseTo(p.predicted.mean, 9);
        expect(std, p.name).toBeCloseTo(p.predicted.std, 8);
      }
      if (!c.call.includes('W=')) expect(params).toHaveLength(c.params.length);
    });
});

/** What the table calls a default: the object's constructor as text. */
const tableText = (value: ReturnType<typeof signature>[number]['fallback']): string | undefined =>
  value?.kind === 'string' ? value.value : undefined;

const asText = (written: string): string => written.replace(/^(init|nonlinearities)\./, '').replace(/\.0\b/, '.');

const IGNORED = new Set(['convolution', 'n', 'pool_function']);

describe('constructors take what Lasagne takes', () => {
  const rows = Object.entries(signatures).filter(([name]) => LAYERS.some((r) => r.name === name || r.aliases?.includes(name)));
  it(`knows the layers of the reference: ${rows.length} of ${Object.keys(signatures).length}`, () => {
    const missing = Object.keys(signatures).filter((name) => !rows.some(([known]) => known === name));
    // The base class of convolutions is nobody's layer; a gate is no layer.
    expect(missing).toEqual(['BaseConvLayer', 'Gate']);
  });
  for (const [name, reference] of rows)
    it(name, () => {
      const row = LAYERS.find((r) => r.name === name) ?? LAYERS.find((r) => r.aliases?.includes(name));
      if (!row) throw new Error('no row');
      const own = signature(row.signature).filter((p) => p.kind === 'normal');
      const theirs = reference.args.map(([n, fallback]) => [n ?? '', fallback ?? null] as const);
      for (const [i, param] of own.entries()) {
        if (row.name !== name && i > 8) continue;
        const at = theirs.findIndex(([n]) => n === param.name);
        if (at < 0) continue;
        if (i < 5) expect(at, `${name}.${param.name}`).toBe(i);
        const fallback = theirs[at]?.[1];
        if (fallback?.startsWith('init.')) expect(tableText(param.fallback)?.replace(/0\.\)$/, '0.)')).toBe(asText(fallback));
        if (fallback?.startsWith('nonlinearities.')) expect(tableText(param.fallback)).toBe(asText(fallback));
        if (!IGNORED.has(param.name) && /^-?[\d.]+$/.test(fallback ?? ''))
          expect(param.fallback, `${name}.${param.name}`).toMatchObject({ kind: 'number', value: Number(fallback) });
      }
      for (const [n, fallback] of theirs)
        if (/^(init|nonlinearities)\./.test(fallback ?? ''))
          expect(
            own.map((p) => p.name),
            `${name}.${n}`,
          ).toContain(n);
    });
});
