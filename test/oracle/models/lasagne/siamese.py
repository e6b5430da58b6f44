"""Two towers that share their weights, batch norm after the activation, learned rectifiers, and a maxout head."""

import lasagne
import theano.tensor as T
from lasagne.layers import BatchNormLayer, BiasLayer, ConcatLayer, Conv2DLayer, DenseLayer, FeaturePoolLayer, InputLayer, MaxPool2DLayer
from lasagne.layers import ElemwiseMergeLayer, NonlinearityLayer, ScaleLayer, batch_norm, prelu, rrelu, spatial_dropout


def tower(l_in, shared=None):
    weights = {} if shared is None else dict(W=shared[0].W, b=shared[0].b)
    l_conv = Conv2DLayer(l_in, 12, 5, **weights)
    l_pool = MaxPool2DLayer(l_conv, 2)
    weights = {} if shared is None else dict(W=shared[1].W, b=shared[1].b)
    l_code = DenseLayer(l_pool, 40, nonlinearity=lasagne.nonlinearities.tanh, **weights)
    return l_conv, l_code


def build_siamese():
    left, right = InputLayer((None, 1, 20, 20)), InputLayer((None, 1, 20, 20))
    first = tower(left)
    second = tower(right, shared=first)
    distance = ElemwiseMergeLayer([first[-1], second[-1]], T.sub)
    return DenseLayer(distance, 1, nonlinearity=lasagne.nonlinearities.sigmoid)


def build_rectifiers():
    l = InputLayer((None, 3, 24, 24))
    l = prelu(Conv2DLayer(l, 16, 3, W=lasagne.init.HeNormal(gain="relu")))
    l = spatial_dropout(l, p=0.2)
    l = rrelu(Conv2DLayer(l, 16, 3))
    l = BatchNormLayer(Conv2DLayer(l, 16, 3, b=None))
    l = NonlinearityLayer(l)
    l = MaxPool2DLayer(l, 2)
    l = prelu(batch_norm(DenseLayer(l, 60, nonlinearity=None)), alpha=lasagne.init.Constant(0.1))
    l = FeaturePoolLayer(DenseLayer(l, 50, nonlinearity=None), 2)
    l = ScaleLayer(BiasLayer(DenseLayer(l, 30, b=None, nonlinearity=None), b=lasagne.init.Constant(0.5)), lasagne.init.Constant(2.0))
    l = NonlinearityLayer(l, lambda x: T.nnet.softplus(x))
    return DenseLayer(l, 7, nonlinearity=T.nnet.softmax)


def build_normed():
    l = InputLayer((None, 3, 20, 20))
    l = lasagne.layers.instance_norm(Conv2DLayer(l, 10, 3, W=lasagne.init.HeNormal("relu")))
    l = lasagne.layers.instance_norm(Conv2DLayer(l, 10, 3, nonlinearity=lasagne.nonlinearities.elu), learn_bias=False)
    l = lasagne.layers.layer_norm(DenseLayer(l, 30, nonlinearity=lasagne.nonlinearities.tanh))
    left = DenseLayer(l, 20, nonlinearity=None)
    right = DenseLayer(l, 20, nonlinearity=lasagne.nonlinearities.sigmoid)
    l = ElemwiseMergeLayer([left, right], lambda x, gate: T.nnet.relu(x) * gate)
    return DenseLayer(l, 4, nonlinearity=lasagne.nonlinearities.softmax)
