/** The lookalikes: each is right as it is, and no rule speaks. */
import { describe, expect, it } from 'vitest';
import { symbol } from '../../server/src/network/scalar.ts';
import {
  constant,
  type Draw,
  glorot,
  glorot4,
  he,
  lecun,
  NetworkBuilder,
  normal,
  stack,
  third,
  unknown,
  varianceScaling,
} from '../support/networks.ts';
import { findingsOf } from './judge.ts';

const build = (make: (b: NetworkBuilder) => number | readonly number[]) => {
  const b = new NetworkBuilder();
  return b.build(make(b));
};

const silent = (make: (b: NetworkBuilder) => number | readonly number[]) =>
  expect(findingsOf(build(make)).map((f) => `${f.rule}: ${f.message}`)).toEqual([]);

const ZERO = { init: constant(0) };

describe('never flagged', () => {
  it('zero output layer', () => silent((b) => b.dense(b.layer(b.input(64), 64, 'relu'), 10, ZERO)));

  it('single-layer (logistic) model, also with zeros, ones and N(0, 1)', () => {
    for (const init of [constant(0), constant(1), normal(1), he])
      silent((b) => b.activation(b.dense(b.input(784), 1, { init }), 'sigmoid'));
  });

  it('output sigmoid with He', () => silent((b) => b.activation(b.dense(b.layer(b.input(64), 64, 'relu'), 1, { init: he }), 'sigmoid')));

  it('several heads, each with its own activation', () =>
    silent((b) => {
      const h = b.layer(b.input(64), 64, 'relu');
      return [b.activation(b.dense(h, 1, { init: he }), 'sigmoid'), b.activation(b.dense(h, 3, ZERO), 'tanh')];
    }));

  it('zero last layer of a residual branch', () =>
    silent((b) => {
      const x = b.layer(b.input(64), 64, 'relu');
      return b.dense(b.add(x, b.dense(b.layer(x, 64, 'relu'), 64, ZERO)), 10);
    }));

  it('zero gamma of the last norm of a residual branch', () =>
    silent((b) => {
      const x = b.layer(b.input(64), 64, 'relu');
      const branch = b.dense(x, 64, { bias: null });
      const gamma = b.parameter('gamma', [64], { fanIn: 1, fanOut: 1 }, constant(0), { source: 'call' });
      const norm = b.op({ kind: 'batchNorm', features: 64, eps: 1e-5, channelAxis: 1 }, [branch], [gamma]);
      return b.dense(b.activation(b.add(x, norm), 'relu'), 10);
    }));

  it('zero logits of a softmax whose weights mix other values (deformable attention)', () =>
    silent((b) => {
      const x = b.layer(b.input(64), 64, 'relu');
      const weights = b.op({ kind: 'softmax', axis: -1, log: false }, [b.dense(x, 64, ZERO)]);
      return b.dense(b.layer(b.op({ kind: 'mul' }, [weights, b.dense(x, 64)]), 64, 'relu'), 10);
    }));

  it('a layer without units', () => silent((b) => b.dense(b.layer(b.layer(b.input(64), 64, 'relu'), 0, 'relu', ZERO), 10)));

  it('zero convolutions (ControlNet)', () =>
    silent((b) => {
      const image = b.input(16, 8, 8);
      const hint = b.conv(b.activation(b.conv(image, 16, 3), 'relu'), 16, 1, ZERO);
      return b.conv(b.activation(b.conv(b.add(image, hint), 16, 3), 'relu'), 4, 3);
    }));

  it('adaLN-zero', () =>
    silent((b) => {
      const x = b.input(64);
      const condition = b.dense(b.activation(b.dense(b.input(32), 32, { init: lecun }), 'linear'), 128, ZERO);
      const shift = b.op({ kind: 'slice', axis: -1, start: 0, size: 64 }, [condition]);
      const scale = b.op({ kind: 'affine', factor: 1, offset: 1 }, [b.op({ kind: 'slice', axis: -1, start: 64, size: 64 }, [condition])]);
      const modulated = b.add(b.mul(b.layerNorm(x), scale), shift);
      return b.dense(b.layer(modulated, 64, 'relu'), 10);
    }));

  it('LoRA B = 0 beside the frozen weight', () =>
    silent((b) => {
      const x = b.input(64);
      const low = b.dense(b.dense(x, 8, { init: he, bias: null }), 64, { ...ZERO, bias: null });
      const sum = b.add(b.dense(x, 64, { init: he, trainable: false }), b.op({ kind: 'affine', factor: 2, offset: 0 }, [low]));
      return b.dense(b.activation(sum, 'relu'), 10);
    }));

  it('ReZero and LayerScale factors', () =>
    silent((b) => {
      const x = b.layer(b.input(64), 64, 'relu');
      const branch = b.dense(x, 64);
      const alpha = b.parameter('gamma', [1], { fanIn: 1, fanOut: 1 }, constant(0));
      return b.dense(b.activation(b.add(x, b.op({ kind: 'scale' }, [branch], [alpha])), 'relu'), 10);
    }));

  it("the framework's own a=√5, copied into a reset method", () => {
    const copied = { init: third, source: 'call' as const, declared: { slope: Math.sqrt(5) } };
    silent((b) => b.dense(b.layer(b.layer(b.input(64), 64, 'relu', copied), 64, 'relu', copied), 10));
  });

  it('kaiming without nonlinearity: a leaky ReLU of slope 0 has the gain of ReLU', () =>
    silent((b) =>
      b.dense(b.layer(b.input(64), 64, 'leakyRelu', { init: varianceScaling(2, 'fanIn', 'uniform'), declared: { slope: 0 } }), 10),
    ));

  it('sigmoid in a squeeze-and-excitation gate', () =>
    silent((b) => {
      const x = b.activation(b.conv(b.input(16, 8, 8), 16, 3), 'relu');
      const pooled = b.op({ kind: 'globalPool', reduce: 'average', output: [], keepAxes: false, channelAxis: 1 }, [x]);
      const gate = b.layer(b.layer(pooled, 16, 'relu'), 16, 'sigmoid', { init: he });
      const spread = b.op({ kind: 'reshape', shape: [-1, 16, 1, 1] }, [gate]);
      return b.conv(b.mul(x, spread), 4, 1);
    }));

  it('sigmoid and tanh in a gated unit and in a hand-written LSTM cell', () =>
    silent((b) => {
      const x = b.input(64);
      const gated = b.mul(b.layer(x, 64, 'tanh', { init: he }), b.layer(x, 64, 'sigmoid', { init: he }));
      return b.dense(gated, 10);
    }));

  it('sigmoid attention', () =>
    silent((b) => {
      const x = b.input(16, 64);
      const scores = b.layer(x, 16, 'sigmoid', { init: he });
      return b.dense(b.op({ kind: 'matmul', transposeA: false, transposeB: false }, [scores, x]), 10);
    }));

  it('sigmoid or zeros that go into something not understood', () =>
    silent((b) => {
      const x = b.activation(b.conv(b.input(16, 8, 8), 16, 3), 'relu');
      const gate = b.activation(b.conv(x, 16, 1, { init: he }), 'sigmoid');
      const zero = b.conv(x, 16, 1, ZERO);
      const unknownOp = { kind: 'opaque', what: 'skip_mul.mul', reason: 'test' } as const;
      const out = b.conv(x, 4, 1);
      return [out, b.conv(b.op(unknownOp, [gate, x]), 4, 1), b.conv(b.op(unknownOp, [zero, x]), 4, 1)];
    }));

  it('He over fan_out, whose first layers are small forward on purpose', () =>
    silent((b) => {
      let h = b.input(3, 16, 16);
      for (const width of [64, 256, 256]) h = b.activation(b.conv(h, width, 3, { init: varianceScaling(2, 'fanOut') }), 'relu');
      return b.conv(h, 4, 1);
    }));

  it("transformers' 0.02 in a small net beside the norms", () =>
    silent((b) => {
      const bias = b.dense(b.layer(b.input(2), 512, 'relu', { init: normal(0.02) }), 8, { init: normal(0.02) });
      const x = b.layerNorm(b.dense(b.input(64), 64, { init: normal(0.02) }));
      return [b.dense(b.layerNorm(bias), 8), b.dense(x, 10)];
    }));

  it('equalized learning rate: N(0, 1) scaled at run time, as a weight and on the input', () => {
    const scaled: Draw = ({ fanIn }) => ({
      kind: 'affine',
      of: normal(1)({ fanIn, fanOut: 1 }),
      factor: Math.sqrt(2 / (fanIn as number)),
      offset: 0,
    });
    silent((b) => b.dense(b.layer(b.input(64), 64, 'relu', { init: scaled }), 10));
    silent((b) => {
      const x = b.op({ kind: 'affine', factor: Math.sqrt(2 / 64), offset: 0 }, [b.input(64)]);
      return b.dense(b.layer(x, 64, 'relu', { init: normal(1), bias: null }), 10);
    });
  });

  it('weights that are loaded afterwards', () => {
    for (const init of [constant(0), normal(1), normal(0.001)]) {
      silent((b) => {
        let h = b.input(64);
        for (let i = 0; i < 8; i++) h = b.layer(h, 64, 'sigmoid', { init, loaded: true });
        return b.dense(h, 10, { loaded: true });
      });
    }
  });

  it('identity and dirac on purpose', () => {
    const identity: Draw = ({ fanIn, fanOut }) => ({ kind: 'identity', gain: 1, rows: fanOut, columns: fanIn });
    silent((b) => b.dense(b.layer(b.layer(b.input(64), 64, 'relu', { init: identity }), 64, 'relu', { init: identity }), 10));
    const dirac: Draw = () => ({ kind: 'dirac', groups: 1, inChannels: 16, outChannels: 16, receptive: 9 });
    silent((b) => b.conv(b.activation(b.conv(b.input(16, 8, 8), 16, 3, { init: dirac }), 'relu'), 4, 1));
  });

  it('positional embeddings at zero', () =>
    silent((b) => {
      const x = b.input(16, 64);
      const position = b.parameter('position', [16, 64], { fanIn: 1, fanOut: 1 }, constant(0));
      return b.dense(b.layer(b.op({ kind: 'shift' }, [x], [position]), 64, 'relu'), 10);
    }));

  it('4×Glorot before a sigmoid', () =>
    silent((b) =>
      b.dense(b.layer(b.layer(b.input(256), 256, 'sigmoid', { init: glorot4 }), 256, 'sigmoid', { init: glorot4 }), 10, { init: glorot }),
    ));

  it('trunc_normal_(std=.02) in a pre-norm transformer', () =>
    silent((b) => {
      const small = { init: normal(0.02), source: 'call' as const };
      let x = b.dense(b.input(16, 48), 768, small);
      for (let i = 0; i < 4; i++) x = b.add(x, b.dense(b.activation(b.dense(b.layerNorm(x), 3072, small), 'gelu'), 768, small));
      return b.dense(b.layerNorm(x), 1000, small);
    }));

  it('norm weights and biases, zero biases', () => silent((b) => b.dense(b.activation(b.layerNorm(b.dense(b.input(64), 64)), 'relu'), 10)));

  it('frozen random features', () => silent((b) => b.dense(b.layer(b.input(64), 512, 'cos', { init: normal(1), trainable: false }), 10)));

  it('initializers that are not known, whatever the depth', () => {
    for (const activation of ['relu', 'sigmoid', 'tanh', 'selu', 'gelu']) {
      expect(findingsOf(stack(20, 64, activation, { init: unknown }))).toEqual([]);
    }
  });

  it('symbolic sizes whose gain is right', () => {
    const hidden = symbol('hidden');
    for (const [activation, init] of [
      ['relu', he],
      ['selu', lecun],
      ['tanh', glorot],
    ] as const) {
      silent((b) => b.dense(b.layer(b.layer(b.input(hidden), hidden, activation, { init }), hidden, activation, { init }), 10));
    }
  });
});
