"""Every initializer there is, and some that are no class of Lasagne: arrays, shared variables, functions, a class of the author's."""

import lasagne
import numpy as np
import theano
from lasagne import init
from lasagne.layers import DenseLayer, InputLayer, LocallyConnected2DLayer, Conv2DLayer
from lasagne.nonlinearities import SELU, elu, identity, leaky_rectify, rectify, selu, sigmoid, softplus, tanh


class Scaled(init.Initializer):
    def __init__(self, factor=0.5):
        self.factor = factor

    def sample(self, shape):
        deviation = self.factor / np.sqrt(shape[0])
        return lasagne.utils.floatX(lasagne.random.get_rng().normal(0.0, deviation, size=shape))


def shifted(shape):
    return lasagne.utils.floatX(np.random.uniform(-0.1, 0.3, size=shape))


def build_dense(width=96):
    l = InputLayer((None, 120))
    l = DenseLayer(l, width, W=init.Normal(std=0.02, mean=0.01), nonlinearity=tanh)
    l = DenseLayer(l, width, W=init.Uniform(), nonlinearity=sigmoid)
    l = DenseLayer(l, width, W=init.Uniform(range=(-0.1, 0.2)))
    l = DenseLayer(l, width, W=init.Uniform(std=0.1, mean=0.05))
    l = DenseLayer(l, width, W=init.Glorot(init.Normal, gain=np.sqrt(2)))
    l = DenseLayer(l, width, W=init.GlorotNormal(gain="relu"))
    l = DenseLayer(l, width, W=init.GlorotUniform(1.0), nonlinearity=softplus)
    l = DenseLayer(l, width, W=init.He(init.Uniform, "relu"), nonlinearity=leaky_rectify)
    l = DenseLayer(l, width, W=init.HeNormal(), nonlinearity=selu, b=init.Uniform((0, 0.01)))
    l = DenseLayer(l, width, W=init.HeUniform(gain=2.0), nonlinearity=elu)
    l = DenseLayer(l, width, W=init.Orthogonal(), nonlinearity=identity, b=init.Constant(1))
    l = DenseLayer(l, 2 * width, W=init.Orthogonal(gain="relu"))
    l = DenseLayer(l, width, W=init.Sparse(), nonlinearity=SELU(scale=1.5, scale_neg=0.5))
    l = DenseLayer(l, width, W=init.Sparse(sparsity=0.25, std=1.0))
    return DenseLayer(l, 3, W=init.Constant(0.01), nonlinearity=None)


def build_given(width=48):
    l = InputLayer((None, 64))
    l = DenseLayer(l, width, W=np.random.normal(0, 0.3, (64, width)))
    l = DenseLayer(l, width, W=theano.shared(np.random.randn(width, width).astype(theano.config.floatX) * 0.1))
    l = DenseLayer(l, width, W=shifted)
    l = DenseLayer(l, width, W=Scaled())
    l = DenseLayer(l, width, W=Scaled(factor=2), b=0.5 * np.ones(width))
    l = DenseLayer(l, width, W=lambda shape: 0.2 * np.random.standard_normal(shape), nonlinearity=lambda x: theano.tensor.maximum(x, 0))
    return DenseLayer(l, 3, W=lasagne.utils.floatX(np.zeros((width, 3))), nonlinearity=None)


def build_pictures():
    l = InputLayer((None, 3, 16, 16))
    l = Conv2DLayer(l, 24, 3, W=init.Orthogonal("relu"), pad="same")
    l = Conv2DLayer(l, 24, 3, W=init.Glorot(init.Uniform, "relu"), pad="full", nonlinearity=rectify)
    l = Conv2DLayer(l, 24, 3, num_groups=4, W=init.HeNormal("relu"), stride=2)
    l = lasagne.layers.DilatedConv2DLayer(l, 12, 3, dilation=2, W=init.HeUniform(), nonlinearity=elu)
    l = LocallyConnected2DLayer(l, 6, 3, W=init.GlorotUniform(), nonlinearity=tanh)
    l = LocallyConnected2DLayer(l, 6, 3, channelwise=True, W=init.Normal(0.1), untie_biases=True)
    return DenseLayer(l, 4, W=init.HeNormal(gain=1.0), nonlinearity=sigmoid)
