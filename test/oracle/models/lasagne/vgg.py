"""VGG in blocks from a configuration; the network is a dict that every layer is put into."""

from collections import OrderedDict

from lasagne.init import Constant, HeNormal
from lasagne.layers import Conv2DLayer as ConvLayer
from lasagne.layers import DenseLayer, DropoutLayer, InputLayer, NonlinearityLayer
from lasagne.layers import Pool2DLayer as PoolLayer
from lasagne.nonlinearities import rectify, softmax

CONFIGURATIONS = {"A": [(1, 32), (1, 64), (2, 128)], "D": [(2, 32), (2, 64), (3, 128)]}


def build_model(configuration="A", classes=20):
    net = OrderedDict()
    net["input"] = InputLayer((None, 3, 64, 64))
    below = net["input"]
    for block, (count, filters) in enumerate(CONFIGURATIONS[configuration], 1):
        for i in range(1, count + 1):
            name = "conv%d_%d" % (block, i)
            net[name] = ConvLayer(below, filters, 3, pad=1, flip_filters=False, W=HeNormal("relu"), name=name)
            below = net[name]
        net["pool%d" % block] = PoolLayer(below, 2, mode="average_inc_pad")
        below = net["pool%d" % block]
    net["fc6"] = DenseLayer(below, num_units=256, nonlinearity=rectify, b=Constant(0.01), name="fc6")
    net["fc6_dropout"] = DropoutLayer(net["fc6"], p=0.5)
    net["fc7"] = DenseLayer(net["fc6_dropout"], num_units=256, name="fc7")
    net["fc7_dropout"] = DropoutLayer(net["fc7"], p=0.5)
    net["fc8"] = DenseLayer(net["fc7_dropout"], num_units=classes, nonlinearity=None, name="fc8")
    net["prob"] = NonlinearityLayer(net["fc8"], softmax)
    return net
