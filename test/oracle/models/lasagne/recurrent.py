"""Sequences: a vanilla RNN with mask, a character LSTM with gates by hand, a bidirectional tagger, a GRU with a learned state."""

import lasagne
import theano.tensor as T
from lasagne.layers import ConcatLayer, DenseLayer, ElemwiseSumLayer, EmbeddingLayer, GRULayer, InputLayer, LSTMLayer, RecurrentLayer
from lasagne.layers import ReshapeLayer, SliceLayer

N_HIDDEN = 64
GRAD_CLIP = 100


def build_adding(n_batch=20, max_length=55):
    l_in = lasagne.layers.InputLayer(shape=(n_batch, max_length, 2))
    l_mask = lasagne.layers.InputLayer(shape=(n_batch, max_length))
    l_forward = RecurrentLayer(
        l_in,
        N_HIDDEN,
        mask_input=l_mask,
        grad_clipping=GRAD_CLIP,
        W_in_to_hid=lasagne.init.HeUniform(),
        W_hid_to_hid=lasagne.init.HeUniform(),
        nonlinearity=lasagne.nonlinearities.tanh,
        only_return_final=True,
    )
    l_backward = RecurrentLayer(
        l_in,
        N_HIDDEN,
        mask_input=l_mask,
        grad_clipping=GRAD_CLIP,
        nonlinearity=lasagne.nonlinearities.tanh,
        only_return_final=True,
        backwards=True,
        name="backward",
    )
    l_concat = ConcatLayer([l_forward, l_backward])
    return DenseLayer(l_concat, num_units=1, nonlinearity=lasagne.nonlinearities.tanh)


def build_characters(vocabulary=80):
    gate = lasagne.layers.Gate(W_in=lasagne.init.Orthogonal(), W_hid=lasagne.init.Orthogonal(), b=lasagne.init.Constant(0.0))
    cell = lasagne.layers.Gate(
        W_in=lasagne.init.Orthogonal(), W_hid=lasagne.init.Orthogonal(), W_cell=None, nonlinearity=lasagne.nonlinearities.tanh
    )
    forget = lasagne.layers.Gate(b=lasagne.init.Constant(5.0))
    l_in = InputLayer(shape=(None, None, vocabulary))
    l_forward_1 = LSTMLayer(l_in, N_HIDDEN, ingate=gate, forgetgate=forget, cell=cell, outgate=gate, grad_clipping=GRAD_CLIP)
    l_forward_2 = LSTMLayer(l_forward_1, N_HIDDEN, grad_clipping=GRAD_CLIP, peepholes=False, learn_init=True, name="upper")
    l_slice = SliceLayer(l_forward_2, -1, 1)
    return DenseLayer(l_slice, num_units=vocabulary, W=lasagne.init.Normal(), nonlinearity=lasagne.nonlinearities.softmax)


def build_tagger(words=500, tags=9, size=50):
    tokens = T.imatrix("tokens")
    l_in = InputLayer((None, None), tokens)
    batch, length = tokens.shape
    l_embed = EmbeddingLayer(l_in, words, size, W=lasagne.init.Uniform(0.1))
    l_forward = LSTMLayer(l_embed, N_HIDDEN)
    l_backward = LSTMLayer(l_embed, N_HIDDEN, backwards=True)
    l_sum = ElemwiseSumLayer([l_forward, l_backward])
    l_shape = ReshapeLayer(l_sum, (-1, N_HIDDEN))
    l_scores = DenseLayer(l_shape, tags, nonlinearity=lasagne.nonlinearities.softmax)
    return ReshapeLayer(l_scores, (batch, length, tags))


def build_gru(classes=5):
    l = InputLayer((None, 30, 12))
    reset = lasagne.layers.Gate(W_in=lasagne.init.GlorotNormal(), W_hid=lasagne.init.Orthogonal(), W_cell=None)
    l = GRULayer(l, 32, resetgate=reset, learn_init=True)
    l = GRULayer(l, 32, only_return_final=True, precompute_input=False)
    l = DenseLayer(l, 24)
    return DenseLayer(l, classes, nonlinearity=lasagne.nonlinearities.softmax)
