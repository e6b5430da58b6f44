from lasagne.init import GlorotUniform
from lasagne.layers import DenseLayer, InputLayer, LSTMLayer

network = InputLayer((None, 20, 12))
network = LSTMLayer(network, 24, peepholes=False, only_return_final=True)
network = DenseLayer(network, 5, nonlinearity=None, W=GlorotUniform())
