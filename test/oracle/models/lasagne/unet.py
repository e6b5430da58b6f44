"""U-Net for segmentation: down by pooling, up by transposed convolutions, crops at the joints; the state between is a dict."""

from collections import OrderedDict

import lasagne
from lasagne.init import GlorotNormal, HeNormal
from lasagne.layers import ConcatLayer, Conv2DLayer, Deconv2DLayer, DimshuffleLayer, InputLayer, MaxPool2DLayer, NonlinearityLayer
from lasagne.layers import ReshapeLayer, batch_norm
from lasagne.nonlinearities import elu, softmax


def build_unet(n_input_channels=1, BATCH_SIZE=None, num_output_classes=2, input_dim=(60, 60), base_n_filters=8, nonlinearity=elu):
    net = OrderedDict()
    net["input"] = InputLayer((BATCH_SIZE, n_input_channels, input_dim[0], input_dim[1]))

    def double(below, filters, key):
        net[key + "_1"] = batch_norm(Conv2DLayer(below, filters, 3, nonlinearity=nonlinearity, pad="same", W=HeNormal(gain="relu")))
        net[key + "_2"] = batch_norm(
            Conv2DLayer(net[key + "_1"], filters, 3, nonlinearity=nonlinearity, pad="valid", W=HeNormal(gain="relu"))
        )
        return net[key + "_2"]

    below, skips = net["input"], []
    for depth in range(2):
        below = double(below, base_n_filters * 2**depth, "contract%d" % depth)
        skips.append(below)
        below = net["pool%d" % depth] = MaxPool2DLayer(below, 2)
    below = double(below, base_n_filters * 4, "bottom")
    for depth in reversed(range(2)):
        net["up%d" % depth] = batch_norm(
            Deconv2DLayer(below, base_n_filters * 2**depth, 2, stride=2, crop="valid", W=GlorotNormal(), nonlinearity=nonlinearity)
        )
        net["concat%d" % depth] = ConcatLayer([net["up%d" % depth], skips[depth]], cropping=(None, None, "center", "center"))
        below = double(net["concat%d" % depth], base_n_filters * 2**depth, "expand%d" % depth)
    net["segmentation"] = Conv2DLayer(below, num_output_classes, 1, nonlinearity=None)
    net["dimshuffle"] = DimshuffleLayer(net["segmentation"], (1, 0, 2, 3))
    net["reshape"] = ReshapeLayer(net["dimshuffle"], (num_output_classes, -1))
    net["flat"] = DimshuffleLayer(net["reshape"], (1, 0))
    net["output"] = NonlinearityLayer(net["flat"], nonlinearity=softmax)
    return net
