"""DCGAN: a generator of transposed convolutions, a critic of strided ones; loops and star imports."""

import lasagne
import theano.tensor as T
from lasagne.init import Normal
from lasagne.layers import *
from lasagne.nonlinearities import LeakyRectify, sigmoid, tanh


def build_generator(input_var=None, noise_size=100, nfilters=128):
    layer = InputLayer(shape=(None, noise_size), input_var=input_var)
    layer = batch_norm(DenseLayer(layer, nfilters * 4 * 4, W=Normal(0.02)), gamma=Normal(mean=1.0, std=0.02))
    layer = ReshapeLayer(layer, ([0], nfilters, 4, 4))
    for i in range(2):
        layer = batch_norm(
            TransposedConv2DLayer(layer, nfilters // (2 ** (i + 1)), 5, stride=2, crop="same", output_size=8 * 2**i, W=Normal(0.02))
        )
    return Deconv2DLayer(layer, 3, 5, stride=2, crop="same", output_size=32, nonlinearity=tanh, W=Normal(0.02))


def build_critic(input_var=None, nfilters=32):
    lrelu = LeakyRectify(0.2)
    layer = InputLayer(shape=(None, 3, 32, 32), input_var=input_var)
    layer = Conv2DLayer(layer, nfilters, 5, stride=2, pad="same", nonlinearity=lrelu, W=Normal(0.02))
    layer = batch_norm(Conv2DLayer(layer, nfilters * 2, 5, stride=2, pad="same", nonlinearity=lrelu, W=Normal(0.02)))
    layer = batch_norm(Conv2DLayer(layer, nfilters * 4, 5, stride=2, pad="same", nonlinearity=lrelu, W=Normal(0.02)))
    return DenseLayer(layer, 1, nonlinearity=sigmoid, b=None)


def main():
    noise, image = T.matrix("noise"), T.tensor4("image")
    generator, critic = build_generator(noise), build_critic(image)
    real_out = lasagne.layers.get_output(critic)
    fake_out = lasagne.layers.get_output(critic, lasagne.layers.get_output(generator))
    return real_out, fake_out
