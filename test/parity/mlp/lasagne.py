from lasagne.init import GlorotUniform, HeNormal, Normal
from lasagne.layers import DenseLayer, InputLayer
from lasagne.nonlinearities import rectify, tanh

network = InputLayer((None, 20))
network = DenseLayer(network, 64, nonlinearity=rectify, W=HeNormal(gain="relu"))
network = DenseLayer(network, 32, nonlinearity=tanh, W=GlorotUniform())
network = DenseLayer(network, 10, nonlinearity=None, W=Normal(0.01))
