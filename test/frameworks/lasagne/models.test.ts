import { describe, expect, it } from 'vitest';
import type { Network, Parameter } from '../../../server/src/network/network.ts';
import { analyse, networkOf } from '../keras/analyse.ts';
import { describeNetwork } from '../keras/describe.ts';

const HEAD = `import numpy as np
import theano.tensor as T
import lasagne
from lasagne.layers import *
from lasagne.nonlinearities import *

`;

const paramsOf = (network: Network): readonly Parameter[] => network.nodes.flatMap(({ params }) => params);

/** One line a node, without what batch norm stores. */
const read = (text: string): string =>
  `\n${describeNetwork(networkOf(HEAD + text))
    .split('\n')
    .filter((line) => !/\.(mean|inv_std|cell_init|hid_init) /.test(line))
    .join('\n')}\n`;

describe('graphs', () => {
  it('of a function with defaults', () => {
    expect(
      read(`
def build_mlp(input_var=None, depth=2):
    network = InputLayer(shape=(None, 1, 28, 28), input_var=input_var)
    network = dropout(network, p=0.2)
    for _ in range(depth):
        network = DenseLayer(network, 256)
    return DenseLayer(network, num_units=10, nonlinearity=softmax)
`),
    ).toMatchInlineSnapshot(`
      "
      0 input = input() [B,1,28,28]
      1 dropout = dropout(0) [B,1,28,28]
      2 dense/flatten = flatten(1) [B,784]
      3 dense = dense(2) [B,256]
          dense.W [784,256] fan 784 1/fanAvg uniform default
          dense.b [256] 0 default
      4 dense/rectify = relu(3) [B,256]
      5 dense_1 = dense(4) [B,256]
          dense_1.W [256,256] fan 256 1/fanAvg uniform default
          dense_1.b [256] 0 default
      6 dense_1/rectify = relu(5) [B,256]
      7 dense_2 = dense(6) [B,10]
          dense_2.W [256,10] fan 256 1/fanAvg uniform default
          dense_2.b [10] 0 default
      8 dense_2/softmax = softmax(7) [B,10]
      outputs 8
      "
    `);
  });

  it('in a dict of layers, with batch_norm, a residual sum and a functional nonlinearity', () => {
    expect(
      read(`
def build_cnn(input_var=None):
    net = {}
    net['input'] = InputLayer((None, 3, 32, 32), input_var)
    net['conv1'] = batch_norm(Conv2DLayer(net['input'], 64, 3, pad='same', W=lasagne.init.HeNormal(gain='relu')))
    net['conv2'] = Conv2DLayer(net['conv1'], 64, (3, 3), pad=1, nonlinearity=None, name='second')
    net['sum'] = ElemwiseSumLayer([net['conv2'], net['conv1']], coeffs=[0.5, 1])
    net['relu'] = NonlinearityLayer(net['sum'], LeakyRectify(0.2))
    net['pool'] = GlobalPoolLayer(net['relu'])
    net['prob'] = DenseLayer(net['pool'], 10, nonlinearity=lambda x: softmax(x * 2))
    return net
`),
    ).toMatchInlineSnapshot(`
      "
      0 input = input() [B,3,32,32]
      1 conv2d = conv(0) [B,64,32,32]
          conv2d.W [64,3,3,3] fan 27 2/fanIn normal argument
      2 batch_norm = batchNorm(1) [B,64,32,32]
          batch_norm.beta [64] 0 default
          batch_norm.gamma [64] 1 default
      3 nonlinearity/rectify = relu(2) [B,64,32,32]
      4 second = conv(3) [B,64,32,32]
          second.W [64,64,3,3] fan 576 1/fanAvg uniform default
          second.b [64] 0 default
      5 elemwise_sum/coeffs = affine(4) [B,64,32,32]
      6 elemwise_sum = add(5, 3) [B,64,32,32]
      7 nonlinearity_1/LeakyRectify = leakyRelu(negativeSlope=0.2)(6) [B,64,32,32]
      8 global_pool = globalPool(7) [B,64]
      9 dense = dense(8) [B,10]
          dense.W [64,10] fan 64 1/fanAvg uniform default
          dense.b [10] 0 default
      10 dense/mul = affine(9) [B,10]
      11 dense/softmax = softmax(10) [B,10]
      outputs 11
      "
    `);
  });

  it('with a bidirectional recurrence and reshapes by the shape of the input', () => {
    expect(
      read(`
l_in = InputLayer((None, None))
batchsize, seqlen = l_in.input_var.shape
emb = EmbeddingLayer(l_in, 80, 64)
f = RecurrentLayer(emb, 100, mask_input=InputLayer((None, None)))
b = LSTMLayer(emb, 100, backwards=True, forgetgate=Gate(b=lasagne.init.Constant(1.)), peepholes=False)
l = ConcatLayer([f, b], axis=2)
d = DenseLayer(ReshapeLayer(l, (-1, 200)), 80, nonlinearity=softmax)
out = ReshapeLayer(d, (batchsize, seqlen, 80))
`),
    ).toMatchInlineSnapshot(`
      "
      0 input = input() [B,input.size1]
      1 embedding = embedding(0) [B,input.size1,64]
          embedding.W [80,64] fan 1 N(0, 0.01) default
      2 recurrent = recurrent(1) [B,input.size1,100]
          recurrent.input_to_hidden.W [64,100] fan 64 U(-0.01, 0.01) default
          recurrent.input_to_hidden.b [100] 0 default
          recurrent.hidden_to_hidden.W [100,100] fan 100 U(-0.01, 0.01) default
      3 lstm = recurrent(1) [B,input.size1,100]
          lstm.W_in_to_ingate [64,100] fan 64 N(0, 0.1) default
          lstm.W_hid_to_ingate [100,100] fan 100 N(0, 0.1) default
          lstm.b_ingate [100] 0 default
          lstm.W_in_to_forgetgate [64,100] fan 64 N(0, 0.1) default
          lstm.W_hid_to_forgetgate [100,100] fan 100 N(0, 0.1) default
          lstm.b_forgetgate [100] 1 argument
          lstm.W_in_to_cell [64,100] fan 64 N(0, 0.1) default
          lstm.W_hid_to_cell [100,100] fan 100 N(0, 0.1) default
          lstm.b_cell [100] 0 default
          lstm.W_in_to_outgate [64,100] fan 64 N(0, 0.1) default
          lstm.W_hid_to_outgate [100,100] fan 100 N(0, 0.1) default
          lstm.b_outgate [100] 0 default
      4 concat = concat(2, 3) [B,input.size1,200]
      5 reshape = reshape(4) [B,200]
      6 dense = dense(5) [B,80]
          dense.W [200,80] fan 200 1/fanAvg uniform default
          dense.b [80] 0 default
      7 dense/softmax = softmax(6) [B,80]
      8 reshape_1 = reshape(7) [B,input.size1,80]
      outputs 8
      "
    `);
  });

  it('with shared and transposed weights, arrays and functions as weights', () => {
    expect(
      read(`
e1 = DenseLayer(InputLayer((None, 784)), 500, name='e1', W=lambda shape: lasagne.init.Normal(0.2).sample(shape))
e2 = DenseLayer(e1, 500, name='e2', W=e1.W.T[:500, :], b=e1.b)
d1 = DenseLayer(e2, 500, W=np.load('w.npy'))
d2 = DenseLayer(d1, 784, W=e1.W.T, b=None, nonlinearity=sigmoid)
`),
    ).toMatchInlineSnapshot(`
      "
      0 input = input() [B,784]
      1 e1 = dense(0) [B,500]
          e1.W [784,500] fan 784 N(0, 0.2) argument
          e1.b [500] 0 default
      2 e1/rectify = relu(1) [B,500]
      3 e2 = dense(2) [B,500]
          e1.W [784,500] fan 500 N(0, 0.2) argument
          e1.b [500] 0 default
      4 e2/rectify = relu(3) [B,500]
      5 dense = dense(4) [B,500]
          dense.W [500,500] fan 500 unknown (numpy.load(…) is not known) argument
          dense.b [500] 0 default
      6 dense/rectify = relu(5) [B,500]
      7 dense_1 = dense(6) [B,784]
          e1.W [784,500] fan 500 N(0, 0.2) argument
      8 dense_1/sigmoid = sigmoid(7) [B,784]
      outputs 8
      "
    `);
  });

  it("with an initializer of the author's that draws from Lasagne's generator", () => {
    const network = networkOf(`${HEAD}
class Scaled(lasagne.init.Initializer):
    def __init__(self, factor=2):
        self.factor = factor
    def sample(self, shape):
        std = self.factor / np.sqrt(shape[0])
        return lasagne.utils.floatX(lasagne.random.get_rng().normal(0.0, std, size=shape))

out = DenseLayer(InputLayer((None, 25)), 8, W=Scaled())
`);
    expect(paramsOf(network)[0]?.init.distribution).toEqual({ kind: 'normal', mean: 0, std: 0.4 });
  });

  it('with instance_norm and layer_norm, and inputs joined by a function of the source', () => {
    expect(
      read(`
l = instance_norm(Conv2DLayer(InputLayer((None, 3, 8, 8)), 4, 3))
l = layer_norm(DenseLayer(l, 6, nonlinearity=tanh))
out = ElemwiseMergeLayer([DenseLayer(l, 6, b=None), DenseLayer(l, 6, b=None)], lambda x, gate: x * T.nnet.sigmoid(gate))
`),
    ).toMatchInlineSnapshot(`
      "
      0 input = input() [B,3,8,8]
      1 conv2d = conv(0) [B,4,6,6]
          conv2d.W [4,3,3,3] fan 27 1/fanAvg uniform default
      2 standardization = instanceNorm(1) [B,4,6,6]
      3 scale = scale(2) [B,4,6,6]
          scale.scales [4] 1 default
      4 bias = shift(3) [B,4,6,6]
          bias.b [4] 0 default
      5 nonlinearity/rectify = relu(4) [B,4,6,6]
      6 dense/flatten = flatten(5) [B,144]
      7 dense = dense(6) [B,6]
          dense.W [144,6] fan 144 1/fanAvg uniform default
      8 standardization_1 = layerNorm(7) [B,6]
      9 scale_1 = scale(8) [B,6]
          scale_1.scales [6] 1 default
      10 bias_1 = shift(9) [B,6]
          bias_1.b [6] 0 default
      11 nonlinearity_1/tanh = tanh(10) [B,6]
      12 dense_1 = dense(11) [B,6]
          dense_1.W [6,6] fan 6 1/fanAvg uniform default
      13 dense_1/rectify = relu(12) [B,6]
      14 dense_2 = dense(11) [B,6]
          dense_2.W [6,6] fan 6 1/fanAvg uniform default
      15 dense_2/rectify = relu(14) [B,6]
      16 elemwise_merge/sigmoid = sigmoid(15) [B,6]
      17 elemwise_merge/multiply = mul(13, 16) [B,6]
      outputs 17
      "
    `);
  });

  it('of a generator', () => {
    expect(
      read(`
l = InputLayer((None, 100))
l = ReshapeLayer(batch_norm(DenseLayer(l, 1024)), ([0], 64, 4, 4))
l = batch_norm(Deconv2DLayer(l, 32, 4, stride=2, crop=1))
l = NINLayer(Upscale2DLayer(l, 2), 3, nonlinearity=tanh)
`),
    ).toMatchInlineSnapshot(`
      "
      0 input = input() [B,100]
      1 dense = dense(0) [B,1024]
          dense.W [100,1024] fan 100 1/fanAvg uniform default
      2 batch_norm = batchNorm(1) [B,1024]
          batch_norm.beta [1024] 0 default
          batch_norm.gamma [1024] 1 default
      3 nonlinearity/rectify = relu(2) [B,1024]
      4 reshape = reshape(3) [B,64,4,4]
      5 transposed_conv2d = convTranspose(4) [B,32,8,8]
          transposed_conv2d.W [64,32,4,4] fan 256 1/fanAvg uniform default
      6 batch_norm_1 = batchNorm(5) [B,32,8,8]
          batch_norm_1.beta [32] 0 default
          batch_norm_1.gamma [32] 1 default
      7 nonlinearity_1/rectify = relu(6) [B,32,8,8]
      8 upscale2d = upsample(7) [B,32,16,16]
      9 nin/channels_last = permute(8) [B,16,16,32]
      10 nin = dense(9) [B,16,16,3]
          nin.W [32,3] fan 32 1/fanAvg uniform default
          nin.b [3] 0 default
      11 nin/channels_first = permute(10) [B,3,16,16]
      12 nin/tanh = tanh(11) [B,3,16,16]
      outputs 12
      "
    `);
  });

  it('of shape layers', () => {
    expect(
      read(`
l = InputLayer((None, 8, 10, 12))
l = DimshuffleLayer(l, (0, 2, 1, 3))
l = PadLayer(l, [1, (2, 0)])
l = SliceLayer(l, slice(0, 5), axis=1)
l = SliceLayer(l, -1, axis=2)
l = FlattenLayer(l)
l = FeaturePoolLayer(DenseLayer(l, 20), 4)
l = BiasLayer(ScaleLayer(ParametricRectifierLayer(l)))
`),
    ).toMatchInlineSnapshot(`
      "
      0 input = input() [B,8,10,12]
      1 dimshuffle = permute(0) [B,10,8,12]
      2 pad = pad(1) [B,10,10,14]
      3 slice = slice(2) [B,5,10,14]
      4 slice_1 = slice(3) [B,5,14]
      5 flatten = flatten(4) [B,70]
      6 dense = dense(5) [B,20]
          dense.W [70,20] fan 70 1/fanAvg uniform default
          dense.b [20] 0 default
      7 dense/rectify = relu(6) [B,20]
      8 feature_pool/split = reshape(7) [B,5,4]
      9 feature_pool = reduce(8) [B,5]
      10 parametric_rectifier = prelu(slope=0.25)(9) [B,5]
          parametric_rectifier.alpha [5] 0.25 default
      11 scale = scale(10) [B,5]
          scale.scales [5] 1 default
      12 bias = shift(11) [B,5]
          bias.b [5] 0 default
      outputs 12
      "
    `);
  });
});

describe('classes of the source', () => {
  it('that derive from Layer, MergeLayer and a layer of the table', () => {
    expect(
      read(`
class Scale(Layer):
    def __init__(self, incoming, init=lasagne.init.Constant(0.1), **kwargs):
        super(Scale, self).__init__(incoming, **kwargs)
        self.alpha = self.add_param(init, (self.input_shape[1],), name='alpha')
    def get_output_for(self, input, **kwargs):
        return input * self.alpha

class Mix(MergeLayer):
    def __init__(self, a, b, **kwargs):
        super(Mix, self).__init__([a, b], **kwargs)
    def get_output_shape_for(self, input_shapes):
        return input_shapes[0]
    def get_output_for(self, inputs, **kwargs):
        a, b = inputs
        return a + unknown_function(b)

class Doubled(DenseLayer):
    def get_output_for(self, input, **kwargs):
        return super(Doubled, self).get_output_for(input, **kwargs) * 2

l_in = InputLayer((None, 50))
out = DenseLayer(Mix(Scale(Doubled(l_in, 50)), l_in), 3)
`),
    ).toMatchInlineSnapshot(`
      "
      0 input = input() [B,50]
      1 doubled = dense(0) [B,50]
          doubled.W [50,50] fan 50 1/fanAvg uniform default
          doubled.b [50] 0 default
      2 doubled/rectify = relu(1) [B,50]
      3 doubled/mul = affine(2) [B,50]
      4 scale/mul = scale(3) [B,50]
          scale.alpha [50] 0.1 argument
      5 mix/unknown_function = opaque unknown_function: unknown_function is not defined here(0) ?
      6 mix/add = add(4, 5) [B,50]
      7 dense = dense(6) [B,3]
          dense.W [50,3] fan 50 1/fanAvg uniform default
          dense.b [3] 0 default
      8 dense/rectify = relu(7) [B,3]
      outputs 8
      "
    `);
  });

  it('that hold the network', () => {
    const { networks } = analyse(`${HEAD}
class Model(object):
    def __init__(self, n):
        self.l_in = InputLayer((None, n))
        self.l_out = DenseLayer(DenseLayer(self.l_in, 5), 2)

model = Model(4)
`);
    expect(networks.map((n) => n.outputs.length)).toEqual([1]);
    expect(networks[0]?.nodes).toHaveLength(5);
  });
});

describe("Theano's functions on a layer's tensors", () => {
  const HIGHWAY = `
class Highway(Layer):
    def __init__(self, incoming, W=lasagne.init.Orthogonal(), b=lasagne.init.Constant(-1), nonlinearity=rectify, **kwargs):
        super(Highway, self).__init__(incoming, **kwargs)
        n = self.input_shape[1]
        self.nonlinearity = nonlinearity
        self.W_h = self.add_param(W, (n, n), name='W_h')
        self.W_t = self.add_param(W, (n, n), name='W_t')
        self.b_t = self.add_param(b, (n,), name='b_t')
    def get_output_for(self, input, **kwargs):
        gate = T.nnet.sigmoid(T.dot(input, self.W_t) + self.b_t)
        return gate * self.nonlinearity(T.dot(input, self.W_h)) + (1 - gate) * input
`;

  it('are nodes of its graph, with the parameters that they use', () => {
    expect(
      read(`${HIGHWAY}
l = DenseLayer(InputLayer((None, 50)), 50, nonlinearity=T.tanh, W=np.random.randn(50, 50) * 0.1)
out = DenseLayer(Highway(l), 10, nonlinearity=T.nnet.softmax)
`),
    ).toMatchInlineSnapshot(`
      "
      0 input = input() [B,50]
      1 dense = dense(0) [B,50]
          dense.W [50,50] fan 50 N(0, 0.1) argument
          dense.b [50] 0 default
      2 dense/tanh = tanh(1) [B,50]
      3 highway/dot = dense(2) [B,50]
          highway.W_t [50,50] fan 50 orthogonal 1 argument
      4 highway/add = shift(3) [B,50]
          highway.b_t [50] -1 argument
      5 highway/dot = dense(2) [B,50]
          highway.W_h [50,50] fan 50 orthogonal 1 argument
      6 highway/rectify = relu(5) [B,50]
      7 highway/sigmoid = sigmoid(4) [B,50]
      8 highway/multiply = mul(7, 6) [B,50]
      9 highway/mul = affine(7) [B,50]
      10 highway/multiply = mul(9, 2) [B,50]
      11 highway/add = add(8, 10) [B,50]
      12 dense_1 = dense(11) [B,10]
          dense_1.W [50,10] fan 50 1/fanAvg uniform default
          dense_1.b [10] 0 default
      13 dense_1/softmax = softmax(12) [B,10]
      outputs 13
      "
    `);
  });

  it('write activations, seen through whatever they are written with', () => {
    const network = networkOf(`${HEAD}
def swish(x):
    return x * T.nnet.sigmoid(x)

def hand_relu(x):
    return T.switch(x > 0, x, 0)

l = DenseLayer(InputLayer((None, 20)), 20, nonlinearity=swish)
l = DenseLayer(l, 20, nonlinearity=hand_relu)
l = DenseLayer(l, 20, nonlinearity=lambda x: T.maximum(x, 0.1 * x))
l = DenseLayer(l, 20, nonlinearity=T.nnet.softsign)
l = DenseLayer(l, 20, nonlinearity=lambda x: 1.7159 * T.tanh(2.0 / 3 * x))
l = ExpressionLayer(l, lambda x: T.clip(x, 0, 6))
`);
    expect(network.nodes.flatMap(({ op }) => (op.kind === 'activation' ? [op.name] : []))).toEqual([
      'silu',
      'relu',
      'leakyRelu',
      'softsign',
      'scaledTanh',
      'relu6',
    ]);
  });

  it('convolve, join, reduce and shuffle axes', () => {
    expect(
      read(`
class Squeeze(Layer):
    def __init__(self, incoming, filters, **kwargs):
        super(Squeeze, self).__init__(incoming, **kwargs)
        self.filters = filters
        self.W = self.add_param(lasagne.init.HeNormal(), (filters, self.input_shape[1], 3, 3), name='W')
        self.b = self.add_param(lasagne.init.Constant(0.1), (filters,), name='b')
    def get_output_shape_for(self, shape):
        return (shape[0], 2 * self.filters)
    def get_output_for(self, input, **kwargs):
        conv = T.nnet.conv2d(input, self.W, border_mode='half') + self.b.dimshuffle('x', 0, 'x', 'x')
        both = T.concatenate([conv, T.nnet.relu(conv)], axis=1)
        return T.mean(T.flatten(both, outdim=3), axis=2)

out = DenseLayer(Squeeze(InputLayer((None, 3, 8, 8)), 6), 4, nonlinearity=None)
`),
    ).toMatchInlineSnapshot(`
      "
      0 input = input() [B,3,8,8]
      1 squeeze/conv2d = conv(0) [B,6,8,8]
          squeeze.W [6,3,3,3] fan 27 1/fanIn normal argument
      2 squeeze/add = shift(1) [B,6,8,8]
          squeeze.b [6] 0.1 argument
      3 squeeze/relu = relu(2) [B,6,8,8]
      4 squeeze/concatenate = concat(2, 3) [B,12,8,8]
      5 squeeze/flatten = flatten(4) [B,12,64]
      6 squeeze/mean = reduce(5) [B,12]
      7 dense = dense(6) [B,4]
          dense.W [12,4] fan 12 1/fanAvg uniform default
          dense.b [4] 0 default
      outputs 7
      "
    `);
  });

  it('keep the parameters of what is not followed, under the names that the layer gave them', () => {
    const network = networkOf(`${HEAD}
class Minibatch(Layer):
    def __init__(self, incoming, kernels, **kwargs):
        super(Minibatch, self).__init__(incoming, **kwargs)
        self.theta = self.add_param(lasagne.init.Normal(0.05), (self.input_shape[1], kernels, 5), name='theta')
    def get_output_shape_for(self, shape):
        return (shape[0], shape[1] + 20)
    def get_output_for(self, input, **kwargs):
        x = T.tensordot(input, self.theta, [[1], [0]])
        near = T.exp(-T.sum(abs(x.dimshuffle(0, 1, 2, 'x') - x.dimshuffle('x', 1, 2, 0)), axis=2))
        return T.concatenate([input, T.sum(near, axis=2)], axis=1)

class WeightNorm(Layer):
    def __init__(self, incoming, units, **kwargs):
        super(WeightNorm, self).__init__(incoming, **kwargs)
        self.V = self.add_param(lasagne.init.Normal(0.05), (self.input_shape[1], units), name='V')
        self.g = self.add_param(lasagne.init.Constant(1), (units,), name='g')
    def get_output_for(self, input, **kwargs):
        return T.nnet.relu(T.dot(input, self.V * (self.g / T.sqrt(T.sum(T.sqr(self.V), axis=0)))))

out = WeightNorm(Minibatch(DenseLayer(InputLayer((None, 9)), 50), 20), 8)
`);
    expect(paramsOf(network).map(({ path }) => path)).toEqual(['dense.W', 'dense.b', 'minibatch.theta', 'weight_norm.V', 'weight_norm.g']);
    expect(network.nodes.map(({ op }) => (op.kind === 'activation' ? op.name : op.kind)).join(' ')).toContain('sub abs');
  });

  it('are functions that a class of the author holds', () => {
    const network = networkOf(`${HEAD}
class Net(object):
    activation = staticmethod(rectify)
    def __init__(self):
        self.out = DenseLayer(InputLayer((None, 20)), 20, nonlinearity=self.activation)

net = Net()
`);
    expect(network.nodes.map(({ op }) => op.kind).join(' ')).toBe('input dense activation');
  });

  it('know no target: a difference is a difference', () => {
    const network = networkOf(`${HEAD}
class Difference(MergeLayer):
    def get_output_shape_for(self, shapes):
        return shapes[0]
    def get_output_for(self, inputs, **kwargs):
        a, b = inputs
        return T.tanh(a) - T.abs_(b - a)

l_in = InputLayer((None, 20))
out = DenseLayer(Difference([DenseLayer(l_in, 20), l_in]), 2)
`);
    const kinds = network.nodes.map(({ op }) => (op.kind === 'activation' ? op.name : op.kind));
    expect(kinds.sort().join(' ')).toBe('abs dense dense input relu relu sub sub tanh');
  });

  it('a recurrence that a class computes is not followed, and its shape is what the class says', () => {
    const network = networkOf(
      `${HEAD}
class Recurrence(Layer):
    def __init__(self, incoming, units, **kwargs):
        super(Recurrence, self).__init__(incoming, **kwargs)
        self.units = units
        self.U = self.add_param(lasagne.init.Normal(), (units, units), name='U')
    def get_output_shape_for(self, shape):
        return (shape[0], self.units)
    def get_output_for(self, input, **kwargs):
        step = lambda x, h, U: T.tanh(x + T.dot(h, U))
        states = theano.scan(step, sequences=[input.dimshuffle(1, 0, 2)], outputs_info=[T.zeros((2, self.units))], non_sequences=[self.U])[0]
        return states[-1]

out = DenseLayer(Recurrence(InputLayer((None, 7, 20)), 20), 2)
`.replace('import theano.tensor as T', 'import theano\nimport theano.tensor as T'),
    );
    expect(network.nodes.some(({ op }) => op.kind === 'opaque')).toBe(true);
    expect(network.nodes.find(({ op }) => op.kind === 'dense')?.op).toMatchObject({ inFeatures: 20 });
  });
});

describe('what is not known stays so', () => {
  it('a layer made by a function that is not read keeps the graph', () => {
    expect(
      read(`
from elsewhere import block
l = DenseLayer(InputLayer((None, 20)), 20)
l = block(l, 3)
l = DenseLayer(l, 5)
`),
    ).toMatchInlineSnapshot(`
      "
      0 input = input() [B,20]
      1 dense = dense(0) [B,20]
          dense.W [20,20] fan 20 1/fanAvg uniform default
          dense.b [20] 0 default
      2 dense/rectify = relu(1) [B,20]
      3 elsewhere.block = opaque elsewhere.block: elsewhere.block is not read(2) ?
      4 dense_1 = dense(3) ?
          dense_1.W [dense_1.inputs,5] fan dense_1.inputs 1/fanAvg uniform default
          dense_1.b [5] 0 default
      5 dense_1/rectify = relu(4) ?
      outputs 5
      "
    `);
  });

  it('nothing follows where a layer was handed on, and the network is not whole', () => {
    const { networks } = analyse(`${HEAD}
from elsewhere import block
def build():
    l = DenseLayer(DenseLayer(InputLayer((None, 20)), 20), 20)
    return block(l, 3)
`);
    expect(networks.map((n) => [n.complete, n.nodes.length])).toEqual([[false, 5]]);
  });

  it('norms over samples, and functions that join inputs into another shape', () => {
    const network = networkOf(`${HEAD}
l = StandardizationLayer(InputLayer((None, 12)), axes=(0, 1))
out = DenseLayer(ElemwiseMergeLayer([l, l], lambda a, b: T.concatenate([a, b], axis=1)), 3)
`);
    expect(network.nodes.filter(({ op }) => op.kind === 'opaque').map(({ label }) => label)).toEqual([
      'StandardizationLayer',
      'ElemwiseMergeLayer',
    ]);
  });

  it('a condition that is not known leaves both ways', () => {
    expect(
      read(`
def build():
    l = Conv2DLayer(InputLayer((None, 3, 8, 8)), 4, 3)
    if FLAG:
        l = batch_norm(l)
    return DenseLayer(l, 2)
`),
    ).toMatchInlineSnapshot(`
      "
      0 input = input() [B,3,8,8]
      1 conv2d = conv(0) [B,4,6,6]
          conv2d.W [4,3,3,3] fan 27 1/fanAvg uniform default
      2 batch_norm = batchNorm(1) [B,4,6,6]
          batch_norm.beta [4] 0 default
          batch_norm.gamma [4] 1 default
      3 nonlinearity/rectify = relu(2) [B,4,6,6]
      4 if = opaque if: depends on a condition that is not known(3, 1) [B,4,6,6]
      5 dense/flatten = flatten(4) [B,144]
      6 dense = dense(5) [B,2]
          dense.W [144,2] fan 144 1/fanAvg uniform default
          dense.b [2] 0 default
      7 dense/rectify = relu(6) [B,2]
      outputs 7
      "
    `);
  });

  it('each way of a condition that is not known ends in a network of its own', () => {
    const { networks } = analyse(`${HEAD}import sys
def build_mlp(width):
    return DenseLayer(InputLayer((None, 784)), width)

def build_cnn():
    return Conv2DLayer(InputLayer((None, 3, 8, 8)), 4, 3)

def main(model):
    if model == 'mlp':
        network = build_mlp(10)
    elif model == 'cnn':
        network = build_cnn()
    else:
        return
    prediction = lasagne.layers.get_output(network)

main(*sys.argv[1:])
`);
    expect(networks.map(({ nodes }) => nodes.map(({ op }) => op.kind).join(' '))).toEqual([
      'input dense activation',
      'input conv activation',
    ]);
  });

  it('what a recurrence starts from belongs to the network', () => {
    const network = networkOf(`${HEAD}
encoder = SliceLayer(GRULayer(InputLayer((None, None, 15)), 36), -1, axis=1)
decoder = GRULayer(InputLayer((None, 9, 12)), 36, hid_init=encoder, mask_input=InputLayer((None, 9)))
out = DenseLayer(decoder, 12, num_leading_axes=2)
`);
    expect(network.nodes.filter(({ op }) => op.kind === 'recurrent').map(({ inputs }) => inputs.length)).toEqual([1, 2]);
  });

  it('a recurrence over convolutions has the shape of its state', () => {
    const network = networkOf(`${HEAD}
inner = Conv2DLayer(InputLayer((None, 3, 12, 12)), 6, 3, pad='same', nonlinearity=None)
hidden = Conv2DLayer(InputLayer(inner.output_shape), 6, 3, pad='same', nonlinearity=None, b=None)
l = CustomRecurrentLayer(InputLayer((2, 4, 3, 12, 12)), inner, hidden)
out = DenseLayer(SliceLayer(l, -1, axis=1), 5)
`);
    expect(paramsOf(network).find(({ path }) => path.endsWith('hid_init'))?.shape).toEqual([1, 6, 12, 12]);
    expect(paramsOf(network).find(({ path }) => path === 'dense.W')?.shape).toEqual([864, 5]);
  });

  it('incoming layers that are parameters are inputs', () => {
    expect(
      read(`
def block(incoming, filters):
    a = Conv2DLayer(incoming, filters, 3, pad='same')
    return ElemwiseSumLayer([Conv2DLayer(a, filters, 3, pad='same', nonlinearity=None), incoming])
`),
    ).toMatchInlineSnapshot(`
      "
      0 incoming = input() [B,conv2d.inputs,height,width]
      1 conv2d = conv(0) [B,filters,height,width]
          conv2d.W [filters,conv2d.inputs,3,3] fan (9*conv2d.inputs) 1/fanAvg uniform default
          conv2d.b [filters] 0 default
      2 conv2d/rectify = relu(1) [B,filters,height,width]
      3 conv2d_1 = conv(2) [B,filters,height,width]
          conv2d_1.W [filters,filters,3,3] fan (9*filters) 1/fanAvg uniform default
          conv2d_1.b [filters] 0 default
      4 elemwise_sum = add(3, 0) [B,filters,height,width]
      outputs 4
      "
    `);
  });
});

describe('values and training', () => {
  it('set_all_param_values and set_value load', () => {
    const loaded = (text: string): boolean[] => networkOf(HEAD + text).nodes.flatMap((n) => n.params.map((p) => p.loaded));
    expect(loaded(`net = DenseLayer(InputLayer((None, 5)), 3)\nset_all_param_values(net, np.load('x.npy'))\n`)).toEqual([true, true]);
    expect(loaded(`net = DenseLayer(InputLayer((None, 5)), 3)\nnet.W.set_value(np.load('x.npy'))\n`)).toEqual([true, false]);
  });

  it('objectives and updates belong to the network whose output and parameters they take', () => {
    const network = networkOf(`${HEAD}
network = DenseLayer(InputLayer((None, 5)), 3, nonlinearity=softmax)
loss = lasagne.objectives.categorical_crossentropy(get_output(network), T.ivector('y')).mean()
updates = lasagne.updates.nesterov_momentum(loss, get_all_params(network, trainable=True), learning_rate=0.01)
`);
    expect(network.training).toMatchObject({
      losses: [{ name: 'CategoricalCrossentropy', on: { node: network.outputs[0], through: [] } }],
      optimizer: { name: 'SGD', learningRate: 0.01, momentum: 0.9 },
    });
  });

  it('get_all_params leaves out what is not trained', () => {
    const { networks } = analyse(`${HEAD}
l = BatchNormLayer(DenseLayer(InputLayer((None, 5)), 3))
out = DenseLayer(l, num_units=len(get_all_params(l, trainable=True)))
`);
    expect(networks[0]?.nodes.at(-1)?.shape?.at(-1)).toBe(4);
  });
});

describe('names', () => {
  it.each([
    ['import lasagne as nn', 'nn.layers.DenseLayer(nn.layers.InputLayer((None, 4)), 3)'],
    ['from lasagne import layers as L', 'L.DenseLayer(L.InputLayer((None, 4)), 3)'],
    ['from lasagne.layers.dense import DenseLayer\nfrom lasagne.layers.input import InputLayer', 'DenseLayer(InputLayer((None, 4)), 3)'],
    ['import lasagne.layers', 'lasagne.layers.DenseLayer((None, 4), 3)'],
    ['from lasagne.layers import *', 'DenseLayer((None, 4), 3)'],
  ])('%s', (imports, call) => {
    expect(analyse(`${imports}\nnet = ${call}\n`).networks).toHaveLength(1);
  });

  it('a function of the file that is called like a layer is none', () => {
    expect(analyse('import lasagne\ndef DenseLayer(x, n):\n    return x\nnet = DenseLayer((None, 4), 3)\n').networks).toHaveLength(0);
  });
});
