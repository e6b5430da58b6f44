/** The nets of test/golden/propagation.json rebuilt node by node from their source; paths are the modules' names. */
import type { Network, Parameter } from '../../server/src/network/network.ts';
import type { Dim } from '../../server/src/network/scalar.ts';
import {
  constant,
  type Draw,
  glorot,
  he,
  type LayerOptions,
  lecun,
  NetworkBuilder,
  normal,
  orthogonal,
  third,
  varianceScaling,
} from '../support/networks.ts';

/** Torch's bias: U(±1/√fan_in) of the weight. */
const torchBias: Draw = ({ fanIn }) => ({
  kind: 'varianceScaling',
  scale: 1 / 3,
  fan: fanIn,
  mode: 'fanIn',
  law: 'uniform',
  corrected: true,
});
const TORCH: LayerOptions = { init: third, bias: torchBias };
const zeroBias = (init: Draw): LayerOptions => ({ init, bias: constant(0) });

/** Linear, activation, … , Linear(10), named net.0, net.1, …; `norm` puts a BatchNorm between. */
const mlp = (depth: number, inputs: number, width: number, activation: string, options: LayerOptions, norm = false): Network => {
  const b = new NetworkBuilder();
  let h = b.input(inputs);
  let n = 0;
  const name = (): string => `net.${n++}`;
  for (let i = 0; i < depth; i++) {
    h = b.dense(h, width, { ...options, path: name() });
    if (norm) h = named(b, b.batchNorm(h), name());
    h = named(b, b.activation(h, activation), name());
  }
  return withNames(b, b.build(b.dense(h, 10, { ...options, path: name() })));
};

/** The builder names only layers; the rest is renamed in place. */
const renamed = new WeakMap<NetworkBuilder, Map<number, string>>();
const named = (b: NetworkBuilder, id: number, path: string): number => {
  const names = renamed.get(b) ?? new Map<number, string>();
  names.set(id, path);
  renamed.set(b, names);
  return id;
};
const withNames = (b: NetworkBuilder, network: Network): Network => ({
  ...network,
  nodes: network.nodes.map((node) => ({ ...node, path: renamed.get(b)?.get(node.id) ?? node.path })),
});

/** Dense with a fused activation, as Keras counts: '0:Dense' is the pair. */
const keras = (depth: number, width: number, activation: string, options: LayerOptions): Network => {
  const b = new NetworkBuilder();
  let h = b.input(width);
  for (let i = 0; i < depth; i++) h = named(b, b.activation(b.dense(h, width, { ...options, path: `${i}:pre` }), activation), `${i}:Dense`);
  return withNames(b, b.build(b.dense(h, 10, { ...options, path: `${depth}:Dense` })));
};

const cnn = (): Network => {
  const b = new NetworkBuilder();
  const relu = (h: number, path: string): number => named(b, b.activation(h, 'relu'), path);
  const pool = (h: number, reduce: 'max' | 'average', path: string): number =>
    b.op(
      {
        kind: 'pool',
        reduce,
        ceil: false,
        rank: 2,
        kernel: [2, 2],
        stride: [2, 2],
        padding: 'valid',
        dilation: [1, 1],
        channelAxis: 1,
      },
      [h],
      [],
      path,
    );
  let h = relu(b.conv(b.input(3, 32, 32), 32, 3, { ...TORCH, path: 'conv1' }), 'act1');
  h = pool(relu(b.conv(h, 32, 3, { ...TORCH, path: 'conv2' }), 'act2'), 'max', 'pool1');
  h = relu(b.conv(h, 64, 3, { ...TORCH, stride: 2, path: 'conv3' }), 'act3');
  const inner = b.conv(h, 64, 3, { ...TORCH, path: 'conv4' });
  // The builder pads; this one does not.
  const { op, params } = b.node(inner);
  const valid = b.op({ ...(op as Extract<typeof op, { kind: 'conv' }>), padding: 'valid' }, [h], params, 'conv4');
  h = pool(relu(valid, 'act4'), 'average', 'pool2');
  h = b.op({ kind: 'flatten', startAxis: 1, endAxis: -1 }, [h], [], 'flatten');
  h = relu(b.dense(h, 128, { ...TORCH, path: 'fc1' }), 'act5');
  return withNames(b, b.build(b.dense(h, 10, { ...TORCH, path: 'fc2' })));
};

const resnet = (): Network => {
  const b = new NetworkBuilder();
  const init = varianceScaling(2, 'fanOut');
  const conv = (h: number, out: number, path: string, stride = 1, kernel = 3): number =>
    b.conv(h, out, kernel, { init, bias: null, stride, path });
  const norm = (h: number, path: string): number => named(b, b.batchNorm(h), path);
  const relu = (h: number, path: string): number => named(b, b.activation(h, 'relu'), path);
  const block = (x: number, inplanes: number, planes: number, stride: number, path: string): number => {
    const skip = stride !== 1 || inplanes !== planes ? norm(conv(x, planes, `${path}.downsample.0`, stride, 1), `${path}.downsample.1`) : x;
    let h = relu(norm(conv(x, planes, `${path}.conv1`, stride), `${path}.bn1`), `${path}.relu1`);
    h = norm(conv(h, planes, `${path}.conv2`), `${path}.bn2`);
    return relu(b.add(h, skip), `${path}.relu2`);
  };
  let h = relu(norm(conv(b.input(3, 32, 32), 32, 'conv1'), 'bn1'), 'relu');
  let planes = 32;
  [32, 64, 128, 256].forEach((out, i) => {
    h = block(h, planes, out, i === 0 ? 1 : 2, `layer${i + 1}.0`);
    h = block(h, out, out, 1, `layer${i + 1}.1`);
    planes = out;
  });
  h = b.op({ kind: 'globalPool', reduce: 'average', output: [1, 1], keepAxes: true, channelAxis: 1 }, [h], [], 'avgpool');
  h = b.op({ kind: 'flatten', startAxis: 1, endAxis: -1 }, [h], [], 'flatten');
  return withNames(b, b.build(b.dense(h, 10, { ...TORCH, path: 'fc' })));
};

const transformer = (linear: LayerOptions): Network => {
  const b = new NetworkBuilder();
  const [dim, heads, tokens] = [128, 4, 32];
  const norm = (h: number, path: string): number => named(b, b.layerNorm(h), path);
  const split = (h: number): number => {
    const shape = b.node(h).shape as readonly Dim[];
    const parted = b.op({ kind: 'reshape', shape: [shape[0] as Dim, tokens, heads, dim / heads] }, [h]);
    return b.op({ kind: 'permute', axes: [0, 2, 1, 3] }, [parted]);
  };
  const attend = (x: number, path: string): number => {
    const [q, k, v] = ['q', 'k', 'v'].map((name) => split(b.dense(x, dim, { ...linear, path: `${path}.${name}` }))) as [
      number,
      number,
      number,
    ];
    const scores = b.op({ kind: 'matmul', transposeA: false, transposeB: true }, [q, k]);
    const scaled = b.op({ kind: 'affine', factor: 1 / Math.sqrt(dim / heads), offset: 0 }, [scores]);
    const weights = b.op({ kind: 'softmax', axis: -1, log: false }, [scaled], [], `${path}.attn_softmax`);
    const mixed = b.op({ kind: 'matmul', transposeA: false, transposeB: false }, [weights, v]);
    const back = b.op({ kind: 'permute', axes: [0, 2, 1, 3] }, [mixed]);
    const shape = b.node(x).shape as readonly Dim[];
    const joined = b.op({ kind: 'reshape', shape: [shape[0] as Dim, tokens, dim] }, [back]);
    return b.dense(joined, dim, { ...linear, path: `${path}.proj` });
  };
  let x = b.input(tokens, dim);
  for (let i = 0; i < 6; i++) {
    const path = `blocks.${i}`;
    x = b.add(x, attend(norm(x, `${path}.ln1`), `${path}.attn`));
    let h = b.dense(norm(x, `${path}.ln2`), 4 * dim, { ...linear, path: `${path}.fc1` });
    h = named(b, b.activation(h, 'gelu'), `${path}.act`);
    x = named(b, b.add(x, b.dense(h, dim, { ...linear, path: `${path}.fc2` })), path);
  }
  return withNames(b, b.build(b.dense(norm(x, 'ln'), 10, { ...linear, path: 'head' })));
};

const siren = (): Network => {
  const b = new NetworkBuilder();
  const draw =
    (first: boolean): Draw =>
    ({ fanIn }) => {
      const bound = first ? 1 / (fanIn as number) : Math.sqrt(6 / (fanIn as number)) / 30;
      return { kind: 'uniform', low: -bound, high: bound };
    };
  let h = b.input(2);
  for (let i = 0; i < 5; i++) {
    h = b.dense(h, 256, { init: draw(i === 0), bias: torchBias, path: `net.${2 * i}` });
    h = named(b, b.activation(h, 'sin', { w0: 30 }), `net.${2 * i + 1}`);
  }
  return withNames(b, b.build(b.dense(h, 1, { ...TORCH, path: 'net.10' })));
};

/** Torch draws everything from U(±1/√hidden); Keras Glorot over (in, 4u), orthogonal (u, 4u), forget bias 1. */
const lstmParams = (b: NetworkBuilder, inputs: number, units: number, path: string, keras: boolean): Parameter[] => {
  const fans = { fanIn: inputs, fanOut: 4 * units };
  const hidden: Draw = () => ({ kind: 'uniform', low: -1 / Math.sqrt(units), high: 1 / Math.sqrt(units) });
  const blocks: Draw = () => ({
    kind: 'blocks',
    blocks: [
      { share: 0.25, distribution: { kind: 'constant', value: 1 } },
      { share: 0.75, distribution: { kind: 'constant', value: 0 } },
    ],
  });
  const inner: Draw = () => ({ kind: 'orthogonal', gain: 1, rows: units, columns: 4 * units });
  const make = (role: Parameter['role'], draw: Draw): Parameter => b.parameter(role, [4 * units, inputs], fans, draw, { path });
  return keras
    ? [make('weight', glorot), make('recurrentWeight', inner), make('bias', blocks)]
    : [make('weight', hidden), make('recurrentWeight', hidden), make('bias', hidden), make('recurrentBias', hidden)];
};

const lstmNet = (fused: boolean): Network => {
  const b = new NetworkBuilder();
  const lstm = (x: number, inputs: number, path: string, returnSequence: boolean): number =>
    b.op(
      {
        kind: 'recurrent',
        cell: 'lstm',
        inFeatures: inputs,
        units: 128,
        activation: 'tanh',
        layers: 1,
        bidirectional: false,
        returnSequence,
        batchFirst: true,
      },
      [x],
      lstmParams(b, inputs, 128, path, fused),
      path,
    );
  const [one, two, head] = fused ? ['0:LSTM', '1:LSTM', '2:Dense'] : ['lstm1', 'lstm2', 'fc'];
  let h = lstm(b.input(20, 64), 64, one, true);
  h = lstm(h, 128, two, !fused);
  if (!fused) h = b.op({ kind: 'slice', axis: 1, start: -1, size: 1 }, [h]);
  return b.build(b.dense(h, 10, fused ? { init: glorot, path: head } : { ...TORCH, path: head }));
};

export const GOLDEN_NETS: Readonly<Record<string, () => Network>> = {
  mlp_sigmoid_default_d10_w256: () => mlp(10, 256, 256, 'sigmoid', TORCH),
  mlp_sigmoid_xavier_d10_w256: () => mlp(10, 256, 256, 'sigmoid', zeroBias(glorot)),
  mlp_tanh_xavier_d30_w256: () => mlp(30, 256, 256, 'tanh', zeroBias(glorot)),
  mlp_tanh_normal1_d10_w256: () => mlp(10, 256, 256, 'tanh', zeroBias(normal(1))),
  mlp_tanh_normal001_d10_w256: () => mlp(10, 256, 256, 'tanh', zeroBias(normal(0.01))),
  mlp_tanh_orthogonal_d50_w256: () => mlp(50, 256, 256, 'tanh', zeroBias(orthogonal(1))),
  mlp_relu_default_d10_w256: () => mlp(10, 256, 256, 'relu', TORCH),
  mlp_relu_kaiming_d50_w256: () => mlp(50, 256, 256, 'relu', zeroBias(he)),
  mlp_relu_kaiming_d10_w1024: () => mlp(10, 784, 1024, 'relu', zeroBias(varianceScaling(2, 'fanIn', 'uniform'))),
  mlp_relu_normal001_d10_w256: () => mlp(10, 256, 256, 'relu', zeroBias(normal(0.01))),
  mlp_relu_zeros_d3_w64: () => mlp(3, 64, 64, 'relu', zeroBias(constant(0))),
  mlp_relu_constant_d3_w64: () => mlp(3, 64, 64, 'relu', zeroBias(constant(0.05))),
  mlp_selu_lecun_d50_w256: () => mlp(50, 256, 256, 'selu', zeroBias(lecun)),
  mlp_gelu_default_d10_w256: () => mlp(10, 256, 256, 'gelu', TORCH),
  mlp_gelu_kaiming_d30_w256: () => mlp(30, 256, 256, 'gelu', zeroBias(he)),
  mlp_bn_relu_default_d10_w256: () => mlp(10, 256, 256, 'relu', TORCH, true),
  cnn_default: cnn,
  resnet18_bn: resnet,
  transformer_preln_default: () => transformer(TORCH),
  transformer_preln_n002: () => transformer(zeroBias(normal(0.02))),
  lstm_default: () => lstmNet(false),
  keras_lstm_default: () => lstmNet(true),
  siren_d5_w256: siren,
  keras_mlp_relu_default_d10_w256: () => keras(10, 256, 'relu', zeroBias(glorot)),
  keras_mlp_sigmoid_default_d10_w256: () => keras(10, 256, 'sigmoid', zeroBias(glorot)),
  keras_mlp_tanh_default_d30_w256: () => keras(30, 256, 'tanh', zeroBias(glorot)),
  keras_mlp_relu_random_normal_d3_w64: () => keras(3, 64, 'relu', { init: normal(0.05), bias: constant(1) }),
  keras_mlp_gelu_orthogonal_d10_w256: () => keras(10, 256, 'gelu', zeroBias(orthogonal(1.5))),
};
