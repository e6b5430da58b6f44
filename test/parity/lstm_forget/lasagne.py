from lasagne.init import Constant, GlorotUniform
from lasagne.layers import DenseLayer, Gate, InputLayer, LSTMLayer

network = InputLayer((None, 20, 12))
network = LSTMLayer(network, 24, forgetgate=Gate(b=Constant(1.0)), peepholes=False, only_return_final=True)
network = DenseLayer(network, 5, nonlinearity=None, W=GlorotUniform())
