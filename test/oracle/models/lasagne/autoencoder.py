"""Autoencoders: a decoder with the encoder's weights, transposed, and one of convolutions that pools and scales up again."""

import lasagne
import numpy as np
import theano.tensor as T
from lasagne.layers import Conv2DLayer, DenseLayer, GaussianNoiseLayer, InputLayer, MaxPool2DLayer, Upscale2DLayer
from lasagne.nonlinearities import sigmoid


class TiedAutoencoder(object):
    def __init__(self, visible=784, hidden=(256, 64)):
        self.x = T.matrix("x")
        self.l_in = InputLayer((None, visible), self.x)
        layer = GaussianNoiseLayer(self.l_in, sigma=0.3)
        self.encoders = []
        for units in hidden:
            layer = DenseLayer(layer, units, W=lasagne.init.GlorotUniform(), nonlinearity=sigmoid)
            self.encoders.append(layer)
        self.code = layer
        for encoder in self.encoders[::-1]:
            layer = DenseLayer(layer, int(np.prod(encoder.input_shape[1:])), W=encoder.W.T, nonlinearity=sigmoid)
        self.network = layer


def build_tied():
    return TiedAutoencoder().network


def build_convolutional(input_var=None):
    l = InputLayer((None, 1, 28, 28), input_var)
    l = Conv2DLayer(l, 16, 3, pad="same")
    l = MaxPool2DLayer(l, 2)
    l = Conv2DLayer(l, 8, 3, pad="same")
    l = MaxPool2DLayer(l, 2)
    l_encoded = l = DenseLayer(l, 32, nonlinearity=None, name="code")
    l = DenseLayer(l_encoded, 8 * 7 * 7)
    l = lasagne.layers.ReshapeLayer(l, ([0], 8, 7, 7))
    l = Conv2DLayer(Upscale2DLayer(l, 2), 16, 3, pad="same")
    l = Conv2DLayer(Upscale2DLayer(l, 2), 1, 3, pad="same", nonlinearity=sigmoid)
    return l
