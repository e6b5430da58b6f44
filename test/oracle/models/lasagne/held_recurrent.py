"""Recurrences of other kinds: over layers of the author's, an encoder whose state starts the decoder, stacks in a loop."""

import lasagne
from lasagne.init import Constant, GlorotUniform, Normal, Orthogonal, Uniform
from lasagne.layers import *
from lasagne.nonlinearities import rectify, sigmoid, softmax, tanh


def build_irnn(units=50):
    l_in = InputLayer((None, 40, 3))
    in_to_hid = DenseLayer(InputLayer((None, 3)), units, W=Normal(0.001), nonlinearity=None)
    hid_to_hid = DenseLayer(InputLayer((None, units)), units, W=Orthogonal(), b=None, nonlinearity=None)
    l_rec = CustomRecurrentLayer(l_in, in_to_hid, hid_to_hid, nonlinearity=rectify, only_return_final=True)
    return DenseLayer(l_rec, 10, nonlinearity=softmax)


def build_convolutional_recurrence(n_batch=2, n_steps=4, filters=6):
    l_in = InputLayer((n_batch, n_steps, 3, 12, 12))
    in_to_hid = Conv2DLayer(InputLayer((None, 3, 12, 12)), filters, (3, 3), pad="same", nonlinearity=None)
    hid_to_hid = Conv2DLayer(InputLayer(in_to_hid.output_shape), filters, (3, 3), pad="same", nonlinearity=None, b=None)
    l_rec = CustomRecurrentLayer(l_in, in_to_hid, hid_to_hid, nonlinearity=tanh)
    l_last = SliceLayer(l_rec, -1, axis=1)
    return DenseLayer(l_last, 5, nonlinearity=softmax)


def build_encoder_decoder(n_in=15, n_out=12, units=36, length=9):
    l_in = InputLayer((None, None, n_in))
    l_encoder = GRULayer(l_in, units, name="encoder")
    l_state = SliceLayer(l_encoder, indices=-1, axis=1)
    l_target = InputLayer((None, length, n_out))
    gates = dict(W_in=GlorotUniform(), W_hid=Orthogonal(gain=1.1), W_cell=None)
    l_decoder = GRULayer(
        l_target,
        units,
        hid_init=l_state,
        resetgate=Gate(**gates),
        updategate=Gate(b=Constant(1.0), **gates),
        hidden_update=Gate(nonlinearity=tanh, **gates),
        name="decoder",
    )
    l_flat = ReshapeLayer(l_decoder, (-1, units))
    l_scores = DenseLayer(l_flat, n_out, nonlinearity=softmax, name="scores")
    return ReshapeLayer(l_scores, (-1, length, n_out))


def build_stack(depth=3, units=28, bidirectional=True):
    l_in = InputLayer((None, None, 20))
    l_mask = InputLayer((None, None))
    layer = l_in
    for level in range(depth):
        forward = LSTMLayer(layer, units, mask_input=l_mask, ingate=Gate(W_in=Uniform(0.2)), cell_init=Normal(0.1), name="f%d" % level)
        if bidirectional:
            backward = LSTMLayer(layer, units, mask_input=l_mask, backwards=True, name="b%d" % level)
            layer = ConcatLayer([forward, backward], axis=2)
        else:
            layer = forward
        layer = dropout(layer, p=0.3)
    layer = DenseLayer(layer, 16, num_leading_axes=2, nonlinearity=tanh)
    return DenseLayer(layer, 7, num_leading_axes=2, nonlinearity=None)
