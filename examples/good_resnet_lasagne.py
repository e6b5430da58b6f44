"""A small residual network: He with the gain of ReLU, which Lasagne's HeNormal does not have by itself, and batch normalisation."""

from lasagne.init import HeNormal
from lasagne.layers import (
    Conv2DLayer,
    DenseLayer,
    ElemwiseSumLayer,
    GlobalPoolLayer,
    InputLayer,
    NonlinearityLayer,
    batch_norm,
)
from lasagne.nonlinearities import rectify, softmax


def conv(incoming, filters, nonlinearity=rectify):
    return batch_norm(
        Conv2DLayer(incoming, filters, 3, pad="same", nonlinearity=nonlinearity, W=HeNormal(gain="relu"))
    )


def residual_block(incoming):
    filters = incoming.output_shape[1]
    branch = conv(conv(incoming, filters), filters, nonlinearity=None)
    return NonlinearityLayer(ElemwiseSumLayer([incoming, branch]), rectify)


def build_resnet(input_var=None, blocks=3):
    net = {"input": InputLayer((None, 3, 32, 32), input_var)}
    net["conv"] = conv(net["input"], 32)
    last = net["conv"]
    for i in range(blocks):
        last = net["block%d" % i] = residual_block(last)
    net["pool"] = GlobalPoolLayer(last)
    net["prob"] = DenseLayer(net["pool"], 10, nonlinearity=softmax)
    return net
