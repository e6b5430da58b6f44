"""Layers that compute with Theano: attention over time, weight-normalised dense layers, minibatch features, a norm by hand, a gate."""

import lasagne
import numpy as np
import theano
import theano.tensor as T
from lasagne import init, nonlinearities
from lasagne.layers import Conv2DLayer, DenseLayer, EmbeddingLayer, InputLayer, Layer, LSTMLayer, MergeLayer, ConcatLayer


class AttentionLayer(Layer):
    def __init__(self, incoming, num_units, W=init.GlorotUniform(), v=init.Normal(0.1), b=init.Constant(0.0), **kwargs):
        super(AttentionLayer, self).__init__(incoming, **kwargs)
        self.batch_size, self.num_steps, num_inputs = self.input_shape
        self.num_units = num_units
        self.W = self.add_param(W, (num_inputs, num_units), name="W")
        self.b = self.add_param(b, (num_units,), name="b", regularizable=False)
        self.v = self.add_param(v, (num_units, 1), name="v")

    def get_output_shape_for(self, input_shape):
        return (input_shape[0], input_shape[-1])

    def get_output_for(self, input, **kwargs):
        activation = T.tanh(T.dot(input, self.W) + self.b)
        energy = T.dot(activation, self.v)[:, :, 0]
        weights = T.nnet.softmax(energy)
        return T.sum(input * weights.dimshuffle(0, 1, "x"), axis=1)


def build_attention(words=300, classes=4):
    l = InputLayer((None, 25), T.imatrix())
    l = EmbeddingLayer(l, words, 32)
    l = LSTMLayer(l, 40)
    l = AttentionLayer(l, 24)
    return DenseLayer(l, classes, nonlinearity=nonlinearities.softmax)


class WeightNormDense(Layer):
    def __init__(self, incoming, num_units, V=init.Normal(0.05), g=init.Constant(1.0), nonlinearity=nonlinearities.rectify, **kwargs):
        super(WeightNormDense, self).__init__(incoming, **kwargs)
        self.num_units = num_units
        self.nonlinearity = nonlinearity
        num_inputs = int(np.prod(self.input_shape[1:]))
        self.V = self.add_param(V, (num_inputs, num_units), name="V")
        self.g = self.add_param(g, (num_units,), name="g")
        self.b = self.add_param(init.Constant(0.0), (num_units,), name="b", regularizable=False)

    def get_output_shape_for(self, input_shape):
        return (input_shape[0], self.num_units)

    def get_output_for(self, input, **kwargs):
        if input.ndim > 2:
            input = input.flatten(2)
        W = self.V * (self.g / T.sqrt(T.sum(T.sqr(self.V), axis=0)))
        return self.nonlinearity(T.dot(input, W) + self.b)


def build_weight_norm():
    l = InputLayer((None, 1, 12, 12))
    l = WeightNormDense(l, 80)
    l = WeightNormDense(l, 60, nonlinearity=T.tanh)
    return DenseLayer(l, 10, nonlinearity=nonlinearities.softmax)


class MinibatchLayer(Layer):
    def __init__(self, incoming, num_kernels, dim_per_kernel=5, theta=init.Normal(0.05), **kwargs):
        super(MinibatchLayer, self).__init__(incoming, **kwargs)
        self.num_kernels = num_kernels
        num_inputs = int(np.prod(self.input_shape[1:]))
        self.theta = self.add_param(theta, (num_inputs, num_kernels, dim_per_kernel), name="theta")
        self.b = self.add_param(init.Constant(-1.0), (num_kernels,), name="b")

    def get_output_shape_for(self, input_shape):
        return (input_shape[0], np.prod(input_shape[1:]) + self.num_kernels)

    def get_output_for(self, input, **kwargs):
        if input.ndim > 2:
            input = input.flatten(2)
        activation = T.tensordot(input, self.theta, [[1], [0]])
        differences = activation.dimshuffle(0, 1, 2, "x") - activation.dimshuffle("x", 1, 2, 0)
        distances = T.sum(abs(differences), axis=2)
        f = T.sum(T.exp(-distances), axis=2) + self.b
        return T.concatenate([input, f], axis=1)


def build_minibatch():
    l = InputLayer((None, 3, 16, 16))
    l = Conv2DLayer(l, 16, 5, stride=2, pad=2, nonlinearity=nonlinearities.LeakyRectify(0.2))
    l = MinibatchLayer(DenseLayer(l, 50), num_kernels=20)
    return DenseLayer(l, 1, nonlinearity=nonlinearities.sigmoid)


class LayerNorm(Layer):
    def __init__(self, incoming, gain=init.Constant(1.0), bias=init.Constant(0.0), **kwargs):
        super(LayerNorm, self).__init__(incoming, **kwargs)
        size = self.input_shape[-1]
        self.gain = self.add_param(gain, (size,), name="gain")
        self.bias = self.add_param(bias, (size,), name="bias", regularizable=False)

    def get_output_for(self, input, **kwargs):
        mean = input.mean(axis=-1, keepdims=True)
        std = T.sqrt(input.var(axis=-1, keepdims=True) + 1e-5)
        return (input - mean) / std * self.gain + self.bias


class Bilinear(MergeLayer):
    def __init__(self, left, right, num_units, W=init.GlorotUniform(), **kwargs):
        super(Bilinear, self).__init__([left, right], **kwargs)
        self.num_units = num_units
        self.U = self.add_param(W, (self.input_shapes[0][1], num_units), name="U")
        self.V = self.add_param(W, (self.input_shapes[1][1], num_units), name="V")

    def get_output_shape_for(self, input_shapes):
        return (input_shapes[0][0], self.num_units)

    def get_output_for(self, inputs, **kwargs):
        return T.nnet.relu(T.dot(inputs[0], self.U) + T.dot(inputs[1], self.V))


def build_pair():
    a, b = InputLayer((None, 30), name="a"), InputLayer((None, 20), name="b")
    left = DenseLayer(a, 40, nonlinearity=nonlinearities.elu)
    right = DenseLayer(b, 40, nonlinearity=lambda x: x * T.nnet.sigmoid(x))
    both = Bilinear(left, right, 24)
    return DenseLayer(ConcatLayer([both, LayerNorm(left)]), 3, nonlinearity=T.nnet.softmax)
