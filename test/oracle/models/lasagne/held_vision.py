"""Pictures in other ways: dense blocks, squeeze and excitation, a three-dimensional network, dilation, a spatial pyramid, factories."""

import functools
from collections import namedtuple

import lasagne as nn
import lasagne.layers as L
import numpy as np
import theano.tensor as T
from lasagne import init
from lasagne.nonlinearities import identity, leaky_rectify, rectify, softmax

Conv = functools.partial(L.Conv2DLayer, pad="same", nonlinearity=rectify, W=init.HeNormal("relu"))
Stage = namedtuple("Stage", "layers growth")


def affine_relu_conv(network, channels, filter_size, dropout, name_prefix):
    network = L.BatchNormLayer(network, name=name_prefix + "_bn")
    network = L.NonlinearityLayer(network, nonlinearity=rectify, name=name_prefix + "_relu")
    network = L.Conv2DLayer(
        network, channels, filter_size, pad="same", W=init.HeNormal(gain="relu"), b=None, nonlinearity=None, name=name_prefix + "_conv"
    )
    return L.DropoutLayer(network, dropout) if dropout else network


def build_densenet(stages=(Stage(2, 8), Stage(2, 8)), first_output=12, dropout=0.2):
    network = L.InputLayer((None, 3, 32, 32), name="input")
    network = L.Conv2DLayer(network, first_output, 3, pad="same", W=init.HeNormal(gain="relu"), b=None, nonlinearity=None, name="pre_conv")
    for b, stage in enumerate(stages):
        for n in range(stage.layers):
            conv = affine_relu_conv(network, stage.growth, 3, dropout, "block%d_l%02d" % (b + 1, n + 1))
            network = L.ConcatLayer([network, conv], axis=1)
        if b < len(stages) - 1:
            network = affine_relu_conv(network, network.output_shape[1], 1, dropout, "block%d_trs" % (b + 1))
            network = L.Pool2DLayer(network, 2, mode="average_inc_pad")
    network = L.BatchNormLayer(network, name="post_bn")
    network = L.NonlinearityLayer(network, name="post_relu")
    network = L.GlobalPoolLayer(network, name="post_pool")
    return L.DenseLayer(network, 10, nonlinearity=softmax, W=init.HeNormal(gain=1), name="output")


def squeeze_excite(layer, ratio=4):
    channels = layer.output_shape[1]
    squeezed = L.GlobalPoolLayer(layer)
    reduced = L.DenseLayer(squeezed, channels // ratio)
    gates = L.DenseLayer(reduced, channels, nonlinearity=nn.nonlinearities.sigmoid)
    gates = L.Upscale2DLayer(L.ReshapeLayer(gates, ([0], [1], 1, 1)), layer.output_shape[2:])
    return L.ElemwiseMergeLayer([layer, gates], lambda x, g: x * g)


def build_excited():
    layer = L.InputLayer((None, 3, 24, 24))
    for filters in (16, 32):
        layer = Conv(layer, filters, 3)
        layer = L.MaxPool2DLayer(squeeze_excite(Conv(layer, filters, 3)), 2)
    layer = L.FlattenLayer(layer)
    return L.DenseLayer(layer, 6, nonlinearity=softmax, W=init.GlorotNormal())


def build_volumes():
    layer = L.InputLayer((None, 1, 12, 12, 12))
    for filters, size in ((8, 3), (16, 3)):
        layer = L.batch_norm(L.Conv3DLayer(layer, filters, size, pad="same", nonlinearity=leaky_rectify))
        layer = L.MaxPool3DLayer(layer, 2)
    layer = L.DenseLayer(layer, 40)
    return L.DenseLayer(layer, 2, nonlinearity=softmax)


def build_dilated(channels=8, classes=5):
    layer = L.InputLayer((None, 3, 40, 40))
    layer = L.batch_norm(L.Conv2DLayer(layer, channels, 3))
    for dilation in (1, 2, 4):
        layer = L.DilatedConv2DLayer(L.PadLayer(layer, dilation), channels, 3, dilation=dilation, W=init.Orthogonal("relu"))
    layer = L.Conv2DLayer(layer, classes, 1, nonlinearity=None)
    layer = L.Upscale2DLayer(layer, 2)
    return L.NonlinearityLayer(layer, lambda x: T.nnet.sigmoid(x))


class Classifier(object):
    activation = staticmethod(rectify)

    def __init__(self, widths=(64, 32), classes=10, weights=init.GlorotUniform, **options):
        self.widths, self.classes, self.weights = widths, classes, weights
        self.options = dict({"gain": "relu"}, **options)
        self.network = self.build()

    def dense(self, incoming, units, nonlinearity=None):
        return L.DenseLayer(incoming, units, W=self.weights(**self.options), nonlinearity=nonlinearity or self.activation)

    def build(self):
        layers = [L.InputLayer((None, 49))]
        for units in self.widths:
            layers.append(L.dropout(self.dense(layers[-1], units), p=0.25))
        layers.append(self.dense(layers[-1], self.classes, nonlinearity=identity))
        self.layers = layers
        return layers[-1]


classifier = Classifier().network
