"""Sentences: an embedding, convolutions of several widths over time side by side, the largest of each, a classifier."""

import lasagne
from lasagne.layers import ConcatLayer, Conv1DLayer, DenseLayer, DimshuffleLayer, DropoutLayer, EmbeddingLayer, FlattenLayer
from lasagne.layers import GlobalPoolLayer, InputLayer, MaxPool1DLayer
import theano.tensor as T


def build_sentence_cnn(vocabulary=2000, length=40, size=64, widths=(3, 4, 5), filters=50, classes=2, static=None):
    l_in = InputLayer((None, length), input_var=T.imatrix("sentence"))
    W = static if static is not None else lasagne.init.Uniform((-0.25, 0.25))
    l_embed = EmbeddingLayer(l_in, input_size=vocabulary, output_size=size, W=W)
    l_shuffled = DimshuffleLayer(l_embed, (0, 2, 1))
    towers = []
    for width in widths:
        l_conv = Conv1DLayer(l_shuffled, filters, width, W=lasagne.init.Uniform(std=0.05), b=lasagne.init.Constant(0.1))
        l_pool = GlobalPoolLayer(l_conv, T.max)
        towers.append(l_pool)
    network = ConcatLayer(towers)
    network = DropoutLayer(network, p=0.5)
    network = DenseLayer(network, classes, nonlinearity=lasagne.nonlinearities.softmax)
    return network


def build_bytes(length=256):
    layer = InputLayer((None, 70, length))
    for filters, size, pool in [(64, 7, 3), (64, 7, 3), (64, 3, None)]:
        layer = Conv1DLayer(layer, filters, size, W=lasagne.init.Normal(0.05))
        if pool:
            layer = MaxPool1DLayer(layer, pool)
    layer = FlattenLayer(layer)
    layer = DenseLayer(layer, 128, num_leading_axes=-1)
    return DenseLayer(layer, 4, nonlinearity=lasagne.nonlinearities.softmax)
