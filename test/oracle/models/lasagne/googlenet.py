"""Inception blocks: a function gives a dict of layers, `update` puts them into the network, ConcatLayer joins the towers."""

from lasagne.layers import ConcatLayer, Conv2DLayer, DenseLayer, DropoutLayer, GlobalPoolLayer, InputLayer, MaxPool2DLayer
from lasagne.layers import LocalResponseNormalization2DLayer as LRNLayer
from lasagne.nonlinearities import linear, softmax


def build_inception_module(name, input_layer, nfilters):
    net = {}
    net["pool"] = MaxPool2DLayer(input_layer, pool_size=3, stride=1, pad=1)
    net["pool_proj"] = Conv2DLayer(net["pool"], nfilters[0], 1, flip_filters=False)
    net["1x1"] = Conv2DLayer(input_layer, nfilters[1], 1, flip_filters=False)
    net["3x3_reduce"] = Conv2DLayer(input_layer, nfilters[2], 1, flip_filters=False)
    net["3x3"] = Conv2DLayer(net["3x3_reduce"], nfilters[3], 3, pad=1, flip_filters=False)
    net["5x5_reduce"] = Conv2DLayer(input_layer, nfilters[4], 1, flip_filters=False)
    net["5x5"] = Conv2DLayer(net["5x5_reduce"], nfilters[5], 5, pad=2, flip_filters=False)
    net["output"] = ConcatLayer([net["1x1"], net["3x3"], net["5x5"], net["pool_proj"]])
    return {"{}/{}".format(name, k): v for k, v in net.items()}


def build_model():
    net = {}
    net["input"] = InputLayer((None, 3, None, None))
    net["conv1/7x7_s2"] = Conv2DLayer(net["input"], 64, 7, stride=2, pad=3, flip_filters=False)
    net["pool1/3x3_s2"] = MaxPool2DLayer(net["conv1/7x7_s2"], pool_size=3, stride=2, ignore_border=False)
    net["pool1/norm1"] = LRNLayer(net["pool1/3x3_s2"], alpha=0.00002, k=1)
    net["conv2/3x3_reduce"] = Conv2DLayer(net["pool1/norm1"], 64, 1, flip_filters=False)
    net["conv2/3x3"] = Conv2DLayer(net["conv2/3x3_reduce"], 192, 3, pad=1, flip_filters=False)
    net["conv2/norm2"] = LRNLayer(net["conv2/3x3"], alpha=0.00002, k=1)
    net["pool2/3x3_s2"] = MaxPool2DLayer(net["conv2/norm2"], pool_size=3, stride=2)
    net.update(build_inception_module("inception_3a", net["pool2/3x3_s2"], [32, 64, 96, 128, 16, 32]))
    net.update(build_inception_module("inception_3b", net["inception_3a/output"], [64, 128, 128, 192, 32, 96]))
    net["pool5/7x7_s1"] = GlobalPoolLayer(net["inception_3b/output"])
    net["dropout"] = DropoutLayer(net["pool5/7x7_s1"], p=0.4)
    net["loss3/classifier"] = DenseLayer(net["dropout"], num_units=100, nonlinearity=linear)
    net["prob"] = softmax_of(net["loss3/classifier"])
    return net


def softmax_of(layer):
    from lasagne.layers import NonlinearityLayer

    return NonlinearityLayer(layer, nonlinearity=softmax)
