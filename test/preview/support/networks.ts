/** Networks as the server would send them, built by code: the smallest ones that show each thing the preview has to do. */
import type { Distribution } from '../../../server/src/network/distribution.ts';
import type { ParameterRole } from '../../../server/src/network/network.ts';
import type { Op } from '../../../server/src/network/op.ts';
import type { NetworkDto, NodeDto, ParameterDto, PredictedDto } from '../../../server/src/protocol.ts';

export const glorot = (fanIn: number, fanOut: number): Distribution => ({
  kind: 'varianceScaling',
  scale: 1,
  fan: (fanIn + fanOut) / 2,
  mode: 'fanAvg',
  law: 'uniform',
  corrected: false,
});
export const he = (fanIn: number): Distribution => ({
  kind: 'varianceScaling',
  scale: 2,
  fan: fanIn,
  mode: 'fanIn',
  law: 'normal',
  corrected: false,
});
export const ZEROS: Distribution = { kind: 'constant', value: 0 };
export const ONES: Distribution = { kind: 'constant', value: 1 };

/** E[φ(x)²] and E[φ] over x ~ N(0, q) by the trapezoid rule. */
const gaussian = (phi: (x: number) => number, q: number): number => {
  let sum = 0;
  for (let i = -400; i <= 400; i++) sum += phi((Math.sqrt(q) * i) / 50) * Math.exp(-((i / 50) ** 2) / 2);
  return sum / 50 / Math.sqrt(2 * Math.PI);
};

export const predicted = (mean: number, second: number): PredictedDto => {
  const rms = Math.sqrt(second);
  return {
    mean,
    std: Math.sqrt(Math.max(0, second - mean * mean)),
    rms,
    band: [rms * 0.93, rms * 1.07],
    gradientRms: null,
    unstable: false,
  };
};

let storage = 0;
export const parameter = (name: string, role: ParameterRole, shape: readonly number[], distribution: Distribution): ParameterDto => ({
  name,
  role,
  shape,
  distribution,
  storage: storage++,
});

type Part = Partial<Omit<NodeDto, 'id' | 'op'>> & { readonly op: Op };

/** A chain: each node reads the one before it unless it names its inputs. */
export const network = (name: string, framework: string, parts: readonly Part[], more: Partial<NetworkDto> = {}): NetworkDto => {
  const nodes = parts.map(
    (part, id): NodeDto => ({
      id,
      path: part.op.kind === 'input' ? 'input' : `${part.op.kind}${id}`,
      label: part.op.kind,
      inputs: part.op.kind === 'input' ? [] : [id - 1],
      shape: null,
      params: [],
      start: id * 40,
      end: id * 40 + 30,
      predicted: null,
      ...part,
    }),
  );
  return { name, framework, inputs: [0], outputs: [nodes.length - 1], nodes, assumed: [], verdict: '', findings: [], ...more };
};

export const inputNode = (shape: readonly number[], integer = false): Part => ({
  op: { kind: 'input', integer },
  shape,
  predicted: predicted(0, 1),
});

export const dense = (inFeatures: number, outFeatures: number, weight: Distribution, more: Partial<Part> = {}): Part => ({
  op: { kind: 'dense', inFeatures, outFeatures },
  label: 'Linear',
  shape: [outFeatures],
  params: [parameter('weight', 'weight', [outFeatures, inFeatures], weight), parameter('bias', 'bias', [outFeatures], ZEROS)],
  ...more,
});

export const act = (name: string, shape: readonly number[], channelAxis: 1 | -1 = -1, more: Partial<Part> = {}): Part => ({
  op: { kind: 'activation', name, args: {}, channelAxis },
  label: name,
  shape,
  ...more,
});

/** ReLU with He: q = 2 before and 1 after each activation (He et al. 2015, eq. 7). */
export const mlpRelu = (depth = 6, width = 256): NetworkDto => {
  const layers = Array.from({ length: depth }, (_, i): Part[] => [
    dense(width, width, he(width), { path: `fc${i + 1}`, predicted: predicted(0, 2) }),
    act('relu', [width], -1, { path: `relu${i + 1}`, predicted: predicted(1 / Math.sqrt(Math.PI), 1) }),
  ]).flat();
  const head = dense(width, 10, glorot(width, 10), {
    path: 'head',
    predicted: { ...predicted(0, (2 * width) / (width + 10)), band: [0.9, 1.9] },
  });
  return network('ReluNet', 'torch', [inputNode([width]), ...layers, head], {
    verdict: 'The signal keeps its size through all 6 hidden layers.',
  });
};

/** Sigmoid with plain Glorot: the pre-activation settles near 0.5 and the gradient shrinks fourfold a layer. */
export const mlpSigmoid = (depth = 10, width = 256): NetworkDto => {
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  let q = 1;
  const layers: Part[] = [];
  for (let i = 0; i < depth; i++) {
    const pre = q;
    q = gaussian((x) => sigmoid(x) ** 2, pre);
    const gradientRms = 0.236 ** (depth - i - 1) * 0.06;
    layers.push(dense(width, width, glorot(width, width), { path: `net.${2 * i}`, predicted: { ...predicted(0, pre), gradientRms } }));
    layers.push(
      act('sigmoid', [width], -1, {
        path: `net.${2 * i + 1}`,
        label: 'Sigmoid',
        predicted: { ...predicted(0.5, q), gradientRms: gradientRms * 4 },
      }),
    );
  }
  const head = dense(width, 10, glorot(width, 10), {
    path: `net.${2 * depth}`,
    predicted: { ...predicted(0, (q * 2 * width) / (width + 10)), band: [0.4, 1] },
  });
  return network('SigmoidNet', 'torch', [inputNode([width]), ...layers, head], {
    verdict: 'The gradient shrinks about 4× a layer: the first layer learns 2 million times slower than the last.',
    findings: [
      {
        rule: 'sigmoid-without-gain',
        severity: 'warning',
        message: 'Glorot without gain 4 before sigmoid: σ 0.06, 0.25 is needed.',
        node: 1,
      },
      { rule: 'vanishing-gradient', severity: 'warning', message: 'The gradient at net.0 is 5e-7 of that at the output.', node: 1 },
    ],
  });
};

const conv = (channelAxis: 1 | -1, inChannels: number, outChannels: number, side: number, more: Partial<Part> = {}): Part => ({
  op: {
    kind: 'conv',
    inChannels,
    outChannels,
    groups: 1,
    rank: 2,
    kernel: [3, 3],
    stride: [1, 1],
    padding:
      channelAxis === 1
        ? [
            [1, 1],
            [1, 1],
          ]
        : 'same',
    dilation: [1, 1],
    channelAxis,
  },
  label: channelAxis === 1 ? 'Conv2d' : 'Conv2D',
  shape: channelAxis === 1 ? [outChannels, side, side] : [side, side, outChannels],
  params: [
    parameter(
      channelAxis === 1 ? 'weight' : 'kernel',
      'weight',
      channelAxis === 1 ? [outChannels, inChannels, 3, 3] : [3, 3, inChannels, outChannels],
      he(9 * inChannels),
    ),
    parameter('bias', 'bias', [outChannels], ZEROS),
  ],
  ...more,
});

const pool = (channelAxis: 1 | -1, channels: number, side: number): Part => ({
  op: {
    kind: 'pool',
    reduce: 'max',
    ceil: false,
    rank: 2,
    kernel: [2, 2],
    stride: [2, 2],
    padding: 'valid',
    dilation: [1, 1],
    channelAxis,
  },
  label: channelAxis === 1 ? 'MaxPool2d' : 'MaxPooling2D',
  shape: channelAxis === 1 ? [channels, side, side] : [side, side, channels],
});

/** q after a 3 × 3 convolution with zero padding: the share of taps inside, squared for two axes, times 2 (THEORY, section 4). */
const convSecond = (q: number, side: number): number => 2 * q * ((3 * side - 2) / (3 * side)) ** 2;

const cnn = (channelAxis: 1 | -1): readonly Part[] => {
  const image = (channels: number, side: number) => (channelAxis === 1 ? [channels, side, side] : [side, side, channels]);
  const first = convSecond(1, 16);
  return [
    inputNode(image(3, 16)),
    conv(channelAxis, 3, 32, 16, { path: 'conv1', predicted: predicted(0, first) }),
    {
      op: { kind: 'batchNorm', features: 32, eps: 1e-5, channelAxis },
      label: channelAxis === 1 ? 'BatchNorm2d' : 'BatchNormalization',
      path: 'bn1',
      shape: image(32, 16),
      params: [parameter('gamma', 'gamma', [32], ONES), parameter('beta', 'beta', [32], ZEROS)],
      predicted: predicted(0, 1),
    },
    act('relu', image(32, 16), channelAxis, { path: 'relu1', predicted: predicted(0.399, 0.5) }),
    pool(channelAxis, 32, 8),
    conv(channelAxis, 32, 64, 8, { path: 'conv2' }),
    act('relu', image(64, 8), channelAxis, { path: 'relu2' }),
    {
      op: { kind: 'globalPool', reduce: 'average', output: [], keepAxes: false, channelAxis },
      label: 'GlobalAveragePooling',
      path: 'gap',
      shape: [64],
    },
    {
      ...dense(64, 10, glorot(64, 10), { path: 'head' }),
      params: [
        parameter('weight', 'weight', channelAxis === 1 ? [10, 64] : [64, 10], glorot(64, 10)),
        parameter('bias', 'bias', [10], ZEROS),
      ],
    },
    { op: { kind: 'softmax', axis: -1, log: false }, label: 'Softmax', path: 'softmax', shape: [10], predicted: null },
  ];
};

export const cnnFirst = (): NetworkDto => network('ConvNet', 'torch', cnn(1));
export const cnnLast = (): NetworkDto =>
  network('keras_cnn', 'keras', cnn(-1), { assumed: [{ name: 'height', value: 16, why: 'Input(shape=(None, None, 3))' }] });

/** A path that is not understood half way, and what follows it. */
export const broken = (): NetworkDto =>
  network('Partly', 'torch', [
    inputNode([32]),
    dense(32, 32, he(32), { path: 'fc1' }),
    { op: { kind: 'opaque', what: 'my_kernel', reason: 'a compiled function' }, path: 'my_kernel', label: 'my_kernel' },
    dense(32, 32, he(32), { path: 'fc2' }),
  ]);
