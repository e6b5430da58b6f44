/** Any graph of any ops gives figures or reasons: nothing throws, nothing is NaN or negative. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ACTIVATIONS } from '../../server/src/knowledge/activations.ts';
import type { Distribution } from '../../server/src/network/distribution.ts';
import type { Op } from '../../server/src/network/op.ts';
import { BATCH, type Scalar, type Shape, symbol } from '../../server/src/network/scalar.ts';
import { reshapeInputs } from '../../server/src/network/shapes.ts';
import { assumeSizes } from '../../server/src/network/sizes.ts';
import { computeSignal } from '../../server/src/signal/engine.ts';
import { NetworkBuilder } from '../support/networks.ts';

const size = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(0, symbol('n'), symbol('h')));
const real = fc.oneof(fc.constantFrom<Scalar>(0, 1, -1, 0.02, 1e-200, 1e200, symbol('a')), fc.double({ min: -3, max: 3, noNaN: true }));
const channelAxis = fc.constantFrom(1 as const, -1 as const);
const axis = fc.integer({ min: -3, max: 3 });
const axes = fc.array(axis, { maxLength: 3 });
const flag = fc.boolean();
const window = {
  rank: fc.constantFrom(1 as const, 2 as const),
  kernel: fc.array(size, { minLength: 1, maxLength: 2 }),
  stride: fc.array(fc.constantFrom(1, 2), { minLength: 1, maxLength: 2 }),
  padding: fc.oneof(fc.constantFrom('same' as const, 'valid' as const), fc.array(fc.tuple(size, size), { minLength: 1, maxLength: 2 })),
  dilation: fc.constantFrom([1], [2, 2]),
  channelAxis,
};
const kind = <K extends Op['kind']>(name: K): { readonly kind: fc.Arbitrary<K> } => ({ kind: fc.constant(name) });
const channels = { inChannels: size, outChannels: size, groups: fc.constantFrom(1, 2) };
const name = fc.constantFrom(...ACTIVATIONS.keys(), 'nothing');
const ratio = fc.constantFrom<Scalar>(0, 0.5, 1, symbol('p'));

const op: fc.Arbitrary<Op> = fc.oneof(
  fc.record({ ...kind('dense'), inFeatures: size, outFeatures: size }),
  fc.record({ ...kind('conv'), ...channels, ...window }),
  fc.record({ ...kind('convTranspose'), ...channels, ...window, outputPadding: fc.constantFrom([0], [1, 1]) }),
  fc.record({ ...kind('bilinear'), in1: size, in2: size, outFeatures: size }),
  fc.record({ ...kind('embedding'), count: size, features: size }),
  fc.record({
    ...kind('activation'),
    name,
    args: fc.constantFrom({}, { alpha: 0 }, { w0: 0 }, { negativeSlope: symbol('s') }),
    channelAxis,
  }),
  fc.record({ ...kind('glu'), activation: name, axis }),
  fc.record({ ...kind('softmax'), axis, log: flag }),
  fc.record({ ...kind('batchNorm'), features: size, eps: fc.constantFrom(0, 1e-5), channelAxis }),
  fc.record({ ...kind('layerNorm'), axes, eps: fc.constantFrom(0, 1e-5), rms: flag }),
  fc.record({ ...kind('groupNorm'), groups: size, features: size, eps: fc.constant(1e-5), channelAxis }),
  fc.record({ ...kind('instanceNorm'), features: size, eps: fc.constant(1e-5), channelAxis }),
  fc.record({ ...kind('dropout'), rate: ratio, alpha: flag }),
  fc.record({ ...kind('pool'), reduce: fc.constantFrom('max' as const, 'average' as const), ceil: flag, ...window }),
  fc.record({
    ...kind('globalPool'),
    reduce: fc.constantFrom('max' as const, 'average' as const),
    output: fc.array(size, { maxLength: 2 }),
    keepAxes: flag,
    channelAxis,
  }),
  fc.record({ ...kind('flatten'), startAxis: axis, endAxis: axis }),
  fc.record({ ...kind('reshape'), shape: fc.array(fc.oneof(size, fc.constant(-1)), { maxLength: 4 }) }),
  fc.record({ ...kind('permute'), axes }),
  fc.record({ ...kind('pad'), padding: fc.array(fc.tuple(size, size), { maxLength: 3 }) }),
  fc.record({
    ...kind('upsample'),
    factor: fc.array(real, { maxLength: 2 }),
    mode: fc.constantFrom('nearest' as const, 'linear' as const),
    channelAxis,
  }),
  fc.record(kind('add')),
  fc.record(kind('sub')),
  fc.record(kind('mul')),
  fc.record(kind('average')),
  fc.record(kind('maximum')),
  fc.record({ ...kind('affine'), factor: real, offset: real }),
  fc.record(kind('scale')),
  fc.record(kind('shift')),
  fc.record(kind('rotate')),
  fc.record({ ...kind('concat'), axis }),
  fc.record({
    ...kind('slice'),
    axis,
    start: fc.constantFrom<Scalar | null>(0, -1, null, symbol('i')),
    size: fc.constantFrom<Scalar | null>(1, 2, null),
  }),
  fc.record({ ...kind('reduce'), reduce: fc.constantFrom('mean' as const, 'sum' as const, 'max' as const), axes, keepAxes: flag }),
  fc.record({ ...kind('matmul'), transposeA: flag, transposeB: flag }),
  fc.record({
    ...kind('attention'),
    features: size,
    heads: size,
    keyFeatures: size,
    valueFeatures: size,
    projections: flag,
    causal: flag,
  }),
  fc.record({
    ...kind('recurrent'),
    cell: fc.constantFrom('rnn' as const, 'lstm' as const, 'gru' as const),
    inFeatures: size,
    units: size,
    activation: name,
    layers: fc.constantFrom(1, 2),
    bidirectional: flag,
    returnSequence: flag,
    batchFirst: flag,
  }),
  fc.record(kind('identity')),
  fc.record({ ...kind('opaque'), what: fc.constant('f'), reason: fc.constant('not read') }),
);

const distribution: fc.Arbitrary<Distribution> = fc.oneof(
  fc.record({ kind: fc.constant('constant' as const), value: real }),
  fc.record({ kind: fc.constant('uniform' as const), low: real, high: real }),
  fc.record({ kind: fc.constant('normal' as const), mean: real, std: real }),
  fc.record({ kind: fc.constant('truncatedNormal' as const), mean: real, std: real, low: real, high: real }),
  fc.record({ kind: fc.constant('orthogonal' as const), gain: real, rows: size, columns: size }),
  fc.record({ kind: fc.constant('identity' as const), gain: real, rows: size, columns: size }),
  fc.constant<Distribution>({ kind: 'unknown', reason: 'test' }),
);

const step = fc.record({
  op,
  draws: fc.array(distribution, { minLength: 2, maxLength: 2 }),
  inputs: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
});
const shape: fc.Arbitrary<Shape | null> = fc.oneof(
  fc.constant(null),
  fc.array(size, { maxLength: 3 }).map((rest) => [BATCH, ...rest]),
);

it('random graphs', () => {
  fc.assert(
    fc.property(shape, fc.array(step, { minLength: 1, maxLength: 8 }), (input, steps) => {
      const b = new NetworkBuilder();
      b.op({ kind: 'input', integer: false }, [], [], 'x', input);
      let count = 1;
      for (const { op: o, draws, inputs } of steps) {
        const roles = o.kind === 'batchNorm' || o.kind === 'layerNorm' ? (['gamma', 'beta'] as const) : (['weight', 'bias'] as const);
        const params = roles.map((role, i) => b.parameter(role, [], { fanIn: 1, fanOut: 1 }, () => draws[i] as Distribution));
        b.op(
          o,
          inputs.map((i) => i % count),
          params,
        );
        count++;
      }
      const network = b.build(count - 1);
      const sizes = assumeSizes(network);
      reshapeInputs(network, sizes.inputShapes, (symbolName) => sizes.values.get(symbolName)?.value);
      const signal = computeSignal(network);
      expect(signal.nodes.length).toBe(count);
      for (const { forward, gradient, band, saturated, zero, unknown } of signal.nodes) {
        if (forward !== null) {
          for (const x of [forward.m, forward.q, forward.r, forward.u]) expect(Number.isFinite(x)).toBe(true);
          expect(forward.q).toBeGreaterThanOrEqual(0);
          expect(forward.r).toBeLessThanOrEqual(forward.q * (1 + 1e-9) + 1e-12);
        } else expect(unknown).not.toBeNull();
        if (gradient !== null) expect(gradient >= 0 && Number.isFinite(gradient)).toBe(true);
        for (const share of [saturated, zero]) if (share !== null) expect(share >= 0 && share <= 1 + 1e-9).toBe(true);
        if (band !== null) expect(band[0] <= band[1] && band[0] >= 0).toBe(true);
      }
    }),
    { numRuns: 1500, seed: 7 },
  );
});
