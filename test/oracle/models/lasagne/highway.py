"""Highway layers by a class of the author's, and gates by merge layers."""

import lasagne
import theano.tensor as T
from lasagne.init import Constant, GlorotUniform, Orthogonal
from lasagne.layers import DenseLayer, ElemwiseMergeLayer, ElemwiseSumLayer, ExpressionLayer, InputLayer, Layer, MergeLayer
from lasagne.nonlinearities import rectify, sigmoid, softmax


class MultiplicativeGatingLayer(MergeLayer):
    def __init__(self, gate, input1, input2, **kwargs):
        incomings = [gate, input1, input2]
        super(MultiplicativeGatingLayer, self).__init__(incomings, **kwargs)
        assert gate.output_shape == input1.output_shape == input2.output_shape

    def get_output_shape_for(self, input_shapes):
        return input_shapes[0]

    def get_output_for(self, inputs, **kwargs):
        return inputs[0] * inputs[1] + (1 - inputs[0]) * inputs[2]


def highway_dense(incoming, Wh=Orthogonal(), bh=Constant(0.0), Wt=Orthogonal(), bt=Constant(-4.0), nonlinearity=rectify, **kwargs):
    num_inputs = int(incoming.output_shape[1])
    l_h = DenseLayer(incoming, num_units=num_inputs, W=Wh, b=bh, nonlinearity=nonlinearity)
    l_t = DenseLayer(incoming, num_units=num_inputs, W=Wt, b=bt, nonlinearity=sigmoid)
    return MultiplicativeGatingLayer(gate=l_t, input1=l_h, input2=incoming)


def build_by_gates(depth=4):
    l = InputLayer((None, 784))
    l = DenseLayer(l, 50)
    for _ in range(depth):
        l = highway_dense(l)
    return DenseLayer(l, 10, nonlinearity=softmax)


class HighwayLayer(Layer):
    def __init__(self, incoming, W=GlorotUniform(), b=Constant(0), gate_bias=Constant(-2), nonlinearity=rectify, **kwargs):
        super(HighwayLayer, self).__init__(incoming, **kwargs)
        size = self.input_shape[1]
        self.nonlinearity = nonlinearity
        self.W_h = self.add_param(W, (size, size), name="W_h")
        self.b_h = self.add_param(b, (size,), name="b_h", regularizable=False)
        self.W_t = self.add_param(W, (size, size), name="W_t")
        self.b_t = self.add_param(gate_bias, (size,), name="b_t", regularizable=False)

    def get_output_for(self, input, **kwargs):
        hidden = self.nonlinearity(T.dot(input, self.W_h) + self.b_h)
        gate = T.nnet.sigmoid(T.dot(input, self.W_t) + self.b_t)
        return hidden * gate + input * (1.0 - gate)


def build_by_class(depth=3):
    l = DenseLayer(InputLayer((None, 100)), 64)
    for i in range(depth):
        l = HighwayLayer(l, name="highway%d" % i)
    return DenseLayer(l, 10, nonlinearity=softmax)


def build_by_merging():
    l_in = InputLayer((None, 32))
    l_hidden = DenseLayer(l_in, 32, nonlinearity=rectify)
    l_gate = DenseLayer(l_in, 32, nonlinearity=sigmoid, b=Constant(-1.0))
    l_open = ElemwiseMergeLayer([l_hidden, l_gate], T.mul)
    l_shut = ElemwiseMergeLayer([l_in, ExpressionLayer(l_gate, lambda g: 1 - g)], T.mul)
    return DenseLayer(ElemwiseSumLayer([l_open, l_shut]), 5, nonlinearity=None)
