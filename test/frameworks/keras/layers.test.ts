import { describe, expect, it } from 'vitest';
import { computeFans, drawOf, initializerOfString, initializerRow } from '../../../server/src/frameworks/keras/initializers.ts';
import { LAYERS } from '../../../server/src/frameworks/keras/layers.ts';
import { bind, signature } from '../../../server/src/interpreter/native.ts';
import { NO_ARGS } from '../../../server/src/interpreter/values.ts';
import { BATCH, type Shape } from '../../../server/src/network/scalar.ts';
import golden from '../../golden/defaults.json' with { type: 'json' };
import { pythonArgs, stdOf } from './golden.ts';

const keras = golden.frameworks.keras;

const shapesOf = (shape: readonly unknown[]): Shape[] =>
  (Array.isArray(shape[0]) ? (shape as number[][]) : [shape as number[]]).map((s) => [BATCH, ...s.slice(1)]);

describe("Keras's layer table agrees with Keras 3.15", () => {
  it('holds every case of the reference', () => {
    expect(keras.layers.length).toBeGreaterThanOrEqual(30);
  });
  for (const c of keras.layers) {
    it(`${c.call} on ${JSON.stringify(c.input_shape)}`, () => {
      const row = LAYERS.find((r) => r.name === c.layer);
      expect(row, c.layer).toBeDefined();
      if (!row) return;
      const steps = row.build({ args: bind(row.signature, pythonArgs(c.call)), inputs: shapesOf(c.input_shape), name: 'layer' });
      const weights = steps.flatMap((s) => s.weights);
      expect(weights.map((w) => w.name)).toEqual(c.params.map((p) => p.name));
      for (const [i, p] of c.params.entries()) {
        const weight = weights[i];
        if (!weight) continue;
        expect(weight.shape, p.name).toEqual(p.shape);
        const fans = weight.fans ?? computeFans(weight.shape);
        expect(fans, p.name).toEqual({ fanIn: p.fan_in, fanOut: p.fan_out });
        expect(weight.argument ?? null).toBe(p.initializer_attr ?? null);
        expect(weight.trainable ?? true).toBe(p.trainable);
        const initializer = initializerOfString(weight.fallback);
        expect(initializer?.name).toBe(p.initializer.name);
        if (!initializer) continue;
        if ('values_by_block' in p) {
          expect(weight.forgetShare).toBe(0.25);
          continue;
        }
        const { mean, std } = stdOf(drawOf(initializer, NO_ARGS, weight.shape, fans));
        expect(mean).toBeCloseTo(p.predicted?.mean ?? Number.NaN, 9);
        expect(std).toBeCloseTo(p.predicted?.std ?? Number.NaN, 8);
      }
    });
  }
});

describe('constructors take what Keras takes', () => {
  const IGNORED = /_(regularizer|constraint)$|^(lora_|quantization_config|gptq|noise_shape|seed|kwargs|weights|mask_zero)/;
  for (const [name, written] of Object.entries(keras.layer_signatures)) {
    it(`${name}${written.slice(0, 40)}…`, () => {
      const row = LAYERS.find((r) => r.name === name);
      if (!row) throw new Error(`no row for ${name}`);
      const own = signature(row.signature).filter((p) => p.kind !== '**' && p.kind !== '*');
      const theirs = [...bindNames(written)];
      // What we read has the reference's default, and positional order up to the first argument that we leave out.
      for (const [i, param] of own.entries()) {
        if (param.name === 'unit_forget_bias' || param.name === 'reset_after' || param.name === 'rms_scaling') continue;
        const at = theirs.findIndex((t) => t.name === param.name);
        expect(at, `${name}.${param.name}`).toBeGreaterThanOrEqual(0);
        if (!IGNORED.test(theirs[i]?.name ?? '') && i < 4) expect(theirs[i]?.name).toBe(param.name);
      }
      for (const weight of ['kernel', 'bias', 'recurrent', 'depthwise', 'pointwise', 'embeddings', 'gamma', 'beta', 'alpha']) {
        const theirDefault = theirs.find((t) => t.name === `${weight}_initializer`)?.fallback;
        const ours = own.find((p) => p.name === `${weight}_initializer`)?.fallback;
        if (theirDefault !== undefined) expect(ours, weight).toEqual({ kind: 'string', value: theirDefault.slice(1, -1) });
      }
    });
  }
  it('has the default initializers in the signature and in the weights alike', () => {
    for (const row of LAYERS) {
      for (const param of signature(row.signature)) {
        if (!param.name.endsWith('_initializer')) continue;
        expect(param.fallback?.kind, `${row.name}.${param.name}`).toBe('string');
        expect(initializerRow(param.fallback?.kind === 'string' ? param.fallback.value : '')).toBeDefined();
      }
    }
  });
});

function* bindNames(written: string): Generator<{ name: string; fallback: string | undefined }> {
  for (const part of written.slice(1, -1).split(/,\s*(?![^()]*\))/)) {
    const [name = '', fallback] = part.split('=');
    yield { name: name.replaceAll('*', '').trim(), fallback };
  }
}
